"""Helper commands run when approved: one program, its arguments, and what its secret is for."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError, StorageError, UsageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases import approvals
from smtpwizard.usecases.approvals import approve, approved_secret, is_approved, program_of
from smtpwizard.usecases.command_words import join_command
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.save import create_connector, save_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.helpers.programs import another, prints
from tests.model.documents import document
from tests.usecases.conftest import BASIC, FolderStore, connector, refuse

OTHER = another()
COMMAND = prints("hunter2")


@pytest.fixture(autouse=True)
def _no_store_is_asked(keyring: FolderStore) -> None:
    keyring.before = refuse("get", "a store was asked")


@pytest.fixture
def helper(tmp_path: Path) -> Path:
    """A program of the user's own."""
    folder = tmp_path / "bin"
    folder.mkdir(mode=0o700)
    program = folder / "getpw"
    program.write_text("#!/bin/sh\npwd; echo >&2 noise\n")
    program.chmod(0o700)
    return program


def stored_with(ws: Workspace, command: list[str], **changes: Any) -> StoredConnector:
    authentication = BASIC | {"secret_command": command}
    made = connector(ws, authentication=authentication, **changes)
    return save_connector(ws, made, secrets={})


def code_of(ws: Workspace, stored: StoredConnector) -> str:
    with pytest.raises(SecretStoreError) as caught:
        approved_secret(ws, stored)
    return caught.value.code


def by_hand(ws: Workspace, stored: StoredConnector, path: str, value: Any) -> StoredConnector:
    """The connector after its file was edited."""
    file = ws.data_dir / "projects/default/connectors" / f"{stored.id}.json"
    text = json.loads(file.read_text())
    *parents, last = path.split(".")
    place = text
    for parent in parents:
        place = place[parent]
    place[last] = value
    file.write_text(json.dumps(text))
    [found] = [c for c in ws.connectors().connectors if c.id == stored.id]
    return found


# --- what is approved


def test_only_exactly_what_was_approved_runs(ws: Workspace) -> None:
    stored = stored_with(ws, COMMAND)
    assert code_of(ws, stored) == "secret_command_unapproved"
    approve(ws, stored.connector)
    assert approved_secret(ws, stored) == Secret("hunter2")
    others = ([*COMMAND, " "], [f"{COMMAND[0]} x"], [OTHER, "hunter2"])
    for number, other in enumerate(others):
        assert not is_approved(ws, stored_with(ws, other, name=f"Other {number}").connector)
    assert approved_secret(ws, stored) == Secret("hunter2")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("server.host", "evil.example"),
        ("server.port", 26),
        ("server.security", "none"),
        ("server.ca_file", os.path.abspath("/tmp/ca.pem")),
        ("server.allow_cleartext", True),
        ("authentication.username", "somebody"),
    ],
)
def test_it_is_for_one_use(ws: Workspace, path: str, value: Any) -> None:
    stored = stored_with(ws, COMMAND)
    approve(ws, stored.connector)
    changed = by_hand(ws, stored, path, value)
    assert code_of(ws, changed) == "secret_command_unapproved"
    # A foreign document with an argument list that is approved is no better.
    foreign = document(name="Foreign", authentication=BASIC | {"secret_command": COMMAND})
    *parents, last = path.split(".")
    place = foreign
    for parent in parents:
        place = place[parent]
    place[last] = value
    copy = create_connector(ws, parse_connector(foreign, ws.defaults_for), None)
    assert code_of(ws, copy) == "secret_command_unapproved"


def test_one_from_before_uses_were_looked_at_is_not_enough(ws: Workspace) -> None:
    import hashlib
    import platform

    stored = stored_with(ws, COMMAND)
    machine = Path("/etc/machine-id")
    name = machine.read_text("ascii").strip() if machine.exists() else platform.node()
    earlier = hashlib.sha256(json.dumps([name, *COMMAND]).encode()).hexdigest()
    (ws.data_dir / "approvals.json").write_text(json.dumps({"schema": 1, "approved": [earlier]}))
    (ws.data_dir / "approvals.json").chmod(0o600)
    assert code_of(ws, stored) == "secret_command_unapproved"
    approve(ws, stored.connector)
    assert earlier in (ws.data_dir / "approvals.json").read_text()


