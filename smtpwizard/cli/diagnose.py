"""`diagnose` on a terminal, in a pipe or of a file: a failure's text in, its causes out."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from smtpwizard.cli import inputs, verbs
from smtpwizard.messages.bounces import (
    nothing_found,
    outcome_text,
    reason_text,
    reasons_text,
    recipient_text,
    sure_text,
    whose_text,
)
from smtpwizard.messages.causes import cause_json, cause_lines, tell_apart_text
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face, sentence_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import SmtpWizardError, UsageError
from smtpwizard.model.similar import similar
from smtpwizard.usecases.diagnose import (
    MAX_LINE_BYTES,
    MAX_TEXT_BYTES,
    STAGES,
    Explanation,
    is_stage,
    line_reader,
)
from smtpwizard.usecases.explain import (
    Belonging,
    Explained,
    connectors_of,
    explain_failure,
    explain_line,
    read_batch_file,
    read_failure_file,
)

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen

# So many recipients are listed, and so many connectors.
_MOST = 10


def run(args: argparse.Namespace, screen: Screen) -> int:
    """Explain a file, or what comes in on standard input; answered is 0, whatever the answer."""
    context = {"provider": args.provider, "stage": args.stage}
    context = {name: value for name, value in context.items() if value}
    if args.stage and not is_stage(args.stage):
        facts = {"name": args.stage, "similar": similar(args.stage, STAGES)}
        words = "{name} is no stage, and is left out"
        screen.note(sentence_text(words, facts, Face.COMMAND_LINE))
    file = args.file if args.file not in (None, "-") else None
    source: IO[bytes] | None = sys.stdin.buffer if sys.stdin is not None else None
    if args.batch:
        if file is not None:
            source = io.BytesIO(read_batch_file(Path(file)))
        for line in _lines(source):
            screen.stream(_answer(line, context))
        return 0
    data = read_failure_file(Path(file)) if file is not None else _read_stdin(source, screen)
    explained = explain_failure(data, context)
    if explained.cut:
        screen.note(_("only the first million bytes were read"))
    belongings = _whose(args, explained)
    screen.answer(_document(explained, belongings), _as_text(explained, belongings))
    return 0


def _read_stdin(source: IO[bytes] | None, screen: Screen) -> bytes:
    if screen.interactive:
        screen.note(_("paste the error text, then press Ctrl-D (on Windows Ctrl-Z and Enter)"))
    data = inputs.read_typed(MAX_TEXT_BYTES) if screen.interactive else None
    if data is None:
        data = source.read(MAX_TEXT_BYTES + 1) if source is not None else b""
    return data


def _whose(args: argparse.Namespace, explained: Explained) -> tuple[Belonging, ...]:
    """The connectors of the project that it may be of. To explain needs no project: what cannot be
    read of one is left out, unless it was asked for by name."""
    if not any(explained.delivery.traces):
        return ()
    try:
        return connectors_of(verbs.open_workspace(args), explained.delivery)
    except SmtpWizardError:
        if args.project is not None:
            raise
        return ()


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


def _answer(line: bytes, context: dict[str, str]) -> dict[str, Any]:
    try:
        return _document(explain_line(line, context))
    except UsageError as error:
        field = error.facts.get("field")
        message = error_text(error.code, error.facts, Face.COMMAND_LINE)
        return {"error": {"code": error.code, "field": field, "message": message}}


def _document(explained: Explained, belongings: Sequence[Belonging] = ()) -> dict[str, Any]:
    explanation, delivery = explained.explanation, explained.delivery
    apart = explanation.tell_apart
    understood = dict(explanation.understood)
    if delivery.recipients:
        understood["recipients"] = [
            {
                "address": one.address,
                "action": one.action,
                "status": one.status or None,
                "said": one.said or None,
                "remote_mta": one.by or None,
                "cause": _slug(found),
            }
            for one, found in zip(delivery.recipients, explained.of_recipients, strict=True)
        ]
    if delivery.reporter:
        understood["reporting_mta"] = delivery.reporter
    if belongings:
        understood["connectors"] = [
            {
                "connector": one.stored.connector.name,
                "likelihood": one.likelihood.value,
                "why": [reason_text(*reason) for reason in one.reasons],
            }
            for one in belongings
        ]
    return {
        "causes": [cause_json(cause) for cause in explanation.causes],
        "understood": understood,
        "tell_apart": tell_apart_text(*apart) if apart is not None else None,
    }


def _slug(found: Explanation | None) -> str | None:
    return found.causes[0].cause if found is not None and found.causes else None


def _as_text(explained: Explained, belongings: Sequence[Belonging]) -> str:
    explanation, delivery = explained.explanation, explained.delivery
    lines: list[str] = []
    outcome = outcome_text(delivery)
    if outcome:
        lines += [outcome, ""]
    for cause in explanation.causes:
        title, *rest = cause_lines(cause, Face.COMMAND_LINE)
        lines += [title, *(f"  {line}" for line in rest), ""]
    if not explanation.causes:
        lines += [nothing_found(), ""]
    if explanation.tell_apart is not None:
        how = tell_apart_text(*explanation.tell_apart)
        lines += [_("To tell them apart: {how}").format(how=how), ""]
    if len(delivery.recipients) > 1:
        lines += [_("Recipients:"), *_some(list(map(recipient_text, delivery.recipients))), ""]
    if belongings:
        said = whose_text([one.likelihood for one in belongings], named=True)
        lines += [f"{said}:", *_some([_belonging_text(one) for one in belongings]), ""]
    understood = ", ".join(f"{key}: {_show_value(v)}" for key, v in explanation.understood.items())
    lines.append(_("Understood: {facts}").format(facts=understood or _("nothing")))
    return "\n".join(lines)


def _some(lines: list[str]) -> list[str]:
    shown = [f"  {clean_text(line, 1_000)}" for line in lines[:_MOST]]
    more = len(lines) - _MOST
    return (
        [*shown, _("  and {number} more, which --json has").format(number=more)]
        if more > 0
        else shown
    )


def _belonging_text(one: Belonging) -> str:
    return _("{name} ({sure}): {why}").format(
        name=one.stored.connector.name,
        sure=sure_text(one.likelihood),
        why=reasons_text(one.reasons),
    )


def _show_value(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
