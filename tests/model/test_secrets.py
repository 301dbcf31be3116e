"""The rules about secrets: the kinds a connector keeps, and what text is one."""

from __future__ import annotations

import pytest

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.secrets import (
    MAX_KEPT_BYTES,
    TextFlaw,
    check_new_passphrase,
    is_sendable,
    spaces_found,
    text_flaw,
    typed_kinds,
    without_line_end,
    without_spaces,
)


@pytest.mark.parametrize(
    ("method", "mechanism", "kinds"),
    [
        (Method.BASIC, "auto", ("password",)),
        (Method.BASIC, "PLAIN", ("password",)),
        (Method.BASIC, "EXTERNAL", ()),
        (Method.OAUTH, "auto", ("client_secret", "refresh_token")),
        (Method.NONE, "auto", ()),
    ],
)
def test_the_kinds_follow_from_the_login(
    method: Method, mechanism: str, kinds: tuple[str, ...]
) -> None:
    assert typed_kinds(method, mechanism) == kinds


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("x", None),
        ("  spaces, \n and a line break\r\n", None),
        ("\x01\x1b\x7f", None),
        ("x" * MAX_KEPT_BYTES, None),
        ("é" * (MAX_KEPT_BYTES // 2), None),
        ("", TextFlaw.EMPTY),
        ("x" * (MAX_KEPT_BYTES + 1), TextFlaw.TOO_LONG),
        ("é" * (MAX_KEPT_BYTES // 2 + 1), TextFlaw.TOO_LONG),
        ("a\0b", TextFlaw.NUL),
        ("a\ud800", TextFlaw.SURROGATE),
    ],
)
def test_what_a_secret_s_text_may_be(text: str, flaw: TextFlaw | None) -> None:
    assert text_flaw(Secret(text)) is flaw


def test_a_limit_of_its_own_counts_bytes() -> None:
    assert text_flaw(Secret("éé"), 4) is None
    assert text_flaw(Secret("ééx"), 4) is TextFlaw.TOO_LONG


@pytest.mark.parametrize("char", ["\0", "\1", "\ud800"])
def test_what_separates_fields_on_the_wire_cannot_be_sent(char: str) -> None:
    assert not is_sendable(f"a{char}b")


def test_everything_else_can_be_sent() -> None:
    assert is_sendable("\x02\n\ud7ff\ue000🔑")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\n", "a"),
        ("a\r\n", "a"),
        ("a\n\n", "a\n"),
        ("a\r\n\r\n", "a\r\n"),
        ("a\r", "a\r"),
        ("a", "a"),
        ("\n", ""),
        ("", ""),
    ],
)
def test_exactly_one_line_end_is_taken_off(given: str, kept: str) -> None:
    assert without_line_end(given) == kept


@pytest.mark.parametrize("text", ["eight888", "Schlu\u0308ssel"])
def test_eight_characters_make_a_passphrase(text: str) -> None:
    check_new_passphrase(Secret(text))


@pytest.mark.parametrize("text", ["", "seven77", "e\u0301" * 7])
def test_fewer_do_not(text: str) -> None:
    with pytest.raises(SecretStoreError, match="passphrase_too_short") as refused:
        check_new_passphrase(Secret(text))
    assert refused.value.facts == {"limit": 8}


@pytest.mark.parametrize(
    ("text", "bare", "found"),
    [
        ("abcd efgh ijkl mnop", "abcdefghijklmnop", {"spaces_inside": 3}),
        (" abcd efgh ijkl mnop", "abcdefghijklmnop", {"spaces_inside": 4}),
        (" hunter2", "hunter2", {"spaces_around": 1}),
        ("two words ", "two words", {"spaces_around": 1}),
        ("two words", "two words", {}),
        ("   ", "", {}),
        ("", "", {}),
    ],
)
def test_spaces_of_a_paste(text: str, bare: str, found: dict[str, int]) -> None:
    assert without_spaces(text) == bare
    assert spaces_found(Secret(text)) == found
