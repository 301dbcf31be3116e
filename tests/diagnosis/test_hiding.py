"""Secrets in foreign text: what looks like one is not shown."""

from __future__ import annotations

import pytest

from smtpwizard.diagnosis.hiding import hide_in_text

SECRET = "c2VjcmV0MTIz"


@pytest.mark.parametrize(
    "text",
    [
        f"334 UGFzc3dvcmQ6\n{SECRET}\n535 no",
        f"<- 334 UGFzc3dvcmQ6\n-> {SECRET}\n",
        f"SERVER -> CLIENT: 334 UGFzc3dvcmQ6\nCLIENT -> SERVER: {SECRET}\n",
        f"reply: b'334 UGFz\\r\\n'\nreply: retcode (334); Msg: b'UGFz'\nsend: '{SECRET}\\r\\n'\n",
        f"S: 334 \n\nC: {SECRET}<CR><LF>\n",
        f"AUTH PLAIN {SECRET}",
        f"Authorization: Bearer {SECRET}{SECRET}",
        f"password={SECRET}",
        f"smtp://mailer:{SECRET}@smtp.example.com",
        f"dXNlcj1tYWlsZXJAZXhhbXBsZS5jb20B{SECRET}==",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}",
    ],
)
def test_it_is_hidden(text: str) -> None:
    shown = hide_in_text(text)
    assert SECRET not in shown
    assert "<redacted>" in shown


@pytest.mark.parametrize(
    "text",
    [
        "535 5.7.8 Basic authentication is disabled",
        "334 Go on\nThe connection was closed by the server.",
        "334 a\n\n\n\nUnrelated",
        "Your password has expired\nSee https://example.com/334",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert hide_in_text(text) == text


@pytest.mark.parametrize(
    "text",
    ["334\n" * 200_000, "A" * 1_000_000, "password=" * 100_000, "334\n" + " " * 900_000],
)
def test_long_texts_are_gone_through_once(text: str) -> None:
    assert hide_in_text(text)
