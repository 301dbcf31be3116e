"""`dates`: what expires when, as a list or a calendar file."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.cli.output import table
from smtpwizard.messages.listing import expiry_text
from smtpwizard.messages.signing_in import date_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.chosen_files import write_chosen
from smtpwizard.usecases.dates import all_dates, calendar, joined

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """What expires next; with `--ics` as a calendar file."""
    events = all_dates(ws)
    texts = [date_text(event.what, event.facts()) for event in events]
    once = joined(events)
    said = [date_text(event.what, event.facts()) for event in once]
    if args.ics is not None:
        return _write_calendar(args.ics, calendar(once, said), len(once), screen)
    documents = [
        event.to_json() | {"title": title, "remedy": remedy}
        for event, (title, remedy) in zip(events, texts, strict=True)
    ]
    if events:
        today = datetime.now().astimezone().date()
        rows = [
            (expiry_text(event.at, today), title, remedy)
            for event, (title, remedy) in zip(once, said, strict=True)
        ]
        text = table((_("DATE"), _("WHAT"), _("TO DO")), rows, limit=90)
    else:
        text = _(
            "No dates are known. To note when a client secret ends: smtpwizard edit NAME --set "
            "authentication.oauth.client_secret_expires=YYYY-MM-DD"
        )
    screen.answer({"dates": documents}, text)
    return 0


def _write_calendar(path: str, content: bytes, count: int, screen: Screen) -> int:
    if path == "-":
        if screen.json_wanted:
            raise UsageError("arguments_invalid", reason="--ics - and --json both want the output")
        sys.stdout.write(content.decode())
        return 0
    write_chosen(Path(path), content, "ics")
    screen.answer({"written": path, "dates": count}, _("Written: {path}").format(path=path))
    return 0
