"""Taking a registration from the console's JSON file: chosen, dropped, or its content pasted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.wizard.context import WizardContext

if TYPE_CHECKING:
    from smtpwizard.model.auth import Secret


class ClientFile(QObject):
    """Reads a client file into the draft.

    `taken` comes once it is there, `refused` with why it is not. `words` say of the fields what
    has to be known about a file, as long as its registration is on screen.
    """

    taken = Signal()
    refused = Signal()

    def __init__(self, parent: QWidget, context: WizardContext) -> None:
        super().__init__(parent)
        self._parent = parent
        self._draft_model = context.draft_model
        self._ws = context.ws
        self._runner = context.runner
        self._words: Mapping[str, str] = {}
        self._of: object | None = None
        self.refusal = ""
        """Why the last file, or what was pasted for one, could not be used."""

    def choose(self) -> None:
        """Ask for a file."""
        dialog = QFileDialog(self._parent, self.tr("Choose the client file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Client files (*.json)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.read(Path(name)))
        dialog.open()

    def read(self, path: Path) -> None:
        """Take the registration from this file."""
        draft = self._draft_model.draft
        connector = draft.for_sign_in(self._draft_model.flow.defaults_for)
        if connector is not None:
            work = partial(jobs.read_client_file, self._ws, connector, draft.redirect, path)
            self._runner.submit(work, self._read)

    def read_text(self, content: Secret) -> None:
        """Take the registration from the content of such a file."""
        # Whatever stood in the box beside it has nothing to do with the file.
        draft = self._draft_model.draft._replace(client_id="")
        connector = draft.for_sign_in(self._draft_model.flow.defaults_for)
        if connector is not None:
            work = partial(
                jobs.read_client_text, self._ws, connector, draft.redirect, content.reveal()
            )
            self._runner.submit(work, self._read)

    def _read(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self.refusal = error_message(outcome.error)
            self.refused.emit()
            return
        self.refusal = ""
        connector, secrets, self._words = outcome.value
        draft = self._draft_model.draft.with_registration(connector, secrets)
        self._of = _registration(draft)
        self._draft_model.set(draft)
        self.taken.emit()

    @property
    def in_force(self) -> bool:
        """True while what is on screen is what the file said."""
        return self._of == _registration(self._draft_model.draft)

    @property
    def words(self) -> Mapping[str, str]:
        return self._words if self.in_force else {}

    @staticmethod
    def dropped(event: QDropEvent) -> Path | None:
        """The one file on this machine that is being dropped."""
        urls = event.mimeData().urls()
        return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None


def _registration(draft: ConnectorDraft) -> tuple[str, ...]:
    return (draft.provider, draft.client_id, draft.redirect, draft.redirect_uri_to_register())
