"""Help in the window: searched, read by keyboard, opened at the right place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFont, QGuiApplication, QTextBlock
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard import gui
from smtpwizard.flow.steps import STEPS
from smtpwizard.gui.console.help_place import HelpPlace
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.places import offers
from smtpwizard.gui.help.help_text import HelpText
from smtpwizard.gui.help.help_view import HelpView
from smtpwizard.gui.help.help_window import HelpWindow
from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.widgets.style import colour, set_theme
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.help_pages import PARTS, Target, find_target, pages
from smtpwizard.messages.client_kinds import CLIENT_KINDS
from smtpwizard.messages.discovery import STANDINGS
from smtpwizard.messages.face import FIELDS
from smtpwizard.messages.passing_on import ask_title
from smtpwizard.messages.security import security_name
from smtpwizard.model.connector import Security
from smtpwizard.model.report import Actor, Cause, Likelihood
from tests.gui.driving import button, refused_report, test_page, walk_to_test
from tests.gui.fake_runner import FakeTaskRunner

OpenWizard = Callable[..., ConnectorWizard]
Store = Callable[..., None]


@pytest.fixture
def view(qtbot: QtBot, runner: FakeTaskRunner) -> HelpView:
    view = HelpView(runner)
    qtbot.addWidget(view)
    view.resize(800, 600)
    with qtbot.waitExposed(view):
        view.show()
    return view


def listed(view: HelpView) -> list[str]:
    return [view.list.item(row).text() for row in range(view.list.count())]


def help_beside(window: QWidget) -> HelpWindow:
    [found] = [each for each in window.findChildren(HelpWindow) if each.isVisible()]
    return found


# -- what the pages name ---------------------------------------------------------------------------


def labels_of_the_window() -> Iterator[str]:
    """Everything that the window says in a few words, without mnemonics."""
    folder = Path(gui.__file__).parent
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("tr", "_tr", "translate"):
                    for value in node.args:
                        if isinstance(value, ast.Constant) and isinstance(value.value, str):
                            yield value.value
    for field in FIELDS.values():
        yield field.label
    for name, _ in CLIENT_KINDS.values():
        yield name
    for security in Security:
        yield security_name(security)
    yield from STANDINGS.values()
    for actor in Actor:
        yield ask_title(Cause("bad_credentials", Likelihood.HIGH, actor, ())) + "…"


LABELS = {text.replace("&", "") for text in labels_of_the_window()}
# Labels with a value in them.
PATTERNS = [
    re.compile(re.sub(r"\\\{\d[^}]*\\\}", ".+", re.escape(text)) + r"\Z")
    for text in LABELS
    if re.search(r"\{\d", text) and len(re.sub(r"\{.*?\}", "", text)) > 8
]


@pytest.mark.parametrize("page", pages().values(), ids=lambda page: page.topic)
def test_what_a_page_calls_a_button_or_a_field_is_what_the_window_calls_it(page: object) -> None:
    from smtpwizard.help_pages import HelpPage

    assert isinstance(page, HelpPage)
    for block in page.blocks_for("window"):
        for piece in block.pieces:
            if piece.kind == "label":
                known = piece.text in LABELS or any(p.match(piece.text) for p in PATTERNS)
                assert known, piece.text


@pytest.mark.parametrize("offer", offers(), ids=lambda offer: offer.key)
def test_every_page_of_the_window_has_help(offer: object) -> None:
    key = getattr(offer, "key", "")
    assert key == "notifications" or find_target(f"place:{key}") is not None


def test_every_part_of_a_connector_s_page_has_help() -> None:
    for tab in ("summary", "configuration", "security", "history", "sender"):
        assert find_target(f"tab:{tab}") is not None


def test_every_key_that_the_window_asks_with_leads_somewhere() -> None:
    folder = Path(gui.__file__).parent
    asked = {
        key
        for path in folder.rglob("*.py")
        for key in re.findall(r'"((?:dialog|secrets|check|setting|tab):[\w.]+)"', path.read_text())
    }
    assert len(asked) >= 6
    for key in asked:
        assert find_target(key) is not None, key


# -- a page ----------------------------------------------------------------------------------------


def iterate(block: QTextBlock) -> Iterator[Any]:
    """The fragments of a block."""
    at = block.begin()
    while not at.atEnd():
        yield at
        at += 1


def test_a_page_is_a_document_of_headings_lists_and_links(qtbot: QtBot) -> None:
    text = HelpText()
    qtbot.addWidget(text)
    text.show_page(pages()["wrong-password"])
    document = text.document()
    blocks = []
    block = document.begin()
    while block.isValid():
        blocks.append(block)
        block = block.next()
    assert blocks[0].text() == "The password is not accepted"
    assert [b.blockFormat().headingLevel() for b in blocks[:2]] == [1, 0]
    steps = [b for b in blocks if b.textList() is not None]
    assert [b.textList().itemText(b) for b in steps] == ["1.", "2.", "3.", "4.", "5."]
    assert steps[0].textList().count() == 5
    assert "With Google" in text.headings()
    looks = {f.fragment().text(): f.fragment().charFormat() for f in iterate(steps[0])}
    assert looks["Password"].fontWeight() == QFont.Weight.DemiBold
    assert text.accessibleName() == "The password is not accepted"


def test_a_page_opens_at_a_heading(view: HelpView, qtbot: QtBot) -> None:
    bar = view.text.verticalScrollBar()
    view.resize(800, 320)
    view.show_target(Target("stored", "Bound to what they are for"))
    qtbot.waitUntil(lambda: bar.value() > 0)
    cursor = view.text.textCursor()
    assert cursor.block().text() == "Bound to what they are for"
    assert 0 <= view.text.cursorRect().top() < 60
    view.show_target(Target("stages"))
    qtbot.waitUntil(lambda: bar.value() == 0)


def test_links_lead_to_pages_and_to_the_provider(view: HelpView, runner: FakeTaskRunner) -> None:
    view.show_target(Target("google"))
    view.text.anchorClicked.emit(QUrl("page:redirect-uri"))
    assert view.shown.topic == "redirect-uri"
    assert not runner.pending
    view.text.anchorClicked.emit(QUrl("https://console.cloud.google.com/apis/credentials"))
    [job] = runner.pending
    runner.answer(True)
    assert job.work.args == ("https://console.cloud.google.com/apis/credentials",)  # type: ignore[attr-defined]


def test_back_leads_to_what_was_read_before(view: HelpView, qtbot: QtBot) -> None:
    view.show_target(Target("stages"))
    assert not view.back_button.isEnabled()
    view.show_target(Target("wrong-password"))
    view.show_target(Target("app-passwords"))
    view.back_button.click()
    assert view.shown.topic == "wrong-password"
    view.text.setFocus()
    qtbot.keyClick(view.text, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    view.go_back()
    assert view.shown.topic == "stages"
    assert not view.back_button.isEnabled()


def test_a_command_can_be_copied(view: HelpView) -> None:
    view.show_target(Target("wrong-password"))
    view.text.anchorClicked.emit(QUrl("copy:1"))
    assert QGuiApplication.clipboard().text() == "smtpwizard verify Invoices"
    assert "verify Invoices    Copied" in view.text.toPlainText()
    assert "--secret-stdin    Copy\n" in view.text.toPlainText()


def test_nothing_is_loaded_for_a_page(view: HelpView) -> None:
    assert view.text.loadResource(2, QUrl("file:///etc/passwd")) is None


def test_its_colours_are_those_of_the_theme(view: HelpView, qapp: QApplication) -> None:
    def heading() -> str:
        return view.text.document().begin().charFormat().foreground().color().name()

    view.show_target(Target("stages"))
    try:
        set_theme(qapp, "dark")
        assert heading() == colour("text").name()
        set_theme(qapp, "light")
        assert heading() == colour("text").name()
    finally:
        set_theme(qapp, "system")
    assert view.text.verticalScrollBar().value() == 0


# -- searching -------------------------------------------------------------------------------------


def test_the_list_has_every_page_under_its_part(view: HelpView) -> None:
    assert set(listed(view)) == {*PARTS.values(), *(page.title for page in pages().values())}
    heading = view.list.item(0)
    assert heading.flags() == Qt.ItemFlag.NoItemFlags
    view.list.setCurrentRow(2)
    assert view.shown.topic == "create"


def test_no_title_in_the_list_is_cut(view: HelpView, qtbot: QtBot) -> None:
    for width in (800, 640):
        view.resize(width, 600)
        room = view.list.viewport().width() - 2 * 8 - 4
        for row in range(view.list.count()):
            item = view.list.item(row)
            metrics = view.list.fontMetrics()
            lines = (item.sizeHint().height() - 8) // metrics.height()
            assert metrics.horizontalAdvance(item.text()) <= room * lines


def test_words_find_pages_and_show_the_first(view: HelpView) -> None:
    view.search_edit.setText("535")
    assert listed(view) == ["The password is not accepted"]
    assert view.shown.topic == "wrong-password"
    view.search_edit.setText("zzz")
    assert not listed(view)
    assert view.none.isVisible()
    assert view.shown.topic == "wrong-password", "what was read stays"
    view.search_edit.clear()
    assert len(listed(view)) == len(pages()) + len(PARTS)
    assert not view.none.isVisible()


def test_a_link_leads_out_of_what_was_found(view: HelpView) -> None:
    view.search_edit.setText("535")
    view.text.page_wanted.emit("app-passwords")
    assert view.shown.topic == "app-passwords"
    assert view.search_edit.text() == ""
    assert view.list.currentItem().text() == "App passwords"


def test_help_is_used_by_keyboard(view: HelpView, qtbot: QtBot) -> None:
    view.activateWindow()
    view.search_edit.setFocus()
    qtbot.keyClicks(view.search_edit, "redirect")
    qtbot.keyClick(view.search_edit, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is view.list
    qtbot.keyClick(view.list, Qt.Key.Key_Down)
    second = view.list.currentItem().text()
    assert view.text.accessibleName() == second
    qtbot.keyClick(view.list, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is view.text
    view.search_edit.setFocus()
    qtbot.keyClick(view.search_edit, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is view.text


# -- where it is offered ---------------------------------------------------------------------------


def press_f1(qtbot: QtBot, window: QWidget) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F1)


def test_the_wizard_helps_with_the_page_that_is_shown(
    open_wizard: OpenWizard, qtbot: QtBot
) -> None:
    wizard = open_wizard()
    push = button(wizard, "Help")
    assert push.isVisible()
    assert push.accessibleName() == "Help"
    assert push.x() < button(wizard, "Next").x()
    push.click()
    assert help_beside(wizard).view.shown == find_target("wizard:name")
    seen = []
    walk_to_test(wizard)
    while True:
        press_f1(qtbot, wizard)
        seen.append(help_beside(wizard).view.shown)
        if wizard.currentId() == 0:
            break
        wizard.back()
    assert seen == [find_target(f"wizard:{step.id}") for step in reversed(STEPS)]


def test_a_wrong_password_leads_to_help(
    open_wizard: OpenWizard, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard)
    page.test()
    runner.answer(refused_report())
    card = test_page(wizard).view.causes.card
    assert card.help_button.text() == "Help: The password is not accepted"
    assert "rfc-editor" not in card.link_button.text()
    card.help_button.click()
    assert help_beside(wizard).view.shown.topic == "wrong-password"
    help_beside(wizard).reject()
    press_f1(qtbot, wizard)
    assert help_beside(wizard).view.shown.topic == "wrong-password"
    assert wizard.isVisible()


def test_a_provider_s_own_part_of_a_page(qtbot: QtBot, runner: FakeTaskRunner) -> None:
    cards = CauseCards(runner)
    qtbot.addWidget(cards)
    cause = Cause("bad_credentials", Likelihood.HIGH, Actor.YOU, (), family="google")
    other = Cause("cert_expired", Likelihood.LOW, Actor.MAIL_ADMIN, ())
    cards.show_causes((cause, other))
    cards.show()
    cards.card.help_button.click()
    shown = help_beside(cards).view.shown
    assert shown == Target("wrong-password", "With Google")
    cards.others[0].set_open(True)
    cards.others[0].help_button.click()
    assert help_beside(cards).view.shown == Target("certificates", "Expired")


def test_f1_in_the_window_helps_with_what_is_shown(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    window.refresh()
    runner.run_all()
    console = window.console
    console.actions.help.trigger()
    assert help_beside(window).view.shown.topic == "start"
    store("Invoices")
    window.refresh()
    runner.run_all()
    console.actions.help.trigger()
    assert help_beside(window).view.shown.topic == "connectors"
    console.open(console.rows[0].id)
    runner.run_all()
    view = console.opened.view
    assert view is not None
    for tab, heading in enumerate(("Summary", "Configuration", "Security", "History")):
        view.go_to(tab)
        console.actions.help.trigger()
        assert help_beside(window).view.shown == Target("one-connector", heading)


def test_help_is_a_page_of_the_window(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    window.refresh()
    runner.run_all()
    window.console.place_entries["help"].click()
    place = window.console.place("help")
    assert isinstance(place, HelpPlace)
    assert place.isVisible()
    assert place.view.shown.topic == "start"
    assert place.zones()[0] is place.view.search_edit
    place.view.show_target(Target("keyboard"))
    window.console.go_to_list()
    window.console.go_to("help")
    assert place.view.shown.topic == "keyboard", "what was read stays"


def test_the_help_window_closes_with_esc_and_is_made_anew(
    qtbot: QtBot, runner: FakeTaskRunner
) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.show()
    first = HelpWindow.beside(host, runner, "cause:timeout")
    assert HelpWindow.beside(host, runner, "stage:data") is first
    qtbot.keyClick(first.view.text, Qt.Key.Key_Escape)
    assert not first.isVisible()
    second = HelpWindow.beside(host, runner)
    assert second.view.shown.topic == "start"
    assert second.isVisible()


# Those that ask one question, or get their key from what opens them.
WITHOUT = {
    *("HelpWindow", "TextDialog", "WaitDialog", "AskDialog"),
    *("ConsentDialog", "StoreDialog", "PassphraseDialog", "ChangePassphraseDialog"),
    "SmartFlowsDialog",
}


def test_every_dialog_says_what_it_is_about() -> None:
    folder = Path(gui.__file__).parent
    silent = set()
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == "QDialog" for base in node.bases
            ):
                text = ast.unparse(node)
                if "setProperty('help'," not in text and "offer_help(" not in text:
                    silent.add(node.name)
    assert silent <= WITHOUT, silent - WITHOUT


def test_f1_in_a_dialog_helps_with_it(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    window.refresh()
    runner.run_all()
    window.console.actions.shortcuts.trigger()
    [dialog] = [each for each in window.findChildren(QDialog) if each.isVisible()]
    with qtbot.waitActive(dialog):
        dialog.activateWindow()
    for _ in range(2):
        press_f1(qtbot, dialog)
        assert help_beside(dialog).view.shown.topic == "keyboard"
        help_beside(dialog).reject()
    dialog.reject()
