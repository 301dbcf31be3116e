"""What a token says beside what it should say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from smtpwizard.gui.results.fact_table import fact_table, fit_rows
from smtpwizard.gui.widgets.tab_order import order_tabs, tab_place
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.model.token_facts import FactRow

EMPTY = "–"


class TokenTable(QWidget):
    """One row a fact; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(tab_place())

    @cached_property
    def table(self) -> QTableWidget:
        """Built for the first fact."""
        headings = [self.tr("Token"), self.tr("Expected"), self.tr("Found"), self.tr("Result")]
        table = fact_table(self.tr("Token"), headings, 0, stretching=(1, 2))
        table.horizontalHeader().sectionResized.connect(lambda *_: fit_rows(table))
        layout = cast(QVBoxLayout, self.layout())
        layout.addWidget(table)
        order_tabs(self)
        return table

    def show_rows(self, rows: tuple[FactRow, ...], *, accepted: bool) -> None:
        """Show these facts; another account counts as chosen where it was `accepted`."""
        self.setVisible(bool(rows))
        if not rows:
            return
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            chosen = accepted and row.what == "account" and row.fits is False
            texts = (
                self._fact_name(row.what),
                clean_text(row.expected, 300) or EMPTY,
                clean_text(row.found, 300) or self.tr("not told"),
                self.tr("kept") if chosen else self._result_text(row.fits),
            )
            for column, text in enumerate(texts):
                self.table.setItem(number, column, QTableWidgetItem(text))
        self._fit_columns()
        fit_rows(self.table)

    def _fit_columns(self) -> None:
        table = self.table
        for column in (0, 3):
            items = [table.item(row, column) for row in range(table.rowCount())]
            items.append(table.horizontalHeaderItem(column))
            texts = [item.text() for item in items if item is not None]
            widest = max(self.fontMetrics().horizontalAdvance(text) for text in texts)
            table.setColumnWidth(column, widest + 24)

    def _fact_name(self, what: str) -> str:
        return {
            "account": self.tr("Account"),
            "scope": self.tr("Scope"),
            "role": self.tr("Application permission"),
            "audience": self.tr("Audience"),
            "tenant": self.tr("Tenant"),
            "expiry": self.tr("Valid until"),
        }[what]

    def _result_text(self, fits: bool | None) -> str:
        if fits is None:
            return EMPTY
        return self.tr("as expected") if fits else self.tr("differs")
