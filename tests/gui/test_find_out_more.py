"""“Find out more”: offered after a failure alone, stopped at once, hostile words stay words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.gui import jobs
from smtpwizard.gui.tasks import Job
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.report import Actor, Cause, Likelihood
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import passed_report, refused_report, walk_to_test
from tests.gui.driving import test_page as page_of
from tests.gui.fake_runner import FakeTaskRunner


@pytest.fixture
def wizard(open_wizard: Callable[..., ConnectorWizard]) -> ConnectorWizard:
    wizard = open_wizard()
    walk_to_test(wizard)
    return wizard


def test_offered_after_a_failure_alone(wizard: ConnectorWizard, runner: FakeTaskRunner) -> None:
    page = page_of(wizard)
    panel = page.view.causes.card.find_out_more
    assert not panel.start_button.isVisible()
    page.test()
    runner.answer(refused_report())
    assert panel.start_button.isVisible()
    assert not panel.isVisible(), "nothing was looked for"
    page.test()
    assert not panel.start_button.isVisible()
    runner.answer(passed_report())
    assert not panel.start_button.isVisible()


def test_what_is_found_is_shown_as_it_is_and_weighs_the_causes(
    wizard: ConnectorWizard, runner: FakeTaskRunner
) -> None:
    page = page_of(wizard)
    panel = page.view.causes.card.find_out_more
    page.test()
    report = refused_report()
    runner.answer(report)
    panel.start_button.click()
    assert not panel.start_button.isEnabled()
    cause = Cause("port_blocked", Likelihood.HIGH, Actor.NETWORK_ADMIN)
    runner.answer((["Port 465 answers.", "<img src=x>\u202e"], report._replace(causes=(cause,))))
    assert panel.findings.textFormat() == Qt.TextFormat.PlainText
    assert "Port 465 answers." in panel.findings.text()
    assert "\u202e" not in panel.findings.text()
    assert page.view.causes.cards[0].cause == cause
    assert panel.start_button.isEnabled()


def test_stopping_a_look_answers_at_once(wizard: ConnectorWizard, runner: FakeTaskRunner) -> None:
    page = page_of(wizard)
    page.test()
    runner.answer(refused_report())
    page.view.causes.card.find_out_more.start()
    [job] = [entry.job for entry in runner.pending]
    page.view.causes.card.find_out_more.stop()
    assert runner.cancelled[-1] == job
    assert page.view.causes.card.find_out_more.start_button.isEnabled()


def test_a_failed_look_says_so(wizard: ConnectorWizard, runner: FakeTaskRunner) -> None:
    page = page_of(wizard)
    page.test()
    runner.answer(refused_report())
    page.view.causes.card.find_out_more.start()
    runner.fail(OSError("no"))
    assert page.view.causes.card.find_out_more.findings.isHidden()
    assert page.view.causes.card.find_out_more.words.text()


def test_a_real_look_around_a_server_here(
    open_wizard: Callable[..., ConnectorWizard], ws: Workspace
) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    with ScriptedServer() as server:
        draft = wizard.draft_model.draft._replace(host="127.0.0.1", port=str(server.port))
        connector, _ = draft.judge(ws.defaults_for)
        assert connector is not None
        job = Job(CancelToken(), lambda message: None)
        sentences, report = jobs.find_out_more(ws, connector, refused_report(), job)
        assert any("127.0.0.1" in sentence or "port" in sentence.lower() for sentence in sentences)
        assert report.stopped_at() is not None
        assert not server.secret_in_plaintext("not-a-real-one")
