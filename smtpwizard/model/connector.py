"""The connector: a saved, named configuration that lets an application submit mail.

`read_connector` is the one set of rules for every way in (wizard, command line, files); it never
raises and never repairs what it refuses.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from smtpwizard.model.addresses import (
    AddressError,
    address_inside,
    check_ehlo_name,
    has_controls,
    is_address,
    is_loopback,
    parse_address,
    parse_host,
    parse_port,
)
from smtpwizard.model.odd_characters import odd_characters
from smtpwizard.model.problem import Json, Problem
from smtpwizard.model.registration import (
    CLIENT_TYPES,
    LEFT_OUT,
    PUBLISHING_STATUS,
    REMINDERS,
    TOKEN_AUTH,
    Family,
    Grant,
    OAuthRegistration,
)
from smtpwizard.model.similar import similar

SCHEMA = 1
CUSTOM = "custom"
"""The provider of a server that no catalogue knows."""
MAX_NAME = 1000
MAX_TEXT = 10_000
MAX_PEM = 100_000


class Security(StrEnum):
    """How the connection is protected: RFC 8314, RFC 3207, or not at all."""

    STARTTLS = "starttls"
    IMPLICIT_TLS = "implicit_tls"
    NONE = "none"


SECURITIES = tuple(security.value for security in Security)

DEFAULT_PORTS: Mapping[Security, int] = {
    Security.NONE: 25,
    Security.STARTTLS: 587,
    Security.IMPLICIT_TLS: 465,
}


def port_is_for(port: int, chosen: Security) -> Security | None:
    """The method that a port belongs to where it is not the chosen one (RFC 8314 §3.3, RFC 6409);
    None where the two go together, and for ports of a network's own."""
    implicit = chosen is Security.IMPLICIT_TLS
    if port == 465 and not implicit:
        return Security.IMPLICIT_TLS
    return Security.STARTTLS if port in (25, 587) and implicit else None


class Method(StrEnum):
    """The user's choice of authentication; the SASL mechanism follows from it."""

    OAUTH = "oauth"
    BASIC = "basic"
    NONE = "none"


_METHODS = tuple(method.value for method in Method)
_GRANTS = tuple(grant.value for grant in Grant)

PASSWORD_MECHANISMS = (
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-1",
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "NTLM",
    "GSSAPI",
)
ADDRESS_FAMILIES = ("ipv4", "ipv6")

TOKEN_MECHANISMS = ("OAUTHBEARER", "XOAUTH2")
MECHANISMS = (*PASSWORD_MECHANISMS, *TOKEN_MECHANISMS, "EXTERNAL")
# These prove who is there without a login name or a password of ours.
LOGIN_FREE_MECHANISMS = ("EXTERNAL", "GSSAPI")

# The keys of the stored file that are ours and no part of the connector.
RESERVED_KEYS = ("stored", "default")

# Unknown keys are kept, but not these: a secret written into a connector by hand would stay on
# the disk in the clear. Compared without case, `_` and `-`.
SECRET_KEYS = frozenset(
    (
        "password", "passwd", "pwd", "passphrase", "secret", "clientsecret", "accesstoken",
        "refreshtoken", "idtoken", "privatekey", "apikey",
    )
)  # fmt: skip


class Server(NamedTuple):
    """The submission server and how to reach it; `timeout_s` bounds each stage, in seconds."""

    host: str
    port: int
    security: Security
    ehlo_name: str | None = None
    timeout_s: float | None = None
    proxy: str | None = None
    ca_file: str | None = None
    pinned_certificate: str | None = None
    client_certificate: str | None = None
    allow_cleartext: bool = False
    address_family: str | None = None
    """`ipv4` or `ipv6`: used alone where the server has an address of it."""
    extra: Mapping[str, Any] = MappingProxyType({})

    @property
    def follows_project(self) -> bool:
        """True where it is trusted as its project says: what a connector says itself decides."""
        encrypted = self.security is not Security.NONE
        return encrypted and self.own_trust is None

    @property
    def own_trust(self) -> str | None:
        """What of its own decides whom it trusts: `pin`, `ca_file`, or None."""
        if self.pinned_certificate:
            return "pin"
        return "ca_file" if self.ca_file else None


