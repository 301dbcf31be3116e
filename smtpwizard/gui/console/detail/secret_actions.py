"""What is done with a connector's secrets: another one, none, a new sign-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.replace_secret import ReplaceSecretDialog
from smtpwizard.gui.console.detail.security import SecurityFacts
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.sign_in.sign_in_dialog import SignInDialog
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import ask, tell
from smtpwizard.messages.detail import secret_name

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


class SecretActions(QObject):
    """Dialogs over `host` about the connector that `stored` answers.

    `given` comes with the connector once it has a new secret, `removed` once it has one less.
    """

    given = Signal(object)
    removed = Signal(object)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        host: QWidget,
        stored: Callable[[], StoredConnector],
    ) -> None:
        super().__init__(host)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._host = host
        self._stored = stored
        self.dialog: QDialog | None = None

    def hear(self, part: SecurityFacts) -> None:
        """Do what is wanted on this part of the page."""
        part.replace.connect(self.replace)
        part.remove.connect(self.remove)
        part.sign_in.connect(self.sign_in)

    def replace(self, kind: str) -> None:
        """Type another secret in the place of one that is kept."""
        dialog = ReplaceSecretDialog(
            self._ws, self._runner, self._recovery, self._stored(), kind, self._host.window()
        )
        self.dialog = dialog
        dialog.replaced.connect(self.given)
        dialog.open()
        dialog.field.edit.setFocus()

    def remove(self, kind: str) -> None:
        """Delete a kept secret, after a question."""
        name = secret_name(kind)
        ask(
            self._host.window(),
            self.tr("Remove {0}").format(name),
            self.tr("Remove the kept secret: {0}?").format(name),
            self.tr("The connector stays, and cannot sign in before you give it a new one."),
            self.tr("Remove"),
            self.tr("Keep"),
            lambda yes: self._forget(kind) if yes else None,
            destructive=True,
        )

    def _forget(self, kind: str) -> None:
        def done(outcome: Outcome) -> None:
            error = outcome.error
            if error is None:
                self.removed.emit(outcome.value)
            elif not self._recovery.offer(self._host, error, partial(self._forget, kind)):
                title = self.tr("Remove {0}").format(secret_name(kind))
                text = self.tr("Nothing was changed")
                tell(self._host.window(), title, text, error_message(error))

        work = partial(jobs.forget_secret, self._ws, self._stored(), kind)
        self._runner.submit(work, done, owner=self, must_finish=True)

    def sign_in(self) -> None:
        """Sign in again, with the registration that is saved."""
        dialog = SignInDialog(
            self._ws, self._runner, self._recovery, self._stored(), self._host.window()
        )
        self.dialog = dialog
        dialog.signed_in.connect(self.given)
        dialog.open()
        dialog.start()
