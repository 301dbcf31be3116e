"""Watches what happens around the window: the desktop's colours, and other programs' changes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.widgets.style import (
    Theme,
    apply_style,
    follow_desktop,
    set_theme,
    theme_in_force,
)

# A refresh that follows the window's activation waits this long, ms: clicks come first.
REFRESH_AFTER_MS = 200


class FileOpenWatcher(QObject):
    """An event filter on the application of macOS, which hands over the files to open as events."""

    def __init__(self, application: QApplication, window: MainWindow) -> None:
        super().__init__(application)
        self._window = window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self._window.open_file(event.file())
            return True
        return False


class DesktopWatcher(QObject):
    """An event filter on the main window; restyles the application and refreshes the list."""

    def __init__(self, application: QApplication, window: MainWindow) -> None:
        super().__init__(window)
        self._application = application
        self._window = window
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(REFRESH_AFTER_MS)
        self._refresh.timeout.connect(self._look_again)
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.timeout.connect(lambda: follow_desktop(application))
        self._restyle = QTimer(self)
        self._restyle.setSingleShot(True)
        self._restyle.timeout.connect(lambda: apply_style(application))

    def _look_again(self) -> None:
        """The user comes from elsewhere, where connectors and settings may have been changed."""
        self._window.refresh()
        self._window.read_theme(self._wear)

    def _wear(self, theme: Theme) -> None:
        if theme != theme_in_force():
            set_theme(self._application, theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.WindowActivate:
            self._refresh.start()
        elif kind == QEvent.Type.ThemeChange:
            self._follow.start(0)
        elif kind == QEvent.Type.ApplicationFontChange:
            self._restyle.start(0)
        return False
