"""A removed project: gone for everybody, back while it is held, and nothing of it left after."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpwizard import files
from smtpwizard.model.errors import SmtpWizardError, StorageError
from smtpwizard.model.stored import Project
from smtpwizard.storage import ConnectorStore, DataDirectory
from smtpwizard.storage.removed_projects import RemovedProjects
from tests.test_storage import defaults_for, put_file, refusal, save, tree


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path / "data")


@pytest.fixture
def removals(data: DataDirectory) -> RemovedProjects:
    return RemovedProjects(data)


def store_of(data: DataDirectory, project: Project) -> ConnectorStore:
    return ConnectorStore(data, project.id, defaults_for)


def names(data: DataDirectory) -> list[str]:
    return [project.name for project in data.projects()]


def test_while_it_is_held_it_can_come_back(data: DataDirectory, removals: RemovedProjects) -> None:
    acme = data.use_project(data.create_project("Acme", domain="a.example").name)
    with removals.holding(acme, with_connectors=False):
        assert names(data) == ["Default"]
        assert data.current_project().name == "Default"
        assert removals.abandoned() == (), "somebody holds it"
        data.create_project("ACME")
        assert refusal(lambda: removals.bring_back(acme)).code == "project_taken"
        data.set_project(data.projects()[0], name="Other")
        assert removals.bring_back(acme) == acme
    assert names(data) == ["Acme", "Default", "Other"]
    assert data.current_project() == acme
    assert removals.abandoned() == ()
    assert [name for name in tree(data.path) if name.endswith("removed.lock")] == []


def test_nobody_works_on_it_any_more(data: DataDirectory, removals: RemovedProjects) -> None:
    acme = data.create_project("Acme")
    store = store_of(data, acme)
    stored = save(store)
    with removals.holding(acme, with_connectors=True):
        calls: list[Callable[[], object]] = [
            lambda: save(store, "Other"),
            lambda: store.remove(stored),
            lambda: data.set_project(acme, domain="x.example"),
            lambda: removals.holding(acme, with_connectors=True).__enter__(),
        ]
        for call in calls:
            assert refusal(call).code == "project_gone"
    assert removals.erase(acme.id) is True
    assert not (data.path / "projects" / acme.id).exists()
    for call in calls[:3]:
        assert refusal(call).code == "project_gone"
    store.change_verification(stored.id, lambda record: record)
    assert not (data.path / "projects" / acme.id).exists(), "and nobody brings half of it back"


@pytest.mark.parametrize("content", [b"torn", {"schema": 99}, {"name": "x"}])
def test_whatever_lies_among_its_connectors_counts(
    data: DataDirectory, removals: RemovedProjects, content: bytes | dict[str, object]
) -> None:
    acme = data.create_project("Acme")
    put_file(store_of(data, acme).directory / "connectors", content)
    error = refusal(lambda: removals.holding(acme, with_connectors=False).__enter__())
    assert (error.code, error.facts) == ("project_not_empty", {"name": "Acme", "number": 1})
    assert names(data) == ["Acme", "Default"]


def test_there_is_always_one(data: DataDirectory, removals: RemovedProjects) -> None:
    default = data.current_project()
    hold = removals.holding(default, with_connectors=True)
    assert refusal(hold.__enter__).code == "project_last"
    acme = data.create_project("Acme")
    with removals.holding(default, with_connectors=False):
        assert names(data) == ["Acme"]
    assert removals.erase(default.id) is True
    assert names(data) == ["Acme"], "there is no other Default"
    assert removals.abandoned() == ()
    assert data.current_project() == acme
    assert refusal(removals.holding(acme, with_connectors=True).__enter__).code == "project_last"
    assert data.create_project("Default").id != default.id
    assert refusal(lambda: save(store_of(data, default))).code == "project_gone"


def test_without_any_other_there_is_one_again(
    data: DataDirectory, removals: RemovedProjects
) -> None:
    acme = data.create_project("Acme")
    with removals.holding(data.projects()[1], with_connectors=False):
        pass
    (data.path / "projects" / acme.id / "project.json").unlink()
    assert data.projects() == (Project("default", "Default"),)


def test_left_by_the_dead_it_is_erased_by_others(
    data: DataDirectory, removals: RemovedProjects
) -> None:
    acme = data.create_project("Acme")
    store = store_of(data, acme)
    save(store, "A", secrets={"password": "keyring:one"})
    gone = save(store, "B", secrets={"password": "keyring:two"})
    with store.removals.batch() as batch:
        store.removals.remove(gone, batch)
        with pytest.raises(KeyError), store.pending("keyring:three"):
            raise KeyError
        with removals.holding(acme, with_connectors=True):
            pass
        assert removals.abandoned() == (acme.id,)
        refs = ("keyring:one", "keyring:three", "keyring:two")
        assert removals.secrets_of(acme.id) == refs
    assert removals.erase(acme.id) is True
    assert removals.erase(acme.id) is True, "somebody else has done it"
    assert not (data.path / "projects" / acme.id).exists()


def test_a_project_that_is_there_is_not_erased(
    data: DataDirectory, removals: RemovedProjects
) -> None:
    acme = data.create_project("Acme")
    save(store_of(data, acme))
    before = tree(data.path)
    assert removals.erase(acme.id) is False
    assert tree(data.path) == before


def test_even_the_mark_may_have_gone(data: DataDirectory, removals: RemovedProjects) -> None:
    acme = data.create_project("Acme")
    with removals.holding(acme, with_connectors=False):
        pass
    (data.path / "projects" / acme.id / "project.json").unlink()
    assert removals.abandoned() == (acme.id,)
    assert removals.erase(acme.id) is True
    assert removals.abandoned() == ()
    assert not (data.path / "projects" / acme.id).exists()


def test_what_stays_is_met_again(
    data: DataDirectory, removals: RemovedProjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = data.create_project("Acme")
    save(store_of(data, acme))
    (store_of(data, acme).directory / "list.lines").write_text("x")
    with removals.holding(acme, with_connectors=True):
        pass
    remove = files.remove_file

    def refuse(path: Path | str) -> None:
        if str(path).endswith("list.lines"):
            raise OSError(errno.EBUSY, "x")
        remove(path)

    with monkeypatch.context() as patch:
        patch.setattr(files, "remove_file", refuse)
        assert removals.erase(acme.id) is False
    assert names(data) == ["Default"]
    assert removals.abandoned() == (acme.id,)
    assert removals.erase(acme.id) is True


def test_what_cannot_be_marked_is_not_removed(
    data: DataDirectory, removals: RemovedProjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = data.create_project("Acme")

    def refuse(*_: object) -> None:
        raise StorageError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(data, "change_project", refuse)
        assert refusal(removals.holding(acme, with_connectors=False).__enter__).code == "disk_full"
    assert names(data) == ["Acme", "Default"]
    with removals.holding(acme, with_connectors=False):  # its lock is free
        pass


def test_secrets_that_cannot_be_read_keep_it(
    data: DataDirectory, removals: RemovedProjects
) -> None:
    acme = data.create_project("Acme")
    folder = store_of(data, acme).directory / "connectors"
    (folder / "folder.json").mkdir(parents=True)
    with pytest.raises(SmtpWizardError):
        removals.secrets_of(acme.id)
    (folder / "folder.json").rmdir()
    (folder / "large.json").write_bytes(b" " * (10 * files.MAX_BYTES + 1))
    assert refusal(lambda: removals.secrets_of(acme.id)).code == "too_large"


def test_an_unreadable_file_is_no_removed_project(
    data: DataDirectory, removals: RemovedProjects
) -> None:
    acme = data.create_project("Acme")
    path = store_of(data, acme).directory / "project.json"
    path.write_text("torn")
    assert removals.erase(acme.id) is False
    save(store_of(data, acme))
