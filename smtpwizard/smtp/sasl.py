"""SASL mechanisms without I/O (RFC 4616, 2195, 5802, 7628, 4422): challenges in, responses out.

One mechanism per attempt; nothing here falls through to another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from smtpwizard.model.auth import Credential, CredentialKind
from smtpwizard.model.secrets import is_sendable
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.stage_failures import StageFailed

# What automatic picks from, best first: by what proves most and shows least.
PROTECTED_ORDER = (
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-1",
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
)
# Without TLS a mechanism that does not show the password comes first.
CLEAR_ORDER = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN")
TOKEN_ORDER = ("XOAUTH2", "OAUTHBEARER")
# Of SCRAM's key derivation: about 0.2 s, in which nobody can stop it. Servers ask for 4096 or so.
MAX_ITERATIONS = 1_000_000


class SaslError(StageFailed):
    """The exchange cannot go on: `bad_challenge`, `server_not_proven`,
    `mechanism_unavailable`, `no_secret`, `control_characters`, `auth_unexpected`."""


class Mechanism(Protocol):
    """One exchange; `initial` is None where the server speaks first."""

    name: str

    def initial(self) -> bytes | None: ...

    def respond(self, challenge: str) -> bytes:
        """The response to the base64 text of a 334; raises `SaslError`."""
        ...

    def check_success(self) -> None:
        """Raises `SaslError` where a yes comes too early: `server_not_proven` while the server
        owes its proof, `auth_unexpected` while it cannot know."""
        ...


def decode_challenge(text: str) -> bytes:
    """The bytes of a 334's text, or `SaslError("bad_challenge")`."""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise SaslError(StageError.BAD_CHALLENGE) from None


def _password(credential: Credential) -> str:
    """The secret, fit for every mechanism."""
    if credential.secret is None:
        raise SaslError(StageError.NO_SECRET)
    secret = credential.secret.reveal()
    for text in (credential.username, credential.authorization_id, secret):
        if not is_sendable(text):
            raise SaslError(StageError.CONTROL_CHARACTERS)
    return secret


class Plain:
    """PLAIN (RFC 4616), UTF-8."""

    name = "PLAIN"

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._asked = 0

    def initial(self) -> bytes:
        c = self._credential
        return f"{c.authorization_id}\0{c.username}\0{_password(c)}".encode()

    def respond(self, challenge: str) -> bytes:
        # The text of the challenge says nothing (RFC 4616): answered once, then it is no PLAIN.
        self._asked += 1
        if self._asked > 1:
            raise SaslError(StageError.BAD_CHALLENGE)
        return self.initial()

    def check_success(self) -> None:
        return


class Login:
    """LOGIN (draft-murchison-sasl-login): user name, then password, whatever the prompts say."""

    name = "LOGIN"

    def __init__(self, credential: Credential) -> None:
        self._answers = [credential.username.encode(), _password(credential).encode()]

    def initial(self) -> None:
        return None

    def respond(self, challenge: str) -> bytes:
        if not self._answers:
            raise SaslError(StageError.BAD_CHALLENGE)
        return self._answers.pop(0)

    def check_success(self) -> None:
        if self._answers:
            raise SaslError(StageError.AUTH_UNEXPECTED)


class CramMd5:
    """CRAM-MD5 (RFC 2195)."""

    name = "CRAM-MD5"

    def __init__(self, credential: Credential) -> None:
        self._username = credential.username
        self._key = _password(credential).encode()
        self._done = False

    def initial(self) -> None:
        return None

    def respond(self, challenge: str) -> bytes:
        if self._done:
            raise SaslError(StageError.BAD_CHALLENGE)
        data = decode_challenge(challenge)
        if not data.strip():
            raise SaslError(StageError.BAD_CHALLENGE)
        self._done = True
        try:
            digest = hmac.new(self._key, data, hashlib.md5).hexdigest()
        except ValueError:  # a Python built for FIPS has no MD5
            raise SaslError(StageError.MECHANISM_UNAVAILABLE) from None
        return f"{self._username} {digest}".encode()

    def check_success(self) -> None:
        if not self._done:
            raise SaslError(StageError.AUTH_UNEXPECTED)


