"""Signing in: from an app registration to a refresh token that is known to fit SMTP.

Saves nothing.
"""

from __future__ import annotations

import secrets as random_secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import DeadlineExceeded, NetworkError, UsageError
from smtpwizard.model.families import redirect_uri_to_register
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.registration import OAuthRegistration, Redirect
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.oauth.dialects import Endpoints
from smtpwizard.oauth.families import dialect_of
from smtpwizard.oauth.hiding import hide_in_errors, know_secrets
from smtpwizard.oauth.registrations import (
    app_client,
    endpoints_for,
    expectation,
    provider_client,
)
from smtpwizard.oauth.retry import call_with_retry
from smtpwizard.oauth.signed_in import (
    Dialogue,
    HeldSecrets,
    Progress,
    SignedIn,
)
from smtpwizard.oauth.tokens import (
    AppClient,
    AuthorizationRequest,
    DeviceCode,
    ProviderClient,
    TokenError,
    TokenSet,
    compare,
    is_for_a_browser,
    read_token,
)

if TYPE_CHECKING:
    from smtpwizard.providers import Catalogue

HTTP_SECONDS = 45.0
# What may be over when the next question about a device code is due.
_PASSING = ("http_timeout", "http_unreachable", "http_no_name", "http_closed", "http_empty")
# So many of them in a row are no passing matter.
DEVICE_TRIES = 4
# What a token may differ in and still be worth keeping: the rest no server would take.
_TOLERABLE = ("account", "clock")


@dataclass(frozen=True, slots=True)
class _Run:
    """One sign-in under way: who asks whom, by whose leave, and what the user sees."""

    connector: Connector
    endpoints: Endpoints
    secrets: Mapping[str, Secret]
    redirect_uri: str | None
    """As it is registered; None where none is."""
    dialogue: Dialogue
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
        self.dialogue.show(replace(progress, seconds=left, extend=self.deadline.extend))
        self.dialogue.open_url(url)

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


class OfProject(NamedTuple):
    """What a project has for the sign-ins of its connectors: its web redirect, and the
    certificates (PEM) that it trusts besides the system's."""

    web_redirect: str | None
    authorities: tuple[str, ...] = ()


def sign_in(
    catalogue: Catalogue,
    connector: Connector,
    *,
    secrets: Mapping[str, Secret],
    project: OfProject,
    dialogue: Dialogue,
    redirect: Redirect | None = None,
    token: CancelToken | None = None,
    force_picker: bool = False,
) -> SignedIn:
    """Run one sign-in to its end; blocks, and is stopped by `token`.

    `redirect` takes the place of the registration's own for this once. Raises `TokenError`,
    `ResponseError`, `NetworkError`, `UsageError`, `Cancelled`.
    """
    endpoints = endpoints_for(catalogue, connector, project.authorities)
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
        registered_redirect(endpoints, connector, chosen, project.web_redirect),
        dialogue,
        token or CancelToken(),
        Deadline(dialogue.seconds),
        force_picker,
        redactor,
    )
    try:
        with hide_in_errors(redactor):
            if application is not None:
                return _finish(run, application, run.ask(application.app_only), lasting=False)
            assert user is not None
            if chosen is Redirect.DEVICE:
                tokens = _with_device_code(run, user)
            elif chosen is Redirect.WEB:
                tokens = _with_paste(run, user)
            else:
                tokens = _with_browser(run, user)
            return _finish(run, user, tokens, lasting=True)
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
    """Only what a browser may be sent to."""
    if not is_for_a_browser(url):
        raise UsageError("url_invalid", field="authentication.oauth.authorization_endpoint")


def _with_browser(run: _Run, client: ProviderClient) -> TokenSet:
    from smtpwizard.oauth.receiver import Receiver  # noqa: PLC0415 - only signing in

    state = new_state()
    dialect = dialect_of(run.endpoints.family)
    own = urlsplit(run.endpoints.authorization or run.endpoints.issuer or "")
    origins = (f"{own.scheme}://{own.netloc}", *dialect.origins)
    # Where nothing is registered any path will do: one that nobody else knows.
    registered = run.redirect_uri or f"http://127.0.0.1/{random_secrets.token_urlsafe(16)}"
    receiver = Receiver(registered, state, allowed_origins=origins)
    try:
        with receiver:
            request = run.begin(client, receiver.redirect_uri, state, form_post=dialect.form_post)
            answer = receiver.wait(run.token, run.deadline)
            return run.finish(client, request, answer)
    except DeadlineExceeded:
        if receiver.counts().wrong_state:
            raise TokenError("token_other_sign_in") from None
        raise


def _with_paste(run: _Run, client: ProviderClient) -> TokenSet:
    from smtpwizard.oauth.receiver import ResponseError, read_pasted  # noqa: PLC0415 - only here

    dialogue = run.dialogue
    if dialogue.read_answer is None:
        raise UsageError("paste_impossible")
    redirect = _unheard(run.redirect_uri or "http://127.0.0.1/")
    state = new_state()
    request = run.begin(client, redirect, state, form_post=False)
    while True:
        text = dialogue.read_answer()
        run.token.raise_if_cancelled()
        run.deadline.remaining()
        try:
            answer = read_pasted(text, redirect, state)
        except ResponseError as error:
            if dialogue.complain is None:
                raise
            dialogue.complain(error)
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
    know_secrets(run.redactor, (Secret(device_code),))
    shown = run.redactor.clean_all(Progress(code.verification_uri, user_code=code.user_code))
    run.present(shown, url, seconds=end.remaining())
    interval = float(code.interval)
    unanswered: list[NetworkError] = []  # since the last answer
    while True:
        _wait_for_device(run, interval, end, unanswered)
        try:
            tokens: TokenSet = run.ask(
                lambda: client.poll_device(code), Secret(device_code), seconds=HTTP_SECONDS
            )
        except TokenError as error:
            said = error.facts.get("error")
            unanswered.clear()
            if said == "slow_down":
                interval += 5.0  # RFC 8628 §3.5
            elif said != "authorization_pending":
                raise
        except NetworkError as error:
            unanswered.append(error)
            if error.code not in _PASSING or len(unanswered) == DEVICE_TRIES:
                raise
            interval *= 2  # RFC 8628 §3.5
        else:
            return tokens


def _wait_for_device(
    run: _Run, interval: float, end: Deadline, unanswered: Sequence[NetworkError]
) -> None:
    """Wait until the next question; a time that ends without an answer is the server's failure."""
    try:
        run.token.wait(min(interval, end.remaining()))
        run.token.raise_if_cancelled()
        end.remaining()
    except DeadlineExceeded:
        if unanswered:
            raise unanswered[-1] from None
        raise


def _finish(run: _Run, client: AppClient, tokens: TokenSet, *, lasting: bool) -> SignedIn:
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
