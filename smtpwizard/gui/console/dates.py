"""What expires next, in words under the list, and all dates as a calendar file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.gui.widgets.elements import announce, button, plain_label
from smtpwizard.messages.signing_in import date_text

if TYPE_CHECKING:
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.dates import DatedEvent
    from smtpwizard.usecases.workspace import Workspace


class DateLine(QWidget):
    """One sentence about the connector that is selected; hidden while no date is known."""

    def __init__(self, ws: Workspace, runner: Runner) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._events: Sequence[DatedEvent] = ()
        self._selected = ""
        self.label = plain_label(tone="hint")
        self.export_button = button(self.tr("E&xport dates…"), self.export)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self.label, 1)
        line.addWidget(self.export_button)
        self.hide()

    def show_dates(self, rows: Sequence[ListedConnector]) -> None:
        """Speak of the dates of these connectors from now on."""
        self._events = [event for row in rows for event in row.dates]
        self._show()

    def select(self, identifier: str) -> None:
        """Speak of the connector with this id."""
        self._selected = identifier
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._events))
        event = next((e for e in self._events if e.stored.id == self._selected), None)
        if event is None:
            self.label.setText("")
            return
        title, remedy = date_text(event.what, event.facts())
        self.label.setText(
            self.tr("{0}: {1}. {2}").format(event.at.isoformat(), title.rstrip("."), remedy)
        )

    def export(self) -> None:
        """Ask for a file, and write all dates to it for a calendar program."""
        dialog = QFileDialog(self.window(), self.tr("Export dates"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Calendar files (*.ics)")])
        dialog.setDefaultSuffix("ics")
        dialog.selectFile("smtp-connectors.ics")
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()

    def write(self, path: Path) -> None:
        """Write the calendar file, off the window's thread."""
        self._runner.submit(
            partial(jobs.write_calendar, self._ws, path), self._written, must_finish=True
        )

    def _written(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            tell(
                self.window(),
                self.tr("Export dates"),
                self.tr("Nothing was written"),
                error_message(outcome.error),
            )
        else:
            announce(self.export_button, self.tr("Dates exported"))
