"""The draft: what the wizard's user has typed so far, as typed, and what it amounts to.

Knows no widget and no network; secrets stay `Secret` values and enter facts as fingerprints only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from smtpwizard.model.addresses import sort_out_server
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import (
    DATE_KEYS,
    DEFAULT_PORTS,
    LOGIN_FREE_MECHANISMS,
    PASSWORD_MECHANISMS,
    TOKEN_MECHANISMS,
    Connector,
    Method,
    Security,
    ServerDefaults,
    name_key,
    read_connector,
)
from smtpwizard.model.report import Json, Problem
from smtpwizard.model.secrets import MAX_KEPT_BYTES, TextFlaw, text_flaw, typed_kinds

CUSTOM = "custom"
DefaultsFor = Callable[[str], ServerDefaults | None]


class Redirect(StrEnum):
    """What the app registration has: how the answer of a sign-in comes back."""

    WEB = "web"
    """The web redirect of the console's guide; the final address is pasted back."""
    LOOPBACK = "loopback"
    DEVICE = "device"
    APP = "app"
    """No user at all: application permission, or a service account."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The result of a check together with exactly what was checked; secrets as fingerprints."""

    inputs: object
    result: Any

    def holds_for(self, inputs: object) -> bool:
        """True while nothing the check depended on has changed."""
        return self.inputs == inputs


