"""The JSON file of an app registration or a service account, as Google's console gives it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.registrations import endpoints_for
from smtpwizard.usecases.sign_in import web_redirect_uri
from smtpwizard.usecases.workspace import Workspace


def read_file(path: Path) -> bytes:
    """The file's bytes, as far as it is not far too large; raises `UsageError`."""
    from smtpwizard.oauth.google import CLIENT_JSON_CAP

    try:
        with path.open("rb") as file:
            return file.read(CLIENT_JSON_CAP + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise UsageError(
            "file_unreadable", field="client_json", path=str(path), reason=reason
        ) from None


def with_client_file(
    ws: Workspace, connector: Connector, data: bytes
) -> tuple[Connector, dict[str, Secret]]:
    """The connector with the registration in the file, and the secrets it brings by kind.

    A web client keeps the redirect it has where the file knows it, else gets one of the file's.
    Raises `UsageError`: `client_json_too_large`, `client_json_unreadable`, `client_json_kind`,
    `client_json_endpoint` (it names an address that is not the provider's own),
    `client_json_provider`.
    """
    from smtpwizard.oauth.google import ClientJsonError, read_client_json

    endpoints = endpoints_for(ws, connector)
    if endpoints.family != "google":
        raise UsageError("client_json_provider", field="client_json")
    try:
        found = read_client_json(
            data,
            authorization_endpoint=endpoints.authorization or "",
            token_endpoint=endpoints.token or "",
        )
    except ClientJsonError as error:
        raise UsageError(error.code, **{**error.facts, "field": "client_json"}) from None
    oauth = connector.authentication.oauth
    kind = str(found["kind"])
    extra = {k: v for k, v in oauth.extra.items() if k not in ("client_type", "public_client")}
    if kind == "service_account":
        oauth = replace(
            oauth, grant=kind, client_id=found["client_id"], redirect_uri=None, extra=extra
        )
        secret: Secret | None = found["key"]
    else:
        extra["client_type"] = kind
        redirect = oauth.redirect_uri
        if kind == "web":
            redirect = _redirect(redirect, found["redirect_uris"], web_redirect_uri(ws))
        elif redirect is not None and urlsplit(redirect).scheme == "https":
            redirect = None
        oauth = replace(
            oauth,
            grant="authorization_code",
            client_id=found["client_id"],
            redirect_uri=redirect,
            extra=extra,
        )
        secret = found["client_secret"]
    authentication = replace(connector.authentication, oauth=oauth)
    if secret is not None:
        # What the file brings takes the place of what a command would fetch.
        authentication = replace(authentication, secret_command=None)
    return replace(connector, authentication=authentication), (
        {"client_secret": secret} if secret is not None else {}
    )


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
