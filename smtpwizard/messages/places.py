"""Where a field is found and changed in each face: label and page in the window, path and command.

A template names a field as `{at_server_port}`; the step that does ends with where that is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import field_label
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate

_AT = re.compile(r"\{at_(\w+)\}")


@dataclass(frozen=True, slots=True)
class Place:
    """A field: its dotted path, and the page of the window that has it ("" where none does)."""

    path: str
    page: str


_PROVIDER, _PROVIDER_ADVANCED = _("Provider"), _("Provider, Advanced")
_AUTHENTICATE, _AUTHENTICATE_ADVANCED = _("Authenticate"), _("Authenticate, Advanced")

PLACES: Mapping[str, Place] = {
    "server_host": Place("server.host", _PROVIDER),
    "server_port": Place("server.port", _PROVIDER),
    "server_security": Place("server.security", _PROVIDER),
    "server_ca_file": Place("server.ca_file", _PROVIDER_ADVANCED),
    "server_ehlo_name": Place("server.ehlo_name", _PROVIDER_ADVANCED),
    "server_timeout_s": Place("server.timeout_s", _PROVIDER_ADVANCED),
    "server_allow_cleartext": Place("server.allow_cleartext", _PROVIDER_ADVANCED),
    "method": Place("authentication.method", _AUTHENTICATE),
    "username": Place("authentication.username", _AUTHENTICATE),
    "password": Place("authentication.password", _AUTHENTICATE),
    "mechanism": Place("authentication.mechanism", _AUTHENTICATE_ADVANCED),
    "client_id": Place("authentication.oauth.client_id", _AUTHENTICATE),
    "client_secret": Place("authentication.client_secret", _AUTHENTICATE),
    "tenant": Place("authentication.oauth.tenant", _AUTHENTICATE),
    "redirect_uri": Place("authentication.oauth.redirect_uri", _AUTHENTICATE),
    "scopes": Place("authentication.oauth.scopes", _AUTHENTICATE),
    "authorization_endpoint": Place("authentication.oauth.authorization_endpoint", _AUTHENTICATE),
    "token_endpoint": Place("authentication.oauth.token_endpoint", _AUTHENTICATE),
    "sign_in_ca_file": Place("authentication.oauth.ca_file", ""),
    "send_to": Place("send_to", _("Admin and test")),
    "sender_address": Place("sender.address", ""),
    "server_proxy": Place("server.proxy", ""),
    "server_pinned_certificate": Place("server.pinned_certificate", ""),
    "server_client_certificate": Place("server.client_certificate", ""),
}

# What the window says of fields that have no label in `problems`.
_NAMES: Mapping[str, str] = {
    "server.allow_cleartext": _("“Send credentials in clear text”"),
    "server.proxy": _("the connector's proxy"),
    "server.pinned_certificate": _("the pinned certificate"),
    "server.client_certificate": _("the client certificate"),
    "sender.address": _("the sender address"),
    "authentication.oauth.tenant": _("Tenant"),
    "authentication.oauth.redirect_uri": _("Redirect URI"),
    "authentication.oauth.scopes": _("Scopes"),
    "authentication.oauth.authorization_endpoint": _("Authorization endpoint"),
    "authentication.oauth.token_endpoint": _("Token endpoint"),
    "authentication.oauth.ca_file": _("the CA file of the sign-in"),
}

_SECRETS: Mapping[str, str] = {
    "authentication.password": _("the password"),
    "authentication.client_secret": _("the client secret"),
}


def field_name(field: str, face: Face) -> str:
    """What a face calls the field of a dotted path."""
    if face is Face.COMMAND_LINE:
        return translate(_SECRETS[field]) if field in _SECRETS else field
    return translate(_NAMES[field]) if field in _NAMES else field_label(field)


def name_fields(step: str, face: Face) -> str:
    """A step with its fields named as `face` does, and where they are found put at its end."""
    places = [PLACES[key] for key in dict.fromkeys(_AT.findall(step))]
    named = _AT.sub(lambda match: field_name(PLACES[match[1]].path, face), step)
    where = _where(places, face)
    if not where:
        return named
    body, stop = (named[:-1], ".") if named.endswith(".") else (named, "")
    return f"{body} ({where}){stop}"


def _where(places: list[Place], face: Face) -> str:
    if face is Face.WINDOW:
        pages = dict.fromkeys(translate(place.page) for place in places if place.page)
        if places and not pages:
            return translate(_("in a terminal, with smtpwizard edit"))
        return translate(_("page {pages}")).format(pages=" / ".join(pages)) if pages else ""
    options = (
        "--secret-stdin" if place.path in _SECRETS else f"--set {place.path}=…" for place in places
    )
    return " ".join(("smtpwizard edit NAME", *dict.fromkeys(options))) if places else ""
