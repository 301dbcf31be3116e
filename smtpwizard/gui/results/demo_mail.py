"""The emails that the demo's server has received: headers in words, the text as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QListWidgetItem,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    line,
    plain_label,
    set_next_step,
    value_label,
)
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.item_list import ItemList
from smtpwizard.messages.facts import bytes_text
from smtpwizard.messages.security import tls_name
from smtpwizard.model.addresses import clean_text

_MAX_VALUE = 300
_MAX_LINE = 2_000


class DemoMail(QDialog):
    """Newest first; what arrives while it is open comes with *Look again*."""

    def __init__(self, parent: QWidget, runner: Runner, demo: Mapping[str, Any]) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:demo")
        self._runner = runner
        self._demo = demo
        self._messages: Sequence[Mapping[str, Any]] = ()
        self.setWindowTitle(self.tr("Demo mail"))
        self.finished.connect(self.deleteLater)
        self.list = ItemList(self.tr("Emails"))
        self.list.currentRowChanged.connect(self._show_message)
        self.headers: dict[str, str] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.body = QPlainTextEdit()
        self.body.setReadOnly(True)
        self.body.setTabChangesFocus(True)
        self.body.setProperty("fixed", "true")
        self.body.setAccessibleName(self.tr("Text of the email"))
        self.head = QPlainTextEdit()
        self.head.setReadOnly(True)
        self.head.setTabChangesFocus(True)
        self.head.setProperty("fixed", "true")
        self.head.setAccessibleName(self.tr("Headers of the email"))
        self.fold = Fold(self.tr("&Headers"), self.tr("– as they came, the newest line on top"))
        self.fold.body.addWidget(self.head)
        self.again_button = button(self.tr("&Look again"), self.look, icon="again")
        self.close_button = button(self.tr("Close"), self.reject)
        self.empty = EmptyState(
            "mail",
            self.tr("Nothing has arrived yet"),
            self.tr("Test a connector with a test email: it arrives here."),
            self.tr("Look again"),
            self.look,
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self._build_filled())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        self.words = plain_label(
            self.tr("No email leaves this computer: the demo's server keeps them here."),
            tone="quiet",
        )
        column.addWidget(self.words)
        column.addWidget(self.stack, 1)
        column.addLayout(line(self.again_button, None, self.close_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 42, room.width() * 9 // 10), min(em * 36, room.height() * 9 // 10))
        set_next_step(self.close_button)
        offer_help(self, runner, "dialog:demo")
        self.look()

    def _build_filled(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.list)
        column.addLayout(self._grid)
        column.addWidget(self.fold)
        column.addWidget(self.body, 1)
        return page

    def look(self) -> None:
        """Ask what has arrived."""
        self._runner.submit(partial(jobs.demo_mail, self._demo), self._arrived, owner=self)

    def _arrived(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self.words.setText(error_message(outcome.error))
            announce(self.words, self.words.text())
            return
        self._messages = outcome.value
        self.list.clear()
        for message in self._messages:
            subject, to = (clean_text(str(message[key]), 200) for key in ("subject", "to"))
            text = self.tr("{0}, to {1}").format(subject, to)
            self.list.addItem(QListWidgetItem(text))
        # One alone needs no list.
        self.list.setVisible(len(self._messages) > 1)
        rows = min(len(self._messages), 4)
        self.list.setFixedHeight(max(self.list.sizeHintForRow(0), 0) * rows + 6)
        self.stack.setCurrentIndex(1 if self._messages else 0)
        self.again_button.setVisible(bool(self._messages))
        if self._messages:
            self.list.setCurrentRow(0)
            self._show_message(0)
            self.body.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.empty.button.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.list.item(0).text() if self._messages else self.empty.title.text())

    def _show_message(self, row: int) -> None:
        if not 0 <= row < len(self._messages):
            return
        message = self._messages[row]
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.headers = dict(self._rows(message))
        for number, (name, value) in enumerate(self.headers.items()):
            label = value_label(value, name)
            label.setWordWrap(True)
            self._grid.addWidget(
                plain_label(name, tone="quiet", wrap=False), number, 0, Qt.AlignmentFlag.AlignTop
            )
            self._grid.addWidget(label, number, 1)
        self.body.setPlainText(_plain(message["body"]))
        self.head.setPlainText(_plain(message["head"]))

    def _rows(self, message: Mapping[str, Any]) -> list[tuple[str, str]]:
        tls = message["tls_version"]
        how = self.tr("without any encryption")
        if tls:
            how = self.tr("encrypted with {0}").format(tls_name(tls))
        login = self.tr("{0} by {1}").format(message["user"], message["mechanism"])
        named = [
            (self.tr("From"), message["sender"]),
            (self.tr("Reply to"), message["reply_to"]),
            (self.tr("To"), message["to"]),
            (self.tr("Subject"), message["subject"]),
            (self.tr("Date"), message["date"]),
            (self.tr("Size"), bytes_text(message["size"])),
            (self.tr("It came"), how),
            (self.tr("Signed in"), login if message["user"] else self.tr("nobody")),
        ]
        return [(name, clean_text(str(value), _MAX_VALUE)) for name, value in named if value]


def _plain(text: object) -> str:
    """A text of somebody else's, line by line, with what controls a screen written out."""
    lines = str(text).replace("\r\n", "\n").split("\n")
    return "\n".join(clean_text(each, _MAX_LINE) for each in lines)
