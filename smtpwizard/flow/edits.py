"""The edit form of a saved connector: its sections, which fields each shows, what differs from what
is saved, and what two people who edit one connector have both changed.

Knows drafts and fields, no words; secrets are compared, never shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from smtpwizard.flow.asking import asked_fields
from smtpwizard.flow.draft import CUSTOM, ConnectorDraft
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import LOGIN_FREE_MECHANISMS, Method, Security
from smtpwizard.model.problem import Problem

_OAUTH = "authentication.oauth"


class Section(StrEnum):
    """The parts of the form, in their order."""

    NAME = "name"
    PROVIDER = "provider"
    AUTHENTICATE = "authenticate"
    TEST = "test"
    SENDER = "sender"
    ADVANCED = "advanced"


# Every field of the form, by section and in order, with the values of the draft that it stands for.
FORM: Mapping[Section, Mapping[str, tuple[str, ...]]] = {
    Section.NAME: {
        "name": ("name",),
        "description": ("description",),
        "type": (),
    },
    Section.PROVIDER: {
        "provider": ("provider",),
        "server.security": ("security",),
        "server.host": ("host",),
        "server.port": ("port", "port_typed"),
    },
    Section.AUTHENTICATE: {
        "authentication.method": ("method",),
        "authentication.username": ("username",),
        "authentication.password": ("password",),
        f"{_OAUTH}.grant": ("redirect",),
        f"{_OAUTH}.client_id": ("client_id", "learned", "registered_redirect"),
        "authentication.client_secret": ("client_secret",),
        f"{_OAUTH}.client_secret_expires": ("secret_expires",),
        f"{_OAUTH}.tenant": ("tenant",),
        "project.domain": ("domain",),
        f"{_OAUTH}.redirect_uri": (),
        f"{_OAUTH}.issuer": ("issuer",),
        f"{_OAUTH}.authorization_endpoint": ("authorization_endpoint",),
        f"{_OAUTH}.token_endpoint": ("token_endpoint",),
        f"{_OAUTH}.scopes": ("scopes",),
        f"{_OAUTH}.ca_file": ("sign_in_ca_file",),
        f"{_OAUTH}.publishing_status": ("publishing",),
    },
    Section.TEST: {
        "admin.email": ("admin_email",),
        "admin.name": ("admin_name",),
        "send_to": ("send_to",),
    },
    Section.SENDER: {
        "sender.address": ("sender_address",),
        "sender.name": ("sender_name",),
        "sender.reply_to": ("reply_to",),
    },
    Section.ADVANCED: {
        "server.ca_file": ("ca_file",),
        "server.ehlo_name": ("ehlo_name",),
        "server.timeout_s": ("timeout",),
        "server.allow_cleartext": ("allow_cleartext",),
        "server.pinned_certificate": ("pinned_certificate",),
        "server.address_family": ("address_family",),
        "authentication.mechanism": ("mechanism",),
    },
}
SECRETS = ("authentication.password", "authentication.client_secret")
_BY_FIELD = {field: names for fields in FORM.values() for field, names in fields.items()}
_OF_A_SERVER = frozenset(
    field for field in _BY_FIELD if field.startswith("server.") and field != "server.address_family"
)
# The answers to a fix: nobody types them, but they are said and can be put back.
_SET_BY_A_FIX = ("server.pinned_certificate", "server.address_family")


def section_of(field: str) -> Section:
    """The section that shows a field or a problem of it."""
    for section, fields in FORM.items():
        if field in fields:
            return section
    first = field.partition(".")[0]
    return {
        "server": Section.PROVIDER,
        "provider": Section.PROVIDER,
        "authentication": Section.AUTHENTICATE,
        "project": Section.AUTHENTICATE,
        "admin": Section.TEST,
        "send_to": Section.TEST,
        "sender": Section.SENDER,
    }.get(first, Section.NAME)


def shown_fields(draft: ConnectorDraft) -> frozenset[str]:
    """The fields that count with this provider and method."""
    shown = {"name", "description", "type", "provider", "admin.email", "admin.name", "send_to"}
    shown |= {*FORM[Section.SENDER], "authentication.method"}
    if draft.provider == CUSTOM:
        shown |= _OF_A_SERVER - {*_SET_BY_A_FIX, "server.allow_cleartext"}
        if draft.security is Security.NONE or draft.allow_cleartext:
            shown.add("server.allow_cleartext")
        if draft.pinned_certificate or (draft.base and draft.base.server.pinned_certificate):
            shown.add("server.pinned_certificate")
    if draft.address_family or (draft.base is not None and draft.base.server.address_family):
        shown.add("server.address_family")
    if draft.method is Method.BASIC:
        shown |= {"authentication.username", "authentication.mechanism"}
        if draft.mechanism not in LOGIN_FREE_MECHANISMS:
            shown.add("authentication.password")
    if draft.method is Method.OAUTH:
        shown |= {"authentication.username", "authentication.client_secret", f"{_OAUTH}.grant"}
        if not draft.secret_is_a_file():  # a key file names its client itself
            shown.add(f"{_OAUTH}.client_id")
        shown |= asked_fields(draft)
    return frozenset(shown)


class Edit(NamedTuple):
    """A field that is not as it is saved; of a secret neither side has a value."""

    field: str
    before: Any
    now: Any


def edits(saved: ConnectorDraft, draft: ConnectorDraft) -> tuple[Edit, ...]:
    """What differs, in the order of the form; what the provider or the method makes meaningless
    does not count."""
    shown = shown_fields(draft)
    return tuple(
        Edit(field, _value(saved, field), _value(draft, field))
        for field in _differing(saved, draft)
        if field in shown
    )


def put_back(saved: ConnectorDraft, draft: ConnectorDraft, field: str) -> ConnectorDraft:
    """The draft with one field as it is saved."""
    return _take(draft, saved, (field,))


def by_section(found: Sequence[Edit] | Sequence[Problem]) -> dict[Section, int]:
    """How many of them each section has."""
    counts: dict[Section, int] = {}
    for each in found:
        section = section_of(each.field)
        counts[section] = counts.get(section, 0) + 1
    return counts


# -- two editors of one connector ---------------------------------------------------------------


class Whose(StrEnum):
    """Who changed a field since it was read."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


