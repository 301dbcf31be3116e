"""What a text pasted into the field of a server says: host, port, security and login."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smtpwizard.model.addresses import AddressError, is_address, parse_host, parse_port


@dataclass(frozen=True, slots=True)
class PastedServer:
    """What a text pasted into Server says: host, and port or security where it names them."""

    host: str
    port: int | None = None
    security: str | None = None
    username: str | None = None


_SCHEMES = {
    "smtps": ("implicit_tls", 465),
    "submissions": ("implicit_tls", 465),
    "ssl": ("implicit_tls", 465),
    "tls": ("implicit_tls", 465),
    "smtp": (None, None),
    "submission": ("starttls", 587),
}


def sort_out_server(text: str) -> PastedServer | None:
    """Take apart `smtps://host:465`, `host:587`, `[::1]:25` or an address; None if it is no more
    than a host name already (or nothing that can be read)."""
    if len(text) > 2048:
        return None
    rest = text.strip()
    security: str | None = None
    port: int | None = None
    username: str | None = None
    scheme, separator, after = rest.partition("://")
    if separator:
        if scheme.lower() not in _SCHEMES:
            if scheme.lower() not in ("http", "https"):
                return None
        else:
            security, port = _SCHEMES[scheme.lower()]
        rest = re.split(r"[/?#]", after, maxsplit=1)[0]
    if "@" in rest:
        user, _, rest = rest.rpartition("@")
        # user:password@host: the password is not ours to keep on screen.
        user = user.partition(":")[0]
        username = user if separator else f"{user}@{rest}"
        if not separator and not is_address(username):
            return None
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.%]+)\](?::(\d{1,5}))?", rest)
    if bracketed:
        rest, digits = bracketed[1], bracketed[2]
    elif rest.count(":") == 1:
        rest, _, digits = rest.partition(":")
    else:
        digits = None
    try:
        host = parse_host(rest)
        if digits:
            port = parse_port(digits)
    except AddressError:
        return None
    if host == text:
        return None
    if port is not None and security is None:
        security = {465: "implicit_tls", 587: "starttls"}.get(port)
    return PastedServer(host, port, security, username)
