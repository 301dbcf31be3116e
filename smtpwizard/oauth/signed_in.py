"""A sign-in that waits for its user, and one that is finished, as values; speaks to nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.registration import Learned
from smtpwizard.model.token_facts import Expectation, FactRow, Mismatch, TokenFacts, fact_rows
from smtpwizard.oauth.tokens import TokenSet

# An authorization code lives ten minutes (RFC 6749 §4.1.2); people need some before that.
SIGN_IN_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What the user has to see while a sign-in waits.

    `url` is the address to open (or copy for another browser), `user_code` what to type there
    with device code, `seconds` how long it waits from now on; `extend(seconds)` gives more time.
    """

    url: str
    redirect_uri: str = ""
    user_code: str | None = None
    seconds: float = SIGN_IN_SECONDS
    extend: Callable[[float], None] = field(default=lambda _: None, repr=False, compare=False)


class HeldSecrets:
    """Secrets in memory alone: of a connector that is not saved yet."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = dict(secrets)
        self.rotated = False
        """True once the refresh token is another than the one given."""

    def load(self) -> Mapping[str, Secret]:
        return dict(self._secrets)

    def keep(self, rotated: Secret) -> None:
        self._secrets["refresh_token"] = rotated
        self.rotated = True


@dataclass(eq=False, slots=True)
class SignedIn:
    """A finished sign-in that is not saved yet: what its tokens say, and what does not fit.

    `held` alone has its refresh token; a renewal before it is saved changes it there.
    """

    held: HeldSecrets
    tokens: TokenSet = field(repr=False)
    facts: TokenFacts
    mismatches: tuple[Mismatch, ...] = ()
    learned: Learned = field(default_factory=Learned)
    expected: Expectation = field(default_factory=Expectation)

    @property
    def secrets(self) -> Mapping[str, Secret]:
        """What is to be saved, by kind, as the authorization server has it now."""
        known = self.held.load().get("refresh_token")
        return {} if known is None else {"refresh_token": known}

    @property
    def account(self) -> str | None:
        """Who signed in, where the tokens say so."""
        return self.facts.account

    @property
    def other_account(self) -> Mismatch | None:
        """The account that signed in and the one that the connector is for, where they differ."""
        return next((m for m in self.mismatches if m.what == "account"), None)

    @property
    def by_application(self) -> bool:
        """True where an application signed in by itself: it has nothing to save."""
        return self.facts.app_only or not self.secrets

    def rows(self) -> tuple[FactRow, ...]:
        """What the token was to be, beside what it is."""
        return fact_rows(self.facts, self.expected, self.mismatches)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How a sign-in talks with its user, who has `seconds` for all of it."""

    show: Callable[[Progress], None]
    """Called with what the user needs."""
    open_url: Callable[[str], None]
    """Called once after that, with an https address (http on this machine)."""
    read_answer: Callable[[], str] | None = None
    """Gives the address that the user pasted (`Redirect.WEB`)."""
    complain: Callable[[SmtpWizardError], None] | None = None
    """Called with why an address is not the answer, before `read_answer` is asked again."""
    seconds: float = SIGN_IN_SECONDS
