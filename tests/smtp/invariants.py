"""One watched verification, and the six things that must hold whatever server and network do.

(i) no secret and no mail data before verified TLS, wherever security is not `none`; (ii) no stage
runs out of time but the one that the test keeps waiting; (iii) exactly one terminal status, with
stage, reply code, enhanced code and sanitised text; (iv) at most one acceptance, and no lie about
it; (v) no thread, socket or temporary file left; (vi) its record plays again to the same end.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import ssl
import tempfile
import threading
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.demo.scripted import Account, Action, ScriptedServer, find_secrets
from smtpwizard.demo.smtp_dialogue import GoodServer
from smtpwizard.model.auth import Credential, CredentialKind, CredentialSource, FixedCredential
from smtpwizard.model.auth import Secret as SecretText
from smtpwizard.model.connector import Admin, Authentication, Connector, Method, Security, Server
from smtpwizard.model.plain import to_plain
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import STAGES, Report, Stage, StageResult, Status
from smtpwizard.model.run import read_report
from smtpwizard.model.stage_facts import StageError
from smtpwizard.net.cancel import CancelToken
from smtpwizard.net.tls import CLIENT_CERTIFICATE_ERRORS
from smtpwizard.smtp import session, verification
from smtpwizard.smtp.verification import Settings, verify
from tests.demo.replaying import assert_same_again
from tests.helpers.certificates import Certificates, KeyPair

USERNAME = "mailer@example.com"
PASSWORD = "pässword, quite a canary"
TOKEN = "ya29.canary-of-a-token_0123456789"
RECIPIENT = "admin@example.com"
ACCOUNT = Account(USERNAME, PASSWORD, token=TOKEN)

GENEROUS_S = 86_400.0
"""A stage's time where something is to happen: on no machine is it the clock that ends it."""
SHORT_S = 0.3
"""A stage's time where nothing will happen, and the end of the time is what is tested."""

PROBE_S = 4.0
"""For the question to a silent peer what it is: some answer only when half of it is over."""
ANYWHERE = "anywhere"
"""Every stage has a short time: for faults made up by chance."""

STAGE_OF: Mapping[str, Stage] = {
    "RESOLVE": Stage.RESOLVE,
    "CONNECT": Stage.CONNECT,
    "HANDSHAKE": Stage.TLS,
    "greeting": Stage.GREETING,
    "EHLO": Stage.EHLO,
    "EHLO_TLS": Stage.EHLO,
    "HELO": Stage.EHLO,
    "STARTTLS": Stage.TLS,
    "AUTH": Stage.AUTH,
    "AUTH_STEP": Stage.AUTH,
    "AUTH_RESULT": Stage.AUTH,
    "MAIL": Stage.MAIL_FROM,
    "RCPT": Stage.RCPT_TO,
    "DATA": Stage.DATA,
    "EOD": Stage.DATA,
}
"""In which stage a verification waits for the answer to which step of a scripted server."""

STAGE_ORDER: Mapping[str, tuple[Stage, ...]] = {
    "starttls": STAGES,
    "none": STAGES,
    "implicit_tls": (
        Stage.RESOLVE,
        Stage.CONNECT,
        Stage.TLS,
        Stage.GREETING,
        *STAGES[STAGES.index(Stage.EHLO) :],
    ),
}


@dataclass
class Seen:
    """What came of one verification."""

    report: Report
    security: str
    times_out: str | None
    sent: bool
    events: list[StageResult]
    secrets: tuple[str, ...]
    server: ScriptedServer | None = None
    connector: Connector | None = None

    @property
    def stop(self) -> tuple[str, int | None, str] | None:
        """Stage, reply code and our own word for what stopped it; None when nothing did."""
        result = self.report.stopped_at()
        if result is None:
            return None
        return (
            result.stage.value,
            result.reply.code if result.reply else None,
            str(result.error),
        )

    @property
    def stopped(self) -> StageResult:
        result = self.report.stopped_at()
        assert result is not None, "nothing stopped it"
        return result

    def detail(self, stage: Stage) -> Mapping[str, Any]:
        return self.report.stage(stage).detail()

    @property
    def commands(self) -> list[bytes]:
        """The verbs the server read, all connections joined."""
        assert self.server is not None
        return [line.split(b" ")[0].upper() for line in self.server.lines]

    @property
    def transcript(self) -> list[str]:
        return [f"{line.sender}: {line.line}" for line in self.report.transcript]


