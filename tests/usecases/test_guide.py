"""Guides with the connector's own values, and a request that is safe to paste into a shell."""

from __future__ import annotations

import re
from typing import Any

import pytest

from smtpwizard.messages.guides import CLIENT_TYPES, GUIDES, REQUESTS, VALUE_LABELS
from smtpwizard.model.connector import Connector
from smtpwizard.model.families import grant_for
from smtpwizard.model.registration import Family, OAuthRegistration, Redirect
from smtpwizard.oauth.families import dialect_of
from smtpwizard.usecases.guide import guide_for, request_for
from smtpwizard.usecases.project import set_project
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import connector

ID = "c1ae2c30-1111-2222-3333-444444444444"
WEB = "https://login.flows.example.com/oauth2/redirect"


def made(ws: Workspace, provider: str = "exchange", **changes: Any) -> Connector:
    name = changes.pop("name", "Invoices")
    username = changes.pop("username", "mailer@example.com")
    sender = changes.pop("sender", {})
    server = {"host": "smtp.example.com"} if provider == "custom" else ...
    return connector(
        ws, name=name, provider=provider, server=server, sender=sender,
        authentication={
            "method": "oauth", "username": username, "oauth": {"client_id": ID, **changes},
        },
    )  # fmt: skip


CUSTOM = {"issuer": "https://issuer.example", "scopes": ["openid", "smtp"]}
KEYS: list[tuple[str, dict[str, Any], Redirect | None, str, str | None]] = [
    ("gmail", {}, None, "google.desktop", None),
    ("gmail", {"redirect_uri": WEB}, None, "google.web", WEB),
    ("gmail", {"client_type": "web"}, None, "google.web", "http://127.0.0.1/"),
    ("gmail", {"grant": "service_account"}, None, "google.service_account", None),
    ("exchange", {}, None, "microsoft.web", "http://localhost"),
    ("exchange", {"public_client": True}, None, "microsoft.public", "http://localhost"),
    ("exchange", {}, Redirect.WEB, "microsoft.web", None),
    ("gmail", {}, Redirect.WEB, "google.web", None),
    ("custom", CUSTOM, Redirect.WEB, "generic", None),
    ("exchange", {}, Redirect.DEVICE, "microsoft.device", None),
    ("exchange", {"grant": "client_credentials"}, None, "microsoft.app_only", None),
    ("exchange_china", {}, None, "microsoft.web", "http://localhost"),
    ("custom", CUSTOM, None, "generic", "http://127.0.0.1/"),
    ("custom", CUSTOM | {"grant": "client_credentials"}, None, "generic.app_only", None),
]


@pytest.mark.parametrize(("provider", "oauth", "way", "key", "redirect"), KEYS)
def test_the_guide_that_fits(
    ws: Workspace, provider: str, oauth: dict[str, Any], way: Redirect | None, key: str,
    redirect: str | None,
) -> None:  # fmt: skip
    guide = guide_for(ws, made(ws, provider, **oauth), way)
    assert guide.key == key
    assert guide.redirect_uri == redirect
    assert guide.client_type
    document = guide.to_json()
    values = [value for step in document["steps"] for value in step["values"].values()]
    if redirect is not None and key not in ("google.desktop",):
        assert redirect in values
    for step in guide.steps:
        assert step.text
        assert "{" not in step.text
        assert step.link is None or step.link.startswith("https://")
        assert all(label and value for label, value in step.values)


def test_links_go_to_the_registration_s_own_pages(ws: Workspace) -> None:
    links = [step.link for step in guide_for(ws, made(ws)).steps]
    assert [link for link in links if link and f"/Credentials/appId/{ID}" in link]
    china = [step.link for step in guide_for(ws, made(ws, "exchange_china")).steps]
    assert [link for link in china if link and link.startswith("https://portal.azure.cn/")]
    assert not [link for link in china if link and "entra.microsoft.com" in link]


