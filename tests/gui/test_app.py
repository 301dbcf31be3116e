"""The window as a process: its start, its end, and what happens to bugs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard import __version__
from smtpwizard.gui import app
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.crash_handler import CrashHandler, describe
from smtpwizard.net.cancel import ENDING_SIGNALS
from smtpwizard.usecases.log import EventLog
from tests import capabilities

HEAVY = (
    "keyring", "ssl", "email", "cryptography", "msal", "google", "asyncio",
    "http", "urllib.request", "sqlite3", "tomllib", "idna", "hashlib", "PySide6.QtNetwork",
    "PySide6.QtSvg", "smtpwizard.smtp", "smtpwizard.net.tls", "smtpwizard.gui.wizard",
    "smtpwizard.gui.console.connector_list", "smtpwizard.secretstore", "smtpwizard.demo",
)  # fmt: skip

SHOW = """
import sys
import threading
from pathlib import Path
from smtpwizard.usecases.workspace import Workspace
from smtpwizard.gui.app import run_window
code = run_window(Workspace.open(Path(sys.argv[1])), new="new" in sys.argv)
import PySide6.QtCore


print("\\n".join(sys.modules))
print("Qt namespace:", "Qt" in vars(PySide6.QtCore))
sys.exit(code)
"""


def show(folder: Path, *arguments: str) -> list[str]:
    """Start the window, let it end with its first paint; the modules it imported."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW, str(folder), *arguments],
        env=os.environ | {"SMTPWIZARD_EXIT_AFTER_FIRST_PAINT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_first_paint_needs_nothing_heavy(tmp_path: Path) -> None:
    lines = show(tmp_path / "data")
    assert [name for name in HEAVY if name in lines] == []
    assert "Qt namespace: False" in lines
    assert not (tmp_path / "data").exists(), "looking writes nothing"


def test_the_first_paint_of_the_wizard_needs_little_more(tmp_path: Path) -> None:
    lines = show(tmp_path / "data", "new")
    allowed = ("smtpwizard.gui.wizard",)
    assert [name for name in HEAVY if name in lines and name not in allowed] == []
    assert "Qt namespace: False" in lines
    assert "smtpwizard.gui.wizard.pages.testing" not in lines


def test_with_new_all_else_waits_for_the_wizard(qtbot: QtBot, window: MainWindow) -> None:
    settled: list[bool] = []
    app._after_first_paint(window, lambda: settled.append(True), new=True)
    with qtbot.waitSignal(window.painted):
        window.show()
    assert settled == []
    window.new()
    qtbot.waitUntil(lambda: settled == [True])


def test_a_background_job_goes_on_ignoring_ctrl_c(qapp: QApplication) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with app._interruptible(qapp):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert callable(signal.getsignal(signal.SIGTERM))
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING_SIGNALS])
def test_a_signal_ends_a_loop_in_which_nothing_happens(qapp: QApplication, number: int) -> None:
    signalling = threading.Timer(0.05, signal.raise_signal, (number,))
    with app._interruptible(qapp):
        QTimer.singleShot(0, signalling.start)
        assert qapp.exec() == 128 + number
    signalling.join()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@capabilities.signals_between_processes
def test_a_signal_ends_the_window(tmp_path: Path, number: int, code: int) -> None:
    program = SHOW.replace(
        "code = run_window",
        "from PySide6.QtCore import QTimer\n"
        "import smtpwizard.gui.app as app\n"
        "settle = app._settle_in\n"
        "app._settle_in = lambda *a: (settle(*a), print('ready', flush=True))\n"
        "code = run_window",
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        process.communicate(timeout=300)
    assert process.returncode == code


# -- bugs ----------------------------------------------------------------------------------------


def raise_one(secret: str) -> None:
    raise KeyError(secret)


def test_a_bug_is_described_without_its_message() -> None:
    try:
        raise_one("hunter2")
    except KeyError as error:
        lines = describe(error)
    assert lines[0] == "KeyError"
    assert "in raise_one" in lines[-1]
    assert "hunter2" not in str(lines)


def test_a_bug_shows_one_dialog_and_the_window_lives_on(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    log = EventLog(tmp_path / "log")
    crash_handler = CrashHandler(lambda: log)
    with crash_handler.in_charge(parent):
        for _ in range(3):
            sys.excepthook(KeyError, KeyError("hunter2"), None)
    boxes = parent.findChildren(QMessageBox)
    assert len(boxes) == 1
    assert boxes[0].text() == "smtpwizard made a mistake here; your settings are safe."
    assert str(log.directory) in boxes[0].informativeText()
    [copy] = [each for each in boxes[0].buttons() if each.text() == "Copy the report"]
    copy.click()
    report = QApplication.clipboard().text()
    assert report.startswith(f"smtpwizard {__version__}: KeyError")
    assert "hunter2" not in report
    assert boxes[0].isVisible(), "it can be read while it is pasted"
    assert parent.isVisible()
    boxes[0].close()
    written = log.path.read_text("utf-8") + capsys.readouterr().err + boxes[0].informativeText()
    assert "hunter2" not in written
    assert written.count("unexpected_error") == 3


# -- the binding ---------------------------------------------------------------------------------


class Sender(QObject):
    sent = Signal()


def test_the_binding_keeps_its_singletons(qapp: QApplication) -> None:
    """PySide6 6.12.0 drops a reference to None per call on Python 3.11 and aborts in the end."""
    sender = Sender()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(500):
        sender.sent.emit()
        sender.setObjectName("x")
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert after[0] >= before[0] - 50
    assert after[1] >= before[1] - 50


def test_wizards_come_and_go(open_wizard: Callable[..., QWidget]) -> None:
    for number in range(10):
        wizard = open_wizard()
        wizard.draft_model.change(name=f"Number {number}")  # type: ignore[attr-defined]
        wizard.hide()
