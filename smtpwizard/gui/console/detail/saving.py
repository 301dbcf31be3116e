"""Saving an edited connector: off the window's thread, and never over what somebody else saved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from smtpwizard.flow.draft import ConnectorDraft, begin_draft
from smtpwizard.flow.edits import contested, merge
from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.two_editors import TwoEditorsDialog
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import WaitDialog
from smtpwizard.model.errors import SmtpWizardError

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

WAIT_SHOWN_AFTER_MS = 1500


class DraftSaver(QObject):
    """Saves drafts of one connector, one at a time.

    `saved` comes with the connector; `failed` with why it is not saved; `contested` with the draft
    that the user made of both states, and the connector that it is over; `heard` with what somebody
    else has saved; `gone` where there is nothing any more to save it over.
    """

    saved = Signal(object)
    failed = Signal(str)
    contested = Signal(object, object)
    heard = Signal(object)
    name_taken = Signal()
    gone = Signal()

    def __init__(
        self, ws: Workspace, runner: Runner, recovery: SecretStoreRecovery, host: QWidget
    ) -> None:
        super().__init__(host)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._host = host
        self._job: int | None = None
        self._waiting: WaitDialog | None = None
        self.dialog: TwoEditorsDialog | None = None

    @property
    def busy(self) -> bool:
        return self._job is not None

    def save(self, draft: ConnectorDraft, read: ConnectorDraft, stored: StoredConnector) -> None:
        """Save `draft`, which began as `read`, as the next state of `stored`."""
        again = partial(self.save, draft, read, stored)

        def ended(outcome: Outcome) -> None:
            self._end()
            error = outcome.error
            code = error.code if isinstance(error, SmtpWizardError) else ""
            if error is None:
                self.saved.emit(outcome.value)
            elif code == "changed_elsewhere":
                self.look(draft, read, stored, save=True)
            elif code == "name_taken":
                self.name_taken.emit()
            elif not self._recovery.offer(
                self._host, error, again, partial(self.failed.emit, error_message(error)),
                saving=True,
            ):  # fmt: skip
                self.failed.emit(error_message(error))

        self._job = self._runner.submit(
            partial(jobs.save, self._ws, draft, stored), ended, owner=self, must_finish=True
        )
        QTimer.singleShot(WAIT_SHOWN_AFTER_MS, self, self._show_waiting)

    def look(
        self,
        draft: ConnectorDraft,
        read: ConnectorDraft,
        stored: StoredConnector,
        *,
        save: bool = False,
    ) -> None:
        """Read what is saved by now and show what the two have otherwise; after the answer `save`
        it where that was asked for."""

        def read_again(outcome: Outcome) -> None:
            self._end()
            if outcome.error is not None:
                self.failed.emit(error_message(outcome.error))
            elif outcome.value is None:
                self.gone.emit()
            else:
                self.heard.emit(outcome.value)
                self._compare(draft, read, stored, outcome.value, save)

        self._job = self._runner.submit(
            partial(jobs.read_stored, self._ws, stored.id), read_again, owner=self
        )

    def _compare(
        self,
        draft: ConnectorDraft,
        read: ConnectorDraft,
        stored: StoredConnector,
        theirs: StoredConnector,
        save: bool,
    ) -> None:
        now = begin_draft(self._ws.project, theirs).with_family(self._ws.defaults_for)
        given = {kind for kind, ref in theirs.secrets.items() if stored.secrets.get(kind) != ref}
        found = contested(read, draft, now, given)

        def decided(mine: list[str]) -> None:
            both = merge(draft, now, mine)
            self.contested.emit(both, theirs)
            if save:
                self.save(both, now, theirs)

        if not found:
            decided([])
            return
        name_of = self._ws.catalogue.name_of
        self.dialog = TwoEditorsDialog(found, name_of, self._host.window(), save=save)
        self.dialog.decided.connect(decided)
        self.dialog.rejected.connect(
            partial(self.failed.emit, self.tr("Someone else has changed it; nothing is decided."))
        )
        self.dialog.open()

    # -- waiting ------------------------------------------------------------------------------

    def _end(self) -> None:
        self._job = None
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.done(0)

    def _show_waiting(self) -> None:
        if self._job is None or self._waiting is not None:
            return
        self._waiting = WaitDialog(
            self._host.window(), self.tr("Saving…"), self.tr("Waiting for the system's keyring…")
        )
        self._waiting.rejected.connect(self._give_up)
        self._waiting.open()

    def _give_up(self) -> None:
        if self._job is not None:
            self._runner.cancel(self._job)
        self._job = self._waiting = None
        self.failed.emit(self.tr("Stopped. Nothing was changed."))
