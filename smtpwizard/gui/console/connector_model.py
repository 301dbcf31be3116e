"""The connectors as a table: filtered and sorted here, since a proxy would ask for every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.connector_words import Lines
from smtpwizard.model.connector import name_order
from smtpwizard.model.searching import searched
from smtpwizard.usecases.list_rows import Kind, ListRow

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_LAST = "\U0010ffff"  # what has no date comes after all that have one

# By what a column sorts; where it says the same, and for the others, names decide.
_KEYS: Mapping[int, Callable[[ListRow], Any]] = {
    words.DEFAULT: lambda row: not row.default,
    words.SERVER: lambda row: (name_order(row.host), row.port),
    words.USER: lambda row: name_order(row.username or _LAST),
    words.VERIFIED: lambda row: row.login_at or row.at or row.verified_at or "",
    words.ENDS: lambda row: row.ends_at or _LAST,
}


def search_texts(rows: Sequence[ListRow], today: date) -> dict[str, str]:
    """What a search looks through, by id; for off the window's thread."""
    return {row.id: words.needle_ground(row, today) for row in rows}


class ConnectorModel(QAbstractTableModel):
    """Shows rows of a use case; what is shown is `rows`, what there is `all_rows` (by name)."""

    def __init__(self) -> None:
        super().__init__()
        self.all_rows: Sequence[ListRow] = ()
        self.rows: list[ListRow] = []
        self.needle = ""
        self.kind: Kind | None = None
        self.sorted_by: tuple[int, bool] = (words.STATUS, False)  # column, descending
        self.today = words.today()
        self._texts: dict[str, str] = {}
        self._kinds: dict[str, Kind] = {}
        self._numbers: dict[str, int] = {}
        self._cells: dict[tuple[str, int], Lines] = {}
        self._headings = words.column_names()
        self._elsewhere: set[str] = set()
        self._skipped: dict[str, str] = {}

    # -- what is shown ------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[ListRow], texts: Mapping[str, str] | None = None) -> bool:
        """Show these rows; True where more than single rows changed, and everything is new.

        `texts` are what a search looks through, where that was made beforehand.
        """
        today = words.today()
        former = {row.id: row for row in self.all_rows}
        changed = {row.id: row for row in rows if former.get(row.id) is not row}
        if today != self.today or len(changed) > len(self.rows):
            self._cells.clear()
        else:
            self._forget(changed)
        self.today = today
        self._kinds = {row.id: row.kind(today) for row in rows}
        self.all_rows = rows
        self._texts = dict(texts) if texts is not None else search_texts(rows, today)
        # What came anew has something happened to it since.
        self._skipped = {id_: text for id_, text in self._skipped.items() if id_ not in changed}
        self._find_skipped(self._skipped)
        wanted = self._wanted()
        if [row.id for row in wanted] == [row.id for row in self.rows]:
            self.rows = wanted
            for identifier in changed:
                if (number := self._numbers.get(identifier)) is not None:
                    self._tell_changed(number)
            return False
        self._reset(wanted)
        return True

    def change_rows(self, rows: Sequence[ListRow]) -> None:
        """Show these in place of the rows with their ids; nothing is sorted or filtered anew."""
        new = {row.id: row for row in rows}
        self.all_rows = [new.get(row.id, row) for row in self.all_rows]
        self._forget(new)
        for row in rows:
            self._skipped.pop(row.id, None)
            if row.id in self._kinds:
                self._texts[row.id] = words.needle_ground(row, self.today)
                self._kinds[row.id] = row.kind(self.today)
            number = self._numbers.get(row.id)
            if number is not None:
                self.rows[number] = row
                self._tell_changed(number)

    def skip(self, reasons: Mapping[str, str]) -> None:
        """Say why these were skipped, by id, until something happens to them."""
        self._skipped.update(
            (identifier, words.skipped_text(reason)) for identifier, reason in reasons.items()
        )
        rows = [row for row in self.all_rows if row.id in reasons]
        self._texts.update(search_texts(rows, self.today))
        self._find_skipped(reasons)
        self._forget(reasons)
        for identifier in reasons:
            if (number := self._numbers.get(identifier)) is not None:
                self._tell_changed(number)

    def _find_skipped(self, identifiers: Iterable[str]) -> None:
        """Let a search find why these were skipped."""
        for identifier in identifiers:
            if identifier in self._texts:
                self._texts[identifier] += f"\n{self._skipped[identifier].casefold()}"

    def _forget(self, identifiers: Iterable[str]) -> None:
        for identifier in identifiers:
            for column in range(len(words.KEYS)):
                self._cells.pop((identifier, column), None)

    def _tell_changed(self, number: int) -> None:
        self.dataChanged.emit(self.index(number, 0), self.index(number, len(words.KEYS) - 1))

    def filter(self, needle: str, kind: Kind | None) -> bool:
        """Show what contains every word of `needle` and is of this kind; True where that changed
        what is shown."""
        self.needle, self.kind = needle, kind
        return self.refilter()

    def sort_by(self, column: int, *, descending: bool) -> bool:
        """Sort by a column; True where that changed the order."""
        self.sorted_by = (column, descending)
        return self.refilter()

    def refilter(self) -> bool:
        wanted = self._wanted()
        if wanted == self.rows:
            return False
        self._reset(wanted)
        return True

    def _found(self) -> list[ListRow]:
        rows: list[ListRow] = list(self.all_rows)
        for needle in searched(self.needle).split():
            rows = [row for row in rows if needle in self._texts[row.id]]
        return rows

    def _wanted(self) -> list[ListRow]:
        rows = self._found()
        if self.kind is not None:
            rows = [row for row in rows if self._kinds[row.id] is self.kind]
        column, descending = self.sorted_by
        if column == words.STATUS:
            place = {kind: number for number, kind in enumerate(Kind)}
            rows.sort(key=lambda row: place[self._kinds[row.id]], reverse=descending)
        elif column in _KEYS:
            rows.sort(key=_KEYS[column], reverse=descending)
        elif descending:
            rows.reverse()
        return rows

    def _reset(self, rows: list[ListRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self._numbers = {row.id: number for number, row in enumerate(rows)}
        self.endResetModel()

    def count_kinds(self) -> Mapping[Kind, int]:
        """How many there are of each kind, whatever is shown."""
        return Counter(self._kinds.values())

    def count_found(self) -> Mapping[Kind, int]:
        """How many of each kind have the words that are looked for."""
        return Counter(self._kinds[row.id] for row in self._found())

    def next_of(self, kind: Kind, identifier: str, step: int) -> str:
        """The id of the next row of this kind behind that of `identifier`, or with -1 before it,
        round the end; where none of them is shown, of all there are. Empty without any."""
        for rows in (self.rows, list(self.all_rows)):
            nowhere = -1 if step > 0 else len(rows)
            at = next((at for at, row in enumerate(rows) if row.id == identifier), nowhere)
            around = [*rows[at + 1 :], *rows[: at + 1]]
            if step < 0:
                around = [*rows[:at][::-1], *rows[at:][::-1]]
            found = next((row.id for row in around if self._kinds[row.id] is kind), "")
            if found:
                return found
        return ""

    # -- rows ---------------------------------------------------------------------------------

    def row(self, number: int) -> ListRow:
        return self.rows[number]

    def kind_of(self, number: int) -> Kind:
        return self._kinds[self.rows[number].id]

    def row_of(self, identifier: str) -> int:
        """The row of the connector with this id, or -1 where it is not shown."""
        return self._numbers.get(identifier, -1)

    def rows_with(self, identifiers: Collection[str]) -> list[int]:
        """The rows of those of these connectors that are shown, in order."""
        numbers = self._numbers
        return sorted(numbers[each] for each in identifiers if each in numbers)

    def row_behind(self, identifiers: Collection[str]) -> str:
        """The id of the row that comes in the place of these, once they are gone; empty without."""
        numbers = self.rows_with(identifiers)
        if not numbers:
            return ""
        behind = [row.id for row in self.rows[numbers[-1] :] if row.id not in identifiers]
        before = [row.id for row in self.rows[: numbers[-1]] if row.id not in identifiers]
        return behind[0] if behind else before[-1] if before else ""

    def mark_elsewhere(self, identifiers: Iterable[str]) -> None:
        """Mark what another program has changed, until somebody looks at it."""
        for identifier in identifiers:
            self._elsewhere.add(identifier)
            if (number := self._numbers.get(identifier)) is not None:
                self._tell_changed(number)

    def look_at(self, identifier: str) -> None:
        """Somebody has come to this row: its mark has done its work."""
        if identifier in self._elsewhere:
            self._elsewhere.discard(identifier)
            if (number := self._numbers.get(identifier)) is not None:
                self._tell_changed(number)

    def is_marked(self, number: int) -> bool:
        """Whether another program has changed this row since somebody looked at it."""
        return bool(self._elsewhere) and self.rows[number].id in self._elsewhere

    def lines(self, number: int, column: int) -> Lines:
        """The two lines of a cell."""
        row = self.rows[number]
        key = (row.id, column)
        if key not in self._cells:
            lines = words.lines_of(row, column, self.today)
            if column == words.STATUS and row.id in self._skipped:
                lines = lines[0], self._skipped[row.id]
            self._cells[key] = lines
        return self._cells[key]

    # -- QAbstractTableModel ------------------------------------------------------------------

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(words.KEYS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if section in (words.TICK, words.DEFAULT) else self._headings[section]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._headings[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.lines(index.row(), index.column())[0]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if index.column() == words.TICK:
                return words.tick_text()
            lines: tuple[str, ...] = self.lines(index.row(), index.column())
            if index.column() == words.NAME and self.is_marked(index.row()):
                lines = (*lines, words.elsewhere_text())
            return ", ".join(line for line in lines if line)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and index.column() == words.NAME:
            # The keys move from name to name: what matters of the row is read out with it.
            return ", ".join(line for line in self.lines(index.row(), words.STATUS) if line)
        return None
