"""Every scenario through a real verification: its stage, its cause first, and the way out."""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.causes import causes
from smtpwizard.cli.demonstration import DemoPrinter
from smtpwizard.demo.player import Player
from smtpwizard.demo.scenarios import SCENARIOS, Scenario, Typed, find_scenario
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.filling import filled_in
from smtpwizard.flow.fixes import Fix, FixId, fixes_for, helped
from smtpwizard.model.errors import SmtpWizardError, UsageError
from smtpwizard.model.registration import Redirect
from smtpwizard.model.report import Likelihood, Report, Status
from smtpwizard.smtp import session
from smtpwizard.usecases import demo
from smtpwizard.usecases.sign_in import Dialogue, SignedIn, causes_of, sign_in
from smtpwizard.usecases.verify import SecretSources, verify_connector
from smtpwizard.usecases.workspace import Workspace

FAILURES = [scenario for scenario in SCENARIOS if scenario.cause is not None]
VERIFIED = [scenario for scenario in FAILURES if scenario.stage is not None]
SIGNED_IN = [scenario for scenario in FAILURES if scenario.stage is None]

# For a server that says nothing on purpose, and for all others, seconds a stage.
SHORT_S, LONG_S = 1.0, 3600.0


class Scene:
    """A scenario's server, what somebody types to meet it, and a workspace to do so in."""

    def __init__(self, scenario: Scenario, player: Player, folder: Path) -> None:
        self.player = player
        data_dir = folder / "data"
        data_dir.mkdir()
        player.write_providers(data_dir / "providers.d")
        self.ws = Workspace.open(data_dir, secret_store="session")
        self.facts = player.describe(player.write_ca(folder / "ca.pem"))
        self.draft = filled_in(ConnectorDraft(), self.facts, "Demo")

    def verify(self, draft: ConnectorDraft | None = None) -> Report:
        draft = draft or self.draft
        connector, problems = draft.judge(self.ws.defaults_for)
        assert connector is not None, problems
        return verify_connector(
            self.ws,
            connector,
            SecretSources(draft.secrets(), sign_in=draft.holding_sign_in()),
            send_to=connector.test_recipient(),
            timeout_s=SHORT_S if self.player.scenario.timeout_s is not None else LONG_S,
        )

    def sign_in(self) -> SignedIn | SmtpWizardError:
        """Sign in with a browser; the draft then holds the refresh token."""
        connector = self.draft.for_sign_in(self.ws.defaults_for)
        assert connector is not None
        visits: list[threading.Thread] = []

        def open_url(url: str) -> None:
            visits.append(threading.Thread(target=demo.visit, args=(url,)))
            visits[-1].start()

        try:
            signed = sign_in(
                self.ws,
                connector,
                secrets=self.draft.secrets(),
                redirect=Redirect.LOOPBACK,
                dialogue=Dialogue(lambda progress: None, open_url, seconds=LONG_S),
            )
        except SmtpWizardError as error:
            return error
        finally:
            for visit in visits:
                visit.join()
        self.draft = self.draft.with_sign_in(signed)
        return signed

    def fixes(self, report: Report) -> dict[str, Fix]:
        return {str(fix.id): fix for fix in fixes_for(report, self.draft)}


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Scenario], Scene]]:
    # A silent peer is asked what it is: on a slow machine, too, in time for its answer.
    monkeypatch.setattr(session, "PROBE_S", 4.0)
    players: list[Player] = []

    def make(scenario: Scenario) -> Scene:
        players.append(Player(scenario, consents=True))
        players[-1].__enter__()
        return Scene(scenario, players[-1], tmp_path)

    yield make
    for player in players:
        player.__exit__()


