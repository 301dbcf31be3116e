"""The boxes of a registration by dotted path, and where their values come from."""

from __future__ import annotations

from PySide6.QtCore import QObject

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.messages.client_kinds import client_id_hint, client_secret_hint
from smtpwizard.model.misplaced import CLIENT_ID, TENANT
from smtpwizard.model.pasted_registration import CLIENT_SECRET, DOMAIN, ISSUER
from smtpwizard.model.registration import Redirect

_OAUTH = "authentication.oauth"
USER = "authentication.username"
GRANT = f"{_OAUTH}.grant"
REDIRECT_URI = f"{_OAUTH}.redirect_uri"
AUTHORIZATION = f"{_OAUTH}.authorization_endpoint"
TOKEN = f"{_OAUTH}.token_endpoint"
SCOPES = f"{_OAUTH}.scopes"
CA_FILE = f"{_OAUTH}.ca_file"
EXPIRES = f"{_OAUTH}.client_secret_expires"


class Hints(QObject):
    """What stands beneath the boxes while nothing is wrong with them."""

    def of(self, draft: ConnectorDraft) -> dict[str, str]:
        """The hint of each box, as it fits what is on screen."""
        app = draft.redirect is Redirect.APP
        return {
            DOMAIN: self.tr("From the address bar of Smart Flows."),
            USER: self.tr("The mailbox that the application sends for.")
            if app
            else self.tr("The mailbox that sends. Empty: the account that signs in."),
            REDIRECT_URI: ""
            if draft.redirect_uri_to_register()
            else self.tr("Known once the domain is."),
            ISSUER: self.tr("The sign-in server's address; it names the others itself."),
            CLIENT_ID: client_id_hint(draft.family),
            CLIENT_SECRET: client_secret_hint(draft.family, draft.redirect),
            TENANT: self.tr("“Directory (tenant) ID”, or the organisation's domain.")
            if app
            else self.tr("“Directory (tenant) ID” or domain. Empty: any organisation."),
            AUTHORIZATION: self.tr("Only where there is no issuer."),
            TOKEN: self.tr("Only where there is no issuer."),
            SCOPES: self.tr(
                "Separated by spaces; the one for SMTP, and offline_access where it exists."
            ),
            CA_FILE: self.tr("Certificates (PEM) to trust as well for the sign-in server."),
        }
