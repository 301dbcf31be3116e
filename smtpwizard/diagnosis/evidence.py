"""Facts from foreign text: reply codes, error numbers, providers, stage; whatever wraps them.

Reads text of any kind in time proportional to its length; never raises, never interprets it as
anything but text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smtpwizard.model.addresses import clean_text

MAX_TEXT = 1_050_000
# Longer texts are condensed to the lines that look like evidence.
SHORT = 12_000
MAX_LINE = 2_000
KEPT_LINES = 120
WINDOW = 240
SHOWN = 200

STAGES: Mapping[str, str] = {
    "dns": "resolve", "resolve": "resolve", "connect": "connect", "greeting": "greeting",
    "banner": "greeting", "tls": "tls", "starttls": "tls", "ssl": "tls", "ehlo": "ehlo",
    "helo": "ehlo", "auth": "auth", "mail": "mail_from", "mail_from": "mail_from",
    "rcpt": "rcpt_to", "rcpt_to": "rcpt_to", "data": "data", "send": "send", "oauth": "oauth",
    "keyring": "keyring",
}  # fmt: skip


@dataclass(slots=True)
class Evidence:
    """What a text and its context say.

    `text` is one lower-case line without accents, `words` the same without punctuation, addresses,
    host names and reply codes, padded with blanks. `tokens` are facts such as `code:535`,
    `enh:5.7.8`, `aadsts:50055`, `oauth:invalid_grant`, `errno:econnrefused`, `family:google`,
    `stage:auth`. `shown` maps a token to what stood in the text. `family` is the provider
    that the context names, else the first that the text does.
    """

    text: str
    words: str
    lines: tuple[str, ...]
    lowered: tuple[str, ...]
    family: str | None = None
    tokens: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)

    def line_with(self, trigger: str) -> str:
        """The line in which `trigger` stands, fit for display and without secrets; cut to the part
        around it where the line is long. The first line that says something where none has it."""
        head = trigger.split(" ", 1)[0]
        for wanted in (trigger, head) if head != trigger else (trigger,):
            for raw, low in zip(self.lines, self.lowered, strict=True):
                at = low.find(wanted) if wanted else -1
                if at >= 0:
                    start = max(0, min(at - SHOWN // 4, len(raw) - SHOWN))
                    before, after = "…" * bool(start), "…" * (len(raw) > start + SHOWN)
                    shown = before + hide_secrets(raw)[start : start + SHOWN] + after
                    shown = shown.strip()
                    return shown if shown.isascii() and shown.isprintable() else clean_text(shown)
        line = next((line for line in self.lines if len(line) > 8), "")
        return clean_text(hide_secrets(line)[:SHOWN], SHOWN)


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


def gather(raw: str, context: Mapping[str, Any] | None = None) -> Evidence:
    """The facts in `raw` and `context` (`provider`, `stage`, `port`, `security`, `auth`; loose)."""
    whole = _unwrap(_condense(raw[:MAX_TEXT]))
    clean = _essential(whole)
    plain = flatten(clean)
    lines = tuple(line.strip() for line in clean.split("\n"))
    lowered = tuple(plain.split("\n"))
    if len(lines) != len(lowered):  # a letter that lower-cases to a line break does not exist
        lowered = tuple(flatten(line) for line in lines)
    text = _BLANKS.sub(" ", plain).strip()
    evidence = Evidence(text, _as_words(clean), lines, lowered)
    _read_shape(evidence, raw)
    _read_codes(evidence)
    _read_context(evidence, context or {})
    _read_names(evidence)
    _read_setting(evidence, whole)
    return evidence


# -- making text plain -----------------------------------------------------------------------------

_BLANKS = re.compile(r"\s+")
_SIGNAL = re.compile(
    r"(?<!\d)[245]\d\d[ -]|[245]\.\d{1,2}\.\d|error|err_|fail|reject|denied|refuse|aadsts|invalid"
    r"|unknown|expired|time[ds]? ?out|exception|unable|cannot|blocked|limit|not |status:|said:",
    re.IGNORECASE,
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]{0,30}[ -/]{0,5}[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)|.)")
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TAG = re.compile(
    r"</?(?:!doctype|html|head|body|title|meta|p|br|hr|div|span|a|b|i|u|strong|em|font|center|pre"
    r"|code|small|table|tbody|thead|tr|td|th|ul|ol|li|h[1-6]|img|script|style|link|blockquote)"
    r"(?:\s[^<>]{0,400})?/?>",
    re.IGNORECASE,
)
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_QUERY = re.compile(r"(error(?:_description|_subcode|_uri)?)=([^\s&\"'<>]{1,3000})", re.IGNORECASE)
_ENCODED_WORD = re.compile(r"=\?([\w.-]{1,40})\?([bqBQ])\?([^?\s]{1,400})\?=")
_SOFT_BREAK = re.compile(r"=\r?\n")
_QUOTED_BYTE = re.compile(r"=([0-9A-F]{2})")
_BASE64_PART = re.compile(
    r"content-transfer-encoding:\s{0,5}base64[^\n]{0,50}\n(?:[^\n]{1,200}\n){0,10}?\s{0,4}\n"
    r"((?:[A-Za-z0-9+/=]{4,100}\s{0,4}){1,4000})",
    re.IGNORECASE,
)
# In a bounce the message itself follows: its words are no evidence.
_ORIGINAL = re.compile(
    r"^(?:content-type:\s{0,5}(?:message/rfc822|text/rfc822-headers)|-{2,}[^\n]{0,20}(?:below this "
    r"line is a copy of the message|this is a copy of the message|the header of the original "
    r"message|original message follows|message header follows)|original message headers:)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS = re.compile(
    r"^(?:received|dkim-signature|arc-[a-z-]{1,40}|x-[\w-]{1,60}|authentication-results|message-id"
    r"|return-path|references|in-reply-to|list-[a-z-]{1,30}|mime-version|content-[a-z-]{1,30}"
    r"|received-spf|date|subject|from|to|reply-to|user-agent):[^\n]{0,2000}\n"
    r"(?:[ \t][^\n]{0,2000}\n){0,60}",
    re.IGNORECASE | re.MULTILINE,
)


def _condense(text: str) -> str:
    """Short texts as they are; of long ones the lines, or parts of lines, that say something."""
    if len(text) <= SHORT:
        return text
    kept: list[str] = []
    for line in text.split("\n"):
        if len(line) > MAX_LINE:
            kept.append(_windows(line))
        elif _SIGNAL.search(line):
            kept.append(line)
    if len(kept) > KEPT_LINES:
        # The beginning names the situation, the end what came of it.
        kept = kept[: KEPT_LINES // 3] + kept[-2 * KEPT_LINES // 3 :]
    return "\n".join([text[:500], *kept])[: 3 * SHORT]


def _windows(line: str) -> str:
    parts: list[str] = [line[:WINDOW]]
    end = WINDOW
    for match in _SIGNAL.finditer(line):
        if match.start() < end:
            continue
        end = match.start() + WINDOW
        parts.append(line[max(0, match.start() - 40) : end])
        if len(parts) > 24:
            break
    parts.append(line[-WINDOW:])
    return " … ".join(parts)


def _unwrap(text: str) -> str:
    """Undo what mail, JSON, HTML, terminals and logs do to a text."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "=?" in text:
        text = _ENCODED_WORD.sub(_encoded_word, text)
    lower = text.lower() if len(text) < 4 * SHORT else text[: 4 * SHORT].lower()
    if "content-transfer-encoding: base64" in lower:
        text = _BASE64_PART.sub(_base64_part, text)
    if "quoted-printable" in lower or (text.count("=\n") > 1 and "==" not in text):
        text = _QUOTED_BYTE.sub(_quoted_byte, _SOFT_BREAK.sub("", text))
    if "\nreceived:" in lower or lower.startswith(("return-path:", "received:")):
        text = _HEADERS.sub("", text)
    original = _ORIGINAL.search(text)
    if original is not None and original.start() > 200:
        text = text[: original.start()]
    if "\\" in text:
        text = _UNICODE_ESCAPE.sub(_unicode_escape, text)
        text = text.replace("\\r", "").replace("\\n", "\n").replace("\\t", " ")
        text = text.replace('\\"', '"').replace("\\'", "'").replace("\\/", "/")
    if "error" in lower and "=" in text and ("%" in text or "+" in text):
        text = _QUERY.sub(_query, text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text and ";" in text:
        import html

        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _HIDDEN.sub("", text))
        text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n")
    return _CONTROLS.sub(" ", text)