@dataclass(frozen=True, slots=True)
class ConnectorDraft:
    """Everything on screen, as text where the user types text.

    `base` is the connector being edited (its unknown fields and settings without a widget are
    kept); `kept_secrets` names the secrets it already has in the store (`password`,
    `client_secret`); `taken_names` are the name keys of the project's other connectors.
    """

    name: str = ""
    description: str = ""
    provider: str = "gmail"
    family: str = field(default="", compare=False)
    """Whose OAuth the provider has (google, microsoft, generic); told by its id where empty."""
    host: str = ""
    port: str = str(DEFAULT_PORTS[Security.STARTTLS])
    port_typed: bool = False
    security: Security = Security.STARTTLS
    username: str = ""
    ca_file: str = ""
    ehlo_name: str = ""
    timeout: str = ""
    allow_cleartext: bool = False
    address_family: str = ""
    method: Method = Method.OAUTH
    password: Secret | None = None
    mechanism: str = "auto"
    redirect: Redirect = Redirect.WEB
    domain: str = ""
    client_id: str = ""
    client_secret: Secret | None = None
    tenant: str = ""
    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    scopes: str = ""
    refresh_token: Secret | None = None
    base_url: str = ""
    """The project's own address where it runs on the customer's premises."""
    registered_redirect: str = ""
    """A redirect URI of the registration's own, in place of the usual one."""
    learned: Mapping[str, Any] = field(default_factory=dict)
    """What a sign-in or a client file said about the registration."""
    secret_expires: str = ""
    """The day on which the client secret ends, YYYY-MM-DD; nothing but reminders depends on it."""
    testing: bool = False
    """The app's publishing status at Google is Testing: a sign-in holds for seven days."""
    pinned_certificate: str = ""
    admin_email: str = ""
    admin_name: str = ""
    send_to: str = ""
    base: Connector | None = None
    kept_secrets: frozenset[str] = frozenset()
    taken_names: frozenset[str] = frozenset()
    verification: Fact | None = field(default=None, compare=False)
    sign_in: Fact | None = field(default=None, compare=False)

    # -- transitions: each answers a new draft -------------------------------------------------

    def with_security(self, security: Security) -> ConnectorDraft:
        """Another encryption method; the port follows unless it was typed by hand."""
        if self.port_typed:
            return replace(self, security=security)
        return replace(self, security=security, port=str(DEFAULT_PORTS[security]))

    def with_port(self, text: str) -> ConnectorDraft:
        """A port set by the user; an emptied field follows the encryption method again."""
        return replace(self, port=text, port_typed=bool(text.strip()))

    def with_server(self, text: str) -> ConnectorDraft:
        """Server as typed or pasted; a URL, `host:port` or address sorts itself into the fields."""
        pasted = sort_out_server(text)
        if pasted is None or text.strip() == pasted.host:
            return replace(self, host=text)
        draft = replace(self, host=pasted.host)
        if pasted.security is not None:
            draft = draft.with_security(Security(pasted.security))
        if pasted.port is not None:
            draft = draft.with_port(str(pasted.port))
        if pasted.username and not draft.username:
            draft = replace(draft, username=pasted.username)
        return draft

    def with_client_id(self, text: str) -> ConnectorDraft:
        """Another app registration; what is known about the one before says nothing about it."""
        if text.strip() == self.client_id.strip():
            return replace(self, client_id=text)
        return replace(
            self,
            client_id=text,
            learned={},
            registered_redirect="",
            secret_expires="",
            testing=False,
        )

    # -- what it amounts to --------------------------------------------------------------------

    def to_document(self) -> Json:
        """The JSON document of the command line's contract; values as typed, not yet judged."""
        document: Json = self.base.to_json() if self.base else {}
        document |= {
            "name": self.name,
            "description": self.description,
            "provider": self.provider,
            "send_to": self.send_to or None,
            "server": self._server(document.get("server", {})),
            "authentication": self._authentication(document.get("authentication", {})),
            "admin": _merged(
                document.get("admin", {}), email=self.admin_email, name=self.admin_name or None
            ),
        }
        return document

    def _server(self, kept: Mapping[str, Any]) -> Json:
        kept = _merged(kept, address_family=self.address_family or None)
        if self.provider != CUSTOM:
            if self.base is not None and self.base.provider == self.provider:
                return dict(kept)
            # The provider brings host, port and security; what else was set stays.
            return _merged(
                kept,
                host=None,
                port=None,
                security=None,
                # These were trusted for the other server.
                ca_file=None,
                pinned_certificate=None,
                allow_cleartext=False,
            )
        return _merged(
            kept,
            host=self.host.strip(),
            port=self.port.strip() or None,
            security=self.security.value,
            ca_file=self.ca_file or None,
            pinned_certificate=self.pinned_certificate or None,
            ehlo_name=self.ehlo_name.strip() or None,
            timeout_s=_seconds(self.timeout),
            allow_cleartext=self.allow_cleartext and self.security is Security.NONE,
        )

    def _authentication(self, kept: Mapping[str, Any]) -> Json:
        out = _merged(kept, method=self.method.value)
        if self.method is Method.NONE:
            return out | {"username": None, "mechanism": "auto"}
        out["username"] = self.username or None
        if self.secrets():
            # What was typed takes the place of what the command would fetch.
            out["secret_command"] = None
        out["mechanism"] = self._fitting_mechanism()
        if self.method is Method.OAUTH:
            out["oauth"] = self._oauth(kept.get("oauth", {}))
        return out

    def _fitting_mechanism(self) -> str:
        """The mechanism; one that was chosen for the other method has no meaning here."""
        foreign = PASSWORD_MECHANISMS if self.method is Method.OAUTH else TOKEN_MECHANISMS
        return "auto" if self.mechanism in foreign else self.mechanism

    def _oauth(self, kept: Mapping[str, Any]) -> Json:
        out = _merged(
            kept,
            client_id=self.client_id.strip() or None,
            tenant=self.tenant.strip() or None,
        )
        before = self.base.authentication.oauth if self.base else None
        if before is None or _redirect_of(before.grant, before.redirect_uri) is not self.redirect:
            out |= {"grant": self._grant(), "redirect_uri": None}
        if self.redirect in (Redirect.WEB, Redirect.LOOPBACK) and self.redirect_uri():
            out["redirect_uri"] = self.redirect_uri()
        if before is not None and before.client_id != out["client_id"]:
            for key in _ABOUT_REGISTRATION:
                out.pop(key, None)
        expires, status = DATE_KEYS
        out[expires] = self.secret_expires.strip() or None
        out[status] = "testing" if self.testing else None
        for key in DATE_KEYS:
            if out[key] is None:
                del out[key]
        out |= self.learned
        if self.provider == CUSTOM:
            out |= {
                "issuer": self.issuer.strip() or None,
                "authorization_endpoint": self.authorization_endpoint.strip() or None,
                "token_endpoint": self.token_endpoint.strip() or None,
                "scopes": self.scopes.split(),
            }
        return out

    def _grant(self) -> str:
        if self.redirect is Redirect.DEVICE:
            return "device_code"
        if self.redirect is Redirect.APP:
            return "service_account" if self._is_google() else "client_credentials"
        return "authorization_code"

    def placed(self, defaults_for: DefaultsFor) -> ConnectorDraft:
        """The draft with the family that its provider has."""
        defaults = defaults_for(self.provider)
        family = defaults.family if defaults is not None else "generic"
        return self if family == self.family else replace(self, family=family)

    def _is_google(self) -> bool:
        return self.provider.startswith("gmail") if not self.family else self.family == "google"

    def _has_tenants(self) -> bool:
        return not self._is_google() if not self.family else self.family == "microsoft"

    def judge(self, defaults_for: DefaultsFor) -> tuple[Connector | None, tuple[Problem, ...]]:
        """The connector this draft amounts to, or None with every problem in it."""
        connector, found = read_connector(self.to_document(), defaults_for)
        problems = list(found)
        if self.name.strip() and name_key(self.name.strip()) in self.taken_names:
            problems.append(Problem("name", "name_taken"))
        problems += self._missing_login()
        fetched = self.base is not None and self.base.authentication.secret_command is not None
        needs_password = self.method is Method.BASIC and self.mechanism not in LOGIN_FREE_MECHANISMS
        if needs_password and not fetched and not self.has_secret("password"):
            problems.append(Problem("authentication.password", "required"))
        if self.needs_client_secret() and not fetched and not self.has_secret("client_secret"):
            problems.append(Problem("authentication.client_secret", "required"))
        problems += self._missing_oauth()
        for kind, secret in self.secrets().items():
            flaw = text_flaw(secret)
            if flaw is TextFlaw.TOO_LONG:
                facts = {"limit": MAX_KEPT_BYTES}
                problems.append(Problem(f"authentication.{kind}", "secret_too_large", facts))
            elif flaw is not None:
                problems.append(Problem(f"authentication.{kind}", "control_characters"))
        if self.method is Method.OAUTH and self.domain and not _is_domain(self.domain):
            problems.append(Problem("project.domain", "domain_invalid"))
        return (None if problems else connector), tuple(problems)

    def _missing_login(self) -> list[Problem]:
        """What the wizard asks for beyond the contract's required fields: it ends in a test."""
        if self.method is Method.BASIC:
            if not self.username and self.mechanism not in LOGIN_FREE_MECHANISMS:
                return [Problem("authentication.username", "required")]
        elif (
            self.method is Method.OAUTH
            and not self.client_id.strip()
            and self._oauth_grant() != "service_account"
        ):
            return [Problem("authentication.oauth.client_id", "required")]
        return []

    def _oauth_grant(self) -> str:
        kept = self.base.to_json()["authentication"]["oauth"] if self.base else {}
        return str(self._oauth(kept).get("grant"))

    def needs_client_secret(self) -> bool:
        """True where the registration is confidential: web clients, app-only, Google always."""
        if self.method is not Method.OAUTH:
            return False
        kept = self.base.to_json()["authentication"]["oauth"] if self.base else {}
        if self._oauth(kept).get("public_client") is True:
            return False
        return self.redirect in (Redirect.WEB, Redirect.APP) or self._is_google()

    def _missing_oauth(self) -> list[Problem]:
        if self.method is not Method.OAUTH:
            return []
        found = []
        kept = self.base.authentication.oauth.redirect_uri if self.base else None
        addressed = self.domain.strip() or self.base_url or self.registered_redirect or kept
        if self.redirect is Redirect.WEB and not addressed:
            found.append(Problem("project.domain", "required"))
        if self.redirect is Redirect.APP and not self.username.strip():
            found.append(Problem("authentication.username", "required"))
        if self.provider == CUSTOM:
            endpoints = self.authorization_endpoint.strip() and self.token_endpoint.strip()
            if not self.issuer.strip() and not endpoints:
                found.append(Problem("authentication.oauth.issuer", "required"))
        elif (
            self.redirect is Redirect.APP
            and self._has_tenants()
            and self.tenant.strip().lower() in ("", "common", "organizations", "consumers")
        ):
            found.append(Problem("authentication.oauth.tenant", "tenant_needed"))
        return found

    def has_secret(self, kind: str) -> bool:
        """True when the secret was typed, or is kept from the connector being edited."""
        return bool(self._typed(kind)) or kind in self.kept_secrets

    def _typed(self, kind: str) -> Secret | None:
        if kind == "password":
            return self.password
        return self.refresh_token if kind == "refresh_token" else self.client_secret

    def secrets(self) -> dict[str, Secret]:
        """The secrets typed for the chosen method, by kind; kept ones are not in it.

        The refresh token of a sign-in belongs to what was on screen then, and to nothing else.
        """
        kinds = typed_kinds(self.method, self._fitting_mechanism())
        typed = {kind: self._typed(kind) for kind in kinds}
        if self.holding_sign_in() is None:
            typed.pop("refresh_token", None)
        return {kind: secret for kind, secret in typed.items() if secret}

    def sign_in_inputs(self) -> object:
        """What a sign-in depends on: registration, redirect and account; the server does not."""
        secret = self.client_secret.fingerprint() if self.client_secret else ""
        oauth = self._oauth({})
        for key in DATE_KEYS:
            oauth.pop(key, None)
        return (self.provider, self.username, secret, repr(sorted(oauth.items(), key=str)))

    def holding_sign_in(self) -> Any | None:
        """The result of the last sign-in while it still belongs to what is on screen."""
        fact = self.sign_in
        return fact.result if fact is not None and fact.holds_for(self.sign_in_inputs()) else None

    def verification_inputs(self, defaults_for: DefaultsFor) -> object | None:
        """What a verification of this draft depends on; None while the draft has problems."""
        connector, _ = self.judge(defaults_for)
        if connector is None:
            return None
        typed = {kind: secret.fingerprint() for kind, secret in self.secrets().items()}
        return (connector.inputs_digest(), tuple(sorted(typed.items())))

    def holding_verification(self, defaults_for: DefaultsFor) -> Any | None:
        """The report of the last verification while it still holds for what is on screen."""
        fact = self.verification
        inputs = self.verification_inputs(defaults_for) if fact is not None else None
        # Two unfinished drafts have nothing in common that could have been verified.
        if fact is None or inputs is None or not fact.holds_for(inputs):
            return None
        return fact.result

    def verifies_like_its_base(self, defaults_for: DefaultsFor) -> bool:
        """True while nothing that a verification depends on differs from the saved connector."""
        connector, _ = self.judge(defaults_for)
        return (
            self.base is not None
            and connector is not None
            and connector.inputs_digest() == self.base.inputs_digest()
            and not self.secrets()
        )

    def for_sign_in(self, defaults_for: DefaultsFor) -> Connector | None:
        """The connector as far as a sign-in and its login go: the last page may still be empty."""
        stand_in = replace(self, admin_email="nobody@example.invalid", admin_name="", send_to="")
        return read_connector(stand_in.to_document(), defaults_for)[0]

    def redirect_uri(self) -> str:
        """The redirect URI to register: the registration's own, else the web redirect.

        That one follows from the Smart Flows domain, or from the project's base URL; it is empty
        without either, and for a loopback redirect at any port.
        """
        scheme = "https://" if self.redirect is Redirect.WEB else "http://"
        if self.registered_redirect.startswith(scheme):
            return self.registered_redirect
        if self.redirect is not Redirect.WEB:
            return ""
        if self.base_url:
            return f"{self.base_url.rstrip('/')}/oauth2/redirect"
        domain = self.domain.strip()
        return f"https://login.{domain}/oauth2/redirect" if _is_domain(domain) else ""


