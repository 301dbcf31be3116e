"""What can be typed, as plain values taken from the parser: for completion and the manual page."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from smtpwizard.cli.grammar import VERBS
from smtpwizard.cli.parser import build_parser


class Option(NamedTuple):
    """An option; `value` is what its value is called, nothing where it takes none."""

    flags: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    text: str


class Place(NamedTuple):
    """A word that stands by its place; `many` where it is the last and may be repeated."""

    value: str
    choices: tuple[str, ...]
    text: str
    many: bool
    needed: bool


class Outline(NamedTuple):
    """A verb or one of its actions, or the program where `path` is empty."""

    path: tuple[str, ...]
    summary: str
    description: str
    example: str
    options: tuple[Option, ...]
    places: tuple[Place, ...]
    below: tuple[Outline, ...]

    def all(self) -> Iterator[Outline]:
        """This and everything below it."""
        yield self
        for each in self.below:
            yield from each.all()


def outline() -> Outline:
    """The whole of the command line."""
    return _of(build_parser(VERBS), (), "")


def _of(parser: argparse.ArgumentParser, path: tuple[str, ...], summary: str) -> Outline:
    options, places, below = [], [], []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        choices = tuple(str(choice) for choice in action.choices or ())
        text = (action.help or "") % {"prog": "smtpwizard"}
        if isinstance(action, argparse._SubParsersAction):
            summaries = {each.dest: each.help or "" for each in action._get_subactions()}
            below = [
                _of(each, (*path, name), summaries[name]) for name, each in action.choices.items()
            ]
        elif action.option_strings:
            flags = tuple(sorted(action.option_strings, key=len, reverse=True))
            value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
            options.append(Option(flags, value, choices, text))
        else:
            many, needed = action.nargs in ("*", "+"), action.nargs not in ("*", "?")
            value = str(action.metavar or action.dest.upper())
            places.append(Place(value, choices, text, many, needed))
    example = (parser.epilog or "").partition("\n")[2].strip()
    description = parser.description or ""
    return Outline(path, summary, description, example, tuple(options), tuple(places), tuple(below))
