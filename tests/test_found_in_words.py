"""Sizes, names and numbers as a person writes them; and the messages made of them."""

from __future__ import annotations

import re

import pytest

from smtpwizard.causes import causes
from smtpwizard.messages.causes import cause_text, headline, said_lines
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import (
    bytes_text,
    common_name,
    list_text,
    spaces_text,
)
from smtpwizard.messages.find_out_more import found_text
from smtpwizard.messages.passing_on import addressee, ask_title, request_text
from smtpwizard.messages.verification import stage_text
from smtpwizard.model.report import (
    SITUATIONS,
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    Stage,
    StageResult,
    Status,
)
from smtpwizard.model.stage_facts import CertificateFacts, StageError, StageFailure


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a and b"),
        (("a", "b", "c", "d", "e"), "a, b, c, d and e"),
        (tuple("abcdefg"), "a, b, c, d and 3 more"),
        (7, "7"),
    ],
)
def test_lists(items: object, words: str) -> None:
    assert list_text(items) == words


def test_numbers() -> None:
    assert bytes_text(2213) == "2,213 bytes"
    assert bytes_text("many") == "many bytes"
    assert [spaces_text(n) for n in (1, 3, 12)] == ["a space", "three spaces", "12 spaces"]
    assert spaces_text(None) == "0 spaces"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("CN=R11,O=Let's Encrypt,C=US", "R11"),
        ("O=Web protection of this network", "Web protection of this network"),
        (r"C=US, CN=Acme\, Inc.", "Acme, Inc."),
        ("C=US", "C=US"),
    ],
)
def test_names_of_issuers(name: str, short: str) -> None:
    assert common_name(name) == short


def cause(slug: str, actor: Actor = Actor.YOU, *evidence: str, **values: object) -> Cause:
    return Cause(slug, Likelihood.HIGH, actor, evidence, values=values)


def test_only_somebody_s_words_are_shown() -> None:
    told = cause(
        "timeout", Actor.YOU,
        "tls: not tls", "data: reply lost", "auth: token missing", "auth: cert expired (openssl)",
        "tls: certificate issued by O=x", "port 587: smtp, implicit_tls",
        "auth: 535 5.7.8 no", "auth: invalid_grant: Token has been revoked.",
        host="smtp.example.com",
    )  # fmt: skip
    assert said_lines(told) == ["535 5.7.8 no", "invalid_grant: Token has been revoked."]
    pasted = cause("timeout", Actor.YOU, "Connection timed out")
    assert said_lines(pasted) == ["Connection timed out"]


def test_a_message_goes_to_whom_it_concerns() -> None:
    assert addressee(cause("cert_expired", Actor.MAIL_ADMIN)) is Actor.MAIL_ADMIN
    assert addressee(cause("timeout", Actor.NETWORK_ADMIN)) is Actor.NETWORK_ADMIN
    assert addressee(cause("auth_mechanism_unsupported", automatic=True)) is Actor.MAIL_ADMIN
    assert addressee(cause("greylisted")) is Actor.MAIL_ADMIN
    assert ask_title(cause("timeout", Actor.NETWORK_ADMIN)) == "Ask your network administrator"
    assert ask_title(cause("sending_suspended", Actor.PROVIDER)) == "Ask your mail provider"
    of_case = ask_title(cause("timeout", Actor.NETWORK_ADMIN), of_case=True)
    assert of_case == "Ask the customer's network administrator"


def test_a_message_asks_a_question_where_nothing_is_known_to_be_wrong() -> None:
    assert "does its log say more" in request_text(cause("greylisted"), Face.WINDOW)


ADMIN_STEPS = [
    (slug, variant, step.text)
    for slug, kind in causes().items()
    for variant in (None, *sorted(kind.variants()))
    for step in kind.sentences(variant or "").steps
    if step.by not in (Actor.YOU,) and not step.closing
]


@pytest.mark.parametrize(("slug", "variant", "step"), ADMIN_STEPS)
def test_what_others_do_names_nothing_of_ours(slug: str, variant: str | None, step: str) -> None:
    assert not re.search(r"\{(?:do|at)_", step), f"{slug} {variant}"
    assert not re.search(r"\byour app\b|\bthis program\b.*choose", step), f"{slug} {variant}"


# Where a family or a variant is a matter for somebody else than its cause is.
FOR_SOMEBODY_ELSE = {("sending_suspended", "microsoft"), ("tls_intercepted", "impostor")}


@pytest.mark.parametrize("slug", sorted(causes()))
def test_who_has_to_act_has_something_to_do(slug: str) -> None:
    kind = causes()[slug]
    for variant in (None, *sorted(kind.variants())):
        actor = kind.actor_if.get(f"variant:{variant}", kind.actor)
        if (slug, variant) in FOR_SOMEBODY_ELSE or variant in SITUATIONS:
            continue
        told = Cause(slug, Likelihood.HIGH, actor, variant=variant)
        assert actor in cause_text(told, Face.WINDOW).actors, variant


