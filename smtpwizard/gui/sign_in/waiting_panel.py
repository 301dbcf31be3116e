"""The wait for a sign-in in the browser: what to do there, its code, and the time that is left."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    line,
    plain_label,
    separator,
    set_next_step,
    set_tone,
)
from smtpwizard.gui.widgets.fields import Field, line_edit, scroll_to, show_field
from smtpwizard.gui.widgets.flow import flow
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.icons import IconLabel, dress
from smtpwizard.gui.widgets.style import number_side
from smtpwizard.messages.waiting import browser_errors, waiting_steps
from smtpwizard.model.pasted_registration import inserted, looks_final
from smtpwizard.model.registration import Family, Redirect

if TYPE_CHECKING:
    from smtpwizard.oauth.signed_in import Progress

MORE_SECONDS = 300.0
# Below this the time left is shown as a warning, seconds.
HURRY_S = 60


class WaitingPanel(QWidget):
    """Everything that helps while a sign-in waits for its user.

    `answered` comes with the final address as pasted, `extended` with the seconds that the user
    added, `page_wanted` with the address to open again; `cancelled` when the user gives up.
    """

    answered = Signal(str)
    extended = Signal(float)
    page_wanted = Signal(str)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._progress: Progress | None = None
        self._ends_at = 0.0
        self._whole = 1.0
        self._typed = ""
        self.family: Family | None = None
        self.account = ""
        self.registered = ""
        """The redirect URI that the registration has to have; empty where it needs none."""
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        frame = QFrame()
        frame.setProperty("card", "true")
        self._column = QVBoxLayout(frame)
        self._column.setContentsMargins(20, 16, 20, 16)
        self._column.setSpacing(12)
        self.errors = Fold(
            self.tr("The browser shows an error"),
            self.tr("– access blocked, wrong redirect URI, no page at all"),
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12)
        outer.addWidget(frame)
        outer.addWidget(self.errors)
        self._build_head()
        self._build_steps()
        self._build_foot()

    # -- building -----------------------------------------------------------------------------

    def _build_head(self) -> None:
        self.title = plain_label(heading="section")
        self.sentence = plain_label(tone="quiet")
        self.countdown = plain_label(tone="quiet", wrap=False)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(IconLabel("running", px=22), 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        head.addWidget(self.countdown, 0, Qt.AlignmentFlag.AlignTop)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Time left"))
        self._column.addLayout(head)
        self._column.addWidget(self.bar)
        self.no_browser = Banner("unknown", small=True)
        self.no_browser.hide()
        self._column.addWidget(self.no_browser)
        self.address_edit = line_edit()
        self.address_edit.setReadOnly(True)
        self.address_edit.setProperty("fixed", "true")
        self.address_field = Field(
            "sign_in.address",
            self.tr("Sign-in page"),
            self.address_edit,
            self.tr("The whole link."),
        )
        self._column.addWidget(self.address_field.box)

    def _build_steps(self) -> None:
        self._steps = QVBoxLayout()
        self._steps.setSpacing(8)
        self._column.addLayout(self._steps)
        self._rows: list[QWidget] = []
        self.answer_edit = line_edit()
        self._example = ""
        self.answer_edit.setProperty("fixed", "true")
        self.continue_button = button(self.tr("Continue"), self._give_answer)
        self.answer_field = Field(
            "sign_in.answer",
            self.tr("Final address"),
            self.answer_edit,
            self.tr("Pasting is enough; it goes on by itself."),
            beside=(self.continue_button,),
        )
        self.answer_edit.textChanged.connect(self._answer_changed)
        self.answer_edit.returnPressed.connect(self._give_answer)
        self._device = self._build_device()
        self.answer_field.box.setParent(self)
        self._device.setParent(self)

    def _build_device(self) -> QWidget:
        self.code_edit = line_edit()
        self.code_edit.setReadOnly(True)
        self.code_edit.setAccessibleName(self.tr("Code"))
        font = QFont(self.font())
        font.setPointSizeF(self.font().pointSizeF() * 2)
        font.setBold(True)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 110)
        self.code_edit.setFont(font)
        self.code_edit.setProperty("large", "true")
        self.copy_code_button = button(self.tr("Cop&y the code"), self._copy_code, icon="copy")
        out = QWidget()
        out.setLayout(line(self.code_edit, self.copy_code_button, None))
        return out

    def _build_foot(self) -> None:
        self._column.addWidget(separator())
        self.copy_button = button(self.tr("Copy the &link"), self._copy_link, icon="copy")
        self.open_button = button(self.tr("O&pen again"), self._open_again, icon="open")
        self.more_button = button(self.tr("Five more minutes"), self._more_time)
        dress(self.more_button, "clock", "text")  # here it warns of nothing
        self.cancel_button = button(self.tr("Cancel sign-in"), self.cancelled.emit)
        row = line(flow((self.copy_button, self.open_button, self.more_button)))
        row.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignTop)
        row.setStretch(0, 1)
        self._column.addLayout(row)

    # -- showing ------------------------------------------------------------------------------

    def show_progress(self, progress: Progress | None, redirect: Redirect) -> None:
        """Wait for the user as `progress` says; None while nothing is known yet."""
        self._progress = progress
        code = progress.user_code if progress is not None else None
        paste = progress is not None and redirect is Redirect.WEB
        self._say(redirect, waits=progress is not None)
        self._show_steps(redirect, known=progress is not None, paste=paste, code=code is not None)
        for widget in (self.countdown, self.bar, self.copy_button, self.open_button, self.errors):
            widget.setVisible(progress is not None)
        self.more_button.setVisible(progress is not None and code is None)
        self.no_browser.hide()
        show_field(self.address_field, False)
        self.continue_button.setEnabled(False)
        self.show()
        if progress is None:
            return
        self._whole = max(progress.seconds, 1.0)
        self._ends_at = time.monotonic() + progress.seconds
        self.address_edit.setText(progress.url)
        self.address_edit.setCursorPosition(0)
        self._example = f"{progress.redirect_uri}?code=…" if paste else ""
        self._fit_example()
        # A loopback address has another port each time: nobody can register that.
        sent_to = self.registered if redirect is Redirect.LOOPBACK else progress.redirect_uri
        self._show_errors(redirect, sent_to)
        if code is not None:
            self.code_edit.setText(code)
            width = self.code_edit.fontMetrics().horizontalAdvance(code + "MM")
            self.code_edit.setFixedWidth(width + 24)
            announce(self.code_edit, self.tr("The code is {0}").format(code))
        (self.answer_edit if paste else self.copy_button).setFocus()
        self._clock.start()
        self._tick()

    def _say(self, redirect: Redirect, *, waits: bool) -> None:
        if not waits:
            asks = redirect is Redirect.APP
            title = self.tr("Asking the sign-in server…") if asks else self.tr("Preparing…")
            self.title.setText(title)
            self.sentence.setText(self.tr("No email is sent."))
            return
        self.title.setText(
            self.tr("Waiting for the code to be entered")
            if redirect is Redirect.DEVICE
            else self.tr("Waiting for you in the browser")
        )
        self.sentence.setText(self.tr("Nothing is sent until you say so there."))
        announce(self.title, self.title.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_example()

    def _fit_example(self) -> None:
        """What the address will look like, both ends of it, as far as there is room."""
        room = self.answer_edit.width() - self.fontMetrics().height() * 2
        metrics, middle = self.answer_edit.fontMetrics(), Qt.TextElideMode.ElideMiddle
        self.answer_edit.setPlaceholderText(metrics.elidedText(self._example, middle, room))

    def _show_steps(self, redirect: Redirect, *, known: bool, paste: bool, code: bool) -> None:
        """Numbered steps, with the box under the one that asks for it."""
        self.answer_field.box.setParent(self)
        self._device.setParent(self)
        for row in self._rows:
            self._steps.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        show_field(self.answer_field, False)
        self._device.hide()
        if not known or redirect is Redirect.APP:
            return
        steps = waiting_steps(self.family, redirect, self.account)
        for number, (text, has_box) in enumerate(steps, start=1):
            box = (self._device if code else self.answer_field.box) if has_box else None
            row = self._step(number, text, box)
            self._rows.append(row)
            self._steps.addWidget(row)
            row.show()
        show_field(self.answer_field, paste)
        self._device.setVisible(code)
        order = (
            self.address_edit,
            self.code_edit,
            self.copy_code_button,
            self.answer_edit,
            self.continue_button,
            self.copy_button,
            self.open_button,
            self.more_button,
            self.cancel_button,
            self.errors.button,
        )
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _step(self, number: int, text: str, box: QWidget | None) -> QWidget:
        mark = plain_label(str(number), wrap=False)
        mark.setProperty("number", "step")
        mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        side = number_side(self.font().pointSizeF())
        mark.setFixedSize(side, side)
        words = QVBoxLayout()
        words.setSpacing(8)
        said = plain_label(text)
        # The first line stands beside the middle of its number.
        lift = max(0, (side - said.fontMetrics().height()) // 2)
        said.setContentsMargins(0, lift, 0, 0)
        said.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.addWidget(said)
        if box is not None:
            words.addWidget(box)
        out = QWidget()
        row = QHBoxLayout(out)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return out

    def _show_errors(self, redirect: Redirect, redirect_uri: str) -> None:
        self.errors.set_open(False)
        while (item := self.errors.body.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for shown, means in browser_errors(self.family, redirect, redirect_uri):
            each = QWidget()
            column = QVBoxLayout(each)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            column.addWidget(plain_label(shown, tone="strong"))
            column.addWidget(plain_label(means))
            self.errors.body.addWidget(each)

    def say_no_browser(self) -> None:
        """None could be started: the link is the next step."""
        if self._progress is None:
            return
        self.no_browser.show()
        self.no_browser.show_text(
            self.tr("No browser could be opened here."),
            self.tr("Copy the link, and open it in any browser in which you can sign in."),
        )
        show_field(self.address_field, True)
        set_next_step(self.copy_button)
        self.copy_button.setFocus()
        scroll_to(self.copy_button)

    def next_step(self) -> QPushButton | None:
        """The button that is what to do next, where it is not in the browser."""
        return self.copy_button if not self.no_browser.isHidden() else None

    def end(self) -> None:
        """Wait no longer; nothing that was shown or typed stays."""
        self._clock.stop()
        self._progress = None
        inside = self.window().focusWidget()
        if inside is not None and self.isAncestorOf(inside):
            inside.clearFocus()
        for edit in (self.address_edit, self.answer_edit, self.code_edit):
            edit.clear()
        self.hide()

    def complain(self, text: str) -> None:
        """Say why the pasted address is not the answer, and have it pasted again."""
        self.answer_field.set_error(text)
        self.continue_button.setEnabled(bool(self.answer_edit.text().strip()))
        self.answer_edit.setFocus()
        self.answer_edit.selectAll()

    # -- the clock ----------------------------------------------------------------------------

    def _tick(self) -> None:
        left = max(0, round(self._ends_at - time.monotonic()))
        self.countdown.setText(self.tr("{0}:{1} left").format(left // 60, f"{left % 60:02}"))
        set_tone(self.countdown, "tone", "warning" if left < HURRY_S else "quiet")
        self.bar.setRange(0, round(self._whole))
        self.bar.setValue(left)
        if left == HURRY_S:
            announce(self.countdown, self.tr("One minute left for signing in"))

    def _more_time(self) -> None:
        if self._progress is not None:
            self._progress.extend(MORE_SECONDS)
            self.extended.emit(MORE_SECONDS)
            self._ends_at += MORE_SECONDS
            self._whole = max(self._whole, self._ends_at - time.monotonic())
            self._tick()
            announce(self.countdown, self.countdown.text())

    # -- the link and the answer --------------------------------------------------------------

    def _copy_link(self) -> None:
        QGuiApplication.clipboard().setText(self.address_edit.text())
        announce(self.copy_button, self.tr("Link copied"))
        if self.answer_edit.isVisible():
            self.answer_edit.setFocus()

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self.code_edit.text())
        announce(self.copy_code_button, self.tr("Code copied"))

    def _open_again(self) -> None:
        if self._progress is not None:
            self.page_wanted.emit(self._progress.url)

    def _answer_changed(self, text: str) -> None:
        came = inserted(self._typed, text)
        self._typed = text
        self.continue_button.setEnabled(bool(text.strip()))
        if self._progress is not None and len(came) > 1 and looks_final(text):
            self._give_answer()

    def _give_answer(self) -> None:
        text = self.answer_edit.text().strip()
        if text and self.continue_button.isEnabled():
            # Once; another text, or why this is none, lets it be given again.
            self.continue_button.setEnabled(False)
            self.answer_field.set_error("")
            self.answered.emit(text)
