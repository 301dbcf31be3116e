"""An authorization server on loopback for demo, scenarios and tests: a real one in what it checks.

Redirect URIs, PKCE, single-use codes, rotation and client types are enforced as Google and Entra
enforce them; faults are asked for by name. Never for anything but this machine.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import html
import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit, urlunsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Client:
    """One app registration; `secret` None is a public client."""

    client_id: str
    secret: str | None
    redirect_uris: tuple[str, ...] = ("http://localhost", "http://127.0.0.1")
    device_flow: bool = True
    roles: tuple[str, ...] = ()
    """Application permissions, for client credentials."""
    auth_method: str | None = None
    """How the secret has to come: `basic`, `post`, None for either."""
    any_loopback_path: bool = False
    """Google lets a desktop client return to any path; Entra and others compare it."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server is to behave; the defaults are a good server.

    `token_fault` is one of `server_error`, `too_many_requests`, `html`, `huge`, `list`, `hang`,
    `drop`, `redirect`, or a JSON object to answer with status 400; `fault_times` how often (None:
    always). `auto` answers the authorization request without
    a page: `allow`, `deny`, or None for the page.
    """

    auto: str | None = None
    account: str = "mailer@example.com"
    accounts: tuple[str, ...] = ("mailer@example.com", "admin@example.com")
    scopes_granted: tuple[str, ...] | None = None
    """None: all that were asked for."""
    refresh_token: bool = True
    rotate: bool = True
    jwt: bool = False
    audience: str = "https://outlook.office.com"
    tenant: str = "11111111-2222-3333-4444-555555555555"
    expires_in: Any = 3600
    clock: int = 0
    """Seconds by which the server's clock is ahead of this machine's."""
    identity: str = "email"
    """`sub`: the ID token does not name the address, only the userinfo endpoint does."""
    userinfo: str = "good"
    """`refused`, or `other subject`."""
    interval: float = 1
    verification_uri: str | None = None
    iss_parameter: bool = True
    iss_promised: bool | None = None
    """What the metadata says of `iss_parameter`; None: the truth."""
    wrong_iss: bool = False
    authorize_error: tuple[str, str] | None = None
    token_fault: str | Mapping[str, Any] | None = None
    fault_times: int | None = None
    microsoft: bool = False
    """Errors with AADSTS numbers, client types told apart the way Entra does."""


@dataclass(slots=True)
class _Grant:
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    account: str
    challenge: str | None = None
    nonce: str | None = None
    used: bool = False
    approved: bool = True


@dataclass(slots=True)
class _State:
    codes: dict[str, _Grant] = field(default_factory=dict)
    refresh: dict[str, _Grant] = field(default_factory=dict)
    access: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, _Grant] = field(default_factory=dict)
    user_codes: dict[str, str] = field(default_factory=dict)


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
        self._state = _State()
        self._given: list[str] = []
        self._faults = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        # A browser that goes away in the middle of a page is no news.
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        if context is not None:
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._http.server_address[1]
        scheme = "http" if context is None else "https"
        self.base = f"{scheme}://localhost:{self.port}{path}"
        self.issuer = self.base
        self._path = path
        self._thread = threading.Thread(
            target=self._serve, name="authorization-server", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving; requests that hang are let go."""
        self._closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()  # wakes it
        self._thread.join()
        self._http.server_close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            self._http.handle_request()

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
            return list(self._given)

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
        code = self._new_secret(24)
        asked = tuple(query.get("scope", "").split())
        with self._lock:
            self._state.codes[code] = _Grant(
                query["client_id"], query["redirect_uri"], self._granted(asked), account,
                query.get("code_challenge"), query.get("nonce"),
            )  # fmt: skip
        return code

    def _new_secret(self, size: int) -> str:
        value = secrets.token_urlsafe(size)
        self._given.append(value)
        return value

    def _granted(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        return asked if self.behaviour.scopes_granted is None else self.behaviour.scopes_granted

    def start_device(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        client = self.clients.get(form.get("client_id", ""))
        if client is None or not client.device_flow:
            return 400, self._error("unauthorized_client", "7000218", "device flow is off")
        device, user_code = self._new_secret(24), secrets.token_hex(4).upper()
        with self._lock:
            self._state.devices[device] = _Grant(
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

    def token(
        self, form: dict[str, str], basic: tuple[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
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
                grant = _Grant(client.client_id, "", scopes, client.client_id)
                return 200, self._issue(grant, refresh=False, roles=client.roles, app=True)
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

    def _redeem(self, client: Client, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
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

    def _refresh(self, client: Client, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        old = form.get("refresh_token", "")
        grant = self._state.refresh.get(old)
        if grant is None or grant.client_id != client.client_id:
            return 400, self._error("invalid_grant", "700082", "Token has been expired or revoked.")
        if self.behaviour.rotate:
            del self._state.refresh[old]
        return 200, self._issue(grant, refresh=self.behaviour.rotate)

    def _poll(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        grant = self._state.devices.get(form.get("device_code", ""))
        if grant is None:
            return 400, {"error": "expired_token"}
        if not grant.approved:
            return 400, {"error": "authorization_pending"}
        del self._state.devices[form["device_code"]]
        return 200, self._issue(grant, refresh=self.behaviour.refresh_token)

    def _service_account(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        try:
            claims = _jwt_claims(form["assertion"])
            account, scopes = str(claims["sub"]), tuple(str(claims["scope"]).split())
        except (KeyError, ValueError, IndexError):
            return 400, {"error": "invalid_grant", "error_description": "bad assertion"}
        with self._lock:
            return 200, self._issue(_Grant("service", "", scopes, account), refresh=False)

    def _issue(
        self, grant: _Grant, *, refresh: bool, roles: tuple[str, ...] = (), app: bool = False
    ) -> dict[str, Any]:
        now = int(time.time()) + self.behaviour.clock
        facts: dict[str, Any] = {
            "sub": grant.account,
            "username": grant.account,
            "scope": " ".join(grant.scopes),
            "exp": time.time() + 3600,
            "active": True,
        }
        token = self._new_secret(48)
        if self.behaviour.jwt:
            claims: dict[str, Any] = {
                "aud": self.behaviour.audience,
                "iss": self.issuer,
                "tid": self.behaviour.tenant,
                "iat": now,
                "exp": now + 3600,
                "jti": secrets.token_hex(8),
            }
            if app:
                claims |= {"roles": list(roles), "idtyp": "app"}
            else:
                short = (s.rpartition("/")[2] if "/SMTP." in s else s for s in grant.scopes)
                claims |= {"scp": " ".join(short), "upn": grant.account}
            token = _unsigned_jwt(claims)
            self._given.append(token)
        self._state.access[token] = facts
        out: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.behaviour.expires_in,
            "scope": facts["scope"],
        }
        if refresh:
            new = self._new_secret(48)
            self._state.refresh[new] = grant
            out["refresh_token"] = new
        if not app:
            identity: dict[str, Any] = {
                "iss": self.issuer,
                "aud": grant.client_id,
                "sub": _subject(grant.account),
                "iat": now,
                "exp": now + 3600,
            }
            if self.behaviour.identity == "email":
                identity |= {"email": grant.account, "preferred_username": grant.account}
            if grant.nonce:
                identity["nonce"] = grant.nonce
            if "openid" in grant.scopes:
                out["id_token"] = _unsigned_jwt(identity)
        return out

    def userinfo(self, access_token: str) -> tuple[int, dict[str, Any]]:
        """Whose token it is (OpenID Connect Core §5.3)."""
        found = self.token_of(access_token)
        if found is None or self.behaviour.userinfo == "refused":
            return 401, {"error": "invalid_token"}
        other = self.behaviour.userinfo == "other subject"
        subject = "somebody else" if other else _subject(found["username"])
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

    def wait_for_closing(self) -> None:
        """Hang until the server stops."""
        self._closing.wait(60)


_PUBLIC_TEXT = (
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."
)
_CONFIDENTIAL_TEXT = "The request body must contain 'client_assertion' or 'client_secret'."
_OTHER_VALUE_TEXT = "The client secret is wrong: its value is needed, not its ID."
_HIDDEN = ("client_secret", "code", "code_verifier", "refresh_token", "assertion", "device_code")


def _subject(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()[:16]


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


def _unsigned_jwt(claims: Mapping[str, Any]) -> str:
    def encoded(document: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return (
        f"{encoded({'alg': 'RS256', 'typ': 'JWT'})}.{encoded(claims)}.{secrets.token_urlsafe(16)}"
    )


def _jwt_claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("not an object")
    return claims


def _handler(server: AuthorizationServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            return

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path
            if ".well-known/" in path:
                self._json(500 if server.metadata_fault else 200, server.metadata())
            elif path.endswith("/userinfo"):
                bearer = self.headers.get("Authorization", "").partition(" ")[2]
                self._json(*server.userinfo(bearer))
            elif path.endswith("/authorize"):
                self._authorize(_first(parts.query))
            elif path.endswith("/device"):
                self._html(200, _DEVICE_PAGE)
            else:
                self._html(404, "Not found")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = _first(self.rfile.read(min(length, 100_000)).decode("utf-8", "replace"))
            path = urlsplit(self.path).path
            if path.endswith("/token"):
                self._token(form)
            elif path.endswith("/devicecode"):
                self._json(*server.start_device(form))
            elif path.endswith("/decide"):
                self._decide(form)
            elif path.endswith("/device"):
                known = server.approve_device(form.get("user_code", ""), form.get("account"))
                self._html(200 if known else 400, "Done" if known else "Unknown code")
            elif path.endswith("/revoke"):
                self._send(server.revoke(form), "text/plain", b"")
            elif path.endswith("/introspect"):
                self._json(200, server.token_of(form.get("token", "")) or {"active": False})
            else:
                self._html(404, "Not found")

        def _authorize(self, query: dict[str, str]) -> None:
            wrong = server.check_authorization(query)
            if wrong is not None:
                # As the providers do: an error page, and no answer ever comes back.
                self._html(400, html.escape(wrong))
            elif server.behaviour.auto is not None:
                allow = server.behaviour.auto == "allow"
                self._send_back(query, server.answer(query, allow=allow,
                                                     account=server.behaviour.account))  # fmt: skip
            else:
                self._html(200, _consent_page(server, query))

        def _decide(self, form: dict[str, str]) -> None:
            query = _first(form.get("request", ""))
            if server.check_authorization(query) is not None:
                self._html(400, "Bad request")
                return
            allow = form.get("decision") == "allow"
            account = form.get("account") or server.behaviour.account
            self._send_back(query, server.answer(query, allow=allow, account=account))

        def _send_back(self, query: dict[str, str], answer: dict[str, str]) -> None:
            target = query["redirect_uri"]
            if query.get("response_mode") == "form_post":
                fields = "".join(
                    f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">'
                    for k, v in answer.items()
                )
                self._html(
                    200,
                    f'<form method="post" action="{html.escape(target)}">{fields}'
                    "<noscript><button>Continue</button></noscript></form>"
                    "<script>document.forms[0].submit()</script>",
                )
                return
            parts = urlsplit(target)
            location = urlunsplit(
                (parts.scheme, parts.netloc, parts.path or "/", urlencode(answer), "")
            )
            self.send_response(302)
            self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _token(self, form: dict[str, str]) -> None:
            fault = server.fault()
            if isinstance(fault, Mapping):
                self._json(400, fault)
            elif fault in ("hang", "drop"):
                if fault == "hang":
                    server.wait_for_closing()
                self.close_connection = True
            elif fault == "list":
                self._send(200, "application/json", b"[1, 2]")
            elif fault == "html":
                self._html(200, "<h1>Proxy login</h1>")
            elif fault == "server_error":
                self._json(500, {"error": "server_error"})
            elif fault == "too_many_requests":
                self._json(429, {"error": "too_many_requests"})
            elif fault == "huge":
                self._json(200, {"access_token": "x" * 5_000_000})
            elif fault == "redirect":
                self.send_response(302)
                self.send_header("Location", f"{server.base}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._json(*server.token(form, self._basic()))

        def _basic(self) -> tuple[str, str] | None:
            kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
            if kind.lower() != "basic":
                return None
            try:
                user, _, password = base64.b64decode(encoded).decode().partition(":")
            except ValueError:
                return None
            return unquote_plus(user), unquote_plus(password)

        def _json(self, status: int, document: Mapping[str, Any]) -> None:
            self._send(status, "application/json", json.dumps(document).encode())

        def _html(self, status: int, body: str) -> None:
            page = (
                '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
                f"<title>Demo sign-in</title></head><body>{body}</body></html>"
            )
            self._send(status, "text/html; charset=utf-8", page.encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

    return Handler


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


_DEVICE_PAGE = (
    "<h1>Demo sign-in</h1><form method=post><label>Code <input name=user_code></label> "
    "<label>Account <input name=account></label> <button>Allow</button></form>"
)


def _consent_page(server: AuthorizationServer, query: dict[str, str]) -> str:
    hinted = query.get("login_hint")
    options = "".join(
        f'<label><input type="radio" name="account" value="{html.escape(account)}"'
        f"{' checked' if account == (hinted or server.behaviour.account) else ''}> "
        f"{html.escape(account)}</label><br>"
        for account in server.behaviour.accounts
    )
    scopes = "".join(f"<li>{html.escape(s)}</li>" for s in query.get("scope", "").split())
    request = html.escape(urlencode(query))
    return (
        f'<h1>Demo sign-in</h1><form method="post" action="{html.escape(server.base)}/decide">'
        f"{options}<p>The application asks for:</p><ul>{scopes}</ul>"
        f'<input type="hidden" name="request" value="{request}">'
        '<button id="allow" name="decision" value="allow">Allow</button> '
        '<button id="deny" name="decision" value="deny">Deny</button></form>'
    )
