"""What there is to know about a sign-in, and its words."""

from __future__ import annotations

from typing import Any

import pytest

from smtpwizard.messages.sign_in_facts import lasting_text, permission_text, store_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.token_facts import TokenFacts
from smtpwizard.oauth.signed_in import HeldSecrets, SignedIn
from smtpwizard.oauth.tokens import TokenSet
from smtpwizard.usecases.sign_in_facts import sign_in_facts
from smtpwizard.usecases.workspace import Workspace
from tests.usecases.conftest import connector


def made(ws: Workspace, user: str | None = "mailer@example.com", **oauth: Any) -> Any:
    return connector(
        ws,
        provider="gmail",
        authentication={
            "method": "oauth", "username": user, "oauth": {"client_id": "an-id", **oauth},
        },
    )  # fmt: skip


def signed(account: str | None, *scopes: str) -> SignedIn:
    facts = TokenFacts(opaque=True, accounts=(account,) if account else (), scopes=scopes)
    return SignedIn(HeldSecrets({}), TokenSet(Secret("t")), facts)


def test_a_sign_in_that_was_just_made(ws: Workspace) -> None:
    facts = sign_in_facts(ws, made(ws), signed("mailer@example.com", "https://mail.google.com/"))
    assert (facts.user, facts.account) == ("mailer@example.com", None)
    assert facts.scopes == ("https://mail.google.com/",)
    assert (facts.idle_days, facts.testing_days) == (180, None)
    other = sign_in_facts(ws, made(ws), signed("admin@example.com"))
    assert (other.user, other.account) == ("mailer@example.com", "admin@example.com")
    assert sign_in_facts(ws, made(ws, None), signed("a@example.com")).user == "a@example.com"


def test_a_sign_in_that_is_kept(ws: Workspace) -> None:
    facts = sign_in_facts(ws, made(ws, publishing_status="testing"))
    assert "https://mail.google.com/" in facts.scopes, "what is asked for"
    assert facts.testing_days == 7
    assert "7 days" in lasting_text(facts.idle_days, facts.testing_days)
    ws.choose_secret_store("file")
    assert sign_in_facts(ws, made(ws)).store == "file"


def test_an_application_alone(ws: Workspace) -> None:
    facts = sign_in_facts(ws, made(ws, grant="service_account"))
    assert facts.by_application
    assert facts.idle_days is None
    assert "client secret" in lasting_text(None, None, by_application=True)


@pytest.mark.parametrize(
    ("scopes", "shown"),
    [
        (("openid", "email", "https://mail.google.com/"), "https://mail.google.com/"),
        (("https://outlook.office.com/SMTP.Send", "offline_access"),
         "https://outlook.office.com/SMTP.Send"),
        (("openid",), "openid"),
        ((), ""),
    ],
)  # fmt: skip
def test_what_a_sign_in_permits(scopes: tuple[str, ...], shown: str) -> None:
    assert permission_text(scopes) == ("Send by SMTP", shown)


def test_every_store_and_limit_has_words() -> None:
    for store in ("keyring", "file", "session", "unheard-of"):
        assert store_text(store)
        assert store_text(store, short=True)
    assert lasting_text(90, None).endswith("90 days without use")
    assert lasting_text(None, None) == "Until it is withdrawn"
