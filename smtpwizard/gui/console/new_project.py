"""A new project: its name, and what else is known of it already."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.project_form import ProjectForm
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import button, line, plain_label, set_next_step
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.model.stored import Project

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpwizard.usecases.workspace import Workspace


class NewProjectDialog(QDialog):
    """`created` comes with the project; the window goes there then."""

    created = Signal(object)

    def __init__(
        self, ws: Workspace, runner: Runner, taken: Iterable[str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "place:project")
        self._ws = ws
        self._runner = runner
        self._saving = False
        self.finished.connect(self.deleteLater)
        offer_help(self, runner, "place:project")
        self.setWindowTitle(self.tr("New project"))
        self.form = ProjectForm()
        self.form.show_project(Project("", ""), taken)
        self.said = plain_label(tone="danger")
        self.said.hide()
        self.create_button = button(self.tr("&Create"), self.create_project)
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(RING_ROOM, 2, 10, 2)
        inner.addWidget(self.form)
        inner.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24 - RING_ROOM, 20, 24 - RING_ROOM, 16)
        layout.setSpacing(12)
        title = plain_label(self.tr("New project"), heading="page")
        sentence = plain_label(
            self.tr("Its connectors, settings and dates are its own. It starts empty."),
            tone="quiet",
        )
        for label in (title, sentence, self.said):
            label.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        for label in (title, sentence):
            layout.addWidget(label)
        layout.addWidget(scrolling(content), 1)
        layout.addWidget(self.said)
        buttons = line(None, self.cancel_button, self.create_button)
        buttons.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        layout.addLayout(buttons)
        self.form.changed.connect(self._show_state)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 36, room.width() * 9 // 10), min(em * 38, room.height() * 9 // 10))
        self._show_state()
        self.form.name.editor.setFocus()

    def create_project(self) -> None:
        """Create it, unless something is wrong, which is said then."""
        self.form.touch()
        if self.form.problems() or self._saving:
            return
        self._saving = True
        self._show_state()
        self._runner.submit(
            partial(jobs.create_project, self._ws, self.form.values()),
            self._created,
            owner=self,
            must_finish=True,
        )

    def _created(self, outcome: Outcome) -> None:
        self._saving = False
        if outcome.error is not None:
            self.said.setText(error_message(outcome.error))
            self.said.show()
            self._show_state()
            return
        self.accept()
        self.created.emit(outcome.value)

    def _show_state(self) -> None:
        complete = not self.form.problems() and not self._saving
        self.create_button.setEnabled(complete)
        set_next_step(self.create_button if complete else None, self)
