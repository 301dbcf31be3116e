"""SASL exchanges without a server: what is said, in which order, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from smtpwizard.model.auth import Credential, CredentialKind, Secret
from smtpwizard.model.connector import MECHANISMS
from smtpwizard.smtp.sasl import (
    CLEAR_ORDER,
    PROTECTED_ORDER,
    Mechanism,
    SaslError,
    choose_mechanism,
    decode_challenge,
    make_mechanism,
)


def credential(
    password: str | None = "secret", username: str = "mailer", kind: str = "password"
) -> Credential:
    secret = Secret(password) if password is not None else None
    return Credential(CredentialKind(kind), username, secret)


def make(name: str, who: Credential | None = None, **options: Any) -> Mechanism:
    who = who or credential()
    return make_mechanism(name, who, host="mail.test", port=587, **options)


def refused(code: str) -> Any:
    return pytest.raises(SaslError, match=code)


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


# -- what they have in common --------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "=", "a", "!!!!", "YQ", "YQ==YQ==", "ä", "YQ==\0", "Y Q=="])
def test_challenges_that_are_no_base64(text: str) -> None:
    if text == "":
        assert decode_challenge(text) == b""
        return
    with refused("bad_challenge"):
        decode_challenge(text)


def test_unknown_mechanisms() -> None:
    for name in ("DIGEST-MD5", "ANONYMOUS", "", "auto"):
        with refused("mechanism_unavailable"):
            make(name)


@pytest.mark.parametrize(
    "name", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"]
)
def test_without_a_secret(name: str) -> None:
    with refused("no_secret"):
        make(name, credential(None)).initial()


def test_names_are_their_own() -> None:
    for name in MECHANISMS:
        if name in ("GSSAPI", "NTLM"):
            continue
        binding = ("tls-unique", b"x") if name.endswith("-PLUS") else None
        assert make(name, channel_binding=lambda b=binding: b).name == name


# -- one by one ----------------------------------------------------------------------------------


def test_plain() -> None:
    exchange = make("PLAIN")
    assert exchange.initial() == b"\0mailer\0secret"
    assert exchange.respond("") == b"\0mailer\0secret"
    with refused("bad_challenge"):
        exchange.respond("")
    exchange.check_success()


def test_login() -> None:
    exchange = make("LOGIN")
    assert exchange.initial() is None
    with refused("auth_unexpected"):
        exchange.check_success()
    assert exchange.respond("anything") == b"mailer"
    with refused("auth_unexpected"):
        exchange.check_success()
    assert exchange.respond("anything") == b"secret"
    exchange.check_success()
    with refused("bad_challenge"):
        exchange.respond("anything")


def test_cram_md5_as_its_rfc_has_it() -> None:
    # RFC 2195 §3.
    exchange = make("CRAM-MD5", credential("tanstaaftanstaaf", "tim"))
    assert exchange.initial() is None
    challenge = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"
    assert exchange.respond(challenge) == b"tim b913a602c7eda7a495b4e6e7334d3890"
    exchange.check_success()
    with refused("bad_challenge"):
        exchange.respond(challenge)


def test_external() -> None:
    exchange = make("EXTERNAL", credential(None, "me@example.com", "none"))
    assert exchange.initial() == b"me@example.com"
    assert exchange.respond("") == b"me@example.com"
    with refused("bad_challenge"):
        exchange.respond("")
    exchange.check_success()
    who = Credential(CredentialKind.NONE, "me", None, "another")
    assert make("EXTERNAL", who).initial() == b"another"


def test_tokens() -> None:
    who = credential("ya29.x", "me@example.com", "bearer")
    assert make("XOAUTH2", who).initial() == b"user=me@example.com\1auth=Bearer ya29.x\1\1"
    assert make("OAUTHBEARER", who).initial() == (
        b"n,a=me@example.com,\1host=mail.test\1port=587\1auth=Bearer ya29.x\1\1"
    )


# -- SCRAM ---------------------------------------------------------------------------------------


class ScramServer:
    """The server's side (RFC 5802 §3) with passwords as they are, as Dovecot stores them."""

    def __init__(self, password: str, name: str = "sha256", iterations: int = 4096) -> None:
        self.name = name
        self.salt, self.iterations = b"sixteen octets!!", iterations
        salted = hashlib.pbkdf2_hmac(name, password.encode(), self.salt, iterations)
        self.client_key = self._hmac(salted, b"Client Key")
        self.server_key = self._hmac(salted, b"Server Key")

    def _hmac(self, key: bytes, data: bytes) -> bytes:
        return hmac.new(key, data, self.name).digest()

    def first(self, client_first: bytes) -> str:
        self.bare = client_first.partition(b",,")[2]
        self.nonce = self.bare.partition(b"r=")[2] + b"more"
        salt = base64.b64encode(self.salt).decode()
        self.message = f"r={self.nonce.decode()},s={salt},i={self.iterations}"
        return self.message

    def final(self, client_final: bytes) -> str | None:
        """The proof, or None for a client that does not know the password."""
        without, _, proof = client_final.rpartition(b",p=")
        everything = b",".join((self.bare, self.message.encode(), without))
        signature = self._hmac(hashlib.new(self.name, self.client_key).digest(), everything)
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
        if key != self.client_key:
            return None
        return "v=" + base64.b64encode(self._hmac(self.server_key, everything)).decode()


