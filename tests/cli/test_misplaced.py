"""No secret reaches a file in the clear, whichever way it comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.helpers.programs import prints
from tests.model.documents import FULL, changed, document
from tests.model.test_misplaced import SECRETS

SECRET = SECRETS["google client secret"]
CLIENT_FILE = SECRETS["client file"]
OAUTH: dict[str, Any] = {"method": "oauth", "oauth": {"client_id": "an-id"}}


def on_disk(cli: Cli, text: str) -> bool:
    return any(
        path.is_file() and text.encode() in path.read_bytes() for path in cli.data_dir.rglob("*")
    )


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_creating(cli: Cli, secret: str) -> None:
    source = changed(document(), {"authentication": {**OAUTH, "oauth": {"client_id": secret}}})
    result = cli("create", "--from", "-", "--json", stdin=json.dumps(source))
    assert result.code == 2
    assert result.error["field"] == "authentication.oauth.client_id"
    assert secret not in result.out + result.err
    assert not on_disk(cli, secret)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("authentication.oauth.client_id", CLIENT_FILE, "secret_in_document"),
        ("authentication.oauth.client_id", SECRET, "secret_in_document"),
        ("authentication.oauth.client_id", "two words", "client_id_invalid"),
        ("authentication.oauth.tenant", SECRET, "secret_in_document"),
        ("authentication.oauth.redirect_uri", f"https://a.example/?x={SECRET}",
         "secret_in_document"),
        ("authentication.oauth.scopes", json.dumps([SECRET]), "secret_in_document"),
        ("authentication.secret_command", json.dumps(prints(SECRET)), "secret_in_document"),
        ("description", f"the secret is {SECRET}", "secret_in_document"),
        ("name", SECRET, "secret_in_document"),
        ("admin.name", SECRET, "secret_in_document"),
    ],
)  # fmt: skip
def test_editing(cli: Cli, field: str, value: str, code: str) -> None:
    cli.create(authentication=OAUTH)
    before = cli.files()
    result = cli("edit", "Invoices", "--json", "--set", f"{field}={value}")
    assert (result.code, result.error["field"], result.error["code"]) == (2, field, code)
    assert SECRET not in result.out + result.err
    assert cli.files() == before


def test_a_file_from_before_works_and_is_told_when_it_is_edited(cli: Cli) -> None:
    cli.create(authentication=OAUTH)
    (path,) = (cli.data_dir / "projects").rglob("connectors/*.json")
    path.write_text(path.read_text().replace("an-id", "an id"))
    assert cli("show", "Invoices", "--json").json["authentication"]["oauth"]["client_id"] == "an id"
    result = cli("edit", "Invoices", "--json", "--set", "description=x")
    assert result.error["code"] == "client_id_invalid"
    mended = cli("edit", "Invoices", "--json", "--set", "authentication.oauth.client_id=an-id")
    assert mended.code == 0, mended.out


@pytest.mark.parametrize("key", ["name", "environment", "base_url"])
def test_projects(cli: Cli, key: str) -> None:
    value = f"https://a.example/{SECRET}" if key == "base_url" else SECRET
    result = cli("project", "set", f"{key}={value}", "--json")
    assert (result.code, result.error["field"]) == (2, key)
    assert not on_disk(cli, SECRET)


def test_a_full_document_is_taken(cli: Cli) -> None:
    source = changed(FULL, {"name": "Full"})
    result = cli("create", "--from", "-", "--json", stdin=json.dumps(source))
    assert "secret_in_document" not in result.out
    assert "client_id_invalid" not in result.out
