"""Other starts of the program on the same data folder: they bring this window forward."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.tasks import Outcome, Runner

if TYPE_CHECKING:
    from smtpwizard.gui.console.main_window import MainWindow
    from smtpwizard.usecases.one_window import OneWindow, Request


class OtherStarts(QObject):
    """Watches for what they ask, and does it."""

    def __init__(self, one: OneWindow, runner: Runner, window: MainWindow) -> None:
        super().__init__(window)
        self._one = one
        self._runner = runner
        self._window = window
        self._watcher = QFileSystemWatcher([str(one.folder)], self)
        self._watcher.directoryChanged.connect(lambda _: self.look())
        self.look()  # somebody may have asked while this one was starting

    def look(self) -> None:
        """Take what was asked for."""
        self._runner.submit(partial(jobs.take_requests, self._one), self._taken, owner=self)

    def _taken(self, outcome: Outcome) -> None:
        requests: Sequence[Request] = outcome.value or ()
        for request in requests:
            self._serve(request)

    def _serve(self, request: Request) -> None:
        bring_forward(self._window, request.token)
        if request.project is None:
            self._do(request)
        else:
            self._window.in_project(request.project, partial(self._do, request))

    def _do(self, request: Request) -> None:
        if request.new:
            self._window.new()
        if request.file is not None:
            self._window.open_file(request.file)


def bring_forward(window: QWidget, token: str | None) -> None:
    """Put the window in front, or the dialog that it waits for."""
    name = "XDG_ACTIVATION_TOKEN"
    if token:  # Wayland lets nobody come forward without what the other start was given
        os.environ[name] = token
    if window.windowState() & Qt.WindowState.WindowMinimized:
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    shown = QApplication.activeModalWidget() or window
    shown.raise_()
    shown.activateWindow()
    QApplication.alert(shown)
    if token:
        os.environ.pop(name, None)
