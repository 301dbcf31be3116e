"""All dates on which something ends, as a file for a calendar program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner

if TYPE_CHECKING:
    from smtpwizard.gui.console.notification_zone import NotificationZone
    from smtpwizard.usecases.dates import DatedEvent
    from smtpwizard.usecases.workspace import Workspace


class DateExport(QObject):
    """Reads, shows and writes them, beside the window."""

    def __init__(
        self, ws: Workspace, runner: Runner, window: QWidget, zone: NotificationZone
    ) -> None:
        super().__init__(window)
        self._ws = ws
        self._runner = runner
        self._window = window
        self._zone = zone

    def export(self) -> None:
        """Show what ends when; from there it goes into a file."""
        self._runner.submit(partial(jobs.read_dates, self._ws), self._read, owner=self)

    def _read(self, outcome: Outcome) -> None:
        from smtpwizard.gui.console.dates_dialog import DatesDialog  # noqa: PLC0415 - on request

        if outcome.error is not None:
            title = self.tr("The dates cannot be read")
            self._zone.say("failed", title, error_message(outcome.error))
        elif not outcome.value:
            self._zone.say(
                "info",
                self.tr("No date is known on which something ends"),
                self.tr("The day on which a client secret ends is entered under Configuration."),
            )
        else:
            dialog = DatesDialog(self._window, outcome.value)
            dialog.chosen.connect(lambda events, name: self.write(events, Path(name)))
            dialog.open()

    def write(self, events: Sequence[DatedEvent], path: Path) -> None:
        """Write the calendar file, off the window's thread."""
        self._runner.submit(
            partial(jobs.write_calendar_of, events, path),
            partial(self._written, path),
            owner=self,
            must_finish=True,
        )

    def _written(self, path: Path, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._zone.say("failed", self.tr("Nothing was written"), error_message(outcome.error))
            return
        self._zone.say(
            "passed",
            self.tr("The calendar file is written"),
            self.tr("{0} in the folder {1}").format(path.name, path.parent),
        )
