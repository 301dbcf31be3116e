"""The guide through the provider's console, with ticks and the boxes for what its steps yield; and
the request to somebody who may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label, set_tone
from smtpwizard.gui.widgets.fields import Field, line_edit, scrolling, show_checked, show_text
from smtpwizard.gui.widgets.steady import SteadyTabs
from smtpwizard.gui.widgets.text_dialog import text_view
from smtpwizard.messages.causes import safe_link
from smtpwizard.messages.face import field_label

if TYPE_CHECKING:
    from smtpwizard.usecases.guide import AdminRequest, Guide, GuideStep


class StepCard(QFrame):
    """One step: its number, a tick, its words, what to take along, and the boxes it fills."""

    ticked = Signal(bool)

    def __init__(self, number: int, fields: Sequence[Field], beside: Sequence[QWidget]) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.number = number
        self.tick = QCheckBox()
        self.tick.setAccessibleName(self.tr("Step {0} done").format(number))
        self.tick.toggled.connect(self.ticked)
        self.words = plain_label()
        self._values: tuple[tuple[str, str], ...] = ()
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self.open_button = button("", lambda: None, icon="open")
        self.open_button.hide()
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(self.words)
        column.addLayout(self._grid)
        column.addLayout(line(self.open_button, None))
        for field in fields:
            column.addWidget(field.box)
        if beside:
            column.addLayout(line(*beside, None))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 14, 10)
        row.setSpacing(10)
        row.addWidget(self.tick, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    def show_step(self, step: GuideStep, *, done: bool, left_out: Sequence[str]) -> None:
        """Put the words and values of a step on the card; those `left_out` stand in its boxes."""
        self.words.setText(f"{self.number}. {step.text}")
        set_tone(self.words, "tone", "quiet" if done else "")
        show_checked(self.tick, done)
        self.tick.setAccessibleDescription(step.text)
        values = tuple((label, text) for label, text in step.values if label not in left_out)
        if values == self._values:
            return
        self._values = values
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for row, (label, text) in enumerate(values):
            self._add_value(row, label, text)

    def _add_value(self, row: int, label: str, text: str) -> None:
        edit = line_edit()
        edit.setReadOnly(True)
        show_text(edit, text)
        edit.setCursorPosition(0)
        edit.setAccessibleName(label)
        name = plain_label(label, tone="quiet", wrap=False)
        name.setBuddy(edit)

        def copy() -> None:
            QGuiApplication.clipboard().setText(text)
            announce(push, self.tr("{0} copied").format(label))

        push = button(self.tr("Copy"), copy, icon="copy")
        push.setAccessibleDescription(label)
        for column, widget in enumerate((name, edit, push)):
            self._grid.addWidget(widget, row, column)

    def lead_to(self, place: str, link: str, follow: Callable[[str], None]) -> None:
        """A button that opens the console's page of this step."""
        host = urlsplit(link).hostname or ""
        self.open_button.setText(self.tr("Open {0}").format(place or host))
        self.open_button.setAccessibleDescription(host)
        self.open_button.clicked.connect(lambda: follow(link))
        self.open_button.show()