def test_the_last_day_of_a_secret_is_named(ws: Workspace) -> None:
    def values(**oauth: Any) -> dict[str, str]:
        steps = guide_for(ws, made(ws, **oauth)).steps
        return {label: value for step in steps for label, value in step.values}

    # As it can be pasted into the field.
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", values()["Longest possible"])
    assert "Client secret ends" not in values()
    noted = values(client_secret_expires="2027-05-31")
    assert noted["Client secret ends"] == "2027-05-31"
    assert "Longest possible" not in noted


def test_the_scope_and_the_account_types_are_the_connector_s(ws: Workspace) -> None:
    def values(**oauth: Any) -> str:
        return str(guide_for(ws, made(ws, **oauth)).to_json())

    assert "SMTP.Send offline_access" in values()
    assert "SMTP.SendAsApp" in values(grant="client_credentials", tenant="contoso.example")
    assert "this organizational directory only" in values(tenant="contoso.example")
    assert "any organizational directory" in values(tenant="common")
    assert "Mail.Send" in str(
        guide_for(ws, made(ws, "exchange_hve", grant="client_credentials")).to_json()
    )


def test_every_text_has_its_pieces() -> None:
    assert set(GUIDES) == set(CLIENT_TYPES)
    for _, steps in GUIDES.values():
        for step in steps:
            assert set(step.values) <= set(VALUE_LABELS)
    assert REQUESTS


def test_every_family_has_a_dialect_a_guide_and_a_request() -> None:
    for family in Family:
        for redirect in Redirect:
            oauth = OAuthRegistration(grant=grant_for(redirect, family))
            kind = dialect_of(family).kind(oauth, redirect)
            assert (f"{family}.{kind}" if kind else family) in GUIDES
            assert f"{family}.{'app' if redirect is Redirect.APP else 'user'}" in REQUESTS


def test_the_request_for_a_user(ws: Workspace) -> None:
    request = request_for(ws, made(ws, tenant="contoso.example"))
    assert "mailer@example.com" in request.subject
    assert ID in request.text
    assert "https://login.microsoftonline.com/contoso.example/v2.0/adminconsent?" in request.text
    assert f"client_id={ID}" in request.text
    assert "Set-CASMailbox -Identity 'mailer@example.com'" in request.script
    assert "New-ServicePrincipal" not in request.script
    assert "\n# Set-TransportConfig" in request.script  # there, but not to be run by accident
    assert request.as_mail().startswith(request.subject)
    assert set(request.to_json()) == {"subject", "text", "script"}


def test_the_request_for_an_application_alone(ws: Workspace) -> None:
    request = request_for(ws, made(ws, grant="client_credentials", tenant="contoso.example"))
    script = request.script
    for command in ("New-ServicePrincipal", "Add-MailboxPermission", "Add-RecipientPermission",
                    "Set-CASMailbox", "Set-TransportConfig"):  # fmt: skip
        assert command in script
    # The enterprise application's object ID, not the registration's.
    assert f"Get-MgServicePrincipal -Filter 'appId eq ''{ID}'''" in script
    assert "-ObjectId $principal.Id" in script


@pytest.mark.parametrize("grant", ["authorization_code", "client_credentials"])
@pytest.mark.parametrize(
    "evil",
    ["'; Remove-Mailbox *; '", "$(Remove-Mailbox *)", "`n whoami", "a\u2019; whoami; \u2018",
     "x\" ; whoami", "-Force"],
)  # fmt: skip
def test_values_cannot_leave_their_quotes(ws: Workspace, grant: str, evil: str) -> None:
    """Whatever PowerShell takes for a quote is doubled, and nothing stands outside of quotes."""
    made_by = made(
        ws, name=f"N {evil}", username=evil, grant=grant, client_id=evil, tenant="contoso.example",
        sender={"address": "sender@example.com"},
    )  # fmt: skip
    script = request_for(ws, made_by).script
    lines = [line for line in script.splitlines() if not line.startswith("#")]
    script = "\n".join(lines)
    outside = re.sub(
        r"'(?:[^'\u2018\u2019\u201a\u201b]|(['\u2018\u2019\u201a\u201b])\1)*'", "Q", script
    )
    assert "Q" in outside
    for piece in ("Remove-Mailbox", "whoami", "\u2018", "\u2019", '"', "`"):
        assert piece not in outside
    assert len(script.splitlines()) == len(outside.splitlines())


