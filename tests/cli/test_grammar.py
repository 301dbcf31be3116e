"""What can be typed: every verb has one place, an example that is understood, and a file."""

from __future__ import annotations

import argparse
import re
import shlex
from importlib import import_module

import pytest

from smtpwizard.cli import verbs
from smtpwizard.cli.grammar import GROUPS, VERBS, verb_called
from smtpwizard.cli.output import Screen
from smtpwizard.cli.parser import build_parser, parse
from tests.cli.conftest import Cli


def test_a_group_s_file_has_the_verbs_of_the_table() -> None:
    for group, (_, names) in GROUPS.items():
        assert tuple(import_module(f"smtpwizard.cli.grammar.{group}").VERBS) == names


def test_every_verb_can_be_run() -> None:
    assert len(set(VERBS)) == len(VERBS)
    for verb in VERBS:
        summary, example, _ = verb_called(verb)
        assert summary[0].islower()
        assert example.startswith(f"smtpwizard {verb}")
        assert callable(verbs.run_of(verb))


def test_the_help_has_every_verb_under_what_it_is_for(cli: Cli) -> None:
    told = cli("--help").out
    for heading, names in GROUPS.values():
        _, found, rest = told.partition(f"\n  {heading}\n")
        assert found
        listed = re.findall(r"^    (\S+)", rest, re.MULTILINE)
        assert tuple(listed[: len(names)]) == names
    assert told.index("verbs:") < told.index("options:")
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize("verb", VERBS)
def test_an_example_is_understood(verb: str) -> None:
    for parser in (named(verb), *below(named(verb))):
        assert parser.epilog is not None
        example = re.split(" [<>] ", parser.epilog.removeprefix("example:\n  "))[0]
        program, *words = shlex.split(example)
        assert program == "smtpwizard"
        args = parse(words, Screen(json_wanted=False))
        assert args is not None
        assert args.verb == verb


def named(verb: str) -> argparse.ArgumentParser:
    return actions_of(build_parser([verb]))[verb]


def below(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return list(actions_of(parser).values())


def actions_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}
