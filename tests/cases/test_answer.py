"""An answer: its document, what it may change, what protects less, and names put back."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.cases.answer import (
    CHANGEABLE,
    MAX_NOTE,
    Answer,
    FieldChange,
    carries_secrets,
    change,
    check_note,
    read_answer,
    translated,
    unknown_stand_ins,
    weaker,
    write_answer,
)
from smtpwizard.cases.stand_ins import Kind, StandIns
from smtpwizard.model.connector import Connector, Security, read_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.edit import FIELDS
from tests.model.documents import FULL, MINIMAL, changed, defaults_for, json_values

CASE, ID = "ab" * 32, "cd" * 16
GOOD: dict[str, Any] = {
    "format": "smtpwizard-answer",
    "schema": 1,
    "case": CASE,
    "connector": ID,
    "changes": {"server.port": 587},
    "note": "Try this.",
}
CANARY = "GOCSPX-abcdefghijklmnopqrstuvwx"


def connector(**changes: Any) -> Connector:
    found, problems = read_connector(
        changed(MINIMAL, {key.replace("__", "."): value for key, value in changes.items()}),
        defaults_for,
    )
    assert found is not None, problems
    return found


def refused(data: dict[str, Any]) -> tuple[str, str | None]:
    with pytest.raises(UsageError) as caught:
        read_answer(json.dumps(data).encode())
    return caught.value.code, caught.value.facts.get("field")


# --- the document


def test_what_is_written_is_read_in_the_same_bytes() -> None:
    answer = Answer(CASE, ID, {"send_to": "ä@b.test", "server.port": 587}, "Grüße\nzweite Zeile")
    data = write_answer(answer)
    assert read_answer(data) == answer
    assert write_answer(read_answer(data)) == data
    assert b"\r" not in data
    assert data.endswith(b"}\n")
    assert list(json.loads(data)) == ["format", "schema", "case", "connector", "changes", "note"]
    assert list(json.loads(data)["changes"]) == ["server.port", "send_to"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"format": "smtpwizard-case"}, "answer_not_one", "format"),
        ({"format": ...}, "answer_not_one", "format"),
        ({"schema": 2, "more": 1}, "answer_newer", "schema"),
        ({"schema": 0}, "answer_not_one", "schema"),
        ({"schema": True}, "answer_not_one", "schema"),
        ({"schema": "1"}, "answer_not_one", "schema"),
        ({"case": CASE[1:]}, "answer_not_one", "case"),
        ({"case": None}, "answer_not_one", "case"),
        ({"connector": "../" + ID}, "answer_not_one", "connector"),
        ({"connector": ID + "\n"}, "answer_not_one", "connector"),
        ({"connector": "CD" * 16}, "answer_not_one", "connector"),
        ({"connector": 5}, "answer_not_one", "connector"),
        ({"changes": {}}, "answer_not_one", "changes"),
        ({"changes": []}, "answer_not_one", "changes"),
        ({"changes": {str(n): n for n in range(51)}}, "answer_not_one", "changes"),
        ({"note": None}, "not_text", "note"),
        ({"note": "x" * (MAX_NOTE + 1)}, "too_long", "note"),
        ({"note": f"use {CANARY}"}, "secret_in_document", "note"),
        ({"password": "hunter2"}, "secret_in_document", "password"),
        ({"secret_command": ["/bin/sh"]}, "answer_field", "secret_command"),
    ],
)
def test_documents_that_are_no_answers(changes: dict[str, Any], code: str, field: str) -> None:
    assert refused(changed(GOOD, changes)) == (code, field)


def test_a_note_may_be_missing() -> None:
    assert read_answer(json.dumps(changed(GOOD, {"note": ...})).encode()).note == ""
    check_note("")


@given(st.sampled_from([*GOOD, "more"]), json_values)
def test_any_document_is_an_answer_or_refused(key: str, value: Any) -> None:
    with suppress(UsageError):
        read_answer(json.dumps(GOOD | {key: value}).encode())


# --- what may change


def test_every_changeable_field_is_one_of_the_connector() -> None:
    assert set(CHANGEABLE) <= set(FIELDS)
    never = {"name", "provider", "server.client_certificate", "authentication.secret_command"}
    assert not never & set(CHANGEABLE)
    assert not [field for field in CHANGEABLE if "endpoint" in field or "client_id" in field]


@pytest.mark.parametrize("field", [*sorted(set(FIELDS) - set(CHANGEABLE)), "later", "server", ""])
def test_all_else_is_refused(field: str) -> None:
    found, changes, problems = change(connector(), {"server.port": 25, field: "x"}, defaults_for)
    assert (found, changes) == (None, ())
    assert [tuple(each)[:2] for each in problems] == [(field, "answer_field")]


@pytest.mark.parametrize(
    "field", ["password", "authentication.password", "authentication.oauth.client_secret"]
)
def test_a_secret_is_refused_as_one(field: str) -> None:
    _, _, problems = change(connector(), {field: "hunter2"}, defaults_for)
    assert [each.code for each in problems] == ["secret_in_document"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("server.port", 0, "port_invalid"),
        ("server.port", {"a": 1}, "port_invalid"),
        ("server.security", "ssl", "not_a_choice"),
        ("server.host", "a\x1b[2J.test", "answer_letters"),
        ("server.host", "smtp.gm\u0430il.com", "answer_letters"),
        ("server.host", "b\u200bx.test", "answer_letters"),
        ("server.ehlo_name", "a b", "ehlo_name_invalid"),
        ("send_to", "a@ex\u0430mple.test", "answer_letters"),
        ("send_to", "a@b\r\nDATA", "answer_letters"),
        ("authentication.username", "mailer\u00a0", "answer_letters"),
        ("authentication.username", "a\x00b", "answer_letters"),
        ("authentication.username", CANARY, "secret_in_document"),
        ("authentication.oauth.scopes", [CANARY], "secret_in_document"),
        ("authentication.oauth.redirect_uri", "http://evil.test", "url_invalid"),
        ("authentication.oauth.tenant", "https://evil.test", "tenant_invalid"),
        ("server.proxy", "socks5://user:secret@p.test:1", "secret_in_document"),
        ("server.ca_file", "//evil.test/share/ca.pem", "answer_field"),
        ("server.ca_file", "\\\\evil.test\\ca.pem", "answer_field"),
        ("server.ca_file", 5, "not_text"),
        ("server.pinned_certificate", "-----BEGIN PRIVATE KEY-----", "secret_in_document"),
        ("server.pinned_certificate", "-----BEGIN CERTIFIC\u0410TE-----", "answer_letters"),
        ("server.pinned_certificate", "x", "certificate_invalid"),
        ("admin.name", "Ann\u202eevil", "answer_letters"),
        ("admin.email", None, "required"),
        ("server.port", 587, "answer_changes_nothing"),
    ],
)
def test_values_that_are_refused(field: str, value: Any, code: str) -> None:
    found, changes, problems = change(connector(), {field: value}, defaults_for)
    assert (found, changes) == (None, ())
    assert [tuple(each)[:2] for each in problems] == [(field, code)]


def test_names_in_other_letters_that_are_the_customer_s_own_are_fine() -> None:
    own = connector(authentication={"method": "basic", "username": "ä@bücher.test"})
    values = {
        "send_to": "ä@bücher.test",
        "sender.name": "Müller – “Söhne’s”",
        "admin.name": "Ångström",
    }
    _, changes, problems = change(own, values, defaults_for)
    assert [each.code for each in problems] == ["answer_letters"]  # typographic quotes
    values["sender.name"] = "Müller – Söhne’s"
    found, changes, problems = change(own, values, defaults_for)
    assert problems == ()
    assert found is not None
    assert [each.field for each in changes] == ["admin.name", "send_to", "sender.name"]


def test_another_user_at_a_domain_of_the_customer_s_own_is_fine() -> None:
    own = connector(admin__email="ann@bücher.test")
    _, changes, problems = change(own, {"send_to": "bob@bücher.test"}, defaults_for)
    assert problems == ()
    assert [each.after for each in changes] == ["bob@bücher.test"]


OWN, _ = read_connector(FULL, defaults_for)


@given(st.dictionaries(st.sampled_from(sorted({*CHANGEABLE, *FIELDS})), json_values, max_size=3))
def test_whatever_an_answer_says_nothing_else_is_changed(values: dict[str, Any]) -> None:
    assert OWN is not None
    found, changes, problems = change(OWN, values, defaults_for)
    assert (found is None) is bool(problems)
    if found is not None:
        before, after = OWN.to_json(), found.to_json()
        for each in changes:
            assert each.field in CHANGEABLE
            *parents, last = each.field.split(".")
            for document in (before, after):
                place = document
                for key in parents:
                    place = place[key]
                del place[last]
        assert before == after
        assert found.authentication.secret_command == OWN.authentication.secret_command


def test_the_port_follows_and_is_shown() -> None:
    found, changes, _ = change(connector(), {"server.security": "implicit_tls"}, defaults_for)
    assert found is not None
    assert [each.to_json() for each in changes] == [
        {"field": "server.port", "before": 587, "after": 465, "weaker": False},
        {
            "field": "server.security",
            "before": "starttls",
            "after": "implicit_tls",
            "weaker": False,
        },
    ]
    own = connector(server__port=2525)
    _, changes, _ = change(own, {"server.security": "none"}, defaults_for)
    assert changes == (FieldChange("server.security", "starttls", "none", True),)
    both = {"server.security": "none", "server.port": 26}
    _, changes, _ = change(connector(), both, defaults_for)
    assert [each.after for each in changes] == [26, "none"]


def test_what_follows_outside_the_table_is_refused() -> None:
    odd = connector()._replace(name="Invoices ")  # no rule of ours leaves this blank
    _, _, problems = change(odd, {"server.port": 25}, defaults_for)
    assert [tuple(each)[:2] for each in problems] == [("name", "answer_field")]


# --- what protects less


@pytest.mark.parametrize(
    ("field", "before", "after", "less"),
    [
        ("server.host", "a", "b", True),
        ("server.host", "a", "a", False),
        ("server.port", 25, 465, False),
        ("server.security", "starttls", "none", True),
        ("server.security", "none", "starttls", False),
        ("server.security", "implicit_tls", "starttls", False),
        ("server.allow_cleartext", False, True, True),
        ("server.allow_cleartext", True, False, False),
        ("server.ca_file", None, "/a", True),
        ("server.ca_file", "/a", None, True),
        ("server.pinned_certificate", "x", None, True),
        ("server.proxy", "socks5://a:1", None, True),
        ("authentication.method", "oauth", "basic", True),
        ("authentication.method", "basic", "none", True),
        ("authentication.method", "none", "oauth", False),
        ("authentication.method", "oauth", "later", True),
        ("authentication.mechanism", "SCRAM-SHA-256", "PLAIN", True),
        ("authentication.mechanism", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", True),
        ("authentication.mechanism", "SCRAM-SHA-256", "CRAM-MD5", True),
        ("authentication.mechanism", "CRAM-MD5", "auto", True),
        ("authentication.mechanism", "auto", "LOGIN", False),
        ("authentication.mechanism", "PLAIN", "SCRAM-SHA-1", False),
        ("authentication.mechanism", "XOAUTH2", "auto", False),
        ("authentication.mechanism", "XOAUTH2", "PLAIN", True),
        ("authentication.mechanism", "PLAIN", "OAUTHBEARER", False),
        ("authentication.mechanism", "SCRAM-SHA-256", "GSSAPI", False),
    ],
)
def test_what_protects_less(field: str, before: Any, after: Any, less: bool) -> None:
    assert weaker(field, before, after) is less


def test_a_secret_goes_along_for_port_user_and_stronger_security_alone() -> None:
    tls, none = Security.STARTTLS, Security.NONE
    assert carries_secrets({}, tls, tls)
    carried = {
        "server.port": "465",
        "server.security": "implicit_tls",
        "authentication.username": "b",
    }
    assert carries_secrets(carried, tls, Security.IMPLICIT_TLS)
    assert carries_secrets({"server.security": "starttls", "server.proxy": ""}, none, tls)
    assert not carries_secrets({"server.security": "none"}, tls, none)
    for term in ("server.host", "server.ca_file", "server.proxy", "authentication.oauth.tenant"):
        assert not carries_secrets({"server.port": "25", term: "x"}, tls, tls)


# --- names


def table() -> dict[str, dict[str, str]]:
    names = StandIns()
    names.add(Kind.ADDRESS, "ann@contoso-mail.de")
    names.add(Kind.HOST, "mail.contoso-mail.de")
    names.add(Kind.IDENTIFIER, "11111111-2222-3333-4444-555555555555")
    return names.table()


def test_stand_ins_are_put_back() -> None:
    changes = {
        "server.host": "host-1.domain-1.example",
        "server.port": 25,
        "send_to": "user-1@domain-1.example",
        "authentication.oauth.scopes": ["https://host-1.domain-1.example/x"],
    }
    values, problems = translated(changes, table())
    assert problems == ()
    assert values == {
        "server.host": "mail.contoso-mail.de",
        "server.port": 25,
        "send_to": "ann@contoso-mail.de",
        "authentication.oauth.scopes": ["https://mail.contoso-mail.de/x"],
    }


@pytest.mark.parametrize(
    "value",
    [
        "host-2.domain-1.example",
        "user-9@domain-1.example",
        "domain-7.local",
        "höst-3.test",
        "smtp.example",
        "192.0.2.77",
        "[IPv6:2001:db8::99]",
        "00000000-0000-4000-8000-000000000099",
    ],
)
def test_stand_ins_that_are_in_no_table_are_refused(value: str) -> None:
    _, problems = translated({"server.ehlo_name": value}, table())
    assert [tuple(each)[:2] for each in problems] == [("server.ehlo_name", "answer_stand_in")]
    # Where names were kept there are none.
    assert translated({"server.ehlo_name": value}, {}) == ({"server.ehlo_name": value}, ())


def test_names_that_are_no_stand_ins_are_fine() -> None:
    for value in ("smtp.office365.com", "host2.example.com", "user1@gmail.com", "10.0.0.1"):
        assert translated({"server.host": value}, table()) == ({"server.host": value}, ())


def test_support_can_use_no_stand_in_that_is_not_in_the_case() -> None:
    case = '{"host": "host-1.domain-1.example", "to": "user-1@domain-1.example"}'
    good = {"server.host": "HOST-1.domain-1.example", "server.port": 25, "send_to": "a@b.com"}
    assert unknown_stand_ins(good, case) == ()
    [problem] = unknown_stand_ins({"send_to": "user-11@domain-1.example"}, case)
    assert tuple(problem)[:2] == ("send_to", "answer_stand_in")
