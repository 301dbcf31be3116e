"""Another secret in the place of the one that is kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smtpwizard.flow.asking import SecretState
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label, set_next_step
from smtpwizard.gui.widgets.secret_field import SecretField
from smtpwizard.messages.detail import kept_text, secret_name
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


class ReplaceSecretDialog(QDialog):
    """Types a new secret; `replaced` comes with the connector once it is kept."""

    replaced = Signal(object)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        stored: StoredConnector,
        kind: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "tab:security")
        self.finished.connect(self.deleteLater)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._stored = stored
        self._kind = kind
        self._job: int | None = None
        name = secret_name(kind)
        ref = stored.secrets.get(kind, "")
        self.setWindowTitle(self.tr("Replace {0}").format(name))
        kept = kept_text(ws.secret_store_name(stored))
        self.words = plain_label(
            self.tr("The old one is deleted. {0}").format(kept)
            if ref and not ws.has_lost(ref)
            else kept
        )
        self.field = SecretField(
            f"authentication.{kind}",
            name,
            self.tr("Tried at the next test."),
            lambda _: self._show_state(),
        )
        self.field.show_secret(None, SecretState.NEEDED)
        self.state = plain_label(tone="danger")
        self.state.hide()
        self.save_button = button(self.tr("&Replace"), self.save)
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        heading = self.tr("{0} of “{1}”").format(name, clean_text(stored.connector.name, 120))
        column.addWidget(plain_label(heading, heading="section"))
        column.addWidget(self.words)
        column.addWidget(self.field.box)
        column.addWidget(self.state)
        column.addStretch(1)
        column.addLayout(line(None, self.cancel_button, self.save_button))
        self.setMinimumWidth(self.fontMetrics().height() * 32)
        self._show_state()

    def _show_state(self) -> None:
        ready = self.field.secret() is not None and self._job is None
        self.field.warn()
        self.save_button.setEnabled(ready)
        set_next_step(self.save_button if ready else None, self)

    def save(self) -> None:
        """Keep what was typed, off the window's thread."""
        secret = self.field.secret()
        if secret is not None and self._job is None:
            self._keep(secret)

    def _keep(self, secret: Secret) -> None:
        def kept(outcome: Outcome) -> None:
            self._job = None
            self._show_state()
            if outcome.error is None:
                self.field.edit.clear()
                self.replaced.emit(outcome.value)
                self.accept()
                return
            self._say(error_message(outcome.error))
            self._recovery.offer(self, outcome.error, lambda: self._keep(secret), saving=True)

        self._job = self._runner.submit(
            partial(jobs.replace_secret, self._ws, self._stored, self._kind, secret),
            kept,
            self._hear,
            owner=self,
            must_finish=True,
        )
        self.state.hide()
        self._show_state()

    def _hear(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            self._say(store_waits_message())

    def _say(self, text: str) -> None:
        self.state.setText(text)
        self.state.show()
        announce(self.state, text)

    def reject(self) -> None:
        if self._job is not None:
            self._runner.cancel(self._job)
        super().reject()
