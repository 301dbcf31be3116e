"""The guide through the provider's console, and the request to an administrator, to be copied."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import announce, button, card, plain_label
from smtpwizard.gui.widgets.fields import line_edit, scrolling
from smtpwizard.gui.widgets.text_dialog import text_view
from smtpwizard.messages.causes import safe_link
from smtpwizard.messages.face import field_label

if TYPE_CHECKING:
    from smtpwizard.usecases.guide import AdminRequest, Guide, GuideStep


class GuideDialog(QDialog):
    """Stays open beside the browser: it blocks nothing, and each value has its own Copy."""

    def __init__(
        self, parent: QWidget, runner: Runner, guide: Guide, request: AdminRequest
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(guide.title)
        self._runner = runner
        self._request = request
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(guide.title)
        self.tabs.addTab(self._build_guide(guide), self.tr("Guide"))
        self.tabs.addTab(self._build_request(request), self.tr("Request for your administrator"))
        self.close_button = button(self.tr("Close"), self.reject)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(line)
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 46, room.width() * 9 // 10), min(em * 44, room.height() * 9 // 10))
        self.close_button.setFocus()

    def _build_guide(self, guide: Guide) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2, 10, 12, 4)
        column.setSpacing(8)
        column.addWidget(plain_label(guide.title, heading="large"))
        column.addWidget(plain_label(guide.client_type))
        for number, step in enumerate(guide.steps, 1):
            column.addWidget(self._step_card(number, step))
        column.addStretch(1)
        return scrolling(content)

    def _step_card(self, number: int, step: GuideStep) -> QWidget:
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 9, 12, 9)
        column.setSpacing(6)
        column.addWidget(plain_label(f"{number}. {step.text}"))
        if step.values:
            grid = QGridLayout()
            grid.setColumnStretch(1, 1)
            grid.setHorizontalSpacing(10)
            for label, value in step.values:
                row = grid.rowCount()
                edit = line_edit()
                edit.setReadOnly(True)
                edit.setText(value)
                edit.setCursorPosition(0)
                edit.setAccessibleName(label)
                name = plain_label(label, tone="hint", wrap=False)
                name.setBuddy(edit)
                grid.addWidget(name, row, 0)
                grid.addWidget(edit, row, 1)
                grid.addWidget(self._copy_button(label, value), row, 2)
            column.addLayout(grid)
        link = safe_link(step.link or "")
        if link:
            open_button = button(
                self.tr("Open {0}").format(urlsplit(link).hostname or ""),
                lambda: self._follow(link),
            )
            line = QHBoxLayout()
            line.addWidget(open_button)
            line.addStretch(1)
            column.addLayout(line)
        return frame

    def _copy_button(self, label: str, value: str) -> QWidget:
        def copy() -> None:
            QGuiApplication.clipboard().setText(value)
            announce(push, self.tr("{0} copied").format(label))

        push = button(self.tr("Copy"), copy)
        push.setAccessibleDescription(label)
        return push

    def _build_request(self, request: AdminRequest) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2, 10, 2, 4)
        column.setSpacing(8)
        column.addWidget(
            plain_label(
                self.tr(
                    "For whoever has the rights at the provider. It holds no secret; read it once "
                    "before you send it."
                )
            )
        )
        self.request_edit = text_view(
            f"{request.subject}\n\n{request.text}", self.tr("Request for your administrator")
        )
        column.addWidget(self.request_edit, 3)
        self.script_edit = None
        if request.script:
            heading = plain_label(self.tr("PowerShell"), heading="true")
            self.script_edit = text_view(request.script, self.tr("PowerShell"))
            self.script_edit.setLineWrapMode(self.script_edit.LineWrapMode.NoWrap)
            heading.setBuddy(self.script_edit)
            column.addWidget(heading)
            column.addWidget(self.script_edit, 2)
        self.copy_all_button = button(self.tr("Copy all"), self._copy_all)
        self.copy_all_button.setEnabled(not request.missing)
        line = QHBoxLayout()
        line.addWidget(self.copy_all_button)
        if request.missing:
            # A text with gaps is to be read, but not to be sent.
            labels = ", ".join(field_label(field) for field in request.missing)
            words = self.tr("Still needed on the page Authenticate: {0}").format(labels)
            self.missing = plain_label(words, tone="warning", wrap=False)
            self.copy_all_button.setAccessibleDescription(words)
            line.addWidget(self.missing)
        line.addStretch(1)
        column.addLayout(line)
        return page

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText(self._request.as_mail())
        announce(self.copy_all_button, self.tr("Copied"))

    def _follow(self, url: str) -> None:
        self._runner.submit(partial(jobs.open_page, url), lambda _: None)
