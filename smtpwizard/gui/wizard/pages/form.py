"""What the wizard's pages share: a scrolling body, fields, and problems in words beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget, QWizard, QWizardPage

from smtpwizard.flow.steps import STEPS, StepId
from smtpwizard.gui.widgets.elements import (
    ElidedButton,
    line,
    plain_label,
    set_next_step,
    set_tone,
)
from smtpwizard.gui.widgets.fields import Field, FieldForm, scrolling
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.messages.face import Face, field_label
from smtpwizard.messages.odd_characters import odd_hint
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.odd_characters import odd_characters

PAGE_IDS = {step.id: index for index, step in enumerate(STEPS)}


def _is_wrong(field: Field) -> bool:
    """Whether something stands in it that was judged: an empty field only waits."""
    editor = field.editor
    filled = editor.text() if isinstance(editor, QLineEdit) else editor.currentData()
    return field.touched and bool(filled)


class FormPage(QWizardPage):
    """One step of the flow on screen; reads and writes the draft, decides nothing.

    `sign_in_wanted` asks the wizard to lead the user back to the sign-in, `field_wanted` to the
    field of a dotted path. `answered` says that what the rail shows of the page has changed.
    """

    step: ClassVar[StepId]
    sign_in_wanted = Signal()
    field_wanted = Signal(str)
    answered = Signal()

    def __init__(self, context: WizardContext, wizard: QWizard) -> None:
        super().__init__()
        # While it is empty: Qt looks at all that is in it.
        wizard.setPage(PAGE_IDS[self.step], self)
        self.draft_model = draft_model = context.draft_model
        self.fields: list[Field] = []
        # Not the wizard's own title: that keeps to no line with the fields below it.
        self.heading = plain_label(heading="page")
        self.sentence = plain_label(tone="quiet")
        content = QWidget()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(*self._sided(4, 4, 8, 4))  # room for the focus ring
        self.body.setSpacing(12)
        self.area = scrolling(content)
        self.area.verticalScrollBar().rangeChanged.connect(self._keep_width)
        self._keep_width(0, 0)
        self.missing = ElidedButton()
        self.missing.clicked.connect(lambda: self.reveal_problems())
        self.missing.setProperty("link", "muted")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(*self._sided(20, 0, 6, 0))
        outer.setSpacing(4)
        above = QVBoxLayout()
        above.setContentsMargins(*self._sided(4, 12, 20, 8))
        above.setSpacing(2)
        above.addWidget(self.heading)
        above.addWidget(self.sentence)
        outer.addLayout(above)
        self.replaying = context.ws.recording is not None
        if self.replaying:
            outer.addLayout(self._replay_banner())
        outer.addWidget(self.area, 1)
        foot = line(None, self.missing)
        bar = self.area.verticalScrollBar().sizeHint().width()
        foot.setContentsMargins(*self._sided(0, 0, bar + 8, 2))
        outer.addLayout(foot)
        self.missing.hide()
        draft_model.changed.connect(self._refresh_if_shown)

    def _replay_banner(self) -> QVBoxLayout:
        """What is true on every page of a replay."""
        from smtpwizard.gui.widgets.banner import Banner  # noqa: PLC0415 - not before the first paint

        self.replay_banner = Banner("info", small=True)
        self.replay_banner.show_text(
            self.tr("A replay: the recorded server answers. Nothing is sent, and nothing is saved.")
        )
        around = QVBoxLayout()
        around.setContentsMargins(*self._sided(4, 0, 20, 8))
        around.addWidget(self.replay_banner)
        return around

    def _keep_width(self, _: int, most: int) -> None:
        """What scrolls is as wide as what does not: the bar takes the room of the margin."""
        bar = self.area.verticalScrollBar().sizeHint().width()
        self.body.setContentsMargins(*self._sided(4, 4, 8 if most > 0 else 8 + bar, 4))

    def _sided(self, start: int, top: int, end: int, bottom: int) -> tuple[int, int, int, int]:
        """Margins from where one begins to read; Qt's own are always from the left."""
        left, right = (end, start) if self.isRightToLeft() else (start, end)
        return left, top, right, bottom

    # -- for the pages ------------------------------------------------------------------------

    def new_form(self) -> FieldForm:
        """Fields under each other, to be put into the body."""
        return FieldForm()

    def know(self, *fields: Field) -> None:
        """Show the problems of these fields beside them."""
        for field in fields:
            field.when_touched(self.show_problems)
            self.fields.append(field)

    def add_field(self, form: FieldForm, field: Field) -> Field:
        """Put a field on the page and show its problems beside it."""
        self.know(field)
        return form.add(field)

    def add_pair(
        self, form: FieldForm, one: Field, other: Field, shares: tuple[int, int] = (1, 1)
    ) -> None:
        """Put two fields beside each other, where both have room."""
        self.know(one, other)
        form.add_pair(one, other, shares)

    def show_title(self, title: str) -> None:
        """What the page is called, on it and for assistive technology."""
        self.heading.setText(title)
        self.setAccessibleName(title)

    def say_sentence(self, text: str = "", tone: str = "quiet") -> None:
        """The sentence under the title, which does not scroll; empty is the page's own."""
        self.sentence.setText(text or self.subTitle())
        set_tone(self.sentence, "tone", tone)

    def answers(self) -> str:
        """What was answered on this page, in a line or two, for the rail."""
        return ""

    def answers_tone(self) -> str:
        """How the rail shows the answers: quiet, danger, warning or success."""
        return "quiet"

    def show_draft(self) -> None:
        """Write the draft into the widgets without being heard."""
        raise NotImplementedError

    def first_focus(self) -> QWidget:
        """Where the keyboard starts on this page."""
        return self.fields[0].editor

    def focus_field(self, key: str) -> None:
        """Put the focus into the field of a dotted path, opening what it is folded in."""
        from smtpwizard.gui.widgets.fold import Fold  # noqa: PLC0415 - not before the first paint

        field = next((each for each in self.fields if each.key == key), None)
        editor = field.editor if field is not None else self.first_focus()
        around = editor.parentWidget()
        while around is not None and around is not self:
            if isinstance(around, Fold):
                around.set_open(True)
            around = around.parentWidget()
        editor.setFocus()

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
        """Fill the one button that is the next step: Next or Finish, once the page is complete."""
        wizard = self.wizard()
        if not self.is_current() or wizard is None:
            return
        buttons = wizard.WizardButton
        last = self.nextId() < 0
        push = wizard.button(self.last_button() if last else buttons.NextButton)
        complete = self.isComplete() and isinstance(push, QPushButton)
        set_next_step(push if complete else None, wizard)  # type: ignore[arg-type]

    def last_button(self) -> QWizard.WizardButton:
        """What ends the wizard where all is done: a replay has nothing to save."""
        which = QWizard.WizardButton
        return which.CancelButton if self.replaying else which.FinishButton

    # -- problems -----------------------------------------------------------------------------

    def show_problems(self) -> None:
        """Words beside every touched field, and under the page what is still needed."""
        self._set_texts()
        self.completeChanged.emit()
        self.choose_default()  # the wizard has just made its own choice

    def _set_texts(self) -> None:
        problems = self.draft_model.problems(self.step)
        texts: dict[str, str] = {}
        for problem in problems:
            texts.setdefault(problem.field, problem_text(problem, Face.WINDOW))
        for field in self.fields:
            field.set_error(texts.get(field.key, "") if field.touched else "")
            if field.key == "authentication.username":
                odd = odd_characters(self.draft_model.draft.username) if field.touched else ()
                field.set_warning(odd_hint(odd))
        self.say_missing(self.busy_text() if self.busy() else self._still_needed(texts))

    def _still_needed(self, texts: Mapping[str, str]) -> str:
        """The fields that something is wrong with, by name; what no field is about, in words."""
        if not texts:
            return ""
        here = list(dict.fromkeys((f.name, _is_wrong(f)) for f in self.fields if f.key in texts))
        if not here:
            key, said = next(iter(texts.items()))
            here = [(said if field_label(key) == key else f"{field_label(key)}: {said}", False)]
        empty, wrong = (
            [name for name, is_so in here[:3] if is_so is kind] for kind in (False, True)
        )
        said_of = {
            self.tr("Still needed: {0}"): empty,
            self.tr("Not right yet: {0}"): wrong,
        }
        between = self.tr(", ")
        return " · ".join(words.format(between.join(of)) for words, of in said_of.items() if of)

    def say_missing(self, text: str) -> None:
        """At the bottom right: why one cannot go on; a click leads there."""
        self.missing.setText(text)
        self.missing.setVisible(bool(text))

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

    def initializePage(self) -> None:
        # Before it is seen: then each widget that comes or goes is laid out by itself.
        self.show_draft()

    def isComplete(self) -> bool:
        return not self.busy() and not self.draft_model.problems(self.step)

    def nextId(self) -> int:
        # Not Qt's own: the first page is shown before the others are there.
        following = PAGE_IDS[self.step] + 1
        return following if following < len(PAGE_IDS) else -1
