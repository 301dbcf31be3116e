"""The columns in their order: shown or hidden, moved up and down; by mouse or by keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QListWidgetItem, QVBoxLayout, QWidget

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.connector_table import FIXED
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label
from smtpwizard.gui.widgets.item_list import ItemList

if TYPE_CHECKING:
    from smtpwizard.gui.console.connector_table import ConnectorTable

_COLUMN = Qt.ItemDataRole.UserRole


class ColumnOrder(QDialog):
    """Works on the table at once: what is done here is seen there."""

    def __init__(self, parent: QWidget, table: ConnectorTable) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:columns")
        self._table = table
        self.setWindowTitle(self.tr("Arrange columns"))
        self.list = ItemList(self.tr("Columns"))
        names = words.column_names()
        for column in table.order():
            if column == words.TICK:
                continue
            item = QListWidgetItem(names[column])
            item.setData(_COLUMN, column)
            shown = table.is_shown(column)
            item.setCheckState(Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked)
            if column in FIXED:  # always there
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.up_button = button(self.tr("Move &up"), lambda: self.move_by(-1), icon="up")
        self.down_button = button(self.tr("Move &down"), lambda: self.move_by(1), icon="down")
        close = button(self.tr("&Close"), self.accept)
        column_ = QVBoxLayout(self)
        column_.addWidget(
            plain_label(self.tr("The first one stands on the left. Alt+Up and Alt+Down move it."))
        )
        column_.addWidget(self.list, 1)
        column_.addLayout(line(self.up_button, self.down_button, None, close))
        for key, by in (("Alt+Up", -1), ("Alt+Down", 1)):
            QShortcut(QKeySequence(key), self).activated.connect(lambda by=by: self.move_by(by))
        self.list.itemChanged.connect(self._checked)
        self.list.currentRowChanged.connect(lambda _: self._show_state())
        self.finished.connect(self.deleteLater)
        self._show_state()

    def move_by(self, by: int) -> None:
        """Move the current column, one place."""
        row = self.list.currentRow()
        if row < 0 or not 0 <= row + by < self.list.count():
            return
        item = self.list.takeItem(row)
        self.list.insertItem(row + by, item)
        self.list.setCurrentRow(row + by)
        self._table.set_order([self._column(each) for each in range(self.list.count())])
        words_ = self.tr("{0}, {1} of {2}").format(item.text(), row + by + 1, self.list.count())
        announce(self.list, words_)

    def _column(self, row: int) -> int:
        column: int = self.list.item(row).data(_COLUMN)
        return column

    def _checked(self, item: QListWidgetItem) -> None:
        column: int = item.data(_COLUMN)
        if column not in FIXED:
            shown = item.checkState() is Qt.CheckState.Checked
            if shown != self._table.is_shown(column):
                self._table.show_column(column, shown=shown)

    def _show_state(self) -> None:
        row = self.list.currentRow()
        self.up_button.setEnabled(row > 0)
        self.down_button.setEnabled(0 <= row < self.list.count() - 1)
