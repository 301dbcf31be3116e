"""Renewing tokens: once, whoever asks, and never at the cost of the sign-in."""

from __future__ import annotations

import contextlib
import errno
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files, secretstore
from smtpwizard.demo.authorization import Client
from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.messages.causes import cause_lines
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import Cancelled, SecretStoreError, SmtpWizardError
from smtpwizard.model.report import STAGES, Cause, Report, Stage, StageResult, Status
from smtpwizard.model.stage_facts import AuthFacts, StageError, StageFailure, TokenProblem
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken
from smtpwizard.oauth import access_tokens as oauth_tokens
from smtpwizard.oauth.access_tokens import AccessTokens, Kept
from smtpwizard.oauth.signed_in import HeldSecrets
from smtpwizard.oauth.tokens import TokenSet
from smtpwizard.usecases.access_tokens import access_tokens
from smtpwizard.usecases.certificates import distrust, read_certificates, trust
from smtpwizard.usecases.diagnose import causes_for_report
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.edit import edit_connector, edit_fields
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.revoke import revoke
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.sign_in import keep_sign_in
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.oauth.conftest import ACCOUNT, CLIENT_ID, CLIENTS, SECRET, WEB_REDIRECT, Lab
from tests.usecases.conftest import FolderStore, refuse

MakeLab = Callable[..., Lab]


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStore:
    store = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: store)
    return store


def signed_in(lab: Lab, family: str = "generic", **oauth: Any) -> StoredConnector:
    """A saved connector somebody has signed in for, with its secrets in the keyring."""
    lab.ws = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    connector = lab.connector(family, **oauth)
    stored = save_connector(lab.ws, connector, secrets={"client_secret": Secret(SECRET)})
    return keep_sign_in(lab.ws, stored, lab.sign_in(connector))


@pytest.fixture
def stored(lab: Lab, keyring: FolderStore) -> StoredConnector:
    return signed_in(lab)


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(SmtpWizardError) as caught:
        work()
    return caught.value.code


def tokens_of(ws: Workspace, stored: StoredConnector, **options: Any) -> AccessTokens:
    return access_tokens(ws, stored.connector, stored=stored, **options)


def token_of(source: AccessTokens, **options: bool) -> str:
    credential = source.get(**options)
    assert credential.secret is not None
    return credential.secret.reveal()


def test_a_token_for_the_connector_s_login(lab: Lab, stored: StoredConnector) -> None:
    source = tokens_of(lab.ws, stored)
    credential = source.get()
    assert credential.username == ACCOUNT
    assert credential.kind == "bearer"
    assert lab.server.token_of(token_of(source)) is not None
    assert lab.grants == ["authorization_code", "refresh_token"]
    # In memory for as long as it lives, for every source in this process.
    assert token_of(tokens_of(lab.ws, stored)) == token_of(source)
    assert lab.grants == ["authorization_code", "refresh_token"]


@capabilities.refuses_chains_without_a_root
@pytest.mark.parametrize("family", ["google", "microsoft", "generic"])
def test_whom_the_project_trusts_counts_for_the_sign_in_server(
    make_lab: MakeLab, keyring: FolderStore, family: str
) -> None:
    """To sign in, to renew and to end it, as long as the project trusts; a CA file of the
    connector's own decides in its place."""
    lab = make_lab(tls=True, jwt=family == "microsoft", microsoft=family == "microsoft")
    ca_file, lab.ca_file = Path(lab.ca_file or ""), None
    lab.provide(family, revocation_endpoint=f"{lab.server.base}/revoke")
    # Where nobody listens: a browser would have to trust the server as well.
    talk: dict[str, Any] = {"read_answer": lab.final_address, "open_url": lambda _: None}
    web = {"redirect_uri": WEB_REDIRECT}
    assert code_of(lambda: lab.sign_in(lab.connector(family, **web), **talk)) == "http_tls"
    trusted = trust(lab.ws, read_certificates(ca_file))
    signed = lab.sign_in(lab.connector(family, **web), **talk)

    lab.ws = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    stored = save_connector(
        lab.ws, lab.connector(family, **web), secrets={"client_secret": Secret(SECRET)}
    )
    stored = keep_sign_in(lab.ws, stored, signed)
    source = tokens_of(lab.ws, stored)
    assert token_of(source) != token_of(source, force_refresh=True)

    other = ca_file.with_name("other.pem")
    elsewhere = ThrowAwayAuthority().write_ca(other)
    own = edit_connector(lab.ws, stored, {"authentication.oauth.ca_file": str(elsewhere)})
    fresh = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    assert code_of(lambda: token_of(tokens_of(fresh, own), force_refresh=True)) == "http_tls"
    stored = edit_connector(lab.ws, own, {"authentication.oauth.ca_file": None})

    distrust(lab.ws, trusted[0].fingerprint)
    assert code_of(lambda: token_of(tokens_of(fresh, stored), force_refresh=True)) == "http_tls"
    assert not revoke(fresh, stored)
    trust(lab.ws, trusted)
    assert revoke(fresh, stored)


