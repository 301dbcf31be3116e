"""The log: one line an event, private, bounded, and never a reason to fail."""

from __future__ import annotations

import json
import logging
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtpwizard.files import locked
from smtpwizard.usecases import log as module
from smtpwizard.usecases.log import GENERATIONS, EventLog, trace_of
from tests import capabilities


def lines(log: EventLog) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.path.read_text().splitlines()]


def test_an_event_is_one_line(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "a" / "log")
    assert not log.directory.exists()
    log.write("saved", connector="x", ok=True, ms=3, reply=None)
    log.write("refused", kind='forged\n{"event": "fake"}\x1b[2J\u202e\u2028')
    first, second = lines(log)
    assert {k: first[k] for k in ("event", "connector", "ok", "ms", "reply")} == {
        "event": "saved",
        "connector": "x",
        "ok": True,
        "ms": 3,
        "reply": None,
    }
    assert str(first["at"]).endswith("+00:00")
    assert list(first) == ["at", "pid", "event", "connector", "ok", "ms", "reply"]
    assert first["pid"] == os.getpid()
    assert datetime.fromisoformat(str(first["at"])) <= datetime.now(UTC)
    assert "\n" not in str(second["kind"])
    assert log.path.read_text().isascii()


@capabilities.access_rights
def test_it_is_private(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.write("x")
    assert stat.S_IMODE(log.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_it_is_bounded(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log", max_bytes=200)
    for number in range(100):
        log.write("x", revision=number)
    files = log_files(log)
    assert len(files) == GENERATIONS
    assert sum(path.stat().st_size for path in files) < GENERATIONS * 400
    assert lines(log)[-1]["revision"] == 99


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    log = EventLog(tmp_path / "log")
    log.write("x")
    assert not log.handler.usable
    (tmp_path / "log").unlink()
    log.write("x")
    assert log.handler.usable


@capabilities.symbolic_links
@capabilities.links_that_are_not_followed
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.directory.mkdir()
    log.path.symlink_to(tmp_path / "elsewhere")
    log.write("x")
    assert not (tmp_path / "elsewhere").exists()
    assert not log.handler.usable


def test_a_folder_deleted_meanwhile_comes_back(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.write("x")
    shutil.rmtree(log.directory)
    log.write("y")
    assert [line["event"] for line in lines(log)] == ["y"]


def test_nothing_but_known_facts_is_written(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.write("x", code="known", password="hunter2")  # type: ignore[call-arg]
    assert "hunter2" not in log.path.read_text()
    assert lines(log)[0]["code"] == "known"


def test_of_a_library_only_the_place_is_written(tmp_path: Path) -> None:
    """Whatever it says, and however: its words are where codes and tokens are."""
    log = EventLog(tmp_path / "log")
    library = logging.getLogger("a.library")
    library.addHandler(log.handler)
    library.propagate = False
    try:
        library.warning("GET /?code=hunter2")
        library.warning("got %s", {"code": "hunter2"})
        library.warning("got %(code)s", {"code": "hunter2"}, extra={"code": "hunter2"})
        library.error("failed", exc_info=ValueError("hunter2"), stack_info=True)
        library.error("%d", "hunter2 is no number")
    finally:
        library.removeHandler(log.handler)
    assert "hunter2" not in log.path.read_text()
    assert [set(line) for line in lines(log)] == [
        {"at", "pid", "event", "logger", "level", "where"}
    ] * 5
    assert [line["level"] for line in lines(log)] == ["WARNING"] * 3 + ["ERROR"] * 2
    assert str(lines(log)[0]["where"]).startswith("test_log:")


def test_two_programs_that_rotate_at_once_rotate_once(tmp_path: Path) -> None:
    """While one is at it, the other one finds the file full as well and does not wait."""
    one = EventLog(tmp_path / "log", max_bytes=10)
    other = EventLog(tmp_path / "log", max_bytes=10)
    one.write("first")
    replace = os.replace

    def interfering(source: Path, target: Path) -> None:
        if source == one.path:
            other.write("second")
        replace(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", interfering)
        one.write("third")
    texts = [path.read_text() for path in log_files(one)]
    events = [json.loads(line)["event"] for text in texts for line in text.splitlines()]
    assert events == ["third", "first", "second"]


def test_one_that_comes_too_late_to_rotate_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = EventLog(tmp_path / "log", max_bytes=120)
    other = EventLog(tmp_path / "log", max_bytes=120)
    for event in ("first", "second"):
        one.write(event)

    @contextmanager
    def in_between(path: Path, timeout_s: float) -> Iterator[None]:
        monkeypatch.setattr(module, "locked", locked)
        other.write("third")
        with locked(path, timeout_s):
            yield

    monkeypatch.setattr(module, "locked", in_between)
    one.write("fourth")
    newer, older = (path.read_text().splitlines() for path in log_files(one))
    assert [json.loads(line)["event"] for line in newer] == ["third", "fourth"]
    assert [json.loads(line)["event"] for line in older] == ["first", "second"]


def log_files(log: EventLog) -> list[Path]:
    return sorted(log.directory.glob("smtpwizard.log*"))


@pytest.mark.parametrize("let_in", [True, False])
def test_where_lines_do_not_append_whole_one_writes_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, let_in: bool
) -> None:
    monkeypatch.setattr(module, "APPENDS_WHOLE", False)
    monkeypatch.setattr(module, "WAIT_S", 300 if let_in else 0)
    log = EventLog(tmp_path)
    log.write("first")
    asks = threading.Event()

    def asked(path: Path, timeout_s: float) -> AbstractContextManager[None]:
        asks.set()
        return locked(path, timeout_s)

    monkeypatch.setattr(module, "locked", asked)
    writer = threading.Thread(target=log.write, args=("second",))
    with locked(tmp_path / ".smtpwizard.log.lock"):
        writer.start()
        if let_in:
            assert asks.wait(300)
            assert len(lines(log)) == 1
        else:
            writer.join(300)
            assert len(lines(log)) == 2, "an event is written all the same"
    writer.join(300)
    assert [line["event"] for line in lines(log)] == ["first", "second"]


def test_programs_that_write_at_once_lose_no_event(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from smtpwizard.usecases.log import EventLog\n"
        "log = EventLog(pathlib.Path(sys.argv[1]), max_bytes=20_000)\n"
        "for number in range(100): log.write(sys.argv[2], revision=number)\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name])
        for name in ("one", "two", "three")
    ]
    assert [process.wait() for process in started] == [0, 0, 0]
    found = [
        json.loads(line)
        for path in tmp_path.glob("smtpwizard.log*")
        for line in path.read_text().splitlines()
    ]
    for name in ("one", "two", "three"):
        numbers = sorted(each["revision"] for each in found if each["event"] == name)
        assert numbers == list(range(100))


def test_a_trace_names_our_places_and_no_value(tmp_path: Path) -> None:
    from smtpwizard.usecases.input import parse_document

    with pytest.raises(AttributeError) as caught:
        parse_document(None or HUNTER)  # type: ignore[arg-type]
    trace = trace_of(caught.value)
    assert trace[1].startswith("smtpwizard/usecases/input.py:")
    assert "hunter2" not in "".join(trace)


class _Hunter:
    def __len__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "hunter2"


HUNTER = _Hunter()
