"""A case: what stands in it, what does not, and that it can be read again."""

# ruff: noqa: E501 - names in their places

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from smtpwizard.cases import kinds, stand_ins
from smtpwizard.cases.case import (
    MAX_TEXT,
    PARTS,
    case_text,
    check_no_secret,
    make_case,
)
from smtpwizard.cases.kinds import CONNECTOR, ENVIRONMENT, RECORDS, Kind
from smtpwizard.cases.reading import Case, connector_of, read_case
from smtpwizard.cases.secret_shapes import secret_shape
from smtpwizard.diagnosis import diagnose_report
from smtpwizard.model import report, stage_facts, wire
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, read_connector
from smtpwizard.model.errors import SecretStoreError, UsageError
from smtpwizard.model.odd_characters import Odd, OddKind, Place
from smtpwizard.model.registration import OAuthRegistration
from smtpwizard.model.report import Stage
from smtpwizard.model.run import Run, Summary
from smtpwizard.model.wire import Encrypted, Heard, Said, WireEvent
from tests.cases.canaries import leaks, secret_leaks
from tests.cases.recorded import NAMES, OPTIONS, connector_document, history_of, run_of


def made(run: Run | None = None, **options: Any) -> Any:
    return make_case(run or run_of(), history_of(), OPTIONS._replace(**options))


def with_wire(*events: WireEvent) -> Run:
    run = run_of()
    return run._replace(report=run.report._replace(wire=events))


def events(run: Run, **options: Any) -> list[Any]:
    found: list[Any] = made(run, **options).document["wire"]
    return found


# -- kinds -------------------------------------------------------------------------------------------


def _kinds_of_records() -> list[Any]:
    modules = (report, stage_facts, wire)
    found = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields")
        if value.__module__ == module.__name__
    ]
    return [*found, Odd, Summary]


# They stand in no case: a problem of input, and the lines that are made from the wire.
_NOT_IN_A_CASE = ("Problem", "TranscriptLine")


@pytest.mark.parametrize("record", _kinds_of_records(), ids=lambda record: str(record.__name__))
def test_every_field_of_a_run_has_a_kind(record: Any) -> None:
    if record.__name__ not in _NOT_IN_A_CASE:
        assert set(RECORDS[record]) == set(record._fields)


def test_every_field_of_a_connector_has_a_kind() -> None:
    connector, _ = read_connector(connector_document(), lambda _: None)
    assert isinstance(connector, Connector)

    def check(document: Any, fields: Any) -> None:
        for name, value in document.items():
            assert name in fields, name
            if isinstance(value, dict):
                check(value, fields[name])

    check(connector._replace(extra={}).to_json(), CONNECTOR)
    oauth: Any = CONNECTOR["authentication"]
    assert set(oauth["oauth"]) == set(OAuthRegistration._fields) - {"extra"}


def test_what_has_no_kind_is_counted() -> None:
    document = made().document
    assert document["manifest"]["undeclared"] == 5
    text = json.dumps(document)
    assert "blue" not in text
    assert "strange" not in text
    assert kinds.is_nothing(())


def test_a_fact_that_is_no_text_is_not_written() -> None:
    problem = stage_facts.TokenProblem(
        "token_none", {"error": {"inner": "x"}, "port": {"a": 1}, "token": "no object", "limit": 7}
    )
    run = run_of()
    facts = stage_facts.AuthFacts(token=problem)
    stages = tuple(
        each._replace(facts=facts) if each.stage is Stage.AUTH else each
        for each in run.report.stages
    )
    document = made(run._replace(report=run.report._replace(stages=stages))).document
    written = document["report"]["stages"][5]["facts"]["token"]["facts"]
    assert written == {"error": None, "port": None, "token": None, "limit": 7}


# -- the document ------------------------------------------------------------------------------------


def test_the_manifest_comes_first_and_says_what_is_inside() -> None:
    case = made(note=f"ask {NAMES.person}", unproven=("wire",))
    assert case.text.startswith('{\n "format": "smtpwizard-case",\n "schema": 1,\n "manifest": {')
    assert json.loads(case.text) == case.document
    assert list(case.document) == ["format", "schema", "manifest", *PARTS]
    manifest = case.document["manifest"]
    assert manifest["contents"] == list(PARTS)
    assert manifest["note"] == "ask Name 2"
    assert manifest["replaced"]["ip"] == 2
    assert manifest["unproven"] == ["wire"]


