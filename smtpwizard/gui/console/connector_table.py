"""The connectors as a table: one row each, words in every cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QDateTime,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QIcon

from smtpwizard.resources import resource_path

if TYPE_CHECKING:
    from smtpwizard.usecases.connectors import ListedConnector

CUSTOM = "custom"
EMPTY = "–"
DEFAULT, NAME, PROVIDER, SERVER, AUTHENTICATION, STATUS, NEXT_DATE = range(7)

# Widths in lines of text; the last result takes what is left.
WIDTHS = {DEFAULT: 5, NAME: 10, PROVIDER: 8, SERVER: 10, AUTHENTICATION: 8, NEXT_DATE: 7}

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


def _tr(text: str) -> str:
    return QCoreApplication.translate("ConnectorTable", text)


def method_text(method: str) -> str:
    return {
        "oauth": _tr("OAuth"),
        "basic": _tr("Basic"),
        "none": _tr("No authentication"),
    }.get(method, method)


def status_text(row: ListedConnector) -> str:
    """The last verification in words, with its time where there is one (local)."""
    when = ""
    if row.verified_at:
        moment = QDateTime.fromString(row.verified_at, Qt.DateFormat.ISODate).toLocalTime()
        when = moment.toString("yyyy-MM-dd HH:mm")
    if row.status == "verified":
        return _tr("Verified {0}").format(when)
    if row.status == "failed":
        return _failed_text(row)
    if row.status == "changed":
        return _tr("Changed since the last test")
    return _tr("Untested")


def _failed_text(row: ListedConnector) -> str:
    """Where the last verification failed, why, and how long ago."""
    from smtpwizard.messages.face import Face  # noqa: PLC0415 - only of what failed
    from smtpwizard.messages.history import last_result_text  # noqa: PLC0415 - only of what failed

    text = last_result_text(row.status, row.result_facts(), datetime.now(UTC), Face.WINDOW)
    return text[:1].upper() + text[1:]


class ConnectorTable(QAbstractTableModel):
    """Shows what a use case listed; holds no rule of its own."""

    def __init__(self, name_of: Any) -> None:
        super().__init__()
        self._name_of = name_of
        self._rows: Sequence[ListedConnector] = ()
        self._crown: QIcon | None = None

    def show_rows(self, rows: Sequence[ListedConnector]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, index: int) -> ListedConnector:
        return self._rows[index]

    def row_of(self, identifier: str) -> int:
        """The row of the connector with this id, or -1."""
        for number, row in enumerate(self._rows):
            if row.stored.id == identifier:
                return number
        return -1

    # -- QAbstractTableModel ------------------------------------------------------------------

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else 7

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            _tr("Default"),
            _tr("Name"),
            _tr("Provider"),
            _tr("Server"),
            _tr("Authentication"),
            _tr("Last result"),
            _tr("Expires next"),
        )[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return None if column == DEFAULT and row.default else self._text(row, column)
        if role == Qt.ItemDataRole.DecorationRole and column == DEFAULT and row.default:
            if self._crown is None:
                path = str(resource_path("icons/crown.svg"))
                self._crown = QIcon(path)
                self._crown.addFile(path, QSize(), QIcon.Mode.Selected)
            return self._crown
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _tr("Default") if column == DEFAULT and row.default else self._text(row, column)
        return None

    def _text(self, row: ListedConnector, column: int) -> str:
        text = (
            EMPTY,
            row.name,
            _tr("Custom server") if row.provider == CUSTOM else self._name_of(row.provider),
            row.server,
            method_text(row.method),
            status_text(row),
            (row.expires_at or "")[:10],
        )[column]
        return text.replace("\n", " ") or EMPTY
