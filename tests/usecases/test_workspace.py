"""Opening a workspace: where it lies, what it finds, and that it writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import FolderStore, connector, open_workspace


def test_the_given_folder_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPWIZARD_DATA_DIR", str(tmp_path / "environment"))
    assert Workspace.open(tmp_path / "given").data_dir == tmp_path / "given"
    ws = Workspace.open()
    assert (ws.data_dir, ws.log_dir) == (tmp_path / "environment", tmp_path / "environment/log")


def test_the_platform_s_folders_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPWIZARD_DATA_DIR", "")
    ws = Workspace.open()
    assert ws.data_dir.name == "smtpwizard"
    assert ws.log_dir != ws.data_dir / "log"
    assert not ws.data_dir.exists()
    assert not ws.log_dir.exists()


def test_a_relative_folder_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ws = Workspace.open(Path("here"))
    monkeypatch.chdir("/")
    assert ws.data_dir == tmp_path / "here"


def test_looking_writes_nothing(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path)
    assert ws.connectors().connectors == ()
    assert ws.project.name == "Default"
    assert ws.catalogue.get("gmail") is not None
    with pytest.raises(UsageError, match="connector_unknown"):
        ws.find("x")
    assert list(tmp_path.iterdir()) in ([], [tmp_path / "keyring"])


def test_projects_are_found_by_name(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path)
    ws.data.create_project("Straße")
    assert open_workspace(tmp_path, project=" STRASSE ").project.name == "Straße"
    with pytest.raises(UsageError, match="project_unknown"):
        open_workspace(tmp_path, project="nowhere")


def test_unknown_stores_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="secret_store_unknown"):
        open_workspace(tmp_path, secret_store="cloud")


def test_references_of_unknown_stores_cannot_be_opened(ws: Workspace) -> None:
    from smtpwizard.model.errors import SecretStoreError

    with pytest.raises(SecretStoreError, match="secret_store_unavailable"):
        ws.store_of("cloud:x")


def test_names_are_found_in_any_form(ws: Workspace, keyring: FolderStore) -> None:
    stored = save_connector(ws, connector(ws, name="Büro"), secrets={})
    assert ws.find(" BU\u0308RO ") == stored


@pytest.mark.parametrize(
    ("name", "content"),
    [("b.toml", b"not toml ["), ("b.toml", b"\xff"), ("b.toml", b'id = "gmail"\nport = 0')],
)
def test_a_damaged_provider_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    folder = tmp_path / "data/providers.d"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text('id = "gmail"\nhost = "relay.example.test"')
    assert open_workspace(tmp_path).defaults_for("gmail").host == "relay.example.test"  # type: ignore[union-attr]
    (folder / name).write_bytes(content)
    with pytest.raises(StorageError, match="provider_file_damaged") as caught:
        open_workspace(tmp_path).catalogue  # noqa: B018
    assert caught.value.facts["path"].endswith(name)
