"""About: version, licences of what ships, where data lie."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest
from PySide6.QtGui import QGuiApplication

from smtpwizard import __version__
from smtpwizard.gui.console.about import AboutDialog
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.usecases import about as usecase
from smtpwizard.usecases.about import about
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless


def test_what_ships_is_told_with_its_licence(ws: Workspace) -> None:
    told = about(ws)
    assert (told.version, told.folder) == (__version__, str(ws.data_dir))
    by_name = {each.name.lower().replace("_", "-"): each for each in told.components}
    assert told.components[0].name == "smtpwizard"
    assert "MIT" in told.components[0].text
    for name in (
        *("pyside6-essentials", "shiboken6", "keyring", "msal", "google-auth-oauthlib"),
        *("dnspython", "h11", "platformdirs", "cryptography", "python", "openssl"),
    ):
        assert by_name[name].version
        assert by_name[name].licence not in ("", "–"), name
        assert by_name[name].text
    assert by_name["pyside6-essentials"].licence.startswith("LGPL-3.0")
    assert len(by_name["cryptography"].text) > 1000
    assert by_name["pyside6-essentials"].text == "https://pyside.org"
    assert "pytest" not in by_name, "that does not ship"


def test_a_bundle_has_what_is_in_it_and_no_package_of_ours(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)

    def only_others(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(usecase, "distribution", only_others)
    monkeypatch.setattr(usecase, "distributions", lambda: [metadata.distribution("msal")])
    told = about(ws)
    assert [each.name for each in told.components] == ["smtpwizard", "Python", "OpenSSL", "msal"]


def test_a_licence_is_named_by_what_the_package_says() -> None:
    assert usecase._licence(metadata.distribution("jaraco.classes")) == "MIT License"


def test_the_dialog_shows_and_copies(
    window: MainWindow, runner: FakeTaskRunner, ws: Workspace
) -> None:
    window.refresh()
    runner.run_all()
    window.console.actions.about.trigger()
    dialog = window.findChild(AboutDialog)
    assert dialog is not None
    assert not dialog.copy_button.isEnabled()
    runner.run_all()
    assert dialog.table.rowCount() > 20
    assert "MIT License" in dialog.licence.toPlainText()
    rows = {dialog.table.item(row, 0).text(): row for row in range(dialog.table.rowCount())}  # type: ignore[union-attr]
    dialog.table.setCurrentCell(rows["msal"], 0)
    assert "Microsoft" in dialog.licence.toPlainText()
    assert dialog.licence.accessibleName() == "Licence of msal"
    dialog.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith(f"smtpwizard {__version__}\n")
    assert "keyring " in text
    assert not nameless(dialog)
    dialog.reject()
