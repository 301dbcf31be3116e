"""*Look at the certificate…*: the way to whom the project trusts, where a test stopped for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, line

if TYPE_CHECKING:
    from smtpwizard.model.report import Report

# Nobody who is known vouches for the server.
_LEADS = ("cert_untrusted", "cert_self_signed")


class CertificateLead(QWidget):
    """A button that is there where it leads somewhere."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.button = button(
            self.tr("&Look at the certificate…"), self.wanted.emit, icon="certificate", quiet=True
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line(self.button, None))
        self.offer(None)

    def offer(self, report: Report | None) -> None:
        """Be there if this is what the verification stopped at."""
        stopped = report.stopped_at() if report is not None else None
        self.setVisible(stopped is not None and stopped.error in _LEADS)
