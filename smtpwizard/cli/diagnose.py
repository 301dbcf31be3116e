"""`diagnose` on a terminal or in a pipe: a failure's text in, its causes out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.messages.causes import cause_json, cause_lines, tell_apart_text
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.diagnose import (
    MAX_LINE_BYTES,
    MAX_TEXT_BYTES,
    Explanation,
    explain_line,
    explain_text,
    line_reader,
    read_pasted,
)

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen


def run(args: argparse.Namespace, screen: Screen) -> int:
    """Explain what comes in on standard input; answered is 0, whatever the answer."""
    source: IO[bytes] | None = sys.stdin.buffer if sys.stdin is not None else None
    if args.batch:
        for line in _lines(source):
            screen.stream(_answer(line))
        return 0
    if screen.interactive:
        screen.note(_("paste the error text, then press Ctrl-D (on Windows Ctrl-Z and Enter)"))
    data = inputs.read_typed(MAX_TEXT_BYTES) if screen.interactive else None
    if data is None:
        data = source.read(MAX_TEXT_BYTES + 1) if source is not None else b""
    if len(data) > MAX_TEXT_BYTES:
        screen.note(_("only the first million bytes were read"))
    explanation = explain_text(read_pasted(data[:MAX_TEXT_BYTES]))
    screen.answer(_as_json(explanation), _as_text(explanation))
    return 0


def _lines(source: IO[bytes] | None) -> Iterator[bytes]:
    """The lines of a stream, each held no longer than what makes it too long to answer."""
    if source is None:
        return
    read = line_reader(source)
    while line := read(MAX_LINE_BYTES + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = read(MAX_LINE_BYTES)
        yield line


def _answer(line: bytes) -> dict[str, Any]:
    try:
        return _as_json(explain_line(line))
    except UsageError as error:
        field = error.facts.get("field")
        message = error_text(error.code, error.facts, Face.COMMAND_LINE)
        return {"error": {"code": error.code, "field": field, "message": message}}


def _as_json(explanation: Explanation) -> dict[str, Any]:
    apart = explanation.tell_apart
    return {
        "causes": [cause_json(cause) for cause in explanation.causes],
        "understood": dict(explanation.understood),
        "tell_apart": tell_apart_text(*apart) if apart is not None else None,
    }


def _as_text(explanation: Explanation) -> str:
    lines: list[str] = []
    for cause in explanation.causes:
        title, *rest = cause_lines(cause, Face.COMMAND_LINE)
        lines += [title, *(f"  {line}" for line in rest), ""]
    if not explanation.causes:
        lines += [_("Nothing in this text points to a known cause."), ""]
    if explanation.tell_apart is not None:
        how = tell_apart_text(*explanation.tell_apart)
        lines += [_("To tell them apart: {how}").format(how=how), ""]
    understood = ", ".join(f"{key}: {_show_value(v)}" for key, v in explanation.understood.items())
    lines.append(_("Understood: {facts}").format(facts=understood or _("nothing")))
    return "\n".join(lines)


def _show_value(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
