"""One sign-in on screen: waiting with everything that helps, then what came of it.

Saves nothing and writes no draft; its owner does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import signinwork
from smtpwizard.gui.causecards import CauseCards
from smtpwizard.gui.facttable import fact_table, fit_rows
from smtpwizard.gui.fields import Field, FieldGrid, line_edit, scroll_to
from smtpwizard.gui.signinwork import (
    Answers,
    Complaint,
    NoBrowser,
    SignInFailure,
)
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits
from smtpwizard.gui.unlocking import Unlocker
from smtpwizard.gui.widgets import announce, button, card, plain_label, set_tone
from smtpwizard.gui.words import error_words, store_waits_words
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.registration import Redirect

if TYPE_CHECKING:
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector
    from smtpwizard.usecases.sign_in import FactRow, Progress, SignedIn
    from smtpwizard.usecases.workspace import StoredConnector, Workspace

EMPTY = "–"
MORE_SECONDS = 300.0
# Below this the time left is shown as a warning, seconds.
HURRY_S = 60


class SignInBox(QWidget):
    """Runs a sign-in off the window's thread, shows it, and asks about another account.

    `started` and `ended` tell when something runs; `kept` comes with the `SignedIn` that the
    user has, `failed` with the error of one that came to nothing; `again` asks for another
    sign-in with the account picker.
    """

    started = Signal()
    ended = Signal()
    kept = Signal(object)
    failed = Signal(object)
    again = Signal()

    def __init__(self, ws: Workspace, runner: Runner, unlocker: Unlocker) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._unlocker = unlocker
        self._job: int | None = None
        self._redirect: Redirect | None = None
        self._answers = Answers()
        self._progress: Progress | None = None
        self._ends_at = 0.0
        self._undecided: SignedIn | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.verdict = plain_label()
        self.hint = plain_label(tone="hint")
        self.table = self._build_table()
        self.causes = CauseCards(runner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.verdict)
        layout.addWidget(self.hint)
        self._waiting = self._build_waiting()
        self._other = self._build_other()
        for widget in (self._waiting, self._other, self.table, self.causes):
            layout.addWidget(widget)
        self.clear()

    # -- building -----------------------------------------------------------------------------

    def _build_waiting(self) -> QFrame:
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        self.countdown = plain_label(tone="hint")
        column.addWidget(self.countdown)
        self._device = self._build_device()
        column.addWidget(self._device)
        grid = FieldGrid(self.fontMetrics().horizontalAdvance("Final address "))
        self.address_edit = line_edit()
        self.address_edit.setReadOnly(True)
        self.address_field = grid.add(
            Field(
                "sign_in.address",
                self.tr("Sign-in page"),
                self.address_edit,
                self.tr("For another browser, or another profile of it: copy the link."),
            )
        )
        self.copy_button = button(self.tr("Copy the &link"), self._copy_link)
        self.open_button = button(self.tr("O&pen again"), self._open_again)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.copy_button)
        line.addWidget(self.open_button)
        line.addStretch(1)
        line.setContentsMargins(0, 0, 0, 8)
        grid.addLayout(line, grid.rowCount(), 1)
        self.answer_edit = line_edit()
        self.continue_button = button(self.tr("Continue"), self._give_answer)
        self.answer_field = grid.add(
            Field(
                "sign_in.answer",
                self.tr("Final address"),
                self.answer_edit,
                self._answer_hint(),
                beside=(self.continue_button,),
            )
        )
        self.answer_edit.textChanged.connect(
            lambda text: self.continue_button.setEnabled(bool(text.strip()))
        )
        self.answer_edit.returnPressed.connect(self._give_answer)
        column.addLayout(grid)
        self.more_button = button(self.tr("Five more minutes"), self._more_time)
        self.cancel_button = button(self.tr("Cancel sign-in"), self.cancel)
        ends = QHBoxLayout()
        ends.setSpacing(8)
        ends.addWidget(self.cancel_button)
        ends.addWidget(self.more_button)
        ends.addStretch(1)
        column.addLayout(ends)
        return frame

    def _answer_hint(self) -> str:
        return self.tr(
            "After signing in, the browser shows a page of Smart Flows, or none. Copy the whole "
            "address from its address bar and paste it here."
        )

    def _build_device(self) -> QWidget:
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(plain_label(self.tr("Enter this code on the sign-in page:")))
        self.code_edit = line_edit()
        self.code_edit.setReadOnly(True)
        self.code_edit.setAccessibleName(self.tr("Code"))
        font = QFont(self.font())
        font.setPointSizeF(self.font().pointSizeF() * 2)
        font.setBold(True)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 110)
        self.code_edit.setFont(font)
        self.code_edit.setProperty("large", "true")
        self.copy_code_button = button(self.tr("Cop&y the code"), self._copy_code)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.code_edit)
        line.addWidget(self.copy_code_button)
        line.addStretch(1)
        column.addLayout(line)
        return out

    def _build_other(self) -> QFrame:
        frame = card("warning")
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        self.other_text = plain_label(heading="true")
        column.addWidget(self.other_text)
        column.addWidget(
            plain_label(
                self.tr(
                    "Keep it only if that account may send for this mailbox, as with a shared "
                    "mailbox. Else sign in again and choose the right account."
                )
            )
        )
        self.keep_button = button("", self._keep_other)
        self.again_button = button(self.tr("Sign in again"), self.again.emit)
        for push in (self.again_button, self.keep_button):
            column.addWidget(push, 0, Qt.AlignmentFlag.AlignLeft)
        return frame

    def _build_table(self) -> QTableWidget:
        headings = [self.tr("Token"), self.tr("Expected"), self.tr("Found"), self.tr("Result")]
        table = fact_table(self.tr("Token"), headings, 0, stretching=(1, 2))
        table.horizontalHeader().sectionResized.connect(lambda *_: fit_rows(table))
        return table

    # -- running ------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._job is not None

    def start(
        self,
        connector: Connector,
        secrets: Mapping[str, Secret],
        stored: StoredConnector | None,
        *,
        redirect: Redirect,
        force_picker: bool = False,
    ) -> None:
        """Sign in with this registration, whose answer comes back as `redirect` says."""
        self.cancel()
        self.clear()
        self._redirect = redirect
        self._answers = Answers()
        self.say(
            self.tr("Asking the sign-in server…")
            if redirect is Redirect.APP
            else self.tr("Preparing the sign-in…")
        )
        self._show_waiting(None)
        work = signinwork.sign_in(
            self._ws,
            connector,
            secrets,
            stored,
            self._answers,
            redirect=redirect,
            force_picker=force_picker,
        )

        def retry() -> None:
            self.start(connector, secrets, stored, redirect=redirect, force_picker=force_picker)

        self._job = self._runner.submit(
            work, lambda outcome: self._finished(outcome, retry), self._message, owner=self
        )
        self.started.emit()
        self.cancel_button.setFocus()
        scroll_to(self)

    def cancel(self) -> None:
        """Stop at once; nothing of this sign-in is used any more."""
        if self._job is None:
            return
        self._runner.cancel(self._job)
        self._end()
        self.say(self.tr("Sign-in cancelled. Nothing was kept."), "unknown")
        self.ended.emit()

    def _end(self) -> None:
        self._job = None
        self._clock.stop()
        self._progress = None
        inside = self.window().focusWidget()
        if inside is not None and self._waiting.isAncestorOf(inside):
            inside.clearFocus()
        self.address_edit.clear()
        self.answer_edit.clear()
        self.code_edit.clear()
        self._waiting.hide()

    def _message(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            self.hear_of_store(message)
        elif isinstance(message, Complaint):
            self.answer_field.set_error(error_words(message.error))
            self.answer_edit.setFocus()
            self.answer_edit.selectAll()
        elif isinstance(message, NoBrowser):
            self.say(
                self.tr("No browser could be started. Copy the link and open it yourself."),
                "unknown",
            )
        else:
            self._show_waiting(message)  # type: ignore[arg-type]

    def hear_of_store(self, message: object) -> None:
        """Say it where the keyring is waited for."""
        if isinstance(message, StoreWaits):
            self.say(store_waits_words())

    def _finished(self, outcome: Outcome, retry: Callable[[], None]) -> None:
        self._end()
        result = outcome.value
        error: Exception | None = outcome.error
        if isinstance(result, SignInFailure):
            error = result.error
            self.say(self.tr("Not signed in"), "failed", self._failure_words(result.error))
            self.causes.show_causes(result.causes)
            scroll_to(self)
        elif error is not None:
            self.say(error_words(error), "failed")
        else:
            self.show_result(result)
            self.ended.emit()
            if self._undecided is None:
                self.kept.emit(result)
            return
        self.ended.emit()
        if not self._unlocker.offer(self, error, retry):
            self.failed.emit(error)

    def _failure_words(self, error: SmtpWizardError) -> str:
        said = clean_text(str(error.facts.get("description") or ""), 300)
        words = error_words(error)
        return f"{words}\n{self.tr('The provider says: {0}').format(said)}" if said else words

    # -- waiting ------------------------------------------------------------------------------

    def _show_waiting(self, progress: Progress | None) -> None:
        self._progress = progress
        self._waiting.show()
        known = progress is not None
        code = progress.user_code if progress is not None else None
        paste = known and self._redirect is Redirect.WEB
        self._device.setVisible(code is not None)
        for widget in (self.countdown, self.copy_button, self.open_button, self.more_button):
            widget.setVisible(known)
        show_field(self.address_field, known)
        show_field(self.answer_field, paste)
        self.more_button.setVisible(known and code is None)
        self.continue_button.setEnabled(False)
        if progress is None:
            return
        self._ends_at = time.monotonic() + progress.seconds
        self.address_edit.setText(progress.url)
        self.address_edit.setCursorPosition(0)
        if code is not None:
            self.code_edit.setText(code)
            width = self.code_edit.fontMetrics().horizontalAdvance(code + "MM")
            self.code_edit.setFixedWidth(width + 24)
            self.say(self.tr("Waiting for the code to be entered…"))
            announce(self.code_edit, self.tr("The code is {0}").format(code))
        else:
            self.say(self.tr("Waiting for you to sign in, in the browser…"))
        (self.answer_edit if paste else self.copy_button).setFocus()
        self._clock.start()
        self._tick()
        scroll_to(self)

    def _tick(self) -> None:
        left = max(0, round(self._ends_at - time.monotonic()))
        self.countdown.setText(self.tr("Time left: {0}:{1}").format(left // 60, f"{left % 60:02}"))
        set_tone(self.countdown, "tone", "warning" if left < HURRY_S else "hint")
        if left == HURRY_S:
            announce(self.countdown, self.tr("One minute left for signing in"))

    def _more_time(self) -> None:
        if self._progress is not None:
            self._progress.extend(MORE_SECONDS)
            self._answers.extend(MORE_SECONDS)
            self._ends_at += MORE_SECONDS
            self._tick()

    def _copy_link(self) -> None:
        QGuiApplication.clipboard().setText(self.address_edit.text())
        announce(self.copy_button, self.tr("Link copied"))

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self.code_edit.text())
        announce(self.copy_code_button, self.tr("Code copied"))

    def _open_again(self) -> None:
        def opened(outcome: Outcome) -> None:
            if outcome.value is False and self.running:
                self._message(NoBrowser())

        if self._progress is not None:
            self._runner.submit(signinwork.open_again(self._progress.url), opened, owner=self)

    def _give_answer(self) -> None:
        text = self.answer_edit.text().strip()
        if text:
            self.answer_field.set_error("")
            self._answers.give(text)

    # -- results ------------------------------------------------------------------------------

    def clear(self) -> None:
        """Nothing said, nothing shown."""
        self._undecided = None
        self._waiting.hide()
        self._other.hide()
        self.table.hide()
        self.causes.show_causes(())
        self.say("")

    def say(self, text: str, verdict: str = "", hint: str = "") -> None:
        """The line above everything; said aloud by a screen reader when it changes."""
        changed = text != self.verdict.text()
        self.verdict.setText(text)
        self.verdict.setVisible(bool(text))
        set_tone(self.verdict, "verdict", verdict)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        if text and changed and self.isVisible():
            announce(self.verdict, f"{text} {hint}".strip())

    def show_result(self, signed: SignedIn, *, accepted: bool = False) -> None:
        """Who signed in, what the token says, and the question about another account."""
        who = clean_text(signed.account or "", 254)
        other = signed.other_account
        self._undecided = signed if other is not None and not accepted else None
        self._other.setVisible(self._undecided is not None)
        self._show_rows(signed.rows(), accepted=accepted)
        if self._undecided is not None:
            wanted = next(m.expected for m in signed.mismatches if m.what == "account")
            self.say(self.tr("Signed in with another account"), "unknown")
            self.other_text.setText(
                self.tr("You signed in as {0}, this connector is for {1}.").format(
                    who, clean_text(wanted, 254)
                )
            )
            self.keep_button.setText(self._keep_words(who, clean_text(wanted, 254)))
            self.again_button.setFocus()
            scroll_to(self._other)
        elif signed.facts.app_only or not signed.secrets:
            self.say(self.tr("The application signed in"), "passed")
        elif who:
            self.say(self.tr("Signed in as {0}").format(who), "passed")
        else:
            self.say(self.tr("Signed in"), "passed")

    def _keep_words(self, who: str, wanted: str) -> str:
        text = self.tr("Keep {0} as the login for {1} (shared mailbox)").format(who, wanted)
        # A button's text does not wrap, and a longer one would widen the page.
        room = self.width() - self.fontMetrics().height() * 5
        if self.fontMetrics().horizontalAdvance(text) > room:
            text = self.tr("Keep this account (shared mailbox)")
        return text

    def _keep_other(self) -> None:
        signed = self._undecided
        if signed is not None:
            self.keep_button.clearFocus()
            self.show_result(signed, accepted=True)
            self.kept.emit(signed)

    def _show_rows(self, rows: tuple[FactRow, ...], *, accepted: bool) -> None:
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            chosen = accepted and row.what == "account" and row.fits is False
            texts = (
                self._fact_word(row.what),
                clean_text(row.expected, 300) or EMPTY,
                clean_text(row.found, 300) or self.tr("not told"),
                self.tr("kept") if chosen else self._result_word(row.fits),
            )
            for column, text in enumerate(texts):
                self.table.setItem(number, column, QTableWidgetItem(text))
        self.table.setVisible(bool(rows))
        self._fit_columns()
        fit_rows(self.table)

    def _fit_columns(self) -> None:
        table = self.table
        for column in (0, 3):
            items = [table.item(row, column) for row in range(table.rowCount())]
            items.append(table.horizontalHeaderItem(column))
            texts = [item.text() for item in items if item is not None]
            widest = max(self.fontMetrics().horizontalAdvance(text) for text in texts)
            table.setColumnWidth(column, widest + 24)

    def _fact_word(self, what: str) -> str:
        return {
            "account": self.tr("Account"),
            "scope": self.tr("Scope"),
            "role": self.tr("Application permission"),
            "audience": self.tr("Audience"),
            "tenant": self.tr("Tenant"),
            "expiry": self.tr("Valid until"),
        }[what]

    def _result_word(self, fits: bool | None) -> str:
        if fits is None:
            return EMPTY
        return self.tr("as expected") if fits else self.tr("differs")


def show_field(field: Field, shown: bool) -> None:
    """Show or hide a field with its label, its words and what stands beside it."""
    for widget in (field.label, field.editor, *field.beside):
        widget.setVisible(shown)
    field.note.setVisible(shown and bool(field.note.text()))
