"""The draft: what the wizard's user has typed so far, as typed, and what it amounts to.

Knows no widget and no network; secrets stay `Secret` values and enter facts as fingerprints only.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from smtpwizard.model.addresses import AddressError, is_address, is_loopback, parse_port
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import (
    DEFAULT_PORTS,
    LOGIN_FREE_MECHANISMS,
    PASSWORD_MECHANISMS,
    TOKEN_MECHANISMS,
    Connector,
    Method,
    Security,
    ServerDefaults,
    name_key,
    port_is_for,
    read_connector,
    registration_of,
)
from smtpwizard.model.families import RULES, FamilyRules, grant_for, redirect_uri_to_register
from smtpwizard.model.misplaced import CLIENT_ID, TENANT, misplaced
from smtpwizard.model.named_files import relative_files
from smtpwizard.model.odd_characters import without_odd_ends
from smtpwizard.model.problem import Json, Problem
from smtpwizard.model.registration import (
    LEARNED_KEYS,
    REMINDERS,
    Family,
    Grant,
    Learned,
    Redirect,
    follows_from_project,
    names_one_tenant,
    smart_flows_domain,
    web_redirect_uri,
)
from smtpwizard.model.secrets import MAX_KEPT_BYTES, TextFlaw, text_flaw, typed_kinds

if TYPE_CHECKING:
    from smtpwizard.model.pasted_registration import PastedRegistration
    from smtpwizard.model.pasted_server import PastedServer
    from smtpwizard.model.run import Run
    from smtpwizard.model.stored import Project, StoredConnector

CUSTOM = "custom"
UNCHOSEN = ""
"""The provider before anybody chose one."""
DefaultsFor = Callable[[str], ServerDefaults | None]


class HeldSignIn(Protocol):
    """A finished sign-in of a connector that is not saved yet, as far as the draft looks at it."""

    @property
    def secrets(self) -> Mapping[str, Secret]:
        """What it brought, by kind, as the authorization server has it now."""
        ...

    @property
    def account(self) -> str | None:
        """Who signed in, where the tokens say so."""
        ...

    @property
    def learned(self) -> Learned: ...


class SignInState(StrEnum):
    """What is known about a sign-in for what is on screen."""

    NONE = "none"
    HELD = "held"
    """There is one that belongs to it, not saved yet."""
    CHANGED = "changed"
    """There was one; what it was for is another by now."""
    KEPT = "kept"
    """The saved connector has one, which is still for this."""


class Fact(NamedTuple):
    """The result of a check together with exactly what was checked; secrets as fingerprints."""

    inputs: object
    result: Any

    def holds_for(self, inputs: object) -> bool:
        """True while nothing the check depended on has changed."""
        return self.inputs == inputs


class ConnectorDraft(NamedTuple):
    """Everything on screen, as text where the user types text.

    `base` is the connector being edited (its unknown fields and settings without a widget are
    kept); `kept_secrets` names the secrets it already has in the store (`password`,
    `client_secret`); `taken_names` are the name keys of the project's other connectors.
    """

    name: str = ""
    description: str = ""
    provider: str = UNCHOSEN
    provider_text: str = ""
    """What was typed into Provider as long as it names none of them."""
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
    sign_in_ca_file: str = ""
    base_url: str = ""
    """The project's own address where it runs on the customer's premises."""
    registered_redirect: str = ""
    """A redirect URI of the registration's own, in place of the usual one."""
    learned: Learned = Learned()
    """What a sign-in or a client file said about the registration."""
    secret_expires: str = ""
    """The day on which the client secret ends, YYYY-MM-DD; nothing but reminders depends on it."""
    publishing: str = ""
    """The app's publishing status at Google: `testing` (a sign-in then holds for seven days),
    `production`, or nothing where nobody was asked."""
    sign_in_skipped: bool = False
    """Its user goes on without signing in: somebody else does that, or later."""
    pinned_certificate: str = ""
    admin_email: str = ""
    admin_name: str = ""
    send_to: str = ""
    sender_address: str = ""
    """Whom the test email is from; empty is the login's own address."""
    sender_name: str = ""
    reply_to: str = ""
    """Where answers to the test email go; empty is the sender."""
    base: Connector | None = None
    kept_secrets: frozenset[str] = frozenset()
    taken_names: frozenset[str] = frozenset()
    # What follows says how the draft came about: two that differ in it alone are equal.
    family: Family | None = None
    """Whose OAuth the provider has; told by its id where the catalogue was not asked yet."""
    method_chosen: bool = False
    """True once the user chose it; until then it is the usual one of the provider."""
    pasted: "PastedServer | None" = None
    """What Server was taken from, as long as nothing else was typed there."""
    verification: Fact | None = None
    sign_in: Fact | None = None
    """Its result is the `HeldSignIn`, which alone has the refresh token."""
    runs: "list[Run] | None" = None
    """The recorded runs of this draft and of those that it was, trials among them: one list for all
    of them, until there is a connector to keep them with; None where nothing is recorded."""
    dkim_keys: "list[str] | None" = None
    """The names of the DKIM keys that received emails have shown, kept in the same way."""

    def on_screen(self) -> tuple[object, ...]:
        """What two drafts are compared by."""
        return self[:_ON_SCREEN]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConnectorDraft) and self.on_screen() == other.on_screen()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.on_screen())

    # -- transitions: each answers a new draft -------------------------------------------------

    def with_provider(self, provider: str) -> Self:
        """Another provider; its usual method comes with it until the user has chosen one."""
        # What was trusted for the other sign-in server is not trusted for this one.
        ca_file = self.sign_in_ca_file if provider == self.provider else ""
        draft = self._replace(provider=provider, provider_text="", sign_in_ca_file=ca_file)
        if self.method_chosen:
            return draft
        return draft._replace(method=Method.BASIC if provider == CUSTOM else Method.OAUTH)

    def with_method(self, method: Method) -> Self:
        """The method of authentication, chosen by the user."""
        return self._replace(method=method, method_chosen=True)

    def with_taken_names(self, names: frozenset[str]) -> Self:
        """`names` are the name keys of the project's connectors; the saved one's own stays free."""
        own = {self.base.name_key()} if self.base is not None else set()
        return self._replace(taken_names=names - own)

    def with_name_taken(self) -> Self:
        """The draft once saving it has found that another connector has its name."""
        return self._replace(taken_names=self.taken_names | {name_key(self.name.strip())})

    def with_security(self, security: Security) -> Self:
        """Another encryption method; the port follows unless it was typed by hand."""
        if self.port_typed:
            return self._replace(security=security)
        return self._replace(security=security, port=str(DEFAULT_PORTS[security]))

    def with_port(self, text: str) -> Self:
        """A port set by the user; an emptied field follows the encryption method again."""
        return self._replace(port=text, port_typed=bool(text.strip()))

    def with_server(self, text: str) -> Self:
        """Server as typed or pasted; a URL, `host:port` or address sorts itself into the fields."""
        from smtpwizard.model.pasted_server import sort_out_server  # noqa: PLC0415 - patterns, once something is typed

        pasted = sort_out_server(text)
        if pasted is None or text.strip() == pasted.host:
            return self._replace(host=text, pasted=self.pasted if text == self.host else None)
        draft = self._replace(host=pasted.host, pasted=pasted)
        if pasted.security is not None:
            draft = draft.with_security(Security(pasted.security))
        if pasted.port is not None:
            draft = draft.with_port(str(pasted.port))
        return draft._replace(
            username=draft.username or pasted.username or "",
            password=pasted.password or draft.password,
            mechanism=pasted.mechanism or draft.mechanism,
        )

    def goes_unencrypted(self) -> bool:
        """True where a login would cross the network in the clear, if it may at all."""
        return (
            self.provider == CUSTOM
            and self.security is Security.NONE
            and not is_loopback(self.host.strip())
        )

    def port_is_for(self) -> Security | None:
        """The method that the port on screen belongs to, where another is chosen."""
        if self.provider != CUSTOM:
            return None
        try:
            return port_is_for(parse_port(self.port), self.security)
        except AddressError:
            return None  # and the field says so

    def user_passed_over(self) -> str:
        """Whom the text pasted into Server names beside the user that was there before."""
        named = (self.pasted.username if self.pasted is not None else None) or ""
        return "" if named == self.username else named

    def with_client_id(self, text: str) -> Self:
        """Another app registration; what is known about the one before says nothing about it."""
        if text.strip() == self.client_id.strip():
            return self._replace(client_id=text)
        return self._replace(
            client_id=text,
            learned=Learned(),
            registered_redirect="",
            secret_expires="",
            publishing="",
        )

    def with_pasted(self, pasted: "PastedRegistration") -> Self:
        """The values of a pasted text in the boxes that they are for; the others stay."""
        from smtpwizard.model.pasted_registration import DOMAIN, ISSUER  # noqa: PLC0415 - of what was pasted alone

        kept_as = {TENANT: "tenant", DOMAIN: "domain", ISSUER: "issuer"}
        values = dict(pasted.values)
        client_id = values.pop(CLIENT_ID, None)
        draft = self if client_id is None else self.with_client_id(client_id)
        known: dict[str, Any] = {kept_as[path]: value for path, value in values.items()}
        return draft._replace(client_secret=pasted.secret or draft.client_secret, **known)

    def with_registration(self, connector: Connector, secrets: Mapping[str, Secret]) -> Self:
        """The registration that a client file describes, and the secret it brings."""
        oauth = connector.authentication.oauth
        draft = self._replace(
            redirect=oauth.redirect,
            client_id=oauth.client_id or "",
            client_secret=secrets.get("client_secret", self.client_secret),
            learned=Learned(client_type=oauth.client_type),
            registered_redirect="",
        )
        uri = oauth.redirect_uri
        return (
            draft
            if uri in (None, draft._redirect_uri())
            else draft._replace(registered_redirect=uri)
        )

    def keep_sign_in(self, held: HeldSignIn, begun: "ConnectorDraft") -> Self | None:
        """The draft with a sign-in that was begun with `begun`; None where what a sign-in depends
        on is no longer the same."""
        same = self.sign_in_inputs() == begun.sign_in_inputs()
        return self.with_sign_in(held) if same else None

    def with_sign_in(self, held: HeldSignIn) -> Self:
        """A sign-in that the user keeps, as a fact about what is on screen now."""
        draft = self._replace(
            username=self.username or held.account or "",
            learned=self.learned.updated(held.learned),
        )
        fact = Fact(draft.sign_in_inputs(), held)
        return draft._replace(sign_in=fact, sign_in_skipped=False)

    def with_other_account(self, held: HeldSignIn, begun: "ConnectorDraft") -> Self:
        """A sign-in, begun with `begun`, of another account than the connector is for: a fact about
        that account, until the user decides."""
        other = begun._replace(username=held.account or "")
        return self._replace(sign_in=Fact(other.sign_in_inputs(), held))

    def with_account(self, held: HeldSignIn) -> Self:
        """The connector is for the account that signed in."""
        return self._replace(username=held.account or "").with_sign_in(held)

    def without_sign_in(self) -> Self:
        """No sign-in, neither a new one nor the stored one: the user goes on without."""
        return self._replace(
            sign_in=None,
            sign_in_skipped=True,
            kept_secrets=self.kept_secrets - {"refresh_token"},
        )

    def with_verification(self, inputs: object, report: object) -> Self:
        """The report of a verification, as a fact about what was on screen when it began.

        `inputs` are the `verification_inputs` of then.
        """
        return self._replace(verification=Fact(inputs, report))

    # -- what it amounts to --------------------------------------------------------------------

    def is_unsaved(self, initial: "ConnectorDraft") -> bool:
        """True when there is something to lose that `initial` has not."""
        return self != initial or self.holding_sign_in() is not None

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
            "admin": _merge(
                document.get("admin", {}), email=self.admin_email, name=self.admin_name or None
            ),
            "sender": _merge(
                document.get("sender", {}),
                address=self.sender_address or None,
                name=self.sender_name or None,
                reply_to=self.reply_to or None,
            ),
        }
        return document

    def _server(self, kept: Mapping[str, Any]) -> Json:
        kept = _merge(kept, address_family=self.address_family or None)
        if self.provider != CUSTOM:
            if self.base is not None and self.base.provider == self.provider:
                return dict(kept)
            # The provider brings host, port and security; what else was set stays.
            return _merge(
                kept,
                host=None,
                port=None,
                security=None,
                # These were trusted for the other server.
                ca_file=None,
                pinned_certificate=None,
                allow_cleartext=False,
            )
        return _merge(
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
        out = _merge(kept, method=self.method.value)
        if self.method is Method.NONE:
            return out | {"username": None, "mechanism": "auto"}
        out["username"] = self.username or None
        if self._typed_secrets():
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
        """The registration's document, with what `kept` has besides."""
        out = _merge(
            kept,
            client_id=self.client_id.strip() or None,
            tenant=self.tenant.strip() or None,
        )
        before = self.base.authentication.oauth if self.base else None
        if before is None or before.redirect is not self.redirect:
            out |= {"grant": grant_for(self.redirect, self._family()), "redirect_uri": None}
        if before is not None and before.client_id != out["client_id"]:
            # What was known about the one before says nothing about another registration.
            out |= dict.fromkeys((*LEARNED_KEYS, *REMINDERS))
            if _own_redirect(before.redirect_uri):
                out["redirect_uri"] = None
        if self._redirect_uri():
            out["redirect_uri"] = self._redirect_uri()
        out["client_secret_expires"] = self.secret_expires.strip() or None
        out["publishing_status"] = self.publishing or None
        out |= self.learned.to_json()
        out["ca_file"] = self.sign_in_ca_file.strip() or None
        if self.provider == CUSTOM:
            out |= {
                "issuer": self.issuer.strip() or None,
                "authorization_endpoint": self.authorization_endpoint.strip() or None,
                "token_endpoint": self.token_endpoint.strip() or None,
                "scopes": self.scopes.split(),
            }
        return out

    def with_family(self, defaults_for: DefaultsFor) -> Self:
        """The draft with the family that its provider has."""
        defaults = defaults_for(self.provider)
        family = defaults.family if defaults is not None else Family.GENERIC
        return self if family == self.family else self._replace(family=family)

    def _family(self) -> Family:
        if self.family is not None:
            return self.family
        if self.provider in (CUSTOM, UNCHOSEN):
            return Family.GENERIC
        return Family.GOOGLE if self.provider.startswith("gmail") else Family.MICROSOFT

    def family_rules(self) -> FamilyRules:
        """What the provider's OAuth asks for."""
        return RULES[self._family()]

    def judge(self, defaults_for: DefaultsFor) -> tuple[Connector | None, tuple[Problem, ...]]:
        """The connector this draft amounts to, or None with every problem in it."""
        document = self.to_document()
        connector, found = read_connector(document, defaults_for)
        if self.provider_text.strip():
            # What is typed there now is no provider, whichever was chosen before.
            found = (
                *(problem for problem in found if problem.field != "provider"),
                Problem("provider", "provider_unlisted", {"typed": self.provider_text.strip()}),
            )
        problems = [*found, *misplaced(document, {problem.field for problem in found})]
        before = self.base.to_json() if self.base else None
        problems += [Problem(at, "path_relative") for at, _ in relative_files(document, before)]
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
        for kind, secret in self._typed_secrets().items():
            flaw = text_flaw(secret)
            if flaw is TextFlaw.TOO_LONG:
                facts = {"limit": MAX_KEPT_BYTES}
                problems.append(Problem(f"authentication.{kind}", "secret_too_large", facts))
            elif flaw is not None:
                problems.append(Problem(f"authentication.{kind}", "control_characters"))
        unread = bool(self.domain) and smart_flows_domain(self.domain) is None
        if self.method is Method.OAUTH and unread:
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
            and self._registration().get("grant") != Grant.SERVICE_ACCOUNT
        ):
            return [Problem("authentication.oauth.client_id", "required")]
        return []

    def _registration(self) -> Json:
        return self._oauth(self.base.to_json()["authentication"]["oauth"] if self.base else {})

    def needs_client_secret(self) -> bool:
        """True where the registration is confidential: web clients, app-only, Google always."""
        if self.method is not Method.OAUTH:
            return False
        if self._registration().get("public_client") is True:
            return False
        confidential = self.redirect in (Redirect.WEB, Redirect.APP)
        return confidential or self.family_rules().secret_always

    def secret_is_a_file(self) -> bool:
        """True where the secret is a whole key file: of a service account."""
        return self.redirect is Redirect.APP and self.family_rules().has_client_file

    def _missing_oauth(self) -> list[Problem]:
        if self.method is not Method.OAUTH:
            return []
        found = []
        # These providers know a mailbox by its address alone; what nobody sees in it is a remark.
        known = self._family() is not Family.GENERIC
        user = without_odd_ends(self.username)
        if known and user and not is_address(user):
            found.append(Problem("authentication.username", "address_invalid"))
        addressed = self.domain.strip() or self._registration().get("redirect_uri")
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
            and self.family_rules().has_tenants
            and not names_one_tenant(self.tenant)
        ):
            found.append(Problem("authentication.oauth.tenant", "tenant_needed"))
        return found

    def has_secret(self, kind: str) -> bool:
        """True when the secret was typed, or is kept from the connector being edited."""
        typed = {"password": self.password, "client_secret": self.client_secret}
        return bool(typed.get(kind)) or kind in self.kept_secrets

    def _typed_secrets(self) -> dict[str, Secret]:
        typed = {"password": self.password, "client_secret": self.client_secret}
        found = {
            kind: typed.get(kind) for kind in typed_kinds(self.method, self._fitting_mechanism())
        }
        return {kind: secret for kind, secret in found.items() if secret}

    def secrets(self) -> dict[str, Secret]:
        """The secrets to be saved for the chosen method, by kind; kept ones are not in it.

        The refresh token of a sign-in belongs to what was on screen then, and to nothing else.
        """
        held = self.holding_sign_in()
        return self._typed_secrets() | dict(held.secrets if held is not None else {})

    def sign_in_inputs(self) -> Mapping[str, object]:
        """What a sign-in depends on, by field: registration, redirect and account; the server does
        not."""
        oauth = self._oauth({})
        for key in (*REMINDERS, "ca_file"):
            oauth.pop(key, None)
        return {
            "provider": self.provider,
            "authentication.username": self.username,
            "authentication.client_secret": (
                self.client_secret.fingerprint() if self.client_secret else ""
            ),
            **{f"authentication.oauth.{key}": value for key, value in oauth.items()},
        }

    def holding_sign_in(self) -> Any | None:
        """The last sign-in (a `HeldSignIn`) while it still belongs to what is on screen."""
        fact = self.sign_in
        if fact is None or self.method is not Method.OAUTH:
            return None
        return fact.result if fact.holds_for(self.sign_in_inputs()) else None

    def sign_in_state(self, defaults_for: DefaultsFor) -> SignInState:
        """What is known about signing in with what is on screen."""
        if self.sign_in is not None:
            return SignInState.CHANGED if self.holding_sign_in() is None else SignInState.HELD
        connector = self.for_sign_in(defaults_for)
        kept = (
            "refresh_token" in self.kept_secrets
            and self.base is not None
            and connector is not None
            # A save keeps the token for the registration it was given to, and for no other.
            and registration_of(connector) == registration_of(self.base)
        )
        return SignInState.KEPT if kept else SignInState.NONE

    def verification_inputs(self, defaults_for: DefaultsFor) -> object | None:
        """What a verification of this draft depends on; None while the draft has problems."""
        connector, _ = self.judge(defaults_for)
        if connector is None:
            return None
        typed = {kind: secret.fingerprint() for kind, secret in self._typed_secrets().items()}
        # The sign-in itself: a renewal changes its refresh token, and proves nothing wrong.
        return (connector.inputs_digest(), tuple(sorted(typed.items())), self.holding_sign_in())

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
        document = self.to_document() | {"admin": {}, "send_to": None, "sender": {}}
        return read_connector(document, defaults_for, needs_admin=False)[0]

    def for_guide(self, defaults_for: DefaultsFor) -> Connector | None:
        """The connector as a guide to its registration speaks of it."""
        public = (
            self.redirect in (Redirect.LOOPBACK, Redirect.DEVICE)
            and self.family_rules().native_is_public
            and not self.has_secret("client_secret")
        )
        known = self.learned.updated(Learned(public_client=True)) if public else self.learned
        return self._replace(learned=known).for_sign_in(defaults_for)

    def _redirect_uri(self) -> str | None:
        """The redirect URI that the connector names: the registration's own, or the project's."""
        if self.redirect not in (Redirect.WEB, Redirect.LOOPBACK):
            return None
        scheme = "https://" if self.redirect is Redirect.WEB else "http://"
        if self.registered_redirect.startswith(scheme):
            return self.registered_redirect
        web = self.redirect is Redirect.WEB
        return web_redirect_uri(self.domain, self.base_url) if web else None

    def redirect_uri_to_register(self) -> str:
        """What the registration has to have as redirect URI; empty where it needs none, and for
        the web redirect while neither the Smart Flows domain nor a base URL is known."""
        oauth = self._registration()
        own = oauth.get("redirect_uri")
        if self.redirect is Redirect.WEB and not own:
            return ""
        return (
            redirect_uri_to_register(
                self.redirect, self._family(), own=own, client_type=oauth.get("client_type")
            )
            or ""
        )


