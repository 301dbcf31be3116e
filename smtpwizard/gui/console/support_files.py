"""Files that are opened or dropped: cases, answers, and connectors as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import SmtpWizardError

if TYPE_CHECKING:
    from smtpwizard.gui.console.notification_zone import NotificationZone
    from smtpwizard.usecases.workspace import Workspace


class SupportFiles(QObject):
    """`case_opened` comes with a case and the name of its file, `applied` with the connector that
    an answer has changed, `imported` with one that a file has brought, `bounce` with the path of
    a file that is to be explained, `elsewhere` with the id of the project where the file with this
    path is to be opened."""

    case_opened = Signal(object, str)
    applied = Signal(object)
    imported = Signal(object)
    bounce = Signal(str)
    elsewhere = Signal(str, str)

    def __init__(
        self, ws: Workspace, runner: Runner, window: QWidget, zone: NotificationZone
    ) -> None:
        super().__init__(window)
        self._ws = ws
        self._runner = runner
        self._window = window
        self._zone = zone
        self.file_dialog: QDialog | None = None
        self.answer: QDialog | None = None

    def choose(self) -> None:
        """Have a case or an answer chosen, and open it."""
        self._choose(
            self.tr("Open a case or an answer"),
            self.tr("Cases and answers (*.smtpcase *.smtpanswer)"),
        )

    def choose_import(self) -> None:
        """Have a connector's JSON file chosen, and save what it describes."""
        self._choose(self.tr("Import a connector"), self.tr("Connectors (*.json)"))

    def _choose(self, title: str, names: str) -> None:
        dialog = QFileDialog(self._window, title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([names, self.tr("All files (*)")])
        dialog.filesSelected.connect(self.open_files)
        self.file_dialog = dialog
        dialog.open()

    def open_files(self, paths: Sequence[str]) -> None:
        """Open one after the other."""
        for path in paths:
            self.open_file(path)

    def open_file(self, path: str) -> None:
        """Open a case as a place to work, an answer to look at and apply, a connector to save, and
        any other file as a failure to explain."""
        if path.lower().endswith(".json"):
            self._runner.submit(
                partial(jobs.import_document, self._ws, path),
                partial(self._imported, path),
                owner=self,
                must_finish=True,
            )
            return
        if not path.lower().endswith((".smtpcase", ".smtpanswer")):
            self._runner.submit(
                partial(jobs.is_support_file, path), partial(self._looked_at, path), owner=self
            )
            return
        self._open_support_file(path)

    def _looked_at(self, path: str, outcome: Outcome) -> None:
        if outcome.value is False:
            self.bounce.emit(path)
        else:
            self._open_support_file(path)

    def _open_support_file(self, path: str) -> None:
        self._runner.submit(
            partial(jobs.open_support_file, self._ws, path), partial(self._opened, path), owner=self
        )

    def _imported(self, path: str, outcome: Outcome) -> None:
        if outcome.error is not None:
            title = self.tr("{0} is not imported").format(_file_name(path))
            self._zone.say("failed", title, error_message(outcome.error))
            return
        name = outcome.value.connector.name
        self._zone.say(
            "passed",
            self.tr("{0} is imported").format(name[:60]),
            self.tr("Its password is not in the file: Edit asks for it."),
        )
        self.imported.emit(outcome.value)

    def _opened(self, path: str, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._not_opened(path, outcome.error)
            return
        from smtpwizard.gui.cases.answer import AnswerDialog  # noqa: PLC0415 - on request
        from smtpwizard.usecases.open_case import OpenedCase  # noqa: PLC0415 - on request

        if isinstance(outcome.value, OpenedCase):
            self.case_opened.emit(outcome.value, path.replace("\\", "/").rpartition("/")[2])
            return
        answer = AnswerDialog(self._ws, self._runner, outcome.value, self._window)
        answer.applied.connect(self.applied)
        self.answer = answer
        answer.open()

    def _not_opened(self, path: str, error: Exception) -> None:
        """Say why; an answer for another project can be opened there."""
        code = error.code if isinstance(error, SmtpWizardError) else ""
        if code == "answer_applied":
            title = self.tr("This answer is applied already")
            self._zone.say("info", title, error_message(error))
        elif code == "answer_other_project" and isinstance(error, SmtpWizardError):
            there = str(error.facts["project_id"])
            ask(
                self._window,
                self.tr("An answer from support"),
                error_message(error),
                self.tr("The answer is shown there; nothing is changed yet."),
                self.tr("Go to the project"),
                self.tr("Stay here"),
                lambda yes: self.elsewhere.emit(there, path) if yes else None,
            )
        else:
            title = self.tr("{0} is not opened").format(_file_name(path))
            self._zone.say("failed", title, error_message(error))


def _file_name(path: str) -> str:
    return clean_text(path.replace("\\", "/").rpartition("/")[2], 60)
