"""From the arguments to the verb's own file, `cli/<verb>.py`, to the window or the demo."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from smtpwizard.cli import inputs
from smtpwizard.cli.output import pairs
from smtpwizard.messages import translate as _
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen

DEMO_VARIABLE = "SMTPWIZARD_DEMO"


class OpenWindow(Protocol):
    """Shows the window until it is closed; answers the exit code."""

    def __call__(
        self,
        ws: Workspace,
        *,
        new: bool,
        demo: dict[str, object] | None,
    ) -> int: ...


def open_workspace(args: argparse.Namespace) -> Workspace:
    """The workspace that the global options ask for; raises `UsageError`, `StorageError`."""
    return Workspace.open(
        args.data_dir,
        project=args.project,
        secret_store=args.secret_store,
        passphrase=None if args.verb == "gui" else inputs.ask_passphrase,
        anyway=args.verb == "doctor",
    )


def run_verb(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Run the verb in its own file, `cli/<verb>.py`; answers the exit code.

    No other verb's file is read: each imports what it works with.
    """
    run: Callable[[Workspace, argparse.Namespace, Screen], int] = import_module(
        f"smtpwizard.cli.{args.verb.replace('-', '_')}"
    ).run
    return run(ws, args, screen)


# -- the window and the demo -------------------------------------------------------------------


def gui(ws: Workspace, args: argparse.Namespace, open_window: OpenWindow) -> int:
    """Open the window; raises `UsageError` where no display opens."""
    from smtpwizard.usecases.display import check_display

    check_display()
    text = os.environ.get(DEMO_VARIABLE)
    server = json.loads(text) if text else None
    return open_window(ws, new=args.new, demo=server)


def demo(args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.cli.demonstration import DemoPrinter
    from smtpwizard.usecases.demo import run_demo, scenario_document, scenarios

    if args.listed:
        known = [{**scenario_document(entry), "title": _(entry.title)} for entry in scenarios()]
        screen.answer(
            {"scenarios": known}, pairs([(str(e["name"]), str(e["title"])) for e in known])
        )
        return 0
    chosen = {} if args.scenario is None else {"scenario": args.scenario}
    printer = DemoPrinter(screen.writer())
    code = run_demo(unattended=args.unattended, listener=printer, **chosen)
    screen.answer({"ok": code == 0}, "")
    return code
