"""The settings of the project that is shown: a page beside the list, with a bar to save them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.place import Place, Surroundings
from smtpwizard.gui.console.project_form import ProjectForm
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.widgets.elements import button, line, plain_label, separator
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.save_bar import SaveBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from smtpwizard.model.stored import Project

# How wide the fields are at most, in heights of a line.
WIDTH = 36


class ProjectPage(Place):
    """Name, environment and address of the project, and its end."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around.within)
        self._around = around
        self._others: tuple[str, ...] = ()
        self._saving = False
        self.question: QDialog | None = None
        self.form = ProjectForm()
        self.form.setMaximumWidth(self.fontMetrics().height() * WIDTH)
        self.remove_button = button(
            self.tr("Remove this project…"),
            around.window.projects.remove,
            icon="trash",
            danger=True,
        )
        self.remove_note = plain_label(tone="muted")
        self.bar = SaveBar()
        self.bar.saved.connect(self.save)
        self.bar.reset.connect(self.reset)
        self.form.changed.connect(self._show_state)
        shortcut = QShortcut(QKeySequence("Ctrl+S"), self)
        shortcut.activated.connect(self.save)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(RING_ROOM, RING_ROOM, 12, 12)
        column.setSpacing(20)
        row = QHBoxLayout()
        row.addWidget(self.form, 1)
        row.addStretch(0)
        column.addLayout(row)
        column.addWidget(separator())
        end = line(self.remove_button, self.remove_note, spacing=12)
        end.setStretch(1, 1)
        column.addLayout(end)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12)
        outer.addWidget(scrolling(content), 1)
        outer.addWidget(self.bar)

    # -- Place --------------------------------------------------------------------------------

    def arrive(self) -> None:
        if not self.unsaved:
            self.show_project()
        self._around.runner.submit(
            partial(jobs.list_projects, self._around.ws), self._listed, owner=self
        )

    def take_focus(self) -> None:
        self.form.name.editor.setFocus()

    def zones(self) -> list[QWidget]:
        bar = [self.bar.save_button] if self.bar.isVisible() else []
        return [self.form.name.editor, *bar]

    def next_step(self) -> QPushButton | None:
        return self.bar.save_button if self.bar.isVisible() and self._can_be_saved() else None

    @property
    def unsaved(self) -> int:
        return len(self.form.changes())

    def leave(self, then: Callable[[], object]) -> None:
        if not self.unsaved:
            then()
            return

        def answered(yes: bool) -> None:
            if yes:
                self.reset()
                then()

        name = self._around.ws.project.name
        self.question = self.bar.ask_to_discard(name, self.unsaved, answered)

    # -- what is done -------------------------------------------------------------------------

    def show_project(self) -> None:
        """Show the project as it was read last."""
        self.form.show_project(self._around.ws.project, self._others)

    def reset(self) -> None:
        """What was typed goes."""
        self.show_project()

    def save(self) -> None:
        """Save what is another."""
        self.form.touch()
        changes = self.form.changes()
        if not changes or not self._can_be_saved():
            return
        self._saving = True
        self._show_state()
        self._around.runner.submit(
            partial(jobs.save_project, self._around.ws, changes),
            self._saved,
            owner=self,
            must_finish=True,
        )

    def _saved(self, outcome: Outcome) -> None:
        self._saving = False
        if outcome.error is not None:
            self._around.zone.say("failed", self.tr("Not saved"), error_message(outcome.error))
            self._show_state()
            return
        self.show_project()
        self._around.zone.say("passed", self.tr("The project is saved"))
        self._around.window.projects.show_current()

    def _can_be_saved(self) -> bool:
        return not self.form.problems() and not self._saving

    def _listed(self, outcome: Outcome) -> None:
        if outcome.value is None:
            return
        projects: tuple[Project, ...] = outcome.value
        own = self._around.ws.project.id
        self._others = tuple(project.name for project in projects if project.id != own)
        self.form.set_taken(self._others)
        self.remove_button.setEnabled(bool(self._others))
        self.remove_note.setText(
            self.tr("Connectors that are still in it go along, if you agree.")
            if self._others
            else self.tr("It is the only one, and there has to be one.")
        )

    def _show_state(self) -> None:
        names = self.form.names_of(self.form.changes())
        self.bar.show_changes(names, complete=self._can_be_saved())