class Contested(NamedTuple):
    """A field that the two have otherwise; of a secret `mine` and `theirs` say which is the new
    one, typed here."""

    field: str
    before: Any
    mine: Any
    theirs: Any
    whose: Whose


def contested(
    read: ConnectorDraft,
    mine: ConnectorDraft,
    theirs: ConnectorDraft,
    their_secrets: Collection[str] = (),
) -> tuple[Contested, ...]:
    """What differs between the draft on screen and the connector as it is saved by now, against
    `read`, which both began with. `their_secrets` are the kinds that were put in anew."""
    found = []
    for field in _differing(mine, theirs):
        if field in SECRETS:
            new = field.removeprefix("authentication.") in their_secrets
            whose = Whose.BOTH if new else Whose.MINE
            found.append(Contested(field, None, True, False, whose))
            continue
        by_me = field in _differing(read, mine)
        by_them = field in _differing(read, theirs)
        whose = Whose.BOTH if by_me and by_them else Whose.MINE if by_me else Whose.THEIRS
        before, ours, others = (_value(each, field) for each in (read, mine, theirs))
        found.append(Contested(field, before, ours, others, whose))
    return tuple(found)


def changed_by_me(found: Sequence[Contested]) -> frozenset[str]:
    """The fields that I have changed, whether they did so, too, or not."""
    return frozenset(each.field for each in found if each.whose is not Whose.THEIRS)


def merge(
    mine: ConnectorDraft, theirs: ConnectorDraft, keep_mine: Collection[str]
) -> ConnectorDraft:
    """The connector as it is saved by now with the fields of `keep_mine` as they are on screen."""
    draft = _take(theirs, mine, tuple(keep_mine))
    return draft._replace(
        sign_in=mine.sign_in,
        verification=mine.verification,
        runs=mine.runs,
        dkim_keys=mine.dkim_keys,
    )


# -- what they share ----------------------------------------------------------------------------


def _differing(one: ConnectorDraft, other: ConnectorDraft) -> Iterator[str]:
    for field, names in _BY_FIELD.items():
        if any(getattr(one, name) != getattr(other, name) for name in names):
            yield field


def _value(draft: ConnectorDraft, field: str) -> Any:
    """The field's own value, ready to be put in words; None for a secret."""
    value = getattr(draft, _BY_FIELD[field][0])
    if value is None or isinstance(value, Secret):
        return None
    return value.value if isinstance(value, StrEnum) else value


def _take(to: ConnectorDraft, source: ConnectorDraft, fields: Sequence[str]) -> ConnectorDraft:
    values = {name: getattr(source, name) for field in fields for name in _BY_FIELD[field]}
    if "authentication.method" in fields:
        values["method_chosen"] = True
    return to._replace(**values)
