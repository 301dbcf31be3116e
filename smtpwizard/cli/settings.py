"""`settings list|set`: the application's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.output import pairs
from smtpwizard.usecases.settings import change_settings, list_settings

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Do with the settings what `args.action` says; answers all of them."""
    settings = list_settings(ws) if args.action == "list" else change_settings(ws, args.values)
    texts = [(name, "–" if value is None else str(value)) for name, value in settings.items()]
    screen.answer({"settings": settings}, pairs(texts))
    return 0
