"""Every verification leaves a run: of a saved connector at once, of a draft when it is saved."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from smtpwizard.flow.draft import Fact
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import (
    last_result_text,
    stage_name,
)
from smtpwizard.model.errors import StorageError
from smtpwizard.model.report import STAGES, Report, Stage, StageResult, Status, Verdict
from smtpwizard.model.run import Run, Summary
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases import drafts
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.drafts import MAX_HELD, prove_sign_in, verify_draft
from smtpwizard.usecases.environment import environment
from smtpwizard.usecases.history import (
    find_run,
    last_run,
    list_runs,
    make_run,
    pair_to_compare,
    record_run,
    record_verification,
    run_to_compare,
)
from smtpwizard.usecases.save import save_draft
from smtpwizard.usecases.workspace import Workspace
from tests.cases import reports as reports_of_cases
from tests.usecases.test_save_draft import OAUTH
from tests.usecases.test_save_draft import PASSWORD as SHARED

PASSED = Report(True, "Invoices", "2026-11-22T10:15:00Z", 8, tuple(
    StageResult(stage, Status.PASSED, 1) for stage in STAGES
))  # fmt: skip
FAILED = PASSED._replace(
    ok=False,
    started="2026-11-22T10:16:00Z",
    stages=(StageResult(STAGES[0], Status.FAILED, 1), *map(StageResult, STAGES[1:])),
)
INTERRUPTED = FAILED._replace(cancelled=True, stages=tuple(map(StageResult, STAGES)))
# The drafts of other tests may have runs by now.
RUNS: list[Run] = []
PASSWORD = SHARED._replace(runs=RUNS)


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """What the verifications of drafts will report, one after the other."""
    coming: list[Report] = []
    monkeypatch.setattr(drafts, "verify_connector", lambda *_, **__: coming.pop(0))
    return coming


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


def ended(ws: Workspace, stored: StoredConnector) -> list[str]:
    return [found.verdict.value for found in list_runs(ws, stored).runs]


def test_the_runs_of_a_new_connector_are_kept_when_it_is_saved(
    ws: Workspace, reports: list[Report]
) -> None:
    reports += [FAILED, INTERRUPTED, PASSED]
    verify_draft(ws, PASSWORD)
    verify_draft(ws, PASSWORD._replace(port="465"))  # a trial
    report = verify_draft(ws, PASSWORD)
    assert not (ws.store.directory / "history").exists()
    inputs = PASSWORD.verification_inputs(ws.defaults_for)
    stored = save_draft(ws, PASSWORD._replace(verification=Fact(inputs, report)))
    assert ended(ws, stored) == ["sent", "interrupted", "stopped"]
    assert [run.connector["server"]["port"] for run in ws.store.runs.each(stored.id)] == [
        587, 465, 587,
    ]  # fmt: skip
    [row] = list_connectors(ws)
    newest = find_run(ws, stored, "latest")
    assert (row.status, row.run, row.at) == ("verified", newest.id, PASSED.started)
    assert newest.stored == stored.id
    assert newest.report == PASSED
    assert last_run(ws, stored) == newest
    assert RUNS == []


def test_the_runs_of_a_connector_being_edited_are_kept_at_once(
    ws: Workspace, reports: list[Report]
) -> None:
    stored = save_draft(ws, PASSWORD)
    draft = PASSWORD._replace(base=stored.connector, runs=[])
    reports += [FAILED, PASSED]
    verify_draft(ws, draft, stored)
    assert ended(ws, stored) == ["stopped"]
    assert [row.status for row in list_connectors(ws)] == ["untested"]  # it is not saved
    changed = draft._replace(port="2525")
    report = verify_draft(ws, changed, stored)
    inputs = changed.verification_inputs(ws.defaults_for)
    again = report._replace(causes=())  # found out more, or not
    saved = save_draft(ws, changed._replace(verification=Fact(inputs, again)), stored=stored)
    assert ended(ws, saved) == ["sent", "stopped"]
    assert [row.run for row in list_connectors(ws)] == [find_run(ws, saved, "latest").id]


def test_a_sign_in_that_is_proven_leaves_a_run(ws: Workspace, reports: list[Report]) -> None:
    reports.append(PASSED)
    prove_sign_in(ws, OAUTH._replace(runs=RUNS))
    assert len(RUNS) == 1


def test_a_draft_holds_only_so_many(ws: Workspace, reports: list[Report]) -> None:
    reports += [PASSED] * (MAX_HELD + 1)
    for _ in range(MAX_HELD + 1):
        verify_draft(ws, PASSWORD)
    assert len(RUNS) == MAX_HELD


def test_without_a_run_the_record_says_so(
    ws: Workspace, reports: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    reports.append(PASSED)
    report = verify_draft(ws, PASSWORD)

    def refuse(*_: Any) -> None:
        raise StorageError("disk_full")

    monkeypatch.setattr(type(ws.store), "write_run", refuse)
    inputs = PASSWORD.verification_inputs(ws.defaults_for)
    stored = save_draft(ws, PASSWORD._replace(verification=Fact(inputs, report)))
    [row] = list_connectors(ws)
    assert (row.status, row.run) == ("verified", None)
    monkeypatch.undo()
    assert last_run(ws, stored) is None


def test_the_last_result_is_of_the_connector_as_it_is_saved(ws: Workspace) -> None:
    stored = save_draft(ws, PASSWORD)
    assert last_run(ws, stored) is None
    other = stored.connector._replace(server=stored.connector.server._replace(port=2525))
    record_run(ws, stored, other, FAILED, lasting=False)
    record_run(ws, stored, stored.connector, FAILED, secret_given=True, lasting=False)
    assert last_run(ws, stored) is None
    interrupted = record_run(ws, stored, stored.connector, INTERRUPTED)
    assert last_run(ws, stored) == interrupted
    counted = record_run(ws, stored, stored.connector, FAILED)
    record_run(ws, stored, stored.connector, INTERRUPTED)
    assert last_run(ws, stored) == counted


def test_the_certificate_that_was_seen_last_is_remembered(ws: Workspace) -> None:
    stored = save_draft(ws, PASSWORD)
    whole = reports_of_cases.report()
    for report in (whole, FAILED):  # which came to none
        record_verification(ws, stored, report)
        assert read_record(ws, stored)["certificate"] == {
            "host": stored.connector.server.host,
            "ends": reports_of_cases.CERTIFICATE.not_after,
            "fingerprint": reports_of_cases.CERTIFICATE.fingerprint,
        }
    [row] = list_connectors(ws)
    assert row.expires_at == f"{reports_of_cases.CERTIFICATE.not_after[:10]}T00:00:00Z"


def test_an_expired_certificate_is_remembered_and_another_that_was_refused_is_not(
    ws: Workspace,
) -> None:
    stored = save_draft(ws, PASSWORD)
    chain = (reports_of_cases.CERTIFICATE._replace(not_after="2026-11-02T10:00:00Z"),)
    for error in (StageError.CERT_UNTRUSTED, StageError.CERT_EXPIRED):
        failure = StageFailure(error, chain=chain)
        stage = StageResult(Stage.TLS, Status.FAILED, failure=failure)
        stages = tuple(stage if each is Stage.TLS else StageResult(each) for each in STAGES)
        report = FAILED._replace(stages=stages)
        record_verification(ws, stored, report)
        [row] = list_connectors(ws)
        expired = error is StageError.CERT_EXPIRED
        assert row.expires_at == ("2026-11-02T00:00:00Z" if expired else None)


def read_record(ws: Workspace, stored: StoredConnector) -> Mapping[str, Any]:
    return ws.store.read_verification(stored.id) or {}


def test_the_last_result_is_looked_for_where_its_run_is_damaged(ws: Workspace) -> None:
    stored = save_draft(ws, PASSWORD)
    first = record_run(ws, stored, stored.connector, INTERRUPTED)
    second = record_run(ws, stored, stored.connector, FAILED)
    folder = ws.store.directory / "history" / stored.id
    (folder / f"{second.id}.json").write_text("")
    assert last_run(ws, stored) == first
    record_verification(ws, stored, FAILED, "20261129-101500-3f9c1a")  # gone meanwhile
    assert last_run(ws, stored) == first


def test_a_history_that_cannot_be_read_has_no_last_result(ws: Workspace) -> None:
    stored = save_draft(ws, PASSWORD)
    (ws.store.directory / "history").mkdir(exist_ok=True)
    (ws.store.directory / "history" / stored.id).write_text("in the way")
    assert last_run(ws, stored) is None


def test_runs_of_one_second_are_in_order(ws: Workspace) -> None:
    stored = save_draft(ws, PASSWORD)
    ids = [make_run(ws, stored, stored.connector, PASSED).id for _ in range(20)]
    assert [each[:-2] for each in ids] == sorted(each[:-2] for each in ids)


# --- the machine


def test_the_environment_names_proxies_and_says_no_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://user:hunter2@proxy.example.test")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setitem(sys.modules, "PySide6", SimpleNamespace(__version__="6.11.3"))
    found = environment(None, {"secret_store": "file"})
    assert found["proxies"] == ["ALL_PROXY"]
    assert "hunter2" not in str(found)
    assert (found["secret_store"], found["qt"]) == ("file", "6.11.3")
    assert isinstance(found["openssl"], str)
    assert found["python"].count(".") == 2


@pytest.mark.parametrize("settings", [{}, {"secret_store": 3}])
def test_what_nobody_knows_of_the_machine_is_left_out(
    monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, object]
) -> None:
    monkeypatch.delitem(sys.modules, "ssl")
    monkeypatch.delitem(sys.modules, "PySide6", raising=False)
    found = environment(None, settings)
    assert not {"openssl", "qt"} & set(found)
    assert found["secret_store"] is None
    assert found["proxies"] == []


def test_the_store_is_that_of_the_connector(ws: Workspace) -> None:
    stored = save_draft(ws, PASSWORD)
    assert environment(stored, {"secret_store": "file"})["secret_store"] == "keyring"
    none = stored._replace(secrets={})
    assert environment(none, {"secret_store": "file"})["secret_store"] == "file"
    helper = stored.connector.authentication._replace(secret_command=("/bin/true",))
    fetched = stored._replace(connector=stored.connector._replace(authentication=helper))
    assert environment(fetched, {})["secret_store"] == "command"


# --- words

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "facts", "words"),
    [
        ("untested", {}, "not tested"),
        ("changed", {"at": "2026-11-29T11:00:00Z", "stage": "auth"}, "changed"),
        ("verified", {"at": "2026-11-29T11:00:00Z"}, "verified: 1 h ago"),
        ("verified", {}, "verified"),
        ("failed", {"at": "2026-11-29T11:00:00Z"}, "failed: 1 h ago"),
        (
            "failed",
            {"at": "2026-11-29T11:00:00Z", "stage": "auth", "cause": "bad_credentials"},
            "failed: Sign in, User name or password was not accepted, 1 h ago",
        ),
        (
            "failed",
            {"at": "2026-11-29T11:00:00Z", "stage": "lunch", "reply": "Go away"},
            "failed: lunch, Go away, 1 h ago",
        ),
        (
            "failed",
            {"at": "2026-11-29T11:00:00Z", "stage": "data", "cause": "../x"},
            "failed: Send the message, ../x, 1 h ago",
        ),
        (
            "failed",
            {"at": "2026-11-29T11:00:00Z", "stage": "data"},
            "failed: Send the message, 1 h ago",
        ),
    ],
)
def test_the_last_result_in_words(status: str, facts: Mapping[str, str | None], words: str) -> None:
    assert last_result_text(status, facts, NOW, Face.WINDOW) == words


def test_a_terminal_has_the_stages_of_the_contract() -> None:
    assert stage_name("auth", Face.COMMAND_LINE) == "Sign in (auth)"


@pytest.mark.parametrize(
    "record",
    [
        {"ok": False, "at": 3, "stage": [], "causes": {}, "reply": "no", "run": 1},
        {"ok": False, "causes": [3], "reply": {"text": None}},
        {"ok": False, "causes": [], "told_by": 7},
    ],
)
def test_a_record_that_says_nonsense_hides_nothing(ws: Workspace, record: Any) -> None:
    stored = save_draft(ws, PASSWORD)
    inputs = {"inputs": stored.connector.inputs_digest(), "secrets": dict(stored.secrets)}
    ws.store.change_verification(stored.id, lambda _: record | inputs)
    [row] = list_connectors(ws)
    assert row.status == "failed"
    assert (row.at, row.stage, row.cause, row.told_by, row.reply, row.run) == (None,) * 6
    assert last_run(ws, stored) is None
    assert os.listdir(ws.store.directory / "history") == [f"{stored.id}.json"]


def test_what_was_asked_about_other_senders_is_not_set_beside_tests() -> None:
    def of(ok: bool, asked_as: str | None = None) -> Summary:
        verdict = Verdict.SENT if ok else Verdict.STOPPED
        return Summary("x", "", ok, verdict, 1, asked_as=asked_as)

    asked, refused = of(True, "a@quay.example"), of(False, "b@quay.example")
    assert pair_to_compare([refused, asked, of(True), asked, of(False)]) == [2, 4]
    assert pair_to_compare([refused, of(True), refused]) == [1]
    assert run_to_compare([asked, of(False), refused], 0) == 2
