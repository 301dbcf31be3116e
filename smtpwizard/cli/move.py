"""`move`: connectors go to another project, with their runs and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.messages.projects import otherwise_lines, transfer_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases import transfer
from smtpwizard.usecases.workspace import project_named

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.stored import Project, StoredConnector
    from smtpwizard.usecases.workspace import Workspace

    CarryOut = Callable[[Workspace, Sequence[StoredConnector], Project], object]


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Move the connectors that the arguments name."""
    return carry_out(ws, args, screen, transfer.move_connectors, move=True)


def carry_out(
    ws: Workspace, args: argparse.Namespace, screen: Screen, work: CarryOut, *, move: bool
) -> int:
    """Show what is another there, once the connectors are there; `move` or `copy`."""
    target = project_named(ws.data, args.to)
    connectors = [ws.find(name) for name in args.names]
    plan = transfer.plan_transfer(ws, connectors, target, move=move)
    if plan.taken:
        raise UsageError("name_taken_there", name=plan.taken[0], project=target.name, field="name")
    if not args.dry_run:
        inputs.with_consent(ws, screen, lambda: work(ws, plan.connectors, target))
    names = [clean_text(stored.connector.name) for stored in plan.connectors]
    lines = [
        transfer_text(names, clean_text(target.name), moved=move, applied=not args.dry_run),
        *otherwise_lines(plan.otherwise),
    ]
    document = transfer.plan_document(ws, plan, applied=not args.dry_run)
    screen.answer(document, "\n".join(lines))
    return 0
