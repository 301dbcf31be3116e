"""The fields of the Smart Flows console's own form, each with a Copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smtpwizard.gui.console.detail.words import method_text, provider_text
from smtpwizard.gui.widgets.code_box import CodeBox
from smtpwizard.gui.widgets.elements import button, line, plain_label
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.messages.security import security_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, Method

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_VALUE = 500


class SmartFlowsDialog(QDialog):
    """What to type there, page by page; secrets are not among it."""

    def __init__(
        self, connector: Connector, provider_name: Callable[[str], str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self._provider_name = provider_name
        self.boxes: dict[str, CodeBox] = {}
        self.setWindowTitle(self.tr("For Smart Flows – {0}").format(connector.name[:200]))
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.setSpacing(8)
        for page, fields in self._pages(connector):
            inner.addWidget(plain_label(page, heading="section"))
            for name, value in fields:
                if value:
                    box = CodeBox(clean_text(value, MAX_VALUE), name)
                    self.boxes[name] = box
                    label = plain_label(name, tone="strong", wrap=False)
                    label.setMinimumWidth(self.fontMetrics().height() * 11)
                    row = line(label)
                    row.addWidget(box, 1)
                    inner.addLayout(row)
        inner.addStretch(1)
        self.close_button = button(self.tr("Close"), self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(
            plain_label(
                self.tr(
                    "The fields of the console's form in its order. Passwords and client secrets "
                    "stay where they are kept."
                )
            )
        )
        layout.addWidget(scrolling(body), 1)
        layout.addLayout(line(None, self.close_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 46, room.width() * 9 // 10), min(em * 44, room.height() * 9 // 10))

    def _pages(self, connector: Connector) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        server, authentication = connector.server, connector.authentication
        oauth = authentication.oauth
        yield (
            self.tr("Name and type"),
            [
                (self.tr("Name"), connector.name),
                (self.tr("Description"), connector.description),
                (self.tr("Type"), "smtp"),
            ],
        )
        yield (
            self.tr("Provider"),
            [
                (self.tr("Provider"), provider_text(connector.provider, self._provider_name)),
                (self.tr("Server"), server.host),
                (self.tr("Port"), str(server.port)),
                (self.tr("Encryption method"), security_name(server.security)),
                (self.tr("User"), authentication.username or ""),
            ],
        )
        login = [(self.tr("Authentication"), method_text(authentication.method))]
        if authentication.method is Method.OAUTH:
            login += [
                (self.tr("Redirect URI"), oauth.redirect_uri or ""),
                (self.tr("Client ID"), oauth.client_id or ""),
                (self.tr("Tenant"), oauth.tenant or ""),
            ]
        yield self.tr("Authenticate"), login
        yield (
            self.tr("Admin and test"),
            [
                (self.tr("Admin user email address"), connector.admin.email),
                (self.tr("Admin user name"), connector.admin.name or ""),
                (self.tr("Send to"), connector.send_to or ""),
            ],
        )
