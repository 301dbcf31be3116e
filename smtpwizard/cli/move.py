"""`move`: connectors go to another project, with their runs and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.messages.projects import (
    otherwise_lines,
    transfer_text,
    trusted_there_text,
    untrusted_there_text,
)
from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases import transfer
from smtpwizard.usecases.workspace import project_named

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.transfer import Plan
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Move the connectors that the arguments name."""
    return carry_out(ws, args, screen, move=True)


def carry_out(ws: Workspace, args: argparse.Namespace, screen: Screen, *, move: bool) -> int:
    """Show what is another there, once the connectors are there; `move` or `copy`.

    Whom the other project does not trust is shown first; a terminal is asked whether it is to.
    """
    target = project_named(ws.data, args.to)
    connectors = [ws.find(name) for name in args.names]
    plan = transfer.plan_transfer(ws, connectors, target, move=move)
    if plan.taken:
        raise UsageError("name_taken_there", name=plan.taken[0], project=target.name, field="name")
    with_trust = bool(plan.untrusted) and args.with_trust
    if plan.untrusted and not screen.json_wanted:
        with_trust = _show_untrusted(plan, args, screen)
    if not args.dry_run:
        inputs.with_consent(
            ws,
            screen,
            lambda: transfer.transfer(ws, plan, move=move, with_trust=with_trust),
        )
    taken = [one.fingerprint for one in plan.untrusted] if with_trust else []
    left = [o for o in plan.otherwise if o.field != transfer.CERTIFICATE or o.before not in taken]
    names = [clean_text(stored.connector.name) for stored in plan.connectors]
    lines = [
        transfer_text(names, clean_text(target.name), moved=move, applied=not args.dry_run),
        *otherwise_lines(left),
    ]
    if with_trust and not args.dry_run:
        lines.append(trusted_there_text(plan.target.name))
    document = transfer.plan_document(ws, plan, applied=not args.dry_run)
    if plan.untrusted:
        document["with_trust"] = with_trust and not args.dry_run
    screen.answer(document, "\n".join(lines))
    return 0


def _show_untrusted(plan: Plan, args: argparse.Namespace, screen: Screen) -> bool:
    """Show whom the other project does not trust; answers whether it is to."""
    from smtpwizard.cli.certificates import described  # noqa: PLC0415 - few have any

    name = clean_text(plan.target.name)
    asked = screen.interactive and not (args.with_trust or args.dry_run)
    screen.say(untrusted_there_text(name), asked=asked)
    for one in plan.untrusted:
        screen.say("", asked=asked)
        screen.say(described(one), asked=asked)
    screen.say("", asked=asked)
    if not asked:
        if not args.with_trust:
            screen.say(_("To have it trust this, too: --with-trust"))
        return bool(args.with_trust)
    question = _("Is {project} to trust this, too? The connectors go there either way.")
    return inputs.ask_yes(fill(question, {"project": name}))
