"""The conclusion of a failed test is in sight: the cause, who must act, the next click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, QTimer
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.demo.scenarios import GOOD, SCENARIOS, Scenario
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.prefill import fill_in
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.gui.wizard.pages.testing import TestPage
from smtpwizard.model.report import Report
from tests.demo.test_scenarios import Outcome, cases
from tests.gui.driving import button, test_page
from tests.gui.fake_runner import FakeTaskRunner

OpenWizard = Callable[..., ConnectorWizard]
FAILURES = [s for s in SCENARIOS if s is not GOOD and s.stage is not None]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Scenario], Outcome]:
    """Play each scenario once, for both heights."""
    known: dict[str, Outcome] = {}

    def play(scenario: Scenario) -> Outcome:
        if scenario.name not in known:
            known[scenario.name] = Outcome(scenario, tmp_path_factory.mktemp(scenario.name))
        return known[scenario.name]

    return play


def show(wizard: ConnectorWizard, scenario: Scenario, outcome: Outcome, height: int) -> TestPage:
    """The wizard on its last page, as a scenario has filled it in, at this height."""
    wizard.setMinimumHeight(0)
    wizard.resize(960, height)
    draft = fill_in(ConnectorDraft(), outcome.demo, "Demo")
    # The demo's own provider is in the demo's catalogue alone.
    draft = replace(draft, provider="gmail") if scenario.provider else draft
    wizard.draft_model.set(draft.with_family(wizard.draft_model.flow.defaults_for))
    for _ in range(3):
        wizard.next()
    page = test_page(wizard)
    assert wizard.page_now() is page
    return page


def settled(qtbot: QtBot, page: TestPage) -> None:
    """Wait until the page has scrolled to where it wants to be: two turns, then the layout."""
    turns: list[int] = []

    def turn() -> None:
        turns.append(len(turns))
        if len(turns) < 6:
            QTimer.singleShot(0, page, turn)

    turn()
    qtbot.waitUntil(lambda: len(turns) >= 6)


def in_sight(page: TestPage, widget: QWidget) -> bool:
    """Whether all of a widget is within what is seen of the page."""
    viewport = page.area.viewport()
    at = QRect(widget.mapTo(viewport, QPoint(0, 0)), widget.size())
    return widget.isVisible() and viewport.rect().contains(at)


def fail(page: TestPage, runner: FakeTaskRunner, report: Report, qtbot: QtBot) -> QPushButton:
    """Let the test end with this report; the filled button."""
    page.test_button.setFocus()
    page.test_button.click()
    runner.answer(report)
    settled(qtbot, page)
    wizard = page.wizard()
    assert wizard is not None
    filled = next_step_of(wizard)
    assert filled is not None
    assert filled is not button(wizard, "Finish")
    return filled


@pytest.mark.parametrize("height", [780, 540])
@pytest.mark.parametrize("scenario", cases(FAILURES))
def test_cause_actor_and_next_click_are_in_sight(
    scenario: Scenario,
    height: int,
    played: Callable[[Scenario], Outcome],
    open_wizard: OpenWizard,
    runner: FakeTaskRunner,
    qtbot: QtBot,
) -> None:
    outcome, wizard = played(scenario), open_wizard()
    page = show(wizard, scenario, outcome, height)
    filled = fail(page, runner, outcome.reports[0], qtbot)
    assert wizard.height() == height
    card = page.view.causes.card
    assert in_sight(page, card.title), "the cause"
    assert in_sight(page, filled), "the next click"
    assert card.isAncestorOf(filled)
    if height >= 780:
        assert in_sight(page, card.facts.who), "who must act"
    # What does not scroll says it, too.
    if page.area.verticalScrollBar().maximum() > 0:
        assert card.title.text() in page.sentence.text()
    assert page.answers()
    assert wizard.rail.steps[list(StepId).index(StepId.TEST)].answers.text() == page.answers()
