"""Signing in: from an app registration to a refresh token that is known to fit SMTP.

`sign_in` saves nothing: what it answers is saved together with a new connector, or with
`keep_sign_in`.
"""

from __future__ import annotations

import secrets as random_secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, OAuthRegistration
from smtpwizard.model.errors import DeadlineExceeded, NetworkError, SmtpWizardError, UsageError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.storage import StoredConnector
from smtpwizard.usecases.provider_calls import ask
from smtpwizard.usecases.registrations import (
    Endpoints,
    endpoints_for,
    expectation,
    provider_client,
)
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.model.report import Cause
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
# What a token may differ in and still be worth keeping: the rest no server would take.
_TOLERABLE = ("account", "clock")
_MICROSOFT_ORIGINS = ("https://login.microsoftonline.com", "https://login.live.com")


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
    with device code, `seconds` how long it waits from now on; `extend(seconds)` gives more time.
    """

    url: str
    redirect_uri: str = ""
    user_code: str | None = None
    seconds: float = SIGN_IN_SECONDS
    extend: Callable[[float], None] = field(default=lambda _: None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A finished sign-in: the secrets to save by kind, what the token says, what does not fit.

    `learned` belongs into the registration's `extra`: see `with_learned`.
    """

    secrets: Mapping[str, Secret]
    tokens: TokenSet = field(repr=False)
    facts: TokenFacts
    mismatches: tuple[Mismatch, ...] = ()
    learned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def other_account(self) -> str | None:
        """The account that signed in, where the connector is for another one."""
        wrong = any(m.what == "account" for m in self.mismatches)
        return self.facts.account if wrong else None


@dataclass(frozen=True, slots=True)
class _Run:
    """One sign-in under way: who asks whom, by whose leave, and what the user sees."""

    ws: Workspace
    connector: Connector
    client: ProviderClient
    endpoints: Endpoints
    hide: tuple[Secret, ...]
    show: Callable[[Progress], None]
    open_url: Callable[[str], None]
    token: CancelToken
    deadline: Deadline
    force_picker: bool

    @property
    def oauth(self) -> OAuthRegistration:
        return self.connector.authentication.oauth

    def ask(self, work: Callable[[], Any], *hide: Secret, seconds: float | None = None) -> Any:
        return ask(
            work,
            host=self.endpoints.host(),
            token=self.token,
            deadline=Deadline(seconds or min(HTTP_SECONDS, self.deadline.remaining())),
            hide=(*self.hide, *hide),
        )

    def begin(self, redirect_uri: str, state: str, *, form_post: bool) -> AuthorizationRequest:
        """The authorization request, shown and opened."""
        hint = None if self.force_picker else self.connector.authentication.username
        request: AuthorizationRequest = self.ask(
            lambda: self.client.begin(
                redirect_uri,
                login_hint=hint if hint and "@" in hint else None,
                state=state,
                form_post=form_post,
                force_picker=self.force_picker,
            )
        )
        self.present(Progress(request.url, redirect_uri), request.url)
        return request

    def present(self, progress: Progress, url: str, seconds: float | None = None) -> None:
        _check_url(url)
        left = self.deadline.remaining() if seconds is None else seconds
        self.show(replace(progress, seconds=left, extend=self.deadline.extend))
        self.open_url(url)

    def finish(self, request: AuthorizationRequest, answer: Mapping[str, str]) -> TokenSet:
        # The code is here: what is left of the user's time no longer matters.
        tokens: TokenSet = self.ask(
            lambda: self.client.finish(request, answer),
            Secret(answer.get("code", "")),
            seconds=HTTP_SECONDS,
        )
        return tokens


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


def redirect_to_register(ws: Workspace, connector: Connector, way: Way | None = None) -> str | None:
    """The redirect URI exactly as the registration has to have it; None where none is needed."""
    oauth = connector.authentication.oauth
    chosen = way or default_way(connector)
    if chosen in (Way.NONE, Way.DEVICE):
        return None
    if oauth.redirect_uri:
        return oauth.redirect_uri
    if chosen is Way.PASTE and web_redirect_uri(ws):
        return web_redirect_uri(ws)
    family = endpoints_for(ws, connector).family
    # With any port; most compare the path, Google's desktop clients do not.
    return _loopback_base(family) + ("/" if family == "generic" else "")


def _loopback_base(family: str) -> str:
    # Entra's portal takes the name alone; Google and RFC 8252 §7.3 prefer the address.
    return "http://localhost" if family == "microsoft" else "http://127.0.0.1"


