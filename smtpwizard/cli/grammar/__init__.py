"""What can be typed: the verbs by what they are for.

The verbs of a group stand in the file of its name, each with its summary, its example and what
fills its grammar; only the files of the verbs that were named are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpwizard.cli.grammar.options import Verb

# In the order of the help: each file, its heading, and the verbs that it has.
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "addresses": ("Addresses", ("discover", "readiness")),
    "connectors": (
        "Connectors",
        ("list", "show", "create", "edit", "duplicate", "remove", "default"),
    ),
    "verifying": (
        "Test and explain",
        ("verify", "proof", "rights", "history", "compare", "diagnose"),
    ),
    "signing_in": ("Sign in with OAuth", ("guide", "sign-in", "dates")),
    "support": (
        "Cases, for support",
        ("case", "open", "replay", "propose", "apply"),
    ),
    "projects": ("Projects", ("project", "move", "copy", "certificates")),
    "program": (
        "The program",
        ("settings", "passphrase", "doctor", "help", "completion", "man", "demo", "gui"),
    ),
}

VERBS = tuple(verb for _, verbs in GROUPS.values() for verb in verbs)


def verb_called(name: str) -> Verb:
    """One of `VERBS`, from the file of its group."""
    [group] = [group for group, (_, verbs) in GROUPS.items() if name in verbs]
    verb: Verb = import_module(f"smtpwizard.cli.grammar.{group}").VERBS[name]
    return verb
