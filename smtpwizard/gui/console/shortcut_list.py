"""The list of shortcuts, made from the menus: it cannot say anything that is not so."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QTableWidgetItem, QVBoxLayout, QWidget

from smtpwizard.gui.results.fact_table import fact_table, fit_rows
from smtpwizard.gui.widgets.elements import button, line, plain_label
from smtpwizard.gui.widgets.fields import scrolling

_NATIVE = QKeySequence.SequenceFormat.NativeText


class ShortcutList(QDialog):
    """Shows what every key does."""

    def __init__(self, parent: QWidget, actions: Iterable[tuple[str, QAction]]) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:shortcuts")
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Shortcuts"))
        # What stands in several menus is told once, where it stands first.
        first: dict[QAction, str] = {}
        for menu, action in actions:
            first.setdefault(action, menu)
        rows = [
            (menu, _plain(action.text()), _keys(action))
            for action, menu in first.items()
            if action.shortcuts()
        ]
        rows += [
            (
                self.tr("Window"),
                self.tr("To the next part of the window, and back"),
                "F6, Shift+F6",
            ),
            (
                self.tr("Window"),
                self.tr("Back to the list"),
                QKeySequence(QKeySequence.StandardKey.Back).toString(_NATIVE),
            ),
            (self.tr("Table"), self.tr("Select or leave the current row"), self.tr("Space")),
            (self.tr("Table"), self.tr("First and last row"), self.tr("Home, End")),
            (self.tr("Table"), self.tr("Go to a name"), self.tr("Its first letters")),
            (self.tr("Table"), self.tr("Select a range"), self.tr("Shift+Arrow")),
            (self.tr("Table"), self.tr("Move without selecting"), self.tr("Ctrl+Arrow")),
            (self.tr("Table"), self.tr("What can be done with it"), self.tr("Menu, Shift+F10")),
        ]
        headings = [self.tr("Where"), self.tr("What"), self.tr("Keys")]
        self.table = fact_table(self.tr("Shortcuts"), headings, len(rows), stretching=(1,))
        em = self.fontMetrics().height()
        self.table.setColumnWidth(0, em * 6)
        self.table.setColumnWidth(2, em * 9)
        for number, cells in enumerate(rows):
            for place, text in enumerate(cells):
                self.table.setItem(number, place, QTableWidgetItem(text))
        fit_rows(self.table)
        self.close_button = button(self.tr("Close"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(plain_label(self.tr("Shortcuts"), heading="section"))
        self._body = body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.addWidget(self.table)
        inner.addStretch(1)
        self.area = scrolling(body)
        column.addWidget(self.area, 1)
        column.addLayout(line(None, self.close_button))
        room = self.screen().availableGeometry()
        self.resize(min(em * 36, room.width() * 9 // 10), min(em * 40, room.height() * 9 // 10))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.table.setCurrentCell(0, 0)
        self.table.currentCellChanged.connect(lambda row, *_: self._show_row(row))
        self.table.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Home, End and the keys for pages go through the rows of what scrolls."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        last = self.table.rowCount() - 1
        page = self.area.viewport().height() // max(self.table.rowHeight(0), 1) - 1
        keys = Qt.Key
        steps = {keys.Key_Home: -last, keys.Key_End: last}
        steps |= {keys.Key_PageUp: -page, keys.Key_PageDown: page}
        step = steps.get(keys(event.key()))
        if step is None:
            return super().eventFilter(watched, event)
        self.table.setCurrentCell(min(max(self.table.currentRow() + step, 0), last), 0)
        return True

    def _show_row(self, row: int) -> None:
        """The table is as high as its rows: what scrolls is the page that it lies on."""
        top = self.table.viewport().mapTo(self._body, QPoint(0, 0)).y()
        middle = top + self.table.rowViewportPosition(row) + self.table.rowHeight(row) // 2
        self.area.ensureVisible(0, middle, 0, self.table.rowHeight(row) * 2)


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")


def _keys(action: QAction) -> str:
    return ", ".join(key.toString(_NATIVE) for key in action.shortcuts())
