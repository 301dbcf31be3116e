"""What answers on a port: the ends that a look around a real server seldom meets."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from smtpwizard.demo.scripted import HANG, ScriptedServer
from smtpwizard.model.errors import Cancelled, DeadlineExceeded
from smtpwizard.net.cancel import CancelToken
from smtpwizard.net.resolve import resolve
from smtpwizard.smtp import find_out_more
from smtpwizard.smtp.find_out_more import PortAnswer, Target, Trust, ask_port
from smtpwizard.smtp.session import Session
from tests import capabilities
from tests.helpers.certificates import Certificates
from tests.smtp.invariants import Verifier
from tests.smtp.sessions import soon


def asked(
    server: ScriptedServer,
    *,
    ca_file: Any = None,
    tls_first: bool = False,
    token: CancelToken | None = None,
) -> PortAnswer:
    token = token or CancelToken()
    return ask_port(
        Target(server.host, trust=Trust(ca_file=str(ca_file) if ca_file else None)),
        resolve(server.host, server.port, token=CancelToken(), deadline=soon()),
        server.port,
        tls_first=tls_first,
        token=token,
        deadline=soon(),
    )


@capabilities.refuses_chains_without_a_root
def test_a_certificate_that_fails_still_says_that_tls_is_spoken(verifier: Verifier) -> None:
    with ScriptedServer(context=verifier.context(), implicit_tls=True) as server:
        answer = asked(server, tls_first=True)
    assert (answer.peer, answer.error, answer.modes) == ("tls", "cert_untrusted", ())
    assert answer.offered == ("implicit_tls",)
    assert answer.certificate is not None
    assert answer.certificate.names


@pytest.mark.parametrize("step", ["connect", "greeting"])
def test_time_is_over_at_the_next_step(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> None:
        raise DeadlineExceeded

    monkeypatch.setattr(Session, step, late)
    with ScriptedServer() as server:
        assert asked(server).error == "timeout"


def test_a_name_that_no_server_can_be_given() -> None:
    with ScriptedServer() as server:
        target = Target(server.host, ehlo_name="\u0378.example")
        endpoints = resolve(server.host, server.port, token=CancelToken(), deadline=soon())
        answer = ask_port(
            target, endpoints, server.port, tls_first=False, token=CancelToken(), deadline=soon()
        )
    assert (answer.peer, answer.mechanisms) == ("smtp", ()), "who it is, and no further"


def test_stopped() -> None:
    token = CancelToken()

    def stop(*_: object) -> Any:
        token.cancel()
        return HANG

    with ScriptedServer({"EHLO": stop}) as server, pytest.raises(Cancelled):
        asked(server, token=token)


def test_a_connection_that_shows_no_certificate(
    certificates: Certificates, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(tls: ssl.SSLObject) -> list[Any]:
        return []

    monkeypatch.setattr(find_out_more, "peer_facts", none)
    with ScriptedServer(context=verifier.context(), implicit_tls=True) as server:
        answer = asked(server, ca_file=certificates.ca_file, tls_first=True)
    assert (answer.modes, answer.certificate) == (("implicit_tls",), None)


def test_a_name_of_its_own_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    ehlo = Session.ehlo

    def watched(self: Session, name: str, *arguments: Any, **options: Any) -> Any:
        said.append(name)
        return ehlo(self, name, *arguments, **options)

    monkeypatch.setattr(Session, "ehlo", watched)
    with ScriptedServer() as server:
        endpoints = resolve(server.host, server.port, token=CancelToken(), deadline=soon())
        ask_port(
            Target(server.host, ehlo_name="büro.example"),
            endpoints,
            server.port,
            tls_first=False,
            token=CancelToken(),
            deadline=soon(),
        )
    assert said == ["xn--bro-hoa.example"]
