"""The frame around a verification: what stops it before the wire, time limits, what is told."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.model.auth import Credential, CredentialKind, Secret
from smtpwizard.model.connector import Admin, Sender
from smtpwizard.model.errors import (
    Cancelled,
    DeadlineExceeded,
    SecretStoreError,
    SmtpWizardError,
)
from smtpwizard.model.report import Reply, Stage
from smtpwizard.net.cancel import Deadline
from smtpwizard.smtp import verification
from smtpwizard.smtp.session import Session
from smtpwizard.smtp.verification import Settings, queue_id, verify
from tests.smtp.invariants import (
    ACCOUNT,
    GENEROUS_S,
    PASSWORD,
    RECIPIENT,
    USERNAME,
    Verifier,
    credential_for,
)


class Source:
    """A credential source that fails."""

    def __init__(self, error: SmtpWizardError) -> None:
        self._error = error

    def get(self, force_refresh: bool = False) -> Credential:
        raise self._error


# -- before the wire -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"host": "xn--ü.example"}, "domain_invalid"),
        ({"proxy": "gopher://127.0.0.1:70"}, "proxy_invalid"),
    ],
)
def test_server_that_cannot_be_meant(
    verifier: Verifier, settings: dict[str, Any], word: str
) -> None:
    assert verifier.at(25, **settings).stop == ("resolve", None, word)


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_ehlo_name_that_is_none(verifier: Verifier, security: str) -> None:
    seen = verifier(security=security, ehlo_name="bü ro")
    assert seen.stop == ("ehlo", None, "domain_invalid")
    assert seen.commands == [b"QUIT"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"sender": Sender("a@b@c d")}, "address_invalid"),
        ({"sender": Sender(None, "Eve\r\nBcc: x@example.com")}, "control_characters"),
        ({"sender": Sender(reply_to="a@b.c>, <d@e.f")}, "address_invalid"),
        ({"admin": Admin("a@example.com\0")}, None),  # the login is an address: it is the sender
    ],
)
def test_message_that_cannot_be_written(
    verifier: Verifier, changes: dict[str, Any], word: str | None
) -> None:
    with ScriptedServer(context=verifier.context(), starttls=True, account=ACCOUNT) as server:
        connector = verifier.connector(server.port)._replace(**changes)
        seen = verifier.at(server.port, connector=connector)
    assert seen.stop == (None if word is None else ("mail_from", None, word))
    assert len(server.accepted) == (word is None)


def test_answers_go_where_the_connector_says(verifier: Verifier) -> None:
    with ScriptedServer(context=verifier.context(), starttls=True, account=ACCOUNT) as server:
        sender = Sender(name="Invoices", reply_to="answers@example.com")
        connector = verifier.connector(server.port)._replace(sender=sender)
        assert verifier.at(server.port, connector=connector).report.ok
    (message,) = server.accepted
    assert b"\r\nReply-To: answers@example.com\r\n" in message.data


@pytest.mark.parametrize("known", [True, False])
def test_answers_beyond_ascii_need_smtputf8(verifier: Verifier, known: bool) -> None:
    extensions = ("SMTPUTF8",) if known else ()
    with ScriptedServer(
        context=verifier.context(), starttls=True, account=ACCOUNT, extensions=extensions
    ) as server:
        sender = Sender(reply_to="büro@example.com")
        connector = verifier.connector(server.port)._replace(sender=sender)
        seen = verifier.at(server.port, connector=connector)
    assert seen.stop == (None if known else ("mail_from", None, "smtputf8_missing"))
    assert ["büro@example.com".encode() in each.data for each in server.accepted] == [True] * known


# -- credentials ---------------------------------------------------------------------------------


def test_no_token(verifier: Verifier) -> None:
    for source in (Source(SmtpWizardError("token_expired", since="2026")), None):
        with ScriptedServer(
            context=verifier.context(), starttls=True, mechanisms=("XOAUTH2",)
        ) as server:
            connector = verifier.connector(server.port, method="oauth")
            report = verify(connector, source, Settings(recipient=None))
        assert report.token_missing
        assert report.exit_code() == 20
        stopped = report.stopped_at()
        assert stopped is not None
        assert stopped.stage is Stage.AUTH
        assert stopped.detail()["error"] == "token_missing"
        problem = "token_none" if source is None else "token_expired"
        assert stopped.detail()["token"]["problem"] == problem
        assert server.lines[-1] == b"QUIT"


def test_a_secret_store_that_fails_is_no_finding_about_the_server(verifier: Verifier) -> None:
    with pytest.raises(SecretStoreError, match="secret_store_locked"):
        verifier(credentials=Source(SecretStoreError("secret_store_locked")))


@pytest.mark.parametrize(
    ("error", "word", "code"),
    [(Cancelled(), "cancelled", 130), (DeadlineExceeded(), "timeout", 15)],
)
def test_a_token_that_takes_too_long(
    verifier: Verifier, error: SmtpWizardError, word: str, code: int
) -> None:
    seen = verifier(credentials=Source(error), times_out="AUTH")
    assert seen.stop == ("auth", None, word)
    assert seen.report.exit_code() == code


# -- time ----------------------------------------------------------------------------------------


@pytest.fixture
def deadlines(monkeypatch: pytest.MonkeyPatch) -> dict[str, Deadline]:
    """The last deadline that each step of a session was given."""
    handed: dict[str, Deadline] = {}

    def watch(name: str) -> None:
        step = getattr(Session, name)

        def watched(self: Session, *arguments: Any, **options: Any) -> Any:
            [handed[name]] = [a for a in (*arguments, *options.values()) if isinstance(a, Deadline)]
            return step(self, *arguments, **options)

        monkeypatch.setattr(Session, name, watched)

    for name in ("connect", "greeting", "authenticate", "data", "end_data"):
        watch(name)
    return handed


def verified(verifier: Verifier, limit: float | None = None, **settings: Any) -> bool:
    with ScriptedServer(account=ACCOUNT) as server:
        connector = verifier.connector(server.port, security="none", **settings)
        source = credential_for(connector)
        return verify(connector, source, Settings(recipient=RECIPIENT, timeout_s=limit)).ok


def test_the_wait_after_the_final_dot_has_its_own_time(
    verifier: Verifier, deadlines: dict[str, Deadline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "STAGE_SECONDS", dict.fromkeys(Stage, GENEROUS_S))
    assert verified(verifier)
    assert deadlines["end_data"] is not deadlines["data"]
    assert deadlines["end_data"]._end >= deadlines["data"]._end


def test_a_time_limit_holds_for_the_wait_after_the_final_dot_as_well(
    verifier: Verifier, deadlines: dict[str, Deadline]
) -> None:
    assert verified(verifier, GENEROUS_S)
    assert deadlines["end_data"] is deadlines["data"]


class Slow(Source):
    """A source that is as good as slow: it remembers which deadline would begin when it ends."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.then: Deadline | None = None

    def get(self, force_refresh: bool = False) -> Credential:
        begun = time.monotonic()
        while time.monotonic() == begun:  # some clocks tick sixty times a second
            pass
        self.then = Deadline(self._seconds)
        return Credential(CredentialKind.PASSWORD, USERNAME, Secret(PASSWORD))


