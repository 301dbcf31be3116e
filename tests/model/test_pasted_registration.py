"""What a text pasted into a box of an app registration says."""

from __future__ import annotations

import json

import pytest

from smtpwizard.model.misplaced import CLIENT_ID, TENANT
from smtpwizard.model.pasted_registration import (
    CLIENT_SECRET,
    DOMAIN,
    ISSUER,
    LeftOut,
    inserted,
    looks_final,
    sort_out_registration,
)
from smtpwizard.model.registration import Family

GUID = "c1ae2c30-1111-2222-3333-444444444444"
OTHER = "0a1b2c3d-1111-2222-3333-555555555555"
GOOGLE_ID = "481712345678-abc1def2.apps.googleusercontent.com"
GOOGLE_SECRET = "GOCSPX-abcdefghijklmnopqrstuvwxyz01"
ENTRA_SECRET = "aBc8Q~" + "x" * 34
USER = "authentication.username"

PORTAL = f"""Display name
: smtpwizard
Application (client) ID
: {GUID}
Object ID
: 99999999-1111-2222-3333-555555555555
Directory (tenant) ID
: {OTHER}
Supported account types
: My organization only
"""


def values(text: str, family: Family, box: str = USER) -> dict[str, str]:
    found = sort_out_registration(text, family, box)
    assert found is not None
    secret = {CLIENT_SECRET: found.secret.reveal()} if found.secret is not None else {}
    return {**found.values, **secret}


@pytest.mark.parametrize(
    ("text", "family", "found"),
    [
        (PORTAL, Family.MICROSOFT, {CLIENT_ID: GUID, TENANT: OTHER}),
        (PORTAL.replace("\n: ", " : "), Family.MICROSOFT, {CLIENT_ID: GUID, TENANT: OTHER}),
        (PORTAL.replace("\n", "\r\n"), Family.MICROSOFT, {CLIENT_ID: GUID, TENANT: OTHER}),
        (
            f"Anwendungs-ID (Client): {GUID}\nVerzeichnis-ID (Mandant): {OTHER}",
            Family.MICROSOFT,
            {CLIENT_ID: GUID, TENANT: OTHER},
        ),
        (
            f"Description\tExpires\tValue\tSecret ID\nmail\t5/31/2027\t{ENTRA_SECRET}\t{OTHER}",
            Family.MICROSOFT,
            {CLIENT_SECRET: ENTRA_SECRET},
        ),
        (f"Client ID: {GUID}\nClient secret: {ENTRA_SECRET}", Family.MICROSOFT,
         {CLIENT_ID: GUID, CLIENT_SECRET: ENTRA_SECRET}),
        (ENTRA_SECRET, Family.MICROSOFT, {CLIENT_SECRET: ENTRA_SECRET}),
        (GOOGLE_SECRET, Family.GOOGLE, {CLIENT_SECRET: GOOGLE_SECRET}),
        (f" {GOOGLE_ID}\n", Family.GOOGLE, {CLIENT_ID: GOOGLE_ID}),
        (
            f"Client ID\n{GOOGLE_ID}\nClient secret\n{GOOGLE_SECRET}\nStatus\nEnabled",
            Family.GOOGLE,
            {CLIENT_ID: GOOGLE_ID, CLIENT_SECRET: GOOGLE_SECRET},
        ),
        (
            "client_id=mailer-7\nclient_secret=not-a-real-one-7\n",
            Family.GENERIC,
            {CLIENT_ID: "mailer-7", CLIENT_SECRET: "not-a-real-one-7"},
        ),
        (
            json.dumps({"appId": GUID, "displayName": "x", "password": "p~w", "tenant": OTHER}),
            Family.MICROSOFT,
            {CLIENT_ID: GUID, TENANT: OTHER, CLIENT_SECRET: "p~w"},
        ),
        (
            "https://login.quay.smartflows.com/oauth2/redirect",
            Family.GOOGLE,
            {DOMAIN: "quay.smartflows.com"},
        ),
        (
            f"https://login.microsoftonline.com/{OTHER}/oauth2/v2.0/authorize?client_id={GUID}",
            Family.MICROSOFT,
            {CLIENT_ID: GUID, TENANT: OTHER},
        ),
        ("https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0", Family.MICROSOFT,
         {TENANT: "contoso.onmicrosoft.com"}),
        (
            f"https://entra.microsoft.com/#view/X/ApplicationMenuBlade/~/Overview/appId/{GUID}",
            Family.MICROSOFT,
            {CLIENT_ID: GUID},
        ),
        (
            f"https://console.cloud.google.com/auth/clients/{GOOGLE_ID}?project=mail",
            Family.GOOGLE,
            {CLIENT_ID: GOOGLE_ID},
        ),
        (
            "https://id.corp.example/realms/a/.well-known/openid-configuration",
            Family.GENERIC,
            {ISSUER: "https://id.corp.example/realms/a"},
        ),
    ],
)  # fmt: skip
def test_each_value_finds_its_box(text: str, family: Family, found: dict[str, str]) -> None:
    assert values(text, family) == found


