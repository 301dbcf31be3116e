"""The demo server's values put into a draft, as a person would type them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtpwizard.flow.draft import CUSTOM, ConnectorDraft
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method, Security
from smtpwizard.model.registration import Redirect


def fill_in(draft: ConnectorDraft, demo: Mapping[str, Any], name: str) -> ConnectorDraft:
    """`draft` with everything that the demo tells; what was typed as name and admin stays."""
    security = Security(demo.get("security", Security.STARTTLS))
    username = str(demo["username"])
    timeout = demo.get("timeout_s")
    draft = draft._replace(
        name=draft.name or name,
        provider=str(demo.get("provider", CUSTOM)),
        provider_text="",
        host=str(demo["host"]),
        security=security,
        port=str(demo["ports"][security.value]),
        port_typed=True,
        username=username,
        ca_file=str(demo["ca_file"] or ""),
        timeout=f"{timeout:g}" if timeout is not None else draft.timeout,
        sender_address=draft.sender_address or str(demo.get("sender", "")),
        admin_email=draft.admin_email or str(demo.get("admin", username)),
    )
    oauth = demo.get("oauth")
    if oauth is None:
        return draft._replace(method=Method.BASIC, password=Secret(str(demo["password"])))
    return draft._replace(
        method=Method.OAUTH,
        redirect=Redirect.LOOPBACK,
        client_id=str(oauth["client_id"]),
        client_secret=Secret(str(oauth["client_secret"])),
        authorization_endpoint=str(oauth["authorization_endpoint"]),
        token_endpoint=str(oauth["token_endpoint"]),
        scopes=" ".join(oauth["scopes"]),
    )
