"""Text in a wrong character set: put right where that says something, else left alone."""

from __future__ import annotations

import pytest

from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.charsets import decode_bytes, put_right

CHINESE = "535 登录失败，用户名或密码错误"
RUSSIAN = "535 Неверное имя пользователя или пароль"
JAPANESE = "550 宛先のユーザーが存在しません"
KOREAN = "535 사용자 인증에 실패하였습니다"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (CHINESE, "gb18030"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (KOREAN, "euc_kr"),
        ("550 Empfänger unbekannt", "cp1252"),
        (CHINESE, "utf-8"),
    ],
)
def test_bytes_of_an_unnamed_set_are_read(text: str, charset: str) -> None:
    assert decode_bytes(text.encode(charset)) == text


def test_a_named_set_goes_before_a_guess() -> None:
    assert decode_bytes("Ж".encode("koi8-r"), "koi8-r") == "Ж"
    assert decode_bytes(b"\xd6", "no such set") == "Ö"
    assert decode_bytes(b"\x81") == "\ufffd"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (CHINESE.encode("gb18030").decode("latin-1"), "bad_credentials"),
        (CHINESE.encode("utf-8").decode("latin-1"), "bad_credentials"),
        (RUSSIAN.encode("cp1251").decode("latin-1"), "bad_credentials"),
        (f"SMTPAuthenticationError: (535, {CHINESE[4:].encode('gb18030')!r})", "bad_credentials"),
        (f"SMTPAuthenticationError: (535, {CHINESE[4:].encode()!r})", "bad_credentials"),
        (JAPANESE.encode("iso2022_jp").decode("ascii"), "recipient_rejected"),
    ],
)
def test_what_was_misread_is_read_anew(text: str, cause: str) -> None:
    assert diagnose_text(text).causes[0].slug == cause


@pytest.mark.parametrize(
    "text",
    [
        "plain ascii",
        "Über größere Äpfel",
        "\\x41 alone",
        "\\xff\\xfe\\xfd",
        "\u00d7\u2019\u0080",
        "ÿþý",
    ],
)
def test_what_says_nothing_otherwise_stays(text: str) -> None:
    assert put_right(text) == text
