"""Projects and what belongs to them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.options import Verb, add_actions


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
        help="remove its connectors as well, with their runs and secrets",
    )


def _transfer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="+", help="the connectors' names")
    parser.add_argument(
        "--to", metavar="PROJECT", required=True, help="the project that they go to"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what is another there, and change nothing"
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
                "make a project the current one",
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


VERBS: Mapping[str, Verb] = {
    "project": (
        "list, create, change or remove projects",
        "smtpwizard project set domain=flows.example.com",
        _project,
    ),
    "move": (
        "move connectors to another project, with their runs and secrets",
        "smtpwizard move Invoices Payslips --to 'Site B'",
        _transfer,
    ),
    "copy": (
        "copy connectors to another project, with their secrets",
        "smtpwizard copy Invoices --to 'Site B' --dry-run",
        _transfer,
    ),
}
