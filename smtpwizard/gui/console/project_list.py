"""All projects as a list of two lines each: name and address, and a pill with the environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.widgets.style import colour
from smtpwizard.messages.projects import environment_name
from smtpwizard.model.registration import smart_flows_domain
from smtpwizard.model.stored import Project

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
SECOND, CURRENT, PILL = (Role.UserRole + number for number in range(1, 4))
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
        name, address = self.name_of(project), address_of(project) or self.tr("No address yet")
        pill, current = environment_name(project.environment), project.id == self.current
        if role == Role.DisplayRole:
            return name
        if role == Role.ToolTipRole:
            return f"{name}\n{address}"
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


class ProjectDelegate(QStyledItemDelegate):
    """Paints one project: a tick where one is, name, address, and the pill."""

    def sizeHint(self, option: QStyleOptionViewItem, _: Index) -> QSize:
        return QSize(200, option.fontMetrics.height() * 2 + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, colour("accent_soft"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), colour("focus"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colour("hover"))
        if index.data(CURRENT):
            ground = "accent_soft" if selected else "raised"
            ratio = option.widget.devicePixelRatioF() if option.widget is not None else 1.0
            mark = pixmap("check", "link", px=14, ground=ground, ratio=ratio)
            painter.drawPixmap(rect.left() + 12, rect.center().y() - 7, mark)
        right = self._paint_pill(painter, option, str(index.data(PILL)))
        self._paint_words(painter, option, index, right)
        if option.state & QStyle.StateFlag.State_HasFocus and selected:
            painter.setPen(QPen(colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(1, 1, -2, -2))
        painter.restore()

    def _paint_pill(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> int:
        """Where the words have to end."""
        rect = option.rect
        right = rect.right() - 12
        if not text:
            return right
        font = QFont(option.font)
        font.setPointSizeF(option.font.pointSizeF() * 0.92)
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

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, right: int
    ) -> None:
        rect, line = option.rect, option.fontMetrics.height()
        strong = QFont(option.font)
        strong.setWeight(QFont.Weight.DemiBold)
        left, top = rect.left() + 36, rect.top() + (rect.height() - 2 * line) // 2
        rows = ((Role.DisplayRole, strong, "text"), (SECOND, option.font, "muted"))
        for number, (role, font, token) in enumerate(rows):
            painter.setFont(font)
            painter.setPen(colour(token))
            room = QRect(left, top + number * line, max(right - left, 10), line)
            shown = painter.fontMetrics().elidedText(
                str(index.data(role)), Qt.TextElideMode.ElideMiddle, room.width()
            )
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)


class ProjectList(QListView):
    """The list itself; one project is chosen in it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.projects = ProjectModel()
        self.setModel(self.projects)
        self.setItemDelegate(ProjectDelegate(self))
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)

    def show_projects(self, projects: Sequence[Project], current: str, *, at: str = "") -> None:
        """Show these, with `at` (else the current one) selected."""
        self.projects.show_projects(projects, current)
        rows = [row for row, project in enumerate(projects) if project.id == (at or current)]
        if projects:
            self.setCurrentIndex(self.projects.index(rows[0] if rows else 0))

    def chosen(self) -> Project | None:
        index = self.currentIndex()
        return self.projects.projects[index.row()] if index.isValid() else None

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
