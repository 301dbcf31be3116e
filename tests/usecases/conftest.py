"""A workspace of the test's own, and a secret store with a memory and a temper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import secretstore
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.workspace import Workspace
from tests.model.documents import changed, document

BASIC = {"method": "basic", "username": "mailer"}


def unbound(entry: str) -> str:
    """The secret of a store's entry, without what it is bound to."""
    header, _, secret = entry.partition("\n")
    return secret if header.startswith("smtpwizard-secret:") else entry


class FolderStore:
    """A keyring in a folder, one file a secret; `before` is called ahead of every step.

    Outlives the process that wrote it, unlike memory: a killed save can be looked at afterwards.
    """

    name = "keyring"

    def __init__(self, folder: Path, before: Callable[[str], None] = lambda step: None) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.before = before

    def ready(self) -> None:
        self.before("ready")

    def look(self) -> None:
        """It can always be used."""

    def put(self, ref: str, secret: Secret) -> None:
        self.before("put")
        (self.folder / ref).write_text(secret.reveal())
        self.before("put done")

    def get(self, ref: str) -> Secret:
        self.before("get")
        try:
            return Secret((self.folder / ref).read_text())
        except FileNotFoundError:
            raise SecretStoreError("secret_missing") from None

    def delete(self, ref: str) -> None:
        self.before("delete")
        (self.folder / ref).unlink(missing_ok=True)
        self.before("delete done")

    def contents(self) -> dict[str, str]:
        """The secrets by reference, without what they are bound to."""
        return {path.name: unbound(path.read_text()) for path in self.folder.iterdir()}


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStore:
    """The keyring of every workspace opened with `--secret-store keyring` in this test."""
    store = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: store)
    return store


def open_workspace(folder: Path, **options: Any) -> Workspace:
    return Workspace.open(folder / "data", **{"secret_store": "keyring", **options})


@pytest.fixture
def ws(tmp_path: Path, keyring: FolderStore) -> Workspace:
    return open_workspace(tmp_path)


def connector(ws: Workspace, **changes: Any) -> Connector:
    """The minimal connector with a password, but for `changes` (`server__port=25`)."""
    source = changed(document(**changes), {})
    if "authentication" not in changes:
        source["authentication"] = dict(BASIC)
    return parse_connector(source, ws.defaults_for)


def refuse(step: str, code: str = "secret_store_locked") -> Callable[[str], None]:
    """A temper that says no at one step."""

    def before(now: str) -> None:
        if now == step:
            raise SecretStoreError(code)

    return before