# Lines of a conversation or a traceback that only say how one got there.
_FINE_REPLY = re.compile(
    r"^[^\n]{0,40}?(?:(?<![\w.])(?:2[0-5]\d|354)[ -](?![^\n]{0,6}[45]\.\d)[^\n]{0,600})$",
    re.MULTILINE,
)
_COMMAND = re.compile(
    r"^[^\n]{0,30}?\b(?:EHLO|HELO|STARTTLS|MAIL FROM:|RCPT TO:|DATA|QUIT|RSET|NOOP"
    r"|AUTH (?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5|OAUTHBEARER))(?:[ \t<][^\n:(]{0,300})?$",
    re.MULTILINE,
)
_FRAME = re.compile(
    r"^(?:\s{0,12}at [\w$.<>\[\]/ ]{1,160}\([^\n]{0,200}|\s{0,8}File \"[^\n]{1,300}"
    r"|[ \t]{2,}[^\n]{0,200}\b(?:self\.|raise |return |def |await )[^\n]{0,200})$",
    re.MULTILINE,
)


# .NET puts a sentence of its own for the reply code before the reply, whatever that says.
_SERVER_SAID = re.compile(
    r"[^\n.:\"'\u3002]{0,160}[.\u3002]\s{0,2}"
    r"(?:the server response was|die serverantwort (?:war|lautete)|die antwort des servers war"
    r"|la r\u00e9ponse du serveur (?:est|\u00e9tait)|la respuesta del servidor fue"
    r"|a resposta do servidor foi|la risposta del server \u00e8(?: stata)?"
    r"|\u670d\u52a1\u5668\u54cd\u5e94\u4e3a"
    r")\s?[:\uff1a]\s{0,3}(?=[^\n]{12})",
    re.IGNORECASE,
)


