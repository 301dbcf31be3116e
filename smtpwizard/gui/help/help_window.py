"""Help in a window of its own, beside what it is about: that stays in use."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smtpwizard.gui.help.help_view import HelpView
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import button, line
from smtpwizard.usecases.help import help_for


class HelpWindow(QDialog):
    """One beside each window; it closes with that."""

    def __init__(self, parent: QWidget, runner: Runner) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(self.tr("Help"))
        self.view = HelpView(runner)
        self.close_button = button(self.tr("Close"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.view, 1)
        column.addLayout(line(None, self.close_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 52, room.width() * 9 // 10), min(em * 38, room.height() * 9 // 10))

    @classmethod
    def beside(cls, host: QWidget, runner: Runner, *keys: str) -> HelpWindow:
        """The one of this window, turned to the page that the first of these keys leads to."""
        options = Qt.FindChildOption.FindDirectChildrenOnly
        shown = (each for each in host.findChildren(cls, options=options) if each.isVisible())
        window = next(shown, None) or cls(host, runner)
        window.view.show_target(help_for(*keys))
        window.show()
        window.activateWindow()
        window.view.text.setFocus(Qt.FocusReason.OtherFocusReason)
        return window
