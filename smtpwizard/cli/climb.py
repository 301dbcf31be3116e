"""`verify` on a terminal: the stages as they are climbed, the causes, and where it stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.messages import Face, error_text, stage_text, stage_title, status_word
from smtpwizard.messages import translate as _
from smtpwizard.messages.causes import cause_json, cause_lines
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Report, Stage, StageResult, Status
from smtpwizard.model.secrets import main_kind
from smtpwizard.model.stage_facts import (
    AuthFacts,
    ConnectFacts,
    DataFacts,
    MailFacts,
    RcptFacts,
    ResolveFacts,
    StageFacts,
    TlsFacts,
)
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.verify import keeps_secret, verify_stored

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.auth import Secret
    from smtpwizard.usecases.find_out_more import FoundMore
    from smtpwizard.usecases.workspace import StoredConnector, Workspace

_COLOURS = {
    Status.PASSED: "good",
    Status.FAILED: "bad",
    Status.UNKNOWN: "odd",
    Status.SKIPPED: "faint",
    Status.NOT_REACHED: "faint",
}


def run_verification(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Verify the connector that the arguments name; answers the report's exit code."""
    stored = ws.find(args.name)
    secret = inputs.read_secret(screen) if args.secret_stdin else None
    if secret is None:
        inputs.approve_command(ws, stored, args, screen)
        secret = _asked(stored, screen)
    token = CancelToken()
    # People watch a terminal; beside JSON, a log needs no second account of the same.
    climb = _Climb(screen) if not screen.json_wanted or screen.live else None
    begun = threading.Event()

    def observe(result: StageResult) -> None:
        begun.set()
        if climb is not None:
            climb.show(result)

    with stopping(token, begun):
        report = inputs.with_consent(
            ws,
            screen,
            lambda: verify_stored(
                ws,
                stored,
                send_to=args.send_to,
                stop_after=Stage(args.stop_after) if args.stop_after else None,
                timeout_s=args.timeout,
                secret=secret,
                token=token,
                observer=observe,
            ),
        )
        more = None
        if args.find_out_more and not report.cancelled:
            if climb is not None:
                climb.wait(_("Finding out more…"))
            report, more = _found_out(ws, stored, report, token)
    if climb is not None:
        climb.finish(report, more)
    if report.facts(AuthFacts).token_not_kept:
        screen.note(error_text("token_not_kept", {}, Face.COMMAND_LINE))
    document = report.to_json() | {"causes": [cause_json(cause) for cause in report.causes]}
    screen.answer(document if more is None else {**document, "more": _told(more)}, "")
    return report.exit_code()


def _found_out(
    ws: Workspace, stored: StoredConnector, report: Report, token: CancelToken
) -> tuple[Report, FoundMore]:
    """What else can be seen from here, and the report with its causes weighed again."""
    from smtpwizard.usecases.find_out_more import find_out_more, with_more

    entry = ws.catalogue.get(stored.connector.provider)
    more = find_out_more(stored.connector, entry=entry, token=token)
    return with_more(report, more, stored.connector, entry), more


def _told(more: FoundMore) -> dict[str, Any]:
    """What was found out as the contract has it: each finding with its sentence."""
    from smtpwizard.messages.further import further_text

    document = more.to_json()
    for finding in document["findings"]:
        finding["text"] = further_text(finding["code"], finding["facts"])
    return document


def _asked(stored: StoredConnector, screen: Screen) -> Secret | None:
    """The password typed by hand, where the connector keeps none and somebody is there."""
    kind = main_kind(stored.connector)
    if kind != "password" or keeps_secret(stored, kind) or not screen.interactive:
        return None
    who = stored.connector.authentication.username or stored.connector.name
    return inputs.ask_secret(_("Password of {name}: ").format(name=clean_text(who))) or None


@contextmanager
def stopping(token: CancelToken, begun: threading.Event | None = None) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop the climb; the report then says so. A second Ctrl-C ends it all,
    as does one before the climb has `begun`: whoever opens a secret store hears no token."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        if token.cancelled or (begun is not None and not begun.is_set()):
            raise KeyboardInterrupt
        token.cancel()

    # A shell's background job ignores SIGINT, and goes on doing so.
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Climb:
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
        """Say what is being done now, where somebody watches."""
        self._screen.progress(f"  {text}")

    def finish(self, report: Report, more: FoundMore | None = None) -> None:
        """The stages nobody reached, the causes, what else was found, and the end in one line."""
        self._screen.progress("")
        for result in report.stages:
            if result.stage not in self._printed:
                self._print(result)
        for cause in report.causes:
            title, *rest = cause_lines(cause, Face.COMMAND_LINE)
            self._screen.say("")
            self._screen.say(title)
            for line in rest:
                self._screen.say(f"  {line}")
        if more is not None:
            from smtpwizard.messages.further import further_text

            self._screen.say("")
            self._screen.say(_("Found out besides:"))
            for finding in more.findings:
                self._screen.say(f"  {further_text(finding.code, finding.facts)}")
            if not more.complete:
                self._screen.say("  " + _("There was no time for the rest."))
        self._screen.say("")
        self._screen.say(_summary(report))

    def _print(self, result: StageResult) -> None:
        self._printed.add(result.stage)
        self._screen.progress("")
        word = f"{status_word(result.status):<11}"
        took = f"{result.ms} ms" if result.ms is not None else ""
        line = f"  {result.stage.value:<10}{self._screen.coloured(word, _COLOURS[result.status])}"
        self._screen.say(f"{line} {took:>9}  {_detail(result)}".rstrip())


def _detail(result: StageResult) -> str:
    parts = []
    if result.status in (Status.FAILED, Status.UNKNOWN):
        parts.append(stage_text(result, Face.COMMAND_LINE))
    if result.reply is not None and (result.status is not Status.PASSED or _speaks(result.stage)):
        parts.append(clean_text(str(result.reply), 300))
    if result.status is Status.PASSED:
        parts += [clean_text(text, 300) for text in _facts(result.facts) if text]
    return "  ".join(part for part in parts if part)


def _speaks(stage: Stage) -> bool:
    """True for stages whose reply is of interest when all is well."""
    return stage in (Stage.GREETING, Stage.DATA)


def _facts(facts: StageFacts | None) -> Iterator[str | None]:
    """What is worth a place on the line."""
    match facts:
        case ResolveFacts():
            yield ", ".join((facts.addresses or ())[:5])
        case ConnectFacts():
            yield from (facts.address, str(facts.port))
        case TlsFacts():
            yield from (facts.version, facts.cipher)
        case AuthFacts():
            yield from (facts.mechanism, facts.username)
        case MailFacts():
            yield facts.sender
        case RcptFacts():
            yield facts.recipient
        case DataFacts():
            yield _("{number} bytes").format(number=facts.octets)


def _summary(report: Report) -> str:
    stopped = report.stopped_at()
    if report.ok:
        if report.stage(Stage.DATA).status is Status.PASSED:
            return _("Verified: the server accepted the test email.")
        if report.stage(Stage.AUTH).status is Status.PASSED:
            return _("Verified: the server accepted the login. No email was sent.")
        return _("Everything asked for passed.")
    if stopped is None:
        return _("Stopped.")
    where = f"{stopped.stage.value} ({stage_title(stopped.stage)})"
    if stopped.status is Status.UNKNOWN:
        return _("Unknown: no usable answer at {stage}.").format(stage=where)
    sentence = _("Interrupted at {stage}.") if report.cancelled else _("Stopped at {stage}.")
    said = f" {clean_text(str(stopped.reply), 300)}" if stopped.reply is not None else ""
    return sentence.format(stage=where) + said
