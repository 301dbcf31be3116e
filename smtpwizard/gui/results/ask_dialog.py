"""The message to whom a failure concerns: to read, to copy, to open in a mail program."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import announce, button, plain_label, set_next_step
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.messages.face import Face
from smtpwizard.messages.passing_on import ask_title, mail_link, request_for, request_text
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Cause, Report


class AskDialog(TextDialog):
    """A message about one cause, with what its reader has to do and nothing else."""

    def __init__(
        self,
        parent: QWidget,
        runner: Runner,
        cause: Cause,
        report: Report | None,
        connector: Connector | None,
        what: str = "",
        *,
        of_case: bool = False,
    ) -> None:
        super().__init__(
            parent,
            ask_title(cause, of_case=of_case),
            self.tr("Ready to send. It holds no password and no token."),
            request_text(cause, Face.WINDOW, report, connector, what),
        )
        self._runner = runner
        self._link = mail_link(request_for(cause, Face.WINDOW, report, connector, what))
        self.mail_button = button(self.tr("Open in &mail program"), self.open_mail, icon="mail")
        # What is too long for a mail program's address is copied.
        self.mail_button.setVisible(bool(self._link))
        self.words = plain_label(tone="warning")
        self.words.hide()
        self.buttons.insertWidget(1, self.mail_button)
        self.column.insertWidget(2, self.words)
        set_next_step(self.copy_button)

    def open_mail(self) -> None:
        """Hand the message to the system's mail program."""
        self._runner.submit(partial(jobs.open_page, self._link), self._opened, owner=self)

    def _opened(self, outcome: Outcome) -> None:
        if outcome.value is not True:
            self.words.setText(self.tr("No mail program opened. Copy the text instead."))
            self.words.show()
            announce(self.words, self.words.text())
