"""What a failure means: the likeliest cause as an open card with its next click, the others folded;
and how what is known goes to others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.flow.fixes import Fix
from smtpwizard.flow.next_click import NextClick, next_click, passes_by_itself
from smtpwizard.gui import jobs
from smtpwizard.gui.help.opening import show_help
from smtpwizard.gui.results.ask_dialog import AskDialog
from smtpwizard.gui.results.cause_steps import FactGrid, Go, StepRows
from smtpwizard.gui.results.find_out_more import FindOutMorePanel, Search
from smtpwizard.gui.results.next_panel import NextPanel
from smtpwizard.gui.results.whereabouts import where_text
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import (
    ElidedButton,
    button,
    plain_label,
    say_done,
    set_tone,
)
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.icons import IconLabel, dress
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.tab_order import order_tabs, tab_place
from smtpwizard.help_pages import pages
from smtpwizard.messages.causes import (
    CauseText,
    StepText,
    cause_text,
    helpful_link,
    likelihood_text,
    said_lines,
    who_acts,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.passing_on import ask_title, summary_text
from smtpwizard.messages.verification import stage_text, verdict_text, worked_text
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Actor, Cause, Report, Verdict
from smtpwizard.usecases.help import help_for
from smtpwizard.usecases.program import program_line

MAX_CAUSES = 3


class CauseCards(QWidget):
    """Shows causes, most likely first; the first is a card that stays open.

    `case_wanted` is emitted with the report that is to become a case, `fix_wanted` with a fix,
    `due` when a later test is, `weighed` with a report whose causes were weighed again. `go` leads
    to a field that a step names, `test` tests again, `search` finds out more; without them nothing
    is offered that needs them. Nothing is built before there is something to show.
    """

    case_wanted = Signal(object)
    fix_wanted = Signal(object)
    due = Signal()
    weighed = Signal(object)

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._causes: tuple[Cause, ...] = ()
        self._report: Report | None = None
        self._connector: Connector | None = None
        self._saves_cases = True
        self.recorded = False
        self.of_case = False
        """They are a customer's, whose case somebody else reads."""
        self.found_by = ""
        """By whose rules the cause was found, where that is worth a word."""
        self.came_back = ""
        """What a message to others says of the email that failed, where that is no test."""
        self.beside = ""
        """The field or button that is in sight beside the cards: nothing has to lead there."""
        self.waits = False
        """The server goes on trying by itself."""
        self.go: Go | None = None
        self.test: Callable[[], object] | None = None
        self.search: Search | None = None
        self._card: CauseCard | None = None
        self.others: list[OtherCause] = []
        self.dialog: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(tab_place())
        self.hide()

    @property
    def card(self) -> CauseCard:
        """The first of them."""
        if self._card is None:
            self._card = card = CauseCard(self._runner, self)
            card.next.fixes.wanted.connect(self.fix_wanted)
            card.next.later.due.connect(self.due)
            card.find_out_more.weighed.connect(self.weighed)
            self._column.insertWidget(1, card)  # behind the place of it
        return self._card

    @property
    def cards(self) -> Sequence[CauseCard | OtherCause]:
        """Every cause that is shown, the likeliest first."""
        return [self.card, *self.others] if self._causes else []

    def shown(self) -> tuple[Cause, ...]:
        """The causes that are shown."""
        return self._causes

    @property
    def ask_button(self) -> QPushButton:
        """The button that writes to whom the first cause concerns, wherever it stands."""
        next_ = self.card.next
        return next_.ask_button if next_.kind is NextClick.ASK else self.card.ask_button

    def show_causes(
        self,
        causes: Sequence[Cause],
        report: Report | None = None,
        connector: Connector | None = None,
        *,
        kicker: str = "",
    ) -> None:
        """Put these causes on the cards; with neither a cause nor a failed report nothing is shown.

        `kicker` is the line above the cause; where it stopped, if nothing is given.
        """
        for old in self.others:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._causes = tuple(causes[:MAX_CAUSES])
        self._report = report
        self._connector = connector
        self.others = [OtherCause(cause, self) for cause in self._causes[1:]]
        for each in self.others:
            self._column.addWidget(each)
        failed = report is not None and not report.ok and not report.beyond
        wanted = bool(self._causes) or failed
        if wanted:
            server = connector.server.host if connector is not None else ""
            where = verdict_text(report, Face.WINDOW, server)[0] if report is not None else ""
            first = self._causes[0] if self._causes else None
            self.card.show_cause(first, report, kicker or where)
        if self._card is not None:
            self._card.copy_button.setVisible(report is not None)
            self._card.case_button.setVisible(report is not None and self._saves_cases)
        self.show_fixes(())
        self.setVisible(wanted)

    def show_fixes(self, fixes: Sequence[Fix]) -> None:
        """Offer these fixes as the next click; with none, what else is most useful."""
        if self._card is None and not fixes:
            return
        self.card.next.fixes.show_fixes(fixes)
        self.card.show_next(fixes, self._report)
        order_tabs(self)

    def offer_search(self, connector: Connector | None, report: Report | None) -> None:
        """Offer to find out more about a failed report; anything else takes the offer back."""
        if self._card is not None:
            self._card.find_out_more.search = self.search
            self._card.find_out_more.offer(connector, report)

    def wait_no_longer(self) -> None:
        """Give up a later test that is waited for."""
        if self._card is not None:
            self._card.next.later.reset()

    def next_button(self) -> QPushButton | None:
        """The button that is the next step of the window."""
        return None if self.isHidden() else self.card.next.button()

    def save_elsewhere(self) -> None:
        """No case is saved from here: it is one already, or there is another button for it."""
        self._saves_cases = False
        if self._card is not None:
            self._card.case_button.hide()

    def follow(self, url: str) -> None:
        """Open a page that explains more."""
        self._runner.submit(partial(jobs.open_page, url), lambda _: None)

    def show_help(self, keys: Sequence[str]) -> None:
        """Open the page of help that these lead to, beside the window."""
        show_help(self, self._runner, *keys)

    def copy(self, push: QPushButton | None = None) -> None:
        """Put what is known into the clipboard, as text for a ticket; `push` says so."""
        if self._report is not None:
            text = summary_text(
                self._report, self._connector, program=program_line(), of_case=self.of_case
            )
            QGuiApplication.clipboard().setText(text)
            say_done(push or self.card.copy_button, self.tr("Copied"))

    def save_case(self) -> None:
        """Ask for a case of the report on screen."""
        if self._report is not None:
            self.case_wanted.emit(self._report)

    def ask(self, cause: Cause) -> None:
        """Show the message to whom a cause concerns."""
        dialog = AskDialog(
            self.window(),
            self._runner,
            cause,
            self._report,
            self._connector,
            self.came_back,
            of_case=self.of_case,
        )
        self.dialog = dialog
        dialog.open()