def scram(password: str, server: ScramServer) -> bool:
    """One exchange from its beginning to its end: True when both sides are content."""
    exchange = make(
        "SCRAM-SHA-256" if server.name == "sha256" else "SCRAM-SHA-1", credential(password)
    )
    first = exchange.initial()
    assert first is not None
    proof = server.final(exchange.respond(b64(server.first(first))))
    with refused("server_not_proven"):
        exchange.check_success()
    if proof is None:
        return False
    assert exchange.respond(b64(proof)) == b""
    exchange.check_success()
    with refused("bad_challenge"):
        exchange.respond(b64(proof))
    return True


@pytest.mark.parametrize("name", ["sha1", "sha256"])
@pytest.mark.parametrize(
    "password", ["secret", " both ends ", "Schlüssel", "🔑 key", "tab\there", "\ue000", "\xad"]
)
def test_scram_with_any_password(name: str, password: str) -> None:
    server = ScramServer(password, name)
    assert scram(password, server)
    assert not scram(password + "x", server)


def test_scram_prepares_what_it_can() -> None:
    # RFC 4013: a no-break space is a space, a ligature its letters.
    assert scram("pass\xa0word \ufb01", ScramServer("pass word fi"))


def test_scram_with_many_iterations() -> None:
    assert scram("secret", ScramServer("secret", iterations=100_000))
    with refused("bad_challenge"):
        exchange = make("SCRAM-SHA-256")
        first = exchange.initial()
        assert first is not None
        server = ScramServer("secret")
        server.iterations = 10_000_000
        exchange.respond(b64(server.first(first)))


def test_scram_asked_again_for_its_first_message() -> None:
    exchange = make("SCRAM-SHA-1")
    first = exchange.initial()
    assert exchange.respond("") == first
    with refused("bad_challenge"):
        exchange.respond("")


@pytest.mark.parametrize("name", ["\ue000", "\ud800", "", "\u0627a"])
def test_scram_with_a_name_it_cannot_carry(name: str) -> None:
    with pytest.raises(SaslError) as error:
        make("SCRAM-SHA-256", credential(username=name))
    assert error.value.code in ("mechanism_unavailable", "control_characters")


# -- NTLM and GSSAPI -----------------------------------------------------------------------------


class FakeContext:
    """A Kerberos context: two steps, then the security layer (RFC 4752 §3.1)."""

    def __init__(self, offered: bytes = b"\x01\x00\x00\x00", fail: Exception | None = None) -> None:
        self.offered = offered
        self.fail = fail
        self.complete = False
        self.options: dict[str, Any] = {}

    def step(self, token: bytes | None) -> bytes | None:
        if self.fail is not None:
            raise self.fail
        if token is None:
            return b"ticket"
        self.complete = True
        return None

    def unwrap(self, data: bytes) -> Any:
        assert data == b"wrapped"
        return SimpleNamespace(data=self.offered)

    def wrap(self, data: bytes, encrypt: bool) -> Any:
        assert not encrypt
        return SimpleNamespace(data=b"W" + data)


@pytest.fixture
def kerberos(monkeypatch: pytest.MonkeyPatch) -> FakeContext:
    context = FakeContext()

    def client(**options: Any) -> FakeContext:
        context.options = options
        return context

    monkeypatch.setitem(sys.modules, "spnego", SimpleNamespace(client=client))
    return context


