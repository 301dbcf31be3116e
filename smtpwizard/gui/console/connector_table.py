"""The table of connectors: rows with a tick, columns that are chosen, moved and sorted by."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QToolTip

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.connector_delegate import ConnectorDelegate
from smtpwizard.gui.console.connector_model import ConnectorModel
from smtpwizard.gui.widgets.elements import announce, plain_tip

Index = QModelIndex | QPersistentModelIndex
Flag = QItemSelectionModel.SelectionFlag
CursorAction = QAbstractItemView.CursorAction

# Widths in lines of text, of columns that can be drawn wider; names take what they need of what is
# left, and the status the rest.
WIDTHS = {
    words.NAME: 11,
    words.SERVER: 10,
    words.USER: 11,
    words.VERIFIED: 8.25,
    words.ENDS: 9.5,
}
# A status is never narrower than this, in lines of text; columns fold away before.
STATUS_WIDTH = 16
# So much wider than usual a name may be before the status has its share, in lines of text.
NAMES_FIRST = 5
# Of what is left the status has so much first: its usual first lines are whole then.
STATUS_WHOLE = 16.75
# A longer name than nine of ten have makes no room for itself.
_OUTLIERS = 10
# What a kept width may be, in lines of text, and in px where it was kept before.
NARROWEST, WIDEST = 1.5, 140
NARROWEST_PX, WIDEST_PX = 24, 2000
# What folds away where there is little room, the first one first.
FOLDING = (words.USER, words.SERVER, words.ENDS, words.VERIFIED)
# These two stay where they are, and are always there.
FIXED = (words.TICK, words.NAME)
# What has moments that are past: the newest come first, as in a mailbox.
NEWEST_FIRST = (words.VERIFIED,)


class ConnectorTable(QTableView):
    """Selects whole rows; `menu_wanted` comes with a place on the screen, `arranged` when the
    user has changed columns or the order."""

    menu_wanted = Signal(object)
    arranged = Signal()

    def __init__(self, model: ConnectorModel) -> None:
        super().__init__()
        self.connectors = model
        self._came_to = ""
        self._searched = QElapsedTimer()  # since the last letter of a name
        self._hidden: set[int] = set()
        self._folded: set[int] = set()
        self._longest = 0  # what the longest name needs, px
        self._chosen_widths: dict[int, float] = {}  # in lines of text: they grow with the font
        self._by_program = False  # whether a width is being set by nobody's hand
        self._heading = _Heading(self)
        self.setHorizontalHeader(self._heading)
        self.setModel(model)
        self.delegate = ConnectorDelegate(self, model)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(self.tr("Connectors"))
        self.setObjectName("connectors")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._set_up_heading()
        self._take_font()

    def _set_up_heading(self) -> None:
        heading = self._heading
        heading.setHighlightSections(False)
        heading.setSectionsClickable(True)
        heading.setSectionsMovable(True)
        heading.setFirstSectionMovable(False)
        heading.setSortIndicatorShown(True)
        heading.setMinimumSectionSize(24)
        heading.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        heading.setSectionResizeMode(words.STATUS, QHeaderView.ResizeMode.Stretch)
        for column in (words.TICK, words.DEFAULT):
            heading.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        heading.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._show_order()
        heading.sectionClicked.connect(self._heading_clicked)
        heading.sectionMoved.connect(lambda *_: self._arranged())
        heading.sectionResized.connect(self._resized)

    def _take_font(self) -> None:
        self.delegate.take_font()
        self.set_compact(self.delegate.compact)
        em = self.fontMetrics().height()
        self.setColumnWidth(words.TICK, em + 22)
        self.setColumnWidth(words.DEFAULT, em + 10)
        self._set_widths()

    def _set_widths(self) -> None:
        """Every column as wide as was chosen, or as is usual, in the font of now."""
        self._by_program = True
        for column in WIDTHS:
            self.setColumnWidth(column, self._width(column))
        self._by_program = False

    def set_compact(self, compact: bool) -> None:
        """One line a row, or two."""
        self.delegate.compact = compact
        self.verticalHeader().setDefaultSectionSize(self.delegate.row_height)
        self.viewport().update()

    # -- rows ---------------------------------------------------------------------------------

    def chosen(self) -> list[str]:
        """The ids of the selected connectors, from top to bottom."""
        rows = self.connectors.rows
        numbers = {number for part in self._parts() for number in part}
        return [rows[number].id for number in sorted(numbers)]

    def chosen_count(self) -> int:
        """How many rows are selected; thousands cost no more than one."""
        return sum(map(len, self._parts()))

    def _parts(self) -> list[range]:
        """The selected rows; what is selected is always whole ones."""
        parts: list[QItemSelectionRange] = list(self.selectionModel().selection())  # type: ignore[call-overload]
        return [range(part.top(), part.bottom() + 1) for part in parts]

    def current(self) -> str:
        """The id of the row that the keys move, empty without one."""
        number = self.currentIndex().row()
        return self.connectors.row(number).id if number >= 0 else ""

    def choose(self, identifiers: Collection[str], current: str = "") -> None:
        """Select the rows of these connectors, and make one of them the current one."""
        numbers = self.connectors.rows_with(identifiers)
        selection = QItemSelection()
        last = len(words.KEYS) - 1
        for first, end in _runs(numbers):
            selection.select(self.connectors.index(first, 0), self.connectors.index(end, last))
        at = self.connectors.row_of(current) if current else -1
        if at < 0 and numbers:
            at = numbers[0]
        model = self.selectionModel()
        if at >= 0:
            # Not `selectRow`: from right to left it looks for a column beyond the last one.
            model.setCurrentIndex(self.connectors.index(at, words.NAME), Flag.NoUpdate)
        model.select(selection, Flag.ClearAndSelect)

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> Flag:
        """A click on a tick adds its row to the selection, or takes it away."""
        if isinstance(event, QMouseEvent) and index.isValid() and index.column() == words.TICK:
            if event.type() == QEvent.Type.MouseButtonPress:
                return Flag.Toggle | Flag.Rows
            return Flag.NoUpdate
        return super().selectionCommand(index, event)

    def toggle_all(self) -> None:
        """Select every row that is shown, or none."""
        if self.chosen_count() == len(self.connectors.rows):
            self.clearSelection()
        else:
            self.selectAll()

    # -- columns ------------------------------------------------------------------------------

    def set_sort(self, column: int, *, descending: bool) -> None:
        """Sort by a column; selection and current row stay with their connectors."""
        kept = self.kept_place()
        if self.connectors.sort_by(column, descending=descending):
            self.restore_place(kept)
        self._show_order()

    def _show_order(self) -> None:
        column, descending = self.connectors.sorted_by
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._heading.setSortIndicator(column, order)

    def _heading_clicked(self, column: int) -> None:
        if column == words.TICK:
            self.toggle_all()
            self._show_order()
            return
        self.sort_or_turn(column)
        self.scrollToTop()  # who clicks up there looks at what comes first

    def sort_or_turn(self, column: int) -> None:
        """Sort by a column; the other way round where that was so already."""
        same, descending = self.connectors.sorted_by
        turned = not descending if column == same else column in NEWEST_FIRST
        self.set_sort(column, descending=turned)
        if not self.chosen_count():
            self.scrollToTop()  # there is nothing to be kept in sight
        self.arranged.emit()
        text = self.tr("Sorted by {0}, descending") if turned else self.tr("Sorted by {0}")
        announce(self, text.format(words.column_names()[column]))

    def kept_place(self) -> tuple[list[str], str, int, int]:
        """What is selected, current and in sight; see `restore_place`."""
        current = self.current()
        shown = self.rowViewportPosition(self.currentIndex().row()) if current else 0
        return self.chosen(), current, shown, self.verticalScrollBar().value()

    def restore_place(
        self, place: tuple[list[str], str, int, int], *, top_stays: bool = False
    ) -> None:
        """Select again what was selected, the current row where it was on the screen; with
        `top_stays` who has not scrolled sees the first rows, wherever the current one has gone."""
        chosen, current, shown, scrolled = place
        self.setAutoScroll(False)  # nor when it is shown again
        self.choose(chosen, current)
        self.setAutoScroll(True)
        bar = self.verticalScrollBar()
        at = self.connectors.row_of(current)
        if current and at < 0:
            self._come_to((scrolled + shown) // self.delegate.row_height)
        follows = bool(scrolled) or not top_stays
        if follows and at >= 0 and 0 <= shown < self.viewport().height():
            self.doItemsLayout()
            bar.setValue(at * self.delegate.row_height - shown)
        else:
            bar.setValue(scrolled)

    def show_found(self, before: tuple[list[str], str, int, int]) -> None:
        """Have what a filter has found begin at its first row, unless the current one is seen."""
        _, current, shown, _ = before
        kept = bool(current) and self.connectors.row_of(current) >= 0
        if kept and 0 <= shown < self.viewport().height():
            return
        if not kept and self.connectors.rows:
            self.setAutoScroll(False)
            first = self.connectors.index(0, words.NAME)
            self.selectionModel().setCurrentIndex(first, Flag.NoUpdate)
            self.setAutoScroll(True)
        self.scrollToTop()

    def _come_to(self, number: int) -> None:
        """The current row is gone: the keys go on from the one that has come in its place."""
        if self.connectors.rows and not self.currentIndex().isValid():
            at = min(max(number, 0), len(self.connectors.rows) - 1)
            there = self.connectors.index(at, words.NAME)
            self.setAutoScroll(False)
            self.selectionModel().setCurrentIndex(there, Flag.NoUpdate)
            self.setAutoScroll(True)

    def is_shown(self, column: int) -> bool:
        """Whether a column was chosen to be shown."""
        return column not in self._hidden

    def has_room(self, column: int) -> bool:
        """Whether a column that is wanted is there: in a narrow window some fold away."""
        return column not in self._folded

    def show_column(self, column: int, *, shown: bool) -> None:
        (self._hidden.discard if shown else self._hidden.add)(column)
        self._fold()
        if not shown and column == self.connectors.sorted_by[0]:
            self.set_sort(words.NAME, descending=False)  # nobody could see by what it is sorted
        self._arranged()

    def order(self) -> list[int]:
        """The columns as they stand, from the first to the last one."""
        return sorted(range(len(words.KEYS)), key=self._heading.visualIndex)

    def set_order(self, columns: Sequence[int]) -> None:
        """Have the columns stand like this, behind the ticks."""
        heading = self._heading
        before = heading.blockSignals(True)
        for place, column in enumerate(columns, start=1):
            heading.moveSection(heading.visualIndex(column), place)
        heading.blockSignals(before)
        heading.viewport().update()
        self._arranged()

    def arrangement(self) -> dict[str, Any]:
        """Columns and order, in a form that can be kept."""
        column, descending = self.connectors.sorted_by
        return {
            "order": [words.KEYS[each] for each in self.order()],
            "hidden": sorted(words.KEYS[each] for each in self._hidden),
            "lines": {words.KEYS[each]: width for each, width in self._chosen_widths.items()},
            "sort": words.KEYS[column],
            "descending": descending,
        }

    def _width(self, column: int) -> int:
        """How wide a column is where it is shown, px."""
        em = self.fontMetrics().height()
        if column in self._chosen_widths:
            return round(self._chosen_widths[column] * em)
        heading = str(self.connectors.headerData(column, Qt.Orientation.Horizontal) or "")
        words_wide = self.fontMetrics().horizontalAdvance(heading) + 2 * em  # and the arrow
        return max(round(WIDTHS.get(column, 2) * em), words_wide)

    def arrange(self, kept: Mapping[str, Any]) -> None:
        """Take over what `arrangement` gave; whatever else stands there is passed over."""
        heading = self._heading
        heading.blockSignals(True)
        for place, key in enumerate(_list(kept.get("order"))):
            if key in words.KEYS and key != "tick":
                heading.moveSection(heading.visualIndex(words.KEYS.index(key)), place)
        heading.blockSignals(False)
        self._chosen_widths |= _kept_widths(kept, self.fontMetrics().height())
        self._set_widths()
        hidden = {words.KEYS.index(key) for key in _list(kept.get("hidden")) if key in words.KEYS}
        self._hidden = hidden - set(FIXED)
        sort = kept.get("sort")
        if sort in words.KEYS and sort != "tick":
            self.set_sort(words.KEYS.index(sort), descending=kept.get("descending") is True)
        self._fold()

    def _arranged(self) -> None:
        self._find_first()
        self.viewport().update()
        self.arranged.emit()

    def _resized(self, column: int, _: int, width: int) -> None:
        if column in WIDTHS and width and not self._by_program:
            self._chosen_widths[column] = round(width / self.fontMetrics().height(), 2)
            self.arranged.emit()

    def _fold(self) -> None:
        """Fold columns away until the status has room, and show what fits again."""
        em = self.fontMetrics().height()
        room = self.viewport().width() - STATUS_WIDTH * em
        needed = sum(
            self._widths_when_shown(column)
            for column in range(len(words.KEYS))
            if column not in self._hidden and column != words.STATUS
        )
        folded = set()
        for column in FOLDING:
            if needed > room and column not in self._hidden:
                folded.add(column)
                needed -= self._widths_when_shown(column)
        self._folded = folded
        self._widen_names(room - needed)
        before = self._heading.blockSignals(True)
        for column in range(len(words.KEYS)):
            self.setColumnHidden(column, column in self._hidden or column in folded)
        self._heading.blockSignals(before)
        self._find_first()

    def _widths_when_shown(self, column: int) -> int:
        grown = column == words.NAME and column not in self._chosen_widths
        return (
            self._width(column)
            if grown or self.isColumnHidden(column)
            else self.columnWidth(column)
        )

    def fit_names(self) -> None:
        """Names have the room that they need, as far as nobody has drawn their column."""
        names = [row.name for row in self.connectors.all_rows]
        longest = heapq.nlargest(len(names) // _OUTLIERS + 1, names, len)[-1:]
        width = max(map(self.delegate.width_of_name, longest), default=0)
        if width != self._longest:
            self._longest = width
            self._fold()

    def _widen_names(self, left: int) -> None:
        if words.NAME in self._chosen_widths:
            return
        em = self.fontMetrics().height()
        left -= round((STATUS_WHOLE - STATUS_WIDTH) * em)
        usual, first = self._width(words.NAME), NAMES_FIRST * em
        most = max(min(left, first), left // 2, 0)
        self._by_program = True
        self.setColumnWidth(words.NAME, usual + min(max(self._longest - usual, 0), most))
        self._by_program = False

    def _find_first(self) -> None:
        heading = self._heading
        shown = (
            place
            for place in range(heading.count())
            if not heading.isSectionHidden(heading.logicalIndex(place))
        )
        self.delegate.first_shown = next(shown, 0)

    # -- events -------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "delegate"):
            self._take_font()
            self.fit_names()
            self._fold()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.connectors.rows:
            first = self.connectors.index(0, words.NAME)
            self.selectionModel().setCurrentIndex(first, Flag.NoUpdate)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            if self._is_searched():
                self.keyboardSearch(" ")
                return
            self.selectionModel().select(self.currentIndex(), Flag.Toggle | Flag.Rows)
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_F10 and shift and self.currentIndex().isValid():
            self._ask_for_menu()  # of the two keys for it Qt knows the other one everywhere
            return
        super().keyPressEvent(event)

    def moveCursor(self, action: CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and the last row: what moves here is a row."""
        ends = {CursorAction.MoveHome: 0, CursorAction.MoveEnd: len(self.connectors.rows) - 1}
        if action in ends and self.connectors.rows:
            return self.connectors.index(ends[action], max(self.currentIndex().column(), 0))
        return super().moveCursor(action, modifiers)

    def keyboardSearch(self, search: str) -> None:
        """Letters go to the next row whose name begins with them, whatever cell was clicked."""
        here = self.currentIndex()
        if here.isValid() and here.column() != words.NAME:
            name = self.connectors.index(here.row(), words.NAME)
            self.selectionModel().setCurrentIndex(name, Flag.NoUpdate)
        self._searched.start()
        super().keyboardSearch(search)

    def _is_searched(self) -> bool:
        """Whether what is typed still belongs to the letters before it."""
        since = self._searched.elapsed() if self._searched.isValid() else None
        return since is not None and since <= QApplication.keyboardInputInterval()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()  # the ring goes round the whole row
        now = self.current()
        if now and now != self._came_to:
            self._came_to = now
            self.connectors.look_at(now)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, number: int) -> None:
        if number != self.delegate.hovered:
            self.delegate.hovered = number
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            if index.isValid() and index.column() > words.DEFAULT:
                width = self.columnWidth(index.column())
                lines: tuple[str, ...] = self.connectors.lines(index.row(), index.column())
                marked = index.column() == words.NAME and self.connectors.is_marked(index.row())
                if marked:
                    lines = (*lines, words.elsewhere_text())
                if marked or self.delegate.is_cut(index.row(), index.column(), width):
                    QToolTip.showText(
                        event.globalPos(),
                        plain_tip("\n".join(filter(None, lines))),
                        self.viewport(),
                    )
                    return True
            QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.currentIndex().isValid():
            self._ask_for_menu()
        else:
            self.menu_wanted.emit(event.globalPos())

    def _ask_for_menu(self) -> None:
        """By the keyboard: below the current row."""
        corner = self.visualRect(self.currentIndex()).bottomLeft()
        self.menu_wanted.emit(self.viewport().mapToGlobal(corner))


