"""A draft begins with what is stored, and is verified exactly as it is on screen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.flow.draft import ConnectorDraft, begin_draft
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method
from smtpwizard.model.errors import (
    Cancelled,
    SecretStoreError,
    SmtpWizardError,
    StorageError,
    UsageError,
)
from smtpwizard.model.registration import Redirect
from smtpwizard.model.report import STAGES, Report, Stage, StageResult, Status
from smtpwizard.usecases import drafts
from smtpwizard.usecases.chosen_files import read_chosen, write_chosen
from smtpwizard.usecases.drafts import look_over_draft, prove_sign_in, verify_draft
from smtpwizard.usecases.duplicate import free_name
from smtpwizard.usecases.project import set_project
from smtpwizard.usecases.save import save_draft
from smtpwizard.usecases.sign_in import came_to_nothing, failure_of
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.test_save_draft import OAUTH, PASSWORD, Held

REPORT = Report(
    True, "Invoices", "2026-11-22T10:15:00Z", 8,
    tuple(StageResult(stage, Status.PASSED, 1) for stage in STAGES),
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """What `verify_connector` was called with, the connector among it."""
    calls: list[Mapping[str, Any]] = []

    def answer(ws: Workspace, connector: Any, sources: Any, **others: Any) -> Report:
        calls.append({"connector": connector, "sources": sources, **others})
        return REPORT

    monkeypatch.setattr(drafts, "verify_connector", answer)
    return calls


def typed(secrets: Mapping[str, Secret]) -> dict[str, str]:
    return {kind: secret.reveal() for kind, secret in secrets.items()}


def test_an_empty_draft_knows_the_projects_addresses(ws: Workspace) -> None:
    set_project(ws, domain="example.smartflows.com")
    draft = begin_draft(ws.project, taken_names=frozenset({"invoices"}))
    assert (draft.domain, draft.base_url, draft.base) == ("example.smartflows.com", "", None)
    assert draft.taken_names == {"invoices"}


def test_a_draft_of_a_saved_connector_shows_it_and_leaves_its_own_name_free(ws: Workspace) -> None:
    set_project(ws, domain="example.smartflows.com", base_url="https://mail.example.test")
    stored = save_draft(ws, PASSWORD)
    draft = begin_draft(ws.project, stored, taken_names=frozenset({"invoices", "orders"}))
    assert draft.base == stored.connector
    assert draft.kept_secrets == {"password"}
    assert draft.taken_names == {"orders"}
    assert (draft.domain, draft.base_url) == ("example.smartflows.com", "https://mail.example.test")


def test_what_is_on_screen_is_verified_with_its_secrets_and_a_test_email(
    ws: Workspace, asked: list[Mapping[str, Any]]
) -> None:
    stored = save_draft(ws, PASSWORD)
    assert verify_draft(ws, PASSWORD._replace(host="other.example.test"), stored) is REPORT
    assert asked[0]["connector"].server.host == "other.example.test"
    assert typed(asked[0]["sources"].typed) == {"password": "typed"}
    assert asked[0]["send_to"] == "admin@example.test"
    assert asked[0]["sources"].stored is stored
    assert asked[0]["sources"].sign_in is None
    verify_draft(ws, PASSWORD, send=False)
    assert asked[1]["send_to"] is None


def test_a_sign_in_goes_with_the_draft_it_belongs_to_and_with_no_other(
    ws: Workspace, asked: list[Mapping[str, Any]]
) -> None:
    held = Held("token-of-now")
    draft = OAUTH.with_family(ws.defaults_for).with_sign_in(held)
    verify_draft(ws, draft)
    verify_draft(ws, draft._replace(tenant="other.example.test"))
    assert [call["sources"].sign_in for call in asked] == [held, None]
    assert typed(asked[0]["sources"].typed) == {
        "client_secret": "client",
        "refresh_token": "token-of-now",
    }
    assert "refresh_token" not in asked[1]["sources"].typed


def test_a_draft_with_a_problem_is_not_verified(
    ws: Workspace, asked: list[Mapping[str, Any]]
) -> None:
    for verified in (verify_draft, prove_sign_in):
        with pytest.raises(UsageError) as error:
            verified(ws, PASSWORD._replace(host=""))
        assert (error.value.code, error.value.facts["field"]) == ("required", "server.host")
    assert asked == []


def test_a_sign_in_is_proven_before_the_last_page_and_sends_nothing(
    ws: Workspace, asked: list[Mapping[str, Any]]
) -> None:
    held = Held("token-of-now")
    draft = OAUTH._replace(admin_email="").with_family(ws.defaults_for).with_sign_in(held)
    prove_sign_in(ws, draft)
    assert asked[0]["stop_after"] is Stage.AUTH
    assert asked[0]["send_to"] is None
    assert asked[0]["sources"].sign_in is held


@pytest.mark.parametrize(
    ("draft", "provider", "method"),
    [
        (ConnectorDraft(), "custom", Method.BASIC),
        (ConnectorDraft(provider="custom", method=Method.BASIC), "gmail", Method.OAUTH),
        (ConnectorDraft().with_method(Method.NONE), "custom", Method.NONE),
        (ConnectorDraft().with_method(Method.OAUTH), "custom", Method.OAUTH),
    ],
)
def test_a_provider_brings_its_usual_method_until_one_is_chosen(
    draft: ConnectorDraft, provider: str, method: Method
) -> None:
    assert draft.with_provider(provider).method is method


def test_the_method_of_a_saved_connector_counts_as_chosen(ws: Workspace) -> None:
    draft = begin_draft(ws.project, save_draft(ws, PASSWORD))
    assert draft.with_provider("gmail").method is Method.BASIC


def test_a_name_found_taken_while_saving_is_a_problem_of_the_draft(ws: Workspace) -> None:
    draft = PASSWORD._replace(name=" Invoices ").with_name_taken()
    _, problems = draft.judge(ws.defaults_for)
    assert [(p.field, p.code) for p in problems if p.field == "name"][-1] == ("name", "name_taken")


def test_what_looks_wrong_in_the_registration_is_told_by_field(ws: Workspace) -> None:
    draft = OAUTH._replace(client_id="ada@example.test", client_secret=Secret(" s3cret"))
    found = look_over_draft(ws, draft.with_family(ws.defaults_for))
    assert {field: code for field, (code, _) in found.items()} == {
        "authentication.oauth.client_id": "client_id_is_an_address",
        "authentication.client_secret": "secret_has_spaces",
    }


def test_what_is_not_entered_yet_does_not_look_wrong(ws: Workspace) -> None:
    web = OAUTH._replace(redirect=Redirect.WEB, client_secret=None, domain="a.example.test")
    assert look_over_draft(ws, web.with_family(ws.defaults_for)) == {}
    assert look_over_draft(ws, web._replace(host="", provider="custom")) == {}


class Refused(SmtpWizardError):
    """What a provider answers."""


@pytest.mark.parametrize(
    "error",
    [Cancelled(), UsageError("required"), SecretStoreError("x"), StorageError("locked")],
)
def test_only_an_answer_to_a_sign_in_counts_as_its_failure(error: SmtpWizardError) -> None:
    assert not came_to_nothing(error)
    assert came_to_nothing(Refused("token_refused"))


def test_a_failed_sign_in_has_its_causes_and_is_noted(ws: Workspace) -> None:
    stored = save_draft(ws, OAUTH)
    error = Refused("token_refused", error="invalid_client", aadsts="7000222")
    failure = failure_of(ws, stored.connector, error, stored)
    assert failure.error is error
    assert failure.causes[0].cause == "oauth_secret_expired"
    assert failure_of(ws, stored.connector, Cancelled()).causes == ()
    lines = (ws.log.directory / "smtpwizard.log").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    found = [(e["connector"], e["code"]) for e in events if e["event"] == "sign_in_failed"]
    assert found == [(stored.id, "token_refused"), (None, "cancelled")]


def test_a_copy_takes_the_first_free_name(ws: Workspace) -> None:
    save_draft(ws, PASSWORD._replace(name="A 1"))
    assert free_name(ws, lambda number: f"a {number}") == "a 2"
    assert free_name(ws, lambda number: f"b {number}") == "b 1"


def test_a_file_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_chosen(path, b"12345", "ics")
    assert read_chosen(path, 5, "from", too_large="x") == b"12345"
    with pytest.raises(UsageError, match="x_too_large"):
        read_chosen(path, 3, "from", too_large="x_too_large")
    for bad in (tmp_path / "none" / "file", Path("a\0b")):
        with pytest.raises(UsageError) as read:
            read_chosen(bad, 5, "from", too_large="x")
        with pytest.raises(UsageError) as written:
            write_chosen(bad, b"", "ics")
        assert (read.value.code, read.value.facts["field"]) == ("file_unreadable", "from")
        assert (written.value.code, written.value.facts["field"]) == ("file_unwritable", "ics")
        assert read.value.facts["reason"] == written.value.facts["reason"]
