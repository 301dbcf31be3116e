"""What is done with the connectors that are selected: each verb, and what it tells afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from smtpwizard.gui import jobs
from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.notification_zone import NotificationZone, Offer, Said
from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits, Work
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.messages.cases import saved_text
from smtpwizard.usecases.list_rows import ListRow

if TYPE_CHECKING:
    from smtpwizard.gui.console.connectors_page import ConnectorsPage
    from smtpwizard.gui.console.verify_dialog import VerifyDialog
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.undoable_remove import Removal
    from smtpwizard.usecases.workspace import Workspace

MAX_NAME, MAX_NAME_ON_BUTTON = 60, 40
# Removing more than so many is asked about: nobody picks them one by one.
REMOVED_UNASKED = 10


class ConnectorVerbs(QObject):
    """Acts on what the page has selected; all that may block is done beside the window.

    `changed` asks for a fresh list, with the id to select where there is one; `edit` for the
    wizard with a connector, `opened` for its own page, `field_wanted` for a field there,
    `certificate_wanted` for what its server shows, `smart_flows` for what is entered in the
    console; `removal_changed` comes when what can be undone is another.
    """

    changed = Signal(str)
    edit = Signal(object)
    step_by_step = Signal(object)
    opened = Signal(object)
    field_wanted = Signal(object, str)
    certificate_wanted = Signal(object)
    history = Signal(object)
    two_runs_wanted = Signal()
    smart_flows = Signal(object)
    removal_changed = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        page: ConnectorsPage,
        zone: NotificationZone,
    ) -> None:
        super().__init__(page)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._page = page
        self._zone = zone
        self.verify_dialog: VerifyDialog | None = None
        self.dialog: QDialog | None = None
        self._waiting: Said | None = None
        self._once_read: Callable[[], None] | None = None
        self._removals: dict[Offer, Removal] = {}
        self._said_of: dict[Offer, Said] = {}

    # -- one connector ------------------------------------------------------------------------

    def _with_selected(
        self, then: Callable[[ListedConnector], object], row: ListRow | None = None
    ) -> None:
        """Read the selected connector (or that of `row`) as it is now, and go on with it."""
        row = row or self._page.selected()
        if row is None:
            return

        def read(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._tell_failure(self.tr("Not opened"), outcome.error)
                self.changed.emit("")
            else:
                then(outcome.value)

        self._runner.submit(partial(jobs.read_listed, self._ws, row), read, owner=self)

    def edit_row(self, identifier: str) -> None:
        """Show the settings of the connector with this id."""
        row = self._row_with(identifier)
        if row is not None:
            self._with_selected(self.edit.emit, row)

    def open_row(self, identifier: str) -> None:
        """Show the connector with this id on its own."""
        row = self._row_with(identifier)
        if row is not None:
            self._with_selected(self.opened.emit, row)

    def _row_with(self, identifier: str) -> ListRow | None:
        rows = self._page.model.all_rows
        return next((row for row in rows if row.id == identifier), None)

    def edit_selected(self) -> None:
        """Show the settings of the selected connector, to change them."""
        self._with_selected(self.edit.emit)

    def edit_step_by_step(self) -> None:
        """Open the wizard on the selected connector."""
        self._with_selected(self.step_by_step.emit)

    def verify(self) -> None:
        """Verify the selected connector, in a dialog of its own."""
        self._with_selected(lambda listed: self._open_verify(listed, send=False))

    def send(self) -> None:
        """The same, with a test email at its end."""
        self._with_selected(lambda listed: self._open_verify(listed, send=True))

    def _open_verify(self, listed: ListedConnector, *, send: bool) -> None:
        if self.verify_dialog is not None:
            return
        from smtpwizard.gui.console.verify_dialog import VerifyDialog  # noqa: PLC0415 - on request

        dialog = VerifyDialog(
            self._ws, self._runner, self._recovery, listed.stored, self._page.window()
        )
        self.verify_dialog = dialog
        dialog.finished.connect(self._verify_closed)
        identifier = listed.stored.id
        dialog.edit_wanted.connect(lambda: self._do_once_read(partial(self.edit_row, identifier)))
        dialog.field_wanted.connect(
            lambda key: self._do_once_read(partial(self._go_to_field, identifier, key))
        )
        dialog.certificate_wanted.connect(self.certificate_wanted)
        dialog.open()
        if send:
            dialog.send()
        else:
            dialog.start()

    def tell_stopped(self, listed: ListedConnector) -> None:
        """Its test has ended because its page was left; it can be run again."""
        identifier = listed.stored.id
        self._zone.say(
            "info",
            self.tr("The test of {0} was stopped").format(_short(listed.name)),
            self.tr("You left its page while the test was running."),
            Offer(self.tr("Verify again"), lambda: self._verify_again(identifier)),
        )

    def _verify_again(self, identifier: str) -> None:
        row = self._row_with(identifier)
        if row is None:
            self._zone.say("info", self.tr("This connector was removed meanwhile."))
        else:
            self._with_selected(lambda listed: self._open_verify(listed, send=False), row)

    def _do_once_read(self, then: Callable[[], None]) -> None:
        """Do this as soon as the list knows what a verification has left."""
        self._once_read = then

    def rows_read(self) -> None:
        """The list is in line with the disk again."""
        then, self._once_read = self._once_read, None
        if then is not None:
            then()

    def _go_to_field(self, identifier: str, key: str) -> None:
        row = self._row_with(identifier)
        if row is not None:
            self._with_selected(lambda listed: self.field_wanted.emit(listed, key), row)

    def _verify_closed(self) -> None:
        dialog, self.verify_dialog = self.verify_dialog, None
        if dialog is not None:
            dialog.deleteLater()
        self.changed.emit("")

    def for_smart_flows(self) -> None:
        """Show what to enter in the console for the selected connector."""
        self._with_selected(self.smart_flows.emit)

    def show_history(self) -> None:
        """Show the recorded runs of the selected connector."""
        self._with_selected(self.history.emit)

    def save_case(self) -> None:
        """Make a case of the selected connector's last run."""

        def read(listed: ListedConnector) -> None:
            self._runner.submit(
                partial(jobs.last_run, self._ws, listed.stored),
                lambda outcome: show(listed, outcome),
                owner=self,
            )

        def show(listed: ListedConnector, outcome: Outcome) -> None:
            if outcome.error is not None:
                self._tell_failure(self.tr("No case was made"), outcome.error)
                return
            if outcome.value is None:
                self._zone.say(
                    "info",
                    self.tr("{0} has no recorded test").format(_short(listed.name)),
                    self.tr("Verify it once, then a case can be made of it."),
                    Offer(self.tr("Verify"), lambda: self._open_verify(listed, send=False)),
                )
                return
            from smtpwizard.gui.results.save_case import SaveCaseDialog  # noqa: PLC0415 - on request

            self.dialog = SaveCaseDialog(
                self._ws, self._runner, outcome.value, listed.stored, self._page.window()
            )
            self.dialog.saved.connect(self.tell_case_saved)
            self.dialog.open()

        self._with_selected(read)

    def tell_case_saved(self, written: Mapping[str, Any]) -> None:
        """Where a case was written, and what comes next."""
        self._zone.say("passed", *saved_text(written))

    def compare(self) -> None:
        """Put the two selected connectors beside each other, each with its last run; of one that is
        open, two of its runs."""
        rows = self._page.chosen()
        if self._page.alone():
            self.show_history()
            self.two_runs_wanted.emit()
        if len(rows) != 2:
            return
        one, other = rows

        def show(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._tell_failure(self.tr("Not compared"), outcome.error)
                return
            from smtpwizard.gui.cases.compare import CompareDialog  # noqa: PLC0415 - on request

            self.dialog = CompareDialog(
                self._page.window(), outcome.value, _short(one.name), _short(other.name)
            )
            self.dialog.open()

        self._runner.submit(
            partial(jobs.compare_connectors, self._ws, one.name, other.name), show, owner=self
        )

    # -- changes ------------------------------------------------------------------------------

    def make_default(self) -> None:
        row = self._page.selected()
        if row is None or row.default:
            return

        def done(_: object) -> None:
            self._zone.say(
                "passed", self.tr("{0} is the default connector now").format(_short(row.name))
            )

        self._do(partial(jobs.make_row_default, self._ws, row), done)

    def duplicate(self, identifier: str = "") -> None:
        """Copy the selected connector (or that with this id) under the next free name, and select
        the copy."""
        row = self._row_with(identifier) if identifier else self._page.selected()
        if row is None:
            return

        def name_of(number: int) -> str:
            if number == 1:
                return self.tr("{0} (copy)").format(row.name)
            return self.tr("{0} (copy {1})").format(row.name, number)

        def done(copy: object) -> str:
            stored = copy
            name, identifier = stored.connector.name, stored.id  # type: ignore[attr-defined]
            self._zone.say(
                "passed",
                self.tr("{0} is a copy").format(_short(name)),
                self.tr("It is selected, and not tested yet."),
            )
            return str(identifier)

        self._do(partial(jobs.duplicate, self._ws, row, name_of), done)

    def remove(self, identifier: str = "") -> None:
        """Remove the selected connectors (or that with this id); a few without a question, since it
        can be undone."""
        rows = self._page.chosen()
        if identifier:
            rows = [row for row in self._page.model.all_rows if row.id == identifier]
        if len(rows) <= REMOVED_UNASKED:
            self._remove(rows)
            return
        self.dialog = ask(
            self._page.window(),
            self.tr("Remove"),
            self.tr("Remove {0} connectors?").format(len(rows)),
            self.tr("Undo brings them back until the window closes."),
            self.tr("Remove"),
            self.tr("Keep"),
            lambda yes: self._remove(rows) if yes else None,
            destructive=True,
        )

    def _remove(self, rows: Sequence[ListRow]) -> None:
        if rows:
            self._do(partial(jobs.remove, self._ws, rows), partial(self._removed, rows))

    def _removed(self, rows: Sequence[ListRow], removal: Removal) -> None:
        gone = [row for row in rows if row.id not in removal.refused]
        if gone:
            follows = self._page.model.row_behind({row.id for row in gone})
            self._do_once_read(partial(self._page.table.choose, [follows]))
            title = self.tr("{0} connectors are removed").format(len(gone))
            if len(gone) == 1:
                title = self.tr("{0} is removed").format(_short(gone[0].name))
            undo = self._undo_text([row.name for row in gone])
            offer = Offer(self.tr("Undo"), lambda: self._undo(offer), name=undo)
            self._removals[offer] = removal
            text = self.tr("It can come back until the window closes.")
            if len(gone) > 1:
                text = self.tr("They can come back until the window closes.")
            if any(row.method != "none" for row in gone):
                text = self.tr("Its secrets are erased when the window closes.")
                if len(gone) > 1:
                    text = self.tr("Their secrets are erased when the window closes.")
            self._said_of[offer] = self._zone.say("passed", title, text, offer)
            self.removal_changed.emit()
        self._tell_refused(self.tr("Not removed"), rows, removal)

    def _tell_refused(self, title: str, rows: Sequence[ListRow], removal: Removal) -> None:
        for row in rows:
            if row.id in removal.refused:
                self._tell_failure(
                    self.tr("{0}: {1}").format(title, _short(row.name)), removal.refused[row.id]
                )

    def _undo_text(self, names: Sequence[str]) -> str:
        if len(names) == 1:
            return self.tr("Undo removal of {0}").format(_short(names[0], MAX_NAME_ON_BUTTON))
        return self.tr("Undo removal of {0} connectors").format(len(names))

    @property
    def undo_text(self) -> str:
        """What `undo_remove` would do; empty where nothing can be undone any more."""
        return self._last_removal.name if self._last_removal is not None else ""

    @property
    def removals(self) -> Collection[Offer]:
        """What undoes them, while that can be done."""
        return self._removals.keys()

    @property
    def _last_removal(self) -> Offer | None:
        return next(reversed(self._removals), None)

    def undo_remove(self) -> None:
        """Undo the last removal, as its notification does."""
        if self._last_removal is not None:
            self._last_removal.take()

    def _undo(self, offer: Offer) -> None:
        removal = self._removals[offer]
        self._forget(offer)
        rows = {stored.id: stored.connector.name for stored in removal.connectors}

        def keep() -> None:
            """It can be tried again, and is erased at the end like the others."""
            offer.is_open = True
            self._removals[offer] = removal
            self.removal_changed.emit()

        def done(brought: Sequence[StoredConnector]) -> str:
            if removal.refused:  # such as a name that is taken
                offer.name = self._undo_text([rows[each] for each in removal.refused])
                keep()
            else:
                self._forget(offer)
                offer.end(self.tr("Undone: back again."))
            for identifier, error in removal.refused.items():
                name = _short(rows.get(identifier, ""))
                self._tell_failure(self.tr("{0} is not back").format(name), error)
            if not brought:
                return ""
            self._zone.say("passed", self._back_text(brought, removal))
            if removal.project.id != self._ws.project.id:
                return ""
            back = [stored.id for stored in brought]
            self._do_once_read(lambda: self._page.table.choose(back, back[0]))
            return back[0]

        self._do(partial(jobs.undo_removal, removal), done, keep)

    def _back_text(self, brought: Sequence[StoredConnector], removal: Removal) -> str:
        name, there = _short(brought[0].connector.name), _short(removal.project.name)
        if removal.project.id != self._ws.project.id:
            if len(brought) > 1:
                return self.tr("{0} connectors are back in {1}").format(len(brought), there)
            return self.tr("{0} is back in {1}").format(name, there)
        if len(brought) > 1:
            return self.tr("{0} connectors are back").format(len(brought))
        return self.tr("{0} is back").format(name)

    def take_over(self, former: ConnectorVerbs) -> None:
        """What can be undone stays so while the window shows another project."""
        self._removals, former._removals = former._removals, {}
        for offer in self._removals:
            offer.then = partial(self._undo, offer)
        self.removal_changed.emit()

    def finish_removals(self, project_id: str | None = None) -> None:
        """Nobody can undo these any more, all or those of one project: erase what was kept."""
        for offer, removal in tuple(self._removals.items()):
            if project_id in (None, removal.project.id):
                self._forget(offer)
                offer.end(self.tr("Gone for good."))
                self._runner.submit(
                    partial(jobs.finish_removal, removal), lambda _: None, must_finish=True
                )

    def _forget(self, offer: Offer) -> None:
        said = self._said_of.pop(offer, None)
        if said is not None:
            said.close()
        self._removals.pop(offer, None)
        self.removal_changed.emit()

    def change_passphrase(self) -> None:
        """Ask for another passphrase of the encrypted file."""
        self._recovery.change_passphrase(self._page.window())

    def _do(
        self,
        job: Work,
        then: Callable[..., str | None],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """A change that must come to its end; the list is read again after it."""

        def done(outcome: Outcome) -> None:
            self._stop_waiting()
            error = outcome.error
            if error is None:
                self.changed.emit(then(outcome.value) or "")
                return
            failed()
            self.changed.emit("")
            again: Callable[[], None] = partial(self._do, job, then, failed)
            if not self._recovery.offer(self._page, error, again):
                self._tell_failure(self.tr("Nothing was changed"), error)

        self._runner.submit(job, done, self._hear, owner=self, must_finish=True)

    def _hear(self, message: object) -> None:
        if isinstance(message, StoreWaits) and self._waiting is None:
            self._waiting = self._zone.say(
                "running", self.tr("A change waits"), store_waits_message()
            )

    def _stop_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.close()

    def _tell_failure(self, title: str, error: Exception) -> None:
        self._zone.say("failed", title, error_message(error))

    # -- the clipboard ------------------------------------------------------------------------

    def copy_as_text(self) -> None:
        """Put the selected rows on the clipboard, a line each."""
        rows = self._page.chosen()
        if not rows:
            return
        QGuiApplication.clipboard().setText(
            "\n".join(row_text(self._page.model.today, row) for row in rows)
        )
        text = self.tr("{0} copied").format(_short(rows[0].name))
        if len(rows) > 1:
            text = self.tr("{0} connectors copied").format(len(rows))
        self._zone.say("info", text, self.tr("As text, without any password."))


def row_text(today: object, row: ListRow) -> str:
    """One connector in a line of text: what its row says."""
    parts = []
    for column in range(words.NAME, len(words.KEYS)):
        lines = [line for line in words.lines_of(row, column, today) if line]  # type: ignore[arg-type]
        parts.append(" – ".join(lines))
    return "\t".join(parts)


def _short(name: str, most: int = MAX_NAME) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
