"""Recorded runs on the disk: whole, bounded, and in nobody's way."""

from __future__ import annotations

import json
import os
import stat
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.model.errors import StorageError
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    StageResult,
    Status,
    Verdict,
)
from smtpwizard.model.run import (
    Run,
    is_run_id,
    new_run,
    read_report,
    read_run,
    run_document,
    summary,
)
from smtpwizard.model.stage_facts import AuthFacts, StageError, StageFailure, TokenProblem
from smtpwizard.model.wire import Heard, LeftOut, Said
from smtpwizard.storage import ConnectorStore, DataDirectory
from smtpwizard.storage import runs as storage_runs
from smtpwizard.storage.runs import RunStore
from tests import capabilities
from tests.test_storage import defaults_for, refusal, save
from tests.test_storage_crash import Cut, trouble

REPLY = Reply(535, "5.7.8", "Error\ud800")
FAILED = Report(
    False,
    "Invoices",
    "2026-11-22T10:15:00Z",
    9,
    tuple(
        StageResult(stage, Status.FAILED if stage == "auth" else Status.PASSED, 1, REPLY)
        for stage in STAGES
    ),
    (Cause("bad_credentials", Likelihood.HIGH, Actor.YOU, values={"username": "a"}),),
    wire=(Heard(1, "220 hi\n"), Said(2, "EHLO a")),
)
DOCUMENT = {"name": "Invoices", "server": {"names": ["a", "b"]}}


def run(number: int = 0, report: Report = FAILED, **more: Any) -> Run:
    identifier = f"20261129-101500-{number:06x}"
    return new_run(DOCUMENT, report, {"python": "3.11"}, "aa", identifier=identifier, **more)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "history" / "aa"


def numbers(store: RunStore) -> list[int]:
    return [int(name[-6:], 16) for name in store.ids("aa")]


def test_a_run_comes_back_whole(store: RunStore, folder: Path) -> None:
    kept = run(secret_given=True)
    store.write("aa", kept)
    assert store.read("aa", kept.id) == kept == store.newest("aa")
    (path,) = folder.iterdir()
    assert path.name == f"{kept.id}.json"
    first, second, rest = path.read_bytes().split(b"\n")
    assert json.loads(first) == summary(kept)
    assert json.loads(second)["connector"] == DOCUMENT
    assert rest == b""


@capabilities.access_rights
def test_runs_are_the_user_s_alone(store: RunStore, folder: Path) -> None:
    store.write("aa", run())
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_summary_says_where_it_stopped_and_why(store: RunStore) -> None:
    interrupted = FAILED._replace(
        stages=tuple(StageResult(stage) for stage in STAGES), causes=(), cancelled=True
    )
    store.write("aa", run(1))
    store.write("aa", run(2, interrupted, secret_given=True))
    listing = store.list("aa")
    assert listing.damaged == ()
    assert [found.to_json() for found in listing.runs] == [
        {
            "id": "20261129-101500-000002",
            "at": "2026-11-22T10:15:00Z",
            "ok": False,
            "stage": None,
            "reply": None,
            "causes": [],
            "duration_ms": 9,
            "verdict": "interrupted",
            "secret_given": True,
        },
        {
            "id": "20261129-101500-000001",
            "at": "2026-11-22T10:15:00Z",
            "ok": False,
            "stage": "auth",
            "reply": REPLY.to_json(),
            "causes": ["bad_credentials"],
            "duration_ms": 9,
            "verdict": "stopped",
        },
    ]
    assert [found.verdict for found in listing.runs] == [Verdict.INTERRUPTED, Verdict.STOPPED]
    assert store.list("aa", 1).runs == listing.runs[:1]


def test_without_runs_there_is_nothing_to_list(store: RunStore) -> None:
    assert store.list("aa") == ((), ())
    assert store.newest("aa") is None
    assert store.read("aa", run().id) is None
    store.remove("aa")


def test_no_name_leads_out_of_the_folder(store: RunStore, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}\n{}")
    for name in ("../../secret", "latest", "", "20261129-101500-00000A", "２0261129-101500-000001"):
        assert not is_run_id(name)
        assert store.read("aa", name) is None


def test_only_the_last_are_kept(store: RunStore) -> None:
    for number in range(8):
        store.write("aa", run(number), 3)
    assert numbers(store) == [7, 6, 5]
    store.write("aa", run(8), 1)
    assert numbers(store) == [8]