class _AsIs:
    """A password that SASLprep (Unicode 3.2) does not know, such as one with emoji.

    Taken as it is, as servers do that store it so and as RFC 8265 has it.
    """

    def __init__(self, password: str) -> None:
        self._bytes = password.encode()

    def __bytes__(self) -> bytes:
        return self._bytes


class Scram:
    """SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, 7677), -PLUS with tls-server-end-point."""

    def __init__(
        self, name: str, credential: Credential, channel_binding: tuple[str, Any] | None
    ) -> None:
        from scramp import ScramClient, ScramException
        from scramp.utils import saslprep

        self.name = name
        self._error: type[Exception] = ScramException
        password = _password(credential)
        try:
            prepared = bool(saslprep(password))
        except ScramException:
            prepared = False
        try:
            self._client = ScramClient(
                [name],
                credential.username,
                password if prepared else "",
                channel_binding=channel_binding if name.endswith("-PLUS") else None,
            )
            if not prepared:
                self._client.password = _AsIs(password)
            self._first = str(self._client.get_client_first()).encode()
        except (ScramException, ValueError):
            raise SaslError(StageError.MECHANISM_UNAVAILABLE) from None
        self._asked = False
        self._step = 0
        self._proven = False

    def initial(self) -> bytes:
        return self._first

    def respond(self, challenge: str) -> bytes:
        if self._step == 0 and not challenge.strip() and not self._asked:
            self._asked = True  # the server did not take the initial response
            return self._first
        text = self._text(challenge)
        self._step += 1
        try:
            if self._step == 1:
                self._client.set_server_first(text)
                if self._client.iterations.value > MAX_ITERATIONS:
                    raise SaslError(StageError.BAD_CHALLENGE)
                return str(self._client.get_client_final()).encode()
            if self._step == 2:
                if text.startswith("e="):
                    return b""  # the server's refusal; its reply follows
                self._client.set_server_final(text)
                self._proven = True
                return b""
        except (self._error, ValueError, KeyError, IndexError):
            raise SaslError(
                StageError.SERVER_NOT_PROVEN if self._step == 2 else StageError.BAD_CHALLENGE
            ) from None
        raise SaslError(StageError.BAD_CHALLENGE)

    @staticmethod
    def _text(challenge: str) -> str:
        try:
            return decode_challenge(challenge).decode()
        except UnicodeDecodeError:
            raise SaslError(StageError.BAD_CHALLENGE) from None

    def check_success(self) -> None:
        if not self._proven:
            raise SaslError(StageError.SERVER_NOT_PROVEN)


class External:
    """EXTERNAL (RFC 4422 appendix A): the client certificate speaks."""

    name = "EXTERNAL"

    def __init__(self, credential: Credential) -> None:
        self._identity = credential.authorization_id or credential.username
        self._asked = 0

    def initial(self) -> bytes:
        return self._identity.encode()

    def respond(self, challenge: str) -> bytes:
        self._asked += 1
        if self._asked > 1:
            raise SaslError(StageError.BAD_CHALLENGE)
        return self.initial()

    def check_success(self) -> None:
        return


class Bearer:
    """XOAUTH2 (Google, Microsoft) and OAUTHBEARER (RFC 7628)."""

    def __init__(self, name: str, credential: Credential, host: str, port: int) -> None:
        self.name = name
        self._credential = credential
        self._host = host
        self._port = port
        self._sent = 0
        self.refusal: Mapping[str, str] | None = None
        """What the server's error JSON says (`status`, `scope`, `schemes`), decoded for display."""

    def initial(self) -> bytes:
        user, token = self._credential.username, _password(self._credential)
        if self.name == "XOAUTH2":
            return f"user={user}\1auth=Bearer {token}\1\1".encode()
        safe = user.replace("=", "=3D").replace(",", "=2C")
        return (
            f"n,a={safe},\1host={self._host}\1port={self._port}\1auth=Bearer {token}\1\1".encode()
        )

    def respond(self, challenge: str) -> bytes:
        if not challenge.strip() and not self._sent:
            self._sent += 1
            return self.initial()
        if self.refusal is not None:
            raise SaslError(StageError.BAD_CHALLENGE)
        self.refusal = _error_json(challenge)
        return b"" if self.name == "XOAUTH2" else b"\x01"

    def check_success(self) -> None:
        if self.refusal is not None:
            raise SaslError(StageError.AUTH_UNEXPECTED)


