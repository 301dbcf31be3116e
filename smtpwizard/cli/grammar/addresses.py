"""What an address has: its settings."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.look_ups import add_look_up_options
from smtpwizard.cli.grammar.options import Verb, seconds_of


def _discover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "address",
        metavar="ADDRESS",
        help="a whole email address; only what stands after the @ is looked up",
    )
    parser.add_argument("--timeout", metavar="S", type=seconds_of, help="seconds for all of it (8)")
    add_look_up_options(parser)


VERBS: Mapping[str, Verb] = {
    "discover": (
        "find the settings for an address, and say whether to trust them",
        "smtpwizard discover invoices@example.com",
        _discover,
    ),
}
