"""*Look at a server…*: asks for its address, and shows the certificates that it shows."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.certificates.shown import ShownCertificate
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.elements import breakable, button, line, plain_label
from smtpwizard.gui.widgets.fields import Field, line_edit, scrolling
from smtpwizard.gui.widgets.tab_order import order_tabs
from smtpwizard.messages.certificates import in_the_way_text
from smtpwizard.messages.security import security_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security
from smtpwizard.model.stage_facts import UNTRUSTED
from smtpwizard.usecases.certificates import Certificate, Look, common_name
from smtpwizard.usecases.workspace import Workspace


class LookPanel(QWidget):
    """A field, a button, and what came of it; `trust` and `pin` pass on what a card wants.

    Where one came from a connector (`connector` is its id), the server is judged as that does;
    `give_up` asks to have it go by what the project trusts.
    """

    trust = Signal(object)
    pin = Signal(object)
    file_wanted = Signal()
    origin_wanted = Signal(str)
    give_up = Signal(object)
    back = Signal()
    looked = Signal()

    def __init__(self, ws: Workspace, runner: Runner) -> None:
        super().__init__()
        self._ws = ws
        self._runner = runner
        self._job: int | None = None
        self._security: Security | None = None
        self.connector = ""
        self.origin = ""
        self.look: Look | None = None
        self.cards: list[ShownCertificate] = []
        self.back_button = button(self.tr("&Back to the list"), self.back.emit, icon="left")
        self.origin_button = button(
            self.tr("Bac&k to the connector"), lambda: self.origin_wanted.emit(self.origin)
        )
        self.origin_button.hide()
        self.look_button = button(self.tr("&Look"), self.ask)
        self.stop_button = button(self.tr("St&op"), self.stop)
        self.stop_button.hide()
        edit = line_edit()
        edit.setPlaceholderText("mail.example.com:587")
        edit.installEventFilter(self)
        self.server = Field(
            "server",
            self.tr("Se&rver"),
            edit,
            self.tr("Name and port. Nothing is sent but the question; nothing is trusted by it."),
            write=lambda _: self._typed(),
            beside=(self.look_button, self.stop_button),
        )
        self.banner = Banner(small=True)
        self.banner.hide()
        self.give_up_button = button(
            self.tr("&Use what this project trusts"), self._give_up, icon="certificate"
        )
        self.give_up_button.hide()
        self._cards = QWidget()
        self._column = QVBoxLayout(self._cards)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(16)
        self._column.addStretch(1)
        self.advice = plain_label(
            self.tr(
                "Before you trust one: compare its fingerprint with what the server's "
                "administrator says, by telephone for example."
            ),
            tone="quiet",
        )
        self.advice.hide()
        self.issuer = plain_label(tone="strong")
        self.file_button = button(self.tr("&Add its file…"), self.file_wanted.emit, icon="folder")
        self.issuer_row = QWidget()
        row = line(self.issuer, self.file_button)
        row.setStretch(0, 1)
        self.issuer_row.setLayout(row)
        self.issuer_row.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(line(self.back_button, self.origin_button, None))
        column.addWidget(self.server.box)
        column.addWidget(self.banner)
        column.addLayout(line(self.give_up_button, None))
        column.addWidget(self.issuer_row)
        column.addWidget(self.advice)
        self.area = scrolling(self._cards)
        column.addWidget(self.area, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.KeyPress and event.key() in keys:  # type: ignore[attr-defined]
            self.ask()
            return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        self._security = None
        self.connector = ""
        self.server.set_error("")

    def look_at(self, server: str, security: Security | None = None, connector: str = "") -> None:
        """Look at this server, asked in this way, for a connector where that has an id."""
        edit = self.server.editor
        edit.setText(server)  # type: ignore[union-attr]
        self._security = security
        self.connector = connector
        self.come_from(connector)
        self.ask()

    def come_from(self, connector: str) -> None:
        """Lead back to this connector, whatever is looked at meanwhile; "" to none."""
        self.origin = connector
        self.origin_button.setVisible(bool(connector))

    def ask(self) -> None:
        """Look at the server in the field."""
        self.stop()
        text = self.server.editor.text()  # type: ignore[union-attr]
        self.stop_button.show()
        focused = self.window().focusWidget()
        if focused is self.look_button or self._cards.isAncestorOf(focused):
            self.stop_button.setFocus()  # before that goes, or is off
        self._show(())
        self.give_up_button.hide()
        self.banner.set_tone("running")
        self.banner.show_text(self.tr("Looking at {0}…").format(text.strip()))
        self.banner.show()
        self.look_button.setEnabled(False)
        work = partial(jobs.look_at_server, self._ws, text, self._security, self.connector)
        self._job = self._runner.submit(work, self._looked, owner=self)

    def again(self) -> None:
        """The same, after something was trusted."""
        if self.look is not None:
            self.ask()

    def stop(self) -> None:
        """Give up what is under way."""
        if self._job is not None:
            self._runner.cancel(self._job)
            self._job = None
            self._ended()
            self.banner.hide()

    def _ended(self) -> None:
        self.look_button.setEnabled(True)
        if self.window().focusWidget() is self.stop_button:
            self.look_button.setFocus()
        self.stop_button.hide()

    def _looked(self, outcome: Outcome) -> None:
        self._job = None
        self._ended()
        self.look = outcome.value
        if self.look is None:
            field = getattr(outcome.error, "facts", {}).get("field") == "server"
            if field:
                self.banner.hide()
                self.server.touch()
                self.server.set_error(error_message(outcome.error))
                self.server.editor.setFocus()
            else:
                self.banner.set_tone("failed")
                title = self.tr("There is no certificate to see")
                self.banner.show_text(title, error_message(outcome.error))
            self.looked.emit()
            return
        self._tell(self.look)
        self._show(self.look.certificates, vouched=self.look.project_vouches)
        self.area.verticalScrollBar().setValue(0)
        self.looked.emit()

    def _tell(self, look: Look) -> None:
        own = look.certificates[0]
        host = f"[{look.host}]" if ":" in look.host else look.host
        where = f"{host}:{look.port}, {security_name(look.security)}"
        name = clean_text(look.connector.connector.name, 100) if look.connector else ""
        in_the_way = look.own_trust is not None and look.why in UNTRUSTED
        titles = {
            "system": self.tr("This computer trusts this server"),
            "project": self.tr("This project trusts this server"),
            "connector": self.tr("{0} trusts this server").format(name),
            "no": self.tr("A test would stop here"),
        }
        if look.why in UNTRUSTED:
            titles["no"] = self.tr("A test would stop here: nobody trusts this server")
        if in_the_way:
            titles["no"] = self.tr("A test would stop here: {0} does not trust this server").format(
                name
            )
        said = ""
        if in_the_way and look.own_trust is not None:
            said = in_the_way_text(name, look.own_trust, project_vouches=look.project_vouches)
        self.banner.set_tone("unknown" if own.trusted == "no" else "passed")
        self.banner.show_text(titles[own.trusted], f"{where}. {said}" if said else where)
        self.give_up_button.setVisible(look.project_vouches)

    def _give_up(self) -> None:
        if self.look is not None and self.look.connector is not None:
            self.give_up.emit(self.look.connector)

    def _show(self, certificates: tuple[Certificate, ...], *, vouched: bool = False) -> None:
        for old in self.cards:
            old.hide()
            old.deleteLater()
        self.cards = [
            ShownCertificate(one, own=number == 0, vouched=vouched)
            for number, one in enumerate(certificates)
        ]
        offered = [card for card in self.cards if card.offered]
        # The authority, which stands last in what a server shows, is what holds for longest.
        best = next((card for card in reversed(offered) if card.certificate.authority), None)
        best = best or next(iter(offered), None)
        shown = [*filter(None, [best]), *(card for card in self.cards if card is not best)]
        for number, card in enumerate(shown):
            card.trust.connect(self.trust)
            card.pin.connect(self.pin)
            self._column.insertWidget(number, card)
        if best is not None:
            best.lead(among_others=len(offered) > 1)
        order_tabs(self._cards)
        wanted = bool(offered)
        self.advice.setVisible(wanted)
        self._tell_issuer(certificates, wanted=wanted)

    def _tell_issuer(self, certificates: tuple[Certificate, ...], *, wanted: bool) -> None:
        """Who issued it, where that one is not shown: only its file helps for longer."""
        last = certificates[-1] if certificates else None
        missing = last is not None and wanted and not last.facts.self_signed
        self.issuer_row.setVisible(missing)
        if last is not None and missing:
            self.issuer.setText(
                self.tr(
                    "{0} issued it and is not shown. If you have its file (PEM), add that: it "
                    "holds when the server's certificate is renewed, too."
                ).format(breakable(clean_text(common_name(last.facts.issuer), 100)))
            )

    def zones(self) -> list[QWidget]:
        """Where F6 leads to."""
        buttons = (card.trust_button for card in self.cards if not card.trust_button.isHidden())
        given_up = [] if self.give_up_button.isHidden() else [self.give_up_button]
        file = [] if self.issuer_row.isHidden() else [self.file_button]
        return [self.server.editor, *given_up, *file, *buttons]
