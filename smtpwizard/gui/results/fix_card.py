"""What the wizard can try itself after a failed test: before and after, and a button.

Decides nothing: the owner of the cards verifies with the change and keeps it if it helped.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.flow.fixes import Fix
from smtpwizard.gui.widgets.elements import button, plain_label, value_label
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.messages.fixes import (
    EMPTY,
    change_text,
    consent_text,
    fix_title,
    group_fingerprint,
)
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.stage_facts import CertificateFacts


class FixCards(QWidget):
    """One card a fix; `wanted` comes with the fix once the user has agreed to all it needs."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[FixCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.hide()

    def show_fixes(self, fixes: Iterable[Fix]) -> None:
        """Offer these fixes; none hides everything."""
        for old in self.cards:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.cards = [FixCard(fix) for fix in fixes]
        for each in self.cards:
            each.wanted.connect(self.wanted)
            self._column.addWidget(each)
        self.setVisible(bool(self.cards))


class FixCard(QFrame):
    """One fix: what changes, and the button; a certificate is shown before it is trusted."""

    wanted = Signal(object)

    def __init__(self, fix: Fix) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.fix = fix
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(5)
        for change in fix.changes:
            column.addWidget(plain_label(change_text(change.field, change.before, change.after)))
        self._after = {change.field: change.after for change in fix.changes}
        self.try_button = button(fix_title(fix.id, self._after), self._clicked)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.try_button)
        line.addStretch(1)
        column.addLayout(line)
        if fix.draft is not None:
            column.addWidget(
                plain_label(
                    self.tr("Tests again at once; kept only if it gets further."), tone="hint"
                )
            )
        self.consent = self._build_consent(fix.consent) if fix.consent is not None else None
        if self.consent is not None:
            self.consent.hide()
            column.addWidget(self.consent)

    def _build_consent(self, certificate: CertificateFacts) -> QWidget:
        out = QWidget()
        column = QVBoxLayout(out)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        asked = consent_text(self.fix.id, self._after)
        column.addWidget(plain_label(asked.question, heading="true"))
        column.addWidget(plain_label(asked.explanation))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(14)
        for name, value in (
            (self.tr("Names"), ", ".join(certificate.names)),
            (self.tr("Issued to"), certificate.subject),
            (self.tr("Issued by"), certificate.issuer),
            (self.tr("Valid from"), certificate.not_before[:10]),
            (self.tr("Valid until"), certificate.not_after[:10]),
        ):
            row = grid.rowCount()
            grid.addWidget(plain_label(name, tone="hint", wrap=False), row, 0)
            grid.addWidget(plain_label(clean_text(value, 600) or EMPTY), row, 1)
        row = grid.rowCount()
        name = self.tr("Fingerprint (SHA-256)")
        grid.addWidget(plain_label(name, tone="hint", wrap=False), row, 0)
        self.fingerprint = value_label(group_fingerprint(certificate.fingerprint) or EMPTY, name)
        grid.addWidget(self.fingerprint, row, 1)
        column.addLayout(grid)
        self.trust_button = button(asked.agree, lambda: self.wanted.emit(self.fix))
        self.leave_button = button(asked.decline, self._leave)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.leave_button)
        line.addWidget(self.trust_button)
        line.addStretch(1)
        column.addLayout(line)
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
