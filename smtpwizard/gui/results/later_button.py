"""A button that tests again after some minutes: for what passes by itself."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QTime, QTimer, Signal
from PySide6.QtWidgets import QPushButton

from smtpwizard.gui.widgets.elements import announce

MINUTES = 5


class LaterButton(QPushButton):
    """Waits, once it is pressed; `due` comes when the minutes are over."""

    due = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAutoDefault(False)
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(MINUTES * 60_000)
        self.timer.timeout.connect(self._over)
        self.clicked.connect(self._wait)
        self.reset()

    def reset(self) -> None:
        """As before it was pressed; any wait under way is given up."""
        self.timer.stop()
        self.setEnabled(True)
        self.setText(self.tr("Try in {0} minutes").format(MINUTES))

    def _wait(self) -> None:
        self.timer.start()
        at = QTime.currentTime().addSecs(MINUTES * 60)
        shown = QLocale().toString(at, QLocale.FormatType.ShortFormat)
        self.setText(self.tr("Tests again at {0}").format(shown))
        announce(self, self.text())
        self.setEnabled(False)

    def _over(self) -> None:
        self.reset()
        self.due.emit()
