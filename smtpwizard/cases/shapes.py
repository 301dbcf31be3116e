"""The shapes of names: addresses, hosts, identifiers, logins and folders, wherever they stand in
a text.

Every pattern takes time in proportion to the text, whoever wrote it.
"""

from __future__ import annotations

import re

# An @ as programs write it: as it is, or escaped (RFC 3986, RFC 2045, RFC 3461, HTML, JSON).
_AT = r"(?:@|%40|=40|\+40|&\#64;|&\#x40;|\\x40|\\u0040|\uff20)"
# What may stand within a local part without quotes (RFC 5322 §3.2.3, RFC 6531), as far as it does
# not begin or end there.
_ATOM = r"[\w+.~-]"
_AMID = r"[!\#$%&'*/?^`{|}]"
_LOCAL = rf"(?:\"(?:[^\"\\\r\n]|\\.){{1,320}}\"|{_ATOM}(?:{_ATOM}|{_AMID}(?={_ATOM})){{0,320}})"
_LABEL = r"[^\W](?:[\w-]{0,255}\w)?"
_HOST = rf"(?:{_LABEL}\.){{1,24}}(?:xn--[\w-]{{1,59}}|[^\W\d_]{{2,63}})(?!\w|://)"
# Of a reply its code and hyphen (RFC 5321 §4.2.1) are no beginning of a name.
_NO_CODE = r"(?![2-5]\d\d-)"
# What follows an escape is no part of it (`%5Cname`).
_ESCAPED = "(?<=%[0-9a-f][0-9a-f])"
# A name of the net behind slashes is nothing packed (`https://mail.example.org/`).
_IN_URL = r"[A-Za-z0-9+/_-]{0,2000}/[A-Za-z0-9_-]{1,255}\.\w"
_V4 = r"(?:\d{1,3}\.){3}\d{1,3}"

AT = re.compile(_AT.replace(r"\#", "#"), re.IGNORECASE)
SHAPES = re.compile(
    rf"""
      (?P<guid>(?<![\w])[0-9a-f]{{8}}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}(?![0-9a-f]))
    | (?P<client>(?<!\w)\d{{6,30}}-[a-z0-9]{{6,64}}(?=\.apps\.googleusercontent\.com))
    | (?P<resource>(?<=api://)[\w-]{{1,80}}(?![\w.@-]))
    | (?P<display>"[^"\r\n<>@]{{2,80}}"(?=\s?<[^<>\s]{{1,320}}{_AT}))
    | (?P<address>(?:(?<![\w+~%])|{_ESCAPED}){_NO_CODE}{_LOCAL}
        (?:{_AT}(?:\[[^\[\]\s]{{2,80}}\]|{_HOST}|{_V4})|@{_LABEL}))
    | (?P<digest>(?<![\w:])[0-9a-f]{{2}}(?::[0-9a-f]{{2}}){{5,63}}(?![\w:])
      | (?<!\w)[0-9a-f]{{32,128}}(?!\w))
    | (?P<v6>(?:(?<![\w:.])|(?<=ipv6:))(?:[0-9a-f]{{0,4}}:){{2,7}}(?:{_V4}|[0-9a-f]{{0,4}})
        (?:%[\w.-]{{1,32}})?(?![\w:]))
    | (?P<v4>(?<![\d.]){_V4}(?!\d|\.\d))
    | (?P<folder>(?<!\w)[a-z]:[\\/]{{1,2}}(?:users|documents\ and\ settings)[\\/]{{1,2}}
        [^\s:*?"<>|\\/]{{1,80}}
        (?:[\\/]{{1,2}}[^\s:*?"<>|\\/]{{1,120}}){{0,30}}
      | (?<![\w/.])/(?:home|users|export/home|var/home)/[^\s:"'<>/]{{1,80}}
        (?:/[^\s:"'<>/]{{1,120}}){{0,30}})
    | (?P<login>(?<![\w\\/:])[a-z][a-z0-9-]{{1,14}}\\[a-z][\w.$-]{{1,40}}(?![\w\\]))
    | (?P<host>(?:(?<![\w%])|{_ESCAPED}){_NO_CODE}{_HOST})
    | (?P<packed>(?<![\w+/=]){_NO_CODE}(?!{_IN_URL})[A-Za-z0-9+/_-]{{12,20000}}={{0,2}}(?![\w+/=]))
    """,
    re.IGNORECASE | re.VERBOSE,
)

