"""`open`: reads a case, by this version's rules; touches no network and no keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpwizard.cli.reports import StagePrinter, told_causes
from smtpwizard.messages.cases import agreement_text, environment_lines, made_text, replaced_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.open_case import open_case, read_file, translation_of

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.open_case import OpenedCase
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Show the case that the arguments name."""
    case = open_case(ws, read_file(args.file))
    back = translation_of(ws, case) if args.translate else None
    if back is not None:
        case = case.translated(back)
    causes, report = told_causes(case.recording.report, of_case=True)
    document: dict[str, Any] = {
        "manifest": case.manifest,
        "connector": case.case.connector,
        "report": report.to_json() | {"causes": [told for told, _ in causes]},
        "causes": [told for told, _ in causes],
        "environment": case.environment,
        "history": [found.to_json() for found in case.history],
        "differences": [each.to_json() for each in case.differences],
    }
    if not screen.json_wanted:
        _print(case, screen, [lines for _, lines in causes])
    screen.answer(document, "")
    return 0


def _print(case: OpenedCase, screen: Screen, causes: list[list[str]]) -> None:
    screen.say(_("Case of “{name}”. {made}").format(name=case.name, made=made_text(case.manifest)))
    if case.note:
        screen.say(_("Note: {note}").format(note=case.note))
    screen.say("")
    StagePrinter(screen).finish(case.recording.report, causes)
    if causes or case.differences:
        screen.say("")
        screen.say(agreement_text(case.differences))
    for title, lines in (
        (_("Environment:"), environment_lines(case.environment, case.same_rules)),
        (_("Replaced by stand-ins:"), replaced_text(case.replaced).splitlines()),
        (
            _("Transcript:"),
            [
                f"{line.t_ms:>6}  {line.sender[:1].upper()}  {clean_text(line.line, 300)}"
                for line in case.recording.report.transcript
            ],
        ),
    ):
        if lines:
            screen.say("")
            screen.say(title)
            for line in lines:
                screen.say(f"  {line}")
