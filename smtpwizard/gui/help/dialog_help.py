"""F1 in every dialog that says in its property `help` what it is about."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.tasks import Runner

PROPERTY = "help"
_OFFERED = "help_offered"


class DialogHelp(QObject):
    """Gives each such dialog its key when it first has the focus: they need know no help."""

    def __init__(self, window: QWidget, runner: Runner) -> None:
        super().__init__(window)
        self._runner = runner
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._moved)

    def _moved(self, _: QWidget | None, now: QWidget | None) -> None:
        dialog = now.window() if now is not None else None
        if not isinstance(dialog, QDialog) or dialog.property(_OFFERED):
            return
        key = dialog.property(PROPERTY)
        if isinstance(key, str) and key:
            dialog.setProperty(_OFFERED, True)
            offer_help(dialog, self._runner, key)
