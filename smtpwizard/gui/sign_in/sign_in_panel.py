"""One sign-in on screen: the wait for its user, then what came of it.

Saves nothing and writes no draft; its owner does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.jobs import open_page
from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.sign_in import sign_in_job
from smtpwizard.gui.sign_in.sign_in_job import Answers, Complaint, NoBrowser
from smtpwizard.gui.sign_in.token_table import TokenTable
from smtpwizard.gui.sign_in.waiting_panel import WaitingPanel
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.elements import (
    button,
    line,
    note_card,
    plain_label,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.tab_order import order_tabs, tab_place
from smtpwizard.messages.causes import sign_in_text
from smtpwizard.messages.errors import warning_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text
from smtpwizard.messages.signing_in import signed_in_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.families import redirect_uri_to_register
from smtpwizard.model.registration import Family, Redirect

if TYPE_CHECKING:
    from smtpwizard.flow.dropped_sign_in import DroppedSignIn
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.oauth.signed_in import Progress, SignedIn
    from smtpwizard.usecases.sign_in import SignInFailure
    from smtpwizard.usecases.workspace import Workspace


class SignInPanel(QWidget):
    """Runs a sign-in off the window's thread, shows it, and asks about another account.

    `started` and `ended` tell when something runs; `kept` comes with the `SignedIn` that the
    user has, `undecided` with one of another account, `failed` with the error of one that came to
    nothing; `again` asks for another sign-in with the account picker. Over a draft, `used` comes
    with a sign-in whose account the connector is to be for, and `skipped` when its user goes on
    without.
    """

    started = Signal()
    ended = Signal()
    kept = Signal(object)
    undecided = Signal(object)
    failed = Signal(object)
    again = Signal()
    used = Signal(object)
    skipped = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        *,
        over_draft: bool = False,
    ) -> None:
        super().__init__()
        self._over_draft = over_draft
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._job: int | None = None
        self._redirect: Redirect | None = None
        self._answers = Answers()
        self._undecided: SignedIn | None = None
        self.came_to_nothing = False
        """A sign-in that failed or was cancelled is what is shown."""
        self.banner = Banner("info")
        self.verdict, self.hint = self.banner.title, self.banner.text
        self.token = TokenTable()
        self.token_fold = Fold(
            self.tr("What the token says"), self.tr("– account, scopes, how long it is valid")
        )
        self.token_fold.body.addWidget(self.token)
        self.causes = CauseCards(runner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.banner)
        self._waiting: WaitingPanel | None = None
        self._waiting_place = tab_place()
        self._other = self._build_other()
        self.overridden, self.overridden_label = note_card()
        self.between = QVBoxLayout()  # for what the owner says of a sign-in
        self.between.setSpacing(12)
        for widget in (self.overridden, self._waiting_place, self._other):
            layout.addWidget(widget)
        layout.addLayout(self.between)
        layout.addWidget(self.token_fold)
        layout.addWidget(self.causes)
        self.clear()

    # -- building -----------------------------------------------------------------------------

    @property
    def waiting(self) -> WaitingPanel:
        """What is shown while its user is waited for; built for the first sign-in."""
        if self._waiting is None:
            self._waiting = out = WaitingPanel()
            out.answered.connect(lambda text: self._answers.give(text))
            out.extended.connect(lambda seconds: self._answers.extend(seconds))
            out.page_wanted.connect(self._open_again)
            out.cancelled.connect(self.cancel)
            out.hide()
            column = cast(QVBoxLayout, self.layout())
            column.insertWidget(column.indexOf(self._waiting_place), out)
            order_tabs(out, self._waiting_place)
        return self._waiting

    def _build_other(self) -> QWidget:
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.shared_note = plain_label(
            self.tr(
                "Keep it only if that account may send for this mailbox, as with a shared "
                "mailbox. Else sign in again and choose the right account."
            )
        )
        column.addWidget(self.shared_note)
        self.use_button = button("", lambda: self.used.emit(self._undecided))
        self.keep_button = button("", self._keep_other)
        self.again_button = button(self.tr("Sign in again"), self.again.emit)
        self.skip_button = button(self.tr("Go on without signing in"), self.skipped.emit)
        for push in (self.again_button, self.use_button, self.keep_button, self.skip_button):
            column.addLayout(line(push, None))
        return frame

    # -- running ------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def explains_failure(self) -> bool:
        """True while a card says why a sign-in came to nothing."""
        return self.came_to_nothing and not self.running and bool(self.causes.shown())

    @property
    def is_asking(self) -> bool:
        """True while its user has to decide about another account."""
        return self._undecided is not None

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
        self._show_overrides(connector)
        self._redirect = redirect
        self._answers = Answers()
        defaults = self._ws.defaults_for(connector.provider)
        self.waiting.family = defaults.family if defaults is not None else None
        oauth = connector.authentication.oauth
        self.waiting.registered = (
            redirect_uri_to_register(
                redirect,
                self.waiting.family or Family.GENERIC,
                own=oauth.redirect_uri,
                client_type=oauth.client_type,
            )
            or ""
        )
        self.waiting.account = clean_text(connector.authentication.username or "", 254)
        self.waiting.show_progress(None, redirect)
        work = partial(
            sign_in_job.sign_in,
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
        self.waiting.cancel_button.setFocus()
        scroll_to(self)

    def _show_overrides(self, connector: Connector) -> None:
        """Say where a file sends this sign-in elsewhere, or changes what is known of it."""
        values = self._ws.overrides_for(connector)
        said = (warning_text("provider_overridden", value.facts()) for value in values)
        self.overridden_label.setText("\n".join(said))
        self.overridden.setVisible(bool(values))

    def cancel(self) -> None:
        """Stop at once; nothing of this sign-in is used any more."""
        if self._job is None:
            return
        self._runner.cancel(self._job)
        self._end()
        self.came_to_nothing = True
        self.say(self.tr("Sign-in cancelled. Nothing was kept."), "unknown")
        self.ended.emit()

    def _end(self) -> None:
        self._job = None
        self.waiting.end()

    def _message(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            self.hear_of_store(message)
        elif isinstance(message, Complaint):
            self.waiting.complain(error_message(message.error))
        elif isinstance(message, NoBrowser):
            self.waiting.say_no_browser()
        else:
            self._show_progress(message)  # type: ignore[arg-type]

    def _show_progress(self, progress: Progress) -> None:
        assert self._redirect is not None
        self.say("")  # the keyring is not waited for any more
        self.waiting.show_progress(progress, self._redirect)
        scroll_to(self)

    def _open_again(self, url: str) -> None:
        def opened(outcome: Outcome) -> None:
            if outcome.value is False and self.running:
                self._message(NoBrowser())

        self._runner.submit(partial(open_page, url), opened, owner=self)

    def hear_of_store(self, message: object) -> None:
        """Say it where the keyring is waited for."""
        if isinstance(message, StoreWaits):
            self.say(store_waits_message())

    def _finished(self, outcome: Outcome, retry: Callable[[], None]) -> None:
        from smtpwizard.usecases.sign_in import SignInFailure  # noqa: PLC0415 - brought in by the job

        self._end()
        result = outcome.value
        error: Exception | None = outcome.error
        self.came_to_nothing = True
        if isinstance(result, SignInFailure):
            error = result.error
            said = self.tr("Not signed in")
            self.say(said, "failed", self._failure_text(result))
            self.causes.show_causes(result.causes, kicker=said)
            self.banner.setVisible(not result.causes)  # the card says it, and more
            scroll_to(self)
        elif error is not None:
            self.say(error_message(error), "failed")
        else:
            self.came_to_nothing = False
            self.show_result(result)
            self.ended.emit()
            (self.kept if self._undecided is None else self.undecided).emit(result)
            return
        self.ended.emit()
        if not self._recovery.offer(self, error, retry):
            self.failed.emit(error)

    def _failure_text(self, failure: SignInFailure) -> str:
        said = clean_text(str(failure.error.facts.get("description") or ""), 300)
        quoted = self.tr("The provider says: {0}").format(said) if said else ""
        if failure.causes:
            return quoted  # the card below says what it means
        words = sign_in_text(failure.error, failure.causes, Face.WINDOW)
        return f"{words}\n{quoted}".strip()

    # -- results ------------------------------------------------------------------------------

    def clear(self) -> None:
        """Nothing said, nothing shown."""
        self.came_to_nothing = False
        self._undecided = None
        self.overridden.hide()
        if self._waiting is not None:
            self._waiting.hide()
        self._other.hide()
        self.token_fold.hide()
        self.causes.show_causes(())
        self.say("")

    def say(self, text: str, verdict: str = "", hint: str = "") -> None:
        """The banner above everything; said aloud by a screen reader when it changes."""
        self.banner.setVisible(bool(text))
        self.banner.set_tone(verdict or ("running" if self.running else "info"))
        self.banner.show_text(text, hint)

    def add(self, text: str, verdict: str = "passed") -> None:
        """What became of the sign-in after it, under who signed in."""
        self.banner.set_tone(verdict)
        self.banner.show_text(self.banner.title.text(), text)

    def next_button(self) -> QWidget:
        """Where what is shown goes on."""
        if self.is_asking or not self._other.isHidden():
            return self.again_button
        return self.waiting.cancel_button

    def show_result(self, signed: SignedIn, *, accepted: bool = False) -> None:
        """Who signed in, what the token says, and the question about another account."""
        other = signed.other_account
        self._undecided = None
        self._other.hide()
        self.token.show_rows(signed.rows(), accepted=accepted)
        self.token_fold.setVisible(bool(signed.rows()))
        if other is not None and not accepted:
            who, wanted = clean_text(other.found, 254), clean_text(other.expected, 254)
            self._ask_about(signed, who, wanted)
            set_next_step(self.again_button)
            self.again_button.setFocus()
            scroll_to(self._other)
            return
        text = signed_in_text(signed.account, Face.WINDOW, by_application=signed.by_application)
        self.say(text, "passed")

    def _ask_about(self, signed: SignedIn, who: str, wanted: str) -> None:
        self._undecided = signed
        self.say(
            self.tr("Signed in with another account"),
            "unknown",
            self.tr("You signed in as {0}, this connector is for {1}.").format(who, wanted),
        )
        self.keep_button.setText(self._keep_text(who, wanted))
        self.use_button.setText(self._fitting(self.tr("Use {0}").format(who), self.tr("Use it")))
        self.use_button.setVisible(self._over_draft)
        self.skip_button.setVisible(self._over_draft)
        self._other.show()

    def show_dropped(self, dropped: DroppedSignIn) -> None:
        """A sign-in that does not belong to what is on screen: why, and the ways out."""
        if dropped.account is not None and dropped.held is not None:
            wanted = clean_text(str(dropped.problem.facts["expected"]), 254)
            signed: SignedIn = dropped.held  # type: ignore[assignment]
            self._ask_about(signed, clean_text(dropped.account, 254), wanted)
            return
        self._undecided = None
        if self.came_to_nothing:
            return  # and that is what is said
        verdict = self.tr("Something changed since the sign-in. Sign in again.")
        if verdict != self.verdict.text():
            self.clear()
        self.say(verdict, "unknown", problem_text(dropped.problem, Face.WINDOW))

    def _keep_text(self, who: str, wanted: str) -> str:
        text = self.tr("Keep {0} as the login for {1} (shared mailbox)").format(who, wanted)
        return self._fitting(text, self.tr("Keep this account (shared mailbox)"))

    def _fitting(self, text: str, shorter: str) -> str:
        """A button's text does not wrap, and a longer one would widen the page."""
        room = self.width() - self.fontMetrics().height() * 5
        return shorter if self.fontMetrics().horizontalAdvance(text) > room else text

    def _keep_other(self) -> None:
        signed = self._undecided
        if signed is not None:
            self.keep_button.clearFocus()
            if not self._over_draft:
                self.show_result(signed, accepted=True)
            self.kept.emit(signed)
