"""`list`: the connectors of the project, a line each."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from smtpwizard.cli.answers import leftovers, note_leftovers
from smtpwizard.cli.output import table
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import last_result_text
from smtpwizard.messages.listing import expiry_text
from smtpwizard.messages.moments import near_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.moments import as_date
from smtpwizard.usecases.connectors import list_connectors

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace

NAME, PROVIDER, METHOD, STATUS, TESTED, EXPIRES = 1, 2, 4, 6, 7, 8
STATUS_WIDTH = 90


def _end(at: str | None, today: date) -> str:
    day = as_date(at)
    return expiry_text(day, today) if day is not None else "–"


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """The project's connectors, and the files that are none."""
    listing = ws.connectors()
    rows = list_connectors(ws, listing.connectors)
    document: dict[str, Any] = {"connectors": [row.to_json() for row in rows]}
    document |= leftovers(listing)
    note_leftovers(listing, screen)
    if screen.json_wanted:  # a table of thousands takes its time
        text = ""
    elif not rows:
        text = _("No connectors yet. Make one: smtpwizard create --from FILE, or in the window.")
    else:
        headings = (
            "", "NAME", "PROVIDER", "SERVER", "METHOD", "USER", "STATUS", "LAST TEST",
            "NEXT EXPIRY",
        )  # fmt: skip
        now = datetime.now().astimezone()
        text = table(
            headings,
            [
                (
                    "*" if row.default else "",
                    row.name,
                    row.provider,
                    row.server,
                    row.method,
                    row.username or "–",
                    last_result_text(row.status, row.result_facts(), now, Face.COMMAND_LINE),
                    near_text(tested, now, brief=True)
                    if (tested := row.login_at or row.at)
                    else "–",
                    _end(row.expires_at, now.date()),
                )
                for row in rows
            ],
            limits={STATUS: STATUS_WIDTH},
            whole=(NAME,),
            spare=(TESTED, METHOD, PROVIDER, EXPIRES),  # the status says when as well
        )
        text += "\n* " + _("default") if any(row.default for row in rows) else ""
    if not screen.json_wanted and len(ws.data.projects()) > 1:
        name = clean_text(ws.project.name)
        screen.note(_("of the project {name}; others: smtpwizard project list").format(name=name))
    screen.answer(document, text)
    return 0
