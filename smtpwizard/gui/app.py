"""Starts the window: application, style, last resorts, and its end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtGui
from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.crash_handler import CrashHandler
from smtpwizard.gui.tasks import TaskRunner
from smtpwizard.gui.widgets.layout_items import let_go_of_items
from smtpwizard.gui.widgets.style import Theme, apply_style
from smtpwizard.net.cancel import ENDING_SIGNALS
from smtpwizard.resources import resource_path
from smtpwizard.usecases.theme import theme_wanted

if TYPE_CHECKING:
    from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
    from smtpwizard.usecases.one_window import OneWindow
    from smtpwizard.usecases.workspace import Workspace

EXIT_AFTER_FIRST_PAINT = "SMTPWIZARD_EXIT_AFTER_FIRST_PAINT"

# How long the end of the program waits for a save under way, seconds: what closing itself begins
# (the window's state, the end of a removal), and whatever a signal cuts off; of others the window
# asks first. What is cut off is saved whole or not at all, and a removal ends at the next start.
SAVE_WAIT_S = 1.0
# How long another thread works before the window's may: Python's own 5 ms would be felt, since they
# are waited for several times at each change on screen.
SWITCH_S = 0.0002
# Loaded a turn each, and in the window's thread: of what two threads load at once, PySide shows one
# of them classes that are not whole.
TO_READ_THE_LIST = (
    "model.connector",
    "storage.connectors",
    "usecases.list_rows",
    "gui.console.connector_words",
    "gui.console.connector_model",
)


def run_window(
    ws: Workspace,
    *,
    new: bool = False,
    demo: Mapping[str, Any] | None = None,
    file: str | None = None,
    one: OneWindow | None = None,
) -> int:
    """Show the window until it is closed; answers the exit code.

    `new` opens the wizard at once, `file` is a case or an answer to open. `demo` describes the
    demo's mail server; `one` is where other starts ask this window to come forward.
    """
    application = make_application(theme_wanted(ws))
    crash_handler = CrashHandler(lambda: ws.log)
    runner = TaskRunner(crash_handler.report)
    application.aboutToQuit.connect(lambda: runner.close(SAVE_WAIT_S))
    window = MainWindow(ws, runner, demo=demo)
    with crash_handler.in_charge(window), _interruptible(application):
        if os.environ.get(EXIT_AFTER_FIRST_PAINT):
            then = application.quit
        else:
            then = partial(_settle_in, application, window, crash_handler, runner, one)
        _after_first_paint(window, then, new=new)
        if new:
            # The window comes behind it, once it is painted; the wizard is put in its middle.
            middle = window.screen().availableGeometry().center()
            window.move(middle - window.rect().center())
            window.new()
        else:
            window.show()
        if file is not None:
            window.open_file(file)
        try:
            return application.exec()
        finally:
            _put_away(application)


def make_application(theme: Theme = "system") -> QApplication:
    """The application in our style, made once a process; `theme` is system, light or dark."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        # As an argument: `setStyle` would build the class QStyle, 5 ms of the start.
        application = QApplication([sys.argv[0], "-style", "Fusion"])
    application.setApplicationName("smtpwizard")
    let_go_of_items()
    # No display name: the system would put it behind the title of each dialog, which is cut.
    application.setDesktopFileName("smtpwizard")
    apply_style(application, theme)
    return application


def _put_away(application: QApplication) -> None:
    """Take every window off the screen while it is whole.

    Qt would do so from the destructors: focus and fields then tell pages that are half gone.
    """
    for widget in application.topLevelWidgets():
        widget.hide()


def _settle_in(
    application: QApplication,
    window: MainWindow,
    crash_handler: CrashHandler,
    runner: TaskRunner,
    one: OneWindow | None,
) -> None:
    """What can wait until the window is there."""
    from smtpwizard.gui.widgets.in_turns import do_in_turns  # noqa: PLC0415 - after the first paint

    crash_handler.listen_to_qt()
    # The window's thread waits for the others so long, at each call of Qt that lets them on.
    sys.setswitchinterval(SWITCH_S)
    do_in_turns(window, _settling_in(application, window, runner, one))


