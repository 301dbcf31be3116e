"""All dates on which something ends, as a file for a calendar program."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner

if TYPE_CHECKING:
    from smtpwizard.gui.console.notification_zone import NotificationZone
    from smtpwizard.usecases.workspace import Workspace


class DateExport(QObject):
    """Asks for a file, and writes it beside the window."""

    def __init__(
        self, ws: Workspace, runner: Runner, window: QWidget, zone: NotificationZone
    ) -> None:
        super().__init__(window)
        self._ws = ws
        self._runner = runner
        self._window = window
        self._zone = zone

    def export(self) -> None:
        """Ask for a file, and write all dates to it for a calendar program."""
        dialog = QFileDialog(self._window, self.tr("Expiry dates for a calendar"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Calendar files (*.ics)")])
        dialog.setDefaultSuffix("ics")
        dialog.selectFile("smtp-connectors.ics")
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()

    def write(self, path: Path) -> None:
        """Write the calendar file, off the window's thread."""
        self._runner.submit(
            partial(jobs.write_calendar, self._ws, path),
            partial(self._written, path),
            owner=self,
            must_finish=True,
        )

    def _written(self, path: Path, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._zone.say("failed", self.tr("Nothing was written"), error_message(outcome.error))
        else:
            self._zone.say("passed", self.tr("The calendar file is written"), path.name)
