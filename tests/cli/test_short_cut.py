"""The usual starts of the window, which do without the grammar, mean what the grammar says."""

from __future__ import annotations

import pytest

from smtpwizard.cli import parser


@pytest.mark.parametrize("argv", [[], ["gui"], ["gui", "--new"]])
def test_a_short_cut_says_what_the_grammar_says(
    argv: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    short = parser.parse(argv, None)  # type: ignore[arg-type]
    monkeypatch.setattr(parser, "_WINDOW", ())
    assert short == parser.parse(argv, None)  # type: ignore[arg-type]
