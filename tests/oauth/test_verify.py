"""From a sign-in to a login: `verify` with tokens that are good, refused, renewed, or not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import secretstore
from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Report, Stage, StageResult, Status
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases import verify as verifying
from smtpwizard.usecases.access_tokens import access_tokens
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.sign_in import keep_sign_in
from smtpwizard.usecases.verify import SecretSources, verify_connector, verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.demo.replaying import assert_same_again
from tests.oauth.conftest import ACCOUNT, SECRET, Lab
from tests.usecases.conftest import FolderStore, refuse


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStore:
    store = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: store)
    return store


@pytest.fixture
def mail(lab: Lab) -> Iterator[ScenarioServer]:
    with lab.mail_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _plays_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verification here, with its tokens or without one, plays again to the same end."""
    original = verifying.verify_connector

    def verify_twice(ws: Workspace, connector: Connector, *args: Any, **options: Any) -> Report:
        report = original(ws, connector, *args, **options)
        assert_same_again(Recording(connector, report), ws.provider_of(connector))
        return report

    monkeypatch.setattr(verifying, "verify_connector", verify_twice)


def saved(lab: Lab, mail: ScenarioServer, **oauth: Any) -> StoredConnector:
    """A connector for the mail server; nobody has signed in yet."""
    lab.ws = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    connector = lab.connector("generic", port=mail.ports["none"], **oauth)
    return save_connector(lab.ws, connector, secrets={"client_secret": Secret(SECRET)})


def signed_in(lab: Lab, mail: ScenarioServer, **oauth: Any) -> StoredConnector:
    stored = saved(lab, mail, **oauth)
    return keep_sign_in(lab.ws, stored, lab.sign_in(stored.connector))


def auth(report: Report) -> StageResult:
    return report.stage(Stage.AUTH)


@pytest.mark.parametrize("mechanism", ["auto", "XOAUTH2", "OAUTHBEARER"])
def test_the_token_logs_in_and_the_email_arrives(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer, mechanism: str
) -> None:
    stored = signed_in(lab, mail, mechanism=mechanism)
    report = verify_stored(lab.ws, stored, send_to="inbox@example.com")
    assert report.ok, report.to_json()
    assert report.exit_code() == 0
    assert auth(report).detail()["username"] == ACCOUNT
    if mechanism != "auto":
        assert auth(report).detail()["mechanism"] == mechanism
    [message] = mail.messages
    assert message.user == ACCOUNT
    assert lab.grants == ["authorization_code", "refresh_token"]
    [request] = report.token_requests
    assert (request.status, request.grant, request.error) == (200, "refresh_token", None)
    assert {"grant_type", "refresh_token"} <= set(request.parameters)
    assert {"access_token", "refresh_token"} <= set(request.answered)
    shown = json.dumps(report.to_json()) + repr(report)
    for secret in [SECRET, *lab.server.secrets_given()]:
        assert secret not in shown
    record = lab.ws.store.read_verification(stored.id) or {}
    assert record["ok"] is True
    assert record["renewed_at"] >= record["signed_in_at"]


