"""A throw-away certificate authority for embedded servers; nothing else ever trusts it."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

DEFAULT_NAMES = ("localhost", "127.0.0.1", "::1")


class ThrowAwayAuthority:
    """A fresh authority that issues server certificates; it lives and dies with the process."""

    def __init__(self, name: str = "smtpwizard demo authority") -> None:
        import trustme

        self._authority = trustme.CA(organization_name=name)

    @property
    def ca_pem(self) -> bytes:
        """The authority's own certificate, what a client has to trust."""
        return self._authority.cert_pem.bytes()

    def write_ca(self, path: Path) -> Path:
        """Write the certificate to trust as PEM and give the path back."""
        path.write_bytes(self.ca_pem)
        return path

    def server_context(
        self,
        names: Sequence[str] = DEFAULT_NAMES,
        *,
        client_ca_pem: bytes | None = None,
        expired_days: int | None = None,
    ) -> ssl.SSLContext:
        """A server's TLS context (1.2 or newer) with a fresh certificate for `names`.

        With `client_ca_pem` the server insists on a client certificate of that authority; with
        `expired_days` its own ran out so many days ago.
        """
        pair = self.server_pair(names, client_ca_pem=client_ca_pem, expired_days=expired_days)
        return pair[0]

    def server_pair(
        self,
        names: Sequence[str] = DEFAULT_NAMES,
        *,
        client_ca_pem: bytes | None = None,
        expired_days: int | None = None,
    ) -> tuple[ssl.SSLContext, bytes]:
        """As `server_context`, with the leaf certificate as PEM (for channel binding and pins)."""
        end = datetime.now(UTC) - timedelta(days=expired_days) if expired_days else None
        begin = end - timedelta(days=90) if end is not None else None
        leaf = self._authority.issue_cert(*names, not_before=begin, not_after=end)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Unread session tickets would turn the client's orderly close into a reset.
        context.num_tickets = 0
        leaf.configure_cert(context)
        if client_ca_pem is not None:
            context.load_verify_locations(cadata=client_ca_pem.decode("ascii"))
            context.verify_mode = ssl.CERT_REQUIRED
        return context, leaf.cert_chain_pems[0].bytes()
