"""What assistive technology meets: names, labels, order, announcements, and no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.secret_store_dialogs import PassphraseDialog, StoreDialog
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.connector import Method
from tests import capabilities
from tests.gui.driving import (
    authenticate_page,
    button,
    choose,
    fill_basic,
    fill_name,
    fill_server,
    go_next,
    message_box,
    passed_report,
    press,
    provider_page,
    refused_report,
    test_page,
    walk_to_test,
)
from tests.gui.fake_runner import FakeTaskRunner

OpenWizard = Callable[..., ConnectorWizard]
Name = QAccessible.Text.Name
Value = QAccessible.Text.Value
Description = QAccessible.Text.Description

SECRET = "hunter2-never-to-be-read-out"


def nodes(widget: QWidget) -> Iterator[QAccessibleInterface]:
    """Every node of a window that can be seen."""
    root = QAccessible.queryAccessibleInterface(widget)
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node is None or not node.isValid():
            continue
        if not node.state().invisible:
            yield node
            waiting += [node.child(number) for number in range(node.childCount())]


def name_of(node: QAccessibleInterface) -> str:
    """Its name; Qt names a drop-down by its value on Linux, so there its label's."""
    if node.role() == QAccessible.Role.ComboBox:
        for label, _ in node.relations(QAccessible.RelationFlag.Label):
            return label.text(Name)
    return node.text(Name)


def nameless(widget: QWidget) -> list[str]:
    """What the keyboard can reach and nobody could name."""
    return [
        f"{node.role()} {node.object()}"
        for node in nodes(widget)
        if node.state().focusable and not node.text(Name).strip()
    ]


def names(widget: QWidget) -> set[str]:
    return {node.text(Name) for node in nodes(widget)}


def editors(widget: QWidget) -> dict[str, QAccessibleInterface]:
    """Everything that can be used, by its name."""
    labels = QAccessible.Role.StaticText
    return {name_of(node): node for node in nodes(widget) if node.role() != labels}


# -- names ---------------------------------------------------------------------------------------


def test_every_page_names_everything(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    assert {"Name", "Description", "Type", "Next", "Cancel"} <= set(editors(wizard))
    assert nameless(wizard) == []
    fill_name(wizard)
    go_next(wizard)
    assert nameless(wizard) == []
    assert {
        "Find the settings for…", "Find", "Gmail", "Microsoft Exchange", "Create a connection",
        "Provider",
    } <= set(editors(wizard))  # fmt: skip
    fill_server(wizard)
    assert "CA file" not in editors(wizard)
    press(provider_page(wizard), "Advanced")
    assert {
        "Provider", "Server", "Port", "Encryption method", "User", "CA file", "EHLO name",
        "Timeout", "Send credentials in clear text", "Next", "Back", "Cancel",
    } <= set(editors(wizard))  # fmt: skip
    assert nameless(wizard) == []
    go_next(wizard)
    page = authenticate_page(wizard)
    radios = {"OAuth (recommended)", "Basic", "No authentication"}
    page.radios[Method.OAUTH].setChecked(True)
    oauth = {"Smart Flows domain", "Redirect URI", "Copy", "Client ID", "Client secret"}
    assert radios | oauth <= set(editors(wizard))
    assert nameless(wizard) == []
    fill_basic(wizard)
    page.advanced.button.click()
    assert radios | {"User", "Password", "Mechanism"} <= set(editors(wizard))
    assert nameless(wizard) == []
    go_next(wizard)
    assert {
        "Admin user email address", "Admin user name", "Send to", "Test", "Stop", "Advanced",
        "Finish", "Back", "Cancel",
    } <= set(editors(wizard))  # fmt: skip
    test_page(wizard).advanced.button.click()
    assert {"Sender address", "Sender name", "Reply-To"} <= set(editors(wizard))
    assert nameless(wizard) == []


@capabilities.fonts
def test_a_finished_test_names_everything(open_wizard: OpenWizard, runner: FakeTaskRunner) -> None:
    page = walk_to_test(open_wizard())
    page.test_button.click()
    assert nameless(page) == []
    runner.answer(refused_report())
    assert nameless(page) == []
    rows = {"5 passed, folded", "Sign in, failed", "3 not reached, folded"}
    assert rows <= names(page)
    page.view.table.set_opened("passed", True)
    assert {"5 passed, open", "Find the server, passed", "3 ms"} <= names(page)
    page.view.transcript.button.click()
    assert {"Transcript", "Stages", "Lines of the transcript"} <= set(editors(page))
    assert nameless(page) == []


def test_the_window_names_everything(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    window.refresh()
    runner.run_all()
    assert nameless(window) == []
    store("Invoices")
    store("Reports")
    window.refresh()
    runner.run_all()
    offered = {"New", "Edit", "Verify", "More for the selected connectors", "Connectors"}
    assert offered <= set(editors(window))
    assert {"Default", "–", "Not tested yet", "Invoices", "1 selected"} <= names(window)
    assert nameless(window) == []
    window.console.connectors.verify_button.click()
    runner.run_all()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    assert nameless(dialog) == []
    dialog.reject()
    window.console.connectors.remove_button.click()
    runner.run_all()
    assert window.console.zone.notification.accessibleName() in names(window)
    assert nameless(window) == []
    window.console.go_to("notifications")
    assert nameless(window) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda parent: StoreDialog(parent, "This computer has no keyring that works."),
        lambda parent: PassphraseDialog(parent, new=True, said=""),
        lambda parent: PassphraseDialog(parent, new=False, said="The passphrase is wrong."),
    ],
)
def test_the_dialogs_name_everything(
    qtbot: QtBot, window: MainWindow, make: Callable[[QWidget], QDialog]
) -> None:
    dialog = make(window)
    qtbot.addWidget(dialog)
    dialog.show()
    assert nameless(dialog) == []


