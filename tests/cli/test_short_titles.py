"""What is said of a failure in short is what its card says above everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwizard.causes import causes, title_of
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import Scenario
from smtpwizard.flow.draft import begin_draft
from smtpwizard.flow.prefill import fill_in
from smtpwizard.gui.console.connector_words import status_lines, today
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import reason_text
from smtpwizard.model.report import SITUATIONS, Actor, Cause, Likelihood
from smtpwizard.smtp import session
from smtpwizard.usecases.demo import set_up_demo
from smtpwizard.usecases.history import find_run, list_runs
from smtpwizard.usecases.list_rows import ConnectorRows
from smtpwizard.usecases.save import save_draft
from smtpwizard.usecases.workspace import Workspace
from tests.cli.conftest import Cli
from tests.demo.test_scenarios import VERIFIED, cases

BY_PASSWORD = [scenario for scenario in VERIFIED if scenario.oauth is None]


@pytest.mark.parametrize("scenario", cases(BY_PASSWORD))
def test_list_history_and_all_of_them_say_what_the_card_says(
    scenario: Scenario, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "PROBE_S", 4.0)
    with ScenarioServer(scenario, consents=True) as server:
        demo, cli.data_dir = set_up_demo(server, tmp_path)
        ws = Workspace.open(cli.data_dir, secret_store="session")
        stored = save_draft(ws, fill_in(begin_draft(ws.project), demo, "Demo"))
        of_all = cli("verify", "--all", "--send-to", str(demo["admin"])).out
    card = cause_text(find_run(ws, stored, "latest").report.causes[0], Face.WINDOW).title
    assert f", {card}\n" in of_all
    assert f", {card}, just now" in cli("list").out
    assert f"  {card}\n" in cli("history", "Demo").out
    [row] = ConnectorRows(ws).read().rows
    assert status_lines(row, today())[1] == card
    [run] = list_runs(ws, stored).runs
    assert reason_text(run.causes[0], run.told_by) == card


EVERY = [
    (slug, variant) for slug, kind in causes().items() for variant in ("", *sorted(kind.variants()))
]


@pytest.mark.parametrize(("slug", "name"), EVERY)
def test_every_variant_is_told_by_its_own_title(slug: str, name: str) -> None:
    as_variant = Cause(slug, Likelihood.HIGH, Actor.YOU, variant=name or None)
    as_family = Cause(slug, Likelihood.HIGH, Actor.YOU, family=name or "generic")
    found = [as_variant, as_family]
    if name in SITUATIONS:
        found.append(Cause(slug, Likelihood.HIGH, Actor.YOU, values={name: True}))
    wanted = causes()[slug].sentences(name).title
    for cause in found:
        assert title_of(slug, cause.told_by) == cause_text(cause, Face.WINDOW).title == wanted


def test_what_exactly_failed_says_more_than_what_is_known_besides() -> None:
    told = Cause("bad_credentials", Likelihood.HIGH, Actor.YOU, (), False, "client_certificate",
                 "google", {"short_login": True, "spaces_inside": 0, "host": "mx"})  # fmt: skip
    assert told.told_by == "client_certificate short_login google"


def test_what_nobody_has_sentences_for_has_the_plain_ones() -> None:
    assert title_of("bad_credentials", "of_later google") == title_of("bad_credentials", "google")
    assert title_of("bad_credentials", "of_later") == title_of("bad_credentials")
    assert title_of("of_later", "google") is None