def test_the_request_to_others(ws: Workspace) -> None:
    google = request_for(ws, made(ws, "gmail"))
    assert google.script == ""
    assert "https://admin.google.com/" in google.text
    delegation = request_for(ws, made(ws, "gmail", grant="service_account"))
    assert "https://mail.google.com/" in delegation.text
    other = request_for(ws, made(ws, "custom", **CUSTOM))
    assert "openid smtp" in other.text
    assert other.missing == ()
    nowhere = request_for(ws, made(ws, "custom", username=None, **CUSTOM), Redirect.WEB)
    assert nowhere.missing == ("authentication.username", "project.domain")
    assert nowhere.to_json()["missing"] == list(nowhere.missing)
    assert "redirect URI" not in nowhere.text


@pytest.mark.parametrize(
    ("provider", "more", "first", "last"),
    [
        ("exchange", {}, "1. Make a new registration", "6. Allow Authenticated SMTP"),
        ("gmail", {}, "1. Choose a project", "7. Copy the client ID"),
        ("gmail", {"grant": "service_account"}, "1. Choose a project", "4. In the Workspace"),
    ],
)
def test_without_a_client_the_request_asks_for_one(
    ws: Workspace, provider: str, more: dict[str, Any], first: str, last: str
) -> None:
    request = request_for(ws, made(ws, provider, client_id=None, **more))
    assert request.missing == (), "it can be sent"
    for text in ("It has no client at the provider yet", first, last, "Please tell me the client"):
        assert text in request.text
    assert "Come back" not in request.text, "who makes the client has nowhere to come back to"
    assert "<Application (client) ID>" not in request.text
    assert "consent for the application" not in request.text
    assert "never in an email" in request.text, "a secret takes another way"


def test_the_request_for_a_web_client_waits_for_its_redirect(ws: Workspace) -> None:
    request = request_for(ws, made(ws, "gmail", client_id=None), Redirect.WEB)
    assert request.missing == ("project.domain",)


def test_a_mailbox_that_nobody_has_named_is_not_made_up(ws: Workspace) -> None:
    nobody = made(ws, username=None, grant="client_credentials", tenant="contoso.example")
    values = [dict(step.values) for step in guide_for(ws, nobody).steps]
    assert not any("Mailbox" in named for named in values)
    request = request_for(ws, nobody)
    assert "@" not in request.subject + request.script
    assert "'<mailbox>'" in request.script
    assert request.missing == ("authentication.username",)
    sender = made(ws, username=None, sender={"address": "team@example.com"})
    assert "team@example.com" in request_for(ws, sender).subject


def test_the_web_guide_asks_for_the_domain_first(ws: Workspace) -> None:
    for provider, changes in (("gmail", {}), ("exchange", {}), ("custom", CUSTOM)):
        connector = made(ws, provider, **changes)
        guide = guide_for(ws, connector, Redirect.WEB)
        assert guide.asks_for_domain
        assert "127.0.0.1" not in str(guide.to_json())
        assert "localhost" not in str([step.values for step in guide.steps])
        assert any("enter that first" in step.text for step in guide.steps)
    set_project(ws, domain="flows.example.com")
    known = guide_for(ws, made(ws), Redirect.WEB)
    assert (known.redirect_uri, known.asks_for_domain) == (WEB, False)
    assert not any("enter that first" in step.text for step in known.steps)
