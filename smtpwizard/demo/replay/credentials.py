"""What a replay logs in with: a password or token of its own, as long as the recorded one; or the
recorded reason why there was none."""

from __future__ import annotations

import hashlib
import re

from smtpwizard.demo.replay.recorded import Recording, attempts, verb_of
from smtpwizard.demo.sasl_server import Account
from smtpwizard.model.auth import Credential, CredentialKind, Secret
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.errors import Cancelled, DeadlineExceeded, SmtpWizardError
from smtpwizard.model.report import Stage
from smtpwizard.model.secrets import main_kind
from smtpwizard.model.stage_facts import AuthFacts, StageError
from smtpwizard.model.wire import Said

_USUAL = 24
_TOO_LONG_FOR_AUTH = 512
_LONGEST = 12_000  # a response longer than that is no login any more
_HIDDEN = re.compile(r"<redacted, ([0-9]{1,7}) octets>")


def is_another_login(before: Connector, now: Connector) -> bool:
    """Whether a connector signs in as somebody else, or by another registration, than the recorded
    one; how it does so (the mechanism) does not matter."""
    was, is_now = before.authentication, now.authentication
    return (was.username, was.method, was.oauth) != (is_now.username, is_now.method, is_now.oauth)


def username_of(recording: Recording) -> str:
    """The user name of the recorded login."""
    facts = recording.report.facts(AuthFacts)
    return facts.username or recording.connector.authentication.username or ""


def make_secret(length: int) -> str:
    """A text of so many characters that is no secret of anybody's, always the same."""
    text = ""
    while len(text) < length:
        text += hashlib.sha256(f"replay {len(text)}".encode()).hexdigest()
    return text[:length]


def secret_of(recording: Recording) -> str:
    """A secret as long as the recorded one, as far as the length of a response tells."""
    said = [event.line for event in recording.report.wire if isinstance(event, Said)]
    for number, line in enumerate(said):
        if not verb_of(line).startswith("AUTH "):
            continue
        around = _around(line.split()[1].upper(), recording)
        if around is None:
            break
        hidden = [_HIDDEN.search(each) for each in said[number : number + 2]]
        found = next((int(match[1]) * 3 // 4 for match in hidden if match is not None), 0)
        # What does not fit beside AUTH (RFC 4954 §4) waits for a challenge.
        least = _USUAL // 2 if hidden[0] is not None else _TOO_LONG_FOR_AUTH
        return make_secret(min(max(found - around, least), _LONGEST))
    return make_secret(_USUAL)


def _around(mechanism: str, recording: Recording) -> int | None:
    """How many octets a response has beside the secret; None where it says nothing of that."""
    username = username_of(recording).encode()
    server = recording.connector.server
    if mechanism == "PLAIN":
        return len(username) + 2
    if mechanism == "XOAUTH2":
        return len(username) + len("user=\1auth=Bearer \1\1")
    if mechanism == "OAUTHBEARER":
        name = username.replace(b"=", b"=3D").replace(b",", b"=2C")
        where = f"{server.host}{server.port}"
        return len(name) + len(where) + len("n,a=,\1host=\1port=\1auth=Bearer \1\1")
    return None


def account_of(recording: Recording, connector: Connector | None = None) -> Account:
    """The login that the replay's own exchanges know: the recorded one's, or this connector's."""
    secret = secret_of(recording)
    username = _username(recording, connector or recording.connector)
    return Account(username, secret, secret, takes_token=lambda token: True)


def _username(recording: Recording, connector: Connector) -> str:
    another = connector.authentication.username
    if another == recording.connector.authentication.username:
        return username_of(recording)
    return another or ""


class RecordedCredentials:
    """A source that answers as the recorded one did, with the replay's own secret."""

    def __init__(self, recording: Recording, connector: Connector) -> None:
        self._recording = recording
        self._username = _username(recording, connector)
        # What the provider said to another login says nothing of this one.
        self._another = is_another_login(recording.connector, connector)
        self._kind = CredentialKind.PASSWORD
        if connector.authentication.method is Method.OAUTH:
            self._kind = CredentialKind.BEARER
        elif main_kind(connector) is None:
            self._kind = CredentialKind.NONE
        facts = recording.report.facts(AuthFacts)
        self._problem = facts.token
        self._renewed = len(attempts(recording.report.wire)) > 1
        self.not_kept = bool(facts.token_not_kept)

    def get(self, force_refresh: bool = False) -> Credential:
        """The credential, or what kept the recorded verification from having one."""
        recording = self._recording
        login = recording.report.stage(Stage.AUTH)
        if self._problem is not None and not self._another and (force_refresh or not self._renewed):
            raise SmtpWizardError(self._problem.problem, **dict(self._problem.facts))
        if login.facts is None and login.error is StageError.CANCELLED:
            raise Cancelled
        if login.facts is None and login.error is StageError.TIMEOUT:
            raise DeadlineExceeded
        username, text = self._username, secret_of(recording)
        if login.error is StageError.CONTROL_CHARACTERS:
            text += "\0"  # it cannot be told whether it was the password or the token: one will do
        secret = None if login.error is StageError.NO_SECRET else Secret(text)
        return Credential(self._kind, username, secret)
