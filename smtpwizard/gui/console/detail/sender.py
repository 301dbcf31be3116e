"""How receivers see the sender: what to mend in its domain, whom the login may send as, and a
received email read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.rights import MARKS, RightsPart
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.received_email import ReceivedEmail
from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.code_box import CodeBox
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    line,
    link_button,
    plain_label,
    say_done,
    set_tip,
)
from smtpwizard.gui.widgets.fields import scroll_to
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.tab_order import order_tabs
from smtpwizard.messages.readiness import (
    apart_names,
    apart_text,
    apart_title,
    check_text,
    finding_text,
    request_for_dns,
    verdict_text,
)
from smtpwizard.messages.receivers import rule_text, rule_title, unseen_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.proof import Origin
from smtpwizard.model.sender import (
    ApartFinding,
    Readiness,
    RuleFinding,
    SenderFinding,
    Verdict,
)
from smtpwizard.usecases.settings import looks_nothing_up

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

_MARKS = {
    Verdict.GOOD: "passed",
    Verdict.WARNING: "warning",
    Verdict.BAD: "failed",
    Verdict.UNKNOWN: "info",
}


_OFFLINE = "offline"
"""What a finding says where look-ups are switched off."""


class SenderPage(QWidget):
    """Looks and reads on request only; the window stays usable meanwhile. `settings_wanted`: where
    look-ups are switched on."""

    settings_wanted = Signal()

    def __init__(
        self, ws: Workspace, runner: Runner, recovery: SecretStoreRecovery, stored: StoredConnector
    ) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._job: int | None = None
        self.stored = stored
        self.look_button = button(self.tr("Look at the sender's domain"), self.look, icon="search")
        self.stop_button = button(self.tr("Stop looking"), self.stop)
        self.stop_button.hide()
        self.words = plain_label(
            self._off()
            if looks_nothing_up(ws)
            else self.tr("Asks the name server for what receivers look at. Sends no email."),
            tone="muted",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 8, 4)  # room for the ring of the focus
        column.setSpacing(12)
        column.addWidget(plain_label(self.tr("SPF, DKIM and DMARC"), heading="section"))
        self.settings_button = button(self.tr("Settings"), self.settings_wanted.emit)
        self.settings_button.setAccessibleName(self.tr("Settings: look-ups"))
        self.settings_button.setVisible(looks_nothing_up(ws))
        asking = line(self.look_button, self.stop_button, self.settings_button, self.words)
        asking.setStretch(3, 1)
        column.addLayout(asking)
        self._request = ""
        self.copy_button = button(
            self.tr("Copy for the &DNS administrator"), self.copy_request, icon="copy"
        )
        self.copy_button.hide()
        passing_on = line(self.copy_button)
        passing_on.addStretch(1)
        column.addLayout(passing_on)
        self._results = QWidget()
        self._findings = QVBoxLayout(self._results)
        self._findings.setContentsMargins(0, 0, 0, 0)
        self._findings.setSpacing(12)
        column.addWidget(self._results)
        self.rights = RightsPart(ws, runner, recovery, stored)
        column.addSpacing(8)
        column.addWidget(self.rights)
        column.addSpacing(8)
        column.addWidget(plain_label(self.tr("A received test email"), heading="section"))
        self.received = ReceivedEmail(ws, runner, Origin(stored))
        column.addWidget(self.received)
        column.addStretch(1)

    def hear_of(self, stored: StoredConnector) -> None:
        """The connector as it is saved now."""
        self.stored = stored
        self.rights.hear_of(stored)
        self.received.hear_of(stored)

    def lead_to_received(self) -> None:
        """Put the focus where a received email is read back."""
        scroll_to(self.received, least=self.received.box)
        self.received.box.setFocus()

    def leave(self) -> None:
        """Give up what is under way: nobody sees what comes of it."""
        self.stop()
        self.rights.stop()

    # -- the domain --------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask the name server; takes up to 15 seconds."""
        if self._job is None:
            work = partial(jobs.look_at_sender, self._ws, self.stored)
            self._job = self._runner.submit(work, self._looked, owner=self)
            self.words.setText(self.tr("Looking, for up to 15 seconds."))
            self._show_state()
            self.stop_button.setFocus()

    def stop(self) -> None:
        """Give the look up at once."""
        if self._job is not None:
            self._runner.cancel(self._job)
            self._job = None
            self.words.setText(self.tr("Stopped."))
            self._show_state()

    def _show_state(self) -> None:
        self.stop_button.setVisible(self._job is not None)
        self.look_button.setEnabled(self._job is None)

    def _looked(self, outcome: Outcome) -> None:
        self._job = None
        self._show_state()
        self.look_button.setFocus()
        self._offer("")
        while item := self._findings.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        found = outcome.value
        if not isinstance(found, Readiness):
            self.words.setText(error_message(outcome.error))
            return
        self.words.setText(self.tr("Mail from {0}:").format(clean_text(found.domain, 253)))
        off = all(finding.code == _OFFLINE for finding in found.findings)
        self.settings_button.setVisible(off)
        if off:  # said once: nothing of it is known, and what can be done here is in sight
            self.words.setText(self._off())
            fold = Fold(self.tr("What can be said all the same"))
            fold.body.addWidget(ReceiversCard(found, self._open))
            self._findings.addWidget(fold)
            order_tabs(self)
            announce(self.words, self.words.text())
            return
        for finding in found.findings:
            self._findings.addWidget(FindingCard(finding))
        self._findings.addWidget(ReceiversCard(found, self._open))
        if found.apart:
            self._findings.addWidget(_apart_fold(found.apart))
        self._offer(request_for_dns(found))
        order_tabs(self)
        announce(self.words, " ".join(finding_text(each) for each in found.findings)[:1000])

    def _off(self) -> str:
        return self.tr(
            "Look-ups are switched off, so nothing is known of the domain. Switch them on: "
            "Settings, Network."
        )

    def _offer(self, request: str) -> None:
        self._request = request
        self.copy_button.setVisible(bool(request))

    def _open(self, url: str) -> None:
        self._runner.submit(partial(jobs.open_page, url), lambda _: None)

    def copy_request(self) -> None:
        """What to change in the domain, for whom it is to be sent to."""
        QGuiApplication.clipboard().setText(self._request)
        say_done(self.copy_button, self.tr("Copied"))