@pytest.mark.parametrize("limit", [None, GENEROUS_S])
def test_a_token_that_takes_its_time_takes_none_of_the_server_s(
    verifier: Verifier,
    deadlines: dict[str, Deadline],
    monkeypatch: pytest.MonkeyPatch,
    limit: float | None,
) -> None:
    monkeypatch.setattr(verification, "STAGE_SECONDS", dict.fromkeys(Stage, GENEROUS_S))
    source = Slow(GENEROUS_S)
    with ScriptedServer(account=ACCOUNT) as server:
        connector = verifier.connector(server.port, security="none")
        assert verify(connector, source, Settings(recipient=None, timeout_s=limit)).ok
    assert source.then is not None
    # A limit that somebody sets is for the whole stage, the token included.
    assert (deadlines["authenticate"]._end >= source.then._end) == (limit is None)


@pytest.mark.parametrize("own", [True, False])
def test_whose_time_limit_counts(
    verifier: Verifier, deadlines: dict[str, Deadline], own: bool
) -> None:
    limit = GENEROUS_S if own else None
    seconds = GENEROUS_S if own else 2 * GENEROUS_S
    before = Deadline(seconds)._end
    assert verified(verifier, limit, timeout_s=2 * GENEROUS_S)
    assert before <= deadlines["greeting"]._end <= Deadline(seconds)._end


# -- what a report keeps -------------------------------------------------------------------------


def test_what_a_server_says_is_redacted_and_cleaned_everywhere(verifier: Verifier) -> None:
    password = "s3cret-passphrase"
    seen = verifier(
        {
            "greeting": f"220 {password}\r\n".encode(),
            "EHLO_TLS": f"250-x\r\n250-X-{password}\r\n250 AUTH PLAIN {password}\r\n".encode(),
            "AUTH": f"535 5.7.8 not {password} \x1b[2J\r\n".encode(),
        },
        password=password,
    )
    assert seen.stop == ("auth", 535, "auth_refused")
    assert seen.detail(Stage.EHLO)["extensions"] == ["X-<redacted>", "AUTH"]
    assert seen.detail(Stage.EHLO)["mechanisms"] == ["PLAIN", "<redacted>"]
    assert seen.stopped.reply == Reply(535, "5.7.8", r"not <redacted> \x1b[2J")


