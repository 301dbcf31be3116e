"""The rules about a connector's secrets: which kinds it keeps, and what text each may be.

One set for the window, the command line, the stores and the wire. Holds no secret.
"""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.model.connector import LOGIN_FREE_MECHANISMS, Connector, Method

SECRET_KINDS: Mapping[Method, tuple[str, ...]] = {
    Method.BASIC: ("password",),
    Method.OAUTH: ("client_secret", "refresh_token"),
    Method.NONE: (),
}
CERTIFICATE_PASSPHRASE = "client_certificate_passphrase"  # noqa: S105 - a kind, not a secret
"""Opens the key of a client certificate, whatever the method."""


def typed_kinds(method: Method, mechanism: str) -> tuple[str, ...]:
    """The kinds of secret that a login needs where no helper command fetches one."""
    kinds = SECRET_KINDS[method]
    return kinds[1:] if mechanism in LOGIN_FREE_MECHANISMS else kinds


def secret_kinds(connector: Connector) -> tuple[str, ...]:
    """The kinds of secret this connector keeps in a store, the one a person types first."""
    authentication = connector.authentication
    kinds = typed_kinds(authentication.method, authentication.mechanism)
    if authentication.secret_command is not None:
        # The command answers the first kind; tokens it cannot.
        kinds = tuple(kind for kind in kinds if kind != main_kind(connector))
    if connector.server.client_certificate is not None:
        kinds = (*kinds, CERTIFICATE_PASSPHRASE)
    return kinds


def main_kind(connector: Connector) -> str | None:
    """The kind of secret that a person types for this connector; None where it needs none."""
    authentication = connector.authentication
    if authentication.mechanism in LOGIN_FREE_MECHANISMS:
        return None
    kinds = SECRET_KINDS[authentication.method]
    return kinds[0] if kinds else None


def asked_kind(connector: Connector) -> str | None:
    """The kind of secret to ask a person for; None where a helper command fetches it as well."""
    return main_kind(connector) if connector.authentication.secret_command is None else None


def unnamed_kind(connector: Connector) -> str | None:
    """The kind of a secret that is given without saying which it is; None where none is used."""
    if connector.server.client_certificate is not None:
        return main_kind(connector) or CERTIFICATE_PASSPHRASE
    return main_kind(connector)