class CauseCard(QFrame):
    """The likeliest cause: where it stopped, what it was, who must act, what to click."""

    def __init__(self, runner: Runner, owner: CauseCards) -> None:
        super().__init__(owner)
        self._owner = owner
        self.cause: Cause | None = None
        self.text: CauseText | None = None
        self.is_open = True
        self.find_out_more = FindOutMorePanel(runner)
        self.facts = FactGrid()
        self.next = NextPanel(self._ask)
        self.steps = StepRows()
        self.ask_button = button("", self._ask)
        self.copy_button = button(self.tr("Copy as text"), owner.copy, icon="copy", quiet=True)
        self.case_button = button(self.tr("Save a case…"), owner.save_case, icon="case", quiet=True)
        self.case_button.setAccessibleDescription(
            self.tr("One readable file for the person who helps you, without passwords")
        )
        self.help_button = _help_button("", self._show_help)
        self.link_button = button("", self._follow, icon="open", quiet=True)
        self.help_button.setProperty("flush", "true")
        self._link = ""
        self.help_keys: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        body = QVBoxLayout()
        body.setContentsMargins(14, 10, 14, 12)
        body.setSpacing(10)
        for widget in (self.facts, self.next, self.steps):
            body.addWidget(widget)
        body.addLayout(
            FlowLayout(
                self.find_out_more.start_button,
                self.ask_button,
                self.case_button,
                self.copy_button,
            )
        )
        body.addLayout(FlowLayout(self.help_button, self.link_button, spacing=12))
        body.addWidget(self.find_out_more)
        column.addLayout(body)

    def _build_head(self) -> QFrame:
        self.head = QFrame()
        self._mark = IconLabel(px=22)
        self.kicker = plain_label()
        self.title = plain_label(heading="section")
        self.pill = Pill()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.kicker)
        words.addWidget(self.title)
        row = QHBoxLayout(self.head)
        row.setContentsMargins(14, 9, 14, 9)
        row.setSpacing(12)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(self.pill, 0, Qt.AlignmentFlag.AlignTop)
        return self.head

    def show_cause(self, cause: Cause | None, report: Report | None, kicker: str = "") -> None:
        """Fill the card in; without a cause with what the stage itself says."""
        self.cause = cause
        self.text = cause_text(cause, Face.WINDOW) if cause is not None else None
        stopped = report.stopped_at() if report is not None else None
        own = stage_text(stopped, Face.WINDOW) if stopped is not None else ""
        self.kicker.setText(kicker)
        self.kicker.setVisible(bool(kicker))
        self.title.setText(self.text.title if self.text is not None else own)
        self._show_tone(cause, report)
        passes = self._owner.waits or passes_by_itself(report, cause)
        said = list(dict.fromkeys(said_lines(cause))) if cause is not None else []
        if not said and stopped is not None and stopped.reply is not None:
            said = [str(stopped.reply)]
        explanation = self.text.explanation if self.text is not None else ""
        worked = worked_text(report) if report is not None else ""
        self.facts.show_facts(
            f"{worked} {explanation}".strip(),
            said,
            who_acts(
                self.text,
                passes=passes,
                where=partial(where_text, self),
                of_case=self._owner.of_case,
            )
            if self.text is not None
            else "",
            self._owner.found_by,
            cause,
        )
        self.pill.setVisible(cause is not None)
        if cause is not None:
            likely = likelihood_text(cause.likelihood)
            self.pill.say(likely[:1].upper() + likely[1:])
            self.ask_button.setText(
                self.tr("{0}…").format(ask_title(cause, of_case=self._owner.of_case))
            )
        self.help_keys = help_keys(cause, report)
        page = pages()[help_for(*self.help_keys).topic]
        self.help_button.setText(self.tr("Help: {0}").format(page.title))
        self._link = helpful_link(self.text.link) if self.text is not None else ""
        host = urlsplit(self._link).hostname or ""
        self.link_button.setText(self.tr("Read more at {0}").format(host))
        self.link_button.setVisible(bool(self._link))

    def _show_tone(self, cause: Cause | None, report: Report | None) -> None:
        """What passes by itself, and what nobody knows, is no alarm."""
        unknown = report is not None and report.verdict is Verdict.UNKNOWN
        calm = unknown or self._owner.waits or passes_by_itself(report, cause)
        tone = "unknown" if calm else "failed"
        set_tone(self, "cause", tone)
        set_tone(self.head, "causehead", tone)
        set_tone(self.kicker, "tone", "undecided" if calm else "stopped")
        mark = "warning" if unknown else "clock" if calm else "failed"
        self._mark.show_icon(mark, ground="warning_soft" if calm else "danger_soft")

    def show_next(self, fixes: Sequence[Fix], report: Report | None) -> None:
        """The next click, and below it the steps that it does not replace."""
        self.next.go, self.next.test = self._owner.go, self._owner.test
        steps = self.text.steps if self.text is not None else ()
        step = next((s for s in steps if s.by is Actor.YOU and s.fields), None)
        kind = self._next_click(fixes, report, step)
        # What only a fix that asks for trust could do stays below the next click.
        ask = self.ask_button.text()
        self.next.show_next(kind, step, ask, told=bool(steps) and step is steps[0])
        self.ask_button.setVisible(self.cause is not None and kind is not NextClick.ASK)
        heading = ""
        if kind is NextClick.FIX:
            steps = _not_done_by(fixes, steps)
            heading = self.tr("If that does not help")
        elif kind is NextClick.FIELD and step is steps[0]:
            steps = steps[1:]
            only_ends = all(each.closing for each in steps)
            # Within a sign-in the next one is checked by itself.
            steps = () if only_ends and self.next.test is None else steps
            heading = "" if only_ends else self.tr("Then")
        elif kind is not None:
            heading = self.tr("What is to be done")
        self.steps.of_case = self._owner.of_case
        self.steps.show_steps(steps, heading, self.next.go, beside=self._owner.beside)

    def _next_click(
        self, fixes: Sequence[Fix], report: Report | None, step: StepText | None
    ) -> NextClick | None:
        if self.cause is None or self.text is None or self._owner.recorded:
            return None
        kind = next_click(
            report,
            self.cause,
            fixes,
            actors=self.text.actors,
            names_field=step is not None and self.next.go is not None,
        )
        if kind is NextClick.FIELD and step is not None and step.fields[0] == self._owner.beside:
            return None
        # Within a sign-in nobody tests.
        tests = kind in (NextClick.LATER, NextClick.TEST)
        return None if tests and self.next.test is None else kind

    def _ask(self) -> None:
        if self.cause is not None:
            self._owner.ask(self.cause)

    def _follow(self) -> None:
        self._owner.follow(self._link)

    def _show_help(self) -> None:
        self._owner.show_help(self.help_keys)


