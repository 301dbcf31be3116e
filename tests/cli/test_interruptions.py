"""Commands that are cut off, or fail after the change: what holds is said, and nobody is asked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files, secretstore
from smtpwizard.net import cancel
from smtpwizard.usecases.command_words import join_command
from tests.cli.conftest import Cli, Result
from tests.helpers.processes import send_to_self
from tests.helpers.programs import prints
from tests.model.documents import changed, document
from tests.usecases.conftest import FolderStore

BASIC = {"method": "basic", "username": "mailer"}
WAIT_S = 30


class Question:
    """A keyring that asks at one step, nobody answers, and a signal comes meanwhile."""

    def __init__(self, step: str, number: int | None) -> None:
        self.step = step
        self.number = number
        self.asked = 0
        self.over = threading.Event()

    def __call__(self, step: str) -> None:
        if step == self.step:
            self.asked += 1
            if self.number is not None:
                send_to_self(self.number)
            self.over.wait(WAIT_S)  # a signal that was swallowed fails the test by its code


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderStore]:
    store = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: store)
    yield store
    if isinstance(store.before, Question):
        store.before.over.set()


@pytest.fixture
def put(cli: Cli, keyring: FolderStore) -> Callable[..., Result]:
    """Create a connector whose password is in the keyring."""

    def create(name: str = "Invoices") -> Result:
        text = json.dumps(changed(document(name=name), {"authentication": BASIC}))
        return cli(
            "create", "--from", "-", "--json", "--secret-stdin", "--secret-store", "keyring",
            stdin=f"{text}\nold-secret",
        )  # fmt: skip

    return create


@pytest.mark.parametrize("number", [signal.SIGINT, *cancel.ENDING_SIGNALS])
@pytest.mark.parametrize("step", ["ready", "put"])
def test_one_signal_ends_a_command_that_waits_for_the_keyring(
    cli: Cli,
    keyring: FolderStore,
    put: Callable[..., Result],
    number: int,
    step: str,
) -> None:
    keyring.before = question = Question(step, number)
    result = put()
    assert (result.code, result.error["code"]) == (130, "cancelled")
    assert result.error["done"] == []
    assert "Nothing was changed." in result.err
    assert ("secret_left_behind" in result.error) is (step == "put")
    assert question.asked == 1
    assert cli("list", "--json").json["connectors"] == []


def test_what_was_done_before_the_signal_is_said(
    cli: Cli, keyring: FolderStore, put: Callable[..., Result]
) -> None:
    put()
    keyring.before = question = Question("delete", signal.SIGINT)
    result = cli("remove", "Invoices", "--json")
    assert (result.code, result.error["code"]) == (130, "cancelled")
    assert result.error["done"] == [{"change": "removed", "name": "Invoices"}]
    assert result.error["secret_left_behind"]
    assert "“Invoices” is removed." in result.err
    assert "the next change deletes it" in result.err
    assert question.asked == 1


def test_a_signal_just_after_the_change_does_not_deny_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = files.replace_file

    def interrupted(source: Path, target: Path) -> None:
        replace(source, target)
        if target.parent.name == "connectors":
            raise KeyboardInterrupt

    monkeypatch.setattr(files, "replace_file", interrupted)
    result = cli.create()
    assert result.code == 130
    assert result.error["done"] == [{"change": "saved", "name": "Invoices"}]
    monkeypatch.setattr(files, "replace_file", replace)
    assert [row["name"] for row in cli("list", "--json").json["connectors"]] == ["Invoices"]


def test_an_interrupted_change_of_the_passphrase(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", join_command(prints("open sesame")))
    text = json.dumps(changed(document(), {"authentication": BASIC}))
    made = cli(
        "create", "--from", "-", "--json", "--secret-stdin", "--secret-store", "file",
        stdin=f"{text}\nold-secret",
    )  # fmt: skip
    assert made.code == 0, made.out
    replace = files.replace_file

    def interrupted(source: Path, target: Path) -> None:
        replace(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "replace_file", interrupted)
    result = cli("passphrase", "--secret-stdin", "--json", stdin="open sesame\nclose sesame\n")
    assert result.code == 130
    assert [done["change"] for done in result.error["done"]] == ["passphrase_changed"]


# -- a limit ---------------------------------------------------------------------------------------


def test_the_limit_of_a_verification_holds_for_its_secret(
    cli: Cli,
    keyring: FolderStore,
    put: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cancel, "WAITING_AFTER_S", 0)
    put()
    keyring.before = Question("get", None)
    result = cli("verify", "Invoices", "--json", "--timeout", "1")
    assert (result.code, result.error["code"]) == (3, "keyring_silent")
    assert result.err.count("Waiting for the keyring, which may be asking you something.") == 1


@pytest.mark.parametrize("stage", ["resolve", "connect", "greeting", "tls", "ehlo"])
@pytest.mark.parametrize("method", ["basic", "oauth"])
def test_a_stage_that_needs_no_secret_opens_no_store(
    cli: Cli, keyring: FolderStore, put: Callable[..., Result], stage: str, method: str
) -> None:
    put()
    if method == "oauth":
        changes = {"authentication.method": "oauth", "authentication.oauth.client_id": "id"}
        for field, value in changes.items():
            cli("edit", "Invoices", "--set", f"{field}={value}")
    steps: list[str] = []
    keyring.before = steps.append
    result = cli("verify", "Invoices", "--json", "--stop-after", stage, "--timeout", "5")
    assert "stages" in result.json, result.out
    assert steps == []


# -- after the change ------------------------------------------------------------------------------


@pytest.fixture
def broken_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """After the next replacement or removal of a file in this folder no file can be read."""

    def arm(folder: str) -> None:
        replace, unlink = files.replace_file, os.unlink

        def broken(*_: Any, **__: Any) -> Any:
            raise OSError(5, "Input/output error")

        def breaks(path: Any) -> None:
            if Path(path).parent.name == folder and not str(path).endswith(".tmp"):
                monkeypatch.setattr(os, "listdir", broken)
                monkeypatch.setattr(files, "read_file", broken)

        def replaced(source: Path, target: Path) -> None:
            replace(source, target)
            breaks(target)

        def unlinked(path: Any, **options: Any) -> None:
            unlink(path, **options)
            breaks(path)

        monkeypatch.setattr(files, "replace_file", replaced)
        monkeypatch.setattr(os, "unlink", unlinked)

    return arm


CHANGES: list[tuple[tuple[str, ...], str]] = [
    (("edit", "Reports", "--set", "description=x"), "connectors"),
    (("edit", "Invoices", "--set", "description=x"), "connectors"),
    (("edit", "Invoices", "--secret-stdin"), "connectors"),
    (("duplicate", "Invoices", "Copy"), "connectors"),
    (("remove", "Invoices"), "connectors"),
    (("default", "Reports"), "default"),
    (("project", "set", "domain=flows.example.com"), "default"),
    (("project", "create", "Site B"), "*"),
]


@pytest.mark.parametrize(("argv", "folder"), CHANGES, ids=lambda value: " ".join(value)[:30])
def test_a_read_that_fails_after_the_change_is_a_note(
    cli: Cli,
    put: Callable[..., Result],
    broken_after: Callable[[str], None],
    argv: tuple[str, ...],
    folder: str,
) -> None:
    put()
    put("Reports")
    whole = cli_answer(cli, argv, put)
    broken_after(folder)
    result = cli(*argv, "--json", stdin="new-secret\n")
    assert result.code == 0, result.out
    assert result.json == whole


def cli_answer(cli: Cli, argv: tuple[str, ...], put: Callable[..., Result]) -> Any:
    """What the same command answers on a disk that can be read; undone afterwards."""
    saved = cli.data_dir.with_name("saved")
    shutil.copytree(cli.data_dir, saved)
    answer = cli(*argv, "--json", stdin="new-secret\n").json
    shutil.rmtree(cli.data_dir)
    shutil.move(saved, cli.data_dir)
    return answer
