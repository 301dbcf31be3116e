"""Which connector is to trust a certificate alone, in place of every authority."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, line, plain_label, set_next_step
from smtpwizard.gui.widgets.fields import Field, combo_box
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.certificates import Certificate


class OneConnector(QDialog):
    """Asks for one of `servers` (id, name and host each); those of `host` stand first."""

    chosen = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        one: Certificate,
        host: str,
        servers: Sequence[tuple[str, str, str]],
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "place:certificates")
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Use for one connector"))
        fitting = sorted(servers, key=lambda each: each[2].lower() != host.lower())
        self.combo = combo_box(
            (f"{clean_text(name, 100)} ({clean_text(at, 100)})", identifier)
            for identifier, name, at in fitting
        )
        self.connector = Field("connector", self.tr("&Connector"), self.combo)
        self.fingerprint = plain_label(group_fingerprint(one.fingerprint))
        self.fingerprint.setProperty("fixed", "true")
        self.pin_button = button(self.tr("&Pin it"), self._choose)
        self.pin_button.setEnabled(bool(servers))
        self.leave_button = button(self.tr("&Leave it"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(
            plain_label(self.tr("Which connector trusts this certificate?"), heading="section")
        )
        words = (
            self.tr(
                "It then trusts this certificate and no other: no authority, and not the one that "
                "follows when the server's administrator renews it."
            )
            if servers
            else self.tr("This project has no connector yet.")
        )
        column.addWidget(plain_label(words))
        column.addWidget(self.connector.box)
        column.addWidget(self.fingerprint)
        column.addLayout(line(None, self.leave_button, self.pin_button))
        set_next_step(self.pin_button if servers else self.leave_button, self)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)

    def _choose(self) -> None:
        self.chosen.emit(self.combo.currentData())
        self.accept()
