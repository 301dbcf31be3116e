"""Every scenario through the demo's main job: its stage, its cause first, and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.causes import causes
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import GOOD, SCENARIOS, Certificate, Scenario, Typed, find_scenario
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import FixId, fixes_for, helped
from smtpwizard.flow.prefill import fill_in
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Cause, Likelihood, Report, Status
from smtpwizard.smtp import session
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.demo import set_up_demo
from smtpwizard.usecases.unattended_demo import do_main_job, visit
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities

FAILURES = [scenario for scenario in SCENARIOS if scenario.cause is not None]
VERIFIED = [scenario for scenario in FAILURES if scenario.stage is not None]
SIGNED_IN = [scenario for scenario in FAILURES if scenario.stage is None]


def cases(scenarios: Iterable[Scenario]) -> list[Any]:
    """Each as a test's parameter, by its name, with what it needs."""
    needs: dict[Certificate, pytest.MarkDecorator] = {
        Certificate.INTERCEPTOR: capabilities.refuses_chains_without_a_root
    }
    return [
        pytest.param(scenario, id=scenario.name, marks=needs.get(scenario.certificate, ()))
        for scenario in scenarios
    ]


class Outcome:
    """What was told of the main job, and what it left."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.reports: list[Report] = []
        self.causes: Sequence[Cause] = ()
        self.fixes: list[FixId] = []
        with ScenarioServer(scenario, consents=True) as self.server:
            self.demo, data_dir = set_up_demo(self.server, folder)
            ws = Workspace.open(data_dir, secret_store="session")
            self.as_told = do_main_job(ws, scenario, self.demo, self)
        self.kept = [(row.name, row.default, row.status) for row in list_connectors(ws)]

    def tested(self, report: Report) -> None:
        self.reports.append(report)

    def sign_in_failed(self, causes: Sequence[Cause]) -> None:
        self.causes = causes

    def trying(self, fix: FixId) -> None:
        self.fixes.append(fix)


Play = Callable[[Scenario], Outcome]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    # A silent peer is asked what it is: on a slow machine, too, in time for its answer.
    monkeypatch.setattr(session, "PROBE_S", 4.0)
    return lambda scenario: Outcome(scenario, tmp_path)


def test_where_nothing_is_wrong_the_connector_is_saved_and_verified(play: Play) -> None:
    outcome = play(GOOD)
    assert outcome.as_told
    [report] = outcome.reports
    assert report.ok
    assert len(outcome.server.messages) == 1
    assert outcome.kept == [("Demo", True, "verified")]


@pytest.mark.parametrize("scenario", cases(VERIFIED))
def test_the_cause_stands_first_and_the_way_out_leads_to_a_passing_test(
    scenario: Scenario, play: Play
) -> None:
    outcome = play(scenario)
    report = outcome.reports[0]
    stopped = report.stopped_at()
    assert stopped is not None
    assert stopped.stage is scenario.stage
    assert report.causes[0].cause == scenario.cause
    assert report.causes[0].likelihood is not Likelihood.LOW
    # No button where none helps: that is worse than no button at all.
    offered = fixes_for(report, fill_in(ConnectorDraft(), outcome.demo, "Demo"))
    wanted = [scenario.fix] if scenario.fix else []
    if scenario.project_trusts:  # it could be trusted by the connector alone, too
        offered = offered[:1]
    assert [str(fix.id) for fix in offered] == wanted
    assert [str(fix) for fix in outcome.fixes] == wanted
    assert outcome.as_told
    if not scenario.ends_verified:
        assert len(outcome.reports) == 1
        assert outcome.kept == []
        return
    [_, passing] = outcome.reports
    assert passing.ok, passing.stopped_at()
    assert helped(report, passing)
    assert outcome.kept == [("Demo", True, "verified")]
    [message] = outcome.server.messages
    assert message.user == outcome.server.username
    assert message.tls_version is not None
    assert message.to == outcome.demo["admin"]


@pytest.mark.parametrize("scenario", cases(SIGNED_IN))
def test_a_sign_in_that_fails_names_its_cause(scenario: Scenario, play: Play) -> None:
    outcome = play(scenario)
    assert outcome.causes[0].cause == scenario.cause
    assert outcome.as_told
    assert (outcome.reports, outcome.kept) == ([], [])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("good", {"behaviours": {"MAIL": b"550 5.7.1 no\r\n"}}),
        ("wrong-password", {"cause": "timeout"}),
        ("wrong-password", {"stage": None}),
        ("wrong-password", {"fix": "full_address"}),
        ("greylisted", {"behaviours": {"RCPT": b"450 4.2.0 Greylisted\r\n"}}),
        ("client-secret-expired", {"cause": "timeout"}),
    ],
)
def test_what_does_not_end_as_its_scenario_tells_is_noticed(
    name: str, changes: dict[str, Any], play: Play
) -> None:
    scenario = find_scenario(name)
    assert scenario is not None
    outcome = play(replace(scenario, **changes))
    assert not outcome.as_told
    assert outcome.kept == []


def test_every_scenario_is_of_the_list_of_causes_and_of_fixes() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert {scenario.cause for scenario in FAILURES} <= set(causes())
    # A broken IPv6 path cannot be played on loopback, where names have one address.
    shown = {str(fix) for fix in FixId} - {str(FixId.PREFER_IPV4)}
    assert {s.fix for s in FAILURES if s.fix} == shown
    assert len(VERIFIED) >= 20
    assert all(s.title and not s.title.endswith(".") for s in SCENARIOS)
    assert find_scenario("nonsense") is None


def test_a_lost_reply_is_told_as_unknown(play: Play) -> None:
    scenario = find_scenario("lost-reply")
    assert scenario is not None
    outcome = play(scenario)
    [report] = outcome.reports
    assert report.exit_code() == 19
    stopped = report.stopped_at()
    assert stopped is not None
    assert stopped.status is Status.UNKNOWN
    # What makes it unknown: the message may have arrived, and here it has.
    assert len(outcome.server.messages) == 1


def test_what_is_told_is_what_was_typed_wrong(tmp_path: Path) -> None:
    def describe(name: str) -> tuple[ScenarioServer, dict[str, Any]]:
        scenario = find_scenario(name)
        assert scenario is not None
        with ScenarioServer(scenario) as server:
            return server, server.describe(tmp_path / "ca.pem")

    server, told = describe("app-password-with-spaces")
    assert told["password"] != server.password
    assert told["password"].replace(" ", "") == server.password
    server, told = describe("wrong-password")
    assert told["password"] != server.password
    server, told = describe("user-needs-full-address")
    assert told["username"] == server.username.partition("@")[0]
    server, told = describe("smtp-auth-off-tenant")
    assert (told["username"], told["password"]) == (server.username, server.password)
    for name in ("unknown-ca", "intercepted"):
        assert describe(name)[1]["ca_file"] is None, "it would not vouch for that server"
    assert told["ca_file"]
    assert {scenario.typed for scenario in SCENARIOS} == set(Typed)


@pytest.mark.parametrize(
    "address", ["http://192.0.2.1/", "https://localhost/", "file:///etc/passwd", "x"]
)
def test_the_demo_s_browser_stays_on_this_machine(address: str) -> None:
    with pytest.raises(UsageError, match="address_foreign"):
        visit(address)
