"""Many connectors verified at once: what each leaves, who waits for whom, and what stops nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smtpwizard.demo.connection import Connection
from smtpwizard.demo.scripted import CLOSE, HANG, Account, ScriptedServer
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError, StorageError, UsageError
from smtpwizard.model.report import Report, Stage, Status
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken
from smtpwizard.secretstore import FileStore
from smtpwizard.usecases import verify_all as module
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.edit import edit_fields
from smtpwizard.usecases.history import list_runs
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.verify_all import (
    Ended,
    Summary,
    Watcher,
    open_encrypted_file,
    verify_all,
)
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.programs import prints
from tests.usecases.conftest import FolderStore, connector, open_workspace

GUARD_S = 60
LOGIN = Account("mailer", "good")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(account=LOGIN) as running:
        yield running


def make(
    ws: Workspace, server: ScriptedServer, name: str, password: str | None = "good", **changes: Any
) -> StoredConnector:
    host = {"host": server.host, "port": server.port, "security": "none"}
    made = connector(ws, **{"name": name, "server": host, **changes})
    secrets = {"password": Secret(password)} if password is not None else {}
    return save_connector(ws, made, secrets=secrets)


def no_login(**more: Any) -> dict[str, Any]:
    return {"authentication": {"method": "none"}, "password": None, **more}


class Heard:
    """A watcher with a memory."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.stages: list[tuple[str, Stage, Status]] = []
        self.ended: dict[str, Ended] = {}
        self.watcher = Watcher(
            lambda stored: self.started.append(stored.connector.name),
            lambda of, result: self.stages.append((of, result.stage, result.status)),
            lambda ended: self.ended.update({ended.name: ended}),
        )


def statuses(ws: Workspace) -> dict[str, str]:
    return {row.name: row.status for row in list_connectors(ws)}


def test_each_leaves_what_a_single_verification_does(
    ws: Workspace, server: ScriptedServer, keyring: FolderStore
) -> None:
    good = make(ws, server, "Good")
    bad = make(ws, server, "Bad", "wrong")
    plain = make(ws, server, "Plain", **no_login())
    heard = Heard()
    summary = verify_all(ws, watcher=heard.watcher)
    assert summary._replace(duration_ms=0) == Summary(2, 1, 0, 0, (), (), 0)
    assert summary.exit_code() == 0, "nothing was verified before"
    assert statuses(ws) == {"Good": "verified", "Bad": "failed", "Plain": "verified"}
    assert sorted(heard.started) == ["Bad", "Good", "Plain"]
    assert heard.ended["Bad"].to_json() == {
        "connector": "Bad",
        "ok": False,
        "stage": "auth",
        "cause": "bad_credentials",
        "before": "untested",
        "now": "failed",
    }
    assert (good.id, Stage.AUTH, Status.PASSED) in heard.stages
    for stored in (good, bad, plain):
        [run] = list_runs(ws, stored).runs
        assert ws.store.read_verification(stored.id).get("run") == run.id  # type: ignore[union-attr]
    assert server.accepted == [], "no email unless it is asked for"


def test_what_is_newly_broken_and_what_is_repaired(ws: Workspace) -> None:
    with ScriptedServer(
        {"AUTH_RESULT": [b"235 ok\r\n", b"535 5.7.8 no\r\n"]}, account=LOGIN
    ) as server:
        make(ws, server, "Breaks")
        verify_all(ws)
        make(ws, server, "Was never good")
        summary = verify_all(ws)
        assert summary.newly_broken == ("Breaks",)
        assert (summary.failed, summary.exit_code()) == (2, 4)
        assert verify_all(ws).newly_broken == (), "it is no news any more"
        port = server.port
    with ScriptedServer(account=LOGIN, port=port):
        summary = verify_all(ws)
    assert summary.repaired == ("Breaks", "Was never good")
    assert summary.exit_code() == 0


