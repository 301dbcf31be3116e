"""*Find the settings for…* an address: the answers as rows, or what to do without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QVBoxLayout, QWidget

from smtpwizard.flow.choosing_provider import is_taken, take_answer
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.choices import Choice, ChoiceList, ChoiceRow
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.gui.widgets.elements import announce, button
from smtpwizard.gui.widgets.fields import Field
from smtpwizard.gui.widgets.icons import dress
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.messages.discovery import doubt_text, nothing_text, settings_text, why_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.addresses import AddressError, clean_text, same_mailbox
from smtpwizard.model.discovery import Candidate, Discovery
from smtpwizard.model.problem import Problem
from smtpwizard.usecases.discover import known_settings


class AddressEdit(QLineEdit):
    """A line whose Enter looks the address up while that is the next step, and goes on after it."""

    def __init__(self, then: Callable[[], object], is_next: Callable[[], bool]) -> None:
        super().__init__()
        self._then = then
        self._is_next = is_next

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._is_next():
            event.accept()
            self._then()
            return
        super().keyPressEvent(event)


def show_only(group: QButtonGroup, choices: Iterable[Choice], chosen: Choice | None) -> None:
    """Show one choice of a group as chosen, or none, without being heard."""
    group.setExclusive(False)
    for choice in choices:
        if choice.radio.isChecked() != (choice is chosen):
            choice.show_chosen(choice is chosen)
    group.setExclusive(True)


class FindSettings(QWidget):
    """An address, *Find*, and what is known for its domain; the address itself stays here."""

    def __init__(self, context: WizardContext, asked: Callable[[], object]) -> None:
        """`asked` is called when what there is to look up has changed."""
        super().__init__()
        self._ws = context.ws
        self._draft_model = context.draft_model
        self._asked = asked
        self.found: Discovery | None = None
        self._filled = False
        self.edit = AddressEdit(self.find_now, self.is_next)
        self.button = button(self.tr("Fin&d"), self.find_now, icon="search")
        self.field = Field(
            "",
            self.tr("Find &the settings for…"),
            self.edit,
            self._hint(""),
            write=self._edited,
            beside=(self.button,),
        )
        self.answers = ChoiceList()
        self._group = QButtonGroup(self)
        self._candidates: list[tuple[ChoiceRow, Candidate]] = []
        self.nothing = Banner("info", small=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.field.box)
        column.addWidget(self.answers)
        column.addWidget(self.nothing)
        self.answers.hide()
        self.nothing.hide()

    def show_next(self, filled: bool) -> None:
        """The mark on the button in the colour of its words."""
        if filled != self._filled:
            self._filled = filled
            dress(self.button, "search", "on_accent" if filled else "")

    def is_next(self) -> bool:
        """True while there is an address that was not looked up yet."""
        return bool(self.edit.text().strip()) and self.found is None

    def best(self) -> Candidate | None:
        """The first answer that is to be trusted."""
        trusted = (candidate for _, candidate in self._candidates if candidate.trusted)
        return next(trusted, None)

    def answer_for(self, domain: str) -> Candidate | None:
        """The best answer, if it was this domain that was looked up."""
        known = self.found is not None and self.found.domain.lower() == domain.strip().lower()
        return self.best() if known else None

    def find_now(self) -> None:
        """Look up what stands in the field; the best answer is taken."""
        self._look_up()
        best = self.best()
        if best is not None:
            self._draft_model.set(take_answer(self._draft_model.draft, best))

    def look_up(self, address: str) -> None:
        """Show what there is for an address that was given elsewhere; nothing is taken."""
        with QSignalBlocker(self.edit):
            self.edit.setText(address)
        self._edited(address)
        self._look_up()

    def _look_up(self) -> None:
        try:
            self.found = known_settings(
                self._ws, self.edit.text(), datetime.now(UTC).astimezone().date()
            )
        except AddressError as error:
            self.found = None
            self.field.set_error(problem_text(Problem("", error.code, error.facts), Face.WINDOW))
            self.edit.setFocus()
        self._show()
        self._asked()

    def _edited(self, text: str) -> None:
        self.field.set_error("")
        self.field.set_hint(self._hint(text))
        if self.found is not None and not same_mailbox(self.found.address, text.strip()):
            # These were the answers for another address.
            self.found = None
            self._show()
        self._asked()

    def _hint(self, text: str) -> str:
        domain = clean_text(text.strip().rpartition("@")[2], 80) if "@" in text else ""
        if not domain:
            return self.tr("The address that sends. Only its domain is looked up.")
        return self.tr(
            "Only “{0}” is looked up. The address itself stays on this computer."
        ).format(domain)

    def _show(self) -> None:
        found = self.found
        self._candidates = [(self._row(each), each) for each in (found.candidates if found else ())]
        for radio in self._group.buttons():
            self._group.removeButton(radio)
        for row, _ in self._candidates:
            self._group.addButton(row.radio)
        self.answers.show_rows(row for row, _ in self._candidates)
        self.answers.setVisible(bool(self._candidates))
        nothing = found is not None and not self._candidates
        self.field.set_hint("" if nothing else self._hint(self.edit.text()))
        self.nothing.setVisible(nothing)
        if found is not None:
            self.nothing.show_text("", nothing_text(found.domain) if nothing else "")
            announce(
                self.edit,
                nothing_text(found.domain)
                if nothing
                else ". ".join(settings_text(each) for each in found.candidates),
            )
        self.show_draft()

    def _row(self, candidate: Candidate) -> ChoiceRow:
        trusted = candidate.trusted
        row = ChoiceRow(settings_text(candidate), why_text(candidate))
        word = self.tr("Trusted") if trusted else self.tr("Check first")
        row.end.addWidget(Pill(word, "success" if trusted else "warning"))
        row.radio.setAccessibleDescription(f"{word}. {why_text(candidate)}".strip())
        row.radio.toggled.connect(lambda on: self._chosen(candidate) if on else None)
        return row

    def _chosen(self, candidate: Candidate) -> None:
        if candidate.trusted:
            self._take(candidate)
            return
        # Not chosen until the answer is there.
        self.show_draft()
        ask(
            self,
            self.tr("Check first"),
            self.tr("Take the settings {0}?").format(settings_text(candidate)),
            doubt_text(candidate),
            self.tr("Take them"),
            self.tr("Leave them"),
            lambda yes: self._take(candidate) if yes else None,
            destructive=True,
        )

    def _take(self, candidate: Candidate) -> None:
        self._draft_model.set(take_answer(self._draft_model.draft, candidate))
        self.show_draft()

    def show_draft(self) -> None:
        """The row whose settings the draft has is the chosen one."""
        draft = self._draft_model.draft
        taken = (row for row, candidate in self._candidates if is_taken(draft, candidate))
        show_only(self._group, (row for row, _ in self._candidates), next(taken, None))