@pytest.mark.parametrize(
    ("text", "family", "box"),
    [
        (GUID, Family.MICROSOFT, CLIENT_ID),
        (GUID, Family.MICROSOFT, TENANT),
        (GUID, Family.MICROSOFT, CLIENT_SECRET),
        (GOOGLE_ID, Family.GOOGLE, CLIENT_ID),
        (GOOGLE_SECRET, Family.GOOGLE, CLIENT_SECRET),
        (ENTRA_SECRET, Family.MICROSOFT, CLIENT_SECRET),
        ("https://login.quay.smartflows.com/oauth2/redirect", Family.GOOGLE, DOMAIN),
        ("login.quay.smartflows.com", Family.GOOGLE, DOMAIN),
        ("mailer@example.com", Family.GOOGLE, USER),
        ("https://id.corp.example", Family.GENERIC, ISSUER),
        ("value of friendship", Family.GENERIC, CLIENT_ID),
        ("https://login.microsoftonline.com/common/oauth2/v2.0/token", Family.MICROSOFT, TENANT),
        ("two words", Family.GOOGLE, CLIENT_ID),
        ("ftp://login.quay.smartflows.com/oauth2/redirect", Family.GOOGLE, CLIENT_ID),
        ("http://[/oauth2/redirect", Family.GOOGLE, CLIENT_ID),
        ("{not json}", Family.MICROSOFT, CLIENT_ID),
        ("{}", Family.MICROSOFT, CLIENT_ID),
        ("", Family.GOOGLE, CLIENT_ID),
        ("x" * 70_000, Family.GOOGLE, CLIENT_ID),
    ],
)
def test_what_may_be_the_value_of_its_box_is_left_alone(
    text: str, family: Family, box: str
) -> None:
    assert sort_out_registration(text, family, box) is None


@pytest.mark.parametrize("family", [Family.GOOGLE])
@pytest.mark.parametrize("box", [CLIENT_ID, CLIENT_SECRET, USER, DOMAIN])
def test_a_client_file_is_one_in_any_box(family: Family, box: str) -> None:
    text = json.dumps({"web": {"client_id": GOOGLE_ID, "client_secret": GOOGLE_SECRET}}, indent=2)
    found = sort_out_registration(f"{text}\n", family, box)
    assert found is not None
    assert found.document is not None
    assert found.document.reveal() == text
    assert found.fields == ()
    assert GOOGLE_SECRET not in repr(found)


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("http://127.0.0.1:4711/?code=4/0abc&state=xyz", LeftOut.ANSWER),
        ("1//0" + "r" * 40, LeftOut.SECRET),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", LeftOut.SECRET),
    ],
)
def test_a_secret_that_no_box_is_for_is_left_out(text: str, left_out: LeftOut) -> None:
    found = sort_out_registration(text, Family.GOOGLE, CLIENT_ID)
    assert found is not None
    assert found.left_out == (left_out,)
    assert found.fields == ()


def test_the_end_of_a_sign_in_still_says_the_domain() -> None:
    text = "https://login.quay.smartflows.com/oauth2/redirect?code=4/0abc&state=xyz"
    for box in (DOMAIN, CLIENT_ID):
        found = sort_out_registration(text, Family.GOOGLE, box)
        assert found is not None
        assert dict(found.values) == {DOMAIN: "quay.smartflows.com"}
        assert found.left_out == (LeftOut.ANSWER,)


def test_the_ids_that_nobody_needs_are_named() -> None:
    found = sort_out_registration(PORTAL, Family.MICROSOFT, CLIENT_ID)
    assert found is not None
    assert found.left_out == (LeftOut.OBJECT_ID,)
    row = f"mail\t5/31/2027\t{ENTRA_SECRET}\t{OTHER}"
    found = sort_out_registration(row, Family.MICROSOFT, CLIENT_SECRET)
    assert found is not None
    assert (found.left_out, found.fields) == ((LeftOut.SECRET_ID,), (CLIENT_SECRET,))


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("", "a", "a"),
        ("ab", "abc", "c"),
        ("abc", "ab", ""),
        ("abc", "axc", "x"),
        ("abc", "wholly other", "wholly other"),
        ("aa", "aaa", "a"),
        ("same", "same", ""),
        ("a", "apasteda", "apasted"),
    ],
)
def test_what_came_in_at_once(before: str, after: str, what: str) -> None:
    assert len(inserted(before, after)) == len(what)


@pytest.mark.parametrize(
    ("text", "final"),
    [
        (" https://login.x.example/oauth2/redirect?code=a&state=b ", True),
        ("http://127.0.0.1:4711/?error=access_denied&state=b", True),
        ("https://login.x.example/oauth2/redirect", False),
        ("https://login.x.example/oauth2/redirect?code=a", False),
        ("?code=a&state=b", False),
        ("https://[x?code=a&state=b", False),
        ("", False),
    ],
)
def test_an_address_that_a_sign_in_ended_at(text: str, final: bool) -> None:
    assert looks_final(text) is final
