"""*Certificates*: whom the project trusts besides this computer, until when, and who is to join."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.console.certificates.look import LookPanel
from smtpwizard.gui.console.certificates.one_connector import OneConnector
from smtpwizard.gui.console.notification_zone import Offer, Said
from smtpwizard.gui.console.place import Place, Surroundings
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.results.fact_table import BESIDE, fact_table, fit_rows
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.widgets.dialogs import ask, choose_certificates
from smtpwizard.gui.widgets.elements import button, literal, plain_label, set_next_step
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.messages.certificates import (
    end_of_certificate_text,
    fingerprint_name,
    keeping_text,
    trust_of_one_text,
    trusted_text,
    vouches_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import list_text
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.messages.moments import day_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.certificates import Certificate, days_left
from smtpwizard.usecases.dates import OWN, ends_soon
from smtpwizard.usecases.own_certificates import CA_FILE, OneCertificate
from smtpwizard.usecases.own_trust import Given, TlsServer

NAME, UNTIL, FINGERPRINT = range(3)


# So many octets of a fingerprint stand in a line.
_TOGETHER = 8


class CertificatesPage(Place):
    """The list, or a look at a server; what is removed can be had back."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around.within)
        self._around = around
        self._runner = around.runner
        self.trusted: tuple[OneCertificate, ...] = ()
        self.servers: tuple[TlsServer, ...] = ()
        self.question: QMessageBox | None = None
        self.with_connector: QCheckBox | None = None
        self.choosing: QDialog | None = None
        self.look = LookPanel(around.ws, around.runner)
        self.look.trust.connect(lambda one: self.ask_to_trust((one,)))
        self.look.pin.connect(self._choose_connector)
        self.look.origin_wanted.connect(around.open_connector)
        self.look.file_wanted.connect(self.choose_file)
        self.look.give_up.connect(self._give_up)
        self.look.back.connect(self._show_list)
        self.look.looked.connect(self._step_again)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._build_list())
        self.stack.addWidget(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        column.addWidget(self.stack)

    # -- building -----------------------------------------------------------------------------

    def _build_list(self) -> QWidget:
        page = QWidget()
        intro = plain_label(
            self.tr(
                "Whom this project trusts besides this computer, for mail and for signing in. "
                "Where a connector has a CA file or a pinned certificate of its own, that decides."
            ),
            tone="quiet",
        )
        self.look_button = button(self.tr("&Look at a server…"), self.go_looking, icon="search")
        self.add_button = button(self.tr("&Add a file…"), self.choose_file, icon="folder")
        self.remove_button = button(
            self.tr("&Remove"), self.remove_selected, icon="trash", danger=True
        )
        self.again_button = button(self.tr("&Trust it here too…"), self._trust_selected)
        self.table = self._build_table()
        self.table.itemSelectionChanged.connect(self._selected)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove_selected)
        self.empty = EmptyState(
            "certificate",
            self.tr("This project trusts nobody besides this computer"),
            self.tr(
                "That is right for most providers. A server of your own may need its authority "
                "here: look at the server, or add the file that its administrator gave you."
            ),
            self.tr("Look at a server…"),
            self.go_looking,
        )
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(intro)
        for push in (self.look_button, self.remove_button, self.again_button):
            push.hide()  # until there is something
        buttons = (self.look_button, self.add_button, self.remove_button, self.again_button)
        column.addLayout(FlowLayout(*buttons, spacing=8))
        column.addWidget(self.empty, 1)
        filled = QWidget()
        inner = QVBoxLayout(filled)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.table)
        inner.addStretch(1)
        self.area = scrolling(filled)
        column.addWidget(self.area, 1)
        return page

    def _build_table(self) -> QTableWidget:
        headings = (
            self.tr("Trusted"),
            self.tr("Until"),
            fingerprint_name(),
        )
        table = fact_table(self.tr("Certificates"), headings, 0, stretching=(NAME,))
        metrics = table.fontMetrics()
        widest = metrics.horizontalAdvance(":".join(["DD"] * _TOGETHER))
        # A day, with a mark before it, and under it how far away that is.
        far = metrics.horizontalAdvance(end_of_certificate_text(-999))
        table.setColumnWidth(UNTIL, far + 24 + BESIDE)
        table.setColumnWidth(
            FINGERPRINT, max(widest, metrics.horizontalAdvance(headings[-1])) + BESIDE
        )
        return table

    # -- the list -----------------------------------------------------------------------------

    def arrive(self) -> None:
        self._read()

    def _read(self) -> None:
        self._runner.submit(
            partial(jobs.trusted_certificates, self._around.ws), self._listed, owner=self
        )

    def _listed(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self._tell_failed(outcome)
            return
        kept = self.selected()
        self.trusted, self.servers = outcome.value
        self.table.setRowCount(len(self.trusted))
        ratio = self.devicePixelRatioF()
        for row, one in enumerate(self.trusted):
            items = [QTableWidgetItem(text) for text in self._cells(one)]
            if self._soon(one.certificate):
                mark = pixmap("warning", ratio=ratio)
                icon = QIcon(mark)
                icon.addPixmap(mark, QIcon.Mode.Selected)
                items[UNTIL].setIcon(icon)
            for column, item in enumerate(items):
                self.table.setItem(row, column, item)
        fit_rows(self.table)
        filled = bool(self.trusted)
        focused = self.table.hasFocus() or self.empty.button.hasFocus()
        self.area.setVisible(filled)
        self.empty.setVisible(not filled)
        self.look_button.setVisible(filled)
        if filled:
            same = (
                number
                for number, one in enumerate(self.trusted)
                if kept is not None and _same(one, kept)
            )
            self.table.selectRow(next(same, 0))
        self._selected()
        self._step_again()
        if focused:
            self.take_focus()

    def _cells(self, trusted: OneCertificate) -> tuple[str, ...]:
        one = trusted.certificate
        days, end = days_left(one), one.ends()
        until = "–" if end is None or days is None else day_text(end)
        if days is not None and self._soon(one):
            until += f"\n{end_of_certificate_text(days)}"
        who = clean_text(trusted.title, 200)
        means = (
            vouches_text(one.authority)
            if one.agreed
            else trusted_text("no", None, Face.WINDOW, agreed=False)
        )
        alone = trust_of_one_text(trusted.alone, one.why, by_project=trusted.by_project)
        if one.why is not None:
            means = alone
        elif alone:
            means = f"{means} {alone}" if trusted.by_project else f"{alone} {means}"
        return f"{who}\n{means}", until, group_fingerprint(one.fingerprint, _TOGETHER)

    def _soon(self, one: Certificate) -> bool:
        days = days_left(one)
        return days is not None and ends_soon(OWN, days)

    def selected(self) -> OneCertificate | None:
        """The one that is selected in the table."""
        row = self.table.currentRow()
        return self.trusted[row] if 0 <= row < len(self.trusted) else None

    def _selected(self) -> None:
        one = self.selected()
        self.remove_button.setVisible(bool(self.trusted))
        self.remove_button.setEnabled(one is not None)
        self.again_button.setVisible(one is not None and not one.certificate.agreed)

    # -- trusting -----------------------------------------------------------------------------

    def choose_file(self) -> None:
        """Have a file of certificates chosen, and ask whether to trust what is in it."""
        choose_certificates(self, self.tr("Add a file of certificates"), self.add_file)

    def add_file(self, path: str) -> None:
        """Ask whether to trust the certificates of this file."""
        self._runner.submit(partial(jobs.read_certificates, path), self._read_file, owner=self)

    def _read_file(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self._tell_failed(outcome)
        else:
            self.ask_to_trust(outcome.value)

    def ask_to_trust(self, certificates: Sequence[Certificate]) -> None:
        """Say once what trusting these means, and do it if that is wanted."""
        first = certificates[0]
        project = clean_text(self._around.ws.project.name, 100)
        name = clean_text(first.name, 100)
        title = self.tr("Trust {0} in the project {1}?").format(name, project)
        if len(certificates) > 1:
            title = self.tr("Trust these {0} in the project {1}?").format(
                len(certificates), project
            )
        means = (
            self.tr(
                "It is an authority: every server that it vouches for is trusted by every "
                "connector of this project, with the password."
            )
            if any(one.authority for one in certificates)
            else self.tr(
                "Every connector of this project trusts the server that shows it. It vouches for "
                "nobody else."
            )
        )
        kept = [(clean_text(e.name, 60), e.own_trust) for e in self.servers if e.own_trust]
        shown = "\n\n".join(
            f"{clean_text(one.name, 100)}\n{group_fingerprint(one.fingerprint)}"
            for one in certificates[:5]
        )
        self.question = ask(
            self,
            self.tr("Trust for this project"),
            title,
            "\n\n".join(
                (
                    f"{means} {keeping_text(kept)}".rstrip(),
                    self.tr("Compare the fingerprint with what its owner says."),
                    shown,
                )
            ),
            self.tr("Trust"),
            self.tr("Do not trust"),
            partial(self._answered, tuple(certificates)),
            destructive=True,
        )
        self.with_connector = None
        at = next((e for e in self.servers if e.identifier == self.look.connector), None)
        if at is not None and at.own_trust is not None and self.stack.currentWidget() is self.look:
            words = self.tr("&Have {0} go by it too: its own CA file is taken away")
            if at.own_trust == "pin":
                words = self.tr("&Have {0} go by it too: its pinned certificate is taken away")
            self.with_connector = QCheckBox(words.format(literal(clean_text(at.name, 60))))
            # Who was trusted alone is one of many then, which a person has to want.
            self.with_connector.setChecked(at.own_trust == "ca_file")
            self.question.setCheckBox(self.with_connector)

    def _answered(self, certificates: tuple[Certificate, ...], agreed: bool) -> None:
        box, self.question, self.with_connector = self.with_connector, None, None
        if agreed:
            connector = self.look.connector if box is not None and box.isChecked() else ""
            self._trust(certificates, self.tr("{0} is trusted now"), connector)

    def _trust(self, certificates: tuple[Certificate, ...], said: str, connector: str = "") -> None:
        # On a busy computer, and behind another program's save, it takes seconds.
        saving = self._around.zone.say("running", self.tr("Saving…"))
        self._runner.submit(
            partial(jobs.trust_certificates, self._around.ws, certificates, connector),
            partial(self._trusted, said, saving),
            owner=self,
            must_finish=True,
        )

    def _trusted(self, said: str, saving: Said, outcome: Outcome) -> None:
        saving.close()
        if outcome.value is None:
            self._tell_failed(outcome)
            return
        names = ", ".join(clean_text(one.name, 60) for one in outcome.value)
        self._around.zone.say(
            "passed",
            said.format(names),
            self.tr("Test the connectors that stopped for want of it."),
        )
        self._read()
        if self.stack.currentWidget() is self.look:
            self.look.again()

    def _trust_selected(self) -> None:
        one = self.selected()
        if one is not None:
            self.ask_to_trust((one.certificate,))

    # -- removing -----------------------------------------------------------------------------

    def remove_selected(self) -> None:
        """Trust it no longer, the project first; it can be had back as long as the notification is
        there."""
        one = self.selected()
        if one is None:
            return
        if not one.by_project:
            self._ask_to_give_up(one)
            return
        work = partial(jobs.distrust_certificate, self._around.ws, one.certificate.fingerprint)
        then = partial(self._removed, one.certificate)
        self._runner.submit(work, then, owner=self, must_finish=True)

    def _ask_to_give_up(self, one: OneCertificate) -> None:
        """Several connectors are asked about, as nobody has chosen each of them."""
        uses = {(use.connector, use.through or CA_FILE): use.name for use in one.alone}
        names = list(dict.fromkeys(uses.values()))
        if len(names) == 1:
            self._give_up_all(list(uses), names)
            return
        self.question = ask(
            self,
            self.tr("Certificates"),
            self.tr("Have {0} connectors trust whom the project trusts?").format(len(names)),
            list_text([clean_text(name, 60) for name in names]),
            self.tr("Remove"),
            self.tr("Keep"),
            lambda yes: self._give_up_all(list(uses), names) if yes else None,
        )

    def _give_up(self, stored: StoredConnector) -> None:
        """Have the connector that one came from go by what the project trusts."""
        self._give_up_all([(stored.id, CA_FILE)], [stored.connector.name])

    def _give_up_all(self, uses: Sequence[tuple[str, str]], names: Sequence[str]) -> None:
        self._runner.submit(
            partial(jobs.use_project_trust, self._around.ws, uses),
            partial(self._given_up, names),
            owner=self,
            must_finish=True,
        )

    def _given_up(self, names: Sequence[str], outcome: Outcome) -> None:
        if outcome.error is not None:
            self._tell_failed(outcome)
            return
        said = self.tr("{0} trusts whom the project trusts").format(clean_text(names[0], 60))
        if len(names) > 1:
            said = self.tr("{0} connectors trust whom the project trusts").format(len(names))
        self._around.zone.say(
            "passed",
            said,
            self.tr("What was verified with it is to be tested again."),
            Offer(self.tr("Undo"), partial(self._put_back, outcome.value)),
        )
        self._read()
        if self.stack.currentWidget() is self.look:
            self.look.again()

    def _put_back(self, given: Sequence[Given]) -> None:
        self._runner.submit(
            partial(jobs.put_back_own_trust, self._around.ws, given),
            self._pinned_again,
            owner=self,
            must_finish=True,
        )

    def _pinned_again(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self._tell_failed(outcome)
            return
        back = outcome.value
        said = self.tr("{0} goes by its own again").format(clean_text(back[0].connector.name, 60))
        if len(back) > 1:
            said = self.tr("{0} connectors go by their own again").format(len(back))
        self._around.zone.say(
            "passed",
            said,
            self.tr("Test it to be sure."),
        )
        self._read()

    def _removed(self, one: Certificate, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._tell_failed(outcome)
            return
        undo = partial(self._trust, (one,), self.tr("{0} is trusted again"))
        self._around.zone.say(
            "passed",
            self.tr("{0} is not trusted any more").format(clean_text(one.name, 60)),
            self.tr("What was verified with it is to be tested again."),
            Offer(self.tr("Undo"), undo) if one.agreed else None,
        )
        self._read()

    # -- one connector ------------------------------------------------------------------------

    def _choose_connector(self, one: Certificate) -> None:
        look = self.look.look
        host = look.host if look is not None else ""
        self._runner.submit(
            partial(jobs.connector_servers, self._around.ws),
            partial(self._ask_which, one, host),
            owner=self,
        )

    def _ask_which(self, one: Certificate, host: str, outcome: Outcome) -> None:
        if outcome.value is None:
            self._tell_failed(outcome)
            return
        dialog = OneConnector(self, one, host, outcome.value)
        dialog.chosen.connect(partial(self._pin, one.facts.pem))
        self.choosing = dialog
        dialog.open()

    def _pin(self, pem: str, identifier: str) -> None:
        self._runner.submit(
            partial(jobs.pin_certificate, self._around.ws, identifier, pem),
            self._pinned,
            owner=self,
            must_finish=True,
        )

    def _pinned(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self._tell_failed(outcome)
            return
        name = outcome.value.connector.name
        self._around.zone.say(
            "passed",
            self.tr("{0} trusts this certificate alone").format(clean_text(name, 60)),
            self.tr("Test it to be sure."),
            Offer(
                self.tr("Open it"),
                partial(self._around.open_connector, outcome.value.id),
                lasting=True,
            ),
        )
        self._read()

    def _tell_failed(self, outcome: Outcome) -> None:
        self._around.zone.say(
            "failed", self.tr("Nothing was changed"), error_message(outcome.error)
        )

    # -- a look at a server -------------------------------------------------------------------

    def go_looking(self) -> None:
        """Ask for a server."""
        self.look.come_from("")
        self.stack.setCurrentWidget(self.look)
        self._step_again()
        self.take_focus()

    def look_at(self, server: str, security: Security | None, connector: str = "") -> None:
        """Look at this server at once, judged as the connector with this id does."""
        self.stack.setCurrentWidget(self.look)
        self.look.look_at(server, security, connector)
        self._step_again()
        self.take_focus()

    def _show_list(self) -> None:
        self.look.stop()
        self.stack.setCurrentIndex(0)
        self._step_again()
        self.take_focus()

    # -- Place --------------------------------------------------------------------------------

    def _step_again(self) -> None:
        if self.isVisible():
            set_next_step(self.next_step(), self.window())

    def take_focus(self) -> None:
        if self.stack.currentWidget() is self.look:
            self.look.server.editor.setFocus()
        elif self.trusted:
            self.table.setFocus()
        else:
            self.empty.button.setFocus()

    def zones(self) -> list[QWidget]:
        if self.stack.currentWidget() is self.look:
            return self.look.zones()
        if self.trusted:
            return [self.table, self.look_button]
        return [self.empty.button, self.add_button]

    def next_step(self) -> QPushButton | None:
        if self.stack.currentWidget() is self.look:
            return self.look.look_button
        return self.look_button if self.trusted else self.empty.button


def _same(one: OneCertificate, other: OneCertificate) -> bool:
    if one.certificate.fingerprint or other.certificate.fingerprint:
        return one.certificate.fingerprint == other.certificate.fingerprint
    return one.whose[0].path == other.whose[0].path
