"""Mistakes in a registration that can be seen before anything is sent, and client files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.messages.face import Face
from smtpwizard.messages.signing_in import CLIENT_FILE_FINDINGS, FINDINGS, finding_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.oauth.registrations import endpoints_for
from smtpwizard.providers import CatalogueError, parse_catalogue
from smtpwizard.usecases.client_file import look_over_client_file, read_file, with_client_file
from smtpwizard.usecases.project import set_project
from smtpwizard.usecases.sign_in import look_over_registration
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import connector

ID = "c1ae2c30-1111-2222-3333-444444444444"
GOOGLE_ID = "123-abc.apps.googleusercontent.com"
WEB = "https://login.flows.example.com/oauth2/redirect"


def made(ws: Workspace, provider: str = "exchange", **oauth: Any) -> Connector:
    identifier = {"gmail": GOOGLE_ID}.get(provider, ID)
    return connector(
        ws, provider=provider, server={"host": "h.example"} if provider == "custom" else ...,
        authentication={
            "method": "oauth", "username": oauth.pop("username", "mailer@example.com"),
            "oauth": {"client_id": identifier, **oauth},
        },
    )  # fmt: skip


FOUND: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    ("exchange", {}, "a~secret~value", None),
    ("exchange", {}, "c1ae2c30-9999-2222-3333-444444444444", "secret_is_a_guid"),
    ("exchange", {}, ID, "secret_is_the_client_id"),
    ("exchange", {}, " padded", "secret_has_spaces"),
    ("exchange", {}, "pad ded", "secret_has_spaces"),
    ("exchange", {}, '{"installed": {}}', "secret_is_a_document"),
    ("exchange", {"redirect_uri": WEB}, None, "secret_missing_for_web"),
    ("exchange", {"grant": "client_credentials", "tenant": "x.y"}, None, "secret_missing_for_web"),
    ("exchange", {"client_id": f"{ID} "}, "x", "client_id_has_spaces"),
    ("exchange", {}, "secret\u200b", "odd_characters"),
    ("exchange", {"client_id": f"{ID}\u200b"}, "x", "odd_characters"),
    ("exchange", {"tenant": "contoso.example\u00a0"}, "x", "odd_characters"),
    ("exchange", {"client_id": "contoso.onmicrosoft.com"}, "x", "client_id_is_a_domain"),
    ("exchange", {"client_id": "12-ab.apps.googleusercontent.com"}, "x", "client_id_is_googles"),
    ("exchange", {"client_id": "me@contoso.com"}, "x", "client_id_is_an_address"),
    ("exchange", {"client_id": "Invoices"}, "x", "client_id_not_a_guid"),
    ("exchange", {"tenant": ID}, "x", "tenant_is_the_client_id"),
    ("exchange", {"tenant": "my tenant"}, "x", "tenant_invalid"),
    ("exchange", {"grant": "client_credentials"}, "x", "tenant_needed"),
    ("exchange", {"scopes": ["https://graph.microsoft.com/Mail.Send"]}, "x",
     "scope_refused_by_smtp"),
    ("exchange", {"scopes": ["SMTP.Send"]}, "x", "scope_refused_by_smtp"),
    ("exchange", {"scopes": ["https://outlook.office.com/.default"]}, "x", "scope_app_only"),
    ("exchange", {"redirect_uri": "http://127.0.0.1"}, "x", "redirect_needs_localhost"),
    ("exchange", {"redirect_uri": "http://127.0.0.2:8400"}, "x", "redirect_needs_localhost"),
    ("exchange", {"redirect_uri": "http://[0:0::1]"}, "x", "redirect_needs_localhost"),
    ("exchange", {"redirect_uri": WEB + "?a=b"}, "x", "redirect_has_query"),
    ("exchange", {"username": "hr"}, "x", "user_not_an_address"),
    ("gmail", {"username": "not an address"}, "x", "user_not_an_address"),
    ("gmail", {}, "GOCSPX-secret", None),
    ("gmail", {}, None, "secret_missing_for_web"),
    ("gmail", {"client_id": ID}, "x", "client_id_not_google"),
    ("gmail", {"scopes": ["https://www.googleapis.com/auth/gmail.send"]}, "x",
     "scope_refused_by_smtp"),
    ("gmail", {"client_type": "desktop", "redirect_uri": WEB}, "x", "redirect_needs_web"),
    ("gmail", {"client_type": "web"}, "x", "redirect_needs_desktop"),
    ("gmail", {"client_type": "web", "redirect_uri": "http://localhost"}, "x",
     "redirect_port_for_web"),
    ("gmail", {"grant": "service_account", "client_id": "7"}, "x", "secret_is_no_key_file"),
    ("gmail", {"grant": "service_account", "client_id": "7"}, '{"type": 1}', None),
    ("custom", {"issuer": "https://i.example", "client_id": "anything", "username": "hr"}, None,
     None),
    ("custom", {"issuer": "https://i.example", "scopes": ["SMTP.x"]}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "oauth", "secret", "code"), FOUND)
def test_what_looks_wrong_is_said_beside_its_field(
    ws: Workspace, provider: str, oauth: dict[str, Any], secret: str | None, code: str | None
) -> None:
    given = Secret(secret) if secret else None
    found = look_over_registration(ws, made(ws, provider, **oauth), given)
    assert [c for _, c, _ in found] == ([code] if code else [])
    for field, known, facts in found:
        assert field.startswith("authentication.")
        sentence = finding_text(known, facts)
        assert secret is None or len(secret) < 3 or secret not in sentence


def test_every_finding_has_its_sentence_and_the_reverse() -> None:
    assert {code for *_, code in FOUND if code} == set(FINDINGS)


def test_a_secret_in_the_store_is_not_missing(ws: Workspace) -> None:
    assert look_over_registration(ws, made(ws, "gmail"), None, kept_secret=True) == []


# -- endpoints ---------------------------------------------------------------------------------


def test_a_known_provider_s_endpoints_are_its_entry_s(ws: Workspace) -> None:
    mine = made(
        ws, "gmail", token_endpoint="https://evil.example/token", issuer="https://evil.example"
    )
    assert endpoints_for(ws.catalogue, mine).token == "https://oauth2.googleapis.com/token"
    china = made(ws, cloud="exchange_china")
    assert endpoints_for(ws.catalogue, china).host() == "login.partner.microsoftonline.cn"
    assert (
        endpoints_for(ws.catalogue, made(ws, cloud="global")).host() == "login.microsoftonline.com"
    )
    for oauth in ({}, {"token_endpoint": "https://x.example/t"}):
        with pytest.raises(UsageError, match="oauth_endpoints_missing"):
            endpoints_for(ws.catalogue, made(ws, "custom", **oauth))


GMAIL = """
[[provider]]
id = "gmail"
name = "Gmail"
host = "smtp.gmail.com"
port = 587
security = "starttls"
issuer = "https://accounts.google.com"
authorization_endpoint = "https://accounts.google.com/a"
token_endpoint = "https://oauth2.googleapis.com/token"
revocation_endpoint = "https://oauth2.googleapis.com/revoke"
scopes = ["x"]
"""


def test_endpoints_of_two_servers_are_never_mixed() -> None:
    def merged(text: str) -> Any:
        return parse_catalogue([GMAIL, f'id = "gmail"\n{text}']).get("gmail")

    moved = merged('token_endpoint = "https://mock/t"\nauthorization_endpoint = "https://mock/a"')
    assert (moved.token_endpoint, moved.issuer) == ("https://mock/t", None)
    assert "revocation_endpoint" not in moved.more
    assert moved.scopes == ("x",)
    discovered = merged('issuer = "https://mock"')
    assert (discovered.issuer, discovered.token_endpoint) == ("https://mock", None)
    added = merged('device_authorization_endpoint = "https://accounts.google.com/d"')
    assert added.token_endpoint == "https://oauth2.googleapis.com/token"
    same = merged('token_endpoint = "https://oauth2.googleapis.com/token"\nport = 465')
    assert (same.issuer, same.port) == ("https://accounts.google.com", 465)


KEYS = ("issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "url",
    [
        "http://x.example/", "http://127.x.example/", "ftp://x/", "x", "https://", "https://[::1",
        "https://accounts.google.com@x.example/", "https://x.example\\@accounts.google.com/",
    ],
)  # fmt: skip
def test_o_29_endpoints_are_https_or_here(key: str, url: str) -> None:
    with pytest.raises(CatalogueError, match=key):
        parse_catalogue([GMAIL, f"id = 'gmail'\n{key} = '{url}'"])
    here = "".join(f'{name} = "http://127.0.0.1:9/x"\n' for name in KEYS)
    parse_catalogue([GMAIL, f'id = "gmail"\n{here}'])


# -- client files ------------------------------------------------------------------------------

INSTALLED = {
    "installed": {
        "client_id": GOOGLE_ID,
        "project_id": "p",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "client_secret": "GOCSPX-canary",
        "redirect_uris": ["http://localhost"],
    }
}
KEY = {
    "type": "service_account", "client_id": "12345", "client_email": "r@p.example",
    "private_key": "-----BEGIN", "token_uri": "https://oauth2.googleapis.com/token",
}  # fmt: skip


def web(*redirects: str) -> dict[str, Any]:
    return {"web": {**INSTALLED["installed"], "redirect_uris": list(redirects)}}


def imported(ws: Workspace, document: Any, **oauth: Any) -> tuple[Any, dict[str, Secret]]:
    changed, secrets = with_client_file(
        ws, made(ws, "gmail", **oauth), json.dumps(document).encode()
    )
    return changed.authentication.oauth, secrets


def test_a_desktop_client_s_file(ws: Workspace) -> None:
    oauth, secrets = imported(ws, INSTALLED, client_id="old", redirect_uri=WEB)
    assert (oauth.client_id, oauth.redirect_uri) == (GOOGLE_ID, None)
    assert oauth.client_type == "desktop"
    assert secrets == {"client_secret": Secret("GOCSPX-canary")}


@pytest.mark.parametrize(
    ("registered", "current", "chosen"),
    [
        ([WEB], None, WEB),
        ([WEB, "http://localhost:8400/"], None, WEB),
        (["https://other.example/cb", "http://localhost:8400/"], None, "http://localhost:8400/"),
        (["https://other.example/cb"], None, "https://other.example/cb"),
        ([WEB, "https://other.example/cb"], "https://other.example/cb", "https://other.example/cb"),
        (["http://localhost", "http://evil.example:1/"], None, None),
        ([], None, None),
    ],
)
def test_a_web_client_s_file(
    ws: Workspace, registered: list[str], current: str | None, chosen: str | None
) -> None:
    set_project(ws, domain="flows.example.com")
    oauth, _ = imported(ws, web(*registered), redirect_uri=current)
    assert oauth.redirect_uri == chosen
    assert oauth.client_type == "web"


@pytest.mark.parametrize(
    ("document", "current", "said"),
    [
        (web(WEB), None, "client_file_redirect"),
        (web("http://localhost"), None, None),
        (web(), None, None),
        (web(WEB), WEB, None),
        (web("https://other.example/cb"), WEB, "client_file_other_redirect"),
        (web("http://localhost"), WEB, "client_file_lacks_redirect"),
        (web(), WEB, "client_file_no_redirect"),
        (INSTALLED, WEB, "client_file_desktop"),
        (INSTALLED, None, None),
        (KEY, WEB, "client_file_service_account"),
    ],
)
def test_what_a_client_file_has_is_said(
    ws: Workspace, document: Any, current: str | None, said: str | None
) -> None:
    before = made(ws, "gmail", redirect_uri=current)
    data = json.dumps(document).encode()
    after, _ = with_client_file(ws, before, data)
    found = look_over_client_file(ws, before, after, data)
    assert [code for _, code, _ in found] == ([said] if said else [])
    for _, code, facts in found:
        for face in Face:
            assert "{" not in finding_text(code, facts, face)


def test_every_word_about_a_client_file_is_used() -> None:
    codes = {"redirect", "other_redirect", "lacks_redirect", "no_redirect", "desktop",
             "service_account"}  # fmt: skip
    assert {f"client_file_{code}" for code in codes} == set(CLIENT_FILE_FINDINGS)


def test_a_service_account_s_key(ws: Workspace) -> None:
    oauth, secrets = imported(ws, KEY, redirect_uri=WEB)
    assert (oauth.grant, oauth.client_id, oauth.redirect_uri) == ("service_account", "12345", None)
    assert json.loads(secrets["client_secret"].reveal()) == KEY


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"installed": {**INSTALLED["installed"], "token_uri": "https://evil.example/t"}},
         "client_json_endpoint"),
        ({"web": {**INSTALLED["installed"], "auth_uri": "https://evil.example/a"}},
         "client_json_endpoint"),
        ({**KEY, "token_uri": "https://evil.example/t"}, "client_json_endpoint"),
        ({**INSTALLED, **web(WEB)}, "client_json_kind"),
        ({"3pi": {}}, "client_json_kind"),
        ({}, "client_json_kind"),
        ([], "client_json_unreadable"),
        ({"installed": {}}, "client_json_unreadable"),
        ({"type": "service_account"}, "client_json_unreadable"),
        ("x" * 70_000, "client_json_too_large"),
    ],
)  # fmt: skip
def test_a_client_file_that_cannot_be_used(ws: Workspace, document: Any, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        imported(ws, document)
    assert caught.value.code == code
    assert caught.value.facts["field"] == "client_json"
    assert "canary" not in repr(caught.value.facts)


UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@pytest.mark.parametrize("encoding", [*UNICODE, "crlf"])
@pytest.mark.parametrize("kind", [INSTALLED, KEY], ids=["client", "key"])
def test_a_client_file_in_another_encoding(
    ws: Workspace, kind: dict[str, Any], encoding: str
) -> None:
    text = json.dumps(kind, indent=1)
    data = text.replace("\n", "\r\n").encode() if encoding == "crlf" else text.encode(encoding)
    _, secrets = with_client_file(ws, made(ws, "gmail"), data)
    _, plain = with_client_file(ws, made(ws, "gmail"), text.encode())
    kept = secrets["client_secret"].reveal()
    assert kept.replace("\r\n", "\n") == plain["client_secret"].reveal()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "client_json_empty"),
        (b" \r\n", "client_json_empty"),
        ("".encode("utf-16"), "client_json_empty"),
        (json.dumps(KEY).encode("utf-16")[:-1], "client_json_not_text"),
        (b"\x89PNG\xff\xfe", "client_json_not_text"),
        (b"PK\x03\x04", "client_json_unreadable"),
        (b"[" * 60_000, "client_json_unreadable"),
        (b'{"installed": ' + b"9" * 5000 + b"}", "client_json_unreadable"),
        (b" " * 64_001, "client_json_too_large"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_client_file_that_is_none(ws: Workspace, data: bytes, code: str) -> None:
    with pytest.raises(UsageError, match=code):
        with_client_file(ws, made(ws, "gmail"), data)


def test_a_client_file_is_google_s(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="client_json_provider"):
        with_client_file(ws, made(ws), json.dumps(INSTALLED).encode())
    path = tmp_path / "client.json"
    path.write_bytes(b"x" * 200_000)
    with pytest.raises(UsageError, match="client_json_too_large"):
        read_file(path)
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match="file_unreadable"):
            read_file(missing)
