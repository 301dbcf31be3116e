"""A customer's case: what they saw, and what a colleague can do with it. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.cases.compare import CompareDialog
from smtpwizard.gui.cases.try_change import Begun, TryChangeDialog
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    card,
    line,
    note_card,
    plain_label,
    separator,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.messages.cases import agreement_text, environment_lines, made_text, replaced_text

if TYPE_CHECKING:
    from pathlib import Path

    from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
    from smtpwizard.usecases.open_case import OpenedCase
    from smtpwizard.usecases.workspace import Workspace


def _facts(lines: Sequence[str]) -> QGridLayout:
    """Facts, each said as “name: value”, in two columns."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for row, text in enumerate(lines):
        name, _, value = text.partition(": ")
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0, top)
        grid.addWidget(plain_label(breakable(value)), row, 1)
    return grid


class OpenedCaseDialog(QDialog):
    """A place to work on a case: nothing of it touches the user's own projects, keyring or
    network.

    `replaying` is emitted with the wizard that *Replay here* opens.
    """

    replaying = Signal(object)

    def __init__(
        self, ws: Workspace, runner: Runner, case: OpenedCase, file_name: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self._ws = ws  # for what is known of providers, and nothing else
        self._runner = runner
        offer_help(self, runner, "dialog:case")
        self.case = case
        self.wizard: ConnectorWizard | None = None
        self.dialog: QDialog | None = None
        self.setWindowTitle(self.tr("Case – {0}").format(file_name))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(10)
        outer.addLayout(self._build_head())
        columns = QHBoxLayout()
        columns.setSpacing(16)
        columns.addWidget(scrolling(self._build_findings()), 2)
        columns.addWidget(self._beside(self._build_side()), 1)
        outer.addLayout(columns, 1)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 68, room.width() * 19 // 20), min(em * 50, room.height() * 19 // 20))
        connector = case.recording.connector
        self.view.show_report(case.recording.report, connector)
        self.view.say_verdict(case.recording.report, connector.server.host)
        self._begun: Begun | None = None
        set_next_step(self.replay_button)
        self.replay_button.setFocus()

    # -- building -----------------------------------------------------------------------------

    def _build_head(self) -> QHBoxLayout:
        titles = QVBoxLayout()
        titles.setSpacing(2)
        name = line(
            plain_label(self.case.name, heading="large", wrap=False),
            Pill(self.tr("A customer's case, read only")),
            None,
        )
        titles.addLayout(name)
        titles.addWidget(plain_label(made_text(self.case.manifest), tone="hint"))
        self.read_button = button(self.tr("Read the &file…"), self.read_file, icon="list")
        self.compare_button = button(self.tr("&Compare with…"), self.compare, icon="compare")
        self.close_button = button(self.tr("Close"), self.reject)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(titles, 1)
        for push in (self.compare_button, self.read_button, self.close_button):
            head.addWidget(push, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _build_findings(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(10)
        if self.case.note:
            frame, _ = note_card(
                self.tr("“{0}” – the note that came with it").format(self.case.note), "info"
            )
            column.addWidget(frame)
        self.agreement_label = plain_label(agreement_text(self.case.differences), tone="hint")
        column.addWidget(self.agreement_label)
        self.view = StageView(self._runner, recorded=True)
        self.view.causes.of_case = True
        column.addWidget(self.view, 1)
        return page

    def _build_side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(6, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._build_actions())
        for title, lines in (
            (self.tr("The customer's environment"), environment_lines(self.case.environment)),
            (self.tr("Replaced before it left"), replaced_text(self.case.replaced).splitlines()),
        ):
            frame = card()
            inner = QVBoxLayout(frame)
            inner.setContentsMargins(16, 12, 16, 14)
            inner.setSpacing(8)
            inner.addWidget(plain_label(title, heading="section"))
            inner.addLayout(_facts(lines))
            if not lines:
                inner.addWidget(plain_label(self.tr("Nothing is known."), tone="quiet"))
            column.addWidget(frame)
        column.addStretch(1)
        return side

    @staticmethod
    def _beside(side: QWidget) -> QWidget:
        """Scrolls up and down; never so narrow that it would scroll sideways."""
        area = scrolling(side)
        bar = area.verticalScrollBar().sizeHint().width()
        area.setMinimumWidth(side.minimumSizeHint().width() + bar)
        return area

    def _build_actions(self) -> QWidget:
        frame = card()
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(16, 12, 16, 14)
        inner.setSpacing(12)
        inner.addWidget(plain_label(self.tr("What you can do"), heading="section"))
        self.replay_button = button(self.tr("&Replay here"), self.replay, icon="play")
        self.try_button = button(self.tr("&Try a change…"), self.try_change, icon="flask")
        self.answer_button = button(self.tr("&Write the answer…"), self.write_answer, icon="edit")
        steps = (
            (
                self.tr("See it yourself"),
                self.tr("The recorded server runs on this computer. Nothing reaches the customer."),
                self.replay_button,
            ),
            (
                self.tr("Try a change against the record"),
                self.tr("Port, encryption method, user, mechanism and more."),
                self.try_button,
            ),
            (
                self.tr("Send it back"),
                self.tr("A file that the customer opens, reads, and applies or not."),
                self.answer_button,
            ),
        )
        for count, (title, words, push) in enumerate(steps, 1):
            number = plain_label(str(count), wrap=False)
            number.setProperty("number", "step")
            number.setAlignment(Qt.AlignmentFlag.AlignCenter)
            side = round(number.fontMetrics().height() * 1.7)
            number.setFixedSize(side, side)
            step = QVBoxLayout()
            step.setSpacing(4)
            step.addWidget(plain_label(title, heading="true"))
            step.addWidget(plain_label(words, tone="hint"))
            step.addWidget(push, 0, Qt.AlignmentFlag.AlignLeft)
            row = QHBoxLayout()
            row.setSpacing(12)
            row.addWidget(number, 0, Qt.AlignmentFlag.AlignTop)
            row.addLayout(step, 1)
            if push is not self.replay_button:
                inner.addWidget(separator())
            inner.addLayout(row)
        return frame

    # -- what one can do ----------------------------------------------------------------------

    def replay(self) -> None:
        """Open the wizard's own pages on a copy, over the recorded server."""
        if self.wizard is not None:
            self.wizard.activateWindow()
            return
        self._runner.submit(partial(jobs.open_replay, self.case), self._replay, owner=self)

    def _replay(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            tell(self, self.windowTitle(), error_message(outcome.error))
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
        wizard.go_to_test()

    def _replayed(self, folder: Path) -> None:
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            wizard.deleteLater()
        self._runner.submit(partial(jobs.close_replay, folder), lambda _: None)
        set_next_step(self.try_button)
        self.try_button.setFocus()

    def try_change(self) -> None:
        """What would that fix have done?"""
        self._open_changes(self.try_button)

    def write_answer(self) -> None:
        """The changes and a sentence, as a file for the customer."""
        self._open_changes(self.answer_button)

    def _open_changes(self, push: QWidget) -> None:
        dialog = TryChangeDialog(self._ws, self._runner, self.case, self, self._begun)
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._keep(dialog))
        dialog.written.connect(lambda _: set_next_step(self.close_button))
        dialog.open()
        if push is self.answer_button:
            dialog.note_edit.setFocus()

    def _keep(self, dialog: TryChangeDialog) -> None:
        """What was tried is there again when the answer is written."""
        self._begun = dialog.begun()

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

    def compare(self) -> None:
        """Choose another case to put beside this one."""
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415 - on request

        dialog = QFileDialog(self, self.tr("Compare with"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Cases (*.smtpcase)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.compare_with)
        self.dialog = dialog
        dialog.open()

    def compare_with(self, path: str) -> None:
        """Put the case of this file beside this one."""

        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                tell(self, self.windowTitle(), error_message(outcome.error))
                return
            found, name = outcome.value
            self.dialog = CompareDialog(self, found, self.tr("This case"), name)
            self.dialog.open()

        self._runner.submit(
            partial(jobs.compare_cases, self._ws, self.case, path), done, owner=self
        )

    def reject(self) -> None:
        if self.wizard is not None:
            self.wizard.activateWindow()
            return
        super().reject()
