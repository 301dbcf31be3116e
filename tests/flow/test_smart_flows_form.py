"""What the Smart Flows console is to be told of a connector."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from smtpwizard.flow.smart_flows_form import FormNote, FormPage, FormPart, smart_flows_form
from smtpwizard.model.connector import Security, ServerDefaults, read_connector
from tests.model.documents import MINIMAL, changed

GMAIL = ServerDefaults("smtp.gmail.com", 587, Security.STARTTLS)
OTHER = ServerDefaults("mail.provider.test", 465, Security.IMPLICIT_TLS)


def defaults_for(provider: str) -> ServerDefaults | None:
    return {"gmail": GMAIL, "provider": OTHER}.get(provider)


def form(
    changes: dict[str, Any], kept: dict[str, str] | None = None, domain: str | None = "flows.test"
) -> dict[FormPart, FormPage]:
    connector, problems = read_connector(changed(MINIMAL, copy.deepcopy(changes)), defaults_for)
    assert connector is not None, problems
    pages = smart_flows_form(connector, kept or {}, defaults_for, domain=domain)
    assert [page.part for page in pages] == list(FormPart)
    return {page.part: page for page in pages}


def entries(page: FormPage) -> list[tuple[str, str | None]]:
    return [(field.key, field.value) for field in page.fields]


def noted(page: FormPage) -> dict[str, FormNote | None]:
    return {field.key: field.note for field in page.fields}


BASIC = {
    "authentication": {"method": "basic", "username": "mailer@example.test"},
    "server": {"host": "smtp.example.test", "port": 465, "security": "implicit_tls"},
}


def test_a_server_by_hand_with_a_password() -> None:
    pages = form(BASIC | {"send_to": "inbox@example.test"}, {"password": "keyring:x"})
    assert entries(pages[FormPart.CREATE]) == [
        ("name", "Invoices"),
        ("description", None),
        ("type", "smtp"),
    ]
    assert entries(pages[FormPart.PROVIDER]) == [
        ("provider", "custom"),
        ("server.host", "smtp.example.test"),
        ("server.port", "465"),
        ("server.security", "implicit_tls"),
        ("authentication.username", "mailer@example.test"),
    ]
    assert entries(pages[FormPart.AUTHENTICATE]) == [
        ("authentication.method", "basic"),
        ("authentication.username", "mailer@example.test"),
        ("authentication.password", None),
    ]
    assert entries(pages[FormPart.TEST]) == [
        ("admin.email", "admin@example.test"),
        ("admin.name", None),
        ("send_to", "inbox@example.test"),
    ]
    assert noted(pages[FormPart.TEST])["admin.name"] is FormNote.LEAVE_EMPTY


OAUTH = {
    "provider": "gmail",
    "server": ...,
    "authentication": {
        "method": "oauth",
        "username": "mailer@example.test",
        "oauth": {
            "client_id": "an-id",
            "redirect_uri": "https://login.flows.test/oauth2/redirect",
        },
    },
}


def test_a_provider_of_the_console_s_own_brings_its_server() -> None:
    pages = form(OAUTH, {"client_secret": "file:x", "refresh_token": "file:y"})
    assert entries(pages[FormPart.PROVIDER]) == [("provider", "gmail")]
    page = pages[FormPart.AUTHENTICATE]
    assert entries(page) == [
        ("authentication.method", "oauth"),
        ("authentication.oauth.redirect_uri", "https://login.flows.test/oauth2/redirect"),
        ("authentication.oauth.client_id", "an-id"),
        ("authentication.client_secret", None),
    ]
    assert noted(page)["authentication.oauth.redirect_uri"] is FormNote.REGISTER
    assert noted(page)["authentication.client_secret"] is FormNote.SECRET_IN_FILE
    assert (page.note, page.user) == (FormNote.SIGN_IN_AS, "mailer@example.test")


@pytest.mark.parametrize(
    "changes",
    [
        {"server": {"host": "smtp.gmail.com", "port": 465, "security": "implicit_tls"}},
        {"provider": "provider"},
    ],
)
def test_what_the_console_s_own_set_up_is_not_is_a_server_by_hand(changes: dict[str, Any]) -> None:
    pages = form(OAUTH | changes)
    keys = [key for key, _ in entries(pages[FormPart.PROVIDER])]
    assert keys[:4] == ["provider", "server.host", "server.port", "server.security"]
    assert dict(entries(pages[FormPart.PROVIDER]))["provider"] == "custom"


def test_a_sign_in_that_went_another_way() -> None:
    loopback = form(OAUTH | {"authentication.oauth.redirect_uri": None})
    page = loopback[FormPart.AUTHENTICATE]
    uri = "authentication.oauth.redirect_uri"
    assert dict(entries(page))[uri] == "https://login.flows.test/oauth2/redirect"
    assert noted(page)[uri] is FormNote.REGISTER_TOO
    unknown = form(OAUTH | {"authentication.oauth.redirect_uri": None}, domain=None)
    page = unknown[FormPart.AUTHENTICATE]
    assert dict(entries(page))[uri] is None
    assert noted(page)[uri] is FormNote.DOMAIN_UNKNOWN


def test_without_a_user_and_without_a_login() -> None:
    app = {"authentication.oauth.grant": "client_credentials"}
    assert form(OAUTH | app)[FormPart.AUTHENTICATE].note is FormNote.NEEDS_USER
    nobody = OAUTH | {"authentication.username": None}
    assert form(nobody)[FormPart.AUTHENTICATE].note is FormNote.SIGN_IN
    page = form({})[FormPart.AUTHENTICATE]
    assert (page.fields, page.note) == ((), FormNote.NO_LOGIN)


@pytest.mark.parametrize(
    ("reference", "note"),
    [
        ("keyring:a", FormNote.SECRET_IN_KEYRING),
        ("file:a", FormNote.SECRET_IN_FILE),
        ("session:a", FormNote.SECRET_OF_SESSION),
        (None, FormNote.SECRET_MISSING),
    ],
)
def test_a_secret_is_said_to_be_somewhere_and_never_shown(
    reference: str | None, note: FormNote
) -> None:
    kept = {"password": reference} if reference else {}
    field = form(BASIC, kept)[FormPart.AUTHENTICATE].fields[-1]
    assert (field.value, field.note) == (None, note)


def test_a_secret_of_a_helper_command() -> None:
    command = {"authentication.secret_command": ["/usr/bin/pass", "show", "mail"]}
    field = form(BASIC | command)[FormPart.AUTHENTICATE].fields[-1]
    assert (field.value, field.note) == (None, FormNote.SECRET_OF_COMMAND)
