"""What an answer changes, and what differs between two sides, as a person reads it."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.cases.answer import CHANGEABLE
from smtpwizard.cases.compare import PARTS as ORDER
from smtpwizard.messages.answers import asks_again_text, change_line, setting_text, weaker_text
from smtpwizard.messages.comparing import PARTS, part_title, side_text, what_text
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
    assert asks_again_text()


# --- what differs between two sides


@pytest.mark.parametrize(
    ("part", "what", "text"),
    [
        ("settings", "server.port", "Port"),
        ("settings", "later\x1b", "later\\x1b"),
        ("causes", "bad_credentials", "User name or password was not accepted"),
        ("causes", "later\x1b", "later\\x1b"),
        ("causes", "order", "in which order"),
        ("stages", "auth", "Sign in"),
        ("stages", "auth.error", "Sign in: why not"),
        ("replies", "data", "Send the message"),
        ("tls", "certificate.issuer", "issued by"),
        ("capabilities", "SMTPUTF8\x1b", "SMTPUTF8\\x1b"),
    ],
)
def test_what_a_difference_is_about(part: str, what: str, text: str) -> None:
    assert what_text(part, what, Face.WINDOW) == text


def test_the_command_line_names_stages_and_fields_as_its_documents_do() -> None:
    assert what_text("settings", "server.port", Face.COMMAND_LINE) == "server.port"
    assert what_text("stages", "auth.error", Face.COMMAND_LINE) == "Sign in (auth): why not"


@pytest.mark.parametrize(
    ("part", "value", "text"),
    [
        ("stages", None, "–"),
        ("stages", [], "–"),
        ("capabilities", True, "yes"),
        ("capabilities", 1000, "1000"),
        ("settings", "a\x1b", "a\\x1b"),
        ("stages", "not_reached", "not reached"),
        ("stages", ["IPv4", "IPv6"], "IPv4, IPv6"),
        ("causes", "high", "most likely"),
        ("causes", ["bad_credentials", "later"], "User name or password was not accepted, later"),
        ("tls", "not_yet_valid", "not valid yet"),
        ("tls", "TLSv1.3", "TLSv1.3"),
        ("replies", "535 \x1b[2J", "535 \\x1b[2J"),
    ],
)
def test_what_a_side_has(part: str, value: Any, text: str) -> None:
    assert side_text(part, "x", value, Face.COMMAND_LINE) == text


def test_every_part_has_a_heading() -> None:
    assert set(PARTS) == set(ORDER)
    assert len({part_title(part) for part in ORDER}) == len(ORDER)
