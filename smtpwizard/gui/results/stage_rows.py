"""The stages of a verification as rows: a mark, a name, what was found, how long it took.

Once one of them failed, those before it and those after it fold to one row each.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from smtpwizard.gui.widgets.elements import announce, breakable, plain_tip
from smtpwizard.gui.widgets.icons import TONES, grown, pixmap
from smtpwizard.gui.widgets.style import colour
from smtpwizard.messages.face import Face
from smtpwizard.messages.verification import stage_details, stage_title, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, Security
from smtpwizard.model.report import STAGES, Stage, StageResult, Status

MAX_DETAIL = 300
EMPTY = "–"
STAGE, DETAIL, TIME = range(3)

# px; what grows with the font is computed from it.
_EDGE, _GAP, _MARK, _BAR = 14, 12, 16, 74
_BAR_HEIGHT = 5
# Below this width of the table, in heights of a line, there is no room for bars.
_ROOM_FOR_BARS = 36
# So wide the words of what failed have to be beside its name, in the same.
_ROOM_FOR_WORDS = 20
_RADIUS = 7

# The mark of each state; its ground where that is no plain one.
_MARKS = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.UNKNOWN: "warning",
    Status.SKIPPED: "arrow",
    Status.NOT_REACHED: "untested",
}
_GROUNDS = {"failed": "danger_soft", "warning": "warning_soft"}
_LOUD = {"failed": "danger", "warning": "warning"}
_GOOD = (Status.PASSED, Status.SKIPPED)
_WRAPPED = int(Qt.TextFlag.TextWordWrap)


class Row(NamedTuple):
    """One row as it is shown; `group` names the one that it opens and folds."""

    mark: str
    title: str
    word: str
    detail: str = ""
    ms: int | None = None
    time: str = ""
    group: str = ""
    inside: bool = False
    opened: bool = False
    strong: bool = True


class StageTable(QTableWidget):
    """Read, never edited; as high as its rows, with no bar of its own."""

    def __init__(self, *, last: Stage = Stage.DATA) -> None:
        super().__init__(0, 3)
        self._order: tuple[Stage, ...] = STAGES[: STAGES.index(last) + 1]
        self._stages = self._order
        self._results: dict[Stage, StageResult] = {}
        self._given_up: Stage | None = None
        self._opened: set[str] = set()
        self._grouped = False
        self._now = ""
        self.rows: list[Row] = []
        self.setAccessibleName(self.tr("Stages"))
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(8)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setItemDelegate(_Painter(self))
        header = self.horizontalHeader()
        header.setMinimumSectionSize(8)
        header.setSectionResizeMode(STAGE, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(DETAIL, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(TIME, QHeaderView.ResizeMode.Fixed)
        self.cellClicked.connect(lambda row, _: self._press(row))
        self.clear_results()

    # -- what is shown ------------------------------------------------------------------------

    def clear_results(self, connector: Connector | None = None) -> None:
        """All stages of a verification of `connector` waiting, in the order in which they come."""
        # With SSL/TLS the server greets behind the encryption.
        implicit = connector is not None and connector.server.security is Security.IMPLICIT_TLS
        order = list(self._order)
        if implicit:
            at = order.index(Stage.GREETING)
            order[at : at + 2] = [Stage.TLS, Stage.GREETING]
        self._stages = tuple(order)
        self._results = {}
        self._given_up = None
        self._grouped = False
        self._opened = set()
        self._now = ""
        self._fill()

    def show_result(self, result: StageResult) -> None:
        """One stage as it starts or ends."""
        self._results[result.stage] = result
        self._now = ""
        self._fill()

    def show_all(self, results: tuple[StageResult, ...], connector: Connector | None) -> None:
        """The whole of a verification that has ended; folded round what failed."""
        self.clear_results(connector)
        self._results = {result.stage: result for result in results}
        self._grouped = any(r.status in (Status.FAILED, Status.UNKNOWN) for r in results)
        self._fill()

    def running_stage(self) -> Stage | None:
        """The stage that is under way."""
        running = (stage for stage, result in self._results.items() if result.running)
        return next(running, None)

    def say_running(self, words: str) -> None:
        """How long the stage under way has taken, in words."""
        self._now = words
        self._fill()

    def give_up(self) -> None:
        """The user stopped what was under way."""
        self._given_up = self.running_stage()
        if self._given_up is not None:
            self._results[self._given_up] = StageResult(self._given_up)
        self._fill()

    def row_of(self, stage: Stage) -> int:
        """The row that shows a stage; -1 where it is folded away."""
        title = stage_title(stage)
        found = (at for at, row in enumerate(self.rows) if not row.group and row.title == title)
        return next(found, -1)

    def stages_shown(self) -> tuple[Stage, ...]:
        """The stages in the order in which this connector goes through them."""
        return self._stages

    def set_opened(self, group: str, opened: bool) -> None:
        """Open or fold the stages that passed (`passed`) or were not reached (`not_reached`)."""
        at = next((n for n, row in enumerate(self.rows) if row.group == group), -1)
        if at < 0 or opened == (group in self._opened):
            return
        self._opened ^= {group}
        self._fill()
        self.setCurrentCell(at, STAGE)
        announce(self, f"{self.rows[at].title}: {self.rows[at].word}")

    # -- rows ---------------------------------------------------------------------------------

    def _fill(self) -> None:
        rows = self._folded() if self._grouped else [self._row(stage) for stage in self._stages]
        if rows == self.rows:
            return
        self.rows = rows
        self.setRowCount(len(rows))
        for at, row in enumerate(rows):
            self._put(at, STAGE, row.title, f"{row.title}, {row.word}", row.word)
            detail = row.detail
            self._put(at, DETAIL, detail, detail, detail)
            self._put(at, TIME, row.time, row.time, row.word)
        self._fit_columns()
        self.viewport().update()

    def _put(self, row: int, column: int, text: str, spoken: str, tip: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.setItem(row, column, item)
        item.setText(text)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken or EMPTY)
        item.setToolTip(plain_tip(tip))

    def _row(self, stage: Stage, *, inside: bool = False) -> Row:
        result, title = self._results.get(stage), stage_title(stage)
        if stage is self._given_up:
            stopped = self.tr("stopped")
            return Row("stop", title, stopped, stopped, inside=inside)
        if result is None or (result.status is Status.NOT_REACHED and not result.running):
            ended = result is not None
            word = status_name(Status.NOT_REACHED) if ended else self.tr("waiting")
            return Row("untested", title, word, word, inside=inside, strong=False)
        if result.running:
            word = self._now or self.tr("running…")
            return Row("running", title, word, word, inside=inside)
        details = " · ".join(stage_details(result, Face.WINDOW))
        time = "" if result.ms is None else self.tr("{0} ms").format(result.ms)
        word = status_name(result.status)
        detail = clean_text(details, MAX_DETAIL)
        if not detail:
            detail = EMPTY if result.status is Status.PASSED else word
        return Row(
            _MARKS[result.status],
            title,
            word,
            detail,
            result.ms,
            time,
            inside=inside,
            strong=result.status not in _GOOD,  # good news is quiet
        )

    def _folded(self) -> list[Row]:
        """What failed, and a row for all before it and all after it."""
        good = [s for s in self._stages if self._status(s) in _GOOD]
        later = [s for s in self._stages if self._status(s) is Status.NOT_REACHED]
        rest = [s for s in self._stages if s not in good and s not in later]
        out = self._group("passed", good, self.tr("{0} passed"))
        out += [self._row(stage) for stage in rest]
        return out + self._group("not_reached", later, self.tr("{0} not reached"))

    def _status(self, stage: Stage) -> Status:
        result = self._results.get(stage)
        return result.status if result is not None else Status.NOT_REACHED

    def _group(self, name: str, stages: list[Stage], title: str) -> list[Row]:
        if len(stages) < 2:
            return [self._row(stage) for stage in stages]
        opened = name in self._opened
        names = self.tr(", ").join(stage_title(stage) for stage in stages)
        word = self.tr("open") if opened else self.tr("folded")
        mark = "passed" if name == "passed" else "untested"
        head = Row(mark, title.format(len(stages)), word, names, group=name, opened=opened)
        return [head, *(self._row(stage, inside=True) for stage in stages if opened)]

    # -- events -------------------------------------------------------------------------------

    def _press(self, at: int, opened: bool | None = None) -> None:
        row = self.rows[at] if 0 <= at < len(self.rows) else None
        if row is not None and row.group:
            self.set_opened(row.group, (not row.opened) if opened is None else opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentRow()
        group = self.rows[row].group if 0 <= row < len(self.rows) else ""
        key = event.key()
        if group and key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._press(row)
        elif group and key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            self._press(row, key == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def has_bars(self) -> bool:
        """Whether there are times to compare, and the room for it."""
        compared = not self._grouped and sum(row.ms is not None for row in self.rows) > 1
        ended = all(not result.running for result in self._results.values())
        all_done = len(self._results) >= len(self._stages)
        em = self.fontMetrics().height()
        return compared and ended and all_done and self.width() >= _ROOM_FOR_BARS * em

    def _fit_columns(self) -> None:
        strong = QFont(self.font())
        strong.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(strong)
        titles = [stage_title(stage) for stage in self._stages] + [row.title for row in self.rows]
        widest = max(metrics.horizontalAdvance(title) for title in titles)
        self.setColumnWidth(STAGE, _EDGE + grown(_MARK) + _GAP + widest + 2 * _GAP)
        time = self.fontMetrics().horizontalAdvance("00000 ms")
        self.setColumnWidth(TIME, time + _EDGE + _GAP + (_BAR + _GAP if self.has_bars() else 0))
        self._fit_heights()

    def line_height(self) -> int:
        """How high a row of one line is."""
        return max(29, round(self.fontMetrics().height() * 1.75))

    def words_below(self) -> bool:
        """Whether the words of what failed stand below its name: beside it there is no room."""
        return self.columnWidth(DETAIL) < _ROOM_FOR_WORDS * self.fontMetrics().height()

    def words_room(self, row: QRect) -> QRect:
        """Where in a row, all of it, the words of what failed are."""
        above = (self.line_height() - self.fontMetrics().height()) // 2
        if self.words_below():
            left = _EDGE + grown(_MARK) + _GAP
            return row.adjusted(left, self.line_height() - above // 2, -_EDGE, -above)
        left, right = self.columnWidth(STAGE), self.columnWidth(TIME) + _GAP
        return row.adjusted(left, above, -right, -above)

    def _fit_heights(self) -> None:
        """What failed has all the lines that its words take; all else has one."""
        one, whole = self.line_height(), 0
        row_room = QRect(0, 0, self.viewport().width(), one)
        for at, row in enumerate(self.rows):
            height = one
            if row.mark in _LOUD:
                room = self.words_room(row_room)
                words = breakable(row.detail)
                needs = self.fontMetrics().boundingRect(room, _WRAPPED, words).height()
                height = max(one, one + needs - room.height())
            if self.rowHeight(at) != height:
                self.setRowHeight(at, height)
            whole += height
        whole += 2 * self.frameWidth() + 2
        if whole != self.maximumHeight():
            self.setFixedHeight(whole)


class _Painter(QStyledItemDelegate):
    """Draws a cell of the table above."""

    def __init__(self, table: StageTable) -> None:
        super().__init__(table)
        self._table = table

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(40, 29)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        table, at = self._table, index.row()
        if at >= len(table.rows):
            return
        row, room = table.rows[at], QRect(option.rect)
        first = QRect(room.topLeft(), QSize(room.width(), table.line_height()))
        painter.save()
        whole = table.viewport().rect()
        path = QPainterPath()
        path.addRoundedRect(QRectF(whole), _RADIUS, _RADIUS)
        painter.setClipPath(path)
        ground = _GROUNDS.get(row.mark, "surface")
        painter.fillRect(room, colour(ground))
        if at < len(table.rows) - 1:
            painter.fillRect(QRect(room.left(), room.bottom(), room.width(), 1), colour("line"))
        painter.setFont(table.font())
        draw = (self._draw_stage, self._draw_detail, self._draw_time)[index.column()]
        draw(painter, first, row, ground)
        if row.mark in _LOUD:
            self._draw_words(painter, room, row)
        if table.hasFocus() and at == table.currentRow():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("focus"), 2))
            painter.setClipRect(room)
            ring = QRectF(whole.left() + 2, room.top() + 1, whole.width() - 4, room.height() - 3)
            painter.drawRoundedRect(ring, 4, 4)
        painter.restore()

    def _draw_stage(self, painter: QPainter, room: QRect, row: Row, ground: str) -> None:
        left = room.left() + _EDGE + (grown(_MARK) + _GAP if row.inside else 0)
        ratio = painter.device().devicePixelRatio()
        token = "" if row.mark in TONES else "muted"
        mark = pixmap(row.mark, token, grown(_MARK), ground=ground, ratio=ratio)
        painter.drawPixmap(left, room.top() + (room.height() - grown(_MARK)) // 2, mark)
        left += grown(_MARK) + _GAP
        font = QFont(painter.font())
        if row.strong:
            font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        waits = row.mark in ("untested", "arrow") and not row.group
        self._write(
            painter, room, left, row.title, _LOUD.get(row.mark, "muted" if waits else "text")
        )

    def _draw_detail(self, painter: QPainter, room: QRect, row: Row, _: str) -> None:
        if row.group:
            self._draw_names(painter, room, row)
            return
        if row.mark not in _LOUD:
            token = "text" if row.mark == "running" else "muted"
            self._write(painter, room, room.left(), row.detail, token)

    def _draw_words(self, painter: QPainter, room: QRect, row: Row) -> None:
        """The words of what failed, over all cells where they are below its name: each draws its
        part."""
        table = self._table
        painter.setFont(table.font())
        painter.setPen(colour("text"))
        painter.save()
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        whole = QRect(0, room.top(), table.viewport().width(), room.height())
        painter.drawText(table.words_room(whole), _WRAPPED, breakable(row.detail))
        painter.restore()

    def _draw_names(self, painter: QPainter, room: QRect, row: Row) -> None:
        """The names of a group reach as far as its arrow, over both cells: each draws its part."""
        table = self._table
        left = table.columnViewportPosition(DETAIL)
        right = table.columnViewportPosition(TIME) + table.columnWidth(TIME) - _EDGE - grown(_MARK)
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        whole = QRect(left, room.top(), right - left, room.height())
        self._write(painter, whole, left, row.detail, "muted")

    def _draw_time(self, painter: QPainter, room: QRect, row: Row, _: str) -> None:
        if row.group:
            self._draw_names(painter, room, row)
            ratio = painter.device().devicePixelRatio()
            arrow = pixmap("up" if row.opened else "down", "text", 16, ratio=ratio)
            top = room.top() + (room.height() - 16) // 2
            painter.drawPixmap(room.right() - _EDGE - 16, top, arrow)
            return
        painter.setPen(colour("muted"))
        text = QRect(room.left(), room.top(), room.width() - _EDGE, room.height())
        painter.drawText(
            text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.time
        )
        if row.ms is not None and self._table.has_bars():
            self._draw_bar(painter, room, row.ms)

    def _draw_bar(self, painter: QPainter, room: QRect, ms: int) -> None:
        most = max(row.ms or 0 for row in self._table.rows)
        top = room.top() + (room.height() - _BAR_HEIGHT) / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("line"))
        painter.drawRoundedRect(QRectF(room.left(), top, _BAR, _BAR_HEIGHT), 2.5, 2.5)
        filled = max(3.0, _BAR * ms / most) if most else 3.0
        painter.setBrush(colour("muted"))
        painter.drawRoundedRect(QRectF(room.left(), top, filled, _BAR_HEIGHT), 2.5, 2.5)

    def _write(self, painter: QPainter, room: QRect, left: int, text: str, token: str) -> None:
        painter.setPen(colour(token))
        width = room.right() - left - _GAP
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        where = QRect(left, room.top(), width, room.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
