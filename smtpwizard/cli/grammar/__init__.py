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
    "connectors": (
        "connectors",
        ("list", "show", "create", "edit", "duplicate", "remove", "default"),
    ),
    "addresses": ("what an address has", ("discover",)),
    "verifying": ("do they work, and why not", ("verify", "history", "compare", "diagnose")),
    "signing_in": ("signing in with OAuth", ("guide", "sign-in", "dates")),
    "support": (
        "help from somebody else",
        ("case", "open", "replay", "propose", "apply"),
    ),
    "projects": ("projects", ("project", "move", "copy")),
    "program": ("this program", ("settings", "passphrase", "doctor", "help", "demo", "gui")),
}

VERBS = tuple(verb for _, verbs in GROUPS.values() for verb in verbs)


def verb_called(name: str) -> Verb:
    """One of `VERBS`, from the file of its group."""
    [group] = [group for group, (_, verbs) in GROUPS.items() if name in verbs]
    verb: Verb = import_module(f"smtpwizard.cli.grammar.{group}").VERBS[name]
    return verb
