"""Something that happened: two lines, one action, and a way to close it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from smtpwizard.gui.widgets.elements import announce, button, set_tone
from smtpwizard.gui.widgets.eliding_label import ElidingLabel
from smtpwizard.gui.widgets.icons import IconLabel, dress

_MARKS = {
    "passed": "passed",
    "info": "info",
    "failed": "failed",
    "unknown": "warning",
    "running": "running",
}


class Notification(QFrame):
    """One notification: passed, info, unknown, failed or running; never higher than two lines.

    `acted` comes with its button, `closed` when the user has read it.
    """

    acted = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tone = ""
        self._mark = IconLabel(ground="raised")
        self.title = ElidingLabel(tone="strong")
        self.text = ElidingLabel(tone="quiet")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.action_button = button("", self.acted.emit)
        self.close_button = QToolButton()
        self.close_button.setAccessibleName(self.tr("Close"))
        self.close_button.setToolTip(self.tr("Close"))
        self.close_button.clicked.connect(lambda: self.closed.emit())
        dress(self.close_button, "close", "text", 14)
        words = QVBoxLayout()
        words.setSpacing(1)
        for label in (self.title, self.text):
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for widget in (self.title, self.text, self.progress):
            words.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(10)
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        row.addWidget(self.action_button)
        row.addWidget(self.close_button)

    def show_text(self, tone: str, title: str, text: str = "", action: str = "") -> None:
        """Show these words; said aloud by a screen reader."""
        self.tone = tone
        set_tone(self, "notice", tone)
        self._mark.show_icon(_MARKS[tone])
        self.title.setText(title)
        self.show_second_line(text)
        self.action_button.setText(action)
        self.action_button.setVisible(bool(action))
        self.progress.setVisible(tone == "running")
        self.close_button.setVisible(tone != "running")
        self.setAccessibleName(f"{title} {text}".strip())
        announce(self, self.accessibleName())

    def show_second_line(self, text: str) -> None:
        """What there is to say behind the title; the list of what was said has its lines."""
        self.text.setText(" ".join(text.split()))
        self.text.setVisible(bool(text))

    def show_progress(self, done: int, of: int) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(done)