SHAPES_PLAIN = re.compile(SHAPES.pattern[: SHAPES.pattern.rindex("|")], SHAPES.flags)
"""The same without what is packed."""

_UNADDRESSED = r"(?![\w.+~-]*@)"
# What follows such words is the number of one message, request or tenant; Google's number of a
# conversation; and what no word looks like, letters and figures in turns.
NUMBERS = (
    re.compile(
        r"\b(?:queued(?:\sas|\smail\sfor\sdelivery)?|queue[ -]?id|message[ -]?id|internalid|id"
        r"|(?:trace|correlation|request|session|transaction|log|ray|client|tenant|object|activity)"
        r"[ -]?id"
        r"|accepted\sas|ticket|timestamp-id)\b[\s:=#<\[\"'(]{0,4}"
        rf"([A-Za-z0-9](?=[\w.-]{{0,80}}\d)[\w.-]{{3,120}}[A-Za-z0-9]){_UNADDRESSED}",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w.-])([\w.-]{8,120})(?=\s-\s(?:gsmtp|gcdp|nsmtp)\b)", re.IGNORECASE),
    re.compile(
        rf"(?<![\w.]){_NO_CODE}((?=[\w-]{{0,120}}\d[A-Za-z][\w-]{{0,120}}\d)"
        rf"[A-Za-z0-9][\w-]{{14,160}})(?!\w){_UNADDRESSED}"
    ),
)
# -- names of people and firms, which have no shape of their own but a place --
_NAME = r"[^\W\d_][\w.'\u2019-]{0,40}"
NAMED = (
    # `was not found in the directory 'Contoso'`
    re.compile(
        r"\b(?:named|called|directory|tenant|organi[sz]ation|company|customer|application|app|group)"
        r"\s['\"\u2018\u201c]([^\W_][^'\"\u2018-\u201f\r\n<>@]{1,80})['\"\u2019\u201d]",
        re.IGNORECASE,
    ),
)
"""What somebody else calls something: the whole is a name."""
CALLED = (
    # `mailbox of Jane Doe <jane@example.org>`: one word may be any.
    re.compile(rf"(?<![\w.'\u2019-])((?:{_NAME}\s){{2,6}})(?=<[^<>\s@]{{1,320}}@)"),
    # A firm by its legal form.
    re.compile(
        rf"(?<![\w.'\u2019-])((?:{_NAME}\s){{1,5}})(?=(?:(?:g?mbH|GmbH|AG|KG|OHG|Ltd|LLC|LLP|Inc|Corp"
        r"|PLC|SARL|SpA|ApS|Pty)\b|S\.A\.|B\.V\.))"
    ),
)
"""What ends in capitalised words: these are a name."""
MACHINES = re.compile(
    r"(?<![\w.@-])(?:(?:desktop|laptop|win|pc|nb|srv|ws)-[a-z0-9][a-z0-9-]{2,14}"
    r"|[a-z][a-z0-9-]{1,14}-(?:pc|nb|srv|ws|laptop|dc\d|ex\d|mx\d)\d{0,3})(?![\w@-]|\.\w)",
    re.IGNORECASE,
)
"""Names of computers, as people and systems make them up."""
_ATTRIBUTE = r"(?:cn|ou|dc|uid|o|l|st|c)"
ENTRIES = re.compile(
    rf"(?<!\w)(?:{_ATTRIBUTE}=[^,=\"'<>;\r\n]{{1,64}},\s?){{1,20}}{_ATTRIBUTE}=[^,=\s\"'<>;)\]]{{1,64}}",
    re.IGNORECASE,
)
"""Names in a directory (RFC 4514)."""
# Of these everybody has the same: ciphers, mechanisms, extensions, words with figures in them.
_SHARED = re.compile(
    r"(?:TLS|SSL|ECDHE?|DHE|AES|RSA|SCRAM|AADSTS|SHA|CRAM|HMAC|CHACHA20)[_-]?\d*(?:[-_]|$)"
    r"|.*(?:8BITMIME|STARTTLS|STATUSCODES|PIPELINING|CHUNKING|SMTPUTF8|BINARYMIME|XOAUTH|OAUTHBEARER)",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?:[A-Z]?[a-z]{2,}|[A-Z]{3,})+")


def is_shared(text: str) -> bool:
    """Whether what looks like somebody's number is one that everybody has."""
    if _SHARED.match(text):
        return True
    words = [
        part for part in re.split(r"[\W\d_]+", text) if len(part) > 4 and _WORD.fullmatch(part)
    ]
    return 2 * sum(map(len, words)) > len(text)
