"""Access tokens for a connector: in memory only, refreshed once at a time across processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from smtpwizard.files import locked, make_private_directory
from smtpwizard.model.auth import Credential, CredentialKind, Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import SecretStoreError, SmtpWizardError
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.storage import StoredConnector
from smtpwizard.usecases.registrations import endpoints_for, expectation, provider_client
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.oauth.tokens import TokenSet

REFRESH_SECONDS = 45.0
LOCK_SECONDS = 60.0

_fresh: dict[str, TokenSet] = {}


def _memory_key(ws: Workspace, connector: Connector, refresh: Secret | None) -> str:
    oauth = connector.authentication.oauth
    parts = (
        str(ws.data_dir), connector.provider, oauth.client_id or "", oauth.tenant or "",
        oauth.grant, connector.authentication.username or "",
        refresh.fingerprint() if refresh else "",
    )  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class AccessTokens:
    """The credential source of an OAuth connector.

    `load` answers the client secret and the refresh token by kind (from the store, or as typed);
    `keep` stores a rotated refresh token, before it is used, and may fail: the mail is sent all
    the same and `not_kept` says so.
    """

    def __init__(
        self,
        ws: Workspace,
        connector: Connector,
        *,
        load: Callable[[], Mapping[str, Secret]],
        keep: Callable[[Secret], None],
        lock_name: str,
        token: CancelToken | None = None,
        tokens: TokenSet | None = None,
    ) -> None:
        self._ws = ws
        self._connector = connector
        self._load = load
        self._keep = keep
        self._lock_name = lock_name
        self._token = token or CancelToken()
        self._tokens = tokens
        self.not_kept = False

    def get(self, force_refresh: bool = False) -> Credential:
        """A bearer credential; raises errors with `token_…` codes, `NetworkError`, `Cancelled`."""
        tokens = self._tokens
        if tokens is None or force_refresh or not tokens.fresh():
            tokens = self._refreshed(force_refresh)
            self._tokens = tokens
        self._check(tokens)
        return Credential(
            CredentialKind.BEARER,
            self._connector.authentication.username or "",
            tokens.access_token,
        )

    def _check(self, tokens: TokenSet) -> None:
        from smtpwizard.oauth.tokens import TokenError, compare, read_token

        wanted = expectation(endpoints_for(self._ws, self._connector), self._connector)
        # The account may differ on purpose (a shared mailbox); the server decides on that.
        wrong = [m for m in compare(read_token(tokens), wanted) if m.what != "account"]
        if wrong:
            raise TokenError(
                f"token_{wrong[0].what}_wrong", mismatches=[m.to_json() for m in wrong]
            )

    def _refreshed(self, force: bool) -> TokenSet:
        from smtpwizard.net.http import call
        from smtpwizard.oauth.tokens import TokenError

        oauth = self._connector.authentication.oauth
        host = endpoints_for(self._ws, self._connector).host()
        app_only = oauth.grant in ("client_credentials", "service_account")
        directory = self._ws.data_dir / "locks"
        make_private_directory(directory)
        # A lock that vanishes with its process; whoever waits reads the store again afterwards.
        with locked(directory / self._lock_name, LOCK_SECONDS):
            secrets = self._load()
            refresh = secrets.get("refresh_token")
            if refresh is None and not app_only:
                raise TokenError("token_none")
            key = _memory_key(self._ws, self._connector, refresh)
            known = _fresh.get(key)
            if known is not None and known.fresh() and not force:
                return known
            client = provider_client(self._ws, self._connector, secrets)

            def work() -> TokenSet:
                return client.app_only() if refresh is None else client.refresh(refresh)

            tokens = call(work, host=host, token=self._token, deadline=Deadline(REFRESH_SECONDS))
            rotated = tokens.refresh_token
            if refresh is not None and rotated is not None and rotated != refresh:
                try:
                    self._keep(rotated)
                except (SecretStoreError, SmtpWizardError):
                    self.not_kept = True
                    self._ws.log.write("token_not_kept")
                key = _memory_key(self._ws, self._connector, rotated)
            _fresh[key] = tokens
            return tokens


def stored_tokens(
    ws: Workspace, stored: StoredConnector, token: CancelToken | None = None
) -> AccessTokens:
    """The source for a saved connector; its secrets are read when a token is asked for."""

    def load() -> Mapping[str, Secret]:
        found: dict[str, Secret] = {}
        for kind, ref in stored.secrets.items():
            found[kind] = ws.store_of(ref).get(ref)
        return found

    def keep(rotated: Secret) -> None:
        # In place: the reference stays, so a connector being edited elsewhere does not change.
        ref = stored.secrets["refresh_token"]
        ws.store_of(ref).put(ref, rotated)

    name = hashlib.sha256(stored.secrets.get("refresh_token", stored.id).encode()).hexdigest()[:32]
    return AccessTokens(
        ws, stored.connector, load=load, keep=keep, lock_name=f"{name}.lock", token=token
    )