def _settling_in(
    application: QApplication, window: MainWindow, runner: TaskRunner, one: OneWindow | None
) -> Iterator[None]:
    """One thing after the other; the window listens wherever this gives way."""
    if not window.isVisible():
        show_behind(window)
    yield
    # The list first: it is read beside the window, which is built meanwhile.
    for module in TO_READ_THE_LIST:
        import_module(f"smtpwizard.{module}")
        yield
    window.build_soon()
    window.refresh()
    from smtpwizard.gui.widgets.garbage import GarbageCollection  # noqa: PLC0415 - after the first paint

    garbage = GarbageCollection(window)
    window.settled.connect(garbage.settle)
    application.aboutToQuit.connect(garbage.give_back)
    yield
    from smtpwizard.gui.widgets.focus_ring import FocusRing  # noqa: PLC0415 - after the first paint

    application.aboutToQuit.connect(FocusRing(application).put_away)
    from smtpwizard.gui.widgets.focused import Focused  # noqa: PLC0415 - after the first paint

    application.aboutToQuit.connect(Focused(application).put_away)
    yield
    from smtpwizard.gui.console.desktop_events import (  # noqa: PLC0415 - after the first paint
        DesktopWatcher,
        FileOpenWatcher,
    )

    window.installEventFilter(DesktopWatcher(application, window))
    if sys.platform == "darwin":
        application.installEventFilter(FileOpenWatcher(application, window))
    yield
    application.setWindowIcon(QtGui.QIcon(str(resource_path("icons/app.svg"))))
    yield
    window.sweep()
    yield
    window.watch()
    if one is not None and one.folder.is_dir():
        from smtpwizard.gui.console.other_starts import OtherStarts  # noqa: PLC0415 - after the first paint

        OtherStarts(one, runner, window)


def show_behind(window: MainWindow) -> None:
    """Show the window without taking the focus from the wizard that was wanted first."""
    attribute = QtCore.Qt.WidgetAttribute.WA_ShowWithoutActivating
    window.setAttribute(attribute)
    window.show()
    window.setAttribute(attribute, False)
    if window.wizard is not None:
        window.wizard.raise_()
        window.wizard.activateWindow()


def _after_first_paint(window: MainWindow, then: Callable[[], None], *, new: bool) -> None:
    """Call `then` once what was asked for is on screen: the wizard, or the window alone."""
    if not new:
        window.painted.connect(then)
        return

    def opened(wizard: ConnectorWizard) -> None:
        window.wizard_opened.disconnect(opened)  # the first alone
        wizard.painted.connect(then)

    window.wizard_opened.connect(opened)


@contextmanager
def _interruptible(application: QApplication) -> Iterator[None]:
    """Let Ctrl-C and requests to end end the event loop, with the shell's exit code."""
    wakeup: list[int] = []
    before = {}

    def end(number: int, _: object) -> None:
        application.exit(128 + number)

    for number in (signal.SIGINT, *ENDING_SIGNALS):
        # A shell's background job ignores SIGINT, and goes on doing so.
        if signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, end)
    if os.name == "posix":
        # Python runs its handlers between bytecodes; Qt's loop runs none until it is woken.
        reading, writing = os.pipe()
        for descriptor in (reading, writing):
            os.set_blocking(descriptor, False)
        wakeup = [reading, writing]
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, application)
        notifier.activated.connect(lambda *_: os.read(reading, 512))
    else:
        timer = QTimer(application)
        timer.timeout.connect(lambda: None)
        timer.start(250)
    try:
        yield
    finally:
        if wakeup:
            notifier.setEnabled(False)
            signal.set_wakeup_fd(-1)
            for descriptor in wakeup:
                os.close(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
