"""Another start of the program on the same data folder brings the window forward."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.other_starts import OtherStarts
from smtpwizard.usecases.one_window import claim
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.gui.fake_runner import FakeTaskRunner
from tests.helpers.processes import wait_until
from tests.usecases.test_one_window import asking


@capabilities.xdg_folders
def test_it_comes_forward_with_the_file(
    qtbot: QtBot,
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    opened: list[str] = []
    monkeypatch.setattr(window, "open_file", opened.append)
    one = claim(ws.data_dir)
    assert one is not None
    with one:
        OtherStarts(one, runner, window)
        runner.run_all()
        window.showMinimized()
        file = str(tmp_path / "a.smtpcase")
        answers = asking(ws.data_dir, file, new=True)

        def served() -> bool:
            runner.run_all()
            return opened == [file]

        qtbot.waitUntil(served)
        wait_until(lambda: bool(answers), "the answer")
    assert answers == [True]
    assert not window.windowState() & Qt.WindowState.WindowMinimized
    assert window.wizard is not None
