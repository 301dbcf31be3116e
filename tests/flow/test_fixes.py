"""The fixes: each fits its failure, changes one thing, and never weakens the protection."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import FixId, fixes_for, helped
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method, Security
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    Stage,
    Status,
)
from smtpwizard.model.stage_facts import ConnectFacts, EhloFacts, ResolveFacts
from tests.helpers.stages import read_stage

DRAFT = ConnectorDraft(
    name="Invoices",
    provider="custom",
    host="smtp.example.test",
    username="mailer@example.test",
    method=Method.BASIC,
    password=Secret("hunter2"),
    admin_email="admin@example.org",
)


def report(stage: Stage | None, *causes: str, reply: Reply | None = None, **detail: Any) -> Report:
    """A report that stopped at a stage (None: all passed)."""
    stages = []
    for each in STAGES:
        reached = stage is None or STAGES.index(each) < STAGES.index(stage)
        status = Status.PASSED if reached else Status.NOT_REACHED
        more: dict[str, Any] = {"mechanisms": ["PLAIN", "LOGIN", "X"]} if each is Stage.EHLO else {}
        if each is stage:
            status, more = Status.FAILED, detail
        made = read_stage({"stage": each, "status": status, "ms": 1, "detail": more})
        stages.append(made._replace(reply=reply if each is stage else None))
    named = tuple(Cause(slug, Likelihood.HIGH, Actor.YOU) for slug in causes)
    return Report(stage is None, "Invoices", "", 1, tuple(stages), named)


def only(found: tuple[Any, ...]) -> Any:
    [fix] = found
    return fix


def test_nothing_to_fix_after_success() -> None:
    assert fixes_for(report(None), DRAFT) == ()


@pytest.mark.parametrize(
    ("security", "port", "expected"),
    [
        (Security.STARTTLS, "587", (Security.IMPLICIT_TLS, "465")),
        (Security.IMPLICIT_TLS, "465", (Security.STARTTLS, "587")),
        (Security.NONE, "25", (Security.STARTTLS, "587")),
        (Security.STARTTLS, "2525", (Security.IMPLICIT_TLS, "2525")),
    ],
)
def test_swap_security(security: Security, port: str, expected: tuple[Security, str]) -> None:
    draft = DRAFT._replace(security=security, port=port)
    fix = only(fixes_for(report(Stage.TLS, "wrong_security_mode", error="not_tls"), draft))
    assert fix.id is FixId.SWAP_SECURITY
    assert (fix.draft.security, fix.draft.port) == expected
    assert fix.draft.security is not Security.NONE


def test_what_is_hardly_likely_gets_no_button() -> None:
    failed = report(Stage.GREETING, "timeout", "wrong_security_mode", error="timeout")
    first, second = failed.causes
    unlikely = failed._replace(causes=(first, second._replace(likelihood=Likelihood.LOW)))
    assert [fix.id for fix in fixes_for(failed, DRAFT)] == [FixId.SWAP_SECURITY]
    assert fixes_for(unlikely, DRAFT) == ()


def test_another_mode_does_not_make_a_web_server_a_mail_server() -> None:
    failed = report(Stage.GREETING, "not_smtp", error="not_smtp", peer="http")
    assert fixes_for(failed, DRAFT._replace(port="8080")) == ()
    # On a usual port, the port changes as well.
    fix = only(fixes_for(failed, DRAFT._replace(port="587")))
    assert fix.draft.port == "465"


def test_tls_from_the_first_byte_where_starttls_was_taken_out() -> None:
    failed = report(Stage.TLS, "proxy_error", error="starttls_missing")
    assert only(fixes_for(failed, DRAFT)).id is FixId.SWAP_SECURITY


def test_a_known_provider_s_settings_are_not_swapped() -> None:
    draft = DRAFT._replace(provider="gmail")
    assert fixes_for(report(Stage.TLS, "wrong_security_mode"), draft) == ()


def test_another_offered_mechanism() -> None:
    failed = report(Stage.AUTH, "auth_mechanism_unsupported", mechanism="PLAIN")
    fix = only(fixes_for(failed, DRAFT))
    assert fix.id is FixId.OTHER_MECHANISM
    assert fix.draft.mechanism == "LOGIN"


def test_no_mechanism_where_the_server_offers_no_other() -> None:
    failed = report(Stage.AUTH, "auth_mechanism_unsupported", mechanism="PLAIN")
    stages = [
        stage._replace(facts=EhloFacts(mechanisms=("PLAIN", "X")))
        if stage.stage is Stage.EHLO
        else stage
        for stage in failed.stages
    ]
    assert fixes_for(failed._replace(stages=tuple(stages)), DRAFT) == ()


def test_ehlo_name_from_the_sender_s_domain() -> None:
    failed = report(Stage.EHLO, "protocol_error", reply=Reply(501, None, "bad name"))
    fix = only(fixes_for(failed, DRAFT))
    assert fix.id is FixId.EHLO_NAME
    assert fix.draft.ehlo_name == "example.test"
    assert fixes_for(failed, fix.draft) == ()


def test_no_ehlo_name_where_no_address_has_a_domain() -> None:
    failed = report(Stage.EHLO, "protocol_error", reply=Reply(501, None, "bad name"))
    draft = DRAFT._replace(username="mailer", admin_email="admin@[192.0.2.1]")
    assert fixes_for(failed, draft) == ()


def test_full_address_as_user() -> None:
    draft = DRAFT._replace(username="mailer")
    fix = only(fixes_for(report(Stage.AUTH, "bad_credentials"), draft))
    assert fix.id is FixId.FULL_ADDRESS
    assert fix.draft.username == "mailer@example.org"
    assert fixes_for(report(Stage.AUTH, "bad_credentials"), DRAFT) == ()
    not_a_mailbox = DRAFT._replace(username="mail er")
    assert fixes_for(report(Stage.AUTH, "bad_credentials"), not_a_mailbox) == ()


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        ("abcd efgh ijkl mnop", "abcdefghijklmnop"),
        (" hunter2\u00a0", "hunter2"),
        ("\ufeffhunter2\u200b", "hunter2"),
    ],
)
def test_spaces_of_a_password(typed: str, bare: str) -> None:
    draft = DRAFT._replace(password=Secret(typed))
    fix = only(fixes_for(report(Stage.AUTH, "app_password_required"), draft))
    assert fix.id is FixId.STRIP_SPACES
    assert fix.draft.password == Secret(bare)
    assert typed not in repr(fix)
    assert bare not in repr(fix)


def test_what_nobody_sees_in_a_user() -> None:
    draft = DRAFT._replace(username="mailer@example.org\u200b ", password=Secret(" x"))
    fix = only(fixes_for(report(Stage.AUTH, "bad_credentials"), draft))
    assert fix.id is FixId.STRIP_SPACES
    assert [change.field for change in fix.changes] == [
        "authentication.password",
        "authentication.username",
    ]
    assert (fix.draft.username, fix.draft.password) == ("mailer@example.org", Secret("x"))
    other = DRAFT._replace(method=Method.OAUTH, username="x ")
    assert FixId.STRIP_SPACES not in {
        fix.id for fix in fixes_for(report(Stage.AUTH, "bad_credentials"), other)
    }


def test_spaces_inside_a_password_stay() -> None:
    draft = DRAFT._replace(password=Secret("two words"))
    assert fixes_for(report(Stage.AUTH, "bad_credentials"), draft) == ()


LEAF = {
    "subject": "CN=mail", "issuer": "CN=own",
    "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z",
    "names": ["mail"], "fingerprint": "ab" * 32, "pem": "-----BEGIN CERTIFICATE-----\n",
}  # fmt: skip


def test_trusting_one_certificate_shows_its_fingerprint() -> None:
    failed = report(Stage.TLS, "cert_untrusted", error="cert_untrusted", chain=[LEAF])
    fix = only(fixes_for(failed, DRAFT))
    assert fix.id is FixId.TRUST_CERTIFICATE
    assert fix.consent.fingerprint == "ab" * 32
    assert fix.draft.pinned_certificate == LEAF["pem"]
    for error in ("cert_hostname_mismatch", "cert_expired"):
        refused = report(Stage.TLS, error, error=error, chain=[LEAF])
        assert fixes_for(refused, DRAFT) == ()
    unseen = report(Stage.TLS, "cert_untrusted", error="cert_untrusted")
    assert fixes_for(unseen, DRAFT) == (), "what was not shown cannot be trusted"


def named(*names: str) -> dict[str, Any]:
    return {
        "subject": "CN=x", "issuer": "CN=own", "not_before": "", "not_after": "",
        "names": list(names), "fingerprint": "ab" * 32, "pem": "",
    }  # fmt: skip


def other_name(*names: str) -> Report:
    slug = "cert_hostname_mismatch"
    detail: dict[str, Any] = {"chain": [named(*names)]} if names else {}
    return report(Stage.TLS, slug, error=slug, **detail)


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("mail.other.invalid",), "mail.other.invalid"),
        (("*.other.invalid", "other.invalid", "mail.other.invalid"), "mail.other.invalid"),
        (("192.0.2.1", "relay.other.invalid"), "relay.other.invalid"),
        (("not a name", "one.other.invalid", "two.other.invalid"), "one.other.invalid"),
    ],
)
def test_another_name_is_proposed_and_shown_first(names: tuple[str, ...], taken: str) -> None:
    fix = only(fixes_for(other_name(*names), DRAFT))
    assert fix.id is FixId.USE_CERTIFICATE_NAME
    assert fix.draft == DRAFT._replace(host=taken)
    assert tuple(fix.consent.names) == names, "agreed to before anything is sent there"


def test_no_name_no_proposal() -> None:
    for names in ((), ("*.other.invalid",), ("mail",), (DRAFT.host,)):
        assert fixes_for(other_name(*names), DRAFT) == ()
    brought = DRAFT._replace(provider="gmail")
    assert fixes_for(other_name("mail.other.invalid"), brought) == ()


def test_sign_in_again() -> None:
    draft = DRAFT._replace(method=Method.OAUTH)
    fix = only(fixes_for(report(Stage.AUTH, "oauth_token_revoked"), draft))
    assert (fix.id, fix.draft) == (FixId.SIGN_IN_AGAIN, None)
    assert only(fixes_for(report(Stage.AUTH, error="token_missing"), draft)).draft is None
    assert fixes_for(report(Stage.AUTH, "bad_credentials"), draft) == ()


def test_a_fix_helped_when_the_verification_got_further() -> None:
    at_tls, at_auth = report(Stage.TLS), report(Stage.AUTH)
    assert helped(at_tls, at_auth)
    assert helped(at_auth, report(None))
    assert not helped(at_auth, at_auth)
    assert not helped(at_auth, at_tls)
    assert not helped(at_tls, report(None)._replace(ok=False)), "nothing is known of it"


def over_ipv6(stage: Stage, *causes: str, **detail: Any) -> Report:
    """A failure after a connection over IPv6 to a server that has both families."""
    addresses = detail.pop("addresses", ["2001:db8::1", "192.0.2.1"])
    failed = report(stage, *causes, **detail)
    stages = list(failed.stages)
    stages[0] = stages[0]._replace(facts=ResolveFacts(addresses=tuple(addresses)))
    stages[1] = stages[1]._replace(facts=ConnectFacts(family="ipv6"))
    return failed._replace(stages=tuple(stages))


@pytest.mark.parametrize(
    ("causes", "detail"),
    [((), {"error": "timeout"}), (("blocked_ip",), {}), (("sender_auth_failed",), {})],
)
def test_ipv4_where_ipv6_is_what_fails(causes: tuple[str, ...], detail: dict[str, Any]) -> None:
    fix = only(fixes_for(over_ipv6(Stage.GREETING, *causes, **detail), DRAFT))
    assert fix.id is FixId.PREFER_IPV4
    connector, _ = fix.draft.judge(lambda provider: None)
    assert connector.server.address_family == "ipv4"


def test_no_ipv4_where_there_is_none_or_it_was_used() -> None:
    alone = over_ipv6(Stage.GREETING, error="timeout", addresses=["2001:db8::1"])
    assert fixes_for(alone, DRAFT) == ()
    assert fixes_for(report(Stage.GREETING, error="timeout"), DRAFT) == ()
    elsewhere = over_ipv6(Stage.AUTH, error="auth_refused")
    assert FixId.PREFER_IPV4 not in {fix.id for fix in fixes_for(elsewhere, DRAFT)}


def in_the_way(own: str, **more: Any) -> Report:
    """What the connector has of its own does not vouch, where the project would."""
    detail = {"error": "cert_untrusted", "own_trust": own, "chain": [LEAF]} | more
    return report(Stage.TLS, "cert_untrusted", **detail)


def test_a_ca_file_of_its_own_gives_way_to_what_the_project_trusts() -> None:
    draft = DRAFT._replace(ca_file="/etc/old.pem")
    first, second = fixes_for(in_the_way("ca_file", project_vouches=True), draft)
    assert (first.id, first.consent) == (FixId.USE_PROJECT_TRUST, None), "as one next step"
    assert [(c.field, c.before, c.after) for c in first.changes] == [
        ("server.ca_file", "/etc/old.pem", "")
    ]
    assert first.draft == DRAFT
    assert second.id is FixId.TRUST_CERTIFICATE
    for failed in (
        in_the_way("ca_file"),
        in_the_way("ca_file", project_vouches=True, chain=[]),
    ):
        assert FixId.USE_PROJECT_TRUST not in {fix.id for fix in fixes_for(failed, draft)}
    vouched = in_the_way("ca_file", project_vouches=True)
    assert FixId.USE_PROJECT_TRUST not in {fix.id for fix in fixes_for(vouched, DRAFT)}, (
        "gone since"
    )


def test_a_ca_file_that_cannot_be_read_gives_way_as_well() -> None:
    draft = DRAFT._replace(ca_file="/etc/gone.pem")
    failed = in_the_way("ca_file", error="ca_file_unreadable", project_vouches=True)
    first = fixes_for(failed, draft)[0]
    assert (first.id, first.consent) == (FixId.USE_PROJECT_TRUST, None), "as one next step"
    assert first.draft == DRAFT


def test_a_pinned_certificate_gives_way_only_after_a_question() -> None:
    draft = DRAFT._replace(pinned_certificate="-----BEGIN CERTIFICATE-----\n")
    fix = fixes_for(in_the_way("pin", project_vouches=True), draft)[0]
    assert fix.id is FixId.USE_PROJECT_TRUST
    assert fix.consent is not None
    assert fix.consent.fingerprint == "ab" * 32
    assert fix.draft == DRAFT
