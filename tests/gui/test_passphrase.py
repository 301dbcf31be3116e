"""Another passphrase for the encrypted file, from the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.secret_store_dialogs import ChangePassphraseDialog, PassphraseDialog
from smtpwizard.model.auth import Secret
from smtpwizard.secretstore import file
from smtpwizard.usecases import verify_all as many
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_main_window import told

Store = Callable[..., None]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file.FileStore.__init__, "__kwdefaults__", {"cost": 2})


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(
        tmp_path / "data", secret_store="file", passphrase=lambda new: Secret("open sesame")
    )


def dialog_of(window: QWidget) -> ChangePassphraseDialog:
    (dialog,) = [d for d in window.findChildren(ChangePassphraseDialog) if d.isVisible()]
    return dialog


def type_in(dialog: ChangePassphraseDialog, old: str, new: str, again: str | None = None) -> None:
    dialog.old.setText(old)
    dialog.new.setText(new)
    dialog.again.setText(new if again is None else again)


@pytest.fixture
def dialog(window: MainWindow, runner: FakeTaskRunner, store: Store) -> ChangePassphraseDialog:
    store()
    window.refresh()
    runner.run_all()
    assert window.console.actions.passphrase.isVisible()
    window.console.actions.passphrase.trigger()
    return dialog_of(window)


def test_it_is_changed_and_known_from_then_on(
    window: MainWindow, runner: FakeTaskRunner, dialog: ChangePassphraseDialog, ws: Workspace
) -> None:
    type_in(dialog, "open sesame", "close sesame")
    dialog.go.click()
    assert dialog.isVisible(), "until it is done"
    assert not dialog.go.isEnabled()
    runner.run()
    assert not dialog.isVisible()
    assert ws.passphrase is not None
    assert ws.passphrase(False) == Secret("close sesame")
    window.console.verbs.duplicate()
    runner.run_all()
    assert len(window.rows) == 2


def test_a_wrong_one_is_told_and_can_be_mended(
    runner: FakeTaskRunner, dialog: ChangePassphraseDialog
) -> None:
    type_in(dialog, "wrong", "close sesame")
    dialog.go.click()
    runner.run()
    assert dialog.isVisible()
    assert "wrong" in dialog.old_field.error
    dialog.old.setText("open sesame")
    assert dialog.old_field.error == ""
    dialog.go.click()
    runner.run()
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("", "close sesame", None),
        ("open sesame", "x", None),
        ("open sesame", "close sesame", "close sesamo"),
        ("open sesame", "", None),
    ],
)
def test_what_cannot_be_is_not_offered(
    dialog: ChangePassphraseDialog, old: str, new: str, again: str | None
) -> None:
    type_in(dialog, old, new, again)
    assert not dialog.go.isEnabled()
    assert nameless(dialog) == []


def test_where_nothing_is_in_the_file_there_is_no_button(
    window: MainWindow, runner: FakeTaskRunner, store: Store
) -> None:
    store(authentication={"method": "none"})
    window.refresh()
    runner.run_all()
    assert not window.console.actions.passphrase.isVisible()


# -- many at once ----------------------------------------------------------------------------------


@pytest.fixture
def locked(qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Store) -> MainWindow:
    """Two connectors with their secrets in the encrypted file, and nobody has opened it yet."""
    server = {"host": "127.0.0.1", "port": 9, "security": "none"}
    store("Invoices", server=server)
    store("Payslips", server=server)
    window = MainWindow(Workspace.open(ws.data_dir, secret_store="file"), runner)
    qtbot.addWidget(window)
    window.show()
    window.refresh()
    runner.run_all()
    return window


def asked(window: QWidget) -> list[PassphraseDialog]:
    return [each for each in window.findChildren(PassphraseDialog) if each.isVisible()]


def test_verify_all_asks_for_the_passphrase_first(
    locked: MainWindow, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def verify_all(_: Workspace, selected: Sequence[object], **__: object) -> many.Summary:
        begun.append(len(selected))
        return many.Summary(len(selected), 0, 0, 0, (), (), 4000)

    monkeypatch.setattr(many, "verify_all", verify_all)
    locked.console.actions.verify_all.trigger()
    runner.run()
    (dialog,) = asked(locked)
    dialog.first.setText("wrong")
    dialog.go.click()
    runner.run_all()
    (dialog,) = asked(locked)
    assert "wrong" in dialog.first_field.error
    assert begun == []
    dialog.first.setText("open sesame")
    dialog.go.click()
    runner.run_all()
    assert told(locked) == "All 2 are verified"
    # It is known from now on.
    locked.console.actions.verify_all.trigger()
    runner.run_all()
    assert asked(locked) == []
    assert begun == [2, 2]


def test_nobody_who_gives_no_passphrase_is_told_that_anything_was_verified(
    locked: MainWindow, runner: FakeTaskRunner
) -> None:
    locked.console.actions.verify_all.trigger()
    runner.run()
    (dialog,) = asked(locked)
    dialog.reject()
    runner.run_all()
    assert told(locked) == "Nothing was verified"
    assert "passphrase" in locked.console.zone.notification.text.text()
    assert {row.status for row in locked.rows} == {"untested"}
    assert locked.console.actions.verify_all.isEnabled()