# -- the invariants ------------------------------------------------------------------------------


def assert_invariants(seen: Seen) -> None:
    """(i) to (iv); (v) is `nothing_left`, which surrounds every test of this folder.

    Besides, every report comes back from its plain form as it was.
    """
    document = json.loads(json.dumps(to_plain(seen.report), allow_nan=False))
    back = read_report(document)
    assert to_plain(back) == document
    assert list(map(type, back.wire)) == list(map(type, seen.report.wire))
    assert_nothing_in_the_clear(seen)
    assert_in_time(seen)
    assert_one_verdict(seen)
    assert_honest_about_acceptance(seen)
    assert_plays_again(seen)


def assert_nothing_in_the_clear(seen: Seen) -> None:
    """(i), and no secret in what is shown to anybody."""
    shown = json.dumps(seen.report.to_json(), ensure_ascii=False).encode()
    assert find_secrets(shown, *seen.secrets) == []
    if seen.server is None or seen.security == "none":
        return
    assert seen.server.secret_in_plaintext(*seen.secrets) == []
    for conversation in seen.server.connections:
        # From the client's hello on the bytes are TLS's own.
        clear = bytes(conversation.plaintext).partition(b"\x16\x03")[0]
        verbs = {line.split(b" ")[0] for line in clear.split(b"\r\n")} - {b""}
        allowed = {b"EHLO", b"STARTTLS", b"QUIT"} if seen.security == "starttls" else set()
        assert verbs <= allowed, f"in the clear: {clear!r}"


def assert_in_time(seen: Seen) -> None:
    """(ii): time is never what ends a stage in which the test keeps nobody waiting."""
    for result in seen.report.stages:
        failure = result.failure
        if failure is not None and StageError.TIMEOUT in (failure.error, failure.why):
            assert seen.times_out is not None, result
            assert seen.times_out == ANYWHERE or result.stage is STAGE_OF[seen.times_out]


def assert_one_verdict(seen: Seen) -> None:
    """(iii)."""
    report = seen.report
    assert tuple(result.stage for result in report.stages) == STAGES
    ends = [r for r in report.stages if r.status in (Status.FAILED, Status.UNKNOWN)]
    assert len(ends) == (0 if report.ok else 1)
    order = STAGE_ORDER[seen.security]
    if report.ok:
        assert {r.status for r in report.stages} <= {Status.PASSED, Status.SKIPPED}
        assert report.exit_code() == 0
    else:
        [end] = ends
        at = order.index(end.stage)
        before = [report.stage(stage).status for stage in order[:at]]
        if (seen.security, end.stage, before[-1:]) == (
            "starttls",
            Stage.EHLO,
            [Status.NOT_REACHED],
        ):
            before.pop()  # the first EHLO comes before TLS
        assert set(before) <= {Status.PASSED, Status.SKIPPED}
        after = {report.stage(stage).status for stage in order[at + 1 :]}
        assert after <= {Status.NOT_REACHED}
        assert isinstance(end.error, StageError)
        assert (end.status is Status.UNKNOWN) == (end.error is StageError.REPLY_LOST)
        assert end.status is Status.FAILED or end.stage is Stage.DATA
        if end.reply is not None:
            assert 200 <= end.reply.code <= 599
            assert end.reply.enhanced is None or end.reply.enhanced[0] == str(end.reply.code)[0]
        expected = 10 + STAGES.index(end.stage)
        if end.status is Status.UNKNOWN:
            expected = 19
        elif report.cancelled:
            expected = 130
        elif report.token_missing:
            expected = 20
        assert report.exit_code() == expected
    for stage in STAGES:
        told = [r for r in seen.events if r.stage is stage and not r.running]
        if len(told) == 2 and report.stage(stage).error in CLIENT_CERTIFICATE_ERRORS:
            # TLS 1.3 lets a server refuse the client's certificate when all looks finished.
            assert (stage, told.pop(0).status) == (Stage.TLS, Status.PASSED)
        assert len(told) <= 1, f"{stage} ended twice"
        assert told == [report.stage(stage)] or report.stage(stage).status is Status.NOT_REACHED
    _assert_sanitised(report.to_json())


