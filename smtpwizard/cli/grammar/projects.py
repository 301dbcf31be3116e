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
        },
    )


VERBS: Mapping[str, Verb] = {
    "project": (
        "list, create or change projects",
        "smtpwizard project set domain=flows.example.com",
        _project,
    ),
}