def test_contradictions_are_kept_as_evidence(verifier: Verifier) -> None:
    seen = verifier({"MAIL": b"250-yes\r\n250-yes\r\n550 no\r\n"})
    assert seen.transcript[-4:] == [
        "server: 250-yes",
        "server: 250-yes",
        "server: 550 no",
        "note: protocol violation (mixed_codes)",
    ]
    seen = verifier({"AUTH": b"334-" + PASSWORD.encode() + b"\r\n535 no\r\n"})
    assert seen.transcript[-1] == "note: protocol violation (mixed_codes)"
    assert seen.transcript[-3:-1] == [
        f"server: 334-<challenge, {len(PASSWORD)} octets>",
        "server: 535 no",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ok: queued as 4F2A91C0123", "4F2A91C0123"),  # Postfix
        ("OK id=1qYzAb-0001Cd-2E", "1qYzAb-0001Cd-2E"),  # Exim
        ("2c8f3b1e Message accepted for delivery", "2c8f3b1e"),  # OpenSMTPD
        ("OK  1700000000 a1-20020a170902b10100b001cf4e7f1b2asm123456pls.7 - gsmtp",
         "a1-20020a170902b10100b001cf4e7f1b2asm123456pls.7"),
        ("OK <VI1PR0102MB1234@VI1PR0102.eurprd01.prod.outlook.com> [Hostname=x] Queued mail for",
         "VI1PR0102MB1234@VI1PR0102.eurprd01.prod.outlook.com"),
        ("Ok 0100018c1234abcd-1a2b3c4d-0000-000000", "0100018c1234abcd-1a2b3c4d-0000-000000"),
        ("Thank you", None),
        ("Ok", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_servers_own_name_for_a_message(text: str, name: str | None) -> None:
    assert queue_id(Reply(250, "2.0.0", text)) == name


def test_an_untrusted_certificate_can_be_pinned_as_it_stands_in_the_report(
    verifier: Verifier,
) -> None:
    seen = verifier(ca_file=None)
    pem = seen.detail(Stage.TLS)["chain"][0]["pem"]
    assert "\n" in pem
    assert verifier(ca_file=None, pinned_certificate=pem).stop is None


@pytest.mark.parametrize(("family", "address"), [("ipv4", "127.0.0.1"), ("ipv6", "::1")])
def test_a_preferred_family_is_used_alone(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, family: str, address: str
) -> None:
    def both(host: str, port: int, **_: Any) -> list[Any]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    with ScriptedServer(host=address) as server:
        monkeypatch.setattr(socket, "getaddrinfo", both)
        seen = verifier.at(
            server.port, host="localhost", security="none", method="none", address_family=family
        )
        assert seen.detail(Stage.CONNECT)["address"] == address
        assert "attempts" not in seen.detail(Stage.CONNECT)


def test_a_family_that_the_server_lacks_is_a_wish(verifier: Verifier) -> None:
    assert verifier(address_family="ipv6").stop is None


def all_time_over(made: list[Deadline]) -> None:
    for deadline in made:
        deadline.extend(-1000)


@pytest.mark.parametrize(("limit", "stop"), [(None, None), (5.0, ("auth", None, "timeout"))])
def test_the_time_for_a_token_is_not_the_mail_server_s(
    verifier: Verifier,
    monkeypatch: pytest.MonkeyPatch,
    limit: float | None,
    stop: tuple[str, int | None, str] | None,
) -> None:
    made: list[Deadline] = []

    def make(seconds: float) -> Deadline:
        made.append(Deadline(seconds))
        return made[-1]

    class Slow:
        def get(self, force_refresh: bool = False) -> Credential:
            all_time_over(made)
            return Credential(CredentialKind.PASSWORD, USERNAME, Secret(PASSWORD))

    monkeypatch.setattr(verification, "Deadline", make)
    with ScriptedServer(context=verifier.context(), starttls=True, account=ACCOUNT) as server:
        connector = verifier.connector(server.port)
        report = verify(connector, Slow(), Settings(recipient=None, timeout_s=limit))
    stopped = report.stopped_at()
    assert (stopped and (stopped.stage, stopped.reply, stopped.error)) == stop
