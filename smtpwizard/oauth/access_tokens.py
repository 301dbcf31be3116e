"""Access tokens for a connector: in memory only, renewed once at a time across processes."""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from smtpwizard.files import locked, make_private_directory, storage_error
from smtpwizard.model.auth import Credential, CredentialKind, Secret
from smtpwizard.model.connector import Connector, registration_of
from smtpwizard.model.errors import (
    DeadlineExceeded,
    SecretStoreError,
    SmtpWizardError,
    StorageError,
)
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.wire import TokenRequest
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable, wait_limits
from smtpwizard.net.http import HttpError, whole_seconds
from smtpwizard.oauth.dialects import Endpoints
from smtpwizard.oauth.hiding import hide_in_errors, know_secrets
from smtpwizard.oauth.registrations import (
    app_client,
    endpoints_for,
    expectation,
    provider_client,
)
from smtpwizard.oauth.retry import call_with_retry
from smtpwizard.oauth.tokens import TokenError, TokenSet, compare, means_lapsed, read_token

if TYPE_CHECKING:
    from smtpwizard.providers import Catalogue

RENEWAL_SECONDS = 45.0
# Longer than a renewal takes: what holds the lock for longer is not renewing.
LOCK_SECONDS = 60.0
_LOCK_LOOK_S = 0.1
# How long a store may take to keep a new refresh token: its keyring may have locked meanwhile.
STORE_SECONDS = 20.0


