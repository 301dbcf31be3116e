"""What page, guide and request tell the user to register is what a sign-in really sends."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.messages.client_kinds import client_id_hint, client_secret_hint, kind_text
from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.families import RULES, redirect_uri_to_register
from smtpwizard.model.registration import (
    Family,
    Learned,
    Redirect,
    names_one_tenant,
    smart_flows_domain,
    web_redirect_uri,
)
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.guide import guide_for, request_for
from smtpwizard.usecases.project import set_project
from tests.oauth.conftest import ACCOUNT, CLIENT_ID, SECRET, WEB_REDIRECT, Lab

DOMAIN = "flows.example.com"
OWN = "https://own.example.com/back"
# What is registered, and what is already known about the registration.
REGISTRATIONS: dict[str, dict[str, object]] = {
    "usual": {},
    "web client": {"learned": Learned(client_type="web")},
    "own web": {"registered_redirect": OWN},
    "own loopback": {"registered_redirect": "http://localhost/back"},
}


def draft_of(lab: Lab, family: Family, redirect: Redirect, **changes: object) -> ConnectorDraft:
    lab.provide(family)
    draft = ConnectorDraft(
        name="Invoices",
        provider=family,
        username=ACCOUNT,
        redirect=redirect,
        domain=DOMAIN,
        client_id=CLIENT_ID,
        client_secret=Secret(SECRET),
        tenant="contoso.example",
    )
    return draft._replace(**changes).with_family(lab.ws.defaults_for)  # type: ignore[arg-type]


def sent_by(lab: Lab, draft: ConnectorDraft) -> str | None:
    """The redirect_uri of the authorization request; None where there was no such request."""
    connector = draft.for_sign_in(lab.ws.defaults_for)
    assert connector is not None
    lab.shown.clear()
    token = CancelToken()
    if draft.redirect is not Redirect.APP:
        with pytest.raises(SmtpWizardError):
            lab.sign_in(
                connector, draft.redirect, token=token, open_url=lambda _: token.cancel(),
                read_answer=lambda: "",
            )  # fmt: skip
    found = [dict(parse_qsl(urlsplit(shown.url).query)) for shown in lab.shown]
    return found[0].get("redirect_uri") if found else None


def without_port(uri: str) -> str:
    parts = urlsplit(uri)
    if not is_loopback(parts.hostname or ""):
        return uri
    return parts._replace(netloc=parts.netloc.rpartition(":")[0] or parts.netloc).geturl()


@pytest.mark.parametrize("registration", REGISTRATIONS)
@pytest.mark.parametrize("redirect", Redirect)
@pytest.mark.parametrize("family", Family)
def test_page_guide_request_and_wire_agree(
    make_lab: Callable[..., Lab], family: Family, redirect: Redirect, registration: str
) -> None:
    lab = make_lab(jwt=True, microsoft=family is Family.MICROSOFT)
    set_project(lab.ws, domain=DOMAIN)
    draft = draft_of(lab, family, redirect, **REGISTRATIONS[registration])
    page = draft.redirect_uri_to_register() or None
    connector = draft.for_guide(lab.ws.defaults_for)
    assert connector is not None
    guide = guide_for(lab.ws, connector, redirect)
    assert guide.redirect_uri == page
    told = {dict(step.values).get("Redirect URI") for step in guide.steps} - {None}
    assert told <= {page}
    if page is not None:
        # What has to be registered is told where the registration is made.
        assert told == {page}
    request = request_for(lab.ws, connector, redirect)
    assert page is None or family is not Family.GENERIC or page in request.text
    assert "redirect URI" not in request.text or page is not None
    sent = sent_by(lab, draft)
    if redirect in (Redirect.DEVICE, Redirect.APP):
        assert (page, sent) == (None, None)
    elif page is None:
        # Google's desktop clients return to any path of this machine, and register none.
        assert (family, redirect) == (Family.GOOGLE, Redirect.LOOPBACK)
        assert sent is not None
        assert urlsplit(sent).hostname == "127.0.0.1"
    else:
        assert sent is not None
        assert without_port(sent) == page


def test_a_connector_keeps_the_redirect_that_its_page_shows(lab: Lab) -> None:
    """Even where the project has no domain any more, from which it came."""
    from smtpwizard.flow.draft import draft_from_connector

    lab.provide("generic")
    stored = lab.connector("generic", redirect_uri=WEB_REDIRECT)
    draft = draft_from_connector(stored, kept_secrets=frozenset(), taken_names=frozenset())
    draft = draft._replace(client_secret=Secret(SECRET)).with_family(lab.ws.defaults_for)
    assert draft.redirect_uri_to_register() == WEB_REDIRECT
    assert sent_by(lab, draft) == WEB_REDIRECT
    # Another redirect is another address: the web one is gone, and its domain is asked for.
    loopback = draft._replace(redirect=Redirect.LOOPBACK)
    assert loopback.redirect_uri_to_register() == "http://127.0.0.1/"
    own = lab.connector("generic", redirect_uri="http://localhost:8400/")
    draft = draft_from_connector(own, kept_secrets=frozenset(), taken_names=frozenset())
    asked = draft._replace(redirect=Redirect.WEB, client_secret=Secret(SECRET))
    fields = [problem.field for problem in asked.judge(lab.ws.defaults_for)[1]]
    assert fields == ["project.domain"]
    # And another registration has its own addresses.
    assert draft.redirect_uri_to_register() == "http://localhost:8400/"
    other = draft.with_client_id("another").with_family(lab.ws.defaults_for)
    assert other.redirect_uri_to_register() == "http://127.0.0.1/"


@pytest.mark.parametrize(
    ("redirect", "own", "web", "uri"),
    [
        (Redirect.WEB, None, "https://web.example/", "https://web.example/"),
        (Redirect.WEB, "https://own.example/", "https://web.example/", "https://own.example/"),
        (Redirect.WEB, "http://localhost:8400/", "https://web.example/", "http://localhost:8400/"),
        (Redirect.WEB, None, None, "http://127.0.0.1/"),
        (Redirect.LOOPBACK, None, "https://web.example/", "http://127.0.0.1/"),
        (Redirect.LOOPBACK, "http://localhost/back", None, "http://localhost/back"),
        (Redirect.DEVICE, "https://own.example/", "https://web.example/", None),
        (Redirect.APP, "https://own.example/", "https://web.example/", None),
    ],
)
def test_which_redirect_is_registered(
    redirect: Redirect, own: str | None, web: str | None, uri: str | None
) -> None:
    assert redirect_uri_to_register(redirect, Family.GENERIC, own=own, web=web) == uri


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("acme.smartflows.com", "acme.smartflows.com"),
        (" ACME.smartflows.com. ", "acme.smartflows.com"),
        ("login.acme.smartflows.com", "acme.smartflows.com"),
        ("Login.Acme.smartflows.com", "acme.smartflows.com"),
        ("https://login.acme.smartflows.com/oauth2/redirect", "acme.smartflows.com"),
        ("HTTPS://LOGIN.ACME.SMARTFLOWS.COM/oauth2/redirect/", "acme.smartflows.com"),
        ("login.acme.smartflows.com/oauth2/redirect", "acme.smartflows.com"),
        ("https://acme.smartflows.com/console/connectors?id=1#top", "acme.smartflows.com"),
        ("http://acme.smartflows.com", "acme.smartflows.com"),
        ("acme.smartflows.com/", "acme.smartflows.com"),
        ("https://login.acme.smartflows.com:443/oauth2/redirect", "acme.smartflows.com"),
        ("https://login.acme.smartflows.com:8443/oauth2/redirect", "acme.smartflows.com:8443"),
        ("login.com", "login.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("acme", None),
        ("https://", None),
        ("", None),
        ("ftp://acme.smartflows.com", None),
        ("me@acme.smartflows.com", None),
        ("two words.example", None),
        ("acme.smartflows.com:x", None),
        ("acme.smartflows.com:0", None),
    ],
)
def test_the_domain_in_what_is_read_off_the_address_bar(text: str, domain: str | None) -> None:
    assert smart_flows_domain(text) == domain
    uri = f"https://login.{domain}/oauth2/redirect" if domain else None
    assert web_redirect_uri(text, None) == uri
    if domain is not None:
        assert smart_flows_domain(domain) == domain


def test_the_project_s_redirect() -> None:
    assert web_redirect_uri(" flows.example.com ", None) == WEB_REDIRECT
    assert web_redirect_uri("flows.example.com", "https://here.example/app/") == (
        "https://here.example/app/oauth2/redirect"
    )
    assert web_redirect_uri("not a domain", None) is None
    assert web_redirect_uri("localhost", None) is None
    assert web_redirect_uri(None, "") is None


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("contoso.onmicrosoft.com", True), ("c1ae2c30-1111-2222-3333-444444444444", True),
        ("", False), (None, False), ("  ", False), ("common", False), ("Common", False),
        ("organizations", False), ("CONSUMERS", False), (" consumers ", False),
    ],
)  # fmt: skip
def test_what_names_one_tenant(text: str | None, one: bool) -> None:
    assert names_one_tenant(text) is one


def test_every_family_has_its_rules_and_its_words() -> None:
    assert set(RULES) == set(Family)
    for family in Family:
        assert client_id_hint(family)
        for redirect in Redirect:
            assert all(kind_text(family, redirect))
            assert client_secret_hint(family, redirect)


def test_google_s_web_clients_register_what_its_desktop_clients_do_not() -> None:
    def registered(client_type: str | None) -> str | None:
        return redirect_uri_to_register(Redirect.LOOPBACK, Family.GOOGLE, client_type=client_type)

    assert (registered(None), registered("desktop")) == (None, None)
    assert registered("web") == "http://127.0.0.1/"
