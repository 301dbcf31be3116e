"""After Finish: what to enter in the Smart Flows console, field by field."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.flow.smart_flows_form import FormNote, FormPart
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.wizard.smart_flows import LongValue, SmartFlowsDialog
from smtpwizard.messages.smart_flows import NOTES, PARTS
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import button, walk_to_test
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless

Store = Callable[..., None]
PASSWORD = "not-a-real-one"
FIELDS = (QLineEdit, LongValue)


def test_every_page_and_note_has_words() -> None:
    assert set(NOTES) == {note.value for note in FormNote}
    assert set(PARTS) == {part.value for part in FormPart}


def shown(window: MainWindow) -> SmartFlowsDialog:
    dialog = window.smart_flows
    assert isinstance(dialog, SmartFlowsDialog)
    assert dialog.isVisible()
    return dialog


def values(dialog: SmartFlowsDialog) -> list[tuple[str, str]]:
    fields = (each for each in dialog.findChildren(QWidget) if isinstance(each, FIELDS))
    return [(each.accessibleName(), text_in(each)) for each in fields]


def text_in(field: QLineEdit | LongValue) -> str:
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


def create(window: MainWindow, runner: FakeTaskRunner) -> None:
    window.refresh()
    runner.run_all()
    window.new()
    assert window.wizard is not None
    window.wizard.build_rest()
    walk_to_test(window.wizard, password=PASSWORD)
    button(window.wizard, "Finish").click()
    runner.run_all()


def test_a_new_connector_is_shown_field_by_field(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    create(window, runner)
    dialog = shown(window)
    assert values(dialog) == [
        ("Name", "Invoices"),
        ("Type", "smtp"),
        ("Provider", "Create a connection"),
        ("Server", "smtp.example.com"),
        ("Port", "587"),
        ("Encryption method", "STARTTLS"),
        ("User", "mailer@example.com"),
        ("Authentication", "Basic Authentication"),
        ("User, Authenticate", "mailer@example.com"),
        ("Admin user email address", "admin@example.com"),
    ]
    said = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "Invoices is saved here." in said
    assert "kept for this session only" in said, "where the password is"
    assert PASSWORD not in said
    assert nameless(dialog) == []
    assert not dialog.isModal(), "the window stays in use"
    copy = dialog.copy_buttons["server.host"]
    assert copy.accessibleName() == "Copy Server"
    copy.click()
    assert QGuiApplication.clipboard().text() == "smtp.example.com"
    assert copy.accessibleDescription() == "Copied"
    assert "authentication.password" not in dialog.copy_buttons
    dialog.close_button.click()
    assert window.smart_flows is None


def test_it_is_not_shown_after_an_edit_and_comes_back_from_the_list(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store("Invoices")
    window.refresh()
    runner.run_all()
    window.console.actions.stepwise.trigger()
    runner.run_all()
    assert window.wizard is not None
    window.wizard.build_rest()
    window.wizard.draft_model.change(description="Other words")
    window.wizard.accept()
    runner.run_all()
    assert window.wizard is None
    assert window.smart_flows is None
    window.console.actions.flows.trigger()
    runner.run_all()
    first = shown(window)
    window.console.actions.flows.trigger()
    runner.run_all()
    assert shown(window) is not first, "one at a time"
    assert not first.isVisible()


def test_the_window_closes_with_it(
    window: MainWindow, runner: FakeTaskRunner, qtbot: QtBot
) -> None:
    create(window, runner)
    shown(window)
    window.close()
    assert not window.isVisible()
    assert window.smart_flows is None


def test_a_long_value_is_whole_in_a_narrow_window_and_at_one_edge_with_the_others(
    qtbot: QtBot, ws: Workspace, store: Store
) -> None:
    uri = "https://login.a-rather-long-name-of-a-company.smartflows.com/oauth2/redirect"
    store(
        provider="gmail",
        server={},
        authentication={
            "method": "oauth",
            "username": "a@example.com",
            "oauth": {"client_id": "1-a.apps.googleusercontent.com", "redirect_uri": uri},
        },
    )
    [row] = list_connectors(ws)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = SmartFlowsDialog(ws, row.stored, parent)
    dialog.show()
    dialog.resize(dialog.minimumSizeHint())
    QApplication.sendPostedEvents()
    fields = [each for each in dialog.findChildren(QWidget) if isinstance(each, FIELDS)]
    assert len({each.mapTo(dialog, QPoint(0, 0)).x() for each in fields}) == 1
    [long] = [each for each in fields if text_in(each) == uri]
    assert isinstance(long, LongValue)
    lines = round(long.document().size().height())
    assert lines > 1
    assert long.viewport().height() >= lines * long.fontMetrics().lineSpacing()
