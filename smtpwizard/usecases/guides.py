"""Guides through a provider's console with the connector's own values, and the request pack that
an administrator gets: a text and, for Exchange Online, the commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from smtpwizard.messages.causes import quote_powershell
from smtpwizard.messages.guides import (
    ACCOUNT_TYPES,
    CLIENT_TYPES,
    GUIDES,
    REQUEST_SUBJECT,
    REQUESTS,
    SCRIPT_COMMENTS,
    VALUE_LABELS,
    StepText,
)
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import DATE_KEYS, Connector
from smtpwizard.model.report import Json
from smtpwizard.providers import ProviderEntry
from smtpwizard.usecases.connectors import endpoint
from smtpwizard.usecases.registrations import (
    APP_ROLE,
    GUID,
    Endpoints,
    endpoints_for,
    entry_for,
)
from smtpwizard.usecases.sign_in import Way, default_way, redirect_to_register
from smtpwizard.usecases.workspace import Workspace

_MISSING_CLIENT = "<Application (client) ID>"
_MANY = ("", "common", "organizations")


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step as a person reads it; `values` are label and text, each worth a Copy button."""

    text: str
    link: str | None
    values: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> Json:
        return {"text": self.text, "link": self.link, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Guide:
    """A whole guide; `key` names it, `client_type` says which kind of registration fits."""

    key: str
    title: str
    client_type: str
    redirect_uri: str | None
    steps: tuple[GuideStep, ...] = field(default=())

    def to_json(self) -> Json:
        return {
            "guide": self.key,
            "title": self.title,
            "client_type": self.client_type,
            "redirect_uri": self.redirect_uri,
            "steps": [step.to_json() for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """What to send to an administrator; `script` is empty where no command helps."""

    subject: str
    text: str
    script: str = ""

    def to_json(self) -> Json:
        return {"subject": self.subject, "text": self.text, "script": self.script}

    def as_mail(self) -> str:
        """Subject, text and commands in one."""
        script = f"\n\n{self.script}" if self.script else ""
        return f"{self.subject}\n\n{self.text}{script}"


def guide_for(ws: Workspace, connector: Connector, way: Way | None = None) -> Guide:
    """The guide that fits the connector's provider, grant and redirect; raises `UsageError`."""
    endpoints = endpoints_for(ws, connector)
    chosen = way or default_way(connector)
    key = _key(connector, endpoints, chosen)
    facts = _facts(ws, connector, endpoints, chosen)
    title, steps = GUIDES[key]
    return Guide(
        key,
        translate(title),
        translate(CLIENT_TYPES[key]),
        redirect_to_register(ws, connector, chosen),
        tuple(_step(step, facts) for step in steps),
    )


def _step(step: StepText, facts: Mapping[str, Any]) -> GuideStep:
    link = str(facts.get(step.link[1:-1]) or "") if step.link.startswith("{") else step.link
    values = [(translate(VALUE_LABELS[name]), facts.get(name)) for name in step.values]
    return GuideStep(
        _filled(step.text, facts),
        link or None,
        tuple((label, clean_text(str(value), 1000)) for label, value in values if value),
    )


def _key(connector: Connector, endpoints: Endpoints, way: Way) -> str:
    oauth = connector.authentication.oauth
    family = endpoints.family
    if oauth.grant == "service_account":
        return "google.service_account"
    if oauth.grant == "client_credentials":
        return "microsoft.app_only" if family == "microsoft" else "generic.app_only"
    if family == "generic":
        return "generic"
    if family == "google":
        web = way is Way.PASTE or oauth.redirect_uri or oauth.extra.get("client_type") == "web"
        return "google.web" if web else "google.desktop"
    if way is Way.DEVICE:
        return "microsoft.device"
    return "microsoft.public" if oauth.extra.get("public_client") is True else "microsoft.web"


def _facts(ws: Workspace, connector: Connector, endpoints: Endpoints, way: Way) -> dict[str, Any]:
    entry = entry_for(ws, connector)
    more = entry.more if entry is not None else {}
    oauth = connector.authentication.oauth
    tenant = oauth.tenant or ""
    months = more.get("client_secret_max_months")
    app_only = oauth.grant == "client_credentials"
    return {
        "app_name": connector.name,
        "mailbox": connector.authentication.username or connector.sender_address(),
        "server": endpoint(connector.server),
        "client_id": oauth.client_id,
        "tenant": tenant,
        "scope": " ".join(endpoints.scopes),
        "redirect_uri": redirect_to_register(ws, connector, way),
        "permissions": (endpoints.app_role or APP_ROLE) if app_only else "SMTP.Send offline_access",
        "account_types": translate(ACCOUNT_TYPES[_account_types(tenant, endpoints)]),
        "months": months if isinstance(months, int) else 24,
        "secret_expires": _secret_expires(connector, months),
        **_pages(more.get("console_url"), oauth.client_id),
        "help": entry.help_url if entry is not None else None,
        "consent_link": _consent_link(ws, connector, endpoints, entry),
    }


# What Entra's portal calls the pages of one registration.
_PAGES = {
    "authentication": "Authentication",
    "api_permissions": "CallAnAPI",
    "credentials": "Credentials",
    "overview": "Overview",
}


def _pages(console: Any, client_id: str | None) -> dict[str, str]:
    """Links into the portal: the list of registrations, and the pages of this one once it is."""
    if not isinstance(console, str):
        return {}
    pages = {"console": console} | dict.fromkeys(_PAGES, console)
    if client_id and GUID.fullmatch(client_id):
        parts = urlsplit(console)
        menu = "#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~"
        for name, page in _PAGES.items():
            pages[name] = f"{parts.scheme}://{parts.netloc}/{menu}/{page}/appId/{client_id}"
    return pages


def _account_types(tenant: str, endpoints: Endpoints) -> str:
    if tenant == "consumers" or "/consumers/" in (endpoints.token or ""):
        return "personal"
    return "many" if tenant in _MANY[1:] else "one"


def _secret_expires(connector: Connector, months: Any) -> str:
    """The day that is noted, else the last one that the provider allows for a secret made today."""
    noted = connector.authentication.oauth.extra.get(DATE_KEYS[0])
    if isinstance(noted, str):
        return noted
    if not isinstance(months, int):
        return ""
    today = datetime.now(UTC).date()
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return f"≤ {date(year, month + 1, min(today.day, 28)).isoformat()}"


def _consent_link(
    ws: Workspace, connector: Connector, endpoints: Endpoints, entry: ProviderEntry | None
) -> str:
    """The page on which an administrator consents for a whole tenant (Entra's v2 endpoint)."""
    oauth = connector.authentication.oauth
    if endpoints.family != "microsoft" or not endpoints.authorization or not oauth.client_id:
        return ""
    parts = urlsplit(endpoints.authorization)
    tenant = oauth.tenant if oauth.tenant and oauth.tenant not in _MANY else "organizations"
    resource = next(
        (s.rpartition("/")[0] for s in endpoints.scopes if s.startswith("https://")), ""
    )
    query = {
        "client_id": oauth.client_id,
        "scope": f"{resource.replace('//outlook.office.com', '//outlook.office365.com')}/.default",
    }
    redirect = redirect_to_register(ws, connector, Way.BROWSER) if oauth.redirect_uri else None
    if redirect:
        query["redirect_uri"] = redirect
    return f"{parts.scheme}://{parts.netloc}/{tenant}/v2.0/adminconsent?{urlencode(query)}"


# -- the request pack --------------------------------------------------------------------------


def request_for(ws: Workspace, connector: Connector) -> AdminRequest:
    """The request to an administrator, ready to be sent; raises `UsageError`."""
    endpoints = endpoints_for(ws, connector)
    oauth = connector.authentication.oauth
    facts = _facts(ws, connector, endpoints, default_way(connector))
    facts["client_id"] = oauth.client_id or _MISSING_CLIENT
    script = ""
    if endpoints.family == "microsoft":
        app_only = oauth.grant == "client_credentials"
        key = "microsoft.app_only" if app_only else "microsoft.delegated"
        script = _exchange_script(connector, app_only=app_only)
    elif endpoints.family == "google":
        key = "google.service_account" if oauth.grant == "service_account" else "google.user"
    else:
        key = "generic"
    paragraphs = (_filled(text, facts) for text in REQUESTS[key])
    return AdminRequest(_filled(REQUEST_SUBJECT, facts), "\n\n".join(paragraphs), script)


def _filled(text: str, facts: Mapping[str, Any]) -> str:
    """A text with values in it; longer ones than a sentence about an error may hold."""
    values = {key: clean_text(str(value or "…"), 2000) for key, value in facts.items()}
    return translate(text).format_map(values)


def _exchange_script(connector: Connector, *, app_only: bool) -> str:
    """Commands for Exchange Online PowerShell; every value is a quoted string."""
    mailbox = connector.authentication.username or connector.sender_address()
    sender = connector.sender_address()
    quoted = quote_powershell(mailbox)
    lines = ["#Requires -Modules ExchangeOnlineManagement", _comment("connect")]
    lines.append("Connect-ExchangeOnline")
    lines.append("")
    trustee = quoted
    if app_only:
        client_id = connector.authentication.oauth.client_id or ""
        app = client_id if GUID.fullmatch(client_id) else _MISSING_CLIENT
        condition = quote_powershell(f"appId eq '{app}'")
        trustee = "$principal.Id"
        lines += [
            _comment("principal"),
            "Connect-MgGraph -Scopes 'Application.Read.All'",
            f"$principal = Get-MgServicePrincipal -Filter {condition}",
            "",
            _comment("register"),
            f"New-ServicePrincipal -AppId {quote_powershell(app)} -ObjectId $principal.Id "
            f"-DisplayName {quote_powershell(connector.name)}",
            f"Add-MailboxPermission -Identity {quoted} -User $principal.Id "
            "-AccessRights FullAccess",
            "",
        ]
    if app_only or sender.casefold() != mailbox.casefold():
        lines += [
            _comment("send_as"),
            f"Add-RecipientPermission -Identity {quote_powershell(sender)} -Trustee {trustee} "
            "-AccessRights SendAs -Confirm:$false",
            "",
        ]
    return "\n".join(
        [
            *lines,
            _comment("mailbox"),
            f"Set-CASMailbox -Identity {quoted} -SmtpClientAuthenticationDisabled $false",
            "",
            _comment("organisation"),
            "# Set-TransportConfig -SmtpClientAuthenticationDisabled $false",
            "",
            _comment("check"),
            f"Get-CASMailbox -Identity {quoted} | Format-List SmtpClientAuthenticationDisabled",
        ]
    )


def _comment(key: str) -> str:
    return "# " + translate(SCRIPT_COMMENTS[key]).replace("\n", " ")
