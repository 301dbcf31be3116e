"""What can be typed: every verb has one place, an example that is understood, and a file."""

from __future__ import annotations

from importlib import import_module

from smtpwizard.cli import verbs
from smtpwizard.cli.grammar import GROUPS, VERBS, verb_called


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
