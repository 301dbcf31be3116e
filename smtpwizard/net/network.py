"""The ways out of this machine that a verification takes: a replay puts others in their place."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from smtpwizard.model.stage_facts import Attempt, StageFailure
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.proxy import Proxy, choose_proxy, open_tunnel
from smtpwizard.net.resolve import Endpoint, connect_first, resolve
from smtpwizard.net.stream import Stream
from smtpwizard.net.tls import client_context, leads_to


class Network:
    """The network as it is; every method raises what the function of its name does."""

    def choose_proxy(self, configured: str | None, host: str, port: int) -> Proxy | None:
        """The proxy on the way to a server, if any."""
        return choose_proxy(configured, host, port)

    def resolve(
        self, host: str, port: int, *, token: CancelToken, deadline: Deadline
    ) -> list[Endpoint]:
        """The addresses of a name, in the order to try them in."""
        return resolve(host, port, token=token, deadline=deadline)

    def connect(
        self, endpoints: Sequence[Endpoint], *, token: CancelToken, deadline: Deadline
    ) -> tuple[Stream, Endpoint, tuple[Attempt, ...]]:
        """A stream to the address that answers first, which one it was, and the others."""
        sock, endpoint, attempts = connect_first(endpoints, token=token, deadline=deadline)
        return Stream(sock, token), endpoint, attempts

    def open_tunnel(
        self, stream: Stream, proxy: Proxy, host: str, port: int, deadline: Deadline
    ) -> None:
        """Make a stream that leads to a proxy lead to a server."""
        open_tunnel(stream, proxy, host, port, deadline)

    def client_context(
        self,
        *,
        ca_file: str | None = None,
        pinned_certificate: str | None = None,
        client_certificate: str | None = None,
        client_certificate_passphrase: str | None = None,
        authorities: tuple[str, ...] = (),
    ) -> ssl.SSLContext:
        """Whom to trust, and what to show of ourselves."""
        return client_context(
            ca_file=ca_file,
            pinned_certificate=pinned_certificate,
            client_certificate=client_certificate,
            client_certificate_passphrase=client_certificate_passphrase,
            authorities=authorities,
        )

    def with_trust(
        self,
        failure: StageFailure,
        own_trust: str,
        shown: Sequence[bytes],
        project: Sequence[str],
    ) -> StageFailure:
        """A failure for which nobody vouched, with what decided in place of the project, and
        whether what was shown (DER) leads to whom the project trusts (PEM)."""
        vouches = bool(project) and leads_to(shown, project)
        return failure._replace(own_trust=own_trust, project_vouches=vouches or None)