class Authentication(NamedTuple):
    """Method, login and mechanism; `secret_command` is an argument list, run without a shell."""

    method: Method
    username: str | None = None
    mechanism: str = "auto"
    secret_command: tuple[str, ...] | None = None
    oauth: OAuthRegistration = OAuthRegistration()
    extra: Mapping[str, Any] = MappingProxyType({})


class Admin(NamedTuple):
    """The administrator named on the last page."""

    email: str
    name: str | None = None
    extra: Mapping[str, Any] = MappingProxyType({})


class Sender(NamedTuple):
    """The From of test emails where it differs from the login, and where answers go."""

    address: str | None = None
    name: str | None = None
    reply_to: str | None = None
    extra: Mapping[str, Any] = MappingProxyType({})


def subject_of_test(connector: str) -> str:
    """The subject of a connector's test email."""
    return f"Test email from the connector {connector}"


class Connector(NamedTuple):
    """One connector; unknown JSON keys travel in `extra` at every level."""

    name: str
    provider: str
    server: Server
    authentication: Authentication
    admin: Admin
    description: str = ""
    send_to: str | None = None
    sender: Sender = Sender()
    schema: int = SCHEMA
    extra: Mapping[str, Any] = MappingProxyType({})

    def name_key(self) -> str:
        """What makes the name unique in its project: NFC, case-folded."""
        return name_key(self.name)

    def sender_address(self) -> str:
        """From and MAIL FROM of the test email: sender, else a login that is an address, else the
        administrator."""
        if self.sender.address:
            return self.sender.address
        username = self.authentication.username
        if self.authentication.method is not Method.NONE and username and is_address(username):
            return username
        return self.admin.email

    def sends_as_itself(self) -> bool:
        """Whether the sender of the test email is the login's own address."""
        login = self.authentication.username
        return login is not None and login.casefold() == self.sender_address().casefold()

    def test_recipient(self) -> str:
        """To of the test email where the call names none."""
        return self.send_to or self.admin.email

    def to_json(self) -> Json:
        """The document of the command line's contract, without `default`."""
        out = _to_json(self)
        ordered: Json = {
            "schema": self.schema,
            "name": self.name,
            "description": self.description,
            "type": "smtp",
        }
        ordered.update(out)
        return ordered

    def inputs_digest(self) -> str:
        """A digest of what a verification depends on (all but names, description, dates)."""
        import hashlib  # noqa: PLC0415 - OpenSSL, which the window starts without

        document = self.to_json()
        for key in ("schema", "name", "description", "type"):
            document.pop(key, None)
        document["admin"].pop("name", None)
        if document["sender"].get("reply_to") is None:
            # Connectors were verified before there was such a field.
            document["sender"].pop("reply_to", None)
        for key in REMINDERS:
            document["authentication"]["oauth"].pop(key, None)
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


class ServerDefaults(NamedTuple):
    """What a known provider brings: host, port, security, whose OAuth it has, and the authorities
    to trust for its servers besides the system's."""

    host: str
    port: int
    security: Security
    family: Family | None = None
    ca_file: str | None = None


def unknown_fields(connector: Connector) -> Mapping[str, tuple[str, ...]]:
    """The fields of its document that nobody knows, each with those that it may stand for."""
    found = {}
    for prefix, part, keys in (
        ("", connector, _CONNECTOR_KEYS),
        ("server.", connector.server, _SERVER_KEYS),
        ("authentication.", connector.authentication, _AUTHENTICATION_KEYS),
        ("authentication.oauth.", connector.authentication.oauth, _OAUTH_KEYS),
        ("admin.", connector.admin, _ADMIN_KEYS),
        ("sender.", connector.sender, _SENDER_KEYS),
    ):
        for key in part.extra:
            found[prefix + key] = tuple(prefix + name for name in similar(key, sorted(keys)))
    return found


def registration_of(connector: Connector) -> tuple[str | None, ...]:
    """What a refresh token is bound to: the app registration and the authorization server."""
    oauth = connector.authentication.oauth
    return (
        connector.provider, oauth.cloud, oauth.client_id, oauth.tenant, oauth.issuer,
        oauth.authorization_endpoint, oauth.token_endpoint,
    )  # fmt: skip


