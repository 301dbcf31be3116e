"""Small words in a frame: a pill says something, a chip filters and can be pressed."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton

from smtpwizard.gui.widgets.elements import plain_label, set_tone
from smtpwizard.gui.widgets.icons import IconLabel, dress

_MARKS = {"success": "shieldok", "warning": "warning", "danger": "failed"}


class Pill(QFrame):
    """A word or two; tones: plain, success, warning, danger, each with a mark of its own."""

    def __init__(self, text: str = "", tone: str = "plain") -> None:
        super().__init__()
        self._mark = IconLabel(px=13)
        self.label = plain_label(wrap=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 1, 9, 1)
        row.setSpacing(5)
        row.addWidget(self._mark)
        row.addWidget(self.label)
        # Never higher than its word: its ends would not be round.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.say(text, tone)

    def say(self, text: str, tone: str = "plain") -> None:
        self.label.setText(text)
        set_tone(self, "pill", tone)
        set_tone(self.label, "tone", "" if tone == "plain" else tone)
        self._mark.setVisible(tone in _MARKS)
        if tone in _MARKS:
            self._mark.show_icon(_MARKS[tone], tone)


class Chip(QToolButton):
    """Shows one kind of rows while it is pressed; its text carries their number."""

    def __init__(self, text: str, icon: str = "") -> None:
        super().__init__()
        from PySide6.QtCore import Qt  # noqa: PLC0415 - builds a hundred classes

        self._word = text
        self.setCheckable(True)
        self.setProperty("chip", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        if icon:
            self.setProperty("marked", "true")
            dress(self, icon)
        self.show_count(0)

    def show_count(self, count: int) -> None:
        self.setText(f"{self._word}  {count}")
        self.setAccessibleName(f"{self._word} {count}")
