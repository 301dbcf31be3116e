"""Foreign text without what looks like a password, token or key: a line of it, or all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_SECRETS = re.compile(
    r"(?P<key>\b(?:auth (?:plain|login|xoauth2|oauthbearer|cram-md5)|bearer|basic)\s{1,3})"
    r"(?P<blob>[^\s\"',;)]{6,4000})"
    r"|(?P<named>(?:passw(?:or)?d|passwort|kennwort|passphrase|pwd|client_?secret|secret"
    r"|access_token|refresh_token|id_token|code_verifier|client_assertion|api_?key)"
    r"[\"']?\s{0,2}[:=]\s{0,2}[\"']?)[^\s\"',;&]{3,4000}"
    r"|(?P<url>://[^\s:/@]{1,200}:)[^\s@/]{1,200}(?=@)"
    r"|\b(?:ya29\.|1//0|eyJ)[\w.~+/-]{10,4000}",
    re.IGNORECASE,
)


# A cheap look before the expensive one.
_NEAR_SECRETS = (
    "auth ", "bearer", "basic", "pass", "kennwort", "pwd", "secret", "token", "verifier",
    "assertion", "key", "://", "ya29", "1//0", "eyj",
)  # fmt: skip


def hide_secrets(text: str) -> str:
    """A line of foreign text without what looks like a password, token or key."""
    low = text.lower()
    return _SECRETS.sub(_hidden, text) if any(word in low for word in _NEAR_SECRETS) else text


def _hidden(match: re.Match[str]) -> str:
    blob = match["blob"]
    word = blob.rstrip(":.!") if blob is not None else ""
    if word.isalpha() and word.lower() in (word, word.swapcase()):
        return match[0]  # "basic authentication", "AUTH LOGIN failed"
    return (match["key"] or match["named"] or match["url"] or "") + "<redacted>"


# A server's question for a user, a password or a token (RFC 4954 §4), and what answers it on one of
# the next lines, whatever a program writes around both.
_ASKED = re.compile(r"(?<!\d)334(?!\d)")
_ANSWER = re.compile(
    r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{4,8000}={0,2}(?=(?:\\r|\\n|<CR>|<LF>|<CRLF>|[\s\"'>]){0,9}$)"
)
_WITHIN = 3
# XOAUTH2's own beginning, “user=”, and that of OAUTHBEARER, “n,a=”, in base64.
_TOKEN = re.compile(r"\b(?:dXNlcj|bixhP)[A-Za-z0-9+/]{16,8000}={0,2}")
_KEY_BLOCK = re.compile(
    r"-----BEGIN ([A-Z ]{0,30}PRIVATE KEY)-----[^-]{0,20000}(?:-----END \1-----)?"
)


def hide_in_text(text: str) -> str:
    """A whole text without what looks like a secret: a conversation's answers to 334 as well."""
    if "dXNlcj" in text or "bixhP" in text:
        text = _TOKEN.sub("<redacted>", text)
    if "PRIVATE KEY" in text:
        text = _KEY_BLOCK.sub("<redacted>", text)
    lines: Iterable[str] = text.split("\n")
    if "334" in text:
        lines = _without_answers(lines)
    return "\n".join(map(hide_secrets, lines))


def _without_answers(lines: Iterable[str]) -> Iterator[str]:
    waiting = 0
    for line in lines:
        if _ASKED.search(line) is not None:
            waiting = _WITHIN
        elif waiting:
            shown = _ANSWER.sub("<redacted>", line)
            waiting = waiting - 1 if shown == line else 0
            line = shown
        yield line
