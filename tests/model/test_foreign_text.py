"""Texts in encodings that nobody names: read where that is certain, and never wrongly."""

from __future__ import annotations

import random

import pytest

from smtpwizard.model.foreign_text import read_foreign
from smtpwizard.model.texts import decode_text

SAID = [
    ("gb18030", "认证失败"),
    ("gb18030", "错误：登录失败，用户没有开启SMTP服务"),
    ("big5", "認證失敗"),
    ("big5", "信件大小超過限制"),
    ("shift_jis", "認証に失敗しました"),
    ("euc_jp", "認証に失敗しました"),
    ("iso2022_jp", "認証に失敗しました"),
    ("euc_kr", "인증 실패"),
    ("koi8_r", "Ошибка аутентификации"),
    ("cp1251", "Неверный логин или пароль"),
    ("cp866", "Неверный логин или пароль"),
    ("iso8859_5", "Почтовый ящик не найден"),
    ("latin-1", "refusé"),
    ("latin-1", "usuario o contraseña no válidos"),
    ("latin-1", "Ungültiges Passwort für Benutzer Müller"),
    ("cp1252", "Échec de l’authentification"),
    ("cp850", "Ungültiges Kennwort"),
    ("iso8859_2", "Błąd uwierzytelniania"),
    ("cp1250", "Chyba ověření uživatele"),
    ("iso8859_9", "Kullanıcı adı veya şifre hatalı"),
    ("iso8859_7", "Σφάλμα ελέγχου ταυτότητας"),
    ("cp1255", "שם משתמש או סיסמה שגויים"),
    ("cp1256", "خطأ في المصادقة"),
    ("cp874", "รหัสผ่านไม่ถูกต้อง"),
    ("utf-8", "Größe"),
    # Nothing here that servers say, but enough of one language.
    (
        "latin-1",
        "Le nom de la personne qui habite dans la maison de José et de ses enfants est inconnu",
    ),
]


@pytest.mark.parametrize(("encoding", "text"), SAID)
def test_what_servers_say(encoding: str, text: str) -> None:
    assert read_foreign(text.encode(encoding)) == text
    assert read_foreign(b"5.7.8 Error: " + text.encode(encoding)) == f"5.7.8 Error: {text}"


def test_the_head_of_a_long_text_decides() -> None:
    text = "Ошибка аутентификации\n" + "еще строка\n" * 5000
    assert read_foreign(text.encode("koi8_r")) == text
    assert read_foreign(text.encode("koi8_r") + b"\x00") is None


@pytest.mark.parametrize(
    "data",
    [
        b"Gr\xfc\xdfe",
        b"\xff\xfe\xfd",
        b"refus\xe9 \x00",
        b"\x1b$B\xff",
        b"ok \xa4\xa4 \xb1\xb2\xb3",
    ],
)
def test_what_is_not_certain_is_not_read(data: bytes) -> None:
    assert read_foreign(data) is None


def test_noise_is_next_to_never_read() -> None:
    noise = random.Random(20)
    read = sum(
        read_foreign(bytes(noise.randrange(128, 256) for _ in range(12))) is not None
        for _ in range(300)
    )
    assert read <= 6


def test_the_encodings_of_unicode() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert decode_text('{"ä": "日本"}'.encode(encoding)) == '{"ä": "日本"}'
    with pytest.raises(UnicodeDecodeError):
        decode_text("ä".encode("latin-1"))
    with pytest.raises(UnicodeDecodeError):
        decode_text(bytes(8))
