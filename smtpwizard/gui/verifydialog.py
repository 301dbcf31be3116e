"""Verifying a saved connector from the list: the wizard's live view in a dialog."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui import work
from smtpwizard.gui.fields import scrolling
from smtpwizard.gui.pages.testing import verdict_words
from smtpwizard.gui.stageview import StageView
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.unlocking import Unlocker
from smtpwizard.gui.widgets import button, plain_label
from smtpwizard.model.findings import Report

if TYPE_CHECKING:
    from smtpwizard.usecases.workspace import StoredConnector, Workspace


class VerifyDialog(QDialog):
    """Climbs up to the sign-in at once; sends a test email where the user asks for one."""

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        unlocker: Unlocker,
        stored: StoredConnector,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._ws = ws
        self._unlocker = unlocker
        self._stored = stored
        connector = stored.connector
        self._send_to: str | None = None
        self.setWindowTitle(self.tr("Verify – {0}").format(connector.name[:200]))
        self.view = StageView(runner)
        self.view.further.look = partial(work.find_out_more, ws)
        self.send_button = button(self.tr("Send &test email"), self.send)
        self.again_button = button(self.tr("&Verify again"), self.start)
        self.stop_button = button(self.tr("St&op"), self.stop)
        self.close_button = button(self.tr("Close"), self.reject)
        line = QHBoxLayout()
        line.setSpacing(8)
        for push in (self.send_button, self.again_button, self.stop_button):
            line.addWidget(push)
        line.addStretch(1)
        line.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.view)
        layout.addWidget(scrolling(body), 1)
        layout.addWidget(
            plain_label(
                self.tr("A test email goes to {0}.").format(connector.test_recipient()),
                tone="hint",
            )
        )
        layout.addLayout(line)
        self.view.started.connect(self._show_state)
        self.view.stopped.connect(self._show_state)
        self.view.reported.connect(self._reported)
        self.view.failed.connect(self._failed)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.setMinimumSize(
            min(em * 48, room.width() * 19 // 20), min(em * 40, room.height() * 9 // 10)
        )

    def start(self) -> None:
        """Verify without sending anything."""
        self._send_to = None
        self._run()

    def send(self) -> None:
        """Verify and send the test email."""
        self._send_to = self._stored.connector.test_recipient()
        self._run()

    def stop(self) -> None:
        self.view.stop()

    def _run(self) -> None:
        self.view.run(
            work.verify_stored(self._ws, self._stored, self._send_to), self._stored.connector
        )

    def _show_state(self) -> None:
        running = self.view.running
        self.send_button.setEnabled(not running)
        self.again_button.setEnabled(not running)
        self.stop_button.setEnabled(running)
        (self.stop_button if running else self.close_button).setDefault(True)
        (self.stop_button if running else self.close_button).setFocus()

    def _reported(self, report: Report) -> None:
        self.view.say(*verdict_words(self, report, self._stored.connector.server.host))

    def _failed(self, error: Exception) -> None:
        self._unlocker.offer(self, error, self._run)

    def reject(self) -> None:
        self.view.stop()
        super().reject()
