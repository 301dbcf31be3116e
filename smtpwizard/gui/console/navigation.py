"""The rail at the left: where one can go, and what can be opened from anywhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.console.project_switcher import ProjectSwitcher
from smtpwizard.gui.widgets.elements import plain_label, set_tip, set_tone
from smtpwizard.gui.widgets.eliding_label import ElidingLabel
from smtpwizard.gui.widgets.icons import IconLabel, grown

# How wide the rail may become, in lines of text.
MOST = 18
# A page has this much room before the rail's words have any, in lines of text.
PAGE = 38
_MARGINS = 24


class NavigationEntry(QPushButton):
    """A place to go, or what opens a window; its count is read out with its name."""

    def __init__(self, icon: str, text: str, then: Callable[[], object]) -> None:
        super().__init__()
        self._text = text
        self._icon = icon
        self.setProperty("entry", "plain")
        self.setAutoDefault(False)
        self._mark = IconLabel(icon, "muted", ground="rail")
        self._label = ElidingLabel(text)
        self._count = plain_label(wrap=False, tone="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 0, 10, 0)
        row.setSpacing(9)
        row.addWidget(self._mark)
        row.addWidget(self._label)
        row.addStretch(1)
        row.addWidget(self._count)
        for label in (self._mark, self._label, self._count):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(self.fontMetrics().height() + 15)
        self.show_count(0)
        self.clicked.connect(lambda: then())

    def show_count(self, count: int) -> None:
        self._count.setText(str(count) if count else "")
        name = self.tr("{0}, {1}").format(self._text, count) if count else self._text
        self.setAccessibleName(name)

    @staticmethod
    def icon_width() -> int:
        """How wide it is with its icon alone."""
        return grown(16) + 26

    def wanted_width(self) -> int:
        """How wide it is with all of its words, bold as they are on the page that is shown, and
        with a count."""
        bold = QFont(self._label.font())
        bold.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(bold)
        words = metrics.horizontalAdvance(self._text) + metrics.horizontalAdvance("00")
        return words + self._mark.width() + 44  # margins, borders and gaps

    def show_narrow(self, narrow: bool) -> None:
        """Its icon alone, or its words as well."""
        self._label.setVisible(not narrow)
        self._count.setVisible(not narrow)
        set_tip(self, self._text if narrow else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self._mark.show_icon(self._icon, "muted" if self.isEnabled() else "disabled")

    def set_current(self, current: bool) -> None:
        """Whether this is where one is."""
        set_tone(self, "entry", "now" if current else "plain")
        set_tone(self._label, "tone", "strong" if current else "")
        self._mark.show_icon(self._icon, "focus" if current else "muted")
        self.setAccessibleDescription(self.tr("You are here") if current else "")


class Navigation:
    """Fills the rail of the window, which is there before its entries."""

    def __init__(self, rail: QFrame) -> None:
        self._rail = rail
        self._column = QVBoxLayout(rail)
        self._column.setContentsMargins(12, 12, 12, 12)
        self._column.setSpacing(2)
        self._wish = QSpacerItem(0, 0)
        self._column.addItem(self._wish)
        self.entries: list[NavigationEntry] = []
        self._headings: list[QWidget] = []
        self._switcher: ProjectSwitcher | None = None
        self._wide = self._narrow = rail.width()
        self.is_narrow = False
        """Whether it has icons alone."""

    def add_switcher(self) -> ProjectSwitcher:
        """Whose connectors these are, on top."""
        switcher = self._switcher = ProjectSwitcher()
        self._column.addWidget(switcher)
        return switcher

    def add_heading(self, text: str) -> None:
        label = plain_label(text, tone="quiet", wrap=False)
        label.setContentsMargins(11, 14, 0, 4)
        self._headings.append(label)
        self._column.addWidget(label)

    def add_entry(self, icon: str, text: str, then: Callable[[], object]) -> NavigationEntry:
        entry = NavigationEntry(icon, text, then)
        self.entries.append(entry)
        self._column.addWidget(entry)
        return entry

    def add_stretch(self) -> None:
        self._column.addStretch(1)

    def fit(self) -> None:
        """Give the rail room for its longest entry, where a language needs more than is usual."""
        rail, em = self._rail, self._rail.fontMetrics().height()
        widest = max(entry.wanted_width() for entry in self.entries) + _MARGINS
        self._wide = max(rail.width(), min(widest, em * MOST))
        self._narrow = NavigationEntry.icon_width() + _MARGINS
        # The window may become as narrow as it can be without words here.
        rail.setMinimumWidth(self._narrow)
        self._wish.changeSize(self._wide - _MARGINS, 0)
        self._column.invalidate()
        self.window_resized()

    def window_resized(self) -> None:
        """Leave the words out where the page beside them needs the room."""
        page = self._rail.window().width() - self._wide
        narrow = page < self._rail.fontMetrics().height() * PAGE
        if narrow == self.is_narrow and self._rail.maximumWidth() in (self._wide, self._narrow):
            return
        self.is_narrow = narrow
        self._rail.setMaximumWidth(self._narrow if narrow else self._wide)
        for heading in self._headings:
            heading.setVisible(not narrow)
        if self._switcher is not None:
            self._switcher.show_narrow(narrow)
        for entry in self.entries:
            entry.show_narrow(narrow)

    def show_current(self, wanted: QWidget | None) -> None:
        for entry in self.entries:
            entry.set_current(entry is wanted)
