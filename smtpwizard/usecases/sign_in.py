"""Signing in: from an app registration to a refresh token that is known to fit SMTP.

Nothing is saved here; the caller saves what a sign-in answers together with the connector.
"""

from __future__ import annotations

import secrets as random_secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import SmtpWizardError, UsageError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.usecases.registrations import (
    Endpoints,
    endpoints_for,
    expectation,
    provider_client,
)
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.oauth.tokens import (
        AuthorizationRequest,
        Mismatch,
        ProviderClient,
        TokenFacts,
        TokenSet,
    )

# An authorization code lives ten minutes (RFC 6749 §4.1.2); people need some before that.
SIGN_IN_SECONDS = 600.0
HTTP_SECONDS = 45.0


class Way(StrEnum):
    """How the answer comes back."""

    BROWSER = "browser"
    PASTE = "paste"
    DEVICE = "device"
    NONE = "none"
    """No browser at all: app-only and service accounts."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the user has to see while a sign-in waits.

    `url` is the address to open (or copy for another browser), `user_code` what to type there
    with device code, `seconds` how long it waits; `others` counts answers that were not ours.
    """

    url: str
    redirect_uri: str = ""
    user_code: str | None = None
    seconds: float = SIGN_IN_SECONDS
    others: int = 0


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A finished sign-in: the secrets to save by kind, what the token says, what does not fit."""

    secrets: Mapping[str, Secret]
    tokens: TokenSet = field(repr=False)
    facts: TokenFacts
    mismatches: tuple[Mismatch, ...] = ()
    secret_not_wanted: bool = False
    """The registration is a public client: the secret must not be sent (AADSTS700025)."""

    @property
    def other_account(self) -> str | None:
        """The account that signed in, where the connector is for another one."""
        wrong = any(m.what == "account" for m in self.mismatches)
        return self.facts.account if wrong else None


def default_way(connector: Connector) -> Way:
    """The way that fits the registration's redirect and grant."""
    oauth = connector.authentication.oauth
    if oauth.grant in ("client_credentials", "service_account"):
        return Way.NONE
    if oauth.grant == "device_code":
        return Way.DEVICE
    if oauth.redirect_uri and urlsplit(oauth.redirect_uri).scheme == "https":
        return Way.PASTE
    return Way.BROWSER


def web_redirect_uri(ws: Workspace) -> str | None:
    """The project's web redirect: on-premises from its base URL, else from its domain."""
    project = ws.project
    if project.base_url:
        return f"{project.base_url.rstrip('/')}/oauth2/redirect"
    if project.domain:
        return f"https://login.{project.domain}/oauth2/redirect"
    return None


def sign_in(
    ws: Workspace,
    connector: Connector,
    *,
    secrets: Mapping[str, Secret],
    way: Way | None = None,
    show: Callable[[Progress], None],
    open_url: Callable[[str], None],
    read_answer: Callable[[], str] | None = None,
    token: CancelToken | None = None,
    seconds: float = SIGN_IN_SECONDS,
    force_picker: bool = False,
) -> SignedIn:
    """Run one sign-in to its end; blocks, is stopped by `token`, ends after `seconds`.

    `show` is called with what the user needs, then `open_url` once with an https address;
    `read_answer` gives the address that the user pasted (way `paste`). Raises `TokenError`,
    `ResponseError`, `NetworkError`, `UsageError`, `Cancelled`, `DeadlineExceeded`.
    """
    token = token or CancelToken()
    endpoints = endpoints_for(ws, connector)
    client = provider_client(ws, connector, secrets)
    deadline = Deadline(seconds)
    chosen = way or default_way(connector)
    hint = None if force_picker else connector.authentication.username
    if chosen is Way.NONE:
        tokens = _http(client.app_only, endpoints, token, deadline)
        return _finished(ws, connector, endpoints, tokens, refresh=False)
    if chosen is Way.DEVICE:
        tokens = _with_device_code(client, endpoints, show, open_url, token, deadline)
    elif chosen is Way.PASTE:
        tokens = _with_paste(
            ws, connector, client, endpoints, hint, show, open_url, read_answer, token, deadline
        )
    else:
        tokens = _with_browser(connector, client, endpoints, hint, show, open_url, token, deadline)
    not_wanted = bool(getattr(client, "secret_not_wanted", False))
    return _finished(ws, connector, endpoints, tokens, refresh=True, secret_not_wanted=not_wanted)


def _http(
    work: Callable[[], Any], endpoints: Endpoints, token: CancelToken, deadline: Deadline
) -> Any:
    from smtpwizard.net.http import call

    short = Deadline(min(HTTP_SECONDS, deadline.remaining()))
    return call(work, host=endpoints.host(), token=token, deadline=short)


def new_state() -> str:
    """An unguessable state; one sign-in, one state."""
    return random_secrets.token_urlsafe(32)


