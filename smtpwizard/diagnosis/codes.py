"""Facts that stand in a text as numbers and names: reply codes, errno, OAuth errors, AADSTS."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence

REPLY_CODE = re.compile(
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
    r"|authentication_canceled|access_not_configured|mismatching_state|invalid_assertion|invalid_rapt|unauthenticated)(?![a-z_])"
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


def find_codes(text: str, lines: Sequence[str]) -> dict[str, str]:
    """The facts that stand in a flattened text as numbers and names, and how each stands there.

    `lines` are those of the text as it came: a refused token is explained in base64.
    """
    found: dict[str, str] = {}
    codes = [next(g for g in m.groups() if g) for m in REPLY_CODE.finditer(text)][:40]
    for code in codes:
        if code[0] in "45" and code != "465":
            found |= reply_facts(code) | found
    if "334" in codes:
        found["code:334"] = ""
        found |= _challenges(lines)
    for match in _ENHANCED.finditer(text):
        found = enhanced_facts(match[0], *match.groups()) | found
    for pattern in (_AADSTS, _ERROR_CODES, _BARE_AADSTS):
        if pattern is not _AADSTS and "error" not in text and "invalid" not in text:
            continue
        for match in pattern.finditer(text):
            found = aadsts_facts(match[1]) | found
    for match in _HTTP.finditer(text):
        found.setdefault(f"http:{match[1]}", match[0])
    for match in _OAUTH.finditer(text):
        found.setdefault(f"oauth:{match[1]}", match[1])
    return _errors_of_the_system(text) | found


def _errors_of_the_system(text: str) -> dict[str, str]:
    """The facts of error names and numbers, such as `ECONNREFUSED` and `errno 111`."""
    found: dict[str, str] = {}
    for match in _ERRNO_NAME.finditer(text):
        found.setdefault(f"errno:{match[1]}", match[1])
    for match in _ERRNO_NUMBER.finditer(text):
        name = _ERRNO.get(match[1])
        if name is not None and (match[0][:2] != "er" or len(match[1]) > 2 or "errno" in match[0]):
            found.setdefault(f"errno:{name}", match[1])
    for match in _PAREN_NUMBER.finditer(text):
        if len(match[1]) >= 3 and match[1] in _ERRNO:
            found.setdefault(f"errno:{_ERRNO[match[1]]}", match[1])
    return found


def reply_facts(code: str) -> dict[str, str]:
    """A failing reply code, and the class that it belongs to."""
    return {f"code:{code}": code, f"class:{code[0]}": ""}


def enhanced_facts(shown: str, kind: str, subject: str, detail: str) -> dict[str, str]:
    """An enhanced status code (RFC 3463), whole and in its parts; none where it reports success."""
    if kind == "2":
        return {}
    number = f"{subject}.{int(detail)}"
    return {
        f"enh:{kind}.{number}": shown,
        f"sub:{number}": shown,
        f"subj:{subject}": "",
        f"class:{kind}": "",
    }


def is_oauth_error(name: str) -> bool:
    """Whether a name is one of the OAuth errors that rules know."""
    return _OAUTH.fullmatch(name) is not None


def aadsts_facts(number: str) -> dict[str, str]:
    """An error number of Microsoft Entra."""
    return {f"aadsts:{number}": number, "aadsts": ""}


_CHALLENGE = re.compile(r"(?<!\d)334[ -]([a-z0-9+/]{8,2000}={0,2})", re.IGNORECASE)


def _challenges(lines: Sequence[str]) -> dict[str, str]:
    """What a server says of a refused token (RFC 7628 §3.2.2 and XOAUTH2), in base64 JSON."""
    for line in lines:
        match = _CHALLENGE.search(line)
        if match is None:
            continue
        try:
            document = json.loads(base64.b64decode(match[1] + "=" * (-len(match[1]) % 4)))
        except (binascii.Error, ValueError, RecursionError):
            continue
        if isinstance(document, dict) and ("status" in document or "scope" in document):
            return {"xoauth2:refused": match[1][:20].lower()}
    return {}


_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("html", re.compile(r"<(?:!doctype html|html|head|title|body)[\s>]", re.IGNORECASE)),
    ("http", re.compile(r"(?:^|[\s:'\"])HTTP/[12](?:\.[01])? [1-5]\d\d", re.IGNORECASE)),
    ("pop3", re.compile(r"(?:^|[\s:'\"])(?:\+OK|-ERR)(?:\s|$)")),
    ("imap", re.compile(r"(?:^|[\s:'\"])\* (?:OK|BYE|PREAUTH|BAD)(?:\s|$)")),
    ("ssh", re.compile(r"SSH-[12]\.\d+-")),
)


def find_shapes(raw: str) -> dict[str, str]:
    """Who answered in place of a mail server, by what only it says."""
    found = {}
    for shape, pattern in _SHAPES:
        match = pattern.search(raw[:4_000])
        if match is not None:
            found[f"shape:{shape}"] = match[0].strip(" :'\"<>").lower()[:20]
    return found
