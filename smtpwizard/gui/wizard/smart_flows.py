"""What to enter in the Smart Flows console for a saved connector, with a Copy for each field."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.flow.smart_flows_form import FormField, FormPage, smart_flows_form
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label
from smtpwizard.gui.widgets.fields import line_edit, scrolling
from smtpwizard.gui.widgets.icons import dress
from smtpwizard.gui.widgets.style import FIELD_HEIGHT
from smtpwizard.messages.face import field_label
from smtpwizard.messages.smart_flows import entry_text, form_note, part_title

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

# Letters that have room between a name and its button in the narrowest window.
_SHORT = 24
# Above and below a long value, px, as the style sheet has it.
_PADDING = 6


class LongValue(QPlainTextEdit):
    """A value of any length, read only: as many lines as it takes, broken anywhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setProperty("value", "true")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        # With one line as high as a field.
        field = round(self.font().pointSizeF() * FIELD_HEIGHT)
        room = (field - self.fontMetrics().lineSpacing() - 2 * _PADDING - 2) // 2
        self.setViewportMargins(0, max(room, 0), 0, max(room, 0))
        self.setPlainText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        lines = max(round(self.document().size().height()), 1)
        around = self.height() - self.viewport().height()
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + around)


class SmartFlowsDialog(QDialog):
    """The console's fields in the console's order; stays beside the browser while one copies.

    `copy_buttons` are the buttons by the key of their field.
    """

    def __init__(
        self, ws: Workspace, stored: StoredConnector, parent: QWidget, *, created: bool = False
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self.copy_buttons: dict[str, QPushButton] = {}
        self.values: dict[str, str] = {}
        self.setWindowTitle(self.tr("For Smart Flows – {0}").format(stored.connector.name))
        content = QWidget()
        body = QVBoxLayout(content)
        body.setContentsMargins(0, 4, 12, 4)
        body.setSpacing(16)
        for page in smart_flows_form(
            stored.connector,
            stored.secrets,
            ws.defaults_for,
            domain=ws.project.domain,
            base_url=ws.project.base_url,
        ):
            body.addLayout(self._section(page))
        body.addStretch(1)
        area = scrolling(content)
        area.setAccessibleName(self.tr("Fields"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(4)
        layout.addWidget(plain_label(self.tr("Enter this in Smart Flows"), heading="page"))
        layout.addWidget(plain_label(self._sentence(stored, created=created), tone="quiet"))
        layout.addSpacing(8)
        layout.addWidget(area, 1)
        layout.addSpacing(8)
        self.close_button = button(self.tr("Close"), self.reject)
        layout.addLayout(line(None, self.close_button))
        first = next(iter(self.copy_buttons.values()), self.close_button)
        first.setFocus()
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 54, room.width() * 9 // 10), min(em * 58, room.height() * 9 // 10))

    def _sentence(self, stored: StoredConnector, *, created: bool) -> str:
        where = self.tr("In the console: Control Panel › Connectors › Create.")
        if not created:
            return where
        saved = self.tr("{0} is saved here.").format(stored.connector.name)
        return f"{saved} {where}"

    def _section(self, page: FormPage) -> QVBoxLayout:
        out = QVBoxLayout()
        out.setSpacing(8)
        out.addWidget(plain_label(part_title(page.part), heading="section"))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        # As wide on every page; the names are drawn bolder than what is measured.
        widest = self.fontMetrics().horizontalAdvance(field_label("admin.email"))
        grid.setColumnMinimumWidth(0, round(widest * 1.18))
        grid.setColumnStretch(1, 1)
        for field in page.fields:
            self._add(grid, field, part_title(page.part))
        out.addLayout(grid)
        if page.note is not None:
            out.addWidget(plain_label(form_note(page.note, page.user), tone="muted"))
        return out

    def _add(self, grid: QGridLayout, field: FormField, part: str) -> None:
        row = grid.rowCount()
        name = field_label(field.key)
        label = plain_label(name, tone="strong")
        grid.addWidget(label, row, 0)
        note = form_note(field.note) if field.note is not None else ""
        if field.value is None:
            grid.addWidget(plain_label(note, tone="quiet"), row, 1, 1, 2)
            return
        # The console asks for some on two of its pages.
        if any(field_label(key) == name for key in self.copy_buttons):
            name = self.tr("{0}, {1}").format(name, part)
        text = entry_text(field.key, field.value)
        edit = self._value(" ".join(text.split()))
        edit.setAccessibleName(name)
        edit.setAccessibleDescription(note)
        label.setBuddy(edit)
        push = button(
            self.tr("Copy"),
            partial(self._copy, field.key),
            name=self.tr("Copy {0}").format(name),
            icon="copy",
            quiet=True,
        )
        self.copy_buttons[field.key] = push
        self.values[field.key] = text
        grid.addWidget(edit, row, 1)
        grid.addWidget(push, row, 2)
        if note:
            grid.addWidget(plain_label(note, tone="muted"), row + 1, 1, 1, 2)

    def _value(self, text: str) -> QLineEdit | LongValue:
        """What shows a value: in one line where that is sure to hold it."""
        if len(text) > _SHORT:
            return LongValue(text)
        edit = line_edit()
        edit.setReadOnly(True)
        edit.setText(text)
        edit.setCursorPosition(0)
        return edit

    def _copy(self, key: str) -> None:
        QGuiApplication.clipboard().setText(self.values[key])
        push = self.copy_buttons[key]
        # It stays: one sees how far one has come.
        push.setText(self.tr("Copied"))
        push.setAccessibleDescription(self.tr("Copied"))
        dress(push, "check", "success")
        announce(push, self.tr("Copied"))
