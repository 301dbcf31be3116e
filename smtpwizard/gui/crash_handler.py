"""The last resort for bugs: one redacted dialog, and the application lives on.

Never shows or keeps an exception's message: it may hold what a user typed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from smtpwizard import __version__
from smtpwizard.gui.widgets.dialogs import tell
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext, QtMsgType
    from PySide6.QtWidgets import QMessageBox

    from smtpwizard.usecases.log import EventLog

MAX_FRAMES = 30

# What Qt warns of though all is well: offscreen windows, and screen readers that ask for nodes
# which are gone.
NOISE = (
    "This plugin does not support propagateSizeHints",
    "This plugin does not support raise()",
    "Could not find accessible on path",
    "AtSpiAdaptor::",
)


def describe(error: BaseException) -> list[str]:
    """The kind of an exception and where it came from; neither its message nor any value."""
    lines = [type(error).__name__]
    trace: TracebackType | None = error.__traceback__
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        place = "/".join(code.co_filename.replace("\\", "/").rsplit("/", 3)[1:])
        frames.append(f"{place}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return lines + frames[-MAX_FRAMES:]


class CrashHandler:
    """Hears of every exception nobody expected."""

    def __init__(self, log: Callable[[], EventLog]) -> None:
        """`log` opens the log, once there is something to write."""
        self._log = log
        self._parent: QWidget | None = None
        self._box: QMessageBox | None = None
        self._listening = False

    @contextmanager
    def in_charge(self, parent: QWidget) -> Iterator[None]:
        """Take Python's hooks while the block runs."""
        before = sys.excepthook, threading.excepthook
        self._parent = parent
        sys.excepthook = lambda kind, error, trace: self.report(error)
        threading.excepthook = lambda args: self._write(args.exc_value)
        try:
            yield
        finally:
            if self._listening:
                qInstallMessageHandler(None)
                self._listening = False
            sys.excepthook, threading.excepthook = before
            self._parent = None

    def listen_to_qt(self) -> None:
        """Take over Qt's own warnings; left to Qt until the window stands."""
        self._listening = True
        qInstallMessageHandler(self._qt_message)

    def report(self, error: BaseException) -> None:
        """Write the error down and show it, one at a time; only on the window's thread."""
        lines = self._write(error)
        if self._box is not None or self._parent is None:
            return
        # Over whatever window is in use: a wizard may be blocking the main one.
        box = tell(
            QApplication.activeModalWidget() or self._parent,
            self._parent.tr("A mistake of smtpwizard"),
            self._parent.tr("smtpwizard made a mistake here; your settings are safe."),
            self._parent.tr(
                "You can go on. The report says where in the program it was, and nothing of what "
                "you typed. It stands in {0} as well."
            ).format(str(self._log().directory)),
        )
        copy = box.addButton(self._parent.tr("Copy the report"), box.ButtonRole.ActionRole)
        copy.clicked.disconnect()  # what the box would do: close
        report = "\n  ".join((f"smtpwizard {__version__}: {lines[0]}", *reversed(lines[1:])))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        box.setDefaultButton(copy)
        self._box = box
        box.finished.connect(self._closed)

    def _closed(self) -> None:
        self._box = None

    def _write(self, error: BaseException | None) -> list[str]:
        if error is None:
            return []
        lines = describe(error)
        sys.stderr.write("unexpected error: " + "\n  ".join(lines) + "\n")
        self._log().write("unexpected_error", kind=lines[0], where=" < ".join(reversed(lines[1:])))
        return lines

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        quiet = (QtCore.QtMsgType.QtDebugMsg, QtCore.QtMsgType.QtInfoMsg)
        if kind in quiet or text.startswith(NOISE):
            return
        sys.stderr.write(f"Qt: {clean_text(text, 500)}\n")
