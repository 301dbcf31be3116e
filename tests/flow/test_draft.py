"""The draft: what is on screen, judged as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.flow.draft import ConnectorDraft, Fact, SignInState, draft_from_connector
from smtpwizard.flow.steps import STEPS, ConnectorFlow, StepId
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import (
    DEFAULT_PORTS,
    MECHANISMS,
    Connector,
    Method,
    Security,
    Sender,
    ServerDefaults,
    read_connector,
)
from smtpwizard.model.pasted_registration import PastedRegistration
from smtpwizard.model.registration import Family, Learned, Redirect
from tests.model.documents import CLOSED, FULL, MINIMAL, changed, defaults_for, texts

FLOW = ConnectorFlow(defaults_for)

GOOD = ConnectorDraft(
    name="Invoices",
    provider="custom",
    host="smtp.example.test",
    username="mailer",
    method=Method.BASIC,
    password=Secret("hunter2"),
    client_id="an-id",
    client_secret=Secret("s3cret"),
    domain="example.smartflows.test",
    issuer="https://login.example.test",
    admin_email="admin@example.test",
)


class Held:
    """A sign-in whose token a renewal may change."""

    account = "mailer@example.test"
    learned = Learned()

    def __init__(self) -> None:
        self.secrets = {"refresh_token": Secret("r3fresh")}


def connector(source: dict[str, Any] = FULL) -> Connector:
    made, problems = read_connector(source, defaults_for)
    assert made is not None, problems
    return made


def editing(source: dict[str, Any] = FULL, **changes: Any) -> ConnectorDraft:
    draft = draft_from_connector(
        connector(source),
        kept_secrets=frozenset({"password", "client_secret"}),
        taken_names=frozenset(),
    )
    return draft._replace(**changes)


def problems(draft: ConnectorDraft) -> list[tuple[str, str]]:
    made, found = draft.judge(defaults_for)
    assert (made is None) == bool(found)
    return [(problem.field, problem.code) for problem in found]


# --- port and security


@pytest.mark.parametrize("security", list(Security))
def test_port_follows_security_until_typed(security: Security) -> None:
    draft = ConnectorDraft()
    assert draft.security is Security.STARTTLS
    followed = draft.with_security(security)
    assert (followed.port, followed.port_typed) == (str(DEFAULT_PORTS[security]), False)
    typed = draft.with_port("2525").with_security(security)
    assert (typed.port, typed.security) == ("2525", security)


def test_emptied_port_follows_again() -> None:
    draft = ConnectorDraft().with_port("2525").with_port("").with_security(Security.IMPLICIT_TLS)
    assert draft.port == "465"


def test_emptied_port_is_the_default_of_the_security() -> None:
    made, _ = GOOD._replace(security=Security.NONE).with_port(" ").judge(defaults_for)
    assert made is not None
    assert made.server.port == 25


def test_edited_connector_with_its_own_port_keeps_it() -> None:
    assert editing().with_security(Security.IMPLICIT_TLS).port == "2525"
    usual = editing(changed(FULL, {"server.port": 587}))
    assert usual.with_security(Security.IMPLICIT_TLS).port == "465"


# --- pasting


@pytest.mark.parametrize(
    ("text", "host", "port", "security"),
    [
        ("smtps://mail.example.test:465", "mail.example.test", "465", Security.IMPLICIT_TLS),
        ("mail.example.test:587", "mail.example.test", "587", Security.STARTTLS),
        ("mail.example.test:2525", "mail.example.test", "2525", Security.STARTTLS),
        ("mail.example.test", "mail.example.test", "587", Security.STARTTLS),
        (" mail.example.test", " mail.example.test", "587", Security.STARTTLS),
        ("mail.example.test:99999", "mail.example.test:99999", "587", Security.STARTTLS),
    ],
)
def test_pasted_server_sorts_itself_out(
    text: str, host: str, port: str, security: Security
) -> None:
    draft = ConnectorDraft(provider="custom").with_server(text)
    assert (draft.host, draft.port, draft.security) == (host, port, security)


def test_pasted_address_brings_the_user_where_none_is_typed() -> None:
    pasted = ConnectorDraft().with_server("me@example.test")
    assert (pasted.host, pasted.username) == ("example.test", "me@example.test")
    assert ConnectorDraft(username="other").with_server("me@example.test").username == "other"


def test_pasted_url_leaves_its_password_behind() -> None:
    draft = ConnectorDraft().with_server("smtp://me:hunter2@mail.example.test:25")
    assert (draft.host, draft.username) == ("mail.example.test", "me")
    assert "hunter2" not in repr(draft)


def test_what_was_pasted_besides_the_server_finds_its_fields() -> None:
    text = "smtp://me%40x.example:p%40ss@mail.example.test:465?auth_mode=login"
    draft = ConnectorDraft(provider="custom").with_server(text)
    assert (draft.host, draft.port, draft.security) == (
        "mail.example.test",
        "465",
        Security.IMPLICIT_TLS,
    )
    assert (draft.username, draft.password, draft.mechanism) == (
        "me@x.example",
        Secret("p@ss"),
        "LOGIN",
    )
    assert draft.user_passed_over() == ""
    assert "p@ss" not in repr(draft)
    # Left again, nothing is forgotten; typed anew, it is.
    assert draft.with_server(draft.host).pasted is draft.pasted
    assert draft.with_server("mail.example.com").pasted is None


def test_a_user_that_is_passed_over_is_told() -> None:
    draft = ConnectorDraft(username="other").with_server("me@example.test")
    assert (draft.username, draft.user_passed_over()) == ("other", "me@example.test")
    assert draft._replace(username="me@example.test").user_passed_over() == ""
    assert ConnectorDraft(username="other").with_server("example.test:25").user_passed_over() == ""


@given(texts)
def test_any_text_may_be_put_into_server(text: str) -> None:
    ConnectorDraft(provider="custom").with_server(text).judge(defaults_for)


def test_a_port_that_belongs_to_another_method() -> None:
    draft = ConnectorDraft(provider="custom", security=Security.STARTTLS, port="465")
    assert draft.port_is_for() is Security.IMPLICIT_TLS
    assert draft._replace(port="587").port_is_for() is None
    assert draft._replace(port="x").port_is_for() is None
    assert draft._replace(provider="gmail").port_is_for() is None


def test_a_login_in_the_clear() -> None:
    draft = ConnectorDraft(provider="custom", security=Security.NONE, host="mail.example.test")
    assert draft.goes_unencrypted()
    assert not draft._replace(host="localhost").goes_unencrypted()
    assert not draft._replace(security=Security.STARTTLS).goes_unencrypted()
    assert not draft._replace(provider="gmail").goes_unencrypted()


def test_a_mailbox_of_a_known_provider_is_an_address() -> None:
    for user, found in (
        ("mailer@example.test", []),
        ("mailer@example.test\u200b", []),
        ("hr", ["authentication.username"]),
        ("not an address", ["authentication.username"]),
        ("", []),
    ):
        assert problems(OAUTH._replace(username=user)) == [
            (field, "address_invalid") for field in found
        ]
    generic = OAUTH._replace(provider="custom", family=Family.GENERIC, username="hr")
    assert problems(generic) == []


# --- what it amounts to


def test_custom_server_with_a_password() -> None:
    made, _ = GOOD.judge(defaults_for)
    assert made is not None
    expected = changed(
        MINIMAL,
        {"authentication": {"method": "basic", "username": "mailer"}},
    )
    assert made == connector(expected)
    assert GOOD.secrets() == {"password": Secret("hunter2")}


def test_known_provider_brings_its_server() -> None:
    made, _ = GOOD._replace(provider="closed", host="ignored", port="1").judge(defaults_for)
    assert made is not None
    assert (made.server.host, made.server.port) == ("mail.example.test", 4465)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": ""}, ("name", "required")),
        ({"name": "a\nb"}, ("name", "control_characters")),
        ({"name": "x" * 10_000_000}, ("name", "too_long")),
        ({"name": " INVOICES ", "taken_names": frozenset({"invoices"})}, ("name", "name_taken")),
        ({"host": ""}, ("server.host", "required")),
        ({"host": "a\r\nb"}, ("server.host", "control_characters")),
        ({"port": "0"}, ("server.port", "port_invalid")),
        ({"port": "70000"}, ("server.port", "port_invalid")),
        ({"timeout": "soon"}, ("server.timeout_s", "timeout_invalid")),
        ({"timeout": "1e999"}, ("server.timeout_s", "timeout_invalid")),
        ({"timeout": "9" * 9999}, ("server.timeout_s", "timeout_invalid")),
        ({"ehlo_name": "a b"}, ("server.ehlo_name", "ehlo_name_invalid")),
        ({"username": ""}, ("authentication.username", "required")),
        ({"password": None}, ("authentication.password", "required")),
        ({"password": Secret("")}, ("authentication.password", "required")),
        ({"password": Secret("a\0b")}, ("authentication.password", "control_characters")),
        ({"password": Secret("a\ud800")}, ("authentication.password", "control_characters")),
        ({"password": Secret("x" * 8193)}, ("authentication.password", "secret_too_large")),
        (
            {"method": Method.OAUTH, "client_id": " "},
            ("authentication.oauth.client_id", "required"),
        ),
        (
            {"method": Method.OAUTH, "client_secret": None},
            ("authentication.client_secret", "required"),
        ),
        ({"method": Method.OAUTH, "domain": "nodots"}, ("project.domain", "domain_invalid")),
        ({"method": Method.OAUTH, "domain": ""}, ("project.domain", "required")),
        ({"method": Method.OAUTH, "issuer": " "}, ("authentication.oauth.issuer", "required")),
        ({"admin_email": "a@b\r\nRCPT TO:<c@d>"}, ("admin.email", "control_characters")),
        ({"admin_email": ""}, ("admin.email", "required")),
        ({"sender_address": "nobody"}, ("sender.address", "address_invalid")),
        ({"sender_name": "a\r\nBcc: b@c"}, ("sender.name", "control_characters")),
        ({"reply_to": "nobody"}, ("sender.reply_to", "address_invalid")),
        ({"send_to": "a@b, c@d"}, ("send_to", "address_invalid")),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problems(GOOD._replace(**change)) == [problem]


def test_a_secret_of_the_other_method_is_not_judged() -> None:
    assert problems(GOOD._replace(client_secret=Secret("a\0b"))) == []


@pytest.mark.parametrize("mechanism", ["EXTERNAL", "GSSAPI"])
def test_login_free_mechanisms_ask_for_no_login(mechanism: str) -> None:
    assert problems(GOOD._replace(mechanism=mechanism, username="", password=None)) == []


def test_no_authentication_asks_for_no_login() -> None:
    made, _ = GOOD._replace(method=Method.NONE, password=None).judge(defaults_for)
    assert made is not None
    assert made.authentication.username is None


def test_mechanism_of_the_other_method_is_left_out_and_not_forgotten() -> None:
    draft = GOOD._replace(mechanism="LOGIN", method=Method.OAUTH)
    assert problems(draft) == []
    back = draft._replace(method=Method.BASIC)
    made, _ = back.judge(defaults_for)
    assert made is not None
    assert made.authentication.mechanism == "LOGIN"


def test_only_secrets_of_the_chosen_method_are_used() -> None:
    assert GOOD._replace(method=Method.OAUTH).secrets() == {"client_secret": Secret("s3cret")}
    assert GOOD._replace(method=Method.NONE).secrets() == {}


def test_cleartext_consent_counts_only_without_encryption() -> None:
    made, _ = GOOD._replace(allow_cleartext=True).judge(defaults_for)
    assert made is not None
    assert not made.server.allow_cleartext
    bare = GOOD._replace(allow_cleartext=True, security=Security.NONE)
    made, _ = bare.judge(defaults_for)
    assert made is not None
    assert made.server.allow_cleartext


# --- editing


@pytest.mark.parametrize(
    "source",
    [
        FULL,
        MINIMAL,
        changed(FULL, {"authentication.method": "basic", "authentication.mechanism": "PLAIN"}),
        changed(MINIMAL, {"provider": "gmail"}),
        changed(FULL, {"provider": "closed", "server.host": "other.example.test"}),
        changed(FULL, {"later": {"a": [1]}, "server.later": 1, "authentication.oauth.later": 2}),
    ],
)
def test_opening_and_saving_changes_nothing(source: dict[str, Any]) -> None:
    made, found = editing(source).judge(defaults_for)
    assert found == ()
    assert made == connector(source)


def test_kept_secret_need_not_be_typed_again() -> None:
    basic = changed(FULL, {"authentication.method": "basic", "authentication.mechanism": "auto"})
    draft = editing(basic)
    assert problems(draft) == []
    without = draft._replace(kept_secrets=frozenset())
    assert problems(without) == []  # the connector's own command fetches it
    no_command = changed(basic, {"authentication.secret_command": None})
    assert problems(editing(no_command, kept_secrets=frozenset())) == [
        ("authentication.password", "required")
    ]


def test_service_account_asks_for_no_client_id() -> None:
    source = changed(
        FULL,
        {"authentication.oauth.grant": "service_account", "authentication.oauth.client_id": None},
    )
    assert problems(editing(source)) == []


def test_another_provider_does_not_inherit_trust_in_the_old_server() -> None:
    source = changed(FULL, {"server.allow_cleartext": True})
    made, _ = editing(source, provider="gmail").judge(defaults_for)
    assert made is not None
    assert (made.server.host, made.server.port) == ("smtp.gmail.com", 587)
    assert made.server.pinned_certificate is None
    assert made.server.ca_file is None
    assert not made.server.allow_cleartext
    assert made.server.proxy == "socks5://proxy.example.test:1080"


def test_a_sender_of_its_own_is_optional_and_kept() -> None:
    connector, _ = GOOD.judge(defaults_for)
    assert connector is not None
    assert connector.sender.address is None
    assert connector.sender_address() == GOOD.admin_email, "the login is no address"
    typed = GOOD._replace(
        sender_address="invoices@example.test",
        sender_name="Invoices, Inc.",
        reply_to="answers@example.test",
    )
    own, _ = typed.judge(defaults_for)
    assert own is not None
    assert own.sender == Sender("invoices@example.test", "Invoices, Inc.", "answers@example.test")
    assert own.sender_address() == "invoices@example.test"
    again = draft_from_connector(own, kept_secrets=frozenset(), taken_names=frozenset())
    assert again.sender_address == "invoices@example.test"
    assert (again.sender_name, again.reply_to) == ("Invoices, Inc.", "answers@example.test")
    again = again._replace(password=Secret("x"))
    emptied, _ = again._replace(sender_address="", sender_name="", reply_to="").judge(defaults_for)
    assert emptied is not None
    assert emptied.sender == Sender()


def test_the_sender_does_not_keep_anybody_from_signing_in() -> None:
    draft = GOOD._replace(sender_address="nobody", admin_email="")
    assert draft.judge(defaults_for)[0] is None
    assert draft.for_sign_in(defaults_for) is not None


# --- facts


def verified(draft: ConnectorDraft) -> ConnectorDraft:
    return draft._replace(verification=Fact(draft.verification_inputs(defaults_for), "report"))


def other_values(draft: ConnectorDraft) -> Iterator[ConnectorDraft]:
    """The draft with each thing that a verification depends on changed."""
    changes: dict[str, Any] = {
        "provider": "gmail",
        "host": "other.example.test",
        "port": "26",
        "security": Security.IMPLICIT_TLS,
        "username": "other",
        "ca_file": "/other.pem",
        "ehlo_name": "other.example.test",
        "timeout": "7",
        "method": Method.OAUTH,
        "password": Secret("other"),
        "mechanism": "LOGIN",
        "admin_email": "other@example.test",
        "send_to": "other@example.test",
        "sender_address": "other@example.test",
        "sender_name": "Other",
        "reply_to": "other@example.test",
    }
    for name, value in changes.items():
        yield draft._replace(**{name: value})
    bare = draft._replace(security=Security.NONE)
    yield bare._replace(allow_cleartext=True)


def test_a_file_is_named_by_its_whole_path() -> None:
    for typed in ("ca.pem", "~/ca.pem", "./ca.pem"):
        draft = GOOD._replace(provider="custom", host="smtp.example.test", ca_file=typed)
        assert problems(draft) == [("server.ca_file", "path_relative")]
        assert problems(draft._replace(ca_file=os.path.abspath("ca.pem"))) == []
    before = editing(changed(FULL, {"server.ca_file": "ca.pem"}))
    assert ("server.ca_file", "path_relative") not in problems(before)


def test_verification_holds_for_what_was_verified() -> None:
    assert verified(GOOD).holding_verification(defaults_for) == "report"
    assert GOOD.holding_verification(defaults_for) is None


def test_changing_any_input_unproves_it() -> None:
    for changed_draft in other_values(verified(GOOD)):
        assert changed_draft.holding_verification(defaults_for) is None


def test_changing_back_proves_it_again() -> None:
    proven = verified(GOOD)
    away = proven.with_port("26")
    assert away.holding_verification(defaults_for) is None
    assert away.with_port("587").holding_verification(defaults_for) == "report"


@pytest.mark.parametrize(
    "change", [{"name": "Other"}, {"description": "x"}, {"admin_name": "Ada"}, {"client_id": "y"}]
)
def test_what_was_not_used_does_not_matter(change: dict[str, Any]) -> None:
    assert verified(GOOD)._replace(**change).holding_verification(defaults_for) == "report"


def test_draft_with_problems_has_no_inputs() -> None:
    broken = GOOD._replace(host="")
    assert broken.verification_inputs(defaults_for) is None
    assert verified(broken).holding_verification(defaults_for) is None


def test_inputs_hold_no_secret() -> None:
    assert "hunter2" not in repr(GOOD.verification_inputs(defaults_for))
    assert "hunter2" not in repr(GOOD)


# --- redirect URI


def test_redirect_uri_comes_from_the_domain() -> None:
    draft = ConnectorDraft(domain=" flows.example.test ")
    assert draft.redirect_uri_to_register() == "https://login.flows.example.test/oauth2/redirect"
    assert ConnectorDraft(domain="").redirect_uri_to_register() == ""
    assert ConnectorDraft(domain="no dots").redirect_uri_to_register() == ""


# --- properties: any draft at all

secrets = st.none() | st.builds(Secret, texts)
drafts = st.builds(
    ConnectorDraft,
    name=texts,
    description=texts,
    provider=st.sampled_from(["gmail", "custom", "closed"]) | texts,
    host=texts | st.just("smtp.example.test"),
    port=texts | st.integers(0, 99999).map(str),
    port_typed=st.booleans(),
    security=st.sampled_from(Security),
    username=texts,
    ca_file=texts,
    ehlo_name=texts | st.just(""),
    timeout=texts | st.just(""),
    allow_cleartext=st.booleans(),
    method=st.sampled_from(Method),
    password=secrets,
    mechanism=st.sampled_from(["auto", *MECHANISMS]) | texts,
    domain=texts | st.just(""),
    client_id=texts,
    client_secret=secrets,
    admin_email=texts | st.just("admin@example.test"),
    admin_name=texts | st.just(""),
    send_to=texts | st.just(""),
    sender_name=texts | st.just(""),
    reply_to=texts | st.just("") | st.just("answers@example.test"),
    base=st.none() | st.sampled_from([connector(), connector(MINIMAL)]),
    kept_secrets=st.frozensets(st.sampled_from(["password", "client_secret"])),
    taken_names=st.frozensets(st.sampled_from(["invoices", "other"])),
)


@given(drafts)
def test_a_connector_exactly_when_no_step_has_problems(draft: ConnectorDraft) -> None:
    made, found = draft.judge(defaults_for)
    every = [problem for step in StepId for problem in FLOW.problems(step, draft)]
    # A sign-in is no setting: the wizard asks for it, a saved connector may do without.
    by_step = [problem for problem in every if problem.code != "sign_in_missing"]
    assert (made is not None) == (not by_step)
    # Every problem stands on exactly one page.
    assert sorted(by_step, key=repr) == sorted(found, key=repr)


@given(drafts)
def test_a_connector_from_the_wizard_passes_the_command_line_s_rules(
    draft: ConnectorDraft,
) -> None:
    made, _ = draft.judge(defaults_for)
    if made is not None:
        assert connector(made.to_json()) == made


@given(drafts, drafts, st.sampled_from(ConnectorDraft._fields))
def test_a_fact_holds_exactly_while_its_inputs_are_the_same(
    draft: ConnectorDraft, other: ConnectorDraft, name: str
) -> None:
    proven = verified(draft)
    now = proven._replace(**{name: getattr(other, name)}) if name != "verification" else proven
    inputs = now.verification_inputs(defaults_for)
    same = inputs is not None and inputs == draft.verification_inputs(defaults_for)
    assert (now.holding_verification(defaults_for) == "report") == same


def test_a_saved_connector_is_as_verified_until_something_counts() -> None:
    saved, _ = GOOD.judge(defaults_for)
    assert saved is not None
    draft = draft_from_connector(
        saved, kept_secrets=frozenset({"password"}), taken_names=frozenset()
    )
    assert draft.verifies_like_its_base(defaults_for)
    assert draft._replace(description="other").verifies_like_its_base(defaults_for)
    for change in ({"port": "2525"}, {"password": Secret("other")}, {"host": ""}):
        assert not draft._replace(**change).verifies_like_its_base(defaults_for), change
    assert not GOOD.verifies_like_its_base(defaults_for)


def test_there_is_one_step_for_each_id() -> None:
    assert [step.id for step in STEPS] == list(StepId)


OAUTH = GOOD._replace(provider="gmail", method=Method.OAUTH, username="mailer@example.test")


@pytest.mark.parametrize(
    ("provider", "redirect", "expected"),
    [
        ("gmail", Redirect.WEB, ("authorization_code", "https://login.example.smartflows.test/oauth2/redirect")),
        ("gmail", Redirect.LOOPBACK, ("authorization_code", None)),
        ("gmail", Redirect.APP, ("service_account", None)),
        ("closed", Redirect.DEVICE, ("device_code", None)),
        ("closed", Redirect.APP, ("client_credentials", None)),
    ],
)  # fmt: skip
def test_redirect_decides_grant_and_redirect_uri(
    provider: str, redirect: Redirect, expected: tuple[str, str | None]
) -> None:
    draft = OAUTH._replace(provider=provider, redirect=redirect, tenant="contoso.example")
    made, found = draft.judge(defaults_for)
    assert not found
    assert made is not None
    oauth = made.authentication.oauth
    assert (oauth.grant, oauth.redirect_uri) == expected


def test_public_client_needs_no_secret_but_google_always_does() -> None:
    public = OAUTH._replace(client_secret=None, redirect=Redirect.LOOPBACK)
    assert problems(public) == [("authentication.client_secret", "required")]
    assert problems(public._replace(provider="closed")) == []


@pytest.mark.parametrize("tenant", ["", " ", "common", "Organizations"])
def test_app_only_needs_a_tenant(tenant: str) -> None:
    draft = OAUTH._replace(provider="closed", redirect=Redirect.APP, tenant=tenant)
    assert problems(draft) == [("authentication.oauth.tenant", "tenant_needed")]


def test_a_sign_in_holds_for_its_registration_alone() -> None:
    held = Held()
    draft = OAUTH.with_sign_in(held)
    assert draft.holding_sign_in() is held
    assert draft._replace(admin_email="other@example.test").holding_sign_in() is held
    for change in (
        {"provider": "closed"},
        {"provider": "custom"},
        {"method": Method.BASIC},
        {"client_id": "other"},
        {"client_secret": Secret("other")},
        {"username": "other@example.test"},
        {"redirect": Redirect.LOOPBACK},
        {"tenant": "other"},
    ):
        assert draft._replace(**change).holding_sign_in() is None
    assert OAUTH.holding_sign_in() is None


def test_tokens_of_a_sign_in_are_saved_with_the_secret() -> None:
    draft = OAUTH.with_sign_in(Held())
    assert draft.secrets() == {
        "client_secret": Secret("s3cret"),
        "refresh_token": Secret("r3fresh"),
    }
    assert set(draft._replace(client_id="another").secrets()) == {"client_secret"}
    assert set(draft._replace(provider="closed").secrets()) == {"client_secret"}


def test_a_renewal_is_saved_and_proves_nothing_wrong() -> None:
    held = Held()
    draft = OAUTH._replace(username="mailer@example.test").with_sign_in(held)
    inputs = draft.verification_inputs(defaults_for)
    assert inputs is not None
    draft = draft._replace(verification=Fact(inputs, "report"))
    held.secrets = {"refresh_token": Secret("rotated")}
    assert draft.secrets()["refresh_token"] == Secret("rotated")
    assert draft.holding_verification(defaults_for) == "report"
    # Another sign-in is another proof.
    assert draft.with_sign_in(Held()).holding_verification(defaults_for) is None


COMMAND = ["/usr/bin/pass", "show", "smtp"]


@pytest.mark.parametrize(("method", "typed"), [("basic", "password"), ("oauth", "client_secret")])
def test_a_typed_secret_takes_the_place_of_the_command(method: str, typed: str) -> None:
    def command_of(draft: ConnectorDraft) -> Any:
        return draft.to_document()["authentication"]["secret_command"]

    source = changed(
        FULL,
        {
            "authentication.method": method,
            "authentication.mechanism": "auto",
            "authentication.secret_command": COMMAND,
        },
    )
    draft = draft_from_connector(
        connector(source), kept_secrets=frozenset(), taken_names=frozenset()
    )
    assert command_of(draft) == COMMAND
    assert command_of(draft._replace(**{typed: Secret("typed")})) is None  # type: ignore[arg-type]
    # What was typed for the other method takes nobody's place.
    other = "client_secret" if typed == "password" else "password"
    assert command_of(draft._replace(**{other: Secret("typed")})) == COMMAND  # type: ignore[arg-type]
    # A sign-in brings a refresh token, which the command never answers.
    signed = draft.with_sign_in(Held())
    assert command_of(signed) == COMMAND
    made, found = signed.judge(defaults_for)
    assert made is not None, found


def test_what_was_learned_belongs_to_one_client_id() -> None:
    public = OAUTH._replace(
        provider="closed", client_secret=None, learned=Learned(public_client=True)
    )
    assert problems(public) == []
    made, _ = public.judge(defaults_for)
    assert made is not None
    assert made.authentication.oauth.public_client is True
    assert problems(public.with_client_id(public.client_id + " ")) == []
    other = public.with_client_id("another")
    assert problems(other) == [("authentication.client_secret", "required")]
    # And when the stored one is edited.
    edited = draft_from_connector(made, kept_secrets=frozenset(), taken_names=frozenset())
    assert not edited.needs_client_secret()
    assert edited.with_client_id("another").needs_client_secret()


def test_a_redirect_of_the_registrations_own() -> None:
    web = OAUTH._replace(registered_redirect="https://flows.example.test/answer")
    assert web.redirect_uri_to_register() == "https://flows.example.test/answer"
    here = web._replace(redirect=Redirect.LOOPBACK)
    assert here.redirect_uri_to_register() == ""
    here = here._replace(registered_redirect="http://localhost:8400/")
    made, _ = here.judge(defaults_for)
    assert made is not None
    assert made.authentication.oauth.redirect_uri == "http://localhost:8400/"
    edited = draft_from_connector(made, kept_secrets=frozenset(), taken_names=frozenset())
    assert edited.registered_redirect == "http://localhost:8400/"


def test_the_redirect_on_premises() -> None:
    draft = OAUTH._replace(domain="", base_url="https://flows.example.test/app/")
    assert draft.redirect_uri_to_register() == "https://flows.example.test/app/oauth2/redirect"
    assert problems(draft) == []


def test_a_sign_in_needs_nothing_of_the_last_page() -> None:
    draft = OAUTH._replace(admin_email="", send_to="not an address")
    assert draft.judge(defaults_for)[0] is None
    made = draft.for_sign_in(defaults_for)
    assert made is not None
    assert made.authentication.oauth.client_id == draft.client_id


@pytest.mark.parametrize(
    ("family", "grant", "wanted"),
    [
        (Family.GOOGLE, "service_account", []),
        (Family.MICROSOFT, "client_credentials", ["authentication.oauth.tenant"]),
        (Family.GENERIC, "client_credentials", []),
    ],
)
def test_the_family_is_the_providers(family: Family, grant: str, wanted: list[str]) -> None:
    def brings(provider: str) -> ServerDefaults | None:
        return CLOSED._replace(family=family) if provider == "closed" else None

    draft = OAUTH._replace(provider="closed", redirect=Redirect.APP).with_family(brings)
    assert draft.to_document()["authentication"]["oauth"]["grant"] == grant
    assert [problem.field for problem in draft.judge(brings)[1]] == wanted
    assert draft._replace(provider="custom").with_family(brings).family == "generic"


def test_dates_are_noted_and_prove_nothing_wrong() -> None:
    noted = OAUTH._replace(secret_expires=" 2027-05-31 ", publishing="testing")
    made, _ = noted.judge(defaults_for)
    assert made is not None
    oauth = made.authentication.oauth
    assert (oauth.client_secret_expires, oauth.publishing_status) == ("2027-05-31", "testing")
    assert noted.sign_in_inputs() == OAUTH.sign_in_inputs()
    kept = frozenset({"client_secret"})
    edited = draft_from_connector(made, kept_secrets=kept, taken_names=frozenset())
    assert (edited.secret_expires, edited.publishing) == ("2027-05-31", "testing")
    cleared, _ = edited._replace(secret_expires="", publishing="").judge(defaults_for)
    assert cleared is not None
    oauth = cleared.authentication.oauth
    assert (oauth.client_secret_expires, oauth.publishing_status) == (None, None)
    other, _ = edited.with_client_id("another").judge(defaults_for)
    assert other is not None
    oauth = other.authentication.oauth
    assert (oauth.client_secret_expires, oauth.publishing_status) == (None, None)
    assert problems(OAUTH._replace(secret_expires="soon")) == [
        ("authentication.oauth.client_secret_expires", "date_invalid")
    ]


def test_a_published_app_stays_published() -> None:
    source = changed(OAUTH.to_document(), {"authentication.oauth.publishing_status": "production"})
    edited = draft_from_connector(
        connector(source), kept_secrets=frozenset({"client_secret"}), taken_names=frozenset()
    )
    for draft, status in (
        (edited, "production"),
        (edited._replace(publishing="testing"), "testing"),
    ):
        made, found = draft.judge(defaults_for)
        assert made is not None, found
        assert made.authentication.oauth.publishing_status == status


@pytest.mark.parametrize(
    ("redirect", "secret", "public"),
    [
        (Redirect.LOOPBACK, None, True),
        (Redirect.DEVICE, None, True),
        (Redirect.LOOPBACK, Secret("s3cret"), None),
        (Redirect.WEB, None, None),
        (Redirect.APP, None, None),
    ],
)
def test_a_guide_speaks_of_the_client_that_fits(
    redirect: Redirect, secret: Secret | None, public: bool | None
) -> None:
    draft = OAUTH._replace(provider="closed", redirect=redirect, client_secret=secret, username="")
    made = draft.for_guide(defaults_for)
    assert made is not None
    assert made.authentication.oauth.public_client is public
    # Nothing is invented: no administrator, no mailbox.
    assert (made.admin.email, made.authentication.username) == ("", None)
    google = draft._replace(provider="gmail").for_guide(defaults_for)
    assert google is not None
    assert google.authentication.oauth.public_client is None


def test_a_client_file_s_registration_takes_the_place_of_what_was_typed() -> None:
    source = changed(
        OAUTH.to_document(),
        {
            "authentication.oauth.client_id": "from the file",
            "authentication.oauth.client_type": "web",
            "authentication.oauth.redirect_uri": "http://localhost:8400/",
        },
    )
    draft = OAUTH.with_registration(connector(source), {"client_secret": Secret("new")})
    assert (draft.client_id, draft.client_secret) == ("from the file", Secret("new"))
    assert draft.learned == Learned(client_type="web")
    assert draft.redirect is Redirect.LOOPBACK
    assert draft.redirect_uri_to_register() == "http://localhost:8400/"
    kept = OAUTH.with_registration(connector(source), {})
    assert kept.client_secret == OAUTH.client_secret


# -- signing in, as far as it is known -----------------------------------------------------------


def test_a_sign_in_is_kept_for_what_it_was_begun_with() -> None:
    held = Held()
    kept = OAUTH._replace(admin_email="other@example.test").keep_sign_in(held, OAUTH)
    assert kept is not None
    assert kept.holding_sign_in() is held
    assert OAUTH._replace(client_id="other").keep_sign_in(held, OAUTH) is None


def test_what_is_known_of_a_sign_in() -> None:
    held = OAUTH.with_sign_in(Held())
    assert OAUTH.sign_in_state(defaults_for) is SignInState.NONE
    assert held.sign_in_state(defaults_for) is SignInState.HELD
    assert held._replace(client_id="other").sign_in_state(defaults_for) is SignInState.CHANGED


def test_a_saved_sign_in_is_kept_for_its_registration_and_no_other() -> None:
    saved = OAUTH.for_sign_in(defaults_for)
    assert saved is not None
    kept = frozenset({"refresh_token", "client_secret"})
    draft = draft_from_connector(saved, kept_secrets=kept, taken_names=frozenset())
    draft = draft._replace(domain=OAUTH.domain).with_family(defaults_for)
    assert draft.sign_in_state(defaults_for) is SignInState.KEPT
    for other in (
        draft._replace(client_id="other"),
        draft._replace(tenant="t.example.test"),
        draft._replace(username="a\nb"),
    ):
        assert other.sign_in_state(defaults_for) is SignInState.NONE
    without = draft._replace(kept_secrets=frozenset({"client_secret"}))
    assert without.sign_in_state(defaults_for) is SignInState.NONE
    # A new one takes its place.
    assert draft.with_sign_in(Held()).sign_in_state(defaults_for) is SignInState.HELD


def test_a_pasted_text_fills_the_boxes_that_it_is_for() -> None:
    before = OAUTH._replace(client_id="one", learned=Learned(client_type="web"), tenant="t.example")
    found = PastedRegistration(
        {"authentication.oauth.client_id": "two", "project.domain": "x.example"}, Secret("new")
    )
    after = before.with_pasted(found)
    assert (after.client_id, after.domain, after.tenant) == ("two", "x.example", "t.example")
    assert after.client_secret == Secret("new")
    assert after.learned == Learned(), "what was known of the other client"
    assert before.with_pasted(PastedRegistration()) == before


def test_two_drafts_are_equal_by_what_is_on_screen() -> None:
    draft = ConnectorDraft(name="Invoices", runs=[])
    same = draft._replace(method_chosen=True, runs=None)
    assert draft == same
    assert hash(draft) == hash(same)
    assert draft != draft._replace(name="Reports")
    assert draft != tuple(draft)
