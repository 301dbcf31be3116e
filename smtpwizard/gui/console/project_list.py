"""All projects as a list of two lines each: name and address, and a pill with the environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem

from smtpwizard.gui.widgets.elements import plain_tip
from smtpwizard.gui.widgets.style import colour
from smtpwizard.gui.widgets.two_lines import (
    ICON,
    SECOND,
    Index,
    Role,
    TwoLineDelegate,
    TwoLineList,
    paint_icon,
    small,
)
from smtpwizard.messages.projects import environment_name
from smtpwizard.model.registration import smart_flows_domain
from smtpwizard.model.stored import Project

CURRENT, PILL = ICON + 1, ICON + 2
_NO_INDEX = QModelIndex()
# As many rows are seen at once, and no fewer letters of a name.
ROWS, LETTERS = 8, 26


def address_of(project: Project) -> str:
    """Where its Smart Flows is: the base URL or the domain; empty for neither."""
    return project.base_url or smart_flows_domain(project.domain or "") or ""


class ProjectModel(QAbstractListModel):
    """Projects by name."""

    def __init__(self) -> None:
        super().__init__()
        self.projects: Sequence[Project] = ()
        self.current = ""
        self.is_demo: Callable[[Project], bool] = lambda _: False
        """Whether a project is the demo's own."""

    def show_projects(self, projects: Sequence[Project], current: str) -> None:
        self.beginResetModel()
        self.projects, self.current = projects, current
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.projects)

    def name_of(self, project: Project) -> str:
        return self.tr("Demo") if self.is_demo(project) else project.name

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        project = self.projects[index.row()]
        name, address = self.name_of(project), address_of(project) or self.tr("No domain yet")
        pill, current = environment_name(project.environment), project.id == self.current
        if role == Role.DisplayRole:
            return name
        if role == Role.ToolTipRole:
            return plain_tip(f"{name}\n{address}")
        if role == SECOND:
            return address
        if role == PILL:
            return pill
        if role == CURRENT:
            return current
        if role == Role.AccessibleTextRole:
            parts = [name, pill, address, self.tr("You are here") if current else ""]
            return ", ".join(filter(None, parts))
        return None


class ProjectDelegate(TwoLineDelegate):
    """Paints one project: a tick where one is, name, address, and the pill."""

    margin = 6
    words_at = 36
    ground = "raised"
    elide = Qt.TextElideMode.ElideMiddle
    lines = False

    def paint_mark(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, ground: str
    ) -> None:
        if index.data(CURRENT):
            paint_icon(painter, option, "check", "link", at=12, px=14, ground=ground)

    def paint_right(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> int:
        rect, text = option.rect, str(index.data(PILL))
        right = rect.right() - 12
        if not text:
            return right
        font = small(option)
        metrics = QFontMetrics(font)
        most = rect.width() // 2
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, most)
        width, height = metrics.horizontalAdvance(text) + 18, metrics.height() + 3
        box = QRect(right - width, rect.center().y() - height // 2, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour("outline"))
        painter.setBrush(colour("surface"))
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setFont(font)
        painter.setPen(colour("text"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        return box.left() - 10


class ProjectList(TwoLineList):
    """The list itself; one project is chosen in it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.projects = ProjectModel()
        self.setModel(self.projects)
        self.setItemDelegate(ProjectDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def show_projects(
        self, projects: Sequence[Project], current: str, *, at: str = "", guess: bool = True
    ) -> None:
        """Show these, with `at` (else the current one) selected; where neither is there, the first
        with `guess`, and none without."""
        self.projects.show_projects(projects, current)
        rows = [row for row, project in enumerate(projects) if project.id == (at or current)]
        if rows or (projects and guess):
            self.setCurrentIndex(self.projects.index(rows[0] if rows else 0))

    def chosen(self) -> Project | None:
        """The one that is selected: with the focus the first one is current, and that alone."""
        index = self.currentIndex()
        if not index.isValid() or not self.selectionModel().isSelected(index):
            return None
        return self.projects.projects[index.row()]

    def wanted_size(self) -> QSize:
        """Room for all of them, within limits."""
        self.ensurePolished()
        line = max(self.sizeHintForRow(0), self.fontMetrics().height() * 2 + 12)
        names = [self.projects.name_of(project) for project in self.projects.projects]
        pills = [environment_name(project.environment) for project in self.projects.projects]
        metrics = self.fontMetrics()
        letters = metrics.averageCharWidth()
        words = max((metrics.horizontalAdvance(name) for name in names), default=0) * 108 // 100
        pill = max((metrics.horizontalAdvance(text) for text in pills), default=0)
        width = min(max(words, letters * LETTERS), letters * LETTERS * 2) + pill + 90
        rows = min(max(len(names), 1), ROWS)
        return QSize(width, rows * line + 2 * self.frameWidth() + 4)
