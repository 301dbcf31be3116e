"""`verify` on a terminal: the stages as they end, the causes, and where it stopped."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages import Face, error_text, status_name
from smtpwizard.messages import translate as _
from smtpwizard.messages.find_out_more import found_lines, found_text
from smtpwizard.messages.verification import stage_details, verdict_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Cause, Json, Report, Stage, StageResult, Status
from smtpwizard.model.secrets import main_kind
from smtpwizard.model.stage_facts import AuthFacts
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.verify import keeps_secret, reaches_login, verify_stored

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.find_out_more import FoundMore
    from smtpwizard.usecases.workspace import Workspace

_COLOURS = {
    Status.PASSED: "good",
    Status.FAILED: "bad",
    Status.UNKNOWN: "odd",
    Status.SKIPPED: "faint",
    Status.NOT_REACHED: "faint",
}


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Verify the connector that the arguments name; answers the report's exit code."""
    stored = ws.find(args.name)
    secret = inputs.read_secret(screen) if args.secret_stdin else None
    stop_after = Stage(args.stop_after) if args.stop_after else None
    if secret is None and reaches_login(stop_after):
        inputs.approve_command(ws, stored, args, screen)
        secret = _ask_password(stored, screen)
    kind = main_kind(stored.connector)
    typed = {kind: secret} if kind is not None and secret is not None else {}
    inputs.note_odd_characters(stored.connector, typed, screen)
    token = CancelToken()
    # People watch a terminal; beside JSON, a log needs no second account of the same.
    printer = _StagePrinter(screen) if not screen.json_wanted or screen.live else None
    begun = threading.Event()

    def observe(result: StageResult) -> None:
        begun.set()
        if printer is not None:
            printer.show(result)

    with stopping(token, begun):
        report = inputs.with_consent(
            ws,
            screen,
            lambda: verify_stored(
                ws,
                stored,
                send_to=args.send_to,
                stop_after=stop_after,
                timeout_s=args.timeout,
                secret=secret,
                token=token,
                observer=observe,
            ),
        )
        more = None
        if args.find_out_more and not report.cancelled:
            if printer is not None:
                printer.wait(_("Finding out more…"))
            from smtpwizard.usecases.find_out_more import (  # noqa: PLC0415 - only finding out more
                find_out_more,
            )

            more, report = find_out_more(ws, stored.connector, report, token)
    causes = [_explained(cause) for cause in report.causes]
    if printer is not None:
        printer.finish(report, [lines for _, lines in causes], more)
    if report.facts(AuthFacts).token_not_kept:
        screen.note(error_text("token_not_kept", {}, Face.COMMAND_LINE))
    document = report.to_json() | {"causes": [told for told, _ in causes]}
    screen.answer(document if more is None else {**document, "more": _as_json(more)}, "")
    return report.exit_code()


def _explained(cause: Cause) -> tuple[Json, list[str]]:
    """A cause as JSON, and as lines for people."""
    # Where all went well, nothing is read that explains failures.
    from smtpwizard.messages.causes import cause_json, cause_lines  # noqa: PLC0415 - only after a failure

    return cause_json(cause), cause_lines(cause, Face.COMMAND_LINE)


def _verdict(report: Report) -> tuple[str, str]:
    """How it ended: the trouble first, where one is likely."""
    if not report.causes:
        return verdict_text(report, Face.COMMAND_LINE)
    from smtpwizard.messages.causes import headline  # noqa: PLC0415 - only after a failure

    return headline(report, Face.COMMAND_LINE)


def _as_json(more: FoundMore) -> dict[str, Any]:
    """What was found out as the contract has it: each finding with its sentence."""
    document = more.to_json()
    for finding in document["findings"]:
        finding["text"] = found_text(finding["code"], finding["facts"])
    return document


def _ask_password(stored: StoredConnector, screen: Screen) -> Secret | None:
    """The password typed by hand, where the connector keeps none and a person can be asked."""
    kind = main_kind(stored.connector)
    if kind != "password" or keeps_secret(stored, kind) or not screen.interactive:
        return None
    who = stored.connector.authentication.username or stored.connector.name
    return inputs.ask_secret(_("Password of {name}: ").format(name=clean_text(who))) or None


class _StagePrinter:
    """Prints each stage once it has a verdict."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._printed: set[Stage] = set()

    def show(self, result: StageResult) -> None:
        if result.status is Status.NOT_REACHED:
            self._screen.progress(f"  {result.stage.value:<10}…")
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
        for result in report.stages:
            if result.stage not in self._printed:
                self._print(result)
        for title, *rest in causes:
            self._screen.say("")
            self._screen.say(title)
            for line in rest:
                self._screen.say(f"  {line}")
        if more is not None:
            self._screen.say("")
            self._screen.say(_("Found out besides:"))
            for line in found_lines(more.findings, complete=more.complete):
                self._screen.say(f"  {line}")
        self._screen.say("")
        verdict = _verdict(report)
        stopped = report.stopped_at()
        reply = stopped.reply if stopped is not None else None
        said = clean_text(str(reply), 300) if reply is not None else ""
        self._screen.say(" ".join(part for part in (*verdict, said) if part))

    def _print(self, result: StageResult) -> None:
        self._printed.add(result.stage)
        self._screen.progress("")
        word = f"{status_name(result.status):<11}"
        took = f"{result.ms} ms" if result.ms is not None else ""
        details = "  ".join(stage_details(result, Face.COMMAND_LINE))
        line = f"  {result.stage.value:<10}{self._screen.coloured(word, _COLOURS[result.status])}"
        self._screen.say(f"{line} {took:>9}  {details}".rstrip())
