"""Connectors on their way between projects: all of them or none, whenever the machine stops."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.storage import ConnectorStore, DataDirectory
from smtpwizard.storage.transfers import Arrival, Transfers
from tests.test_storage import defaults_for, make_connector, refusal, save
from tests.test_storage_crash import Cut, copy, cut_from, trouble


class Two:
    """Two projects, the first with three connectors of which one is the default."""

    def __init__(self, path: Path) -> None:
        self.data = DataDirectory(path)
        ids = [project.id for project in self.data.projects() if project.name == "Other"]
        self.other_id = ids[0] if ids else self.data.create_project("Other").id
        self.here = ConnectorStore(self.data, "default", defaults_for)
        self.there = ConnectorStore(self.data, self.other_id, defaults_for)
        self.transfers = Transfers(self.data, defaults_for)

    def fill(self) -> Two:
        for name in ("A", "B", "C"):
            stored = save(self.here, name, secrets={"password": f"keyring:{name}"})
            self.here.change_verification(stored.id, lambda _: {"ok": True})
            folder = self.here.directory / "history" / stored.id
            files.write_file(folder / "run.json", b"{}\n")
        self.here.set_default(self.named("B"))
        return self

    def named(self, name: str, store: ConnectorStore | None = None) -> StoredConnector:
        listed = (store or self.here).list().connectors
        return next(stored for stored in listed if stored.connector.name == name)

    def carry(self, *names: str, moved: bool = True, **changes: Any) -> tuple[Any, ...]:
        arrivals = []
        for name in names:
            stored = self.named(name)
            connector = stored.connector._replace(**changes)
            arrivals.append(Arrival(stored, connector, stored.secrets))
        return self.transfers.carry_out("default", self.other_id, arrivals, moved=moved)

    def view(self) -> dict[str, tuple[list[tuple[str, bool, bool]], str | None]]:
        """Of both projects the names, which have a record and runs, and the default."""
        found = {}
        for key, store in (("here", self.here), ("there", self.there)):
            listing = store.list()
            assert (listing.damaged, listing.newer) == ((), ())
            rows = [
                (
                    stored.connector.name,
                    store.read_verification(stored.id) is not None,
                    (store.directory / "history" / stored.id / "run.json").exists(),
                )
                for stored in listing.connectors
            ]
            default = store.default_id()
            names = {stored.id: stored.connector.name for stored in listing.connectors}
            found[key] = (rows, names.get(default or ""))
        return found

    def left(self) -> list[str]:
        return files.list_names(self.data.transfers_folder)


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path / "data").fill()


A, B, C = (("A", True, True), ("B", True, True), ("C", True, True))


def test_moved_they_take_records_runs_and_the_default_along(two: Two) -> None:
    before = two.named("A"), two.named("B")
    assert two.carry("A", "B") == before, "nothing of them is changed"
    assert two.view() == {"here": ([C], "C"), "there": ([A, B], "B")}
    assert two.left() == []


def test_the_default_there_stays(two: Two) -> None:
    save(two.there, "D")
    two.carry("B")
    assert two.view()["there"][1] == "D"
    assert two.view()["here"] == ([A, C], None), "of two none is the default by itself"


def test_the_first_is_the_default_where_there_was_none(two: Two) -> None:
    two.carry("C", "A")
    assert two.view() == {"here": ([B], "B"), "there": ([A, C], "C")}


def test_a_change_is_the_next_revision(two: Two) -> None:
    (moved,) = two.carry("A", description="new")
    assert (moved.revision, moved.connector.description) == (2, "new")
    assert two.there.list().connectors == (moved,)


def test_a_copy_has_no_past(two: Two) -> None:
    source = two.named("B")
    (copied,) = two.carry("B", moved=False)
    assert copied.id != source.id
    assert (copied.revision, copied.connector) == (1, source.connector)
    assert two.view() == {"here": ([A, B, C], "B"), "there": ([("B", False, False)], "B")}


def test_none_goes_where_one_name_is_taken(two: Two) -> None:
    save(two.there, "b")
    before = two.view()
    error = refusal(lambda: two.carry("A", "B"))
    assert (error.code, error.facts["name"]) == ("name_taken", "B")
    assert two.view() == before
    assert two.left() == []


def test_none_goes_where_one_was_changed_meanwhile(two: Two) -> None:
    arrivals = [Arrival(two.named(name), two.named(name).connector, {}) for name in ("A", "B")]
    save(two.here, "B", two.named("B"), description="changed")
    before = two.view()
    carry = partial(two.transfers.carry_out, "default", two.other_id, arrivals, moved=True)
    assert refusal(carry).code == "changed_elsewhere"
    assert two.view() == before


def test_nothing_goes_into_a_project_that_is_gone(two: Two) -> None:
    two.other_id = "gone"
    assert refusal(lambda: two.carry("A")).code == "project_gone"
    assert not (two.data.path / "projects" / "gone").exists()


def test_nothing_at_all_is_nothing(two: Two) -> None:
    before = two.view()
    assert two.carry() == ()
    assert two.view() == before
    assert two.transfers.finish_abandoned() == ()


def test_secrets_of_both_projects_are_known_to_be_used(two: Two) -> None:
    two.carry("A")
    two.carry("B", moved=False)
    refs = ["keyring:A", "keyring:B", "keyring:C", "keyring:none"]
    assert two.here.used(refs) == {"keyring:A", "keyring:B", "keyring:C"}
    assert two.here.used(refs, elsewhere=True) == {"keyring:A", "keyring:B"}
    assert two.here.used([]) == frozenset()
    found = two.here.users_of("keyring:B")
    assert [stored.connector.name for stored in found] == ["B", "B"]
    assert two.here.users_of() == ()
    with pytest.raises(Cut), two.here.pending("keyring:B"):
        raise Cut
    two.here.remove(two.named("B"))
    assert two.here.undecided() == (), "the other project has it"
    two.there.remove(two.named("B", two.there))
    with pytest.raises(Cut), two.here.pending("keyring:B"):
        raise Cut
    assert two.here.undecided() == ("keyring:B",)


def test_what_is_on_its_way_keeps_its_secret(two: Two) -> None:
    path = two.data.transfers_folder / ("0" * 32) / "x.json"
    files.write_file(path, b'{"stored": {"secrets": {"password": "keyring:way"}}}')
    (two.data.transfers_folder / "stray").write_text("keyring:stray")
    assert two.there.used(["keyring:way", "keyring:stray"]) == {"keyring:way"}
    with pytest.raises(Cut), two.here.pending("keyring:way"):
        raise Cut
    assert two.here.undecided() == ()
    path.write_bytes(b"x" * (files.MAX_BYTES + 1))
    assert two.there.used(["keyring:way"]) == frozenset()
    assert two.here.undecided() == (), "a file that cannot be read may name it"


# --- cut off, refused


@pytest.mark.parametrize("moved", [True, False])
def test_cut_off_at_every_call_all_or_none_are_there(
    two: Two, moved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_WRITERS", 1)  # a thread would outlive what is cut off here
    before = two.data.path
    old = two.view()
    counted = Two(copy(before, 0))
    with trouble(lambda number, call: None) as calls:
        counted.carry("A", "B", moved=moved)
    new = counted.view()
    seen = []
    for last in range(calls.total()):
        cut = Two(copy(before, last + 1))
        with pytest.raises(Cut), trouble(partial(cut_from, last)):
            cut.carry("A", "B", moved=moved)
        cut.transfers.finish_abandoned()
        found = cut.view()
        assert found in (old, new), last
        seen.append(found == new)
        assert cut.left() == []
        assert cut.transfers.finish_abandoned() == ()
    assert seen == sorted(seen), "once decided, always done"
    assert (seen[0], seen[-1]) == (False, True)


@pytest.mark.parametrize("call", ["write", "replace", "mkdir"])
def test_refused_at_any_call_nothing_has_happened(
    two: Two, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or all has, where only what belongs to them could not follow."""
    monkeypatch.setattr(files, "_WRITERS", 1)
    before = two.data.path
    old = two.view()
    counted = Two(copy(before, 0))
    with trouble(lambda number, name: None) as calls:
        counted.carry("A", "B")
    refused = 0
    for wanted in range(calls[call]):
        tried = Two(copy(before, wanted + 1))
        met = iter(range(1000))

        def strike(_: int, name: str, wanted: int = wanted, met: Any = met) -> OSError | None:
            struck = name == call and next(met) == wanted
            return OSError(errno.EIO, "refused") if struck else None

        names = [["C"], ["A", "B"]]
        with trouble(strike), suppress(StorageError):
            tried.carry("A", "B")
        found = [[row[0] for row in rows] for rows, _ in tried.view().values()]
        if found != names:
            assert tried.view() == old, wanted
            refused += 1
        assert tried.left() == []
    assert refused


