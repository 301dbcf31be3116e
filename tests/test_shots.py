"""The tool that takes the pictures: it takes them, and sees what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests import capabilities
from tests.shots import checks
from tests.shots.german import German, lengthened

ROOT = Path(__file__).resolve().parents[1]


@capabilities.fonts
def test_it_takes_a_page_in_both_themes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.shots", "--only", "1-", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--size", "1024x700"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("3 pictures in ")
    names = ("1-empty", "1-filled", "1-wrong", "sheet")
    wanted = {f"{name}-{theme}.png" for name in names for theme in ("light", "dark")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == wanted
    assert [path.name for path in tmp_path.iterdir()] == ["out"], "nothing else is left"


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    QVBoxLayout(window)
    qtbot.addWidget(window)
    return window


def found(window: QWidget) -> list[str]:
    window.show()
    kinds = (
        *(checks.cut_texts, checks.too_many_steps, checks.nameless),
        *(checks.keys_twice, checks.names_twice),
    )
    return [fault.partition(":")[0] for check in kinds for fault in check(window)]


def test_what_is_in_order_is_not_told(window: QWidget) -> None:
    edit, label, push = QLineEdit("text"), QLabel("A label"), QPushButton("Next")
    edit.setAccessibleName("Name")
    push.setProperty("next", "true")
    for widget in (edit, label, push):
        window.layout().addWidget(widget)  # type: ignore[union-attr]
    assert found(window) == []


def test_what_is_cut_is_told(window: QWidget) -> None:
    label, push, wrapped = QLabel("A label"), QPushButton("Press this"), QLabel("one two " * 40)
    label.setFixedWidth(8)
    push.setFixedWidth(20)
    wrapped.setWordWrap(True)
    wrapped.setFixedHeight(10)
    for widget in (label, push, wrapped):
        window.layout().addWidget(widget)  # type: ignore[union-attr]
    assert found(window) == ["cut"] * 3


def test_what_sticks_out_is_told(window: QWidget) -> None:
    window.resize(300, 100)
    label = QLabel("A label", window)
    label.move(280, 0)
    assert found(window) == ["sticks out"]


def test_two_next_steps_are_one_too_many(window: QWidget) -> None:
    for text in ("Test", "Finish", "Cancel"):
        push = QPushButton(text)
        push.setProperty("next", "true" if text != "Cancel" else "false")
        window.layout().addWidget(push)  # type: ignore[union-attr]
    assert found(window) == ["filled buttons"]


def test_what_takes_the_focus_has_a_name(window: QWidget) -> None:
    window.layout().addWidget(QLineEdit("text"))  # type: ignore[union-attr]
    assert found(window) == ["no name"]


def test_a_letter_that_leads_to_two_things_is_told(window: QWidget) -> None:
    for text in ("&Edit", "&Explain"):
        window.layout().addWidget(QPushButton(text))  # type: ignore[union-attr]
    assert found(window) == ["Alt+E twice"]
    window.findChildren(QPushButton)[0].setEnabled(False)
    assert found(window) == []


def test_a_name_of_two_things_is_told(window: QWidget) -> None:
    for _ in range(2):
        window.layout().addWidget(QPushButton("More"))  # type: ignore[union-attr]
    assert found(window) == ["2 times"]
    window.findChildren(QPushButton)[0].setAccessibleName("More for the list")
    assert found(window) == []


def test_german_is_longer_and_keeps_what_is_filled_in(qapp: QApplication) -> None:
    text = "&Sign in to {host} with OAuth, at https://example.com/x"
    longer = lengthened(text)
    assert "{host}" in longer
    assert "https://example.com/x" in longer
    assert longer.startswith("&Sign")
    plain = "The server wants the whole email address as user and password"
    assert 1.25 < len(lengthened(plain)) / len(plain) < 1.45
    assert len(lengthened("Name")) > len("Name")
    translator = German(qapp)
    qapp.installTranslator(translator)
    try:
        assert QCoreApplication.translate("dialogs", "Cancel") == lengthened("Cancel") != "Cancel"
    finally:
        qapp.removeTranslator(translator)
