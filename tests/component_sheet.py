"""Every component of the window in every state, on one sheet; `dev.py shots` takes it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.results.stage_rows import StageTable
from smtpwizard.gui.tasks import TaskRunner
from smtpwizard.gui.widgets.banner import MARKS, Banner
from smtpwizard.gui.widgets.choices import Choice, ChoiceList, ChoiceRow, Tile
from smtpwizard.gui.widgets.code_box import CodeBox
from smtpwizard.gui.widgets.elements import button, line, link_button, plain_label, set_tone
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.fields import Field, FieldForm, line_edit
from smtpwizard.gui.widgets.focus_ring import Ring
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.icons import IconLabel, dress
from smtpwizard.gui.widgets.notification import Notification
from smtpwizard.gui.widgets.pill import Chip, Pill
from smtpwizard.gui.widgets.save_bar import SaveBar
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Stage,
    StageResult,
    Status,
)


def _nothing() -> None:
    """What a button of the sheet does."""


class ComponentSheet(QWidget):
    """Two columns of components; a label says the state of each."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Components")
        self._ringed_widgets: list[QWidget] = []
        self._rings: list[Ring] = []
        columns = QHBoxLayout(self)
        columns.setContentsMargins(24, 20, 24, 20)
        columns.setSpacing(32)
        left = (
            ("Buttons", self._buttons),
            ("Fields", self._fields),
            ("Check boxes and radio buttons", self._boxes),
            ("Tiles", self._tiles),
            ("Cards and rows", self._cards),
            ("States, by shape and word", self._states),
            ("Pills and chips", self._pills),
            ("Stage rows", self._stages),
            ("Cause card", self._cause),
        )
        right = (
            ("Notifications", self._notifications),
            ("Banners", self._banners),
            ("Folds", self._folds),
            ("Literal text", self._code),
            ("Save bar", self._save_bar),
            ("Empty state", self._empty),
        )
        for parts in (left, right):
            column = QVBoxLayout()
            column.setSpacing(10)
            for title, make in parts:
                column.addWidget(plain_label(title, heading="section"))
                self._put(column, make)
                column.addSpacing(6)
            column.addStretch(1)
            columns.addLayout(column, 1)
        self.resize(1180, max(self.sizeHint().height(), self.heightForWidth(1180)) + 60)

    def _put(self, column: QVBoxLayout, make: Callable[[], list[QLayout | QWidget]]) -> None:
        for part in make():
            if isinstance(part, QWidget):
                column.addWidget(part)
            else:
                column.addLayout(part)

    def show_focus(self) -> None:
        """Draw the rings: a window has one focus, a sheet has several."""
        self.focused_edit.setFocus()
        for widget in self._ringed_widgets:
            ring = Ring()
            ring.surround(widget)
            self._rings.append(ring)

    def _ringed(self, widget: QWidget) -> QWidget:
        self._ringed_widgets.append(widget)
        return widget

    # -- left ---------------------------------------------------------------------------------

    def _buttons(self) -> list[QLayout | QWidget]:
        plain, hover, pressed = (button(text, _nothing) for text in ("Plain", "Hover", "Pressed"))
        hover.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
        pressed.setDown(True)
        off = button("Disabled", _nothing)
        off.setEnabled(False)
        focus = self._ringed(button("Focus", _nothing))
        filled = [button(text, _nothing) for text in ("Next step", "Focus", "Disabled")]
        for push in filled:
            set_tone(push, "next", "true")
        filled[2].setEnabled(False)
        self._ringed(filled[1])
        more = QToolButton()
        more.setAccessibleName("More")
        dress(more, "more", "text")
        quiet = button("Quiet", _nothing, icon="copy", quiet=True)
        remove = button("Remove", _nothing, icon="trash", danger=True)
        link = link_button("Link in a sentence", _nothing)
        return [
            line(plain, hover, pressed, focus, off, None),
            line(*filled, None),
            line(quiet, remove, more, link, None),
        ]

    def _fields(self) -> list[QLayout | QWidget]:
        form = FieldForm()
        plain = Field("a", "Server", self._edit("smtp.example.com"), "From your mail provider.")
        self.focused_edit = self._edit("smtp.exam")
        focus = Field("b", "Server", self.focused_edit, "Focus: 2 px, nothing moves.")
        form.add_pair(plain, focus)
        wrong = Field("c", "Port", self._edit("70000"))
        wrong.touched = True
        wrong.set_error("A port is 1 to 65535.")
        fixed = self._edit("https://login.example.com/oauth2/redirect")
        fixed.setReadOnly(True)
        fixed.setCursorPosition(0)
        read = Field("d", "Redirect URI", fixed, "Read only: sunken, can be copied.")
        form.add_pair(wrong, read)
        warned = Field("e", "Port", self._edit("465"))
        warned.set_warning("465 goes with SSL/TLS.")
        warned.set_action("Use SSL/TLS", _nothing)
        edit = self._edit("")
        edit.setEnabled(False)
        disabled = Field("f", "Password", edit, "Disabled.", rest="– optional")
        form.add_pair(warned, disabled)
        box = QComboBox()
        box.addItems(["STARTTLS", "SSL/TLS", "None"])
        form.add(Field("g", "Encryption method", box, "Chosen for you."))
        return [form]

    def _edit(self, text: str) -> QLineEdit:
        edit = line_edit()
        edit.setText(text)
        return edit

    def _boxes(self) -> list[QLayout | QWidget]:
        boxes: list[QCheckBox | QRadioButton] = [
            QCheckBox("Checked"), QCheckBox("Not checked"), QRadioButton("Chosen"),
            QRadioButton("Not chosen"), QCheckBox("Disabled"),
        ]  # fmt: skip
        boxes[0].setChecked(True)
        boxes[2].setChecked(True)
        boxes[4].setEnabled(False)
        return [line(*boxes, None, spacing=16)]

    def _tiles(self) -> list[QLayout | QWidget]:
        tiles = [
            Tile("Ex", "Plain", "One line of help"),
            Tile("Gm", "Chosen", "Tint, 2 px, tick"),
            Tile("+", "Focus", "Ring outside"),
        ]
        tiles[1].radio.setChecked(True)
        self._ringed(tiles[2])
        return [line(*tiles)]

    def _cards(self) -> list[QLayout | QWidget]:
        cards = [Choice("Plain", "What then happens"), Choice("Chosen", "What then happens")]
        cards[1].radio.setChecked(True)
        off = Choice("Disabled", "")
        off.set_available(False, "The provider has no such thing.")
        rows = [
            ChoiceRow("Plain row", "Settings of it"),
            ChoiceRow("Chosen row", "smtp.example.com, port 587, STARTTLS"),
        ]
        self._group = QButtonGroup(self)
        for row, text, tone in zip(
            rows, ("Check first", "Trusted"), ("warning", "success"), strict=True
        ):
            row.end.addWidget(Pill(text, tone))
            self._group.addButton(row.radio)
        rows[1].radio.setChecked(True)
        return [line(*cards, off), ChoiceList(rows)]

    def _states(self) -> list[QLayout | QWidget]:
        states = (
            ("passed", "success", "Verified"), ("failed", "danger", "Failed"),
            ("warning", "warning", "Nobody knows"), ("clock", "warning", "Ends soon"),
            ("changed", "link", "Changed"), ("untested", "muted", "Not tested"),
            ("running", "link", "Running"), ("crown", "crown", "Default"),
        )  # fmt: skip
        shown = [
            line(IconLabel(icon, token), plain_label(text, wrap=False), spacing=5)
            for icon, token, text in states
        ]
        return [line(*shown[:6], None, spacing=14), line(*shown[6:], None, spacing=14)]

    def _pills(self) -> list[QLayout | QWidget]:
        pills = [
            Pill("Trusted", "success"), Pill("Check first", "warning"),
            Pill("Failed at Sign in", "danger"), Pill("Production"),
        ]  # fmt: skip
        chips = [Chip("All"), Chip("Failed", "failed"), Chip("Verified", "passed")]
        for chip, count in zip(chips, (12, 2, 6), strict=True):
            chip.show_count(count)
        chips[0].setChecked(True)
        self._ringed(chips[2])
        return [line(*pills, None), line(*chips, None)]

    # -- right --------------------------------------------------------------------------------

    def _stages(self) -> list[QLayout | QWidget]:
        ended, running = StageTable(), StageTable()
        reply = Reply(535, "5.7.8", "Authentication credentials invalid")
        states = {Stage.AUTH: Status.FAILED}
        at = STAGES.index(Stage.AUTH)
        results = [
            StageResult(
                stage, states.get(stage, Status.PASSED), 24, reply if states.get(stage) else None
            )
            for stage in STAGES[: at + 1]
        ]
        ended.show_all((*results, *(StageResult(stage) for stage in STAGES[at + 1 :])), None)
        for stage in STAGES[:2]:
            running.show_result(StageResult(stage, Status.PASSED, 21))
        running.show_result(StageResult(STAGES[2], running=True))
        running.show_result(StageResult(STAGES[3], Status.UNKNOWN, 30000))
        return [ended, running]

    def _cause(self) -> list[QLayout | QWidget]:
        cards = CauseCards(TaskRunner(lambda _: None))
        credentials = Cause(
            "bad_credentials",
            Likelihood.HIGH,
            Actor.YOU,
            ("auth: 535 5.7.8 Authentication failed",),
            values={"server": "smtp.example.com:587", "username": "mailer@example.com"},
        )
        other = Cause("smtp_auth_disabled_mailbox", Likelihood.LOW, Actor.MAIL_ADMIN)
        cards.show_causes((credentials, other), kicker="Stopped at Sign in")
        return [cards]

    def _notifications(self) -> list[QLayout | QWidget]:
        out: list[QLayout | QWidget] = []
        for words in (
            ("passed", "Invoices is saved", "Verified a minute ago.", ""),
            ("info", "Payslips was changed in another window", "The list shows it.", "Undo"),
            ("failed", "Newly broken: Payslips", "Its certificate ended.", "Show"),
            ("unknown", "Nobody knows whether it was taken", "Look into the mailbox.", ""),
            ("running", "Verifying 12 connectors", "7 done, 1 failed so far", "Stop"),
        ):
            notification = Notification()
            notification.show_text(*words)
            notification.show_progress(7, 12)
            out.append(notification)
        return out

    def _banners(self) -> list[QLayout | QWidget]:
        out: list[QLayout | QWidget] = []
        for number, tone in enumerate(MARKS):
            banner = Banner(tone, small=number > 1)
            banner.show_text(
                f"A banner: {tone}", "A sentence under it." if number < 3 else "", "2 s"
            )
            if tone == "failed":
                banner.add_button(button("What to do", _nothing))
            out.append(banner)
        return out

    def _folds(self) -> list[QLayout | QWidget]:
        closed, opened = Fold("Advanced", "– CA file, EHLO name"), Fold("Details", "– open")
        opened.body.addWidget(plain_label("What was folded away."))
        opened.set_open(True)
        return [closed, opened]

    def _code(self) -> list[QLayout | QWidget]:
        return [CodeBox("Set-CASMailbox -Identity mailer@example.com", "Command")]

    def _save_bar(self) -> list[QLayout | QWidget]:
        bar = SaveBar()
        bar.show_changes(["Port", "User"])
        return [bar]

    def _empty(self) -> list[QLayout | QWidget]:
        return [
            EmptyState(
                "search",
                "No connector contains “payrol”",
                "It looks into name, server, user and cause.",
                "Clear the filter",
                _nothing,
            )
        ]
