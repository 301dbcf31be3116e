"""`propose`: the answer to a case, for the customer to apply."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.cases.strict_json import MAX_BYTES
from smtpwizard.messages.answers import change_line, weaker_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.chosen_files import read_chosen, write_new
from smtpwizard.usecases.edit import parse_assignments
from smtpwizard.usecases.propose import propose

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Write the answer that the arguments describe."""
    values = parse_assignments(args.assignments)
    case = read_chosen(args.case, MAX_BYTES, "case", too_large="document_too_large")
    proposed = propose(ws, case, values, args.note or "")
    path = Path(args.output)
    write_new(path, proposed.data, "output")
    document = {
        "file": str(path),
        "sha256": proposed.sha256,
        "bytes": len(proposed.data),
        "changes": [each.to_json() for each in proposed.changes],
    }
    lines = []
    for each in proposed.changes:
        lines.append(change_line(each.field, each.before, each.after, Face.COMMAND_LINE))
        if each.weaker:
            lines.append(
                _("  weaker: {why}; needs --accept-weaker").format(why=weaker_text(each.field))
            )
    lines.append(_("Written: {path}").format(path=clean_text(str(path))))
    screen.answer(document, "\n".join(lines))
    return 0
