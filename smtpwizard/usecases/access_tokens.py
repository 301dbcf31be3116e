"""Access tokens for a connector: in memory only, renewed once at a time across processes."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.files import locked, make_private_directory, storage_error
from smtpwizard.model.auth import Credential, CredentialKind, Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import (
    DeadlineExceeded,
    SecretStoreError,
    SmtpWizardError,
    StorageError,
)
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable
from smtpwizard.storage import StoredConnector
from smtpwizard.usecases.provider_calls import ask
from smtpwizard.usecases.record import RENEWED, record_moment
from smtpwizard.usecases.registrations import (
    Endpoints,
    endpoints_for,
    expectation,
    provider_client,
)
from smtpwizard.usecases.save import registration_of
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.oauth.tokens import TokenSet

RENEWAL_SECONDS = 45.0
# Longer than a renewal takes: whoever holds the lock for longer is not renewing.
LOCK_SECONDS = 60.0
_LOCK_LOOK_S = 0.1
# What a refused renewal looks like when the refresh token itself is the reason.
_DEAD = ("invalid_grant", "interaction_required", "login_required", "consent_required")

_fresh: dict[str, TokenSet] = {}


class AccessTokens:
    """The credential source of an OAuth connector.

    `load` answers the client secret and the refresh token by kind (from the store, or as typed);
    `keep` stores a rotated refresh token before the new access token is used. Where that fails,
    the mail is sent all the same and `not_kept` says so. `patience_s` bounds the wait for a new
    token, in seconds.
    """

    def __init__(
        self,
        ws: Workspace,
        connector: Connector,
        *,
        load: Callable[[], Mapping[str, Secret]],
        keep: Callable[[Secret], None],
        lock_name: str | None,
        token: CancelToken | None = None,
        tokens: TokenSet | None = None,
        renewed: Callable[[], None] = lambda: None,
        patience_s: float | None = None,
    ) -> None:
        self._ws = ws
        self._connector = connector
        self._load = load
        self._keep = keep
        self._lock_name = lock_name
        self._token = token or CancelToken()
        self._tokens = tokens
        self._renewed = renewed
        self._patience_s = patience_s
        self.not_kept = False
        """True once a rotated refresh token could not be stored: sign-in will be asked again."""

    @property
    def app_only(self) -> bool:
        return self._connector.authentication.oauth.grant in (
            "client_credentials",
            "service_account",
        )

    def unlock(self) -> None:
        """Open the secret store, which may ask its user, before anything waits for a token.

        Raises `SecretStoreError`, `Cancelled`.
        """
        self._load()

    def get(self, force_refresh: bool = False) -> Credential:
        """A bearer credential; raises errors with `token_…` codes, `NetworkError`,
        `SecretStoreError`, `Cancelled`."""
        endpoints = endpoints_for(self._ws, self._connector)
        tokens = self._tokens
        if tokens is None or force_refresh or not tokens.fresh():
            tokens = self._new_tokens(endpoints, force_refresh)
            self._tokens = tokens
        username = self._checked(tokens, endpoints)
        return Credential(CredentialKind.BEARER, username, tokens.access_token)

    def _new_tokens(self, endpoints: Endpoints, force: bool) -> TokenSet:
        """Renewed tokens, on a thread of its own.

        Who cancels does not wait, but a renewal on its way is brought to its end: the server may
        have rotated the refresh token, and the new one is the only one that still holds.
        """
        from smtpwizard.oauth.tokens import TokenError

        # Asks for a passphrase, if need be, where somebody can be asked; and without a refresh
        # token there is nothing to lock.
        if self._load().get("refresh_token") is None and not self.app_only:
            raise TokenError("token_none")
        seconds = self._patience_s or LOCK_SECONDS + 2 * RENEWAL_SECONDS
        try:
            return run_abandonable(
                lambda: self._renewed_alone(endpoints, force),
                token=self._token,
                deadline=Deadline(seconds),
                name="renewal",
            )
        except DeadlineExceeded:
            raise _no_answer(endpoints) from None

    def _checked(self, tokens: TokenSet, endpoints: Endpoints) -> str:
        """The login for this token; refuses a token that no server would take.

        The account may differ on purpose (a shared mailbox) and the clock may be wrong: the
        server decides on these.
        """
        from smtpwizard.oauth.tokens import TokenError, compare, read_token

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

    def _renewed_alone(self, endpoints: Endpoints, force: bool) -> TokenSet:
        from smtpwizard.oauth.tokens import TokenError

        with self._alone() as unfinished:
            # Whoever had to wait finds what the one before has stored.
            secrets = self._load()
            refresh = secrets.get("refresh_token")
            if refresh is None and not self.app_only:
                raise TokenError("token_none")
            known = _fresh.get(self._memory_key(secrets))
            if known is not None and known.fresh() and not (force and known is self._tokens):
                return known
            self._token.raise_if_cancelled()
            with unfinished:
                try:
                    tokens = self._renew(endpoints, secrets, refresh)
                except TokenError as error:
                    if refresh is None or error.facts.get("error") not in _DEAD:
                        raise
                    secrets = self._load()
                    if secrets.get("refresh_token") == refresh:
                        raise _dead(error, unfinished.was_there) from None
                    # Somebody who does not know our lock has renewed it meanwhile.
                    refresh = secrets.get("refresh_token")
                    tokens = self._renew(endpoints, secrets, refresh)
                rotated = tokens.refresh_token
                if refresh is not None and rotated is not None and rotated != refresh:
                    self._store(rotated)
                    secrets = {**secrets, "refresh_token": rotated}
            _fresh[self._memory_key(secrets)] = tokens
        self._renewed()
        return tokens

    def _renew(
        self, endpoints: Endpoints, secrets: Mapping[str, Secret], refresh: Secret | None
    ) -> TokenSet:
        client = provider_client(self._ws, self._connector, secrets)

        def work() -> TokenSet:
            return client.app_only() if refresh is None else client.refresh(refresh)

        try:
            return ask(
                work,
                host=endpoints.host(),
                token=CancelToken(),
                deadline=Deadline(RENEWAL_SECONDS),
                hide=tuple(secrets.values()),
            )
        except DeadlineExceeded:
            raise _no_answer(endpoints) from None

    def _store(self, rotated: Secret) -> None:
        try:
            self._keep(rotated)
        except (SecretStoreError, StorageError) as error:
            self.not_kept = True
            self._ws.log.write("token_not_kept", code=error.code)

    def _memory_key(self, secrets: Mapping[str, Secret]) -> str:
        """What a token in memory is good for: this registration, secret, login and sign-in.

        A stored sign-in is known by its lock: a refresh token that another process has rotated
        leaves the access token as good as it was.
        """
        authentication = self._connector.authentication
        secret, refresh = secrets.get("client_secret"), secrets.get("refresh_token")
        sign_in = self._lock_name or (refresh.fingerprint() if refresh else "")
        parts = (
            str(self._ws.data_dir), *registration_of(self._connector), authentication.oauth.grant,
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
        from smtpwizard.oauth.tokens import TokenError

        if self._lock_name is None:
            yield _Unfinished(None)
            return
        directory = self._ws.data_dir / "locks"
        try:
            make_private_directory(directory)
        except OSError as error:
            raise storage_error(error, directory) from None
        end = time.monotonic() + LOCK_SECONDS
        with contextlib.ExitStack() as stack:
            while True:
                self._token.raise_if_cancelled()
                try:
                    stack.enter_context(locked(directory / self._lock_name, _LOCK_LOOK_S))
                    break
                except StorageError as error:
                    if error.code != "locked":
                        raise
                    if time.monotonic() >= end:
                        raise TokenError("token_busy") from None
            yield _Unfinished(directory / f"{self._lock_name}.renewing")


def _no_answer(endpoints: Endpoints) -> SmtpWizardError:
    from smtpwizard.net.http import HttpError

    return HttpError("http_timeout", host=endpoints.host())


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
        from smtpwizard.oauth.tokens import TokenError

        # Without an answer the server may have rotated; after such a renewal the mark stays
        # until one works.
        answered = kind is not None and issubclass(kind, TokenError) and not self.was_there
        if self._path is not None and (kind is None or answered):
            with contextlib.suppress(OSError):
                self._path.unlink()


def _dead(error: SmtpWizardError, interrupted: bool) -> SmtpWizardError:
    """The refresh token no longer holds."""
    from smtpwizard.oauth.tokens import TokenError

    return TokenError("token_revoked", **{**error.facts, "interrupted": interrupted})


def stored_tokens(
    ws: Workspace,
    stored: StoredConnector,
    *,
    connector: Connector | None = None,
    secrets: Mapping[str, Secret] | None = None,
    token: CancelToken | None = None,
    patience_s: float | None = None,
) -> AccessTokens:
    """The source for a saved connector; its secrets are read when a token is asked for.

    `connector` is its edited state, `secrets` what was typed in place of what is stored.
    """
    chosen = connector or stored.connector
    typed = dict(secrets or {})
    same = registration_of(chosen) == registration_of(stored.connector)
    # What was given to one registration is shown to no other authorization server.
    refresh_ref = stored.secrets.get("refresh_token") if same else None
    tokens: AccessTokens

    def load() -> Mapping[str, Secret]:
        found = dict(typed)
        if not tokens.app_only and "refresh_token" not in found:
            refresh = _read(ws, refresh_ref)
            if refresh is None:
                return {}  # nothing else is worth asking a keyring for
            found["refresh_token"] = refresh
        if "client_secret" not in found:
            secret = client_secret_of(ws, stored, connector=chosen, token=token)
            if secret is not None:
                # Read once: a helper command may ask its user something each time.
                found["client_secret"] = typed["client_secret"] = secret
        return found

    def keep(rotated: Secret) -> None:
        if "refresh_token" in typed:
            typed["refresh_token"] = rotated
        elif refresh_ref is not None:
            # In place: the reference stays, so a connector being edited elsewhere does not change.
            store = ws.store_of(refresh_ref)
            store.get(refresh_ref)  # not where somebody has signed in anew and taken it away
            store.put(refresh_ref, rotated)

    tokens = AccessTokens(
        ws,
        chosen,
        load=load,
        keep=keep,
        lock_name=_lock_name(refresh_ref or stored.id),
        token=token,
        patience_s=patience_s,
        renewed=lambda: record_moment(ws, stored, RENEWED),
    )
    return tokens


def client_secret_of(
    ws: Workspace,
    stored: StoredConnector,
    *,
    connector: Connector | None = None,
    token: CancelToken | None = None,
) -> Secret | None:
    """The client secret (or key) from the helper command or the store; None for one without.

    May block. Raises `SecretStoreError`, `Cancelled`.
    """
    command = (connector or stored.connector).authentication.secret_command
    if command is not None:
        from smtpwizard.usecases.approvals import approved_secret

        return approved_secret(ws, command, token)
    return _read(ws, stored.secrets.get("client_secret"))


def _read(ws: Workspace, ref: str | None) -> Secret | None:
    """A stored secret; None for one that was kept for another run only."""
    if ref is None:
        return None
    try:
        return ws.store_of(ref).get(ref)
    except SecretStoreError as error:
        if ref.startswith("session:") and error.code == "secret_missing":
            return None
        raise


def _lock_name(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:32] + ".lock"


def unsaved_tokens(
    ws: Workspace,
    connector: Connector,
    secrets: Mapping[str, Secret],
    *,
    tokens: TokenSet | None = None,
    token: CancelToken | None = None,
    patience_s: float | None = None,
) -> tuple[AccessTokens, dict[str, Secret]]:
    """The source for a connector that is not saved yet, and its secrets by kind.

    `tokens` are those of the sign-in just finished. A renewal changes the refresh token in the
    dictionary: save what stands there afterwards.
    """
    held = dict(secrets)

    def keep(rotated: Secret) -> None:
        held["refresh_token"] = rotated

    source = AccessTokens(
        ws,
        connector,
        load=lambda: held,
        keep=keep,
        lock_name=None,
        token=token,
        tokens=tokens,
        patience_s=patience_s,
    )
    return source, held
