"""A button that tests again after some minutes: for what passes by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton

from smtpwizard.gui.widgets.elements import announce
from smtpwizard.messages.moments import clock_text

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
        at = datetime.now().astimezone() + timedelta(minutes=MINUTES)
        self.setText(self.tr("Tests again at {0}").format(clock_text(at)))
        announce(self, self.text())
        self.setEnabled(False)

    def _over(self) -> None:
        self.reset()
        self.due.emit()