def _check_url(url: str) -> str:
    """Only what a browser may be sent to: https, or http on this machine (a demo)."""
    parts = urlsplit(url)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise UsageError("url_invalid", field="authentication.oauth.authorization_endpoint")
    return url


def _with_browser(
    connector: Connector,
    client: ProviderClient,
    endpoints: Endpoints,
    hint: str | None,
    show: Callable[[Progress], None],
    open_url: Callable[[str], None],
    token: CancelToken,
    deadline: Deadline,
) -> TokenSet:
    from smtpwizard.oauth.receiver import Receiver

    state = new_state()
    microsoft = endpoints.family == "microsoft"
    origin = urlsplit(endpoints.authorization or endpoints.issuer or "")
    origins = [f"{origin.scheme}://{origin.netloc}"]
    if microsoft:
        origins.append("https://login.live.com")
    with Receiver(
        connector.authentication.oauth.redirect_uri,
        state,
        # Entra compares the path, ignores the port, and its portal takes `http://localhost` only.
        host="localhost" if microsoft else "127.0.0.1",
        path="" if microsoft else "/",
        allowed_origins=tuple(origins),
    ) as receiver:
        request: AuthorizationRequest = _http(
            lambda: client.begin(
                receiver.redirect_uri, login_hint=hint, state=state, form_post=microsoft
            ),
            endpoints,
            token,
            deadline,
        )
        url = _check_url(request.url)
        show(Progress(url, receiver.redirect_uri, seconds=deadline.remaining()))
        open_url(url)
        answer = receiver.wait(token, deadline)
        tokens: TokenSet = _http(
            lambda: client.finish(request, answer), endpoints, token, Deadline(HTTP_SECONDS)
        )
        return tokens


def _with_paste(
    ws: Workspace,
    connector: Connector,
    client: ProviderClient,
    endpoints: Endpoints,
    hint: str | None,
    show: Callable[[Progress], None],
    open_url: Callable[[str], None],
    read_answer: Callable[[], str] | None,
    token: CancelToken,
    deadline: Deadline,
) -> TokenSet:
    from smtpwizard.oauth.receiver import read_pasted

    redirect = connector.authentication.oauth.redirect_uri or web_redirect_uri(ws)
    if redirect is None:
        raise UsageError("redirect_missing", field="project.domain")
    if read_answer is None:
        raise UsageError("paste_impossible")
    state = new_state()
    request: AuthorizationRequest = _http(
        lambda: client.begin(redirect, login_hint=hint, state=state), endpoints, token, deadline
    )
    url = _check_url(request.url)
    show(Progress(url, redirect, seconds=deadline.remaining()))
    open_url(url)
    answer = read_pasted(read_answer(), redirect, state)
    token.raise_if_cancelled()
    tokens: TokenSet = _http(
        lambda: client.finish(request, answer), endpoints, token, Deadline(HTTP_SECONDS)
    )
    return tokens


def _with_device_code(
    client: ProviderClient,
    endpoints: Endpoints,
    show: Callable[[Progress], None],
    open_url: Callable[[str], None],
    token: CancelToken,
    deadline: Deadline,
) -> TokenSet:
    from smtpwizard.oauth.tokens import TokenError

    code = _http(client.begin_device, endpoints, token, deadline)
    seconds = min(float(code.expires_in), deadline.remaining())
    url = _check_url(code.verification_uri_complete or code.verification_uri)
    show(Progress(code.verification_uri, user_code=code.user_code, seconds=seconds))
    open_url(url)
    end = time.monotonic() + seconds
    interval = float(code.interval)
    while time.monotonic() < end:
        if token.wait(interval):
            token.raise_if_cancelled()
        tokens: TokenSet | None = _http(
            lambda: client.poll_device(code), endpoints, token, Deadline(HTTP_SECONDS)
        )
        if tokens is not None:
            return tokens
    raise TokenError("token_sign_in_expired")


def _finished(
    ws: Workspace,
    connector: Connector,
    endpoints: Endpoints,
    tokens: TokenSet,
    *,
    refresh: bool,
    secret_not_wanted: bool = False,
) -> SignedIn:
    from smtpwizard.oauth.tokens import TokenError, compare, read_token

    facts = read_token(tokens)
    wanted = expectation(endpoints, connector)
    mismatches = compare(facts, wanted)
    missing = [m for m in mismatches if m.what == "scope"]
    if missing:
        # Before anything else: a box left unticked, or a scope that SMTP does not take.
        raise TokenError("token_scope_missing", missing=missing[0].expected, found=missing[0].found)
    kept: dict[str, Secret] = {}
    if refresh:
        if tokens.refresh_token is None:
            raise TokenError("token_no_refresh")
        kept["refresh_token"] = tokens.refresh_token
    return SignedIn(kept, tokens, facts, tuple(mismatches), secret_not_wanted)


def explain_failure(error: SmtpWizardError) -> tuple[str, dict[str, Any]]:
    """The code and facts of a sign-in that failed, for messages and diagnosis."""
    return error.code, dict(error.facts)
