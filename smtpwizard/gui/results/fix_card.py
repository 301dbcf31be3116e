"""What the wizard can try itself after a failed test: before and after, and a button.

Decides nothing: the owner of the cards verifies with the change and keeps it if it helped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.flow.fixes import Change, Fix
from smtpwizard.gui.widgets.beside import BesideOrUnder, words_need
from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    line,
    plain_label,
    separator,
    set_tip,
    value_label,
)
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.messages.certificates import certificate_rows, fingerprint_name
from smtpwizard.messages.fixes import (
    EMPTY,
    change_text,
    changed_field,
    consent_text,
    fix_title,
    group_fingerprint,
    value_text,
)
from smtpwizard.model.stage_facts import CertificateFacts

# Characters of a value that are shown; the whole of it is in the tool tip.
MAX_SHOWN = 44


class FixCards(QWidget):
    """One card a fix; `wanted` comes with the fix once the user has agreed to all it needs."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[FixCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self.hide()

    def show_fixes(self, fixes: Iterable[Fix]) -> None:
        """Offer these fixes; none hides everything."""
        for old in self.cards:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.cards = [FixCard(fix, apart=number > 0) for number, fix in enumerate(fixes)]
        for each in self.cards:
            each.wanted.connect(self.wanted)
            self._column.addWidget(each)
        self.setVisible(bool(self.cards))

    def first_button(self) -> QPushButton | None:
        """The button of the first fix that asks for no consent: nobody is led into trusting."""
        return next((card.try_button for card in self.cards if card.consent is None), None)


class FixCard(QWidget):
    """One fix: what changes, and the button; a certificate is shown before it is trusted."""

    wanted = Signal(object)

    def __init__(self, fix: Fix, *, apart: bool = False) -> None:
        super().__init__()
        self.fix = fix
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        if apart:
            column.addWidget(separator())
        if fix.changes:
            column.addLayout(self._build_changes(fix.changes))
        self._after = {change.field: change.after for change in fix.changes}
        self.try_button = button(fix_title(fix.id, self._after), self._clicked)
        self.try_button.setAccessibleDescription(
            "; ".join(change_text(c.field, c.before, c.after) for c in fix.changes)
        )
        if fix.consent is not None:
            then = self.tr("Shows the certificate first. Kept only if it gets further.")
        elif fix.draft is not None:
            then = self.tr("Tests again at once. Kept only if it gets further.")
        else:
            then = self.tr("Leads to the sign-in.")
        self.then = plain_label(then, tone="quiet")
        column.addWidget(BesideOrUnder((self.try_button, self.then), words_need, spacing=12))
        self.consent = self._build_consent(fix.consent) if fix.consent is not None else None
        if self.consent is not None:
            self.consent.hide()
            column.addWidget(self.consent)

    def _build_changes(self, changes: Sequence[Change]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        names = [plain_label(changed_field(c.field), tone="strong", wrap=False) for c in changes]
        widest = max(name.sizeHint().width() for name in names)
        for name, change in zip(names, changes, strict=True):
            if len(names) > 1:
                name.setMinimumWidth(widest)  # one under the other
            now = self._value(self.tr("now {0}"), "now", change.field, change.before)
            then = QWidget()  # the arrow goes with what it points to
            after = self._value(self.tr("then {0}"), "then", change.field, change.after)
            then.setLayout(line(IconLabel("arrow", "text"), after, spacing=10))
            column.addLayout(FlowLayout(name, now, then, spacing=10))
        return column

    def _value(self, words: str, kind: str, field: str, value: str) -> QWidget:
        """A value in fixed pitch, as it is typed, behind a word that says which of the two."""
        whole = value_text(field, value)
        frame = QFrame()
        frame.setProperty("value", kind)
        frame.setAccessibleName(words.format(whole))
        label = plain_label(shorten(whole), wrap=False)
        label.setProperty("fixed", "true")
        if shorten(whole) != whole:
            set_tip(label, whole)
        before, _, behind = words.partition("{0}")
        said = [plain_label(text.strip(), tone="quiet", wrap=False) for text in (before, behind)]
        row = line(*(each for each in (said[0], label, said[1]) if each.text()), spacing=5)
        row.setContentsMargins(8, 1, 8, 1)
        frame.setLayout(row)
        return frame

    def _build_consent(self, certificate: CertificateFacts) -> QWidget:
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        asked = consent_text(self.fix.id, self._after)
        column.addWidget(plain_label(asked.question, heading="section"))
        column.addWidget(plain_label(asked.explanation))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(14)
        for name, value in certificate_rows(certificate):
            row = grid.rowCount()
            grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0)
            grid.addWidget(plain_label(breakable(value)), row, 1)
        row = grid.rowCount()
        name = fingerprint_name()
        grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0, 1, 2)
        self.fingerprint = value_label(group_fingerprint(certificate.fingerprint) or EMPTY, name)
        self.fingerprint.setProperty("fixed", "true")
        grid.addWidget(self.fingerprint, row + 1, 0, 1, 2)
        column.addLayout(grid)
        self.trust_button = button(asked.agree, lambda: self.wanted.emit(self.fix))
        self.leave_button = button(asked.decline, self._leave)
        column.addLayout(line(self.leave_button, self.trust_button, None))
        return out

    def _clicked(self) -> None:
        if self.consent is None:
            self.wanted.emit(self.fix)
            return
        self.consent.show()
        scroll_to(self)
        # Not the button that agrees: that takes a step of its own.
        self.leave_button.setFocus()

    def _leave(self) -> None:
        if self.consent is not None:
            self.consent.hide()
        self.try_button.setFocus()


def shorten(text: str) -> str:
    """A value with its middle left out, where it is too long to stand beside another."""
    if len(text) <= MAX_SHOWN:
        return text
    half = (MAX_SHOWN - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
