"""From the arguments to the verb's own file, `cli/<verb>.py`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from smtpwizard.cli import inputs
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    import argparse

    from smtpwizard.usecases.one_window import OneWindow


class OpenWindow(Protocol):
    """Shows the window until it is closed; answers the exit code."""

    def __call__(
        self,
        ws: Workspace,
        *,
        new: bool,
        demo: dict[str, object] | None,
        file: str | None = None,
        one: OneWindow | None = None,
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


def run_of(verb: str) -> Callable[..., int]:
    """What runs the verb: `run` of its own file, `cli/<verb>.py`.

    No other verb's file is read: each imports what it works with.
    """
    run: Callable[..., int] = import_module(f"smtpwizard.cli.{verb.replace('-', '_')}").run
    return run