def test_a_name_is_what_is_seen(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    for page in wizard.pages.values():
        for field in page.fields:
            if isinstance(field.editor, QRadioButton):
                continue  # one of several, under a question
            assert field.editor.accessibleName() == field.label.text().replace("&", "")
            assert field.label.buddy() is field.editor
        for push in page.findChildren(QAbstractButton):
            shown = push.text().replace("&", "")
            assert push.accessibleName() in ("", shown) or shown in ("", "Show", "Hide", "Choose…")


def test_the_drop_downs_list_is_named_too(open_wizard: OpenWizard, qtbot: QtBot) -> None:
    view = provider_page(open_wizard()).provider_box.view()
    qtbot.waitUntil(lambda: view.accessibleName() == "Provider")


def test_pages_are_named_by_their_titles(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    titles = [page.accessibleName() for page in wizard.pages.values()]
    assert titles == ["Name and type", "Provider", "Authenticate", "Admin and test"]
    assert all(len(page.subTitle()) <= 60 for page in wizard.pages.values())


def test_a_new_page_is_announced(open_wizard: OpenWizard, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "smtpwizard.gui.wizard.connector_wizard.announce", lambda _, text: said.append(text)
    )
    wizard = open_wizard()
    fill_name(wizard)
    go_next(wizard)
    button(wizard, "Back").click()
    assert said[-2:] == ["Provider", "Name and type"]


def test_an_error_is_announced_and_describes_its_field(
    open_wizard: OpenWizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("smtpwizard.gui.widgets.fields.announce", lambda _, text: said.append(text))
    wizard = open_wizard()
    fill_name(wizard)
    go_next(wizard)
    fill_server(wizard)
    provider_page(wizard).port_edit.setText("0")
    assert said == ["Port: The port must be a whole number from 1 to 65535."]
    node = editors(wizard)["Port"]
    assert "1 to 65535" in node.text(Description)


# -- keyboard ------------------------------------------------------------------------------------


def tab_order(wizard: ConnectorWizard) -> list[str]:
    """What Tab reaches, from the first field once around."""
    start = wizard.page_now().first_focus()
    found: list[str] = []
    widget: QWidget | None = start
    while widget is not None and (widget is not start or not found):
        tabbed = widget.focusPolicy().value & 1
        if tabbed and widget.isVisibleTo(wizard) and widget.isEnabled():
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            found.append(widget.accessibleName() or text.replace("&", ""))
        widget = widget.nextInFocusChain()
    return found


def test_tab_goes_down_the_page_and_then_to_the_buttons(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    fill_name(wizard)
    assert tab_order(wizard)[:4] == ["Name", "Description", "Type", "Next"]
    go_next(wizard)
    fill_server(wizard)
    choose(provider_page(wizard).security_box, "None")
    order = tab_order(wizard)
    assert order[:11] == [
        "Provider", "Server", "Port", "Encryption method", "User", "Advanced",
        "CA file", "Choose the CA file", "EHLO name", "Timeout", "Send credentials in clear text",
    ]  # fmt: skip
    go_next(wizard)
    fill_basic(wizard)
    go_next(wizard)
    test_page(wizard).email_edit.setText("admin@example.com")
    test_page(wizard).test_button.click()
    runner.answer(refused_report())
    order = 2 * tab_order(wizard)  # from where the focus is, and round again
    order = order[order.index("Admin user email address") :][: len(order) // 2]
    wanted = ["Admin user email address", "Send to", "Test", "Advanced", "Go to Password"]
    wanted += ["Ask your mail administrator…", "Stages", "Transcript"]
    assert [name for name in order if name in wanted] == wanted
    assert "Finish" in order


def test_no_page_uses_a_mnemonic_twice(open_wizard: OpenWizard) -> None:
    wizard = open_wizard()
    fill_name(wizard)
    go_next(wizard)
    fill_server(wizard)
    go_next(wizard)
    fill_basic(wizard)
    buttons = ["&Next", "&Back", "&Finish"]
    for page in wizard.pages.values():
        for method in Method if page is authenticate_page(wizard) else [None]:
            if method is not None:
                wizard.draft_model.choose_method(method)
                page.refresh()
            texts = buttons + [
                widget.text()  # type: ignore[attr-defined]
                for kind in (QLabel, QAbstractButton)
                for widget in page.findChildren(kind)
                if widget.isVisibleTo(page)
            ]
            keys = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
            assert len(keys) == len(set(keys)), (page.accessibleName(), sorted(keys))


# -- secrets and plain text ----------------------------------------------------------------------


def test_no_secret_is_in_any_text_or_property(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    page = walk_to_test(wizard, SECRET)
    page.test_button.click()
    runner.answer(passed_report())
    field = authenticate_page(wizard).password.edit
    for widget in [wizard, *wizard.findChildren(QWidget)]:
        node = QAccessible.queryAccessibleInterface(widget)
        texts = [node.text(kind) for kind in QAccessible.Text if node and kind.value < 0xFFFF]
        if widget is not field:
            meta = widget.metaObject()
            for number in range(meta.propertyCount()):
                if str(meta.property(number).typeName()) == "QString":
                    texts.append(str(meta.property(number).read(widget)))
        assert not [text for text in texts if SECRET in text], widget
    assert SECRET not in repr(wizard.draft_model.draft)


def test_every_label_of_every_window_is_plain_text(
    open_wizard: OpenWizard,
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    qapp: QApplication,
) -> None:
    from PySide6.QtCore import Qt

    store("Invoices")
    window.refresh()
    runner.run_all()
    window.console.connectors.remove_button.click()
    runner.run_all()
    wizard = open_wizard()
    page = walk_to_test(wizard, name="Bills")
    page.test_button.click()
    runner.answer(refused_report("<b>bold</b>"))
    wizard.reject()
    labels = [w for w in qapp.allWidgets() if isinstance(w, QLabel)]
    assert len(labels) > 50
    for label in labels:
        assert label.textFormat() is Qt.TextFormat.PlainText, (label.text(), label.parent())
    tips = [tip for widget in qapp.allWidgets() if "<" in (tip := widget.toolTip())]
    assert all(tip.startswith("<span>") and "<b>" not in tip for tip in tips), tips
    press(message_box(wizard), "Discard")


@pytest.mark.parametrize("text", ["2525", "abc"])
def test_assistive_technology_writes_the_draft(open_wizard: OpenWizard, text: str) -> None:
    wizard = open_wizard()
    fill_name(wizard)
    go_next(wizard)
    fill_server(wizard)
    node = editors(wizard)["Port"]
    edits = node.editableTextInterface()
    edits.replaceText(0, len(node.text(Value)), text)
    assert wizard.draft_model.draft.port == text
    assert wizard.draft_model.draft.port_typed
