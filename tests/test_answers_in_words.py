"""What an answer changes, as a person reads it."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.cases.answer import CHANGEABLE
from smtpwizard.messages.answers import change_line, setting_text, weaker_text
from smtpwizard.messages.face import Face


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("server.port", None, "nothing"),
        ("server.ehlo_name", "", "nothing"),
        ("authentication.oauth.scopes", [], "nothing"),
        ("authentication.oauth.scopes", ["a", "b\x1b"], "a, b\\x1b"),
        ("server.allow_cleartext", True, "yes"),
        ("server.allow_cleartext", False, "no"),
        ("server.timeout_s", 2.5, "2.5"),
        ("server.security", "none", "none"),
        ("server.host", "m\u0430il.test", "m\u0430il.test (xn--mil-6cd.test)"),
        ("send_to", "a@b\u00fccher.test", "a@b\u00fccher.test (xn--bcher-kva.test)"),
        ("send_to", "a@b\u00fc\u200bcher.test", "a@b\u00fc\u200bcher.test"),
        ("admin.name", "M\u00fcller", "M\u00fcller"),
        ("server.pinned_certificate", "sha256:ab", "sha256:ab"),
    ],
)
def test_values(field: str, value: Any, text: str) -> None:
    assert setting_text(field, value, Face.COMMAND_LINE) == text


def test_the_window_s_words() -> None:
    line = change_line("server.security", "starttls", "none", Face.WINDOW)
    assert line == "Encryption method: STARTTLS → None"
    pin = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    line = change_line("server.pinned_certificate", None, pin, Face.WINDOW)
    assert line.startswith("the pinned certificate: nothing → sha256:709e80c8")


def test_every_field_says_what_it_does_not_protect_any_more() -> None:
    assert all(weaker_text(field) for field in CHANGEABLE)
    assert weaker_text("server.host") != weaker_text("server.port")
