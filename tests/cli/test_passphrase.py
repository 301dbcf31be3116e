"""Another passphrase for the encrypted file, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpwizard import secretstore
from smtpwizard.secretstore import file
from smtpwizard.usecases import store_choice
from smtpwizard.usecases.command_words import join_command
from tests.cli.conftest import Cli, Result
from tests.helpers.programs import prints
from tests.model.documents import changed, document
from tests.usecases.conftest import FolderStore, refuse

BASIC = {"method": "basic", "username": "mailer"}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file.FileStore.__init__, "__kwdefaults__", {"cost": 2})


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "open sesame")


def answer_with(monkeypatch: pytest.MonkeyPatch, passphrase: str) -> None:
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", join_command(prints(passphrase)))


def put(cli: Cli, name: str = "Invoices") -> Result:
    text = json.dumps(changed(document(name=name), {"authentication": BASIC}))
    return cli(
        "create", "--from", "-", "--json", "--secret-stdin", "--secret-store", "file",
        stdin=f"{text}\nsecret-1",
    )  # fmt: skip


def test_what_is_kept_already_moves_where_that_is_asked_for(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: keyring)
    monkeypatch.setattr(secretstore, "probe_keyring", lambda: (True, "test", None))
    assert put(cli).code == 0
    chosen = cli("settings", "set", "secret_store=keyring", "--json")
    assert (chosen.code, chosen.json["settings"]["secret_store"]) == (0, "keyring")
    assert "1 secret that is kept already does not lie in the system's keyring" in chosen.err
    assert "smtpwizard settings set secret_store=keyring --move-secrets" in chosen.err
    moved = cli("settings", "set", "secret_store=keyring", "--move-secrets", "--json")
    assert (moved.code, moved.json["secrets"]) == (0, {"moved": 1, "left": 0})
    assert list(keyring.contents().values()) == ["secret-1"]
    again = cli("settings", "set", "secret_store=keyring", "--move-secrets")
    assert "All secrets lie in the system's keyring already." in again.err
    for path in keyring.folder.iterdir():
        path.unlink()
    lost = cli("settings", "set", "secret_store=file", "--move-secrets", "--json")
    assert (lost.code, lost.json["secrets"]) == (0, {"moved": 0, "left": 1})
    assert "1 secret stayed where it was." in lost.err
    assert "secret_store" in cli("settings", "set", "theme=dark", "--json").out
    keyring.before = refuse("get")
    assert cli("settings", "set", "secret_store=file", "--move-secrets", "--json").code == 3


def test_a_keyring_that_cannot_be_used_is_none_to_move_secrets_to(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_choice, "unusable_stores", lambda ws: frozenset({"keyring"}))
    assert put(cli).code == 0
    assert cli("settings", "set", "secret_store=file").code == 0
    nobodys = cli("settings", "set", "secret_store=")
    assert nobodys.code == 0
    assert "This computer has no usable keyring." in nobodys.err
    assert "--move-secrets" not in nobodys.err


def change(cli: Cli, stdin: bytes | str) -> Result:
    return cli("passphrase", "--secret-stdin", "--json", stdin=stdin)


@pytest.mark.parametrize(
    "stdin", ["open sesame\nclose sesame", "open sesame\nclose sesame\n",
              "open sesame\r\nclose sesame\r\n"],
)  # fmt: skip
def test_changing_it(cli: Cli, monkeypatch: pytest.MonkeyPatch, stdin: str) -> None:
    put(cli)
    result = change(cli, stdin)
    assert (result.code, result.json) == (0, {"passphrase_changed": True})
    assert "SMTPWIZARD_PASSPHRASE_COMMAND" in result.err
    assert "sesame" not in result.out + result.err
    assert put(cli, "Reports").error["code"] == "passphrase_wrong"
    answer_with(monkeypatch, "close sesame")
    assert put(cli, "Reports").code == 0
    assert cli("duplicate", "Invoices", "Copy", "--json").code == 0


@pytest.mark.parametrize(
    ("stdin", "exit_code", "code"),
    [
        ("wrong\nclose sesame", 3, "passphrase_wrong"),
        ("open sesame\nx", 3, "passphrase_too_short"),
        ("open sesame", 2, "passphrases_not_two"),
        ("open sesame\n\n", 2, "passphrases_not_two"),
        ("a\nb\nc", 2, "passphrases_not_two"),
        ("", 2, "secret_not_given"),
    ],
)
def test_what_changes_nothing(cli: Cli, stdin: str, exit_code: int, code: str) -> None:
    put(cli)
    before = cli.files()
    result = change(cli, stdin)
    assert (result.code, result.error["code"]) == (exit_code, code)
    assert cli.files() == before


def test_without_a_file_there_is_none(cli: Cli) -> None:
    result = change(cli, "open sesame\nclose sesame\n")
    assert (result.code, result.error["code"]) == (3, "secrets_file_missing")
    assert cli.files() == {}


def test_nobody_to_ask(cli: Cli) -> None:
    assert cli("passphrase", "--json").error["code"] == "passphrase_needed"
