"""Something that happened: a few lines, one action, and a way to close it."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QToolButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import announce, button, link_button, set_tone
from smtpwizard.gui.widgets.few_lines import FewLines
from smtpwizard.gui.widgets.icons import IconLabel, dress

_MARKS = {
    "passed": "passed",
    "info": "info",
    "failed": "failed",
    "unknown": "warning",
    "running": "running",
}


# So many lines at most, of which the title takes no more than these where there is more to say.
LINES, TITLE_LINES = 3, 2
# What has come under a resting pointer takes no click for so long, ms: that was meant for what was
# there before.
SETTLES_MS = 1000
_EDGES = (14, 7, 10, 7)
_GAP = 10
# What is above and below the lines: edges, border, and what shows how far something is.
_AROUND = 24


def room_for_one(metrics: QFontMetrics) -> int:
    """How high a notification may be, px: who keeps so much free is never moved by one."""
    return metrics.height() * LINES + _AROUND


class Notification(QFrame):
    """One notification: passed, info, unknown, failed or running; `LINES` lines at most.

    `acted` comes with its button, `closed` when the user has read it, `whole_wanted` where there is
    more to read than it shows.
    """

    acted = Signal()
    closed = Signal()
    whole_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tone = self._title = ""
        self._mark = IconLabel(ground="raised")
        self.title = FewLines(tone="strong")
        self.text = FewLines(tone="quiet")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.action_button = button("", self.acted.emit)
        self.close_button = QToolButton()
        self.close_button.setAccessibleName(self.tr("Close"))
        self.close_button.setToolTip(self.tr("Close"))
        self.close_button.clicked.connect(lambda: self.closed.emit())
        dress(self.close_button, "close", "text", 14)
        self.settles_ms = SETTLES_MS
        self._came = QElapsedTimer()
        for push in (self.action_button, self.close_button):
            push.installEventFilter(self)
        # What is cut stands among the notifications, whole.
        self.more_button = link_button(self.tr("Read all"), self.whole_wanted.emit)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addStretch(1)
        for widget in (self.title, self.text, self.progress):
            words.addWidget(widget)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(*_EDGES)
        row.setSpacing(_GAP)
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        self._buttons = QWidget()
        below = QVBoxLayout(self._buttons)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2)
        below.addWidget(self.action_button)
        below.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignHCenter)
        row.addWidget(self._buttons)
        row.addWidget(self.close_button)

    def show_text(
        self, tone: str, title: str, text: str = "", action: str = "", action_name: str = ""
    ) -> None:
        """Show these words; said aloud by a screen reader, which has `action_name` for the button
        where its text alone says too little."""
        if (tone, title, action) != (self.tone, self._title, self.action_button.text()):
            if self.isVisible() and self.underMouse():
                self._came.start()
            else:
                self._came.invalidate()
        self._title = title
        self.tone = tone
        set_tone(self, "notice", tone)
        self._mark.show_icon(_MARKS[tone])
        self.action_button.setText(action)
        self.action_button.setAccessibleName(action_name)
        self.action_button.setVisible(bool(action))
        self.progress.setVisible(tone == "running")
        self.close_button.setVisible(tone != "running")
        self.title.setText(title)
        self.show_second_line(text)
        whole = filter(None, (title.rstrip("."), self.text.text()))
        self.setAccessibleName(". ".join(whole))
        announce(self, self.accessibleName())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let no second click of two reach a button that came in the place of the first one's."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonDblClick:
            return True
        settling = self._came.isValid() and self._came.elapsed() < self.settles_ms
        return kind == QEvent.Type.MouseButtonPress and settling

    def show_second_line(self, text: str) -> None:
        """What there is to say behind the title; the list of what was said has its lines."""
        self.text.setText(" ".join(text.split()))
        self.text.setVisible(bool(text))
        self._fit()

    def _fit(self) -> None:
        """Share the lines between title and text, and offer the rest where that is not enough."""
        self._offer(rest=False)
        if not self._share() and self.tone != "running":  # which is not listed
            self._offer(rest=True)
            self._share()

    def _offer(self, *, rest: bool) -> None:
        self.more_button.setVisible(rest)
        self._buttons.setVisible(rest or not self.action_button.isHidden())

    def _share(self) -> bool:
        """Whether all of it fits."""
        room = self._room()
        most = TITLE_LINES if self.text.text() else LINES
        fits = self.title.fit(room, most)
        left = LINES - min(self.title.needs(room), most)
        return self.text.fit(room, left) and fits

    def _room(self) -> int:
        """How wide the lines may be."""
        left, _, right, _ = _EDGES
        beside = (self._mark, self._buttons, self.close_button)
        taken = sum(each.sizeHint().width() + _GAP for each in beside if not each.isHidden())
        return self.contentsRect().width() - left - right - taken

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_progress(self, done: int, of: int) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(done)
