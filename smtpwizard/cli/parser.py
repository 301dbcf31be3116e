"""From the words of a command to its arguments, or to what is wrong with them.

What can be typed stands in `grammar`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, NoReturn

from smtpwizard import __version__
from smtpwizard.cli.grammar import VERBS, verb_called
from smtpwizard.cli.grammar.options import (
    WITHOUT_PROJECT,
    HelpFormatter,
    add_verb,
    shared_options,
)
from smtpwizard.model.errors import UsageError
from smtpwizard.model.similar import similar

if TYPE_CHECKING:
    from smtpwizard.cli.output import Screen

# Of argparse's own sentences: a value in the wrong place may be a secret.
_QUOTED = r"""(ignored explicit argument):? ('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_ASSIGNMENT = r"[a-z_]+(\.[a-z_]+)*="
_GLOBAL_DEFAULTS = {"data_dir": None, "project": None, "json": False, "secret_store": None}


class _HelpShownError(Exception):
    """The help text was asked for; it is the answer."""


class _Parser(argparse.ArgumentParser):
    """Raises instead of writing to the terminal and leaving: faults have an answer in JSON too.

    A subclass because sub-parsers are made by class, and these are its only hooks.
    """

    def error(self, message: str) -> NoReturn:
        reason = re.sub(_QUOTED, r"\1", message).removeprefix("argument ")
        raise _not_understood(reason, self)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError:
            # What was typed may be a secret in the wrong place; what was meant is none.
            choices = [str(choice) for choice in action.choices or ()]
            what = str(action.metavar or "/".join(action.option_strings) or action.dest)
            if isinstance(action, argparse._SubParsersAction):
                reason = f"there is no such {what.lower()}"
            else:
                name = action.option_strings[0] if action.option_strings else what
                reason = f"{name} takes one of {', '.join(choices)}"
            raise _not_understood(reason, self, similar(str(value), choices)) from None

    def print_help(self, file: IO[str] | None = None) -> None:  # type: ignore[override]
        raise _HelpShownError(self.format_help())


def _not_understood(
    reason: str, parser: argparse.ArgumentParser, alike: Sequence[str] = ()
) -> UsageError:
    """Why a command is none, and the next step: what may have been meant, or where help is."""
    if not alike:
        reason = f"{reason}. See: {parser.prog} --help"
    usage = parser.format_usage()
    return UsageError("arguments_invalid", reason=reason, usage=usage, similar=tuple(alike))


def parse(argv: Sequence[str], screen: Screen) -> argparse.Namespace | None:
    """The arguments, or None when they asked for help or the version, which is then shown.

    Raises `UsageError("arguments_invalid")`.
    """
    words = _one_by_one(argv)
    # Sub-parsers take a while to make: who names a verb needs no other, unless to be told of all.
    parser = build_parser([verb for verb in VERBS if verb in words] or VERBS)
    try:
        try:
            args, rest = parser.parse_known_args(words)
        except (UsageError, _HelpShownError):
            parser = build_parser(VERBS)
            args, rest = parser.parse_known_args(words)
    except _HelpShownError as shown:
        screen.answer({"help": str(shown)}, str(shown).rstrip("\n"))
        return None
    if rest:
        named = _named(parser, (args.verb, getattr(args, "action", None)))
        raise _not_understood(_unknown(rest), named, _meant(rest, parser, args))
    for name, value in _GLOBAL_DEFAULTS.items():
        if not hasattr(args, name):
            setattr(args, name, value)
    if args.version:
        screen.answer({"version": __version__}, f"smtpwizard {__version__}")
        return None
    if args.verb is None:
        if args.json:
            raise _not_understood("a verb is missing", parser)
        args.verb, args.new, args.file = "gui", False, None
    if args.verb == "help" and _names_a_verb(args.topic):
        return parse([*args.topic, "--help"], screen)
    return args


def _names_a_verb(words: Sequence[str]) -> bool:
    """Whether help on a verb is wanted that no page is called like."""
    from smtpwizard.usecases.help import find_help  # noqa: PLC0415 - reads the pages

    return len(words) == 1 and words[0] in VERBS and len(find_help(words[0])) != 1


def _one_by_one(argv: Sequence[str]) -> list[str]:
    """Spell `--set a=1 b=2` as `--set a=1 --set b=2`, and leave NAME after it a name."""
    out: list[str] = []
    setting = False
    for position, text in enumerate(argv):
        if text == "--":
            return out + list(argv[position:])
        if text == "--set":
            setting = True
        elif setting and out[-1] != "--set":
            setting = re.match(_ASSIGNMENT, text) is not None
            out += ["--set"] if setting else []
        out.append(text)
    return out


def _unknown(rest: Sequence[str]) -> str:
    """Names the options nobody knows, and no value: it may be a secret put in the wrong place."""
    names = [text.partition("=")[0] for text in rest if text.startswith("-")]
    if not names:
        return "there are too many arguments"
    hint = ""
    if any("pass" in name or "secret" in name for name in names):
        hint = " (a secret is never an argument: use --secret-stdin)"
    return f"unknown option {', '.join(names)}{hint}"


def _meant(
    rest: Sequence[str], parser: argparse.ArgumentParser, args: argparse.Namespace
) -> tuple[str, ...]:
    """The options that may stand behind the first unknown one."""
    unknown = next((text.partition("=")[0] for text in rest if text.startswith("-")), None)
    if unknown is None:
        return ()
    return similar(unknown, _options(parser, (args.verb, getattr(args, "action", None))))


def _named(parser: argparse.ArgumentParser, verbs: Sequence[str | None]) -> argparse.ArgumentParser:
    """The parser of a verb, or of its action; `parser` itself where none was typed."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                if name in verbs:
                    return _named(below, verbs)
    return parser


def _options(parser: argparse.ArgumentParser, verbs: Sequence[str | None]) -> Iterator[str]:
    """The options of a parser and of those for `verbs` below it."""
    for action in parser._actions:
        yield from (text for text in action.option_strings if text.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                if name in verbs:
                    yield from _options(below, verbs)


def build_parser(verbs: Iterable[str]) -> argparse.ArgumentParser:
    """The grammar of these verbs; global options stand before or after the verb."""
    shared = shared_options()
    parser = _Parser(
        prog="smtpwizard",
        parents=[shared],
        allow_abbrev=False,
        formatter_class=HelpFormatter,
        description="From nothing to a verified SMTP connector. Without a verb, the window opens.",
        epilog="example:\n  smtpwizard create --from connector.json --secret-stdin < password.txt",
    )
    parser.add_argument("--version", action="store_true", help="show the version")
    parser._positionals.title = "verbs"
    actions = parser.add_subparsers(dest="verb", metavar="VERB")
    for name in verbs:
        own = shared_options(WITHOUT_PROJECT) if name == "demo" else shared
        add_verb(actions, own, name, verb_called(name))
    return parser
