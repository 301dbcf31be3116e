"""The rows of a list stand below each other, whenever it was filled."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.gui.widgets.item_list import ItemList


def test_rows_that_were_measured_before_the_style_are_as_high_as_the_style_wants(
    qtbot: QtBot, qapp: QApplication
) -> None:
    before, window = qapp.styleSheet(), QWidget()
    qtbot.addWidget(window)
    try:
        qapp.setStyleSheet('QListView[padded="true"]::item { padding: 20px; }')
        rows = ItemList("Rows")
        rows.addItems(["a", "b"])
        rows.setCurrentRow(0)
        QVBoxLayout(window).addWidget(rows)
        window.show()
        qtbot.waitExposed(window)
        qapp.processEvents()
        first, second = (rows.visualItemRect(rows.item(row)) for row in range(2))
        assert first.height() >= 40
        assert second.top() == first.bottom() + 1
    finally:
        qapp.setStyleSheet(before)