def test_together_they_stay_below_a_size(
    store: RunStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("aa", run(0))
    (path,) = folder.iterdir()
    monkeypatch.setattr(storage_runs, "MAX_BYTES", 3 * path.stat().st_size)
    for number in range(1, 6):
        store.write("aa", run(number))
    assert numbers(store) == [5, 4, 3]
    monkeypatch.setattr(storage_runs, "MAX_BYTES", 1)
    store._prune(folder, 50)
    assert numbers(store) == [5]  # the newest never


def test_of_a_run_that_is_too_large_the_beginning_is_kept(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_runs, "MAX_BYTES", 10_000)
    wire = tuple(Said(number, "x" * 80) for number in range(1000))
    large = run(report=FAILED._replace(wire=wire))
    store.write("aa", large)
    kept = store.newest("aa")
    assert kept is not None
    *events, last = kept.report.wire
    assert events == list(wire[: len(events)])
    assert len(events) > 10
    assert last == LeftOut(events[-1].t_us, 1000 - len(events))
    monkeypatch.setattr(storage_runs, "MAX_BYTES", 10)
    assert refusal(lambda: store.write("aa", run(1))).code == "run_unwritable"
    assert numbers(store) == [0]


def test_what_has_no_plain_form_is_said_and_nothing_is_written(
    store: RunStore, folder: Path
) -> None:
    odd = FAILED._replace(wire=(Said(1, object()),))  # type: ignore[arg-type]
    error = refusal(lambda: store.write("aa", run(report=odd)))
    assert (type(error), error.code) == (StorageError, "run_unwritable")
    assert not folder.exists()


def test_what_nobody_can_write_down_of_a_token_is_left_out(store: RunStore) -> None:
    facts = AuthFacts(token=TokenProblem("token_missing", {"odd": object(), "found": "a"}))
    stages = tuple(StageResult(s, facts=facts if s == "auth" else None) for s in STAGES)
    store.write("aa", run(report=FAILED._replace(stages=stages)))
    kept = store.newest("aa")
    assert kept is not None
    assert kept.report.facts(AuthFacts).token == TokenProblem("token_missing", {"found": "a"})


def damage(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_json"),
        (b"{}", "not_json"),
        (b"\n\n", "empty"),
        (b"[]\n[]\n", "not_an_object"),
        (b"{}\n{}\n", "run_damaged"),
        (b"x" * 70_000, "too_large"),
        (b'{"id":"20261129-101500-000009"}\n{}\n', "run_damaged"),
        (b"\xff\n\xff\n", "not_utf8"),
    ],
)
def test_a_damaged_run_is_passed_over_and_named(
    store: RunStore, folder: Path, content: bytes, reason: str
) -> None:
    for number in (1, 2, 3):
        store.write("aa", run(number))
    path = folder / f"{run(2).id}.json"
    damage(path, content)
    listing = store.list("aa")
    assert [found.id[-1] for found in listing.runs] == ["3", "1"]
    assert [(entry.path, entry.reason) for entry in listing.damaged] == [(path, reason)]
    assert [each.id[-1] for each in store.each("aa")] == ["3", "1"]
    error = refusal(lambda: store.read("aa", run(2).id))
    assert (error.code, error.facts) == ("run_damaged", {"path": str(path)})