def with_learned(connector: Connector, signed_in: SignedIn) -> Connector:
    """The connector with what the sign-in found out: about the registration, and the login where
    none was given."""
    authentication = connector.authentication
    extra = {**authentication.oauth.extra, **signed_in.learned}
    return replace(
        connector,
        authentication=replace(
            authentication,
            username=authentication.username or signed_in.facts.account,
            oauth=replace(authentication.oauth, extra=extra),
        ),
    )


def sign_in(
    ws: Workspace,
    connector: Connector,
    *,
    secrets: Mapping[str, Secret],
    way: Way | None = None,
    show: Callable[[Progress], None],
    open_url: Callable[[str], None],
    read_answer: Callable[[], str] | None = None,
    complain: Callable[[SmtpWizardError], None] | None = None,
    token: CancelToken | None = None,
    seconds: float = SIGN_IN_SECONDS,
    force_picker: bool = False,
) -> SignedIn:
    """Run one sign-in to its end; blocks, is stopped by `token`, ends after `seconds`.

    `show` is called with what the user needs, then `open_url` once with an https address (http
    on this machine). `read_answer` gives the address that the user pasted (way `paste`); it is
    asked again after `complain` was told why an address is not the answer. Raises `TokenError`,
    `ResponseError`, `NetworkError`, `UsageError`, `Cancelled`.
    """
    run = _Run(
        ws,
        connector,
        provider_client(ws, connector, secrets),
        endpoints_for(ws, connector),
        tuple(secrets.values()),
        show,
        open_url,
        token or CancelToken(),
        Deadline(seconds),
        force_picker,
    )
    from smtpwizard.oauth.tokens import TokenError

    chosen = way or default_way(connector)
    try:
        if chosen is Way.NONE:
            tokens: TokenSet = run.ask(run.client.app_only)
        elif chosen is Way.DEVICE:
            tokens = _with_device_code(run)
        elif chosen is Way.PASTE:
            tokens = _with_paste(run, read_answer, complain)
        else:
            tokens = _with_browser(run)
    except DeadlineExceeded:
        raise TokenError("token_sign_in_expired") from None
    return _finished(run, tokens, lasting=chosen is not Way.NONE)


def keep_sign_in(
    ws: Workspace,
    stored: StoredConnector,
    signed_in: SignedIn,
    *,
    secrets: Mapping[str, Secret] | None = None,
) -> StoredConnector:
    """Save what a sign-in for a stored connector has brought, and `secrets` typed for it.

    The connector may have been edited meanwhile, but not in what the sign-in was for. Raises
    `UsageError`, `StorageError` (`changed_elsewhere`), `SecretStoreError`.
    """
    from smtpwizard.usecases.record import RENEWED, SIGNED_IN, record_moment
    from smtpwizard.usecases.save import registration_of, save_connector, sweep_secrets

    now = ws.store.read(stored.id) or stored
    if registration_of(now.connector) != registration_of(stored.connector):
        now = stored  # and the save says that it was changed
    sweep_secrets(ws)
    connector = with_learned(now.connector, signed_in)
    typed = {**(secrets or {}), **signed_in.secrets}
    if not typed and connector == now.connector:
        return now  # an application alone: there is nothing to keep
    saved = save_connector(ws, connector, secrets=typed, stored=now)
    if signed_in.secrets:
        record_moment(ws, saved, SIGNED_IN, RENEWED)
    return saved


def causes_of(ws: Workspace, connector: Connector, error: SmtpWizardError) -> tuple[Cause, ...]:
    """What a sign-in that failed may be down to, best first, as a verification would say it."""
    from smtpwizard.model.report import STAGES, Report, Stage, StageResult, Status
    from smtpwizard.usecases.diagnose import causes_for_report
    from smtpwizard.usecases.registrations import entry_for

    detail = {"error": "token_missing", "token": {"problem": error.code, **error.facts}}
    failed = StageResult(Stage.AUTH, Status.FAILED, detail=detail)
    stages = tuple(failed if stage is Stage.AUTH else StageResult(stage) for stage in STAGES)
    report = Report(False, connector.name, "", 0, stages, token_missing=True)
    return causes_for_report(report, connector, entry_for(ws, connector))


def new_state() -> str:
    """An unguessable state; one sign-in, one state."""
    return random_secrets.token_urlsafe(32)


