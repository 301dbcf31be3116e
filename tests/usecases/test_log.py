"""The log: one line an event, private, bounded, and never a reason to fail."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from smtpwizard.usecases.log import GENERATIONS, EventLog, trace_of


def lines(log: EventLog) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.path.read_text().splitlines()]


def test_an_event_is_one_line(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "a" / "log")
    assert not log.directory.exists()
    log.write("saved", connector="x", ok=True, ms=3, reply=None)
    log.write("refused", text='forged\n{"event": "fake"}\x1b[2J\u202e\u2028')
    first, second = lines(log)
    assert {k: first[k] for k in ("event", "connector", "ok", "ms", "reply")} == {
        "event": "saved",
        "connector": "x",
        "ok": True,
        "ms": 3,
        "reply": None,
    }
    assert str(first["at"]).endswith("+00:00")
    assert "\n" not in str(second["text"])
    assert log.path.read_text().isascii()


def test_it_is_private(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.write("x")
    assert stat.S_IMODE(log.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_it_is_bounded(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log", max_bytes=200)
    for number in range(100):
        log.write("x", number=number)
    files = sorted(log.directory.iterdir())
    assert len(files) == GENERATIONS
    assert sum(path.stat().st_size for path in files) < GENERATIONS * 400
    assert lines(log)[-1]["number"] == 99


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    log = EventLog(tmp_path / "log")
    log.write("x")
    assert not log.usable
    (tmp_path / "log").unlink()
    log.write("x")
    assert log.usable


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.directory.mkdir()
    log.path.symlink_to(tmp_path / "elsewhere")
    log.write("x")
    assert not (tmp_path / "elsewhere").exists()
    assert not log.usable


def test_a_folder_deleted_meanwhile_comes_back(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.write("x")
    log.path.unlink()
    log.directory.rmdir()
    log.write("y")
    assert [line["event"] for line in lines(log)] == ["y"]


def test_a_trace_names_our_places_and_no_value(tmp_path: Path) -> None:
    from smtpwizard.usecases.input import parse_document

    with pytest.raises(AttributeError) as caught:
        parse_document(None or HUNTER)  # type: ignore[arg-type]
    trace = trace_of(caught.value)
    assert trace[0].startswith("smtpwizard/usecases/input.py:")
    assert "hunter2" not in "".join(trace)


class _Hunter:
    def __len__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "hunter2"


HUNTER = _Hunter()
