"""`doctor`: what this machine offers, and what to look after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.answers import leaves
from smtpwizard.cli.output import pairs
from smtpwizard.messages.errors import warning_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.doctor import examine

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Facts and warnings; answered is 0, whatever they are."""
    facts = examine(ws)
    lines = pairs(leaves({k: v for k, v in facts.items() if k != "warnings"}))
    facts["warnings"] = [w | {"message": warning_text(w["code"], w)} for w in facts["warnings"]]
    warnings = [_("warning: {text}").format(text=w["message"]) for w in facts["warnings"]]
    screen.answer(facts, "\n".join([lines, *warnings]))
    return 0
