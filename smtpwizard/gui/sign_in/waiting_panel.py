"""The wait for a sign-in in the browser: its address, its code, and the time that is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import announce, button, plain_label, set_tone
from smtpwizard.gui.widgets.fields import Field, FieldForm, line_edit, show_field
from smtpwizard.model.registration import Redirect

if TYPE_CHECKING:
    from smtpwizard.oauth.signed_in import Progress

MORE_SECONDS = 300.0
# Below this the time left is shown as a warning, seconds.
HURRY_S = 60


class WaitingPanel(QFrame):
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
        self.setProperty("card", "true")
        self._progress: Progress | None = None
        self._ends_at = 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        self.countdown = plain_label(tone="hint")
        column.addWidget(self.countdown)
        self._device = self._build_device()
        column.addWidget(self._device)
        grid = FieldForm()
        self.address_edit = line_edit()
        self.address_edit.setReadOnly(True)
        self.address_field = grid.add(
            Field(
                "sign_in.address",
                self.tr("Sign-in page"),
                self.address_edit,
                self.tr("For another browser, or another profile of it: copy the link."),
            )
        )
        self.copy_button = button(self.tr("Copy the &link"), self._copy_link)
        self.open_button = button(self.tr("O&pen again"), self._open_again)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.copy_button)
        line.addWidget(self.open_button)
        line.addStretch(1)
        line.setContentsMargins(0, 0, 0, 8)
        grid.addLayout(line)
        self.answer_edit = line_edit()
        self.continue_button = button(self.tr("Continue"), self._give_answer)
        self.answer_field = grid.add(
            Field(
                "sign_in.answer",
                self.tr("Final address"),
                self.answer_edit,
                self._answer_hint(),
                beside=(self.continue_button,),
            )
        )
        self.answer_edit.textChanged.connect(
            lambda text: self.continue_button.setEnabled(bool(text.strip()))
        )
        self.answer_edit.returnPressed.connect(self._give_answer)
        column.addLayout(grid)
        self.more_button = button(self.tr("Five more minutes"), self._more_time)
        self.cancel_button = button(self.tr("Cancel sign-in"), self.cancelled.emit)
        ends = QHBoxLayout()
        ends.setSpacing(8)
        ends.addWidget(self.cancel_button)
        ends.addWidget(self.more_button)
        ends.addStretch(1)
        column.addLayout(ends)

    def _answer_hint(self) -> str:
        return self.tr(
            "After signing in, the browser shows a page of Smart Flows, or none. Copy the whole "
            "address from its address bar and paste it here."
        )

    def _build_device(self) -> QWidget:
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(plain_label(self.tr("Enter this code on the sign-in page:")))
        self.code_edit = line_edit()
        self.code_edit.setReadOnly(True)
        self.code_edit.setAccessibleName(self.tr("Code"))
        font = QFont(self.font())
        font.setPointSizeF(self.font().pointSizeF() * 2)
        font.setBold(True)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 110)
        self.code_edit.setFont(font)
        self.code_edit.setProperty("large", "true")
        self.copy_code_button = button(self.tr("Cop&y the code"), self._copy_code)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.code_edit)
        line.addWidget(self.copy_code_button)
        line.addStretch(1)
        column.addLayout(line)
        return out

    def show_progress(self, progress: Progress | None, redirect: Redirect) -> None:
        """Wait for the user as `progress` says; None while nothing is known yet."""
        self._progress = progress
        self.show()
        known = progress is not None
        code = progress.user_code if progress is not None else None
        paste = known and redirect is Redirect.WEB
        self._device.setVisible(code is not None)
        for widget in (self.countdown, self.copy_button, self.open_button, self.more_button):
            widget.setVisible(known)
        show_field(self.address_field, known)
        show_field(self.answer_field, paste)
        self.more_button.setVisible(known and code is None)
        self.continue_button.setEnabled(False)
        if progress is None:
            return
        self._ends_at = time.monotonic() + progress.seconds
        self.address_edit.setText(progress.url)
        self.address_edit.setCursorPosition(0)
        if code is not None:
            self.code_edit.setText(code)
            width = self.code_edit.fontMetrics().horizontalAdvance(code + "MM")
            self.code_edit.setFixedWidth(width + 24)
            announce(self.code_edit, self.tr("The code is {0}").format(code))
        (self.answer_edit if paste else self.copy_button).setFocus()
        self._clock.start()
        self._tick()

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
        self.answer_edit.setFocus()
        self.answer_edit.selectAll()

    def _tick(self) -> None:
        left = max(0, round(self._ends_at - time.monotonic()))
        self.countdown.setText(self.tr("Time left: {0}:{1}").format(left // 60, f"{left % 60:02}"))
        set_tone(self.countdown, "tone", "warning" if left < HURRY_S else "hint")
        if left == HURRY_S:
            announce(self.countdown, self.tr("One minute left for signing in"))

    def _more_time(self) -> None:
        if self._progress is not None:
            self._progress.extend(MORE_SECONDS)
            self.extended.emit(MORE_SECONDS)
            self._ends_at += MORE_SECONDS
            self._tick()

    def _copy_link(self) -> None:
        QGuiApplication.clipboard().setText(self.address_edit.text())
        announce(self.copy_button, self.tr("Link copied"))

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self.code_edit.text())
        announce(self.copy_code_button, self.tr("Code copied"))

    def _open_again(self) -> None:
        if self._progress is not None:
            self.page_wanted.emit(self._progress.url)

    def _give_answer(self) -> None:
        text = self.answer_edit.text().strip()
        if text:
            self.answer_field.set_error("")
            self.answered.emit(text)