def test_gssapi(kerberos: FakeContext) -> None:
    exchange = make("GSSAPI", credential(None, "", "none"))
    assert kerberos.options == {
        "username": None,
        "password": None,
        "hostname": "mail.test",
        "service": "smtp",
        "protocol": "kerberos",
    }
    assert exchange.initial() == b"ticket"
    with refused("auth_unexpected"):
        exchange.check_success()
    assert exchange.respond(b64("mutual")) == b""
    with refused("auth_unexpected"):
        exchange.check_success()
    assert exchange.respond(b64("wrapped")) == b"W\x01\x00\x00\x00"
    exchange.check_success()
    with refused("bad_challenge"):
        exchange.respond(b64("wrapped"))


@pytest.mark.parametrize("offered", [b"", b"\x01\x00", b"\x02\x00\x00\x00", b"\x06\x00\x10\x00"])
def test_gssapi_where_a_layer_is_a_must(kerberos: FakeContext, offered: bytes) -> None:
    kerberos.offered = offered
    exchange = make("GSSAPI")
    exchange.initial()
    exchange.respond(b64("mutual"))
    with refused("bad_challenge"):
        exchange.respond(b64("wrapped"))


def test_gssapi_without_a_ticket(kerberos: FakeContext) -> None:
    kerberos.fail = RuntimeError("no credentials cache")
    with refused("mechanism_unavailable"):
        make("GSSAPI").initial()


def test_a_library_that_stumbles(kerberos: FakeContext) -> None:
    exchange = make("GSSAPI")
    exchange.initial()
    kerberos.fail = KeyError(7)
    with refused("bad_challenge"):
        exchange.respond(b64("rubbish"))


def test_a_library_without_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def client(**options: Any) -> None:
        raise OSError("no libkrb5")

    monkeypatch.setitem(sys.modules, "spnego", SimpleNamespace(client=client))
    with pytest.raises(SaslError) as error:
        make("GSSAPI")
    assert (error.value.code, error.value.facts) == ("mechanism_unavailable", {"extra": "ntlm"})


# -- the choice ----------------------------------------------------------------------------------

PASSWORD, BEARER, NONE = CredentialKind.PASSWORD, CredentialKind.BEARER, CredentialKind.NONE


@pytest.mark.parametrize(
    ("offered", "kind", "wanted", "protected", "binding", "chosen"),
    [
        (PROTECTED_ORDER, PASSWORD, "auto", True, True, "SCRAM-SHA-256-PLUS"),
        (PROTECTED_ORDER, PASSWORD, "auto", True, False, "SCRAM-SHA-256"),
        (PROTECTED_ORDER, PASSWORD, "auto", False, False, "SCRAM-SHA-256"),
        (("login", "Plain"), PASSWORD, "auto", True, True, "PLAIN"),
        (("LOGIN", "CRAM-MD5"), PASSWORD, "auto", True, True, "LOGIN"),
        (("LOGIN", "CRAM-MD5"), PASSWORD, "auto", False, False, "CRAM-MD5"),
        (("XOAUTH2", "OAUTHBEARER"), PASSWORD, "auto", True, True, None),
        (("OAUTHBEARER", "XOAUTH2", "PLAIN"), BEARER, "auto", True, True, "XOAUTH2"),
        (("OAUTHBEARER", "PLAIN"), BEARER, "auto", True, True, "OAUTHBEARER"),
        (("PLAIN", "LOGIN"), BEARER, "auto", True, True, None),
        (("PLAIN", "EXTERNAL"), NONE, "auto", True, True, "EXTERNAL"),
        (("PLAIN",), NONE, "auto", True, True, None),
        (("plain", "login"), PASSWORD, "LOGIN", True, True, "LOGIN"),
        (("PLAIN",), PASSWORD, "LOGIN", True, True, None),
        (("NTLM", "GSSAPI"), PASSWORD, "auto", True, True, None),
        (("NTLM",), PASSWORD, "NTLM", True, True, "NTLM"),
        ((), PASSWORD, "auto", True, True, None),
    ],
)
def test_the_choice(
    offered: tuple[str, ...],
    kind: CredentialKind,
    wanted: str,
    protected: bool,
    binding: bool,
    chosen: str | None,
) -> None:
    found = choose_mechanism(offered, kind, wanted, protected=protected, binding=binding)
    assert found == chosen


def test_the_orders_hold_what_can_be_made() -> None:
    assert set(CLEAR_ORDER) < set(PROTECTED_ORDER) <= set(MECHANISMS)
