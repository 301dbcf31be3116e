"""What a person reads of every scenario, in both faces: nothing names what is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QTableWidget, QWidget

from smtpwizard.causes import causes
from smtpwizard.demo.scenarios import GOOD, SCENARIOS, Scenario
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import fixes_for
from smtpwizard.flow.prefill import fill_in
from smtpwizard.gui.results.cause_card import OtherCause
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.messages.causes import cause_lines, cause_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.passing_on import addressee, request_text
from smtpwizard.messages.verification import stage_details, verdict_text
from smtpwizard.model.connector import Method
from smtpwizard.model.registration import Redirect
from smtpwizard.model.report import Actor, Cause, Likelihood, Report
from smtpwizard.model.stage_facts import StageError
from tests.demo.test_scenarios import Outcome, cases
from tests.gui.driving import authenticate_page, test_page
from tests.helpers.wording import Terminal, Window, sentences

OpenWizard = Callable[..., ConnectorWizard]
FAILURES = [scenario for scenario in SCENARIOS if scenario is not GOOD]
SLUGS = {error.value.replace("_", " ") for error in StageError if "_" in error.value}


class Read:
    """One scenario as it was played: what was typed, and what came of it."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        outcome = Outcome(scenario, folder)
        self.draft = fill_in(ConnectorDraft(), outcome.demo, "Demo")
        self.demo = outcome.demo
        self.report: Report | None = outcome.reports[0] if outcome.reports else None
        self.causes: Sequence[Cause] = self.report.causes if self.report else outcome.causes


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Scenario], Read]:
    """Play each scenario once for all the questions to it."""
    known: dict[str, Read] = {}

    def play(scenario: Scenario) -> Read:
        if scenario.name not in known:
            known[scenario.name] = Read(scenario, tmp_path_factory.mktemp(scenario.name))
        return known[scenario.name]

    return play


Play = Callable[[Scenario], Read]


def words_of(widget: QWidget) -> Iterator[str]:
    """Every text that a widget shows."""
    for label in widget.findChildren(QLabel):
        if label.isVisibleTo(widget):
            yield label.text()
    for table in widget.findChildren(QTableWidget):
        for row in range(table.rowCount()):
            for column in range(table.columnCount()):
                item = table.item(row, column)
                yield item.text() if item is not None else ""


@pytest.mark.parametrize("scenario", cases(SCENARIOS))
def test_the_window_names_only_what_it_has(
    scenario: Scenario, played: Play, open_wizard: OpenWizard
) -> None:
    read = played(scenario)
    wizard = open_wizard()
    # The demo's own provider is in the demo's catalogue alone; any other hides the same fields.
    draft = read.draft._replace(provider="gmail") if scenario.provider else read.draft
    wizard.draft_model.set(draft.with_family(wizard.draft_model.flow.defaults_for))
    page = test_page(wizard)
    if read.report is not None:
        connector = wizard.draft_model.connector()
        page.view.show_report(read.report, connector)
        page.view.show_fixes(fixes_for(read.report, read.draft))
        page.view.say_verdict(read.report, str(read.demo["host"]))
    else:
        authenticate_page(wizard).oauth.box.causes.show_causes(read.causes)
    cards = page.view.causes.cards or authenticate_page(wizard).oauth.box.causes.cards
    if scenario is not GOOD:
        assert cards
    for each in cards:
        if isinstance(each, OtherCause):
            each.set_open(True)
    window = Window.of(wizard, page.view)
    wizard.draft_model.choose_method(Method.OAUTH)
    with_oauth = Window.of(wizard, page.view)
    on_cards = [list(words_of(card)) for card in cards]
    elsewhere = [text for text in words_of(page) if all(text not in card for card in on_cards)]
    found = [window.unknown(line) for line in sentences(elsewhere)]
    for card in on_cards:
        there = window
        for line in sentences(card):
            found.append(there.unknown(line))
            # What follows is read with the page as this step leaves it.
            there = with_oauth if "choose oauth" in line.casefold() else there
    assert [names for names in found if names] == []


@pytest.mark.parametrize("scenario", cases(SCENARIOS))
def test_the_command_line_names_only_what_it_has(scenario: Scenario, played: Play) -> None:
    read, terminal = played(scenario), Terminal()
    shown = [line for cause in read.causes for line in cause_lines(cause, Face.COMMAND_LINE)]
    if read.report is not None:
        shown += verdict_text(read.report, Face.COMMAND_LINE)
        for result in read.report.stages:
            shown += stage_details(result, Face.COMMAND_LINE)
    assert shown
    found = [(line, terminal.unknown(line)) for line in sentences(shown)]
    assert [told for told in found if told[1]] == []


