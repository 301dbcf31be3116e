"""What a failure's text names itself: addresses, domain, server, app; for sentences alone."""

from __future__ import annotations

import re

from smtpwizard.diagnosis.bounce import read_bounce

# What stands further down names what went before it.
_LENGTH = 30_000
_ADDRESS = r"([\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})"
_HOST = r"((?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}[a-z]{2,24})"
_PLACE = rf"(?:{_HOST}|((?:\d{{1,3}}\.){{3}}\d{{1,3}}))"

_RECIPIENT = (
    rf"final-recipient:\s{{0,4}}rfc822;\s{{0,4}}<?{_ADDRESS}>?[ \t]{{0,9}}\n"
    r"(?:(?!final-recipient)[\w-]{1,60}:[^\n]{0,900}\n){0,6}?action:\s{0,4}failed",
    rf"final-recipient:\s{{0,4}}rfc822;\s{{0,4}}<?{_ADDRESS}",
    rf"<{_ADDRESS}>(?:\.\.\.|:)?:? {{1,4}}(?:recipient|user |relay|mailbox|no such|does not)",
    rf"recipient(?: address)?:? <?{_ADDRESS}",
    rf"[{{(]u?'{_ADDRESS}': ?\(",
    rf"\bto=<{_ADDRESS}>",
    rf"rcpt to: ?<{_ADDRESS}>",
    rf"x-failed-recipients: ?{_ADDRESS}",
    rf"^<{_ADDRESS}>(?:\.\.\.|:)",
)
_SENDER = (
    rf"<{_ADDRESS}>:? sender address",
    rf"sender(?: address)?:? <?{_ADDRESS}",
    rf"mail from: ?<{_ADDRESS}>",
    rf"\bfrom=<{_ADDRESS}>",
)
_DOMAIN = (
    rf"(?:sending|sender|from|envelope|header)(?:'s)? domain (?:of )?[\[<'\"(]?{_HOST}",
    rf"domain of (?:[\w.+=-]{{1,64}}@)?{_HOST}",
    rf"(?<![@.\w-]){_HOST}(?:'s|’s)? (?:dmarc|spf)",
    rf"(?:dmarc|spf|policy|record)(?: policy)? (?:for|of) (?:domain )?[\[<'\"(]?{_HOST}",
    rf"e?mail from {_HOST} is not",
    rf"(?<![@.\w-]){_HOST} does(?: not|n't) (?:allow|designate|permit)",
    rf"(?:to send|sending) (?:from|for|mail (?:from|for)) <?(?:[\w.+=-]{{1,64}}@)?{_HOST}",
)
_SERVER = (
    rf"(?:connect(?:ion)? (?:to|with|could not be established with)(?: the)?(?: smtp)?(?: server)?"
    rf"(?: host)?|connecting to|dial tcp|smtp host|resolve host|enotfound|econnrefused|etimedout"
    rf"|unable to connect to|while contacting|lookup)[:\s]{{1,3}}[\"'\[]?(?:(?:ssl|tls|tcp)://)?"
    rf"{_PLACE}(?:\[[0-9a-f.:]{{3,45}}\])?[\"'\]]?(?:(?:,? port:? ?|:)(\d{{2,5}})\b)?",
    rf"\bhost {_PLACE} ?\[[0-9a-f.:]{{3,45}}\](?::(\d{{2,5}}))? said",
)
_CLIENT = (r"application with identifier '([0-9a-f-]{8,40})'", r"client_id=([\w.-]{8,100})")
_REDIRECT = (r"redirect ur[il] '([^'\s]{8,200})'", r"redirect_uri=(https?://[^\s&\"']{4,200})")


def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in patterns)


_ONE = {
    "recipient": _compiled(_RECIPIENT),
    "sender": _compiled(_SENDER),
    "domain": _compiled(_DOMAIN),
    "client_id": _compiled(_CLIENT),
    "redirect_uri": _compiled(_REDIRECT),
}
_SERVERS = _compiled(_SERVER)


def mentioned(text: str) -> dict[str, str]:
    """The values that the text gives for the names in sentences; nothing where it gives none.

    Of a bounce what it says of the failure goes before the rest of it.
    """
    text = text[:_LENGTH]
    told = read_bounce(text)
    return _values(text) if told == text else {**_values(text), **_values(told)}


def _values(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, patterns in _ONE.items():
        match = next((m for pattern in patterns for m in [pattern.search(text)] if m), None)
        if match is not None:
            found[name] = match[1]
    if "domain" not in found and "sender" in found:
        found["domain"] = found["sender"].rpartition("@")[2]
    server = next((m for pattern in _SERVERS for m in [pattern.search(text)] if m), None)
    if server is not None:
        name, address, port = server.groups()
        found["host"] = name or address
        found["server"] = found["host"] + (f":{port}" if port else "")
        if port:
            found["port"] = port
    return found
