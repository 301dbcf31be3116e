"""How the failure of a command is told: in words, and as the contract has it in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtpwizard.messages.changes import change_text, left_behind_text
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text

if TYPE_CHECKING:
    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def tell_failure(
    screen: Screen,
    code: str,
    facts: Mapping[str, Any],
    workspaces: Sequence[Workspace] = (),
) -> None:
    """Say why a command failed, and what holds all the same of what it has changed."""
    field = facts.get("field")
    message = error_text(code, facts, Face.COMMAND_LINE)
    error: dict[str, Any] = {"code": code, "field": field, "message": message}
    problems = facts.get("problems", ())
    if len(problems) > 1:
        texts = [problem_text(problem, Face.COMMAND_LINE) for problem in problems]
        error["problems"] = [
            {"field": problem.field, "code": problem.code, "message": text}
            for problem, text in zip(problems, texts, strict=True)
        ]
        lines = [_with_field(each["field"], each["message"], screen) for each in error["problems"]]
    else:
        lines = [_with_field(field, message, screen)]
    for ws in workspaces:
        # What holds all the same, and what is left to be done.
        if ws.changes.done:
            error["done"] = [done.to_json() for done in ws.changes.done]
            lines += [change_text(done.change.value, done.name) for done in ws.changes.done]
        elif code == "cancelled":
            error["done"] = []
            lines.append(change_text(None, ""))
        if ws.changes.left_behind:
            error["secret_left_behind"] = True
            lines.append(left_behind_text())
    screen.fail({"error": error}, lines)


def _with_field(field: str | None, message: str, screen: Screen) -> str:
    """The sentence, and before it the field that it is about; a person reads it alone where it
    names that itself."""
    named = (
        not screen.json_wanted
        and field
        and re.search(rf"(?<![\w.]){re.escape(field)}(?![\w.])", message, re.IGNORECASE)
    )
    return f"{field}: {message}" if field and not named else message