def test_without_a_sign_in_the_verification_goes_to_ehlo(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    report = verify_stored(lab.ws, saved(lab, mail), send_to="inbox@example.com")
    assert report.exit_code() == 20
    assert report.stage(Stage.EHLO).status is Status.PASSED
    assert auth(report).status is Status.FAILED
    assert auth(report).detail()["token"] == {"problem": "token_none"}
    assert report.stage(Stage.MAIL_FROM).status is Status.NOT_REACHED
    assert report.causes[0].cause == "oauth_token_revoked"
    assert "AUTH" not in json.dumps(
        [line.line for line in report.transcript if line.sender == "client"]
    )


def test_a_refused_token_is_renewed_once_over_a_new_connection(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    stored = signed_in(lab, mail)
    access_tokens(lab.ws, stored.connector, stored=stored).get()
    lab.server.revoke_access()
    seen: list[StageResult] = []
    report = verify_stored(lab.ws, stored, observer=seen.append)
    assert report.ok, report.to_json()
    assert auth(report).detail()["token_renewed"] is True
    assert lab.grants == ["authorization_code", "refresh_token", "refresh_token"]
    lines = [line.line for line in report.transcript]
    assert len([line for line in lines if line.startswith("220")]) == 2
    assert "the token was refused: a new one, over a new connection" in lines
    assert [line.t_ms for line in report.transcript] == sorted(
        line.t_ms for line in report.transcript
    )
    # Whoever watches sees each stage end once, and no refusal that was none in the end.
    ended = [r.stage for r in seen if r.status is not Status.NOT_REACHED]
    assert [r.stage for r in seen if r.status is Status.FAILED] == []
    assert len(ended) == len(set(ended))
    # The server's words about the first one are in the conversation, its document decoded.
    assert report.stage(Stage.EHLO).status is Status.PASSED


@pytest.mark.parametrize("refresh_too", [False, True])
def test_a_token_that_stays_refused_is_the_end(
    lab: Lab,
    keyring: FolderStore,
    mail: ScenarioServer,
    monkeypatch: pytest.MonkeyPatch,
    refresh_too: bool,
) -> None:
    stored = signed_in(lab, mail)
    access_tokens(lab.ws, stored.connector, stored=stored).get()
    seen: list[StageResult] = []
    if refresh_too:
        lab.server.revoke_all()  # everything is gone: sign in again
        report = verify_stored(lab.ws, stored, observer=seen.append)
        assert report.exit_code() == 20
        assert auth(report).detail()["token"]["problem"] == "token_revoked"
        assert report.causes[0].cause == "oauth_token_revoked"
    else:
        monkeypatch.setattr(lab.server, "token_of", lambda token: None)
        report = verify_stored(lab.ws, stored, observer=seen.append)
        assert report.exit_code() == 15
        reply = auth(report).reply
        assert reply is not None
        assert reply.code == 535
        assert auth(report).detail()["token_refusal"]["status"] == "401"
        assert report.causes
    assert lab.grants == ["authorization_code", "refresh_token", "refresh_token"]
    assert [r.stage for r in seen if r.status is Status.FAILED] == [Stage.AUTH]


def test_another_user_s_token_is_refused_by_the_server(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    stored = signed_in(lab, mail)
    named = stored.connector._replace(
        authentication=stored.connector.authentication._replace(username="shared@example.com"),
    )
    report = verify_connector(lab.ws, named, SecretSources(stored=stored), send_to=None)
    assert report.exit_code() == 15
    assert auth(report).detail()["username"] == "shared@example.com"


def test_a_sign_in_is_proven_before_it_is_saved(lab: Lab, mail: ScenarioServer) -> None:
    connector = lab.connector("generic", port=mail.ports["none"])
    signed = lab.sign_in(connector)
    typed = {"client_secret": Secret(SECRET), **signed.secrets}
    report = verify_connector(lab.ws, connector, SecretSources(typed, sign_in=signed), send_to=None)
    assert report.ok
    assert lab.grants == ["authorization_code"]
    assert lab.ws.connectors().connectors == ()
    # And the same with what was typed alone.
    report = verify_connector(lab.ws, connector, SecretSources(typed), send_to=None)
    assert report.ok


def test_k_06_a_sign_in_that_could_not_be_stored_is_told(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    stored = signed_in(lab, mail)
    keyring.before = refuse("put")
    report = verify_stored(lab.ws, stored, send_to="inbox@example.com")
    assert report.ok
    assert auth(report).detail()["token_not_kept"] is True
    assert len(mail.messages) == 1


@pytest.mark.parametrize(
    ("fault", "problem"),
    [("server_error", "http_status"), ("html", "http_not_json"), ("drop", "http_closed"),
     ({"error": "invalid_client"}, "token_refused"), ({"error": "invalid_grant"}, "token_revoked")],
)  # fmt: skip
def test_a_token_endpoint_in_trouble(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer, fault: Any, problem: str
) -> None:
    stored = signed_in(lab, mail)
    lab.server.behave(token_fault=fault)
    report = verify_stored(lab.ws, stored)
    assert report.exit_code() == 20
    assert auth(report).detail()["token"]["problem"] == problem
    assert auth(report).reply is None
    assert report.causes
    request = report.token_requests[-1]
    assert request.path.endswith("/token")
    said = fault.get("error") if isinstance(fault, dict) else None
    assert request.error == ("server_error" if fault == "server_error" else said)
    assert (request.status is None) == (fault == "drop")


def test_a_token_endpoint_that_hangs_is_bounded(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    stored = signed_in(lab, mail)
    lab.server.behave(token_fault="hang")
    report = verify_stored(lab.ws, stored, timeout_s=0.3)
    assert report.exit_code() == 20
    assert auth(report).detail()["token"]["problem"] == "http_timeout"


def test_a_token_endpoint_that_hangs_is_left_when_it_is_stopped(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    stored = signed_in(lab, mail)
    lab.server.behave(token_fault="hang")
    token = CancelToken()
    lab.server.on_token = token.cancel
    report = verify_stored(lab.ws, stored, token=token)
    assert report.exit_code() == 130


def test_the_client_secret_may_be_typed_for_one_verification(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    stored = signed_in(lab, mail)
    report = verify_stored(lab.ws, stored, secret=Secret("a wrong one"))
    assert report.exit_code() == 20
    assert "a wrong one" not in json.dumps(report.to_json())
    lab.ws.tokens.clear()
    assert verify_stored(lab.ws, stored, secret=Secret(SECRET)).ok


def test_a_missing_store_entry_is_not_a_missing_sign_in(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    from smtpwizard.model.errors import SecretStoreError

    stored = signed_in(lab, mail)
    (keyring.folder / stored.secrets["refresh_token"]).unlink()
    with pytest.raises(SecretStoreError, match="secret_missing"):
        verify_stored(lab.ws, stored)


def test_the_list_knows_what_expires_next(
    lab: Lab, keyring: FolderStore, mail: ScenarioServer
) -> None:
    from smtpwizard.usecases.connectors import list_connectors

    lab.provide("generic", refresh_token_idle_days=90)
    stored = signed_in(lab, mail)
    verify_stored(lab.ws, stored)
    [row] = list_connectors(lab.ws)
    assert row.status == "verified"
    assert row.expires_at is not None
    signed = (lab.ws.store.read_verification(stored.id) or {})["signed_in_at"]
    assert row.expires_at[:10] > signed[:10]
