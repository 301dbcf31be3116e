"""What happened, one at a time in its zone of the header, and the list of what was said before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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


class Offer:
    """What can be done about something that was said: by its notification, and from the list for as
    long as it can be.

    `action` is on the notification's button, `name` says more where that alone says too little.
    What is `lasting` can be done again and again, all else once. `finish` is called where it can
    not be done any more, unless it was.
    """

    def __init__(
        self,
        action: str,
        then: Callable[[], object],
        *,
        name: str = "",
        lasting: bool = False,
        finish: Callable[[], object] | None = None,
    ) -> None:
        self.action = action
        self.name = name or action
        self.then = then
        self.lasting = lasting
        self.finish = finish
        self.is_open = True
        self.over = ""
        """What is true in place of what was said, once it is over."""

    def take(self) -> None:
        """Do it, where that is possible still."""
        if self.is_open:
            self.is_open = self.lasting
            self.then()

    def end(self, over: str = "") -> None:
        """It cannot be done any more, or is done; `over` says how that came."""
        self.over = over or self.over
        if self.is_open:
            self.is_open = False
            if self.finish is not None:
                self.finish()


class Told(NamedTuple):
    """What was said, when (local time), and what can be done about it."""

    tone: str
    title: str
    said: str
    at: QDateTime
    offer: Offer | None = None

    @property
    def text(self) -> str:
        """What is true of it now."""
        return (self.offer.over if self.offer is not None else "") or self.said


class Said:
    """A notification that is shown or waits for its turn; `close` takes it away."""

    def __init__(
        self,
        zone: NotificationZone,
        tone: str,
        title: str,
        text: str,
        offer: Offer | None,
    ) -> None:
        self._zone = zone
        self.tone = tone
        self.title = title
        self.text = text
        self.offer = offer
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
    `let_go` when a button that had the focus is not there any more, `whole_wanted` where what is
    shown is cut. A time does not run under a dialog.
    """

    told = Signal()
    changed = Signal()
    let_go = Signal()
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
        offer: Offer | None = None,
    ) -> Said:
        """Show a notification: passed, info, unknown, failed or running; its button, which does
        what it offers, closes it."""
        said = Said(self, tone, title, text, offer)
        shown = self.shown
        if shown is not None and not shown.stays and shown.offer is None:
            self._open.remove(shown)
        self._open.append(said)
        if tone != "running":
            self.past.insert(0, Told(tone, title, text, QDateTime.currentDateTime(), offer))
            self._forget(self.past[MAX_PAST:])
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
        self._open.clear()
        self._show()

    def close_one(self, said: Said) -> None:
        if said in self._open:
            self._open.remove(said)
            self._show()

    def end_offers(self, but: Collection[Offer] = ()) -> None:
        """Nothing that was said can be done any more, but these."""
        for told in self.past:
            if told.offer is not None and told.offer not in but:
                told.offer.end()

    def forget(self) -> None:
        """Empty the list of what was said."""
        self._forget(list(self.past))

    def _forget(self, some: Sequence[Told]) -> None:
        """Take these out of the list; what only it leads to is over then."""
        for told in some:
            self.past.remove(told)
            if told.offer is not None and told.offer.finish is not None:
                told.offer.end()

    def show_progress(self, said: Said) -> None:
        if said is self.shown:
            self.notification.show_second_line(said.text)
            self.notification.show_progress(said.done, said.of)

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
        action, name = (said.offer.action, said.offer.name) if said.offer is not None else ("", "")
        self.notification.show_text(said.tone, said.title, said.text, action, name)
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
        if said is not None:
            self.close_one(said)
            if said.offer is not None:
                said.offer.take()
