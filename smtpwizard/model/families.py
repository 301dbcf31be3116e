"""What the families of OAuth servers do differently before anything is sent, and what therefore is
to be registered.

The flow finds it in `RULES`, nowhere else.
"""

from collections.abc import Mapping
from typing import NamedTuple

from smtpwizard.model.registration import Family, Grant, Redirect


class FamilyRules(NamedTuple):
    """What differs between families before anything is sent.

    `loopback_uri` is the loopback redirect as the console takes it; its port is free. With
    `any_loopback` native clients register none and may return to any path.
    """

    loopback_uri: str
    app_grant: Grant = Grant.CLIENT_CREDENTIALS
    any_loopback: bool = False
    has_tenants: bool = False
    secret_always: bool = False
    """Native clients have a secret as well."""
    native_is_public: bool = False
    """What returns to this machine, or uses a device code, is registered without a secret."""
    has_client_file: bool = False
    """The console gives out a JSON file with the registration."""
    has_testing: bool = False
    """An app may be in testing: its sign-ins are short-lived."""
    secrets_expire: bool = True


RULES: Mapping[Family, FamilyRules] = {
    # Desktop clients return anywhere on this machine; RFC 8252 §7.3 prefers the address.
    Family.GOOGLE: FamilyRules(
        "http://127.0.0.1/",
        app_grant=Grant.SERVICE_ACCOUNT,
        any_loopback=True,
        secret_always=True,
        has_client_file=True,
        has_testing=True,
        secrets_expire=False,
    ),
    # Entra's portal takes the name alone, compares the path and ignores the port.
    Family.MICROSOFT: FamilyRules("http://localhost", has_tenants=True, native_is_public=True),
    # A server may compare the path: there has to be one, even if it is the empty one.
    Family.GENERIC: FamilyRules("http://127.0.0.1/"),
}


def grant_for(redirect: Redirect, family: Family) -> Grant:
    """The grant that a sign-in coming back so uses."""
    if redirect is Redirect.DEVICE:
        return Grant.DEVICE_CODE
    if redirect is Redirect.APP:
        return RULES[family].app_grant
    return Grant.AUTHORIZATION_CODE


def redirect_uri_to_register(
    redirect: Redirect,
    family: Family,
    *,
    own: str | None = None,
    web: str | None = None,
    client_type: str | None = None,
) -> str | None:
    """The redirect URI exactly as the registration has to have it; None where it needs none.

    `own` is the registration's own redirect URI, `web` the project's. What a sign-in sends is
    this, with a free port where a loopback URI names none.
    """
    if redirect not in (Redirect.WEB, Redirect.LOOPBACK):
        return None
    if own:
        return own
    if redirect is Redirect.WEB and web:
        return web
    rules = RULES[family]
    if rules.any_loopback and redirect is Redirect.LOOPBACK and client_type != "web":
        return None
    return rules.loopback_uri
