"""What mail, JSON, HTML, terminals, logs and libraries wrap around a failure's text, undone.

Takes time proportional to the text's length; never raises, never reads text as anything but text.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from urllib.parse import unquote_plus

from smtpwizard.diagnosis.charsets import put_right
from smtpwizard.diagnosis.codes import REPLY_CODE
from smtpwizard.diagnosis.pieces import matches

# Longer texts are condensed to the lines that look like evidence.
SHORT = 12_000
MAX_LINE = 2_000
KEPT_LINES = 120
WINDOW = 240

_SIGNAL = re.compile(
    r"(?<!\d)[245]\d\d[ -]|[245]\.\d{1,2}\.\d|error|err_|fail|reject|denied|refuse|aadsts|invalid"
    r"|unknown|expired|time[ds]? ?out|exception|unable|cannot|blocked|limit|not |status:|said:",
    re.IGNORECASE,
)
_LONGEST = 20  # a match of it
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
_PYTHON_STRING = re.compile(r"(?<![\w'])[bu](?=['\"]\w)")
_QUERY = re.compile(r"(error(?:_description|_subcode|_uri)?)=([^\s&\"'<>]{1,3000})", re.IGNORECASE)
_ENCODED_WORD = re.compile(r"=\?([\w.-]{1,40})\?([bqBQ])\?([^?\s]{1,400})\?=")
_SOFT_BREAK = re.compile(r"=\r?\n")
_QUOTED_BYTE = re.compile(r"=([0-9A-F]{2})")


def condense(text: str) -> str:
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
    for match in matches(_SIGNAL, line, _LONGEST):
        if match.start() < end:
            continue
        end = match.start() + WINDOW
        parts.append(line[max(0, match.start() - 40) : end])
        if len(parts) > 24:
            break
    parts.append(line[-WINDOW:])
    return " … ".join(parts)


# A reply code as a Rust library (lettre, async-smtp) spells it: one word for each figure.
_SPELT_CODE = re.compile(
    r"severity: (\w{1,40}), category: (\w{1,20}), detail: (\w{1,10})(?:[ })]{0,4}, message: \[)?"
)
_FIGURES = {
    "PositiveCompletion": "2",
    "PositiveIntermediate": "3",
    "TransientNegativeCompletion": "4",
    "PermanentNegativeCompletion": "5",
    "Syntax": "0",
    "Information": "1",
    "Connections": "2",
    "Unspecified3": "3",
    "Unspecified4": "4",
    "MailSystem": "5",
    "Zero": "0",
    "One": "1",
    "Two": "2",
    "Three": "3",
    "Four": "4",
    "Five": "5",
    "Six": "6",
    "Seven": "7",
    "Eight": "8",
    "Nine": "9",
}


def unwrap(text: str) -> str:
    """Undo what mail, JSON, HTML, terminals and logs do to a text."""
    text = put_right(text)
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "category: " in text:
        text = _SPELT_CODE.sub(_spelt_code, text)
    if "=?" in text:
        text = _ENCODED_WORD.sub(_encoded_word, text)
    lower = text.lower() if len(text) < 4 * SHORT else text[: 4 * SHORT].lower()
    if "quoted-printable" in lower or (text.count("=\n") > 1 and "==" not in text):
        text = _QUOTED_BYTE.sub(_quoted_byte, _SOFT_BREAK.sub("", text))
    if "\\" in text:
        text = _UNICODE_ESCAPE.sub(_unicode_escape, text)
        text = text.replace("\\r", "").replace("\\n", "\n").replace("\\t", " ")
        text = text.replace('\\"', '"').replace("\\'", "'").replace("\\/", "/")
    if "b'" in text or 'b"' in text or "u'" in text:
        text = _PYTHON_STRING.sub("", text)
    if "error" in lower and "=" in text and ("%" in text or "+" in text):
        text = _QUERY.sub(_query, text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _HIDDEN.sub("", text))
        text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n")
    return _CONTROLS.sub(" ", text)


def _spelt_code(match: re.Match[str]) -> str:
    code = "".join(_FIGURES.get(word, "") for word in match.groups())
    return f"{code} " if len(code) == 3 else match[0]


# Lines of a conversation or a traceback that only say how one got there.
_FINE_REPLY = re.compile(
    r"^[^\n]{0,48}?(?:(?<![\w.])(?:2[0-5]\d|354)[ -](?![^\n]{0,6}[45]\.\d)[^\n]{0,600})$",
    re.MULTILINE,
)
_COMMAND = re.compile(
    r"^[^\n]{0,44}?\b(?:EHLO|HELO|STARTTLS|MAIL FROM:|RCPT TO:|DATA|QUIT|RSET|NOOP"
    r"|AUTH (?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5|OAUTHBEARER))(?:[ \t<][^\n:(]{0,300})?$",
    re.MULTILINE,
)
_FRAME = re.compile(
    r" at (?:[A-Z][\w`<>]{1,60}\.){2,10}[\w`<>.|]{1,80}\((?:[A-Z][^()\n]{0,300})?\)"
    r"|^(?:\s{0,12}at [\w$.<>\[\]/ ]{1,160}\([^\n]{0,200}"
    r"|\s{0,8}File \"[^\n]{1,300}(?:\n[ \t]{4,16}\S[^\n]{0,300})?"
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


# What a mail server's log says of every delivery (Postfix), how a library shows a line's end, and
# what another puts before every reply (PHPMailer).
_LOG_WORDS = re.compile(
    r",\s(?:relay=[^,\s]{1,200}|delays?=[\d./]{1,60}|conn_use=\d{1,4}|orig_to=<[^>\s]{0,200}>)"
    r"|\bstatus=(?:deferred|bounced|expired|undeliverable)(?=\s\()|<CR(?:><)?LF>"
    r"|\bafter initial connection(?=:)|\bSMTP server error: |(?<=accepted\.)(?=SMTP)"
    r"|\b(?:http|status)_?code\"?[=:]\s?\"?[1-5]\d\d\b(?=[\",}\s])"
    r"|(?<!\S)status=[1-5]\d\d(?!\S)"
    r"|\b(?:GET|POST|PUT) /\S{0,200} [^\n]{0,60}=> [1-5]\d\d [A-Z ]{2,30}"
    r"|^mail system (?=error:)",
    re.IGNORECASE | re.MULTILINE,
)
# What programs advise whatever the matter is: WordPress, Gmail's page, mail clients.
_ADVICE = re.compile(
    r"\b(?:possible reasons?: your host may have disabled the mail\(\) function\b"
    r"|your site may not be correctly configured to send emails?\b"
    r"|get support for resetting your password\b"
    r"|message blocked\s{1,4}your message to [^\n]{1,200} has been blocked\b"
    r"|see (?:the )?technical details below(?: for more information)?"
    r"|please (?:check|verify|make sure|ensure|review)\b[^.\n:]{0,120}?"
    r"\b(?:settings?|configuration|firewall|logs?|outbox)\b[^.\n:]{0,80}"
    r"|(?<=\s)for an unknown reason\b"
    r"|please check the message(?: recipients?[^\n]{0,200})? and try again"
    r"|please verify that your e-?mail address is correct[^.\n:]{0,120})[.:]?",
    re.IGNORECASE,
)
# Exchange tells what may be the matter first, and after these words what was said.
_CLOSING = re.compile("['\"\u2019\u201d](?=\\s*(?:\\n|$))")
_RETURNED = re.compile(r"\bremote server returned\s{1,3}['\"\u2018\u201c]", re.IGNORECASE)


# Lines of a structured log: those below a warning only tell how one got to what went wrong.
_CHATTER = re.compile(
    r"^[^\n]{0,200}?\b(?:level|lvl)\"?[=:]\s?\"?(?:debug|dbug|info|trace)\b[^\n]{0,4000}$",
    re.IGNORECASE | re.MULTILINE,
)
_LOUD = re.compile(r"\b(?:level|lvl)\"?[=:]\s?\"?(?:err|eror|fatal|crit|panic)", re.IGNORECASE)


# Something beside the advice that is worth reading.
_TELLS = re.compile(
    r"error|exception|fail|denied|reject|refused|timed out|aadsts|:\s", re.IGNORECASE
)


def drop_the_rest(text: str) -> str:
    """Without stack frames and set phrases, and of a conversation without what went well."""
    if "erver" in text or "\u670d\u52a1\u5668" in text:
        text = _SERVER_SAID.sub(" ", text)
    if any(word in text for word in ("=", "LF>", "after initial", "_code", "rror:")):
        text = _LOG_WORDS.sub(" ", text)
    if "eturned " in text and (returned := _RETURNED.search(text)) is not None:
        text = _CLOSING.sub("", text[returned.end() :], 1)
    if any(word in text for word in ("lease ", "mail()", "technical details", "Your site")):
        text = _without_advice(text)
    if "\n" not in text and " at " not in text:
        return text
    shorter = _FRAME.sub("", text)
    if ("level" in text or "lvl" in text) and _LOUD.search(text) is not None:
        shorter = _CHATTER.sub("", shorter)
    if _FINE_REPLY.search(shorter) is not None and REPLY_CODE.search(_FINE_REPLY.sub("", shorter)):
        shorter = _COMMAND.sub("", _FINE_REPLY.sub("", shorter))
    return shorter if shorter.strip() else text


def _without_advice(text: str) -> str:
    """The text without what a program advises around it; as it is where nothing else tells more."""
    rest = _ADVICE.sub(" ", text)
    return rest if REPLY_CODE.search(rest) or _TELLS.search(rest) else text


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


def _quoted_byte(match: re.Match[str]) -> str:
    byte = int(match[1], 16)
    return chr(byte) if 0x20 <= byte < 0x7F else " "


def _unicode_escape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _query(match: re.Match[str]) -> str:
    return f"{match[1]}={unquote_plus(match[2])}"
