"""What a failure means: ranked causes as cards, one open, the others folded; and below them how
what is known goes to others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import announce, button, plain_label
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.messages.causes import cause_text, likelihood_text, safe_link, seen_lines
from smtpwizard.messages.face import Face
from smtpwizard.messages.passing_on import ask_title, request_text, summary_text
from smtpwizard.messages.verification import acting_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Cause, Report
from smtpwizard.usecases.program import program_line

MAX_CAUSES = 3
MAX_EVIDENCE = 5


class CauseCards(QWidget):
    """Shows causes, most likely first; at most one of them is open.

    `case_wanted` is emitted with the report that is to become a case.
    """

    case_wanted = Signal(object)

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._causes: tuple[Cause, ...] = ()
        self._report: Report | None = None
        self._connector: Connector | None = None
        self._saves_cases = True
        self.cards: list[CauseCard] = []
        self.dialog: QWidget | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        layout.addLayout(self._column)
        self.copy_button = button(self.tr("Copy as text"), self._copy)
        self.ask_button = button(self.tr("Ask your mail administrator…"), self._ask)
        line = QHBoxLayout()
        line.setSpacing(8)
        self.case_button = button(self.tr("Save a case…"), self._want_case)
        self.case_button.setAccessibleDescription(
            self.tr("One readable file for the person who helps you, without passwords")
        )
        line.addWidget(self.copy_button)
        line.addWidget(self.ask_button)
        line.addWidget(self.case_button)
        line.addStretch(1)
        layout.addLayout(line)
        self.hide()

    def show_causes(
        self,
        causes: Sequence[Cause],
        report: Report | None = None,
        connector: Connector | None = None,
    ) -> None:
        """Put these causes on the cards, the first one open; with neither a cause nor a report
        nothing is shown."""
        for old in self.cards:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._causes = tuple(causes[:MAX_CAUSES])
        self._report = report
        self._connector = connector
        self.cards = [CauseCard(cause, self._open_one, self._follow) for cause in self._causes]
        for each in self.cards:
            self._column.addWidget(each)
        for number, each in enumerate(self.cards):
            each.set_open(number == 0)
        self._name_addressee()
        self.ask_button.setVisible(bool(self.cards))
        self.copy_button.setVisible(report is not None)
        self.case_button.setVisible(report is not None and self._saves_cases)
        self.setVisible(bool(self.cards) or report is not None)

    def save_elsewhere(self) -> None:
        """No case is saved from here: it is one already, or there is another button for it."""
        self._saves_cases = False
        self.case_button.hide()

    def offer(self, buttons: Sequence[str]) -> None:
        """Say on the first card what the buttons above it would try at once."""
        if self.cards:
            self.cards[0].offer(buttons)

    def _name_addressee(self) -> None:
        """The message goes to whom the open cause concerns."""
        if self.cards:
            self.ask_button.setText(self.tr("{0}…").format(ask_title(self._chosen())))

    def _open_one(self, chosen: CauseCard) -> None:
        opening = not chosen.is_open
        for each in self.cards:
            each.set_open(opening and each is chosen)
        self._name_addressee()

    def _follow(self, url: str) -> None:
        self._runner.submit(partial(jobs.open_page, url), lambda _: None)

    def _chosen(self) -> Cause:
        """The open cause; the likeliest where all are folded."""
        for each in self.cards:
            if each.is_open:
                return each.cause
        return self._causes[0]

    def _copy(self) -> None:
        if self._report is not None:
            text = summary_text(self._report, self._connector, program=program_line())
            QGuiApplication.clipboard().setText(text)
            announce(self.copy_button, self.tr("Copied"))

    def _want_case(self) -> None:
        if self._report is not None:
            self.case_wanted.emit(self._report)

    def _ask(self) -> None:
        dialog = TextDialog(
            self.window(),
            ask_title(self._chosen()),
            self.tr(
                "Ready to send. It holds no password and no token. Read it before you send it."
            ),
            request_text(self._chosen(), Face.WINDOW, self._report, self._connector),
        )
        self.dialog = dialog
        dialog.open()


class CauseCard(QFrame):
    """One cause: a button that opens and folds it, and all that is known about it."""

    def __init__(
        self,
        cause: Cause,
        toggled: Callable[[CauseCard], None],
        follow: Callable[[str], None],
    ) -> None:
        super().__init__()
        # What passes by itself is no alarm.
        self.setProperty("card", "warning" if cause.retryable else "error")
        self.cause = cause
        self.text = cause_text(cause, Face.WINDOW)
        self.is_open = False
        self.fold = QToolButton()
        self.fold.setText(
            self.tr("{0} – {1}").format(self.text.title, likelihood_text(cause.likelihood))
        )
        self.fold.setProperty("disclosure", "true")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fold.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.fold.clicked.connect(lambda: toggled(self))
        self.body = self._build_body(follow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 12, 4)
        layout.setSpacing(2)
        layout.addWidget(self.fold)
        layout.addWidget(self.body)
        self.set_open(False)

    def _build_body(self, follow: Callable[[str], None]) -> QWidget:
        cause, text = self.cause, self.text
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(22, 2, 0, 6)
        column.setSpacing(5)
        column.addWidget(plain_label(text.explanation))
        self.offered = plain_label()
        self.offered.hide()
        column.addWidget(self.offered)
        who = self.tr("To act: {0}").format(acting_text(text.actors))
        if cause.retryable:
            who += " · " + self.tr("The same may work later.")
        column.addWidget(plain_label(who))
        column.addWidget(plain_label(self.tr("What to do"), heading="true"))
        for step in text.remedy.splitlines():
            column.addWidget(plain_label(step))
        for line in seen_lines(cause)[:MAX_EVIDENCE]:
            column.addWidget(plain_label(clean_text(line, 600), tone="hint"))
        link = safe_link(text.link)
        if link:
            self.link_button = button(
                self.tr("Read more at {0}").format(urlsplit(link).hostname or ""),
                lambda: follow(link),
            )
            more = QHBoxLayout()
            more.addWidget(self.link_button)
            if text.checked:
                more.addWidget(
                    plain_label(self.tr("Checked {0}").format(text.checked), tone="hint")
                )
            more.addStretch(1)
            column.addLayout(more)
        return body

    def offer(self, buttons: Sequence[str]) -> None:
        """Name the buttons that try something at once; none says nothing."""
        names = self.tr(", ").join(f"“{name}”" for name in buttons)
        self.offered.setText(self.tr("Can be tried at once, above: {0}").format(names))
        self.offered.setVisible(bool(buttons))

    def set_open(self, opened: bool) -> None:
        """Open or fold; said with the button's description for a screen reader."""
        self.is_open = opened
        self.body.setVisible(opened)
        arrow = Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow
        self.fold.setArrowType(arrow)
        self.fold.setAccessibleDescription(self.tr("open") if opened else self.tr("folded"))
