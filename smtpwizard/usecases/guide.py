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
    REQUEST_SEND_BACK,
    REQUEST_SUBJECT,
    REQUEST_TO_MAKE,
    REQUESTS,
    SCRIPT_COMMENTS,
    STAND_INS,
    VALUE_LABELS,
    StepText,
)
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text, is_guid, same_mailbox
from smtpwizard.model.connector import Connector
from smtpwizard.model.problem import Json
from smtpwizard.model.registration import Family, Redirect, names_one_tenant
from smtpwizard.oauth.dialects import Endpoints
from smtpwizard.oauth.families import dialect_of
from smtpwizard.oauth.registrations import endpoints_for, entry_for, expectation
from smtpwizard.usecases.connectors import endpoint
from smtpwizard.usecases.sign_in import redirect_to_register, web_redirect
from smtpwizard.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step as a person reads it; `values` are label and text, each worth a Copy button.

    `place` is what the page behind `link` is called there; `asks` are the boxes, by dotted path,
    for what the step yields.
    """

    text: str
    link: str | None
    values: tuple[tuple[str, str], ...] = ()
    place: str = ""
    asks: tuple[str, ...] = ()

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
    asks_for_domain: bool = False
    """Its redirect URI follows from the Smart Flows domain, which is not known yet."""

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
    missing: tuple[str, ...] = ()
    """Fields, by dotted path, that have to be filled in before anybody can do what it asks for."""

    def to_json(self) -> Json:
        out: Json = {"subject": self.subject, "text": self.text, "script": self.script}
        return out | ({"missing": list(self.missing)} if self.missing else {})

    def as_mail(self) -> str:
        """Subject, text and commands in one."""
        script = f"\n\n{self.script}" if self.script else ""
        return f"{self.subject}\n\n{self.text}{script}"


def guide_for(ws: Workspace, connector: Connector, redirect: Redirect | None = None) -> Guide:
    """The guide that fits the connector's provider, grant and redirect; raises `UsageError`.

    `redirect` takes the place of the registration's own.
    """
    endpoints = endpoints_for(ws.catalogue, connector)
    chosen = _chosen(connector, redirect)
    kind = dialect_of(endpoints.family).kind(connector.authentication.oauth, chosen)
    key = f"{endpoints.family}.{kind}" if kind else endpoints.family.value
    facts = _facts(ws, connector, endpoints, chosen)
    title, steps = GUIDES[key]
    return Guide(
        key,
        translate(title),
        translate(CLIENT_TYPES[key]),
        _redirect_uri(ws, connector, chosen),
        tuple(_step(step, facts) for step in steps),
        asks_for_domain=chosen is Redirect.WEB and facts["redirect_uri"] is None,
    )


def _chosen(connector: Connector, redirect: Redirect | None) -> Redirect:
    # An application alone has no other way, whatever is asked for.
    own = connector.authentication.oauth.redirect
    return own if own is Redirect.APP or redirect is None else redirect


def _step(step: StepText, facts: Mapping[str, Any]) -> GuideStep:
    link = str(facts.get(step.link[1:-1]) or "") if step.link.startswith("{") else step.link
    unknown = "redirect_uri" in step.values and facts.get("redirect_uri") is None
    text = step.without_uri if unknown and step.without_uri else step.text
    values = [(translate(VALUE_LABELS[name]), facts.get(name)) for name in step.values]
    return GuideStep(
        _fill(text, facts),
        link or None,
        tuple((label, clean_text(str(value), 1000)) for label, value in values if value),
        translate(step.place) if step.place else "",
        step.asks,
    )


def _facts(
    ws: Workspace, connector: Connector, endpoints: Endpoints, redirect: Redirect
) -> dict[str, Any]:
    entry = entry_for(ws.catalogue, connector)
    more = entry.more if entry is not None else {}
    oauth = connector.authentication.oauth
    tenant = oauth.tenant or ""
    months = more.get("client_secret_max_months")
    role = expectation(endpoints, connector).role
    return {
        "app_name": connector.name,
        "mailbox": _mailbox(connector) or None,
        "server": endpoint(connector.server),
        "client_id": oauth.client_id,
        "tenant": tenant,
        "scope": " ".join(endpoints.scopes),
        "redirect_uri": _redirect_uri(ws, connector, redirect),
        "permissions": role or "SMTP.Send offline_access",
        "account_types": translate(ACCOUNT_TYPES[_account_types(tenant, endpoints)]),
        "months": months if isinstance(months, int) else 24,
        "secret_expires": oauth.client_secret_expires,
        "secret_ends": _last_day(connector, months),
        **_pages(more.get("console_url"), oauth.client_id),
        "help": entry.help_url if entry is not None else None,
        "consent_link": _consent_link(connector, endpoints),
    }


def _redirect_uri(ws: Workspace, connector: Connector, redirect: Redirect) -> str | None:
    """What is to be registered; None where none is, or where the Smart Flows domain is missing.

    A pasted answer may come back to this machine as well, but that is not what a web client of
    Smart Flows is registered for.
    """
    own = connector.authentication.oauth.redirect_uri or web_redirect(ws)
    if redirect is Redirect.WEB and own is None:
        return None
    return redirect_to_register(ws, connector, redirect)


def _mailbox(connector: Connector) -> str:
    """Whose mail it is, as far as that was entered; the administrator's is another."""
    return connector.authentication.username or connector.sender.address or ""


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
    if is_guid(client_id or ""):
        parts = urlsplit(console)
        menu = "#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~"
        for name, page in _PAGES.items():
            pages[name] = f"{parts.scheme}://{parts.netloc}/{menu}/{page}/appId/{client_id}"
    return pages


