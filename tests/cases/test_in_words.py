"""All that a case holds can be read in words before it leaves."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from smtpwizard.cases.case import make_case
from smtpwizard.messages.case_in_words import case_in_words, hangs_in_words, text_in_words
from smtpwizard.messages.case_texts import file_text, readable_text
from smtpwizard.messages.cases import environment_lines, replaced_text
from tests.cases.recorded import OPTIONS, history_of, run_of

Place = tuple[Any, ...]


@cache
def _made() -> Any:
    options = OPTIONS._replace(note="Since Thursday.")
    return plain(make_case(run_of(), history_of(), options).document)


def document() -> Any:
    """A case with a note, whose run has something in every part; a new one each time."""
    return copy.deepcopy(_made())


def leaves(value: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value of a document, with the way to it."""
    if isinstance(value, dict | list | tuple):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from leaves(item, (*at, key))
    elif value is not None:
        yield at, value


def page(of: Any) -> str:
    return text_in_words(case_in_words(of))


def plain(value: Any) -> Any:
    """With lists that can be changed in place of tuples."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def changed(at: Place, change: Callable[[Any], Any]) -> str:
    """The page of a case in which one value is another one."""
    found = document()
    inside = found
    for key in at[:-1]:
        inside = inside[key]
    inside[at[-1]] = change(inside[at[-1]])
    return page(found)


def test_every_value_of_the_file_is_on_the_page() -> None:
    before = page(document())
    found = list(leaves(document()))
    assert len(found) > 150
    missing = []
    for at, value in found:
        if isinstance(value, bool):
            shown = changed(at, lambda now: not now) != before
        elif isinstance(value, int | float):
            figure = "7654.321" if at[-1] == "t_us" else "7654321"
            shown = figure in changed(at, lambda _: 7654321)
        else:  # whatever a word stands for, one that nobody knows stands for itself
            shown = "canary-7" in changed(at, lambda _: "canary-7").lower().replace(
                "canary 7", "canary-7"
            )
        if not shown:
            missing.append(at)
    assert missing == []


def test_what_a_later_version_writes_is_told_as_well() -> None:
    def grown(value: Any) -> Any:
        if isinstance(value, dict):
            numbers["last"] += 1
            own = {"later_fact": f"canary-{numbers['last']}."}
            return {key: grown(item) for key, item in value.items()} | own
        return [grown(item) for item in value] if isinstance(value, list) else value

    numbers = {"last": 0}
    shown = page(grown(document()))
    assert numbers["last"] > 40
    missing = [n for n in range(1, numbers["last"] + 1) if f"canary-{n}." not in shown]
    assert missing == []


def test_it_speaks_as_the_window_does() -> None:
    lines = page(document()).splitlines()
    said = dict(line.strip().split("  ", 1) for line in lines if "  " in line.strip())
    words = {label: value.strip() for label, value in said.items()}
    assert words["Note"] == "Since Thursday."
    assert words["Encryption method"] in ("STARTTLS", "SSL/TLS")
    assert "Port" in words
    assert not [
        line for line in lines if line.startswith(("server.", "authentication.", "replaced."))
    ]


@pytest.mark.parametrize("value", ["x" * 70_000, "line\nline", "\u202eturned"])
def test_nothing_is_cut_and_nothing_acts(value: str) -> None:
    found = document()
    found["connector"]["server"]["host"] = value
    shown = page(found)
    assert max(value.count("x"), 0) <= shown.count("x")
    assert "\u202e" not in shown


def test_the_customer_s_environment_in_a_few_lines() -> None:
    facts = {
        "version": "1.4.0", "system": "Windows", "release": "10.0.20348", "python": "3.12.1",
        "bundled": True, "openssl": "OpenSSL 3.0.15", "qt": None, "proxies": ["HTTPS_PROXY"],
        "secret_store": "keyring", "utc_offset_minutes": -210, "later": "new",
    }  # fmt: skip
    assert environment_lines(facts) == [
        "Program: smtpwizard 1.4.0",
        "System: Windows, 10.0.20348",
        "Secret kept in: the system's keyring",
        "Network: Proxies set: HTTPS_PROXY",
        "Time zone: UTC-3:30",
        "TLS: OpenSSL 3.0.15",
        "Runs on: Python 3.12.1",
        "later: new",
    ]
    assert environment_lines(
        {"proxies": [], "secret_store": "\x1b[1m", "utc_offset_minutes": "?"}
    ) == [
        "Secret kept in: \\x1b[1m",
        "Network: No proxy set",
        "Time zone: ?",
    ]
    assert environment_lines({}) == []
    # A file may come from anybody, with as many facts as fit into it.
    many = environment_lines(facts | {f"fact {number}": "x" for number in range(5000)})
    assert len(many) < 50
    assert many[-1].startswith("Others: 49")
    kinds = replaced_text({"host": 2} | {f"kind {number}": 1 for number in range(5000)})
    assert kinds.splitlines()[0] == "Host names: 2"
    assert len(kinds.splitlines()) < 50
    assert environment_lines({"version": "1"}, True) == [
        "Program: smtpwizard 1, same rules as here"
    ]
    assert environment_lines({"version": "1"}, False) == ["Program: smtpwizard 1, other rules"]


def test_a_line_that_is_too_long_goes_on_below_its_words() -> None:
    sections = case_in_words(document())
    lines = text_in_words(sections).split("\n")
    hangs = list(hangs_in_words(sections))
    wrong, seen = [], set()
    for line, hang in zip(lines, hangs, strict=True):
        head, words = line[:hang], line[hang:]
        if hang > 2 and head.endswith("  "):  # else its label is longer than most
            seen.add(hang)
            if words.startswith(" "):
                wrong.append(line)
    assert wrong == []
    assert len(seen) == 3


def test_headings_and_stand_ins_are_where_they_are_said_to_be() -> None:
    made, words = document(), ("host-1.example", "host-1")
    made["connector"]["name"] = "host-1.example, not host-10"
    sections = case_in_words(made)
    shown = readable_text(sections, words)
    lines = shown.text.split("\n")
    assert [lines[at] for at in shown.headings] == [part.title for part in sections]
    assert len(shown.hangs) == len(lines)
    as_file = file_text(json.dumps(made, indent=2).encode(), words)
    for text in (shown, as_file):
        marked = [text.text[begin:end] for begin, end in text.stand_ins]
        assert set(marked) <= set(words)
        assert "host-1.example" in marked
    assert as_file.headings == ()
    assert as_file.hangs[:2] == (2, 4)
    assert readable_text([], words).headings == ()
