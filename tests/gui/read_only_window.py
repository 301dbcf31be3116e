"""A window on a data folder that really can only be read: what each change says, as JSON lines.

`python -m tests.gui.read_only_window FOLDER` with the id of a connector as its second argument. For
root a file's mode forbids nothing: the folder is mounted read-only then, for this process alone.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tools import debian

NO_MOUNTS = 77


def make_read_only(folder: Path) -> None:
    """For this process, from here on."""
    if os.geteuid() != 0:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o500 if path.is_dir() else 0o400)
        return
    try:
        debian.call("unshare", debian.CLONE_NEWNS)
        debian.mount("", Path("/"), "", debian.MS_REC | debian.MS_PRIVATE)
        debian.mount(str(folder), folder, "", debian.MS_BIND)
        debian.mount("", folder, "", debian.MS_REMOUNT | debian.MS_BIND | debian.MS_RDONLY)
    except debian.NoLayer as error:
        print(error, file=sys.stderr)
        raise SystemExit(NO_MOUNTS) from None


def main(folder: Path, identifier: str) -> None:
    make_read_only(folder)
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QWidget

    from smtpwizard.gui.app import make_application
    from smtpwizard.gui.console.certificates.page import CertificatesPage
    from smtpwizard.gui.console.detail.detail_view import CONFIGURATION
    from smtpwizard.gui.console.main_window import MainWindow
    from smtpwizard.gui.console.project_page import ProjectPage
    from smtpwizard.gui.console.settings_page import SettingsPage
    from smtpwizard.gui.console.transfer_dialog import TransferDialog
    from smtpwizard.usecases.workspace import Workspace
    from tests.gui.fake_runner import FakeTaskRunner

    application = make_application()
    ws = Workspace.open(folder, secret_store="session")
    runner = FakeTaskRunner()
    window = MainWindow(ws, runner)
    window.resize(1280, 900)
    window.show()

    def settle() -> None:
        for _ in range(5):
            runner.run_all()
            application.processEvents()

    def click(push: QWidget) -> None:
        QTest.mouseClick(push, Qt.MouseButton.LeftButton)
        settle()

    def tell(what: str, *said: Any) -> None:
        print(json.dumps([what, *said]), flush=True)

    def told() -> str:
        shown = console.zone.shown
        text = f"{shown.title}: {shown.text}" if shown is not None else ""
        console.zone.close_all()
        return text

    def go_to(key: str) -> Any:
        console.actions.places[key].trigger()
        settle()
        return console.place(key)

    window.refresh()
    settle()
    console = window.console
    page = console.connectors
    tell("writable", ws.data.writable())
    page.select(identifier)
    click(page.remove_button)
    tell("remove", told())
    console.actions.duplicate.trigger()
    settle()
    tell("duplicate", told())
    page.verify_all_button.click()
    settle()
    tell("verify all", told(), [row.status for row in page.model.rows])
    console.open_current()
    settle()
    view = console.opened.view
    assert view is not None
    click(view.header.verify_button)
    view.finish()
    live = view.summary.live
    assert live is not None
    found = (live.isVisible(), live.causes.card.title.text(), view.header.status.label.text())
    tell("verify", view.summary.moment.text(), *found)
    view.go_to(CONFIGURATION)
    form = view.configuration
    settle()
    form.model.change(description="changed")
    settle()
    click(form.bar.save_button)
    tell("edit", form.banner.title.text(), form.banner.text.text())
    click(form.bar.reset_button)
    project = go_to("project")
    assert isinstance(project, ProjectPage)
    project.form.name.editor.setText("Another")  # type: ignore[union-attr]
    settle()
    click(project.bar.save_button)
    tell("rename", told(), ws.project.name)
    click(project.bar.reset_button)
    settings = go_to("settings")
    assert isinstance(settings, SettingsPage)
    rows = (*settings.themes.values(), *settings.stores.values())
    click(settings.look_button)  # looking writes nothing
    enabled = any(row.radio.isEnabled() for row in rows)
    tell("settings", settings.fault.text.text(), enabled)
    certificates = go_to("certificates")
    assert isinstance(certificates, CertificatesPage)
    click(certificates.remove_button)
    tell("certificate", told(), certificates.table.rowCount())
    certificates.table.selectRow(1)
    click(certificates.remove_button)
    question = certificates.question
    assert question is not None
    [yes] = [each for each in question.buttons() if each.text() == "Remove"]
    click(yes)
    tell("give up", told(), certificates.table.rowCount())
    console.go_to_list()
    settle()
    page.select(identifier)
    console.projects.transfer(move=True)
    settle()
    dialog = console.projects.dialog
    assert isinstance(dialog, TransferDialog)
    dialog.carry_out()
    settle()
    tell("move", dialog.refusal_label.text())
    dialog.reject()
    shown = [each for each in application.topLevelWidgets() if each.isVisible()]
    tell("windows", [type(each).__name__ for each in shown])
    for each in shown:
        each.hide()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
