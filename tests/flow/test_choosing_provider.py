"""From nothing to a provider and a server: typed, found, or taken over to be changed."""

from __future__ import annotations

from importlib import resources

import pytest

from smtpwizard.flow.choosing_provider import (
    as_own_connection,
    brought_server,
    has_to_be_asked,
    in_order,
    is_taken,
    provider_meant,
    take_answer,
)
from smtpwizard.flow.draft import ConnectorDraft, draft_from_connector
from smtpwizard.flow.steps import ConnectorFlow, StepId
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method, Security, ServerDefaults
from smtpwizard.model.discovery import Candidate, FoundBy, ServerAnswer
from smtpwizard.providers import Catalogue, parse_catalogue

CATALOGUE: Catalogue = parse_catalogue(
    [(resources.files("smtpwizard.providers") / "catalogue.toml").read_text("utf-8")]
)
FLOW = ConnectorFlow(CATALOGUE.defaults_for)
OWN = ConnectorDraft(name="Invoices").with_provider("custom")._replace(host="mail.quay.example")


def found(provider: str, server: ServerDefaults, *methods: Method) -> Candidate:
    return Candidate(
        server, "me@quay.example", methods, provider, FoundBy.CATALOGUE, True, "catalogue"
    )


GMAIL = found("gmail", ServerDefaults("smtp.gmail.com", 587, Security.STARTTLS), Method.OAUTH)
QUAY = found(
    "custom", ServerDefaults("mail.quay.example", 2465, Security.IMPLICIT_TLS), Method.BASIC
)


def problems(draft: ConnectorDraft) -> list[tuple[str, str]]:
    return [(p.field, p.code) for p in FLOW.problems(StepId.PROVIDER, draft)]


def test_nothing_is_chosen_before_somebody_chooses() -> None:
    draft = ConnectorDraft(name="Invoices")
    assert problems(draft) == [("provider", "required")]
    assert brought_server(draft, CATALOGUE) is None
    assert problems(draft.with_provider("gmail")) == []


def test_what_is_typed_and_is_no_provider_is_no_choice() -> None:
    chosen = ConnectorDraft(name="Invoices").with_provider("gmail")
    typed = chosen._replace(provider_text=" gmial ")
    assert problems(typed) == [("provider", "provider_unlisted")]
    assert problems(ConnectorDraft()._replace(provider_text="x")) == [
        ("provider", "provider_unlisted")
    ]
    assert problems(typed._replace(provider_text=" ")) == [], "emptied: the former choice is back"
    assert problems(typed.with_provider("exchange")) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("IONOS", "ionos"),
        (" microsoft   exchange ", "exchange"),
        ("iono", "ionos"),
        ("GMX", "gmx"),
        ("gmx.c", "gmx_com"),
        ("mail", None),
        ("gmial", None),
        ("  ", None),
    ],
)
def test_a_few_letters_name_a_provider(text: str, meant: str | None) -> None:
    assert provider_meant(text, [(entry.id, entry.name) for entry in CATALOGUE]) == meant


def test_an_answer_brings_provider_server_and_user() -> None:
    draft = take_answer(ConnectorDraft(name="Invoices"), GMAIL, CATALOGUE)
    assert (draft.provider, draft.username, draft.method) == (
        "gmail",
        "me@quay.example",
        Method.OAUTH,
    )
    assert problems(draft) == []
    assert is_taken(draft, GMAIL, CATALOGUE)
    assert not is_taken(draft, QUAY, CATALOGUE)
    assert not is_taken(draft._replace(username="you@quay.example"), GMAIL, CATALOGUE)

    draft = take_answer(draft, QUAY, CATALOGUE)
    assert (draft.provider, draft.host, draft.port) == ("custom", "mail.quay.example", "2465")
    assert (draft.security, draft.method) == (Security.IMPLICIT_TLS, Method.BASIC)
    assert draft.with_security(Security.STARTTLS).port == "2465", "a port that was found stays"
    assert is_taken(draft, QUAY, CATALOGUE)


def test_an_answer_leaves_a_chosen_method() -> None:
    draft = ConnectorDraft().with_method(Method.NONE)
    assert take_answer(draft, GMAIL, CATALOGUE).method is Method.NONE
    silent = GMAIL._replace(methods=())
    assert take_answer(ConnectorDraft(), silent, CATALOGUE).method is Method.OAUTH


