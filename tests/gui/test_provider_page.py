"""Page 2: from an address, a tile or a few letters to a server; nothing is chosen by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from smtpwizard.flow.draft import UNCHOSEN
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.gui.wizard.pages import find_settings
from smtpwizard.gui.wizard.pages.provider import ProviderPage
from smtpwizard.model.connector import Method, Security, ServerDefaults
from smtpwizard.model.discovery import (
    Candidate,
    Discovery,
    FoundBy,
    Looked,
    LookedStatus,
    Remark,
    ServerAnswer,
)
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import (
    button,
    choose,
    fill_name,
    fill_server,
    go_next,
    message_box,
    press,
    provider_page,
)
from tests.gui.fake_runner import FakeTaskRunner

OpenWizard = Callable[..., ConnectorWizard]


@pytest.fixture
def wizard(open_wizard: OpenWizard, qtbot: QtBot) -> ConnectorWizard:
    wizard = open_wizard()
    with qtbot.waitActive(wizard):
        wizard.activateWindow()
    fill_name(wizard)
    go_next(wizard)
    return wizard


@pytest.fixture
def page(wizard: ConnectorWizard) -> ProviderPage:
    return provider_page(wizard)


def leave_box(page: ProviderPage) -> None:
    """Go elsewhere, as Tab does: the list of what was found closes first."""
    popup = page.provider_box.found.popup()
    assert popup is not None
    popup.hide()
    page.finder.edit.setFocus()


def chosen_tiles(page: ProviderPage) -> list[str]:
    return [key for key, tile in page.tiles.items() if tile.radio.isChecked()]


def rows(page: ProviderPage) -> dict[str, bool]:
    """The answers on screen, and whether they are the chosen ones."""
    if page.finder.answers.isHidden():
        return {}
    return {row.radio.text(): row.radio.isChecked() for row in page.finder.answers.rows}


def candidate(host: str, *, trusted: bool) -> Candidate:
    server = ServerDefaults(host, 465, Security.IMPLICIT_TLS)
    return Candidate(server, "me@quay.example", (Method.BASIC,), "custom", FoundBy.MX, trusted, "")


def discovery(*found: Candidate, complete: bool = True) -> Discovery:
    looked = (
        Looked(FoundBy.CATALOGUE, LookedStatus.NOTHING),
        Looked(FoundBy.SRV, LookedStatus.FOUND, 30),
    )
    return Discovery("me@quay.example", "quay.example", found, looked, complete=complete, ms=1200)


# -- nothing by itself ---------------------------------------------------------------------------


def test_nothing_is_chosen_before_somebody_chooses(
    wizard: ConnectorWizard, page: ProviderPage
) -> None:
    assert page.provider_box.currentIndex() == -1
    assert page.provider_box.currentText() == ""
    assert chosen_tiles(page) == []
    assert page.brought.isHidden()
    assert page.connection.isHidden()
    assert not button(wizard, "Next").isEnabled()
    assert page.missing.text() == "Still needed: Provider"
    assert page.answers() == ""
    assert page.finder.edit.hasFocus()


def test_a_stored_connector_shows_its_provider(
    open_wizard: OpenWizard, store: Callable[..., None]
) -> None:
    store("Invoices", provider="gmail", server={})
    wizard = open_wizard("Invoices")
    go_next(wizard)
    page = provider_page(wizard)
    assert page.provider_box.currentText() == "Gmail (Google)"
    assert chosen_tiles(page) == ["gmail"]
    assert page.answers() == "Gmail\nsmtp.gmail.com"
    assert button(wizard, "Next").isEnabled()


def test_tiles_are_short_cuts_to_the_box(wizard: ConnectorWizard, page: ProviderPage) -> None:
    page.tiles["exchange"].radio.click()
    assert page.provider_box.currentText() == "Microsoft Exchange"
    assert wizard.draft_model.draft.provider == "exchange"
    choose(page.provider_box, "IONOS")
    assert chosen_tiles(page) == []
    choose(page.provider_box, "Create a connection")
    assert chosen_tiles(page) == ["custom"]
    assert not page.connection.isHidden()
    assert page.missing.text() == "Still needed: Server"


# -- a few letters -------------------------------------------------------------------------------


# The list of what was found is a window of its own, which a test's has none of.
no_windows = pytest.mark.qt_log_ignore("plugin does not support", extend=True)


@no_windows
@pytest.mark.parametrize("end", [Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_a_few_letters_and_enter_choose(
    wizard: ConnectorWizard, page: ProviderPage, qtbot: QtBot, end: Qt.Key
) -> None:
    page.provider_box.setFocus()
    qtbot.keyClicks(page.provider_box, "iono")
    assert wizard.draft_model.draft.provider == ""
    assert not page.provider_field.error, "not while somebody types"
    found = page.provider_box.found
    assert [found.completionModel().index(row, 0).data() for row in range(1)] == ["IONOS"]
    if end == Qt.Key.Key_Tab:
        leave_box(page)
    else:
        qtbot.keyClick(page.provider_box, end)
    assert wizard.draft_model.draft.provider == "ionos"
    assert page.provider_box.currentText() == "IONOS"
    assert wizard.page_now() is page, "Enter ends the search, and does no more"


@no_windows
def test_what_is_no_provider_is_said_at_the_box(
    wizard: ConnectorWizard, page: ProviderPage, qtbot: QtBot
) -> None:
    choose(page.provider_box, "Gmail (Google)")
    page.provider_box.setFocus()
    page.provider_box.line.selectAll()
    qtbot.keyClicks(page.provider_box, "gmial")
    assert not button(wizard, "Next").isEnabled()
    leave_box(page)
    assert page.provider_box.currentText() == "gmial", "nothing is repaired"
    assert page.provider_field.error == (
        "“gmial” is not one provider's name. Choose one from the list, or Create a connection."
    )
    page.provider_box.setFocus()
    page.provider_box.line.clear()
    leave_box(page)
    assert page.provider_box.currentText() == "Gmail (Google)", "the former choice is back"
    assert not page.provider_field.error
    assert button(wizard, "Next").isEnabled()


@no_windows
def test_the_chosen_one_typed_again_is_a_choice(
    wizard: ConnectorWizard, page: ProviderPage, qtbot: QtBot
) -> None:
    choose(page.provider_box, "IONOS")
    page.provider_box.setFocus()
    page.provider_box.line.selectAll()
    qtbot.keyClicks(page.provider_box, "iono")
    assert wizard.draft_model.draft.provider_text == "iono"
    leave_box(page)
    assert wizard.draft_model.draft.provider_text == ""
    assert button(wizard, "Next").isEnabled()


def test_assistive_technology_sets_the_text(wizard: ConnectorWizard, page: ProviderPage) -> None:
    page.provider_box.line.setText("web.de")
    assert wizard.draft_model.draft.provider == "web_de"
    page.provider_box.line.setText("nonsense")
    assert not button(wizard, "Next").isEnabled()
    page.provider_box.line.setText("web.de")
    assert button(wizard, "Next").isEnabled()


# -- an address ----------------------------------------------------------------------------------


def test_an_address_brings_its_settings(
    wizard: ConnectorWizard, page: ProviderPage, qtbot: QtBot
) -> None:
    qtbot.keyClicks(page.finder.edit, "hr@gmx.de")
    assert page.finder.field.note.text() == (
        "Only “gmx.de” is looked up. The address itself stays on this computer."
    )
    assert next_step_of(wizard) is page.finder.button
    qtbot.keyClick(page.finder.edit, Qt.Key.Key_Return)
    assert rows(page) == {"mail.gmx.net, port 465, SSL/TLS": True}
    draft = wizard.draft_model.draft
    assert (draft.provider, draft.username, draft.method) == ("gmx", "hr@gmx.de", Method.BASIC)
    assert page.provider_box.currentText() == "GMX"
    assert next_step_of(wizard) is button(wizard, "Next")
    assert page.answers() == "GMX\nmail.gmx.net"
    qtbot.keyClick(page.finder.edit, Qt.Key.Key_Return)
    assert wizard.page_now() is not page, "Enter presses what is filled"
    button(wizard, "Back").click()
    choose(page.provider_box, "Gmail (Google)")
    assert rows(page) == {"mail.gmx.net, port 465, SSL/TLS": False}
    page.finder.answers.rows[0].radio.click()
    assert wizard.draft_model.draft.provider == "gmx"
    page.finder.edit.setText("hr@web.de")
    assert rows(page) == {}, "those were another address's"


def test_nothing_found_is_one_sentence_with_what_to_do(
    wizard: ConnectorWizard, page: ProviderPage, ws: Workspace, runner: FakeTaskRunner
) -> None:
    change_settings(ws, ["network.offline=true"])
    page.finder.edit.setText("payroll@quay.example")
    page.finder.button.click()
    assert page.finder.nothing.isHidden(), "not before it is known"
    runner.run()
    assert not page.finder.nothing.isHidden()
    told = "– 6 places in 0.1 s: 1 had nothing, 5 not asked"
    assert page.finder.where.rest.text() == told
    assert page.finder.nothing.text.text() == (
        "quay.example is none of the domains that this program knows by itself, and look-ups are "
        "switched off. Ask the administrator of its mail server. Or choose below."
    )
    assert wizard.draft_model.draft.provider == ""


def test_an_answer_goes_with_its_address(wizard: ConnectorWizard, page: ProviderPage) -> None:
    page.finder.edit.setText("orders@gmail.com")
    page.finder.button.click()
    assert wizard.draft_model.draft.provider == "gmail"
    page.finder.edit.setText("orders@nobody.example")
    page.finder.button.click()
    assert wizard.draft_model.draft.provider == UNCHOSEN
    assert not page.brought.isVisible()
    page.tiles["exchange"].radio.click()
    page.finder.edit.setText("orders@nobody-else.example")
    page.finder.button.click()
    assert wizard.draft_model.draft.provider == "exchange", "that was chosen by hand"


def test_half_an_address_is_said_at_the_field(page: ProviderPage) -> None:
    page.finder.edit.setText("quay.example")
    page.finder.button.click()
    assert "one complete email address" in page.finder.field.error
    page.finder.edit.setText("me@quay.example")
    assert not page.finder.field.error


def test_what_is_not_trusted_is_asked_first(
    wizard: ConnectorWizard, page: ProviderPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(_: object, address: str, __: object, **___: Any) -> Discovery:
        hosts = (candidate("mx.quay.example", trusted=False),)
        return Discovery(address, "quay.example", hosts, ())

    monkeypatch.setattr(find_settings, "known_settings", found)
    page.finder.edit.setText("me@quay.example")
    page.finder.button.click()
    settings = "mx.quay.example, port 465, SSL/TLS"
    assert rows(page) == {settings: False}
    [row] = page.finder.answers.rows
    assert row.radio.accessibleDescription().startswith("Check first")
    row.radio.click()
    assert rows(page) == {settings: False}, "not before the answer"
    press(message_box(wizard), "Leave them")
    assert wizard.draft_model.draft.provider == ""
    row.radio.click()
    press(message_box(wizard), "Take them")
    assert rows(page) == {settings: True}
    assert page.server_edit.text() == "mx.quay.example"
    assert page.user_edit.text() == "me@quay.example"


# -- answers from the network ----------------------------------------------------------------------


@pytest.fixture
def looking(page: ProviderPage, runner: FakeTaskRunner) -> ProviderPage:
    """The page while others are asked for an address that the catalogue does not know."""
    page.finder.edit.setText("me@quay.example")
    page.finder.button.click()
    assert len(runner.pending) == 1
    return page


ANSWER = ServerAnswer(("implicit_tls",), ("PLAIN",), speaks=True)
OURS = candidate("out.quay.example", trusted=True)._replace(answer=ANSWER)
GUESS = candidate("mx.hoster.example", trusted=False)
OUR_WORDS = "out.quay.example, port 465, SSL/TLS"
GUESSED = "mx.hoster.example, port 465, SSL/TLS"


def test_answers_come_as_they_are_found_and_the_best_is_taken(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    assert not looking.finder.stop_button.isHidden()
    assert looking.finder.button.isHidden()
    assert looking.finder.where.rest.text() == "– asking: 1 of 6 places are done"
    runner.report(discovery(GUESS, complete=False))
    assert rows(looking) == {GUESSED: False}
    runner.report(discovery(OURS, GUESS, complete=False))
    assert list(rows(looking)) == [OUR_WORDS, GUESSED]
    assert wizard.draft_model.draft.provider == "", "not while a better one may come"
    runner.answer(discovery(OURS, GUESS))
    assert rows(looking) == {OUR_WORDS: True, GUESSED: False}
    assert looking.server_edit.text() == "out.quay.example"
    assert looking.finder.stop_button.isHidden()
    assert looking.finder.where.rest.text() == "– 2 places in 1.2 s: 1 answered, 1 had nothing"


def test_what_comes_first_and_is_not_trusted_is_not_taken(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    runner.answer(discovery(GUESS, OURS))
    assert rows(looking) == {GUESSED: False, OUR_WORDS: False}
    assert wizard.draft_model.draft.provider == ""
    looking.finder.answers.rows[1].radio.click()
    assert wizard.draft_model.draft.host == "out.quay.example", "one click takes it"


def test_a_server_that_does_not_answer_is_not_taken_by_itself(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    runner.answer(discovery(OURS._replace(answer=ServerAnswer(error="refused"))))
    assert wizard.draft_model.draft.provider == ""
    [row] = looking.finder.answers.rows
    assert "It refuses the connection from here." in row.note.text()
    assert row.radio.accessibleDescription().startswith("No answer")
    row.radio.click()
    assert wizard.draft_model.draft.host == "out.quay.example", "it may be the firewall"


def test_a_name_that_does_not_exist_is_not_called_trusted_and_asked_about(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    runner.answer(discovery(OURS._replace(answer=ServerAnswer(error="dns_not_found"))))
    [row] = looking.finder.answers.rows
    assert row.radio.accessibleDescription().startswith("No such server")
    row.radio.click()
    box = message_box(wizard)
    assert box.informativeText() == (
        "There is no server of that name. These settings do not work from here as they are. Ask "
        "the administrator of the mail server."
    )
    press(box, "Leave them")
    assert wizard.draft_model.draft.host == ""


def test_whoever_chose_meanwhile_is_left_alone(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    looking.tiles["exchange"].radio.click()
    runner.answer(discovery(OURS))
    assert wizard.draft_model.draft.provider == "exchange"
    assert rows(looking) == {OUR_WORDS: False}


def test_the_order_stays_once_somebody_is_among_the_rows(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    runner.report(discovery(GUESS, complete=False))
    row = looking.finder.answers.rows[0]
    row.radio.setFocus()
    runner.report(discovery(OURS, GUESS, complete=False))
    assert list(rows(looking)) == [GUESSED, OUR_WORDS]
    assert looking.finder.answers.rows[0] is row
    assert row.radio.hasFocus()
    runner.answer(discovery(OURS, GUESS))
    assert list(rows(looking)) == [GUESSED, OUR_WORDS]


def test_what_is_learnt_later_is_shown_in_the_row(
    looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    runner.report(discovery(OURS._replace(trusted=False), complete=False))
    [row] = looking.finder.answers.rows
    assert row.radio.accessibleDescription().startswith("Check first")
    runner.answer(discovery(OURS))
    assert looking.finder.answers.rows == [row]
    assert row.radio.accessibleDescription().startswith("Trusted")


def test_stop_keeps_what_is_there(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    runner.report(discovery(OURS, complete=False))
    looking.finder.stop_button.setFocus()
    looking.finder.stop_button.click()
    assert runner.cancelled
    assert rows(looking) == {OUR_WORDS: False}
    assert looking.finder.where.rest.text() == "– stopped"
    assert looking.finder.button.hasFocus()
    assert looking.finder.stop_button.isHidden()


def test_another_address_asks_anew(looking: ProviderPage, runner: FakeTaskRunner) -> None:
    runner.report(discovery(OURS, complete=False))
    looking.finder.edit.setText("me@other.example")
    assert runner.cancelled
    assert not runner.pending
    assert rows(looking) == {}
    assert looking.finder.where.isHidden()
    looking.finder.button.click()
    assert len(runner.pending) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"facts": {"elsewhere": "hoster.example", "domain": "quay.example"}}, "hoster.example"),
        (
            {"server": ServerDefaults("out.quay.example", 25, Security.NONE)},
            "anybody on the way can read the password",
        ),
    ],
)
def test_another_domain_and_plain_text_are_asked_about(
    wizard: ConnectorWizard,
    looking: ProviderPage,
    runner: FakeTaskRunner,
    changes: dict[str, Any],
    words: str,
) -> None:
    runner.answer(discovery(OURS._replace(**changes)))
    assert wizard.draft_model.draft.provider == "", "nothing by itself"
    looking.finder.answers.rows[0].radio.click()
    box = message_box(wizard)
    assert words in box.informativeText()
    press(box, "Take them")
    assert wizard.draft_model.draft.host == "out.quay.example"


def test_what_else_is_to_be_known_stands_below(
    looking: ProviderPage, runner: FakeTaskRunner
) -> None:
    remark = Remark("filter", {"filter": "Mimecast", "domain": "quay.example"})
    runner.answer(discovery(OURS)._replace(remarks=(remark,)))
    assert looking.finder.remarks.text() == "Mimecast stands in front of the mail of quay.example."


def test_what_cannot_be_asked_is_said(looking: ProviderPage, runner: FakeTaskRunner) -> None:
    runner.fail(UsageError("setting_invalid", field="ca_file", choices="PEM"))
    assert "ca_file cannot have this value" in looking.finder.nothing.text.text()
    assert looking.finder.stop_button.isHidden()


def test_a_long_name_gives_way_and_is_told_whole(
    wizard: ConnectorWizard, looking: ProviderPage, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    host = ".".join(["long" * 15] * 3) + ".quay.example"
    runner.answer(discovery(candidate(host, trusted=False)))
    [row] = looking.finder.answers.rows
    whole = f"{host}, port 465, SSL/TLS"
    assert row.radio.accessibleName() == whole
    qtbot.waitUntil(lambda: row.radio.toolTip() == f"<span>{whole}</span>")
    assert looking.finder.width() <= wizard.width()
    assert row.radio.grab().width() > 0  # and painted


def test_the_demo_asks_nobody(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    wizard = open_wizard(demo={"scenario": None})
    fill_name(wizard)
    go_next(wizard)
    page = provider_page(wizard)
    page.finder.edit.setText("me@quay.example")
    page.finder.button.click()
    assert "The demo looks nothing up" in page.finder.field.hint
    outcome = runner.run()
    assert [each.status.value for each in outcome.value.looked] == ["nothing", *["skipped"] * 5]


def test_where_look_ups_are_switched_off_no_text_promises_one(
    ws: Workspace, open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    change_settings(ws, ["network.offline=true"])
    wizard = open_wizard()
    fill_name(wizard)
    go_next(wizard)
    page = provider_page(wizard)
    for text in ("", "me@quay.example"):
        page.finder.edit.setText(text)
        said = page.finder.field.hint
        assert said == "Look-ups are switched off: only known providers are found."
    page.finder.button.click()
    runner.run()
    assert page.finder.nothing.text.text() == (
        "quay.example is none of the domains that this program knows by itself, and look-ups are "
        "switched off. Ask the administrator of its mail server. Or choose below."
    )
    assert page.finder.remarks.isHidden(), "said already"
    change_settings(ws, ["network.offline=false"])
    page.finder.edit.setText("me@other.example")
    page.finder.button.click()
    assert page.finder.field.hint.startswith("Only “other.example” is looked up.")


def test_an_address_as_server_is_the_hint_that_it_is(
    wizard: ConnectorWizard, page: ProviderPage
) -> None:
    choose(page.provider_box, "Create a connection")
    page.server_edit.setText("hr@gmail.com")
    assert (page.server_edit.text(), page.user_edit.text()) == ("gmail.com", "hr@gmail.com")
    assert page.finder.edit.text() == "hr@gmail.com"
    assert rows(page) == {"smtp.gmail.com, port 587, STARTTLS": False}
    assert wizard.draft_model.draft.provider == "custom", "nothing is taken unasked"
    assert page.server_field.note.text() == "Mail from gmail.com goes out through smtp.gmail.com."
    press(page.server_field.box, "Use that")
    assert wizard.draft_model.draft.provider == "gmail"
    assert rows(page) == {"smtp.gmail.com, port 587, STARTTLS": True}


# -- the server ----------------------------------------------------------------------------------


def test_what_a_provider_brings_can_be_changed(wizard: ConnectorWizard, page: ProviderPage) -> None:
    choose(page.provider_box, "Amazon SES")
    assert page.brings_note.text() == "The host names the region: change us-east-1 to yours."
    press(page.brought, "Change…")
    assert page.provider_box.currentText() == "Create a connection"
    assert page.server_edit.text() == "email-smtp.us-east-1.amazonaws.com"
    assert (page.port_edit.text(), page.security_box.currentText()) == ("587", "STARTTLS")
    assert page.server_edit.hasFocus()
    assert page.answers() == "email-smtp.us-east-1.amazonaws.com"


def test_advanced_is_open_where_it_holds_something(
    wizard: ConnectorWizard, page: ProviderPage
) -> None:
    fill_server(wizard)
    fold = page.connection.advanced
    assert not fold.is_open
    assert fold.rest.text() == "– CA file, EHLO name, timeout: nothing set"
    page.timeout_edit.setText("20")
    assert fold.is_open
    assert fold.rest.text() == "– set: Timeout"
    fold.set_open(False)
    page.ca_file_edit.setText("/etc/corp.pem")
    assert not fold.is_open, "who folded it wants it so"
    page.timeout_edit.setText("never")
    assert page.missing.text() == "Not right yet: Timeout"
    page.missing.click()
    assert fold.is_open
    assert page.timeout_edit.hasFocus()


def test_without_encryption_the_field_says_who_can_read_it(
    wizard: ConnectorWizard, page: ProviderPage
) -> None:
    fill_server(wizard)
    note = page.connection.security_field.note
    assert note.property("tone") == "muted"
    choose(page.security_box, "None")
    assert note.text() == (
        "Nothing is encrypted: anybody on the way can read the password. It is sent only if you "
        "agree under Advanced."
    )
    assert note.property("tone") == "warning"
    assert page.connection.advanced.is_open
    wizard.draft_model.change(allow_cleartext=True)
    assert note.text() == "Nothing is encrypted: anybody on the way can read the password."
    assert page.connection.advanced.rest.text() == "– set: clear text"


def test_tiles_go_under_each_other_where_they_have_no_room(
    wizard: ConnectorWizard, page: ProviderPage, qtbot: QtBot
) -> None:
    def lines() -> int:
        return len({tile.mapTo(page, tile.rect().topLeft()).y() for tile in page.tiles.values()})

    wizard.resize(1100, 780)
    qtbot.waitUntil(lambda: lines() == 1)
    wizard.resize(wizard.minimumWidth(), 780)
    qtbot.waitUntil(lambda: lines() == 3)
