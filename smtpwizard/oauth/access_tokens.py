"""Access tokens for a connector: in memory only, renewed once at a time across processes."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable
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
    ) -> None:
        self._catalogue = catalogue
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
        self.not_kept = False
        """True once a rotated refresh token could not be stored: sign-in will be asked again."""

    @property
    def app_only(self) -> bool:
        return self._connector.authentication.oauth.app_only

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
        endpoints = endpoints_for(self._catalogue, self._connector)
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
        try:
            return run_abandonable(
                lambda: self._renew_alone(endpoints, force),
                token=self._token,
                deadline=Deadline(seconds),
                name="renewal",
            )
        except DeadlineExceeded:
            raise _no_answer(endpoints, seconds) from None

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
            secrets = self._load()
            refresh = secrets.get("refresh_token")
            if refresh is None and not self.app_only:
                raise TokenError("token_none")
            known = self._memory.get(self._memory_key(secrets))
            if known is not None and known.fresh() and not (force and known is self._tokens):
                return known
            self._token.raise_if_cancelled()
            with unfinished:
                try:
                    tokens = self._renew(endpoints, secrets, refresh)
                except TokenError as error:
                    if refresh is None or not means_lapsed(error):
                        raise
                    secrets = self._load()
                    if secrets.get("refresh_token") == refresh:
                        raise _dead(error, unfinished.was_there) from None
                    # A program that does not know our lock has renewed it meanwhile.
                    refresh = secrets.get("refresh_token")
                    tokens = self._renew(endpoints, secrets, refresh)
                rotated = tokens.refresh_token
                if refresh is not None and rotated is not None and rotated != refresh:
                    self._store(rotated)
                    secrets = {**secrets, "refresh_token": rotated}
            self._memory[self._memory_key(secrets)] = tokens
        self._renewed()
        return tokens

    def _renew(
        self, endpoints: Endpoints, secrets: Mapping[str, Secret], refresh: Secret | None
    ) -> TokenSet:
        def work() -> TokenSet:
            if refresh is None:
                return app_client(endpoints, self._connector, secrets).app_only()
            return provider_client(endpoints, self._connector, secrets).refresh(refresh)

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
        try:
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
            yield _Unfinished(self._lock.with_name(f"{self._lock.name}.renewing"))


def _no_answer(endpoints: Endpoints, seconds: float) -> SmtpWizardError:
    return HttpError("http_timeout", host=endpoints.host(), seconds=whole_seconds(seconds))


class _Unfinished:
    """A mark on the disk while a renewal is under way, to know of one that was cut off."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.was_there = path is not None and path.exists()

    def __enter__(self) -> None:
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.touch(0o600)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # Without an answer the server may have rotated; after such a renewal the mark stays
        # until one works.
        answered = kind is not None and issubclass(kind, TokenError) and not self.was_there
        if self._path is not None and (kind is None or answered):
            with contextlib.suppress(OSError):
                self._path.unlink()


def _dead(error: SmtpWizardError, interrupted: bool) -> SmtpWizardError:
    """The refresh token no longer holds."""
    return TokenError("token_revoked", **{**error.facts, "interrupted": interrupted})