class GuideDialog(QDialog):
    """Stays open beside the browser: it blocks nothing, each value has its own Copy, and what a
    step yields is entered at that step.

    `make_box` makes the box of a dotted path, bound to the draft; `beside` are buttons that help to
    fill the boxes of such paths. `ticked` comes with the index of a step and whether it is done.
    """

    ticked = Signal(int, bool)

    def __init__(
        self,
        parent: QWidget,
        runner: Runner,
        guide: Guide,
        request: AdminRequest,
        make_box: Callable[[str], Field | None],
        beside: Callable[[Sequence[str]], Sequence[QWidget]],
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(guide.title)
        self.key = guide.key
        offer_help(self, runner, f"dialog:guide.{guide.key.partition('.')[0]}", "dialog:sign_in")
        self._runner = runner
        self._request = request
        self._make_box = make_box
        self._beside = beside
        self.cards: list[StepCard] = []
        self.boxes: dict[str, Field] = {}
        self.tabs = QTabWidget()
        self.tabs.setTabBar(SteadyTabs())
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(guide.title)
        self.tabs.addTab(self._build_guide(guide), self.tr("Guide"))
        self.tabs.addTab(self._build_request(request), self.tr("Ask an administrator"))
        self.close_button = button(self.tr("Close"), self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(line(None, self.close_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 42, room.width() * 9 // 10), min(em * 48, room.height() * 9 // 10))
        self.close_button.setFocus()

    def show_request(self) -> None:
        """The text for somebody who may, in front."""
        self.tabs.setCurrentIndex(1)

    # -- the guide ----------------------------------------------------------------------------

    def _build_guide(self, guide: Guide) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2, 10, 12, 4)
        column.setSpacing(8)
        self.heading = plain_label(guide.title, heading="section")
        column.addWidget(self.heading)
        column.addWidget(plain_label(guide.client_type, tone="quiet"))
        for number, step in enumerate(guide.steps, 1):
            column.addWidget(self._step_card(number, step))
        column.addStretch(1)
        return scrolling(content)

    def _step_card(self, number: int, step: GuideStep) -> StepCard:
        fields = []
        for path in step.asks:
            field = self._make_box(path) if path not in self.boxes else None
            if field is not None:
                self.boxes[path] = field
                fields.append(field)
        each = StepCard(number, fields, self._beside([field.key for field in fields]))
        each.ticked.connect(lambda done, index=number - 1: self.ticked.emit(index, done))
        link = safe_link(step.link or "")
        if link:
            each.lead_to(step.place, link, self._follow)
        self.cards.append(each)
        return each

    def show_guide(self, guide: Guide, request: AdminRequest, done: Sequence[bool]) -> None:
        """The same guide with the values that are known by now, and the steps that are done."""
        names = [field.name for field in self.boxes.values()]
        for each, step, is_done in zip(self.cards, guide.steps, done, strict=True):
            each.show_step(step, done=is_done, left_out=names)
        self._show_request(request)

    # -- the request --------------------------------------------------------------------------

    def _build_request(self, request: AdminRequest) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2, 10, 2, 4)
        column.setSpacing(8)
        column.addWidget(
            plain_label(
                self.tr(
                    "For an administrator who has the rights at the provider. It holds no "
                    "secret; read it once before you send it."
                )
            )
        )
        self.request_edit = text_view("", self.tr("Ask an administrator"))
        column.addWidget(self.request_edit, 3)
        self.script_edit = None
        if request.script:
            heading = plain_label(self.tr("PowerShell"), heading="true")
            self.script_edit = text_view("", self.tr("PowerShell"))
            self.script_edit.setProperty("fixed", "true")
            self.script_edit.setLineWrapMode(self.script_edit.LineWrapMode.NoWrap)
            heading.setBuddy(self.script_edit)
            column.addWidget(heading)
            column.addWidget(self.script_edit, 2)
        self.copy_all_button = button(self.tr("Copy all"), self._copy_all, icon="copy")
        self.missing = plain_label(tone="warning")
        row = line(self.copy_all_button)
        row.addWidget(self.missing, 1)
        column.addLayout(row)
        self._show_request(request)
        return page

    def _show_request(self, request: AdminRequest) -> None:
        self._request = request
        for edit, text in (
            (self.request_edit, f"{request.subject}\n\n{request.text}"),
            (self.script_edit, request.script),
        ):
            if edit is not None and edit.toPlainText() != text:
                edit.setPlainText(text)
        # A text with gaps is to be read, but not to be sent.
        labels = ", ".join(field_label(field) for field in request.missing)
        words = self.tr("Still needed: {0}").format(labels)
        self.copy_all_button.setEnabled(not request.missing)
        self.copy_all_button.setAccessibleDescription(words if request.missing else "")
        self.missing.setText(words if request.missing else "")

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText(self._request.as_mail())
        announce(self.copy_all_button, self.tr("Copied"))

    def _follow(self, url: str) -> None:
        self._runner.submit(partial(jobs.open_page, url), lambda _: None)
