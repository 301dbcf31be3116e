"""What msal makes of an Entra that answers oddly, and what it is told to send."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.model.auth import Secret
from smtpwizard.net.http import HttpError
from smtpwizard.oauth.microsoft import MicrosoftClient
from smtpwizard.oauth.tokens import DeviceCode, TokenError
from tests.model.documents import json_values

DEVICE = {"device_code": "d", "user_code": "ABC", "verification_uri": "https://entra.example/go"}
TOKENS = {"access_token": "a", "refresh_token": "r", "expires_in": 3600}


@dataclass
class Session:
    """Answers every form with the same text and keeps what it was sent."""

    text: str
    sent: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    status_code: int = 200
    url: str = "https://entra.example/"
    encoding: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hooks: dict[str, list[Any]] = field(default_factory=lambda: {"response": []})

    @property
    def content(self) -> bytes:
        return self.text.encode()

    def post(self, url: str, *, data: Any, headers: Any, **_: Any) -> Session:
        self.sent.append((url, dict(data), dict(headers)))
        for hook in self.hooks["response"]:
            hook(self)
        return self


def client(session: Session) -> MicrosoftClient:
    return MicrosoftClient(
        client_id="c1ae2c30-1111-2222-3333-444444444444",
        client_secret=Secret("hunter2"),
        tenant="contoso.example",
        authorization_endpoint="https://entra.example/common/authorize",
        token_endpoint="http://127.0.0.1:9/{tenant}/token",
        device_authorization_endpoint="https://entra.example/common/devicecode",
        issuer=None,
        scopes=("https://outlook.office.com/SMTP.Send",),
        session=lambda: session,  # type: ignore[arg-type, return-value]
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "http_not_json"),
        ("nonsense", "http_not_json"),
        ("[" * 100_000, "http_not_json"),
        ("{}", "token_device_malformed"),
        ('{"error": "invalid_client"}', "token_refused"),
    ],
)
def test_an_odd_answer_to_a_device_has_one_clear_end(text: str, code: str) -> None:
    with pytest.raises((HttpError, TokenError)) as caught:
        client(Session(text)).begin_device()
    assert caught.value.code == code


@pytest.mark.parametrize("number", [-1, "soon", None, [], float("inf"), float("nan"), 1e99, {}])
@pytest.mark.parametrize("name", ["interval", "expires_in"])
def test_numbers_of_a_device_are_kept_within_bounds(name: str, number: Any) -> None:
    found = client(Session(json.dumps({**DEVICE, name: number}))).begin_device()
    assert 0 < found.interval <= 60
    assert 0 < found.expires_in <= 86_400
    assert found.user_code == DEVICE["user_code"]


@pytest.mark.parametrize(
    ("id_token", "error"),
    [
        ("e30.{}.".format(base64.urlsafe_b64encode(b'{"nonce": "other"}').decode()),
         ("token_nonce_wrong", None)),
        ("e30.e30.", ("token_nonce_wrong", None)),
        ("garbage", ("token_malformed", "id_token")),
        (7, ("token_malformed", "id_token")),
    ],
)  # fmt: skip
def test_an_id_token_of_another_sign_in_is_refused(
    id_token: Any, error: tuple[str, str | None]
) -> None:
    entra = client(Session(json.dumps({**TOKENS, "id_token": id_token})))
    request = entra.begin("http://localhost:1/", login_hint=None, state="s")
    with pytest.raises((HttpError, TokenError)) as caught:
        entra.finish(request, {"code": "c", "state": "s"})
    assert (caught.value.code, caught.value.facts.get("token")) == error


@given(
    st.dictionaries(
        st.sampled_from(
            ["error", "error_description", "error_codes", "access_token", "refresh_token", "scope",
             "expires_in", "id_token", "token_type", "client_info", "device_code", "user_code",
             "verification_uri", "interval"]
        ),
        json_values,
    )
)  # fmt: skip
def test_any_answer_is_tokens_or_one_of_our_errors(answer: dict[str, Any]) -> None:
    entra = client(Session(json.dumps(answer)))
    request = entra.begin("http://localhost:1/", login_hint=None, state="s")
    device = DeviceCode("A", "https://entra.example/go", None, 900, 5.0, (entra._client(), "d"))
    for ask in (
        lambda: entra.finish(request, {"code": "c", "state": "s"}),
        lambda: entra.refresh(Secret("old")),
        lambda: entra.poll_device(device),
        entra.app_only,
        entra.begin_device,
    ):
        with contextlib.suppress(HttpError, TokenError):
            ask()


def test_the_secret_goes_into_the_form_at_the_entry_s_own_endpoint() -> None:
    session = Session(json.dumps(TOKENS))
    renewed = client(session).refresh(Secret("old")).refresh_token
    assert renewed is not None
    assert renewed.reveal() == "r"
    [(url, form, headers)] = session.sent
    assert url == "http://127.0.0.1:9/contoso.example/token"
    assert form["client_secret"] == "hunter2"
    assert form["refresh_token"] == "old"
    scopes = "https://outlook.office.com/SMTP.Send offline_access openid profile"
    assert form["scope"] == scopes
    assert "Authorization" not in headers


def test_an_application_asks_for_what_it_was_given_and_for_no_user() -> None:
    session = Session(json.dumps(TOKENS))
    client(session).app_only()
    [(_, form, _)] = session.sent
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == "https://outlook.office365.com/.default"
