"""What differs between two sides, in words: the parts, the things, and the values beside each
other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from smtpwizard.causes import causes, title_of
from smtpwizard.messages.answers import setting_text
from smtpwizard.messages.causes import cause_text, likelihood_text
from smtpwizard.messages.face import Face, field_name
from smtpwizard.messages.facts import list_text
from smtpwizard.messages.peers import PEERS, peer_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import stage_label, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Cause, Likelihood, Stage, Status
from smtpwizard.model.stage_facts import StageError

MAX_VALUE = 600

PARTS: Mapping[str, str] = {
    "stages": _("How it went"),
    "causes": _("Causes"),
    "settings": _("Settings"),
    "tls": _("Encryption"),
    "capabilities": _("What the server offers"),
    "replies": _("What the server says"),
}
_WHAT: Mapping[str, str] = {
    "error": _("why not"),
    "why": _("what happened underneath"),
    "peer": _("who answered"),
    "alert": _("the server's alert"),
    "token": _("the token"),
    "families": _("addresses"),
    "mechanism": _("mechanism"),
    "order": _("in which order"),
    "version": _("version"),
    "cipher": _("cipher"),
    "name": _("the server's name"),
    "chain": _("further certificates"),
    "certificate.subject": _("certificate of"),
    "certificate.issuer": _("issued by"),
    "certificate.names": _("for the names"),
    "certificate.dates": _("its dates"),
}
_VALUES: Mapping[str, str] = {
    "matches": _("is in the certificate"),
    "other": _("is not in the certificate"),
    "valid": _("valid"),
    "expired": _("expired"),
    "not_yet_valid": _("not valid yet"),
}
_MEANINGS: Mapping[str, str] = {
    "nothing": _("Nothing differs: settings, stages, replies and causes are the same."),
    "same_end": _("It ended the same way. What differs, the server's side changed: {parts}."),
    "other_side": _(
        "No setting differs. Between {a} and {b} the other side changed, or a secret here, or whom "
        "the project trusts."
    ),
    "this_side": _("Changed on this side in between: {fields}. That may be why."),
    "settings_only": _("Changed on this side in between: {fields}. It ended the same way."),
}
# Why a stage ended, where the whole sentence needs facts that a comparison does not have.
_REASONS: Mapping[str, str] = {
    "not_smtp": _("No mail server answers on this port"),
    "proxy_invalid": _("The proxy for mail is not an address that can be used"),
    "message_too_large": _("The message is larger than the server's limit"),
    "client_certificate_invalid": _("The client certificate cannot be used"),
    "http_proxy": _("The proxy does not lead to the sign-in server"),
    "http_proxy_invalid": _("The proxy for signing in is not an address that can be used"),
    "http_proxy_login": _("The proxy asks for a login before the sign-in server"),
    "http_status": _("The sign-in server does not do its work now"),
    "http_timeout": _("The sign-in server did not answer in time"),
    "http_tls_name": _("The certificate of the sign-in server is for another name"),
    "token_account_wrong": _("Signed in with another account than the connector's"),
    "token_audience_wrong": _("The token is for something else than the mail server"),
    "token_role_wrong": _("The application lacks a permission"),
    "token_tenant_wrong": _("The token is for another tenant"),
    "token_type_unsupported": _(
        "The sign-in server gave a token of a kind that no mail server takes"
    ),
}
# What the window calls values of settings; the command line has them as its documents do.
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "provider": {"custom": _("a server of your own")},
    "authentication.method": {
        "oauth": _("OAuth"),
        "basic": _("Basic"),
        "none": _("No authentication"),
    },
    "authentication.mechanism": {"auto": _("Automatic")},
    "authentication.oauth.grant": {
        "authorization_code": _("a user signs in"),
        "device_code": _("a user enters a code elsewhere"),
        "client_credentials": _("Client credentials"),
        "service_account": _("Service account"),
    },
    "authentication.oauth.publishing_status": {
        "testing": _("Testing"),
        "production": _("In production"),
    },
}
# Settings that no page of the window has.
_FIELDS: Mapping[str, str] = {
    "authentication.secret_command": _("the command that gives the secret"),
    "authentication.oauth.cloud": _("the national cloud"),
    "authentication.oauth.client_type": _("the kind of client"),
    "authentication.oauth.public_client": _("a client without a secret"),
    "authentication.oauth.token_auth": _("how the client secret is sent"),
    "authentication.oauth.device_authorization_endpoint": _("Device authorization endpoint"),
}
_NOTHING = "–"
_NOBODY: Mapping[str, Cause | str] = MappingProxyType({})
_THERE = _("yes")


def part_title(part: str) -> str:
    """The heading of one part."""
    return translate(PARTS[part])


def meaning_text(meaning: str, found: Sequence[tuple[str, str]], a: str, b: str) -> str:
    """What two runs beside each other say, in a sentence; `found` are part and thing of each
    difference, `a` and `b` when the two were."""
    fields = [_setting_name(what, Face.WINDOW) for part, what in found if part == "settings"]
    parts = dict.fromkeys(part_title(part) for part, _what in found)
    return translate(_MEANINGS[meaning]).format(
        a=a, b=b, fields=list_text(fields), parts=list_text(parts)
    )


def difference_text(
    face: Face,
    part: str,
    what: str,
    a: Any,
    b: Any,
    a_causes: Mapping[str, Cause | str] = _NOBODY,
    b_causes: Mapping[str, Cause | str] = _NOBODY,
) -> tuple[str, str, str]:
    """What one difference is about, and what each side has there; causes under the titles under
    which that side shows them."""
    return (
        what_text(part, what, face, {**b_causes, **a_causes}),
        side_text(part, what, a, face, a_causes),
        side_text(part, what, b, face, b_causes),
    )


def what_text(part: str, what: str, face: Face, named: Mapping[str, Cause | str] = _NOBODY) -> str:
    """What one difference is about; a cause has the title under which it is shown (`named`)."""
    if part == "settings":
        return clean_text(_setting_name(what, face))
    if part == "causes" and what != "order":
        return _cause_title(what, face, named)
    stage, _dot, more = what.partition(".")
    if part in ("stages", "replies") and stage in tuple(Stage):
        name = stage_label(Stage(stage), face)
        return f"{name}: {translate(_WHAT[more])}" if more in _WHAT else name
    return translate(_WHAT[what]) if what in _WHAT else clean_text(what)


def side_text(
    part: str, what: str, value: Any, face: Face, named: Mapping[str, Cause | str] = _NOBODY
) -> str:
    """What one side has there, on one line; a dash where it has nothing."""
    if value is None or value == []:
        return _NOTHING
    if value is True:
        return translate(_THERE)
    if part == "settings":
        words = _CHOICES.get(what, {}).get(str(value)) if face is Face.WINDOW else None
        return translate(words) if words is not None else setting_text(what, value, face)
    if isinstance(value, list):
        if part == "causes":
            value = [_cause_title(str(each), face, named) for each in value]
        return clean_text(", ".join(map(str, value)), MAX_VALUE)
    text = str(value)
    if part == "stages" and "." in what:
        return _why_text(what.partition(".")[2], text, face)
    if part == "stages" and text in tuple(Status):
        return status_name(Status(text))
    if part == "causes" and text in tuple(Likelihood):
        return likelihood_text(Likelihood(text))
    if part == "tls" and text in _VALUES:
        return translate(_VALUES[text])
    return clean_text(text, MAX_VALUE)


def _cause_title(slug: str, face: Face, named: Mapping[str, Cause | str]) -> str:
    """The title under which a cause is shown: of what exactly failed, else of its kind."""
    known = named.get(slug)
    if isinstance(known, Cause) and slug in causes():
        return clean_text(cause_text(known, face).title, MAX_VALUE)
    if isinstance(known, str):
        return clean_text(known, MAX_VALUE)
    return title_of(slug) or clean_text(_spaced(slug))


def _setting_name(what: str, face: Face) -> str:
    """What a setting is called: in the window in words, also where no page has it."""
    known = _FIELDS.get(what) if face is Face.WINDOW else None
    return translate(known) if known is not None else field_name(what, face)


def _why_text(what: str, code: str, face: Face) -> str:
    """Why a stage ended, or who answered, in few words."""
    if what == "peer" and code in PEERS:
        return peer_text(code)
    if what in ("error", "why", "token"):
        return _reason_text(code, face)
    return clean_text(_spaced(code) if what in ("peer", "alert") else code, MAX_VALUE)


def reason_of(code: str) -> str:
    """What a code says in a few words of the window."""
    return _reason_text(code, Face.WINDOW)


def _reason_text(code: str, face: Face) -> str:
    """What a code says, without what to do about it; of a later version's the code's own words."""
    from smtpwizard.messages.errors import ERRORS, error_text  # noqa: PLC0415 - of failures alone

    if code in _REASONS:
        return translate(_REASONS[code])
    if code not in ERRORS and code not in tuple(StageError):
        return clean_text(_spaced(code), MAX_VALUE)
    said = error_text(code, {}, face).partition(". ")[0].rstrip(".")
    return clean_text(said.replace(" (…)", "").replace(" …", ""), MAX_VALUE)


def _spaced(code: str) -> str:
    return code.replace("_", " ")
