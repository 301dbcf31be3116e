"""A stranger's JSON: what is refused, and by which word."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.cases.strict_json import MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_TEXT, parse_strictly
from smtpwizard.model.errors import UsageError


def code_of(data: bytes) -> str:
    with pytest.raises(UsageError) as caught:
        parse_strictly(data)
    return caught.value.code.removeprefix("document_")


def nested(depth: int, inside: bytes = b"1") -> bytes:
    return b'{"a":' * depth + inside + b"}" * depth


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"\xff", "not_utf8"),
        (b"\xef\xbb\xbf{}", "byte_order_mark"),
        (b"[]", "not_an_object"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":{"b":1,"b":2}}', "duplicate_key"),
        (b'{"a":NaN}', "not_finite"),
        (b'{"a":-Infinity}', "not_finite"),
        (b'{"a":1e999}', "not_finite"),
        (b'{"a":' + b"9" * 5000 + b"}", "not_finite"),
        (nested(MAX_DEPTH + 1), "too_deep"),
        (nested(MAX_DEPTH, b"[]"), "too_deep"),
        (nested(100_000), "too_deep"),
        (b"[" * 1_000_000, "too_deep"),
        (b'{"a":"\\ud800"}', "not_utf8"),
        (b'{"\\udfff":1}', "not_utf8"),
        (json.dumps({"a": ["x" * (MAX_TEXT + 1)]}).encode(), "text_too_long"),
        (nested(MAX_DEPTH, b'"%s"' % (b"x" * (MAX_TEXT + 1))), "text_too_long"),
        (b" " * (MAX_BYTES + 1), "too_large"),
        (b"{} {}", "not_json"),
        (b'{"a":[' + b",".join([b"1"] * MAX_PARTS) + b"]}", "too_large"),
        (b'{"a":"' + b'\\"' * 4_000_000, "not_json"),
        (b'{"a":"' + b'\\"' * 1000 + b"\\", "not_json"),
        (b'{"a":' + b'"' * 4_000_000, "not_json"),
        (b"]" * 100 + b"[" * 20, "not_json"),
    ],
    ids=range(25),
)
def test_what_is_refused(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_what_is_read() -> None:
    assert parse_strictly(b'{"a": [1, 2.5, null, true, "\xc3\xa9"],\r\n "b": {}}') == {
        "a": [1, 2.5, None, True, "é"],
        "b": {},
    }
    assert parse_strictly(nested(MAX_DEPTH))
    assert parse_strictly(json.dumps({"a": "x" * MAX_TEXT}).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_refused(data: bytes) -> None:
    with suppress(UsageError):
        assert isinstance(parse_strictly(data), dict)
