"""`default`: the connector that a project uses where none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.answers import answer_changed, quote_name
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.default import set_default

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Make a connector the project's default."""
    stored = ws.find(args.name)
    set_default(ws, stored)
    answer_changed(
        ws, stored, screen, _("{name} is the default now.").format(name=quote_name(stored))
    )
    return 0
