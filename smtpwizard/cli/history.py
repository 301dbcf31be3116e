"""`history`: what became of a connector's verifications, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from smtpwizard.cli.answers import damaged_files, note_damaged, quote_name
from smtpwizard.cli.output import table
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import took_text
from smtpwizard.messages.history import reason_text, stage_name, verdict_word
from smtpwizard.messages.moments import told_apart
from smtpwizard.messages.rights import asked_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.history import list_runs
from smtpwizard.usecases.rights import was_allowed

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.run import Summary
    from smtpwizard.usecases.workspace import Workspace

TOOK, RUN, REASON = 3, 4, 5
REASON_WIDTH = 100


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """The runs of the connector that the arguments name."""
    stored = ws.find(args.name)
    listing = list_runs(ws, stored)
    note_damaged(listing.damaged, screen)
    document = {"runs": [found.to_json() for found in listing.runs]}
    if listing.damaged:
        document |= {"damaged": damaged_files(listing.damaged)}
    if screen.json_wanted:
        text = ""
    elif not listing.runs:
        text = _("{name} has not been tested yet. Test it: smtpwizard verify NAME").format(
            name=quote_name(stored)
        )
    else:
        now, moments = datetime.now().astimezone(), [found.at for found in listing.runs]
        when = told_apart(moments, now)
        headings = (_("WHEN"), _("RESULT"), _("STAGE"), _("TOOK"), _("RUN"), _("REASON"))
        rows = [_row(found, at) for found, at in zip(listing.runs, when, strict=True)]
        text = table(headings, rows, limits={REASON: REASON_WIDTH}, whole=(RUN,), spare=(TOOK,))
    screen.answer(document, text)
    return 0


def _row(found: Summary, at: str) -> tuple[str, ...]:
    reason = ""
    if found.stage is not None:
        reply = str(found.reply) if found.reply is not None else ""
        reason = reason_text(next(iter(found.causes), None), found.told_by, reply)
    if found.asked_as is not None:
        reason = ". ".join(filter(None, (asked_text(found.asked_as, was_allowed(found)), reason)))
    if found.secret_given:
        given = _("with a secret given for it")
        reason = f"{reason} ({given})" if reason else given
    return (
        at,
        verdict_word(found.verdict),
        stage_name(found.stage, Face.COMMAND_LINE) if found.stage is not None else "–",
        took_text(found.duration_ms),
        found.id,
        reason or "–",
    )
