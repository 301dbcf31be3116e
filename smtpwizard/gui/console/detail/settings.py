"""What a connector is, in a few lines, each of which can be selected and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from smtpwizard.flow.draft import CUSTOM
from smtpwizard.gui.console.detail.fact_rows import stretching_card
from smtpwizard.gui.console.detail.words import redirect_text
from smtpwizard.gui.widgets.elements import button, plain_label, set_tip
from smtpwizard.messages.security import security_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.registration import Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_VALUE = 300


class SettingsCard(QWidget):
    """Read only; `edit` and `smart_flows` are what the user wants."""

    edit = Signal()
    smart_flows = Signal()

    def __init__(self, provider_name: Callable[[str], str]) -> None:
        super().__init__()
        self._provider_name = provider_name
        self.values: dict[str, QLabel] = {}
        frame, column, head = stretching_card(self.tr("Settings"))
        self.flows_button = button(
            self.tr("For Smart Flo&ws…"), self.smart_flows.emit, icon="copy", quiet=True
        )
        self.edit_button = button(
            self.tr("E&dit"), self.edit.emit, icon="edit", quiet=True, name=self.tr("Edit settings")
        )
        head.addWidget(self.flows_button)
        head.addWidget(self.edit_button)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        column.addLayout(self._grid)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)

    def show_connector(self, connector: Connector) -> None:
        """Show what it is set to, and nothing that is left at what it usually is."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.values = {}
        for row, (name, text) in enumerate(self._lines(connector)):
            value = plain_label(clean_text(text, MAX_VALUE))
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            set_tip(value, value.text())
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{name}: {value.text()}")
            label = plain_label(name, tone="quiet", wrap=False)
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
            self.values[name] = value

    def _lines(self, connector: Connector) -> Iterator[tuple[str, str]]:
        server, authentication = connector.server, connector.authentication
        own = self.tr("A server of your own")
        name = own if connector.provider == CUSTOM else self._provider_name(connector.provider)
        yield self.tr("Provider"), name
        where = self.tr("{0}, port {1}, {2}")
        yield (
            self.tr("Server"),
            where.format(server.host, server.port, security_name(server.security)),
        )
        yield self.tr("Authentication"), self._method(connector)
        if authentication.method is not Method.NONE:
            yield self.tr("User"), authentication.username or "–"
        sender = connector.sender.name
        address = connector.sender_address()
        yield self.tr("Sender"), f"{sender}, {address}" if sender else address
        admin = connector.admin
        yield self.tr("Admin"), f"{admin.name}, {admin.email}" if admin.name else admin.email
        if connector.send_to:
            yield self.tr("Send to"), connector.send_to
        if server.ca_file:
            yield self.tr("CA file"), server.ca_file
        if connector.description:
            yield self.tr("Description"), connector.description

    def _method(self, connector: Connector) -> str:
        authentication = connector.authentication
        if authentication.method is Method.NONE:
            return self.tr("No authentication")
        if authentication.method is Method.BASIC:
            mechanism = authentication.mechanism
            return self.tr("Basic") if mechanism == "auto" else f"{self.tr('Basic')}, {mechanism}"
        oauth = authentication.oauth
        service = oauth.grant is Grant.SERVICE_ACCOUNT
        client = redirect_text(oauth.redirect, service_account=service)
        return self.tr("OAuth, {0}").format(client)
