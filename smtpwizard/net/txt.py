"""TXT records of a domain, where SPF and DMARC stand; the only place that asks a name server.

Never waits longer than it was told, and imports its library when it is first asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from dns import exception, resolver

from smtpwizard.model.errors import NetworkError
from smtpwizard.net.cancel import CancelToken, Deadline, run_abandonable

_TEXT_CAP = 4096


def look_up_txt(
    name: str,
    *,
    token: CancelToken,
    deadline: Deadline,
    servers: Sequence[str] | None = None,
    port: int = 53,
) -> tuple[str, ...]:
    """The TXT records of a name as A-labels, each joined from its parts; empty where it has none.

    `servers` are addresses of name servers, this machine's own if None. Raises
    `NetworkError("dns_failed")`, `Cancelled`, `DeadlineExceeded`.
    """
    seconds = deadline.remaining()

    def ask() -> tuple[str, ...]:
        try:
            asked = resolver.Resolver(configure=servers is None)
            if servers is not None:
                asked.nameservers = list(servers)
                asked.port = port
            answer = asked.resolve(f"{name}.", "TXT", lifetime=seconds, search=False)
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return ()
        except (exception.DNSException, OSError):
            raise NetworkError("dns_failed", host=name) from None
        return tuple(
            b"".join(record.strings)[:_TEXT_CAP].decode("utf-8", "replace") for record in answer
        )

    return run_abandonable(ask, token=token, deadline=deadline, name="txt")
