"""What there is to know about a sign-in that is there: whose, for what, where it is kept, how long
it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.oauth.registrations import endpoints_for, entry_for
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.oauth.signed_in import SignedIn


class SignInFacts(NamedTuple):
    """One sign-in; days are None where the provider sets no such limit that we know of."""

    user: str
    account: str | None
    """Who signed in, where that is not the user."""
    scopes: tuple[str, ...]
    store: str
    """`keyring`, `file` or `session`."""
    idle_days: int | None = None
    testing_days: int | None = None
    """Set where the app is in testing: the sign-in ends after so many days."""
    by_application: bool = False


def sign_in_facts(
    ws: Workspace,
    connector: Connector,
    signed: SignedIn | None = None,
    stored: StoredConnector | None = None,
) -> SignInFacts:
    """The facts of the sign-in `signed`, or of the one that the saved connector has."""
    entry = entry_for(ws.catalogue, connector)
    more = entry.more if entry is not None else {}
    authentication = connector.authentication
    user = authentication.username or ""
    account = signed.account if signed is not None else None
    granted = signed.facts.scopes or signed.facts.roles if signed is not None else ()
    testing = authentication.oauth.publishing_status == "testing"
    by_application = authentication.oauth.app_only
    return SignInFacts(
        user or account or "",
        account if account and user and account.lower() != user.lower() else None,
        granted or _asked_scopes(ws, connector),
        ws.secret_store_name(stored),
        None if by_application else _days(more.get("refresh_token_idle_days")),
        _days(more.get("testing_refresh_token_days")) if testing else None,
        by_application,
    )


def _asked_scopes(ws: Workspace, connector: Connector) -> tuple[str, ...]:
    try:
        return tuple(endpoints_for(ws.catalogue, connector).scopes)
    except UsageError:
        return connector.authentication.oauth.scopes


def _days(value: object) -> int | None:
    return value if type(value) is int else None