def by_name(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", VERIFIED, ids=by_name)
def test_the_cause_stands_first_and_the_button_leads_to_a_passing_test(
    scenario: Scenario, play: Callable[[Scenario], Scene]
) -> None:
    scene = play(scenario)
    if scenario.oauth is not None:
        assert isinstance(scene.sign_in(), SignedIn)
    report = scene.verify()
    stopped = report.stopped_at()
    assert stopped is not None
    assert stopped.stage is scenario.stage
    assert report.causes[0].cause == scenario.cause
    assert report.causes[0].likelihood is not Likelihood.LOW
    fixes = scene.fixes(report)
    # No button where none helps: that is worse than no button at all.
    assert list(fixes) == ([scenario.fix] if scenario.fix else [])
    if scenario.fix == FixId.SIGN_IN_AGAIN:
        assert isinstance(scene.sign_in(), SignedIn)
        passing = scene.verify()
    elif scenario.fix is not None:
        changed = fixes[scenario.fix].draft
        assert changed is not None
        passing = scene.verify(changed)
    elif scenario.retry:
        passing = scene.verify()
    else:
        return
    assert passing.ok, passing.stopped_at()
    assert helped(report, passing)
    [message] = scene.player.messages
    assert message.user == scene.player.username
    assert message.tls_version is not None
    assert message.to == scene.facts["admin"]


@pytest.mark.parametrize("scenario", SIGNED_IN, ids=by_name)
def test_a_sign_in_that_fails_names_its_cause(
    scenario: Scenario, play: Callable[[Scenario], Scene]
) -> None:
    scene = play(scenario)
    failure = scene.sign_in()
    assert isinstance(failure, SmtpWizardError)
    connector = scene.draft.for_sign_in(scene.ws.defaults_for)
    assert connector is not None
    assert causes_of(scene.ws, connector, failure)[0].cause == scenario.cause


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


def test_a_lost_reply_is_told_as_unknown(play: Callable[[Scenario], Scene]) -> None:
    scenario = find_scenario("lost-reply")
    assert scenario is not None
    scene = play(scenario)
    report = scene.verify()
    assert report.exit_code() == 19
    stopped = report.stopped_at()
    assert stopped is not None
    assert stopped.status is Status.UNKNOWN
    # What makes it unknown: the message may have arrived, and here it has.
    assert len(scene.player.messages) == 1


def test_what_is_told_is_what_was_typed_wrong(tmp_path: Path) -> None:
    def described(name: str) -> tuple[Player, dict[str, Any]]:
        scenario = find_scenario(name)
        assert scenario is not None
        with Player(scenario) as player:
            return player, player.describe(tmp_path / "ca.pem")

    player, told = described("app-password-with-spaces")
    assert told["password"] != player.password
    assert told["password"].replace(" ", "") == player.password
    player, told = described("wrong-password")
    assert told["password"] != player.password
    player, told = described("user-needs-full-address")
    assert told["username"] == player.username.partition("@")[0]
    player, told = described("smtp-auth-off-tenant")
    assert (told["username"], told["password"]) == (player.username, player.password)
    assert {scenario.typed for scenario in SCENARIOS} == set(Typed)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown-ca", "fix: trust_certificate\n"),
        ("token-revoked", "fix: sign_in_again\n"),
        ("client-secret-expired", "cause: oauth_secret_expired\n"),
    ],
)
def test_the_wizard_walks_through_a_failure_by_itself(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    out = io.StringIO()
    code = demo.run_demo(
        unattended=True, shots=tmp_path / "shots", listener=DemoPrinter(out), scenario=name
    )
    assert code == 0, out.getvalue()
    assert said in out.getvalue()
    assert "Done: the cause was named" in out.getvalue()
    assert ("Demo  default, verified" in out.getvalue()) == ("fix" in said)
    assert [path.name for path in tmp_path.iterdir()] == ["shots"]


def test_a_walk_that_finds_another_cause_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = find_scenario("wrong-password")
    assert scenario is not None
    # Named otherwise than it plays.
    monkeypatch.setattr(demo, "find_scenario", lambda name: replace(scenario, cause="timeout"))
    out = io.StringIO()
    code = demo.run_demo(
        unattended=True, shots=tmp_path, listener=DemoPrinter(out), scenario="wrong-password"
    )
    assert code == 1
    assert "the cause is timeout, and the wizard says bad_credentials" in out.getvalue()
    assert "Done" not in out.getvalue()


def test_the_demo_s_browser_stays_on_this_machine(play: Callable[[Scenario], Scene]) -> None:
    for address in ("http://192.0.2.1/", "https://localhost/", "file:///etc/passwd", "x"):
        with pytest.raises(UsageError, match="address_foreign"):
            demo.visit(address)
