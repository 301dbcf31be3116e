"""Signing in: from an app registration to a refresh token that is known to fit SMTP.

Saves nothing.
"""

from __future__ import annotations

import secrets as random_secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import DeadlineExceeded, NetworkError, SmtpWizardError, UsageError
from smtpwizard.model.families import redirect_uri_to_register
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.registration import Learned, OAuthRegistration, Redirect
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.oauth.access_tokens import HeldSecrets
from smtpwizard.oauth.dialects import Endpoints
from smtpwizard.oauth.families import dialect_of
from smtpwizard.oauth.hiding import hidden_in_errors, know_secrets
from smtpwizard.oauth.registrations import (
    app_client,
    endpoints_for,
    expectation,
    provider_client,
)
from smtpwizard.oauth.retry import call_with_retry
from smtpwizard.oauth.tokens import (
    AppClient,
    AuthorizationRequest,
    DeviceCode,
    Expectation,
    FactRow,
    Mismatch,
    ProviderClient,
    TokenError,
    TokenFacts,
    TokenSet,
    compare,
    fact_rows,
    read_token,
)

if TYPE_CHECKING:
    from smtpwizard.providers import Catalogue

# An authorization code lives ten minutes (RFC 6749 §4.1.2); people need some before that.
SIGN_IN_SECONDS = 600.0
HTTP_SECONDS = 45.0
# What a token may differ in and still be worth keeping: the rest no server would take.
_TOLERABLE = ("account", "clock")


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


@dataclass(eq=False, slots=True)
class SignedIn:
    """A finished sign-in that is not saved yet: what its tokens say, and what does not fit.

    `held` alone has its refresh token; a renewal before it is saved changes it there.
    """

    held: HeldSecrets
    tokens: TokenSet = field(repr=False)
    facts: TokenFacts
    mismatches: tuple[Mismatch, ...] = ()
    learned: Learned = field(default_factory=Learned)
    expected: Expectation = field(default_factory=Expectation)

    @property
    def secrets(self) -> Mapping[str, Secret]:
        """What is to be saved, by kind, as the authorization server has it now."""
        known = self.held.load().get("refresh_token")
        return {} if known is None else {"refresh_token": known}

    @property
    def account(self) -> str | None:
        """Who signed in, where the tokens say so."""
        return self.facts.account

    @property
    def other_account(self) -> Mismatch | None:
        """The account that signed in and the one that the connector is for, where they differ."""
        return next((m for m in self.mismatches if m.what == "account"), None)

    @property
    def by_application(self) -> bool:
        """True where an application signed in by itself: it has nothing to save."""
        return self.facts.app_only or not self.secrets

    def rows(self) -> tuple[FactRow, ...]:
        """What the token was to be, beside what it is."""
        return fact_rows(self.facts, self.expected, self.mismatches)