def _essential(text: str) -> str:
    """Without stack frames and set phrases, and of a conversation without what went well."""
    if "erver" in text or "\u670d\u52a1\u5668" in text:
        text = _SERVER_SAID.sub(" ", text)
    if "\n" not in text:
        return text
    shorter = _FRAME.sub("", text)
    if _FINE_REPLY.search(shorter) is not None and _CODE.search(_FINE_REPLY.sub("", shorter)):
        shorter = _COMMAND.sub("", _FINE_REPLY.sub("", shorter))
    return shorter if shorter.strip() else text


def _encoded_word(match: re.Match[str]) -> str:
    charset, how, data = match.groups()
    try:
        if how in "bB":
            raw = base64.b64decode(data + "=" * (-len(data) % 4))
        else:
            raw = binascii.a2b_qp(data.replace("_", " "))
        return raw.decode(charset, "replace")
    except (binascii.Error, LookupError, ValueError):
        return match[0]


def _base64_part(match: re.Match[str]) -> str:
    try:
        raw = base64.b64decode("".join(match[1].split()), validate=False)
    except (binascii.Error, ValueError):
        return match[0]
    return "\n" + raw.decode("utf-8", "replace") + "\n"


def _quoted_byte(match: re.Match[str]) -> str:
    byte = int(match[1], 16)
    return chr(byte) if 0x20 <= byte < 0x7F else " "


