"""The sections of the edit form: a card each, and beside them the list that leads to each."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.flow.edits import Section
from smtpwizard.gui.widgets.elements import plain_label, set_tone
from smtpwizard.gui.widgets.fields import FieldForm
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.pill import Pill


class SectionCard(QFrame):
    """One section: its heading, how many changes it has, its fields."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.title = title
        self.pill = Pill("", "warning")
        self.pill.hide()
        self.form = FieldForm()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(plain_label(title, heading="section", wrap=False))
        head.addWidget(self.pill)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(self.form)

    def show_changes(self, count: int) -> None:
        words = self.tr("1 change") if count == 1 else self.tr("{0} changes").format(count)
        self.pill.say(words, "warning")
        self.pill.setVisible(count > 0)


class SectionButton(QPushButton):
    """Leads to a section; says whether something in it is changed, or wrong."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setAutoDefault(False)
        self.setProperty("step", "done")
        self._title = title
        self._label = plain_label(title, wrap=False)
        self._mark = IconLabel("warning", px=14)
        kept = self._mark.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # or the title is cut where a mark comes
        self._mark.setSizePolicy(kept)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._label)
        row.addWidget(self._mark)
        row.addStretch(1)
        for widget in (self._label, self._mark):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # The current one is bold, and wider.
        self.setMinimumWidth(round(self._label.sizeHint().width() * 1.15) + 44)
        self.show_state(0, 0)

    def sizeHint(self) -> QSize:
        """As high as its label wants: a button looks at its own text alone, which it has not."""
        return QSize(super().sizeHint().width(), self.fontMetrics().height() + 16)

    def show_state(self, changes: int, problems: int) -> None:
        self._mark.setVisible(bool(changes or problems))
        self._mark.show_icon("failed" if problems else "warning")
        said = [self._title]
        if changes:
            said.append(
                self.tr("1 change") if changes == 1 else self.tr("{0} changes").format(changes)
            )
        if problems:
            said.append(self.tr("something is missing or wrong"))
        self.setAccessibleName(", ".join(said))

    def show_current(self, current: bool) -> None:
        set_tone(self, "step", "now" if current else "done")
        set_tone(self._label, "tone", "strong" if current else "")


class SectionList(QWidget):
    """The list at the left; `chosen` comes with the section."""

    chosen = Signal(object)

    def __init__(self, titles: dict[Section, str]) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Sections"))
        self.buttons = {section: SectionButton(title) for section, title in titles.items()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for section, push in self.buttons.items():
            push.clicked.connect(lambda _=False, section=section: self.chosen.emit(section))
            column.addWidget(push)
        column.addStretch(1)

    def show_current(self, section: Section) -> None:
        for each, push in self.buttons.items():
            push.show_current(each is section)
