"""`remove`: a connector goes, with its secrets and, on request, its sign-in.

There is no undo as in the window, where it ends with the window: a command that could be undone by
a later one would have to keep the secrets for it, nobody knows how long. They go at once, and the
answer has the settings from which `create` makes the connector again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import quote_name
from smtpwizard.cli.output import json_line
from smtpwizard.cli.wrapping import VERBATIM
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.show import connector_document

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
    document = connector_document(ws, stored)
    if not remove_connector(ws, stored):
        screen.note(
            _(
                "its secret could not be deleted yet, because its store cannot be used now; "
                "the next change tries again"
            )
        )
    text = _(
        "Removed {name}, with its secret and its recorded tests. To have it again without these, "
        "save this line as FILE, then: smtpwizard create --from FILE"
    ).format(name=quote_name(stored))
    line = json_line(_without_empty(document))
    screen.answer(
        {"removed": stored.connector.name, "connector": document},
        f"{text}\n{' ' * VERBATIM}{line}",
    )
    return 0


def _without_empty(value: Any) -> Any:
    """A document without what has its default anyway: short enough to be copied."""
    if not isinstance(value, dict):
        return value
    kept = {key: _without_empty(each) for key, each in value.items()}
    empty: tuple[Any, ...] = (None, "", [], {})
    return {k: each for k, each in kept.items() if each is not False and each not in empty}
