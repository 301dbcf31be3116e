"""One window for a data folder: claimed, asked, given up, and out of others' reach."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from smtpwizard import files
from smtpwizard.usecases.one_window import Request, ask_other, claim
from tests import capabilities
from tests.helpers.processes import wait_until


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the session, the test's own."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    for name in ("XDG_RUNTIME_DIR", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    return folder


def asking(
    data: Path, file: str | None = None, *, new: bool = False, project: str | None = None
) -> list[bool]:
    """Ask in a thread; what was answered comes into the list."""
    answers: list[bool] = []
    thread = threading.Thread(
        target=lambda: answers.append(ask_other(data, file, new=new, project=project, wait_s=300))
    )
    thread.start()
    return answers


@capabilities.tells_held_locks
def test_the_second_asks_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "token-1")
    data = tmp_path / "data"
    first = claim(data)
    assert first is not None
    assert claim(data) is None
    file = str(tmp_path / "a.smtpcase")
    answers = asking(data, file, new=True, project="project-1")
    taken: list[Request] = []

    def came() -> bool:
        taken.extend(first.take_requests())
        return bool(taken)

    wait_until(came, "the request")
    wait_until(lambda: bool(answers), "the answer")
    assert answers == [True]
    assert taken == [Request(file, True, "token-1", "project-1")]
    assert not data.exists(), "nothing lies among the data"
    first.close()
    with claim(data) as again:  # type: ignore[union-attr]
        assert again is not None


def test_another_data_folder_has_its_own(tmp_path: Path) -> None:
    with claim(tmp_path / "a"), claim(tmp_path / "b") as other:  # type: ignore[union-attr]
        assert other is not None
        # The same one by another way is the same.
        (tmp_path / "a").mkdir()
        assert claim(tmp_path / "b" / ".." / "a") is None


def test_one_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    with claim(tmp_path) as first:  # type: ignore[union-attr]
        assert first is not None
        assert not ask_other(tmp_path, None, new=False, wait_s=0)
        assert list(first.take_requests()) == [], "taken back: nobody does it later"


def test_one_that_ended_meanwhile(tmp_path: Path) -> None:
    first = claim(tmp_path)
    assert first is not None
    first.close()
    assert not ask_other(tmp_path, None, new=False, wait_s=300)


def test_a_killed_one_stands_in_nobody_s_way(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from smtpwizard.usecases.one_window import claim\n"
        "held = claim(pathlib.Path(sys.argv[1]))\n"
        "print(held is not None, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "True"
        assert claim(tmp_path) is None
        process.kill()
    with claim(tmp_path) as mine:  # type: ignore[union-attr]
        assert mine is not None


def test_what_is_no_request_is_none(tmp_path: Path) -> None:
    with claim(tmp_path / "data") as first:  # type: ignore[union-attr]
        assert first is not None
        place = os.path.realpath(tmp_path / "data")
        for number, text in enumerate(
            (
                "junk",
                "[]",
                '{"data_dir": "/elsewhere"}',
                json.dumps(
                    {"data_dir": place, "file": "relative", "new": 1, "token": 7, "project": 8}
                ),
            )
        ):
            (first.folder / f"{number}.json").write_text(text)
        assert list(first.take_requests()) == [Request()]
        assert list(first.folder.glob("*.json")) == []
        (first.folder / "left.json").write_text("{}")
    with claim(tmp_path / "data") as again:  # type: ignore[union-attr]
        assert again is not None
        assert list(again.folder.glob("*.json")) == []


@capabilities.access_rights
def test_others_cannot_reach_it(tmp_path: Path, runtime: Path) -> None:
    with claim(tmp_path) as first:  # type: ignore[union-attr]
        assert first is not None
        for folder in (first.folder, first.folder.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((first.folder / "lock").stat().st_mode) == 0o600


@capabilities.access_rights
def test_a_folder_that_others_reach_is_not_used(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runtime / "smtpwizard").mkdir(mode=0o777)
    (runtime / "smtpwizard").chmod(0o777)
    with claim(tmp_path) as one, claim(tmp_path) as other:  # type: ignore[union-attr]
        assert one is not None
        assert other is not None, "rather two windows than somebody else's"
        assert list(one.take_requests()) == []
        assert not ask_other(tmp_path, None, new=False)
    # The next best is the temporary folder, which all share.
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setenv("TMPDIR", str(shared))
    with claim(tmp_path) as one:  # type: ignore[union-attr]
        assert one is not None
        assert one.folder.parent.parent == shared
        assert claim(tmp_path) is None
    shared.chmod(0o777)
    with claim(tmp_path) as one:  # type: ignore[union-attr]
        assert one is not None
        assert one.folder == Path(os.devnull)


def test_without_locks_there_may_be_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtpwizard.model.errors import StorageError

    def none(*_: object, **__: object) -> None:
        raise StorageError("lock_unsupported")

    monkeypatch.setattr(files, "locked", none)
    with claim(tmp_path) as one:  # type: ignore[union-attr]
        assert one is not None
        assert one.folder == Path(os.devnull)
