"""The demo server's values, to read, copy or fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit

from smtpwizard.gui.widgets.elements import button, plain_label, value_label
from smtpwizard.messages.translation import translate

# Characters of a value that still fit beside the wizard's pages.
MAX_BESIDE = 24


class DemoStrip(QFrame):
    """A card with host, ports, user, password and CA file of the embedded server."""

    fill_in = Signal()

    def __init__(self, demo: Mapping[str, Any], *, wide: bool = False) -> None:
        super().__init__()
        self.setProperty("card", "true")
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.addWidget(plain_label(self.tr("Demo mail server"), heading="true"), 0, 0, 1, 2)
        scenario = demo.get("scenario") or {}
        if scenario.get("title"):
            grid.addWidget(plain_label(translate(str(scenario["title"])), tone="hint"), 1, 0, 1, 2)
        rows = self._rows(demo)
        for row, (name, text) in enumerate(rows, start=2):
            grid.addWidget(plain_label(name, tone="hint", wrap=False), row, 0)
            if wide or len(text) < MAX_BESIDE:
                grid.addWidget(value_label(text, name), row, 1)
                continue
            # A long path scrolls in its place instead of widening the wizard.
            edit = QLineEdit(text)
            edit.setReadOnly(True)
            edit.setCursorPosition(0)
            edit.setAccessibleName(self.tr("Demo {0}").format(name))
            grid.addWidget(edit, row, 1)
        grid.setColumnStretch(1, 1)
        if not wide:
            grid.addWidget(button(self.tr("Fill in"), self.fill_in.emit), len(rows) + 2, 0, 1, 2)
        # There is no mailbox to look into.
        arrived = plain_label(self.tr("What arrives there is shown in the terminal."), tone="hint")
        grid.addWidget(arrived, len(rows) + 3, 0, 1, 2)

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
            (self.tr("CA file"), str(demo["ca_file"])),
        ]