def _check_url(url: str) -> None:
    """Only what a browser may be sent to: https, or http on this machine (a demo)."""
    from smtpwizard.net.http import is_loopback

    parts = urlsplit(url)
    here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not here:
        raise UsageError("url_invalid", field="authentication.oauth.authorization_endpoint")


def _with_browser(run: _Run) -> TokenSet:
    from smtpwizard.oauth.receiver import Receiver

    state = new_state()
    family = run.endpoints.family
    origin = urlsplit(run.endpoints.authorization or run.endpoints.issuer or "")
    origins: tuple[str, ...] = (f"{origin.scheme}://{origin.netloc}",)
    host, path = "127.0.0.1", "/"
    if family == "microsoft":
        # Entra compares the path and ignores the port.
        host, path, origins = "localhost", "", (*origins, *_MICROSOFT_ORIGINS)
    elif family == "google" and run.oauth.extra.get("client_type") != "web":
        # A desktop client may return to any path: one that nobody else knows.
        path = f"/{random_secrets.token_urlsafe(16)}"
    with Receiver(
        run.oauth.redirect_uri, state, host=host, path=path, allowed_origins=origins
    ) as receiver:
        request = run.begin(receiver.redirect_uri, state, form_post=family == "microsoft")
        answer = receiver.wait(run.token, run.deadline)
        return run.finish(request, answer)


def _with_paste(
    run: _Run,
    read_answer: Callable[[], str] | None,
    complain: Callable[[SmtpWizardError], None] | None,
) -> TokenSet:
    from smtpwizard.oauth.receiver import ResponseError, read_pasted

    if read_answer is None:
        raise UsageError("paste_impossible")
    redirect = run.oauth.redirect_uri or web_redirect_uri(run.ws) or _unused_loopback(run)
    state = new_state()
    request = run.begin(redirect, state, form_post=False)
    while True:
        text = read_answer()
        run.token.raise_if_cancelled()
        run.deadline.remaining()
        try:
            answer = read_pasted(text, redirect, state)
        except ResponseError as error:
            if complain is None:
                raise
            complain(error)
        else:
            return run.finish(request, answer)


def _unused_loopback(run: _Run) -> str:
    """A loopback redirect at which nobody listens: the browser shows its address and no page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    family = run.endpoints.family
    return f"{_loopback_base(family)}:{port}" + ("" if family == "microsoft" else "/")


def _with_device_code(run: _Run) -> TokenSet:
    from smtpwizard.oauth.tokens import DeviceCode, TokenError

    code: DeviceCode = run.ask(run.client.begin_device)
    device_code = code.context if isinstance(code.context, str) else ""
    end = Deadline(min(float(code.expires_in), run.deadline.remaining()))
    url = code.verification_uri_complete or code.verification_uri
    _check_url(code.verification_uri)
    run.present(
        Progress(code.verification_uri, user_code=code.user_code), url, seconds=end.remaining()
    )
    interval = float(code.interval)
    while True:
        run.token.wait(min(interval, end.remaining()))
        run.token.raise_if_cancelled()
        end.remaining()
        try:
            tokens: TokenSet = run.ask(
                lambda: run.client.poll_device(code), Secret(device_code), seconds=HTTP_SECONDS
            )
        except TokenError as error:
            said = error.facts.get("error")
            if said == "slow_down":
                interval += 5.0  # RFC 8628 §3.5
            elif said != "authorization_pending":
                raise
        except NetworkError as error:
            if error.code not in ("http_timeout", "http_unreachable"):
                raise
            interval *= 2
        else:
            return tokens


def _finished(run: _Run, tokens: TokenSet, *, lasting: bool) -> SignedIn:
    from smtpwizard.oauth.tokens import TokenError, compare, read_token

    facts = read_token(tokens)
    mismatches = compare(facts, expectation(run.endpoints, run.connector))
    for wrong in mismatches:
        if wrong.what not in _TOLERABLE:
            # Before anything else: a box left unticked, or a scope that SMTP does not take.
            raise TokenError(
                "token_scope_missing" if wrong.what == "scope" else f"token_{wrong.what}_wrong",
                expected=wrong.expected,
                found=wrong.found,
                token=facts.to_json(),
            )
    kept: dict[str, Secret] = {}
    if lasting:
        if tokens.refresh_token is None:
            raise TokenError("token_no_refresh", token=facts.to_json())
        kept["refresh_token"] = tokens.refresh_token
    return SignedIn(kept, tokens, facts, tuple(mismatches), dict(run.client.learned))
