"""How long one whole verification takes beside the shortest script with smtplib that does the same.

Each round connects, starts TLS, logs in with PLAIN, composes and sends a test email and says
goodbye, in one process; the TLS contexts are built beforehand on both sides. The two take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import smtplib
import socket
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from smtpwizard.model.addresses import parse_address  # noqa: E402
from smtpwizard.model.auth import (  # noqa: E402
    Credential,
    CredentialKind,
    FixedCredential,
    Secret,
)
from smtpwizard.model.connector import (  # noqa: E402
    Admin,
    Authentication,
    Connector,
    Method,
    Security,
    Server,
)
from smtpwizard.model.redaction import Redactor  # noqa: E402
from smtpwizard.smtp.message import EmailContents, compose  # noqa: E402
from smtpwizard.smtp.verification import Settings, verify  # noqa: E402
from tests.helpers import real_servers  # noqa: E402
from tests.helpers.certificates import make_certificates  # noqa: E402

LIMIT = 1.1
RECIPIENT = "admin@example.test"


@dataclass(frozen=True, slots=True)
class Target:
    """One server, and the login that it knows."""

    host: str
    port: int
    ca_file: str
    username: str
    password: str

    def connector(self) -> Connector:
        return Connector(
            name="Benchmark",
            provider="custom",
            server=Server(self.host, self.port, Security.STARTTLS, ca_file=self.ca_file),
            authentication=Authentication(Method.BASIC, self.username),
            admin=Admin(self.username),
        )


def by_verification(target: Target) -> Callable[[], None]:
    secret = Secret(target.password)
    source = FixedCredential(Credential(CredentialKind.PASSWORD, target.username, secret))
    connector = target.connector()

    def once() -> None:
        report = verify(
            connector,
            source,
            Settings(recipient=RECIPIENT, timeout_s=10, redactor=Redactor([secret])),
        )
        if not report.ok:
            raise SystemExit(f"the verification failed: {report.to_json()}")

    return once


def by_smtplib(target: Target) -> Callable[[], None]:
    """The shortest script that composes and sends what a verification does."""
    context = ssl.create_default_context(cafile=target.ca_file)
    text, html = bodies(target)

    def once() -> None:
        # A name of its own keeps smtplib from asking the resolver for ours.
        with smtplib.SMTP(target.host, target.port, "[127.0.0.1]", timeout=10) as client:
            client.starttls(context=context)
            client.login(target.username, target.password)
            message = EmailMessage()
            message["From"] = target.username
            message["To"] = RECIPIENT
            message["Subject"] = "Test email from the connector Benchmark"
            message["Date"] = localtime()
            message["Message-ID"] = make_msgid(domain="example.test")
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(text)
            message.add_alternative(html, subtype="html")
            client.send_message(message)

    return once


def bodies(target: Target) -> tuple[str, str]:
    """What a verification's test email says, as text and as HTML."""
    facts = {
        "Connector": "Benchmark",
        "Server": f"{target.host}:{target.port}",
        "Encryption": "TLSv1.3",
        "Authentication": "PLAIN",
        "User": target.username,
        "Sent": "2026-11-22 10:15:00 UTC",
    }
    sender, recipient = parse_address(target.username), parse_address(RECIPIENT)
    data = compose(
        EmailContents("Benchmark", sender, recipient, localtime(), facts), "<1@example.com>"
    )
    message = message_from_bytes(data, policy=SMTP)
    assert isinstance(message, EmailMessage)
    text, html = (part.get_content() for part in message.iter_parts())
    return text, html


