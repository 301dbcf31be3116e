"""A sign-in that does not belong to what is on screen: which field says so, and why."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.flow.draft import ConnectorDraft, draft_from_connector
from smtpwizard.flow.dropped_sign_in import CODES, SIGN_IN, dropped_sign_in
from smtpwizard.flow.steps import STEPS, ConnectorFlow, StepId
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method
from smtpwizard.model.registration import Learned, Redirect
from tests.flow.test_draft import GOOD, OAUTH, Held, editing
from tests.model.documents import defaults_for

ACCOUNT = Held.account
SIGNED_IN = OAUTH._replace(username=ACCOUNT).with_sign_in(Held())


def said(draft: ConnectorDraft) -> tuple[str, str]:
    dropped = dropped_sign_in(draft, defaults_for)
    assert dropped is not None
    return dropped.problem.field, problem_text(dropped.problem, Face.WINDOW)


def test_a_sign_in_that_belongs_to_what_is_on_screen_is_none() -> None:
    assert dropped_sign_in(OAUTH, defaults_for) is None
    assert dropped_sign_in(SIGNED_IN, defaults_for) is None
    for other in (
        SIGNED_IN._replace(name="Other", secret_expires="2030-01-01", publishing="testing"),
        SIGNED_IN._replace(sign_in_ca_file="/ca.pem"),
        SIGNED_IN._replace(username="x", method=Method.BASIC),
    ):
        assert dropped_sign_in(other, defaults_for) is None


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"client_id": "other"}, "authentication.oauth.client_id", "other. Put it back"),
        (
            {"tenant": "t.example"},
            "authentication.oauth.tenant",
            "was for –, and this is t.example",
        ),
        ({"provider": "closed"}, SIGN_IN, "was for gmail, and this is closed"),
        ({"client_secret": Secret("x")}, "authentication.client_secret", "another client secret"),
        ({"redirect": Redirect.LOOPBACK}, "project.domain", "another kind of client"),
        ({"redirect": Redirect.DEVICE}, "authentication.oauth.grant", "another kind of client"),
        ({"domain": "other.example"}, "project.domain", "another kind of client"),
        (
            {"learned": Learned(client_type="web")},
            "authentication.oauth.grant",
            "another kind of client",
        ),
        ({"username": "x@example.test"}, "authentication.username", f"signed in as {ACCOUNT}"),
        ({"username": ""}, "authentication.username", "this connector is for –"),
        ({"username": "x@y.test", "client_id": "o"}, "authentication.oauth.client_id", "Put it"),
    ],
)
def test_what_differs_is_said_at_its_field(change: dict[str, Any], field: str, words: str) -> None:
    draft = SIGNED_IN._replace(**change)
    where, text = said(draft)
    assert where == field
    assert words in text
    dropped = dropped_sign_in(draft, defaults_for)
    assert dropped is not None
    assert dropped.problem.code in CODES
    assert (dropped.account is not None) is (field == "authentication.username")
    flow = ConnectorFlow(defaults_for)
    pages = [s.id for s in STEPS if dropped.problem in flow.problems(s.id, draft)]
    assert pages == [StepId.AUTHENTICATE]


def test_scopes_and_endpoints_of_an_own_server() -> None:
    own = GOOD._replace(
        method=Method.OAUTH, provider="custom", issuer="https://a.example", scopes="a b",
        host="smtp.example.test",
    ).with_sign_in(Held())  # fmt: skip
    where, text = said(own._replace(scopes="a"))
    assert where == "authentication.oauth.scopes"
    assert "was for a b, and this is a." in text
    assert said(own._replace(issuer="https://b.example"))[0] == "authentication.oauth.issuer"


def test_another_account_waits_for_its_user() -> None:
    begun = OAUTH._replace(username="wanted@example.test")
    held = Held()
    draft = begun.with_other_account(held, begun)
    dropped = dropped_sign_in(draft, defaults_for)
    assert dropped is not None
    assert (dropped.held, dropped.account) == (held, ACCOUNT)
    assert dropped.problem.facts == {"found": ACCOUNT, "expected": "wanted@example.test"}
    assert draft.holding_sign_in() is None
    used = draft.with_account(held)
    assert (used.username, used.holding_sign_in()) == (ACCOUNT, held)
    kept = draft.with_sign_in(held)
    assert (kept.username, kept.holding_sign_in()) == ("wanted@example.test", held)
    typed = draft._replace(username=ACCOUNT)
    assert typed.holding_sign_in() is held
    without = draft.without_sign_in()
    assert dropped_sign_in(without, defaults_for) is None
    # Who it was may be known from the connector alone.
    nameless = Held()
    nameless.account = None  # type: ignore[assignment]
    again = begun.with_sign_in(nameless)._replace(username="x@example.test")
    dropped = dropped_sign_in(again, defaults_for)
    assert dropped is not None
    assert dropped.account == "wanted@example.test"


def test_a_saved_sign_in_is_dropped_with_its_registration() -> None:
    saved = OAUTH._replace(username=ACCOUNT).for_sign_in(defaults_for)
    assert saved is not None
    kept = frozenset({"refresh_token", "client_secret"})
    draft = draft_from_connector(saved, kept_secrets=kept, taken_names=frozenset())
    draft = draft._replace(domain=OAUTH.domain).with_family(defaults_for)
    assert dropped_sign_in(draft, defaults_for) is None
    assert dropped_sign_in(draft._replace(username="y@example.test"), defaults_for) is None
    other = draft._replace(client_id="other")
    dropped = dropped_sign_in(other, defaults_for)
    assert dropped is not None
    assert dropped.held is None
    assert dropped.problem.field == "authentication.oauth.client_id"
    assert dropped_sign_in(other.without_sign_in(), defaults_for) is None
    # What is not finished is said otherwise.
    assert dropped_sign_in(other._replace(username="a\nb"), defaults_for) is None
    assert dropped_sign_in(editing(), defaults_for) is None


def test_a_ca_file_for_the_sign_in_server() -> None:
    draft = OAUTH._replace(sign_in_ca_file=" /ca.pem ")
    connector = draft.for_sign_in(defaults_for)
    assert connector is not None
    assert connector.authentication.oauth.ca_file == "/ca.pem"
    again = draft_from_connector(connector, kept_secrets=frozenset(), taken_names=frozenset())
    assert again.sign_in_ca_file == "/ca.pem"
    assert again.with_provider("gmail").sign_in_ca_file == "/ca.pem"
    assert again.with_provider("closed").sign_in_ca_file == ""


def sign_in_problem(draft: ConnectorDraft) -> bool:
    found = ConnectorFlow(defaults_for).problems(StepId.AUTHENTICATE, draft)
    return [p.code for p in found] == ["sign_in_missing"]


def test_somebody_has_to_sign_in_once() -> None:
    assert sign_in_problem(OAUTH)
    assert not sign_in_problem(SIGNED_IN)
    assert not sign_in_problem(OAUTH.without_sign_in()), "its user goes on without"
    assert not sign_in_problem(OAUTH._replace(method=Method.NONE))
    assert not sign_in_problem(OAUTH._replace(redirect=Redirect.APP, username=ACCOUNT))
    assert not OAUTH._replace(sign_in_skipped=True).with_sign_in(Held()).sign_in_skipped


def test_a_connector_that_was_saved_without_a_sign_in_can_be_edited() -> None:
    made, _ = OAUTH.judge(defaults_for)
    assert made is not None
    kept = frozenset({"client_secret"})
    assert not sign_in_problem(
        draft_from_connector(made, kept_secrets=kept, taken_names=frozenset(), domain="x.example")
    )
