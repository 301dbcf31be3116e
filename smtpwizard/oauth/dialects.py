"""What the families' authorization servers do differently, as values; each family has a module.

What matters before anything is sent stands in `model.registration.RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtpwizard.model.auth import Secret
from smtpwizard.model.registration import Family, OAuthRegistration, Redirect

if TYPE_CHECKING:
    import requests

    from smtpwizard.model.token_facts import Expectation
    from smtpwizard.oauth.tokens import ProviderClient

MakeSession = Callable[[], "requests.Session"]
Finding = tuple[str, str, dict[str, Any]]
"""What looks wrong in a registration: field, code, facts."""

CLIENT_ID_FIELD = "authentication.oauth.client_id"
TENANT_FIELD = "authentication.oauth.tenant"
REDIRECT_FIELD = "authentication.oauth.redirect_uri"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a registration is used, and what is asked for there.

    `authorities` are the certificates (PEM) that are trusted there besides the system's.
    """

    family: Family
    scopes: tuple[str, ...]
    authorization: str | None = None
    token: str | None = None
    device: str | None = None
    issuer: str | None = None
    ca_file: str | None = None
    app_role: str | None = None
    revocation: str | None = None
    authorities: tuple[str, ...] = ()

    def host(self) -> str:
        """The authorization server's name, for messages."""
        return urlsplit(self.authorization or self.token or self.issuer or "").hostname or ""


MakeClient = Callable[[Endpoints, OAuthRegistration, Secret | None, MakeSession], "ProviderClient"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One family: its client, and what is special about its requests, tokens and registrations.

    `kind` names the kind of registration that fits; `expects` completes what a token has to be;
    `findings` sees mistakes that only this family's registrations can have. The answer to a
    listener is posted where `form_post` is true, from `origins` besides the endpoint's own.
    """

    make_client: MakeClient
    kind: Callable[[OAuthRegistration, Redirect], str]
    expects: Callable[[Endpoints, OAuthRegistration, Expectation], Expectation] = (
        lambda endpoints, oauth, usual: usual
    )
    findings: Callable[[Endpoints, OAuthRegistration], Iterable[Finding]] = (
        lambda endpoints, oauth: ()
    )
    form_post: bool = False
    origins: tuple[str, ...] = ()
