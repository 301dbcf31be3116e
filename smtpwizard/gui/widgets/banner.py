"""A banner: what stays true while a page is open, with its mark, its words and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from smtpwizard.gui.widgets.elements import announce, plain_label, set_tone
from smtpwizard.gui.widgets.icons import IconLabel

# The mark of each tone, and the ground it stands on.
MARKS = {
    "passed": ("passed", "success_soft"),
    "failed": ("failed", "danger_soft"),
    "unknown": ("warning", "warning_soft"),
    "info": ("info", "accent_soft"),
    "running": ("running", "accent_soft"),
}


class Banner(QFrame):
    """A tinted frame: passed, failed, unknown, info or running; said aloud when it changes."""

    def __init__(self, tone: str = "info", *, small: bool = False) -> None:
        super().__init__()
        self.tone = ""
        self._small = small
        self._mark = IconLabel(px=16 if small else 22)
        self.title = plain_label(heading="" if small else "section")
        self.text = plain_label()
        self.aside = plain_label(tone="quiet", wrap=False)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.text)
        words.addLayout(self.buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(12)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.aside, 0, Qt.AlignmentFlag.AlignTop)
        self.set_tone(tone)
        self.show_text("")

    def add_button(self, push: QPushButton) -> None:
        """Something to press, under the words."""
        self.buttons.insertWidget(self.buttons.count() - 1, push)

    def set_tone(self, tone: str) -> None:
        if tone != self.tone:
            self.tone = tone
            name, ground = MARKS[tone]
            set_tone(self, "card", tone)
            self._mark.show_icon(name, ground=ground)

    def show_text(self, title: str, text: str = "", aside: str = "") -> None:
        """One strong line, a sentence under it, a number at the right; empty parts are left out."""
        before = (self.title.text(), self.text.text())
        # What stands there already is not read out again with each stage of a test.
        new = [words for words, old in zip((title, text), before, strict=True) if words != old]
        for label, words in ((self.title, title), (self.text, text), (self.aside, aside)):
            label.setText(words)
            label.setVisible(bool(words))
        # A sentence alone is no heading.
        set_tone(self.title, "tone", "strong" if self._small and text else "")
        if any(new) and self.isVisible():
            announce(self, " ".join(filter(None, new)))
