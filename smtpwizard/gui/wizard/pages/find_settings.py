"""*Find the settings for…* an address: the answers as rows, or what to do without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QLineEdit,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.flow.choosing_provider import (
    has_to_be_asked,
    in_order,
    is_taken,
    take_answer,
)
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.beside import BesideOrUnder
from smtpwizard.gui.widgets.choices import Choice, ChoiceList, ChoiceRow
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.gui.widgets.elements import announce, button, plain_label, set_tip
from smtpwizard.gui.widgets.fields import Field
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.icons import dress
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.tab_order import order_tabs
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.messages.discovery import (
    doubt_text,
    looked_text,
    looking_text,
    nothing_text,
    place_text,
    remark_text,
    settings_text,
    standing_text,
    summary_text,
    told_apart,
    why_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.addresses import AddressError, clean_text, same_mailbox
from smtpwizard.model.discovery import Candidate, Discovery, LookedStatus, Standing
from smtpwizard.model.problem import Problem
from smtpwizard.usecases.discover import known_settings
from smtpwizard.usecases.settings import looks_nothing_up

# The others are to be looked at.
_TONES = {Standing.TRUSTED: "success", Standing.NO_SUCH_SERVER: "danger"}


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


class ElidedRadio(QRadioButton):
    """A radio button whose text gives way in its middle where there is no room for all of it."""

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), self.fontMetrics().height() * 8), hint.height())

    def shown_text(self) -> str:
        """What of the text is painted at this width."""
        over = self.sizeHint().width() - self.width()
        if over <= 0:
            return self.text()
        metrics = self.fontMetrics()
        room = metrics.horizontalAdvance(self.text()) - over
        return metrics.elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown_text()
        if shown == self.text():
            super().paintEvent(event)
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = shown
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_RadioButton, option)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        set_tip(self, self.text() if self.shown_text() != self.text() else "")


def _answers(candidate: Candidate) -> bool:
    """True where its server offers what the settings say."""
    return candidate.answer is not None and bool(candidate.answer.security)


def _whole_width(widget: QWidget) -> int:
    return widget.sizeHint().width()


class AnswerRow(ChoiceRow):
    """A candidate as a row; what is learnt of it later is shown in the same row."""

    def __init__(self, candidate: Candidate) -> None:
        self._pill = Pill()
        super().__init__(settings_text(candidate), " ")
        self.show_candidate(candidate)

    def _make_radio(self, text: str) -> QRadioButton:
        return ElidedRadio(text)

    def _lay_out(self) -> None:
        """The pill goes under the settings where there is no room beside them."""
        column = QVBoxLayout(self)
        column.setContentsMargins(11, 9, 11, 9)
        column.setSpacing(1)
        self._head = BesideOrUnder((self.radio, self._pill), _whole_width, spacing=8)
        self._head.share(self.radio)
        column.addWidget(self._head)
        column.addWidget(self.note)
        self.note.setIndent(self._indent())

    def show_candidate(self, candidate: Candidate) -> None:
        word = standing_text(candidate)
        self._pill.say(word, _TONES.get(candidate.standing, "warning"))
        self._head.turn()
        self.set_note(why_text(candidate))
        self.radio.setAccessibleDescription(f"{word}. {why_text(candidate)}".strip())


class FindSettings(QWidget):
    """An address, *Find*, and what is known for its domain; the address itself stays here.

    What is known without asking anybody is there at once; the rest comes in as it is found.
    """

    def __init__(self, context: WizardContext, asked: Callable[[], object]) -> None:
        """`asked` is called when what there is to look up has changed."""
        super().__init__()
        self._ws = context.ws
        self._runner = context.runner
        self._demo = context.demo
        self._offline = self._looks_nothing_up()
        self._draft_model = context.draft_model
        self._asked = asked
        self.found: Discovery | None = None
        self._job: int | None = None
        self._filled = False
        self._touched = False
        # The drafts before and after an answer was taken; the first is back where that was wrong.
        self._taken: tuple[ConnectorDraft, ConnectorDraft] | None = None
        # The draft for which the best answer may be taken when it is there; None where it may not.
        self._open_draft: ConnectorDraft | None = None
        self.edit = AddressEdit(self.find_now, self.is_next)
        self.button = button(self.tr("Fin&d"), self.find_now, icon="search")
        self.stop_button = button(self.tr("Stop"), self.stop, icon="stop")
        self.stop_button.setAccessibleDescription(self.tr("Waits for no further answer."))
        self.stop_button.hide()
        self.field = Field(
            "",
            self.tr("Find &the settings for…"),
            self.edit,
            self._hint(""),
            write=self._edited,
            beside=(self.button, self.stop_button),
        )
        self.answers = ChoiceList()
        self._group = QButtonGroup(self)
        self._rows: dict[tuple[str, int, str], AnswerRow] = {}
        self._candidates: tuple[Candidate, ...] = ()
        self.nothing = Banner("info", small=True)
        self.remarks = plain_label(tone="muted")
        self.where = Fold(self.tr("&Where we looked"))
        self.where.body.setSpacing(2)
        self._places = plain_label(tone="muted")
        self.where.body.addWidget(self._places)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.field.box)
        column.addWidget(self.answers)
        column.addWidget(self.nothing)
        column.addWidget(self.remarks)
        column.addWidget(self.where)
        for part in (self.answers, self.nothing, self.remarks, self.where):
            part.hide()

    def show_next(self, filled: bool) -> None:
        """The mark on the button in the colour of its words."""
        if filled != self._filled:
            self._filled = filled
            dress(self.button, "search", "on_accent" if filled else "")

    def is_next(self) -> bool:
        """True while there is an address that was not looked up yet."""
        return bool(self.edit.text().strip()) and self.found is None

    def best(self) -> Candidate | None:
        """The first answer that can be taken without a question."""
        return next((each for each in self._candidates if not has_to_be_asked(each)), None)

    def answer_for(self, domain: str) -> Candidate | None:
        """The best answer, if it was this domain that was looked up."""
        known = self.found is not None and self.found.domain.lower() == domain.strip().lower()
        return self.best() if known else None

    # -- looking ----------------------------------------------------------------------------------

    def find_now(self) -> None:
        """Look up what stands in the field; the best answer is taken."""
        if not self._look_up():
            return
        self._draft_model.set(self._untaken())  # what was taken was for another address
        self._taken = None
        best = self.best()
        if best is not None:
            self._take(best)
        else:
            self._open_draft = self._draft_model.draft

    def look_up(self, address: str) -> None:
        """Show what there is for an address that was given elsewhere; nothing is taken."""
        with QSignalBlocker(self.edit):
            self.edit.setText(address)
        self._edited(address)
        self._look_up()

    def _look_up(self) -> bool:
        self.stop()
        self._touched = False
        self._offline = self._looks_nothing_up()
        today = datetime.now(UTC).astimezone().date()
        try:
            self.found = known_settings(self._ws, self.edit.text(), today)
        except AddressError as error:
            self.found = None
            self.field.set_error(problem_text(Problem("", error.code, error.facts), Face.WINDOW))
            self.edit.setFocus()
        else:
            work = partial(jobs.discover, self._ws, self.found.address, self._offline)
            self._job = self._runner.submit(work, self._finished, self._more)
        self._show()
        self._asked()
        return self.found is not None

    def stop(self) -> None:
        """Wait for nobody any longer; what was found stays."""
        if self._job is None:
            return
        self._runner.cancel(self._job)
        self._job = None
        self._open_draft = None
        self._show()

    def _more(self, found: object) -> None:
        if isinstance(found, Discovery):
            self.found = found
            self._show()

    def _finished(self, outcome: Outcome) -> None:
        self._job = None
        before, self._open_draft = self._open_draft, None
        if isinstance(outcome.value, Discovery):
            self.found = outcome.value
        self._show()
        if outcome.error is not None:
            self.nothing.show_text("", error_message(outcome.error))
            self.nothing.show()
            return
        self._say()
        first = self._candidates[0] if self._candidates else None
        untouched = before is not None and before == self._draft_model.draft
        if first is not None and untouched and _answers(first) and not has_to_be_asked(first):
            self._take(first)

    def _say(self) -> None:
        """What was found, for whoever does not see it."""
        assert self.found is not None
        texts = [settings_text(each) for each in self._candidates]
        announce(self.edit, ". ".join(texts) or nothing_text(self.found, Face.WINDOW))

    def _edited(self, text: str) -> None:
        self.field.set_error("")
        self.field.set_hint(self._hint(text))
        if self.found is not None and not same_mailbox(self.found.address, text.strip()):
            # These were the answers for another address.
            self.stop()
            self.found = None
            self._show()
        self._asked()

    def _looks_nothing_up(self) -> bool:
        return self._demo or looks_nothing_up(self._ws)

    def _hint(self, text: str) -> str:
        if self._demo:
            return self.tr("The demo looks nothing up: only known providers are found.")
        if self._offline:
            return self.tr("Look-ups are switched off: only known providers are found.")
        domain = clean_text(text.strip().rpartition("@")[2], 80) if "@" in text else ""
        if not domain:
            return self.tr("The address that sends. Only its domain is looked up.")
        return self.tr(
            "Only “{0}” is looked up. The address itself stays on this computer."
        ).format(domain)

    # -- what was found ---------------------------------------------------------------------------

    def _show(self) -> None:
        found, looking = self.found, self._job is not None
        self._show_looking(looking)
        self._show_rows(found.candidates if found is not None else ())
        nothing = found is not None and not self._candidates and not looking
        self.field.set_hint("" if nothing else self._hint(self.edit.text()))
        self.nothing.setVisible(nothing)
        self.nothing.show_text("", nothing_text(found, Face.WINDOW) if found and nothing else "")
        remarks = [remark_text(each) for each in told_apart(found)] if found is not None else []
        self.remarks.setText(" ".join(remarks))
        self.remarks.setVisible(bool(remarks))
        self.where.setVisible(found is not None)
        if found is not None:
            self._show_where(found, looking)
        self.show_draft()

    def _show_looking(self, looking: bool) -> None:
        focused = self.button.hasFocus() or self.stop_button.hasFocus()
        self.button.setVisible(not looking)
        self.stop_button.setVisible(looking)
        if focused:
            (self.stop_button if looking else self.button).setFocus()

    def _show_rows(self, latest: Sequence[Candidate]) -> None:
        touched = self._touched or any(row.radio.hasFocus() for row in self._rows.values())
        self._touched = touched
        self._candidates = in_order(self._candidates, latest, touched=touched)
        rows: dict[tuple[str, int, str], AnswerRow] = {}
        for candidate in self._candidates:
            row = self._rows.get(candidate.key)
            if row is None:
                row = AnswerRow(candidate)
                row.radio.toggled.connect(partial(self._toggled, candidate.key))
                self._group.addButton(row.radio)
            row.show_candidate(candidate)
            rows[candidate.key] = row
        for key, row in self._rows.items():
            if key not in rows:
                self._group.removeButton(row.radio)
        changed = list(rows) != list(self._rows)
        self._rows = rows
        if changed:
            self.answers.show_rows(rows.values())
            order_tabs(self.answers, self.stop_button)
        self.answers.setVisible(bool(rows))

    def _show_where(self, found: Discovery, looking: bool) -> None:
        if looking:
            self.where.set_rest(f"– {looking_text(found)}")
        elif not found.complete:
            self.where.set_rest(self.tr("– stopped"))
        else:
            self.where.set_rest(f"– {summary_text(found)}")
        lines = []
        for looked in found.looked:
            lines.append(looked_text(looked))
            lines += [
                f"    {place_text(each)}"
                for each in looked.places
                if each.error is not None or each.status is LookedStatus.FOUND
            ]
        self._places.setText("\n".join(lines))

    def _toggled(self, key: tuple[str, int, str], on: bool) -> None:
        candidate = next((each for each in self._candidates if each.key == key), None)
        if on and candidate is not None:
            self._touched = True
            self._chosen(candidate)

    def _chosen(self, candidate: Candidate) -> None:
        self._open_draft = None
        if not has_to_be_asked(candidate):
            self._take(candidate)
            return
        # Not chosen until the answer is there.
        self.show_draft()
        ask(
            self,
            standing_text(candidate),
            self.tr("Take the settings {0}?").format(settings_text(candidate)),
            doubt_text(candidate),
            self.tr("Take them"),
            self.tr("Leave them"),
            lambda yes: self._take(candidate) if yes else None,
            destructive=True,
        )

    def _with(self, candidate: Candidate) -> ConnectorDraft:
        return take_answer(self._draft_model.draft, candidate, self._ws.catalogue)

    def _take(self, candidate: Candidate) -> None:
        before = self._untaken()
        self._draft_model.set(self._with(candidate))
        self._taken = (before, self._draft_model.draft)
        self.show_draft()

    def _untaken(self) -> ConnectorDraft:
        """The draft without an answer that was taken, as long as nothing was changed since."""
        draft = self._draft_model.draft
        return self._taken[0] if self._taken is not None and self._taken[1] == draft else draft

    def show_draft(self) -> None:
        """The row whose settings the draft has is the chosen one."""
        draft, catalogue = self._draft_model.draft, self._ws.catalogue
        taken = (each.key for each in self._candidates if is_taken(draft, each, catalogue))
        chosen = next(taken, None)
        show_only(self._group, self._rows.values(), self._rows[chosen] if chosen else None)