def _assert_sanitised(value: Any) -> None:
    if isinstance(value, str):
        assert len(value) <= 2_100
        odd = [c for c in value if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
        assert not odd, f"{value!r}"
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", value), f"{value!r}"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _assert_sanitised(key)
            if key == "pem" and "\n" in item:  # base64 in lines, nothing else
                assert re.fullmatch(
                    r"-----[A-Z ]+-----\n[A-Za-z0-9+/=\n]+-----[A-Z ]+-----\n", item
                )
            else:
                _assert_sanitised(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _assert_sanitised(item)


def assert_honest_about_acceptance(seen: Seen) -> None:
    """(iv): a message the server has is never called refused, one it has not never accepted."""
    if seen.server is None:
        return
    accepted = len(seen.server.accepted)
    assert accepted <= 1
    data = seen.report.stage(Stage.DATA).status
    if data is Status.PASSED:
        assert accepted == 1
        assert seen.report.message_id is not None
        assert seen.report.message_id.encode() in seen.server.accepted[0].data
    elif data is not Status.UNKNOWN:
        assert accepted == 0
    if seen.report.ok and seen.sent:
        assert data is Status.PASSED


def assert_plays_again(seen: Seen) -> None:
    """(vi): the record of it, played in place of the network, comes to the same.

    In every fourth test, the same ones each time: in all of them (`REPLAY_ALL=1`) it takes several
    minutes more.
    """
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    chosen = zlib.crc32(test.encode()) % 4 == 0 or bool(os.environ.get("REPLAY_ALL"))
    if seen.connector is not None and chosen:
        assert_same_again(Recording(seen.connector, seen.report))


@contextlib.contextmanager
def nothing_left(folder: Path) -> Iterator[None]:
    """(v): what runs inside leaves no thread, no socket and no temporary file.

    A getaddrinfo that cannot be interrupted is excepted: its thread is called `resolve`.
    """
    folder.mkdir(exist_ok=True)
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    threads, sockets = set(threading.enumerate()), _sockets()
    try:
        yield
    finally:
        tempfile.tempdir = before
    left = {t for t in threading.enumerate() if t not in threads and t.name != "resolve"}
    assert not left, f"threads left: {left}"
    assert _sockets() <= sockets, "sockets left"
    assert list(folder.iterdir()) == []


def _sockets() -> set[str]:
    found = set()
    with contextlib.suppress(OSError):  # /proc is Linux's
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/self/fd/{name}")
                if target.startswith("socket:"):
                    found.add(target)
    return found


# -- the verifier ---------------------------------------------------------------------------------

_SERVER_OPTIONS = frozenset(GoodServer.__dataclass_fields__) | {
    "context",
    "host",
    "port",
    "max_connections",
}


@dataclass
class Verifier:
    """Runs verifications against scripted servers (or anything else) and watches them.

    Called with behaviours of `ScriptedServer` it starts one, verifies a connector against it,
    stops it, asserts the invariants and gives back what was seen:

        seen = verifier({"MAIL": b"550 5.7.1 no\\r\\n"}, security="none")
        assert seen.stop == ("mail_from", 550, "sender_refused")
    """

    certificates: Certificates
    _contexts: dict[Path, ssl.SSLContext] = field(default_factory=dict)

    def context(self, pair: KeyPair | None = None) -> ssl.SSLContext:
        """A server's TLS context with a certificate, the good one unless another is named."""
        pair = pair or self.certificates.good
        if pair.combined not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.combined)
            self._contexts[pair.combined] = context
        return self._contexts[pair.combined]

    def __call__(
        self,
        behaviours: Mapping[str, Action] | None = None,
        *,
        script: Callable[[ScriptedServer], object] | None = None,
        security: str = "starttls",
        **options: Any,
    ) -> Seen:
        """One verification against a server of its own; `script` makes it a linear one.

        Options are those of the server (`mechanisms=`, `extensions=`, `context=` …) and of `at`.
        """
        manners = {name: options.pop(name) for name in tuple(options) if name in _SERVER_OPTIONS}
        manners.setdefault("account", ACCOUNT)
        manners.setdefault("context", self.context())
        if script is None and security != "none":
            manners.setdefault(security, True)
        with ScriptedServer(behaviours, **manners) as server:
            if script is not None:
                script(server)
            options.setdefault("host", server.host)
            seen = self._run(port=server.port, security=security, **options)
            seen.server = server
            if script is None:
                _assert_closed(server)
                assert server.errors == []
            else:
                server.assert_finished()
        assert_invariants(seen)
        return seen

    def at(self, port: int, *, security: str = "starttls", **options: Any) -> Seen:
        """One verification against whatever listens on a loopback port.

        `times_out="EHLO"` says at which step (a key of `STAGE_OF`) the peer keeps silent and the
        time is to run out; all other stages have time without end. `plays_again=False` is for what
        a test does to the client itself.
        """
        seen = self._run(port=port, security=security, **options)
        assert_invariants(seen)
        return seen

    def connector(
        self,
        port: int,
        *,
        security: str = "starttls",
        host: str = "127.0.0.1",
        method: str = "basic",
        username: str | None = USERNAME,
        mechanism: str = "auto",
        authentication: Mapping[str, Any] | None = None,
        **server: Any,
    ) -> Connector:
        """A connector to a loopback port that trusts the tests' authority."""
        server.setdefault("ca_file", str(self.certificates.ca_file))
        return Connector(
            name="Invoices",
            provider="custom",
            server=Server(host, port, Security(security), **server),
            authentication=Authentication(
                Method(method), username, mechanism, **(authentication or {})
            ),
            admin=Admin(RECIPIENT),
        )

    def _run(
        self,
        *,
        port: int,
        security: str,
        send: bool = True,
        times_out: str | None = None,
        stop_after: Stage | None = None,
        token: CancelToken | None = None,
        credentials: CredentialSource | None = None,
        password: str = PASSWORD,
        recipient: str = RECIPIENT,
        passphrase: str | None = None,
        observer: Callable[[StageResult], None] | None = None,
        connector: Connector | None = None,
        plays_again: bool = True,
        **settings: Any,
    ) -> Seen:
        connector = connector or self.connector(port, security=security, **settings)
        if credentials is None:
            credentials = credential_for(connector, password)
        events: list[StageResult] = []

        def observe(result: StageResult) -> None:
            events.append(result)
            if observer is not None:
                observer(result)

        secrets = (PASSWORD, TOKEN, password)
        with stage_times(times_out):
            report = verify(
                connector,
                credentials,
                Settings(
                    recipient=recipient if send else None,
                    stop_after=stop_after,
                    token=token,
                    observer=observe,
                    redactor=Redactor(SecretText(secret) for secret in secrets),
                    client_certificate_passphrase=SecretText(passphrase) if passphrase else None,
                ),
            )
        return Seen(
            report,
            security,
            times_out,
            send and stop_after in (None, Stage.DATA),
            events,
            secrets,
            connector=connector if plays_again else None,
        )


@contextlib.contextmanager
def stage_times(times_out: str | None) -> Iterator[None]:
    """Give every stage all the time it wants, and the one of this step next to none."""
    seconds = _OnlyAfterTheDot if times_out == "EOD" else dict[Stage, float]
    times = seconds.fromkeys(Stage, GENEROUS_S)
    if times_out == ANYWHERE:
        times = times.fromkeys(Stage, SHORT_S)
    elif times_out is not None:
        times[STAGE_OF[times_out]] = SHORT_S
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "STAGE_SECONDS", times)
        patch.setattr(session, "PROBE_S", PROBE_S)
        yield


class _OnlyAfterTheDot(dict[Stage, float]):
    """The time for the message is asked for first, the one for the wait after its dot second."""

    _asked = False

    def __getitem__(self, stage: Stage) -> float:
        if stage is Stage.DATA and not self._asked:
            self._asked = True
            return GENEROUS_S
        return super().__getitem__(stage)


def offering(security: str) -> dict[str, Any]:
    """What a `ScriptedServer` is told to offer this kind of TLS, `starttls` or `implicit_tls`."""
    return {security: True}


def credential_for(connector: Connector, password: str = PASSWORD) -> CredentialSource | None:
    """What a use case would hand in for this connector."""
    username = connector.authentication.username or ""
    if connector.authentication.method is Method.NONE:
        return None
    if connector.authentication.method is Method.OAUTH:
        return FixedCredential(Credential(CredentialKind.BEARER, username, SecretText(TOKEN)))
    return FixedCredential(Credential(CredentialKind.PASSWORD, username, SecretText(password)))


def _assert_closed(server: ScriptedServer) -> None:
    """The client has left every connection, also those on which the server only listens."""
    for number, conversation in enumerate(server.connections, start=1):
        assert conversation.finished.wait(300), f"connection {number} is still open"