def name_key(name: str) -> str:
    """NFC, case-folded, NFC again: two names with one key are one name."""
    if name.isascii():  # of thousands, most: NFC leaves it alone
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


_DIGITS = re.compile("[0-9]+")


def name_order(name: str) -> str:
    """What every list of names is sorted by: whatever their case, and digits as the number that
    they are. “Branch 2” comes before “Branch 10”.
    """
    key = name_key(name)
    order = _DIGITS.sub(_counted, key)
    # Of the same number in more digits than it needs the key decides.
    return f"{order}\0{key}" if "0" in key else order


def _counted(match: re.Match[str]) -> str:
    """Digits behind their count, so that of two texts the longer number is the greater one."""
    digits = match[0].lstrip("0")
    count = len(digits)
    return f"{'9' * (count // 9)}{count % 9}{digits}"


def _to_json(value: Any) -> Any:
    """Of thousands of connectors a digest is made from this: what is plain is only looked at."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind in _PARTS:
        out = {
            key: item if type(item) in _PLAIN else _to_json(item)
            for key, item in zip(kind._fields, value, strict=True)
            if item is not None or key not in LEFT_OUT
        }
        out.pop("extra")
        return out | dict(value.extra)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    return value


_PLAIN = frozenset((str, int, float, bool, type(None)))
_PARTS = frozenset((Server, Authentication, Admin, Sender, OAuthRegistration, Connector))


def _keys_of(kind: type[NamedTuple]) -> frozenset[str]:
    return frozenset(kind._fields) - {"extra"}


class _Reader:
    """Takes one JSON object apart, collecting problems under dotted paths.

    Ten thousand connectors are read for one list: nothing here is done for a key that is absent,
    or for a text of plain characters, beyond a look at it.
    """

    __slots__ = ("known", "path", "problems", "source")

    def __init__(
        self, source: Any, path: str, known: frozenset[str], problems: list[Problem]
    ) -> None:
        self.path = path
        self.known = known
        self.problems = problems
        self.source: Mapping[str, Any] = {}
        if isinstance(source, dict):
            self.source = source
        elif source is not None:
            problems.append(Problem(path or "connector", "not_an_object"))

    def problem(self, key: str, code: str, **facts: Any) -> None:
        self.problems.append(Problem(f"{self.path}.{key}" if self.path else key, code, facts))

    def take(self, key: str) -> Any:
        return self.source.get(key)

    def text(
        self, key: str, limit: int = MAX_TEXT, *, required: bool = False, multiline: bool = False
    ) -> str | None:
        """A text without control characters; None when absent or empty."""
        value = self.source.get(key)
        if value is None or value == "":
            if required:
                self.missing(key)
            return None
        if not isinstance(value, str):
            self.problem(key, "not_text")
            return None
        if len(value) > limit:
            self.problem(key, "too_long", limit=limit)
            return None
        if not value.isprintable():
            shown = value
            if multiline:
                shown = value.replace("\n", " ").replace("\r", " ").replace("\t", " ")
            if has_controls(shown):
                self.problem(key, "control_characters")
                return None
        return value

    def checked(self, key: str, check: Callable[[str], Any], *, required: bool = False) -> Any:
        """A text accepted by `check` (which may raise `AddressError`); its result, or None."""
        if not required and self.source.get(key) is None:
            return None
        value = self.text(key, required=required)
        if value is None:
            return None
        try:
            return check(value)
        except AddressError as error:
            # What nobody sees in it is said with the refusal.
            odd = odd_characters(value)
            self.problem(key, error.code, **error.facts, **({"odd": odd} if odd else {}))
            return None

    def choice(self, key: str, options: Sequence[str], default: str | None) -> str | None:
        """One of `options`; the default when absent (None: it is required)."""
        value = self.take(key)
        if value is None:
            if default is None:
                self.missing(key)
            return default
        if not isinstance(value, str) or value not in options:
            self.no_choice(key, options)
            return default
        return value

    def no_choice(self, key: str, options: Sequence[str]) -> None:
        """What is there is none of `options`, but may be meant for one."""
        facts: dict[str, Any] = {"choices": ", ".join(options)}
        value = self.take(key)
        if isinstance(value, str) and (alike := similar(value, options)):
            facts["similar"] = alike
        self.problem(key, "not_a_choice", **facts)

    def option(self, key: str, allowed: Sequence[str]) -> str | None:
        """One of `allowed`, or None when absent."""
        return self.choice(key, allowed, "") or None

    def flag(self, key: str) -> bool | None:
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            self.problem(key, "not_a_flag")
            return None
        return value

    def missing(self, key: str) -> None:
        """A field is missing, unless an unknown one beside it was meant for it."""
        facts = {}
        unknown = [other for other in self.source if other not in self.known]
        if alike := [other for other in unknown if key in similar(other, sorted(self.known))]:
            facts["instead"] = alike[0]
        self.problem(key, "required", **facts)

    def extra(self) -> dict[str, Any]:
        """The unknown keys, to be kept as they are; a secret among them is a problem."""
        if self.known.issuperset(self.source):
            return {}
        unknown = {k: v for k, v in self.source.items() if k not in self.known}
        pending: list[tuple[str, Any]] = list(unknown.items())
        while pending:
            key, value = pending.pop()
            if isinstance(value, Mapping):
                pending += ((f"{key}.{inner}", deeper) for inner, deeper in value.items())
            elif isinstance(value, list):
                pending += ((key, deeper) for deeper in value)
            elif isinstance(value, str) and value and names_a_secret(key):
                self.problem(key, "secret_in_document")
        return unknown


def names_a_secret(path: str) -> bool:
    """Whether a field, by its dotted path, is called as secrets are."""
    key = path.rpartition(".")[2]
    return key.lower().replace("_", "").replace("-", "") in SECRET_KEYS


_SERVER_KEYS = _keys_of(Server)
_OAUTH_KEYS = _keys_of(OAuthRegistration)
_AUTHENTICATION_KEYS = _keys_of(Authentication)
_ADMIN_KEYS = _keys_of(Admin)
_SENDER_KEYS = _keys_of(Sender)
_CONNECTOR_KEYS = _keys_of(Connector) | {"type", *RESERVED_KEYS}


# A project has many connectors and few administrators and servers.
@lru_cache(maxsize=512)
def _address(text: str) -> str:
    return str(parse_address(text))


_host = lru_cache(maxsize=512)(parse_host)


def _same(check: Callable[[str], Any]) -> Callable[[str], str]:
    def passed(text: str) -> str:
        check(text)
        return text

    return passed


def _check_https(text: str) -> None:
    # A demo or closed network may serve its authorization server on loopback without a name.
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - reading it validates it
    except ValueError:
        raise AddressError("url_invalid") from None
    allowed = ("https", "http") if is_loopback(host) else ("https",)
    if parts.scheme not in allowed or not host:
        raise AddressError("url_invalid")


def _is_certificate(text: str) -> bool:
    """Whether a certificate in PEM form is there; what it says is for TLS to judge."""
    body, end, _ = text.partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END CERTIF")
    return bool(end and body.strip())


def _check_proxy(text: str) -> None:
    try:
        parts = urlsplit(text)
        port = parts.port
        parse_host(parts.hostname or "")
    except (ValueError, AddressError):
        raise AddressError("proxy_invalid") from None
    # A login with a bare # or / in it would otherwise be half read.
    whole = parts.path in ("", "/") and not parts.query and not parts.fragment
    if parts.scheme not in ("socks5", "socks5h", "http") or not port or not whole:
        raise AddressError("proxy_invalid")
    if parts.password is not None:
        raise AddressError("proxy_password")


def _read_server(
    source: Any, defaults: ServerDefaults | None, problems: list[Problem]
) -> Server | None:
    r = _Reader(source, "server", _SERVER_KEYS, problems)
    before = len(problems)
    host = r.checked("host", _host, required=defaults is None)
    fallback = defaults.security if defaults else Security.STARTTLS
    security = Security(r.choice("security", SECURITIES, fallback.value) or "none")
    port = _read_port(r)
    if port is None and len(problems) == before:
        if defaults and security is defaults.security:
            port = defaults.port
        else:
            port = DEFAULT_PORTS[security]
    timeout = r.take("timeout_s")
    if timeout is not None and (
        isinstance(timeout, bool)
        or not isinstance(timeout, int | float)
        or not 0 < timeout <= 3600  # NaN is neither
    ):
        r.problem("timeout_s", "timeout_invalid")
        timeout = None
    ehlo_name = r.checked("ehlo_name", _same(check_ehlo_name))
    proxy = r.checked("proxy", _same(_check_proxy))
    ca_file = r.text("ca_file")
    if defaults and host in (None, defaults.host):
        ca_file = ca_file or defaults.ca_file
    pinned = r.text("pinned_certificate", MAX_PEM, multiline=True)
    if pinned is not None and "PRIVATE KEY-----" in pinned:
        r.problem("pinned_certificate", "secret_in_document")
    elif pinned is not None and not _is_certificate(pinned):
        r.problem("pinned_certificate", "certificate_invalid")
    client_certificate = r.text("client_certificate")
    allow_cleartext = r.flag("allow_cleartext") or False
    address_family = r.option("address_family", ADDRESS_FAMILIES)
    extra = r.extra()
    if len(problems) != before or port is None:
        return None
    return Server(
        host=host or (defaults.host if defaults else ""),
        port=port,
        security=security,
        ehlo_name=ehlo_name,
        timeout_s=timeout,
        proxy=proxy,
        ca_file=ca_file,
        pinned_certificate=pinned,
        client_certificate=client_certificate,
        allow_cleartext=allow_cleartext,
        address_family=address_family,
        extra=extra,
    )


def _read_port(r: _Reader) -> int | None:
    value = r.take("port")
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:
        return value
    if isinstance(value, str):
        with suppress(AddressError):
            return parse_port(value)
    r.problem("port", "port_invalid")
    return None


def _read_oauth(source: Any, problems: list[Problem]) -> OAuthRegistration:
    if source is None or source == _NO_OAUTH_WRITTEN:
        return _NO_OAUTH
    r = _Reader(source, "authentication.oauth", _OAUTH_KEYS, problems)
    grant = Grant(r.choice("grant", _GRANTS, Grant.AUTHORIZATION_CODE.value) or "")
    scopes = r.take("scopes")
    if scopes is None:
        scopes = []
    if not isinstance(scopes, list) or not all(
        isinstance(s, str) and s and not has_controls(s) and " " not in s for s in scopes
    ):
        r.problem("scopes", "scopes_invalid")
        scopes = []
    return OAuthRegistration(
        grant=grant,
        client_id=r.text("client_id"),
        tenant=r.text("tenant"),
        cloud=r.text("cloud"),
        issuer=r.checked("issuer", _same(_check_https)),
        authorization_endpoint=r.checked("authorization_endpoint", _same(_check_https)),
        token_endpoint=r.checked("token_endpoint", _same(_check_https)),
        device_authorization_endpoint=r.checked(
            "device_authorization_endpoint", _same(_check_https)
        ),
        scopes=tuple(scopes),
        redirect_uri=r.checked("redirect_uri", _same(_check_https)),
        ca_file=r.text("ca_file"),
        client_type=r.option("client_type", CLIENT_TYPES),
        public_client=r.flag("public_client"),
        token_auth=r.option("token_auth", TOKEN_AUTH),
        client_secret_expires=r.checked("client_secret_expires", _same(_check_date)),
        publishing_status=r.option("publishing_status", PUBLISHING_STATUS),
        extra=r.extra(),
    )


# What most connectors have there, as it is written: known at a glance.
_NO_OAUTH, _NO_SENDER = OAuthRegistration(), Sender()
_NO_OAUTH_WRITTEN, _NO_SENDER_WRITTEN = _to_json(_NO_OAUTH), _to_json(_NO_SENDER)


def _read_sender(source: Any, problems: list[Problem]) -> Sender:
    if source is None or source == _NO_SENDER_WRITTEN:
        return _NO_SENDER
    r = _Reader(source, "sender", _SENDER_KEYS, problems)
    return Sender(
        address=r.checked("address", _address),
        name=r.text("name", MAX_NAME),
        reply_to=r.checked("reply_to", _address),
        extra=r.extra(),
    )


def _check_date(text: str) -> None:
    """A day as YYYY-MM-DD; ISO 8601 has other spellings, which a person would not read."""
    from datetime import date  # noqa: PLC0415 - rare

    try:
        date.fromisoformat(text if len(text) == 10 else "")
    except ValueError:
        raise AddressError("date_invalid") from None


def _read_authentication(source: Any, problems: list[Problem]) -> Authentication:
    r = _Reader(source, "authentication", _AUTHENTICATION_KEYS, problems)
    method = Method(r.choice("method", _METHODS, None) or Method.NONE)
    mechanism = r.take("mechanism")
    if mechanism is None:
        mechanism = "auto"
    if isinstance(mechanism, str) and mechanism.lower() == "auto":
        mechanism = "auto"
    elif isinstance(mechanism, str) and mechanism.upper() in MECHANISMS:
        mechanism = mechanism.upper()
    else:
        r.no_choice("mechanism", ("auto", *MECHANISMS))
        mechanism = "auto"
    if method is Method.OAUTH and mechanism in PASSWORD_MECHANISMS:
        r.problem("mechanism", "mechanism_not_for_method")
    if method is Method.BASIC and mechanism in TOKEN_MECHANISMS:
        r.problem("mechanism", "mechanism_not_for_method")
    username = r.text("username")
    if username is not None and (alone := address_inside(username.strip())):
        r.problem("username", "address_invalid", alone=alone)
    command = r.take("secret_command")
    if command is not None and (
        not isinstance(command, list)
        or not command
        or not all(isinstance(part, str) and part and "\0" not in part for part in command)
    ):
        r.problem("secret_command", "command_invalid")
        command = None
    return Authentication(
        method=method,
        username=username,
        mechanism=mechanism,
        secret_command=tuple(command) if command else None,
        oauth=_read_oauth(r.take("oauth"), problems),
        extra=r.extra(),
    )


def read_connector(
    document: Any,
    defaults_for: Callable[[str], ServerDefaults | None],
    *,
    needs_admin: bool = True,
) -> tuple[Connector | None, tuple[Problem, ...]]:
    """Judge a JSON document; the connector, or None with every problem found.

    `defaults_for` answers what a provider id brings (None: an unknown id); `custom` is never asked.
    Without `needs_admin` the administrator may be missing: a sign-in needs none.
    """
    problems: list[Problem] = []
    r = _Reader(document, "", _CONNECTOR_KEYS, problems)
    if problems:
        return None, tuple(problems)
    schema = r.take("schema")
    if schema is None:
        schema = SCHEMA
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        r.problem("schema", "schema_invalid")
    elif schema > SCHEMA:
        r.problem("schema", "schema_newer", schema=schema)
    name = r.text("name", MAX_NAME, required=True)
    if name is not None and not name.strip():
        r.problem("name", "required")
    description = r.text("description", multiline=True) or ""
    kind = r.take("type")
    if kind not in (None, "smtp"):
        r.problem("type", "not_a_choice", choices="smtp")
    provider = r.text("provider", required=True)
    defaults = None
    if provider is not None and provider != CUSTOM:
        defaults = defaults_for(provider)
        if defaults is None:
            r.problem("provider", "provider_unknown")
            provider = None
    # Without a provider it is unknown what the server may leave out: judge what is there.
    lenient = ServerDefaults("", 587, Security.STARTTLS) if provider is None else defaults
    server = _read_server(r.take("server"), lenient, problems)
    authentication = _read_authentication(r.take("authentication"), problems)
    admin_source = r.take("admin")
    a = _Reader(admin_source, "admin", _ADMIN_KEYS, problems)
    email = a.checked("email", _address, required=needs_admin)
    admin = Admin(email or "", a.text("name", MAX_NAME), a.extra())
    send_to = r.checked("send_to", _address)
    sender = _read_sender(r.take("sender"), problems)
    extra = r.extra()
    if problems or server is None or name is None or provider is None:
        return None, tuple(problems)
    return (
        Connector(
            name=unicodedata.normalize("NFC", name.strip()),
            provider=provider,
            server=server,
            authentication=authentication,
            admin=admin,
            description=description,
            send_to=send_to,
            sender=sender,
            schema=SCHEMA,
            extra=extra,
        ),
        (),
    )
