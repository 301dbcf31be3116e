"""A connector's kept secrets, read for what they were given for and for nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smtpwizard.model.binding import Binding, Difference, bind
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.errors import SecretStoreError, UsageError
from smtpwizard.model.stored import StoredConnector

if TYPE_CHECKING:
    from smtpwizard.model.auth import Secret
    from smtpwizard.usecases.workspace import Workspace


class BoundElsewhere(SecretStoreError):
    """A kept secret was given for something else than the connector says now.

    A person may say that it is to be used all the same: `bind_again`.
    """

    def __init__(self, stored: StoredConnector, differences: tuple[Difference, ...]) -> None:
        first = differences[0]
        super().__init__(
            "secret_bound_elsewhere",
            field=first.field,
            before=first.before or "–",
            after=first.after or "–",
        )
        self.stored = stored
        self.differences = differences


def binding_of(ws: Workspace, connector: Connector) -> Binding:
    """What the connector's secrets are bound to as it stands; raises `StorageError`."""
    ca_file = connector.server.ca_file
    # A relative name is another file in another folder.
    in_force = {"server.ca_file": ca_file and os.path.abspath(ca_file)}
    if connector.authentication.method is Method.OAUTH:
        in_force |= _registration(ws, connector)
    return bind(connector, in_force)


def _registration(ws: Workspace, connector: Connector) -> dict[str, str | None]:
    """What a sign-in was given to: the registration, and the endpoints in force."""
    from smtpwizard.oauth.registrations import endpoints_for  # noqa: PLC0415 - only with OAuth

    oauth = connector.authentication.oauth
    known: dict[str, str | None] = {"client_id": oauth.client_id, "tenant": oauth.tenant}
    try:
        endpoints = endpoints_for(ws.catalogue, connector)
    except UsageError:
        pass  # there is no server yet that a secret could go to
    else:
        known |= {
            "issuer": endpoints.issuer,
            "authorization_endpoint": endpoints.authorization,
            "token_endpoint": endpoints.token,
            "device_authorization_endpoint": endpoints.device,
            "ca_file": endpoints.ca_file,
        }
    return {f"authentication.oauth.{key}": value for key, value in known.items()}


def kept_secret(
    ws: Workspace, stored: StoredConnector, kind: str, connector: Connector | None = None
) -> Secret | None:
    """The secret of that kind from its store; None for a connector without.

    `connector` is a changed state of `stored` that is being tried: who changes a connector on
    screen means its secret to go along. May block. Raises `BoundElsewhere`, `SecretStoreError`.
    """
    ref = stored.secrets.get(kind)
    if ref is None:
        return None
    # Ahead of any store: nobody is asked for a passphrase in vain.
    refuse_open_places(ws, stored)
    wanted = [binding_of(ws, stored.connector)]
    if connector is not None and connector != stored.connector:
        wanted.append(binding_of(ws, connector))
    try:
        return ws.store_of(ref).get(ref, *wanted)
    except SecretStoreError as error:
        if error.code != "secret_bound_elsewhere":
            raise
        raise BoundElsewhere(stored, error.facts["differences"]) from None


def refuse_open_places(ws: Workspace, stored: StoredConnector | None = None) -> None:
    """Raise `SecretStoreError("data_dir_not_private")` where other users could have changed what
    a secret is used for."""
    part = ws.store.part_open_to_others(stored.id if stored is not None else None)
    if part is not None:
        raise SecretStoreError("data_dir_not_private", path=str(part))


def bind_again(ws: Workspace, refused: BoundElsewhere) -> None:
    """Bind the connector's secrets to what it says now: a person has agreed.

    Raises `SecretStoreError`, `StorageError`.
    """
    stored = refused.stored
    binding = binding_of(ws, stored.connector)
    for ref in stored.secrets.values():
        try:
            ws.store_of(ref).rebind(ref, binding, keep=bindings_of_others(ws, stored, ref))
        except SecretStoreError as error:
            if error.code != "secret_missing":
                raise
    ws.log.write("secrets_bound_again", connector=stored.id)


def bindings_of_others(
    ws: Workspace, stored: StoredConnector | None, ref: str
) -> tuple[Binding, ...]:
    """What the other connectors use the secret of a reference for, which they share."""
    others = (c for c in ws.store.users_of(ref) if stored is None or c.id != stored.id)
    return tuple(binding_of(ws, c.connector) for c in others)
