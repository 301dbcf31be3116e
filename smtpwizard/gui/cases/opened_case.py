"""A customer's case: what they saw, and what a colleague can do with it. Read only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.cases.case_side import CaseSteps, FactsCard, ReplacedCard
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import ask, tell
from smtpwizard.gui.widgets.elements import (
    button,
    line,
    literal,
    note_card,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.in_turns import Turns, do_in_turns
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.messages.cases import agreement_text, environment_lines, replaced_text
from smtpwizard.messages.history import run_lines
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from pathlib import Path

    from smtpwizard.gui.cases.try_change import Begun
    from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
    from smtpwizard.usecases.open_case import OpenedCase, Other, OwnRuns
    from smtpwizard.usecases.workspace import Workspace

# How wide what stands beside the findings is, in heights of a line.
_SIDE = 19
# So many of a connector's tests are offered to compare with; the others are in its history.
_MOST_RUNS = 10
_MOST_NAME = 60


class CaseInHand(NamedTuple):
    """A case that is open, and what of an answer to it is begun; `answered`: it is written."""

    case: OpenedCase
    file_name: str
    begun: Begun | None = None
    answered: bool = False

    @property
    def is_unfinished(self) -> bool:
        """Whether something would be lost with it."""
        return self.begun is not None and self.begun.is_own and not self.answered


class OpenedCaseView(QWidget):
    """A place to work on a case: nothing of it touches the user's keyring or network, and of a
    project nothing is changed. What takes long is built in turns. Its `buttons` are for the head
    of its page.

    `closed`: it is not wanted any more; `back`: the other cases are; `changed`: what is `in_hand`
    is another. `replaying` is emitted with the wizard that *Replay here* opens.
    """

    closed = Signal()
    back = Signal()
    changed = Signal()
    replaying = Signal(object)

    def __init__(
        self, ws: Workspace, runner: Runner, in_hand: CaseInHand, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        # For what is known of providers; and what was tested here of a case made here.
        self._ws = ws
        self._runner = runner
        self.in_hand = in_hand
        self.others: Callable[[], Sequence[CaseInHand]] = tuple
        """What else is open."""
        self._own_runs: OwnRuns | None = None
        self.wizard: ConnectorWizard | None = None
        self.dialog: QDialog | None = None
        self._question: QDialog | None = None
        self.steps = CaseSteps()
        self.steps.replay.connect(self.replay)
        self.steps.try_change.connect(self.try_change)
        self.steps.write_answer.connect(self.write_answer)
        self.replay_button = self.steps.replay_button
        self.try_button = self.steps.try_button
        self.answer_button = self.steps.answer_button
        self._next: QPushButton = self.replay_button
        outer = QVBoxLayout(self)
        outer.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        self.buttons = self._build_buttons()
        # From the outside to the inside: a tree that is moved is looked at whole each time.
        area = QScrollArea(self)
        outer.addWidget(area, 1)
        page = QWidget(area.viewport())
        scrolling(page, area)
        self._findings, self._side = QVBoxLayout(), QVBoxLayout()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 12, 0)
        columns.setSpacing(16)
        columns.addLayout(self._findings, 1)
        side = QWidget()
        side.setFixedWidth(self.fontMetrics().height() * _SIDE)
        side.setLayout(self._side)
        columns.addWidget(side)
        for column in (self._findings, self._side):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(12)
        self._side.addWidget(self.steps)
        self._side.addStretch(1)
        back = QShortcut(QKeySequence(QKeySequence.StandardKey.Back), self)  # in the head, too
        back.activated.connect(self.back)
        self._building: Turns | None = None
        self._begun = self.is_built = False

    @property
    def case(self) -> OpenedCase:
        return self.in_hand.case

    # -- building -----------------------------------------------------------------------------

    def _build_buttons(self) -> QWidget:
        """What stands beside the title: the page's head takes it."""
        self.read_button = button(self.tr("Read the fi&le…"), self.read_file, icon="list")
        self.compare_button = button(self.tr("Co&mpare with"), lambda: None, icon="compare")
        self.compare_button.setProperty("opens", "menu")
        self.compare_menu = QMenu(self.compare_button)
        self.compare_menu.aboutToShow.connect(self._fill_compare_menu)
        self.compare_button.setMenu(self.compare_menu)
        self.close_button = button(self.tr("Close"), self.close_case)
        buttons = QWidget(self)
        buttons.setLayout(line(self.compare_button, self.read_button, self.close_button))
        buttons.hide()
        return buttons

    def _build(self) -> Iterator[None]:
        case = self.case
        if case.note:
            words = self.tr("“{0}” – the note that came with it").format(case.note)
            self._findings.addWidget(note_card(words, "info")[0])
        yield
        self.view = StageView(self._runner, recorded=True)
        self.view.causes.of_case = True
        self.view.causes.found_by = agreement_text(case.differences)
        self.view.hide()  # it comes whole
        self._findings.addWidget(self.view, 1)
        yield
        report, connector = case.recording.report, case.recording.connector
        self.view.show_report(report, connector)
        self.view.say_verdict(report, connector.server.host)
        yield
        self.view.transcript.set_open(True)
        yield
        nothing = self.tr("Nothing is known.")
        environment = environment_lines(case.environment, case.same_rules)
        replaced = replaced_text(case.replaced).splitlines()
        for number, each in enumerate(
            (
                FactsCard(self.tr("The customer's environment"), environment, nothing),
                ReplacedCard(replaced, nothing, case.secret_at),
            ),
            1,
        ):
            self._side.insertWidget(number, each)
        self.view.show()
        self._building, self.is_built = None, True

    def showEvent(self, event: QShowEvent) -> None:
        """What nobody looks at is not built."""
        super().showEvent(event)
        self._runner.submit(
            partial(jobs.own_runs, self._ws, self.case), self._own_runs_read, owner=self
        )
        if not self._begun:
            self._begun = True
            self._building = do_in_turns(self, self._build())

    def finish(self) -> None:
        """Build at once what is still to be built of what is shown."""
        building, self._building = self._building, None
        if building is not None:
            building.finish()

    # -- where it is shown --------------------------------------------------------------------

    def next_step(self) -> QPushButton:
        """The button that is filled."""
        return self._next

    def take_focus(self) -> None:
        self._next.setFocus()

    def zones(self) -> list[QWidget]:
        """Where F6 leads to."""
        return [self.replay_button, self.compare_button]

    def _lead_to(self, push: QPushButton, *, focus: bool = False) -> None:
        self._next = push
        if self.isVisible():
            set_next_step(push)
            if focus:
                push.setFocus()

    def close_case(self) -> None:
        """Let go of the case; asks where something would be lost."""
        if not self.in_hand.is_unfinished:
            self.closed.emit()
            return
        self._question = ask(
            self.window(),
            self._title(),
            self.tr("The answer to this case is not saved. Close the case anyway?"),
            self.tr("What you tried and wrote is lost then. Write the answer… saves it."),
            self.tr("Close the case"),
            self.tr("Keep it open"),
            lambda yes: self.closed.emit() if yes else None,
            destructive=True,
        )

    def _title(self) -> str:
        return self.tr("Case – {0}").format(self.in_hand.file_name)

    # -- what one can do ----------------------------------------------------------------------

    def replay(self) -> None:
        """Open the wizard's own pages on a copy, over the recorded server."""
        if self.wizard is not None:
            self.wizard.activateWindow()
            return
        self._runner.submit(partial(jobs.open_replay, self.case), self._replay, owner=self)

    def _replay(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            tell(self.window(), self._title(), error_message(outcome.error))
            return
        from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard  # noqa: PLC0415 - the wizard, on request

        ws, listed = outcome.value
        wizard = ConnectorWizard(
            ws,
            self._runner,
            SecretStoreRecovery(ws, self._runner, PassphraseKeeper()),
            taken_names=frozenset(),
            listed=listed,
            parent=self,
        )
        wizard.setWindowTitle(self.tr("Replay – {0}").format(self.case.name))
        self.wizard = wizard
        wizard.finished.connect(lambda _: self._replayed(ws.data_dir))
        self.replaying.emit(wizard)
        wizard.open()
        wizard.start_test()

    def _replayed(self, folder: Path) -> None:
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            wizard.deleteLater()
        self._runner.submit(partial(jobs.close_replay, folder), lambda _: None)
        self._lead_to(self.try_button, focus=True)

    def try_change(self) -> None:
        """What would that fix have done?"""
        self._open_changes(self.try_button)

    def write_answer(self) -> None:
        """The changes and a sentence, as a file for the customer."""
        self._open_changes(self.answer_button)

    def _open_changes(self, push: QWidget) -> None:
        from smtpwizard.gui.cases.try_change import TryChangeDialog  # noqa: PLC0415 - on request

        dialog = TryChangeDialog(self._ws, self._runner, self.case, self, self.in_hand.begun)
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._keep(dialog.begun()))
        dialog.finished.connect(lambda _: self._lead_to(self._next, focus=True))
        dialog.written.connect(lambda _: self._answered(dialog.begun()))
        dialog.open()
        if push is self.answer_button:
            dialog.note_edit.setFocus()

    def _answered(self, begun: Begun) -> None:
        self.in_hand = self.in_hand._replace(begun=begun, answered=True)
        self._lead_to(self.close_button)
        self.changed.emit()

    def _keep(self, begun: Begun) -> None:
        """What was tried is there again when the answer is written."""
        answered = self.in_hand.answered and begun == self.in_hand.begun
        self.in_hand = self.in_hand._replace(begun=begun, answered=answered)
        self.changed.emit()

    def read_file(self) -> None:
        """The file as it came."""
        dialog = TextDialog(
            self,
            self.tr("The file"),
            self.tr("All of the case, as it came."),
            self.case.text,
        )
        self.dialog = dialog
        dialog.open()

    # -- comparing ----------------------------------------------------------------------------

    def _own_runs_read(self, outcome: Outcome) -> None:
        """Where they cannot be read, they are not offered: their connector says why."""
        self._own_runs = outcome.value if outcome.error is None else None

    def _fill_compare_menu(self) -> None:
        """The other open cases, the tests of the connector that it was made of, and a file."""
        menu = self.compare_menu
        menu.clear()
        for in_hand in self.others():
            if in_hand.case.sha256 != self.case.sha256:
                name = clean_text(in_hand.file_name, _MOST_NAME)
                put = partial(self.compare_with, in_hand.case, name)
                menu.addAction(literal(name)).triggered.connect(lambda _=False, put=put: put())
        if self._own_runs is not None and self._own_runs.runs:
            stored, runs = self._own_runs.stored, self._own_runs.runs[:_MOST_RUNS]
            menu.addSeparator()
            for run, text in zip(runs, run_lines(stored.connector.name, runs), strict=True):
                put = partial(self.compare_with, (stored, run.id), text)
                menu.addAction(literal(text)).triggered.connect(lambda _=False, put=put: put())
        menu.addSeparator()
        menu.addAction(self.tr("A &file…")).triggered.connect(lambda: self.compare_with_file())

    def compare_with_file(self) -> None:
        """Choose a file to put beside this case."""
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415 - on request

        dialog = QFileDialog(self, self.tr("Compare with"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Cases (*.smtpcase)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(
            lambda path: self.compare_with(path, clean_text(PurePath(path).name, _MOST_NAME))
        )
        self.dialog = dialog
        dialog.open()

    def compare_with(self, other: Other, name: str) -> None:
        """Put something of this name beside the case: another one, a file, or a test."""

        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                tell(self.window(), self._title(), error_message(outcome.error))
                return
            from smtpwizard.gui.cases.compare import CompareDialog  # noqa: PLC0415 - on request

            self.dialog = CompareDialog(self, outcome.value, self.tr("This case"), name)
            self.dialog.open()

        self._runner.submit(
            partial(jobs.compare_case, self._ws, self.case, other), done, owner=self
        )
