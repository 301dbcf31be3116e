"""The head of every page: the way to it, its title, and the zone of the notifications."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui.console.notification_zone import NotificationZone
from smtpwizard.gui.widgets.elements import line, link_button, plain_label
from smtpwizard.gui.widgets.eliding_label import ElidingLabel
from smtpwizard.gui.widgets.notification import room_for_one
from smtpwizard.gui.widgets.path import fill_path
from smtpwizard.gui.widgets.pill import Pill

# What is above the way to a page, as on a connector's own, px: it stays there with any height.
_ABOVE = 8
Step = tuple[str, Callable[[], object] | None]


class PageHeader(QWidget):
    """As high with a notification as without: nothing moves when one comes."""

    def __init__(self) -> None:
        super().__init__()
        self.zone = NotificationZone()
        self.title = ElidingLabel(heading="page")
        self.pill = Pill()
        self._path = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.setContentsMargins(0, _ABOVE, 0, 0)
        words.addLayout(self._path)
        words.addLayout(line(self.title, self.pill, None))
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(words)
        self._row = row
        self.take_zone()
        self.setMinimumHeight(room_for_one(self.fontMetrics()))

    def take_zone(self) -> None:
        """Have the notifications here: a page with a head of its own may have taken them."""
        self._row.addWidget(self.zone, 1)

    def show_page(self, steps: Sequence[Step], title: str, pill: str = "") -> None:
        """The steps that lead to a page, with what leads back to each, its title, and a word or two
        beside that."""
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
