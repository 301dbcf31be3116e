"""A way on for secrets that cannot be kept or read; its dialogs are read once one is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.model.errors import SecretStoreError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QWidget

    from smtpwizard.gui.secret_store_dialogs import ConsentDialog, PassphraseDialog, StoreDialog
    from smtpwizard.gui.tasks import Outcome, Runner
    from smtpwizard.model.auth import Secret
    from smtpwizard.usecases.workspace import Workspace


class PassphraseKeeper:
    """Holds the passphrase of the encrypted file for this run; never blocks a worker.

    Where none is held yet, the work fails with `passphrase_needed`, the window asks, and the
    work is done again.
    """

    def __init__(self) -> None:
        self._held: Secret | None = None

    def answer(self, new: bool) -> Secret:
        if self._held is None:
            raise SecretStoreError("passphrase_needed", new=new)
        return self._held

    def hold(self, secret: Secret | None) -> None:
        self._held = secret


class SecretStoreRecovery:
    """Offers a way on after a `SecretStoreError`, then has the work done again."""

    def __init__(self, ws: Workspace, runner: Runner, keeper: PassphraseKeeper) -> None:
        self._ws = ws
        self._runner = runner
        self._keeper = keeper

    def on(self, ws: Workspace) -> SecretStoreRecovery:
        """The same for another workspace, with the passphrase that is held."""
        return SecretStoreRecovery(ws, self._runner, self._keeper)

    def offer(
        self,
        parent: QWidget,
        error: Exception | None,
        retry: Callable[[], None],
        give_up: Callable[[], None] = lambda: None,
        *,
        saving: bool = False,
    ) -> bool:
        """Open the dialog that helps with this error; False when none does.

        `give_up` is called when the user leaves the dialog without an answer.
        """
        if not isinstance(error, SecretStoreError):
            return False
        from smtpwizard.gui import secret_store_dialogs as dialogs  # noqa: PLC0415 - after a failure
        from smtpwizard.gui.help.opening import offer_help  # noqa: PLC0415 - after a failure

        dialog: QDialog
        if error.code in ("passphrase_needed", "passphrase_wrong"):
            self._keeper.hold(None)
            wrong = error_message(error) if error.code == "passphrase_wrong" else ""
            asked = dialogs.PassphraseDialog(parent, new=bool(error.facts.get("new")), said=wrong)
            asked.accepted.connect(lambda: self._hold(asked, retry))
            dialog = asked
        elif saving and error.code in ("secret_store_unavailable", "secret_store_locked"):
            choice = dialogs.StoreDialog(parent, error_message(error))
            choice.accepted.connect(lambda: self._choose(choice, parent, retry))
            dialog = choice
        elif error.code == "secret_bound_elsewhere":
            consent = dialogs.ConsentDialog(parent, error)
            consent.accepted.connect(lambda: self._bind(consent, parent, retry))
            dialog = consent
        else:
            return False
        offer_help(dialog, self._runner, f"secrets:{error.code}", "secrets:passphrase")
        dialog.rejected.connect(give_up)
        dialog.open()
        return True

    def _hold(self, dialog: PassphraseDialog, retry: Callable[[], None]) -> None:
        self._keeper.hold(dialog.passphrase())
        retry()

    def _choose(self, dialog: StoreDialog, parent: QWidget, retry: Callable[[], None]) -> None:
        def chosen(_: Outcome) -> None:
            retry()

        self._runner.submit(
            partial(jobs.choose_store, self._ws, dialog.choice()), chosen, owner=parent
        )

    def _bind(self, dialog: ConsentDialog, parent: QWidget, retry: Callable[[], None]) -> None:
        def bound(outcome: Outcome) -> None:
            if outcome.error is None:
                retry()
            else:
                text = dialog.tr("The stored password cannot be used")
                tell(
                    dialog.parentWidget(), dialog.windowTitle(), text, error_message(outcome.error)
                )

        self._runner.submit(partial(jobs.bind_again, self._ws, dialog.refused), bound, owner=parent)

    def set_passphrase(self, parent: QWidget, then: Callable[[Exception | None], None]) -> None:
        """Have the passphrase of the encrypted file chosen, where there is no such file yet."""

        def done(outcome: Outcome) -> None:
            again = partial(self.set_passphrase, parent, then)
            if outcome.error is None or not self.offer(parent, outcome.error, again):
                then(outcome.error)

        self._runner.submit(
            partial(jobs.set_passphrase, self._ws), done, owner=parent, must_finish=True
        )

    def change_passphrase(self, parent: QWidget) -> QDialog:
        """Open the dialog that changes the passphrase of the encrypted file."""
        from smtpwizard.gui.help.opening import offer_help  # noqa: PLC0415 - on request
        from smtpwizard.gui.secret_store_dialogs import ChangePassphraseDialog  # noqa: PLC0415 - on request

        dialog = ChangePassphraseDialog(parent)
        offer_help(dialog, self._runner, "secrets:passphrase")

        def change(old: Secret, new: Secret) -> None:
            self._runner.submit(
                partial(jobs.change_passphrase, self._ws, old, new),
                lambda outcome: done(outcome, new),
                owner=dialog,
                must_finish=True,
            )

        def done(outcome: Outcome, new: Secret) -> None:
            if outcome.error is None:
                self._keeper.hold(new)
            dialog.end(outcome.error)

        dialog.wanted.connect(change)
        dialog.open()
        return dialog
