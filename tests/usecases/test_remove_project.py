"""A project goes with all that is its own, or comes back; nobody else loses anything by it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from smtpwizard import secretstore
from smtpwizard.files import list_names
from smtpwizard.model.errors import SmtpWizardError, StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.storage.removed_projects import RemovedProjects
from smtpwizard.usecases.approvals import approve, is_approved
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.project import create_project, rename_project, use_project
from smtpwizard.usecases.remove_project import ProjectRemoval, remove_project
from smtpwizard.usecases.save import save_connector, sweep_secrets
from smtpwizard.usecases.transfer import copy_connectors
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.helpers.programs import prints
from tests.usecases.conftest import BASIC, FolderStore, connector, open_workspace, refuse
from tests.usecases.test_transfer import save, save_oauth


@pytest.fixture
def other(ws: Workspace) -> Workspace:
    return ws.in_project(create_project(ws, "Other"))


def projects(ws: Workspace) -> list[str]:
    return [project.name for project in ws.data.projects()]


def code_of(call: object) -> str:
    with pytest.raises(SmtpWizardError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_it_goes_with_its_connectors_and_their_secrets(
    ws: Workspace, other: Workspace, keyring: FolderStore
) -> None:
    save(ws, "Mine")
    save(other)
    helper = connector(other, name="H", authentication={**BASIC, "secret_command": prints("x")})
    stored = save_connector(other, helper, secrets={})
    approve(other, stored.connector)
    assert (
        code_of(lambda: remove_project(ws, "other", with_connectors=False)) == "project_not_empty"
    )
    removed = remove_project(ws, "other", with_connectors=True)
    assert (removed.project.id, removed.connectors) == (other.project.id, ("A", "H"))
    assert removed.complete is True
    assert projects(ws) == ["Default"]
    assert list(keyring.contents().values()) == ["p-Mine"]
    assert not other.store.directory.exists()
    assert not is_approved(ws, stored.connector)
    assert ws.changes.done[-1].to_json() == {"change": "project_removed", "name": "Other"}


def test_a_sign_in_that_another_project_has_stays(
    ws: Workspace, other: Workspace, keyring: FolderStore
) -> None:
    first = save_oauth(ws)
    copy_connectors(ws, [first], other.project)
    assert remove_project(ws, "Other", with_connectors=True).complete
    secret = kept_secret(ws, first, "refresh_token")
    assert secret is not None
    assert secret.reveal() == "rt"
    assert len(keyring.contents()) == 2


def test_an_empty_one_can_come_back(ws: Workspace, other: Workspace) -> None:
    removal = ProjectRemoval(ws, other.project, with_connectors=False)
    assert projects(ws) == ["Default"]
    sweep_secrets(ws)
    assert removal.undo() == other.project
    assert projects(ws) == ["Default", "Other"]
    sweep_secrets(ws)
    save(other)


def test_the_current_one_goes_and_another_is_current(ws: Workspace, other: Workspace) -> None:
    use_project(ws, "Other")
    remove_project(ws, "Other", with_connectors=False)
    assert ws.data.current_project().name == "Default"


def test_a_locked_store_keeps_what_is_left_for_later(
    ws: Workspace, other: Workspace, keyring: FolderStore, tmp_path: Path
) -> None:
    save(other)
    keyring.before = refuse("delete")
    assert remove_project(ws, "Other", with_connectors=True).complete is False
    assert projects(ws) == ["Default"]
    sweep_secrets(ws)
    assert len(keyring.contents()) == 1
    keyring.before = lambda _: None
    sweep_secrets(open_workspace(tmp_path))
    assert keyring.contents() == {}
    assert not other.store.directory.exists()


def test_a_store_that_would_ask_is_left_alone_by_a_sweep(
    ws: Workspace, other: Workspace, keyring: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(other)
    keyring.before = refuse("delete")
    remove_project(ws, "Other", with_connectors=True)
    keyring.before = lambda _: None
    monkeypatch.setattr(Workspace, "opens_silently", lambda *_: False)
    sweep_secrets(ws)
    assert len(keyring.contents()) == 1


def test_what_cannot_be_erased_is_told_and_logged(
    ws: Workspace, other: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> bool:
        raise StorageError("data_dir_unwritable")

    monkeypatch.setattr(RemovedProjects, "secrets_of", refused)
    assert remove_project(ws, "Other", with_connectors=False).complete is False
    sweep_secrets(ws)
    monkeypatch.undo()
    with monkeypatch.context() as patch:
        patch.setattr(RemovedProjects, "erase", lambda *_: False)
        sweep_secrets(ws)
        assert other.store.directory.exists()


def test_renamed_it_is_the_same_one(ws: Workspace, other: Workspace) -> None:
    stored = save(other)
    assert rename_project(ws, "other", "Site B").id == other.project.id
    assert ws.project.name == "Default"
    assert rename_project(ws, "Default", "Site A") == ws.project
    assert projects(ws) == ["Site A", "Site B"]
    assert other.connectors().connectors == (stored,)
    assert code_of(lambda: rename_project(ws, "Site A", "SITE B")) == "project_taken"
    assert code_of(lambda: rename_project(ws, "Nobody", "X")) == "project_unknown"


@capabilities.forks
def test_killed_at_any_step_it_is_there_or_gone(
    tmp_path: Path, ws: Workspace, keyring: FolderStore
) -> None:
    for step in range(200):
        if "Doomed" not in projects(ws):
            doomed = ws.in_project(create_project(ws, "Doomed"))
            stored = save(doomed)
        child = os.fork()
        if child == 0:
            _remove_and_die(tmp_path, step)
        _, status = os.waitpid(child, 0)
        later = open_workspace(tmp_path)
        sweep_secrets(later)
        if "Doomed" in projects(later):
            assert _whole(later.in_project(doomed.project), stored)
        else:
            assert keyring.contents() == {}
            assert set(list_names(doomed.store.directory)) <= {".lock"}
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
    else:
        pytest.fail("it never came to its end")
    assert step > 3
    assert projects(ws) == ["Default"]


def _whole(ws: Workspace, stored: StoredConnector) -> bool:
    secret = kept_secret(ws, stored, "password")
    assert secret is not None
    return ws.connectors().connectors == (stored,) and secret.reveal() == "p-A"


def _remove_and_die(folder: Path, step: int) -> None:
    steps = iter(range(step))

    def before(*_: object) -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        from smtpwizard import files

        store = FolderStore(folder / "keyring", before)
        secretstore.KeyringStore = lambda: store  # type: ignore[assignment,misc]
        for name in ("replace_file", "remove_file"):
            original = getattr(files, name)

            def ahead(*args: object, original: object = original) -> object:
                before()
                return original(*args)  # type: ignore[operator]

            setattr(files, name, ahead)
        ws = open_workspace(folder)
        remove_project(ws, "Doomed", with_connectors=True)
        code = 0
    finally:
        os._exit(code)
