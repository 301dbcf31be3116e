"""Who may ask the authorization server for tokens, and how it is to behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Client:
    """One app registration; `secret` None is a public client."""

    client_id: str
    secret: str | None
    redirect_uris: tuple[str, ...] = ("http://localhost", "http://127.0.0.1")
    device_flow: bool = True
    roles: tuple[str, ...] = ()
    """Application permissions, for client credentials."""
    auth_method: str | None = None
    """How the secret has to come: `basic`, `post`, None for either."""
    any_loopback_path: bool = False
    """Google lets a desktop client return to any path; Entra and others compare it."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server is to behave; the defaults are a good server.

    `token_fault` is one of `server_error`, `too_many_requests`, `html`, `huge`, `list`, `hang`,
    `drop`, `redirect`, or a JSON object to answer with status 400; `fault_times` how often (None:
    always). `auto` answers the authorization request without
    a page: `allow`, `deny`, or None for the page.
    """

    auto: str | None = None
    account: str = "mailer@example.com"
    accounts: tuple[str, ...] = ("mailer@example.com", "admin@example.com")
    scopes_granted: tuple[str, ...] | None = None
    """None: all that were asked for."""
    refresh_token: bool = True
    rotate: bool = True
    jwt: bool = False
    audience: str = "https://outlook.office.com"
    tenant: str = "11111111-2222-3333-4444-555555555555"
    expires_in: Any = 3600
    clock: int = 0
    """Seconds by which the server's clock is ahead of this machine's."""
    identity: str = "email"
    """`sub`: the ID token does not name the address, only the userinfo endpoint does."""
    userinfo: str = "good"
    """`refused`, or `other subject`."""
    interval: float = 1
    verification_uri: str | None = None
    iss_parameter: bool = True
    iss_promised: bool | None = None
    """What the metadata says of `iss_parameter`; None: the truth."""
    wrong_iss: bool = False
    authorize_error: tuple[str, str] | None = None
    token_fault: str | Mapping[str, Any] | None = None
    fault_times: int | None = None
    microsoft: bool = False
    """Errors with AADSTS numbers, client types told apart the way Entra does."""
