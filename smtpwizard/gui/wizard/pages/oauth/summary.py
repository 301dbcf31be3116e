"""A registration in one line, and what there is to know about its sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, line, plain_label, set_tone
from smtpwizard.gui.widgets.fields import Field
from smtpwizard.gui.widgets.flow import flow
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.messages.sign_in_facts import lasting_text, permission_text, store_text
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.usecases.sign_in_facts import SignInFacts

# So much of a client ID's beginning and end tells it from another.
_HEAD, _TAIL, _WHOLE = 4, 30, 44


def short_id(client_id: str) -> str:
    """A client ID with its middle left out where it is long."""
    text = clean_text(client_id.strip(), 200)
    return text if len(text) <= _WHOLE else f"{text[:_HEAD]}…{text[-_TAIL:]}"


class SummaryLine(QFrame):
    """What the form says, in one line; `change_wanted` asks for the form."""

    change_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "sunken")
        self.title = plain_label(tone="strong")
        self.detail = plain_label(tone="muted")
        self.change_button = button(self.tr("Change…"), self.change_wanted.emit, quiet=True)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        row = line(IconLabel("key", "text"), spacing=12)
        row.addLayout(words, 1)
        row.addWidget(self.change_button)
        row.setContentsMargins(14, 8, 8, 8)
        self.setLayout(row)
        self.hide()

    def say(self, kind: str, client_id: str, secret: str) -> None:
        """The kind of client, its ID, and what there is of a secret."""
        self.title.setText(self.tr("OAuth: {0}").format(kind))
        self.detail.setText(" · ".join(filter(None, (short_id(client_id), secret))))
        self.change_button.setAccessibleDescription(self.title.text())


class SignedInCard(QFrame):
    """The facts of a sign-in; `again` and `other` ask for another one."""

    again = Signal()
    other = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(18)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(1, 1)
        self.again_button = button(self.tr("Sign in again"), self.again.emit, icon="again")
        self.other_button = button(self.tr("Use another account…"), self.other.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addLayout(self.grid)
        column.addWidget(flow((self.again_button, self.other_button)))
        self.facts: list[tuple[str, str]] = []
        self.ends: Field | None = None
        self._end: list[QWidget] = []
        self.hide()

    def add_end(self, field: Field) -> None:
        """The box for the day on which the client secret ends."""
        self.ends = field
        field.editor.setMaximumWidth(self.fontMetrics().horizontalAdvance("0000-00-00") * 2)
        set_tone(field.label, "tone", "quiet")  # a fact among others
        field.rest.hide()
        row = QWidget()
        content = line(field.editor, *field.beside, spacing=8)
        content.addWidget(field.box, 1, Qt.AlignmentFlag.AlignVCenter)  # its words
        row.setLayout(content)
        self._end = [field.label, row]

    def show_facts(self, facts: SignInFacts, *, has_end: bool) -> None:
        """Put these facts on the card."""
        permits, scopes = permission_text(facts.scopes)
        user = clean_text(facts.user, 254)
        rows = [
            (self.tr("User"), user, self.tr("(the mailbox that sends)") if user else ""),
            (
                self.tr("Signed in"),
                clean_text(facts.account or "", 254),
                self.tr("(for that mailbox)") if facts.account else "",
            ),
            (self.tr("Permission"), permits, clean_text(scopes, 300)),
            (self.tr("Kept in"), store_text(facts.store), ""),
            (
                self.tr("Lasts"),
                lasting_text(
                    facts.idle_days, facts.testing_days, by_application=facts.by_application
                ),
                "",
            ),
        ]
        known = [(label, text, rest) for label, text, rest in rows if text]
        for widget in self._end:
            widget.setVisible(has_end)
        self.other_button.setVisible(not facts.by_application)
        shown = [(label, f"{text} {rest}".strip()) for label, text, rest in known]
        if shown == self.facts:
            return
        self.facts = shown
        while (item := self.grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None and old not in self._end:
                old.hide()
                old.deleteLater()
        for number, (label, text, rest) in enumerate(known):
            self._add_row(number, label, text, rest, fixed=label == self.tr("Permission"))
        for column, widget in enumerate(self._end):
            self.grid.addWidget(widget, len(known), column)

    def _add_row(self, row: int, label: str, text: str, rest: str, *, fixed: bool) -> None:
        self.grid.addWidget(plain_label(label, tone="quiet", wrap=False), row, 0)
        value: QWidget = plain_label(text)
        if rest:
            more = plain_label(rest, tone="quiet", wrap=True)
            if fixed:
                set_tone(more, "fixed", "true")
            value = QWidget()
            content = line(plain_label(text, wrap=False), spacing=6)
            content.addWidget(more, 1)
            value.setLayout(content)
        self.grid.addWidget(value, row, 1)
