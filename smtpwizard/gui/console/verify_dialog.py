"""Verifying a saved connector from the list: the wizard's live view in a dialog."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.certificate_lead import CertificateLead
from smtpwizard.gui.console.saved_verification import SavedVerification
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.results.cause_card import help_keys_in
from smtpwizard.gui.results.save_case import SaveCaseDialog
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.results.whereabouts import SETTINGS
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import button, plain_label, set_next_step
from smtpwizard.gui.widgets.fields import scroll_to, scrolling
from smtpwizard.model.report import Report

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


class VerifyDialog(QDialog):
    """Verifies up to the login at once; sends a test email where the user asks for one.

    It closes after `edit_wanted`, for its settings; `field_wanted`, for a field of the connector's
    page; and `certificate_wanted`, which has the connector, for what its server shows.
    """

    edit_wanted = Signal()
    field_wanted = Signal(str)
    certificate_wanted = Signal(object)

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        stored: StoredConnector,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._stored = stored
        self.case_dialog: SaveCaseDialog | None = None
        self.received_dialog: QDialog | None = None
        connector = stored.connector
        self.setWindowTitle(self.tr("Verify – {0}").format(connector.name[:200]))
        self.setProperty(SETTINGS, self.tr("Configuration"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 8, 0)
        layout.addWidget(scrolling(body), 1)
        self.view = StageView(runner)
        self.view.reads_back = True
        self.verification = SavedVerification(ws, runner, recovery, self.view, self)
        self.view.causes.go = self.go_to_field
        self.certificate = CertificateLead()
        self.certificate.wanted.connect(self.look_at_certificate)
        offer_help(self, runner, "dialog:verify", before=partial(help_keys_in, self))
        self.send_button = button(self.tr("Send &test email"), self.send)
        self.again_button = button(self.tr("&Verify again"), self.start)
        self.stop_button = button(self.tr("St&op"), self.stop)
        self.edit_button = button(self.tr("&Edit"), self.edit)
        self.close_button = button(self.tr("Close"), self.reject)
        line = QHBoxLayout()
        line.setSpacing(8)
        for push in (self.send_button, self.again_button, self.stop_button, self.edit_button):
            line.addWidget(push)
        line.addStretch(1)
        line.addWidget(self.close_button)
        column.addWidget(self.certificate)
        column.addWidget(self.view)
        layout.addWidget(
            plain_label(
                self.tr("Send test email writes to {0}.").format(connector.test_recipient()),
                tone="hint",
            )
        )
        layout.addLayout(line)
        self.view.started.connect(self._show_state)
        self.view.stopped.connect(self._show_state)
        self.verification.stopped_short.connect(self._lead_on)
        self.verification.saved.connect(self._saved)
        self.view.shows.connect(self.certificate.offer)
        self.view.case_wanted.connect(self.save_case)
        self.view.received_wanted.connect(self.read_received)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.setMinimumSize(
            min(em * 48, room.width() * 19 // 20), min(em * 40, room.height() * 9 // 10)
        )

    @property
    def sign_in_dialog(self) -> QDialog | None:
        return self.verification.sign_in_dialog

    def save_case(self, report: Report) -> None:
        """Make a case of the verification that is shown."""
        run = jobs.run_of(self._ws, self._stored, self._stored.connector, report)
        self.case_dialog = SaveCaseDialog(self._ws, self._runner, run, self._stored, self)
        self.case_dialog.saved.connect(self.view.tell_case_saved)
        self.case_dialog.open()

    def read_received(self) -> None:
        """Read back the email that was sent."""
        from smtpwizard.gui.results.received_email import ReceivedDialog  # noqa: PLC0415 - on request
        from smtpwizard.model.proof import Origin  # noqa: PLC0415 - on request

        dialog = ReceivedDialog(self._ws, self._runner, Origin(self._stored), self)
        self.received_dialog = dialog
        dialog.open()

    def start(self) -> None:
        """Verify without sending anything."""
        self.verification.start(self._stored)

    def send(self) -> None:
        """Verify and send the test email."""
        self.verification.start(self._stored, self._stored.connector.test_recipient())

    def edit(self) -> None:
        """Close for the connector's settings."""
        self.edit_wanted.emit()
        self.reject()

    def go_to_field(self, key: str) -> None:
        """Close, and lead to a field that a step names."""
        self.field_wanted.emit(key)
        self.reject()

    def look_at_certificate(self) -> None:
        """Close, and lead to what its server shows."""
        self.certificate_wanted.emit(self._stored)
        self.reject()

    def stop(self) -> None:
        self.verification.stop()

    def _saved(self, stored: StoredConnector) -> None:
        self._stored = stored

    def _show_state(self) -> None:
        running = self.view.running
        self.send_button.setEnabled(not running)
        self.again_button.setEnabled(not running)
        self.stop_button.setEnabled(running)
        set_next_step(None, self)
        (self.stop_button if running else self.close_button).setDefault(True)
        (self.stop_button if running else self.close_button).setFocus()

    def _lead_on(self) -> None:
        """After a failure: what it was comes into sight, and with it what may help at once."""
        card = self.view.causes.card
        scroll_to(card.next, under=card)
        first = self.view.next_button()
        if first is not None:
            set_next_step(first)
            first.setFocus()

    def reject(self) -> None:
        self.stop()
        super().reject()