class TokenSecrets(Protocol):
    """Where the secrets behind access tokens are; both methods may block on a secret store."""

    def load(self) -> Mapping[str, Secret]:
        """The client secret and the refresh token, by kind."""
        ...

    def keep(self, rotated: Secret) -> None:
        """Take a refresh token in place of the one that was spent for it."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """Where access tokens are kept, and how a renewal is agreed on with others."""

    memory: dict[str, TokenSet]
    """The access tokens of this process."""
    lock: Path | None
    """The file that one renewal at a time holds; None for secrets that nobody else has."""
    tokens: TokenSet | None = None
    """Those of a sign-in just now."""
    renewed: Callable[[], None] = lambda: None


class _Doing(StrEnum):
    """What a renewal is waiting for; a mark on the disk says it of one that was cut off."""

    LOCK = "lock"
    READING = "reading"
    ASKING = "asking"
    """The server may have replaced the refresh token."""
    STORING = "storing"
    """It has, and the new one is not stored yet."""


class AccessTokens:
    """The credential source of an OAuth connector.

    A rotated refresh token is kept before the new access token is used. Where that fails, the
    mail is sent all the same and `not_kept` says so. `timeout_s` bounds the wait for a new token,
    in seconds. `redactor` learns every secret that is read or made here; errors leave without them.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        connector: Connector,
        secrets: TokenSecrets,
        *,
        kept: Kept,
        token: CancelToken | None = None,
        timeout_s: float | None = None,
        redactor: Redactor | None = None,
        authorities: tuple[str, ...] = (),
    ) -> None:
        self._catalogue = catalogue
        self._authorities = authorities
        self._connector = connector
        self._secrets = secrets
        self._redactor = redactor or Redactor()
        self._keep = secrets.keep
        self._memory = kept.memory
        self._lock = kept.lock
        self._token = token or CancelToken()
        self._tokens = kept.tokens
        self._renewed = kept.renewed
        self._timeout_s = timeout_s
        self._doing = _Doing.LOCK
        self._obtained: TokenSet | None = None
        self.not_kept = False
        """True once a rotated refresh token could not be stored: sign-in will be asked again."""
        self._began = time.monotonic()
        self._requests: list[TokenRequest] = []

    @property
    def app_only(self) -> bool:
        return self._connector.authentication.oauth.app_only

    @property
    def requests(self) -> tuple[TokenRequest, ...]:
        """What the authorization server was asked, and what it said, without any secret."""
        found: tuple[TokenRequest, ...] = self._redactor.clean_all(tuple(self._requests))
        return found

    def _asked(self, request: TokenRequest) -> None:
        t_us = round((time.monotonic() - self._began) * 1_000_000)
        self._requests.append(request._replace(t_us=t_us))

    def unlock(self) -> None:
        """Open the secret store, which may ask its user, before anything waits for a token.

        Raises `SecretStoreError`, `Cancelled`.
        """
        self._load()

    def _load(self) -> Mapping[str, Secret]:
        secrets = self._secrets.load()
        know_secrets(self._redactor, secrets.values())
        return secrets

    def get(self, force_refresh: bool = False) -> Credential:
        """A bearer credential; raises errors with `token_…` codes, `NetworkError`,
        `SecretStoreError`, `Cancelled`."""
        with hide_in_errors(self._redactor):
            return self._get(force_refresh)

    def _get(self, force_refresh: bool) -> Credential:
        endpoints = endpoints_for(self._catalogue, self._connector, self._authorities)
        tokens = self._tokens
        if tokens is None or force_refresh or not tokens.fresh():
            tokens = self._new_tokens(endpoints, force_refresh)
            self._tokens = tokens
        know_secrets(self._redactor, (tokens.access_token, tokens.refresh_token))
        username = self._check_tokens(tokens, endpoints)
        return Credential(CredentialKind.BEARER, username, tokens.access_token)

    def _new_tokens(self, endpoints: Endpoints, force: bool) -> TokenSet:
        """Renewed tokens, on a thread of its own.

        Who cancels does not wait, but a renewal on its way is brought to its end: the server may
        have rotated the refresh token, and the new one is the only one that still holds.
        """
        # The store may ask for a passphrase: here, where that is possible. Without a refresh
        # token there is nothing to lock.
        if self._load().get("refresh_token") is None and not self.app_only:
            raise TokenError("token_none")
        seconds = self._timeout_s or LOCK_SECONDS + 2 * RENEWAL_SECONDS
        self._doing, self._obtained = _Doing.LOCK, None
        # With what is said while a store does not answer.
        context = contextvars.copy_context()
        try:
            return run_abandonable(
                lambda: context.run(self._renew_alone, endpoints, force),
                token=self._token,
                deadline=Deadline(seconds),
                name="renewal",
            )
        except DeadlineExceeded:
            return self._out_of_time(endpoints, seconds)

    def _out_of_time(self, endpoints: Endpoints, seconds: float) -> TokenSet:
        """What there is once nobody waits any longer: the new tokens, or why there are none."""
        if self._obtained is not None:
            self.not_kept = True
            return self._obtained
        if self._doing is _Doing.LOCK:
            raise TokenError("token_busy")
        if self._doing is _Doing.READING:
            raise SecretStoreError("keyring_silent")
        raise _no_answer(endpoints, seconds)

    def _check_tokens(self, tokens: TokenSet, endpoints: Endpoints) -> str:
        """The login for this token; refuses a token that no server would take.

        The account may differ on purpose (a shared mailbox) and the clock may be wrong: the
        server decides on these.
        """
        facts = read_token(tokens)
        for wrong in compare(facts, expectation(endpoints, self._connector)):
            if wrong.what not in ("account", "clock"):
                raise TokenError(
                    "token_scope_missing" if wrong.what == "scope" else f"token_{wrong.what}_wrong",
                    expected=wrong.expected,
                    found=wrong.found,
                )
        username = self._connector.authentication.username or facts.account
        if not username:
            raise TokenError("token_no_user")
        return username

    def _renew_alone(self, endpoints: Endpoints, force: bool) -> TokenSet:
        with self._alone() as unfinished:
            # After a wait this is what the renewal before us has stored.
            self._doing = _Doing.READING
            with wait_limits(token=self._token):
                secrets = self._load()
            refresh = secrets.get("refresh_token")
            if refresh is None and not self.app_only:
                raise TokenError("token_none")
            known = self._memory.get(self._memory_key(secrets))
            if known is not None and known.unkept and known.refresh_token is not None:
                # What is stored is spent; the store has been read just now, so it may take this.
                refresh = known.refresh_token
                known = self._keep_now(known, refresh, secrets, unfinished)
            if known is not None and known.fresh() and not (force and self._had(known)):
                return known
            self._token.raise_if_cancelled()
            with unfinished:
                tokens, spent = self._ask(endpoints, secrets, refresh, unfinished)
                rotated = tokens.refresh_token
                if spent is not None and rotated is not None and rotated != spent:
                    self._obtained = tokens
                    unfinished.note(_Doing.STORING)
                    self._store(rotated)
                    unfinished.keep = self.not_kept
                    tokens = replace(tokens, unkept=self.not_kept)
                    secrets = {**secrets, "refresh_token": rotated}
            self._memory[self._memory_key(secrets)] = tokens
        self._renewed()
        return tokens

    def _had(self, known: TokenSet) -> bool:
        return self._tokens is not None and known.access_token == self._tokens.access_token

    def _keep_now(
        self,
        known: TokenSet,
        refresh: Secret,
        secrets: Mapping[str, Secret],
        unfinished: _Unfinished,
    ) -> TokenSet:
        """Tokens in memory, their refresh token stored where that can be done by now."""
        self._store(refresh)
        if self.not_kept:
            return known
        unfinished.forget()
        kept = self._memory[self._memory_key(secrets)] = replace(known, unkept=False)
        return kept

    def _ask(
        self,
        endpoints: Endpoints,
        secrets: Mapping[str, Secret],
        refresh: Secret | None,
        unfinished: _Unfinished,
    ) -> tuple[TokenSet, Secret | None]:
        """New tokens, and the refresh token that was spent for them."""
        self._doing = _Doing.ASKING
        try:
            return self._renew(endpoints, secrets, refresh), refresh
        except TokenError as error:
            if refresh is None or not means_lapsed(error):
                raise
            unfinished.answered = True
            again = self._load().get("refresh_token")
            if again == secrets.get("refresh_token"):
                raise _dead(error, unfinished.before) from None
            # A program that does not know our lock has renewed it meanwhile.
            unfinished.answered = False
            return self._renew(endpoints, secrets, again), again

    def _renew(
        self, endpoints: Endpoints, secrets: Mapping[str, Secret], refresh: Secret | None
    ) -> TokenSet:
        def work() -> TokenSet:
            if refresh is None:
                return app_client(endpoints, self._connector, secrets, self._asked).app_only()
            client = provider_client(endpoints, self._connector, secrets, self._asked)
            return client.refresh(refresh)

        try:
            return call_with_retry(
                work,
                host=endpoints.host(),
                token=CancelToken(),
                deadline=Deadline(RENEWAL_SECONDS),
            )
        except DeadlineExceeded:
            raise _no_answer(endpoints, RENEWAL_SECONDS) from None

    def _store(self, rotated: Secret) -> None:
        self._doing, self.not_kept = _Doing.STORING, False
        try:
            # Not cut off by Cancel: the server gives this refresh token only once.
            with wait_limits(token=CancelToken(), timeout_s=STORE_SECONDS):
                self._keep(rotated)
        except (SecretStoreError, StorageError):
            self.not_kept = True

    def _memory_key(self, secrets: Mapping[str, Secret]) -> str:
        """What a token in memory is good for: this registration, secret, login and sign-in.

        A stored sign-in is known by its lock: a refresh token that another process has rotated
        leaves the access token as good as it was.
        """
        authentication = self._connector.authentication
        secret, refresh = secrets.get("client_secret"), secrets.get("refresh_token")
        sign_in = self._lock.name if self._lock else (refresh.fingerprint() if refresh else "")
        parts = (
            *registration_of(self._connector), authentication.oauth.grant,
            " ".join(authentication.oauth.scopes), authentication.username,
            secret.fingerprint() if secret else "", sign_in,
        )  # fmt: skip
        return hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[_Unfinished]:
        """Hold the lock of this credential: rotated tokens are good for one renewal only.

        Raises `TokenError("token_busy")` where another program holds it for too long: renewing
        all the same would spoil both.
        """
        if self._lock is None:
            yield _Unfinished(None)
            return
        try:
            make_private_directory(self._lock.parent)
        except OSError as error:
            raise storage_error(error, self._lock.parent) from None
        end = time.monotonic() + LOCK_SECONDS
        with contextlib.ExitStack() as stack:
            while True:
                self._token.raise_if_cancelled()
                try:
                    stack.enter_context(locked(self._lock, _LOCK_LOOK_S))
                    break
                except StorageError as error:
                    if error.code != "locked":
                        raise
                    if time.monotonic() >= end:
                        raise TokenError("token_busy") from None
            yield _Unfinished(self._lock)


