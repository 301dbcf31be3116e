"""What ends when: the line of twelve months, the same as a list, and a file for a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout

from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.fact_rows import Fact, FactRow, stretching_card
from smtpwizard.gui.console.detail.timeline import Mark, Timeline
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.gui.widgets.elements import announce, button, plain_label
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.messages.listing import ending_name
from smtpwizard.messages.moments import end_text
from smtpwizard.messages.signing_in import date_text
from smtpwizard.usecases.dates import ends_soon

if TYPE_CHECKING:
    from smtpwizard.usecases.dates import DatedEvent

_ICONS = {
    "client_secret_expires": "key",
    "refresh_token_unused": "user",
    "testing_sign_in_ends": "user",
    "own_certificate_ends": "certificate",
    "server_certificate_ends": "certificate",
}


class EndsCard(QFrame):
    """One connector's ends."""

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._events: Sequence[DatedEvent] = ()
        self._name = ""
        frame, column, head = stretching_card(self.tr("What ends when"))
        self.calendar_button = button(
            self.tr("Add to a calendar…"), self.save, icon="calendar", quiet=True
        )
        head.addWidget(self.calendar_button)
        self.nothing = plain_label(
            self.tr("Nothing ends that is known of: no secret, no sign-in, no certificate."),
            tone="quiet",
        )
        self.ended = plain_label(tone="danger")
        self.timeline = Timeline()
        self.later = plain_label(tone="muted")
        self.list = Fold(self.tr("As a list"), self.tr("– each day, and what to do about it"))
        self.rows: list[FactRow] = []
        for widget in (self.nothing, self.ended, self.timeline, self.later, self.list):
            column.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)

    def show_ends(self, events: Sequence[DatedEvent], name: str, today: date) -> None:
        """Show these ends, seen from `today`."""
        self._events, self._name = events, name
        marks = [
            Mark(
                event.at,
                _ICONS.get(event.what, "clock"),
                ending_name(event.what),
                end_text(event.at, today),
                ends_soon(event.what, (event.at - today).days),
            )
            for event in events
        ]
        self.timeline.show_marks(marks, today)
        over = [mark for mark in marks if mark.day < today]
        self.ended.setText(
            self.tr("Expired: {0}").format("; ".join(f"{mark.name}, {mark.text}" for mark in over))
        )
        self.ended.setVisible(bool(over))
        beyond = [mark for mark in self.timeline.beyond() if mark not in over]
        self.later.setText(
            self.tr("Not on the line: {0}").format(
                "; ".join(f"{mark.name}, {mark.text}" for mark in beyond)
            )
        )
        self.later.setVisible(bool(beyond))
        self.nothing.setVisible(not events)
        self.timeline.setVisible(bool(events))
        self.list.setVisible(bool(events))
        self.calendar_button.setEnabled(bool(events))
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = [
            FactRow(Fact(mark.icon, f"{mark.name}, {mark.text}", self._remedy(event)))
            for event, mark in zip(events, marks, strict=True)
        ]
        for row in self.rows:
            self.list.body.addWidget(row)

    def _remedy(self, event: DatedEvent) -> str:
        return date_text(event.what, event.facts())[1]

    def save(self) -> None:
        """Ask for a file, and write the ends to it for a calendar program."""
        dialog = QFileDialog(self.window(), self.tr("Add to a calendar"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Calendar files (*.ics)")])
        dialog.setDefaultSuffix("ics")
        plain = "".join(c if c.isalnum() else "-" for c in self._name)[:60].strip("-")
        dialog.selectFile(f"{plain or 'connector'}.ics")
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()

    def write(self, path: Path) -> None:
        """Write the calendar file, off the window's thread."""
        self._runner.submit(
            partial(jobs.write_calendar_of, self._events, path),
            self._written,
            owner=self,
            must_finish=True,
        )

    def _written(self, outcome: Outcome) -> None:
        if outcome.error is None:
            announce(self.calendar_button, self.tr("The calendar file is written"))
            return
        title = self.tr("Add to a calendar")
        text = self.tr("Nothing was written")
        tell(self.window(), title, text, error_message(outcome.error))
