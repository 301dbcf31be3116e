"""The head of a connector's page: the way back, its name and state, and what one can do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, line, link_button, plain_label, set_tip
from smtpwizard.gui.widgets.eliding_label import ElidingLabel
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.path import fill_path
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.messages.listing import status_words
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
    stacked = Signal(bool)
    """Whether the buttons stand under the name: beside it is room then."""

    def __init__(self) -> None:
        super().__init__()
        self.back_button = link_button(self.tr("Connectors"), self.back.emit)
        self.back_button.setToolTip(self.tr("Back to the list (Alt+Left)"))
        self.back_button.setAccessibleDescription(self.tr("Back to the list"))
        self._here = ElidingLabel(tone="small")
        self.title = ElidingLabel(heading="page")
        self.crown = IconLabel("crown")
        self.crown.setToolTip(self.tr("The project's default connector"))
        self.crown.setAccessibleName(self.tr("Default connector"))
        self.status = Pill()
        self.verify_button = button(self.tr("Verif&y"), self.verify.emit, icon="again")
        self.send_button = button(self.tr("Send &test email"), self.send.emit, icon="send")
        self.case_button = button(self.tr("Save a case…"), self.save_case.emit, icon="case")
        # A card or a test below has one of its own.
        self.case_button.setAccessibleName(self.tr("Save a case of this connector…"))
        self.more_button = button(self.tr("&More"), lambda: None)
        self.more_button.setProperty("opens", "menu")
        self.menu = self._build_menu()
        self.more_button.setMenu(self.menu)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        column.setSpacing(4)
        path = QHBoxLayout()
        control_panel = plain_label(self.tr("Control Panel"), tone="muted", wrap=False)
        fill_path(path, (control_panel, self.back_button, self._here))
        self._words = QWidget()
        left = QVBoxLayout(self._words)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(2)
        left.addLayout(path)
        left.addLayout(line(self.title, self.crown, self.status, None))
        left.addStretch(1)
        self._buttons = QWidget()
        self._buttons.setLayout(
            line(self.verify_button, self.send_button, self.case_button, self.more_button)
        )
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(8)
        self.top = line(self._words, spacing=16)
        self.top.setStretch(0, 1)
        self._row.addLayout(self.top, 1)
        self._row.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(self._row)

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        self.default_action = self._action(menu, self.tr("Set as &default"), self.make_default.emit)
        self.flows_action = self._action(menu, self.tr("For Smart &Flows…"), self.smart_flows.emit)
        menu.addSeparator()
        self.duplicate_action = self._action(menu, self.tr("D&uplicate"), self.duplicate.emit)
        self.remove_action = self._action(menu, self.tr("&Remove"), self.remove.emit)
        return menu

    def offer(self, actions: Sequence[QAction]) -> None:
        """Offer more of what the window can do with it, before it is removed."""
        self.menu.insertActions(self.remove_action, list(actions))

    def _action(self, menu: QMenu, text: str, then: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda: then())
        return action

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The buttons stand under the name where there is no room beside it."""
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        for_name = self.fontMetrics().height() * 22
        beside = event.size().width() >= self._buttons.sizeHint().width() + for_name
        wanted = directions.LeftToRight if beside else directions.TopToBottom
        if self._row.direction() != wanted:
            self._row.setDirection(wanted)
            self.stacked.emit(not beside)

    @property
    def is_stacked(self) -> bool:
        return self._row.direction() == QBoxLayout.Direction.TopToBottom

    def keep_height(self, height: int) -> None:
        """Be so high beside the name, whatever stands there."""
        self._words.setMinimumHeight(height)

    def minimumSizeHint(self) -> QSize:
        height = super().minimumSizeHint().height()
        return QSize(self._buttons.minimumSizeHint().width(), height)

    def show_row(self, row: ListedConnector) -> None:
        """Show this connector as the list has it."""
        name = clean_text(row.name, MAX_NAME)
        self.title.setText(name)
        self._here.setText(name)
        self.setAccessibleName(name)
        self.crown.setVisible(row.default)
        self.default_action.setEnabled(not row.default)
        title, reason = status_words(row.status, {**row.result_facts(), "method": row.method})
        self.status.say(title, _TONES[row.status])
        set_tip(self.status, reason)

    def show_busy(self, busy: bool) -> None:
        """While a verification runs no other begins."""
        for push in (self.verify_button, self.send_button):
            push.setEnabled(not busy)
