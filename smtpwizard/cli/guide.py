"""`guide` and `dates`: what to do in a console, and what comes up when."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.cli.output import table
from smtpwizard.messages import date_text
from smtpwizard.messages import translate as _
from smtpwizard.model.errors import UsageError
from smtpwizard.model.registration import Redirect
from smtpwizard.usecases.chosen_files import write_chosen
from smtpwizard.usecases.dates import all_dates, calendar
from smtpwizard.usecases.guides import Guide, guide_for, request_for
from smtpwizard.usecases.sign_in import check_signs_in

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def show_guide(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """The guide to registering the application, or the request to an administrator."""
    connector = ws.find(args.name).connector
    check_signs_in(connector)
    redirect = Redirect(args.redirect) if args.redirect else None
    if args.request:
        request = request_for(ws, connector, redirect)
        screen.answer(request.to_json(), request.as_mail())
    else:
        guide = guide_for(ws, connector, redirect)
        screen.answer(guide.to_json(), _as_text(guide))
    return 0


def _as_text(guide: Guide) -> str:
    lines = [guide.title, "", guide.client_type]
    for number, step in enumerate(guide.steps, 1):
        lines += ["", f"{number}. {step.text}"]
        lines += [f"     {label}: {value}" for label, value in step.values]
        if step.link:
            lines.append(f"     {step.link}")
    return "\n".join(lines)


def show_dates(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """What expires next; with `--ics` as a calendar file."""
    events = all_dates(ws)
    texts = [date_text(event.what, event.facts()) for event in events]
    if args.ics is not None:
        return _write_calendar(args.ics, calendar(events, texts), len(events), screen)
    documents = [
        event.to_json() | {"title": title, "remedy": remedy}
        for event, (title, remedy) in zip(events, texts, strict=True)
    ]
    if events:
        rows = [
            (event.at.isoformat(), title, remedy)
            for event, (title, remedy) in zip(events, texts, strict=True)
        ]
        text = table((_("DATE"), _("WHAT"), _("TO DO")), rows, limit=90)
    else:
        text = _("No dates are known. Note one: smtpwizard edit NAME --set FIELD=YYYY-MM-DD")
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