def _account_types(tenant: str, endpoints: Endpoints) -> str:
    if tenant.strip().lower() == "consumers" or "/consumers/" in (endpoints.token or ""):
        return "personal"
    # Without a tenant the registration is the customer's own, in one directory.
    return "one" if names_one_tenant(tenant) or not tenant.strip() else "many"


def _last_day(connector: Connector, months: Any) -> str:
    """The last day that the provider allows for a secret made today; empty where one is noted."""
    noted = connector.authentication.oauth.client_secret_expires
    if noted is not None or not isinstance(months, int):
        return ""
    today = datetime.now(UTC).date()
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(today.day, 28)).isoformat()


def _consent_link(connector: Connector, endpoints: Endpoints) -> str:
    """The page on which an administrator consents for a whole tenant (Entra's v2 endpoint)."""
    oauth = connector.authentication.oauth
    if (
        endpoints.family is not Family.MICROSOFT
        or not endpoints.authorization
        or not oauth.client_id
    ):
        return ""
    parts = urlsplit(endpoints.authorization)
    tenant = oauth.tenant if names_one_tenant(oauth.tenant) else "organizations"
    resource = next(
        (s.rpartition("/")[0] for s in endpoints.scopes if s.startswith("https://")), ""
    )
    query = {
        "client_id": oauth.client_id,
        "scope": f"{resource.replace('//outlook.office.com', '//outlook.office365.com')}/.default",
    }
    if oauth.redirect_uri:
        query["redirect_uri"] = oauth.redirect_uri
    return f"{parts.scheme}://{parts.netloc}/{tenant}/v2.0/adminconsent?{urlencode(query)}"


_FIELDS: Mapping[str, str] = {
    "client_id": "authentication.oauth.client_id",
    "mailbox": "authentication.username",
}

# -- the request pack --------------------------------------------------------------------------


def request_for(
    ws: Workspace, connector: Connector, redirect: Redirect | None = None
) -> AdminRequest:
    """The request to an administrator, ready to be sent; raises `UsageError`.

    `redirect` takes the place of the registration's own.
    """
    endpoints = endpoints_for(ws.catalogue, connector)
    chosen = _chosen(connector, redirect)
    app_only = chosen is Redirect.APP
    facts = _facts(ws, connector, endpoints, chosen)
    known = {
        "client_id": connector.authentication.oauth.client_id,
        "mailbox": _mailbox(connector),
    }
    facts |= {name: value or translate(STAND_INS[name]) for name, value in known.items()}
    # Without a client the request is to make one, by the guide's own steps.
    to_make = not known["client_id"]
    missing = [_FIELDS[name] for name, value in known.items() if not value and name != "client_id"]
    script = ""
    if endpoints.family is Family.MICROSOFT:
        script = _exchange_script(connector, app_only=app_only)
    paragraphs = REQUESTS[f"{endpoints.family}.{'app' if app_only else 'user'}"]
    nowhere = chosen is Redirect.WEB and not facts["redirect_uri"]
    if nowhere and (to_make or "{redirect_uri}" in str(paragraphs)):
        missing.append("project.domain")
    # What the registration does not need is not asked for.
    told = [text for text in paragraphs if "{redirect_uri}" not in text or facts["redirect_uri"]]
    filled = [_fill(paragraph, facts) for paragraph in told]
    if to_make:
        *steps, back = guide_for(ws, connector, redirect).steps
        if back.link:  # else it leads back here, which is nothing for whoever makes the client
            steps.append(back)
        made = [_step_as_text(number, step) for number, step in enumerate(steps, 1)]
        filled = [filled[0], translate(REQUEST_TO_MAKE), *made, translate(REQUEST_SEND_BACK)]
    text = "\n\n".join(filled)
    return AdminRequest(_fill(REQUEST_SUBJECT, facts), text, script, tuple(missing))


def _step_as_text(number: int, step: GuideStep) -> str:
    """A step of the guide for somebody who reads it in a mail."""
    lines = [f"{number}. {step.text}"]
    lines += [f"   {label}: {value}" for label, value in step.values]
    return "\n".join([*lines, f"   {step.link}"] if step.link else lines)


def _fill(text: str, facts: Mapping[str, Any]) -> str:
    """A text with values in it; longer ones than a sentence about an error may hold."""
    values = {key: clean_text(str(value or "…"), 2000) for key, value in facts.items()}
    return translate(text).format_map(values)


def _exchange_script(connector: Connector, *, app_only: bool) -> str:
    """Commands for Exchange Online PowerShell; every value is a quoted string."""
    mailbox = _mailbox(connector) or translate(STAND_INS["mailbox"])
    sender = connector.sender_address() if _mailbox(connector) else mailbox
    quoted = quote_powershell(mailbox)
    lines = ["#Requires -Modules ExchangeOnlineManagement", _comment("connect")]
    lines.append("Connect-ExchangeOnline")
    lines.append("")
    trustee = quoted
    if app_only:
        client_id = connector.authentication.oauth.client_id or ""
        app = client_id if is_guid(client_id) else translate(STAND_INS["client_id"])
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
    if app_only or not same_mailbox(sender, mailbox):
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