def _unicode_escape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _query(match: re.Match[str]) -> str:
    from urllib.parse import unquote_plus

    return f"{match[1]}={unquote_plus(match[2])}"


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
    r"[a-z]{2,6}(?![\w])\.?",
    re.IGNORECASE,
)
_IP = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w])|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{1,20}",
    re.IGNORECASE,
)
_REPLY_PREFIX = re.compile(
    r"(?<![\w.])[2-5][0-5]\d(?=[ -])[ -]?#?(?:[245]\.\d{1,3}\.\d{1,3}(?![\d.]))?"
    r"|(?<![\w.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])"
)
_DSN_TYPE = re.compile(r"\bsmtp;\s?")
_NON_WORD = re.compile(r"[\W_]+")


def _as_words(clean: str) -> str:
    # Most texts lack most of these: looking for one character costs less than a pattern.
    text = clean
    if "://" in text or "www." in text:
        text = _URL.sub(" url ", text)
    if "@" in text:
        text = _ADDRESS.sub(" addr ", text)
    text = _REPLY_PREFIX.sub(" ", text)
    if "." in text or ":" in text:
        text = _HOST.sub(" host ", _IP.sub(" ipaddr ", text))
    if "smtp;" in text:
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


# -- codes -----------------------------------------------------------------------------------------

_CODE = re.compile(
    r"(?<![\w.:/#$%-])([2-5][0-5]\d)(?![\w.%:/]|-\d{4})(?!\s(?:seconds|ms|bytes|kb|mb|messages"
    r"|recipients|characters|octets|minutes|times))"
    r"|(?<![\w.:/#$%])([45][0-5]\d)(?=[ -:]{1,2}#?[245]\.\d{1,3}\.\d)"
    r"|(?:code|status|reply|error|response|smtp|retcode)[\"']?\s?[:=(]{0,2}\s?[\"'(]{0,2}"
    r"([45][0-5]\d)(?![\w.])"
)
_ENHANCED = re.compile(r"(?<![\w.])([245])\.([0-7])\.(\d{1,3})(?![\d])(?!\.\d)")
_AADSTS = re.compile(r"aadsts\s?(\d{4,8})")
_ERROR_CODES = re.compile(
    r"\"?(?:error_codes|error codes?|error_code)\"?\s{0,3}[:=]\s{0,3}\[?\s{0,8}(\d{5,8})"
)
_BARE_AADSTS = re.compile(
    r"(?:invalid_client|invalid_grant|unauthorized_client|invalid_request|interaction_required|invalid_scope|invalid_resource):\s?(\d{5,7})\b"
)
_HTTP = re.compile(
    r"http(?:/\d(?:\.\d)?)?(?: error)?(?: status)?(?: code)?:?\s{0,2}\(?([1-5]\d\d)\b"
)
_OAUTH = re.compile(
    r"(?<![a-z_])(invalid_grant|invalid_client|invalid_request|invalid_scope|invalid_token"
    r"|unauthorized_client|unsupported_grant_type|unsupported_response_type|access_denied"
    r"|interaction_required|consent_required|login_required|invalid_resource|server_error"
    r"|temporarily_unavailable|authorization_pending|authorization_declined|slow_down"
    r"|expired_token|bad_verification_code|invalid_code|redirect_uri_mismatch|invalid_redirect_uri"
    r"|deleted_client|disabled_client|admin_policy_enforced|org_internal|disallowed_useragent"
    r"|invalid_target|insufficient_scope|account_selection_required|user_cancelled|rate_limit_exceeded"
    r"|restricted_client|policy_enforced|invalid_app_credentials|user_canceled|code_expired"
    r"|authentication_canceled|mismatching_state|invalid_assertion|invalid_rapt|unauthenticated)(?![a-z_])"
)
_ERRNO_NAME = re.compile(
    r"(?<![a-z])(?:wsa)?(econnrefused|econnreset|econnaborted|etimedout|etimeout|enetunreach"
    r"|ehostunreach|enotfound|eai_again|eai_noname|eai_nodata|eai_fail|eaddrnotavail|eacces|eperm"
    r"|epipe|enetdown|ehostdown|esockettimedout|eproto|eservfail|enodata|eauth|eenvelope|emessage"
    r"|esocket|edns|estream|eai_system)(?![a-z])"
)
_ERRNO_NUMBER = re.compile(
    r"(?:errno|winerror|os error|socket error|wsaerror|winsock error|error code|error number"
    r"|error #|error|err|errorcode|erreur|fehler|codigo|native error|system error)"
    r"[\s:=#(\[\"']{0,4}(-?\d{1,5})\b"
)
_PAREN_NUMBER = re.compile(r"\((-?\d{1,5})\)")
# Linux, macOS and BSD, Windows; getaddrinfo of Linux, macOS, Windows.
_ERRNO: Mapping[str, str] = {
    "111": "econnrefused", "61": "econnrefused", "10061": "econnrefused", "-111": "econnrefused",
    "-61": "econnrefused", "-4078": "econnrefused",
    "104": "econnreset", "54": "econnreset", "10054": "econnreset", "-104": "econnreset",
    "-54": "econnreset", "-4077": "econnreset", "10053": "econnreset", "103": "econnreset",
    "110": "etimedout", "60": "etimedout", "10060": "etimedout", "-110": "etimedout",
    "-60": "etimedout", "-4039": "etimedout", "10035": "etimedout",
    "101": "enetunreach", "51": "enetunreach", "10051": "enetunreach", "-101": "enetunreach",
    "113": "ehostunreach", "65": "ehostunreach", "10065": "ehostunreach", "-113": "ehostunreach",
    "99": "eaddrnotavail", "49": "eaddrnotavail", "10049": "eaddrnotavail",
    "10013": "eacces", "13": "eacces",
    "-2": "enotfound", "-5": "enotfound", "11001": "enotfound", "11004": "enotfound",
    "11003": "enotfound", "-3008": "enotfound", "-3007": "enotfound",
    "-3": "eai_again", "11002": "eai_again", "-3001": "eai_again", "10050": "enetdown",
    "10093": "enetdown", "32": "epipe",
}  # fmt: skip


