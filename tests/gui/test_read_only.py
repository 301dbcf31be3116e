"""The window on a data folder that really can only be read: it says so, and nothing untrue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.usecases.certificates import read_certificates, trust
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.project import create_project
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.gui.read_only_window import NO_MOUNTS
from tests.helpers.certificates import Certificates
from tests.model.documents import document

pytestmark = [pytest.mark.real, capabilities.access_rights]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.fixture
def said(tmp_path: Path, certificates: Certificates) -> dict[str, list[Any]]:
    """What the window says to each change, of a connector that was verified and fails now."""
    folder = tmp_path / "data"
    ws = Workspace.open(folder, secret_store="session")
    trust(ws, read_certificates(certificates.ca_file))
    create_project(ws, "Other")
    with ScriptedServer() as server:
        host = {"host": server.host, "port": server.port, "security": "none"}
        source = document(name="Invoices", server=host, authentication={"method": "none"})
        stored = save_connector(ws, parse_connector(source, ws.defaults_for), secrets={})
        assert verify_stored(ws, stored).ok
        for name in ("One", "Two"):
            own = host | {"security": "starttls", "ca_file": str(certificates.unknown_ca_file)}
            source = document(name=name, server=own, authentication={"method": "none"})
            save_connector(ws, parse_connector(source, ws.defaults_for), secrets={})
    before = files_of(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.gui.read_only_window", str(folder), stored.id],
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        timeout=300,
    )
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    if done.returncode == NO_MOUNTS:
        pytest.skip(f"needs mounts of one's own: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert files_of(folder) == before
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {what: rest for what, *rest in lines}


def test_every_change_is_refused_in_words_and_nothing_untrue_is_said(
    said: dict[str, list[Any]],
) -> None:
    assert said["writable"] == [False]
    for change in ("remove", "duplicate", "certificate", "give up"):
        assert said[change][0].startswith("Nothing was changed: "), change
        assert "cannot be written" in said[change][0]
    assert said["edit"][0] == "Not saved"
    assert said["rename"][0].startswith("Not saved: ")
    assert said["rename"][1] == "Default"
    assert said["certificate"][1] == said["give up"][1] == 2
    assert "cannot be written" in said["move"][0]
    assert "can only be read" in said["settings"][0]
    assert said["settings"][1] is False, "nothing there can be chosen"
    assert said["windows"] == [["MainWindow"]]
    # What was found is shown and said, though it cannot be kept.
    assert said["verify all"][0].startswith("Newly broken: Invoices")
    assert sorted(said["verify all"][1]) == ["untested", "untested", "verified"]
    assert said["verify"][:2] == ["Tested just now. The result could not be kept.", True]
    assert said["verify"][2]
    assert said["verify"][3].startswith("Failed at")
