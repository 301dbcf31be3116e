"""Kept secrets come out for what they were given for: read, carried along, shared, asked about."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.edit import edit_connector, edit_fields
from smtpwizard.usecases.history import record_moment
from smtpwizard.usecases.kept_secrets import BoundElsewhere, bind_again, kept_secret
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.usecases.conftest import FolderStore, connector, open_workspace, refuse
from tests.usecases.test_approvals import by_hand

PASSWORD = Secret("hunter2")
CUSTOM = {
    "method": "oauth",
    "username": "mailer@example.test",
    "oauth": {
        "client_id": "an-id",
        "authorization_endpoint": "https://login.example.test/authorize",
        "token_endpoint": "https://login.example.test/token",
    },
}
EXCHANGE = {"method": "oauth", "username": "m@example.test", "oauth": {"client_id": "an-id"}}
TOKENS = {"client_secret": Secret("s"), "refresh_token": Secret("r")}


def saved(ws: Workspace, **changes: Any) -> StoredConnector:
    return save_connector(ws, connector(ws, **changes), secrets={"password": PASSWORD})


def read(ws: Workspace, stored: StoredConnector, kind: str = "password") -> Secret | None:
    return kept_secret(open_workspace(ws.data_dir.parent), stored, kind)


def refused(ws: Workspace, stored: StoredConnector, kind: str = "password") -> BoundElsewhere:
    with pytest.raises(BoundElsewhere) as caught:
        read(ws, stored, kind)
    return caught.value


# --- a file that was changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("server.host", "evil.example"),
        ("server.port", 26),
        ("server.security", "none"),
        ("server.ca_file", "ca.pem"),
        ("server.allow_cleartext", True),
        ("authentication.username", "somebody"),
        ("server.pinned_certificate",
         "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ],
)  # fmt: skip
def test_it_does_not_come_out_for_what_a_file_says_now(
    ws: Workspace, keyring: FolderStore, path: str, value: Any
) -> None:
    stored = saved(ws)
    changed = by_hand(ws, stored, path, value)
    error = refused(ws, changed)
    assert error.facts["field"] == path
    assert "hunter2" not in repr(error.facts) + repr(error.differences)
    with pytest.raises(BoundElsewhere):
        verify_stored(ws, changed)
    assert read(ws, stored) == PASSWORD


@pytest.mark.parametrize("path", ["name", "description", "send_to", "server.timeout_s"])
def test_what_it_is_not_bound_to_may_change(ws: Workspace, keyring: FolderStore, path: str) -> None:
    value = {"send_to": "x@example.test", "server.timeout_s": 7}.get(path, "other")
    assert read(ws, by_hand(ws, saved(ws), path, value)) == PASSWORD


@pytest.mark.parametrize("kind", ["client_secret", "refresh_token"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_endpoint", "https://evil.example/token"),
        ("authorization_endpoint", "https://evil.example/authorize"),
        ("client_id", "another"),
        ("tenant", "another"),
        ("ca_file", "/tmp/ca.pem"),
    ],
)
def test_a_sign_in_is_for_its_registration(
    ws: Workspace, keyring: FolderStore, field: str, value: str, kind: str
) -> None:
    stored = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    assert read(ws, stored, kind) == TOKENS[kind]
    changed = by_hand(ws, stored, f"authentication.oauth.{field}", value)
    assert refused(ws, changed, kind).facts["field"] == f"authentication.oauth.{field}"
    assert refused(ws, by_hand(ws, stored, "server.host", "evil.example"), kind)


@pytest.mark.parametrize("kind", ["client_secret", "refresh_token"])
def test_a_provider_that_moved_is_another_place(
    ws: Workspace, keyring: FolderStore, kind: str
) -> None:
    made = connector(ws, provider="exchange", server=..., authentication=EXCHANGE)
    stored = save_connector(ws, made, secrets=TOKENS)
    assert read(ws, stored, kind) == TOKENS[kind]
    (ws.data_dir / "providers.d").mkdir(mode=0o700)
    overlay = ws.data_dir / "providers.d" / "x.toml"
    overlay.write_text(
        'id = "exchange"\nauthorization_endpoint = "https://evil.example/authorize"\n'
        'token_endpoint = "https://evil.example/token"\n'
    )
    overlay.chmod(0o600)
    fields = [difference.field for difference in refused(ws, stored, kind).differences]
    assert "authentication.oauth.token_endpoint" in fields


def test_a_registration_without_a_server_yet(ws: Workspace, keyring: FolderStore) -> None:
    bare = {"method": "oauth", "oauth": {"client_id": "an-id"}}
    secrets = {"client_secret": Secret("s")}
    stored = save_connector(ws, connector(ws, authentication=bare), secrets=secrets)
    assert read(ws, stored, "client_secret") == Secret("s")


def test_the_reference_of_another_s_secret_is_no_way_in(
    ws: Workspace, keyring: FolderStore
) -> None:
    mine = saved(ws)
    evil = save_connector(ws, connector(ws, name="B", server__host="evil.example"), secrets={})
    evil = by_hand(ws, evil, "stored.secrets", dict(mine.secrets))
    assert refused(ws, evil).facts["field"] == "server.host"
    assert remove_connector(ws, evil)
    assert read(ws, mine) == PASSWORD


def test_one_stored_earlier_is_bound_by_its_first_use(ws: Workspace, keyring: FolderStore) -> None:
    stored = saved(ws)
    [entry] = keyring.folder.iterdir()
    entry.write_text("hunter2")
    assert read(ws, stored) == PASSWORD
    assert refused(ws, by_hand(ws, stored, "server.port", 26))


def test_a_yes_binds_it_again(ws: Workspace, keyring: FolderStore) -> None:
    stored = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    changed = by_hand(ws, stored, "server.host", "new.example")
    bind_again(ws, refused(ws, changed, "refresh_token"))
    assert {kind: read(ws, changed, kind) for kind in TOKENS} == TOKENS
    assert refused(ws, by_hand(ws, changed, "server.host", "smtp.example.test"), "client_secret")


def test_a_yes_passes_over_what_is_gone_and_hides_no_failure(
    ws: Workspace, keyring: FolderStore
) -> None:
    stored = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    changed = by_hand(ws, stored, "server.host", "new.example")
    error = refused(ws, changed, "refresh_token")
    (keyring.folder / stored.secrets["client_secret"]).unlink()
    bind_again(ws, error)
    assert read(ws, changed, "refresh_token") == TOKENS["refresh_token"]
    keyring.before = refuse("get")
    with pytest.raises(SecretStoreError, match="secret_store_locked"):
        bind_again(ws, error)


# --- a change on purpose


@pytest.mark.parametrize(
    "values",
    [
        {"server.host": "new.example"},
        {"server.port": 26, "authentication.username": "somebody"},
        {"server.security": "implicit_tls"},
        {"server.ca_file": os.path.abspath("/ca.pem"), "description": "x"},
        {"server.allow_cleartext": True},
    ],
)
def test_an_edit_takes_it_along(
    ws: Workspace, keyring: FolderStore, values: dict[str, Any]
) -> None:
    first = saved(ws)
    second = edit_connector(ws, first, values)
    assert read(ws, second) == PASSWORD
    assert list(keyring.contents()) == [second.secrets["password"]]
    old = first.connector.to_json()["server"]
    before = by_hand(ws, by_hand(ws, second, "server", old), "authentication.username", "mailer")
    if "server.allow_cleartext" in values:
        assert read(ws, before) == PASSWORD, "less than what is allowed"
    else:
        assert refused(ws, before), "and not back again"


def test_what_is_tried_on_screen_may_use_it(ws: Workspace, keyring: FolderStore) -> None:
    stored = saved(ws)
    tried = edit_fields(ws, stored.connector, {"server.host": "new.example"})
    assert kept_secret(ws, stored, "password", tried) == PASSWORD
    changed = by_hand(ws, stored, "server.host", "evil.example")
    # The file says something else; put right on screen it is what the secret is for.
    right = edit_fields(ws, changed.connector, {"server.host": "smtp.example.test"})
    assert kept_secret(ws, changed, "password", right) == PASSWORD
    with pytest.raises(BoundElsewhere):
        kept_secret(ws, changed, "password", edit_fields(ws, right, {"server.host": "x.example"}))


@pytest.mark.parametrize("values", [{"description": "x"}, {"server.timeout_s": 5}])
def test_an_edit_that_changes_no_use_opens_no_store_and_launders_nothing(
    ws: Workspace, keyring: FolderStore, values: dict[str, Any]
) -> None:
    changed = by_hand(ws, saved(ws), "server.host", "evil.example")
    keyring.before = refuse("get", "the store was opened")
    changed = edit_connector(ws, changed, values)
    keyring.before = lambda step: None
    assert refused(ws, changed).facts["field"] == "server.host"


def test_an_edit_of_a_changed_file_asks_and_changes_nothing(
    ws: Workspace, keyring: FolderStore
) -> None:
    changed = by_hand(ws, saved(ws), "server.host", "evil.example")
    with pytest.raises(BoundElsewhere) as caught:
        edit_connector(ws, changed, {"server.port": 26})
    assert ws.connectors().connectors == (changed,)
    bind_again(ws, caught.value)
    assert read(ws, edit_connector(ws, changed, {"server.port": 26})) == PASSWORD


def test_an_edit_may_put_a_changed_file_right(ws: Workspace, keyring: FolderStore) -> None:
    changed = by_hand(ws, saved(ws), "server.host", "evil.example")
    right = edit_connector(ws, changed, {"server.host": "smtp.example.test"})
    assert read(ws, right) == PASSWORD


def test_a_new_secret_needs_no_answer_about_the_old_one(
    ws: Workspace, keyring: FolderStore
) -> None:
    changed = by_hand(ws, saved(ws), "server.host", "new.example")
    again = edit_connector(ws, changed, {"server.port": 26}, secret=Secret("again"))
    assert read(ws, again) == Secret("again")
    assert keyring.contents() == {again.secrets["password"]: "again"}


def test_a_secret_that_is_gone_keeps_nobody_from_editing(
    ws: Workspace, keyring: FolderStore
) -> None:
    stored = saved(ws)
    (keyring.folder / stored.secrets["password"]).unlink()
    changed = edit_connector(ws, stored, {"server.port": 26})
    assert changed.secrets == stored.secrets
    keyring.before = refuse("get")
    with pytest.raises(SecretStoreError, match="secret_store_locked"):
        edit_connector(ws, changed, {"server.port": 27})


def test_one_stored_earlier_goes_along_too(ws: Workspace, keyring: FolderStore) -> None:
    stored = saved(ws)
    [entry] = keyring.folder.iterdir()
    entry.write_text("hunter2")
    changed = edit_connector(ws, stored, {"server.port": 26})
    assert read(ws, changed) == PASSWORD


# --- shared sign-ins


def test_editing_one_of_two_that_share_a_sign_in_leaves_both_working(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    copy = duplicate_connector(ws, first, "Copy")
    changed = edit_connector(ws, copy, {"server.port": 26})
    # One sign-in still: where tokens rotate, a second copy of it would spoil both.
    assert changed.secrets["refresh_token"] == first.secrets["refresh_token"]
    for stored in (first, changed):
        assert read(ws, stored, "refresh_token") == TOKENS["refresh_token"]
        assert read(ws, stored, "client_secret") == TOKENS["client_secret"]
    again = edit_connector(ws, changed, {"server.port": 27})
    assert refused(ws, by_hand(ws, again, "server.port", 26), "refresh_token")
    assert read(ws, first, "refresh_token") == TOKENS["refresh_token"]


def test_an_edit_holds_though_the_old_state_cannot_be_taken_back(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    copy = edit_connector(
        ws, duplicate_connector(ws, first, "Copy"), {"authentication.oauth.scopes": ["mail"]}
    )
    puts = []

    def before(step: str) -> None:
        puts.append(step)
        # The client secret's own entry, the shared token's two states, and the one that holds.
        if step == "put" and puts.count("put") == 3:
            raise SecretStoreError("secret_store_locked")

    keyring.before = before
    changed = edit_connector(ws, copy, {"server.port": 26})
    keyring.before = lambda step: None
    assert "binding_not_taken_back" in ws.log.path.read_text()
    for stored in (first, changed):
        assert read(ws, stored, "refresh_token") == TOKENS["refresh_token"]


def test_a_yes_for_one_of_two_leaves_the_other_alone(ws: Workspace, keyring: FolderStore) -> None:
    first = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    copy = by_hand(ws, duplicate_connector(ws, first, "Copy"), "server.host", "new.example")
    bind_again(ws, refused(ws, copy, "refresh_token"))
    for stored in (first, copy):
        assert read(ws, stored, "refresh_token") == TOKENS["refresh_token"]


def test_an_edit_of_a_shared_sign_in_that_fails_leaves_the_old_state(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    copy = duplicate_connector(ws, first, "Copy")
    before = edit_connector(ws, copy, {"description": "meanwhile"})
    with pytest.raises(Exception, match="changed_elsewhere"):
        edit_connector(ws, copy, {"server.port": 26})
    for stored in (first, before):
        assert read(ws, stored, "refresh_token") == TOKENS["refresh_token"]
    assert refused(ws, by_hand(ws, before, "server.port", 26), "refresh_token")


def test_a_shared_sign_in_is_not_given_to_a_changed_file_by_a_failing_edit(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = save_connector(ws, connector(ws, authentication=CUSTOM), secrets=TOKENS)
    evil = by_hand(ws, duplicate_connector(ws, first, "Copy"), "server.host", "evil.example")
    newer = edit_connector(ws, evil, {"description": "meanwhile"})
    with pytest.raises(Exception, match="changed_elsewhere"):
        edit_connector(ws, evil, {"server.host": "smtp.example.test"})
    assert refused(ws, newer, "refresh_token")
    right = edit_connector(ws, newer, {"server.host": "smtp.example.test"})
    for stored in (first, right):
        assert read(ws, stored, "refresh_token") == TOKENS["refresh_token"]


# --- folders that others may write


@pytest.mark.parametrize("part", ["", "projects/default/connectors", "file"])
@capabilities.access_rights
def test_nothing_is_read_where_others_may_write(
    ws: Workspace, keyring: FolderStore, part: str
) -> None:
    stored = saved(ws)
    place = ws.data_dir / part
    if part == "file":
        place = ws.data_dir / "projects/default/connectors" / f"{stored.id}.json"
    place.chmod(0o777)
    keyring.before = refuse("get", "the store was opened")
    for work in (
        lambda: kept_secret(ws, stored, "password"),
        lambda: verify_stored(ws, stored),
        lambda: verify_stored(ws, stored, secret=Secret("typed")),
        lambda: edit_connector(ws, stored, {}, secret=Secret("new")),
        lambda: edit_connector(ws, stored, {"server.port": 26}),
        lambda: duplicate_connector(ws, stored, "Copy"),
    ):
        with pytest.raises(SecretStoreError) as caught:
            work()
        assert (caught.value.code, caught.value.facts["path"]) == (
            "data_dir_not_private",
            str(place),
        )
    place.chmod(0o700)
    keyring.before = lambda step: None
    assert read(ws, stored) == PASSWORD


# --- records


def test_records_written_at_once_are_all_kept(ws: Workspace, keyring: FolderStore) -> None:
    stored = saved(ws)
    moments = [f"moment_{number}" for number in range(10)]
    threads = [
        threading.Thread(target=record_moment, args=(ws, stored, moment)) for moment in moments
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = ws.store.read_verification(stored.id) or {}
    assert set(moments) <= set(record)


def test_a_relative_ca_file_is_one_of_its_folder(
    ws: Workspace, keyring: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = saved(ws, server__ca_file=str(tmp_path / "ca.pem"))
    stored = by_hand(ws, whole, "server.ca_file", "ca.pem")
    assert read(ws, stored) == PASSWORD
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert json.dumps(refused(ws, stored).facts["after"]) == json.dumps(
        str(tmp_path / "other" / "ca.pem")
    )
