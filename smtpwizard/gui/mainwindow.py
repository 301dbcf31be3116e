"""The window behind the wizard: the project's connectors and what can be done with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import work
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets import announce, ask, button, note_card, plain_label, tell

if TYPE_CHECKING:
    from smtpwizard.gui.unlocking import Unlocker
    from smtpwizard.gui.verifydialog import VerifyDialog
    from smtpwizard.gui.wizard import ConnectorWizard
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.workspace import Listing, StoredConnector, Workspace

# A refresh that follows the window's activation waits this long, ms: clicks come first.
REFRESH_AFTER_MS = 200


class MainWindow(QMainWindow):
    """Lists connectors; every verb on one of them starts here.

    `loaded` is emitted when the list is in line with the disk, `wizard_opened` with each wizard.
    """

    loaded = Signal()
    wizard_opened = Signal(object)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        *,
        demo: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._demo = demo
        self._unlocker: Unlocker | None = None
        self._load_job: int | None = None
        self._closing = False
        self.wizard: ConnectorWizard | None = None
        self.verify_dialog: VerifyDialog | None = None
        self.rows: Sequence[ListedConnector] = ()
        self.list_page: QWidget | None = None
        self.setWindowTitle(self.tr("{0} – SMTP connectors").format(ws.project.name))
        em = self.fontMetrics().height()
        self.resize(em * 60, em * 32)
        self._build()

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        if self._demo:
            from smtpwizard.gui.demostrip import DemoStrip

            column.addWidget(DemoStrip(self._demo, wide=True))
        self.notice, self.notice_label = note_card()
        self.notice.hide()
        column.addWidget(self.notice)
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())  # nothing is said before the list is read
        self.stack.addWidget(self._build_empty())
        column.addWidget(self.stack, 1)
        self.setCentralWidget(content)

    def _build_empty(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(2)
        title = plain_label(self.tr("No connectors yet"), heading="large", wrap=False)
        text = plain_label(
            self.tr(
                "A connector lets Smart Flows send email through your mail server.\n"
                "The wizard takes you from nothing to a test email that arrived, on four pages."
            ),
            wrap=False,
        )
        for label in (title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        self.first_button = button(self.tr("&New"), self.new)
        self.first_button.setDefault(True)
        self.first_button.setMinimumWidth(self.fontMetrics().height() * 9)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.first_button)
        line.addStretch(1)
        column.addSpacing(14)
        column.addLayout(line)
        column.addStretch(3)
        return page

    def _build_list(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.new_button = button(self.tr("&New"), self.new)
        self.new_button.setDefault(True)
        self.edit_button = button(self.tr("&Edit"), self.edit)
        self.verify_button = button(self.tr("&Verify"), self.verify)
        self.default_button = button(self.tr("Set as &default"), self.make_default)
        self.duplicate_button = button(self.tr("D&uplicate"), self.duplicate)
        self.remove_button = button(self.tr("&Remove"), self.remove)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.new_button)
        line.addSpacing(12)
        for push in self._buttons_for_one():
            line.addWidget(push)
        line.addStretch(1)
        column.addLayout(line)
        self.table = self._build_table()
        column.addWidget(self.table, 1)
        keys = QKeySequence.StandardKey
        for key, then in (
            (QKeySequence(keys.New), self.new),
            (QKeySequence(keys.Refresh), self.refresh),
        ):
            QShortcut(key, page).activated.connect(then)
        delete = QShortcut(QKeySequence(keys.Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove)
        return page

    def _buttons_for_one(self) -> tuple[QPushButton, ...]:
        return (
            self.edit_button,
            self.verify_button,
            self.default_button,
            self.duplicate_button,
            self.remove_button,
        )

    def _build_table(self) -> QTableView:
        from smtpwizard.gui import connectortable as columns

        self.model = columns.ConnectorTable(self._ws.catalogue.name_of)
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
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        widths = {
            columns.DEFAULT: 5,
            columns.PROVIDER: 11,
            columns.SERVER: 14,
            columns.AUTHENTICATION: 9,
            columns.STATUS: 14,
        }
        for index, width in widths.items():
            table.setColumnWidth(index, width * em)
        header.setSectionResizeMode(columns.NAME, QHeaderView.ResizeMode.Stretch)
        table.activated.connect(lambda _: self.edit())
        table.selectionModel().selectionChanged.connect(lambda *_: self._selection_changed())
        return table

    # -- the list -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again, off the window's thread."""
        if self._load_job is not None:
            self._runner.cancel(self._load_job)
        self._load_job = self._runner.submit(work.load(self._ws), self._loaded)

    def sweep(self) -> None:
        """Clear away what an interrupted save left in the secret stores."""
        self.unlocker()
        self._runner.submit(work.sweep(self._ws), lambda _: None)

    def _loaded(self, outcome: Outcome) -> None:
        self._load_job = None
        if outcome.value is None:
            self._show_notice(self._error_words(outcome.error))
            self.stack.setCurrentIndex(1)
        else:
            rows, listing = outcome.value
            self._show_rows(rows)
            self._show_notice(listing_words(self, listing))
        self.loaded.emit()

    def _show_rows(self, rows: Sequence[ListedConnector]) -> None:
        chosen = self.selected()
        self.rows = rows
        if not rows:
            self.stack.setCurrentIndex(1)
            self.first_button.setFocus()
            return
        if self.list_page is None:
            self.list_page = self._build_list()
            self.stack.addWidget(self.list_page)
        if self.wizard is not None:
            self.wizard.set_taken_names(names_of(rows))
        self.model.show_rows(rows)
        if self.stack.currentWidget() is not self.list_page:
            self.stack.setCurrentWidget(self.list_page)
            self.table.setFocus()
        self.select(chosen.stored.id if chosen else "")

    def select(self, identifier: str) -> None:
        """Select the connector with this id, the first one where there is none."""
        if self.list_page is not None and self.rows:
            self.table.selectRow(max(self.model.row_of(identifier), 0))

    def selected(self) -> ListedConnector | None:
        if self.list_page is None or not self.rows:
            return None
        indexes = self.table.selectionModel().selectedRows()
        return self.model.row(indexes[0].row()) if indexes else None

    def _selection_changed(self) -> None:
        row = self.selected()
        for push in self._buttons_for_one():
            push.setEnabled(row is not None)
        self.default_button.setEnabled(row is not None and not row.default)

    def _show_notice(self, text: str) -> None:
        changed = text != self.notice_label.text()
        self.notice_label.setText(text)
        self.notice.setVisible(bool(text))
        if text and changed:
            announce(self.notice_label, text)

    def _error_words(self, error: Exception | None) -> str:
        from smtpwizard.gui.words import error_words

        return error_words(error)

    # -- verbs --------------------------------------------------------------------------------

    def new(self) -> None:
        """Open the wizard on an empty draft."""
        self._open_wizard(None)

    def edit(self) -> None:
        """Open the wizard on the selected connector."""
        row = self.selected()
        if row is not None:
            self._open_wizard(row)

    def _open_wizard(self, row: ListedConnector | None) -> None:
        if self.wizard is not None:
            self.wizard.activateWindow()
            return
        from smtpwizard.gui.wizard import ConnectorWizard

        wizard = ConnectorWizard(
            self._ws,
            self._runner,
            self.unlocker(),
            taken_names=names_of(self.rows),
            listed=row,
            demo=self._demo,
            parent=self,
        )
        self.wizard = wizard
        wizard.saved.connect(self._saved)
        wizard.finished.connect(self._wizard_closed)
        wizard.setWindowModality(Qt.WindowModality.WindowModal)
        self.wizard_opened.emit(wizard)
        wizard.show()

    def _saved(self, stored: StoredConnector) -> None:
        self._reselect = stored.id
        self._runner.submit(work.load(self._ws), self._loaded_after_save)

    def _loaded_after_save(self, outcome: Outcome) -> None:
        self._loaded(outcome)
        self.select(self._reselect)

    def _wizard_closed(self) -> None:
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            wizard.deleteLater()

    def verify(self) -> None:
        """Climb the stages with the selected connector, in a dialog of its own."""
        row = self.selected()
        if row is None or self.verify_dialog is not None:
            return
        from smtpwizard.gui.verifydialog import VerifyDialog

        dialog = VerifyDialog(self._ws, self._runner, self.unlocker(), row.stored, self)
        self.verify_dialog = dialog
        dialog.finished.connect(self._verify_closed)
        dialog.open()
        dialog.start()

    def _verify_closed(self) -> None:
        dialog, self.verify_dialog = self.verify_dialog, None
        if dialog is not None:
            dialog.deleteLater()
        self.refresh()

    def make_default(self) -> None:
        row = self.selected()
        if row is not None and not row.default:
            self._do(work.make_default(self._ws, row.stored), self.tr("Set as default"))

    def duplicate(self) -> None:
        """Copy the selected connector under the next free name."""
        row = self.selected()
        if row is None:
            return
        from smtpwizard.model.connector import name_key

        taken = {other.stored.connector.name_key() for other in self.rows}
        name, number = self.tr("{0} (copy)").format(row.name), 2
        while name_key(name) in taken:
            name, number = self.tr("{0} (copy {1})").format(row.name, number), number + 1
        self._do(work.duplicate(self._ws, row.stored, name), self.tr("Duplicate"))

    def remove(self) -> None:
        """Remove the selected connector, once its name was confirmed."""
        row = self.selected()
        if row is None:
            return
        ask(
            self,
            self.tr("Remove connector"),
            self.tr("Remove the connector “{0}”?").format(row.name[:200]),
            self.tr("Its stored password goes with it. This cannot be undone."),
            self.tr("Remove"),
            self.tr("Keep"),
            lambda yes: self._remove(row) if yes else None,
            destructive=True,
        )

    def _remove(self, row: ListedConnector) -> None:
        self._do(work.remove(self._ws, row.stored), self.tr("Remove"))

    def _do(self, job: work.Work, title: str) -> None:
        """A change that must come to its end; the list is read again after it."""

        def done(outcome: Outcome) -> None:
            self.refresh()
            if outcome.error is None:
                self._close_if_asked()
            elif not self.unlocker().offer(self, outcome.error, lambda: self._do(job, title)):
                tell(self, title, self.tr("Nothing was changed"), self._error_words(outcome.error))

        self._runner.submit(job, done, must_finish=True)

    def unlocker(self) -> Unlocker:
        if self._unlocker is None:
            from smtpwizard.gui.unlocking import PassphraseKeeper, Unlocker

            keeper = PassphraseKeeper()
            self._ws.ask_passphrase_with(keeper.answer)
            self._unlocker = Unlocker(self._ws, self._runner, keeper)
        return self._unlocker

    # -- QMainWindow --------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            QTimer.singleShot(0, self, restyle)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate and self.stack.currentIndex() > 0:
            # Another program may have changed the list meanwhile.
            QTimer.singleShot(REFRESH_AFTER_MS, self, self.refresh)
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._runner.saving:
            self._closing = True
            self._show_notice(self.tr("Saving… The window closes when it is done."))
            event.ignore()
            return
        super().closeEvent(event)

    def _close_if_asked(self) -> None:
        if self._closing:
            QTimer.singleShot(0, self, self.close)


def names_of(rows: Sequence[ListedConnector]) -> frozenset[str]:
    """The names in use, as they are compared."""
    return frozenset(row.stored.connector.name_key() for row in rows)


def restyle() -> None:
    """Follow the palette and font in force."""
    from smtpwizard.gui.style import apply_style

    application = QApplication.instance()
    if isinstance(application, QApplication):
        apply_style(application)


def listing_words(widget: QWidget, listing: Listing) -> str:
    """What of the project could not be read, one line each; empty when all could."""
    from smtpwizard.messages import error_text

    lines = [
        widget.tr("{0} could not be read and was left out: {1}").format(
            damaged.path.name, error_text(damaged.reason, {"path": str(damaged.path)})
        )
        for damaged in listing.damaged
    ]
    lines += [
        widget.tr("“{0}” was saved by a newer version; this one does not touch it.").format(
            (newer.name or newer.path.name)[:200]
        )
        for newer in listing.newer
    ]
    return "\n".join(lines)