def _read_codes(e: Evidence) -> None:
    text, tokens = e.text, e.tokens
    codes = [next(g for g in m.groups() if g) for m in _CODE.finditer(text)][:40]
    failing = [c for c in codes if c[0] in "45" and c != "465"]
    for code in failing:
        _add(e, f"code:{code}", code)
        tokens.add(f"class:{code[0]}")
    if "3" in {c[0] for c in codes} and "334" in codes:
        tokens.add("code:334")
        _read_challenges(e)
    for found in _ENHANCED.finditer(text):
        kind, subject, detail = found.groups()
        if kind == "2":
            continue
        number = f"{kind}.{subject}.{int(detail)}"
        _add(e, f"enh:{number}", found[0])
        _add(e, f"sub:{subject}.{int(detail)}", found[0])
        tokens.add(f"subj:{subject}")
        tokens.add(f"class:{kind}")
    for pattern in (_AADSTS, _ERROR_CODES, _BARE_AADSTS):
        if pattern is not _AADSTS and "error" not in text and "invalid" not in text:
            continue
        for found in pattern.finditer(text):
            _add(e, f"aadsts:{found[1]}", found[1])
            tokens.add("aadsts")
    for found in _HTTP.finditer(text):
        _add(e, f"http:{found[1]}", found[0])
    for found in _OAUTH.finditer(text):
        _add(e, f"oauth:{found[1]}", found[1])
    for found in _ERRNO_NAME.finditer(text):
        _add(e, f"errno:{found[1]}", found[1])
    for found in _ERRNO_NUMBER.finditer(text):
        name = _ERRNO.get(found[1])
        if name is not None and (found[0][:2] != "er" or len(found[1]) > 2 or "errno" in found[0]):
            _add(e, f"errno:{name}", found[1])
    for found in _PAREN_NUMBER.finditer(text):
        if len(found[1]) >= 3 and found[1] in _ERRNO:
            _add(e, f"errno:{_ERRNO[found[1]]}", found[1])


_CHALLENGE = re.compile(r"(?<!\d)334[ -]([a-z0-9+/]{8,2000}={0,2})", re.IGNORECASE)