def take_turns(rivals: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each round; what is built once is built before."""
    for once in rivals.values():
        for _ in range(3):
            once()
    gc.collect()
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(rounds):
        names = list(rivals) if number % 2 else list(reversed(rivals))
        for name in names:
            began = time.perf_counter()
            rivals[name]()
            times[name].append((time.perf_counter() - began) * 1000)
    return times


def compare(title: str, target: Target, rounds: int) -> float:
    """Print the medians; the ratio of ours to smtplib."""
    rivals = {"smtplib": by_smtplib(target), "verification": by_verification(target)}
    times = take_turns(rivals, rounds)
    theirs, ours = (statistics.median(times[name]) for name in rivals)
    print(f"{title:12}{theirs:12.2f}{ours:16.2f}{ours / theirs:9.2f}")
    return ours / theirs


# -- servers -------------------------------------------------------------------------------------


@contextlib.contextmanager
def postfix() -> Iterator[Target]:
    listeners = {"starttls": real_servers.Listener("starttls", mechanisms=("PLAIN",))}
    with real_servers.mail_server(listeners) as server:
        yield Target(
            server.host,
            server.starttls_port,
            str(server.ca_file),
            server.username,
            server.password,
        )


@contextlib.contextmanager
def aiosmtpd() -> Iterator[Target]:
    """A mail server written elsewhere, in a thread of this process."""
    import logging

    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    logging.getLogger("mail.log").setLevel(logging.ERROR)

    class Sink:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            return "250 2.0.0 Ok"

    with tempfile.TemporaryDirectory() as folder:
        certificates = make_certificates(Path(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.good.combined)
        controller = Controller(
            Sink(),
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=context,
            auth_required=True,
            auth_exclude_mechanism=["LOGIN"],
            authenticator=lambda *_: AuthResult(success=True),
        )
        controller.start()
        try:
            yield Target(
                "127.0.0.1",
                controller.port,
                str(certificates.ca_file),
                "mailer@example.test",
                "correct-horse-battery",
            )
        finally:
            controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- a dead IPv6 address -------------------------------------------------------------------------


def dead_ipv6(target: Target, rounds: int) -> None:
    """What it costs that the first address of a host, an IPv6 one, never answers."""
    from tests.net.peers import black_hole

    resolve = socket.getaddrinfo
    hole: tuple[int, int] = (0, 0)

    def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        alive = resolve("127.0.0.1", target.port, *args, **kwargs)
        if not hole[0]:
            return alive
        dead = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", hole[1], 0, 0))
        return [dead, *alive]

    once = by_verification(replace(target, host="localhost"))
    socket.getaddrinfo = lookup
    try:
        times: dict[bool, list[float]] = {False: [], True: []}
        with black_hole("::1") as port:
            for number in range(2 * rounds + 2):
                dead = bool(number % 2)
                hole = (int(dead), port)
                began = time.perf_counter()
                once()
                if number >= 2:
                    times[dead].append((time.perf_counter() - began) * 1000)
    finally:
        socket.getaddrinfo = resolve
    alive, with_dead = (statistics.median(times[dead]) for dead in (False, True))
    print(
        f"\na dead IPv6 address first: {with_dead:.1f} ms in place of {alive:.1f}, "
        f"{with_dead - alive:.0f} ms more"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="rounds with each (100)")
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"highest ratio ({LIMIT})")
    parser.add_argument("--profile", action="store_true", help="where a verification's time goes")
    options = parser.parse_args()
    reason = real_servers.why_no_mail_server()
    if reason:
        print(f"no Postfix: {reason}", file=sys.stderr)
    if options.profile:
        with aiosmtpd() if reason else postfix() as target:
            return profile(target, options.rounds)
    print(f"medians of {options.rounds} rounds, ms, taking turns; STARTTLS, PLAIN, a test email")
    print(f"{'':12}{'smtplib':>12}{'verification':>16}{'ratio':>9}")
    ratios = []
    if not reason:
        with postfix() as target:
            ratios.append(compare("Postfix", target, options.rounds))
    with aiosmtpd() as target:
        ratios.append(compare("aiosmtpd", target, options.rounds))
        dead_ipv6(target, 5)
    slow = max(ratios) > options.limit
    print(f"{'over' if slow else 'within'} the limit of {options.limit} times smtplib")
    return int(slow)


def profile(target: Target, rounds: int) -> int:
    import cProfile
    import pstats

    once = by_verification(target)
    once()
    found = cProfile.Profile()
    found.enable()
    for _ in range(rounds):
        once()
    found.disable()
    pstats.Stats(found).sort_stats("tottime").print_stats(45)
    return 0


if __name__ == "__main__":
    sys.exit(main())