@pytest.mark.parametrize("scenario", cases(FAILURES))
def test_nothing_is_said_in_our_own_slugs(scenario: Scenario, played: Play) -> None:
    read = played(scenario)
    shown = [line for cause in read.causes for line in cause_lines(cause, Face.WINDOW)]
    for line in shown:
        assert line.partition(": ")[2].partition(" (")[0] not in SLUGS, line
        assert "blank" not in line
        assert "…" not in line.replace("(smtpwizard", "")
    assert any(line.startswith("Who must act: ") for line in shown)


@pytest.mark.parametrize("scenario", cases(FAILURES))
def test_a_message_to_somebody_else_holds_what_he_can_do(scenario: Scenario, played: Play) -> None:
    read = played(scenario)
    for cause in read.causes:
        text = request_text(cause, Face.WINDOW, read.report)
        assert addressee(cause) is not Actor.YOU
        wanted = text.partition("What is needed:")[2].partition("Read more")[0]
        for ours in ("page ", "test again", "Choose ", "smtpwizard", "your app", "Mail admin"):
            assert ours not in wanted, wanted
        assert not re.search(r"\d{4}-\d\d-\d\dT", text)
        assert "read it once before" not in text


@pytest.mark.parametrize("scenario", cases(FAILURES))
def test_who_has_to_act_has_a_step(scenario: Scenario, played: Play) -> None:
    for cause in played(scenario).causes:
        assert cause.actor in cause_text(cause, Face.WINDOW).actors, cause.cause


def test_what_any_cause_names_is_there_for_some_connector(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    states = [
        {"provider": provider, "method": method, "redirect": redirect}
        for provider, method, redirect in (
            ("custom", Method.BASIC, Redirect.WEB),
            ("custom", Method.OAUTH, Redirect.WEB),
            ("exchange", Method.OAUTH, Redirect.APP),
        )
    ]
    windows = []
    causes_shown = test_page(wizard).view.causes
    causes_shown.show()
    causes_shown.card.find_out_more.start_button.show()
    for state in states:
        wizard.draft_model.change(host="smtp.example.com", **state)
        windows.append(Window.of(wizard, test_page(wizard).view))
    window, terminal = Window.any_of(windows), Terminal()
    found = []
    for slug, kind in causes().items():
        for variant in (None, *sorted(kind.variants())):
            told = Cause(slug, Likelihood.HIGH, kind.actor, variant=variant, values={"host": "mx"})
            for line in sentences([cause_text(told, Face.WINDOW).remedy]):
                found += [(slug, line, names) for names in window.unknown(line)]
            for line in sentences([cause_text(told, Face.COMMAND_LINE).remedy]):
                found += [(slug, line, names) for names in terminal.unknown(line)]
    assert found == [], "\n".join(map(str, found))


# -- the checks themselves can fail --------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "Choose Tests.",
        "Set Portal to 587 (under Provider).",
        "Set Port to 587 (under Nowhere).",
        "Set Password to x (under Provider).",
        "Set Port to 587 (under Provider, Expert).",
        "Enter it as Passphrase (under Authenticate).",
        "Under Authorise choose Basic.",
        "Under Authenticate choose Kerberos.",
        "Run smtpwizard verify again.",
        "Give it with --secret-stdin.",
    ],
)
def test_a_sentence_about_what_is_not_there_is_noticed(
    sentence: str, open_wizard: OpenWizard
) -> None:
    wizard = open_wizard()
    wizard.draft_model.change(provider="custom", host="smtp.example.com")
    assert Window.of(wizard).unknown(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Run smtpwizard verfy again.",
        "See: smtpwizard list --every",
        "Set it (smtpwizard edit NAME --set server.portal=…).",
        "Give it with --secret-in.",
        "Enter it (under Provider).",
        "Choose Test.",
    ],
)
def test_a_line_about_what_is_not_there_is_noticed(sentence: str) -> None:
    assert Terminal().unknown(sentence)


def test_what_is_there_passes(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    wizard.draft_model.change(provider="custom", host="smtp.example.com")
    window = Window.of(wizard)
    for sentence in (
        "Set Encryption method to STARTTLS and Port to 587 (under Provider).",
        "Under Authenticate choose OAuth (recommended) or Basic.",
        "Enter that as Sender address (under Admin and test).",
        "Get it from the administrator and set CA file to it (under Provider, Advanced).",
    ):
        assert window.unknown(sentence) == []
    assert Terminal().unknown("Run smtpwizard edit NAME --set server.port=… --secret-stdin.") == []
