"""Cases of strangers: limits before the parsing, and never anything but a sentence."""

from __future__ import annotations

import copy
import json
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwizard.cases.case import MAX_BYTES, MAX_TEXT, case_text, make_case
from smtpwizard.cases.reading import read_case
from smtpwizard.cases.strict_json import MAX_DEPTH, MAX_PARTS
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.model.errors import UsageError
from smtpwizard.model.wire import MAX_EVENTS
from tests.cases.recorded import OPTIONS, history_of, run_of

MADE = make_case(run_of(), history_of(), OPTIONS)


def refused(data: bytes | str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read_case(data.encode() if isinstance(data, str) else data)
    sentence = error_text(caught.value.code, caught.value.facts, Face.COMMAND_LINE)
    assert sentence
    assert caught.value.code not in sentence
    return caught.value


def changed(*path: str | int, to: Any) -> str:
    document: Any = copy.deepcopy(MADE.document)
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = to
    return case_text(document)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b" " * (MAX_BYTES + 1), "case_too_large"),
        (b"\xff\xfe{}", "case_not_utf8"),
        (b'{"a": "\xed\xa0\x80"}', "case_not_utf8"),
        (b"\xef\xbb\xbf{}", "document_byte_order_mark"),
        (b"", "case_not_json"),
        (b"{", "case_not_json"),
        (b"{}{}", "case_not_json"),
        (b'{"a": "unfinished [[[[', "case_not_json"),
        (b"[" * 33 + b"]" * 33, "document_too_deep"),
        (b"[" * 4_000_00 + b"]" * 4_000_00, "document_too_deep"),
        (b"[" * 100, "document_too_deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "document_too_deep"),
        (b"[" + b"[]," * (MAX_PARTS + 1) + b"[]]", "case_too_large"),
        (b"{" * (MAX_PARTS + 1), "case_too_large"),
        (b'"' + b'\\"' * 4_000_000 + b'"', "case_other_format"),
        (b'{"a": 1, "a": 2}', "document_duplicate_key"),
        (b'{"a": {"b": 1, "b": 1}}', "document_duplicate_key"),
        (b'{"a": NaN}', "document_not_finite"),
        (b'{"a": -Infinity}', "document_not_finite"),
        (b'{"a": 1e999}', "document_not_finite"),
        (b'{"a": ' + b"9" * 5000 + b"}", "document_not_finite"),
        (b"[]", "case_other_format"),
        (b"7", "case_other_format"),
        (b"{}", "case_other_format"),
        (b'{"format": ["smtpwizard-case"]}', "case_other_format"),
        (b'{"format": "smtpwizard-answer", "schema": 1}', "case_is_an_answer"),
        (b'{"format": "smtpwizard-case"}', "case_invalid"),
        (b'{"format": "smtpwizard-case", "schema": true}', "case_invalid"),
        (b'{"format": "smtpwizard-case", "schema": 0}', "case_invalid"),
        (b'{"format": "smtpwizard-case", "schema": 1}', "case_invalid"),
        (b'{"format": "smtpwizard-case", "schema": 2}', "case_newer"),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else value,
)
def test_what_is_no_case(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_a_newer_case_says_what_made_it() -> None:
    head = '{"format": "smtpwizard-case", "schema": 2, "manifest": '
    assert refused(head + '{"made_by": "3.0\\u202e"}}').facts["made_by"] == "3.0\\u202e"
    assert refused(head + '{"made_by": 3}}').facts["made_by"] == "?"


@pytest.mark.parametrize(
    ("path", "to", "field"),
    [
        (("manifest",), [], "manifest"),
        (("connector",), [], "connector"),
        (("environment",), "x", "environment"),
        (("report",), {}, "report"),
        (("report", "stages"), [], "report"),
        (("report", "ok"), 1, "report"),
        (("report", "stages", 5, "failure", "error"), "../../etc", "report"),
        (("wire",), {}, "wire"),
        (("wire", 0), None, "wire.0"),
        (("wire", 0, "event"), "exec", "wire.0"),
        (("wire", 2, "text"), 7, "wire.2"),
        (("wire", 2, "t_us"), 1.5, "wire.2"),
        (("oauth", 0, "host"), None, "oauth.0"),
        (("history",), 1, "history"),
        (("history", 0, "verdict"), "fine", "history.0"),
    ],
)
def test_what_is_not_what_it_must_be(path: tuple[str | int, ...], to: Any, field: str) -> None:
    error = refused(changed(*path, to=to))
    assert (error.code, error.facts) == ("case_invalid", {"field": field})


def test_limits() -> None:
    assert (
        refused(changed("manifest", "note", to="x" * (MAX_TEXT + 1))).code
        == "document_text_too_long"
    )
    assert refused(changed("manifest", "x" * (MAX_TEXT + 1), to=1)).code == "document_text_too_long"
    read_case(changed("manifest", "note", to="x" * MAX_TEXT).encode())
    many = [{"event": "renewed", "t_us": 1}] * (MAX_EVENTS + 1)
    error = refused(changed("wire", to=many))
    assert (error.code, error.facts) == ("case_too_many", {"field": "wire", "limit": MAX_EVENTS})
    assert len(read_case(changed("wire", to=many[:-1]).encode()).wire) == MAX_EVENTS
    deep: Any = 1
    for _ in range(MAX_DEPTH - 2):
        deep = [deep]
    read_case(changed("manifest", "deep", to=deep).encode())
    assert refused(changed("manifest", "deep", to=[deep])).code == "document_too_deep"


def test_brackets_and_quotes_in_texts_do_not_count() -> None:
    case = read_case(changed("manifest", "note", to='\\"[' * 10_000).encode())
    assert case.manifest["note"].startswith('\\"[')


def test_what_a_newer_version_has_added_is_passed_over() -> None:
    document = MADE.document | {"drawings": [1, 2]}
    document["wire"] = [{"later": 1, **document["wire"][0]}]
    assert len(read_case(case_text(document).encode()).wire) == 1


def test_texts_stay_as_they_came() -> None:
    case = read_case(changed("wire", 2, "text", to="220 \x00\x1b[31m\u202e\n").encode())
    assert case.wire[2].text == "220 \x00\x1b[31m\u202e\n"  # type: ignore[union-attr]


# -- fuzzed --------------------------------------------------------------------------------------


def survives(data: bytes) -> None:
    with suppress(UsageError):
        read_case(data)


def test_cut_off_anywhere() -> None:
    data = MADE.text.encode()
    for at in range(0, len(data), 97):
        survives(data[:at])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**9))
def test_bytes_changed(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(MADE.text.encode())
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data))
        what = chance.randrange(4)
        if what == 0:
            data[at] = chance.randrange(256)
        elif what == 1:
            del data[at : at + chance.randint(1, 50)]
        elif what == 2:
            data[at:at] = chance.choice(
                (b"[", b"{", b'"', b"}", b"1e999", b"null", b"\\u0000", b"true")
            )
        else:
            start = chance.randrange(len(data))
            data[at:at] = data[start : start + chance.randint(1, 200)]
    survives(bytes(data))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in items:
        found.append((value, key))
        if isinstance(item, dict | list):
            found += _places(item)
    return found


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10**9), _JSON)
def test_values_changed(seed: int, value: Any) -> None:
    document = copy.deepcopy(MADE.document)
    inside, key = random.Random(seed).choice(_places(document))
    inside[key] = value
    survives(json.dumps(document).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    survives(data)
    survives(b'{"format": "smtpwizard-case", "schema": 1, "manifest": ' + data)
