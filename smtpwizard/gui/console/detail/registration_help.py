"""What helps to fill in an app registration: the client file, what is pasted, the guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from smtpwizard.gui.widgets.elements import announce
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.oauth.client_file import ClientFile
from smtpwizard.gui.wizard.pages.oauth.guide import OpenGuide
from smtpwizard.messages.client_kinds import pasted_text
from smtpwizard.model.misplaced import CLIENT_ID
from smtpwizard.model.pasted_registration import sort_out_inserted

if TYPE_CHECKING:
    from smtpwizard.gui.console.detail.edit_form import EditForm
    from smtpwizard.gui.wizard.draft_model import DraftModel


class RegistrationHelp(QObject):
    """Fills the boxes of the edit form over its draft.

    `changed` comes when words beside a box are others, `blocked` when something else on the form
    has to be put right first.
    """

    changed = Signal()
    blocked = Signal()

    def __init__(self, form: EditForm, context: WizardContext) -> None:
        super().__init__(form)
        self._form = form
        self._model: DraftModel = context.draft_model
        self._said = ""
        self._said_at = ""
        self._said_of: object = None
        self.file = ClientFile(form, context)
        self.file.taken.connect(self._file_taken)
        self.file.refused.connect(self._file_refused)
        self.guide = OpenGuide(form, context, form.fields, self.file)
        form.file_button.clicked.connect(self._choose)
        form.guide_button.clicked.connect(self._open_guide)
        form.fields.pasted_at = self.sort_out

    # -- the file -----------------------------------------------------------------------------

    def _choose(self) -> None:
        if self._model.draft.for_sign_in(self._model.flow.defaults_for) is None:
            self.blocked.emit()
        else:
            self.file.choose()

    def _file_taken(self) -> None:
        self._say("", "")
        announce(self._form, self.tr("The client file is taken over. Look it through, then save."))
        self.changed.emit()
        self._form.go_to_field(CLIENT_ID)

    def _file_refused(self) -> None:
        self._say(CLIENT_ID, self.file.refusal)
        announce(self._form, self.file.refusal)
        self.changed.emit()

    # -- what is pasted -----------------------------------------------------------------------

    def sort_out(self, key: str, before: str, text: str) -> bool:
        """Put what was pasted into the boxes that it is for; False where it is for this one."""
        self._say("", "")
        found = sort_out_inserted(before, text, self._model.draft.family, key)
        if found is None:
            return False
        if found.document is not None:
            self.file.read_text(found.document)
        self._model.set(self._model.draft.with_pasted(found))
        self._form.fields.show_draft()  # a secret among it is not left there, nor to be undone
        for field in found.fields:
            self._form.fields[field].touch()
        said = pasted_text(found)
        self._say(key, said)
        if said:
            announce(self._form.fields[key].editor, said)
        self.changed.emit()
        return True

    # -- words beside the boxes ---------------------------------------------------------------

    def _say(self, key: str, text: str) -> None:
        self._said_at, self._said, self._said_of = key, text, self._model.draft

    def words(self) -> dict[str, str]:
        """What is known of a file, or became of what was pasted last, by the box it is about."""
        out = dict(self.file.words)
        if self._said and self._said_of == self._model.draft:
            out[self._said_at] = self._said
        return out

    # -- the guide ----------------------------------------------------------------------------

    def _open_guide(self) -> None:
        if not self.guide.open():
            self.blocked.emit()

    def show_draft(self) -> None:
        """Bring the open guide in line with the draft."""
        self.guide.show_draft()