def _apart_fold(found: Sequence[ApartFinding]) -> Fold:
    """What sending does not need, in one line that opens."""
    fold = Fold(apart_title(), f"– {apart_names(found)}")
    for each in found:
        fold.body.addWidget(plain_label(apart_text(each), tone="muted"))
    return fold


class FindingCard(QFrame):
    """One check: its verdict, why, and the record to publish."""

    def __init__(self, finding: SenderFinding) -> None:
        super().__init__()
        self.setProperty("card", "true")
        title = f"{check_text(finding.check)}: {verdict_text(finding.verdict)}"
        self.setAccessibleName(title)
        self.why = plain_label(finding_text(finding))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        head = line(IconLabel(_MARKS[finding.verdict]), plain_label(title, tone="strong"))
        head.setStretch(1, 1)
        column.addLayout(head)
        column.addWidget(self.why)
        fix = finding.fix
        if fix is None:
            return
        where = self.tr("Publish at {0} ({1})").format(clean_text(fix.name, 253), fix.kind)
        column.addWidget(plain_label(where, tone="muted"))
        if fix.old is not None:
            column.addWidget(plain_label(self.tr("Now:"), tone="muted"))
            now = self.tr("the record of now, {0}").format(title)
            column.addWidget(CodeBox(clean_text(fix.old, 4096), now))
            column.addWidget(plain_label(self.tr("Then:"), tone="muted"))
        new = self.tr("the new record, {0}").format(title)
        column.addWidget(CodeBox(clean_text(fix.new, 4096), new))


class ReceiversCard(QFrame):
    """What large receivers ask for, a rule a row, each with the page that says so."""

    def __init__(self, found: Readiness, follow: Callable[[str], None]) -> None:
        super().__init__()
        self.setProperty("card", "true")
        title = self.tr("What large receivers ask for")
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addWidget(plain_label(title, tone="strong"))
        for each in found.receivers:
            column.addLayout(self._row(each, found, follow))

    def _row(
        self, finding: RuleFinding, found: Readiness, follow: Callable[[str], None]
    ) -> QHBoxLayout:
        rule = finding.rule
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(plain_label(rule_title(finding)))
        words.addWidget(plain_label(rule_text(finding, found), tone="muted"))
        if unseen := unseen_text(rule):
            words.addWidget(plain_label(unseen, tone="muted"))
        source = link_button(self.tr("Source"), partial(follow, rule.source))
        set_tip(source, rule.source)
        source.setAccessibleName(self.tr("Source: {0}").format(rule_title(finding)))
        mark = IconLabel(MARKS[finding.met])
        out = line(mark, words, source)
        for beside in (mark, source):
            out.setAlignment(beside, Qt.AlignmentFlag.AlignTop)
        out.setStretch(1, 1)
        return out
