"""Secrets that lie in another store than where new ones go: said, and moved if that is wanted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMessageBox, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.place import Surroundings
from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.tasks import Outcome, StoreWaits
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.gui.widgets.elements import button
from smtpwizard.messages.moved_secrets import elsewhere_text, moved_text, store_name
from smtpwizard.model.errors import Cancelled
from smtpwizard.net.cancel import CancelToken

if TYPE_CHECKING:
    from smtpwizard.usecases.settings_in_force import InForce


class MovingSecrets(QWidget):
    """A banner while there is something to move; `changed` when moving begins, and when it ends."""

    changed = Signal()

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._job: int | None = None
        self._stopper = CancelToken()
        self._count, self._store = 0, ""
        self.question: QMessageBox | None = None
        self.banner = Banner("info", small=True)
        self.move_button = button(self.tr("&Move them there…"), self.ask_to_move)
        self.stop_button = button(self.tr("Sto&p"), self.stop)
        for push in (self.move_button, self.stop_button):
            self.banner.add_button(push)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.banner)
        self.hide()

    @property
    def running(self) -> bool:
        return self._job is not None

    def show_settings(self, now: InForce) -> None:
        """Say what lies elsewhere, by the settings as they are now."""
        if self.running:
            return
        self._store, self._count = now.store, now.kept_elsewhere
        if self._count:
            self.banner.set_tone("info")
            self.banner.show_text(elsewhere_text(self._count, self._store))
        self._show_buttons()
        self.move_button.setEnabled(now.fault is None)
        self.setVisible(bool(self._count))

    def ask_to_move(self) -> None:
        """Move them, if that is wanted; nothing where there are none."""
        if not self._count or self.running:
            return
        self.question = ask(
            self.window(),
            self.tr("Move secrets"),
            self.tr("Move what is kept already to {0}, too?").format(store_name(self._store)),
            self.tr(
                "Each secret is read back there before the old one is removed. Whatever stops it, "
                "no secret is lost."
            ),
            self.tr("Move"),
            self.tr("Leave them"),
            lambda yes: self._move() if yes else None,
        )

    def _move(self) -> None:
        self._stopper = CancelToken()
        work = partial(jobs.move_secrets, self._around.ws, self._store, self._stopper)
        self._job = self._around.runner.submit(
            work, self._ended, self._hear, owner=self, must_finish=True
        )
        self.banner.set_tone("running")
        self.banner.show_text(self.tr("Moving to {0}…").format(store_name(self._store)))
        self._show_buttons()
        self.stop_button.setFocus()
        self.changed.emit()

    def _hear(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            self.banner.text.setText(store_waits_message())
            self.banner.text.show()
        elif isinstance(message, tuple):
            done, of = message
            self.banner.aside.setText(self.tr("{0} of {1}").format(done, of))
            self.banner.aside.show()

    def stop(self) -> None:
        """No further secret is moved; it runs until the one under way is."""
        if self.running and not self._stopper.cancelled:
            self._stopper.cancel()
            self.stop_button.setEnabled(False)
            self.banner.show_text(self.tr("Stopping…"))

    def _ended(self, outcome: Outcome) -> None:
        self._finish()
        zone, error = self._around.zone, outcome.error
        if isinstance(error, Cancelled):
            said = self.tr("What was moved by then is moved; the others stay where they were.")
            zone.say("unknown", self.tr("Stopped"), said)
            return
        if error is not None:
            if not self._around.window.recovery().offer(self.window(), error, self._move):
                title = self.tr("Not all secrets were moved")
                zone.say("failed", title, error_message(error))
            return
        moved = outcome.value
        said = moved_text(moved.moved, moved.left, self._store)
        if moved.why is None:
            zone.say("passed", self.tr("Moved"), said)
        else:
            zone.say("failed", said, error_message(moved.why))

    def _finish(self) -> None:
        self._job = None
        self._show_buttons()
        self.changed.emit()

    def _show_buttons(self) -> None:
        self.move_button.setVisible(not self.running)
        self.stop_button.setVisible(self.running)
        self.stop_button.setEnabled(self.running)