@dataclass(frozen=True, slots=True)
class _Run:
    """One sign-in under way: who asks whom, by whose leave, and what the user sees."""

    connector: Connector
    endpoints: Endpoints
    secrets: Mapping[str, Secret]
    redirect_uri: str | None
    """As it is registered; None where none is."""
    show: Callable[[Progress], None]
    open_url: Callable[[str], None]
    token: CancelToken
    deadline: Deadline
    force_picker: bool
    redactor: Redactor

    @property
    def oauth(self) -> OAuthRegistration:
        return self.connector.authentication.oauth

    def ask(self, work: Callable[[], Any], *told: Secret, seconds: float | None = None) -> Any:
        """The result of `work`, within `seconds` or the time that the user has left.

        `told` are secrets that the server gets to know by it.
        """
        know_secrets(self.redactor, told)
        try:
            return call_with_retry(
                work,
                host=self.endpoints.host(),
                token=self.token,
                deadline=Deadline(seconds or min(HTTP_SECONDS, self.deadline.remaining())),
            )
        except NetworkError as error:
            if seconds is None and error.code == "http_timeout":
                self.deadline.remaining()  # raises where it is the user's time that is over
            raise

    def begin(
        self, client: ProviderClient, redirect_uri: str, state: str, *, form_post: bool
    ) -> AuthorizationRequest:
        """The authorization request, shown and opened."""
        hint = None if self.force_picker else self.connector.authentication.username
        request: AuthorizationRequest = self.ask(
            lambda: client.begin(
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

    def finish(
        self, client: ProviderClient, request: AuthorizationRequest, answer: Mapping[str, str]
    ) -> TokenSet:
        # The code is here: what is left of the user's time no longer matters.
        tokens: TokenSet = self.ask(
            lambda: client.finish(request, answer),
            Secret(answer.get("code", "")),
            seconds=HTTP_SECONDS,
        )
        return tokens


def sign_in(
    catalogue: Catalogue,
    connector: Connector,
    *,
    secrets: Mapping[str, Secret],
    web_redirect: str | None,
    redirect: Redirect | None = None,
    show: Callable[[Progress], None],
    open_url: Callable[[str], None],
    read_answer: Callable[[], str] | None = None,
    complain: Callable[[SmtpWizardError], None] | None = None,
    token: CancelToken | None = None,
    seconds: float = SIGN_IN_SECONDS,
    force_picker: bool = False,
) -> SignedIn:
    """Run one sign-in to its end; blocks, is stopped by `token`, ends after `seconds`.

    `redirect` takes the place of the registration's own for this once; `web_redirect` is the
    project's. `show` is called with what the user needs, then `open_url` once with an https
    address (http on this machine). `read_answer` gives the address that the user pasted
    (`Redirect.WEB`); it is asked again after `complain` was told why an address is not the
    answer. Raises `TokenError`, `ResponseError`, `NetworkError`, `UsageError`, `Cancelled`.
    """
    endpoints = endpoints_for(catalogue, connector)
    chosen = redirect or connector.authentication.oauth.redirect
    # Made before the clock starts: its libraries take a while to load.
    application = app_client(endpoints, connector, secrets) if chosen is Redirect.APP else None
    user = provider_client(endpoints, connector, secrets) if application is None else None
    redactor = Redactor()
    know_secrets(redactor, secrets.values())
    run = _Run(
        connector,
        endpoints,
        secrets,
        registered_redirect(endpoints, connector, chosen, web_redirect),
        show,
        open_url,
        token or CancelToken(),
        Deadline(seconds),
        force_picker,
        redactor,
    )
    try:
        with hidden_in_errors(redactor):
            if application is not None:
                return _finished(run, application, run.ask(application.app_only), lasting=False)
            assert user is not None
            if chosen is Redirect.DEVICE:
                tokens = _with_device_code(run, user)
            elif chosen is Redirect.WEB:
                tokens = _with_paste(run, user, read_answer, complain)
            else:
                tokens = _with_browser(run, user)
            return _finished(run, user, tokens, lasting=True)
    except DeadlineExceeded:
        raise TokenError("token_sign_in_expired") from None


def registered_redirect(
    endpoints: Endpoints, connector: Connector, redirect: Redirect, web_redirect: str | None
) -> str | None:
    """The redirect URI exactly as the connector's registration has to have it; None for none."""
    oauth = connector.authentication.oauth
    return redirect_uri_to_register(
        redirect,
        endpoints.family,
        own=oauth.redirect_uri,
        web=web_redirect,
        client_type=oauth.client_type,
    )


def new_state() -> str:
    """An unguessable state; one sign-in, one state."""
    return random_secrets.token_urlsafe(32)


def _check_url(url: str) -> None:
    """Only what a browser may be sent to: https, or http on this machine (a demo)."""
    parts = urlsplit(url)
    here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not here:
        raise UsageError("url_invalid", field="authentication.oauth.authorization_endpoint")


def _with_browser(run: _Run, client: ProviderClient) -> TokenSet:
    from smtpwizard.oauth.receiver import Receiver  # noqa: PLC0415 - only signing in

    state = new_state()
    dialect = dialect_of(run.endpoints.family)
    own = urlsplit(run.endpoints.authorization or run.endpoints.issuer or "")
    origins = (f"{own.scheme}://{own.netloc}", *dialect.origins)
    # Where nothing is registered any path will do: one that nobody else knows.
    registered = run.redirect_uri or f"http://127.0.0.1/{random_secrets.token_urlsafe(16)}"
    with Receiver(registered, state, allowed_origins=origins) as receiver:
        request = run.begin(client, receiver.redirect_uri, state, form_post=dialect.form_post)
        answer = receiver.wait(run.token, run.deadline)
        return run.finish(client, request, answer)


def _with_paste(
    run: _Run,
    client: ProviderClient,
    read_answer: Callable[[], str] | None,
    complain: Callable[[SmtpWizardError], None] | None,
) -> TokenSet:
    from smtpwizard.oauth.receiver import ResponseError, read_pasted  # noqa: PLC0415 - only signing in

    if read_answer is None:
        raise UsageError("paste_impossible")
    redirect = _unheard(run.redirect_uri or "http://127.0.0.1/")
    state = new_state()
    request = run.begin(client, redirect, state, form_post=False)
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
            return run.finish(client, request, answer)


def _unheard(uri: str) -> str:
    """The redirect URI with a port at which nobody listens, where it is a loopback one without:
    the browser then shows the address and no page."""
    parts = urlsplit(uri)
    if parts.scheme != "http" or parts.port is not None:
        return uri
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{port}"))


def _with_device_code(run: _Run, client: ProviderClient) -> TokenSet:
    code: DeviceCode = run.ask(client.begin_device)
    device_code = code.context if isinstance(code.context, str) else ""
    end = Deadline(min(float(code.expires_in), run.deadline.remaining()))
    url = code.verification_uri_complete or code.verification_uri
    _check_url(code.verification_uri)
    know_secrets(run.redactor, (Secret(device_code),))
    shown = run.redactor.clean_all(Progress(code.verification_uri, user_code=code.user_code))
    run.present(shown, url, seconds=end.remaining())
    interval = float(code.interval)
    while True:
        run.token.wait(min(interval, end.remaining()))
        run.token.raise_if_cancelled()
        end.remaining()
        try:
            tokens: TokenSet = run.ask(
                lambda: client.poll_device(code), Secret(device_code), seconds=HTTP_SECONDS
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


def _finished(run: _Run, client: AppClient, tokens: TokenSet, *, lasting: bool) -> SignedIn:
    facts = read_token(tokens)
    expected = expectation(run.endpoints, run.connector)
    know_secrets(run.redactor, (tokens.access_token, tokens.refresh_token))
    mismatches = compare(facts, expected)
    for wrong in mismatches:
        if wrong.what not in _TOLERABLE:
            # Before anything else: a box left unticked, or a scope that SMTP does not take.
            raise TokenError(
                "token_scope_missing" if wrong.what == "scope" else f"token_{wrong.what}_wrong",
                expected=wrong.expected,
                found=wrong.found,
                token=facts.to_json(),
            )
    kept = {kind: secret for kind, secret in run.secrets.items() if kind != "refresh_token"}
    if lasting:
        if tokens.refresh_token is None:
            raise TokenError("token_no_refresh", token=facts.to_json())
        kept["refresh_token"] = tokens.refresh_token
    held = HeldSecrets(kept)
    clean = run.redactor.clean_all
    mismatches = [replace(wrong, found=clean(wrong.found)) for wrong in mismatches]
    return SignedIn(held, tokens, clean(facts), tuple(mismatches), client.learned, expected)
