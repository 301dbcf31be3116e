"""`verify`: goes through the stages and reports."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.reports import StagePrinter, explained
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages import Face, error_text
from smtpwizard.messages import translate as _
from smtpwizard.messages.find_out_more import found_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Stage, StageResult
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
    printer = StagePrinter(screen) if not screen.json_wanted or screen.live else None
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
    causes = [explained(cause) for cause in report.causes]
    if printer is not None:
        printer.finish(report, [lines for _, lines in causes], more)
    if report.facts(AuthFacts).token_not_kept:
        screen.note(error_text("token_not_kept", {}, Face.COMMAND_LINE))
    document = report.to_json() | {"causes": [told for told, _ in causes]}
    screen.answer(document if more is None else {**document, "more": _as_json(more)}, "")
    return report.exit_code()


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