def test_approvals_are_private_and_hold_no_command(ws: Workspace) -> None:
    approve(ws, stored_with(ws, COMMAND).connector)
    path = ws.data_dir / "approvals.json"
    if capabilities.POSIX:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "hunter2" not in path.read_text()
    assert "hunter2" not in ws.log.path.read_text()
    content = json.loads(path.read_text())
    assert (content["schema"], len(content["approved"])) == (1, 1)


def test_another_machine_s_approval_does_not_count(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = stored_with(ws, COMMAND)
    approve(ws, stored.connector)
    read_text = Path.read_text

    def other_machine(self: Path, *args: str) -> str:
        return "another" if self.name == "machine-id" else read_text(self, *args)

    monkeypatch.setattr(Path, "read_text", other_machine)
    assert not is_approved(ws, stored.connector)


def test_a_machine_without_an_id_goes_by_its_name(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = stored_with(ws, COMMAND)

    def unreadable(self: Path, *args: str) -> str:
        raise OSError

    monkeypatch.setattr(Path, "read_text", unreadable)
    approve(ws, stored.connector)
    assert is_approved(ws, stored.connector)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b'{"approved": 1}', b'{"approved": [1, {}]}']
)
def test_damaged_approvals_approve_nothing(ws: Workspace, content: bytes) -> None:
    stored = stored_with(ws, COMMAND)
    (ws.data_dir / "approvals.json").write_bytes(content)
    assert not is_approved(ws, stored.connector)
    approve(ws, stored.connector)
    assert is_approved(ws, stored.connector)