def draft_from_connector(
    connector: Connector,
    *,
    kept_secrets: frozenset[str],
    taken_names: frozenset[str],
    domain: str = "",
) -> ConnectorDraft:
    """A draft showing an existing connector; its secrets stay in the store."""
    server = connector.server
    authentication = connector.authentication
    return ConnectorDraft(
        name=connector.name,
        description=connector.description,
        provider=connector.provider,
        host=server.host,
        port=str(server.port),
        port_typed=server.port != DEFAULT_PORTS[server.security],
        security=server.security,
        username=authentication.username or "",
        ca_file=server.ca_file or "",
        ehlo_name=server.ehlo_name or "",
        timeout="" if server.timeout_s is None else f"{server.timeout_s:g}",
        allow_cleartext=server.allow_cleartext,
        address_family=server.address_family or "",
        method=authentication.method,
        mechanism=authentication.mechanism,
        redirect=_redirect_of(authentication.oauth.grant, authentication.oauth.redirect_uri),
        domain=domain,
        client_id=authentication.oauth.client_id or "",
        tenant=authentication.oauth.tenant or "",
        issuer=authentication.oauth.issuer or "",
        authorization_endpoint=authentication.oauth.authorization_endpoint or "",
        token_endpoint=authentication.oauth.token_endpoint or "",
        scopes=" ".join(authentication.oauth.scopes),
        registered_redirect=_own_redirect(authentication.oauth.redirect_uri),
        secret_expires=str(authentication.oauth.extra.get(DATE_KEYS[0]) or ""),
        testing=authentication.oauth.extra.get(DATE_KEYS[1]) == "testing",
        pinned_certificate=server.pinned_certificate or "",
        admin_email=connector.admin.email,
        admin_name=connector.admin.name or "",
        send_to=connector.send_to or "",
        base=connector,
        kept_secrets=kept_secrets,
        taken_names=taken_names,
    )


def _own_redirect(uri: str | None) -> str:
    """A redirect URI that does not follow from the project's domain or address."""
    usual = uri is not None and uri.startswith("https:") and uri.endswith("/oauth2/redirect")
    return "" if uri is None or usual else uri


# What an app registration is, as far as a sign-in or a client file has told.
_ABOUT_REGISTRATION = ("client_type", "public_client", "token_auth")


def _redirect_of(grant: str, redirect_uri: str | None) -> Redirect:
    if grant == "device_code":
        return Redirect.DEVICE
    if grant in ("client_credentials", "service_account"):
        return Redirect.APP
    web = redirect_uri is not None and redirect_uri.startswith("https:")
    return Redirect.WEB if web else Redirect.LOOPBACK


def _merged(kept: Mapping[str, Any], **values: Any) -> Json:
    return {**kept, **values}


def _seconds(text: str) -> Any:
    text = text.strip()
    if not text:
        return None
    try:
        return int(text) if text.isascii() and text.isdigit() else float(text.replace(",", "."))
    except ValueError:
        return text


def _is_domain(text: str) -> bool:
    from smtpwizard.model.addresses import AddressError, parse_host

    try:
        return "." in parse_host(text.strip())
    except AddressError:
        return False
