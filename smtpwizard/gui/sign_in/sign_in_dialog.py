"""Signing in again for a saved connector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.results.cause_card import help_keys_in
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.sign_in.sign_in_panel import SignInPanel
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.fields import scrolling

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.oauth.signed_in import SignedIn
    from smtpwizard.usecases.workspace import Workspace


class SignInDialog(QDialog):
    """Starts when it opens; `signed_in` comes with the connector once the sign-in is saved."""

    signed_in = Signal(object)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        stored: StoredConnector,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._stored = stored
        name = stored.connector.name[:200]
        self.setWindowTitle(self.tr("Sign in – {0}").format(name))
        self.box = SignInPanel(ws, runner, recovery)
        offer_help(self, runner, "dialog:sign_in", before=partial(help_keys_in, self))
        self.again_button = button(self.tr("Si&gn in"), self.start)
        self.close_button = button(self.tr("Close"), self.reject)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(plain_label(self.tr("Sign in for “{0}”").format(name), heading="true"))
        column.addWidget(self.box)
        column.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.again_button)
        line.addStretch(1)
        line.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(scrolling(content), 1)
        layout.addLayout(line)
        self.box.started.connect(self._show_state)
        self.box.ended.connect(self._show_state)
        self.box.kept.connect(self._keep)
        self.box.again.connect(lambda: self.start(force_picker=True))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 44, room.width() * 9 // 10), min(em * 34, room.height() * 9 // 10))

    def start(self, *, force_picker: bool = False) -> None:
        """Sign in with the registration that is saved."""
        connector = self._stored.connector
        redirect = connector.authentication.oauth.redirect
        self.box.start(connector, {}, self._stored, redirect=redirect, force_picker=force_picker)

    def _show_state(self) -> None:
        self.again_button.setEnabled(not self.box.running)

    def _keep(self, signed: SignedIn) -> None:
        self.again_button.setEnabled(False)

        def kept(outcome: Outcome) -> None:
            self._show_state()
            if outcome.error is None:
                self.signed_in.emit(outcome.value)
                self.accept()
                return
            self.box.say(self.tr("Not saved"), "failed", error_message(outcome.error))
            self._recovery.offer(self, outcome.error, lambda: self._keep(signed), saving=True)

        self._runner.submit(
            partial(jobs.keep_sign_in, self._ws, self._stored, signed),
            kept,
            self.box.hear_of_store,
            owner=self,
            must_finish=True,
        )

    def reject(self) -> None:
        self.box.cancel()
        super().reject()