def test_the_same_run_gives_the_same_bytes() -> None:
    assert made().text == made().text


def test_an_event_stands_on_one_line() -> None:
    text = case_text({"wire": [{"event": "said", "line": "a\u202e\x7f\ud800ö"}], "oauth": []})
    assert text == (
        '{\n "wire": [\n  {"event": "said", "line": "a\\u202e\\u007f\\ud800ö"}\n ],\n "oauth": []\n}\n'
    )
    text.encode()


def test_parts_can_be_left_out() -> None:
    case = made(omit=("wire", "environment"))
    assert list(case.document) == [
        "format", "schema", "manifest", "connector", "report", "oauth", "history"
    ]  # fmt: skip
    assert case.document["manifest"]["omitted"] == ["environment", "wire"]
    with pytest.raises(UsageError) as caught:
        made(omit=("transcript",))
    assert caught.value.code == "case_part_unknown"


def test_names_can_be_kept() -> None:
    case = made(keep_names=True, note=NAMES.person)
    assert case.table == {}
    assert case.document["manifest"]["names"] == "kept"
    assert case.document["manifest"]["note"] == NAMES.person
    for name in (NAMES.address, NAMES.server, NAMES.ip, NAMES.tenant, NAMES.company):
        assert name in case.text
    assert "akowalska\\\\firma.pem" not in json.dumps(case.document["connector"])
    assert "BEGIN CERTIFICATE" not in case.text


def test_no_name_is_left() -> None:
    known = ((stand_ins.Kind.HOST, NAMES.computer),)
    text = made(known=known).text.lower()
    for name in NAMES:
        assert name.lower() not in text, name
    for part in ("anna", "kowalska", "widgets", "berlin", "arbeitsplatz", "otto", "portal"):
        assert part not in text, part


def test_what_everybody_knows_stays() -> None:
    text = made().text
    for public in (
        "Let's Encrypt", "login.microsoftonline.com", "https://outlook.office365.com/.default",
        "Postfix", "XOAUTH2", "TLS_AES_256_GCM_SHA384", "AADSTS700016", "/oauth2/v2.0/token",
    ):  # fmt: skip
        assert public in text, public


def test_relations_stay() -> None:
    document = made().document
    connector = document["connector"]
    stages = document["report"]["stages"]
    assert connector["authentication"]["username"] == stages[5]["facts"]["username"]
    assert connector["authentication"]["username"] == stages[6]["facts"]["sender"]
    host = connector["server"]["host"]
    assert stages[0]["facts"]["host"] == host == document["wire"][0]["name"]
    assert host.endswith(connector["authentication"]["username"].partition("@")[2])
    assert host in stages[3]["facts"]["chain"][0]["names"]
    assert document["report"]["queue_id"] in stages[5]["reply"]["text"]


