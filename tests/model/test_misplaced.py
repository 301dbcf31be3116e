"""Secrets by their shape in fields that are saved in the clear, and honest values that are none.

Every secret here was made up for this file.
"""

from __future__ import annotations

import base64
import json
import string
from typing import Any

import pytest

from smtpwizard.model.connector import read_connector
from smtpwizard.model.misplaced import looks_like_a_secret, misplaced
from tests.model.documents import FULL, MINIMAL, changed, defaults_for

LETTERS = (string.ascii_letters + string.digits) * 8

SECRETS = {
    "google client secret": "GOCSPX-" + LETTERS[:28],
    "google refresh token": "1//0" + LETTERS[:60],
    "google access token": "ya29." + LETTERS[:80],
    "google code": "4/0" + LETTERS[:60],
    "google api key": "AIza" + LETTERS[:35],
    "microsoft client secret": "aB3" + "8Q~" + LETTERS[:34],
    "microsoft refresh token": "0.A" + LETTERS[:40] + "." + LETTERS[:200],
    "personal refresh token": "M.C512_BAY.0.U.-" + LETTERS[:80],
    "signed token": ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "RS256", "typ": "JWT"}, {"sub": "someone"}, {"sig": "nature"})
    ),
    "private key": "-----BEGIN PRIVATE KEY----- " + LETTERS[:64],
    "rsa key": "-----BEGIN RSA PRIVATE KEY-----",
    "client file": json.dumps({"installed": {"client_id": "x", "client_secret": "y" * 10}}),
    "escaped json": json.dumps(json.dumps({"private_key": "x"})),
    "form": "grant_type=refresh_token&client_secret=abcdefgh12345678",
    "address with a password": "smtp://mailer:hunter2@smtp.example.com:587",
    "query with a password": "https://login.example.com/?user=a&password=hunter2",
    "sendgrid key": "SG." + LETTERS[:22] + "." + LETTERS[:43],
    "brevo key": "xsmtpsib-" + "0123456789abcdef" * 4 + "-abc",
}

HONEST = (
    "1234567890-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com",
    "9a1b2c3d-4e5f-6789-abcd-ef0123456789",
    "contoso.onmicrosoft.com",
    "mailer@example.com",
    "CONTOSO\\mailer",
    "AKIAIOSFODNN7EXAMPLE",  # the user name of Amazon SES
    "apikey",  # the user name of SendGrid
    "Password: ask Anna, it lies in the vault under mail/invoices",
    "The client secret ends in May; see https://portal.example.com/keys?id=12",
    "https://login.flows.example.com/oauth2/redirect",
    "http://127.0.0.1:8400/callback",
    "https://outlook.office.com/SMTP.Send",
    "api://9a1b2c3d-4e5f-6789-abcd-ef0123456789/.default",
    "socks5://proxy.example.com:1080",
    "socks5://[2001:db8::1]:1080",
    "https://example.com:8443/a@b",
    "secret-tool lookup password mail",
    "Rechnungen & Mahnungen (1//2 pro Monat)",
    "-----BEGIN CERTIFICATE-----\nAIza" + LETTERS[:60] + "\n-----END CERTIFICATE-----\n",
)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_told_by_its_shape(name: str) -> None:
    secret = SECRETS[name]
    assert looks_like_a_secret(secret)
    assert looks_like_a_secret(f"the key is {secret} since May")


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_value_is_not_taken_for_one(text: str) -> None:
    assert not looks_like_a_secret(text)


@pytest.mark.parametrize(
    "field",
    [
        "name", "description", "send_to", "server.host", "server.ca_file", "server.invented",
        "authentication.username", "authentication.secret_command",
        "authentication.oauth.client_id", "authentication.oauth.tenant",
        "authentication.oauth.scopes", "authentication.oauth.redirect_uri",
        "authentication.oauth.token_endpoint", "admin.name", "sender.name", "custom.deep.key",
    ],
)  # fmt: skip
def test_every_field_is_looked_at(field: str) -> None:
    secret: Any = SECRETS["google client secret"]
    value = [secret] if field.endswith(("scopes", "secret_command")) else secret
    document = changed(FULL, {})
    *parents, last = field.split(".")
    inner = document
    for parent in parents:
        inner = inner.setdefault(parent, {})
    inner[last] = value
    assert [(p.field, p.code) for p in misplaced(document)] == [(field, "secret_in_document")]


def test_a_name_may_be_a_secret_too() -> None:
    document = changed(MINIMAL, {"more": {SECRETS["google client secret"]: 1}})
    assert [p.code for p in misplaced(document)] == ["secret_in_document"]


@pytest.mark.parametrize(
    "client_id",
    ["two words", " id", "id\t", 'a"b', "it's", "{id}", "id}", "“id”", "a\nb", "a\xa0b"],
)
def test_no_client_id_has_blanks_quotes_or_braces(client_id: str) -> None:
    document = changed(FULL, {})
    document["authentication"]["oauth"]["client_id"] = client_id
    (problem,) = misplaced(document)
    assert (problem.field, problem.code) == ("authentication.oauth.client_id", "client_id_invalid")


@pytest.mark.parametrize("client_id", [None, "", "an-id", HONEST[0], HONEST[1], 7])
def test_client_ids_as_they_are_given_out(client_id: Any) -> None:
    document = changed(FULL, {})
    document["authentication"]["oauth"]["client_id"] = client_id
    assert misplaced(document) == ()


def test_whole_documents() -> None:
    assert misplaced(FULL) == ()
    assert misplaced(MINIMAL) == ()
    assert misplaced({"authentication": []}) == ()


def test_a_file_from_before_is_read_all_the_same() -> None:
    document = changed(FULL, {})
    document["authentication"]["oauth"]["client_id"] = "an id"
    found, problems = read_connector(document, defaults_for)
    assert found is not None, problems


@pytest.mark.parametrize(
    "tenant",
    ["my tenant", "https://login.example.com/x", "me@contoso.example", "{id}", "a/b", "x:y"],
)
def test_no_tenant_is_an_address(tenant: str) -> None:
    document = changed(FULL, {})
    document["authentication"]["oauth"]["tenant"] = tenant
    (problem,) = misplaced(document)
    assert (problem.field, problem.code) == ("authentication.oauth.tenant", "tenant_invalid")
    for right in ("contoso.onmicrosoft.com", "common", "c1ae2c30-1111-2222-3333-444444444444"):
        document["authentication"]["oauth"]["tenant"] = right
        assert misplaced(document) == ()
