"""What the page Authenticate asks for, and what an empty field for a secret means."""

from __future__ import annotations

import pytest

from smtpwizard.flow.asking import SecretState, asked_fields, offered_redirects, secret_state
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method
from smtpwizard.model.registration import Family, Redirect
from tests.flow.test_draft import connector
from tests.model.documents import FULL, MINIMAL, changed

GMAIL = ConnectorDraft(family=Family.GOOGLE)
EXCHANGE = ConnectorDraft(provider="exchange", family=Family.MICROSOFT)
OWN = ConnectorDraft(provider="custom", family=Family.GENERIC)
OAUTH = "authentication.oauth."


def short(draft: ConnectorDraft) -> set[str]:
    return {field.removeprefix(OAUTH) for field in asked_fields(draft)}


@pytest.mark.parametrize(
    ("draft", "asked"),
    [
        (GMAIL, {"project.domain", "redirect_uri", "publishing_status"}),
        (GMAIL._replace(redirect=Redirect.LOOPBACK), {"publishing_status"}),
        (GMAIL._replace(redirect=Redirect.DEVICE), set()),
        (GMAIL._replace(redirect=Redirect.APP), set()),
        (GMAIL._replace(client_secret=Secret("x")), {
            "project.domain", "redirect_uri", "publishing_status",
        }),
        (EXCHANGE, {"project.domain", "redirect_uri", "tenant"}),
        (EXCHANGE._replace(redirect=Redirect.LOOPBACK), {"redirect_uri", "tenant"}),
        (EXCHANGE._replace(redirect=Redirect.APP, client_secret=Secret("x")), {
            "tenant", "client_secret_expires",
        }),
        (EXCHANGE._replace(redirect=Redirect.APP, kept_secrets=frozenset({"client_secret"})), {
            "tenant", "client_secret_expires",
        }),
        (EXCHANGE._replace(base_url="https://mail.example.test"), {"redirect_uri", "tenant"}),
        (OWN._replace(redirect=Redirect.DEVICE), {
            "issuer", "authorization_endpoint", "token_endpoint", "scopes", "ca_file",
        }),
        (GMAIL._replace(redirect=Redirect.DEVICE, sign_in_ca_file="/ca.pem"), {"ca_file"}),
    ],
)  # fmt: skip
def test_each_provider_and_redirect_asks_for_its_own_fields(
    draft: ConnectorDraft, asked: set[str]
) -> None:
    assert short(draft) == asked


def test_device_code_is_offered_where_the_provider_has_it_or_it_is_chosen() -> None:
    assert offered_redirects(GMAIL, device_code=True) == tuple(Redirect)
    without = (Redirect.WEB, Redirect.LOOPBACK, Redirect.APP)
    assert offered_redirects(GMAIL, device_code=False) == without
    chosen = GMAIL._replace(redirect=Redirect.DEVICE)
    assert offered_redirects(chosen, device_code=False) == tuple(Redirect)


FETCHING = connector(changed(FULL, {"authentication.secret_command": ["/bin/true"]}))


@pytest.mark.parametrize(
    ("draft", "kind", "state"),
    [
        (OWN._replace(method=Method.BASIC), "password", SecretState.NEEDED),
        (OWN._replace(kept_secrets=frozenset({"password"})), "password", SecretState.KEPT),
        (OWN._replace(base=FETCHING), "password", SecretState.FETCHED),
        (OWN._replace(base=FETCHING), "client_secret", SecretState.FETCHED),
        (OWN._replace(base=connector(MINIMAL)), "password", SecretState.NEEDED),
        (GMAIL._replace(redirect=Redirect.APP), "client_secret", SecretState.KEY_FILE),
        (GMAIL._replace(redirect=Redirect.APP), "password", SecretState.NEEDED),
        (EXCHANGE, "client_secret", SecretState.NEEDED),
        (EXCHANGE._replace(redirect=Redirect.LOOPBACK), "client_secret", SecretState.OPTIONAL),
    ],
)
def test_an_empty_field_for_a_secret_says_what_is_known(
    draft: ConnectorDraft, kind: str, state: SecretState
) -> None:
    assert secret_state(draft, kind) is state
