"""What is remembered of files, and what is not believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtpwizard.model.errors import StorageError
from smtpwizard.storage.contents import Contents, stamp_of, stamps_in
from smtpwizard.usecases.workspace import Workspace

LONG_AGO_NS = 10**18


def put(folder: Path, name: str, text: str, at: int = LONG_AGO_NS) -> Path:
    path = folder / f"{name}.json"
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(at, at))
    return path


def bearing(contents: Contents, key: str) -> list[str]:
    return [Path(path).stem for path in contents.may_bear([key])]


def naming(contents: Contents, *refs: str) -> list[str]:
    return [Path(path).stem for path in contents.may_name(refs)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"name": "One", "x": {"name": " Two "}}', {"one", "two"}),
        ('{"name": "\\u004fne"}', {"one"}),
        ('{"name": 1, "x": "\\u004f"}', set()),
        ('{"name": "\\u004fne"', set()),
        ('{"name": "\\q", "x": 1}', set()),
    ],
)
def test_the_names_in_a_file(tmp_path: Path, text: str, keys: set[str]) -> None:
    put(tmp_path, "a", text)
    assert Contents(tmp_path).keys() == keys


def test_what_is_as_it_was_is_not_read_again(tmp_path: Path) -> None:
    contents = Contents(tmp_path)
    put(tmp_path, "a", '{"name": "One", "ref": "file:a"}')
    assert bearing(contents, "one") == ["a"]
    # As long and as old: nobody writes like that, but it shows what is looked at.
    put(tmp_path, "a", '{"name": "Two", "ref": "file:b"}')
    assert bearing(contents, "one") == ["a"]
    assert naming(contents, "file:a") == ["a"]
    assert naming(contents, "file:b") == []
    put(tmp_path, "a", '{"name": "Two", "ref": "file:b"}', LONG_AGO_NS + 1)
    assert bearing(contents, "two") == ["a"]
    assert naming(contents, "file:b", "file:c") == ["a"]
    (tmp_path / "a.json").unlink()
    assert contents.keys() == frozenset()


def test_what_was_written_just_now_is_read_again(tmp_path: Path) -> None:
    contents = Contents(tmp_path)
    ahead = 4 * LONG_AGO_NS
    put(tmp_path, "a", '{"name": "One"}', ahead)
    assert bearing(contents, "one") == ["a"]
    put(tmp_path, "a", '{"name": "Two"}', ahead)
    assert bearing(contents, "two") == ["a"]


def test_what_others_have_read_is_believed_of_the_same_file(tmp_path: Path) -> None:
    contents = Contents(tmp_path)
    path = put(tmp_path, "a", '{"name": "One", "ref": "file:a"}')
    stamp = (LONG_AGO_NS, path.stat().st_size)
    contents.told = lambda identifier: (stamp, "Told") if identifier == "a" else None
    assert contents.keys() == {"told"}
    assert naming(contents, "file:a") == ["a"]
    assert contents.keys() == {"one"}
    contents = Contents(tmp_path)
    contents.told = lambda _: ((stamp[0] + 1, stamp[1]), "Told")
    assert contents.keys() == {"one"}


def test_a_file_that_cannot_be_read_may_name_what_it_was_told_to(tmp_path: Path) -> None:
    contents = Contents(tmp_path)
    path = put(tmp_path, "a", '{"name": "One", "ref": "file:a"}')
    stamp = (LONG_AGO_NS, path.stat().st_size)
    contents.told = lambda _: (stamp, "One")
    read = contents._path_of
    contents._path_of = lambda identifier: read("gone")  # type: ignore[method-assign]
    assert len(list(contents.may_name(["file:b"]))) == 1


def test_a_folder_that_is_none_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    assert stamps_in(tmp_path / "none") == {}
    (tmp_path / "file").write_text("")
    assert stamps_in(tmp_path) == {}
    with pytest.raises(StorageError) as error:
        stamps_in(tmp_path / "file")
    assert error.value.code == "data_dir_unreadable"


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_to_nothing_or_to_itself_hides_no_other_file(tmp_path: Path) -> None:
    put(tmp_path, "a", '{"name": "One"}')
    (tmp_path / "b.json").symlink_to(tmp_path / "b.json")
    (tmp_path / "c.json").symlink_to(tmp_path / "none.json")
    assert stamps_in(tmp_path).keys() == {"a", "b"}
    assert Contents(tmp_path).keys() == {"one"}


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_one_stamp_is_as_all_of_them_have_it(tmp_path: Path) -> None:
    put(tmp_path, "one", "{}")
    (tmp_path / "round.json").symlink_to(tmp_path / "round.json")
    every = stamps_in(tmp_path)
    assert every["round"] == (-1, -1)
    assert {name: stamp_of(tmp_path, name) for name in every} == every
    assert stamp_of(tmp_path, "gone") is None


def test_who_is_gone_has_no_stamp(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "data", secret_store="session")
    assert ws.store.stamps(["f" * 32]) == {}
