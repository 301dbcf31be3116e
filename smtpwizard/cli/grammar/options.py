"""Options that several verbs share, and what their values have to be."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any

from smtpwizard.cli.grammar import GROUPS
from smtpwizard.cli.wrapping import USUAL_WIDTH, terminal_width

# Longer lines are hard to read, however wide the terminal is.
_WIDEST = 100
# Where the texts of verbs and options begin.
_HELP_AT = 22


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, with the verbs by what they are for.

    A subclass because these are argparse's only hooks.
    """

    def __init__(self, prog: str) -> None:
        # argparse would ask for the width itself, and load compression libraries.
        width = terminal_width(sys.stdout) or USUAL_WIDTH
        super().__init__(prog, max_help_position=_HELP_AT, width=min(width, _WIDEST))

    def _format_action(self, action: argparse.Action) -> str:
        if not isinstance(action, argparse._SubParsersAction) or action.dest != "verb":
            return super()._format_action(action)
        verbs = {each.dest: each for each in action._get_subactions()}
        parts = []
        for heading, names in GROUPS.values():
            shown = [verbs[name] for name in names if name in verbs]
            if shown:
                parts.append(f"{'':{self._current_indent}}{heading}\n")
                self._indent()
                parts += [super(HelpFormatter, self)._format_action(each) for each in shown]
                self._dedent()
        return self._join_parts(parts)


# What it does, an example, and what fills its grammar.
Verb = tuple[str, str, Callable[[argparse.ArgumentParser], None] | None]

SECRET_STORES = ("keyring", "file", "session")
# What the demo does not take: it has a project of its own.
WITHOUT_PROJECT = ("--project", "--secret-store")


def shared_options(hidden: Container[str] = ()) -> argparse.ArgumentParser:
    """The options that stand before or after any verb; those that are `hidden` are understood, so
    that they are refused in words, and not offered."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = shared.add_argument_group("everywhere")
    group.add_argument(
        "--data-dir",
        metavar="DIR",
        type=path_of,
        help="use this data folder; the demo makes one of its own in it",
    )
    group.add_argument("--project", metavar="NAME", help="work on this project")
    group.add_argument(
        "--json", action="store_true", help="answer with one JSON document on one line"
    )
    group.add_argument(
        "--secret-store",
        choices=SECRET_STORES,
        help="where new secrets are kept: in the system's keyring, in the encrypted file, or for "
        "this session only",
    )
    for action in shared._actions:
        if action.option_strings[0] in hidden:
            action.help = argparse.SUPPRESS
    return shared


def path_of(text: str) -> Path:
    """A file or folder as it was typed."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("a file or folder has to be named")
    return Path(os.path.expanduser(text))  # no shell does it in --data-dir=~/folder


def seconds_of(text: str) -> float:
    """How long something may take."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 3600 seconds")
    return seconds


def add_verb(
    verbs: Any, shared: argparse.ArgumentParser, name: str, verb: Verb
) -> argparse.ArgumentParser:
    """The parser of a verb, or of one of its actions; `shared` are the options that stand
    everywhere."""
    summary, example, add_arguments = verb
    parser: argparse.ArgumentParser = verbs.add_parser(
        name,
        parents=[shared],
        allow_abbrev=False,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=HelpFormatter,
    )
    if add_arguments is not None:
        add_arguments(parser)
    return parser


def add_actions(parser: argparse.ArgumentParser, actions: Mapping[str, Verb]) -> None:
    """What a verb does by a second word, each with a grammar of its own."""
    shared = shared_options()
    below = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, action in actions.items():
        add_verb(below, shared, name, action)


def add_name(parser: argparse.ArgumentParser) -> None:
    """The connector that a verb works on."""
    parser.add_argument("name", metavar="NAME", help="the connector's name")


def add_secret_options(parser: argparse.ArgumentParser, use: str) -> None:
    """A secret from standard input, for this use."""
    parser.add_argument("--secret-stdin", action="store_true", help=f"{use} from standard input")
    parser.add_argument(
        "--approve-command",
        action="store_true",
        help="allow the connector's secret_command to run on this computer",
    )


def add_set_option(parser: argparse.ArgumentParser, text: str) -> None:
    """Fields to change; `text` says of what."""
    parser.add_argument(
        "--set",
        dest="assignments",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help=text,
    )


def add_case_options(parser: argparse.ArgumentParser) -> None:
    """What a case that is written has in it."""
    parser.add_argument(
        "--keep-names", action="store_true", help="names and addresses as they are, no stand-ins"
    )
    parser.add_argument(
        "--omit",
        metavar="PART",
        action="append",
        default=[],
        help="leave a part out: connector, environment, report, wire, oauth, history",
    )
    parser.add_argument("--note", metavar="TEXT", help="a sentence for the reader of the case")
    parser.add_argument(
        "--unproven",
        action="store_true",
        help="write the case even if a part of it cannot be played again; the case says which",
    )
