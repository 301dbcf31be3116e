"""The connector of a case, as far as it can be known here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cases.reading import Case, connector_of
from smtpwizard.model.connector import CUSTOM, Connector

if TYPE_CHECKING:
    from smtpwizard.usecases.workspace import Workspace


def connector_in(ws: Workspace, case: Case) -> Connector:
    """The connector of a case; of a provider that nobody knows here it is one by itself.

    Of the workspace only what is known of providers is used. Raises `UsageError`.
    """
    if case.connector is not None and case.connector.get("provider") not in (
        CUSTOM,
        *ws.provider_ids(),
    ):
        # One of the customer's own, or of a later version.
        case = case._replace(connector=case.connector | {"provider": CUSTOM})
    return connector_of(case, ws.defaults_for)
