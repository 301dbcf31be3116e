"""*Trust it for the whole project…*: the way to whom the project trusts, where a test stopped for
want of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, line, plain_label
from smtpwizard.model.stage_facts import UNTRUSTED

if TYPE_CHECKING:
    from smtpwizard.model.report import Report


class CertificateLead(QWidget):
    """A button that is there where it leads somewhere."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.button = button(
            self.tr("Trust it for the whole &project…"), self.wanted.emit, icon="certificate"
        )
        words = plain_label(
            self.tr("Leads to what the server shows, to look at first."), tone="muted"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = line(self.button, words)
        row.setStretch(1, 1)
        column.addLayout(row)
        self.offer(None)

    def offer(self, report: Report | None) -> None:
        """Be there if this is what the verification stopped at, and the project does not trust it
        already."""
        stopped = report.stopped_at() if report is not None else None
        failure = stopped.failure if stopped is not None else None
        vouched = failure is not None and bool(failure.project_vouches)
        self.setVisible(failure is not None and failure.error in UNTRUSTED and not vouched)