def test_other_providers_are_servers_like_any_other() -> None:
    connector = connector_document() | {"provider": "our-own"}
    assert (
        made(run_of()._replace(connector=connector)).document["connector"]["provider"] == "custom"
    )
    connector["provider"] = "gmail"
    assert made(run_of()._replace(connector=connector)).document["connector"]["provider"] == "gmail"


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("81.2.69.142", "192.0.2.1"),
        ("2a00::1", "2001:db8::1"),
        ("[IPv6:2a00::1]", "[IPv6:2001:db8::1]"),
        ("intern:25", "host-1:25"),
        ("localhost:25", "localhost:25"),
        ("a host firma.de", "a host domain-1.example"),
    ],
)
def test_hosts_in_every_form(host: str, shown: str) -> None:
    from smtpwizard.model.wire import LookedUp

    run = with_wire(LookedUp(1, host))
    empty = run.report._replace(
        stages=(), causes=(), token_requests=(), message_id=None, queue_id=None
    )
    case = make_case(Run("x", {}, empty, {}), (), OPTIONS)
    assert case.document["wire"][0]["name"] == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://login.firma.de/auth/realms/innen?x=1#y", "https://host-1.domain-1.example/auth/realms/a"),
        ("api://7f1c9e22-1111-4222-8333-9a0b0c0d0e0f/SMTP.Send", "api://00000000-0000-4000-8000-000000000001/SMTP.Send"),
        ("http://anna@intern:3128", "http://user-1@host-1:3128"),
        ("https://login.microsoftonline.com/common/oauth2", "https://login.microsoftonline.com/common/oauth2"),
        ("offline_access", "offline_access"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("/anna@firma.de/token", "/user-1@domain-1.example/token"),
    ],
)  # fmt: skip
def test_addresses_of_the_web(url: str, shown: str) -> None:
    run = with_wire(wire.Connected(1, proxy=url))
    empty = run.report._replace(
        stages=(), causes=(), token_requests=(), message_id=None, queue_id=None
    )
    case = make_case(Run("x", {}, empty, {}), (), OPTIONS)
    written = case.document["wire"][0]["proxy"]
    assert written[: len(shown) - 1] == shown[:-1]


def test_everybodys_tenant_stays() -> None:
    connector = connector_document()
    connector["authentication"]["oauth"]["tenant"] = "common"
    document = made(run_of()._replace(connector=connector)).document
    assert document["connector"]["authentication"]["oauth"]["tenant"] == "common"


# -- octets, lengths ---------------------------------------------------------------------------------


def test_octets_stay_octets() -> None:
    said = "250 müller grüßt\n".encode()
    run = with_wire(
        Heard(1, said.decode("latin-1"), octets=True), Heard(2, "250 m\xfcller\n", octets=True)
    )
    connector = connector_document()
    connector["authentication"]["username"] = "müller"
    one, two = events(run._replace(connector=connector))
    assert one["text"].encode("latin-1").decode() == "250 üser-1 grüßt\n"
    assert two["text"] == "250 üser-1\n"


def test_random_octets_of_a_handshake_are_no_name() -> None:
    hello = (
        b"\x02\0\0\x3d\x03\x03"
        + b"\xb5\xdf\x9cabc@h\xf6st.de\x89".ljust(32)
        + b"\0\xc0\x2c".ljust(27, b"\0")
    )
    answer = (b"\x16\x03\x03\0\x41" + hello).decode("latin-1")
    whole, more = events(with_wire(Encrypted(1, answer=answer), Encrypted(2, answer=answer + "!")))
    assert whole["answer"] == answer
    assert more["answer"] != answer + "!"


def test_what_is_too_long_has_its_length_beside_it() -> None:
    long = "x " * MAX_TEXT
    run = with_wire(
        Heard(1, long),
        Heard(2, "220 hi", length=99_999, ending="end"),
        Heard(3, long, length=200_000, ending="end"),
        Said(4, long),
        Encrypted(5, answer=long),
    )
    document = made(run).document
    one, two, three, four, five = document["wire"]
    assert (len(one["text"]), one["length"], len(one["ending"])) == (MAX_TEXT, len(long), 1024)
    assert two == {"event": "heard", "t_us": 2, "text": "220 hi", "length": 99_999, "ending": "end"}
    assert (three["length"], three["ending"]) == (200_000, "end")
    assert f" …({len(long)})… " in four["line"]
    assert len(four["line"]) <= MAX_TEXT
    assert f" …({len(long)})… " in five["answer"]
    assert [each["field"] for each in document["manifest"]["truncated"]] == [
        "wire.0", "wire.1", "wire.2", "wire.3.line", "wire.4.answer",
    ]  # fmt: skip
    assert len(events(run, keep_names=True)[3]["line"]) <= MAX_TEXT


def test_a_case_that_nobody_could_read_is_not_made() -> None:
    run = with_wire(*(Said(at, "x " * 30_000) for at in range(150)))
    with pytest.raises(UsageError) as caught:
        made(run)
    assert caught.value.code == "case_too_large"


