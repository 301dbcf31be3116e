"""The configuration of a saved connector: its client file, what is pasted there, the guide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.detail.configuration import ConfigurationPage
from smtpwizard.gui.console.detail.detail_view import CONFIGURATION
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method, read_connector
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.project import set_project
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.opened import open_detail
from tests.gui.test_accessibility import nameless

CLIENT_ID = "authentication.oauth.client_id"
SECRET = "authentication.client_secret"
NEW_ID, NEW_SECRET = "2-b.apps.googleusercontent.com", "GOCSPX-" + "b" * 28


def saved(
    ws: Workspace, provider: str = "gmail", client: str = "1-a.apps.googleusercontent.com"
) -> None:
    set_project(ws, domain="quay.smartflows.com")
    oauth: dict[str, Any] = {"client_id": client, "grant": "authorization_code"}
    if provider == "exchange":
        oauth["tenant"] = "quay.example"
    document = {
        "name": "Newsletter",
        "provider": provider,
        "authentication": {"method": "oauth", "username": "news@quay.example", "oauth": oauth},
        "admin": {"email": "admin@quay.example"},
    }
    connector, problems = read_connector(document, ws.defaults_for)
    assert connector is not None, problems
    save_connector(ws, connector, secrets={"client_secret": Secret("GOCSPX-kept")})


@pytest.fixture
def page(qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner) -> ConfigurationPage:
    saved(ws)
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.go_to(CONFIGURATION)
    return view.configuration


def line(page: ConfigurationPage, key: str) -> QLineEdit:
    edit = page.fields[key].editor
    assert isinstance(edit, QLineEdit)
    return edit


def paste(edit: QLineEdit, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    edit.selectAll()
    edit.paste()


def client_file(folder: Path, **changes: Any) -> Path:
    known = {"client_id": NEW_ID, "client_secret": NEW_SECRET}
    path = folder / "client.json"
    path.write_text(json.dumps({"web": known | changes}))
    return path


def test_the_client_file_is_chosen_where_the_settings_are_edited(
    page: ConfigurationPage, runner: FakeTaskRunner, ws: Workspace, tmp_path: Path
) -> None:
    assert page.form.file_button.text() == "Choose &JSON…"
    page.form.file_button.click()
    dialogs = page.form.findChildren(QFileDialog)
    assert len(dialogs) == 1
    dialogs[0].fileSelected.emit(str(client_file(tmp_path)))
    dialogs[0].reject()
    runner.run_all()
    assert line(page, CLIENT_ID).text() == NEW_ID
    assert {edit.field for edit in page.edits} >= {CLIENT_ID, SECRET}
    warning = page.fields["authentication.oauth.redirect_uri"].warning
    assert "no redirect URI when its file was made" in warning
    line(page, CLIENT_ID).setText("3-c.apps.googleusercontent.com")
    assert page.fields["authentication.oauth.redirect_uri"].warning == "", (
        "it is another client now"
    )
    line(page, CLIENT_ID).setText(NEW_ID)
    page.save()
    runner.run_all()
    stored = list_connectors(ws)[0].stored
    assert stored.connector.authentication.oauth.client_id == NEW_ID
    kept = kept_secret(ws, stored, "client_secret")
    assert kept is not None
    assert kept.reveal() == NEW_SECRET


def test_a_file_that_is_none_says_so_at_the_client_id(
    page: ConfigurationPage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    path = tmp_path / "client.json"
    path.write_text("[]")
    page.help.file.read(path)
    runner.run_all()
    assert "cannot be read" in page.fields[CLIENT_ID].note.text()
    assert not page.edits
    line(page, CLIENT_ID).setText("1-ab.apps.googleusercontent.com")
    assert "cannot be read" not in page.fields[CLIENT_ID].note.text()


def test_what_holds_up_the_file_is_shown(page: ConfigurationPage) -> None:
    line(page, "name").setText("")
    for push in (page.form.file_button, page.form.guide_button):
        page.form.touch(False)
        push.click()
        assert page.fields["name"].error
    assert page.help.guide.dialog is None
    assert page.form.findChildren(QFileDialog) == []


def test_a_pasted_client_file_leaves_no_secret_in_sight(
    page: ConfigurationPage, runner: FakeTaskRunner
) -> None:
    content = json.dumps({"web": {"client_id": NEW_ID, "client_secret": NEW_SECRET}}, indent=1)
    before = line(page, CLIENT_ID).text()
    paste(line(page, CLIENT_ID), content)
    assert line(page, CLIENT_ID).text() == before, "not for a moment does the secret stand there"
    runner.run_all()
    assert line(page, CLIENT_ID).text() == NEW_ID
    assert line(page, SECRET).text() == NEW_SECRET
    line(page, CLIENT_ID).undo()
    assert NEW_SECRET not in line(page, CLIENT_ID).text()


def test_a_secret_pasted_as_client_id_goes_where_it_belongs(page: ConfigurationPage) -> None:
    before = line(page, CLIENT_ID).text()
    paste(line(page, CLIENT_ID), NEW_SECRET)
    assert line(page, CLIENT_ID).text() == before
    assert line(page, SECRET).text() == NEW_SECRET
    assert page.fields[CLIENT_ID].warning


def test_the_guide_stands_beside_the_form_and_fills_it(
    page: ConfigurationPage, ws: Workspace, runner: FakeTaskRunner
) -> None:
    page.form.guide_button.click()
    dialog = page.help.guide.dialog
    assert dialog is not None
    assert nameless(dialog) == []
    offered = {push.text() for push in dialog.findChildren(QPushButton)}
    assert "Choose JSON…" in offered
    box = dialog.boxes[CLIENT_ID].editor
    assert isinstance(box, QLineEdit)
    assert box.text() == line(page, CLIENT_ID).text()
    box.setText(NEW_ID)
    assert line(page, CLIENT_ID).text() == NEW_ID
    secret = dialog.boxes[SECRET].editor
    assert isinstance(secret, QLineEdit)
    secret.setText(NEW_SECRET)
    assert line(page, SECRET).text() == NEW_SECRET
    box.setText("no client id")
    assert dialog.boxes[CLIENT_ID].error
    box.setText(NEW_ID)
    dialog.reject()
    assert page.fields.mirrors == []
    page.save()
    runner.run_all()
    assert list_connectors(ws)[0].stored.connector.authentication.oauth.client_id == NEW_ID


def test_only_who_has_a_client_file_is_asked_for_one(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner
) -> None:
    saved(ws, "exchange", "11111111-2222-3333-4444-555555555555")
    view = open_detail(qtbot, ws, runner, list_connectors(ws)[0])
    view.go_to(CONFIGURATION)
    form = view.configuration.form
    assert form.guide_button.isVisible()
    assert not form.file_button.isVisible()
    view.configuration.model.set(view.configuration.model.draft._replace(method=Method.NONE))
    assert not form.guide_button.isVisible(), "nothing is registered then"
