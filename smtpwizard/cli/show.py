"""`show`: a connector as it is saved, never its secrets; or the report of one of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.answers import answer_connector, note_overrides

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """The connector that the arguments name, or the report of the run that they name."""
    stored = ws.find(args.name)
    if args.run is not None:
        return _show_run(ws, stored, args.run, screen)
    note_overrides(ws, stored, screen)
    answer_connector(ws, stored, screen)
    return 0


def _show_run(ws: Workspace, stored: StoredConnector, name: str, screen: Screen) -> int:
    from smtpwizard.cli.reports import StagePrinter, told_causes  # noqa: PLC0415 - only with --run
    from smtpwizard.messages.rights import asked_text  # noqa: PLC0415 - only with --run
    from smtpwizard.model.run import summary_of  # noqa: PLC0415 - only with --run
    from smtpwizard.usecases.history import find_run  # noqa: PLC0415 - only with --run
    from smtpwizard.usecases.rights import was_allowed  # noqa: PLC0415 - only with --run

    run = find_run(ws, stored, name)
    told, known = told_causes(run.report)
    if not screen.json_wanted:
        StagePrinter(screen, stored.connector.name).finish(known, [lines for _, lines in told])
    document, text = run.report.to_json() | {"causes": [cause for cause, _ in told]}, ""
    if run.asked_as is not None:
        document["asked_as"] = run.asked_as
        text = asked_text(run.asked_as, was_allowed(summary_of(run)))
    screen.answer(document, text)
    return 0
