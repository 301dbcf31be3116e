"""Connectors go to another project, or are copied there, with their secrets, runs and dates."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files, secretstore
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError, SmtpWizardError, StorageError, UsageError
from smtpwizard.model.stored import Project, StoredConnector
from smtpwizard.storage.transfers import Transfers
from smtpwizard.usecases.approvals import approve, is_approved
from smtpwizard.usecases.certificates import distrust, read_certificates, trust
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.history import record_moment
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.project import create_project, set_project
from smtpwizard.usecases.project_trust import forget
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector, sweep_secrets
from smtpwizard.usecases.transfer import (
    Otherwise,
    Plan,
    Transferred,
    copy_connectors,
    move_back,
    move_connectors,
    plan_transfer,
    transfer,
)
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.helpers.certificates import Certificates
from tests.helpers.programs import prints
from tests.usecases.conftest import BASIC, FolderStore, connector, open_workspace, refuse

HERE_URI = "https://login.here.example/oauth2/redirect"
THERE_URI = "https://login.there.example/oauth2/redirect"


def oauth(redirect_uri: str | None = HERE_URI) -> dict[str, Any]:
    registration = {
        "client_id": "id",
        "redirect_uri": redirect_uri,
        "token_endpoint": "https://t.example/t",
    }
    return {"method": "oauth", "username": "u@example.com", "oauth": registration}


def save(ws: Workspace, name: str = "A", **changes: Any) -> StoredConnector:
    secrets = {"password": Secret(f"p-{name}")}
    return save_connector(ws, connector(ws, name=name, **changes), secrets=secrets)


def save_oauth(ws: Workspace, name: str = "O", **registration: Any) -> StoredConnector:
    made = connector(ws, name=name, authentication=oauth(**registration))
    secrets = {"client_secret": Secret("cs"), "refresh_token": Secret("rt")}
    return save_connector(ws, made, secrets=secrets)


@pytest.fixture
def target(ws: Workspace) -> Project:
    set_project(ws, domain="here.example", environment="test")
    return create_project(ws, "There", domain="there.example", environment="production")


def names(ws: Workspace) -> list[str]:
    return [stored.connector.name for stored in ws.connectors().connectors]


def secret_of(ws: Workspace, stored: StoredConnector, kind: str = "password") -> str:
    secret = kept_secret(ws, stored, kind)
    assert secret is not None
    return secret.reveal()


def code_of(call: Any) -> str:
    with pytest.raises(SmtpWizardError) as caught:
        call()
    return caught.value.code


def test_what_is_another_there_is_said_first(ws: Workspace, target: Project) -> None:
    plain, first = save(ws), save_oauth(ws)
    desktop = save_oauth(ws, "Desktop", redirect_uri=None)
    plan = plan_transfer(ws, [first, plain, first, desktop], target, move=True)
    assert plan.connectors == (first, plain, desktop)
    assert plan.taken == ()
    assert set(plan.otherwise) == {
        Otherwise(None, "project.environment", "test", "production"),
        Otherwise(None, "project.domain", "here.example", "there.example"),
        Otherwise("O", "authentication.oauth.redirect_uri", HERE_URI, THERE_URI),
        Otherwise("Desktop", "authentication.oauth.redirect_uri", HERE_URI, THERE_URI),
    }
    assert names(ws.in_project(target)) == [], "nothing was done"


def defaults_of(plan: Plan) -> list[Otherwise]:
    return [each for each in plan.otherwise if each.field == "default"]


def test_who_is_the_default_there_is_said_too(ws: Workspace, target: Project) -> None:
    a, b = save(ws), save(ws, "B")
    assert defaults_of(plan_transfer(ws, [b], target, move=True)) == [
        Otherwise("B", "default", "false", "true")
    ]
    assert defaults_of(plan_transfer(ws, [b, a], target, move=True)) == []
    move_connectors(ws, [b], target)
    assert defaults_of(plan_transfer(ws, [a], target, move=True)) == [
        Otherwise("A", "default", "true", "false")
    ]
    assert defaults_of(plan_transfer(ws, [a], target, move=False)) == []


def test_moved_all_is_there_and_nothing_here(
    ws: Workspace, keyring: FolderStore, target: Project
) -> None:
    a, first = save(ws), save_oauth(ws)
    record_moment(ws, first, "signed_in_at")
    before = keyring.contents()
    moved = move_connectors(ws, [a, first], target)
    there = ws.in_project(target)
    assert names(ws) == []
    assert set(map(str, there.connectors().connectors)) == set(map(str, moved))
    assert moved[0] == a
    assert moved[1].connector.authentication.oauth.redirect_uri == THERE_URI
    assert (moved[1].id, moved[1].revision, moved[1].secrets) == (first.id, 2, first.secrets)
    assert keyring.contents() == before, "no store was touched"
    assert secret_of(there, moved[0]) == "p-A"
    assert secret_of(there, moved[1], "refresh_token") == "rt"
    assert "signed_in_at" in (there.store.read_verification(first.id) or {})
    assert [change.name for change in ws.changes.done[-2:]] == ["A", "O"]
    assert move_connectors(there, moved, ws.project)[1].connector == first.connector, "and back"


def test_without_an_address_there_the_redirect_uri_stays(ws: Workspace, target: Project) -> None:
    bare = create_project(ws, "Bare")
    first = save_oauth(ws)
    own = save_oauth(ws, "Own", redirect_uri="https://relay.example/back")
    assert move_connectors(ws, [first, own], bare) == (first, own)
    there = ws.in_project(bare)
    plan = plan_transfer(there, [first, own], target, move=True)
    changed = [each for each in plan.otherwise if each.connector]
    assert changed == [Otherwise("O", "authentication.oauth.redirect_uri", HERE_URI, THERE_URI)]


def test_copied_there_are_two_of_each_secret_but_one_sign_in(
    ws: Workspace, keyring: FolderStore, target: Project
) -> None:
    a, first = save(ws), save_oauth(ws)
    record_moment(ws, first, "signed_in_at")
    copies = copy_connectors(ws, [a, first], target)
    there = ws.in_project(target)
    assert names(ws) == names(there) == ["A", "O"]
    assert copies[0].secrets["password"] != a.secrets["password"]
    assert copies[1].secrets["client_secret"] != first.secrets["client_secret"]
    assert copies[1].secrets["refresh_token"] == first.secrets["refresh_token"]
    assert secret_of(there, copies[0]) == "p-A"
    assert secret_of(there, copies[1], "refresh_token") == "rt"
    assert len(keyring.contents()) == 5
    (listed,) = [each for each in list_connectors(there) if each.name == "O"]
    assert str(listed.status) == "untested"
    record = there.store.read_verification(copies[1].id) or {}
    assert record == ws.store.read_verification(first.id), "when it was signed in"
    # The shared sign-in stays as long as one of them has it, in whichever project.
    remove_connector(ws, first)
    assert secret_of(there, copies[1], "refresh_token") == "rt"
    remove_connector(there, copies[1])
    assert sorted(keyring.contents().values()) == ["p-A", "p-A"]


def test_a_shared_sign_in_survives_the_move_of_one(
    ws: Workspace, keyring: FolderStore, target: Project
) -> None:
    first = save_oauth(ws)
    twin = duplicate_connector(ws, first, "Twin")
    move_connectors(ws, [first], target)
    remove_connector(ws, twin)
    assert secret_of(ws.in_project(target), first, "refresh_token") == "rt"
    there = ws.in_project(target)
    changed = first.connector._replace(name="Edited")
    stored = there.store.read(first.id)
    assert stored is not None
    saved = save_connector(there, changed, secrets={}, stored=stored)
    assert secret_of(there, saved, "refresh_token") == "rt"


@pytest.mark.parametrize("carry", [move_connectors, copy_connectors])
def test_a_taken_name_stops_all(
    ws: Workspace, keyring: FolderStore, target: Project, carry: Any
) -> None:
    a, b = save(ws), save(ws, "B")
    there = ws.in_project(target)
    save(there, "b")
    before = keyring.contents()
    with pytest.raises(SmtpWizardError) as caught:
        carry(ws, [a, b], target)
    assert caught.value.code == "name_taken_there"
    assert caught.value.facts == {"name": "B", "project": "There", "field": "name"}
    assert (names(ws), names(there)) == (["A", "B"], ["b"])
    assert keyring.contents() == before
    assert plan_transfer(ws, [a, b], target, move=True).taken == ("B",)


@pytest.mark.parametrize("carry", [move_connectors, copy_connectors])
def test_the_same_project_is_no_other(ws: Workspace, target: Project, carry: Any) -> None:
    stored = save(ws)
    assert code_of(lambda: carry(ws, [stored], ws.project)) == "project_same"
    assert code_of(lambda: plan_transfer(ws, [stored], ws.project, move=True)) == "project_same"


@pytest.mark.parametrize("step", ["get", "put", "put done", "ready"])
def test_a_store_that_refuses_leaves_no_copy_and_no_secret(
    ws: Workspace, keyring: FolderStore, target: Project, step: str
) -> None:
    stored = [save(ws), save(ws, "B")]
    before = keyring.contents()
    keyring.before = refuse(step)
    with pytest.raises(SecretStoreError):
        copy_connectors(ws, stored, target)
    keyring.before = lambda _: None
    sweep_secrets(ws.in_project(target))
    assert keyring.contents() == before
    assert names(ws.in_project(target)) == []


def test_a_secret_that_is_gone_is_gone_from_the_copy(
    ws: Workspace, keyring: FolderStore, target: Project
) -> None:
    stored = save(ws)
    keyring.delete(stored.secrets["password"])
    (copied,) = copy_connectors(ws, [stored], target)
    assert copied.secrets == {}


def test_a_copy_that_cannot_be_written_takes_its_secrets_back(
    ws: Workspace, keyring: FolderStore, target: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = save(ws)
    before = keyring.contents()

    def full(*_: object, **__: object) -> Any:
        raise StorageError("disk_full")

    monkeypatch.setattr(Transfers, "carry_out", full)
    assert code_of(lambda: copy_connectors(ws, [stored], target)) == "disk_full"
    assert keyring.contents() == before


def test_interrupted_once_it_is_decided_it_is_done_and_said(
    ws: Workspace, target: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = [save(ws), save(ws, "B")]
    replace = files.replace_file
    placed: list[Path] = []

    def interrupt(before: Path, after: Path) -> None:
        if len(placed) == 1:
            placed.append(after)
            raise KeyboardInterrupt
        replace(before, after)
        if after.parent.name == "connectors":
            placed.append(after)

    monkeypatch.setattr(files, "replace_file", interrupt)
    ws.changes.done.clear()
    with pytest.raises(KeyboardInterrupt):
        move_connectors(ws, stored, target)
    assert (names(ws), names(ws.in_project(target))) == ([], ["A", "B"])
    assert [(done.change, done.name) for done in ws.changes.done] == [
        ("moved", "A"),
        ("moved", "B"),
    ]


def test_an_approved_command_runs_there_as_well(ws: Workspace, target: Project) -> None:
    made = connector(ws, authentication={**BASIC, "secret_command": prints("x")})
    stored = save_connector(ws, made, secrets={})
    approve(ws, stored.connector)
    copy_connectors(ws, [stored], target)
    remove_connector(ws, stored)
    assert is_approved(ws.in_project(target), stored.connector)


@pytest.mark.parametrize("carry", [move_connectors, copy_connectors])
@capabilities.forks
def test_killed_at_any_step_all_or_none_are_there(
    tmp_path: Path, ws: Workspace, keyring: FolderStore, target: Project, carry: Any
) -> None:
    """A child process is killed ahead of every step; the next start brings it in order."""
    stored = [save(ws), save_oauth(ws)]
    for step in range(200):
        child = os.fork()
        if child == 0:
            _carry_and_die(tmp_path, carry, step)
        _, status = os.waitpid(child, 0)
        later = open_workspace(tmp_path)
        there = later.in_project(target)
        sweep_secrets(later)
        sweep_secrets(there)
        moved = carry is move_connectors
        found = (names(later), names(there))
        done = found == (([] if moved else ["A", "O"]), ["A", "O"])
        assert done or found == (["A", "O"], [])
        all_stored = (*later.connectors().connectors, *there.connectors().connectors)
        refs = {ref for each in all_stored for ref in each.secrets.values()}
        assert set(keyring.contents()) == refs
        for project in (later, there):
            assert not any((project.store.directory / "pending").glob("*"))
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            assert done
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        if done and moved:
            move_connectors(there, there.connectors().connectors, later.project)
        elif done:
            for each in there.connectors().connectors:
                remove_connector(there, each)
    else:
        pytest.fail("it never came to its end")
    assert step > 5
    assert len(stored) == 2


def _carry_and_die(folder: Path, carry: Any, step: int) -> None:
    steps = iter(range(step))

    def before(*_: object) -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        store = FolderStore(folder / "keyring", before)
        secretstore.KeyringStore = lambda: store  # type: ignore[assignment,misc]
        for name in ("replace_file", "remove_file", "write_files"):
            original = getattr(files, name)

            def ahead(*args: Any, original: Any = original) -> Any:
                before()
                return original(*args)

            setattr(files, name, ahead)
        ws = open_workspace(folder)
        target = next(p for p in ws.data.projects() if p.name == "There")
        carry(ws, ws.connectors().connectors, target)
        code = 0
    finally:
        os._exit(code)


def untrusted(ws: Workspace, target: Project, *chosen: StoredConnector) -> list[str]:
    plan = plan_transfer(ws, chosen, target, move=True)
    return [one.fingerprint for one in plan.untrusted]


def test_whom_the_other_project_does_not_trust(
    ws: Workspace, target: Project, certificates: Certificates
) -> None:
    """What a connector is verified with; where that is not known, what it may need."""
    a, first = save(ws), save_oauth(ws)
    own = save(ws, "Own", server={"host": "h.example", "ca_file": str(certificates.ca_file)})
    known = save(ws, "Known", provider="gmail")
    assert untrusted(ws, target, a, first) == []
    both = [
        one.fingerprint
        for file in (certificates.ca_file, certificates.unknown_ca_file)
        for one in trust(ws, read_certificates(file))
    ]
    assert sorted(untrusted(ws, target, a)) == sorted(both)
    assert sorted(untrusted(ws, target, first)) == sorted(both), "its sign-in, too"
    assert untrusted(ws, target, own) == [], "it goes by its own"
    assert untrusted(ws, target, known) == [], "everybody trusts that"
    record = {"ok": True, "inputs": a.connector.inputs_digest()}
    ws.store.change_verification(a.id, lambda _: record)
    assert untrusted(ws, target, a) == [], "the system does"
    ws.store.change_verification(a.id, lambda _: record | {"authority": both[0]})
    assert untrusted(ws, target, a) == both[:1]


def test_trust_goes_along_or_stays(
    ws: Workspace, target: Project, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = save(ws)
    [ca] = trust(ws, read_certificates(certificates.ca_file))
    there = ws.in_project(target)
    plan = plan_transfer(ws, [a], target, move=False)

    def fails(*_: object, **__: object) -> None:
        raise StorageError("storage_unwritable")

    monkeypatch.setattr("smtpwizard.usecases.transfer._carry_out", fails)
    with pytest.raises(SmtpWizardError):
        transfer(ws, plan, move=True, with_trust=True)
    assert there.trusted_fingerprints() == set(), "as before"
    assert there.data.project(target.id).authorities == ()
    # Somebody else trusts it there meanwhile, or its file names it.
    trust(there, [ca])
    with pytest.raises(SmtpWizardError):
        transfer(ws, plan, move=True, with_trust=True)
    assert there.trusted_fingerprints() == {ca.fingerprint}
    forget(ws.data, target.id, [ca.fingerprint])
    with pytest.raises(SmtpWizardError):
        transfer(ws, plan, move=True, with_trust=True)
    assert there.trusted_fingerprints() == set()
    assert there.data.project(target.id).authorities == (ca.facts.pem,)
    distrust(there, ca.fingerprint)
    monkeypatch.undo()
    transfer(ws, plan, move=False)
    assert there.trusted_fingerprints() == set()
    transfer(ws, plan_transfer(ws, [save(ws, "B")], target, move=True), move=True, with_trust=True)
    assert there.trusted_fingerprints() == {ca.fingerprint}
    assert names(there) == ["A", "B"]


def moved_with_trust(ws: Workspace, target: Project, name: str) -> Transferred:
    plan = plan_transfer(ws, [save(ws, name)], target, move=True)
    return transfer(ws, plan, move=True, with_trust=True)


def test_a_move_that_is_undone_takes_its_trust_back(
    ws: Workspace, target: Project, certificates: Certificates
) -> None:
    there = ws.in_project(target)
    old = save(there, "Old")
    [ca] = trust(ws, read_certificates(certificates.ca_file))
    back = move_back(ws, moved_with_trust(ws, target, "A"))
    assert (names(ws), names(there)) == (["A"], ["Old"])
    assert (back.no_more, back.kept) == ((ca,), ())
    assert there.trusted_fingerprints() == set(), "what was there before needs nobody new"
    assert there.data.project(target.id).authorities == ()
    # What its file named, and nobody agreed to, is named there again.
    there.data.change_authorities(target.id, lambda _: [ca.facts.pem])
    move_back(ws, moved_with_trust(ws, target, "B"))
    assert there.trusted_fingerprints() == set()
    assert there.data.project(target.id).authorities == (ca.facts.pem,)
    # By now one was verified with it.
    done = moved_with_trust(ws, target, "C")
    record = {"ok": True, "inputs": old.connector.inputs_digest(), "authority": ca.fingerprint}
    there.store.change_verification(old.id, lambda _: record)
    back = move_back(ws, done)
    assert (back.no_more, back.kept) == ((), (ca,))
    assert there.trusted_fingerprints() == {ca.fingerprint}
    # And whom somebody trusted there before stays.
    there.store.change_verification(old.id, lambda _: {})
    back = move_back(ws, moved_with_trust(ws, target, "D"))
    assert (back.no_more, back.kept) == ((), ())
    assert there.trusted_fingerprints() == {ca.fingerprint}


def test_what_could_not_be_trusted_is_not_agreed_to(
    ws: Workspace, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a project's file that names it one day would make it trusted unasked."""
    found = read_certificates(certificates.ca_file)
    monkeypatch.setattr("smtpwizard.usecases.certificates.MAX_TRUSTED", 0)
    with pytest.raises(UsageError) as refused:
        trust(ws, found)
    assert refused.value.code == "certificates_too_many"
    ws.data.change_authorities(ws.project.id, lambda _: [found[0].facts.pem])
    assert ws.trusted_fingerprints() == set()
