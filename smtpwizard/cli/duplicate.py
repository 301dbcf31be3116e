"""`duplicate`: a copy under another name, its secrets included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import (
    answer_changed,
    note_secrets,
    quote_name,
)
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.duplicate import duplicate_connector

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Copy the connector that the arguments name."""
    stored = ws.find(args.name)
    copy = inputs.with_consent(ws, screen, lambda: duplicate_connector(ws, stored, args.new_name))
    note_secrets(copy, screen)
    answer_changed(ws, copy, screen, _("Saved {name}.").format(name=quote_name(copy)))
    return 0
