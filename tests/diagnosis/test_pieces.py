"""Searching by pieces finds what searching at once finds."""

from __future__ import annotations

import re

import pytest

from smtpwizard.diagnosis import bounce, unwrap
from smtpwizard.diagnosis.pieces import PIECE, matches

WORD = "undelivered"


@pytest.mark.parametrize("before", [0, 1, PIECE - 12, PIECE - 11, PIECE - 5, PIECE - 1, PIECE])
@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_what_lies_across_two_pieces_is_found_once(before: int, pieces: int) -> None:
    text = "\n" * (pieces * PIECE + before) + WORD + " " * PIECE + WORD
    pattern = re.compile(WORD)
    assert [m.span() for m in matches(pattern, text, len(WORD))] == [
        m.span() for m in pattern.finditer(text)
    ]


def test_a_line_begins_where_it_does_and_not_where_a_piece_does() -> None:
    pattern = re.compile(r"^b|(?<!a)c", re.MULTILINE)
    text = "a" * PIECE + "b" + "a" * (PIECE - 1) + "c\nb"
    assert [m.start() for m in matches(pattern, text, 1)] == [2 * PIECE + 2]


def test_no_piece_is_longer_than_what_the_window_can_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[int] = []

    class Noted:
        def search(self, text: str, start: int, end: int) -> None:
            searched.append(min(end, len(text)) - start)

    text = "x y " * PIECE
    for module, look in (
        (bounce, bounce.read_bounce),
        (unwrap, unwrap.condense),
    ):
        for name in ("_MAIL", "_SIGNAL"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, Noted())
        searched.clear()
        look(text)
        assert sum(searched) >= len(text)
        assert max(searched) <= PIECE + 100
