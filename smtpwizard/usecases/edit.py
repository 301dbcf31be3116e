"""Editing a connector field by field, by the dotted paths of its JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import DEFAULT_PORTS, Connector, Security, names_a_secret
from smtpwizard.model.documents import set_values
from smtpwizard.model.errors import UsageError
from smtpwizard.model.named_files import FILE_FIELDS
from smtpwizard.model.similar import similar
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.chosen_files import whole_path
from smtpwizard.usecases.client_file import read_file, with_client_file
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.save import name_secret, save_connector
from smtpwizard.usecases.server_text import spread_values
from smtpwizard.usecases.workspace import Workspace

# How the text of an assignment is read, by field: `text` stays as it is, `optional` is text or
# null (empty, or the word), `json` is a JSON value where it is one.
FIELDS: Mapping[str, str] = {
    "name": "text",
    "description": "text",
    "type": "text",
    "provider": "text",
    "server.host": "text",
    "server.port": "json",
    "server.security": "text",
    "server.ehlo_name": "optional",
    "server.timeout_s": "json",
    "server.proxy": "optional",
    "server.ca_file": "optional",
    "server.pinned_certificate": "optional",
    "server.client_certificate": "optional",
    "server.allow_cleartext": "json",
    "server.address_family": "optional",
    "authentication.method": "text",
    "authentication.username": "optional",
    "authentication.mechanism": "text",
    "authentication.secret_command": "json",
    "authentication.oauth.grant": "text",
    "authentication.oauth.client_id": "optional",
    "authentication.oauth.tenant": "optional",
    "authentication.oauth.cloud": "optional",
    "authentication.oauth.issuer": "optional",
    "authentication.oauth.authorization_endpoint": "optional",
    "authentication.oauth.token_endpoint": "optional",
    "authentication.oauth.device_authorization_endpoint": "optional",
    "authentication.oauth.scopes": "json",
    "authentication.oauth.redirect_uri": "optional",
    "authentication.oauth.ca_file": "optional",
    "authentication.oauth.client_secret_expires": "optional",
    "authentication.oauth.publishing_status": "optional",
    "authentication.oauth.client_type": "optional",
    "authentication.oauth.public_client": "json",
    "authentication.oauth.token_auth": "optional",
    "admin.email": "text",
    "admin.name": "optional",
    "send_to": "optional",
    "sender.address": "optional",
    "sender.name": "optional",
    "sender.reply_to": "optional",
}


def parse_assignments(texts: Sequence[str]) -> dict[str, Any]:
    """`field=value` texts as values by dotted path; raises `UsageError` naming the field."""
    values: dict[str, Any] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals:
            raise UsageError("assignment_invalid")
        if path == "default":
            raise UsageError("default_not_settable", field=path)
        if path not in FIELDS:
            secret = names_a_secret(path)
            alike = () if secret else similar(path, FIELDS)
            raise UsageError("field_unknown", field=path, similar=alike, secret=secret)
        if path in values:
            raise UsageError("field_twice", field=path)
        values[path] = _value(FIELDS[path], value)
    return values


def edit_connector(
    ws: Workspace,
    stored: StoredConnector,
    values: Mapping[str, Any],
    *,
    secret: Secret | None = None,
    client_file: Path | None = None,
) -> StoredConnector:
    """Change fields of a saved connector, its secret, or its app registration from a file.

    A secret takes the place of the one kept, and of the command that fetched one. Raises
    `UsageError` (every problem; `secret_twice`, `secret_not_used`, the file's), `StorageError`,
    `SecretStoreError`.
    """
    if secret is not None:
        if values.get("authentication.secret_command") is not None:
            raise UsageError("secret_twice", field="authentication.secret_command")
        values = {**values, "authentication.secret_command": None}
    connector = edit_fields(ws, stored.connector, values)
    brought: dict[str, Secret] = {}
    if client_file is not None:
        connector, brought = with_client_file(ws, connector, read_file(client_file))
        if brought and secret is not None:
            raise UsageError("secret_twice", field="client_json")
    secrets = brought | name_secret(connector, secret)
    return save_connector(ws, connector, secrets=secrets, stored=stored)


def edit_fields(ws: Workspace, connector: Connector, values: Mapping[str, Any]) -> Connector:
    """The connector with some fields changed, by the rules of the wizard: the port follows the
    encryption method unless it was chosen, another provider brings its own server. Files are
    given from where the command runs, and kept by their whole paths.

    Raises `UsageError` with every problem.
    """
    values = spread_values(values)
    given = {
        at: whole_path(value, at) if at in FILE_FIELDS and isinstance(value, str) else value
        for at, value in values.items()
    }
    changes = {**_followers(connector, values), **given}
    document = set_values(connector.to_json(), changes)
    return parse_connector(document, ws.defaults_for, ws.provider_ids())


def _followers(connector: Connector, values: Mapping[str, Any]) -> dict[str, Any]:
    server = connector.server
    provider = values.get("provider", connector.provider)
    if provider not in (connector.provider, "custom"):
        # What was trusted for the other server is not trusted for this one.
        return {
            "server.host": None,
            "server.port": None,
            "server.security": None,
            "server.ca_file": None,
            "authentication.oauth.ca_file": None,
            "server.pinned_certificate": None,
            "server.allow_cleartext": False,
        }
    if values.get("server.security") in tuple(Security) and (
        server.port == DEFAULT_PORTS[server.security]
    ):
        return {"server.port": DEFAULT_PORTS[Security(values["server.security"])]}
    return {}


def _value(kind: str, text: str) -> Any:
    if kind == "text":
        return text
    if text in ("", "null"):
        return None
    if kind == "json":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text  # the connector's rules say what is wrong with it
    return text
