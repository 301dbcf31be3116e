"""What a text pasted into a box of an app registration says: client ID, secret, tenant, domain.

Understands what the providers' consoles give out, and whole addresses. Guesses nothing: a text that
may be the value of the box it stands in is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from smtpwizard.model.addresses import is_guid
from smtpwizard.model.auth import Secret
from smtpwizard.model.families import RULES
from smtpwizard.model.misplaced import CLIENT_ID, TENANT, looks_like_a_secret
from smtpwizard.model.registration import Family, smart_flows_domain

DOMAIN = "project.domain"
CLIENT_SECRET = "authentication.client_secret"  # noqa: S105 - a path
ISSUER = "authentication.oauth.issuer"

MAX_PASTED = 64_000


class LeftOut(StrEnum):
    """What was in a pasted text and belongs into no box."""

    ANSWER = "answer"
    """The address that a sign-in ended at; it holds a code."""
    SECRET = "secret"  # noqa: S105 - a word
    """A secret that no box is for, such as a token."""
    SECRET_ID = "secret_id"  # noqa: S105 - a word
    """The ID of a client secret, which is not the secret."""
    OBJECT_ID = "object_id"


@dataclass(frozen=True, slots=True)
class PastedRegistration:
    """What a pasted text says, by the dotted path of the box that it is for.

    `secret` is the client secret; `document` a whole file of the console, still to be read.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secret: Secret | None = field(default=None, compare=False, repr=False)
    document: Secret | None = field(default=None, compare=False, repr=False)
    left_out: tuple[LeftOut, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The boxes that something was found for."""
        return (*self.values, *((CLIENT_SECRET,) if self.secret is not None else ()))


def inserted(before: str, after: str) -> str:
    """What came into a text at once, where that is all that changed: a key typed is one letter."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    room = min(len(before), len(after)) - start
    while end < room and before[-1 - end] == after[-1 - end]:
        end += 1
    return after[start : len(after) - end]


def sort_out_inserted(
    before: str, after: str, family: Family | None, box: str
) -> PastedRegistration | None:
    """Take apart what came into the `box` of a dotted path at once, with what stood there or
    without it; None where nothing of it is for another box, or a key was typed."""
    came = inserted(before, after)
    if len(came) < 2:
        return None
    return sort_out_registration(after, family, box) or sort_out_registration(came, family, box)


def looks_final(text: str) -> bool:
    """True for an address that a sign-in ended at, whether it went well or not (RFC 6749 §4.1.2);
    whose it is, the sign-in itself finds out."""
    try:
        query = parse_qs(urlsplit(text.strip()).query)
    except ValueError:
        return False
    return "://" in text and "state" in query and ("code" in query or "error" in query)


def sort_out_registration(
    text: str, family: Family | None, box: str = ""
) -> PastedRegistration | None:
    """Take apart what was pasted into the `box` of a dotted path.

    None for what may be the value of that box, and for what says nothing.
    """
    plain = text.strip(_BLANKS)
    if not plain or len(plain) > MAX_PASTED:
        return None
    found = _read(plain, family or Family.GENERIC)
    if found is not None and _is_for_the_box(found, plain, box):
        return None
    if found is None and box != CLIENT_SECRET and looks_like_a_secret(plain):
        return PastedRegistration(left_out=(LeftOut.SECRET,))
    return found


def _is_for_the_box(found: PastedRegistration, plain: str, box: str) -> bool:
    if found.document is not None or found.left_out:
        return False
    if box == CLIENT_SECRET:
        return found.secret is not None and found.secret.reveal() == plain and not found.values
    # The domain may stand there as a whole address, and is read as it is.
    return tuple(found.values) == (box,) and (box == DOMAIN or found.values[box] == plain)


def _read(plain: str, family: Family) -> PastedRegistration | None:
    if plain.startswith("{") and plain.endswith("}"):
        return _read_document(plain, family)
    if not re.search(r"\s", plain) and "://" in plain:
        return _read_address(plain, family)
    return _read_words(plain, family)


# -- a document ------------------------------------------------------------------------------------


def _read_document(plain: str, family: Family) -> PastedRegistration | None:
    """The file of Google's console; the answer of `az ad app credential reset` and its like."""
    if RULES[family].has_client_file:
        return PastedRegistration(document=Secret(plain))
    try:
        document = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    known = {str(key).lower(): value for key, value in document.items()}
    values = {
        CLIENT_ID: _text(known, "appid", "client_id", "clientid"),
        TENANT: _text(known, "tenant", "tenantid", "tenant_id") if _has_tenants(family) else "",
    }
    return _made(values, _text(known, "password", "client_secret", "clientsecret"))


def _text(document: Mapping[str, Any], *keys: str) -> str:
    return next((v for v in map(document.get, keys) if isinstance(v, str) and v), "")


# -- an address ------------------------------------------------------------------------------------

# Where people sign in to Entra, in its clouds.
_ENTRA = re.compile(
    r"login\.(?:microsoftonline\.(?:com|us|de)|windows\.net|microsoft\.com|partner\."
    r"microsoftonline\.cn|chinacloudapi\.cn)"
)
_METADATA = "/.well-known/openid-configuration"


def _read_address(plain: str, family: Family) -> PastedRegistration | None:
    try:
        parts = urlsplit(plain)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https"):
        return None
    query = parse_qs(parts.query or parts.fragment)
    answered = "code" in query and "state" in query
    values = {CLIENT_ID: _client_in(plain, query)}
    if parts.path.rstrip("/").endswith("/oauth2/redirect"):
        values[DOMAIN] = smart_flows_domain(plain) or ""
    if _ENTRA.fullmatch(host) and _has_tenants(family):
        values[TENANT] = _tenant_in(parts)
    elif family is Family.GENERIC and parts.path.endswith(_METADATA):
        values[ISSUER] = plain.removesuffix(_METADATA)
    return _made(values, left_out=(LeftOut.ANSWER,) if answered else ())


def _client_in(plain: str, query: Mapping[str, list[str]]) -> str:
    """The client that an authorization request, or a page of a console, is about (RFC 6749
    §4.1.1)."""
    page = re.search(rf"/appId/({_GUID})", plain) or re.search(_GOOGLE_ID, plain)
    if page is not None:
        return page[1]
    return query.get("client_id", [""])[0]


def _tenant_in(parts: SplitResult) -> str:
    first = parts.path.strip("/").partition("/")[0]
    several = first.lower() in ("", "common", "organizations", "consumers", "oauth2", "devicelogin")
    return "" if several or not (is_guid(first) or "." in first) else first


# -- words of a console ----------------------------------------------------------------------------

_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_GOOGLE_ID = r"(?<![\w.-])(\d{4,}-[\w-]{3,}\.apps\.googleusercontent\.com)(?![\w.-])"
_SECRET_SHAPES = (
    r"(?<![\w-])(GOCSPX-[\w-]{20,64})(?![\w-])",
    r"(?<![\w~.-])([\w~.-]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])",
)
# How the consoles head their values. In every language Entra's portal adds in brackets which ID is
# meant, and several languages write that word alike.
_LABELS = (
    (CLIENT_ID, r"[^\n:=]{0,40}\(client\)[^\n:=]{0,12}"),
    (TENANT, r"[^\n:=]{0,40}\((?:tenant|mandant|locataire|inquilino)\)[^\n:=]{0,12}"),
    (LeftOut.OBJECT_ID, r"(?:object|objekt)[ _-]?id"),
    (LeftOut.SECRET_ID, r"secret[ _-]?id"),
    (CLIENT_SECRET, r"(?:oauth2?[ _])?(?:client[ _-]?)?secret(?:[ _-]?value)?|value"),
    (CLIENT_ID, r"(?:oauth2?[ _])?(?:client|application|app)[ _-]?id"),
    (TENANT, r"(?:directory|tenant)(?:[ _-]?id)?"),
)
_LABELLED = re.compile(
    "|".join(
        rf"""^[ \t"'•*-]*(?:{label})["']?[ \t]*(?:[:=\t]|\n)[\s:="']*(?P<v{number}>[^\s"',;]+)"""
        for number, (_, label) in enumerate(_LABELS)
    ),
    re.IGNORECASE | re.MULTILINE,
)
_BLANKS = " \t\r\n\u00a0\u200b\u200e\u2028\u2060\ufeff"


def _read_words(plain: str, family: Family) -> PastedRegistration | None:
    """Labelled lines, a row of a table, or one value that only one box takes."""
    plain = re.sub("\r\n?|\u2028|\u2029", "\n", plain).replace("\u00a0", " ")
    found: dict[str, str] = {}
    left: list[LeftOut] = []
    for what, value in _labelled(plain):
        if isinstance(what, LeftOut):
            left.append(what)
        elif _may_be(what, value, family):
            found.setdefault(what, value)
    identifier = re.search(_GOOGLE_ID, plain)
    if identifier is not None:
        found.setdefault(CLIENT_ID, identifier[1])
    secret = next((m[1] for s in _SECRET_SHAPES if (m := re.search(s, plain))), "")
    if secret:
        found[CLIENT_SECRET] = secret
        # A row of Entra's table: description, end, value, ID.
        row = next((line for line in plain.splitlines() if secret in line), "")
        if re.search(rf"(?:^|\s){_GUID}(?:\s|$)", row.replace(secret, "")):
            left.append(LeftOut.SECRET_ID)
    if not found:
        return None
    text = found.pop(CLIENT_SECRET, "")
    return _made(found, text, tuple(dict.fromkeys(left)))


def _labelled(plain: str) -> Iterator[tuple[str | LeftOut, str]]:
    for match in _LABELLED.finditer(plain):
        for number, (what, _) in enumerate(_LABELS):
            value = match[f"v{number}"]
            if value:
                yield what, value


def _may_be(what: str, value: str, family: Family) -> bool:
    """True where a labelled value has the form that this family gives out."""
    if family is Family.MICROSOFT:
        if what == CLIENT_ID:
            return is_guid(value)
        if what == TENANT:
            return is_guid(value) or re.fullmatch(r"[\w-]+(\.[\w-]+)+", value) is not None
        return not is_guid(value)
    if family is Family.GOOGLE:
        return what == CLIENT_SECRET and value.startswith("GOCSPX-")
    return what != TENANT and re.fullmatch(r"[^\s{}()<>]{3,}", value) is not None


def _has_tenants(family: Family) -> bool:
    return RULES[family].has_tenants


def _made(
    values: Mapping[str, str], secret: str = "", left_out: tuple[LeftOut, ...] = ()
) -> PastedRegistration | None:
    known = {path: value for path, value in values.items() if value}
    if not known and not secret and not left_out:
        return None
    return PastedRegistration(known, Secret(secret) if secret else None, None, left_out)