@pytest.mark.parametrize(
    ("family", "tls", "behaviour"),
    [("google", True, {"rotate": False}), ("google", False, {}),
     ("microsoft", False, {"jwt": True, "microsoft": True})],
)  # fmt: skip
def test_with_each_library(
    make_lab: MakeLab, keyring: FolderStore, family: str, tls: bool, behaviour: dict[str, Any]
) -> None:
    lab = make_lab(tls=tls, **behaviour)
    stored = signed_in(lab, family)
    before = keyring.contents()[stored.secrets["refresh_token"]]
    first = token_of(tokens_of(lab.ws, stored))
    second = token_of(tokens_of(lab.ws, stored), force_refresh=False)
    assert first == second
    source = tokens_of(lab.ws, stored)
    third = token_of(source), token_of(source, force_refresh=True)
    assert third[0] != third[1]
    after = keyring.contents()[stored.secrets["refresh_token"]]
    assert (before == after) is (behaviour.get("rotate", True) is False)


def test_without_a_user_there_is_a_new_token_each_time(make_lab: MakeLab, keyring: Any) -> None:
    lab = make_lab(jwt=True, microsoft=True)
    lab.ws = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    connector = lab.connector("microsoft", grant="client_credentials", tenant="contoso.example")
    stored = save_connector(lab.ws, connector, secrets={"client_secret": Secret(SECRET)})
    source = tokens_of(lab.ws, stored)
    assert token_of(source) != token_of(source, force_refresh=True)
    lab.server.behave(token_fault={"error": "invalid_grant"})
    assert code_of(lambda: source.get(force_refresh=True)) == "token_refused"


def test_nobody_has_signed_in(lab: Lab, keyring: FolderStore) -> None:
    lab.ws = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    stored = save_connector(lab.ws, lab.connector("generic"), secrets={})
    assert code_of(lambda: tokens_of(lab.ws, stored).get()) == "token_none"
    assert not (lab.ws.data_dir / "locks").exists()
    # A secret that another run kept in its memory is not there either.
    gone = stored._replace(secrets={"refresh_token": "session:" + "0" * 32})
    assert code_of(lambda: tokens_of(lab.ws, gone).get()) == "token_none"
    gone = stored._replace(secrets={"refresh_token": "keyring:" + "0" * 32})
    assert code_of(lambda: tokens_of(lab.ws, gone).get()) == "secret_missing"


@capabilities.scripts
def test_a_helper_command_is_asked_once(lab: Lab, keyring: FolderStore, tmp_path: Path) -> None:
    from smtpwizard.usecases.approvals import approve

    asked = tmp_path / "asked"
    command = ["/bin/sh", "-c", f"echo x >> {asked}; echo {SECRET}"]
    stored = signed_in(lab)
    changed = edit_fields(lab.ws, stored.connector, {"authentication.secret_command": command})
    stored = save_connector(lab.ws, changed, secrets={}, stored=stored)
    assert set(stored.secrets) == {"refresh_token"}
    approve(lab.ws, stored.connector)
    source = tokens_of(lab.ws, stored)
    source.unlock()
    assert source.get(force_refresh=True)
    assert asked.read_text() == "x\n"
    assert verify_stored(lab.ws, stored).exit_code() == 11  # there is no server
    assert asked.read_text() == "x\n" * 2


