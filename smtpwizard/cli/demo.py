"""`demo`: what it prints of its server, of what arrived there, and of how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from smtpwizard.cli.output import pairs
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import status_word
from smtpwizard.messages.security import tls_name
from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import translate as _
from smtpwizard.messages.verification import stage_label, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.demo import run_demo, scenario_document, scenarios

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.flow.fixes import FixId
    from smtpwizard.model.report import Cause, Report
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.demo import DeliveredMessage, Scenario


def run(args: argparse.Namespace, screen: Screen) -> int:
    """Run the demo, or list what there is to try; needs no project of the user's."""
    if args.project is not None or args.secret_store is not None:
        option = "--secret-store" if args.project is None else "--project"
        reason = _("the demo has a project of its own, and forgets its secrets: leave out {option}")
        raise UsageError("arguments_invalid", reason=fill(reason, {"option": option}))
    if args.listed:
        known = [{**scenario_document(entry), "title": _(entry.title)} for entry in scenarios()]
        screen.answer(
            {"scenarios": known}, pairs([(str(e["name"]), str(e["title"])) for e in known])
        )
        return 0
    chosen = {} if args.scenario is None else {"scenario": args.scenario}
    printer = DemoPrinter(screen.writer())
    code = run_demo(unattended=args.unattended, listener=printer, within=args.data_dir, **chosen)
    screen.answer({"ok": code == 0}, "")
    return code


class DemoPrinter:
    """Prints what happens in a demo, as it happens."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def no_display(self) -> None:
        print(_("No display: the demo goes on without a window."), file=self._out)

    def started(self, scenario: Scenario, demo: Mapping[str, Any]) -> None:
        if scenario.cause is not None:
            print(_("Scenario: {title}.").format(title=_(scenario.title)), file=self._out)
        _print_table(
            _("The demo's mail server, on this computer only and gone with the demo:"),
            _server_rows(demo),
            self._out,
        )

    def received(self, message: DeliveredMessage) -> None:
        _print_message(message, self._out)

    def tested(self, report: Report) -> None:
        for result in report.stages:
            took = "" if result.ms is None else f"{result.ms:>6} ms"
            label = stage_label(result.stage, Face.COMMAND_LINE)
            status = status_name(result.status)
            print(f"  {label:<27}{status:<12}{took}".rstrip(), file=self._out)
        print(file=self._out)
        if not report.ok:
            self.sign_in_failed(report.causes)

    def sign_in_failed(self, causes: Sequence[Cause]) -> None:
        for cause in causes[:1]:
            title = cause_text(cause, Face.COMMAND_LINE).title
            print(
                _("  cause: {title} ({name})").format(title=title, name=cause.cause), file=self._out
            )

    def trying(self, fix: FixId) -> None:
        print(_("  fix: {name}").format(name=fix), file=self._out)

    def kept(self, connectors: Sequence[ListedConnector]) -> None:
        _print_connectors(connectors, self._out)

    def ended(self, scenario: Scenario, *, as_told: bool) -> None:
        said = _done(scenario) if as_told else _("This is not how the demo should end.")
        print(said, file=self._out, flush=True)


def _done(scenario: Scenario) -> str:
    if scenario.cause is None:
        return _("Done: from an empty project to a verified connector.")
    if scenario.ends_verified:
        return _("Done: the cause was named, and the way out of it led to a verified connector.")
    return _("Done: the cause was named.")


def _print_table(title: str, rows: Sequence[tuple[str, str]], out: IO[str]) -> None:
    width = max(len(label) for label, _ in rows)
    print(title, file=out)
    for label, value in rows:
        print(f"  {label:<{width}}  {clean_text(value)}", file=out)
    out.flush()


def _server_rows(demo: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = {"starttls": "STARTTLS", "implicit_tls": "SSL/TLS", "none": _("None")}
    ports = demo["ports"]
    oauth = demo.get("oauth")
    login = [(_("Password"), demo["password"])]
    if oauth is not None:
        login = [
            (_("Client ID"), oauth["client_id"]),
            (_("Client secret"), oauth["client_secret"]),
            (_("Authorization endpoint"), oauth["authorization_endpoint"]),
            (_("Token endpoint"), oauth["token_endpoint"]),
        ]
    return [
        (_("Server"), demo["host"]),
        *(
            (name, _("port {number}").format(number=ports[security]))
            for security, name in names.items()
            if security in ports
        ),
        (_("User"), demo["username"]),
        *login,
        *((_("CA file"), path) for path in [demo["ca_file"]] if path),
    ]


def _print_message(message: DeliveredMessage, out: IO[str]) -> None:
    _print_table(
        _("The mail server received:"),
        [
            (_("From"), message.sender),
            (_("To"), message.to),
            (_("Subject"), message.subject),
            (_("Date"), message.date),
            (_("Size"), _("{number} bytes").format(number=message.size)),
            ("TLS", tls_name(message.tls_version) if message.tls_version else _("none")),
            (_("Login"), f"{message.user} ({message.mechanism})"),
        ],
        out,
    )


def _print_connectors(connectors: Sequence[ListedConnector], out: IO[str]) -> None:
    rows = [
        (
            clean_text(connector.name),
            ", ".join(
                [*([_("default")] if connector.default else []), status_word(connector.status)]
            ),
        )
        for connector in connectors
    ]
    _print_table(_("The project's connectors:"), rows or [(_("none"), "")], out)
