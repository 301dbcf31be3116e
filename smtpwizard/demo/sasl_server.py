"""The server's side of the SASL mechanisms; it checks one account and keeps nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import scramp


class Channel(Protocol):
    """What an exchange may ask of its connection."""

    @property
    def peer_certificate(self) -> bytes | None: ...

    def channel_binding(self) -> bytes | None: ...


Exchange: TypeAlias = Generator[bytes, bytes, bool]
"""Yields challenges as they go on the wire, is sent decoded responses, returns the verdict."""


@dataclass(frozen=True, slots=True)
class Account:
    """The one login a server knows, and how it talks about it."""

    username: str = "mailer@example.com"
    password: str = field(default="correct horse battery", repr=False)
    token: str = field(default="ya29.good-token", repr=False)
    takes_token: Callable[[str], bool] | None = field(default=None, repr=False)
    """Judges tokens in place of `token`: the authorization server's own knowledge."""
    may_act_as: frozenset[str] = frozenset()
    """Authorization identities beyond the user's own."""
    login_prompts: tuple[bytes, bytes] = (b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6")
    """What follows 334 in LOGIN, as it goes on the wire."""
    token_refusal: bytes = b'{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}'
    certificate_pem: bytes | None = None
    """The server's own certificate, for the `tls-server-end-point` channel binding."""


def decode(response: bytes) -> bytes | None:
    """A client's base64 (`=` stands for an empty one), None if it is not."""
    if response == b"=":
        return b""
    try:
        return base64.b64decode(response, validate=True)
    except binascii.Error:
        return None


def encode(challenge: bytes) -> bytes:
    """A challenge as it goes on the wire."""
    return base64.b64encode(challenge)


def _same(left: bytes, right: str) -> bool:
    return hmac.compare_digest(left, right.encode())


def _takes(account: Account, token: bytes) -> bool:
    if account.takes_token is not None:
        return account.takes_token(token.decode("utf-8", "replace"))
    return _same(token, account.token)


def _authorised(account: Account, identity: bytes) -> bool:
    return identity in {b"", account.username.encode(), *(a.encode() for a in account.may_act_as)}


def plain(account: Account, connection: Channel) -> Exchange:
    """RFC 4616."""
    parts = (yield b"").split(b"\0")
    return (
        len(parts) == 3
        and _authorised(account, parts[0])
        and _same(parts[1], account.username)
        and _same(parts[2], account.password)
    )


def login(account: Account, connection: Channel) -> Exchange:
    """draft-murchison-sasl-login; the prompts are the account's."""
    username = yield account.login_prompts[0]
    password = yield account.login_prompts[1]
    return _same(username, account.username) and _same(password, account.password)


def cram_md5(account: Account, connection: Channel) -> Exchange:
    """RFC 2195."""
    challenge = f"<{secrets.token_hex(8)}@scripted.example>".encode()
    username, _, digest = (yield encode(challenge)).rpartition(b" ")
    right = hmac.new(account.password.encode(), challenge, hashlib.md5).hexdigest()
    return _same(username, account.username) and _same(digest, right)


def xoauth2(account: Account, connection: Channel) -> Exchange:
    """Google's and Microsoft's mechanism."""
    match = re.fullmatch(rb"user=([^\x01]*)\x01auth=Bearer ([^\x01]+)\x01\x01", (yield b""))
    if match and _same(match[1], account.username) and _takes(account, match[2]):
        return True
    yield encode(account.token_refusal)
    return False


def oauthbearer(account: Account, connection: Channel) -> Exchange:
    """RFC 7628."""
    form = re.compile(
        rb"n,a=([^,]*),\x01(?:[a-z]+=[^\x01]*\x01)*?auth=Bearer ([^\x01]+)\x01(?:[^\x01]+\x01)*\x01"
    )
    match = form.fullmatch((yield b""))
    if match and _same(match[1], account.username) and _takes(account, match[2]):
        return True
    yield encode(account.token_refusal)
    return False


def external(account: Account, connection: Channel) -> Exchange:
    """RFC 4422 appendix A: the client's certificate is the credential."""
    identity = yield b""
    return connection.peer_certificate is not None and _authorised(account, identity)


def scram(mechanism: str) -> Callable[[Account, Channel], Exchange]:
    """RFC 5802 and 7677, with channel binding where the name ends in -PLUS."""

    def run(account: Account, connection: Channel) -> Exchange:
        rules = scramp.ScramMechanism(mechanism)
        keys = rules.make_auth_info(account.password)
        first = (yield b"").decode("utf-8", "replace")
        binding = _binding(first, account, connection) if mechanism.endswith("-PLUS") else None
        try:
            server = rules.make_server(
                lambda name: keys if name == account.username else None, channel_binding=binding
            )
            server.set_client_first(first)
            final = yield encode(server.get_server_first().encode())
            server.set_client_final(final.decode("utf-8", "replace"))
        except scramp.ScramException:
            return False
        yield encode(server.get_server_final().encode())
        return True

    return run


def _binding(
    client_first: str, account: Account, connection: Channel
) -> tuple[str, bytes | str] | None:
    if client_first.startswith("p=tls-unique,"):
        unique = connection.channel_binding()
        return ("tls-unique", unique) if unique else None
    if account.certificate_pem is not None:
        return ("tls-server-end-point", account.certificate_pem.decode("ascii"))
    return None


MECHANISMS: dict[str, Callable[[Account, Channel], Exchange]] = {
    "PLAIN": plain,
    "LOGIN": login,
    "CRAM-MD5": cram_md5,
    "XOAUTH2": xoauth2,
    "OAUTHBEARER": oauthbearer,
    "EXTERNAL": external,
    **{
        name: scram(name)
        for name in (
            "SCRAM-SHA-1",
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-256",
            "SCRAM-SHA-256-PLUS",
        )
    },
}
