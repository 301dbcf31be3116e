"""All that is known of one connector, and its secrets given and taken."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtpwizard.messages.detail import given_text, place_text, weaker_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.model.errors import StorageError
from smtpwizard.model.report import Stage
from smtpwizard.model.stage_facts import StageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.detail import read_detail
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.forget_secret import forget_secret
from smtpwizard.usecases.history import record_run
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.cases import reports

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "data", secret_store="session")


def save(ws: Workspace, **changes: object) -> StoredConnector:
    document = {
        "name": "Invoices",
        "provider": "custom",
        "server": {"host": "smtp.example.com"},
        "authentication": {"method": "basic", "username": "mailer@example.com"},
        "admin": {"email": "admin@example.com"},
    } | changes
    connector, problems = read_connector(document, ws.defaults_for)
    assert connector is not None, problems
    return save_connector(ws, connector, secrets={"password": Secret("kept")})


def test_a_connector_never_tested_has_its_secret_and_no_run(ws: Workspace) -> None:
    stored = save(ws)
    found = read_detail(ws, stored.id)
    assert found is not None
    assert (found.run, found.connection, found.ends, list(found.runs)) == (None, None, (), [])
    (secret,) = found.secrets
    assert (secret.kind, secret.place) == ("password", "session")
    assert secret.given is not None
    assert found.listed.status == "untested"


def test_a_secret_of_a_session_that_has_ended_is_missing(ws: Workspace, tmp_path: Path) -> None:
    stored = save(ws)
    later = read_detail(Workspace.open(tmp_path / "data", secret_store="session"), stored.id)
    assert later is not None
    assert [(each.kind, each.place, each.given) for each in later.secrets] == [
        ("password", "", None)
    ]


def test_one_that_is_gone_has_no_detail(ws: Workspace) -> None:
    assert read_detail(ws, "0" * 32) is None


def test_a_change_of_the_server_is_no_new_secret(ws: Workspace) -> None:
    stored = save(ws)
    ws.store.change_verification(
        stored.id, lambda record: record | {"password_given_at": "2026-01-02T03:04:05Z"}
    )
    edit_connector(ws, stored, {"server.host": "mail.example.com"})
    found = read_detail(ws, stored.id)
    assert found is not None
    assert found.secrets[0].given == "2026-01-02T03:04:05Z"


def test_what_is_weaker_has_its_words(ws: Workspace) -> None:
    server = {"host": "smtp.example.com", "security": "none", "allow_cleartext": True}
    found = read_detail(ws, save(ws, server=server).id)
    assert found is not None
    assert found.weaker == ("unencrypted", "cleartext")
    assert all(weaker_text(code) for code in found.weaker)


def test_a_certificate_that_was_not_accepted_was_seen(ws: Workspace) -> None:
    stored = save(ws)
    chain = (reports.CERTIFICATE, reports.AUTHORITY)
    refused = reports.failed(Stage.TLS, StageError.CERT_UNTRUSTED, chain=chain)
    refused = reports.changed_stage(refused, Stage.TLS, facts=None)
    record_run(ws, stored, stored.connector, refused)
    found = read_detail(ws, stored.id)
    assert found is not None
    assert found.connection is not None
    assert found.connection.fingerprint == reports.CERTIFICATE.fingerprint
    assert not found.connection.trusted


def test_a_forgotten_secret_is_missing(ws: Workspace) -> None:
    stored = save(ws)
    ref = stored.secrets["password"]
    after = forget_secret(ws, stored, "password")
    assert dict(after.secrets) == {}
    assert ref not in ws.store.used([ref])
    found = read_detail(ws, stored.id)
    assert found is not None
    assert [(each.kind, each.place) for each in found.secrets] == [("password", "")]
    assert forget_secret(ws, after, "password") == after


def test_nothing_is_forgotten_over_somebody_elses_change(ws: Workspace) -> None:
    stored = save(ws)
    edit_connector(ws, stored, {"description": "changed meanwhile"})
    with pytest.raises(StorageError, match="changed_elsewhere"):
        forget_secret(ws, stored, "password")
    now = ws.store.read(stored.id)
    assert now is not None
    assert "password" in now.secrets


# --- words


def test_ages_and_days_are_told_in_days() -> None:
    assert given_text("2026-02-14T09:00:00Z", None, NOW) == "given 288 days ago"
    assert given_text("2026-11-29T11:00:00Z", None, NOW) == "given 1 h ago"
    assert given_text("2026-01-01T00:00:00Z", "2026-11-29T11:59:30Z", NOW) == "renewed just now"
    assert given_text(None, None, NOW) == ""
    assert given_text("nonsense", None, NOW) == "given nonsense"
    assert place_text("command", "/usr/bin/pass") == "Fetched by /usr/bin/pass at each use"
