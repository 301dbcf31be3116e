"""What OAuth needs: the registration, the sign-in, and when it ends."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.options import Verb, add_name, add_secret_options


def _redirects(parser: argparse.ArgumentParser) -> None:
    redirects = parser.add_mutually_exclusive_group()
    for option, redirect, text in (
        ("--browser", "loopback", "the system browser brings the answer back to this computer"),
        ("--paste", "web", "the address that the browser ends at is pasted back"),
        ("--device", "device", "a code is typed on another device"),
    ):
        redirects.add_argument(
            option, dest="redirect", action="store_const", const=redirect, help=text
        )


def _guide(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    _redirects(parser)
    parser.add_argument(
        "--request", action="store_true", help="a text and commands to send to an administrator"
    )


def _sign_in(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    _redirects(parser)
    parser.add_argument(
        "--accept-account",
        action="store_true",
        help="keep the sign-in of another account than the connector's (a shared mailbox)",
    )
    add_secret_options(parser, "read the client secret or key")


def _dates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ics", metavar="FILE", help="write a calendar file; - is standard output")


VERBS: Mapping[str, Verb] = {
    "guide": (
        "how to register the application, step by step, or the request to an administrator",
        "smtpwizard guide Invoices --request",
        _guide,
    ),
    "sign-in": (
        "sign in with OAuth: by the system browser, a pasted address or a device code",
        "smtpwizard sign-in Invoices",
        _sign_in,
    ),
    "dates": (
        "what has ended and what ends next, for a calendar as well; the list's “Ends soon” is "
        "within 60 days, of a server's certificate and a sign-in within 30",
        "smtpwizard dates --ics dates.ics",
        _dates,
    ),
}
