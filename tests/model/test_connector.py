"""The rules of `read_connector`, the one judge of every way in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.model.connector import (
    DEFAULT_PORTS,
    RESERVED_KEYS,
    Connector,
    Security,
    name_key,
    name_order,
    read_connector,
)
from tests.model.documents import (
    FULL,
    MINIMAL,
    changed,
    defaults_for,
    document,
    json_values,
    leaf_paths,
    texts,
)

PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


def read(source: Any) -> Connector:
    connector, problems = read_connector(source, defaults_for)
    assert problems == ()
    assert connector is not None
    return connector


def problems_of(source: Any) -> list[tuple[str, str]]:
    connector, problems = read_connector(source, defaults_for)
    assert connector is None
    return [(problem.field, problem.code) for problem in problems]


def test_minimal_document_gets_every_default() -> None:
    assert read(MINIMAL).to_json() == {
        "schema": 1,
        "name": "Invoices",
        "description": "",
        "type": "smtp",
        "provider": "custom",
        "server": {
            "host": "smtp.example.test",
            "port": 587,
            "security": "starttls",
            "ehlo_name": None,
            "timeout_s": None,
            "proxy": None,
            "ca_file": None,
            "pinned_certificate": None,
            "client_certificate": None,
            "allow_cleartext": False,
            "address_family": None,
        },
        "authentication": {
            "method": "none",
            "username": None,
            "mechanism": "auto",
            "secret_command": None,
            "oauth": {
                "grant": "authorization_code",
                "client_id": None,
                "tenant": None,
                "cloud": None,
                "issuer": None,
                "authorization_endpoint": None,
                "token_endpoint": None,
                "device_authorization_endpoint": None,
                "scopes": [],
                "redirect_uri": None,
                "ca_file": None,
            },
        },
        "admin": {"email": "admin@example.test", "name": None},
        "send_to": None,
        "sender": {"address": None, "name": None, "reply_to": None},
    }


@pytest.mark.parametrize("method", ["oauth", "basic", "none"])
@pytest.mark.parametrize("provider", ["custom", "gmail", "closed"])
def test_nothing_but_the_required_fields_is_required(method: str, provider: str) -> None:
    server = {"host": "smtp.example.test"} if provider == "custom" else ...
    read(document(provider=provider, server=server, authentication__method=method))


@pytest.mark.parametrize(
    "path", ["name", "provider", "server.host", "authentication.method", "admin.email"]
)
@pytest.mark.parametrize("value", [..., None, ""])
def test_required_fields_are_required(path: str, value: Any) -> None:
    expected = "not_a_choice" if (path, value) == ("authentication.method", "") else "required"
    assert problems_of(changed(MINIMAL, {path: value})) == [(path, expected)]


def test_every_other_field_may_be_absent_or_null() -> None:
    required = {"name", "provider", "server", "server.host", "authentication", "admin"}
    required |= {"authentication.method", "admin.email"}
    for path in set(leaf_paths()) - required:
        read(changed(FULL, {path: ...}))
        read(changed(FULL, {path: None}))


def test_full_document_round_trips() -> None:
    assert read(FULL).to_json() == FULL


def test_every_problem_is_reported_at_once() -> None:
    found = problems_of(
        document(name=..., server__port=0, server__security="ssl", admin__email="nobody")
    )
    assert set(found) == {
        ("name", "required"),
        ("server.port", "port_invalid"),
        ("server.security", "not_a_choice"),
        ("admin.email", "address_invalid"),
    }


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("schema", 0, "schema_invalid"),
        ("schema", True, "schema_invalid"),
        ("schema", "1", "schema_invalid"),
        ("schema", 2, "schema_newer"),
        ("name", "   ", "required"),
        ("name", 5, "not_text"),
        ("name", "a\nb", "control_characters"),
        ("name", "a\u202eb", "control_characters"),
        ("name", "a\u0085b", "control_characters"),
        ("name", "\ud800", "control_characters"),
        ("name", "x" * 1001, "too_long"),
        ("description", "a\x00b", "control_characters"),
        ("description", "x" * 10_001, "too_long"),
        ("server.pinned_certificate", "AA:BB:CC", "certificate_invalid"),
        (
            "server.pinned_certificate",
            FULL["server"]["pinned_certificate"] + PRIVATE_KEY,
            "secret_in_document",
        ),
        ("type", "imap", "not_a_choice"),
        ("provider", "nowhere", "provider_unknown"),
        ("sender", [], "not_an_object"),
        ("server.host", "smtp.example.test\r\nRSET", "control_characters"),
        ("server.host", "smtp example test", "host_invalid"),
        ("server.host", "256.1.1.1", "host_invalid"),
        ("server.host", "x" * 10_000, "host_invalid"),
        ("server.port", 70000, "port_invalid"),
        ("server.port", -1, "port_invalid"),
        ("server.port", True, "port_invalid"),
        ("server.port", 25.0, "port_invalid"),
        ("server.port", "५८७", "port_invalid"),
        ("server.port", "0x24B", "port_invalid"),
        pytest.param("server.port", 10**5000, "port_invalid", id="5000 digits"),
        ("server.timeout_s", 0, "timeout_invalid"),
        ("server.timeout_s", float("nan"), "timeout_invalid"),
        ("server.timeout_s", float("inf"), "timeout_invalid"),
        ("server.timeout_s", 10**400, "timeout_invalid"),
        ("server.timeout_s", True, "timeout_invalid"),
        ("server.ehlo_name", "a b", "ehlo_name_invalid"),
        ("server.ehlo_name", "a\r\nMAIL FROM:<>", "control_characters"),
        ("server.proxy", "ftp://proxy:21", "proxy_invalid"),
        ("server.proxy", "socks5://proxy", "proxy_invalid"),
        ("server.proxy", "socks5://me:pw@proxy:1080", "proxy_password"),
        ("server.allow_cleartext", "yes", "not_a_flag"),
        ("server.allow_cleartext", 1, "not_a_flag"),
        ("authentication.method", "password", "not_a_choice"),
        ("authentication.mechanism", "ANONYMOUS", "not_a_choice"),
        ("authentication.mechanism", 7, "not_a_choice"),
        ("authentication.secret_command", "pass show", "command_invalid"),
        ("authentication.secret_command", [], "command_invalid"),
        ("authentication.secret_command", ["a\0b"], "command_invalid"),
        ("authentication.oauth.grant", "password", "not_a_choice"),
        ("authentication.oauth.issuer", "http://login.example.test", "url_invalid"),
        ("authentication.oauth.token_endpoint", "https://[", "url_invalid"),
        ("authentication.oauth.scopes", "mail.send", "scopes_invalid"),
        ("authentication.oauth.scopes", ["two words"], "scopes_invalid"),
        ("admin.email", "a@b, c@d", "address_invalid"),
        ("admin.email", "a@b>\r\nRCPT TO:<c@d", "control_characters"),
        ("send_to", "Ada <ada@example.test>", "address_invalid"),
        ("sender.address", "a" * 2000, "address_too_long"),
        ("sender.reply_to", "a@b.test, c@d.test", "address_invalid"),
    ],
)
def test_bad_values_are_named(path: str, value: Any, code: str) -> None:
    assert problems_of(changed(MINIMAL, {path: value})) == [(path, code)]


@pytest.mark.parametrize("source", [None, [], "text", 1])
def test_what_is_no_object_is_refused(source: Any) -> None:
    if source is None:
        assert ("name", "required") in problems_of(source)
    else:
        assert problems_of(source) == [("connector", "not_an_object")]


def test_mechanism_must_fit_the_method() -> None:
    token = document(authentication__method="basic", authentication__mechanism="XOAUTH2")
    password = document(authentication__method="oauth", authentication__mechanism="PLAIN")
    for source in (token, password):
        assert problems_of(source) == [("authentication.mechanism", "mechanism_not_for_method")]


def test_mechanism_is_read_without_case() -> None:
    source = document(authentication__method="basic", authentication__mechanism="plain")
    assert read(source).authentication.mechanism == "PLAIN"


@pytest.mark.parametrize(
    "path",
    [
        "password",
        "authentication.password",
        "authentication.oauth.client_secret",
        "authentication.oauth.clientSecret",
        "server.x.refresh-token",
        "admin.API_KEY",
    ],
)
def test_secret_written_into_the_document_is_refused(path: str) -> None:
    assert problems_of(changed(MINIMAL, {path: "hunter2"})) == [(path, "secret_in_document")]
    read(changed(MINIMAL, {path: None}))
    read(changed(MINIMAL, {path: ""}))


def test_secret_in_a_list_of_unknown_objects_is_refused() -> None:
    source = document(accounts=[{"user": "x", "password": "hunter2"}])
    assert problems_of(source) == [("accounts.password", "secret_in_document")]


class TestPort:
    @pytest.mark.parametrize("security", list(Security))
    def test_follows_the_security(self, security: Security) -> None:
        source = document(server__security=security.value)
        assert read(source).server.port == DEFAULT_PORTS[security]

    def test_comes_from_the_provider(self) -> None:
        server = read(document(provider="closed", server=...)).server
        assert (server.host, server.port, server.security.value) == (
            "mail.example.test",
            4465,
            "implicit_tls",
        )

    def test_follows_a_security_other_than_the_providers(self) -> None:
        source = document(provider="closed", server={"security": "starttls"})
        assert read(source).server.port == 587

    def test_as_text_is_read(self) -> None:
        assert read(document(server__port=" 2525 ")).server.port == 2525


def test_name_is_stripped_and_normalised() -> None:
    assert read(document(name="  Bu\u0308ro ")).name == "Büro"


def test_lists_have_numbers_in_names_as_numbers() -> None:
    names = ["Branch", "branch 1", "Branch 2", "Branch 2b", "Branch 10", "Branch 11", "Branchen"]
    names += ["Büro 9", "BÜRO 12", "v1.9", "v1.10", "x 99999999", "x 100000000", "x 9" + "0" * 30]
    assert sorted(names[1::2] + names[::2], key=name_order) == names
    assert name_order("A 1") == name_order("a 1")
    assert name_order("a 01") != name_order("a 1"), "two names, whatever number they have"
    assert name_order("a 01") < name_order("a 2")


def test_name_key_ignores_case_and_form() -> None:
    assert name_key("STRASSE") == name_key("straße")
    assert name_key("Bu\u0308ro") == name_key("BÜRO")
    assert name_key("a") != name_key("b")


@pytest.mark.parametrize("name", ["../../x", "CON", "a/b", "x" * 300, "🧾", "trailing."])
def test_any_name_is_only_a_name(name: str) -> None:
    assert read(document(name=name)).name == name


class TestTestEmail:
    def test_sender_address_wins(self) -> None:
        assert read(FULL).sender_address() == "noreply@example.test"

    def test_login_that_is_an_address_is_next(self) -> None:
        source = changed(FULL, {"sender": None})
        assert read(source).sender_address() == "mailer@example.test"

    def test_admin_is_the_last_resort(self) -> None:
        source = changed(FULL, {"sender": None, "authentication.username": "mailer"})
        assert read(source).sender_address() == "admin@example.test"

    def test_recipient_is_the_admin_without_send_to(self) -> None:
        assert read(FULL).test_recipient() == "inbox@example.test"
        assert read(MINIMAL).test_recipient() == "admin@example.test"


class TestInputsDigest:
    @pytest.mark.parametrize("path", ["name", "description", "admin.name"])
    def test_ignores_what_verification_does_not_use(self, path: str) -> None:
        other = read(changed(FULL, {path: "something else"}))
        assert other.inputs_digest() == read(FULL).inputs_digest()

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("server.host", "other.example.test"),
            ("server.port", 26),
            ("server.security", "none"),
            ("server.ca_file", None),
            ("authentication.username", "other"),
            ("authentication.mechanism", "auto"),
            ("admin.email", "other@example.test"),
            ("send_to", None),
            ("sender.address", None),
            ("sender.reply_to", None),
            ("a_later_field", 1),
        ],
    )
    def test_changes_with_what_it_does(self, path: str, value: Any) -> None:
        other = read(changed(FULL, {path: value}))
        assert other.inputs_digest() != read(FULL).inputs_digest()

    def test_is_what_it_was_before_there_was_a_reply_to(self) -> None:
        found = read(MINIMAL).inputs_digest()
        assert found == "1eafc679f43d6d03060aaa5e7c339d5a57e67e1e237a4973157cc18e14f62fd8"


# --- properties

_places = st.sampled_from([*leaf_paths(), "a_later_field", "server.later", "admin.later"])
_unknown = texts.filter(lambda key: key not in {p.rpartition(".")[2] for p in leaf_paths()}).filter(
    lambda key: key not in RESERVED_KEYS
)


@given(json_values)
def test_never_raises_on_arbitrary_json(source: Any) -> None:
    connector, problems = read_connector(source, defaults_for)
    assert (connector is None) == bool(problems)


@given(st.dictionaries(_places, json_values, max_size=4))
def test_never_raises_on_a_spoilt_document(changes: dict[str, Any]) -> None:
    source = FULL
    for path, value in changes.items():
        # A parent replaced by something else cannot take children any more.
        try:
            source = changed(source, {path: value})
        except (AttributeError, TypeError):
            continue
    connector, problems = read_connector(source, defaults_for)
    assert (connector is None) == bool(problems)
    if connector is not None:
        assert read(connector.to_json()) == connector


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["", "server.", "authentication.", "authentication.oauth.", "admin.", "sender."]
            ),
            _unknown,
            json_values,
        ),
        max_size=5,
    )
)
def test_unknown_fields_survive_at_every_level(unknown: list[tuple[str, str, Any]]) -> None:
    source = json.loads(json.dumps(FULL))
    for prefix, key, value in unknown:
        place = source
        for parent in prefix.split(".")[:-1]:
            place = place[parent]
        place[key] = value
    connector, problems = read_connector(source, defaults_for)
    if connector is None:
        assert {problem.code for problem in problems} == {"secret_in_document"}
    else:
        assert json.dumps(connector.to_json(), sort_keys=True) == json.dumps(source, sort_keys=True)
