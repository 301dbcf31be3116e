"""The desktop itself: a keyring that keeps, locks and stays apart; a wizard worked from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.helpers import desktop

KEYRING_PROGRAM = """
import sys
from keyring.backends.SecretService import Keyring
keyring = Keyring()
if sys.argv[1] == "set":
    keyring.set_password("test", "somebody", "kept")
print(keyring.get_password("test", "somebody"))
"""

WIZARD_PROGRAM = """
import json
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QApplication, QCheckBox, QComboBox, QFormLayout, QLineEdit, QPlainTextEdit, QRadioButton,
    QSpinBox, QVBoxLayout, QWizard, QWizardPage,
)

app = QApplication([])
app.setApplicationName("sample")
wizard = QWizard()
wizard.setWizardStyle(QWizard.WizardStyle.ModernStyle)
wizard.setWindowTitle("New connector")
wizard.setButtonText(QWizard.WizardButton.NextButton, "&Next")

first, name, provider, port = QWizardPage(), QLineEdit(), QComboBox(), QSpinBox()
first.setTitle("Name and type")
provider.addItems(["Gmail (Google)", "Microsoft Exchange", "Create a connection"])
port.setRange(1, 65535)
form = QFormLayout(first)
for label, widget in (("&Name", name), ("&Provider", provider), ("P&ort", port)):
    form.addRow(label, widget)

second, password = QWizardPage(), QLineEdit()
basic, consent = QRadioButton("Basic"), QCheckBox("Consent")
second.setTitle("Authenticate")
password.setEchoMode(QLineEdit.EchoMode.Password)
password.setAccessibleName("Password")
box = QVBoxLayout(second)
for widget in (QRadioButton("OAuth"), basic, consent, password):
    box.addWidget(widget)

for page in (first, second):
    wizard.addPage(page)
wizard.currentIdChanged.connect(lambda _: QAccessible.updateAccessibility(
    QAccessibleAnnouncementEvent(wizard, wizard.currentPage().title())))
wizard.accepted.connect(lambda: print(json.dumps({
    "name": name.text(), "provider": provider.currentText(), "port": port.value(),
    "basic": basic.isChecked(), "consent": consent.isChecked(), "password": password.text(),
}), flush=True))
wizard.show()
app.exec()
"""


def keyring(environment: desktop.Environment, verb: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KEYRING_PROGRAM, verb],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_keyring_keeps_and_locks(secret_service: desktop.Environment) -> None:
    assert keyring(secret_service, "set").stdout == "kept\n"
    assert keyring(secret_service, "get").stdout == "kept\n"
    with desktop.secret_service() as another:
        assert keyring(another, "get").stdout == "None\n"
    desktop.lock_keyring(secret_service)
    assert "KeyringLocked" in keyring(secret_service, "get").stderr


def test_wizard_through_accessibility(virtual_display: desktop.Environment, tmp_path: Path) -> None:
    log = tmp_path / "sample.log"
    argv = [sys.executable, "-c", WIZARD_PROGRAM]
    with desktop.accessible(virtual_display, argv, log) as (wizard, program):
        wizard.set_text("text", "Name", "Köln – Büro")
        assert wizard.find("text", "Name")["text"] == "Köln – Büro"
        wizard.select("Provider", "Create a connection")
        wizard.select("Provider", "Microsoft Exchange")
        wizard.set_text("spin button", "Port", "2525")
        assert not wizard.exists("radio button", "Basic")
        wizard.press("Next")
        wizard.toggle("radio button", "Basic")
        wizard.wait_state("radio button", "Basic", "checked")
        wizard.toggle("check box", "Consent")
        wizard.set_text("password text", "Password", "open sesame")
        assert "open sesame" not in json.dumps(wizard.tree())
        assert "Authenticate" in wizard.announcements()
        wizard.wait_gone("text", "Name")
        wizard.press("Finish")
        assert program.wait(10) == 0
    assert json.loads(log.read_text().splitlines()[-1]) == {
        "name": "Köln – Büro",
        "provider": "Microsoft Exchange",
        "port": 2525,
        "basic": True,
        "consent": True,
        "password": "open sesame",
    }


def test_wizard_through_keyboard(virtual_display: desktop.Environment, tmp_path: Path) -> None:
    log = tmp_path / "sample.log"
    argv = [sys.executable, "-c", WIZARD_PROGRAM]
    with desktop.accessible(virtual_display, argv, log) as (wizard, program):
        wizard.wait_focus("Name")
        desktop.xdotool(virtual_display, "type", "Invoices")
        desktop.xdotool(virtual_display, "key", "alt+p")
        wizard.wait_focus("Provider")
        desktop.xdotool(virtual_display, "key", "Down")
        assert wizard.find("combo box", "Provider")["name"] == "Microsoft Exchange"
        desktop.xdotool(virtual_display, "key", "Return")
        wizard.wait_state("radio button", "OAuth", "showing")
        desktop.xdotool(virtual_display, "key", "Return")
        assert program.wait(10) == 0
    assert json.loads(log.read_text().splitlines()[-1])["name"] == "Invoices"