def _error_json(challenge: str) -> dict[str, str]:
    """The flat text members of an error JSON; empty when it is none."""
    try:
        document: Any = json.loads(decode_challenge(challenge)[:4096])
    except (SaslError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {
        str(key)[:40]: str(value)[:300]
        for key, value in list(document.items())[:10]
        if isinstance(value, str | int)
    }


def _no_spnego() -> SaslError:
    return SaslError(StageFailure(StageError.MECHANISM_UNAVAILABLE, extra="ntlm"))


class Spnego:
    """NTLM and GSSAPI through pyspnego, an optional extra.

    GSSAPI ends with the security layer step of RFC 4752, in which no layer is chosen. The library
    takes tokens apart without looking: whatever it raises means that it got rubbish.
    """

    def __init__(self, name: str, credential: Credential, host: str) -> None:
        try:
            import spnego
        except ImportError:
            raise _no_spnego() from None
        self.name = name
        self._settled = name == "NTLM"
        password = _password(credential) if credential.secret else None
        try:
            self._context = spnego.client(
                username=credential.username or None,
                password=password,
                hostname=host,
                service="smtp",
                protocol="ntlm" if name == "NTLM" else "kerberos",
            )
        except Exception:  # noqa: BLE001 - see above
            raise _no_spnego() from None

    def initial(self) -> bytes:
        try:
            return self._context.step(None) or b""
        except Exception:  # noqa: BLE001 - see above
            # No ticket, for instance.
            raise _no_spnego() from None

    def respond(self, challenge: str) -> bytes:
        data = decode_challenge(challenge)
        if self._context.complete and self._settled:
            raise SaslError(StageError.BAD_CHALLENGE)
        try:
            return (
                self._no_layer(data) if self._context.complete else self._context.step(data) or b""
            )
        except Exception:  # noqa: BLE001 - see above
            raise SaslError(StageError.BAD_CHALLENGE) from None

    def _no_layer(self, data: bytes) -> bytes:
        offered = bytes(self._context.unwrap(data).data)
        if len(offered) < 4 or not offered[0] & 1:
            raise SaslError(StageError.BAD_CHALLENGE)
        self._settled = True
        return bytes(self._context.wrap(b"\x01\x00\x00\x00", encrypt=False).data)

    def check_success(self) -> None:
        if not self._context.complete or not self._settled:
            raise SaslError(StageError.AUTH_UNEXPECTED)


def make_mechanism(
    name: str,
    credential: Credential,
    *,
    host: str,
    port: int,
    channel_binding: Callable[[], tuple[str, Any] | None] = lambda: None,
) -> Mechanism:
    """The exchange for a mechanism name; raises `SaslError`."""
    if name == "PLAIN":
        return Plain(credential)
    if name == "LOGIN":
        return Login(credential)
    if name == "CRAM-MD5":
        return CramMd5(credential)
    if name.startswith("SCRAM-"):
        return Scram(name, credential, channel_binding())
    if name in TOKEN_ORDER:
        return Bearer(name, credential, host, port)
    if name == "EXTERNAL":
        return External(credential)
    if name in ("NTLM", "GSSAPI"):
        return Spnego(name, credential, host)
    raise SaslError(StageError.MECHANISM_UNAVAILABLE)


def choose_mechanism(
    offered: Iterable[str],
    kind: CredentialKind,
    wanted: str,
    *,
    protected: bool,
    binding: bool,
) -> str | None:
    """The mechanism to try: the wanted one where offered, else the best of the stated order.

    `protected` is a verified TLS connection, `binding` that it offers a channel binding. None when
    nothing fits.
    """
    names = {name.upper() for name in offered}
    if wanted != "auto":
        return wanted if wanted in names else None
    if kind is CredentialKind.BEARER:
        order: tuple[str, ...] = TOKEN_ORDER
    elif kind is CredentialKind.PASSWORD:
        order = PROTECTED_ORDER if protected else CLEAR_ORDER
    else:
        order = ("EXTERNAL",)
    for name in order:
        if name in names and (binding or not name.endswith("-PLUS")):
            return name
    return None
