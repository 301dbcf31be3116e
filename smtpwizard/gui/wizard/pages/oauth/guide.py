"""The open guide and its ticks, kept in line with the draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smtpwizard.flow.guide_ticks import GuideTicks, has_yielded
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.sign_in.guide_dialog import GuideDialog
from smtpwizard.gui.widgets.elements import button
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.oauth.client_file import ClientFile
from smtpwizard.model.errors import UsageError
from smtpwizard.model.misplaced import CLIENT_ID
from smtpwizard.model.pasted_registration import CLIENT_SECRET

if TYPE_CHECKING:
    from smtpwizard.gui.widgets.fields import Field
    from smtpwizard.usecases.guide import AdminRequest, Guide


class Boxes(Protocol):
    """The boxes of a registration, over the draft: the guide has some of them once more."""

    def mirror(self, key: str) -> Field | None:
        """Another box for the same value, until `drop_mirrors`; None where there is none."""

    def drop_mirrors(self) -> None: ...
    def show_draft(self) -> None: ...


class OpenGuide(QObject):
    """At most one guide at a time; the ticks of all of them last as long as what opens it."""

    def __init__(
        self, parent: QWidget, context: WizardContext, form: Boxes, file: ClientFile
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._draft_model = context.draft_model
        self._ws = context.ws
        self._runner = context.runner
        self._form = form
        self._file = file
        self.ticks = GuideTicks()
        self.dialog: GuideDialog | None = None

    def open(self, *, request: bool = False) -> bool:
        """Show the guide, or the `request` to somebody who may; False where too little is known."""
        made = self._make()
        if made is None:
            return False
        if self.dialog is None or self.dialog.key != made[0].key:
            self.close()
            self.dialog = GuideDialog(
                self._parent.window(), self._runner, *made, self._form.mirror, self._beside
            )
            self.dialog.finished.connect(self._closed)
            self.dialog.ticked.connect(self._tick)
        self.show_draft()
        if request:
            self.dialog.show_request()
        self.dialog.show()
        self.dialog.activateWindow()
        return True

    def close(self) -> None:
        if self.dialog is not None and shiboken6.isValid(self.dialog):
            self.dialog.reject()

    def _closed(self) -> None:
        self._form.drop_mirrors()
        self.dialog = None

    def _beside(self, boxes: Sequence[str]) -> Sequence[QWidget]:
        takes_file = self._draft_model.draft.family_rules().has_client_file
        if not takes_file or not {CLIENT_ID, CLIENT_SECRET} & set(boxes):
            return ()
        return (button(self.tr("Choose JSON…"), self._file.choose),)

    def _make(self) -> tuple[Guide, AdminRequest] | None:
        from smtpwizard.usecases.guide import guide_for, request_for  # noqa: PLC0415 - oauth, where it is used

        draft = self._draft_model.draft
        connector = draft.for_guide(self._draft_model.flow.defaults_for)
        if connector is None:
            return None
        try:
            guide = guide_for(self._ws, connector, draft.redirect)
            return guide, request_for(self._ws, connector, draft.redirect)
        except UsageError:
            return None

    def show_draft(self) -> None:
        """Bring the open guide in line with the draft."""
        if self.dialog is None:
            return
        made = self._make()
        if made is None:
            return
        guide, request = made
        if guide.key != self.dialog.key:
            self.open()  # another kind of client has another guide
            return
        self._form.show_draft()
        draft = self._draft_model.draft
        problems = self._draft_model.problems(StepId.AUTHENTICATE)
        done = [
            self.ticks.is_done(guide.key, number, yielded=has_yielded(draft, step.asks, problems))
            for number, step in enumerate(guide.steps)
        ]
        self.dialog.show_guide(guide, request, done)

    def _tick(self, number: int, done: bool) -> None:
        if self.dialog is not None:
            self.ticks.tick(self.dialog.key, number, done=done)
            self.show_draft()
