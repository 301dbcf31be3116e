"""The JSON file of an app registration or a service account, as Google's console gives it out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.families import RULES
from smtpwizard.model.registration import Grant, Redirect
from smtpwizard.model.texts import decode_text
from smtpwizard.oauth.dialects import REDIRECT_FIELD, Finding
from smtpwizard.oauth.registrations import endpoints_for

if TYPE_CHECKING:
    from smtpwizard.providers import Catalogue

CLIENT_JSON_CAP = 64_000


@dataclass(frozen=True, slots=True)
class ClientFile:
    """What the console's download holds; `kind` is desktop, web or service_account."""

    kind: str
    client_id: str
    secret: Secret | None = None
    """The client secret, or the whole file of a service account."""
    redirect_uris: tuple[str, ...] = ()


def _refused(code: str, **facts: Any) -> UsageError:
    return UsageError(code, field="client_json", **facts)


def read_client_json(
    data: bytes, *, authorization_endpoint: str, token_endpoint: str
) -> ClientFile:
    """What the console's download holds; raises `UsageError`.

    Its endpoints must be those of the catalogue entry in force (or Google's older spellings of
    them): a doctored file would send code and secret elsewhere.
    """
    if len(data) > CLIENT_JSON_CAP:
        raise _refused("client_json_too_large")
    try:
        text = decode_text(data)
    except UnicodeDecodeError:
        raise _refused("client_json_not_text") from None
    if not text.strip():
        raise _refused("client_json_empty")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused("client_json_unreadable") from None
    if not isinstance(document, dict):
        raise _refused("client_json_unreadable")
    if document.get("type") == "service_account":
        _pin(document.get("token_uri"), (token_endpoint, *_OLD_TOKEN))
        if not isinstance(document.get("private_key"), str):
            raise _refused("client_json_unreadable")
        return ClientFile("service_account", str(document.get("client_id", "")), Secret(text))
    if document.get("type") == "authorized_user" or not _TOKENS.isdisjoint(document):
        raise _refused("client_json_is_a_sign_in")
    kinds = [k for k in ("installed", "web") if isinstance(document.get(k), dict)]
    if len(kinds) != 1 or len(document) != 1:
        raise _refused("client_json_kind")
    client = document[kinds[0]]
    _pin(client.get("auth_uri"), (authorization_endpoint, *_OLD_AUTHORIZATION))
    _pin(client.get("token_uri"), (token_endpoint, *_OLD_TOKEN))
    secret = client.get("client_secret")
    identifier = client.get("client_id")
    if not isinstance(identifier, str) or not identifier:
        raise _refused("client_json_unreadable")
    redirects = client.get("redirect_uris")
    return ClientFile(
        "desktop" if kinds[0] == "installed" else "web",
        identifier,
        Secret(secret) if isinstance(secret, str) and secret else None,
        tuple(map(str, redirects)) if isinstance(redirects, list) else (),
    )


# What programs store after a user has signed in with them.
_TOKENS = frozenset(("refresh_token", "access_token", "token"))

_OLD_AUTHORIZATION = (
    "https://accounts.google.com/o/oauth2/auth",
    "https://accounts.google.com/o/oauth2/v2/auth",
)
_OLD_TOKEN = (
    "https://oauth2.googleapis.com/token",
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v3/token",
    "https://www.googleapis.com/oauth2/v4/token",
)


def _pin(endpoint: Any, allowed: tuple[str, ...]) -> None:
    if endpoint is not None and endpoint not in allowed:
        raise _refused("client_json_endpoint", endpoint=str(endpoint)[:200])


def with_client_file(
    catalogue: Catalogue, connector: Connector, data: bytes, web_redirect: str | None
) -> tuple[Connector, dict[str, Secret]]:
    """The connector with the registration in the file, and the secrets it brings by kind.

    A web client keeps the redirect it has where the file knows it, else gets the project's
    (`web_redirect`) or another one of the file's. Raises `UsageError`: `client_json_too_large`,
    `client_json_unreadable`, `client_json_kind`, `client_json_is_a_sign_in`,
    `client_json_endpoint` (it names an address that is not the provider's own),
    `client_json_provider`.
    """
    found = _read(catalogue, connector, data)
    oauth = connector.authentication.oauth._replace(
        client_id=found.client_id,
        client_type=None,
        public_client=None,
    )
    if found.kind == "service_account":
        oauth = oauth._replace(grant=Grant.SERVICE_ACCOUNT, redirect_uri=None)
    else:
        redirect = oauth.redirect_uri
        if found.kind == "web":
            redirect = _redirect(redirect, found.redirect_uris, web_redirect)
        elif redirect is not None and urlsplit(redirect).scheme == "https":
            redirect = None
        oauth = oauth._replace(
            grant=Grant.AUTHORIZATION_CODE,
            redirect_uri=redirect,
            client_type=found.kind,
        )
    authentication = connector.authentication._replace(oauth=oauth)
    if found.secret is None:
        return connector._replace(authentication=authentication), {}
    # What the file brings takes the place of what a command would fetch.
    authentication = authentication._replace(secret_command=None)
    return connector._replace(authentication=authentication), {"client_secret": found.secret}


def _read(catalogue: Catalogue, connector: Connector, data: bytes) -> ClientFile:
    endpoints = endpoints_for(catalogue, connector)
    if not RULES[endpoints.family].has_client_file:
        raise _refused("client_json_provider")
    return read_client_json(
        data,
        authorization_endpoint=endpoints.authorization or "",
        token_endpoint=endpoints.token or "",
    )


def look_over_client_file(
    catalogue: Catalogue,
    before: Connector,
    after: Connector,
    data: bytes,
    web_redirect: str | None,
    redirect: Redirect | None = None,
) -> list[Finding]:
    """What its user should know once the registration in a file was taken: `(field, code, facts)`.

    Which redirect URIs the client has and which it lacks, and whether the redirect is another now;
    `redirect` was chosen before, where that was not what the connector says.
    Raises as `with_client_file` does.
    """
    found = _read(catalogue, before, data)
    was, now = before.authentication.oauth, after.authentication.oauth
    if found.kind != "web":
        changed = (redirect or was.redirect) is not now.redirect
        return [(_GRANT_FIELD, f"client_file_{found.kind}", {})] if changed else []
    wanted, used = was.redirect_uri or web_redirect, now.redirect_uri
    listed = found.redirect_uris
    facts = {"registered": ", ".join(listed[:_MAX_SHOWN]), "missing": wanted, "used": used}
    if not listed:
        return [(REDIRECT_FIELD, "client_file_no_redirect", facts)] if wanted else []
    if wanted is None:
        return [(REDIRECT_FIELD, "client_file_redirect", facts)] if used else []
    if wanted in listed:
        return []
    code = "client_file_lacks_redirect" if used == wanted else "client_file_other_redirect"
    return [(REDIRECT_FIELD, code, facts)]


_GRANT_FIELD = "authentication.oauth.grant"
_MAX_SHOWN = 5


def _redirect(current: str | None, registered: Sequence[str], ours: str | None) -> str | None:
    """The redirect to use with a web client: one that it has, and that we can receive."""
    usable = [uri for uri in registered if _receivable(uri)]
    for wanted in (current, ours):
        if wanted is not None and wanted in usable:
            return wanted
    loopback = [uri for uri in usable if urlsplit(uri).scheme == "http"]
    return loopback[0] if loopback else usable[0] if usable else current


def _receivable(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        here = is_loopback(parts.hostname or "")
        return parts.scheme == "https" or (
            parts.scheme == "http" and here and parts.port is not None
        )
    except ValueError:
        return False
