"""The list of connectors and the verbs on the one that is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.cases.run_list import RunListDialog
from smtpwizard.gui.console import connector_table as columns
from smtpwizard.gui.console.connector_table import ConnectorTable
from smtpwizard.gui.console.dates import DateLine
from smtpwizard.gui.console.verify_dialog import VerifyDialog
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits, Work
from smtpwizard.gui.widgets.dialogs import ask, tell
from smtpwizard.gui.widgets.elements import button

if TYPE_CHECKING:
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.workspace import Workspace


class ConnectorList(QWidget):
    """Shows rows; asks for the wizard with `new` and `edit`, for a fresh list with `changed`.

    `for_smart_flows` asks for what to enter in the console for a row.
    `open_file` asks for a case or an answer, `waiting` tells that a change waits for the keyring.
    """

    new = Signal()
    open_file = Signal()
    edit = Signal(object)
    for_smart_flows = Signal(object)
    changed = Signal()
    waiting = Signal()

    def __init__(self, ws: Workspace, runner: Runner, recovery: SecretStoreRecovery) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self.rows: Sequence[ListedConnector] = ()
        self.verify_dialog: VerifyDialog | None = None
        self.history_dialog: RunListDialog | None = None
        self._edit_next = ""
        self.new_button = button(self.tr("&New"), self.new.emit)
        self.edit_button = button(self.tr("&Edit"), self._edit)
        self.verify_button = button(self.tr("&Verify"), self.verify)
        self.history_button = button(self.tr("&History…"), self.show_history)
        self.history_button.setAccessibleDescription(self.tr("Every test of it that was recorded"))
        self.smart_flows_button = button(self.tr("For &Smart Flows…"), self._show_form)
        self.default_button = button(self.tr("Set as &default"), self.make_default)
        self.duplicate_button = button(self.tr("D&uplicate"), self.duplicate)
        self.remove_button = button(self.tr("&Remove"), self.remove)
        self.passphrase_button = button(self.tr("&Passphrase…"), self.change_passphrase)
        self.passphrase_button.setAccessibleDescription(
            self.tr("Changes the passphrase of the encrypted file of passwords")
        )
        self.open_button = button(self.tr("&Open…"), self.open_file.emit)
        self.open_button.setAccessibleDescription(self.tr("Opens a case or an answer from a file"))
        self.new_button.setDefault(True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.new_button)
        line.addSpacing(12)
        for push in self._buttons_for_one():
            line.addWidget(push)
        line.addStretch(1)
        line.addWidget(self.open_button)
        line.addWidget(self.passphrase_button)
        self.model = ConnectorTable(ws.catalogue.name_of)
        self.table = self._build_table()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        self.dates = DateLine(ws, runner)
        column.addWidget(self.dates)
        self._build_shortcuts()

    def _buttons_for_one(self) -> tuple[QPushButton, ...]:
        return (
            self.edit_button,
            self.verify_button,
            self.history_button,
            self.smart_flows_button,
            self.default_button,
            self.duplicate_button,
            self.remove_button,
        )

    def _build_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName(self.tr("Connectors"))
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setCornerButtonEnabled(False)
        em = self.fontMetrics().height()
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(em + 14)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for index, width in columns.WIDTHS.items():
            table.setColumnWidth(index, width * em)
        header.setSectionResizeMode(columns.STATUS, QHeaderView.ResizeMode.Stretch)
        table.activated.connect(lambda _: self._edit())
        table.selectionModel().selectionChanged.connect(lambda *_: self._show_state())
        return table

    def _build_shortcuts(self) -> None:
        keys = QKeySequence.StandardKey
        for key, owner, then in (
            (keys.New, self, self.new.emit),
            (keys.Refresh, self, self.changed.emit),
            (keys.Delete, self.table, self.remove),
        ):
            shortcut = QShortcut(QKeySequence(key), owner)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(then)

    # -- rows ---------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[ListedConnector]) -> None:
        """Show these rows; what was selected stays selected."""
        chosen = self.selected()
        self.rows = rows
        self.model.show_rows(rows)
        self.dates.show_dates(rows)
        refs = (ref for row in rows for ref in row.stored.secrets.values())
        self.passphrase_button.setVisible(any(ref.startswith("file:") for ref in refs))
        self.select(chosen.stored.id if chosen else "")
        wanted, self._edit_next = self._edit_next, ""
        if wanted and self.model.row_of(wanted) >= 0:
            self.select(wanted)
            self._edit()

    def select(self, identifier: str) -> None:
        """Select the connector with this id, the first one where there is none."""
        if self.rows:
            # Not `selectRow`: from right to left it looks for a column beyond the last one.
            row = max(self.model.row_of(identifier), 0)
            self.table.setCurrentIndex(self.model.index(row, columns.NAME))
        self._show_state()

    def selected(self) -> ListedConnector | None:
        indexes = self.table.selectionModel().selectedRows()
        return self.model.row(indexes[0].row()) if indexes else None

    def _show_state(self) -> None:
        row = self.selected()
        for push in self._buttons_for_one():
            push.setEnabled(row is not None)
        self.default_button.setEnabled(row is not None and not row.default)
        self.dates.select(row.stored.id if row is not None else "")

    # -- verbs --------------------------------------------------------------------------------

    def _edit(self) -> None:
        row = self.selected()
        if row is not None:
            self.edit.emit(row)

    def _show_form(self) -> None:
        row = self.selected()
        if row is not None:
            self.for_smart_flows.emit(row)

    def verify(self) -> None:
        """Verify the selected connector, in a dialog of its own."""
        row = self.selected()
        if row is None or self.verify_dialog is not None:
            return
        dialog = VerifyDialog(self._ws, self._runner, self._recovery, row.stored, self.window())
        self.verify_dialog = dialog
        dialog.finished.connect(self._verify_closed)
        dialog.edit_wanted.connect(self._edit_once_read)
        dialog.open()
        dialog.start()

    def _edit_once_read(self, identifier: str) -> None:
        """Edit this connector as soon as the list knows what its verification has left."""
        self._edit_next = identifier

    def _verify_closed(self) -> None:
        dialog, self.verify_dialog = self.verify_dialog, None
        if dialog is not None:
            dialog.deleteLater()
        self.changed.emit()

    def show_history(self) -> None:
        """Show the recorded runs of the selected connector."""
        row = self.selected()
        if row is not None:
            dialog = RunListDialog(self._ws, self._runner, row.stored, self.window())
            self.history_dialog = dialog
            dialog.open()

    def make_default(self) -> None:
        row = self.selected()
        if row is not None and not row.default:
            self._do(partial(jobs.make_default, self._ws, row.stored), self.tr("Set as default"))

    def duplicate(self) -> None:
        """Copy the selected connector under the next free name."""
        row = self.selected()
        if row is None:
            return

        def name_of(number: int) -> str:
            if number == 1:
                return self.tr("{0} (copy)").format(row.name)
            return self.tr("{0} (copy {1})").format(row.name, number)

        self._do(partial(jobs.duplicate, self._ws, row.stored, name_of), self.tr("Duplicate"))

    def remove(self) -> None:
        """Remove the selected connector, once its name was confirmed."""
        row = self.selected()
        if row is None:
            return
        ask(
            self.window(),
            self.tr("Remove connector"),
            self.tr("Remove the connector “{0}”?").format(row.name[:200]),
            self.tr("Its stored password goes with it. This cannot be undone."),
            self.tr("Remove"),
            self.tr("Keep"),
            lambda yes: self._remove(row) if yes else None,
            destructive=True,
        )

    def change_passphrase(self) -> None:
        """Ask for another passphrase of the encrypted file."""
        self._recovery.change_passphrase(self.window())

    def _remove(self, row: ListedConnector) -> None:
        self._do(partial(jobs.remove, self._ws, row.stored), self.tr("Remove"))

    def _do(self, job: Work, title: str) -> None:
        """A change that must come to its end; the list is read again after it."""
        again: Callable[[], None] = lambda: self._do(job, title)  # noqa: E731

        def done(outcome: Outcome) -> None:
            self.changed.emit()
            error = outcome.error
            if error is not None and not self._recovery.offer(self, error, again):
                tell(self.window(), title, self.tr("Nothing was changed"), error_message(error))

        self._runner.submit(job, done, self._waits, owner=self, must_finish=True)

    def _waits(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            self.waiting.emit()
