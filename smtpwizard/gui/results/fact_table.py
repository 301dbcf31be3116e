"""A quiet table of facts: read, never edited, as high as its rows, no bars of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableWidget

# Above and below the words of a row, and beside them in their cell, px.
ROOM, BESIDE = 8, 18


def fact_table(
    name: str, headings: Sequence[str], rows: int, *, stretching: Iterable[int]
) -> QTableWidget:
    """A table called `name` by assistive technology; the columns `stretching` share the room."""
    table = QTableWidget(rows, len(headings))
    table.setAccessibleName(name)
    table.setProperty("padded", "true")  # the words begin where their heading does
    table.setHorizontalHeaderLabels(list(headings))
    table.verticalHeader().hide()
    table.verticalHeader().setMinimumSectionSize(table.fontMetrics().height() + ROOM)
    table.setCornerButtonEnabled(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(True)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionsClickable(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    wide = set(stretching)
    for column in range(len(headings)):
        mode = QHeaderView.ResizeMode.Stretch if column in wide else QHeaderView.ResizeMode.Fixed
        header.setSectionResizeMode(column, mode)
    return table


def fit_rows(table: QTableWidget) -> None:
    """Make every row as high as its words, with room around them, and the table as its rows."""
    table.resizeRowsToContents()
    # Qt counts the room beside one line, and forgets it beside two.
    for row in range(table.rowCount()):
        table.setRowHeight(row, max(table.rowHeight(row), _words_height(table, row) + ROOM))
    height = sum(table.rowHeight(row) for row in range(table.rowCount()))
    table.setFixedHeight(height + table.horizontalHeader().sizeHint().height() + 4)


def _words_height(table: QTableWidget, row: int) -> int:
    """How high the words of a row are where they are broken into lines."""
    metrics, heights = table.fontMetrics(), [0]
    for column in range(table.columnCount()):
        item = table.item(row, column)
        if item is not None:
            room = QRect(0, 0, table.columnWidth(column) - BESIDE, 10_000)
            box = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), item.text())
            heights.append(box.height())
    return max(heights)
