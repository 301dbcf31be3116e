"""The demo server's values, to read, copy or fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QVBoxLayout

from smtpwizard.gui.widgets.elements import button, line, plain_label, value_label
from smtpwizard.messages.translation import translate


def scenario_title(demo: Mapping[str, Any]) -> str:
    """What is wrong with the demo's server on purpose; empty for the good one."""
    scenario = demo.get("scenario") or {}
    return translate(str(scenario["title"])) if scenario.get("title") else ""


class DemoFoot(QFrame):
    """A small card for the wizard's rail: the demo's server, its values and what it has received at
    the press of a button; `fill_in` and `mail_wanted` come with it."""

    fill_in = Signal()
    mail_wanted = Signal()

    def __init__(self, demo: Mapping[str, Any]) -> None:
        super().__init__()
        self._demo = demo
        self.dialog: QDialog | None = None
        self.setProperty("card", "true")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        column.addWidget(plain_label(self.tr("Demo mail server"), tone="strong"))
        title = scenario_title(demo)
        if title:
            column.addWidget(plain_label(title, tone="muted"))
        column.addWidget(button(self.tr("Fill in"), self.fill_in.emit))
        self.mail_button = button(self.tr("Demo mail…"), self.mail_wanted.emit, icon="mail")
        self.mail_button.setAccessibleDescription(self.tr("The emails that the demo has received"))
        self.mail_button.setVisible("line" in demo)
        column.addWidget(self.mail_button)
        column.addWidget(button(self.tr("Show the values…"), self._show_values, quiet=True))

    def _show_values(self) -> None:
        self.dialog = QDialog(self.window())
        self.dialog.setWindowTitle(self.tr("Demo mail server"))
        column = QVBoxLayout(self.dialog)
        column.addWidget(DemoStrip(self._demo))
        close = button(self.tr("Close"), self.dialog.reject)
        close.setDefault(True)
        column.addLayout(line(None, close))
        close.setFocus()
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.show()


class DemoStrip(QFrame):
    """A card with host, ports, user, password and CA file of the embedded server."""

    def __init__(self, demo: Mapping[str, Any]) -> None:
        super().__init__()
        self.setProperty("card", "true")
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 10, 14, 10)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.addWidget(plain_label(self.tr("Demo mail server"), tone="strong"), 0, 0, 1, 2)
        title = scenario_title(demo)
        if title:
            grid.addWidget(plain_label(title, tone="muted"), 1, 0, 1, 2)
        rows = self._rows(demo)
        for row, (name, text) in enumerate(rows, start=2):
            grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0)
            grid.addWidget(value_label(text, name), row, 1)
        grid.setColumnStretch(1, 1)
        # There is no mailbox to look into.
        where = (
            self.tr("What arrives there is shown under Demo mail.")
            if "line" in demo
            else self.tr("What arrives there is shown in the terminal.")
        )
        arrived = plain_label(where, tone="muted")
        grid.addWidget(arrived, len(rows) + 2, 0, 1, 2)

    def _rows(self, demo: Mapping[str, Any]) -> list[tuple[str, str]]:
        ports = demo["ports"]
        oauth = demo.get("oauth")
        names = {
            "starttls": self.tr("STARTTLS port"),
            "implicit_tls": self.tr("SSL/TLS port"),
        }
        if demo.get("security") == "none":
            names["none"] = self.tr("Unencrypted port")
        login = [(self.tr("Password"), str(demo["password"]))]
        if oauth is not None:
            login = [
                (self.tr("Client ID"), str(oauth["client_id"])),
                (self.tr("Client secret"), str(oauth["client_secret"])),
            ]
        return [
            (self.tr("Server"), str(demo["host"])),
            *((name, str(ports[key])) for key, name in names.items() if key in ports),
            (self.tr("User"), str(demo["username"])),
            *login,
            *((self.tr("CA file"), str(path)) for path in [demo["ca_file"]] if path),
        ]