def test_who_the_user_is_may_come_from_the_token(lab: Lab, keyring: FolderStore) -> None:
    stored = signed_in(lab, username=None)
    assert stored.connector.authentication.username == ACCOUNT
    unnamed = stored.connector._replace(
        authentication=stored.connector.authentication._replace(username=None)
    )
    lab.server.behave(identity="sub")
    source = access_tokens(lab.ws, unnamed, stored=stored)
    assert code_of(source.get) == "token_no_user"


def test_a_token_that_no_server_would_take_is_not_presented(
    make_lab: MakeLab, keyring: FolderStore
) -> None:
    lab = make_lab(jwt=True, microsoft=True)
    stored = signed_in(lab, "microsoft")
    lab.server.behave(audience="https://graph.microsoft.com")
    assert code_of(tokens_of(lab.ws, stored).get) == "token_audience_wrong"
    lab.ws.tokens.clear()
    # Another account (a shared mailbox) and a wrong clock are the server's to judge.
    lab.server.behave(audience="https://outlook.office.com", clock=-7200)
    named = stored.connector._replace(
        authentication=stored.connector.authentication._replace(username="shared@example.com"),
    )
    assert access_tokens(lab.ws, named, stored=stored).get().username == "shared@example.com"


def test_a_refresh_token_goes_to_its_own_server_only(
    make_lab: MakeLab, keyring: FolderStore
) -> None:
    lab = make_lab()
    stored = signed_in(lab)
    evil = make_lab()
    for change in (
        {"authentication.oauth.client_id": "another"},
        {"authentication.oauth.tenant": "other.example"},
        {"provider": "custom", "server.host": "localhost",
         "authentication.oauth.token_endpoint": f"{evil.server.base}/token",
         "authentication.oauth.authorization_endpoint": f"{evil.server.base}/authorize"},
    ):  # fmt: skip
        moved = edit_fields(lab.ws, stored.connector, change)
        source = access_tokens(lab.ws, moved, stored=stored)
        assert code_of(source.get) == "token_none"
    saved = save_connector(lab.ws, moved, secrets={}, stored=stored)
    assert set(saved.secrets) == {"client_secret"}
    assert len(keyring.contents()) == 1
    assert evil.server.token_requests == 0


