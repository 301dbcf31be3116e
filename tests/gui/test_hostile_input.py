"""What is pasted into the window, and what a server says in it, does no harm (cases V-12, V-18)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit

from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from tests.gui.driving import refused_report, walk_to_test
from tests.gui.fake_runner import FakeTaskRunner

OpenWizard = Callable[..., ConnectorWizard]

TEN_MEGABYTES = "paste-" * 1_750_000


def test_v_12_ten_megabytes_pasted_into_every_field(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    walk_to_test(wizard)
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(TEN_MEGABYTES)
    fields = [e for e in wizard.findChildren(QLineEdit) if e.isEnabled() and not e.isReadOnly()]
    assert len(fields) > 8
    for edit in fields:
        edit.clear()
        edit.paste()
        assert 1000 < len(edit.text()) <= 32_767, edit.accessibleName()
    for area in wizard.findChildren(QPlainTextEdit):
        if area.isReadOnly():
            continue
        area.clear()
        area.paste()
    clipboard.clear()


@pytest.mark.parametrize(
    "words",
    [
        '<img src="{picture}"> <b>bold</b>',
        "<a href='https://evil.test'>click</a> https://evil.test/ file:///etc/passwd",
        "<table><tr><td>" * 100,
        "&lt;img src=x&gt; &#60;b&#62;",
        r"<img src='\\evil.test\share\x.png'>",
    ],
)
def test_v_18_a_servers_words_are_no_html(
    open_wizard: OpenWizard, runner: FakeTaskRunner, tmp_path: Path, words: str
) -> None:
    from PySide6.QtGui import QImage

    picture = tmp_path / "x.png"
    image = QImage(10, 900, QImage.Format.Format_RGB32)
    assert image.save(str(picture))
    page = walk_to_test(open_wizard())
    page.test_button.click()
    runner.answer(refused_report(words.format(picture=picture)))
    labels = page.view.findChildren(QLabel)
    assert any(words[:7].format(picture=picture) in label.text() for label in labels)
    for label in labels:
        assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
        assert not label.openExternalLinks()
        # A picture that had been loaded would be 900 pixels high.
        assert label.sizeHint().height() < 900, label.text()
    assert words[:7].format(picture=picture) in page.view.transcript.text()
    table = page.view.table
    for row in range(table.rowCount()):
        for column in range(table.columnCount()):
            item = table.item(row, column)
            assert item is not None
            assert words[:7].format(picture=picture) not in item.toolTip(), "a tool tip is HTML"
