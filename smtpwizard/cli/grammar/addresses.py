"""What an address has: its settings, and how receivers see mail from it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.look_ups import add_look_up_options
from smtpwizard.cli.grammar.options import Verb, seconds_of


def _discover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "address",
        metavar="ADDRESS",
        help="a whole email address; of it only what stands after the @ is ever looked up",
    )
    parser.add_argument("--timeout", metavar="S", type=seconds_of, help="seconds for all of it (8)")
    add_look_up_options(parser)


def _readiness(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        metavar="NAME|ADDRESS",
        help="a connector, or an address whose domain is judged alone",
    )
    parser.add_argument(
        "--timeout", metavar="S", type=seconds_of, help="seconds for all of it (15)"
    )
    add_look_up_options(parser)


VERBS: Mapping[str, Verb] = {
    "discover": (
        "find the settings for an address, and say whether to trust them",
        "smtpwizard discover invoices@example.com",
        _discover,
    ),
    "readiness": (
        "say how receivers will see the sender: SPF, DKIM, DMARC",
        "smtpwizard readiness Invoices",
        _readiness,
    ),
}
