"""What is on screen is saved with all that belongs to it, and with nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from smtpwizard.flow.draft import ConnectorDraft, Fact, draft_from_connector
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import MECHANISMS, Method
from smtpwizard.model.errors import UsageError
from smtpwizard.model.registration import Family, Learned, Redirect
from smtpwizard.model.report import STAGES, Report, StageResult, Status
from smtpwizard.model.secrets import secret_kinds
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.history import RENEWED, SIGNED_IN
from smtpwizard.usecases.project import set_project
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import create_connector, save_connector, save_draft
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.programs import prints
from tests.usecases.conftest import FolderStore, connector, refuse

PASSWORD = ConnectorDraft(
    name="Invoices",
    provider="custom",
    host="smtp.example.test",
    username="mailer@example.test",
    method=Method.BASIC,
    password=Secret("typed"),
    client_secret=Secret("client"),
    admin_email="admin@example.test",
)
OAUTH = PASSWORD._replace(
    provider="exchange",
    family=Family.MICROSOFT,
    method=Method.OAUTH,
    redirect=Redirect.LOOPBACK,
    client_id="c1ae2c30-1111-2222-3333-444444444444",
    tenant="example.test",
)
PASSED = Report(True, "Invoices", "2026-11-22T10:15:00Z", 8, tuple(
    StageResult(stage, Status.PASSED, 1) for stage in STAGES
))  # fmt: skip


@dataclass
class Held:
    """A sign-in whose refresh token may have been rotated since."""

    token: str
    account: str | None = None
    learned: Learned = field(default_factory=Learned)

    @property
    def secrets(self) -> dict[str, Secret]:
        return {"refresh_token": Secret(self.token)}


def signed_in(draft: ConnectorDraft, token: str) -> ConnectorDraft:
    return draft._replace(sign_in=Fact(draft.sign_in_inputs(), Held(token)))


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("mechanism", ["auto", *MECHANISMS])
def test_a_draft_s_secrets_are_those_that_its_connector_keeps(
    ws: Workspace, method: Method, mechanism: str
) -> None:
    draft = signed_in(OAUTH._replace(method=method, mechanism=mechanism), "kept")
    made, problems = draft.judge(ws.defaults_for)
    assert made is not None, problems
    assert set(draft.secrets()) == set(secret_kinds(made))


def test_only_the_secret_of_the_chosen_method_is_saved(ws: Workspace, keyring: FolderStore) -> None:
    stored = save_draft(ws, PASSWORD)
    assert keyring.contents() == {stored.secrets["password"]: "typed"}
    assert stored.connector == PASSWORD.judge(ws.defaults_for)[0]


def test_a_verification_that_holds_is_recorded_and_another_is_not(ws: Workspace) -> None:
    verified = PASSWORD._replace(
        verification=Fact(PASSWORD.verification_inputs(ws.defaults_for), PASSED)
    )
    first = save_draft(ws, verified)
    assert [row.status for row in list_connectors(ws)] == ["verified"]
    moved = verified._replace(port="2525", base=first.connector)
    save_draft(ws, moved, stored=first)
    assert [row.status for row in list_connectors(ws)] == ["changed"]


def test_a_sign_in_is_saved_as_it_is_now_and_its_moment_noted(
    ws: Workspace, keyring: FolderStore
) -> None:
    stored = save_draft(ws, signed_in(OAUTH, "rotated"))
    assert {kind: keyring.contents()[ref] for kind, ref in stored.secrets.items()} == {
        "client_secret": "client",
        "refresh_token": "rotated",
    }
    record = ws.store.read_verification(stored.id) or {}
    assert record[SIGNED_IN] == record[RENEWED]


def test_a_sign_in_of_another_account_is_not_saved(ws: Workspace) -> None:
    stored = save_draft(ws, signed_in(OAUTH, "rotated")._replace(username="other@example.test"))
    assert set(stored.secrets) == {"client_secret"}
    assert set(ws.store.read_verification(stored.id) or ()) == {"client_secret_given_at"}


def test_a_sign_in_stays_away_when_the_password_was_chosen_after_all(ws: Workspace) -> None:
    stored = save_draft(ws, signed_in(OAUTH, "rotated")._replace(method=Method.BASIC))
    assert set(stored.secrets) == {"password"}


@pytest.mark.parametrize(
    ("method", "typed", "expected"),
    [
        (Method.OAUTH, " new.example ", "new.example"),
        (Method.OAUTH, "old.example", "old.example"),
        (Method.BASIC, "new.example", "old.example"),
    ],
)
def test_the_domain_goes_to_the_project_where_it_was_asked_for(
    ws: Workspace, method: Method, typed: str, expected: str
) -> None:
    set_project(ws, domain="old.example")
    save_draft(ws, OAUTH._replace(method=method, domain=typed))
    assert ws.project.domain == expected


def test_the_domain_stays_when_the_connector_cannot_be_saved(ws: Workspace) -> None:
    save_draft(ws, OAUTH)
    with pytest.raises(UsageError, match="name_taken"):
        save_draft(ws, OAUTH._replace(domain="new.example"))
    assert ws.project.domain is None


def test_an_unfinished_draft_is_refused_with_its_first_problem(ws: Workspace) -> None:
    with pytest.raises(UsageError) as refused:
        save_draft(ws, PASSWORD._replace(password=None))
    assert refused.value.code == "required"
    assert refused.value.facts["field"] == "authentication.password"


def test_an_edited_connector_keeps_what_was_not_typed_again(
    ws: Workspace, keyring: FolderStore
) -> None:
    first = save_draft(ws, PASSWORD)
    draft = draft_from_connector(
        first.connector, kept_secrets=frozenset(first.secrets), taken_names=frozenset()
    )
    second = save_draft(ws, draft._replace(description="changed"), stored=first)
    assert (second.id, second.secrets) == (first.id, first.secrets)
    assert list(keyring.contents().values()) == ["typed"]


# -- without a draft -----------------------------------------------------------------------------


def test_a_secret_without_a_name_goes_to_the_kind_that_the_connector_keeps(
    ws: Workspace, keyring: FolderStore
) -> None:
    stored = create_connector(ws, connector(ws), Secret("given"))
    assert keyring.contents() == {stored.secrets["password"]: "given"}
    assert create_connector(ws, connector(ws, name="Bare"), None).secrets == {}


@pytest.mark.parametrize(
    ("authentication", "code"),
    [
        ({"method": "none"}, "secret_not_used"),
        ({"method": "basic", "username": "m", "secret_command": prints("x")}, "secret_twice"),
    ],
)
def test_a_secret_that_would_not_be_used_is_refused(
    ws: Workspace, keyring: FolderStore, authentication: dict[str, object], code: str
) -> None:
    with pytest.raises(UsageError, match=code):
        create_connector(ws, connector(ws, authentication=authentication), Secret("given"))
    assert ws.connectors().connectors == ()
    assert keyring.contents() == {}


def test_a_new_secret_takes_the_place_of_the_command(ws: Workspace, keyring: FolderStore) -> None:
    fetching = {"method": "basic", "username": "mailer", "secret_command": prints("x")}
    first = create_connector(ws, connector(ws, authentication=fetching), None)
    second = edit_connector(ws, first, {}, secret=Secret("given"))
    assert second.connector.authentication.secret_command is None
    assert keyring.contents() == {second.secrets["password"]: "given"}
    command = {"authentication.secret_command": prints("y")}
    with pytest.raises(UsageError, match="secret_twice"):
        edit_connector(ws, second, command, secret=Secret("other"))


@pytest.mark.parametrize("change", ["save", "duplicate", "remove"])
def test_every_change_sweeps_what_an_earlier_one_left(
    ws: Workspace, keyring: FolderStore, change: str
) -> None:
    first = create_connector(ws, connector(ws), Secret("old"))
    keyring.before = refuse("delete")
    second = edit_connector(ws, first, {}, secret=Secret("new"))
    assert sorted(keyring.contents().values()) == ["new", "old"]
    keyring.before = lambda step: None
    if change == "save":
        save_connector(ws, second.connector, secrets={}, stored=second)
    elif change == "duplicate":
        duplicate_connector(ws, second, "Copy")
    else:
        remove_connector(ws, second)
    assert "old" not in keyring.contents().values()