_ON_SCREEN = ConnectorDraft._fields.index("family")


def begin_draft(
    project: "Project",
    stored: "StoredConnector | None" = None,
    *,
    taken_names: frozenset[str] = frozenset(),
) -> ConnectorDraft:
    """An empty draft, or one showing `stored`; it knows the project's addresses.

    `taken_names` are the name keys of the project's connectors. The catalogue is not asked yet:
    `with_family` does.
    """
    draft = ConnectorDraft(domain=project.domain or "", runs=[], dkim_keys=[])
    if stored is not None:
        draft = draft_from_connector(
            stored.connector,
            kept_secrets=frozenset(stored.secrets),
            taken_names=frozenset(),
            domain=project.domain or "",
        )
    return draft._replace(base_url=project.base_url or "").with_taken_names(taken_names)


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
        method_chosen=True,
        mechanism=authentication.mechanism,
        redirect=authentication.oauth.redirect,
        domain=domain,
        client_id=authentication.oauth.client_id or "",
        tenant=authentication.oauth.tenant or "",
        issuer=authentication.oauth.issuer or "",
        authorization_endpoint=authentication.oauth.authorization_endpoint or "",
        token_endpoint=authentication.oauth.token_endpoint or "",
        scopes=" ".join(authentication.oauth.scopes),
        sign_in_ca_file=authentication.oauth.ca_file or "",
        registered_redirect=_own_redirect(authentication.oauth.redirect_uri),
        secret_expires=authentication.oauth.client_secret_expires or "",
        publishing=authentication.oauth.publishing_status or "",
        # It was saved without one: that is no reason to hold up whoever changes something else.
        sign_in_skipped=authentication.method is Method.OAUTH
        and "refresh_token" not in kept_secrets,
        pinned_certificate=server.pinned_certificate or "",
        admin_email=connector.admin.email,
        admin_name=connector.admin.name or "",
        send_to=connector.send_to or "",
        sender_address=connector.sender.address or "",
        sender_name=connector.sender.name or "",
        reply_to=connector.sender.reply_to or "",
        base=connector,
        kept_secrets=kept_secrets,
        taken_names=taken_names,
        runs=[],
        dkim_keys=[],
    )


def _own_redirect(uri: str | None) -> str:
    """A redirect URI that does not follow from the project's domain or address."""
    return "" if uri is None or follows_from_project(uri) else uri


def _merge(kept: Mapping[str, Any], **values: Any) -> Json:
    return {**kept, **values}


def _seconds(text: str) -> Any:
    text = text.strip()
    if not text:
        return None
    try:
        return int(text) if text.isascii() and text.isdigit() else float(text.replace(",", "."))
    except ValueError:
        return text
