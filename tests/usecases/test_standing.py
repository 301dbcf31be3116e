"""A test that ends before an earlier failure says nothing about it: the failure stands."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.demo.connection import DEFAULT
from smtpwizard.demo.scripted import Account, ScriptedServer
from smtpwizard.model.auth import Secret
from smtpwizard.model.report import Report, Stage
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.connectors import ListedConnector, list_connectors
from smtpwizard.usecases.detail import read_detail
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.history import last_run
from smtpwizard.usecases.list_rows import Kind, row_of
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.standing import unproven_of, with_standing
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.verify_all import verify_all
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import connector

LOGIN = Account("mailer", "good")
TO = "test@example.com"
REFUSED: dict[str, tuple[str, bytes]] = {
    "mail_from": ("MAIL", b"550 5.7.1 Sender refused\r\n"),
    "rcpt_to": ("RCPT", b"550 5.1.1 No such user\r\n"),
    "data": ("DATA", b"554 5.7.1 Refused\r\n"),
}


def make(ws: Workspace, server: ScriptedServer, **changes: Any) -> StoredConnector:
    host = {"host": server.host, "port": server.port, "security": "none"}
    made = connector(ws, **{"name": "Invoices", "server": host, **changes})
    login = made.authentication.method.value != "none"
    return save_connector(ws, made, secrets={"password": Secret("good")} if login else {})


def listed(ws: Workspace) -> ListedConnector:
    [row] = list_connectors(ws)
    return row


@pytest.mark.parametrize("stage", REFUSED)
@pytest.mark.parametrize("method", ["basic", "none"])
def test_a_login_repairs_no_failure_of_an_email(ws: Workspace, stage: str, method: str) -> None:
    command, reply = REFUSED[stage]
    changes: dict[str, Any] = {}
    if method == "none":
        changes = {"authentication": {"method": "none"}, "password": None}
    with ScriptedServer({command: [reply, DEFAULT]}, account=LOGIN) as server:
        stored = make(ws, server, **changes)
        refused = verify_stored(ws, stored, send_to=TO)
        failed = listed(ws)
        assert (failed.status, failed.stage, failed.login_at) == ("failed", stage, None)

        summary = verify_all(ws)
        assert (summary.verified, summary.failed, summary.unproven) == (0, 0, ("Invoices",))
        assert (summary.newly_broken, summary.repaired, summary.exit_code()) == ((), (), 0)
        assert (summary.found_out, summary.left) == (1, 0)
        again = verify_stored(ws, stored)
        assert again.ok
        assert again.unproven is not None
        assert (again.unproven.stage, again.unproven.at) == (Stage(stage), refused.started)
        row = listed(ws)
        assert (row.status, row.stage, row.at) == ("failed", stage, failed.at)
        assert (row.cause, row.reply, row.run) == (failed.cause, failed.reply, failed.run)
        assert (row.login_at, row.verified_at) == (again.started, None)
        assert row_of(row).kind(_day()) is Kind.FAILED
        assert row.to_json()["login_at"] == again.started
        detail = read_detail(ws, stored.id)
        assert detail is not None
        assert detail.run is not None
        assert detail.run.report.stopped_at() == refused.stopped_at()

        mended = verify_all(ws, send_to=TO)
        assert (mended.repaired, mended.unproven) == (("Invoices",), ())
    row = listed(ws)
    assert (row.status, row.sent, row.login_at) == ("verified", True, None)
    after = verify_many_logins(ws)
    assert after.unproven is None, "what was mended stands no more"


def verify_many_logins(ws: Workspace) -> Report:
    [stored] = ws.connectors().connectors
    with ScriptedServer(account=LOGIN, port=stored.connector.server.port):
        return verify_stored(ws, stored)


def test_a_failure_before_it_and_its_end_leave_it_standing(ws: Workspace) -> None:
    behaviours: dict[str, Any] = {
        "MAIL": [b"550 5.7.1 Sender refused\r\n", DEFAULT],
        "AUTH_RESULT": [b"235 ok\r\n", b"535 5.7.8 no\r\n", b"235 ok\r\n"],
    }
    with ScriptedServer(behaviours, account=LOGIN) as server:
        stored = make(ws, server)
        verify_stored(ws, stored, send_to=TO)
        first = listed(ws)
        verify_all(ws)
        assert (listed(ws).status, listed(ws).stage) == ("failed", "auth")
        summary = verify_all(ws)
        assert (summary.repaired, summary.unproven) == ((), ("Invoices",))
        assert (listed(ws).stage, listed(ws).at) == ("mail_from", first.at)


def test_of_two_failures_each_stands_until_a_test_comes_as_far(ws: Workspace) -> None:
    behaviours: dict[str, Any] = {
        "DATA": [b"554 5.7.1 Refused\r\n", DEFAULT],
        "MAIL": [DEFAULT, b"550 5.7.1 Sender refused\r\n", DEFAULT],
    }
    with ScriptedServer(behaviours, account=LOGIN) as server:
        stored = make(ws, server)
        for _ in range(2):
            verify_stored(ws, stored, send_to=TO)
        verify_stored(ws, stored)
        assert listed(ws).stage == "mail_from"
        verify_stored(ws, stored, send_to=TO, stop_after=Stage.RCPT_TO)
        assert (listed(ws).status, listed(ws).stage) == ("failed", "data")
        verify_stored(ws, stored, send_to=TO)
        assert listed(ws).status == "verified"


def test_with_other_settings_or_another_secret_the_login_is_what_is_known(ws: Workspace) -> None:
    with ScriptedServer({"MAIL": b"550 5.7.1 Sender refused\r\n"}, account=LOGIN) as server:
        stored = make(ws, server)
        verify_stored(ws, stored, send_to=TO)
        edit_connector(ws, stored, {"sender.address": "other@example.com"})
        [stored] = ws.connectors().connectors
        assert listed(ws).status == "changed"
        assert verify_stored(ws, stored).unproven is None
        row = listed(ws)
        assert (row.status, row.sent, row.login_at) == ("verified", False, None)


def test_a_secret_that_stands_in_says_nothing_of_the_failure(ws: Workspace) -> None:
    with ScriptedServer({"MAIL": b"550 5.7.1 Sender refused\r\n"}, account=LOGIN) as server:
        stored = make(ws, server)
        verify_stored(ws, stored, send_to=TO)
        assert verify_stored(ws, stored, secret=Secret("good")).unproven is None
        assert (listed(ws).status, listed(ws).login_at) == ("failed", None)


def test_the_run_of_what_stands_outlives_the_others(ws: Workspace) -> None:
    change_settings(ws, ["history.runs=2"])
    with ScriptedServer({"MAIL": b"550 5.7.1 Sender refused\r\n"}, account=LOGIN) as server:
        stored = make(ws, server)
        verify_stored(ws, stored, send_to=TO)
        failed = listed(ws).run
        for _ in range(4):
            verify_stored(ws, stored)
    run = last_run(ws, stored)
    assert run is not None
    assert run.id == failed == listed(ws).run


def test_a_record_may_hold_anything(ws: Workspace) -> None:
    with ScriptedServer(account=LOGIN) as server:
        report = verify_stored(ws, make(ws, server))
    found = {"inputs": "a", "secrets": {}, "ok": True, "at": report.started}
    odd: list[dict[str, Any]] = [
        {},
        {"inputs": "a", "secrets": {}, "ok": False, "stage": []},
        {"inputs": "a", "secrets": {}, "ok": False, "stage": "later"},
        {"inputs": "a", "secrets": {}, "ok": True, "standing": {"stage": "data"}},
        {"inputs": "a", "secrets": {}, "ok": True, "standing": ["data", None]},
    ]
    for record in odd:
        assert with_standing(record, found, report) == found
        assert unproven_of(record, found, report) is None
    stands = {"inputs": "a", "secrets": {}, "ok": False, "stage": "data", "causes": 3, "told_by": 4}
    unproven = unproven_of(stands, found, report)
    assert unproven is not None
    assert unproven.to_json() == {"stage": "data", "at": "", "cause": None}


def _day() -> Any:
    from datetime import date

    return date(2026, 11, 30)
