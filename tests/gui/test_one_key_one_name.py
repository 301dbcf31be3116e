"""In each window, a letter with Alt leads to one thing, no two things have one name, and the mouse
wheel scrolls and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.connector import Method
from tests.gui.driving import (
    authenticate_page,
    fill_basic,
    fill_name,
    fill_server,
    go_next,
    press,
    provider_page,
    refused_report,
    walk_to_test,
)
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_fixes_window import untrusted
from tests.shots import checks

Store = Callable[..., None]


def told(name: str, window: QWidget) -> list[str]:
    found = [
        *checks.keys_twice(window),
        *checks.names_twice(window),
        *checks.turned_by_wheel(window),
    ]
    return [f"{name}: {fault}" for fault in found]


@pytest.fixture
def full(window: MainWindow, runner: FakeTaskRunner, store: Store) -> MainWindow:
    """The window with two connectors, the first of them selected."""
    window.resize(960, 780)
    store("Invoices")
    store("Reports")
    window.refresh()
    runner.run_all()
    return window


def test_on_every_page_of_the_window(full: MainWindow, runner: FakeTaskRunner) -> None:
    page = full.console.connectors
    found = told("list", full)
    for width in (960, 1280):
        full.resize(width, 780)
        page.table.selectAll()
        runner.run_all()
        found += told(f"list, all selected, {width}", full)
    page.filter_edit.setText("nothing of this")
    runner.run_all()
    found += told("list, nothing found", full)
    page.clear_filter()
    for key in full.console.offers:
        full.console.go_to(key)
        runner.run_all()
        found += told(key, full)
    assert "\n".join(dict.fromkeys(found)) == ""


def test_on_every_part_of_a_connector_s_page(full: MainWindow, runner: FakeTaskRunner) -> None:
    found = []
    full.console.connectors.table.clearSelection()
    full.console.connectors.table.selectRow(0)
    full.console.open_current()
    runner.run_all()
    view = full.console.opened.view
    assert view is not None
    for number in range(view.tabs.count()):
        view.go_to(number)
        view.configuration.build_rest()
        runner.run_all()
        found += told(f"part {number}", full)
    view.verify()
    runner.answer(refused_report())
    runner.run_all()
    found += told("refused", full)
    view.verify()
    runner.answer(untrusted())
    runner.run_all()
    assert view.isVisible()
    found += told("not trusted", full)
    assert "\n".join(dict.fromkeys(found)) == ""


def dialogs() -> list[QDialog]:
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if isinstance(widget, QDialog) and widget.isVisible()
    ]


def test_in_every_dialog_that_a_menu_opens(full: MainWindow, runner: FakeTaskRunner) -> None:
    found: list[str] = []
    met: set[str] = set()
    actions = full.console.actions
    # Another program, the end, the system's own dialogs, a popup, and what asks servers.
    left_out = (
        *(actions.quit, actions.demo, actions.open, actions.take_in, actions.dates),
        *(actions.switch, actions.help, actions.verify, actions.send, actions.verify_all),
    )
    for _, action in list(actions.made.each()):
        full.console.go_to_list()
        runner.run_all()
        full.console.connectors.table.selectRow(0)
        if not action.isEnabled() or action in left_out:
            continue
        action.trigger()
        runner.run_all()
        for dialog in dialogs():
            met.add(type(dialog).__name__)
            found += told(f"{action.text()}: {type(dialog).__name__}", dialog)
            dialog.reject()
    assert {"AboutDialog", "ShortcutList", "ConnectorWizard", "NewProjectDialog"} <= met
    assert "\n".join(dict.fromkeys(found)) == ""


def test_on_every_page_of_the_wizard(
    open_wizard: Callable[..., ConnectorWizard], runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    found = told("name", wizard)
    fill_name(wizard)
    go_next(wizard)
    found += told("provider", wizard)
    fill_server(wizard)
    press(provider_page(wizard), "Advanced")
    found += told("server", wizard)
    go_next(wizard)
    page = authenticate_page(wizard)
    for method in (Method.OAUTH, Method.BASIC, Method.NONE):
        page.radios[method].setChecked(True)
        found += told(f"{method}", wizard)
    fill_basic(wizard)
    page.advanced.button.click()
    found += told("basic, filled in", wizard)
    go_next(wizard)
    last = walk_to_test(open_wizard())
    last.advanced.button.click()
    found += told("test", last.window())
    last.test_button.click()
    found += told("testing", last.window())
    runner.answer(refused_report())
    found += told("refused", last.window())
    assert "\n".join(dict.fromkeys(found)) == ""
