"""What to enter in the Smart Flows console for a connector: its pages, in its order.

Holds no sentence and never a secret; what the console does not ask for is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from smtpwizard.flow.draft import CUSTOM
from smtpwizard.model.connector import Connector, Method, Security, ServerDefaults
from smtpwizard.model.registration import Grant, Redirect, web_redirect_uri

# The set-ups that the console has of its own.
PRESETS = ("gmail", "exchange")


class FormPart(StrEnum):
    """The console's pages."""

    CREATE = "create"
    PROVIDER = "provider"
    AUTHENTICATE = "authenticate"
    TEST = "test"


class FormNote(StrEnum):
    """What is to be said of a field, or of a page."""

    LEAVE_EMPTY = "leave_empty"
    DOMAIN_UNKNOWN = "domain_unknown"
    """The redirect URI follows from a Smart Flows domain that nobody has entered."""
    REGISTER = "register"
    REGISTER_TOO = "register_too"
    """The sign-in here went another way than the console's."""
    SECRET_IN_KEYRING = "secret_in_keyring"  # noqa: S105 - where it is, not what
    SECRET_IN_FILE = "secret_in_file"  # noqa: S105
    SECRET_OF_SESSION = "secret_of_session"  # noqa: S105
    SECRET_OF_COMMAND = "secret_of_command"  # noqa: S105
    SECRET_MISSING = "secret_missing"  # noqa: S105
    SIGN_IN = "sign_in"
    SIGN_IN_AS = "sign_in_as"
    NEEDS_USER = "needs_user"
    """Here no user signs in; the console knows no other way."""
    NO_LOGIN = "no_login"


class FormField(NamedTuple):
    """One field of the console: the key of its name, and what to enter.

    `value` is what is copied; None where there is nothing to copy, and `note` says why.
    """

    key: str
    value: str | None = None
    note: FormNote | None = None


class FormPage(NamedTuple):
    """One page of the console, with what is to be said of it."""

    part: FormPart
    fields: tuple[FormField, ...]
    note: FormNote | None = None
    user: str = ""
    """Who signs in, where the note speaks of that."""


def smart_flows_form(
    connector: Connector,
    kept: Mapping[str, str],
    defaults_for: Callable[[str], ServerDefaults | None],
    *,
    domain: str | None = None,
    base_url: str | None = None,
) -> tuple[FormPage, ...]:
    """The console's pages for a connector.

    `kept` has the references of its secrets by their kind, domain and base URL are the project's.
    """
    return (
        FormPage(
            FormPart.CREATE,
            (
                FormField("name", connector.name),
                _optional("description", connector.description),
                FormField("type", "smtp"),
            ),
        ),
        FormPage(FormPart.PROVIDER, tuple(_provider(connector, defaults_for))),
        _authenticate(connector, kept, web_redirect_uri(domain, base_url)),
        FormPage(
            FormPart.TEST,
            (
                FormField("admin.email", connector.admin.email),
                _optional("admin.name", connector.admin.name),
                _optional("send_to", connector.send_to),
            ),
        ),
    )


def _optional(key: str, value: str | None) -> FormField:
    return FormField(key, value) if value else FormField(key, None, FormNote.LEAVE_EMPTY)


def _provider(
    connector: Connector, defaults_for: Callable[[str], ServerDefaults | None]
) -> Iterator[FormField]:
    """A set-up of the console's own where it is this server; else the server by hand."""
    server = connector.server
    preset = defaults_for(connector.provider) if connector.provider in PRESETS else None
    if preset is not None and (server.host, server.port, server.security) == (
        preset.host,
        preset.port,
        preset.security,
    ):
        yield FormField("provider", connector.provider)
        return
    yield FormField("provider", CUSTOM)
    yield FormField("server.host", server.host)
    yield FormField("server.port", str(server.port))
    yield FormField("server.security", Security(server.security).value)
    user = connector.authentication.username
    if connector.authentication.method is Method.NONE:
        user = None
    yield _optional("authentication.username", user)


def _authenticate(connector: Connector, kept: Mapping[str, str], uri: str | None) -> FormPage:
    authentication = connector.authentication
    user = authentication.username or ""
    method = FormField("authentication.method", authentication.method.value)
    if authentication.method is Method.NONE:
        return FormPage(FormPart.AUTHENTICATE, (), FormNote.NO_LOGIN)
    if authentication.method is Method.BASIC:
        password = _secret(connector, "authentication.password", kept.get("password"))
        login = (method, _optional("authentication.username", user), password)
        return FormPage(FormPart.AUTHENTICATE, login)
    oauth = authentication.oauth
    own = oauth.redirect_uri
    if own is not None and own.startswith("https:"):
        uri = own
    usual = oauth.redirect is Redirect.WEB
    note = FormNote.DOMAIN_UNKNOWN if uri is None else FormNote.REGISTER
    if uri is not None and not usual:
        note = FormNote.REGISTER_TOO
    fields = (
        method,
        FormField("authentication.oauth.redirect_uri", uri, note),
        _optional("authentication.oauth.client_id", oauth.client_id),
        _secret(connector, "authentication.client_secret", kept.get("client_secret")),
    )
    said = FormNote.SIGN_IN_AS if user else FormNote.SIGN_IN
    if oauth.grant in (Grant.CLIENT_CREDENTIALS, Grant.SERVICE_ACCOUNT):
        said = FormNote.NEEDS_USER
    return FormPage(FormPart.AUTHENTICATE, fields, said, user)


_STORES = {
    "keyring": FormNote.SECRET_IN_KEYRING,
    "file": FormNote.SECRET_IN_FILE,
    "session": FormNote.SECRET_OF_SESSION,
}


def _secret(connector: Connector, key: str, reference: str | None) -> FormField:
    """Where a secret is, and never what it is."""
    if connector.authentication.secret_command is not None:
        return FormField(key, None, FormNote.SECRET_OF_COMMAND)
    store = (reference or "").partition(":")[0]
    return FormField(key, None, _STORES.get(store, FormNote.SECRET_MISSING))
