"""The emails inside an email: attached, wrapped by a mailing list, or pasted as text into one.

A reader of its own, for `email` recurses as deep as a stranger wants it to.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from smtpwizard.sender.received import Header, is_field, read_head, tidy_lines, unquoted, values

# So deep, and so many in all; of a text so many places are looked at where headers may begin.
_DEPTH = 6
_EMAILS = 40
_PARTS = 100
_STARTS = 60
_HEAD_LINES = 4000
_MESSAGES = frozenset(("message/rfc822", "message/global", "text/rfc822-headers"))
_BOUNDARY = re.compile(r"\bboundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;]{1,200}))", re.I)
_FILE = re.compile(r"\b(?:file)?name\*?\s*=\s*[^;]{0,200}\.eml\b", re.I)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]+")


def emails_in(text: str) -> Iterator[Sequence[Header]]:
    """The headers of an email and of those inside it, the outermost first; what is pasted may have
    something in front."""
    for count, headers in enumerate(_emails(tidy_lines(text), _DEPTH)):
        if count == _EMAILS:
            return
        yield headers


class _Part(NamedTuple):
    """What a part says of itself, and its lines."""

    kind: str
    encoding: str
    boundary: str
    is_file: bool
    lines: Sequence[str]

    def text(self) -> str:
        raw = "\n".join(self.lines)
        if self.encoding == "base64":
            clean = _NOT_BASE64.sub("", raw).rstrip("=")
            data = binascii.a2b_base64(clean[: len(clean) - (len(clean) % 4 == 1)] + "==")
        elif self.encoding == "quoted-printable":
            data = binascii.a2b_qp(raw.encode("utf-8", "replace"))
        else:
            return raw
        return data.decode("utf-8", "replace")


def _emails(lines: Sequence[str], depth: int) -> Iterator[Sequence[Header]]:
    headers, start = read_head(lines)
    yield headers
    if depth:
        yield from _inside(_part_of(headers, lines[start:]), depth - 1)


def _inside(part: _Part, depth: int) -> Iterator[Sequence[Header]]:
    if part.kind.startswith("multipart/") and part.boundary:
        for piece in _split(part.lines, part.boundary):
            blank = next((at for at, line in enumerate(piece) if not line.strip()), len(piece))
            told = read_head([*piece[:blank], ""])[0]
            inner = _part_of(told, piece[blank + 1 :])
            if inner.kind.startswith("multipart/") and not depth:
                continue
            yield from _inside(inner, max(0, depth - inner.kind.startswith("multipart/")))
    elif part.kind in _MESSAGES or part.is_file:
        if depth:
            yield from _emails(part.text().splitlines(), depth - 1)
    elif part.kind == "text/plain":
        yield from _pasted(part.text())


def _part_of(headers: Sequence[Header], lines: Sequence[str]) -> _Part:
    kind = next(iter(values(headers, "content-type")), "text/plain")
    encoding = next(iter(values(headers, "content-transfer-encoding")), "")
    disposition = next(iter(values(headers, "content-disposition")), "")
    boundary = _BOUNDARY.search(kind)
    return _Part(
        kind.partition(";")[0].strip().lower(),
        encoding.partition(";")[0].strip().lower(),
        (boundary[1] or boundary[2]) if boundary else "",
        bool(_FILE.search(kind) or _FILE.search(disposition)),
        lines,
    )


def _split(lines: Sequence[str], boundary: str) -> Iterator[Sequence[str]]:
    """The parts between boundaries (RFC 2046 §5.1.1); the last one may have lost its end."""
    marks = (f"--{boundary}", f"--{boundary}--")
    places = [at for at, line in enumerate(lines) if line.rstrip() in marks][: _PARTS + 1]
    for start, end in pairwise([*places, len(lines)]):
        if lines[start].rstrip() == marks[0]:
            yield lines[start + 1 : end]


def _pasted(text: str) -> Iterator[Sequence[Header]]:
    """The blocks of headers that stand in a text, quoted or not: each that has a Message-ID."""
    lines = text.splitlines()
    bare = [unquoted(line).strip() for line in lines]
    starts = (
        at for at, line in enumerate(bare) if is_field(line) and not (at and is_field(bare[at - 1]))
    )
    end = 0
    for count, at in enumerate(starts):
        if count == _STARTS:
            return
        if at < end:
            continue
        headers, length = read_head(tidy_lines("\n".join(lines[at : at + _HEAD_LINES])))
        if values(headers, "message-id"):
            end = at + length
            yield headers