def help_keys_in(widget: QWidget) -> tuple[str, ...]:
    """What the causes that are seen in a window want help for."""
    cards = (each for each in widget.findChildren(CauseCard) if each.isVisible())
    return tuple(key for card in cards for key in card.help_keys)


def help_keys(cause: Cause | None, report: Report | None) -> tuple[str, ...]:
    """What help is wanted for: the cause with its kind of provider, the cause, else the stage."""
    stopped = report.stopped_at() if report is not None else None
    out = (f"cause:{cause.cause}.{cause.family}", f"cause:{cause.cause}") if cause else ()
    return (*out, f"stage:{stopped.stage}") if stopped is not None else out


def _not_done_by(fixes: Sequence[Fix], steps: Sequence[StepText]) -> tuple[StepText, ...]:
    """The steps that the fixes do not do, without those that only end the others."""
    done = {change.field for fix in fixes for change in fix.changes}
    if any(fix.draft is None for fix in fixes):
        done.add("authentication.sign_in")
    return tuple(s for s in steps if not s.closing and not done & set(s.fields))


class OtherCause(Fold):
    """A less likely cause, folded; nothing of it is built before it is opened."""

    def __init__(self, cause: Cause, owner: CauseCards) -> None:
        text = cause_text(cause, Face.WINDOW)
        likely = likelihood_text(cause.likelihood)
        super().__init__(text.title, owner.tr("– {0}").format(likely))
        self._owner = owner
        self.cause = cause
        self.text = text
        self.fold = self.button
        self.toggled.connect(self._build)

    def _build(self, opened: bool) -> None:
        if not opened or self.body.count():
            return
        self.body.setSpacing(10)
        self.facts = FactGrid()
        said = list(dict.fromkeys(said_lines(self.cause)))
        passes = passes_by_itself(self._owner._report, self.cause)
        of_case = self._owner.of_case
        where = partial(where_text, self)
        who = who_acts(self.text, passes=passes, where=where, of_case=of_case)
        self.facts.show_facts(self.text.explanation, said, who, "", self.cause)
        self.steps = StepRows()
        self.steps.of_case = of_case
        heading = self.tr("What is to be done")
        beside = self._owner.beside
        self.steps.show_steps(self.text.steps, heading, self._owner.go, beside=beside)
        self.ask_button = button(
            self.tr("{0}…").format(ask_title(self.cause, of_case=of_case)),
            lambda: self._owner.ask(self.cause),
        )
        self.body.addWidget(self.facts)
        self.facts.show()  # Qt would, a turn later
        self.body.addWidget(self.steps)
        keys = help_keys(self.cause, None)
        title = pages()[help_for(*keys).topic].title
        self.help_button = _help_button(
            self._owner.tr("Help: {0}").format(title), lambda: self._owner.show_help(keys)
        )
        row = FlowLayout(self.ask_button, self.help_button)
        link = helpful_link(self.text.link)
        if link:
            words = self.tr("Read more at {0}").format(urlsplit(link).hostname or "")
            self.link_button = button(
                words, lambda: self._owner.follow(link), icon="open", quiet=True
            )
            row.addWidget(self.link_button)
        self.body.addLayout(row)
        order_tabs(self._owner)


def _help_button(text: str, then: Callable[[], object]) -> QPushButton:
    """Leads to a page of the help; its title gives way where there is little room."""
    out = ElidedButton(text)
    out.setProperty("quiet", "true")
    dress(out, "help", "link")
    out.clicked.connect(lambda: then())
    return out
