"""What happened, one at a time in its zone of the header, and the list of what was said before."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QDateTime, QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QWidget

from smtpwizard.gui.widgets.notification import Notification

# How long a notification stays where nobody chose, s; 0 is until it is closed.
DEFAULT_SECONDS = 8
MAX_PAST = 100
# In lines of text: longer ones are hard to read.
WIDEST = 36
# One that somebody is reading or about to press waits so much longer, ms.
READING_MS = 2000
# How often its time is counted, ms.
TICK_MS = 500


class Later:
    """What can be done about something that was said, also once that is only in the list: until it
    is `over`, which says how."""

    def __init__(self, action: str, what: object) -> None:
        self.action = action
        self.what = what
        self.over = ""


class Told(NamedTuple):
    """What was said, when (local time), and what can be done about it."""

    tone: str
    title: str
    said: str
    at: QDateTime
    later: Later | None = None

    @property
    def text(self) -> str:
        """What is true of it now."""
        return (self.later.over if self.later is not None else "") or self.said


class Said:
    """A notification that is shown or waits for its turn; `close` takes it away."""

    def __init__(
        self,
        zone: NotificationZone,
        action: str,
        then: Callable[[], object] | None,
        gone: Callable[[], object] | None,
    ) -> None:
        self._zone = zone
        self.tone = ""
        self.title = ""
        self.text = ""
        self.action = action
        self.then = then
        self.gone = gone
        self.told: Told | None = None
        self.done = 0
        self.of = 0

    @property
    def stays(self) -> bool:
        """Until it is closed: failures, and what is under way."""
        return self.tone in ("failed", "running")

    @property
    def is_open(self) -> bool:
        return self._zone.holds(self)

    def show_progress(self, done: int, of: int, text: str) -> None:
        """How far something has come; not announced, it would never be silent."""
        self.done, self.of, self.text = done, of, text
        self._zone.show_progress(self)

    def close(self) -> None:
        self._zone.close_one(self)


class NotificationZone(QWidget):
    """Shows the newest one; below it wait those that stay or can be acted on.

    `told` comes with everything that was said, `changed` whenever another or none is shown,
    `let_go` when a button that had the focus is not there any more, `later_wanted` with what is to
    be done about something that was said before, `whole_wanted` where what is shown is cut. A time
    does not run under a dialog.
    """

    told = Signal()
    changed = Signal()
    let_go = Signal()
    later_wanted = Signal(object)
    whole_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.seconds = DEFAULT_SECONDS
        self.past: list[Told] = []
        self._open: list[Said] = []
        self.notification = Notification()
        self.notification.acted.connect(self._act)
        self.notification.closed.connect(self._close)
        self.notification.whole_wanted.connect(self.whole_wanted)
        self.notification.hide()
        # What stands beside it comes first: here, words are cut.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMaximumWidth(self.fontMetrics().height() * WIDEST)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.notification)
        self._left_ms = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def say(
        self,
        tone: str,
        title: str,
        text: str = "",
        *,
        action: str = "",
        then: Callable[[], object] | None = None,
        gone: Callable[[], object] | None = None,
        later: Later | None = None,
    ) -> Said:
        """Show a notification: passed, info, unknown, failed or running.

        `then` is what its button `action` does, which closes it; `gone` is called once it is not
        there any more, whatever the reason, but for the button. `later` is what the list can do.
        """
        said = Said(self, action, then, gone)
        said.tone, said.title, said.text = tone, title, text
        shown = self.shown
        if shown is not None and not shown.stays and not shown.action:
            self._drop(shown)
        self._open.append(said)
        if tone != "running":
            said.told = Told(tone, title, text, QDateTime.currentDateTime(), later)
            self.past.insert(0, said.told)
            del self.past[MAX_PAST:]
        self._show()
        self.told.emit()
        return said

    @property
    def shown(self) -> Said | None:
        return self._open[-1] if self._open else None

    def holds(self, said: Said) -> bool:
        return said in self._open

    def close_all(self) -> None:
        """Let go of everything, as if it had been closed."""
        for said in tuple(self._open):
            self._drop(said)
        self._show()

    def close_one(self, said: Said) -> None:
        if said in self._open:
            self._drop(said)
            self._show()

    def show_progress(self, said: Said) -> None:
        if said is self.shown:
            self.notification.show_second_line(said.text)
            self.notification.show_progress(said.done, said.of)

    def _drop(self, said: Said) -> None:
        self._open.remove(said)
        if said.action and said.gone is not None:
            self._keep_title(said)
        gone, said.gone = said.gone, None
        if gone is not None:
            gone()

    def _keep_title(self, said: Said) -> None:
        """What was true while it was shown is not, once it is gone: its title stays in the list."""
        if said.told is not None and said.told in self.past:
            self.past[self.past.index(said.told)] = said.told._replace(said="")

    def _show(self) -> None:
        said = self.shown
        self._timer.stop()
        focused = QApplication.focusWidget()
        within = focused is not None and self.notification.isAncestorOf(focused)
        if said is None:
            self.notification.hide()
            self.changed.emit()
            if within:
                self.let_go.emit()
            return
        later = said.told.later if said.told is not None else None
        name = later.action if later is not None else ""
        self.notification.show_text(said.tone, said.title, said.text, said.action, name)
        if said.tone == "running":
            self.notification.show_progress(said.done, said.of)
        self.notification.show()
        self.changed.emit()
        if within and focused is not None and not focused.isVisible():
            self.let_go.emit()
        if self.seconds and not said.stays:
            self._left_ms = self.seconds * 1000
            self._timer.start()

    def _tick(self) -> None:
        if QApplication.activeModalWidget() is None:  # else nobody can read it, nor press anything
            self._left_ms -= TICK_MS
            if self._left_ms <= 0:
                self._time_over()

    def _time_over(self) -> None:
        focused = QApplication.focusWidget()
        reading = self.notification.underMouse() or (
            focused is not None and self.notification.isAncestorOf(focused)
        )
        if reading:
            self._left_ms = READING_MS
        else:
            self._close()

    def _close(self) -> None:
        if self.shown is not None:
            self.close_one(self.shown)

    def _act(self) -> None:
        said = self.shown
        if said is None:
            return
        if said.gone is not None:
            self._keep_title(said)
        said.gone = None
        self.close_one(said)
        if said.then is not None:
            said.then()
