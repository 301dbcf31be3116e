"""The recorded runs of one connector as a list of two lines each; two of them carry A and B."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.widgets.style import colour
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import near_text, reason_text, stage_name, verdict_word
from smtpwizard.model.report import Verdict

if TYPE_CHECKING:
    from smtpwizard.model.run import Summary

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
SECOND, ICON, TOOK, SIDE = (Role.UserRole + number for number in range(1, 5))
MARKS = {
    Verdict.SENT: "passed",
    Verdict.LET_IN: "passed",
    Verdict.PASSED: "passed",
    Verdict.UNKNOWN: "warning",
    Verdict.INTERRUPTED: "stop",
    Verdict.STOPPED: "failed",
}
_NO_INDEX = QModelIndex()


def took_text(duration_ms: int) -> str:
    """How long a run took."""
    seconds = duration_ms / 1000
    if seconds < 0.1:
        return f"{duration_ms} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


class RunModel(QAbstractListModel):
    """Summaries, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: Sequence[Summary] = ()
        self._sides: dict[int, str] = {}

    def show_runs(self, runs: Sequence[Summary]) -> None:
        self.beginResetModel()
        self.runs = runs
        self._sides = {}
        self.endResetModel()

    def show_sides(self, older: int | None, newer: int | None) -> None:
        """Mark two rows as A and B; None: neither."""
        sides = {} if older is None or newer is None else {older: "A", newer: "B"}
        changed = {*sides, *self._sides}
        self._sides = sides
        for row in changed:
            self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        run, row = self.runs[index.row()], index.row()
        if role == Role.DisplayRole:
            return near_text(run.at, datetime.now().astimezone())
        if role == SECOND:
            return self._result(run, whole=False)
        if role == Role.ToolTipRole:
            return f"{self._result(run, whole=True)}, {took_text(run.duration_ms)}"
        if role == ICON:
            return MARKS[run.verdict]
        if role == TOOK:
            return took_text(run.duration_ms)
        if role == SIDE:
            return self._sides.get(row, "")
        if role == Role.AccessibleTextRole:
            parts = [
                near_text(run.at, datetime.now().astimezone()),
                self._result(run, whole=True),
                took_text(run.duration_ms),
            ]
            side = {"A": self.tr("A, the older one"), "B": self.tr("B, the newer one")}
            parts.append(side.get(self._sides.get(row, ""), ""))
            return ", ".join(filter(None, parts))
        return None

    def _result(self, run: Summary, *, whole: bool) -> str:
        if run.stage is None:
            word = verdict_word(run.verdict)
            return word[:1].upper() + word[1:]
        stage = stage_name(run.stage, Face.WINDOW)
        unknown = run.verdict is Verdict.UNKNOWN
        said = (self.tr("Nobody knows: {0}") if unknown else self.tr("Failed at {0}")).format(stage)
        if not whole:
            return said
        cause = run.causes[0] if run.causes else None
        reason = reason_text(cause, run.reply.text if run.reply is not None else "")
        return self.tr("{0}: {1}").format(said, reason) if reason else said


class RunDelegate(QStyledItemDelegate):
    """Paints one run: mark, when, how it ended, which side it is, how long it took."""

    def sizeHint(self, option: QStyleOptionViewItem, _: Index) -> QSize:
        return QSize(200, option.fontMetrics.height() * 2 + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, colour("accent_soft"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), colour("focus"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colour("hover"))
        painter.setPen(colour("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        ground = "accent_soft" if selected else "surface"
        ratio = option.widget.devicePixelRatioF() if option.widget is not None else 1.0
        mark = pixmap(index.data(ICON), px=16, ground=ground, ratio=ratio)
        painter.drawPixmap(rect.left() + 14, rect.center().y() - 8, mark)
        right = self._paint_right(painter, option, index)
        self._paint_words(painter, option, index, right, strong=bool(index.data(SIDE)))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(colour("focus"), 2))
            painter.drawRect(rect.adjusted(1, 1, -2, -2))
        painter.restore()

    def _paint_right(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> int:
        """Time and side; where the words have to end. The time gives way to when it was."""
        rect, metrics = option.rect, option.fontMetrics
        took = str(index.data(TOOK))
        right = rect.right() - 12
        side = index.data(SIDE)
        took_room = max(metrics.horizontalAdvance(took), metrics.horizontalAdvance("00.0 s")) + 12
        taken = 40 + took_room + (metrics.height() + 14 if side else 0)
        strong = QFont(option.font)
        strong.setWeight(QFont.Weight.DemiBold)
        when = QFontMetrics(strong).horizontalAdvance(str(index.data(Role.DisplayRole)))
        if taken + when > right - rect.left():
            took, took_room = "", 0
        painter.setFont(option.font)
        painter.setPen(colour("muted"))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(rect.left(), rect.top(), right - rect.left(), rect.height()),
                         int(flags), took)  # fmt: skip
        right -= took_room
        if side:
            width = metrics.height() + 6
            box = QRect(right - width, rect.center().y() - width // 2 + 1, width, width)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(colour("outline"))
            painter.setBrush(colour("surface"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(colour("text"))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), side)
            right -= width + 8
        return right

    def _paint_words(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
        right: int,
        *,
        strong: bool,
    ) -> None:
        rect, metrics = option.rect, option.fontMetrics
        font = QFont(option.font)
        if strong:
            font.setWeight(QFont.Weight.DemiBold)
        left, line = rect.left() + 40, metrics.height()
        top = rect.top() + (rect.height() - 2 * line) // 2
        for number, (role, token) in enumerate(((Role.DisplayRole, "text"), (SECOND, "muted"))):
            painter.setFont(font if number == 0 else option.font)
            painter.setPen(colour(token))
            words = str(index.data(role))
            room = QRect(left, top + number * line, max(right - left, 10), line)
            shown = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)


class RunList(QListView):
    """The list itself; one run is looked at, two are compared."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunModel()
        self.setModel(self.runs)
        self.setItemDelegate(RunDelegate(self))
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)

    def chosen(self) -> list[int]:
        """The selected rows, newest first."""
        return sorted({index.row() for index in self.selectionModel().selectedIndexes()})
