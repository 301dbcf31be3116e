"""`replay`: the recorded server on this computer, or a verification against it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from smtpwizard.cli.reports import StagePrinter, explained
from smtpwizard.messages.cases import tried_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.edit import parse_assignments
from smtpwizard.usecases.open_case import open_case, read_file
from smtpwizard.usecases.replay_case import serve_replay, try_changes

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.open_case import OpenedCase
    from smtpwizard.usecases.workspace import Workspace

EXIT_NOT_THE_SAME = 4
_SLICE_S = 0.5


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Play the case that the arguments name."""
    if args.verify and (args.port or args.real_time):
        reason = _("--port and --real-time are for the server, which --verify does not start")
        raise UsageError("arguments_invalid", reason=reason)
    if args.assignments and not args.verify:
        raise UsageError(
            "arguments_invalid", reason=_("--set changes what --verify tries: say both")
        )
    case = open_case(ws, read_file(args.file))
    if args.verify:
        return _verify(ws, args, screen, case)
    try:
        with serve_replay(
            case.playable(), port=args.port or 0, real_time=args.real_time, strict=args.strict
        ) as served:
            screen.stream(served.facts())
            if served.not_served is not None:
                screen.note(_("The record never came as far as a server: this port refuses."))
            screen.note(_("The recorded server runs here until you press Ctrl-C."))
            # In slices: Windows ends no wait for a signal, it is heard of in between.
            while not threading.Event().wait(_SLICE_S):
                pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError("port_not_free", field="port", port=args.port, reason=reason) from None
    return 0


def _verify(ws: Workspace, args: argparse.Namespace, screen: Screen, case: OpenedCase) -> int:
    values = parse_assignments(args.assignments)
    tried = try_changes(ws, case.playable(), values, strict=args.strict)
    causes = [explained(cause, of_case=True) for cause in tried.report.causes]
    report = tried.report.to_json() | {"causes": [told for told, _ in causes]}
    beyond = [stage.value for stage in tried.report.beyond]
    document = {
        "same": tried.same,
        "differences": [each.to_json() for each in tried.differences],
        "beyond_record": beyond,
        "report": report,
    }
    if not screen.json_wanted:
        StagePrinter(screen).finish(tried.report, [lines for _, lines in causes])
        if not tried.report.beyond:  # else that is how it ended
            screen.say("")
            screen.say(tried_text(tried.same, tried.report))
    screen.answer(document, "")
    return 0 if tried.same else EXIT_NOT_THE_SAME
