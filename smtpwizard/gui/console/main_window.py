"""The window behind the wizard: the project's connectors, or how to make the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.demo_strip import DemoStrip
from smtpwizard.gui.widgets.dialogs import ask, tell
from smtpwizard.gui.widgets.elements import announce, button, note_card, plain_label
from smtpwizard.gui.widgets.qt_values import CENTRED
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face

if TYPE_CHECKING:
    from smtpwizard.gui.console.connector_list import ConnectorList
    from smtpwizard.gui.secret_store_dialogs import SecretStoreRecovery
    from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
    from smtpwizard.model.stored import Listing, StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.workspace import Workspace

# A save that keeps the window open for longer: does the user want to wait? ms.
ASK_AFTER_MS = 3000
# How often a window that is to close looks whether it can, ms.
LOOK_EVERY_MS = 100


class MainWindow(QMainWindow):
    """Shows the list once it is read, and opens the wizard.

    `painted` is emitted with the first paint, `loaded` whenever the list is in line with the
    disk, `wizard_opened` with each wizard before it is shown, `file_opened` with the dialog of a
    case or an answer.
    """

    painted = Signal()
    loaded = Signal()
    wizard_opened = Signal(object)
    file_opened = Signal(object)

    def __init__(
        self, ws: Workspace, runner: Runner, *, demo: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._demo = demo
        self._recovery: SecretStoreRecovery | None = None
        self._load_job: int | None = None
        self._was_painted = False
        self._closing = False
        self._quit_question: QDialog | None = None
        self._select_next = ""
        self._verify_next = False
        self.file_dialog: QDialog | None = None
        self.file_shown: QDialog | None = None
        self.setAcceptDrops(True)
        self.wizard: ConnectorWizard | None = None
        self.connector_list: ConnectorList | None = None
        self.rows: Sequence[ListedConnector] = ()
        self.setWindowTitle(self.tr("{0} – SMTP connectors").format(ws.project.name))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 78, room.width() * 19 // 20), min(em * 34, room.height() * 19 // 20))
        self._build()

    def _build(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        if self._demo:
            column.addWidget(DemoStrip(self._demo))
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
            label.setProperty("alignment", CENTRED)
            column.addWidget(label)
        self.first_button = button(self.tr("&New"), self.new)
        self.first_button.setDefault(True)
        self.first_button.setMinimumWidth(self.fontMetrics().height() * 9)
        self.first_open_button = button(self.tr("&Open a case…"), self.choose_file)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addStretch(1)
        line.addWidget(self.first_button)
        line.addWidget(self.first_open_button)
        line.addStretch(1)
        column.addSpacing(14)
        column.addLayout(line)
        column.addStretch(3)
        return page

    # -- the list -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again, off the window's thread."""
        if self._load_job is not None:
            self._runner.cancel(self._load_job)
        self._load_job = self._runner.submit(partial(jobs.load, self._ws), self._loaded)

    def sweep(self) -> None:
        """Clear away what an interrupted save left in the secret stores."""
        self.recovery()
        self._runner.submit(partial(jobs.sweep, self._ws), lambda _: None)

    def _loaded(self, outcome: Outcome) -> None:
        self._load_job = None
        if outcome.value is None:
            self._show_notice(error_message(outcome.error))
        else:
            rows, listing = outcome.value
            self._show_rows(rows)
            self._show_notice(listing_text(self, listing))
        self.loaded.emit()
        self._close_when_saved()

    def _show_rows(self, rows: Sequence[ListedConnector]) -> None:
        self.rows = rows
        if self.wizard is not None:
            self.wizard.set_taken_names(names_of(rows))
        if not rows:
            self.stack.setCurrentIndex(1)
            if self.wizard is None:
                self.first_button.setFocus()
            return
        if self.connector_list is None:
            self.connector_list = self._build_list()
        self.connector_list.show_rows(rows)
        if self._select_next:
            self.connector_list.select(self._select_next)
            self._select_next = ""
            if self._verify_next:
                self._verify_next = False
                self.connector_list.verify()
        if self.stack.currentWidget() is not self.connector_list:
            self.stack.setCurrentWidget(self.connector_list)
            self.connector_list.table.setFocus()

    def _build_list(self) -> ConnectorList:
        from smtpwizard.gui.console.connector_list import ConnectorList  # noqa: PLC0415 - after the first paint

        page = ConnectorList(self._ws, self._runner, self.recovery())
        page.new.connect(self.new)
        page.edit.connect(self._open_wizard)
        page.changed.connect(self.refresh)
        page.open_file.connect(self.choose_file)
        page.waiting.connect(self._say_store_waits)
        self.stack.addWidget(page)
        return page

    def _say_store_waits(self) -> None:
        self._show_notice(store_waits_message())

    def _show_notice(self, text: str) -> None:
        changed = text != self.notice_label.text()
        self.notice_label.setText(text)
        self.notice.setVisible(bool(text))
        if text and changed:
            announce(self.notice_label, text)

    # -- the wizard ---------------------------------------------------------------------------

    def new(self) -> None:
        """Open the wizard on an empty draft."""
        self._open_wizard(None)

    def _open_wizard(self, row: ListedConnector | None) -> None:
        if self.wizard is not None:
            self.wizard.activateWindow()
            return
        from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard  # noqa: PLC0415 - after the first paint

        wizard = ConnectorWizard(
            self._ws,
            self._runner,
            self.recovery(),
            taken_names=names_of(self.rows),
            listed=row,
            demo=self._demo,
            parent=self,
        )
        self.wizard = wizard
        wizard.saved.connect(self._saved)
        wizard.finished.connect(self._wizard_closed)
        self.wizard_opened.emit(wizard)
        wizard.open()

    def _saved(self, stored: StoredConnector) -> None:
        self._select_next = stored.id
        failures = self._ws.changes.take_failures()
        if failures:
            tell(
                self,
                self.windowTitle(),
                self.tr("The connector is saved, but the domain of the project could not be"),
                "\n".join(error_message(error) for error in failures),
            )

    def _wizard_closed(self) -> None:
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            wizard.deleteLater()
        self.refresh()

    def recovery(self) -> SecretStoreRecovery:
        """The one way to help with secret stores; the workspace asks it for a passphrase."""
        if self._recovery is None:
            from smtpwizard.gui.secret_store_dialogs import (  # noqa: PLC0415 - after the first paint
                PassphraseKeeper,
                SecretStoreRecovery,
            )

            keeper = PassphraseKeeper()
            self._ws.passphrase = keeper.answer
            self._recovery = SecretStoreRecovery(self._ws, self._runner, keeper)
        return self._recovery

    # -- cases and answers --------------------------------------------------------------------

    def choose_file(self) -> None:
        """Have a case or an answer chosen, and open it."""
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415 - on request

        dialog = QFileDialog(self, self.tr("Open a case or an answer"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [self.tr("Cases and answers (*.smtpcase *.smtpanswer)"), self.tr("All files (*)")]
        )
        dialog.fileSelected.connect(self.open_file)
        self.file_dialog = dialog
        dialog.open()

    def open_file(self, path: str) -> None:
        """Open a case as a place to work, or an answer to look at and apply."""
        self._runner.submit(
            partial(jobs.open_support_file, self._ws, path), partial(self._opened, path), owner=self
        )

    def _opened(self, path: str, outcome: Outcome) -> None:
        if outcome.error is not None:
            tell(self, self.windowTitle(), self.tr("Not opened"), error_message(outcome.error))
            return
        from smtpwizard.gui.cases.answer import AnswerDialog  # noqa: PLC0415 - on request
        from smtpwizard.gui.cases.opened_case import OpenedCaseDialog  # noqa: PLC0415 - on request
        from smtpwizard.usecases.open_case import OpenedCase  # noqa: PLC0415 - on request

        if isinstance(outcome.value, OpenedCase):
            name = path.replace("\\", "/").rpartition("/")[2]
            dialog: QDialog = OpenedCaseDialog(self._ws, self._runner, outcome.value, name, self)
        else:
            answer = AnswerDialog(self._ws, self._runner, outcome.value, self)
            answer.applied.connect(self._applied)
            dialog = answer
        self.file_shown = dialog
        dialog.open()
        self.file_opened.emit(dialog)

    def _applied(self, stored: StoredConnector) -> None:
        """An answer was applied: the test runs."""
        self._select_next = stored.id
        self._verify_next = True
        self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event.mimeData())
        if path:
            event.acceptProposedAction()
            self.open_file(path)

    # -- QMainWindow --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._runner.saving:
            event.ignore()
            self._show_notice(self.tr("Saving… The window closes when it is done."))
            if not self._closing:
                self._closing = True
                QTimer.singleShot(LOOK_EVERY_MS, self, self._look_whether_saved)
                QTimer.singleShot(ASK_AFTER_MS, self, self.ask_to_quit)
            return
        super().closeEvent(event)

    def _look_whether_saved(self) -> None:
        # Not every save has the list read again.
        self._close_when_saved()
        if self._closing:
            QTimer.singleShot(LOOK_EVERY_MS, self, self._look_whether_saved)

    def _close_when_saved(self) -> None:
        if not self._closing or self._runner.saving or self._load_job is not None:
            return
        if self._quit_question is not None:
            self._quit_question.close()
        self._closing = False
        # Not over a message that tells of a failure.
        if not any(d.isVisible() for d in self.findChildren(QDialog)):
            self.close()

    def ask_to_quit(self) -> None:
        """Ask whether to wait any longer for the save that keeps the window open."""
        if not self._closing or not self._runner.saving or self._quit_question is not None:
            return
        self._quit_question = ask(
            # Over whatever window is in use: a dialog may be blocking the main one.
            QApplication.activeModalWidget() or self,
            self.windowTitle(),
            self.tr("A change is still being saved. Quit anyway?"),
            self.tr(
                "It may be waiting for the system keyring, which may be asking you something. If "
                "you quit now, this change is lost; everything saved before is kept."
            ),
            self.tr("Quit anyway"),
            self.tr("Wait"),
            self._quit_or_wait,
            destructive=True,
        )

    def _quit_or_wait(self, quit_now: bool) -> None:
        self._quit_question = None
        if quit_now:
            self._runner.abandon_saves()
            self._closing = False
            self.close()
        elif self._closing:
            QTimer.singleShot(ASK_AFTER_MS * 10, self, self.ask_to_quit)


def _dropped(data: QMimeData) -> str:
    """The one file of this computer that is dragged; empty for anything else."""
    urls = data.urls() if data.hasUrls() else []
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""


def names_of(rows: Sequence[ListedConnector]) -> frozenset[str]:
    """The names in use, as they are compared."""
    return frozenset(row.stored.connector.name_key() for row in rows)


def listing_text(widget: QWidget, listing: Listing) -> str:
    """What of the project could not be read, one line each; empty when all could."""
    if not listing.damaged and not listing.newer:
        return ""
    lines = [
        widget.tr("{0} could not be read and was left out: {1}").format(
            damaged.path.name, error_text(damaged.reason, {"field": damaged.field}, Face.WINDOW)
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