def _read_challenges(e: Evidence) -> None:
    """What a server says of a refused token (RFC 7628 §3.2.2 and XOAUTH2), in base64 JSON."""
    for line in e.lines:
        found = _CHALLENGE.search(line)
        if found is None:
            continue
        try:
            document = json.loads(base64.b64decode(found[1] + "=" * (-len(found[1]) % 4)))
        except (binascii.Error, ValueError, RecursionError):
            continue
        if isinstance(document, dict) and ("status" in document or "scope" in document):
            _add(e, "xoauth2:refused", found[1][:20].lower())


_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("html", re.compile(r"<(?:!doctype html|html|head|title|body)[\s>]", re.IGNORECASE)),
    ("http", re.compile(r"(?:^|[\s:'\"])HTTP/[12](?:\.[01])? [1-5]\d\d", re.IGNORECASE)),
    ("pop3", re.compile(r"(?:^|[\s:'\"])(?:\+OK|-ERR)(?:\s|$)")),
    ("imap", re.compile(r"(?:^|[\s:'\"])\* (?:OK|BYE|PREAUTH|BAD)(?:\s|$)")),
    ("ssh", re.compile(r"SSH-[12]\.\d+-")),
)


def _read_shape(e: Evidence, raw: str) -> None:
    """Who answered in place of a mail server, by what only it says."""
    head = raw[:4_000]
    for shape, pattern in _SHAPES:
        found = pattern.search(head)
        if found is not None:
            _add(e, f"shape:{shape}", found[0].strip(" :'\"<>").lower()[:20])


def _add(e: Evidence, token: str, shown: str) -> None:
    e.tokens.add(token)
    e.shown.setdefault(token, shown)


# -- names -----------------------------------------------------------------------------------------

_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("microsoft", (
        "microsoft", "outlook", "hotmail", "office365", "office 365", "exchange", "entra", "azure",
        "aadsts", "msal", "adal", "live.com", "m365", "o365", "storedrv", "ad fs", "adfs", "msis",
    )),
    ("google", (
        "google", "gmail", "gsmtp", "gtoken", "goauth",
    )),
    ("yahoo", ("yahoo", "aol", "rocketmail")),
    ("apple", ("icloud", "apple", "mail.me.com", "me.com")),
    ("amazon", ("amazon", "ses api", "amazonses", "aws", "ses ")),
)  # fmt: skip

# Which step a text speaks of, where the context does not say.
_STAGE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("keyring", ("keyring", "keychain", "secret service", "credential manager", "kwallet",
                 "libsecret", "org.freedesktop.secrets", "credwrite", "wincred")),
    ("oauth", ("aadsts", "oauth2 error", "invalid_grant", "invalid_client", "redirect_uri",
               "invalid_scope", "unauthorized_client", "access_denied", "refresh token",
               "authorization code", "consent")),
    ("rcpt_to", ("in reply to rcpt to", "after rcpt to", "rcpt to command", "smtprecipientsrefused",
                 "recipient address rejected", "rcpt from", "all recipients")),
    ("mail_from", ("in reply to mail from", "after mail from", "mail from command",
                   "smtpsenderrefused", "sender address rejected")),
    ("data", ("end of data", "after end of data", "smtpdataerror", "in reply to data",
              "data command failed", "data not accepted", "message failed", "emessage")),
    ("auth", ("smtpauthenticationerror", "auth command failed", "auth login", "auth plain",
              "authentication failed", "invalid login", "eauth", "sasl authentication",
              "authenticationexception", "authenticationfailedexception", "535 ", "534 ", "535-",
              "534-", "password command failed", "login failed",
              "server.login(", ".login(")),
    ("ehlo", ("helo command rejected", "ehlo command", "helo command", "smtpheloerror")),
    ("tls", ("certificate", "ssl routines", "starttls", "handshake", "ssl:", "sslerror", "x509",
             "pkix", "tls")),
    ("resolve", ("getaddrinfo", "name or service not known", "enotfound", "no such host",
                 "unknownhost", "dns")),
    ("connect", ("econnrefused", "connection refused", "etimedout", "connection timed out",
                 "unreachable", "could not connect", "failed to connect", "smtpconnecterror",
                 "unable to connect")),
)  # fmt: skip

