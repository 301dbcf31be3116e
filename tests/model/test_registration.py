"""What belongs to an app registration: typed, judged, kept, and what a sign-in is bound to."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.model.connector import Connector, read_connector, registration_of
from smtpwizard.model.families import grant_for
from smtpwizard.model.registration import Family, Grant, Learned, OAuthRegistration, Redirect
from tests.model.documents import MINIMAL, changed, defaults_for

OAUTH = "authentication.oauth"
FACTS = {
    "client_type": "desktop",
    "public_client": True,
    "token_auth": "post",
    "client_secret_expires": "2027-05-31",
    "publishing_status": "testing",
}


def read(**oauth: Any) -> tuple[Connector | None, list[tuple[str, str]]]:
    source = changed(MINIMAL, {f"{OAUTH}.{key}": value for key, value in oauth.items()})
    connector, problems = read_connector(source, defaults_for)
    return connector, [(problem.field, problem.code) for problem in problems]


def made(**oauth: Any) -> Connector:
    connector, problems = read(**oauth)
    assert connector is not None, problems
    return connector


def test_facts_of_a_registration_keep_their_keys() -> None:
    connector = made(**FACTS, something_else={"kept": [1]})
    oauth = connector.authentication.oauth
    assert {key: getattr(oauth, key) for key in FACTS} == FACTS
    assert oauth.extra == {"something_else": {"kept": [1]}}
    document = connector.to_json()["authentication"]["oauth"]
    assert {key: document[key] for key in FACTS} == FACTS
    assert document["something_else"] == {"kept": [1]}
    assert read_connector(connector.to_json(), defaults_for)[0] == connector


def test_what_is_not_known_is_not_written() -> None:
    """Nor does it change the digest by which an earlier verification still holds."""
    document = made().to_json()["authentication"]["oauth"]
    assert not set(FACTS) & set(document)
    assert made(**dict.fromkeys(FACTS)).inputs_digest() == made().inputs_digest()
    assert made(public_client=False).to_json()["authentication"]["oauth"]["public_client"] is False


@pytest.mark.parametrize("key", FACTS)
@pytest.mark.parametrize("value", [7, ["x"], {"a": 1}, "never heard of"])
def test_a_fact_of_the_wrong_kind_is_a_problem(key: str, value: Any) -> None:
    _, problems = read(**{key: value})
    assert [field for field, _ in problems] == [f"{OAUTH}.{key}"]


@pytest.mark.parametrize(
    ("key", "proves"),
    [("client_type", True), ("public_client", True), ("token_auth", True),
     ("client_secret_expires", False), ("publishing_status", False)],
)  # fmt: skip
def test_dates_alone_leave_a_verification_as_it_is(key: str, proves: bool) -> None:
    noted = made(**{key: FACTS[key]})
    assert (noted.inputs_digest() != made().inputs_digest()) is proves


BINDING = {
    "cloud": "exchange_china",
    "client_id": "another",
    "tenant": "other.example",
    "issuer": "https://other.example",
    "authorization_endpoint": "https://other.example/authorize",
    "token_endpoint": "https://other.example/token",
}


@pytest.mark.parametrize("key", BINDING)
def test_a_refresh_token_is_bound_to_each_part_of_the_registration(key: str) -> None:
    assert registration_of(made(**{key: BINDING[key]})) != registration_of(made())
    other = made()._replace(provider="gmail")
    assert registration_of(other) != registration_of(made())


@pytest.mark.parametrize("facts", [{"scopes": ["x"]}, {"redirect_uri": "https://x.example"}, FACTS])
def test_a_refresh_token_outlives_what_it_was_not_given_to(facts: dict[str, Any]) -> None:
    assert registration_of(made(**facts)) == registration_of(made())


def test_what_was_learned_later_counts() -> None:
    known = Learned(client_type="web", token_auth="basic")
    later = known.updated(Learned(token_auth="post", public_client=True))
    assert later == Learned("web", True, "post")
    oauth = OAuthRegistration(client_type="desktop").with_learned(Learned(public_client=True))
    assert (oauth.client_type, oauth.public_client) == ("desktop", True)


@pytest.mark.parametrize(
    ("grant", "uri", "redirect"),
    [
        (Grant.AUTHORIZATION_CODE, None, Redirect.LOOPBACK),
        (Grant.AUTHORIZATION_CODE, "http://localhost:1/", Redirect.LOOPBACK),
        (Grant.AUTHORIZATION_CODE, "https://x.example/", Redirect.WEB),
        (Grant.AUTHORIZATION_CODE, "HTTPS://x.example/", Redirect.WEB),
        (Grant.DEVICE_CODE, "https://x.example/", Redirect.DEVICE),
        (Grant.CLIENT_CREDENTIALS, None, Redirect.APP),
        (Grant.SERVICE_ACCOUNT, None, Redirect.APP),
    ],
)
def test_how_the_answer_comes_back(grant: Grant, uri: str | None, redirect: Redirect) -> None:
    oauth = OAuthRegistration(grant=grant, redirect_uri=uri)
    assert oauth.redirect is redirect
    assert oauth.app_only == (redirect is Redirect.APP)
    for family in Family:
        assert OAuthRegistration(grant=grant_for(redirect, family)).redirect in (
            redirect,
            Redirect.LOOPBACK,  # a web redirect is told by its address
        )
