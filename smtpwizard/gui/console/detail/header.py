"""The head of a connector's page: the way back, its name and state, and what one can do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, line, link_button, plain_label
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import reason_text, stage_name
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.usecases.connectors import ListedConnector

MAX_NAME = 120
_TONES = {"verified": "success", "failed": "danger", "changed": "warning", "untested": "plain"}


class DetailHeader(QWidget):
    """Says which connector this is; every wish is a signal."""

    back = Signal()
    verify = Signal()
    send = Signal()
    save_case = Signal()
    make_default = Signal()
    smart_flows = Signal()
    duplicate = Signal()
    remove = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.back_button = link_button(self.tr("Connectors"), self.back.emit)
        self.back_button.setToolTip(self.tr("Back to the list (Alt+Left)"))
        self.back_button.setAccessibleDescription(self.tr("Back to the list"))
        self._here = plain_label(tone="muted", wrap=False)
        self.title = plain_label(heading="page", wrap=False)
        self.crown = IconLabel("crown")
        self.crown.setToolTip(self.tr("The project's default connector"))
        self.crown.setAccessibleName(self.tr("Default connector"))
        self.status = Pill()
        self.verify_button = button(self.tr("&Verify"), self.verify.emit, icon="again")
        self.send_button = button(self.tr("Send &test email"), self.send.emit, icon="send")
        self.case_button = button(self.tr("Save a &case…"), self.save_case.emit, icon="case")
        self.more_button = button(self.tr("&More"), lambda: None)
        self.more_button.setProperty("more", "true")
        self.menu = self._build_menu()
        self.more_button.setMenu(self.menu)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        path = line(
            plain_label(self.tr("Control Panel"), tone="muted", wrap=False),
            IconLabel("right", "muted", 12),
            self.back_button,
            IconLabel("right", "muted", 12),
            self._here,
            None,
            spacing=6,
        )
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addLayout(path)
        left.addLayout(line(self.title, self.crown, self.status, None))
        row = line(spacing=8)
        row.addLayout(left, 1)
        for push in (self.verify_button, self.send_button, self.case_button, self.more_button):
            row.addWidget(push)
        column.addLayout(row)

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        self.default_action = self._action(menu, self.tr("Set as &default"), self.make_default.emit)
        self.flows_action = self._action(menu, self.tr("For Smart &Flows…"), self.smart_flows.emit)
        menu.addSeparator()
        self.duplicate_action = self._action(menu, self.tr("D&uplicate"), self.duplicate.emit)
        self.remove_action = self._action(menu, self.tr("&Remove"), self.remove.emit)
        return menu

    def _action(self, menu: QMenu, text: str, then: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda: then())
        return action

    def show_row(self, row: ListedConnector) -> None:
        """Show this connector as the list has it."""
        name = clean_text(row.name, MAX_NAME)
        self.title.setText(name)
        self._here.setText(name)
        self.setAccessibleName(name)
        self.crown.setVisible(row.default)
        self.default_action.setEnabled(not row.default)
        self.status.say(self._status_text(row), _TONES[row.status])
        reason = reason_text(row.cause, row.reply or "") if row.status == "failed" else ""
        self.status.setToolTip(reason)

    def _status_text(self, row: ListedConnector) -> str:
        if row.status == "failed" and row.stage is not None:
            return self.tr("Failed at {0}").format(stage_name(row.stage, Face.WINDOW))
        return {
            "verified": self.tr("Verified"),
            "failed": self.tr("Failed"),
            "changed": self.tr("Changed since the last test"),
            "untested": self.tr("Not tested"),
        }[row.status]

    def show_busy(self, busy: bool) -> None:
        """While a verification runs no other begins."""
        for push in (self.verify_button, self.send_button):
            push.setEnabled(not busy)
