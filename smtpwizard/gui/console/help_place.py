"""Help as a page of the window."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.gui.console.place import Place
from smtpwizard.gui.help.help_view import HelpView
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.usecases.help import help_for


class HelpPlace(Place):
    """What was read stays open when one comes back."""

    def __init__(self, runner: Runner, within: QWidget) -> None:
        super().__init__(within)
        self.view = HelpView(runner)
        column = QVBoxLayout(self)
        column.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        column.addWidget(self.view)
        self.view.show_target(help_for())

    def take_focus(self) -> None:
        self.view.search_edit.setFocus()

    def zones(self) -> list[QWidget]:
        return [self.view.search_edit, self.view.list, self.view.text]
