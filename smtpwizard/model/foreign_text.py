"""What a server says in an encoding of its own: read where the words prove which one it is.

SMTP before RFC 6531 has no word for an encoding, and servers answer in that of their country. A
reply is too short for statistics, and a wrong reading is worse than none: one is taken where it
has words that mail servers say, or where a longer text is certainly in one language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

# By encoding: what refusals of mail are made of. A word has letters beyond ASCII, for these alone
# tell one encoding from another.
_CHINESE = (
    "认证 验证 失败 密码 口令 错误 邮件 邮箱 用户 帐号 账号 账户 登录 拒绝 服务 发送 发件 "
    "收件 地址 连接 超时 禁止 授权 权限 限制 超过 超出 不存在 无法 无效 请求 系统 垃圾 病毒 "
    "频率 稍后 重试 域名 客户端 开启 内容"
)
_CHINESE_TRADITIONAL = (
    "認證 驗證 失敗 密碼 錯誤 郵件 信件 信箱 使用者 帳號 登入 拒絕 伺服器 傳送 寄件 收件 "
    "位址 連線 逾時 禁止 授權 權限 限制 超過 不存在 無法 無效 要求 系統 垃圾 病毒 稍後 重試 "
    "網域 內容"
)
_JAPANESE = (
    "認証 失敗 パスワード ユーザ メール エラー 拒否 サーバ 接続 送信 受信 宛先 アドレス "
    "ました ません ください できま ありま 無効 制限 超え 時間 存在 許可 不正 迷惑 アカウント"
)
_KOREAN = (
    "인증 실패 암호 비밀번호 사용자 메일 오류 거부 서버 습니다 입니다 합니다 수신 발신 주소 "
    "연결 시간 제한 초과 계정 허용 차단 스팸 존재 로그인"
)
_CYRILLIC = (
    "ошибк неверн неправильн парол логин имя пользовател сервер почт адрес отказ отклон "
    "аутентификац авториз сообщени письм не найден доступ запрещ превыш получател отправител "
    "ящик спам соединени пізніше помилк користувач грешка парола"
)
_WESTERN = (
    "ungültig gültig für können könn müss über zurück größe empfänger schlüssel "
    "verschlüsselung bestätig spät prüf zulässig fällt läuft gehört échec échou erroné "
    "refusé rejeté désactivé dépassé réessay autorisé boîte requête reçu activé bloqué "
    "problème accès très après sécurité été contraseña autenticación válid inválid dirección "
    "conexión está límite más número también según não usuário autenticação inválido "
    "endereço conexão permissão serviço più già perché verrà può lösenord användar är för "
    "åtkomst också från på være når väärä käyttäjä sähköposti geïdentificeerd één"
)
_CENTRAL = (
    "błąd błęd hasło hasła użytkownik nieprawidłow wiadomość połączen został się ověřen "
    "uživatel neplatné přihláš zpráv příjem odmít překroč není používate správ nesprávne "
    "jelszó felhasználó érvénytelen hibás üzenet címzett korisničk parolă eșuat"
)
_TURKISH = "kullanıcı şifre hatalı geçersiz doğrulama başarısız bağlantı değil"
_GREEK = (
    "σφάλμα χρήστη κωδικ συνθηματικ αποτυχία άκυρο μήνυμα διεύθυνση διακομιστ ταυτότητ πρόσβαση"
)
_HEBREW = "שגיאה שגוי סיסמ משתמש כשל אימות הודעה שרת נדחה כתובת"
_ARABIC = "خطأ كلمة المستخدم المصادقة فشل مرفوض الخادم البريد رسالة عنوان"
_THAI = "ผิดพลาด รหัสผ่าน ผู้ใช้ ล้มเหลว ไม่ถูกต้อง อีเมล เซิร์ฟเวอร์"

_WORDS: Mapping[str, str] = {
    "gb18030": _CHINESE,
    "big5": _CHINESE_TRADITIONAL,
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "cp949": _KOREAN,
    "cp1251": _CYRILLIC,
    "koi8_u": _CYRILLIC,
    "iso8859_5": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1252": _WESTERN,
    "iso8859_15": _WESTERN,
    "cp850": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": _TURKISH,
    "cp1253": _GREEK,
    "iso8859_7": _GREEK,
    "cp1255": _HEBREW,
    "cp1256": _ARABIC,
    "cp874": _THAI,
}
# How much is looked at, in bytes; a failure says at its head what it is.
_SAMPLE = 16_384
# How many of a reading's characters beyond ASCII belong to words and their punctuation, at least.
_LETTERS = 0.8
# A text in the letters of one language, and as long as it takes to see that.
_CERTAIN = 0.5


def read_lines(lines: Sequence[bytes]) -> tuple[str, ...]:
    """The lines of one reply: UTF-8, and what is not, in the server's own encoding where the words
    of them all prove it; escaped where nothing does."""
    foreign = [line for line in lines if not is_utf8(line)]
    text = read_foreign(b"\n".join(foreign)) if foreign else None
    read = iter(text.split("\n") if text is not None else ())
    return tuple(
        next(read)
        if text is not None and line in foreign
        else line.decode("utf-8", "backslashreplace")
        for line in lines
    )


def is_utf8(data: bytes) -> bool:
    """Whether octets are UTF-8 and nothing else."""
    if b"\x1b$" in data:  # ISO-2022-JP, which has seven bits
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_foreign(data: bytes) -> str | None:
    """What bytes without a word about their encoding say; None where that is not certain."""
    if b"\x1b$" in data:
        with suppress(UnicodeDecodeError):
            return data.decode("iso2022_jp")
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8")
    sample = data
    if len(data) > _SAMPLE:
        sample = data[: max(data.rfind(b"\n", 0, _SAMPLE), data.rfind(b" ", 0, _SAMPLE), 0)]
    _, _, encoding = max(_by_words(sample), default=(0, 0, ""))
    return _decoded(data, encoding or _by_language(sample))


def _by_words(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Every encoding in which the words of its language are there: how much of the text they are,
    how many letters it has, and the encoding."""
    for encoding, words in _WORDS.items():
        text = _decoded(data, encoding)
        if text is None:
            continue
        beyond = [unicodedata.category(char)[0] in "LMP" for char in text if not char.isascii()]
        if sum(beyond) < _LETTERS * len(beyond):
            continue
        plain = text.casefold()
        whole = set(re.findall(r"\w+", plain))
        # A short word of Latin letters may stand in any other.
        known = {
            word
            for word in words.split()
            if word in (whole if len(word) < 4 and max(word) < "\u0250" else plain)
        }
        covered = sum(sum(not char.isascii() for char in word) for word in known)
        if covered:
            yield covered, sum(map(str.isalpha, text)), encoding


def _decoded(data: bytes, encoding: str) -> str | None:
    if not encoding:
        return None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    shown = text.translate(_BLANKS)
    return text if shown.isprintable() else None


_BLANKS = dict.fromkeys(map(ord, "\r\n\t\xa0\u3000"), " ")


def _by_language(data: bytes) -> str:
    """The encoding in which a text is certainly in some language; empty where there is none."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - large tables, for odd servers alone

    found = max(
        from_bytes(data, cp_isolation=list(_WORDS)),
        key=lambda match: match.coherence,
        default=None,
    )
    return found.encoding if found is not None and found.coherence >= _CERTAIN else ""