def half(two: Two) -> None:
    """Cut off as soon as the first of two is in its place."""
    placed: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        replace = files.replace_file

        def cut_after_one(before: Path, after: Path) -> None:
            if placed:
                raise Cut
            replace(before, after)
            if after.parent.name == "connectors":
                placed.append(after)

        patch.setattr(files, "replace_file", cut_after_one)
        with pytest.raises(Cut):
            two.carry("A", "B")
    assert os.listdir(two.there.directory / "connectors")


def test_what_cannot_be_put_back_is_finished_later(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = files.replace_file
    placed: list[Path] = []

    def refuse_after_one(before: Path, after: Path) -> None:
        if placed:
            raise OSError(errno.EROFS, "x")
        replace(before, after)
        if after.parent.name == "connectors":
            placed.append(after)

    monkeypatch.setattr(files, "replace_file", refuse_after_one)
    assert refusal(lambda: two.carry("A", "B")).code == "data_dir_unwritable"
    assert two.transfers.finish_abandoned() == (), "still refused"
    monkeypatch.setattr(files, "replace_file", replace)
    assert len(two.transfers.finish_abandoned()) == 2
    assert two.view() == {"here": ([C], "C"), "there": ([A, B], "B")}
    assert two.left() == []


def test_runs_of_what_is_on_its_way_are_nobodys_leftovers(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off when all are out of their former place, and their runs are not."""
    with monkeypatch.context() as patch:
        patch.setattr("smtpwizard.storage.transfers._take_history", lambda *_: cut())
        with pytest.raises(Cut):
            two.carry("A", "B")
    two.here.clear_history()
    two.transfers.finish_abandoned()
    assert two.view() == {"here": ([C], "C"), "there": ([A, B], "B")}


def cut() -> None:
    raise Cut


def test_a_live_process_finishes_its_own(two: Two) -> None:
    half(two)
    (batch,) = two.left()
    with files.locked(two.data.transfers_folder / f"{batch}.lock"):
        assert two.transfers.finish_abandoned() == ()
    assert len(two.transfers.finish_abandoned()) == 2


@pytest.mark.parametrize("finisher", [True, False])
def test_two_who_finish_the_same(two: Two, monkeypatch: pytest.MonkeyPatch, finisher: bool) -> None:
    """The second waits for the projects, and finds it done."""
    half(two)
    locked = ConnectorStore._locked
    others: list[object] = [Transfers(two.data, defaults_for)] if finisher else []

    def other_first(store: ConnectorStore) -> Any:
        if others:
            other = others.pop()
            assert isinstance(other, Transfers)
            assert len(other.finish_abandoned()) == 2
        return locked(store)

    monkeypatch.setattr(ConnectorStore, "_locked", other_first)
    assert len(two.transfers.finish_abandoned()) == (0 if finisher else 2)
    assert two.view()["there"] == ([A, B], "B")


JOURNALS: list[Callable[[dict[str, Any]], Any]] = [
    lambda journal: journal | {"connectors": 5},
    lambda journal: journal | {"connectors": ["../../x"]},
    lambda journal: journal | {"target": ""},
    lambda journal: journal | {"target": ".."},
    lambda journal: journal | {"source": None},
    lambda journal: [journal],
]


@pytest.mark.parametrize("spoil", JOURNALS)
def test_a_journal_that_is_none_decides_nothing(
    two: Two, spoil: Callable[[dict[str, Any]], Any]
) -> None:
    folder = two.data.transfers_folder / ("0" * 32)
    stored = two.named("A")
    journal = {
        "source": "default",
        "target": two.other_id,
        "connectors": [stored.id],
        "default": None,
    }
    path = folder / "journal.json"
    files.write_file(path, json.dumps(spoil(journal)).encode())
    before = two.view()
    assert two.transfers.finish_abandoned() == ()
    assert two.view() == before
    assert two.left() == []


def test_a_journal_that_cannot_be_read_decides_nothing(two: Two) -> None:
    (two.data.transfers_folder / ("0" * 32) / "journal.json").mkdir(parents=True)
    assert two.transfers.finish_abandoned() == ()


def test_what_cannot_be_taken_away_is_met_again(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise OSError(errno.EBUSY, "x")

    with monkeypatch.context() as patch:
        patch.setattr(files, "remove_file", refuse)
        two.carry("A")
    assert two.view()["there"] == ([A], "A")
    assert len(two.left()) == 1
    two.transfers.finish_abandoned()
    assert two.left() == []
    assert two.view()["there"] == ([A], "A")


def test_records_that_cannot_follow_keep_nobody(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = files.replace_file

    def refuse_history(before: Path, after: Path) -> None:
        if before.parent.name == "history":
            raise OSError(errno.EIO, "x")
        replace(before, after)

    monkeypatch.setattr(files, "replace_file", refuse_history)
    two.carry("A")
    assert two.view()["there"] == ([("A", False, False)], "A")


def test_a_connector_of_hand_made_files_has_no_history(two: Two) -> None:
    path = two.here.directory / "connectors" / "hand.json"
    path.write_text(json.dumps(make_connector("Hand").to_json()))
    two.carry("Hand")
    assert two.view()["there"] == ([("Hand", False, False)], "Hand")
