"""A connector's secrets, where they lie and since when, and what its last run saw of TLS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.console.connector_words import today
from smtpwizard.gui.console.detail.fact_rows import Fact, FactCard
from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.messages.certificates import fingerprint_name, vouches_text
from smtpwizard.messages.detail import (
    checked_text,
    ends_text,
    given_text,
    place_text,
    secret_name,
    valid_text,
    weaker_text,
)
from smtpwizard.messages.facts import common_name, list_text
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.messages.moments import near_text
from smtpwizard.messages.security import security_name, tls_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security

if TYPE_CHECKING:
    from smtpwizard.usecases.detail import ConnectionFacts, Detail, SecretFacts


class SecurityFacts(QWidget):
    """What both the card of the summary and the page Security show; every wish is a signal.

    `replace` and `remove` come with the kind of secret; `distrust` is about what the connector
    trusts alone.
    """

    replace = Signal(str)
    remove = Signal(str)
    sign_in = Signal()
    look = Signal()
    distrust = Signal()

    def secret_rows(self, detail: Detail, *, whole: bool) -> Iterator[Fact]:
        """A row for each secret; the `whole` one can remove it too."""
        user = detail.listed.username or ""
        now = datetime.now(UTC)
        for each in detail.secrets:
            signs_in = each.kind == "refresh_token"
            title = secret_name(each.kind)
            if signs_in and user:
                title = self.tr("Sign-in of {0}").format(clean_text(user, 100))
            words = [place_text(each.place, each.program), self._since(each, now)]
            if each.ends is not None:
                words.append(ends_text(each.ends, today()))
            missing = not each.place
            yield Fact(
                "user" if signs_in else "terminal" if each.place == "command" else "key",
                title,
                self.tr(" · ").join(filter(None, words)),
                tuple(self._buttons(each, whole)),
                "warning" if missing else "",
                "warning" if missing else "",
            )

    def _since(self, each: SecretFacts, now: datetime) -> str:
        said = given_text(each.given, each.renewed, now)
        kept = each.place not in ("", "command")
        return said or (self.tr("since when is not known") if kept else "")

    def _buttons(self, each: SecretFacts, whole: bool) -> Iterator[QPushButton]:
        name = secret_name(each.kind)
        if each.kind == "refresh_token":
            words = self.tr("Sign in again") if each.place else self.tr("Sign in")
            yield button(words, self.sign_in.emit, quiet=True)
        elif each.place != "command":
            yield button(
                self.tr("Replace…") if each.place else self.tr("Enter…"),
                partial(self.replace.emit, each.kind),
                name=self.tr("Replace {0}").format(name),
                quiet=True,
            )
        if whole and each.place not in ("", "command"):
            yield button(
                self.tr("Remove…"),
                partial(self.remove.emit, each.kind),
                name=self.tr("Remove {0}").format(name),
                danger=True,
            )

    def encryption_row(self, detail: Detail) -> Fact:
        """Version and cipher, or that nothing is known."""
        security = detail.listed.stored.connector.server.security
        found = detail.connection
        if security is Security.NONE:
            return Fact("lock", self.tr("Not encrypted"), weaker_text("unencrypted"), mark="failed")
        wanted = (
            self.tr("STARTTLS is required: without it a test stops")
            if security is Security.STARTTLS
            else self.tr("Encrypted from the first byte")
        )
        if found is None or found.version is None:
            name = security_name(security)
            return Fact("lock", self.tr("{0}, not seen yet").format(name), wanted)
        version = tls_name(found.version)
        cipher = (found.cipher or "").removeprefix("TLS_").replace("_", "-")
        seen = ", ".join(filter(None, (version, cipher)))
        return Fact("lock", clean_text(seen, 100), wanted, mark="passed")

    def protection_row(self, detail: Detail) -> Fact:
        """What of the usual protection the connector does without."""
        if not detail.weaker:
            return Fact(
                "shieldok",
                self.tr("Nothing weaker is allowed"),
                self.tr("No clear text, no pinned certificate"),
                mark="passed",
            )
        said = ". ".join(weaker_text(code) for code in detail.weaker)
        return Fact("shield", self.tr("Weaker than usual"), said, mark="warning")

    def _how_checked(self, found: ConnectionFacts) -> str:
        if not found.trusted:
            return self.tr("Shown by the server, and not accepted.")
        return checked_text(found.checked, found.issuer)


class SecurityCard(SecurityFacts):
    """The summary's card: one row each."""

    def __init__(self) -> None:
        super().__init__()
        self.card = FactCard(self.tr("Security"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.card)

    def show_detail(self, detail: Detail) -> None:
        facts = [*self.secret_rows(detail, whole=False), self.encryption_row(detail)]
        found = detail.connection
        if found is not None and found.subject is not None:
            look = button(
                self.tr("Look at it"),
                self.look.emit,
                name=self.tr("Look at the certificate"),
                quiet=True,
            )
            facts.append(
                Fact(
                    "certificate",
                    clean_text(common_name(found.subject), 100),
                    self._how_checked(found),
                    (look,),
                    "" if found.trusted else "warning",
                )
            )
        facts.append(self.protection_row(detail))
        self.card.show_facts(facts)


class SecurityPage(SecurityFacts):
    """The page: secrets, the connection as it was seen last, what is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets = FactCard(self.tr("Secrets"))
        self.connection = FactCard(self.tr("Encryption and certificate"))
        self.allowed = FactCard(self.tr("What is allowed"))
        self.seen = plain_label(tone="muted", wrap=False)
        self.connection.head.addWidget(self.seen)
        column = QVBoxLayout(self)
        column.setContentsMargins(RING_ROOM, 0, 8, 0)
        column.setSpacing(16)
        for part in (self.secrets, self.connection, self.allowed):
            column.addWidget(part)
        column.addStretch(1)

    def show_detail(self, detail: Detail) -> None:
        none = Fact("key", self.tr("None"), self.tr("This connector signs in without a secret."))
        self.secrets.show_facts(list(self.secret_rows(detail, whole=True)) or [none])
        found = detail.connection
        self.seen.setText(
            self.tr("seen {0}").format(
                near_text(found.at, datetime.now().astimezone(), within=True)
            )
            if found is not None
            else ""
        )
        self.connection.show_facts(
            [self.encryption_row(detail), *self._certificate(found), *self._trusted(detail)]
        )
        self.allowed.show_facts([self.protection_row(detail)])

    def _trusted(self, detail: Detail) -> Iterator[Fact]:
        """What the connector trusts in place of everybody else."""
        for number, one in enumerate(detail.pinned):
            until = one.ends()
            remove = button(
                self.tr("Remove…"),
                self.distrust.emit,
                name=self.tr("Remove {0}").format(clean_text(one.name, 100)),
                danger=True,
            )
            words = [
                vouches_text(one.authority),
                self.tr("{0} {1}.").format(*valid_text(until, today())) if until else "",
                f"{fingerprint_name()}: {group_fingerprint(one.fingerprint, between=' ')}",
            ]
            yield Fact(
                "certificate",
                self.tr("Trusted by this connector alone: {0}").format(clean_text(one.name, 100)),
                " ".join(filter(None, words)),
                () if number else (remove,),
            )

    def _certificate(self, found: ConnectionFacts | None) -> Sequence[Fact]:
        if found is None or found.subject is None:
            text = self.tr("A verification that gets as far as the encryption fills this.")
            return [Fact("certificate", self.tr("No certificate seen yet"), text)]
        names = list_text([clean_text(name, 100) for name in found.names[:20]])
        fingerprint = group_fingerprint(found.fingerprint or "", between=" ")
        return [
            Fact(
                "certificate",
                clean_text(common_name(found.subject), 100),
                self._how_checked(found),
                mark="passed" if found.trusted else "warning",
            ),
            Fact("globe", self.tr("Names"), names),
            Fact("clock", *valid_text(found.valid_until, today())),
            Fact("list", self.tr("Issued by"), clean_text(found.issuer or "", 300)),
            Fact(
                "search",
                fingerprint_name(),
                clean_text(fingerprint, 200),
                literal=True,
            ),
        ]
