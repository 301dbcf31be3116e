"""Access tokens for a connector: stored, being edited, or just signed in for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, registration_of
from smtpwizard.model.errors import SecretStoreError, StorageError
from smtpwizard.model.secrets import is_for_this_run
from smtpwizard.model.stored import StoredConnector
from smtpwizard.oauth.access_tokens import AccessTokens, Kept, TokenSecrets
from smtpwizard.oauth.signed_in import HeldSecrets
from smtpwizard.usecases.history import RENEWED, record_moment
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.leftovers import lock_name
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.model.redaction import Redactor
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.oauth.signed_in import SignedIn


def access_tokens(
    ws: Workspace,
    connector: Connector,
    *,
    secrets: Mapping[str, Secret] | None = None,
    stored: StoredConnector | None = None,
    sign_in: SignedIn | None = None,
    token: CancelToken | None = None,
    timeout_s: float | None = None,
    redactor: Redactor | None = None,
) -> AccessTokens:
    """The source of a connector's tokens; its secrets are read when a token is asked for.

    They are those of `sign_in`, which is not saved yet; else `secrets` as typed, and for what is
    not among them those of `stored`, of which `connector` is the state being tried. `redactor`
    learns all of them.
    """
    lock = None
    source: TokenSecrets
    if sign_in is not None:
        source = sign_in.held
    elif stored is None:
        source = HeldSecrets(secrets or {})
    else:
        source = _StoredSecrets(ws, stored, connector, dict(secrets or {}), token)
        lock = source.lock

    def renewed() -> None:
        if lock is not None and stored is not None:
            record_moment(ws, stored, RENEWED)

    return AccessTokens(
        ws.catalogue,
        connector,
        source,
        kept=Kept(
            memory=ws.tokens,
            lock=lock,
            tokens=sign_in.tokens if sign_in is not None and not sign_in.held.rotated else None,
            renewed=renewed,
        ),
        token=token,
        timeout_s=timeout_s,
        redactor=redactor,
        authorities=ws.authorities(),
    )


class _StoredSecrets:
    """The secrets of a saved connector, with what was typed in place of some."""

    def __init__(
        self,
        ws: Workspace,
        stored: StoredConnector,
        connector: Connector,
        typed: dict[str, Secret],
        token: CancelToken | None,
    ) -> None:
        self._ws = ws
        self._stored = stored
        self._connector = connector
        self._typed = typed
        self._token = token
        same = registration_of(connector) == registration_of(stored.connector)
        # What was given to one registration is shown to no other authorization server.
        self._refresh_ref = stored.secrets.get("refresh_token") if same else None
        # One lock a sign-in: two connectors may share it.
        self.lock = ws.locks_dir / lock_name(self._refresh_ref or stored.id)

    def load(self) -> Mapping[str, Secret]:
        found = dict(self._typed)
        if not self._connector.authentication.oauth.app_only and "refresh_token" not in found:
            refresh = None
            if self._refresh_ref is not None:
                refresh = _read(self._ws, self._stored, "refresh_token", self._connector)
            if refresh is None:
                return {}  # nothing else is worth asking a keyring for
            found["refresh_token"] = refresh
        if "client_secret" not in found:
            secret = client_secret_of(
                self._ws, self._stored, connector=self._connector, token=self._token
            )
            if secret is not None:
                # Read once: a helper command may ask its user something each time.
                found["client_secret"] = self._typed["client_secret"] = secret
        return found

    def keep(self, rotated: Secret) -> None:
        if "refresh_token" in self._typed:
            self._typed["refresh_token"] = rotated
        elif self._refresh_ref is not None:
            try:
                # In place: the reference stays, so a connector being edited elsewhere does not
                # change.
                self._ws.store_of(self._refresh_ref).replace(self._refresh_ref, rotated)
            except (SecretStoreError, StorageError) as error:
                self._ws.log.write("token_not_kept", code=error.code)
                raise


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
    if (connector or stored.connector).authentication.secret_command is not None:
        from smtpwizard.usecases.approvals import approved_secret  # noqa: PLC0415 - starts programs

        return approved_secret(ws, stored, connector, token)
    return _read(ws, stored, "client_secret", connector)


def _read(
    ws: Workspace, stored: StoredConnector, kind: str, connector: Connector | None
) -> Secret | None:
    """A stored secret; None for one that was kept for another run only."""
    try:
        return kept_secret(ws, stored, kind, connector)
    except SecretStoreError as error:
        if is_for_this_run(stored.secrets[kind]) and error.code == "secret_missing":
            return None
        raise
