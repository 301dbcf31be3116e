"""Connector documents that tests start from, and strategies that make arbitrary ones."""

from __future__ import annotations

import copy
import os
from typing import Any

from hypothesis import strategies as st

from smtpwizard.model.connector import Security, ServerDefaults

Json = dict[str, Any]

MINIMAL: Json = {
    "name": "Invoices",
    "provider": "custom",
    "server": {"host": "smtp.example.test"},
    "authentication": {"method": "none"},
    "admin": {"email": "admin@example.test"},
}

FULL: Json = {
    "schema": 1,
    "name": "Invoices",
    "description": "Monthly\ninvoices",
    "type": "smtp",
    "provider": "custom",
    "server": {
        "host": "smtp.example.test",
        "port": 2525,
        "security": "starttls",
        "ehlo_name": "client.example.test",
        "timeout_s": 12.5,
        "proxy": "socks5://proxy.example.test:1080",
        "ca_file": os.path.abspath("/etc/ssl/private-ca.pem"),
        "pinned_certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "client_certificate": os.path.abspath("/etc/ssl/client.pem"),
        "allow_cleartext": False,
        "address_family": "ipv4",
    },
    "authentication": {
        "method": "oauth",
        "username": "mailer@example.test",
        "mechanism": "XOAUTH2",
        "secret_command": [os.path.abspath("/usr/bin/pass"), "show", "mail"],
        "oauth": {
            "grant": "client_credentials",
            "client_id": "an-id",
            "tenant": "contoso",
            "cloud": "global",
            "issuer": "https://login.example.test",
            "authorization_endpoint": "https://login.example.test/authorize",
            "token_endpoint": "https://login.example.test/token",
            "device_authorization_endpoint": "https://login.example.test/device",
            "scopes": ["mail.send", "offline_access"],
            "redirect_uri": "http://127.0.0.1:8400/callback",
            "ca_file": os.path.abspath("/etc/ssl/login-ca.pem"),
        },
    },
    "admin": {"email": "admin@example.test", "name": "Ada Admin"},
    "send_to": "inbox@example.test",
    "sender": {
        "address": "noreply@example.test",
        "name": "Example",
        "reply_to": "answers@example.test",
    },
}

GMAIL = ServerDefaults("smtp.gmail.com", 587, Security.STARTTLS)
CLOSED = ServerDefaults("mail.example.test", 4465, Security.IMPLICIT_TLS)


def defaults_for(provider: str) -> ServerDefaults | None:
    """A catalogue of two."""
    return {"gmail": GMAIL, "closed": CLOSED}.get(provider)


def document(**changes: Any) -> Json:
    """The minimal document with dotted paths (`server__port=25`) set; `...` removes one."""
    return changed(MINIMAL, {key.replace("__", "."): value for key, value in changes.items()})


def changed(source: Json, changes: dict[str, Any]) -> Json:
    """A copy with dotted paths set; `...` removes one."""
    out = copy.deepcopy(source)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = out
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is ...:
            place.pop(last, None)
        else:
            place[last] = value
    return out


# Hypothesis leaves lone surrogates out of text by default; JSON may carry them ("\ud800").
texts = st.text(st.characters(exclude_categories=()), max_size=60)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.just(10**400), st.just("\ud800")
)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def leaf_paths(source: Json = FULL, prefix: str = "") -> list[str]:
    """The dotted paths of every leaf and every object of a document."""
    out = []
    for key, value in source.items():
        out.append(prefix + key)
        if isinstance(value, dict):
            out += leaf_paths(value, f"{prefix}{key}.")
    return out
