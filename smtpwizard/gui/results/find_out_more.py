"""“Find out more”: looks around a server whose test failed, without credentials, on request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Job, Outcome, Runner
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.report import Report

Search = Callable[["Connector", "Report", Job], object]

MAX_FINDINGS = 30


class FindOutMorePanel(QWidget):
    """What was found, with its button for whoever has room for it; `weighed` comes with the
    report after it.

    `search` is the work for a connector and its report: it answers the sentences and the report
    with its causes weighed again. Without it nothing is offered.
    """

    weighed = Signal(object)

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self.search: Search | None = None
        self._runner = runner
        self._job: int | None = None
        self._subject: tuple[Connector, Report] | None = None
        self.start_button = button(self.tr("Find out more"), self.start, icon="search")
        self.start_button.setAccessibleDescription(
            self.tr("Looks at other ports and names for up to 15 seconds. Sends no password.")
        )
        self.stop_button = button(self.tr("Stop looking"), self.stop)
        self.words = plain_label(tone="quiet")
        self.findings = plain_label()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addLayout(line(self.stop_button, self.words))
        column.addWidget(self.findings)
        self.offer(None, None)

    def offer(self, connector: Connector | None, report: Report | None) -> None:
        """Offer a look for a failed report; anything else takes the offer back."""
        self.stop()
        wanted = connector is not None and report is not None and report.stopped_at() is not None
        self._subject = (connector, report) if wanted and connector and report else None
        self.findings.setText("")
        self.findings.hide()
        self.words.setText("")
        self.start_button.setVisible(self._subject is not None and self.search is not None)
        self.hide()

    def start(self) -> None:
        """Start to find out more; the window stays usable."""
        if self._subject is None or self.search is None or self._job is not None:
            return
        self.show()
        self.words.setText(
            self.tr("Looking at other ports and names, for up to 15 seconds. Sends no password.")
        )
        self._job = self._runner.submit(partial(self.search, *self._subject), self._finished)
        self._show_state()
        self.stop_button.setFocus()

    def stop(self) -> None:
        """Give the look up at once."""
        if self._job is not None:
            self._runner.cancel(self._job)
            self._job = None
            self.words.setText(self.tr("Stopped."))
        self._show_state()

    def _show_state(self) -> None:
        looking = self._job is not None
        self.stop_button.setVisible(looking)
        self.start_button.setEnabled(not looking)

    def _finished(self, outcome: Outcome) -> None:
        self._job = None
        self._show_state()
        self.start_button.setFocus()
        if not isinstance(outcome.value, tuple):
            self.words.setText(error_message(outcome.error))
            return
        sentences, report = outcome.value
        shown = [clean_text(str(s), 600) for s in sentences[:MAX_FINDINGS]]
        self.words.setText(
            self.tr("What was found:") if shown else self.tr("Nothing more was found.")
        )
        self.findings.setText("\n".join(f"• {sentence}" for sentence in shown))
        self.findings.setVisible(bool(shown))
        announce(self.words, " ".join((self.words.text(), *shown))[:1000])
        self.weighed.emit(report)
