"""Text as words that rules can look for: lower case, no accents, no addresses, one spelling."""

from __future__ import annotations

import re
import unicodedata


def flatten(text: str) -> str:
    """Lower case, no accents, straight quotes; line breaks stay."""
    if text.isascii():
        return text.lower()
    text = text.casefold()
    for odd, plain in (("\u2019", "'"), ("\u2018", "'"), ("\u201c", '"'), ("\u201d", '"')):
        text = text.replace(odd, plain)
    split = unicodedata.normalize("NFD", text)
    # Latin accents alone: Hangul and kana must come together again.
    return unicodedata.normalize("NFC", _ACCENTS.sub("", split))


_ACCENTS = re.compile("[\u0300-\u036f]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w.-]{1,100}")
_URL = re.compile(r"(?:https?://|www\.)[^\s\"'<>()\[\]]{1,300}")
_HOST = re.compile(
    r"(?<![\w.])(?:[a-z0-9][a-z0-9_-]{0,62}\.){1,8}"
    r"(?!py\b|js\b|rb\b|php\b|go\b|java\b|cs\b|cpp\b|ts\b|so\b|dll\b|pm\b|exe\b|log\b|conf\b)"
    r"(?:[a-z]{2,6}|example|internal|intranet|localdomain|company|digital|network|systems|services"
    r"|software|solutions|technology|consulting|business|hamburg|cologne)(?![\w])\.?",
    re.IGNORECASE,
)
_IP = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w])|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{1,20}"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){2}:[0-9a-f:]{1,20}",
    re.IGNORECASE,
)
# The server that one spoke to: its address is no evidence against anybody.
_PEER = re.compile(r"(\.[a-z]{2,12})\s?\[[0-9a-f.:]{3,45}\](?::\d{1,5})?", re.IGNORECASE)
_REPLY_PREFIX = re.compile(
    r"(?<![\w.])[2-5][0-5]\d(?=[ -])[ -]?#?(?:[245]\.\d{1,3}\.\d{1,3}(?![\d.]))?"
    r"|(?<![\w.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])"
)
_DSN_TYPE = re.compile(r"\bsmtp;\s?", re.IGNORECASE)
_NON_WORD = re.compile(r"[\W_]+")


def as_words(clean: str) -> str:
    # Most texts lack most of these: looking for one character costs less than a pattern.
    text = clean
    if "://" in text or "www." in text:
        text = _URL.sub(" webaddr ", text)
    if "@" in text:
        text = _ADDRESS.sub(" addr ", text)
    if "[" in text:
        text = _PEER.sub(r"\1 ", text)
    text = _REPLY_PREFIX.sub(" ", text)
    if "." in text or ":" in text:
        text = _HOST.sub(" host ", _IP.sub(" ipaddr ", text))
    if ";" in text:
        text = _DSN_TYPE.sub(" ", text)
    text = flatten(_HUMP.sub(" ", text))
    text = _NON_WORD.sub(" ", text.replace("'", "").replace("`", ""))
    return one_spelling(f" {text.strip()} ")


_SHORT_NOT = re.compile(
    r"\b(is|are|was|were|does|do|did|has|have|had|could|should|would|must|need)nt\b"
)
_SPELLINGS = (
    (" cant ", " cannot "), (" can not ", " cannot "), (" wont ", " will not "),
    ("authoris", "authoriz"), ("recognis", "recogniz"), ("organis", "organiz"),
    (" e mail", " email"), (" user name", " username"), (" host name", " hostname"),
    (" black list", " blacklist"), (" block list", " blocklist"), (" pass word", " password"),
)  # fmt: skip


def one_spelling(words: str) -> str:
    """Flat words, padded with blanks, with one spelling for what has two."""
    if "nt " in words:
        words = _SHORT_NOT.sub(r"\1 not", words)
    for one, other in _SPELLINGS:
        if one in words:
            words = words.replace(one, other)
    return words
