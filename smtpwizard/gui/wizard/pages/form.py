"""What the wizard's pages share: a scrolling body, fields, and problems in words beside them."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget, QWizard, QWizardPage

from smtpwizard.flow.steps import STEPS, StepId
from smtpwizard.gui.widgets.elements import plain_label
from smtpwizard.gui.widgets.fields import Field, FieldGrid, scrolling
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.messages.face import Face, field_label
from smtpwizard.messages.odd_characters import odd_hint
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.odd_characters import odd_characters

PAGE_IDS = {step.id: index for index, step in enumerate(STEPS)}


class FormPage(QWizardPage):
    """One step of the flow on screen; reads and writes the draft, decides nothing.

    `sign_in_wanted` asks the wizard to lead the user back to the sign-in.
    """

    step: ClassVar[StepId]
    sign_in_wanted = Signal()

    def __init__(self, context: WizardContext) -> None:
        super().__init__()
        self.draft_model = draft_model = context.draft_model
        self.fields: list[Field] = []
        content = QWidget()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(2, 4, 12, 4)
        self.body.setSpacing(10)
        self.missing = plain_label(tone="hint")
        self.missing.setMinimumHeight(self.missing.fontMetrics().height())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 4, 0, 0)
        outer.setSpacing(6)
        outer.addWidget(scrolling(content), 1)
        outer.addWidget(self.missing)
        draft_model.changed.connect(self._refresh_if_shown)

    # -- for the pages ------------------------------------------------------------------------

    def new_grid(self) -> FieldGrid:
        """A grid whose label column is as wide as on every other page."""
        return FieldGrid(self.fontMetrics().horizontalAdvance("Admin user email address "))

    def add_field(self, grid: FieldGrid, field: Field) -> Field:
        """Put a field on the page and show its problems beside it."""
        field.when_touched(self.show_problems)
        self.fields.append(field)
        return grid.add(field)

    def show_draft(self) -> None:
        """Write the draft into the widgets without being heard."""
        raise NotImplementedError

    def first_focus(self) -> QWidget:
        """Where the keyboard starts on this page."""
        return self.fields[0].editor

    def busy(self) -> bool:
        """True while something runs that must end before the page is left."""
        return False

    def busy_text(self) -> str:
        """Why one cannot go on while something runs."""
        return ""

    def leave(self) -> None:
        """Stop what runs; the page is left for good."""

    def point_to_sign_in(self) -> None:
        """Lead the user to the sign-in, on the page that has it."""

    def choose_default(self) -> None:
        """Say which button Enter presses, where it is not the wizard's own choice."""

    # -- problems -----------------------------------------------------------------------------

    def show_problems(self) -> None:
        """Words beside every touched field, and under the page what is still needed."""
        self._set_texts()
        self.completeChanged.emit()

    def _set_texts(self) -> None:
        problems = self.draft_model.problems(self.step)
        first = ""
        for field in self.fields:
            text = next(
                (problem_text(p, Face.WINDOW) for p in problems if p.field == field.key), ""
            )
            if text and not first:
                first = f"{field.name}: {text}"
            field.set_error(text if field.touched else "")
            if field.key == "authentication.username":
                odd = odd_characters(self.draft_model.draft.username) if field.touched else ()
                field.set_warning(odd_hint(odd))
        if problems and not first:
            said, label = problem_text(problems[0], Face.WINDOW), field_label(problems[0].field)
            # What no field is about is said alone.
            first = said if label == problems[0].field else f"{label}: {said}"
        still = self.tr("Still needed – {0}").format(first) if first else ""
        self.missing.setText(self.busy_text() if self.busy() else still)

    def reveal_problems(self) -> None:
        """Show every problem and go to the first field that has one."""
        for field in self.fields:
            field.touched = True
        self.show_problems()
        for field in self.fields:
            if field.error:
                field.editor.setFocus()
                return

    def refresh(self) -> None:
        """Bring the widgets in line with the draft."""
        self.show_draft()
        self.show_problems()

    def _refresh_if_shown(self) -> None:
        if self.is_current():
            self.refresh()

    def is_current(self) -> bool:
        """True for the page that its wizard shows; false where the wizard is going or gone."""
        # Not by visibility: the wizard hides and shows its pages whenever `completeChanged` comes.
        wizard = self.wizard()
        # While a wizard is destroyed it is a plain dialog, and then a plain widget.
        return isinstance(wizard, QWizard) and wizard.currentPage() is self

    # -- QWizardPage --------------------------------------------------------------------------

    def isComplete(self) -> bool:
        return not self.busy() and not self.draft_model.problems(self.step)

    def nextId(self) -> int:
        # Not Qt's own: the first page is shown before the others are there.
        following = PAGE_IDS[self.step] + 1
        return following if following < len(PAGE_IDS) else -1