def test_one_that_is_too_large_to_be_read_is_damaged(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("aa", run())
    monkeypatch.setattr(storage_runs, "MAX_BYTES", 100)
    assert refusal(lambda: store.read("aa", run().id)).code == "run_damaged"


def test_a_run_under_another_s_name_is_damaged(store: RunStore, folder: Path) -> None:
    store.write("aa", run(1))
    os.rename(folder / f"{run(1).id}.json", folder / f"{run(2).id}.json")
    assert store.newest("aa") is None
    assert [entry.reason for entry in store.list("aa").damaged] == ["run_damaged"]


def test_one_of_a_later_version_is_named_as_such(store: RunStore, folder: Path) -> None:
    store.write("aa", run(1))
    path = folder / f"{run(1).id}.json"
    first, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(first + b"\n" + json.dumps(json.loads(second) | {"schema": 2}).encode())
    assert refusal(lambda: store.read("aa", run(1).id)).code == "read_only_newer"
    assert store.newest("aa") is None
    assert len(store.list("aa").runs) == 1


def test_a_folder_in_the_place_of_a_run_is_unreadable(store: RunStore, folder: Path) -> None:
    store.write("aa", run(1))
    (folder / f"{run(2).id}.json").mkdir()
    assert [entry.reason for entry in store.list("aa").damaged] == ["unreadable"]
    assert refusal(lambda: store.read("aa", run(2).id)).code == "data_dir_unreadable"


def test_a_run_that_vanishes_while_it_is_listed_is_passed_over(
    store: RunStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        store.write("aa", run(number))
    ids = store.ids("aa")
    os.unlink(folder / f"{ids[0]}.json")
    monkeypatch.setattr(store, "ids", lambda _: ids)
    assert store.list("aa").damaged == ()
    assert [each.id for each in store.each("aa")] == [ids[1]]


def test_what_killed_writers_left_goes_and_what_is_being_written_stays(
    store: RunStore, folder: Path
) -> None:
    store.write("aa", run(1))
    old, new, other = folder / ".a.tmp", folder / ".b.tmp", folder / "names.json"
    for path in (old, new, other):
        path.write_text("")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    os.utime(other, (long_ago, long_ago))
    store.write("aa", run(2), 1)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [".b.tmp", "names.json", f"{run(2).id}.json"]
    )


def test_pruning_lets_others_prune_too(
    store: RunStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        store.write("aa", run(number))
    remove = os.unlink

    def too_late(path: str) -> None:
        remove(path)
        remove(path)

    monkeypatch.setattr(files, "remove_file", too_late)
    store._prune(folder, 1)
    assert numbers(store) == [2]
    store._prune(folder / "nowhere", 1)


def test_a_run_that_cannot_be_written_leaves_the_others(
    store: RunStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("aa", run(1))

    def refuse(*_: Any) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(os, "replace", refuse)
    assert refusal(lambda: store.write("aa", run(2), 1)).code == "disk_full"
    monkeypatch.undo()
    assert [path.name for path in folder.iterdir()] == [f"{run(1).id}.json"]


@pytest.mark.parametrize("error", [Cut(), OSError(28, "full")])
def test_wherever_it_is_cut_off_the_old_runs_are_whole(
    tmp_path: Path, error: BaseException
) -> None:
    written = []
    for last in range(1, 12):
        store = RunStore(tmp_path / str(last))
        for number in (1, 2):
            store.write("aa", run(number))
        with suppress(Cut, StorageError), trouble(partial(_from, last, error)):
            store.write("aa", run(3), 3)
        kept = list(store.each("aa"))
        assert [each for each in kept if each.id != run(3).id] == [run(2), run(1)]
        written.append(len(kept) == 3)
        assert store.list("aa").damaged == ()
    assert not written[0]
    assert written[-1]


def _from(last: int, error: BaseException, number: int, call: str) -> BaseException | None:
    return error if number >= last else None


# --- with the connector


@pytest.fixture
def connectors(tmp_path: Path) -> ConnectorStore:
    return ConnectorStore(DataDirectory(tmp_path / "data"), "default", defaults_for)


def test_runs_go_with_their_connector(connectors: ConnectorStore) -> None:
    stored, other = save(connectors), save(connectors, "Other")
    for each in (stored, other):
        connectors.write_run(run()._replace(stored=each.id), 50)
        connectors.change_verification(each.id, lambda _: {"ok": True})
    connectors.remove(stored)
    history = connectors.directory / "history"
    assert sorted(os.listdir(history)) == sorted([other.id, f"{other.id}.json"])
    assert connectors.runs.newest(other.id) is not None


def test_without_a_connector_no_run_is_kept(connectors: ConnectorStore) -> None:
    stored = save(connectors)
    connectors.remove(stored)
    for owner in (stored.id, None):
        connectors.write_run(run()._replace(stored=owner), 50)
    assert not (connectors.directory / "history").exists()


def test_runs_of_connectors_that_are_gone_are_swept(connectors: ConnectorStore) -> None:
    stored = save(connectors)
    connectors.write_run(run()._replace(stored=stored.id), 50)
    connectors.runs.write("0123", run())
    (connectors.directory / "history" / "4567").mkdir()
    (connectors.directory / "history" / "4567" / ".x.tmp").write_text("")
    connectors.clear_history()
    assert os.listdir(connectors.directory / "history") == [stored.id]
    assert connectors.verified_ids() == frozenset()


@capabilities.symbolic_links
def test_a_link_is_taken_away_and_not_what_it_leads_to(
    connectors: ConnectorStore, tmp_path: Path
) -> None:
    save(connectors)
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "kept").write_text("")
    history = connectors.directory / "history"
    history.mkdir()
    (history / "0123").symlink_to(target)
    connectors.clear_history()
    assert os.listdir(history) == []
    assert (target / "kept").exists()


def test_a_run_that_will_not_go_keeps_no_connector(
    connectors: ConnectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = save(connectors)
    connectors.write_run(run()._replace(stored=stored.id), 50)
    folder = connectors.directory / "history" / stored.id
    (folder / "a folder").mkdir()
    connectors.remove(stored)
    assert not connectors.has(stored.id)
    assert connectors.default_id() is None
    assert folder.exists()  # for the next sweep


# --- what is read


@pytest.mark.parametrize(
    "change",
    [
        {"id": "latest"},
        {"id": 3},
        {"connector": []},
        {"environment": None},
        {"stored": 1},
        {"secret_given": 1},
        {"report": None},
        {"report": {"ok": True}},
    ],
)
def test_what_is_no_run_is_refused(change: dict[str, Any]) -> None:
    document = json.loads(json.dumps(run_document(run())))
    assert read_run(document) == run()
    with pytest.raises(ValueError):
        read_run(document | change)


def test_a_report_has_its_nine_stages() -> None:
    short = FAILED._replace(stages=FAILED.stages[:-1])
    document = run_document(run(report=short))["report"]
    with pytest.raises(ValueError):
        read_report(document)


def test_a_failure_s_facts_survive() -> None:
    failure = StageFailure(StageError.AUTH_REFUSED, offered=("PLAIN",))
    stages = tuple(StageResult(s, failure=failure if s == "auth" else None) for s in STAGES)
    report = FAILED._replace(stages=stages)
    assert read_run(json.loads(json.dumps(run_document(run(report=report))))).report == report
