"""Projects and what belongs to them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.options import Verb, add_actions, path_of, seconds_of


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("values", metavar="NAME", nargs="+", help="the name, then KEY=VALUE")


def _set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("values", metavar="KEY=VALUE", nargs="+", help="an empty value clears")


def _use(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the project's name")


def _rename(parser: argparse.ArgumentParser) -> None:
    _use(parser)
    parser.add_argument("new_name", metavar="NEW", help="its new name")


def _remove(parser: argparse.ArgumentParser) -> None:
    _use(parser)
    parser.add_argument(
        "--with-connectors",
        action="store_true",
        help="remove its connectors as well, with their recorded tests and secrets",
    )


def _transfer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="+", help="the connectors' names")
    parser.add_argument(
        "--to", metavar="PROJECT", required=True, help="the project that they go to"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what differs there, and change nothing"
    )
    parser.add_argument(
        "--with-trust",
        action="store_true",
        help="have that project trust the certificates, too, that these connectors are verified "
        "with here (--dry-run shows them)",
    )


def _project(parser: argparse.ArgumentParser) -> None:
    add_actions(
        parser,
        {
            "list": ("list the projects", "smtpwizard project list", None),
            "create": ("create a project", "smtpwizard project create 'Site B'", _create),
            "set": (
                "change the project: name, domain, base_url, environment",
                "smtpwizard project set domain=flows.example.com",
                _set,
            ),
            "use": (
                "choose the project that commands work on; the window shows the one it had last",
                "smtpwizard project use 'Site B'",
                _use,
            ),
            "rename": (
                "give a project another name",
                "smtpwizard project rename Default 'Site A'",
                _rename,
            ),
            "remove": ("remove a project", "smtpwizard project remove 'Site B'", _remove),
        },
    )


def _fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "server",
        metavar="HOST[:PORT]",
        nargs="?",
        help="the server (port 587, or 465); without one that of --connector",
    )
    parser.add_argument(
        "--connector",
        metavar="NAME",
        help="judge as this connector does: its own ca_file or pinned_certificate decides",
    )
    parser.add_argument(
        "--security",
        choices=("implicit_tls", "starttls"),
        help="how TLS begins; without it both ways are tried",
    )
    parser.add_argument(
        "--timeout", metavar="S", type=seconds_of, default=15.0, help="seconds for all of it (15)"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=path_of, help="write them into a new file (PEM)"
    )


def _trust(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", type=path_of, help="certificates: PEM, DER or PKCS#7"
    )
    parser.add_argument(
        "--fingerprint", metavar="SHA256", help="of this one alone; it has to be in the file"
    )


def _distrust(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "fingerprint", metavar="FINGERPRINT", help="its fingerprint (SHA-256), or how that begins"
    )


def _certificates(parser: argparse.ArgumentParser) -> None:
    add_actions(
        parser,
        {
            "fetch": (
                "show the certificates of a server; nothing is sent, nothing is trusted",
                "smtpwizard certificates fetch mail.example.com:587",
                _fetch,
            ),
            "list": (
                "list whom the project trusts besides the system, and single connectors for "
                "themselves",
                "smtpwizard certificates list",
                None,
            ),
            "trust": (
                "trust certificates for all connectors of the project that have no ca_file and no "
                "pinned_certificate of their own",
                "smtpwizard certificates trust ca.pem",
                _trust,
            ),
            "remove": (
                "trust one no longer; connectors that were verified with it are to be verified "
                "again",
                "smtpwizard certificates remove 5F:2B:9A:10",
                _distrust,
            ),
        },
    )


VERBS: Mapping[str, Verb] = {
    "project": (
        "list, create, change or remove projects",
        "smtpwizard project set domain=flows.example.com",
        _project,
    ),
    "move": (
        "move connectors to another project, with their recorded tests and secrets",
        "smtpwizard move Invoices Payslips --to 'Site B'",
        _transfer,
    ),
    "copy": (
        "copy connectors to another project, with their secrets",
        "smtpwizard copy Invoices --to 'Site B' --dry-run",
        _transfer,
    ),
    "certificates": (
        "look at a server's certificates, and say whom the project trusts",
        "smtpwizard certificates fetch mail.example.com:587",
        _certificates,
    ),
}
