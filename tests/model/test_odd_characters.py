"""Characters that nobody sees are found, told in words, and never taken out by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from smtpwizard.messages.face import Face
from smtpwizard.messages.odd_characters import odd_hint, odd_line, odd_note, odd_text
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, read_connector
from smtpwizard.model.odd_characters import odd_characters, without_odd_ends
from smtpwizard.model.secrets import odd_entries
from tests.model.documents import defaults_for, document, texts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mailer@example.com", ""),
        ("two words, \"'-", ""),
        ("pässwörd 密码 🔑", ""),
        ("", ""),
        ("x ", "It ends with a space."),
        ("  x", "It begins with 2 spaces."),
        (" a b ", "It contains 2 spaces."),
        ("  ", "It begins with 2 spaces."),
        ("x\u200b", "It ends with an invisible character (zero-width)."),
        ("a\u00adb\u2060c", "It contains 2 invisible characters (zero-width)."),
        ("\ufeffx", "It begins with an invisible byte order mark."),
        ("ab\u00a0cd\u00a0ef\u00a0gh", "It contains 3 no-break spaces."),
        ("x\u3000", "It ends with an unusual space."),
        ("x\t", "It ends with a tab."),
        ("x\r\n", "It ends with 2 line breaks."),
        ("a\x07b", "It contains a control character."),
        ("a\x9fb", "It contains a control character."),
        ("“secret”", "It contains 2 curly quotes."),
        ("pass–word", "It contains a long dash."),
        ("ｓecret１", "It contains 2 full-width characters."),
        (
            "\ufeffab\u00a0cd ",
            "It begins with an invisible byte order mark, contains a no-break space and ends with "
            "a space.",
        ),
    ],
)
def test_what_nobody_sees_is_said(text: str, words: str) -> None:
    assert odd_text(odd_characters(text)) == words


@given(texts)
def test_any_text_is_looked_at(text: str) -> None:
    found = odd_characters(text)
    assert sum(odd.number for odd in found) <= len(text)
    assert bool(odd_hint(found)) is bool(found)
    assert odd_characters(without_odd_ends(text).strip()) is not None


def test_a_note_names_the_field_and_shows_no_secret() -> None:
    found = odd_characters("hunter2\u00a0")
    assert odd_hint(found) == "It ends with a no-break space. It is kept as typed."
    assert odd_line("authentication.password", found) == "The password ends with a no-break space."
    assert odd_note("authentication.oauth.client_id", found) == (
        "The client ID ends with a no-break space. It is kept as typed."
    )
    assert odd_hint(()) == ""


def connector(source: dict[str, Any]) -> Connector:
    made, problems = read_connector(source, defaults_for)
    assert made is not None, problems
    return made


def test_the_entries_of_a_login() -> None:
    basic = connector(document(authentication={"method": "basic", "username": "mailer "}))
    secrets = {"password": Secret("\ufeffx"), "client_certificate_passphrase": Secret(" x")}
    assert list(odd_entries(basic, secrets)) == [
        "authentication.username",
        "authentication.password",
    ]
    oauth = {"client_id": "id\u200b", "tenant": "t\u200b"}
    signs_in = connector(document(authentication={"method": "oauth", "oauth": oauth}))
    assert list(odd_entries(signs_in, {"client_secret": Secret("x\u00a0")})) == [
        "authentication.oauth.client_id",
        "authentication.oauth.tenant",
        "authentication.client_secret",
    ]
    key = {"grant": "service_account", "client_id": "1"}
    with_key = connector(document(authentication={"method": "oauth", "oauth": key}))
    assert odd_entries(with_key, {"client_secret": Secret('{"a":\n1}\n')}) == {}
    none = connector(document(authentication={"method": "none", "username": "x "}))
    assert odd_entries(none) == {}


def test_a_refusal_says_what_nobody_sees() -> None:
    wrong = document(server={"host": "smtp.example.com\u200b"}, admin={"email": "a@example.com "})
    _, problems = read_connector(wrong, defaults_for)
    said = {p.field: problem_text(p, Face.WINDOW) for p in problems}
    assert said["server.host"] == (
        "It ends with an invisible character (zero-width). "
        "This is not a server name. Example: smtp.example.com"
    )
    assert said["admin.email"].startswith("It ends with a space. ")


@pytest.mark.parametrize(
    ("text", "bare"),
    [(" x\u200b ", "x"), ("\ufeffa\u00a0b\u00a0", "a\u00a0b"), ("a b", "a b"), ("\u200b", "")],
)
def test_what_is_left_without_them(text: str, bare: str) -> None:
    assert without_odd_ends(text) == bare