def test_a_refresh_token_does_not_outlive_its_tenant(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    moved = edit_fields(lab.ws, stored.connector, {"authentication.oauth.tenant": "other.example"})
    saved = save_connector(lab.ws, moved, secrets={}, stored=stored)
    assert set(saved.secrets) == {"client_secret"}
    assert stored.secrets["refresh_token"] not in keyring.contents()


def test_a_wrong_clock_only_means_another_renewal(lab: Lab, stored: StoredConnector) -> None:
    source = tokens_of(lab.ws, stored)
    assert source.get()
    source._tokens = replace(source._tokens, expires_at=time.time() - 7200)  # type: ignore[type-var]
    lab.ws.tokens.clear()
    assert source.get()
    assert lab.grants.count("refresh_token") == 2


def test_tokens_of_a_sign_in_that_is_not_saved_yet(lab: Lab) -> None:
    connector = lab.connector("generic")
    signed = lab.sign_in(connector)
    first = signed.secrets["refresh_token"]
    source = access_tokens(lab.ws, connector, sign_in=signed)
    assert token_of(source) == signed.tokens.access_token.reveal()
    assert lab.grants == ["authorization_code"]
    assert token_of(source, force_refresh=True) != signed.tokens.access_token.reveal()
    # What is to be saved is the new one: the old one is spent.
    assert signed.secrets["refresh_token"] != first
    # And whoever asks next goes on from there.
    assert token_of(access_tokens(lab.ws, connector, sign_in=signed), force_refresh=True)
    assert lab.server.refused == []
    assert not (lab.ws.data_dir / "locks").exists()


# -- K -----------------------------------------------------------------------------------------

WORKER = """
import sys
from pathlib import Path
from smtpwizard import secretstore
from smtpwizard.usecases.workspace import Workspace
from smtpwizard.usecases.access_tokens import access_tokens
from tests.usecases.conftest import FolderStore
store = FolderStore(Path(sys.argv[2]))
secretstore.KeyringStore = lambda: store
ws = Workspace.open(Path(sys.argv[1]), secret_store="keyring")
print("ready", flush=True)
sys.stdin.read(1)
stored = ws.find("Invoices")
print(len(access_tokens(ws, stored.connector, stored=stored).get().secret))
"""


def worker(lab: Lab, keyring: FolderStore) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(lab.ws.data_dir), str(keyring.folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_k_01_many_processes_spend_no_refresh_token_twice(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    processes = [worker(lab, keyring) for _ in range(10)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    threads = [threading.Thread(target=lambda: tokens_of(lab.ws, stored).get()) for _ in range(3)]
    for thread in threads:
        thread.start()
    answers = [process.communicate("x", timeout=300) for process in processes]
    for thread in threads:
        thread.join(300)
    assert [err for _, err in answers if err] == []
    assert [process.returncode for process in processes] == [0] * 10
    # Each of ten processes needs a token of its own; the threads here share one. Every refresh
    # token was good, and the last one is in the keyring.
    assert lab.grants.count("refresh_token") == 11
    assert lab.server.refused == []
    lab.ws.tokens.clear()
    assert tokens_of(lab.ws, stored).get()


def test_k_02_a_lock_that_is_held_for_too_long_is_respected(
    lab: Lab, stored: StoredConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_tokens, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(oauth_tokens, "_LOCK_LOOK_S", 0.02)
    assert tokens_of(lab.ws, stored).get()  # makes the lock file
    lab.ws.tokens.clear()
    [path] = (lab.ws.data_dir / "locks").glob("*.lock")
    before = lab.server.token_requests
    with files.locked(path):
        assert code_of(tokens_of(lab.ws, stored).get) == "token_busy"
        token = CancelToken()
        threading.Timer(0.05, token.cancel).start()
        with pytest.raises(Cancelled):
            tokens_of(lab.ws, stored, token=token).get()
    assert lab.server.token_requests == before
    assert tokens_of(lab.ws, stored).get()


def test_k_03_a_killed_process_holds_no_lock(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    asked = threading.Event()
    lab.server.on_token = asked.set
    lab.server.behave(token_fault="hang")
    process = worker(lab, keyring)
    process.stdin.write("x")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    assert asked.wait(300)
    process.kill()
    process.communicate()
    lab.server.behave(token_fault=None)
    assert tokens_of(lab.ws, stored).get()


def test_k_04_who_lost_the_race_looks_again(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    ref = stored.secrets["refresh_token"]
    old = keyring.contents()[ref]
    _, answer = lab.server.token(
        {"grant_type": "refresh_token", "refresh_token": old, "client_id": CLIENT_ID,
         "client_secret": SECRET}, None,
    )  # fmt: skip
    read = 0

    def before(step: str) -> None:
        # Somebody on another machine stores the new one while ours is on its way.
        nonlocal read
        read += step == "get"
        if step == "get" and lab.grants[-1] == "refresh_token" and lab.server.refused:
            (keyring.folder / ref).write_text(answer["refresh_token"])

    keyring.before = before
    assert tokens_of(lab.ws, stored).get()
    assert lab.server.refused == ["refresh_token"]


def test_k_04_a_dead_token_is_asked_about_once(lab: Lab, stored: StoredConnector) -> None:
    lab.server.revoke_all()
    error: SmtpWizardError
    with pytest.raises(SmtpWizardError) as caught:
        tokens_of(lab.ws, stored).get()
    error = caught.value
    assert error.code == "token_revoked"
    assert error.facts["error"] == "invalid_grant"
    assert error.facts["interrupted"] is False
    assert lab.grants.count("refresh_token") == 1
    # And it stays stored: what the server said may have been a mistake of its own.
    assert "refresh_token" in lab.ws.find("Invoices").secrets


def test_k_05_stopped_between_rotation_and_saving(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c",
         WORKER.replace("Path(sys.argv[2]))", "Path(sys.argv[2]), lambda step: "
                        "step == 'put' and __import__('os').kill(__import__('os').getpid(), 9))"),
         str(lab.ws.data_dir), str(keyring.folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.communicate("x", timeout=300)
    assert process.returncode == (-9 if capabilities.POSIX else 9)
    assert lab.grants.count("refresh_token") == 1
    with pytest.raises(SmtpWizardError) as caught:
        tokens_of(lab.ws, stored).get()
    assert caught.value.code == "token_revoked"
    assert caught.value.facts["interrupted"] is True
    assert "cut off" in error_text(caught.value.code, caught.value.facts, Face.WINDOW)
    # A new sign-in ends that, and its next refusal is an ordinary one.
    again = keep_sign_in(lab.ws, stored, lab.sign_in(stored.connector))
    assert tokens_of(lab.ws, again).get()


def renew_and_die(lab: Lab, keyring: FolderStore, at: str = "put") -> None:
    """A renewal in another process, killed at a step of its secret store."""
    process = subprocess.Popen(
        [sys.executable, "-c",
         WORKER.replace("Path(sys.argv[2]))", "Path(sys.argv[2]), lambda step: "
                        f"step == {at!r} and __import__('os').kill(__import__('os').getpid(), 9))"),
         str(lab.ws.data_dir), str(keyring.folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.communicate("x", timeout=300)
    assert process.returncode == (-9 if capabilities.POSIX else 9)


def said(error: SmtpWizardError, face: Face = Face.COMMAND_LINE) -> str:
    return error_text(error.code, error.facts, face)


def refused(lab: Lab, stored: StoredConnector) -> SmtpWizardError:
    """What a renewal by a process of its own ends with."""
    ws = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    with pytest.raises(SmtpWizardError) as caught:
        tokens_of(ws, stored).get()
    return caught.value


def causes_of_login(connector: Connector, error: SmtpWizardError) -> tuple[Cause, ...]:
    """What a verification says that had no token for this reason."""
    facts = AuthFacts(token=TokenProblem(error.code, error.facts))
    failure = StageFailure(StageError.TOKEN_MISSING)
    stages = tuple(
        StageResult(stage, Status.FAILED, facts=facts, failure=failure)
        if stage is Stage.AUTH
        else StageResult(stage)
        for stage in STAGES
    )
    report = Report(False, connector.name, "", 0, stages, token_missing=True)
    return causes_for_report(report, connector, None)


def test_a_renewal_killed_before_it_was_stored_is_no_revocation(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    renew_and_die(lab, keyring)
    for _ in range(2):  # and again, until somebody signs in
        error = refused(lab, stored)
        assert (error.code, error.facts["lost_at"]) == ("token_revoked", "storing")
        assert "before the new one could be stored" in said(error)
    report = verify_stored(lab.ws, stored, stop_after=None)
    assert report.exit_code() == 11  # there is no server; what follows needs one
    (cause, *_) = causes_of_login(stored.connector, error)
    words = "\n".join(cause_lines(cause, Face.WINDOW))
    assert "The last renewal of the sign-in was lost" in words
    assert "withdrawn: after" not in words


def test_a_renewal_killed_before_its_answer_says_so(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    asked = threading.Event()
    lab.server.on_token = asked.set
    lab.server.behave(token_fault="hang")
    process = worker(lab, keyring)
    process.stdin.write("x")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    assert asked.wait(300)
    process.kill()
    process.communicate()
    lab.server.behave(token_fault=None)
    lab.server.revoke_all()
    error = refused(lab, stored)
    assert error.facts["lost_at"] == "asking"
    assert "cut off before its answer" in said(error)


@pytest.mark.parametrize("left", [b"", b"\xff", b"something else"])
def test_a_mark_that_cannot_be_read_is_a_mark(
    lab: Lab, stored: StoredConnector, left: bytes
) -> None:
    assert tokens_of(lab.ws, stored).get()
    [lock] = lab.ws.locks_dir.iterdir()
    lock.with_name(f"{lock.name}.renewing").write_bytes(left)
    lab.server.revoke_all()
    assert refused(lab, stored).facts["lost_at"] == "asking"


def test_a_keyring_that_locks_while_the_server_answers(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    keyring.before = refuse("put")
    source = tokens_of(lab.ws, stored)
    assert source.get()  # the mail is sent
    assert source.not_kept
    keyring.before = lambda step: None
    error = refused(lab, stored)
    assert error.facts["lost_at"] == "storing"
    assert "secret store did not take it" in said(error)
    assert error.facts["interrupted"] is True


def test_a_keyring_unlocked_again_gets_what_it_missed(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    keyring.before = refuse("put")
    first = tokens_of(lab.ws, stored)
    presented = token_of(first)
    again = tokens_of(lab.ws, stored)
    assert token_of(again) == presented
    assert again.not_kept, "still said while it is so"
    keyring.before = lambda step: None
    now = tokens_of(lab.ws, stored)
    assert token_of(now) == presented
    assert not now.not_kept
    assert not list(lab.ws.locks_dir.glob("*.renewing"))
    # Another process goes on from there.
    other = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    assert tokens_of(other, stored).get()
    assert lab.server.refused == []


def test_what_was_not_stored_is_renewed_from_memory(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    keyring.before = refuse("put")
    source = tokens_of(lab.ws, stored)
    first = token_of(source)
    assert token_of(source, force_refresh=True) != first
    assert source.not_kept
    keyring.before = lambda step: None
    assert token_of(source, force_refresh=True)
    assert not source.not_kept
    assert lab.server.refused == []
    lab.server.revoke_all()
    with pytest.raises(SmtpWizardError) as caught:
        source.get(force_refresh=True)
    assert caught.value.facts["interrupted"] is False


def test_what_was_not_stored_may_be_revoked_as_well(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    keyring.before = refuse("put")
    source = tokens_of(lab.ws, stored)
    assert source.get()
    lab.server.revoke_all()
    assert code_of(lambda: source.get(force_refresh=True)) == "token_revoked"


@pytest.mark.parametrize(
    ("failure", "lost"),
    [
        ({"token_fault": {"error": "invalid_client"}}, False),
        ({"token_fault": {"error": "temporarily_unavailable"}}, False),
        ("unreachable", False),
        ({"token_fault": "too_many_requests"}, False),
        ({"token_fault": "server_error"}, True),
        ({"token_fault": "html"}, True),
    ],
)
def test_only_a_renewal_without_an_answer_is_lost(
    lab: Lab, stored: StoredConnector, failure: Any, lost: bool
) -> None:
    if failure == "unreachable":
        lab.provide("generic", token_endpoint="http://localhost:1/token")
    else:
        lab.server.behave(**failure)
    with pytest.raises(SmtpWizardError):
        tokens_of(lab.ws, stored).get()
    assert bool(list(lab.ws.locks_dir.glob("*.renewing"))) is lost


def test_a_server_s_own_reason_is_believed(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    renew_and_die(lab, keyring)
    lab.server.behave(
        token_fault={"error": "invalid_grant", "error_description": "AADSTS50173: changed"}
    )
    error = refused(lab, stored)
    assert error.facts["aadsts"] == "50173"
    assert error.facts["interrupted"] is False


@pytest.mark.parametrize(
    ("step", "code"), [("lock", "token_busy"), ("get", "keyring_silent"), ("put", None)]
)
def test_a_renewal_that_takes_too_long_says_what_it_waits_for(
    lab: Lab, keyring: FolderStore, stored: StoredConnector, step: str, code: str | None
) -> None:
    free = threading.Event()

    def before(now: str) -> None:
        # The first reading is ahead of the renewal, which has a thread of its own.
        if now == step and threading.current_thread() is not threading.main_thread():
            free.wait(300)

    assert tokens_of(lab.ws, stored).get()  # makes the lock file
    lab.ws.tokens.clear()
    keyring.before = before
    source = tokens_of(lab.ws, stored, timeout_s=2.0)
    try:
        with contextlib.ExitStack() as held:
            if step == "lock":
                [path] = lab.ws.locks_dir.glob("*.lock")
                held.enter_context(files.locked(path))
            if code is None:
                assert source.get()
                assert source.not_kept
            else:
                assert code_of(source.get) == code
    finally:
        free.set()


def test_k_05_a_renewal_that_nobody_waits_for_is_brought_to_its_end(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    token = CancelToken()
    lab.server.on_token = token.cancel
    with pytest.raises(Cancelled):
        tokens_of(lab.ws, stored, token=token).get()
    for thread in threading.enumerate():
        if thread.name == "renewal":
            thread.join(300)
    # The server has rotated, and the keyring has what it gave.
    lab.ws.tokens.clear()
    lab.server.on_token = lambda: None
    assert tokens_of(lab.ws, stored).get()
    assert lab.server.refused == []


def test_a_sign_in_that_is_removed_meanwhile_is_not_renewed(lab: Lab) -> None:
    class Removed(HeldSecrets):
        def load(self) -> Mapping[str, Secret]:
            held, self._secrets = self._secrets, {}
            return held

    connector = lab.connector("generic")
    source = AccessTokens(
        lab.ws.catalogue,
        connector,
        Removed({"refresh_token": Secret("r")}),
        kept=Kept(memory={}, lock=None),
    )
    assert code_of(source.get) == "token_none"
    assert lab.grants == []


def test_a_renewal_has_its_time(
    lab: Lab, stored: StoredConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_tokens, "RENEWAL_SECONDS", 0)
    assert code_of(tokens_of(lab.ws, stored, timeout_s=600).get) == "http_timeout"


def test_what_is_not_there_is_neither_read_nor_kept(
    lab: Lab, stored: StoredConnector, keyring: FolderStore
) -> None:
    before = keyring.contents()
    refresh = stored.secrets["refresh_token"]
    public = tokens_of(lab.ws, stored._replace(secrets={"refresh_token": refresh}))
    assert set(public._secrets.load()) == {"refresh_token"}
    tokens_of(lab.ws, stored._replace(secrets={}))._secrets.keep(Secret("rotated"))
    assert keyring.contents() == before


def test_a_full_disk_is_said_before_anything_is_renewed(
    lab: Lab, stored: StoredConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(oauth_tokens, "make_private_directory", full)
    assert code_of(tokens_of(lab.ws, stored).get) == "disk_full"
    assert lab.grants == ["authorization_code"]


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_place_where_no_lock_can_be_made_is_said(
    lab: Lab, stored: StoredConnector, what: str
) -> None:
    source = tokens_of(lab.ws, stored)
    assert source._lock is not None
    if what == "folder":
        files.make_private_directory(source._lock.parent)
        source._lock.mkdir()
    else:
        source._lock.parent.write_text("")
    assert code_of(source.get) == "data_dir_unwritable"
    assert lab.grants == ["authorization_code"]


def test_what_was_signed_in_but_is_not_saved_is_renewed_beside_what_is(
    lab: Lab, stored: StoredConnector, keyring: FolderStore
) -> None:
    before = keyring.contents()
    typed = dict(lab.sign_in(stored.connector).secrets)
    source = tokens_of(lab.ws, stored, secrets=typed)
    assert token_of(source) != token_of(source, force_refresh=True)
    assert keyring.contents() == before


def test_k_06_a_store_that_fails_does_not_stop_the_mail(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    keyring.before = refuse("put")
    source = tokens_of(lab.ws, stored)
    assert source.get()
    assert source.not_kept
    assert source.get(force_refresh=False)
    keyring.before = lambda step: None
    assert "token_not_kept" in (lab.ws.log.path).read_text()
    lab.ws.tokens.clear()
    assert code_of(tokens_of(lab.ws, stored).get) == "token_revoked"


def test_k_07_access_tokens_never_reach_the_disk(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    source = tokens_of(lab.ws, stored)
    tokens = {token_of(source), token_of(source, force_refresh=True)}
    assert len(tokens) == 2
    everything = [p.read_bytes() for p in lab.ws.data_dir.parent.rglob("*") if p.is_file()]
    assert everything
    for token in tokens:
        assert not [data for data in everything if token.encode() in data]


def test_k_08_removing_deletes_the_secrets_and_revokes_when_asked(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    refresh = keyring.contents()[stored.secrets["refresh_token"]]
    lab.provide("generic", revocation_endpoint=f"{lab.server.base}/revoke")
    assert revoke(lab.ws, stored)
    form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": CLIENT_ID,
            "client_secret": SECRET}  # fmt: skip
    assert lab.server.token(form, None)[1]["error"] == "invalid_grant"
    assert remove_connector(lab.ws, stored)
    assert keyring.contents() == {}
    assert lab.ws.store.read_verification(stored.id) is None


def test_k_08_a_revocation_that_fails_is_reported(lab: Lab, stored: StoredConnector) -> None:
    assert not revoke(lab.ws, stored)  # the catalogue names no endpoint for it
    lab.provide("generic", revocation_endpoint="https://localhost:1/revoke")
    assert not revoke(lab.ws, stored)
    assert "sign_in_not_revoked" in lab.ws.log.path.read_text()


def test_k_08_without_a_sign_in_there_is_nothing_to_revoke(lab: Lab, keyring: Any) -> None:
    lab.ws = Workspace.open(lab.ws.data_dir, secret_store="keyring")
    stored = save_connector(lab.ws, lab.connector("generic"), secrets={})
    assert revoke(lab.ws, stored)
    assert lab.server.token_requests == 0


def test_k_09_what_is_shown_and_kept_has_references_alone(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    from smtpwizard.usecases.connectors import list_connectors
    from smtpwizard.usecases.show import connector_document

    tokens_of(lab.ws, stored).get()
    shown = json.dumps([row.to_json() for row in list_connectors(lab.ws)])
    shown += json.dumps(connector_document(lab.ws, stored)) + repr(stored)
    for path in lab.ws.data_dir.rglob("*"):
        shown += path.read_text() if path.is_file() else ""
    for secret in [SECRET, *lab.server.secrets_given()]:
        assert secret not in shown
    assert stored.secrets["refresh_token"] in shown


def test_k_10_two_connectors_share_one_sign_in(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    copy = duplicate_connector(lab.ws, stored, "Copy")
    assert copy.secrets["refresh_token"] == stored.secrets["refresh_token"]
    assert copy.secrets["client_secret"] != stored.secrets["client_secret"]
    for each in (stored, copy, stored, copy):
        lab.ws.tokens.clear()
        assert tokens_of(lab.ws, each).get()
    assert lab.server.refused == []
    # The one that goes leaves the sign-in to the other; the last one takes it along.
    assert revoke(lab.ws, stored)
    assert remove_connector(lab.ws, stored)
    lab.ws.tokens.clear()
    assert tokens_of(lab.ws, copy).get()
    assert remove_connector(lab.ws, lab.ws.find("Copy"))
    assert keyring.contents() == {}


def test_k_10_signing_in_for_one_leaves_the_other_its_own(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    copy = duplicate_connector(lab.ws, stored, "Copy")
    again = keep_sign_in(lab.ws, copy, lab.sign_in(copy.connector))
    assert again.secrets["refresh_token"] != stored.secrets["refresh_token"]
    for each in (stored, again):
        assert tokens_of(lab.ws, each).get()
    assert len(keyring.contents()) == 4


# -- saving what a sign-in has brought ---------------------------------------------------------


def test_a_connector_edited_during_the_sign_in_keeps_both(
    lab: Lab, stored: StoredConnector
) -> None:
    signed = lab.sign_in(stored.connector)
    changed = edit_fields(lab.ws, stored.connector, {"description": "edited meanwhile"})
    save_connector(lab.ws, changed, secrets={}, stored=stored)
    kept = keep_sign_in(lab.ws, stored, signed)
    assert kept.connector.description == "edited meanwhile"
    assert kept.secrets["refresh_token"] != stored.secrets["refresh_token"]


def test_a_registration_changed_during_the_sign_in_refuses_it(
    lab: Lab, stored: StoredConnector
) -> None:
    signed = lab.sign_in(stored.connector)
    changed = edit_fields(lab.ws, stored.connector, {"authentication.oauth.client_id": "another"})
    save_connector(lab.ws, changed, secrets={}, stored=stored)
    assert code_of(lambda: keep_sign_in(lab.ws, stored, signed)) == "changed_elsewhere"


def test_what_was_learned_is_kept(make_lab: MakeLab, keyring: FolderStore) -> None:
    public = "c1ae2c30-9999-2222-3333-444444444444"
    lab = make_lab(clients=(*CLIENTS, Client(public, None)), jwt=True, microsoft=True)
    stored = signed_in(lab, "microsoft", client_id=public)
    assert stored.connector.authentication.oauth.public_client is True
    before = lab.server.token_requests
    assert tokens_of(lab.ws, stored).get()
    assert lab.server.token_requests == before + 1


def test_a_store_that_fails_leaves_the_old_sign_in(
    lab: Lab, keyring: FolderStore, stored: StoredConnector
) -> None:
    signed = lab.sign_in(stored.connector)
    keyring.before = refuse("put")
    with pytest.raises(SecretStoreError):
        keep_sign_in(lab.ws, stored, signed)
    keyring.before = lambda step: None
    assert lab.ws.find("Invoices").secrets == stored.secrets
    assert tokens_of(lab.ws, stored).get()


def test_a_token_set_shows_no_secret() -> None:
    assert "a-token" not in repr(TokenSet(Secret("a-token"), Secret("a-refresh-token")))