def _no_answer(endpoints: Endpoints, seconds: float) -> SmtpWizardError:
    return HttpError("http_timeout", host=endpoints.host(), seconds=whole_seconds(seconds))


def renewal_mark(lock: Path) -> Path:
    """The mark beside a sign-in's lock that says of a renewal how far it has come."""
    return lock.with_name(f"{lock.name}.renewing")


class _Unfinished:
    """A mark on the disk while a renewal is under way, to know of one that was cut off."""

    def __init__(self, lock: Path | None) -> None:
        self._path = renewal_mark(lock) if lock is not None else None
        self.before = _read_mark(self._path) if self._path is not None else None
        """How far the renewal before came that did not end; None where it did."""
        self.answered = False
        """True where the server has said no, so that the refresh token is what it was."""
        self.keep = False
        """True where this renewal ends without the new refresh token being stored."""

    def note(self, doing: _Doing) -> None:
        """Say how far the renewal has come."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.touch(0o600)
                self._path.write_text(doing, "ascii")

    def __enter__(self) -> None:
        # What the one before has lost is still lost: nothing tells otherwise until this one works.
        self.note(self.before or _Doing.ASKING)

    def __exit__(self, kind: type[BaseException] | None, error: object, _: object) -> None:
        # Without an answer the server may have rotated; after such a renewal the mark stays
        # until one works.
        answered = self.answered or _left_it_alone(error)
        ended = kind is None or (answered and self.before is None)
        if ended and not self.keep:
            self.forget()

    def forget(self) -> None:
        """Take the mark away: what is stored is what the server gave last."""
        self.before = None
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


# The request has not reached the server.
_UNSENT = ("http_no_name", "http_proxy", "http_unreachable")


def _left_it_alone(error: object) -> bool:
    """True where the server has said no, or was not even asked: the refresh token is the same."""
    if isinstance(error, HttpError):
        unsent = error.code in _UNSENT or error.code.startswith("http_tls")
        return unsent or error.facts.get("status") == 429
    return isinstance(error, TokenError)


def _read_mark(path: Path) -> _Doing | None:
    try:
        said = path.read_text("ascii")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        said = ""
    return _Doing.STORING if said == _Doing.STORING else _Doing.ASKING


def _dead(error: SmtpWizardError, lost: _Doing | None) -> SmtpWizardError:
    """The refresh token no longer holds; `lost` is how far a renewal before came that was cut off.

    A server that gives a reason of its own is believed.
    """
    if error.facts.get("error") != "invalid_grant" or error.facts.get("aadsts"):
        lost = None
    facts = {**error.facts, "interrupted": lost is not None}
    if lost is not None:
        facts["lost_at"] = lost.value
    return TokenError("token_revoked", **facts)