def test_spellings_that_only_a_program_reads_are_taken_out() -> None:
    hidden = "+".join(f"{byte:02x}" for byte in NAMES.host.encode())
    (event,) = events(with_wire(Heard(1, f"220 {bytes(NAMES.host, 'ascii').hex()} {hidden} ok\n")))
    assert bytes(NAMES.host, "ascii").hex() not in event["text"]


# -- secrets -------------------------------------------------------------------------------------------


def test_a_known_secret_stops_it() -> None:
    document = made(with_wire(Heard(1, "535 S3cr3t%21Word is wrong"))).document
    with pytest.raises(SecretStoreError) as caught:
        check_no_secret(document, [Secret("S3cr3t!Word")])
    assert caught.value.code == "case_has_secret"
    assert caught.value.facts == {"field": "wire.0.text"}
    assert "S3cr3t" not in repr(caught.value)


def test_a_case_without_secrets_passes() -> None:
    check_no_secret(made().document, [Secret("S3cr3t!Word")])
    check_no_secret(made(keep_names=True).document, [Secret("S3cr3t!Word")])


@pytest.mark.parametrize(
    "text",
    [
        "250-AUTH LOGIN PLAIN XOAUTH2", "AUTH PLAIN <redacted>", "AUTH LOGIN", "AUTH PLAIN disabled",
        "see https://host.example/path", "Bearer token expired", "password: wrong",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=", "AAAAAAAAAAAAAAAAA",
    ],
)  # fmt: skip
def test_what_is_no_secret(text: str) -> None:
    assert secret_shape(text) is None


@pytest.mark.parametrize("seed", [7])
def test_no_planted_secret_is_written(seed: int) -> None:
    planted, written = secret_leaks(random.Random(seed))
    assert planted > 10
    assert written == []


@pytest.mark.parametrize("seed", [3, 8])
def test_no_planted_name_is_written(seed: int) -> None:
    planted, found = leaks(random.Random(seed))
    assert planted > 10
    assert found == []


# -- reading it again ----------------------------------------------------------------------------------


def test_it_reads_back() -> None:
    case = read_case(made().text.encode())
    connector = connector_of(case, lambda _: None)
    assert connector.server.host == "host-1.domain-1.example"
    assert connector.server.ca_file is None
    whole = case.whole_report()
    assert whole is not None
    assert len(whole.wire) == len(run_of().report.wire)
    assert whole.token_requests[1].host == "login.microsoftonline.com"
    assert [each.reply and each.reply.code for each in case.history] == [535]


def test_its_causes_are_those_of_the_run() -> None:
    run = run_of()
    connector, _ = read_connector(run.connector, lambda _: None)
    case = read_case(made().text.encode())
    whole = case.whole_report()
    assert connector is not None
    assert whole is not None
    before = diagnose_report(run.report, connector)
    after = diagnose_report(whole, connector_of(case, lambda _: None))
    assert [cause.slug for cause in after.causes] == [cause.slug for cause in before.causes]
    assert before.causes


def test_what_was_left_out_is_nothing() -> None:
    case = read_case(made(omit=PARTS).text.encode())
    assert case == Case(case.manifest)
    assert case.whole_report() is None
    with pytest.raises(UsageError):
        connector_of(case, lambda _: None)


def test_a_connector_that_is_none() -> None:
    for connector, field in (({}, "connector.name"), ({"name": "x"}, "connector.provider")):
        with pytest.raises(UsageError) as caught:
            connector_of(Case({}, connector), lambda _: None)
        assert caught.value.facts == {"field": field}


def test_what_was_odd_in_a_login_is_kept() -> None:
    run = run_of()
    odd = {"username": (Odd(OddKind.TAB, 1, Place.END),)}
    document = made(run._replace(report=run.report._replace(odd=odd))).document
    assert document["report"]["odd"] == {"username": [{"kind": "tab", "number": 1, "place": "end"}]}


def test_environment_is_what_is_known_of_a_machine() -> None:
    assert made().document["environment"] == {
        "version": "1.0", "system": "Linux", "proxies": ["HTTPS_PROXY"],
    }  # fmt: skip
    assert Kind.LEFT_OUT not in ENVIRONMENT.values()