def test_what_cannot_be_written_is_found_out_all_the_same(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data folder that can only be read would never have anything newly broken."""
    with ScriptedServer(
        {"AUTH_RESULT": [b"235 ok\r\n", b"535 5.7.8 no\r\n"]}, account=LOGIN
    ) as server:
        make(ws, server, "Breaks")
        verify_all(ws)

        def refuse(*_: object) -> None:
            raise StorageError("data_dir_unwritable", path="x", reason="EROFS")

        monkeypatch.setattr(type(ws.store), "change_verification", refuse)
        monkeypatch.setattr(type(ws.store), "write_run", refuse)
        heard = Heard()
        assert verify_all(ws, watcher=heard.watcher).newly_broken == ("Breaks",)
    assert (heard.ended["Breaks"].before, heard.ended["Breaks"].now) == ("verified", "failed")
    assert statuses(ws) == {"Breaks": "verified"}, "what was kept"


def test_only_those_that_were_chosen(ws: Workspace, server: ScriptedServer) -> None:
    chosen = [make(ws, server, name) for name in ("A", "B")]
    make(ws, server, "C")
    assert verify_all(ws, chosen[:1]).verified == 1
    assert statuses(ws) == {"A": "verified", "B": "untested", "C": "untested"}
    assert verify_all(ws, ()).to_json()["verified"] == 0


def test_with_an_email_each(ws: Workspace) -> None:
    with ScriptedServer({"EOD": [b"250 ok\r\n", CLOSE]}, account=LOGIN) as server:
        make(ws, server, "A")
        make(ws, server, "B")
        summary = verify_all(ws, send_to="admin@example.test", jobs=1)
    assert (summary.verified, summary.unknown, summary.failed) == (1, 1, 0)
    with pytest.raises(UsageError, match="address"):
        verify_all(ws, send_to="nobody")


def counting(at_once: int) -> tuple[Callable[[Connection], None], list[int]]:
    """A server that answers nobody until so many clients are there; and the most there were."""
    lock, enough = threading.Lock(), threading.Event()
    now, most = [0], [0]

    def serve(connection: Connection) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == at_once:
                enough.set()
        assert enough.wait(GUARD_S)
        with lock:
            now[0] -= 1

    return serve, most


@pytest.mark.parametrize(("logins", "most_at_once"), [("many", 4), ("one", 1)])
def test_limits_of_a_host_and_of_a_login(ws: Workspace, logins: str, most_at_once: int) -> None:
    serve, most = counting(most_at_once)
    with ScriptedServer(serve=serve) as server:
        for number in range(9):
            name = f"mailer-{number if logins == 'many' else ''}"
            make(ws, server, f"{number}", authentication={"method": "basic", "username": name})
        assert verify_all(ws).failed == 9
    assert most == [most_at_once]


def test_a_silent_host_keeps_nobody_else(ws: Workspace, server: ScriptedServer) -> None:
    token, heard = CancelToken(), Heard()

    def hear(ended: Ended) -> None:
        heard.ended[ended.name] = ended
        if len([each for each in heard.ended.values() if each.ok]) == 3:
            token.cancel()  # the silent one would take its whole time

    with ScriptedServer({"greeting": HANG}, host="127.0.0.2") as silent:
        for number in range(20):
            make(ws, silent, f"A{number}", **no_login())
        for number in range(3):
            make(ws, server, f"B{number}", **no_login())
        summary = verify_all(ws, jobs=5, token=token, watcher=Watcher(ended=hear))
    assert {name for name, ended in heard.ended.items() if ended.ok is not None} == {
        "B0", "B1", "B2",
    }  # fmt: skip
    assert summary.interrupted
    assert summary.exit_code() == 130
    document = summary.to_json()
    assert document["interrupted"] is True
    assert document["left"] == 20 - summary.skipped > 0
    assert {status for name, status in statuses(ws).items() if name[0] == "A"} == {"untested"}


def basic(username: str) -> dict[str, Any]:
    return {"method": "basic", "username": username}


def test_one_that_was_stopped_before_it_began(ws: Workspace, server: ScriptedServer) -> None:
    make(ws, server, "A")
    token = CancelToken()
    token.cancel()
    summary = verify_all(ws, token=token)
    assert (summary.interrupted, summary.left, summary.verified) == (True, 1, 0)


def test_who_will_not_stop_is_left_behind(
    ws: Workspace, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(ws, server, "A")
    token, go = CancelToken(), threading.Event()
    ended: list[Ended] = []

    def stuck(*_: Any, **__: Any) -> Report:
        token.cancel()
        assert go.wait(GUARD_S)
        raise StorageError("locked")

    monkeypatch.setattr(module, "verify_stored", stuck)
    monkeypatch.setattr(module, "STOPPING_S", 0.0)
    before = set(threading.enumerate())
    summary = verify_all(ws, token=token, watcher=Watcher(ended=ended.append))
    assert (summary.left, summary.skipped) == (1, 0)
    go.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(GUARD_S)
    assert ended == [], "nobody hears of it any more"


def test_what_goes_wrong_with_one_is_nothing_to_the_others(
    ws: Workspace, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Bug", "Full", "Good"):
        make(ws, server, name)

    def verify(ws: Workspace, stored: StoredConnector, **options: Any) -> Report:
        if stored.connector.name == "Bug":
            raise ZeroDivisionError
        if stored.connector.name == "Full":
            raise StorageError("disk_full", path="x")
        return verify_stored(ws, stored, **options)

    monkeypatch.setattr(module, "verify_stored", verify)
    heard = Heard()

    def fail(_: object) -> None:
        raise KeyError

    watcher = heard.watcher._replace(started=fail)
    summary = verify_all(ws, watcher=watcher)
    assert (summary.verified, summary.skipped, summary.unexpected) == (1, 2, 1)
    assert summary.exit_code() == 1
    assert heard.ended["Full"].skipped == "disk_full"
    assert heard.ended["Bug"].to_json() == {
        "connector": "Bug",
        "ok": None,
        "stage": None,
        "cause": None,
        "before": "untested",
        "now": "untested",
        "skipped": "unexpected",
    }
    assert "ZeroDivisionError" in ws.log.path.read_text()


def test_nothing_of_a_bug_that_the_disk_makes_twice(
    ws: Workspace, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = make(ws, server, "A")

    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("smtpwizard.storage.ConnectorStore.read", fail)
    heard = Heard()
    verify_all(ws, [stored], watcher=heard.watcher)
    assert (heard.ended["A"].before, heard.ended["A"].skipped) == (None, "unexpected")


def test_each_is_verified_as_it_is_when_its_turn_comes(
    ws: Workspace, server: ScriptedServer
) -> None:
    stale, gone = make(ws, server, "Stale"), make(ws, server, "Gone")
    renamed = edit_fields(ws, stale.connector, {"name": "Renamed"})
    save_connector(ws, renamed, secrets={}, stored=stale)
    remove_connector(ws, gone)
    heard = Heard()
    summary = verify_all(ws, [stale, gone], watcher=heard.watcher)
    assert (summary.verified, summary.skipped) == (1, 1)
    assert heard.ended["Renamed"].now == "verified"
    assert heard.ended["Gone"].skipped == "connector_gone"


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_one_that_changes_while_it_is_verified_is_not_broken(
    ws: Workspace, server: ScriptedServer, how: str
) -> None:
    stored = make(ws, server, "A")
    verify_all(ws)
    ended: list[Ended] = []

    def meddle(_: str, __: object) -> None:
        if ws.store.read(stored.id) != stored:
            return
        if how == "removed":
            remove_connector(ws, stored)
            return
        other = edit_fields(ws, stored.connector, {"server.ehlo_name": "x.example"})
        save_connector(ws, other, secrets={}, stored=stored)

    summary = verify_all(ws, watcher=Watcher(stage=meddle, ended=ended.append))
    assert summary.newly_broken == ()
    assert ended[0].now == ("changed" if how == "changed" else None)
    assert ended[0].ok is True


def test_one_without_its_secret_or_approval_is_skipped_and_keeps_its_status(
    ws: Workspace, server: ScriptedServer
) -> None:
    make(ws, server, "No password", None)
    helper = {**basic("mailer"), "secret_command": prints("good")}
    make(ws, server, "Not approved", None, authentication=helper)
    heard = Heard()
    summary = verify_all(ws, watcher=heard.watcher)
    assert (summary.skipped, summary.exit_code()) == (2, 3), "nothing was verified"
    reasons = {name: ended.skipped for name, ended in heard.ended.items()}
    assert reasons == {
        "No password": "secret_missing",
        "Not approved": "secret_command_unapproved",
    }
    assert set(statuses(ws).values()) == {"untested"}
    make(ws, server, "Good")
    assert verify_all(ws).exit_code() == 0, "the others are not kept from it"


def test_one_secret_that_cannot_be_read_is_no_store_that_stays_shut(
    ws: Workspace, server: ScriptedServer, keyring: FolderStore
) -> None:
    of_later = make(ws, server, "Of a later version")
    make(ws, server, "Good")
    keyring.put(of_later.secrets["password"], Secret("smtpwizard-secret:9:later\nx"))
    heard = Heard()
    summary = verify_all(ws, watcher=heard.watcher)
    assert heard.ended["Of a later version"].skipped == "secret_unreadable"
    assert not heard.ended["Of a later version"].shut_out
    assert (summary.verified, summary.shut_out, summary.exit_code()) == (1, 0, 0)


def test_a_locked_keyring_is_asked_once(
    ws: Workspace, server: ScriptedServer, keyring: FolderStore
) -> None:
    from tests.usecases.conftest import refuse

    for number in range(5):
        make(ws, server, f"{number}", authentication=basic(f"{number}"))
    make(ws, server, "Plain", **no_login())
    asked: list[str] = []
    no = refuse("get")

    def before(step: str) -> None:
        asked.append(step)
        no(step)

    keyring.before = before
    summary = verify_all(ws)
    assert (summary.verified, summary.skipped) == (1, 5)
    assert (summary.shut_out, summary.exit_code()) == (5, 3)
    assert asked == ["get"]


def test_one_passphrase_and_no_more(
    ws: Workspace, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileStore.__init__, "__kwdefaults__", {"cost": 2**4})
    asked: list[bool] = []

    def ask(new: bool) -> Secret:
        asked.append(new)
        assert threading.current_thread() is threading.main_thread()
        return Secret("long enough")

    folder = ws.data_dir.parent
    first = open_workspace(folder, secret_store="file", passphrase=ask)
    for number in range(5):
        make(first, server, f"{number}")
    asked.clear()
    again = open_workspace(folder, secret_store="file", passphrase=ask)
    assert verify_all(again).verified == 5
    assert asked == [False]
    # What another process encrypts anew meanwhile is not asked for in the threads.
    from smtpwizard.usecases.passphrase import change_passphrase

    def change(_: object) -> None:
        if not changed:
            changed.append(True)
            other = open_workspace(folder, secret_store="file", passphrase=ask)
            change_passphrase(other, Secret("long enough"), Secret("longer still"))

    changed: list[bool] = []
    summary = verify_all(again, jobs=1, watcher=Watcher(started=change))
    assert asked == [False]
    assert summary.skipped == 5


def test_a_wrong_passphrase_is_asked_for_once(
    ws: Workspace, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileStore.__init__, "__kwdefaults__", {"cost": 2**4})
    answers = [Secret("long enough")]
    folder = ws.data_dir.parent
    first = open_workspace(folder, secret_store="file", passphrase=lambda new: answers[-1])
    for number in range(5):
        make(first, server, f"{number}")
    asked: list[bool] = []

    def ask(new: bool) -> Secret:
        asked.append(new)
        return Secret("not that one")

    again = open_workspace(folder, secret_store="file", passphrase=ask)
    summary = verify_all(again)
    assert (summary.skipped, summary.shut_out, summary.exit_code()) == (5, 5, 3)
    assert asked == [False]


def test_a_face_that_asks_between_two_attempts_hears_that_a_passphrase_is_needed(
    ws: Workspace, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileStore.__init__, "__kwdefaults__", {"cost": 2**4})
    folder = ws.data_dir.parent
    opened = open_workspace(
        folder, secret_store="file", passphrase=lambda new: Secret("long enough")
    )
    stored = [make(opened, server, "A"), make(opened, server, "Plain", **no_login())]
    open_encrypted_file(opened, stored)
    locked = open_workspace(folder, secret_store="file", passphrase=lambda new: Secret(""))
    open_encrypted_file(locked, stored[1:])  # whose secrets are not in it
    with pytest.raises(SecretStoreError, match="passphrase_needed"):
        open_encrypted_file(locked, stored)
    (ws.data_dir / "secrets.enc").write_text("damaged")
    open_encrypted_file(locked, stored)  # each verification says it
    stopped = CancelToken()
    stopped.cancel()
    open_encrypted_file(locked, stored, stopped)  # and the summary that it was stopped


def test_a_result_that_cannot_be_kept_is_the_storage_s_failure(
    ws: Workspace, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(ws, server, "Full")
    make(ws, server, "Good")

    def verify(ws: Workspace, stored: StoredConnector, **options: Any) -> Report:
        if stored.connector.name == "Full":
            raise StorageError("disk_full", path="x")
        return verify_stored(ws, stored, **options)

    monkeypatch.setattr(module, "verify_stored", verify)
    summary = verify_all(ws)
    assert (summary.verified, summary.shut_out, summary.exit_code()) == (1, 1, 3)


def test_newly_broken_is_said_whatever_else_happened() -> None:
    counts = Summary(0, 1, 0, 2, ("A",), (), 0, shut_out=2)
    assert counts.exit_code() == 4
    assert counts._replace(newly_broken=()).exit_code() == 3
    assert counts._replace(interrupted=True).exit_code() == 130
    assert Summary(0, 0, 0, 0, (), (), 0).exit_code() == 0, "there was nothing to verify"


def test_helper_commands_go_through_a_gate(ws: Workspace, server: ScriptedServer) -> None:
    from smtpwizard.usecases.approvals import approve

    for number in range(3):
        helper = {**basic("mailer"), "secret_command": prints("good")}
        stored = make(ws, server, f"{number}", None, authentication=helper)
        approve(ws, stored.connector)
    assert verify_all(ws).verified == 3


def test_ctrl_c_in_place_of_a_passphrase_stops_all_of_it(
    ws: Workspace, server: ScriptedServer, keyring: FolderStore
) -> None:
    make(ws, server, "A")
    opened: list[bool] = []

    def interrupt(step: str) -> None:
        raise KeyboardInterrupt

    keyring.before = interrupt
    summary = verify_all(ws, watcher=Watcher(opened=lambda: opened.append(True)))
    assert (summary.interrupted, summary.left, opened) == (True, 1, [])
    keyring.before = lambda _: None
    assert verify_all(ws, watcher=Watcher(opened=lambda: opened.append(True))).verified == 1
    assert opened == [True]