def test_approvals_at_once_are_all_kept(ws: Workspace) -> None:
    made = [stored_with(ws, COMMAND, name=f"C{n}", server__port=2500 + n) for n in range(10)]
    threads = [threading.Thread(target=approve, args=(ws, each.connector)) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [is_approved(ws, each.connector) for each in made] == [True] * 10


def test_processes_that_approve_at_once_lose_nothing(ws: Workspace) -> None:
    made = [stored_with(ws, COMMAND, name=f"C{n}", server__port=2500 + n) for n in range(4)]
    base = [sys.executable, "-m", "smtpwizard", "--data-dir", str(ws.data_dir)]
    processes = [
        subprocess.Popen(
            [*base, "edit", each.connector.name, "--approve-command"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for each in made
    ]
    assert [process.wait() for process in processes] == [0] * 4
    assert [is_approved(ws, c.connector) for c in ws.connectors().connectors] == [True] * 4


# --- a change on purpose


def test_an_edit_takes_the_approval_along(ws: Workspace) -> None:
    first = stored_with(ws, COMMAND)
    approve(ws, first.connector)
    second = edit_connector(ws, first, {"server.host": "new.example"})
    assert approved_secret(ws, second) == Secret("hunter2")
    # Not back: what the file said before is no longer what was agreed to.
    assert code_of(ws, by_hand(ws, second, "server.host", "smtp.example.test")) == (
        "secret_command_unapproved"
    )


def test_another_connector_keeps_the_approval_it_shares(ws: Workspace) -> None:
    first = stored_with(ws, COMMAND)
    copy = duplicate_connector(ws, first, "Copy")
    approve(ws, first.connector)
    edit_connector(ws, first, {"server.port": 26})
    assert approved_secret(ws, copy) == Secret("hunter2")


def test_an_edit_gives_no_approval(ws: Workspace) -> None:
    stored = stored_with(ws, COMMAND)
    approve(ws, stored.connector)
    other = edit_connector(
        ws, stored, {"authentication.secret_command": [OTHER, "x"], "server.port": 26}
    )
    assert code_of(ws, other) == "secret_command_unapproved"
    changed = by_hand(ws, stored_with(ws, COMMAND, name="B"), "server.host", "evil.example")
    assert code_of(ws, edit_connector(ws, changed, {"server.port": 26})) == (
        "secret_command_unapproved"
    )


def test_an_approval_that_cannot_be_written_undoes_no_edit(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = stored_with(ws, COMMAND)
    approve(ws, stored.connector)

    def full(*_: Any) -> None:
        raise StorageError("disk_full")

    monkeypatch.setattr(approvals, "change_approved", full)
    changed = edit_connector(ws, stored, {"server.port": 26})
    assert changed.connector.server.port == 26
    assert code_of(ws, changed) == "secret_command_unapproved"
    assert "approval_not_carried" in ws.log.path.read_text()


# --- the program


@pytest.mark.parametrize(
    "program", ["getpw", "./getpw", "bin/getpw", "~/getpw", "\\bin\\getpw", "C:getpw"]
)
def test_a_program_without_its_whole_path_is_refused(ws: Workspace, program: str) -> None:
    with pytest.raises(UsageError, match="command_not_absolute") as caught:
        stored_with(ws, [program])
    assert caught.value.facts["field"] == "authentication.secret_command"
    stored = stored_with(ws, COMMAND)
    with pytest.raises(UsageError, match="command_not_absolute"):
        edit_connector(ws, stored, {"authentication.secret_command": [program]})


def test_a_file_from_before_is_read_and_edited_but_runs_nothing(ws: Workspace) -> None:
    stored = by_hand(ws, stored_with(ws, COMMAND), "authentication.secret_command", ["printf", "x"])
    assert code_of(ws, stored) == "secret_command_relative"
    assert edit_connector(ws, stored, {"description": "still there"}).connector.description
    with pytest.raises(SecretStoreError, match="secret_command_relative"):
        approve(ws, stored.connector)


@capabilities.symbolic_links
def test_the_program_is_looked_at(ws: Workspace, helper: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(helper)
    program = program_of(stored_with(ws, [str(link)]).connector)
    assert (program.path, program.real_path) == (str(link), str(helper))
    assert program.owner


@pytest.mark.parametrize("harm", ["gone", "folder", "not executable"])
def test_what_is_no_program_is_not_run(ws: Workspace, helper: Path, harm: str) -> None:
    stored = stored_with(ws, [str(helper)])
    approve(ws, stored.connector)
    helper.unlink()
    if harm == "folder":
        helper.mkdir()
    elif harm == "not executable":
        helper.write_text("x")
        helper.chmod(0o600)
    assert code_of(ws, stored) == "secret_command_not_found"


@pytest.mark.parametrize("opened", ["program", "folder", "a link's folder"])
@capabilities.access_rights
def test_a_program_that_others_could_replace_is_not_run(
    ws: Workspace, helper: Path, tmp_path: Path, opened: str
) -> None:
    links = tmp_path / "links"
    links.mkdir(mode=0o700)
    (links / "getpw").symlink_to(helper)
    stored = stored_with(ws, [str(links / "getpw")])
    approve(ws, stored.connector)
    assert approved_secret(ws, stored)
    place = {"program": helper, "folder": helper.parent, "a link's folder": links}[opened]
    place.chmod(0o777)
    with pytest.raises(SecretStoreError) as caught:
        approved_secret(ws, stored)
    assert caught.value.code == "secret_command_not_private"
    assert caught.value.facts["path"] == str(place)


@capabilities.symbolic_links
def test_another_program_behind_the_same_link_asks_again(
    ws: Workspace, helper: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(helper)
    stored = stored_with(ws, [str(link)])
    approve(ws, stored.connector)
    link.unlink()
    link.symlink_to("/usr/bin/printf")
    assert code_of(ws, stored) == "secret_command_unapproved"


@capabilities.scripts
def test_it_runs_in_its_program_s_folder(
    ws: Workspace, helper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = stored_with(ws, [str(helper)])
    approve(ws, stored.connector)
    monkeypatch.chdir(tmp_path)
    assert approved_secret(ws, stored) == Secret(str(helper.parent))


# --- folders that others may write


@capabilities.access_rights
def test_a_folder_that_others_may_write_runs_nothing(ws: Workspace) -> None:
    stored = stored_with(ws, COMMAND)
    approve(ws, stored.connector)
    ws.data_dir.chmod(0o777)
    assert code_of(ws, stored) == "data_dir_not_private"


def test_passphrase_command_with_an_open_quote_is_refused(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", 'echo "x')
    with pytest.raises(SecretStoreError, match="passphrase_command_invalid"):
        ws.store_of("file:x").ready()


def test_a_passphrase_of_many_lines_is_none(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    command = join_command([sys.executable, "-c", "print('open sesame'); print('user: x')"])
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", command)
    with pytest.raises(SecretStoreError, match="secret_command_many_lines"):
        ws.store_of("file:x").ready()


def test_nothing_is_sent_for_a_command_that_prints_more(ws: Workspace) -> None:
    stored = stored_with(ws, prints("hunter2\nuser: x"), server__host="127.0.0.1")
    approve(ws, stored.connector)
    with pytest.raises(SecretStoreError, match="secret_command_many_lines"):
        verify_stored(ws, stored)
