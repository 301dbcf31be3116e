"""Whom the login may send as: asks the server with one email each, after a question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.gui.widgets.elements import (
    announce,
    breakable,
    button,
    line,
    link_button,
    plain_label,
)
from smtpwizard.gui.widgets.fields import Field, SideBySide, line_edit, scroll_to
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.rights import counts_text, right_text, stopped_text
from smtpwizard.model.addresses import AddressError, clean_text, parse_address
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.usecases.rights import Right, senders_in, senders_to_ask_about

if TYPE_CHECKING:
    from smtpwizard.model.report import Cause
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

MARKS = {True: "passed", False: "failed", None: "info"}
"""The marks of yes, no and not known."""
_MAX_WORDS = 1000


class RightsPart(QWidget):
    """Sends nothing before the question is answered; each line comes as its email ends. `recorded`
    comes when there are new runs."""

    recorded = Signal()

    def __init__(
        self, ws: Workspace, runner: Runner, recovery: SecretStoreRecovery, stored: StoredConnector
    ) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._stored = stored
        self._job: int | None = None
        self._answered = 0
        self.question: QMessageBox | None = None
        self.rows: list[RightRow] = []
        self._senders: Sequence[str] = ()
        self._send_to = ""
        self.senders_edit = line_edit()
        self.send_to_edit = line_edit()
        self.senders = Field(
            "--sender",
            self.tr("Send as"),
            self.senders_edit,
            self.tr("Addresses, with commas between them."),
            write=lambda _: self.senders.set_error(""),
        )
        self.send_to = Field(
            "send_to",
            self.tr("Send to"),
            self.send_to_edit,
            self.tr("Where the emails go."),
            write=lambda _: self.send_to.set_error(""),
        )
        self.ask_button = button(self.tr("Ask the server…"), self.ask, icon="send")
        self.stop_button = button(self.tr("Stop sending"), self.stop, icon="stop")
        self.stop_button.hide()
        self.words = plain_label(
            self.tr(
                "Sends one email for each address, after a question. History keeps the answers."
            ),
            tone="muted",
        )
        self._rows = QWidget()
        self._column = QVBoxLayout(self._rows)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(plain_label(self.tr("Whom the login may send as"), heading="section"))
        column.addWidget(SideBySide((self.senders, self.send_to), (3, 2)))
        asking = line(self.ask_button, self.stop_button, self.words)
        asking.setStretch(2, 1)
        column.addLayout(asking)
        column.addWidget(self._rows)
        self._fill()

    def _fill(self) -> None:
        connector = self._stored.connector
        self.senders_edit.setText(", ".join(senders_to_ask_about(connector)))
        self.send_to_edit.setText(connector.test_recipient())

    def hear_of(self, stored: StoredConnector) -> None:
        """The connector as it is saved now; fields that nobody has changed follow it."""
        untouched = self._texts() == self._texts_of(self._stored)
        self._stored = stored
        if untouched:
            self._fill()

    def _texts(self) -> tuple[str, str]:
        return self.senders_edit.text(), self.send_to_edit.text()

    @staticmethod
    def _texts_of(stored: StoredConnector) -> tuple[str, str]:
        connector = stored.connector
        return ", ".join(senders_to_ask_about(connector)), connector.test_recipient()

    # -- the question -----------------------------------------------------------------------------

    def ask(self) -> None:
        """Say what would be sent and to whom; it goes after a yes."""
        if self._job is not None:
            return
        try:
            senders = senders_in(self.senders_edit.text())
        except SmtpWizardError as error:
            self._refuse(self.senders, error)
            return
        send_to = self.send_to_edit.text().strip()
        try:
            parse_address(send_to)
        except AddressError as error:
            self._refuse(self.send_to, error)
            return
        self._senders, self._send_to = senders, send_to
        count = len(senders)
        self.question = ask(
            self.window(),
            self.tr("Whom the login may send as"),
            self.tr("Send one email to {0}?").format(send_to)
            if count == 1
            else self.tr("Send {0} emails to {1}?").format(count, send_to),
            self.tr(
                "As: {0}.\n\nThe server says of each whether it may. What it allows arrives."
            ).format(", ".join(senders)),
            self.tr("&Send"),
            self.tr("Cancel"),
            self._answer,
        )

    @staticmethod
    def _refuse(field: Field, error: SmtpWizardError) -> None:
        field.touch()
        field.set_error(error_message(error))
        field.editor.setFocus()

    def _answer(self, yes: bool) -> None:
        self.question = None
        if yes:
            self._send()

    # -- sending ----------------------------------------------------------------------------------

    def _send(self) -> None:
        self._answered = 0
        self._show_rows()
        work = partial(jobs.ask_rights, self._ws, self._stored, self._senders, self._send_to)
        self._job = self._runner.submit(work, self._ended, self._progressed, owner=self)
        self._show_state()
        self._say_progress()
        scroll_to(self._rows, under=self.ask_button)
        self.stop_button.setFocus()

    def _show_rows(self) -> None:
        for old in self.rows:
            old.hide()
            old.deleteLater()
        self.rows = [RightRow(sender) for sender in self._senders]
        for row in self.rows:
            self._column.addWidget(row)

    def _show_state(self) -> None:
        running = self._job is not None
        self.stop_button.setVisible(running)
        self.ask_button.setEnabled(not running)

    def _say_progress(self) -> None:
        if self._answered < len(self.rows):
            self.rows[self._answered].show_running()
            said = self.tr("Email {0} of {1}…").format(self._answered + 1, len(self.rows))
            self.words.setText(said)

    def _progressed(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            self.words.setText(store_waits_message())
        elif isinstance(message, Right):
            self.rows[self._answered].show_right(message)
            announce(self.rows[self._answered], self.rows[self._answered].words.text())
            self._answered += 1
            self._say_progress()

    def _ended(self, outcome: Outcome) -> None:
        self._job = None
        self._show_state()
        self.ask_button.setFocus()
        self.recorded.emit()
        if outcome.error is not None:
            # What is expected to fail does so before anything is sent.
            self._leave_rest(begun=not isinstance(outcome.error, SmtpWizardError))
            self.words.setText(error_message(outcome.error))
            announce(self.words, self.words.text())
            self._recovery.offer(self, outcome.error, self._send)
            return
        self.words.setText(counts_text([right.allowed for right in outcome.value]))
        announce(self.words, self.words.text())

    def stop(self) -> None:
        """Give up at once; what was answered stays, and the email on its way may arrive."""
        if self._job is None:
            return
        self._runner.cancel(self._job)
        self._job = None
        self._leave_rest(begun=True)
        self.words.setText(self.tr("Stopped."))
        self._show_state()
        self.ask_button.setFocus()
        self.recorded.emit()

    def _leave_rest(self, *, begun: bool) -> None:
        for number, row in enumerate(self.rows[self._answered :]):
            row.show_stopped(begun=begun and number == 0)


class RightRow(QWidget):
    """One address: allowed, not allowed, or not known; beneath it the server's own words."""

    def __init__(self, sender: str) -> None:
        super().__init__()
        self._sender = sender
        self._mark = IconLabel("untested")
        self.words = plain_label(breakable(sender))
        self.reply = plain_label(tone="muted")
        self.reply.hide()
        self._cause: Cause | None = None
        self.dialog: TextDialog | None = None
        self.steps_button = link_button(self.tr("What to do…"), self.show_steps)
        self.steps_button.setAccessibleDescription(sender)
        self.steps_button.hide()
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.words)
        texts.addWidget(self.reply)
        row = line(self._mark, texts, self.steps_button)
        row.setAlignment(self._mark, Qt.AlignmentFlag.AlignTop)
        row.setAlignment(self.steps_button, Qt.AlignmentFlag.AlignTop)
        row.setStretch(1, 1)
        self.setLayout(row)

    def show_running(self) -> None:
        self._mark.show_icon("running")

    def show_right(self, right: Right) -> None:
        self._mark.show_icon(MARKS[right.allowed])
        said = right_text(
            right.sender, right.allowed, itself=right.itself, stage=right.stage, reply=right.reply
        )
        self.words.setText(breakable(said))
        if right.reply is not None:
            self.reply.setText(breakable(clean_text(str(right.reply), _MAX_WORDS)))
            self.reply.show()
        causes = right.report.causes if right.report is not None else ()
        if right.allowed is False and causes:
            self._cause = causes[0]
            self.steps_button.show()

    def show_steps(self) -> None:
        """What may be done about it, to read or to pass on."""
        if self._cause is not None:
            text = cause_text(self._cause, Face.WINDOW)
            self.dialog = TextDialog(self.window(), text.title, text.explanation, text.remedy)
            self.dialog.open()

    def show_stopped(self, *, begun: bool) -> None:
        self._mark.show_icon("info" if begun else "untested")
        self.words.setText(breakable(stopped_text(self._sender, begun=begun)))
