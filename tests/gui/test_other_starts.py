"""Another start of the program on the same data folder brings the window forward."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.other_starts import OtherStarts
from smtpwizard.usecases import project as projects
from smtpwizard.usecases.one_window import Request, claim
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_main_window import listed
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
    window.wizard.done(0)


class Asked:
    """What has the requests of other starts, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waiting: list[Request] = []

    def take_requests(self) -> list[Request]:
        taken, self.waiting = self.waiting, []
        return taken


def test_the_project_that_it_names_is_shown_first(
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new connector, or an answer, would come into another project than was said."""
    other = projects.create_project(ws, "Site B")
    listed(window, runner)
    done: list[tuple[str, str]] = []
    monkeypatch.setattr(window, "open_file", lambda path: done.append((path, window.windowTitle())))
    one = Asked(tmp_path)
    starts = OtherStarts(one, runner, window)  # type: ignore[arg-type]

    def ask(request: Request) -> None:
        one.waiting.append(request)
        starts.look()
        runner.run_all()

    def shown() -> str:
        return window.windowTitle().partition(" ")[0]

    ask(Request("/a", project=ws.project.id))
    assert (done[-1][0], shown()) == ("/a", "Default")
    ask(Request("/b", project=other.id))
    assert done[-1][0] == "/b"
    assert done[-1][1].startswith("Site B"), "it was there already when the file was opened"
    ask(Request("/c"))
    assert done[-1][1].startswith("Site B"), "no project is named: the one that is shown"
    ask(Request(new=True, project=ws.project.id))
    assert shown() == "Default"
    assert window.wizard is not None
    ask(Request("/d", project=other.id))
    assert shown() == "Default", "the wizard is about this one"
    assert done[-1][0] == "/c"
    ask(Request("/e", project=ws.project.id))
    assert done[-1][0] == "/e"
    window.wizard.done(0)
