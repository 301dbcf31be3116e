"""`copy`: connectors in another project as well, with secrets of their own and no runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.move import carry_out

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Copy the connectors that the arguments name."""
    return carry_out(ws, args, screen, move=False)
