"""One certificate that a server shows: for whom, by whom, until when, and who trusts it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from smtpwizard.gui.widgets.elements import breakable, button, line, plain_label, value_label
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.messages.certificates import (
    certificate_rows,
    fingerprint_name,
    trusted_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.certificates import Certificate, days_left


class ShownCertificate(QFrame):
    """A card; `trust` and `pin` say that it is to be trusted, by all of the project or by one.

    `vouched`: the project trusts it already, and it is a connector that does not.
    """

    trust = Signal(object)
    pin = Signal(object)

    def __init__(self, one: Certificate, *, own: bool, vouched: bool = False) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.certificate = one
        name = clean_text(one.name, 200)
        self.setAccessibleName(name)
        self.title = plain_label(breakable(name), heading="section")
        self.pill = Pill(*self._verdict(one))
        self.words = plain_label(trusted_text(one.trusted, one.why, Face.WINDOW))
        head = line(self.title, None, self.pill)
        head.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.words)
        column.addLayout(self._facts(one))
        self.trust_button = button(
            self.tr("Trust for this project…"),
            lambda: self.trust.emit(one),
            name=self.tr("Trust {0} for this project").format(name),
        )
        self.pin_button = button(
            self.tr("Use for one connector…"),
            lambda: self.pin.emit(one),
            name=self.tr("Use {0} for one connector").format(name),
        )
        wanted = (
            not vouched
            and one.trusted == "no"
            and one.why in (None, "cert_untrusted", "cert_self_signed")
        )
        self.trust_button.setVisible(wanted)
        # What is in between is trusted by its authority.
        self.pin_button.setVisible(wanted and (own or one.authority))
        self.best = plain_label(
            self.tr("The one to trust: it holds when the server's certificate is renewed, too."),
            tone="strong",
        )
        self.best.hide()
        self.offered = wanted
        """Whether it can be trusted from here."""
        if wanted:
            column.addWidget(self.best)
            column.addLayout(FlowLayout(self.trust_button, self.pin_button))

    def lead(self, *, among_others: bool) -> None:
        """It is the one that letters with Alt trust; where others could be, too, it says why."""
        self.trust_button.setText(self.tr("Trust for this &project…"))
        self.pin_button.setText(self.tr("Use for o&ne connector…"))
        self.best.setVisible(among_others and self.certificate.authority)

    def _verdict(self, one: Certificate) -> tuple[str, str]:
        if one.trusted == "system":
            return self.tr("Trusted"), "success"
        if one.trusted == "project":
            return self.tr("Trusted by this project"), "success"
        if one.trusted == "connector":
            return self.tr("Trusted by one connector"), "success"
        return self.tr("Not trusted"), "warning"

    def _facts(self, one: Certificate) -> QGridLayout:
        facts = one.facts
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for name, value in certificate_rows(facts, authority=one.authority, days=days_left(one)):
            row = grid.rowCount()
            grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0)
            grid.addWidget(plain_label(breakable(value)), row, 1)
        row = grid.rowCount()
        name = fingerprint_name()
        grid.addWidget(plain_label(name, tone="quiet", wrap=False), row, 0, 1, 2)
        self.fingerprint = value_label(group_fingerprint(facts.fingerprint), name)
        self.fingerprint.setProperty("fixed", "true")
        grid.addWidget(self.fingerprint, row + 1, 0, 1, 2)
        return grid
