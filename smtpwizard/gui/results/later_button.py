"""A button that tests again after some minutes: for what passes by itself."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QTime, QTimer, Signal
from PySide6.QtWidgets import QPushButton

from smtpwizard.model.report import Report, Verdict

MINUTES = 5


class LaterButton(QPushButton):
    """Offered where the same may work later; `due` comes when the minutes are over."""

    due = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(MINUTES * 60_000)
        self.timer.timeout.connect(self._over)
        self.clicked.connect(self._wait)
        self.offer(None)

    def offer(self, report: Report | None) -> None:
        """Offer to wait after this report; any wait under way is given up."""
        self.timer.stop()
        self.setEnabled(True)
        self.setText(self.tr("Test again in {0} minutes").format(MINUTES))
        passes = report is not None and report.verdict is Verdict.STOPPED
        first = report.causes[:1] if report is not None and passes else ()
        self.setVisible(any(cause.retryable for cause in first))

    def _wait(self) -> None:
        self.timer.start()
        at = QTime.currentTime().addSecs(MINUTES * 60)
        shown = QLocale().toString(at, QLocale.FormatType.ShortFormat)
        self.setText(self.tr("Tests again at {0}").format(shown))
        self.setEnabled(False)

    def _over(self) -> None:
        self.offer(None)
        self.due.emit()
