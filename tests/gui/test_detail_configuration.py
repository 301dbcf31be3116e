"""All settings on one page: marks, the way back, the save bar, and two who edit one connector."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from smtpwizard.flow.edits import Section
from smtpwizard.gui.console.detail.configuration import ConfigurationPage
from smtpwizard.gui.console.detail.detail_view import CONFIGURATION, SUMMARY, DetailView
from smtpwizard.gui.console.detail.two_editors import TwoEditorsDialog
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.sign_in.sign_in_dialog import SignInDialog
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.gui.widgets.secret_field import SecretField
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import message_box, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.opened import open_detail


@pytest.fixture
def view(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> DetailView:
    store("Invoices")
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.go_to(CONFIGURATION)
    return view


@pytest.fixture
def page(view: DetailView) -> ConfigurationPage:
    return view.configuration


def line(page: ConfigurationPage, key: str) -> QLineEdit:
    edit = page.fields[key].editor
    assert isinstance(edit, QLineEdit)
    return edit


def choose(page: ConfigurationPage, key: str, value: str) -> None:
    combo = page.fields[key].editor
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(combo.findData(value))


def now(ws: Workspace) -> StoredConnector:
    return list_connectors(ws)[0].stored


def test_a_change_says_what_was_and_leads_back(page: ConfigurationPage) -> None:
    line(page, "server.host").setText("mail.example.com")
    field = page.fields["server.host"]
    assert field.note.text() == "Was smtp.example.com."
    assert page.cards[Section.PROVIDER].pill.isVisible()
    assert page.sections.buttons[Section.PROVIDER].accessibleName() == "Provider, 1 change"
    back = field._action
    assert back is not None
    assert (back.text(), back.accessibleName()) == ("Put it back", "Server: Put it back")
    back.click()
    assert line(page, "server.host").text() == "smtp.example.com"
    assert page.unsaved == 0
    assert page.bar.isHidden()
    assert not page.cards[Section.PROVIDER].pill.isVisible()


def test_no_field_moves_for_what_was_there(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("The connector that sends all of the invoices and reminders")
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.resize(960, 700)
    view.go_to(CONFIGURATION)
    page = view.configuration
    name, other = page.fields["name"], page.fields["description"]
    QApplication.sendPostedEvents()
    beside = other.box.pos()
    assert beside.x() > 0
    for text in ("x", "The connector that sends all of the invoices and reminders, too"):
        line(page, "name").setText(text)
        QApplication.sendPostedEvents()
        assert name.note.text().startswith("Was The connector")
        assert other.box.pos() == beside
    line(page, "name").setText("")
    assert name.note.isVisible(), "what is wrong has as many lines as it needs"


def test_the_bar_names_the_changes_and_what_follows(page: ConfigurationPage) -> None:
    line(page, "admin.name").setText("Robin")
    assert page.bar.count.text() == "1 change is not saved:"
    assert page.bar.names.text() == "Admin user name"
    line(page, "server.host").setText("mail.example.com")
    assert page.bar.count.text() == "2 changes are not saved:"
    assert page.bar.names.text().startswith("Server, Admin user name.")
    assert "not tested afterwards" in page.bar.names.text()
    assert next_step_of(page.window()) is page.bar.save_button


def test_ctrl_s_saves(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    line(page, "description").setText("of the web shop")
    line(page, "description").setFocus()
    qtbot.keyClick(line(page, "description"), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(view.changed):
        runner.run()
    runner.run_all()
    assert now(ws).connector.description == "of the web shop"
    assert now(ws).revision == 2
    assert page.unsaved == 0
    assert page.bar.isHidden()
    assert line(page, "description").text() == "of the web shop"


def test_save_and_verify_does_both(
    runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    line(page, "description").setText("x")
    page.bar.verify_button.click()
    runner.run()
    assert view.tabs.currentIndex() == SUMMARY
    assert view.summary.running


def test_a_password_is_replaced_where_it_is(
    ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    field = page.fields["authentication.password"]
    assert isinstance(field, SecretField)
    assert "Kept" in field.edit.placeholderText()
    field.edit.setText("a new one")
    assert page.bar.names.text().startswith("Password")
    assert "a new one" not in page.bar.names.text()
    page.save()
    runner.run_all()
    secret = kept_secret(ws, now(ws), "password")
    assert secret is not None
    assert secret == Secret("a new one")
    assert not field.edit.text()


def test_reset_asks_where_much_would_be_lost(page: ConfigurationPage) -> None:
    line(page, "description").setText("x")
    page.bar.reset_button.click()
    assert page.unsaved == 0
    line(page, "description").setText("x")
    line(page, "admin.name").setText("y")
    page.bar.reset_button.click()
    press(message_box(page.window()), "Reset")
    assert page.unsaved == 0


def test_what_is_wrong_is_not_saved(runner: FakeTaskRunner, page: ConfigurationPage) -> None:
    line(page, "name").setText("")
    line(page, "server.port").setText("many")
    assert not page.bar.save_button.isEnabled()
    assert "Still needed: Name" in page.bar.names.text()
    assert "something is missing" in page.sections.buttons[Section.PROVIDER].accessibleName()
    page.save()
    assert not runner.pending
    assert page.fields["name"].error
    assert line(page, "name").hasFocus()


def test_a_taken_name_is_said_at_the_field(
    runner: FakeTaskRunner, store: Callable[..., None], page: ConfigurationPage
) -> None:
    store("Orders")
    line(page, "name").setText("orders")
    page.save()
    runner.run()
    assert page.fields["name"].error
    assert page.unsaved == 1


def test_a_provider_hides_the_server_and_says_what_it_brings(page: ConfigurationPage) -> None:
    choose(page, "provider", "gmail")
    assert not page.fields["server.host"].box.isVisibleTo(page)
    assert page.form.brings.text().startswith("Gmail (Google) brings smtp.gmail.com, port 587")
    assert not page.cards[Section.ADVANCED].isVisibleTo(page) or page.fields[
        "authentication.mechanism"
    ].box.isVisibleTo(page)
    page.put_back("provider")
    assert page.fields["server.host"].box.isVisibleTo(page)
    assert page.unsaved == 0


def test_clear_text_is_chosen_only_after_consent(page: ConfigurationPage) -> None:
    choose(page, "server.security", "none")
    choose(page, "server.allow_cleartext", "yes")
    assert not page.model.draft.allow_cleartext
    press(message_box(page.window()), "Keep it protected")
    assert not page.model.draft.allow_cleartext
    choose(page, "server.allow_cleartext", "yes")
    press(message_box(page.window()), "Send in clear text")
    assert page.model.draft.allow_cleartext


def test_a_pasted_server_sorts_itself_out(page: ConfigurationPage) -> None:
    line(page, "server.host").setText("smtps://mail.example.net:465")
    assert line(page, "server.host").text() == "mail.example.net"
    assert page.model.draft.security.value == "implicit_tls"


def test_a_section_gets_the_focus(page: ConfigurationPage) -> None:
    page.sections.buttons[Section.TEST].click()
    assert line(page, "admin.email").hasFocus()
    assert page.sections.buttons[Section.TEST].property("step") == "now"


def test_a_store_that_cannot_be_written_loses_nothing(
    runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    line(page, "description").setText("x")
    page.save()
    runner.fail(SecretStoreError("secret_missing", kind="password"))
    assert page.banner.isVisible()
    assert page.banner.title.text() == "Not saved"
    assert page.unsaved == 1
    assert page.bar.save_button.isEnabled()


def test_tab_goes_in_reading_order(qtbot: QtBot, page: ConfigurationPage) -> None:
    line(page, "description").setText("x")
    page.sections.buttons[Section.ADVANCED].setFocus()
    seen = []
    for _ in range(60):
        focused = page.window().focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
        focused = page.window().focusWidget()
        assert focused is not None
        seen.append(focused.accessibleName() or getattr(focused, "text", lambda: "")())
        if focused is page.bar.save_button:
            break
    assert seen[:4] == ["Name", "Description", "Description: Put it back", "Type"]
    assert seen[-3:] == ["Reset", "Save an&d verify", "Save changes"]


def test_another_registration_ends_the_sign_in_and_says_so(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner
) -> None:
    document = {
        "name": "Newsletter",
        "provider": "gmail",
        "authentication": {
            "method": "oauth",
            "username": "news@example.com",
            "oauth": {"client_id": "1-a.apps.googleusercontent.com", "grant": "authorization_code"},
        },
        "admin": {"email": "admin@example.com"},
    }
    connector, problems = read_connector(document, ws.defaults_for)
    assert connector is not None, problems
    secrets = {"client_secret": Secret("GOCSPX-kept"), "refresh_token": Secret("1//kept")}
    save_connector(ws, connector, secrets=secrets)
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.go_to(CONFIGURATION)
    page = view.configuration
    assert not page.form.sign_in_note.isVisible()
    line(page, "authentication.oauth.client_id").setText("2-b.apps.googleusercontent.com")
    assert page.form.sign_in_note.isVisible()
    page.save()
    runner.run_all()
    assert set(now(ws).secrets) == {"client_secret"}
    assert page.banner.title.text() == "Saved. The sign-in has ended"
    page.sign_in_button.click()
    assert isinstance(view.secrets.dialog, SignInDialog)
    view.secrets.dialog.reject()


# --- two editors


def contested(
    ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage, **theirs: Any
) -> TwoEditorsDialog:
    """Save over what somebody else has saved meanwhile."""
    edit_connector(ws, now(ws), theirs)
    page.save()
    runner.run_all()
    dialog = page.saver.dialog
    assert dialog is not None
    return dialog


def change_meanwhile(
    ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    """Somebody else saves a field while another one is typed into, and the list is read again."""
    line(page, "admin.name").setText("Robin")
    edit_connector(ws, now(ws), {"description": "Web shop"})
    view.show_row(list_connectors(ws)[0])
    runner.run_all()


def test_what_another_process_saved_is_never_overwritten_silently(
    ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    line(page, "server.host").setText("mine.example.com")
    line(page, "admin.name").setText("Robin")
    dialog = contested(
        ws, runner, page, **{"server.host": "theirs.example.com", "description": "Web shop"}
    )
    assert now(ws).connector.server.host == "theirs.example.com"
    assert set(dialog.mine) == {"server.host", "admin.name", "description"}
    assert dialog.mine["admin.name"].isChecked()
    assert dialog.theirs["description"].isChecked()
    assert not dialog.keep_button.isEnabled()
    assert dialog.state.text() == "Still to choose: Server"
    assert dialog.mine["server.host"].accessibleName() == "Server: mine, mine.example.com"
    dialog.all_theirs.click()
    dialog.all_mine.click()
    assert dialog.mine["admin.name"].isChecked()
    assert dialog.theirs["description"].isChecked(), "only they have changed it"
    dialog.keep_button.click()
    runner.run_all()
    saved = now(ws).connector
    assert (saved.server.host, saved.admin.name, saved.description) == (
        "mine.example.com",
        "Robin",
        "Web shop",
    )
    assert page.unsaved == 0


def test_keep_editing_keeps_both_states(
    ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    line(page, "admin.name").setText("Robin")
    dialog = contested(ws, runner, page, **{"admin.name": "Alex"})
    dialog.cancel_button.click()
    assert now(ws).connector.admin.name == "Alex"
    assert line(page, "admin.name").text() == "Robin"
    assert page.banner.isVisible()


def test_reset_shows_what_is_saved_by_now(
    ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    change_meanwhile(ws, runner, view, page)
    page.bar.reset_button.click()
    assert line(page, "description").text() == "Web shop"
    assert page.unsaved == 0
    assert page.banner.isHidden()
    assert page.stored.revision == now(ws).revision


def test_reset_after_the_question_shows_what_is_saved_by_now(
    ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    line(page, "admin.name").setText("Robin")
    dialog = contested(ws, runner, page, **{"admin.name": "Alex"})
    dialog.cancel_button.click()
    page.bar.reset_button.click()
    assert line(page, "admin.name").text() == "Alex"


def test_all_of_theirs_saves_nothing_of_mine(
    ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    line(page, "admin.name").setText("Robin")
    dialog = contested(ws, runner, page, **{"admin.name": "Alex"})
    dialog.all_theirs.click()
    dialog.keep_button.click()
    runner.run_all()
    assert now(ws).connector.admin.name == "Alex"
    assert page.unsaved == 0


def test_the_same_change_by_two_asks_nothing(
    ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    line(page, "admin.name").setText("Robin")
    edit_connector(ws, now(ws), {"admin.name": "Robin"})
    page.save()
    runner.run_all()
    assert page.saver.dialog is None
    assert page.unsaved == 0


def test_a_change_elsewhere_is_said_while_something_is_typed(
    ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    change_meanwhile(ws, runner, view, page)
    assert page.banner.title.text() == "Someone else has changed this connector"
    assert line(page, "admin.name").text() == "Robin"
    page.look_button.click()
    runner.run_all()
    dialog = page.saver.dialog
    assert dialog is not None
    dialog.keep_button.click()
    assert line(page, "description").text() == "Web shop"
    assert [edit.field for edit in page.edits] == ["admin.name"]
    assert not page.banner.isVisible()
    page.save()
    runner.run_all()
    assert now(ws).connector.admin.name == "Robin"


def test_one_that_was_removed_meanwhile_keeps_what_was_typed(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, page: ConfigurationPage
) -> None:
    line(page, "admin.name").setText("Robin")
    remove_connector(ws, now(ws))
    page.save()
    with qtbot.waitSignal(page.gone):
        runner.run_all()
    assert "removed" in page.banner.title.text()
    assert line(page, "admin.name").text() == "Robin"
    assert not page.bar.save_button.isEnabled()
    line(page, "admin.name").setText("Robin B.")
    assert not page.bar.save_button.isEnabled()


def test_a_removal_elsewhere_is_said_before_anybody_saves(
    ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    line(page, "admin.name").setText("Robin")
    remove_connector(ws, now(ws))
    view.read()
    runner.run_all()
    assert "removed" in page.banner.title.text()
    assert not page.bar.save_button.isEnabled()
    for _ in range(2):
        page.save()
        assert not runner.pending
        assert page.banner.isVisible(), "whoever presses Ctrl+S is told again"


def test_a_removal_that_is_heard_of_while_it_is_saved_is_said(
    ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    line(page, "admin.name").setText("Robin")
    remove_connector(ws, now(ws))
    page.save()
    page.hear_removed()
    page.banner.hide()
    runner.run_all()
    assert page.banner.isVisible()
    assert "removed" in page.banner.title.text()


def test_leaving_offers_to_save(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    line(page, "description").setText("of the web shop")
    view.close_view()
    press(message_box(view), "Save changes")
    with qtbot.waitSignal(view.closed):
        runner.run_all()
    assert now(ws).connector.description == "of the web shop"


def test_who_leaves_by_saving_stays_where_that_is_not_possible(
    ws: Workspace, runner: FakeTaskRunner, view: DetailView, page: ConfigurationPage
) -> None:
    left: list[bool] = []
    line(page, "admin.name").setText("Robin")
    edit_connector(ws, now(ws), {"admin.name": "Alex"})
    view.leave(lambda: left.append(True))
    press(message_box(view), "Save changes")
    runner.run_all()
    dialog = page.saver.dialog
    assert dialog is not None
    dialog.cancel_button.click()
    line(page, "admin.name").setText("Alex")
    page.save()
    runner.run_all()
    assert left == []


def test_what_cannot_be_saved_is_not_offered_to_be(
    view: DetailView, page: ConfigurationPage
) -> None:
    line(page, "name").setText("")
    view.close_view()
    with pytest.raises(AssertionError):
        press(message_box(view), "Save changes")


def test_who_keeps_editing_is_where_they_were(
    qtbot: QtBot, view: DetailView, page: ConfigurationPage
) -> None:
    edit = line(page, "description")
    edit.setFocus()
    edit.setText("x")
    view.close_view()
    press(message_box(view), "Keep editing")
    qtbot.waitUntil(edit.hasFocus)


def test_the_form_is_built_a_little_at_a_time_and_shown_whole(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    page = ConfigurationPage(
        ws,
        runner,
        SecretStoreRecovery(ws, runner, PassphraseKeeper()),
        list_connectors(ws)[0].stored,
    )
    qtbot.addWidget(page)
    page.show()
    made = [0]
    while page.build_next():
        assert not page.form.isVisible()  # or it would move while it grows
        made.append(len(page.fields.by_key) + len(page.cards))
    assert page.form.isVisible()
    assert not page.build_next()
    # Fields and cards: none of the turns has more than a third of them.
    assert max(after - before for before, after in pairwise(made)) <= made[-1] // 3
    assert line(page, "name").text() == "Invoices"


def test_a_click_on_the_tab_waits_for_nothing(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.go_to(CONFIGURATION)
    shown = view.pages.currentWidget()
    assert isinstance(shown, ConfigurationPage)
    assert not shown.is_built
    assert view.unsaved == 0
    qtbot.waitUntil(lambda: shown.is_built)
    assert shown is view.configuration
    assert line(shown, "name").isVisible()


def test_a_change_elsewhere_finds_the_form_half_built(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.prepare()
    edit_connector(ws, now(ws), {"description": "by somebody else"})
    view.show_row(list_connectors(ws)[0])
    assert line(view.configuration, "description").text() == "by somebody else"
