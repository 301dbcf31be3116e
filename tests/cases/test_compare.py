"""Comparing: only what differs, what matters first; and whether a replay is the same."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.cases.compare import (
    PARTS,
    Difference,
    Meaning,
    Side,
    count_compared,
    differences,
    have_something_in_common,
    is_for,
    meaning_of,
    moment,
    same_run,
    side_of,
)
from smtpwizard.model.report import Actor, Cause, Likelihood, Reply, Report, Stage, Status
from smtpwizard.model.stage_facts import (
    AuthFacts,
    EhloFacts,
    ResolveFacts,
    StageError,
    TlsFacts,
    TokenProblem,
)
from tests.cases.reports import AUTHORITY, CERTIFICATE, changed_stage, failed, report
from tests.model.documents import FULL, changed

REFUSED = failed(Stage.AUTH, StageError.AUTH_REFUSED, Reply(535, "5.7.8", "Authentication failed"))


def found(a: Report, b: Report) -> list[tuple[str, str, Any, Any]]:
    return [
        tuple(each[:4]) for each in differences(Side(None, a.to_json()), Side(None, b.to_json()))
    ]


def replayed(a: Report, b: Report, *changed_fields: str, host: str = "smtp.example.test") -> Any:
    connector = {"server": {"host": host}}
    one, other = side_of(connector, a), side_of(connector, b)
    return [tuple(each[:4]) for each in same_run(one, other, changed_fields)]


def chain(*certificates: Any) -> Any:
    return TlsFacts("starttls", "TLSv1.3", "TLS_AES_256_GCM_SHA384", certificates)


# --- what never counts


def test_a_second_run_of_the_same_is_the_same() -> None:
    later = report("2026-11-25T08:00:00Z")._replace(
        connector="Another", duration_ms=5, queue_id="99AA88BB", message_id="<c@d>"
    )
    later = changed_stage(
        later, Stage.DATA, ms=900, reply=Reply(250, "2.0.0", "Ok: queued as 99AA88BB")
    )
    later = changed_stage(
        later, Stage.GREETING, reply=Reply(220, None, "mx.example.test ESMTP ready at 08:00:01")
    )
    renewed = CERTIFICATE._replace(fingerprint="cc" * 32, pem="", not_before="2026-11-23T00:00:00Z")
    later = changed_stage(later, Stage.TLS, facts=chain(renewed, AUTHORITY))
    later = changed_stage(
        later,
        Stage.RESOLVE,
        facts=ResolveFacts(host="x", addresses=("192.0.2.9", "2001:db8::2", "192.0.2.8")),
    )
    assert found(report(), later) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("queued as 4F3A2B", "queued as 12AB9"),
        ("at 2026-11-22T10:15:00Z on host", "at 2026-11-23 09:00 on host"),
        ("Sun, 22 Nov 2026 10:15:00 +0000 (UTC)", "Mon, 23 Nov 2026 09:00:00 +0100 (CET)"),
        ("[AS8P190CA0012.EURP190.PROD.OUTLOOK.COM]", "[DB9P191CA7712.EURP191.PROD.OUTLOOK.COM]"),
        ("ready d9443c01a7336-29df.13 - gsmtp", "ready a8851c55a1121-30aa.99 - gsmtp"),
        ("client [192.0.2.7] and 2001:db8::7", "client [198.51.100.1] and 2001:db8:9::1"),
        ("try again in 300 seconds", "try again in 45 s"),
        ("message <1.2@host> taken", "message <3.4@other> taken"),
        ("pid 123456", "pid 98765"),
    ],
)
def test_what_is_another_in_each_reply_is_no_difference(one: str, other: str) -> None:
    a = changed_stage(report(), Stage.DATA, reply=Reply(250, "2.0.0", one))
    b = changed_stage(report(), Stage.DATA, reply=Reply(250, "2.0.0", other))
    assert found(a, b) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AADSTS50034: no such user", "AADSTS500113: no reply address"),
        ("limit of 100 messages", "limit of 500 messages"),
        ("smtp1 refuses", "smtp2 refuses"),
    ],
)
def test_what_has_a_meaning_is_one(one: str, other: str) -> None:
    a = changed_stage(report(), Stage.DATA, reply=Reply(250, "2.0.0", one))
    b = changed_stage(report(), Stage.DATA, reply=Reply(250, "2.0.0", other))
    assert found(a, b) == [("replies", "data", f"250 2.0.0 {one}", f"250 2.0.0 {other}")]


# --- how it ended, and why


def test_where_it_ended_and_why_comes_first() -> None:
    assert found(report(), REFUSED) == [
        ("stages", "auth", "passed", "failed"),
        ("causes", "bad_credentials", None, "high"),
        ("replies", "auth", "235 2.7.0 Accepted", "535 5.7.8 Authentication failed"),
    ]
    assert list(PARTS) == ["stages", "causes", "settings", "tls", "capabilities", "replies"]


def test_ends_at_two_stages_are_both_told() -> None:
    early = failed(Stage.TLS, StageError.HANDSHAKE_FAILED, cause=None)
    early = changed_stage(early, Stage.TLS, facts=None)
    assert found(early, REFUSED)[:2] == [
        ("stages", "tls", "failed", "passed"),
        ("stages", "auth", "not_reached", "failed"),
    ]


def test_an_interrupted_run_names_what_it_did_not_reach() -> None:
    stopped = changed_stage(report(), Stage.DATA, status=Status.NOT_REACHED, reply=None)
    assert found(report(), stopped) == [("stages", "data", "passed", "not_reached")]


def test_one_stage_failed_in_two_ways() -> None:
    silent = failed(Stage.AUTH, StageError.TIMEOUT, cause=None)
    assert found(REFUSED, silent) == [
        ("stages", "auth.error", "auth_refused", "timeout"),
        ("causes", "bad_credentials", "high", None),
        ("replies", "auth", "535 5.7.8 Authentication failed", None),
    ]
    no_token = [
        changed_stage(
            failed(Stage.AUTH, StageError.TOKEN_MISSING),
            Stage.AUTH,
            facts=AuthFacts(token=TokenProblem(problem)),
        )
        for problem in ("token_expired", "token_refused")
    ]
    assert found(*no_token) == [("stages", "auth.token", "token_expired", "token_refused")]


def test_causes_by_likelihood_and_order() -> None:
    first = Cause("bad_credentials", Likelihood.HIGH, Actor.YOU)
    second = Cause("basic_auth_disabled", Likelihood.MEDIUM, Actor.MAIL_ADMIN)
    a = REFUSED._replace(causes=(first, second))
    b = REFUSED._replace(causes=(second, first._replace(likelihood=Likelihood.LOW)))
    assert found(a, b) == [
        ("causes", "bad_credentials", "high", "low"),
        (
            "causes",
            "order",
            ["bad_credentials", "basic_auth_disabled"],
            ["basic_auth_disabled", "bad_credentials"],
        ),
    ]


def test_ways_that_both_lead_on() -> None:
    a = report()
    b = changed_stage(a, Stage.AUTH, facts=AuthFacts(mechanism="LOGIN"))
    b = changed_stage(b, Stage.RESOLVE, facts=ResolveFacts(addresses=("192.0.2.1",)))
    assert found(a, b) == [
        ("stages", "resolve.families", ["IPv4", "IPv6"], ["IPv4"]),
        ("stages", "auth.mechanism", "PLAIN", "LOGIN"),
    ]


# --- the other parts


def test_settings_by_field_and_no_labels() -> None:
    other = changed(
        FULL,
        {
            "name": "Other",
            "description": "",
            "default": True,
            "server.port": 465,
            "server.pinned_certificate": None,
            "server.allow_cleartext": ...,
            "authentication.oauth.scopes": ["mail.send"],
            "later": {"x": 1},
        },
    )
    assert [each.to_json() for each in differences(Side(FULL), Side(other))] == [
        {"part": "settings", "what": "server.port", "a": 2525, "b": 465},
        {
            "part": "settings",
            "what": "server.pinned_certificate",
            "a": "sha256:709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c",
            "b": None,
        },
        {
            "part": "settings",
            "what": "authentication.oauth.scopes",
            "a": ["mail.send", "offline_access"],
            "b": ["mail.send"],
        },
        {"part": "settings", "what": "later.x", "a": None, "b": 1},
    ]
    assert differences(Side(FULL), Side(changed(FULL, {"name": "Other"}))) == ()


def test_a_case_says_of_files_that_they_are_set_and_of_some_fields_nothing() -> None:
    own = changed(FULL, {"server.ca_file": "/a.pem", "server.proxy": None, "later": 1})
    marks = {"server.ca_file": {"set": True}, "server.proxy": {"set": True}, "server.port": 1}
    case = Side(changed(FULL, marks | {"sender": ...}), partial=True)
    expected = [("settings", "server.port", 2525, 1), ("settings", "server.proxy", None, True)]
    assert [tuple(each[:4]) for each in differences(Side(own), case)] == expected
    turned = [("settings", what, b, a) for _, what, a, b in expected]
    assert [tuple(each[:4]) for each in differences(case, Side(own))] == turned


def test_of_a_part_that_one_side_lacks_nothing_is_said() -> None:
    a, b = Side(FULL), side_of(None, report())
    assert not have_something_in_common(a, b)
    assert not have_something_in_common(Side(), Side())
    assert have_something_in_common(side_of(FULL, report()), b)
    assert differences(a, b) == ()


def test_tls_by_what_both_show() -> None:
    leaf = CERTIFICATE._replace(
        issuer="CN=Middlebox", names=("b.test", "a.test"), not_after="2026-11-01T00:00:00Z"
    )
    facts = TlsFacts("starttls", "TLSv1.2", "ECDHE", (leaf, leaf))
    assert found(report(), changed_stage(report(), Stage.TLS, facts=facts)) == [
        ("tls", "version", "TLSv1.3", "TLSv1.2"),
        ("tls", "cipher", "TLS_AES_256_GCM_SHA384", "ECDHE"),
        ("tls", "certificate.issuer", "CN=Example CA", "CN=Middlebox"),
        ("tls", "certificate.names", ["smtp.example.test"], ["a.test", "b.test"]),
        ("tls", "certificate.dates", "valid", "expired"),
        ("tls", "chain", ["CN=Example CA"], ["CN=smtp.example.test"]),
    ]
    early = chain(CERTIFICATE._replace(not_before="2026-12-01T00:00:00Z"), AUTHORITY)
    assert found(report(), changed_stage(report(), Stage.TLS, facts=early)) == [
        ("tls", "certificate.dates", "valid", "not_yet_valid")
    ]
    dateless = chain(CERTIFICATE._replace(not_before="soon"), AUTHORITY._replace(not_before=""))
    assert found(report(), changed_stage(report(), Stage.TLS, facts=dateless)) == []


def test_capabilities_by_keyword() -> None:
    facts = EhloFacts("x", ("AUTH", "SIZE", "SMTPUTF8"), ("LOGIN", "XOAUTH2"), 2000)
    assert found(report(), changed_stage(report(), Stage.EHLO, facts=facts)) == [
        ("capabilities", "SIZE", 1000, 2000),
        ("capabilities", "AUTH", "LOGIN PLAIN", "LOGIN XOAUTH2"),
        ("capabilities", "SMTPUTF8", None, True),
    ]
    bare = EhloFacts("x", ("SIZE", "AUTH"))
    assert found(report(), changed_stage(report(), Stage.EHLO, facts=bare)) == [
        ("capabilities", "SIZE", 1000, True),
        ("capabilities", "AUTH", "LOGIN PLAIN", True),
    ]
    # Where there was no STARTTLS, the failure has them.
    missing = failed(Stage.TLS, StageError.STARTTLS_MISSING, cause=None, extensions=("SIZE",))
    assert ("capabilities", "AUTH", "LOGIN PLAIN", None) in found(report(), missing)


# --- a replay


def test_a_replay_is_the_same_on_another_day_with_other_keys() -> None:
    later = report("2028-11-21T10:15:00Z")  # 730 days on
    made_again = [
        each._replace(
            fingerprint="dd" * 32,
            subject="CN=host-1",
            not_before="2028-01-01T00:00:30Z",
            not_after="2028-12-31T00:00:30Z",
        )
        for each in (CERTIFICATE, AUTHORITY)
    ]
    later = changed_stage(
        later, Stage.TLS, facts=TlsFacts("starttls", "TLSv1.3", "OTHER", (*made_again, AUTHORITY))
    )
    later = changed_stage(later, Stage.AUTH, reply=Reply(235, "2.7.0", "other words"))
    assert replayed(report(), later) == []


def test_a_replay_that_went_otherwise_says_where() -> None:
    assert replayed(report(), REFUSED) == [
        ("stages", "auth", "passed", "failed"),
        ("stages", "auth.error", None, "auth_refused"),
        ("stages", "mail_from", "passed", "not_reached"),
        ("stages", "rcpt_to", "passed", "not_reached"),
        ("stages", "data", "passed", "not_reached"),
        ("causes", "order", [], ["bad_credentials"]),
        ("replies", "auth", "235 2.7.0", "535 5.7.8"),
        ("replies", "data", "250 2.0.0", None),
    ]
    moved = chain(CERTIFICATE._replace(not_after="2026-11-01T00:00:00Z"))
    assert replayed(report(), changed_stage(report(), Stage.TLS, facts=moved)) == [
        (
            "tls",
            "certificate.dates",
            [[-325.4, 39.6], [-325.4, 39.6]],
            [[-325.4, -21.4]],
        )
    ]
    older = TlsFacts("starttls", "TLSv1.2", "x", (CERTIFICATE,))
    assert replayed(report(), changed_stage(report(), Stage.TLS, facts=older)) == [
        ("tls", "version", "TLSv1.3", "TLSv1.2")
    ]


def test_a_name_that_does_not_match_any_more_is_a_difference_unless_the_host_was_set() -> None:
    expired = failed(Stage.TLS, StageError.CERT_EXPIRED, chain=(CERTIFICATE,))
    expired = changed_stage(expired, Stage.TLS, facts=None)
    for_other = failed(
        Stage.TLS, StageError.CERT_EXPIRED, chain=(CERTIFICATE._replace(names=("a.test",)),)
    )
    for_other = changed_stage(for_other, Stage.TLS, facts=None)
    mismatch = failed(Stage.TLS, StageError.CERT_HOSTNAME_MISMATCH, chain=(CERTIFICATE,))
    assert replayed(expired, for_other) == [("tls", "name", "matches", "other")]
    assert replayed(expired, for_other, "server.host") == []
    assert ("tls", "name", "matches", "other") in replayed(expired, mismatch)
    nobody_knows = same_run(Side(None, expired.to_json()), Side(None, for_other.to_json()))
    assert nobody_knows == ()


# --- small parts


@pytest.mark.parametrize(
    ("host", "names", "fits"),
    [
        ("smtp.example.test", ["SMTP.example.test."], True),
        ("smtp.example.test", ["*.example.test"], True),
        ("a.smtp.example.test", ["*.example.test"], False),
        ("example.test", ["*.example.test"], False),
        ("test", ["*.", "*.test"], False),
        ("bücher.test", ["xn--bcher-kva.test"], True),
        ("b\u200bx.test", ["b\u200bx.test"], True),
        ("192.0.2.1", ["192.0.2.1"], True),
        ("2001:db8::1", ["2001:DB8:0::1"], True),
        ("192.0.2.1", ["*.0.2.1", "name.test"], False),
        ("smtp.example.test", [], False),
    ],
)
def test_whom_a_certificate_is_for(host: str, names: list[str], fits: bool) -> None:
    assert is_for(host, names) is fits


def test_moments_have_a_zone() -> None:
    assert moment("2026-11-22T10:15:00Z") is not None
    for text in ("2026-11-22T10:15:00", "soon", "", None, 5):
        assert moment(text) is None


def test_a_difference_is_plain() -> None:
    assert Difference("stages", "auth", "passed", None).to_json() == {
        "part": "stages", "what": "auth", "a": "passed", "b": None,
    }  # fmt: skip


# --- what it means, and how much was looked at


def test_only_what_both_sides_have_is_counted() -> None:
    connector, whole = FULL, REFUSED.to_json()
    settings = count_compared(Side(connector), Side(connector))
    runs = count_compared(Side(None, whole), Side(None, whole))
    assert settings > 10
    assert runs > len(Stage)
    assert count_compared(Side(connector, whole), Side(connector, whole)) == settings + runs
    assert count_compared(Side(connector), Side(None, whole)) == 0


@pytest.mark.parametrize(
    ("parts", "meaning"),
    [
        ((), Meaning.NOTHING),
        (("replies",), Meaning.SAME_END),
        (("stages",), Meaning.OTHER_SIDE),
        (("causes", "settings"), Meaning.THIS_SIDE),
        (("settings",), Meaning.SETTINGS_ONLY),
    ],
)
def test_the_differences_of_two_runs_have_one_meaning(
    parts: tuple[str, ...], meaning: Meaning
) -> None:
    assert meaning_of([Difference(part, "what", 1, 2) for part in parts]) is meaning
