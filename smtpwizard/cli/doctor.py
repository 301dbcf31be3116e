"""`doctor`: what of this machine does not work, what is worth knowing, and every fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.messages.checking import report_lines
from smtpwizard.messages.errors import warning_text
from smtpwizard.messages.face import Face
from smtpwizard.usecases.checks import judge
from smtpwizard.usecases.doctor import examine

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """The verdict, then the facts; answered is 0, whatever they are."""
    facts = examine(ws, look_up=args.look_up)
    text = "\n".join(report_lines(facts, judge(facts), Face.COMMAND_LINE))
    facts["warnings"] = [w | {"message": warning_text(w["code"], w)} for w in facts["warnings"]]
    screen.answer(facts, text)
    return 0
