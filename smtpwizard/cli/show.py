"""`show`: a connector as it is saved, never its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.answers import answer_connector, note_overrides

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """The connector that the arguments name."""
    stored = ws.find(args.name)
    note_overrides(ws, stored, screen)
    answer_connector(ws, stored, screen)
    return 0
