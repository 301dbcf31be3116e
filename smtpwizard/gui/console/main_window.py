"""The window: navigation, head and pages; the list of connectors, and the wizard in front of it.

Before its first paint only its frame is built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from smtpwizard.gui import jobs
from smtpwizard.gui.console.frame import Frame
from smtpwizard.gui.precedence import Shown
from smtpwizard.gui.tasks import Outcome, Runner

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QCloseEvent,
        QDragEnterEvent,
        QDropEvent,
        QMoveEvent,
        QPaintEvent,
        QResizeEvent,
    )
    from PySide6.QtWidgets import QDialog

    from smtpwizard.gui.console.console import Console
    from smtpwizard.gui.console.frame import Projects
    from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
    from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
    from smtpwizard.model.stored import Project, StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.list_rows import ConnectorRows, ListRow
    from smtpwizard.usecases.theme import Theme
    from smtpwizard.usecases.workspace import Workspace

# How often an active window looks whether another program has changed something, ms.
LOOK_EVERY_MS = 2000
# What takes longest to load, in the order in which it is needed.
PARTS = (
    "error_messages",
    "console.connector_words",
    "console.connector_table",
    "console.connectors_page",
    "console.connector_verbs",
    "console.first_start",
    "console.projects",
    "console.support_files",
    "console.navigation",
    "console.opened_connector",
    "console.batch_verification",
    "console.console_actions",
    "console.console",
)
# What somebody will want next; the first click on it does not have to wait.
PARTS_TO_COME = (
    "results.stages",
    "console.detail.edit_form",
    "console.detail.configuration",
    "sign_in.sign_in_dialog",
    "console.detail.detail_view",
    "console.verify_dialog",
    "wizard.connector_wizard",
    "wizard.pages.provider",
    "wizard.pages.find_settings",
    "wizard.pages.authenticate",
    "wizard.pages.testing",
    "console.detail.sender",
    "console.settings_page",
    "console.bounce.page",
    "console.certificates.page",
    "console.check_page",
    "console.project_page",
    "help.help_view",
    "console.cases_page",
)


class MainWindow(Frame):
    """Reads the list, keeps it in line with the disk, and opens the wizard."""

    def __init__(
        self, ws: Workspace, runner: Runner, *, demo: Mapping[str, Any] | None = None
    ) -> None:
        kept = ws.data.settings().get("window")
        super().__init__(demo, kept if isinstance(kept, dict) else {})
        self._ws = ws
        self._runner = runner
        self._recovery: SecretStoreRecovery | None = None
        self._console: Console | None = None
        self._unfinished: Console | None = None  # while it is built in turns
        self._load_job: int | None = None
        self._look_job: int | None = None
        self._building = self._looks_ahead = False
        self._arrived: Outcome | None = None
        self._some: object = None
        self._shown = Shown()
        self._seconds: int | None = None
        self._was_painted = False
        self._select_next = ""
        self._elsewhere: frozenset[str] = frozenset()
        self._verify_next = False
        self._created: StoredConnector | None = None
        self.smart_flows: QDialog | None = None
        self.wizard: ConnectorWizard | None = None
        self.setAcceptDrops(True)
        self._demo_project = ws.project.id if demo else ""
        self.show_title()

    @property
    def console(self) -> Console:
        """All that is in the frame; what of it is not built yet is built at once."""
        while self._console is None:
            self._build_next()
        return self._console

    def _build_next(self) -> None:
        """Build another part of what is in the frame."""
        from smtpwizard.gui.console.console import Console  # noqa: PLC0415 - after the first paint

        with self.filling():
            if self._unfinished is None:
                self._unfinished = Console(self._ws, self._runner, self)
            elif not self._unfinished.build_next():
                self._console, self._unfinished = self._unfinished, None

    # -- the project --------------------------------------------------------------------------

    @property
    def projects(self) -> Projects:
        return self.console.projects

    def is_demo_project(self, project: Project) -> bool:
        return project.id == self._demo_project

    def show_title(self) -> None:
        project = self._ws.project
        name = self.tr("Demo") if self.is_demo_project(project) else project.name
        self.setWindowTitle(self.tr("{0} – SMTP connectors – smtpwizard").format(name))

    def show_workspace(self, ws: Workspace) -> None:
        """Show another project; columns and rows stay as they are, the filter goes."""
        former = self.console
        former.put_away()
        for job in (self._load_job, self._look_job):
            if job is not None:
                self._runner.cancel(job)
        self._load_job = self._look_job = self._arrived = self._some = None
        if self.smart_flows is not None:
            self.smart_flows.close()
        self.kept_state = former.state_for_another()
        self._ws = ws
        self.__dict__.pop("source", None)
        if self._recovery is not None:
            self._recovery = self._recovery.on(ws)
        self._select_next, self._verify_next, self._elsewhere = "", False, frozenset()
        self.setUpdatesEnabled(False)
        try:
            self._console = None
            self.renew()
            self.show_title()
            self.console.take_over(former)
        finally:
            self.setUpdatesEnabled(True)
        self.refresh()

    def in_project(self, identifier: str, then: Callable[[], object]) -> None:
        """Do `then` in the project of this id, which is shown first. Not while a dialog is open: it
        is about the project that is shown, and comes before."""
        if identifier == self._ws.project.id:
            then()
        elif QApplication.activeModalWidget() is None:
            self.projects.enter(identifier, then)

    def build_soon(self) -> None:
        """Build all of it, in turns between which the window listens."""
        from smtpwizard.gui.widgets.in_turns import do_in_turns  # noqa: PLC0415 - after the first paint

        self._building = self._looks_ahead = True
        do_in_turns(self, self._build_parts())

    def _build_parts(self) -> Iterator[None]:
        from smtpwizard.gui.widgets.qt_classes import build_classes  # noqa: PLC0415 - after the first paint

        for part in PARTS:
            import_module(f"smtpwizard.gui.{part}")
            yield
        yield from build_classes()
        while self._console is None:
            self._build_next()
            yield
        self._building = False
        seconds, self._seconds = self._seconds, None
        if seconds is not None:
            self.console.zone.seconds = seconds
        arrived, self._arrived = self._arrived, None
        some, self._some = self._some, None
        if arrived is not None:
            self._loaded(arrived)
        else:
            self._loading(some)
        self.built.emit()

    def _look_ahead(self) -> None:
        """Load what somebody will want next: beside the window what knows no Qt, in turns what
        does."""
        from smtpwizard.gui.widgets.in_turns import do_in_turns  # noqa: PLC0415 - after the first paint

        self._looks_ahead = False

        def loaded(_: Outcome) -> None:
            do_in_turns(self, self._load_parts())

        self._runner.submit(jobs.load_ahead, loaded, owner=self)

    def _load_parts(self) -> Iterator[None]:
        for part in PARTS_TO_COME:
            import_module(f"smtpwizard.gui.{part}")
            yield
        self.settled.emit()

    # -- the list -----------------------------------------------------------------------------

    @property
    def wizard_is_open(self) -> bool:
        return self.wizard is not None

    @cached_property
    def source(self) -> ConnectorRows:
        """Reads the rows of the list."""
        from smtpwizard.usecases.list_rows import ConnectorRows  # noqa: PLC0415 - after the first paint

        return ConnectorRows(self._ws)

    @property
    def rows(self) -> Sequence[ListRow]:
        """The connectors, by name."""
        return self._console.rows if self._console is not None else ()

    def refresh(self, *_: object) -> None:
        """Read the list again, off the window's thread."""
        # Here: of a class that two threads load at once, PySide shows one of them a half.
        import_module("smtpwizard.gui.console.connector_model")
        if self._load_job is not None:
            self._runner.cancel(self._load_job)
        self._load_job = self._runner.submit(
            partial(jobs.load, self.source, _texts_of, self._shown), self._loaded, self._loading
        )

    def select_next(self, identifier: str, *, verify: bool = False) -> None:
        """Read the list again, and select this connector in it, where one is named."""
        if identifier:
            self._select_next, self._verify_next = identifier, verify
        self.refresh()

    def read_theme(self, then: Callable[[Theme], None]) -> None:
        """Read which theme is wanted, off the window's thread."""

        def done(outcome: Outcome) -> None:
            if outcome.value is not None:
                then(outcome.value)

        self._runner.submit(partial(jobs.theme, self._ws), done, owner=self)

    def sweep(self) -> None:
        """Clear away what an interrupted save left in the secret stores."""
        self.recovery()
        self._runner.submit(partial(jobs.sweep, self._ws), lambda _: None)

    def _loading(self, message: object) -> None:
        """Some of the rows, while the others are read."""
        if self._building:
            self._some = message
        elif isinstance(message, tuple):
            self.console.show_some(*message)
            QTimer.singleShot(0, self, self._shown.say)  # behind its paint

    def _loaded(self, outcome: Outcome) -> None:
        if self._building:
            self._arrived = outcome
            return
        self._load_job = None
        console = self.console
        if outcome.value is None:
            console.tell_unreadable(outcome.error)
        else:
            listing, texts = outcome.value
            chosen, self._select_next = self._select_next, ""
            elsewhere, self._elsewhere = self._elsewhere, frozenset()
            console.show_listing(listing, texts, chosen, elsewhere)
            if self.wizard is not None:
                self.wizard.set_taken_names(names_of(listing.rows))
            verify, self._verify_next = self._verify_next, False
            if verify:
                console.verbs.verify()
            console.verbs.rows_read()
        self.loaded.emit()
        if self._looks_ahead:
            self._look_ahead()
        console.closing.close_when_saved(still_reading=self._load_job is not None)

    def watch(self) -> None:
        """Look from now on whether another program changes something."""
        self._read_settings()
        timer = QTimer(self)
        timer.setInterval(LOOK_EVERY_MS)
        timer.timeout.connect(self.look_for_changes)
        timer.start()

    def look_for_changes(self) -> None:
        """Read the list again where another program has changed it; an inactive window waits,
        and one that is changing something itself."""
        busy = self._look_job is not None or self._load_job is not None or self._runner.saving
        if busy or not self.isActiveWindow() or self.console.batch.running:
            return
        self._look_job = self._runner.submit(
            partial(jobs.look_for_changes, self.source), self._looked, owner=self
        )

    def _looked(self, outcome: Outcome) -> None:
        self._look_job = None
        changes = outcome.value
        if changes is None:
            return
        if changes.settings:
            self._read_settings()
            self.settings_changed.emit()
        if changes.connectors or changes.records or changes.project:
            if not self._runner.saving:
                self._elsewhere |= changes.connectors
            self.refresh()
        if changes.project:
            self.console.projects.read_again()

    def _read_settings(self) -> None:
        self._runner.submit(
            partial(jobs.notification_seconds, self._ws), self._set_seconds, owner=self
        )

    def _set_seconds(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, int):
            if self._building:
                self._seconds = outcome.value  # it is not built for this, all at once
            else:
                self.console.zone.seconds = outcome.value

    # -- the wizard ---------------------------------------------------------------------------

    def new(self) -> None:
        """Open the wizard on an empty draft."""
        self.open_wizard(None)

    def open_wizard(self, row: ListedConnector | None) -> None:
        """Open the wizard on a connector, or on an empty draft."""
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
            demo=self.demo,
            parent=self,
        )
        self.wizard = wizard
        wizard.saved.connect(partial(self._saved, new=row is None))
        wizard.finished.connect(self._wizard_closed)
        self.wizard_opened.emit(wizard)
        wizard.open()

    def _saved(self, stored: StoredConnector, *, new: bool) -> None:
        self._select_next = stored.id
        self._created = stored if new else None
        self.console.projects.show_current()  # with its domain
        failures = self._ws.changes.take_failures()
        if failures:
            self.console.tell_failures(
                self.tr("The connector is saved, but the domain of the project could not be"),
                failures,
            )

    def _wizard_closed(self) -> None:
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            wizard.deleteLater()
        if self._console is not None:  # else the first reading is still to come
            self.refresh()
        created, self._created = self._created, None
        if created is not None:
            self.show_smart_flows(created, created=True)

    def show_smart_flows(self, stored: StoredConnector, *, created: bool = False) -> None:
        """Show what to enter in the Smart Flows console; the window stays in use beside it."""
        from smtpwizard.gui.help.opening import offer_help  # noqa: PLC0415 - on request
        from smtpwizard.gui.wizard.smart_flows import SmartFlowsDialog  # noqa: PLC0415 - on request

        if self.smart_flows is not None:
            self.smart_flows.close()
        self.smart_flows = SmartFlowsDialog(self._ws, stored, self, created=created)
        self.smart_flows.finished.connect(self._smart_flows_closed)
        offer_help(self.smart_flows, self._runner, "dialog:smart_flows")
        self.smart_flows.show()

    def _smart_flows_closed(self) -> None:
        self.smart_flows = None

    def recovery(self) -> SecretStoreRecovery:
        """The one way to help with secret stores; the workspace asks it for a passphrase."""
        if self._recovery is None:
            from smtpwizard.gui.secret_store_recovery import (  # noqa: PLC0415 - after the first paint
                PassphraseKeeper,
                SecretStoreRecovery,
            )

            keeper = PassphraseKeeper()
            self._ws.passphrase = keeper.answer
            self._recovery = SecretStoreRecovery(self._ws, self._runner, keeper)
        return self._recovery

    # -- files --------------------------------------------------------------------------------

    def open_file(self, path: str) -> None:
        """Open a case, an answer, a connector's file, or a failure to explain."""
        self.console.files.open_file(path)

    def choose_file(self) -> None:
        """Have a case or an answer chosen, and open it."""
        self.console.files.choose()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from smtpwizard.gui.widgets.dropped import dropped_file, dropped_text  # noqa: PLC0415 - on request

        if dropped_file(event.mimeData()) or dropped_text(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        from smtpwizard.gui.widgets.dropped import dropped_file, dropped_text  # noqa: PLC0415 - on request

        path, text = dropped_file(event.mimeData()), dropped_text(event.mimeData())
        if path or text:
            event.acceptProposedAction()
        if path:
            self.open_file(path)
        elif text:
            self.console.explain(text)

    # -- QMainWindow --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._placed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._placed()
        if self._console is not None:
            self._console.navigation.window_resized()

    def _placed(self) -> None:
        if self._console is not None:
            self._console.keeper.changed()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._console is not None and not self._console.leave():
            event.ignore()
            return
        if self.smart_flows is not None:
            self.smart_flows.close()
        super().closeEvent(event)


def _texts_of(rows: Sequence[ListRow]) -> Mapping[str, str]:
    """What a search looks through; in a worker's thread."""
    from smtpwizard.gui.console import connector_model, connector_words  # noqa: PLC0415 - after the first paint

    return connector_model.search_texts(rows, connector_words.today())


def names_of(rows: Sequence[ListRow]) -> frozenset[str]:
    """The names in use, as they are compared."""
    from smtpwizard.model.connector import name_key  # noqa: PLC0415 - the frame needs no rules

    return frozenset(name_key(row.name) for row in rows)
