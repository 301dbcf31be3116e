"""One connector, opened in place of the list: summary, configuration, security, history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.configuration import ConfigurationPage
from smtpwizard.gui.console.detail.header import DetailHeader
from smtpwizard.gui.console.detail.history import HistoryPage
from smtpwizard.gui.console.detail.secret_actions import SecretActions
from smtpwizard.gui.console.detail.security import SecurityFacts, SecurityPage
from smtpwizard.gui.console.detail.summary import SummaryPage
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.results.cause_card import help_keys_in
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.results.whereabouts import SETTINGS
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import ask, tell
from smtpwizard.gui.widgets.elements import announce, line, set_next_step
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.in_turns import Turns, do_in_turns
from smtpwizard.gui.widgets.notification import room_for_one
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.steady import SteadyTabs
from smtpwizard.gui.wizard.smart_flows import SmartFlowsDialog
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.gui.console.detail.sender import SenderPage
    from smtpwizard.model.report import Report
    from smtpwizard.model.run import Run
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.detail import Detail
    from smtpwizard.usecases.workspace import Workspace

SUMMARY, CONFIGURATION, SECURITY, HISTORY, SENDER = range(5)
_TABS = ("summary", "configuration", "security", "history", "sender")
# The form is made so long after the summary is there, ms: a click on its tab then costs little.
PREPARE_AFTER_MS = 300


class DetailView(QWidget):
    """Shows one row of the list, and lets it be worked on.

    `closed`: back to the list. `changed`: the list is to be read again; the row comes back through
    `show_row`. `duplicate_wanted` and `remove_wanted` come with the row: the list does both.
    `case_saved` comes with what is told of a case that was written, `certificate_wanted` with the
    connector whose server's certificate is to be seen, `test_stopped` with the row when a test
    ended because the page was left.
    """

    closed = Signal()
    changed = Signal()
    duplicate_wanted = Signal(object)
    remove_wanted = Signal(object)
    case_saved = Signal(object)
    certificate_wanted = Signal(object)
    test_stopped = Signal(object)
    settings_wanted = Signal()
    loaded = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        row: ListedConnector,
        taken_names: frozenset[str] = frozenset(),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self.setProperty(SETTINGS, self.tr("Configuration"))
        self.row = row
        self.detail: Detail | None = None
        self.dialog: QDialog | None = None
        self._after_saving: Callable[[], object] | None = None
        self._job: int | None = None
        self.header = DetailHeader()
        self.tabs = self._build_tabs()
        self.secrets = SecretActions(ws, runner, recovery, self, lambda: self.row.stored)
        self._taken_names = taken_names
        # Made when somebody looks: each takes as long as the summary.
        self._configuration: ConfigurationPage | None = None
        self._security: SecurityPage | None = None
        self._history: HistoryPage | None = None
        self._sender: SenderPage | None = None
        self._showing: Turns | None = None
        self._preparing = QTimer(self)
        self._preparing.setSingleShot(True)
        self._preparing.timeout.connect(self.prepare)
        self._shown: dict[int, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(24 - RING_ROOM, 20, 24 - RING_ROOM, 16)
        column.setSpacing(12)
        column.addWidget(self.header)
        self._tab_line = QWidget()
        self._tab_row = line(self.tabs, spacing=16)
        self._tab_row.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        self._tab_row.setStretch(0, 1)  # a chosen tab is bold, and wider
        self._tab_line.setLayout(self._tab_row)
        self._zone: QWidget | None = None
        column.addWidget(self._tab_line)
        # From the outside to the inside: a tree that is moved is looked at whole each time.
        self.pages = QStackedWidget(self)
        column.addWidget(self.pages, 1)
        area = QScrollArea(self.pages)
        self.summary = SummaryPage(ws, runner, recovery, area.viewport())
        self._put(SUMMARY, scrolling(self.summary, area))
        self._connect()
        self.show_row(row)

    def _build_tabs(self) -> QTabBar:
        tabs = SteadyTabs()
        tabs.setProperty("page", "true")
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        tabs.setElideMode(Qt.TextElideMode.ElideNone)
        tabs.setAccessibleName(self.tr("Parts of the connector"))
        for text in (
            self.tr("Summary"),
            self.tr("Configuration"),
            self.tr("Security"),
            self.tr("History"),
            self.tr("Sender"),
        ):
            tabs.addTab(text)
        return tabs

    def _connect(self) -> None:
        header, summary = self.header, self.summary
        header.back.connect(self.close_view)
        header.verify.connect(self.verify)
        header.send.connect(partial(self.verify, send=True))
        header.save_case.connect(self.save_case)
        header.make_default.connect(self.make_default)
        header.smart_flows.connect(self.show_smart_flows)
        header.duplicate.connect(lambda: self.duplicate_wanted.emit(self.row))
        header.remove.connect(lambda: self.leave(lambda: self.remove_wanted.emit(self.row)))
        summary.busy.connect(header.show_busy)
        summary.reported.connect(self._reported)
        summary.saved.connect(self._follow)
        summary.field_wanted.connect(self.go_to_field)
        summary.stopped_short.connect(self._show_next_step)
        summary.focus_freed.connect(header.verify_button.setFocus)
        summary.stopped_short.connect(self._lead_on)
        summary.case_wanted.connect(lambda _: self.save_case())
        summary.again.connect(lambda: self.verify())
        summary.certificate_wanted.connect(lambda: self.certificate_wanted.emit(self.row.stored))
        summary.received_wanted.connect(self.read_received)
        summary.settings.edit.connect(lambda: self.go_to(CONFIGURATION))
        summary.settings.smart_flows.connect(self.show_smart_flows)
        self._hear_security(summary.security)
        self.secrets.given.connect(self._secret_given)
        self.secrets.removed.connect(self._follow)
        self.tabs.currentChanged.connect(self._tab_chosen)
        for key, then in (
            (QKeySequence(QKeySequence.StandardKey.Save), self.save),
            (QKeySequence(QKeySequence.StandardKey.Back), self.close_view),
        ):
            shortcut = QShortcut(key, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(then)

    def take_zone(self, zone: QWidget) -> None:
        """Have what the window tells beside the tabs, in a narrow window beside the name: nothing
        has to move for it."""
        self._zone = zone
        self.header.stacked.connect(self._place_zone)
        self._place_zone(self.header.is_stacked)

    def _place_zone(self, narrow: bool) -> None:
        if self._zone is None:
            return
        em = self.fontMetrics().height()
        height = room_for_one(self.fontMetrics())
        (self.header.top if narrow else self._tab_row).addWidget(self._zone, 1)
        self.header.keep_height(height if narrow else 0)
        # As high as with the mark of an edit, too.
        self._tab_line.setMinimumHeight(round(em * 2.2) if narrow else height)

    def release_zone(self) -> None:
        """It belongs to the window again."""
        self._zone = None

    def _hear_security(self, part: SecurityFacts) -> None:
        self.secrets.hear(part)
        part.look.connect(lambda: self.go_to(SECURITY))
        part.distrust.connect(self.ask_to_distrust)

    # -- pages that are made when somebody looks ----------------------------------------------

    def prepare(self) -> None:
        """Make the form, in turns between which the window listens."""
        if self._making_configuration().build_next():
            self._preparing.start(0)

    @property
    def configuration(self) -> ConfigurationPage:
        """The form, all of it."""
        page = self._making_configuration()
        page.build_rest()
        return page

    def _making_configuration(self) -> ConfigurationPage:
        if self._configuration is None:
            page = ConfigurationPage(
                self._ws, self._runner, self._recovery, self.row.stored, self._taken_names
            )
            page.edited.connect(self._mark_edits)
            page.saved.connect(self._saved)
            page.not_saved.connect(self._stay)
            page.sign_in_wanted.connect(self.secrets.sign_in)
            self._configuration = page
            self._put(CONFIGURATION, page)
        return self._configuration

    @property
    def security(self) -> SecurityPage:
        if self._security is None:
            self._security = SecurityPage()
            self._hear_security(self._security)
            if self.detail is not None:
                self._security.show_detail(self.detail)
            self._put(SECURITY, scrolling(self._security))
        return self._security

    @property
    def history(self) -> HistoryPage:
        if self._history is None:
            self._history = HistoryPage(self._ws, self._runner, self.row.stored)
            self._history.case_wanted.connect(self._case_of)
            self._history.field_wanted.connect(self.go_to_field)
            self._put(HISTORY, self._history)
        return self._history

    @property
    def sender_page(self) -> SenderPage:
        if self._sender is None:
            from smtpwizard.gui.console.detail.sender import SenderPage  # noqa: PLC0415 - when looked at

            self._sender = SenderPage(self._ws, self._runner, self._recovery, self.row.stored)
            self._sender.rights.recorded.connect(self.read)
            self._sender.settings_wanted.connect(self.settings_wanted)
            self._put(SENDER, scrolling(self._sender))
        return self._sender

    def _make(self, index: int) -> QWidget:
        if index == SENDER:
            return self.sender_page
        if index == CONFIGURATION:  # blank until it is there: a click waits for nothing
            self._preparing.start(0)
            return self._making_configuration()
        return self.security if index == SECURITY else self.history

    def _put(self, index: int, page: QWidget) -> None:
        self._shown[index] = page
        self.pages.addWidget(page)

    # -- what is shown ------------------------------------------------------------------------

    def show_row(self, row: ListedConnector) -> None:
        """Show the connector as the list has it by now, and read the rest of it."""
        known = self.detail is not None and self.detail.listed.stored == row.stored
        self.row = row
        if not known:
            self.summary.show_row(row)
        self._show_header(row)
        self._tell_configuration(row.stored)
        self.read()

    def read(self) -> None:
        """Read all that is known of the connector, beside the window."""
        if self._job is not None:
            self._runner.cancel(self._job)
        work = partial(jobs.read_detail, self._ws, self.row.stored.id)
        self._job = self._runner.submit(work, self._was_read, owner=self)

    def _was_read(self, outcome: Outcome) -> None:
        self._job = None
        if outcome.error is not None:
            self.summary.moment.setText(error_message(outcome.error))
            announce(self.summary.moment, self.summary.moment.text())
            return
        detail: Detail | None = outcome.value
        if detail is None:
            self.summary.moment.setText(self.tr("This connector was removed meanwhile."))
            if self._configuration is not None:
                self._configuration.hear_removed()
            return
        self.detail = detail
        self.row = detail.listed
        self._show_header(detail.listed)
        self._tell_configuration(detail.listed.stored)
        self.summary.show_detail(detail)
        if self._security is not None:
            self._security.show_detail(detail)
        self.header.case_button.setEnabled(bool(detail.runs))
        self._show_history()
        self.finish()
        self._showing = do_in_turns(self, self._show_last_run(detail))

    def finish(self) -> None:
        """Show at once what of the last run is still to be shown."""
        showing, self._showing = self._showing, None
        if showing is not None:
            showing.finish()

    def _show_last_run(self, detail: Detail) -> Iterator[None]:
        yield from self.summary.show_last_run(detail)
        self._showing = None  # the rest is one step, within which nothing can be finished
        if self.summary.unkept is not None:
            self._show_header(self.row)
            self.header.case_button.setEnabled(True)
        self._show_next_step()
        if self._configuration is None:
            self._preparing.start(PREPARE_AFTER_MS)
        self.loaded.emit()

    def _show_header(self, row: ListedConnector) -> None:
        """The connector as the list has it, but for what was just found and could not be kept."""
        found = self.summary.unkept
        if found is not None and not found.cancelled:
            stopped = found.stopped_at()
            row = replace(
                row,
                status="verified" if found.ok else "failed",
                stage=stopped.stage.value if stopped is not None else None,
                cause=found.causes[0].cause if found.causes else None,
                told_by=found.causes[0].told_by if found.causes else None,
                reply=None,
            )
        self.header.show_row(row)

    def _tell_configuration(self, stored: StoredConnector) -> None:
        if self._sender is not None:
            self._sender.hear_of(stored)
        if self._configuration is not None:
            self._configuration.hear_of(stored)

    def _show_history(self) -> None:
        # Its runs are read when somebody looks.
        if self.detail is not None and self.tabs.currentIndex() == HISTORY:
            self.history.show_runs(self.detail.listed.stored, self.detail.runs)

    def _show_next_step(self) -> None:
        """The one filled button: save what is typed, else what may help after a failure."""
        if self.unsaved:
            return
        wanted = self.header.verify_button if self.row.status in ("untested", "changed") else None
        if self.row.status == "failed" and self.tabs.currentIndex() == SUMMARY:
            wanted = self.summary.next_button()
        set_next_step(wanted, self.window())

    def go_to(self, page: int) -> None:
        """Show one of the pages."""
        self.tabs.setCurrentIndex(page)
        self.tabs.setFocus()

    def help_keys(self) -> Sequence[str]:
        """What help is wanted for: the cause that is seen, else the page."""
        seen = help_keys_in(self.summary) if self.tabs.currentIndex() == SUMMARY else ()
        return (*seen, f"tab:{_TABS[self.tabs.currentIndex()]}")

    def go_to_field(self, key: str) -> None:
        """Show where this field is set."""
        self.go_to(CONFIGURATION)
        self.configuration.form.go_to_field(key)

    def _tab_chosen(self, index: int) -> None:
        if index not in self._shown:
            self._make(index)
        self.pages.setCurrentWidget(self._shown[index])
        self._show_history()
        self._show_next_step()

    def read_received(self) -> None:
        """Show where a received test email is read back."""
        self.go_to(SENDER)
        self.sender_page.lead_to_received()

    def _mark_edits(self, count: int) -> None:
        side = QTabBar.ButtonPosition.RightSide
        marked = self.tabs.tabButton(CONFIGURATION, side) is not None
        if bool(count) != marked:
            mark = self._edit_mark() if count else None
            self.tabs.setTabButton(CONFIGURATION, side, mark)
        name = self.tr("Configuration")
        said = self.tr("{0}, {1} not saved").format(name, count) if count else name
        self.tabs.setAccessibleTabName(CONFIGURATION, said)
        self.tabs.setTabToolTip(CONFIGURATION, said if count else "")
        if not count:
            self._show_next_step()

    @staticmethod
    def _edit_mark() -> QWidget:
        out = QWidget()
        row = line(IconLabel("warning", px=14))
        row.setContentsMargins(0, 0, 10, 0)
        out.setLayout(row)
        return out

    # -- leaving ------------------------------------------------------------------------------

    @property
    def unsaved(self) -> int:
        """How many changes would be lost."""
        return self._configuration.unsaved if self._configuration is not None else 0

    def save(self) -> None:
        """Save what is typed, where anything is."""
        if self.unsaved:
            self.configuration.save()

    def take_focus(self) -> None:
        """Where the keyboard begins."""
        self.tabs.setFocus()

    def close_view(self) -> None:
        """Back to the list, once what is typed is saved or given up."""
        self.leave(self.closed.emit)

    def leave(self, then: Callable[[], object]) -> None:
        """Do `then`, after a question where there is something to lose."""
        if not self.unsaved:
            self.stop_all()
            then()
            return

        def answered(yes: bool) -> None:
            if yes:
                self.configuration.show_stored(self.configuration.stored)
                self.stop_all()
                then()
            elif self.tabs.currentIndex() != CONFIGURATION:
                self.go_to(CONFIGURATION)  # else the field that was typed in has the focus again

        def save_first() -> None:
            self._after_saving = then
            self.configuration.save()

        bar = self.configuration.bar
        self.question = bar.ask_to_discard(self.row.name, self.unsaved, answered, save_first)

    def _stay(self) -> None:
        """What was to be saved before leaving is not."""
        if self._after_saving is not None:
            self._after_saving = None
            if self.tabs.currentIndex() != CONFIGURATION:
                self.go_to(CONFIGURATION)

    def stop_all(self) -> None:
        """End what runs here: nobody would see what comes of it."""
        running = self.summary.running
        self.summary.stop()
        if running:
            self.test_stopped.emit(self.row)
        if self._sender is not None:
            self._sender.leave()

    # -- verifying ----------------------------------------------------------------------------

    def verify(self, *, send: bool = False) -> None:
        """Verify what is saved, here; `send` the test email too."""
        if self.summary.running:
            return
        self.finish()
        self.go_to(SUMMARY)
        stored = self.row.stored
        set_next_step(None, self.window())
        self.summary.verify(stored, stored.connector.test_recipient() if send else None)

    def _lead_on(self) -> None:
        """From what has verified to what may help, unless the focus is elsewhere by now."""
        push = self.summary.next_button()
        if push is not None and self.header.verify_button.hasFocus():
            push.setFocus()

    def _reported(self, _: Report) -> None:
        self.changed.emit()
        self.read()

    # -- what one can do ----------------------------------------------------------------------

    def save_case(self) -> None:
        """Make a case of the last run, kept or not."""
        run = self.detail.run if self.detail is not None else None
        found, stored = self.summary.unkept, self.row.stored
        if found is not None:
            run = jobs.run_of(self._ws, stored, stored.connector, found)
        if run is not None:
            self._case_of(run)
        elif self.detail is not None and self.detail.runs:
            self.go_to(HISTORY)

    def _case_of(self, run: Run) -> None:
        dialog = SaveCaseDialog(self._ws, self._runner, run, self.row.stored, self.window())
        self.dialog = dialog
        dialog.saved.connect(self.case_saved)
        dialog.open()

    def make_default(self) -> None:
        """Make it the project's default."""

        def done(outcome: Outcome) -> None:
            if outcome.error is None:
                self._follow(None)
                return
            text = self.tr("Nothing was changed")
            tell(self.window(), self.tr("Set as default"), text, error_message(outcome.error))

        work = partial(jobs.make_default, self._ws, self.row.stored)
        self._runner.submit(work, done, owner=self, must_finish=True)

    def ask_to_distrust(self) -> None:
        """Have it trust whom the project trusts again, after a question."""
        names = ", ".join(clean_text(one.name, 100) for one in self.detail.pinned)  # type: ignore[union-attr]
        self.question = ask(
            self.window(),
            self.tr("Trust it no longer"),
            self.tr("Trust {0} no longer?").format(names),
            self.tr(
                "The connector then trusts whom this computer and the project trust. Test it "
                "afterwards."
            ),
            self.tr("Remove"),
            self.tr("Keep"),
            lambda yes: self._distrust() if yes else None,
            destructive=True,
        )

    def _distrust(self) -> None:
        def done(outcome: Outcome) -> None:
            if outcome.error is None:
                self._follow(None)
                return
            text = self.tr("Nothing was changed")
            tell(self.window(), self.tr("Trust it no longer"), text, error_message(outcome.error))

        work = partial(jobs.use_project_trust, self._ws, [(self.row.stored.id, "pin")])
        self._runner.submit(work, done, owner=self, must_finish=True)

    def show_smart_flows(self) -> None:
        """Every field of the console's form, each with a Copy; it stays beside the browser."""
        self.dialog = SmartFlowsDialog(self._ws, self.row.stored, self.window())
        offer_help(self.dialog, self._runner, "dialog:smart_flows")
        self.dialog.show()

    def _secret_given(self, stored: StoredConnector) -> None:
        if self._configuration is not None and self._configuration.is_built:
            self._configuration.banner.hide()
        self._follow(stored)
        announce(self, self.tr("The new secret is kept. Verify shows whether it works."))

    # -- what is saved now --------------------------------------------------------------------

    def _saved(self, stored: StoredConnector, verify: bool) -> None:
        self._follow(stored)
        announce(self, self.tr("Saved"))
        failures: Sequence[Exception] = self._ws.changes.take_failures()
        if failures:
            tell(
                self.window(),
                clean_text(self.row.name, 120),
                self.tr("The connector is saved, but the domain of the project could not be"),
                "\n".join(error_message(error) for error in failures),
            )
        then, self._after_saving = self._after_saving, None
        if then is not None:
            self.stop_all()
            then()
        elif verify:
            self.verify()

    def _follow(self, stored: StoredConnector | None) -> None:
        """Go on with the connector as it is saved now."""
        if stored is not None:
            self.row = replace(self.row, stored=stored, name=stored.connector.name)
            self._tell_configuration(stored)
        self.changed.emit()
        self.read()
