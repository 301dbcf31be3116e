"""The head of every page: the way to it, its title, and the zone of the notifications."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from smtpwizard.gui.console.notification_zone import NotificationZone
from smtpwizard.gui.widgets.elements import line, link_button, plain_label
from smtpwizard.gui.widgets.eliding_label import ElidingLabel
from smtpwizard.gui.widgets.notification import room_for_one
from smtpwizard.gui.widgets.path import fill_path
from smtpwizard.gui.widgets.pill import Pill

# What is above the way to a page, as on a connector's own, px: it stays there with any height.
_ABOVE = 8
# How wide name and notification have to be beside buttons, in heights of a line.
_ROOM = 42
Step = tuple[str, Callable[[], object] | None]


class PageHeader(QWidget):
    """As high with a notification as without: nothing moves when one comes."""

    def __init__(self) -> None:
        super().__init__()
        self.zone = NotificationZone()
        self.title = ElidingLabel(heading="page")
        self.pill = Pill()
        self._below = ElidingLabel(tone="small")
        self._path = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.setContentsMargins(0, _ABOVE, 0, 0)
        words.addLayout(self._path)
        words.addLayout(line(self.title, self.pill, None))
        words.addWidget(self._below)
        words.addStretch(1)
        self._row = line(words, spacing=16)
        self._row.addStrut(room_for_one(self.fontMetrics()))
        self._buttons: QWidget | None = None
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(12)
        self._rows.addLayout(self._row, 1)
        self.take_zone()

    def take_zone(self) -> None:
        """Have the notifications here: a page with a head of its own may have taken them."""
        self._row.addWidget(self.zone, 1)

    def show_page(
        self,
        steps: Sequence[Step],
        title: str,
        pill: str = "",
        *,
        below: str = "",
        buttons: QWidget | None = None,
    ) -> None:
        """The steps that lead to a page, with what leads back to each, its title, a word or two
        beside that, a line below it, and what one can do there."""
        widgets: list[QWidget] = []
        for number, (text, then) in enumerate(steps):
            if then is not None:
                widgets.append(link_button(text, then))
            elif number == len(steps) - 1:
                widgets.append(ElidingLabel(text, tone="small", middle=True))
            else:
                widgets.append(plain_label(text, tone="muted", wrap=False))
        fill_path(self._path, widgets)
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.pill.say(pill)
        self.pill.setVisible(bool(pill))
        self._below.setText(below)
        self._below.setVisible(bool(below))
        self._show_buttons(buttons)

    def _show_buttons(self, buttons: QWidget | None) -> None:
        former, self._buttons = self._buttons, buttons
        if former is not None and former is not buttons and isValid(former):
            self._rows.removeWidget(former)
            former.hide()
        if buttons is not None:
            from PySide6.QtCore import Qt  # noqa: PLC0415 - builds a hundred classes

            self._rows.addWidget(buttons, 0, Qt.AlignmentFlag.AlignLeft)
            buttons.show()
        self._fit()

    def _fit(self) -> None:
        """The buttons stand under the name where there is no room beside it."""
        directions = QBoxLayout.Direction
        wanted = directions.LeftToRight
        if self._buttons is not None:
            room = self.width() - self._buttons.sizeHint().width()
            if room < self.fontMetrics().height() * _ROOM:
                wanted = directions.TopToBottom
        if self._rows.direction() != wanted:
            self._rows.setDirection(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the name lets it be: the buttons go under that first."""
        hint = super().minimumSizeHint()
        if self._buttons is None:
            return hint
        row, buttons = self._row.minimumSize(), self._buttons.minimumSizeHint()
        return QSize(max(row.width(), buttons.width()), hint.height())
