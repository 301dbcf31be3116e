"""A session one step at a time, for what a whole verification would rush past."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.addresses import parse_address
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.resolve import resolve
from smtpwizard.smtp.recorder import Recorder
from smtpwizard.smtp.session import Session
from tests.smtp.invariants import GENEROUS_S

ADDRESS = parse_address("mailer@example.com")


def soon(seconds: float = GENEROUS_S) -> Deadline:
    """A deadline for what will happen; a short one is for what will not."""
    return Deadline(seconds)


@contextlib.contextmanager
def connected(server: ScriptedServer, token: CancelToken | None = None) -> Iterator[Session]:
    """A session that has a connection and has said nothing."""
    token = token or CancelToken()
    with Session(
        host=server.host,
        port=server.port,
        proxy=None,
        recorder=Recorder(time.monotonic),
        token=token,
    ) as session:
        session.connect(resolve(server.host, server.port, token=token, deadline=soon()), soon())
        yield session


@contextlib.contextmanager
def greeted(server: ScriptedServer, token: CancelToken | None = None) -> Iterator[Session]:
    """A session that has said EHLO."""
    with connected(server, token) as session:
        session.greeting(soon())
        session.ehlo("client.example", soon(), helo_allowed=False)
        yield session


@contextlib.contextmanager
def ready_for_data(server: ScriptedServer, token: CancelToken | None = None) -> Iterator[Session]:
    """A session whose sender and recipient were taken."""
    with greeted(server, token) as session:
        session.mail(ADDRESS, 100, smtputf8=False, deadline=soon())
        session.rcpt(ADDRESS, soon())
        yield session
