"""What a demo prints: its server, what arrived there, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from smtpwizard.messages import translate as _
from smtpwizard.messages.translation import fill, mark
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.demo import ends_verified

if TYPE_CHECKING:
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.demo import DeliveredMessage, Fault, Scenario

_FAULTS: Mapping[str, str] = {
    "connectors": mark("connectors: {count}, not 1"),
    "exit_code": mark("the window ended with exit code {code}"),
    "login": mark("a message came without TLS, or by another login"),
    "messages": mark("messages received: {count}, not 1"),
    "not_default": mark("{name} is not the default connector"),
    "not_verified": mark("{name} is not verified"),
}


class DemoPrinter:
    """Prints what happens in a demo, as it happens."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def no_display(self) -> None:
        print(_("No display: the demo walks through the wizard by itself."), file=self._out)

    def started(self, scenario: Scenario, demo: Mapping[str, Any]) -> None:
        if scenario.cause is not None:
            print(_("Scenario: {title}.").format(title=_(scenario.title)), file=self._out)
        _print_table(
            _("The demo's mail server, on this machine only and gone with the demo:"),
            _server_rows(demo),
            self._out,
        )

    def window_said(self, line: str) -> None:
        print(line, file=self._out, flush=True)

    def received(self, message: DeliveredMessage) -> None:
        _print_message(message, self._out)

    def kept(self, connectors: Sequence[ListedConnector]) -> None:
        _print_connectors(connectors, self._out)

    def ended(self, scenario: Scenario, shots: Path | None, faults: Sequence[Fault]) -> None:
        print(_("Screenshots of every page: {path}").format(path=shots), file=self._out)
        for fault in faults:
            what = fill(_FAULTS[fault.code], fault.facts)
            print(_("Not as it should be: {what}").format(what=what), file=self._out)
        if not faults:
            print(_done(scenario), file=self._out)
        self._out.flush()


def _done(scenario: Scenario) -> str:
    if scenario.cause is None:
        return _("Done: from an empty project to a verified connector.")
    if ends_verified(scenario):
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
        (_("CA file"), demo["ca_file"]),
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
            ("TLS", message.tls_version or _("none")),
            (_("Login"), f"{message.user} ({message.mechanism})"),
        ],
        out,
    )


def _print_connectors(connectors: Sequence[ListedConnector], out: IO[str]) -> None:
    rows = [
        (
            clean_text(connector.name),
            ", ".join([*([_("default")] if connector.default else []), _(connector.status)]),
        )
        for connector in connectors
    ]
    _print_table(_("The project's connectors:"), rows or [(_("none"), "")], out)
