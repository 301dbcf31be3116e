"""The authorization server itself: its endpoints, and what it refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Self
from urllib.parse import urlsplit

from smtpwizard.demo.authorization.behaviour import Behaviour, Client
from smtpwizard.demo.authorization.tokens import Grant, Issued, issue, jwt_claims, subject_of
from smtpwizard.demo.authorization.web import Answer, Listener

LOOPBACK = ("localhost", "127.0.0.1", "::1")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class AuthorizationServer:
    """An authorization server for as long as its `with` block lasts.

    `context` is a server TLS context; without one it speaks http, on loopback only.
    """

    def __init__(
        self,
        clients: tuple[Client, ...] = (Client("demo-client", "demo-secret"),),
        *,
        context: ssl.SSLContext | None = None,
        behaviour: Behaviour | None = None,
        path: str = "",
    ) -> None:
        self.clients = {client.client_id: client for client in clients}
        self.behaviour = behaviour or Behaviour()
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Each token request: grant type and form, secrets blanked."""
        self.refused: list[str] = []
        """The grant types of the token requests whose code or token was no good."""
        self.token_requests = 0
        """How many there were, faults included."""
        self.on_token: Callable[[], None] = lambda: None
        """Called ahead of each token request."""
        self.metadata_fault = False
        self._state = Issued()
        self._faults = 0
        self._lock = threading.Lock()
        self._listener = Listener(self, context)
        self.port = self._listener.port
        scheme = "http" if context is None else "https"
        self.base = f"{scheme}://localhost:{self.port}{path}"
        self.issuer = self.base
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving; requests that hang are let go."""
        self._listener.stop()

    def behave(self, **changes: Any) -> None:
        """Change the behaviour from here on."""
        self.behaviour = replace(self.behaviour, **changes)

    def provider_toml(self, identifier: str, *, family: str, host: str, port: int, security: str,
                      scopes: tuple[str, ...], ca_file: str | None = None) -> str:  # fmt: skip
        """An entry for `providers.d` that points a provider at this server."""
        lines = [
            f'id = "{identifier}"',
            f'name = "{identifier}"',
            f'family = "{family}"',
            f'host = "{host}"',
            f"port = {port}",
            f'security = "{security}"',
            f'authorization_endpoint = "{self.base}/authorize"',
            f'token_endpoint = "{self.base}/token"',
            f'device_authorization_endpoint = "{self.base}/devicecode"',
            f'issuer = "{self.issuer}"',
            f"scopes = {json.dumps(list(scopes))}",
        ]
        if ca_file is not None:
            lines.append(f"ca_file = {json.dumps(ca_file)}")
        return "\n".join(lines) + "\n"

    def token_of(self, access_token: str) -> dict[str, Any] | None:
        """Introspection: the facts of an access token issued here, None for any other."""
        with self._lock:
            found = self._state.access.get(access_token)
        if found is None or found["exp"] < time.time():
            return None
        return found

    def secrets_given(self) -> list[str]:
        """Every code, token and device code that was ever given out."""
        with self._lock:
            return list(self._state.given)

    def revoke_all(self) -> None:
        """Every refresh and access token dies."""
        with self._lock:
            self._state.refresh.clear()
            self._state.access.clear()

    def revoke_access(self) -> None:
        """Every access token dies; refresh tokens live on."""
        with self._lock:
            self._state.access.clear()

    def approve_device(self, user_code: str, account: str | None = None) -> bool:
        """What a user does on the other device; False for an unknown code."""
        with self._lock:
            device = self._state.user_codes.get(user_code)
            if device is None:
                return False
            grant = self._state.devices[device]
            grant.account = account or self.behaviour.account
            grant.approved = True
            return True

    # -- the endpoints -----------------------------------------------------------------------------

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "device_authorization_endpoint": f"{self.base}/devicecode",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": (
                self.behaviour.iss_parameter
                if self.behaviour.iss_promised is None
                else self.behaviour.iss_promised
            ),
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "email", "offline_access", "smtp"],
            "userinfo_endpoint": f"{self.base}/userinfo",
            "revocation_endpoint": f"{self.base}/revoke",
        }

    def check_authorization(self, query: dict[str, str]) -> str | None:
        """Why an authorization request gets an error page instead of an answer; None if fine."""
        client = self.clients.get(query.get("client_id", ""))
        if client is None:
            return self._words("AADSTS700016", "invalid_client: the client ID is not known")
        if not _registered(query.get("redirect_uri", ""), client):
            return self._words("AADSTS50011", "redirect_uri_mismatch")
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            return "invalid_request: PKCE with S256 is required"
        return None

    def _words(self, number: str, text: str) -> str:
        return f"{number}: {text}" if self.behaviour.microsoft else text

    def answer(self, query: dict[str, str], *, allow: bool, account: str) -> dict[str, str]:
        """The parameters of the authorization response."""
        out: dict[str, str] = {}
        if self.behaviour.authorize_error is not None:
            error, description = self.behaviour.authorize_error
            out = {"error": error, "error_description": description}
        elif not allow:
            out = {"error": "access_denied", "error_description": "The user said no."}
        else:
            code = self.issue_code(query, account)
            out = {"code": code}
        if "state" in query:
            out["state"] = query["state"]
        if self.behaviour.iss_parameter:
            out["iss"] = "https://evil.example" if self.behaviour.wrong_iss else self.issuer
        return out

    def issue_code(self, query: Mapping[str, str], account: str) -> str:
        """A fresh authorization code for a request."""
        code = self._state.new_secret(24)
        asked = tuple(query.get("scope", "").split())
        with self._lock:
            self._state.codes[code] = Grant(
                query["client_id"], query["redirect_uri"], self._granted(asked), account,
                query.get("code_challenge"), query.get("nonce"),
            )  # fmt: skip
        return code

    def _granted(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        return asked if self.behaviour.scopes_granted is None else self.behaviour.scopes_granted

    def start_device(self, form: dict[str, str]) -> Answer:
        client = self.clients.get(form.get("client_id", ""))
        if client is None or not client.device_flow:
            return 400, self._error("unauthorized_client", "7000218", "device flow is off")
        device, user_code = self._state.new_secret(24), secrets.token_hex(4).upper()
        with self._lock:
            self._state.devices[device] = Grant(
                client.client_id, "", self._granted(tuple(form.get("scope", "").split())), "",
                approved=False,
            )  # fmt: skip
            self._state.user_codes[user_code] = device
        return 200, {
            "device_code": device,
            "user_code": user_code,
            "verification_uri": self.behaviour.verification_uri or f"{self.base}/device",
            "expires_in": 900,
            "interval": self.behaviour.interval,
        }

    def token(self, form: dict[str, str], basic: tuple[str, str] | None) -> Answer:
        """The token endpoint."""
        shown = {k: ("…" if k in _HIDDEN else v) for k, v in form.items()}
        if basic is not None:
            shown["authorization"] = "basic"
        self.requests.append((form.get("grant_type", ""), shown))
        grant_type = form.get("grant_type")
        if grant_type == JWT_GRANT:
            return self._service_account(form)
        identifier = basic[0] if basic else form.get("client_id", "")
        secret = basic[1] if basic else form.get("client_secret")
        client = self.clients.get(identifier)
        if client is None:
            return 401, self._error("invalid_client", "700016", "application not found")
        refused = self._check_secret(client, secret, "basic" if basic else "post")
        if refused is not None:
            return 401, refused
        with self._lock:
            if grant_type == "authorization_code":
                return self._redeem(client, form)
            if grant_type == "refresh_token":
                return self._refresh(client, form)
            if grant_type == DEVICE_GRANT:
                return self._poll(form)
            if grant_type == "client_credentials":
                scopes = tuple(form.get("scope", "").split())
                grant = Grant(client.client_id, "", scopes, client.client_id)
                return 200, self._issue(grant, refresh=False, roles=client.roles)
        return 400, {"error": "unsupported_grant_type"}

    def _check_secret(
        self, client: Client, secret: str | None, method: str
    ) -> dict[str, Any] | None:
        if client.secret is None:
            return self._error("invalid_client", "700025", _PUBLIC_TEXT) if secret else None
        if not secret:
            return self._error("invalid_client", "7000218", _CONFIDENTIAL_TEXT)
        if client.auth_method not in (None, method):
            return self._error("invalid_client", "70011", "the secret came in the wrong place")
        if not hmac.compare_digest(secret.encode(), client.secret.encode()):
            return self._error("invalid_client", "7000215", _OTHER_VALUE_TEXT)
        return None

    def _error(self, error: str, number: str, text: str) -> dict[str, Any]:
        if error == "invalid_grant":
            self.refused.append(self.requests[-1][0])
        words = f"AADSTS{number}: {text}" if self.behaviour.microsoft else text
        return {"error": error, "error_description": words}

    def _redeem(self, client: Client, form: dict[str, str]) -> Answer:
        grant = self._state.codes.get(form.get("code", ""))
        if grant is None or grant.used or grant.client_id != client.client_id:
            return 400, self._error("invalid_grant", "54005", "code already used or unknown")
        if grant.redirect_uri != form.get("redirect_uri"):
            return 400, self._error("invalid_grant", "500112", "redirect_uri differs")
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != grant.challenge:
            return 400, self._error("invalid_grant", "501481", "code verifier does not match")
        grant.used = True
        return 200, self._issue(grant, refresh=self.behaviour.refresh_token)

    def _refresh(self, client: Client, form: dict[str, str]) -> Answer:
        old = form.get("refresh_token", "")
        grant = self._state.refresh.get(old)
        if grant is None or grant.client_id != client.client_id:
            return 400, self._error("invalid_grant", "700082", "Token has been expired or revoked.")
        if self.behaviour.rotate:
            del self._state.refresh[old]
        return 200, self._issue(grant, refresh=self.behaviour.rotate)

    def _poll(self, form: dict[str, str]) -> Answer:
        grant = self._state.devices.get(form.get("device_code", ""))
        if grant is None:
            return 400, {"error": "expired_token"}
        if not grant.approved:
            return 400, {"error": "authorization_pending"}
        del self._state.devices[form["device_code"]]
        return 200, self._issue(grant, refresh=self.behaviour.refresh_token)

    def _service_account(self, form: dict[str, str]) -> Answer:
        try:
            claims = jwt_claims(form["assertion"])
            account, scopes = str(claims["sub"]), tuple(str(claims["scope"]).split())
        except (KeyError, ValueError, IndexError):
            return 400, {"error": "invalid_grant", "error_description": "bad assertion"}
        with self._lock:
            return 200, self._issue(Grant("service", "", scopes, account), refresh=False)

    def _issue(
        self, grant: Grant, *, refresh: bool, roles: tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        return issue(self._state, grant, self.behaviour, self.issuer, refresh=refresh, roles=roles)

    def userinfo(self, access_token: str) -> Answer:
        """Whose token it is (OpenID Connect Core §5.3)."""
        found = self.token_of(access_token)
        if found is None or self.behaviour.userinfo == "refused":
            return 401, {"error": "invalid_token"}
        other = self.behaviour.userinfo == "other subject"
        subject = "somebody else" if other else subject_of(found["username"])
        return 200, {"sub": subject, "email": found["username"], "email_verified": True}

    def revoke(self, form: Mapping[str, str]) -> int:
        """The end of one refresh token (RFC 7009)."""
        with self._lock:
            self._state.refresh.pop(form.get("token", ""), None)
        return 200

    def fault(self) -> str | Mapping[str, Any] | None:
        """The fault of this token request, if it is to have one."""
        self.token_requests += 1
        self.on_token()
        times = self.behaviour.fault_times
        if times is not None and self._faults >= times:
            return None
        self._faults += 1
        return self.behaviour.token_fault


_PUBLIC_TEXT = (
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."
)
_CONFIDENTIAL_TEXT = "The request body must contain 'client_assertion' or 'client_secret'."
_OTHER_VALUE_TEXT = "The client secret is wrong: its value is needed, not its ID."
_HIDDEN = ("client_secret", "code", "code_verifier", "refresh_token", "assertion", "device_code")


def _registered(redirect: str, client: Client) -> bool:
    """Exact, except that the port of a loopback address is ignored (RFC 8252 §7.3)."""
    parts = urlsplit(redirect)
    for known in client.redirect_uris:
        if redirect == known:
            return True
        wanted = urlsplit(known)
        if (
            wanted.hostname in LOOPBACK
            and wanted.hostname == parts.hostname
            and wanted.scheme == parts.scheme
            and (client.any_loopback_path or (wanted.path or "/") == (parts.path or "/"))
        ):
            return True
    return False
