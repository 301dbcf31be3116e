"""A failed test says that its settings had worked before; a helper command is what to look at."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.demo.connection import DEFAULT, Action
from smtpwizard.demo.scripted import Account, ScriptedServer
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.verification import worked_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.report import Report, Stage
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.approvals import approve
from smtpwizard.usecases.detail import read_detail
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.history import with_worked
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.programs import prints
from tests.usecases.conftest import BASIC, connector

LOGIN = Account("mailer", "good")
TO = "test@example.com"
NO: Action = b"535 5.7.8 no\r\n"
OK: Action = b"235 ok\r\n"


def make(ws: Workspace, server: ScriptedServer, **changes: Any) -> StoredConnector:
    host = {"host": server.host, "port": server.port, "security": "none"}
    made = connector(ws, **{"name": "Invoices", "server": host, **changes})
    fetched = made.authentication.secret_command is not None
    return save_connector(ws, made, secrets={} if fetched else {"password": Secret("good")})


def later(report: Report) -> Report:
    """As if it had been some time after what was before."""
    return report._replace(started="2099-01-01T00:00:00Z")


def told(ws: Workspace, stored: StoredConnector, report: Report) -> Report:
    return with_worked(ws, stored, stored.connector.to_json(), later(report))


def test_the_same_settings_had_worked(ws: Workspace) -> None:
    with ScriptedServer({"AUTH_RESULT": [OK, NO]}, account=LOGIN) as server:
        stored = make(ws, server)
        worked = verify_stored(ws, stored)
        failed = verify_stored(ws, stored)
        assert failed.stopped_at() is not None
        found = told(ws, stored, failed)
        assert found.worked_at == worked.started
        text = worked_text(found)
        assert text.startswith("The same settings worked today ")
        assert text.endswith("something has changed at the server, or with the secret.")
        assert worked_text(failed) == ""
        detail = read_detail(ws, stored.id)
        assert detail is not None
        assert detail.run is not None
        # Within a second nobody knows which was first.
        assert detail.run.report.worked_at in (None, worked.started)
        assert told(ws, stored, worked).worked_at is None


def test_other_settings_an_earlier_stage_and_a_secret_for_once_say_nothing(ws: Workspace) -> None:
    behaviours: dict[str, Any] = {"AUTH_RESULT": [OK, OK, NO], "MAIL": b"550 5.7.1 no\r\n"}
    with ScriptedServer(behaviours, account=LOGIN) as server:
        stored = make(ws, server)
        verify_stored(ws, stored)
        refused = verify_stored(ws, stored, send_to=TO)
        assert told(ws, stored, refused).worked_at is None, "the login was all that had worked"
        changed = edit_connector(ws, stored, {"sender.address": "other@example.com"})
        failed = verify_stored(ws, changed)
        assert told(ws, changed, failed).worked_at is None
        damaged = stored.connector.to_json() | {"server": 3}
        assert with_worked(ws, stored, damaged, later(failed)).worked_at is None


@pytest.mark.parametrize(
    ("behaviours", "stage", "end"),
    [
        ({"MAIL": [DEFAULT, b"550 5.7.1 no\r\n"]}, Stage.MAIL_FROM, "changed at the server."),
        ({"DATA": [DEFAULT, b"554 5.7.1 no\r\n"]}, Stage.DATA, "changed at the server."),
        ({"EHLO": [DEFAULT, b"554 no\r\n", b"554 no\r\n"]}, Stage.EHLO, "or on the way."),
    ],
)
def test_each_stage_says_where_to_look(
    ws: Workspace, behaviours: dict[str, Any], stage: Stage, end: str
) -> None:
    with ScriptedServer(behaviours, account=LOGIN) as server:
        stored = make(ws, server)
        verify_stored(ws, stored, send_to=TO)
        failed = verify_stored(ws, stored, send_to=TO)
        stopped = failed.stopped_at()
        assert stopped is not None
        assert stopped.stage is stage
        assert worked_text(told(ws, stored, failed)).endswith(end)


def test_another_recipient_is_another_test(ws: Workspace) -> None:
    with ScriptedServer({"RCPT": [DEFAULT, b"550 5.1.1 no\r\n"]}, account=LOGIN) as server:
        stored = make(ws, server)
        verify_stored(ws, stored, send_to=TO)
        failed = verify_stored(ws, stored, send_to="else@example.com")
        assert told(ws, stored, failed).worked_at is None


def test_where_a_command_gives_the_secret_that_is_looked_at(ws: Workspace) -> None:
    command = prints("good")
    with ScriptedServer({"AUTH_RESULT": NO}, account=LOGIN) as server:
        stored = make(ws, server, authentication=BASIC | {"secret_command": command})
        approve(ws, stored.connector)
        report = verify_stored(ws, stored)
        plain = verify_stored(ws, make(ws, server, name="Typed"))
    for face in Face:
        [cause] = report.causes[:1]
        steps = [step.text for step in cause_text(cause, face).steps]
        looked = [f"Run {command[0]}, which gives the secret, by hand" in step for step in steps]
        assert looked.count(True) == 1
        assert not any("look out for spaces" in step for step in steps)
        typed = [step.text for step in cause_text(plain.causes[0], face).steps]
        assert any("look out for spaces" in step for step in typed)


@pytest.mark.parametrize("command", ["MAIL", "DATA"])
def test_what_failed_with_an_email_is_tested_again_with_one(ws: Workspace, command: str) -> None:
    with ScriptedServer({command: b"554 5.7.1 refused\r\n"}, account=LOGIN) as server:
        report = verify_stored(ws, make(ws, server), send_to=TO)
    steps = cause_text(report.causes[0], Face.COMMAND_LINE).steps
    assert steps[-1].text.endswith("smtpwizard verify NAME --send-to … again.")
    window = cause_text(report.causes[0], Face.WINDOW).steps
    assert "--send-to" not in window[-1].text