_SENDING_STAGES = ("rcpt_to", "mail_from", "data", "send")
_RECEIVING = ("receiving", "in reply to", "said:", "remote-mta", "diagnostic-code", "smtp;")


def _read_names(e: Evidence) -> None:
    for family, words in _FAMILIES:
        for word in words:
            if word in e.text:
                _add(e, f"family:{family}", word)
                e.family = e.family or family
                break


_NUMBER = re.compile(r"[0-9]{1,5}")


def _read_context(e: Evidence, context: Mapping[str, Any]) -> None:
    provider = context.get("provider")
    if isinstance(provider, str):
        name = flatten(provider[:300])
        for family, words in _FAMILIES:
            if any(word in name for word in words):
                e.tokens.add(f"family:{family}")
                e.family = e.family or family
        if "receiving" in name:
            e.tokens.add("role:receiver")
        e.tokens.add("ctx:provider")
    stage = context.get("stage")
    if isinstance(stage, str):
        known = STAGES.get(stage.strip().lower())
        if known is not None:
            e.tokens.add(f"stage:{known}")
    port = context.get("port")
    if isinstance(port, int | str) and _NUMBER.fullmatch(str(port)):
        e.tokens.add(f"port:{port}")
    security = context.get("security")
    if isinstance(security, str):
        word = security.strip().lower()
        word = {"ssl": "implicit_tls", "tls": "starttls", "plain": "none"}.get(word, word)
        if word in ("starttls", "implicit_tls", "none"):
            e.tokens.add(f"sec:{word}")
    auth = context.get("auth")
    if isinstance(auth, str) and auth:
        _read_auth(e, auth.lower())


def _read_auth(e: Evidence, auth: str) -> None:
    if any(word in auth for word in ("oauth", "bearer")):
        e.tokens.add("auth:token")
    elif any(word in auth for word in ("plain", "login", "cram", "scram", "basic", "password")):
        e.tokens.add("auth:password")


_PORT = re.compile(r"(?:port\W{0,3}|[a-z0-9\]]:)(25|465|587|2525|2587|143|993|110|995)\b")


def _read_setting(e: Evidence, whole: str) -> None:
    if not any(token.startswith("stage:") for token in e.tokens):
        text = flatten(whole)
        for stage, words in _STAGE_WORDS:
            if any(word in text for word in words):
                e.tokens.add(f"stage:{stage}")
                break
    if not any(token.startswith("port:") for token in e.tokens):
        found = _PORT.search(e.text)
        if found is not None:
            e.tokens.add(f"port:{found[1]}")
    if not any(token.startswith("auth:") for token in e.tokens) and (
        "xoauth2" in e.text or "oauthbearer" in e.text
    ):
        e.tokens.add("auth:token")
    if any(word in e.text for word in _RECEIVING):
        e.tokens.add("role:receiver")


def understood(e: Evidence) -> dict[str, object]:
    """What was recognised, for a reader: stage, codes, provider, errors."""
    kinds: dict[str, list[str]] = {}
    for token in sorted(e.tokens):
        kind, _, value = token.partition(":")
        if value:
            kinds.setdefault(kind, []).append(value)
    out: dict[str, object] = {}
    if "stage" in kinds:
        out["stage"] = kinds["stage"][0]
    codes = kinds.get("code", []) + kinds.get("enh", [])
    if codes:
        out["codes"] = codes[:8]
    if e.family is not None:
        out["provider"] = e.family
    errors = [f"AADSTS{n}" for n in kinds.get("aadsts", [])]
    errors += kinds.get("oauth", []) + [n.upper() for n in kinds.get("errno", [])]
    errors += [f"HTTP {n}" for n in kinds.get("http", [])]
    if errors:
        out["errors"] = errors[:8]
    if "port" in kinds:
        out["port"] = int(kinds["port"][0])
    if "sec" in kinds:
        out["security"] = kinds["sec"][0]
    if "auth" in kinds:
        out["auth"] = kinds["auth"][0]
    return out
