"""A client's trust for the tests of embedded servers."""

from __future__ import annotations

import ssl
from typing import Protocol


class HasAuthority(Protocol):
    """Anything that can say which authority vouches for it."""

    @property
    def ca_pem(self) -> bytes: ...


def trusting(server: HasAuthority) -> ssl.SSLContext:
    """A client context that trusts this authority alone; names are checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=server.ca_pem.decode("ascii"))
    return context
