"""The question which kind of client was made at the provider, in the provider's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.choices import ChoiceList, ChoiceRow
from smtpwizard.gui.widgets.elements import announce, plain_label, set_tone
from smtpwizard.gui.widgets.fields import Field
from smtpwizard.gui.widgets.flow import flow
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.messages.client_kinds import kind_text, provider_text
from smtpwizard.model.registration import Family, Redirect


class KindQuestion(Field):
    """Radio rows, one a kind of client, each saying what then happens.

    A field of the page like the others, whose editor is the row that is chosen.
    """

    def __init__(self, choose: Callable[[Redirect], None]) -> None:
        self.box = QWidget()
        QObject.__init__(self, self.box)
        self.key = "authentication.oauth.grant"
        self.name = self.tr("Kind of client")
        self.hint = self.warning = self.error = ""
        self.touched = False
        self.beside = ()
        self._on_touch: Callable[[], None] = lambda: None
        self._choose = choose
        self._shown: tuple[object, ...] = ()
        self.radios: dict[Redirect, QRadioButton] = {}
        self.rows: dict[Redirect, ChoiceRow] = {}
        self.label = self.question = plain_label(tone="strong", wrap=True)
        self.list = ChoiceList()
        self.note = plain_label(tone="muted")
        self._sign = IconLabel()
        self._sign.hide()
        self._help = QVBoxLayout()  # for who has nothing to answer yet
        self._help.setContentsMargins(0, 0, 0, 4)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self._sign)
        below.addWidget(self.note, 1)
        column = QVBoxLayout(self.box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.question)
        column.addLayout(self._help)
        column.addWidget(self.list)
        column.addLayout(below)
        self.note.hide()

    def show_help(self, words: str, *widgets: QWidget) -> None:
        """What helps who has nothing to answer yet."""
        self._help.addWidget(flow((plain_label(words, tone="quiet", wrap=False), *widgets)))

    @property
    def editor(self) -> QRadioButton:  # type: ignore[override]
        """The row that is chosen, or the first one."""
        chosen = (radio for radio in self.radios.values() if radio.isChecked())
        return next(chosen, next(iter(self.radios.values()), QRadioButton()))

    def show_kinds(
        self, family: Family | None, provider: str, offered: Sequence[Redirect], chosen: Redirect
    ) -> None:
        """Ask about these kinds of client of a provider, with one chosen."""
        shown = (family, provider, tuple(offered))
        if shown != self._shown:
            self._shown = shown
            self._build(family, offered)
            who = provider_text(family, provider)
            self.question.setText(self.tr("Which kind of client did you make at {0}?").format(who))
        if not self.radios[chosen].isChecked():
            self.rows[chosen].show_chosen(True)
            for redirect, row in self.rows.items():
                if redirect is not chosen:
                    row.show_chosen(False)

    def _build(self, family: Family | None, offered: Sequence[Redirect]) -> None:
        group = QButtonGroup(self.list)
        self.rows = {}
        for redirect in offered:
            name, note = kind_text(family, redirect)
            row = ChoiceRow(name, note)
            group.addButton(row.radio)
            row.radio.toggled.connect(
                lambda checked, redirect=redirect: self._toggled(redirect, checked)
            )
            layout = row.layout()
            if layout is not None:
                layout.setContentsMargins(11, 4, 11, 5)  # as low as two lines go
            self.rows[redirect] = row
        self.radios = {redirect: row.radio for redirect, row in self.rows.items()}
        self.list.show_rows(self.rows.values())
        for row in self.rows.values():
            row.show()  # now, and not with the next event

    def _toggled(self, redirect: Redirect, checked: bool) -> None:
        if checked:
            self._choose(redirect)
            self.touch()

    def _show(self) -> None:
        text = self.error or self.warning
        self.note.setText(text)
        self.note.setVisible(bool(text))
        set_tone(self.note, "tone", "danger" if self.error else "warning")
        self._sign.setVisible(bool(text))
        if text:
            self._sign.show_icon("failed" if self.error else "warning")

    def set_error(self, error: str) -> None:
        if error != self.error:
            self.error = error
            self._show()
            if error:
                announce(self.list, error)
