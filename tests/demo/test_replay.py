"""Every fault of the repository's own, recorded and played again: in memory, on loopback, and with
the clock moved by two years."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from fault_cases import CASES, USERNAME, Case
from faults import Bed

from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import SCENARIOS, Scenario
from smtpwizard.model.auth import Credential, CredentialKind, FixedCredential, Secret
from smtpwizard.model.connector import Admin, Authentication, Connector, Method, Security, Server
from smtpwizard.model.report import Stage
from smtpwizard.providers import ProviderEntry
from smtpwizard.smtp import session, verification
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases import drafts
from smtpwizard.usecases import verify as verifying
from smtpwizard.usecases.demo import set_up_demo
from smtpwizard.usecases.unattended_demo import do_main_job
from smtpwizard.usecases.workspace import Workspace
from tests.demo.replaying import (
    SHORT_S,
    aged,
    assert_same_again,
    assert_same_on_loopback,
)
from tests.demo.test_scenarios import cases
from tests.smtp.invariants import PROBE_S, nothing_left

TWO_YEARS = timedelta(days=730)

# What is wrong in the input never comes as far as a server.
FAULTS = [case for case in CASES if case.stage != "input"]


@pytest.fixture
def _nothing_left(tmp_path: Path) -> Iterator[None]:
    with nothing_left(tmp_path / "temporary"):
        yield


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Bed:
    return Bed(tmp_path_factory.mktemp("bed"))


def record_fault(bed: Bed, case: Case) -> Recording:
    oauth = case.token is not None
    with bed.server(case) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "STAGE_SECONDS", dict.fromkeys(Stage, 4.0))
        patch.setattr(session, "PROBE_S", SHORT_S)
        connector = Connector(
            name="Invoices",
            provider="custom",
            server=Server(
                case.host,
                server.port,
                Security(case.security),
                ca_file=str(bed.certificates.ca_file),
            ),
            authentication=Authentication(Method.OAUTH if oauth else Method.BASIC, USERNAME),
            admin=Admin("admin@example.com"),
        )
        kind = CredentialKind.BEARER if oauth else CredentialKind.PASSWORD
        credential = Credential(kind, USERNAME, Secret(case.token or case.password))
        settings = Settings(recipient=case.recipient, timeout_s=_time_for(case))
        return Recording(connector, verify(connector, FixedCredential(credential), settings))


def _time_for(case: Case) -> float:
    slow = ("hang", "silence", "every half second", "no greeting", "ignored", "Drip", "endless")
    return 0.5 if any(word in case.title for word in slow) else 300.0


@pytest.mark.usefixtures("_nothing_left")
@pytest.mark.parametrize("case", FAULTS, ids=[f"{c.id} {c.title}" for c in FAULTS])
def test_a_fault_plays_again(bed: Bed, case: Case) -> None:
    recording = record_fault(bed, case)
    assert_same_again(recording)
    assert_same_again(aged(recording, TWO_YEARS))
    assert_same_again(aged(recording, -TWO_YEARS))
    if not case.or_unknown:  # a reset or our final dot, whichever is quicker
        assert_same_on_loopback(recording)
        assert_same_on_loopback(aged(recording, TWO_YEARS))


# -- the demo's scenarios ------------------------------------------------------------------------


class _Nobody:
    def tested(self, report: Any) -> None: ...
    def sign_in_failed(self, causes: Any) -> None: ...
    def trying(self, fix: Any) -> None: ...


def record_scenario(
    scenario: Scenario, folder: Path
) -> list[tuple[Recording, ProviderEntry | None]]:
    """Every verification of a scenario's main job."""
    found: list[tuple[Recording, ProviderEntry | None]] = []
    original = verifying.verify_connector

    def recording(ws: Workspace, connector: Connector, *args: Any, **options: Any) -> Any:
        report = original(ws, connector, *args, **options)
        found.append((Recording(connector, report), ws.provider_of(connector)))
        return report

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "PROBE_S", PROBE_S)
        patch.setattr(drafts, "verify_connector", recording)
        with ScenarioServer(scenario, consents=True) as server:
            demo, data_dir = set_up_demo(server, folder)
            ws = Workspace.open(data_dir, secret_store="session")
            assert do_main_job(ws, scenario, demo, _Nobody())
    return found


@pytest.mark.parametrize("scenario", cases(SCENARIOS))
def test_a_scenario_plays_again(tmp_path: Path, scenario: Scenario) -> None:
    found = record_scenario(scenario, tmp_path)
    assert len(found) >= (scenario.stage is not None)
    for recording, entry in found:
        assert_same_again(recording, entry)
        assert_same_again(aged(recording, TWO_YEARS), entry)
        stopped = str(recording.report.stopped_at())
        # Another server's clients have no project that would vouch for it.
        if "token_missing" not in stopped and "project_vouches=True" not in stopped:
            assert_same_on_loopback(recording, entry)