def test_trust_and_consent_for_a_server_do_not_go_to_another() -> None:
    draft = OWN._replace(ca_file="/etc/corp.pem", pinned_certificate="ab", security=Security.NONE,
        allow_cleartext=True,
    )  # fmt: skip
    elsewhere = QUAY._replace(server=QUAY.server._replace(host="mx.quay.example"))
    other = take_answer(draft, elsewhere, CATALOGUE)
    assert (other.ca_file, other.pinned_certificate, other.allow_cleartext) == ("", "", False)
    plain = QUAY._replace(server=QUAY.server._replace(security=Security.NONE))
    same = take_answer(draft, plain, CATALOGUE)
    assert (same.pinned_certificate, same.allow_cleartext) == ("ab", True)
    assert not take_answer(draft, QUAY, CATALOGUE).allow_cleartext, "there is encryption"


def test_a_providers_settings_become_a_connection_of_ones_own() -> None:
    draft = as_own_connection(ConnectorDraft(name="x").with_provider("gmail"), CATALOGUE)
    assert (draft.provider, draft.host, draft.port) == ("custom", "smtp.gmail.com", "587")
    assert (draft.security, draft.method) == (Security.STARTTLS, Method.OAUTH)
    assert draft.token_endpoint == "https://oauth2.googleapis.com/token"
    assert draft.scopes == "https://mail.google.com/"
    assert problems(draft) == []
    unknown = as_own_connection(ConnectorDraft().with_provider("gone"), CATALOGUE)
    assert (unknown.provider, unknown.host) == ("custom", "")


def test_a_saved_connector_brings_its_own_server() -> None:
    draft = (
        ConnectorDraft(name="Invoices", username="me@quay.example", admin_email="a@quay.example")
        ._replace(
            method=Method.BASIC,
            password=Secret("not-a-real-one"),
        )
        .with_provider("gmail")
    )
    draft = draft._replace(method=Method.BASIC)
    made, found_problems = draft.judge(CATALOGUE.defaults_for)
    assert made is not None, found_problems
    moved = made._replace(server=made.server._replace(host="relay.quay.example", port=465))
    edited = draft_from_connector(moved, kept_secrets=frozenset(), taken_names=frozenset())
    server = brought_server(edited, CATALOGUE)
    assert server is not None
    assert server.host == "relay.quay.example"
    assert as_own_connection(edited, CATALOGUE).host == "relay.quay.example"
    assert brought_server(edited.with_provider("exchange"), CATALOGUE) == CATALOGUE.defaults_for(
        "exchange"
    )


def test_a_known_provider_s_other_port_is_a_connection_of_one_s_own() -> None:
    other = GMAIL._replace(
        server=ServerDefaults("smtp.gmail.com", 465, Security.IMPLICIT_TLS, GMAIL.server.family)
    )
    draft = take_answer(ConnectorDraft(name="Invoices"), other, CATALOGUE)
    assert (draft.provider, draft.host, draft.port) == ("custom", "smtp.gmail.com", "465")
    assert draft.token_endpoint == "https://oauth2.googleapis.com/token"
    assert draft.method is Method.OAUTH
    assert is_taken(draft, other, CATALOGUE)
    assert not is_taken(draft, GMAIL, CATALOGUE)


def test_what_has_to_be_asked_first() -> None:
    assert not has_to_be_asked(QUAY)
    assert has_to_be_asked(QUAY._replace(trusted=False))
    assert has_to_be_asked(QUAY._replace(facts={"elsewhere": "hoster.example"}))
    for error in ("dns_not_found", "not_smtp", "cert_expired"):
        assert has_to_be_asked(QUAY._replace(answer=ServerAnswer(error=error)))
    for error in ("refused", "timeout", "late", "dns_failed"):
        assert not has_to_be_asked(QUAY._replace(answer=ServerAnswer(error=error))), "the network"
    plain = QUAY.server._replace(security=Security.NONE)
    assert has_to_be_asked(QUAY._replace(server=plain))


def test_the_order_is_stable_once_touched() -> None:
    better = QUAY._replace(server=QUAY.server._replace(host="better.quay.example"))
    again = QUAY._replace(trusted=False)
    assert in_order([QUAY], [better, again], touched=False) == (better, again)
    assert in_order([QUAY], [better, again], touched=True) == (again, better)
    assert in_order([QUAY, GMAIL], [better, again], touched=True) == (again, better)
