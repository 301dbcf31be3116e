"""What an answer changes, and what differs between two sides, as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from smtpwizard.cases.answer import CHANGEABLE
from smtpwizard.cases.compare import PARTS as ORDER
from smtpwizard.cases.compare import Side, differences, same_run, side_of
from smtpwizard.messages.answers import asks_again_text, change_line, setting_text, weaker_text
from smtpwizard.messages.causes import cause_json, cause_text
from smtpwizard.messages.comparing import (
    PARTS,
    difference_text,
    meaning_text,
    part_title,
    side_text,
    what_text,
)
from smtpwizard.messages.errors import ERRORS
from smtpwizard.messages.face import Face, field_label
from smtpwizard.messages.peers import PEERS
from smtpwizard.model.connector import ADDRESS_FAMILIES, Method, Security, read_connector
from smtpwizard.model.registration import (
    CLIENT_TYPES,
    LEFT_OUT,
    PUBLISHING_STATUS,
    TOKEN_AUTH,
    Grant,
)
from smtpwizard.model.report import Actor, Cause, Likelihood, Status
from smtpwizard.model.stage_facts import StageError
from smtpwizard.resources import packaged_names
from tests.cases.reports import report

SLUGS = sorted(name.removesuffix(".toml") for name in packaged_names("causes", ".toml"))


@pytest.mark.parametrize("field", CHANGEABLE)
def test_every_field_that_an_answer_may_change_has_a_label(field: str) -> None:
    assert "." not in field_label(field)
    assert field_label(field)[:1].isupper()


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("server.port", None, "nothing"),
        ("server.ehlo_name", "", "nothing"),
        ("authentication.oauth.scopes", [], "nothing"),
        ("authentication.oauth.scopes", ["a", "b\x1b"], "a, b\\x1b"),
        ("server.allow_cleartext", True, "yes"),
        ("server.allow_cleartext", False, "no"),
        ("server.timeout_s", 2.5, "2.5"),
        ("server.security", "none", "none"),
        ("server.host", "m\u0430il.test", "m\u0430il.test (xn--mil-6cd.test)"),
        ("send_to", "a@b\u00fccher.test", "a@b\u00fccher.test (xn--bcher-kva.test)"),
        ("send_to", "a@b\u00fc\u200bcher.test", "a@b\u00fc\u200bcher.test"),
        ("admin.name", "M\u00fcller", "M\u00fcller"),
        ("server.pinned_certificate", "sha256:ab", "sha256:ab"),
    ],
)
def test_values(field: str, value: Any, text: str) -> None:
    assert setting_text(field, value, Face.COMMAND_LINE) == text


def test_the_window_s_words() -> None:
    line = change_line("server.security", "starttls", "none", Face.WINDOW)
    assert line == "Encryption method: STARTTLS → None"
    pin = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    line = change_line("server.pinned_certificate", None, pin, Face.WINDOW)
    assert line.startswith("the pinned certificate: nothing → sha256:709e80c8")


def test_every_field_says_what_it_does_not_protect_any_more() -> None:
    assert all(weaker_text(field) for field in CHANGEABLE)
    assert weaker_text("server.host") != weaker_text("server.port")
    assert asks_again_text()


# --- what differs between two sides


@pytest.mark.parametrize(
    ("part", "what", "text"),
    [
        ("settings", "server.port", "Port"),
        ("settings", "later\x1b", "later\\x1b"),
        ("causes", "bad_credentials", "User name or password was not accepted"),
        ("causes", "later\x1b", "later\\x1b"),
        ("causes", "order", "in which order"),
        ("stages", "auth", "Sign in"),
        ("stages", "auth.error", "Sign in: why not"),
        ("replies", "data", "Send the message"),
        ("tls", "certificate.issuer", "issued by"),
        ("capabilities", "SMTPUTF8\x1b", "SMTPUTF8\\x1b"),
    ],
)
def test_what_a_difference_is_about(part: str, what: str, text: str) -> None:
    assert what_text(part, what, Face.WINDOW) == text


def test_the_command_line_names_stages_and_fields_as_its_documents_do() -> None:
    assert what_text("settings", "server.port", Face.COMMAND_LINE) == "server.port"
    assert what_text("stages", "auth.error", Face.COMMAND_LINE) == "Sign in (auth): why not"


@pytest.mark.parametrize(
    ("part", "value", "text"),
    [
        ("stages", None, "–"),
        ("stages", [], "–"),
        ("capabilities", True, "yes"),
        ("capabilities", 1000, "1000"),
        ("settings", "a\x1b", "a\\x1b"),
        ("stages", "not_reached", "not reached"),
        ("stages", ["IPv4", "IPv6"], "IPv4, IPv6"),
        ("causes", "high", "most likely"),
        ("causes", ["bad_credentials", "later"], "User name or password was not accepted, later"),
        ("tls", "not_yet_valid", "not valid yet"),
        ("tls", "TLSv1.3", "TLSv1.3"),
        ("replies", "535 \x1b[2J", "535 \\x1b[2J"),
    ],
)
def test_what_a_side_has(part: str, value: Any, text: str) -> None:
    assert side_text(part, "x", value, Face.COMMAND_LINE) == text


# What nobody but a program reads: a word with an underscore in it.
BARE = re.compile(r"\b[a-z0-9]+_[a-z0-9_]+\b")
FACES = list(Face)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("what", ["error", "why"])
@pytest.mark.parametrize("error", list(StageError))
def test_why_a_stage_ended_is_words(error: StageError, what: str, face: Face) -> None:
    text = side_text("stages", f"tls.{what}", error.value, face)
    assert not BARE.search(text)
    assert "…" not in text
    assert text != error.value


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "problem", sorted(code for code in ERRORS if code.startswith(("token_", "http_")))
)
def test_why_there_is_no_token_is_words(problem: str, face: Face) -> None:
    text = side_text("stages", "auth.token", problem, face)
    assert " " in text
    assert not BARE.search(text)
    assert "…" not in text


@pytest.mark.parametrize(
    ("what", "value", "text"),
    [
        ("greeting.error", "not_smtp", "No mail server answers on this port"),
        ("connect.error", "refused", "The server refuses connections on this port"),
        ("connect.error", "failed", "The connection failed"),
        ("tls.error", "handshake_failed", "Encryption could not be agreed on"),
        ("greeting.peer", "http", "a web server (HTTP)"),
        ("greeting.peer", "later_one", "later one"),
        ("tls.alert", "access_denied", "access denied"),
        ("auth.error", "of_later\x1b", "of later\\x1b"),
        ("auth.mechanism", "XOAUTH2", "XOAUTH2"),
    ],
)
def test_how_a_stage_went_otherwise(what: str, value: str, text: str) -> None:
    assert side_text("stages", what, value, Face.WINDOW) == text


@pytest.mark.parametrize("peer", [*PEERS])
def test_who_answered_is_words(peer: str) -> None:
    assert side_text("stages", "greeting.peer", peer, Face.WINDOW) == PEERS[peer]


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("stages", [each.value for each in Status]),
        ("causes", [each.value for each in Likelihood]),
        ("causes", [[slug] for slug in SLUGS]),
        ("causes", [["of_later"]]),
        ("tls", ["matches", "other", "valid", "expired", "not_yet_valid"]),
    ],
)
def test_no_other_value_is_a_bare_identifier(part: str, values: list[Any]) -> None:
    for value in values:
        assert not BARE.search(side_text(part, "x", value, Face.WINDOW)), value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("server.security", list(Security)),
        ("server.address_family", ADDRESS_FAMILIES),
        ("authentication.method", list(Method)),
        ("authentication.oauth.grant", list(Grant)),
        ("authentication.oauth.client_type", CLIENT_TYPES),
        ("authentication.oauth.token_auth", TOKEN_AUTH),
        ("authentication.oauth.publishing_status", PUBLISHING_STATUS),
    ],
)
def test_a_setting_s_choices_are_words_in_the_window(field: str, values: Sequence[str]) -> None:
    for value in values:
        assert not BARE.search(side_text("settings", field, str(value), Face.WINDOW)), value
    assert side_text("settings", field, str(values[0]), Face.COMMAND_LINE) == str(values[0])


def test_what_a_setting_is_called_in_the_window_is_words() -> None:
    server = {"host": "a.test", "port": 25}
    oauth = {"client_id": "c", **dict.fromkeys(LEFT_OUT)}
    document = {"name": "x", "provider": "custom", "server": server}
    document |= {"authentication": {"method": "oauth", "username": "u@a.test", "oauth": oauth}}
    document["admin"] = {"email": "a@a.test", "name": "n"}
    connector, problems = read_connector(document, lambda _provider: None)
    assert connector is not None, problems
    every = {f"authentication.oauth.{key}" for key in LEFT_OUT}
    every |= set(leaf_names(connector.to_json()))
    for field in sorted(every):
        name = what_text("settings", field, Face.WINDOW)
        assert not re.search(r"[a-z][._][a-z]", name), field


def leaf_names(value: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from leaf_names(inner, f"{path}{key}.")
        else:
            yield f"{path}{key}"


def test_a_meaning_names_settings_in_words() -> None:
    found = [("settings", "authentication.secret_command")]
    text = meaning_text("settings_only", found, "A", "B")
    assert "the command that gives the secret" in text


@pytest.mark.parametrize("slug", SLUGS)
def test_a_cause_is_called_by_its_title(slug: str) -> None:
    assert not BARE.search(what_text("causes", slug, Face.WINDOW))


STRIPPED = Cause(
    "proxy_error", Likelihood.HIGH, Actor.NETWORK_ADMIN, variant="stripped", values={"port": 587}
)
REACHED = STRIPPED._replace(variant="unreachable", likelihood=Likelihood.LOW)


@pytest.mark.parametrize("face", FACES)
def test_a_cause_is_called_as_its_card_calls_it(face: Face) -> None:
    """By what exactly failed: the title of its kind may say the contrary."""
    one, other = (report()._replace(ok=False, causes=(each,)) for each in (STRIPPED, REACHED))
    card = cause_text(STRIPPED, face).title
    assert card == "Something on this network hides the encryption"
    assert card != what_text("causes", "proxy_error", face)
    good = report()
    (found,) = differences(side_of(None, one), side_of(None, good))
    assert difference_text(face, *found) == (card, "most likely", "–")
    (found,) = differences(side_of(None, good), side_of(None, one))
    assert difference_text(face, *found)[0] == card
    more = REACHED._replace(cause="tls_intercepted", variant=None)
    recorded = side_of({}, one)
    replayed = side_of({}, other._replace(causes=(more, REACHED)))
    (found,) = same_run(recorded, replayed)
    assert difference_text(face, *found)[1:] == (
        card,
        f"{cause_text(more, face).title}, {cause_text(REACHED, face).title}",
    )


def test_a_document_s_title_is_kept_and_shown_as_foreign_text() -> None:
    cause = cause_json(STRIPPED)
    document = report().to_json() | {"causes": [cause]}
    (found,) = differences(Side(None, document), Side(None, report().to_json()))
    assert difference_text(Face.WINDOW, *found)[0] == cause["title"]
    named = {"of_later": "Its\x1b title"}
    assert what_text("causes", "of_later", Face.WINDOW, named) == "Its\\x1b title"
    later = {"of_later": STRIPPED._replace(cause="of_later")}
    assert what_text("causes", "of_later", Face.WINDOW, later) == "of later"


def test_every_part_has_a_heading() -> None:
    assert set(PARTS) == set(ORDER)
    assert len({part_title(part) for part in ORDER}) == len(ORDER)
