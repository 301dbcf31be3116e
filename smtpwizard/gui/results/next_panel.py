"""The next click after a failure, in a frame of its own: one filled button and what it does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from smtpwizard.flow.next_click import NextClick
from smtpwizard.gui.results.cause_steps import Go, go_text
from smtpwizard.gui.results.fix_card import FixCards
from smtpwizard.gui.results.later_button import LaterButton
from smtpwizard.gui.widgets.beside import BesideOrUnder, words_need
from smtpwizard.gui.widgets.elements import breakable, button, plain_label
from smtpwizard.messages.causes import StepText


class NextPanel(QFrame):
    """Holds the fixes and one more button: to wait, to ask, to go to a field, to test again."""

    def __init__(self, ask: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("card", "sunken")
        self.kind: NextClick | None = None
        self.go: Go | None = None
        self.test: Callable[[], object] | None = None
        self.field = ""
        """The field that it leads to, where it does."""
        self.fixes = FixCards()
        self.later = LaterButton()
        self.ask_button = button("", ask, icon="mail")
        self.go_button = button("", self._lead, icon="arrow")
        self.test_button = button(self.tr("Test again"), self._test, icon="again")
        self.step = plain_label()
        self.then = plain_label(tone="quiet")
        self._buttons: dict[NextClick, QPushButton] = {
            NextClick.LATER: self.later,
            NextClick.ASK: self.ask_button,
            NextClick.FIELD: self.go_button,
            NextClick.TEST: self.test_button,
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(10)
        column.addWidget(self.step)
        self._row = BesideOrUnder((*self._buttons.values(), self.then), words_need, spacing=12)
        column.addWidget(self._row)
        column.addWidget(self.fixes)
        self.hide()

    def show_next(
        self, kind: NextClick | None, step: StepText | None, ask: str, *, told: bool
    ) -> None:
        """Offer this click, for this step; None offers nothing. `ask` is what the button to ask
        says; with `told` the step stands here, and not among the others."""
        self.kind = kind
        self.later.reset()
        self.ask_button.setText(ask)
        leads = kind is NextClick.FIELD and step is not None and step.fields
        self.field = step.fields[0] if leads and step is not None else ""
        field = kind is NextClick.FIELD and told
        self.go_button.setText(go_text(self.field) if self.field else "")
        for each, push in self._buttons.items():
            push.setVisible(each is kind)
        self.step.setText(breakable(step.short) if field and step is not None else "")
        self.step.setVisible(field)
        self.then.setText(self._consequence(kind))
        self.then.setVisible(kind in self._buttons)
        self._row.setVisible(kind in self._buttons)
        self._row.turn()
        self.setVisible(kind is not None)

    def _consequence(self, kind: NextClick | None) -> str:
        if kind is NextClick.LATER:
            return self.tr("Tests again by itself, while this window is open.")
        if kind is NextClick.ASK:
            return self.tr("A message with their steps, ready to send. No password in it.")
        if kind is NextClick.FIELD:
            # Where that is, is said in the line about who must act.
            return self.tr("This result stays until something changes.")
        return self.tr("With the same settings.") if kind is NextClick.TEST else ""

    def button(self) -> QPushButton | None:
        """The one to be filled."""
        if self.kind is NextClick.FIX:
            return self.fixes.first_button()
        return self._buttons.get(self.kind) if self.kind is not None else None

    def _lead(self) -> None:
        if self.go is not None and self.field:
            self.go(self.field)

    def _test(self) -> None:
        if self.test is not None:
            self.test()
