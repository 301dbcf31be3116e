"""`verify`: goes through the stages and reports."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import SecretStoreError, SmtpWizardError, StorageError, UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Cause, Report, Stage, StageResult
from smtpwizard.model.secrets import main_kind
from smtpwizard.model.stage_facts import AuthFacts
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.verify import keeps_secret, reaches_login, verify_stored

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.cli.reports import StagePrinter
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.find_out_more import FoundMore
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Verify the connector that the arguments name, or all; answers the exit code."""
    if args.all:
        from smtpwizard.cli import verify_all  # noqa: PLC0415 - only for all

        return verify_all.run(ws, args, screen)
    if args.name is None or args.jobs is not None:
        reason = _("name a connector, or say --all, to which --jobs belongs")
        raise UsageError("arguments_invalid", reason=reason)
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
    printer = _printer(screen, stored) if not screen.json_wanted or screen.live else None
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

            pointed = inputs.network(ws, args)
            more, report = find_out_more(ws, stored.connector, report, token, pointed)
    causes = _explained(report.causes)
    if printer is not None:
        printer.finish(report, [lines for _, lines in causes], more)
    if report.facts(AuthFacts).token_not_kept:
        screen.note(_sentence("token_not_kept", {}))
    inputs.note_read_only(ws, screen)
    document = report.to_json() | {"causes": [told for told, _ in causes]} | _before(report)
    if more is not None:
        document |= {"more": _as_json(more)}
    code = report.exit_code()
    if args.case is not None:
        written, code = _write_case(ws, stored, report, args, screen, code)
        document |= written
    screen.answer(document, "")
    return code


def _before(report: Report) -> Json:
    """What is known from earlier tests with the same settings."""
    found: Json = {}
    if report.unproven is not None:
        found["unproven"] = report.unproven.to_json()
    if report.worked_at is not None:
        found["worked_at"] = report.worked_at
    return found


def _printer(screen: Screen, stored: StoredConnector) -> StagePrinter:
    from smtpwizard.cli.reports import StagePrinter  # noqa: PLC0415 - sentences, where people read

    return StagePrinter(screen, stored.connector.name)


def _explained(causes: Sequence[Cause]) -> list[tuple[Json, list[str]]]:
    if not causes:
        return []
    from smtpwizard.cli.reports import explained  # noqa: PLC0415 - only after a failure

    return [explained(cause) for cause in causes]


def _write_case(
    ws: Workspace,
    stored: StoredConnector,
    report: Report,
    args: argparse.Namespace,
    screen: Screen,
    code: int,
) -> tuple[dict[str, Any], int]:
    """The case of just this run as the answer tells it, and the exit code: where none could be
    written, that of its failure."""
    from smtpwizard.cli.case import choices_of, told  # noqa: PLC0415 - only with a case
    from smtpwizard.usecases.case import case_of_report, write_case  # noqa: PLC0415 - only with a case

    try:
        case = case_of_report(ws, stored, report, choices_of(args))
        answer = write_case(ws, case, str(args.case))
    except SmtpWizardError as error:
        message = _sentence(error.code, error.facts)
        screen.note(message)
        failure = {"code": error.code, "field": error.facts.get("field"), "message": message}
        storage = isinstance(error, StorageError | SecretStoreError)
        return {"case": {"error": failure}}, 3 if storage else 1
    if not screen.json_wanted:
        screen.say("")
        screen.say(told(answer))
    return {"case": answer}, code


def _sentence(code: str, facts: Mapping[str, Any]) -> str:
    from smtpwizard.messages.errors import error_text  # noqa: PLC0415 - only of what went wrong
    from smtpwizard.messages.face import Face  # noqa: PLC0415 - only of what went wrong

    return error_text(code, facts, Face.COMMAND_LINE)


def _as_json(more: FoundMore) -> dict[str, Any]:
    """What was found out as the contract has it: each finding with its sentence."""
    from smtpwizard.messages.find_out_more import found_text  # noqa: PLC0415 - only then

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
