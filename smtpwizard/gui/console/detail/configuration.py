"""All settings of a connector on one page, edited in place over one draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.flow.draft import ConnectorDraft, SignInState, begin_draft
from smtpwizard.flow.edits import (
    Edit,
    by_section,
    edits,
    put_back,
    shown_fields,
)
from smtpwizard.flow.steps import ConnectorFlow, StepId
from smtpwizard.gui.console.detail.edit_form import EditForm
from smtpwizard.gui.console.detail.registration_help import RegistrationHelp
from smtpwizard.gui.console.detail.saving import DraftSaver
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.gui.widgets.elements import button
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.save_bar import SaveBar
from smtpwizard.gui.widgets.tab_order import order_tabs
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.draft_model import DraftModel
from smtpwizard.messages.face import Face, field_label
from smtpwizard.messages.problems import problem_text

if TYPE_CHECKING:
    from smtpwizard.model.problem import Problem
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


# What comes after the last turn.
_OVER = object()


class ConfigurationPage(QWidget):
    """Reads and writes the draft, decides nothing; saves when asked to. Blank until it is built, by
    `build_next` in turns or by `build_rest`.

    `edited` comes with the number of changes, `saved` with the connector and whether it is to be
    verified now, `not_saved` when it was not to be, `gone` when somebody has removed it meanwhile.
    """

    edited = Signal(int)
    saved = Signal(object, bool)
    not_saved = Signal()
    sign_in_wanted = Signal()
    gone = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        stored: StoredConnector,
        taken_names: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self.stored = stored
        # As it is saved by now, which while something is typed may be another state.
        self._newest = stored
        self._removed = False
        self._taken = taken_names
        self.edits: tuple[Edit, ...] = ()
        self.model = DraftModel(self._begin(stored), ConnectorFlow(ws.defaults_for))
        self.form = EditForm(self.model, ws.catalogue)
        self.fields, self.cards, self.sections = (
            self.form.fields, self.form.cards, self.form.sections,
        )  # fmt: skip
        self._verify_after = False
        self._last: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        self._column.setSpacing(12)
        # Hidden, so that nothing moves while it grows.
        self.form.hide()
        self._column.addWidget(self.form, 1)
        self._turns = self._make()

    # -- building -----------------------------------------------------------------------------

    @property
    def is_built(self) -> bool:
        """Whether all of it is there, and shown."""
        return not self.form.isHidden()

    def build_next(self) -> bool:
        """Build a little of it; False once all of it is there."""
        return next(self._turns, _OVER) is not _OVER

    def build_rest(self) -> None:
        """Build what is missing, at once."""
        while self.build_next():
            pass

    def _make(self) -> Iterator[None]:
        """All of it; the window listens wherever this gives way."""
        yield from self.form.make()
        self.banner = Banner("failed")
        self.banner.hide()
        self.look_button = button(self.tr("&Look at the differences…"), self._look)
        self.sign_in_button = button(self.tr("Sign &in again…"), self.sign_in_wanted.emit)
        for push in (self.look_button, self.sign_in_button):
            self.banner.add_button(push)
        self._column.addWidget(self.banner)
        yield
        self.bar = SaveBar()
        self.bar.verify_button.show()
        self.bar.saved.connect(self.save)
        self.bar.verified.connect(lambda: self.save(verify=True))
        self.bar.reset.connect(self.reset)
        self._column.addWidget(self.bar)
        yield
        self.saver = DraftSaver(self._ws, self._runner, self._recovery, self)
        self.saver.saved.connect(self._saved)
        self.saver.failed.connect(self._not_saved)
        self.saver.heard.connect(self._hear_newest)
        self.saver.contested.connect(self._take_merged)
        self.saver.name_taken.connect(self._name_taken)
        self.saver.gone.connect(self.hear_removed)
        self.form.put_back.connect(self.put_back)
        for field in self.fields.by_key.values():
            field.when_touched(self._show_problems)
        self.help = self._registration_help()
        self.model.changed.connect(self.refresh)
        self.refresh()
        yield
        self.form.show()

    def _registration_help(self) -> RegistrationHelp:
        context = WizardContext(self.model, self._ws, self._runner, self._recovery, self.stored, "")
        out = RegistrationHelp(self.form, context)
        out.changed.connect(self._show_problems)
        out.blocked.connect(self.reveal_problems)
        self.fields.mirror_touched = self._show_problems
        return out

    def _begin(self, stored: StoredConnector) -> ConnectorDraft:
        draft = begin_draft(self._ws.project, stored, taken_names=self._taken)
        return draft.with_family(self._ws.defaults_for)

    # -- the draft on screen ------------------------------------------------------------------

    @property
    def unsaved(self) -> int:
        """How many fields are changed and not saved."""
        return len(self.edits)

    def refresh(self) -> None:
        """Bring everything on the page in line with the draft."""
        draft, initial = self.model.draft, self.model.initial
        self.edits = edits(initial, draft)
        self.form.show_draft(draft, shown_fields(draft))
        self.form.show_edits(self.edits)
        ended = (
            "refresh_token" in initial.kept_secrets
            and self.model.connector() is not None
            and draft.sign_in_state(self._ws.defaults_for) is SignInState.NONE
        )
        self.form.sign_in_note.setVisible(ended)
        last = self.form.last_editor()
        if last is not self._last:  # the form grows, and Tab goes on from its end
            self._last = last
            order_tabs(self.banner, last)
            order_tabs(self.bar, self.sign_in_button)
        self._show_problems()
        self.help.show_draft()
        self.edited.emit(len(self.edits))

    def put_back(self, key: str) -> None:
        """One field as it is saved."""
        self.fields[key].editor.setFocus()  # what has the focus goes away
        self.model.set(put_back(self.model.initial, self.model.draft, key))

    # -- problems -----------------------------------------------------------------------------

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong anywhere on the page."""
        return tuple(each for step in StepId for each in self.model.problems(step))

    def _show_problems(self) -> None:
        problems = self.problems()
        texts: dict[str, str] = {}
        for problem in problems:
            texts.setdefault(problem.field, problem_text(problem, Face.WINDOW))
        self.form.show_errors(texts)
        self.form.show_words(self.help.words())
        self.form.show_counts(by_section(self.edits), by_section(problems))
        self._show_bar(texts)

    def _show_bar(self, texts: dict[str, str]) -> None:
        names = [field_label(edit.field) for edit in self.edits]
        if texts:
            missing = next((f.name for k, f in self.fields.by_key.items() if k in texts), "")
            after = self.tr("Still needed: {0}").format(missing or next(iter(texts.values())))
        elif not self.model.draft.verifies_like_its_base(self._ws.defaults_for):
            after = self.tr("It counts as not tested afterwards.")
        else:
            after = ""
        complete = not texts and not self.saver.busy and not self._removed
        self.bar.show_changes(names, complete=complete, after=after)

    def reveal_problems(self) -> None:
        """Show every problem, and go to the first field that has one."""
        self.form.touch(True)
        self._show_problems()
        self.form.go_to_error()

    # -- saving -------------------------------------------------------------------------------

    def save(self, *, verify: bool = False) -> None:
        """Save what is on screen, as the next state of what was read."""
        if self.saver.busy or not self.edits:
            return
        if self._removed:
            self._say_removed()
            return
        if self.model.connector() is None:
            self.reveal_problems()
            return
        self._verify_after = verify
        self.banner.hide()
        self.saver.save(self.model.draft, self.model.initial, self.stored)
        self._show_problems()

    def _saved(self, stored: StoredConnector) -> None:
        verify, self._verify_after = self._verify_after, False
        ended = "refresh_token" in self.stored.secrets and "refresh_token" not in stored.secrets
        self.show_stored(stored)
        if ended:
            self._say(
                "unknown",
                self.tr("Saved. The sign-in has ended"),
                self.tr("It was given to the registration as it was before. Sign in again."),
                sign_in=True,
            )
        self.saved.emit(stored, verify)

    def _not_saved(self, text: str) -> None:
        self._say("failed", self.tr("Not saved"), text)
        self._show_problems()
        self.not_saved.emit()

    def _name_taken(self) -> None:
        self.model.set(self.model.draft.with_name_taken())
        self.reveal_problems()
        self.not_saved.emit()

    def _take_merged(self, draft: ConnectorDraft, theirs: StoredConnector) -> None:
        """What the two agreed on is on screen, over what is saved by now."""
        self.stored = self._newest = theirs
        self.banner.hide()
        self.model.initial = self._begin(theirs)
        self.model.set(draft)
        self.refresh()

    def hear_removed(self) -> None:
        """Somebody has removed the connector: what is typed stays, and can be saved no more."""
        if not self.is_built:
            return
        heard, self._removed = self._removed, True
        self._say_removed()
        self._show_problems()
        self.not_saved.emit()
        if not heard:
            self.gone.emit()

    def _say_removed(self) -> None:
        text = self.tr("Go back to the list.")
        if self.edits:
            text = self.tr(
                "What you typed is still here. Copy what you need, then go back to the list."
            )
        self._say("failed", self.tr("This connector was removed meanwhile"), text)

    def reset(self) -> None:
        """Everything as it is saved, after a question where much would be lost."""
        if self.unsaved <= 1:
            self._reset()
            return
        ask(
            self.window(),
            self.tr("Reset"),
            self.tr("Reset {0} changes?").format(self.unsaved),
            self.tr("Everything is then as it is saved."),
            self.tr("Reset"),
            self.tr("Keep editing"),
            lambda yes: self._reset() if yes else None,
            destructive=True,
        )

    def _reset(self) -> None:
        self.show_stored(self._newest)

    def show_stored(self, stored: StoredConnector) -> None:
        """Show what is saved; what was typed is gone."""
        self.stored = self._newest = stored
        self._removed = False
        draft = self._begin(stored)
        self.model.initial = draft
        self.form.touch(False)
        self.banner.hide()
        self.model.set(draft)
        self.refresh()

    # -- two editors --------------------------------------------------------------------------

    def hear_of(self, stored: StoredConnector) -> None:
        """The connector as it is saved now: shown at once, or where something is typed, said."""
        self._hear_newest(stored)
        if stored.revision == self.stored.revision:
            return
        self.build_rest()
        if self.saver.busy:
            return
        if not self.edits:
            self.show_stored(stored)
            return
        self._say(
            "unknown",
            self.tr("Someone else has changed this connector"),
            self.tr("Nothing of yours is lost: saving asks which of the two to keep."),
            look=True,
        )

    def _hear_newest(self, stored: StoredConnector) -> None:
        self._newest = stored

    def _look(self) -> None:
        self.saver.look(self.model.draft, self.model.initial, self.stored)

    def _say(
        self, tone: str, title: str, text: str, *, look: bool = False, sign_in: bool = False
    ) -> None:
        self.look_button.setVisible(look)
        self.sign_in_button.setVisible(sign_in)
        self.banner.set_tone(tone)
        self.banner.show()
        self.banner.show_text(title, text)