class _Heading(QHeaderView):
    """Has a tick for all rows in its first section."""

    def __init__(self, table: ConnectorTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table

    def setSelectionModel(self, _: QItemSelectionModel) -> None:
        """No heading looks selected, and none asks every row whether it is."""
        super().setSelectionModel(QItemSelectionModel(self.model(), self))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if section == words.TICK:
            chosen = self._table.chosen_count()
            everything = chosen == len(self._table.connectors.rows)
            mark = ("check" if everything else "dash") if chosen else ""
            painter.save()
            self._table.delegate.paint_box(painter, rect, mark)
            painter.restore()


def _kept_widths(kept: Mapping[str, Any], em: int) -> dict[int, float]:
    """The widths that were kept, in lines of text; they were kept in px before."""
    lines, pixels = kept.get("lines"), kept.get("widths")
    out = {}
    for column in WIDTHS:
        key = words.KEYS[column]
        wide = _number(lines, key, NARROWEST, WIDEST)
        old = _number(pixels, key, NARROWEST_PX, WIDEST_PX)
        if wide or old:
            out[column] = wide or round(old / em, 2)
    return out


def _number(kept: object, key: str, least: float, most: float) -> float:
    """A number within bounds from what was kept, 0 where there is none."""
    value = kept.get(key) if isinstance(kept, Mapping) else None
    return float(value) if type(value) in (int, float) and least <= value <= most else 0.0  # type: ignore[arg-type, operator]


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers put together: [1, 2, 3, 5] are 1 to 3 and 5 to 5."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _list(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
