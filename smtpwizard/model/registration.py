"""App registrations: whose OAuth it is, and how a sign-in comes back."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.addresses import AddressError, ascii_domain, parse_host, parse_port


class Family(StrEnum):
    """Whose OAuth a provider has."""

    GOOGLE = "google"
    MICROSOFT = "microsoft"
    GENERIC = "generic"


class Grant(StrEnum):
    """How tokens are obtained (RFC 6749, RFC 8628), and Google's service accounts (RFC 7523)."""

    AUTHORIZATION_CODE = "authorization_code"
    DEVICE_CODE = "device_code"
    CLIENT_CREDENTIALS = "client_credentials"
    SERVICE_ACCOUNT = "service_account"


class Redirect(StrEnum):
    """How the answer of a sign-in comes back."""

    WEB = "web"
    """To an address that is not ours, from which the user pastes it."""
    LOOPBACK = "loopback"
    """To this machine, which listens for it (RFC 8252 §7.3)."""
    DEVICE = "device"
    """Asked for while the user enters a code elsewhere (RFC 8628)."""
    APP = "app"
    """No user at all: an application permission, or a service account."""


CLIENT_TYPES = ("desktop", "web")
TOKEN_AUTH = ("basic", "post")
PUBLISHING_STATUS = ("testing", "production")
# What a registration has to know when it ends. Nothing depends on it but reminders.
REMINDERS = ("client_secret_expires", "publishing_status")


class Learned(NamedTuple):
    """What a sign-in or a client file has told about a registration; None where nothing has."""

    client_type: str | None = None
    public_client: bool | None = None
    token_auth: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What is known, by the keys of the connector's document."""
        known = {key: getattr(self, key) for key in LEARNED_KEYS}
        return {key: value for key, value in known.items() if value is not None}

    def updated(self, later: "Learned") -> "Learned":
        """This with what was learned later on top."""
        return self._replace(**later.to_json())


LEARNED_KEYS = Learned._fields
# Keys that a connector's document has only where something is known.
LEFT_OUT = (*LEARNED_KEYS, *REMINDERS)


class OAuthRegistration(NamedTuple):
    """The customer's own app registration and the endpoints it is used with.

    What stands after `ca_file` is left out of the JSON document where nothing is known.
    """

    grant: Grant = Grant.AUTHORIZATION_CODE
    client_id: str | None = None
    tenant: str | None = None
    cloud: str | None = None
    issuer: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    scopes: tuple[str, ...] = ()
    redirect_uri: str | None = None
    ca_file: str | None = None
    client_type: str | None = None
    """`desktop` or `web`, as Google's console calls it."""
    public_client: bool | None = None
    """True where the registration takes no secret."""
    token_auth: str | None = None
    """How the secret goes to the token endpoint: `basic` or `post` (RFC 6749 §2.3.1)."""
    client_secret_expires: str | None = None
    """The day on which the client secret ends, YYYY-MM-DD."""
    publishing_status: str | None = None
    """`testing` or `production`, as Google's console calls it."""
    extra: Mapping[str, Any] = MappingProxyType({})

    @property
    def redirect(self) -> Redirect:
        """How the answer of a sign-in comes back with this registration."""
        return redirect_of(self.grant, self.redirect_uri)

    @property
    def app_only(self) -> bool:
        """True where an application signs in by itself, without a user."""
        return self.redirect is Redirect.APP

    def with_learned(self, learned: "Learned") -> "OAuthRegistration":
        """The registration with what a sign-in or a client file has told about it."""
        return self._replace(**learned.to_json())


def redirect_of(grant: str, redirect_uri: str | None) -> Redirect:
    """How the answer comes back with this grant and this redirect URI."""
    if grant == Grant.DEVICE_CODE:
        return Redirect.DEVICE
    if grant in (Grant.CLIENT_CREDENTIALS, Grant.SERVICE_ACCOUNT):
        return Redirect.APP
    return Redirect.WEB if _scheme(redirect_uri) == "https" else Redirect.LOOPBACK


def web_redirect_uri(domain: str | None, base_url: str | None) -> str | None:
    """The project's web redirect: on-premises from its base URL, else from its domain.

    None without either, and for a domain that is none.
    """
    if base_url:
        return f"{base_url.rstrip('/')}/oauth2/redirect"
    name = smart_flows_domain(domain or "")
    return None if name is None else f"https://login.{name}/oauth2/redirect"


def follows_from_project(uri: str | None) -> bool:
    """True for a redirect URI that has the shape of a Smart Flows console's, wherever that is."""
    return uri is not None and uri.startswith("https:") and uri.endswith("/oauth2/redirect")


def smart_flows_domain(text: str) -> str | None:
    """The Smart Flows domain in what a person reads off the address bar, or off a registration.

    That may be the domain, its `login.` host, or any address there; a port of its own stays. None
    for what is no host name with a dot in it.
    """
    scheme, separator, rest = text.strip().partition("://")
    if separator and scheme.lower() not in ("http", "https"):
        return None
    authority = re.split(r"[/?#]", rest if separator else scheme, maxsplit=1)[0]
    name, _, port = authority.partition(":")
    try:
        host = ascii_domain(parse_host(name.lower()))
        number = parse_port(port) if port else 443
    except AddressError:
        return None
    bare = host.removeprefix("login.")
    host = bare if "." in bare else host
    if "." not in host:
        return None
    return host if number == 443 else f"{host}:{number}"


def names_one_tenant(text: str | None) -> bool:
    """True for the ID or domain of one Entra tenant; the words for several are none."""
    return (text or "").strip().lower() not in ("", "common", "organizations", "consumers")


def _scheme(uri: str | None) -> str:
    return (uri or "").partition(":")[0].lower()
