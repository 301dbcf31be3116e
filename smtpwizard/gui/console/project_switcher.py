"""The project switcher on top of the rail: whose connectors these are, and the way to others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.console.project_list import ROWS, ProjectList
from smtpwizard.gui.widgets.elements import button, separator, set_tip
from smtpwizard.gui.widgets.eliding_label import ElidingLabel
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.model.connector import name_key
from smtpwizard.model.stored import Project

# From so many projects on they can be searched.
SEARCH_FROM = 8


class ProjectSwitcher(QPushButton):
    """Says which project this is; a click opens the list of all."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("switcher", "true")
        self.setAutoDefault(False)
        self._mark = QLabel()
        self._mark.setTextFormat(Qt.TextFormat.PlainText)
        self._mark.setProperty("monogram", "true")
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        line = self.fontMetrics().height()
        self._mark.setFixedSize(round(line * 1.7), round(line * 1.7))
        self.name = ElidingLabel(tone="strong")
        self.note = ElidingLabel(tone="muted")
        for label in (self.name, self.note):
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.note)
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 6, 9, 6)
        row.setSpacing(9)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignCenter)
        row.addLayout(words, 1)
        self._arrow = IconLabel("down", "muted", px=14)
        row.addWidget(self._arrow)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = row
        policy = self.sizePolicy()
        policy.setVerticalPolicy(policy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setAccessibleDescription(self.tr("Opens the list of projects"))

    def sizeHint(self) -> QSize:
        """As high as its words; the style sheet's buttons have one line."""
        return QSize(super().sizeHint().width(), self._row.sizeHint().height())

    def show_narrow(self, narrow: bool) -> None:
        """Its letters alone, or its words as well."""
        for part in (self.name, self.note, self._arrow):
            part.setVisible(not narrow)
        self._row.setContentsMargins(*((2, 6, 2, 6) if narrow else (9, 6, 9, 6)))
        self._show_tip(narrow)

    def _show_tip(self, narrow: bool) -> None:
        about = self.tr("Which project the window shows. Commands in a terminal have their own.")
        set_tip(self, f"{self.name.text()}. {about}" if narrow else about)

    def show_project(self, name: str, note: str) -> None:
        self._mark.setText(letters_of(name))
        self.name.setText(name)
        self.note.setText(note)
        self._show_tip(self.name.isHidden())
        self.setAccessibleName(
            self.tr("Project: {0}").format(", ".join(filter(None, (name, note))))
        )


class ProjectPopup(QFrame):
    """All projects, searched where they are many, and what else is done with one.

    `chosen` comes with a project's id.
    """

    chosen = Signal(str)
    new_wanted = Signal()
    settings_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("popup", "true")
        self.setAccessibleName(self.tr("Projects"))
        self.setWindowTitle(self.tr("Projects"))
        self._all: Sequence[Project] = ()
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search projects"))
        self.search.setAccessibleName(self.tr("Search projects"))
        self.search.setClearButtonEnabled(True)
        self.list = ProjectList(self.tr("Projects"))
        self.list.setProperty("popup", "list")
        self.new_button = button(
            self.tr("&New project…"), partial(self._go, self.new_wanted), icon="plus", quiet=True
        )
        self.settings_button = button(
            self.tr("Project &settings…"),
            partial(self._go, self.settings_wanted),
            icon="list",
            quiet=True,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(6)
        for widget in (self.search, self.list, separator()):
            column.addWidget(widget)
        for push in (self.new_button, self.settings_button):
            column.addWidget(push, 0, Qt.AlignmentFlag.AlignLeft)
        self.search.textChanged.connect(self._filter)
        self.list.clicked.connect(lambda _: self.choose())

    def show_projects(self, projects: Sequence[Project], current: str) -> None:
        self._all = projects
        self.search.setVisible(len(projects) >= SEARCH_FROM)
        self.list.show_projects(projects, current)
        fits = len(projects) <= ROWS
        policies = Qt.ScrollBarPolicy
        self.list.setVerticalScrollBarPolicy(
            policies.ScrollBarAlwaysOff if fits else policies.ScrollBarAsNeeded
        )
        self.list.setFixedSize(self.list.wanted_size())
        self.adjustSize()

    def open_under(self, switcher: QWidget) -> None:
        """Show it below what opens it, as far as there is room."""
        self.setMinimumWidth(switcher.width())
        self.adjustSize()
        at = switcher.mapToGlobal(QPoint(0, switcher.height() + 4))
        room = switcher.screen().availableGeometry()
        at.setX(max(room.left(), min(at.x(), room.right() - self.width())))
        at.setY(max(room.top(), min(at.y(), room.bottom() - self.height())))
        self.move(at)
        self.show()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def choose(self) -> None:
        """Take the project that is selected."""
        project = self.list.chosen()
        self.close()
        if project is not None:
            self.chosen.emit(project.id)

    def _go(self, wanted: SignalInstance) -> None:
        self.close()
        wanted.emit()

    def _filter(self, text: str) -> None:
        key = name_key(text.strip())
        found = [project for project in self._all if key in name_key(project.name)]
        self.list.show_projects(found, self.list.projects.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses, Esc closes, arrows lead from the search to the list."""
        keys = Qt.Key
        focus = self.focusWidget()
        if event.key() == keys.Key_Escape:
            self.close()
        elif event.key() in (keys.Key_Return, keys.Key_Enter) and focus in (self.list, self.search):
            self.choose()
        elif event.key() in (keys.Key_Down, keys.Key_Up) and focus is self.search:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)


def letters_of(name: str) -> str:
    """Two letters that stand for a name."""
    words = name.split()
    letters = words[0][:1] + words[1][:1] if len(words) > 1 else name.strip()[:2]
    return letters.upper()
