"""A report on a terminal: the stages as they end, the causes, and where it stopped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smtpwizard.cli.wrapping import width_of
from smtpwizard.messages.face import Face
from smtpwizard.messages.translation import translate as _
from smtpwizard.messages.verification import (
    stage_details,
    stage_label,
    status_name,
    verdict_text,
    worked_text,
)
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Cause, Report, Stage, StageResult, Status

if TYPE_CHECKING:
    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.find_out_more import FoundMore

_COLOURS = {
    Status.PASSED: "good",
    Status.FAILED: "bad",
    Status.UNKNOWN: "odd",
    Status.SKIPPED: "faint",
    Status.NOT_REACHED: "faint",
}


def explained(cause: Cause, *, of_case: bool = False) -> tuple[Json, list[str]]:
    """A cause as JSON, and as lines for people."""
    # Where all went well, nothing is read that explains failures.
    from smtpwizard.messages.causes import cause_json, cause_lines  # noqa: PLC0415 - only after a failure

    return cause_json(cause), cause_lines(cause, Face.COMMAND_LINE, of_case=of_case)


def _verdict(report: Report) -> tuple[str, str]:
    """How it ended: the trouble first, where one is likely."""
    if not report.causes:
        return verdict_text(report, Face.COMMAND_LINE)
    from smtpwizard.messages.causes import headline  # noqa: PLC0415 - only after a failure

    return headline(report, Face.COMMAND_LINE)


def told_causes(
    report: Report, *, of_case: bool = False
) -> tuple[list[tuple[Json, list[str]]], Report]:
    """The causes of a report that was kept, as `explained` tells them, and the report with those
    that have words here: one of a later version is told by its name."""
    if not report.causes:
        return [], report
    from smtpwizard.causes import causes  # noqa: PLC0415 - only after a failure

    told = []
    for cause in report.causes:
        if cause.cause in causes():
            told.append(explained(cause, of_case=of_case))
        else:
            words = {"title": cause.cause, "explanation": "", "remedy": ""}
            told.append((cause.to_json() | words, [clean_text(cause.cause)]))
    known = tuple(cause for cause in report.causes if cause.cause in causes())
    return told, report._replace(causes=known)


# A name that every shell takes as it is between double quotes.
_PLAIN = r"[\w@.,:()+][\w@.,:()+ -]*"
_COMMAND = r"(?<=smtpwizard )([a-z][a-z-]* )NAME\b"


def with_name(text: str, name: str) -> str:
    """A text with a connector's name where its commands have NAME; a name that shells read each in
    their own way is left to be typed."""
    if not re.fullmatch(_PLAIN, name):
        return text
    word = name if re.fullmatch(r"[\w@.:+-]+", name) else f'"{name}"'
    return re.sub(_COMMAND, lambda match: match[1] + word, text)


class StagePrinter:
    """Prints each stage once it has a verdict; what is to be typed has the connector's `name`."""

    def __init__(self, screen: Screen, name: str = "") -> None:
        self._screen = screen
        self._name = name
        self._printed: set[Stage] = set()
        self._widest = max(width_of(stage_label(stage, Face.COMMAND_LINE)) for stage in Stage)

    def show(self, result: StageResult) -> None:
        if result.status is Status.NOT_REACHED:
            self._screen.progress(f"  {stage_label(result.stage, Face.COMMAND_LINE)}…")
        elif result.status is not Status.SKIPPED and result.stage not in self._printed:
            self._print(result)

    def wait(self, text: str) -> None:
        """Say what is being done now, where a person watches."""
        self._screen.progress(f"  {text}")

    def finish(
        self, report: Report, causes: Sequence[Sequence[str]], more: FoundMore | None = None
    ) -> None:
        """The stages nobody reached, the causes, what else was found, and the end in one line."""
        self._screen.progress("")
        # With SSL/TLS the greeting comes after the encryption: what was reached stands first.
        stages = report.known_stages()
        for result in sorted(stages, key=lambda each: each.status is Status.NOT_REACHED):
            if result.stage not in self._printed:
                self._print(result)
        if worked := worked_text(report):
            self._say("")
            self._say(worked)
        for title, *rest in causes:
            self._say("")
            self._say(title)
            for line in rest:
                self._say(f"  {line}")
        if more is not None:
            from smtpwizard.messages.find_out_more import found_lines  # noqa: PLC0415 - only then

            self._say("")
            self._say(_("Found out besides:"))
            for line in found_lines(more.findings, complete=more.complete):
                self._say(f"  {line}")
        self._say("")
        verdict = _verdict(report)
        stopped = report.stopped_at() if not report.beyond else None
        reply = stopped.reply if stopped is not None else None
        said = clean_text(str(reply), 300) if reply is not None else ""
        self._say(" ".join(part for part in (*verdict, said) if part))

    def _print(self, result: StageResult) -> None:
        self._printed.add(result.stage)
        self._screen.progress("")
        label = f"{stage_label(result.stage, Face.COMMAND_LINE):<{self._widest}}"
        word = f"{status_name(result.status):<11}"
        took = f"{result.ms} ms" if result.ms is not None else ""
        details = "  ".join(stage_details(result, Face.COMMAND_LINE))
        whole = f"  {label}  {word} {took:>9}  {details}"
        coloured = self._screen.coloured(word, _COLOURS[result.status])
        line = f"  {label}  {coloured} {took:>9}"
        width = self._screen.width
        if width is None or width_of(whole) <= width:
            self._say(f"{line}  {details}".rstrip())
        else:  # what it says has lines of its own
            self._say(line)
            self._say(f"    {details}")

    def _say(self, text: str) -> None:
        self._screen.say(with_name(text, self._name) if self._name else text)
