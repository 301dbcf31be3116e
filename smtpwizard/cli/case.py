"""`case`: a recorded run as one readable file for the person who helps, with stand-ins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.cli.failures import tell_failure
from smtpwizard.messages.cases import part_title, replaced_text, size_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.case import CaseUnprovenError, prepare_case, write_case
from smtpwizard.usecases.case_choices import Choices
from smtpwizard.usecases.history import find_run, run_for_a_case

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.problem import Json
    from smtpwizard.usecases.workspace import Workspace

EXIT_UNPROVEN = 1


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Write the case that the arguments describe."""
    stored = ws.find(args.name)
    recorded = find_run(ws, stored, args.run_id) if args.run_id else run_for_a_case(ws, stored)
    if recorded is None:
        raise UsageError("no_runs", name=stored.connector.name)
    try:
        case = prepare_case(ws, recorded, stored, choices_of(args))
    except CaseUnprovenError as error:
        tell_failure(screen, error.code, error.facts)
        return EXIT_UNPROVEN
    path = str(Path(args.output))
    answer = write_case(ws, case, path)
    screen.answer(answer, "" if screen.json_wanted else told(answer))
    return 0


def choices_of(args: argparse.Namespace) -> Choices:
    """What the arguments decide about a case."""
    return Choices(
        keep_names=args.keep_names,
        omit=tuple(args.omit),
        note=args.note or "",
        unproven=args.unproven,
    )


def told(answer: Json) -> str:
    """What was written, in a few lines."""
    lines = [
        _("Written: {path}, {size}").format(
            path=clean_text(str(answer["file"])), size=size_text(answer["bytes"])
        ),
        _("SHA-256: {digest}").format(digest=answer["sha256"]),
    ]
    if answer["contents"]:
        lines.append(
            _("Inside: {parts}").format(parts=", ".join(map(part_title, answer["contents"])))
        )
    if answer["omitted"]:
        lines.append(
            _("Left out: {parts}").format(parts=", ".join(map(part_title, answer["omitted"])))
        )
    if answer["replaced"] and answer["contents"]:
        replaced = ", ".join(replaced_text(answer["replaced"]).splitlines())
        lines.append(_("Replaced by stand-ins: {replaced}").format(replaced=replaced))
    if answer["unproven"]:
        lines.append(_("Not proven: {parts}").format(parts=", ".join(answer["unproven"])))
    lines.append(_("No password and no token is in it. Read it before you send it."))
    return "\n".join(lines)