def test_situations_have_sentences() -> None:
    variants = {name for kind in causes().values() for name in kind.variants()}
    assert set(SITUATIONS) <= variants


def test_others_steps_say_whose_they_are() -> None:
    text = cause_text(cause("cert_expired", Actor.MAIL_ADMIN), Face.WINDOW)
    assert "2. Mail administrator: Renew the certificate" in text.remedy
    assert text.actors == (Actor.YOU, Actor.MAIL_ADMIN)
    known = cause_text(cause("cert_expired", Actor.NETWORK_ADMIN), Face.WINDOW)
    assert "2. Network administrator: Find out" in known.remedy


def stopped(failure: StageFailure, *found: Cause, reply: Reply | None = None) -> Report:
    stages = tuple(
        StageResult(s, Status.FAILED, 1, reply, failure=failure)
        if s is Stage.TLS
        else StageResult(s)
        for s in STAGES
    )
    return Report(False, "Invoices", "2026-05-03T09:12:00Z", 9, stages, found)


def test_the_headline_is_the_trouble_where_one_is_likely() -> None:
    failure = StageFailure(StageError.CERT_EXPIRED)
    likely = stopped(failure, cause("cert_expired"))
    where = "Stopped at Encryption"
    assert headline(likely, Face.WINDOW, "mx") == ("The server's certificate has expired", where)
    guess = Cause("cert_expired", Likelihood.LOW, Actor.YOU)
    assert headline(stopped(failure, guess), Face.WINDOW, "mx") == (where, "")
    assert headline(stopped(failure), Face.WINDOW, "mx") == (where, "")
    assert headline(likely, Face.COMMAND_LINE) == (
        "The server's certificate has expired.",
        "Stopped at Encryption (tls).",
    )
    assert headline(stopped(failure), Face.COMMAND_LINE) == ("Stopped at Encryption (tls).", "")


def test_why_a_stage_failed_says_what_was_found() -> None:
    leaf = CertificateFacts(
        "", "CN=R11", ("mx.example",), "2026-01-01T00:00:00Z", "2026-05-03T00:00:00Z", ""
    )
    for error, words in (
        (StageError.CERT_EXPIRED, "valid until 3 May 2026; R11 issued it."),
        (StageError.CERT_HOSTNAME_MISMATCH, "It is for mx.example."),
        (StageError.HANDSHAKE_FAILED, "Encryption could not be agreed on"),
    ):
        result = StageResult(
            Stage.TLS, Status.FAILED, failure=StageFailure(error, chain=(leaf,), openssl="x")
        )
        assert words in stage_text(result, Face.WINDOW)


def test_who_else_answers_is_said_in_words() -> None:
    def text(error: StageError, peer: str | None) -> str:
        failure = StageFailure(error, peer=peer)
        return stage_text(StageResult(Stage.TLS, Status.FAILED, failure=failure), Face.WINDOW)

    assert "a web server (HTTP)" in text(StageError.NOT_TLS, "http")
    assert "STARTTLS may be meant" in text(StageError.NOT_TLS, "smtp")
    assert "something else" in text(StageError.NOT_SMTP, None)
    assert "(a web server (HTTP))" in found_text("port_other", {"port": 80, "peer": "http"})
    assert "(cert expired)" in found_text("port_tls_broken", {"tls_error": "cert_expired"})


def test_a_refusal_for_now_is_no_refusal() -> None:
    failure = StageFailure(StageError.RECIPIENT_REFUSED)
    for code, words in ((450, "for now"), (550, "refused the recipient")):
        result = StageResult(
            Stage.RCPT_TO, Status.FAILED, 1, Reply(code, None, "x"), failure=failure
        )
        assert words in stage_text(result, Face.WINDOW)


@pytest.mark.parametrize(
    ("values", "command"),
    [
        ({"host": "mx.a.test", "port": 45001, "starttls": True}, "mx.a.test:45001 -starttls smtp"),
        ({"host": "mx.a.test", "port": 45001}, "mx.a.test:45001 -showcerts"),
        ({"host": "mx.a.test", "port": 465}, "mx.a.test:465 -showcerts"),
        ({"host": "mx.a.test", "port": 587}, "mx.a.test:587 -starttls smtp"),
        ({}, "smtp.example.com:587 -starttls smtp"),
    ],
)
def test_a_look_at_the_certificate_starts_tls_as_the_server_does(
    values: dict[str, object], command: str
) -> None:
    told = Cause("cert_untrusted", Likelihood.HIGH, Actor.YOU, values=values)
    commands = [step.command for step in cause_text(told, Face.WINDOW).steps if step.command]
    assert [each for each in commands if command in each], commands
