"""`remove`: a connector goes, with its secrets and, on request, its sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import quote_name
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.remove import remove_connector

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Remove the connector that the arguments name."""
    stored = ws.find(args.name)
    if args.revoke:
        from smtpwizard.usecases.revoke import revoke  # noqa: PLC0415 - with the sign-in

        if not inputs.with_consent(ws, screen, lambda: revoke(ws, stored)):
            screen.note(_("its sign-in could not be ended at the provider: do it there"))
    if not remove_connector(ws, stored):
        screen.note(
            _(
                "its secret could not be deleted yet, because its store cannot be used now; "
                "the next change tries again"
            )
        )
    screen.answer(
        {"removed": stored.connector.name}, _("Removed {name}.").format(name=quote_name(stored))
    )
    return 0
