"""A changed file in the window: a question before anything is sent, and what each answer does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton

from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.console.verify_dialog import VerifyDialog
from smtpwizard.gui.secret_store_dialogs import ConsentDialog
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.usecases import kept_secrets
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.kept_secrets import BoundElsewhere, kept_secret
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import passed_report, press
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless


@pytest.fixture
def asking(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None], ws: Workspace
) -> tuple[VerifyDialog, ConsentDialog]:
    """Verifying a connector whose file names another server now."""
    store("Invoices")
    [path] = ws.data_dir.glob("projects/default/connectors/*.json")
    document = json.loads(path.read_text())
    document["server"]["host"] = "new.example.com"
    path.write_text(json.dumps(document))
    window.refresh()
    runner.run_all()
    window.console.connectors.verify_button.click()
    runner.run()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    assert isinstance(runner.run().error, BoundElsewhere)
    (consent,) = [d for d in dialog.findChildren(ConsentDialog) if d.isVisible()]
    return dialog, consent


def kept(ws: Workspace) -> Secret | None:
    (row,) = list_connectors(ws)
    return kept_secret(ws, row.stored, "password")


def test_the_question_says_what_changed_and_enter_does_no_harm(
    asking: tuple[VerifyDialog, ConsentDialog],
) -> None:
    dialog, consent = asking
    shown = [label.text() for label in consent.findChildren(QLabel)]
    assert "Server: given for smtp.example.com, now new.example.com" in shown
    assert dialog.view.verdict.text() == "It goes on once you have answered."
    assert "stored-secret" not in "".join(shown)
    assert nameless(consent) == []
    (default,) = [push for push in consent.findChildren(QPushButton) if push.isDefault()]
    assert default.text() == "Cancel"
    press(consent, "Cancel")
    assert "once you have answered" not in dialog.view.verdict.text()
    dialog.reject()


def test_no_sends_nothing(
    asking: tuple[VerifyDialog, ConsentDialog], runner: FakeTaskRunner, ws: Workspace
) -> None:
    dialog, consent = asking
    press(consent, "Cancel")
    assert runner.pending == []
    assert "was given for smtp.example.com" in dialog.view.verdict.text()
    with pytest.raises(BoundElsewhere):
        kept(ws)
    dialog.reject()


def test_yes_verifies_and_asks_no_more(
    asking: tuple[VerifyDialog, ConsentDialog], runner: FakeTaskRunner, ws: Workspace
) -> None:
    dialog, consent = asking
    press(consent, "Use the stored password")
    runner.run()
    assert dialog.view.running
    assert kept(ws) == Secret("stored-secret")
    runner.answer(passed_report())
    dialog.reject()


def test_a_yes_that_cannot_be_kept_says_why(
    asking: tuple[VerifyDialog, ConsentDialog],
    runner: FakeTaskRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog, consent = asking

    def locked(*_: object) -> None:
        raise SecretStoreError("secret_store_locked")

    monkeypatch.setattr(kept_secrets, "bind_again", locked)
    press(consent, "Use the stored password")
    runner.run()
    (box,) = [b for b in dialog.findChildren(QMessageBox) if b.isVisible()]
    assert "locked" in box.informativeText()
    press(box, "Close")
    assert runner.pending == []
    dialog.reject()
