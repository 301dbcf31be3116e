"""Which connector is to trust a certificate, a server's own or an authority, and no other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, line, plain_label, set_next_step
from smtpwizard.gui.widgets.fields import Field, combo_box
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.certificates import Certificate
from smtpwizard.usecases.own_trust import TlsServer


class OneConnector(QDialog):
    """Asks for one of `servers`; those of `host` stand first."""

    chosen = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        one: Certificate,
        host: str,
        servers: Sequence[TlsServer],
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "place:certificates")
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Use for one connector"))
        fitting = sorted(servers, key=lambda each: each.host.lower() != host.lower())
        self.combo = combo_box(
            (f"{clean_text(each.name, 100)} ({clean_text(each.host, 100)})", each.identifier)
            for each in fitting
        )
        self._host = host
        self._servers = {each.identifier: each.host for each in servers}
        self.connector = Field("connector", self.tr("&Connector"), self.combo)
        self.combo.currentIndexChanged.connect(lambda _: self._chosen())
        self.fingerprint = plain_label(group_fingerprint(one.fingerprint))
        self.fingerprint.setProperty("fixed", "true")
        self.pin_button = button(self.tr("&Trust it"), self._choose)
        self.pin_button.setEnabled(bool(servers))
        self.leave_button = button(self.tr("&Leave it"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(
            plain_label(self.tr("Which connector trusts this certificate?"), heading="section")
        )
        words = (
            self.tr("This project has no connector yet.")
            if not servers
            else self.tr(
                "It then trusts what this authority vouches for, and nothing else: nobody whom "
                "this computer or the project trusts."
            )
            if one.authority
            else self.tr(
                "It then trusts this certificate and no other: no authority, and not the one that "
                "follows when the server's administrator renews it."
            )
        )
        column.addWidget(plain_label(words))
        column.addWidget(self.connector.box)
        column.addWidget(self.fingerprint)
        column.addLayout(line(None, self.leave_button, self.pin_button))
        set_next_step(self.pin_button if servers else self.leave_button, self)
        self._chosen()
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)

    def _chosen(self) -> None:
        """What is trusted for its mail server may be another server's certificate."""
        own = self._servers.get(self.combo.currentData(), self._host)
        other = self.tr("Its mail server is {0}; this was shown by {1}.")
        same = own.lower() == self._host.lower() or not self._host
        said = "" if same else other.format(clean_text(own, 100), clean_text(self._host, 100))
        self.connector.set_warning(said)

    def _choose(self) -> None:
        self.chosen.emit(self.combo.currentData())
        self.accept()
