"""Finding out more, against servers on this machine: what answers where, and nothing given away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.connection import CLOSE, HANG
from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.messages.find_out_more import FOUND_SENTENCES, found_lines, found_text
from smtpwizard.model.connector import Connector, Security, ServerDefaults
from smtpwizard.model.errors import NetworkError
from smtpwizard.model.network_settings import ConnectTo, NetworkSettings
from smtpwizard.model.network_settings import NameServer as At
from smtpwizard.model.report import STAGES, Report, Stage, Status
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import Names
from smtpwizard.providers import ProviderEntry
from smtpwizard.usecases.find_out_more import (
    Finding,
    FoundMore,
    covers,
    find_out_more,
    search_around,
    with_more,
)
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.helpers.stages import read_stage
from tests.model.documents import document


@pytest.fixture(scope="module")
def authority() -> ThrowAwayAuthority:
    return ThrowAwayAuthority()


@pytest.fixture(scope="module")
def ca_file(authority: ThrowAwayAuthority, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(authority.write_ca(tmp_path_factory.mktemp("ca") / "ca.pem"))


Serve = Callable[..., ScriptedServer]


@pytest.fixture
def serve(authority: ThrowAwayAuthority) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(behaviours: Any = None, **options: Any) -> ScriptedServer:
            options.setdefault("context", authority.server_context())
            return stack.enter_context(ScriptedServer(behaviours, **options))

        yield start


def connector(port: int, ca_file: str | None, **server: Any) -> Connector:
    source = document(
        provider="custom",
        server={
            "host": "localhost",
            "port": port,
            "security": "starttls",
            "ca_file": ca_file,
            **server,
        },
        authentication={"method": "basic", "username": "mailer@flows.example.com"},
    )
    return parse_connector(
        source, lambda provider: ServerDefaults("localhost", port, Security.STARTTLS)
    )


class Told(Names):
    """Addresses as they are; texts as a test says."""

    def __init__(self, say: Callable[[str], tuple[str, ...]] = lambda _: ()) -> None:
        super().__init__()
        self._say = say

    def txt(self, name: str, *, token: CancelToken, deadline: Deadline) -> tuple[str, ...]:
        return self._say(name)


def codes(more: FoundMore) -> list[str]:
    return [finding.code for finding in more.findings]


def only(more: FoundMore, code: str) -> Finding:
    [found] = [finding for finding in more.findings if finding.code == code]
    return found


# -- ports -----------------------------------------------------------------------------------------


def test_every_port_is_told_by_who_answers_there(serve: Serve, ca_file: str) -> None:
    starttls = serve(starttls=True)
    implicit = serve(implicit_tls=True)
    clear = serve()
    web = serve({"greeting": (b"HTTP/1.1 400 Bad Request\r\n\r\n", CLOSE)})
    busy = serve({"greeting": (b"421 4.3.2 Too busy\r\n", CLOSE)})
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        asked = [implicit.port, clear.port, web.port, busy.port, closed.getsockname()[1]]
        more = search_around(connector(starttls.port, ca_file), ports=asked)
    assert more.complete
    told = {answer.port: answer for answer in more.ports}
    by_port = {f.facts["port"]: f.code for f in more.findings if f.code.startswith("port_")}
    assert by_port == {
        starttls.port: "port_starttls",
        implicit.port: "port_implicit_tls",
        clear.port: "port_clear",
        web.port: "port_other",
        busy.port: "port_refuses",
        asked[-1]: "port_closed",
    }
    assert told[starttls.port].mechanisms == ("PLAIN", "LOGIN")
    certificate = told[starttls.port].certificate
    assert certificate is not None
    assert certificate.names[:2] == ["localhost", "127.0.0.1"]
    assert told[web.port].peer == "http"
    assert "421 4.3.2 Too busy" in told[busy.port].banner
    line = only(more, "port_implicit_tls").evidence
    assert line == f"port {implicit.port}: smtp, implicit_tls, AUTH PLAIN LOGIN"


def test_nothing_is_given_away(serve: Serve, ca_file: str) -> None:
    servers = [serve(starttls=True), serve(implicit_tls=True), serve()]
    search_around(connector(servers[0].port, ca_file), ports=[s.port for s in servers])
    said = {line.split(b" ")[0] for server in servers for line in server.lines}
    assert said <= {b"EHLO", b"STARTTLS", b"QUIT"}
    for server in servers:
        assert b"mailer" not in server.received


@capabilities.refuses_chains_without_a_root
def test_a_certificate_that_is_not_trusted(serve: Serve, authority: ThrowAwayAuthority) -> None:
    server = serve(starttls=True)
    more = search_around(connector(server.port, None), ports=())
    assert only(more, "port_tls_broken").facts["tls_error"] == "cert_untrusted"
    certificate = more.ports[0].certificate
    assert certificate is not None
    assert certificate.names[0] == "localhost"
    assert "pem" not in str(more.to_json())


def test_the_certificate_s_names(serve: Serve, authority: ThrowAwayAuthority, ca_file: str) -> None:
    good = serve({"greeting": b"220 localhost ESMTP\r\n"}, starttls=True)
    assert "names_fit" in codes(search_around(connector(good.port, ca_file), ports=()))
    shared = serve({"greeting": b"220 mx7.farm.example ESMTP\r\n"}, starttls=True)
    found = only(search_around(connector(shared.port, ca_file), ports=()), "banner_other_name")
    assert found.facts["banner"] == "mx7.farm.example"
    other = serve(starttls=True, context=authority.server_context(("mail.other.example",)))
    found = only(search_around(connector(other.port, ca_file), ports=()), "certificate_other_name")
    assert "mail.other.example" in found_text(found.code, found.facts)


@pytest.mark.parametrize(
    ("names", "host", "expected"),
    [
        (["smtp.example.com"], "SMTP.example.com.", True),
        (["*.example.com"], "smtp.example.com", True),
        (["*.example.com"], "a.smtp.example.com", False),
        (["*.example.com"], "example.com", False),
        (["0:0:0:0:0:0:0:1"], "::1", True),
        (["192.0.2.1"], "192.0.2.11", False),
        ([], "example.com", False),
    ],
)
def test_covers(names: list[str], host: str, expected: bool) -> None:
    assert covers(names, host) == expected


@pytest.mark.parametrize(
    ("hours", "code"), [(0, "clock_fits"), (-3, "clock_off"), (3, "clock_off")]
)
def test_the_clock_against_a_date_in_the_banner(
    hours: int, code: str, serve: Serve, ca_file: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours))
    server = serve({"greeting": f"220 mx.example ESMTP ready at {date}\r\n".encode()})
    more = search_around(connector(server.port, ca_file), ports=())
    found = only(more, code)
    assert abs(found.facts["seconds"] - abs(hours) * 3600) < 60
    assert found.facts["ahead"] == (hours < 0) or not hours


def test_who_issued_the_certificate(serve: Serve, ca_file: str) -> None:
    server = serve(starttls=True)
    entry = ProviderEntry(
        "demo", "Demo", "localhost", server.port, Security.STARTTLS,
        more={"certificate_issuers": ["Demo Trust"]},
    )  # fmt: skip
    expecting = replace(entry, more={"certificate_issuers": ["smtpwizard demo authority"]})
    # With a CA file somebody else was trusted on purpose.
    assert "issuer_unexpected" not in codes(
        search_around(connector(server.port, ca_file), ports=(), entry=entry)
    )
    bare = connector(server.port, None)
    assert "issuer_unexpected" in codes(search_around(bare, ports=(), entry=entry))
    assert "issuer_expected" in codes(search_around(bare, ports=(), entry=expecting))


def test_security_software_is_told_by_its_name(serve: Serve) -> None:
    other = ThrowAwayAuthority("Zscaler Root")
    server = serve(starttls=True, context=other.server_context())
    more = search_around(connector(server.port, None), ports=())
    assert "Zscaler" in only(more, "issuer_interceptor").evidence


# -- families, proxy, control ----------------------------------------------------------------------


def test_both_address_families(serve: Serve, ca_file: str) -> None:
    server = serve(starttls=True)  # on 127.0.0.1 alone
    more = search_around(connector(server.port, ca_file), ports=())
    assert only(more, "family_reached").facts == {
        "family": "IPv4",
        "address": "127.0.0.1",
        "error": None,
    }
    for finding in more.findings:
        if finding.code == "family_failed":
            assert finding.facts["family"] == "IPv6"
            assert finding.facts["error"] in ("refused", "unreachable")


def test_a_proxy_is_named_without_its_password(
    ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        proxy = f"socks5://user:hunter2@127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("smtp_proxy", proxy)
        # Nobody looks this name up: the proxy would.
        asked = connector(587, ca_file, host="smtp.flows.example.com")
        more = search_around(asked, ports=(465,), elsewhere=False)
    assert "127.0.0.1" in only(more, "proxy_used").facts["proxy"]
    assert {answer.error for answer in more.ports} == {"proxy_unreachable"}
    assert "hunter2" not in str(more.to_json())


def test_a_web_proxy_is_mentioned(
    serve: Serve, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    server = serve(starttls=True)
    more = search_around(connector(server.port, ca_file), ports=())
    assert only(more, "proxy_for_web").facts["kinds"] == ["https"]


def test_the_control_host(serve: Serve, ca_file: str) -> None:
    server = serve(starttls=True)
    options: dict[str, Any] = {"ports": (), "elsewhere": True, "names": Told()}
    # 587 of this machine stands in for a provider's; nothing listens there, or something does.
    more = search_around(connector(server.port, ca_file), control_hosts=["127.0.0.1"], **options)
    [control] = [f for f in more.findings if f.code.startswith("control_")]
    assert control.facts["host"] == "127.0.0.1"
    assert control.facts["same"] is False
    # The server itself is no control of itself.
    more = search_around(connector(server.port, ca_file), control_hosts=["localhost"], **options)
    assert not [code for code in codes(more) if code.startswith("control_")]


def test_a_server_on_this_machine_says_nothing_about_the_world(serve: Serve, ca_file: str) -> None:
    def never(_: str) -> tuple[str, ...]:
        raise AssertionError("asked")

    server = serve(starttls=True)
    more = search_around(
        connector(server.port, ca_file),
        ports=(),
        names=Told(never),
        control_hosts=["192.0.2.1"],
    )
    assert more.complete


# -- the sender's domain ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({}, ["spf_missing", "dmarc_missing"]),
        (
            {
                "flows.example.com": ("google-site=1", "v=spf1 include:_spf.google.com ~all"),
                "_dmarc.flows.example.com": ("v=DMARC1; p=reject; rua=mailto:a@example.com",),
            },
            ["spf_found", "dmarc_found"],
        ),
        (
            {
                "flows.example.com": ("v=spf1 -all", "v=spf1 mx -all"),
                "_dmarc.example.com": ("v=DMARC1; sp=none; p=none",),
            },
            ["spf_several", "dmarc_found"],
        ),
        (
            {"flows.example.com": ("v=spf1 +all",), "_dmarc.flows.example.com": ("v=DMARC1; p=x",)},
            ["spf_open", "dmarc_unusable"],
        ),
        ({"flows.example.com": ("v=spf10 all",)}, ["spf_missing", "dmarc_missing"]),
    ],
)
def test_spf_and_dmarc(
    records: dict[str, tuple[str, ...]], expected: list[str], serve: Serve, ca_file: str
) -> None:
    server = serve(starttls=True)
    more = search_around(
        connector(server.port, ca_file),
        ports=(),
        elsewhere=True,
        control_hosts=(),
        names=Told(lambda name: records.get(name, ())),
    )
    assert [code for code in codes(more) if code.startswith(("spf", "dmarc"))] == expected


def test_a_name_server_that_fails(serve: Serve, ca_file: str) -> None:
    def fail(name: str) -> tuple[str, ...]:
        raise NetworkError("dns_failed", host=name)

    server = serve(starttls=True)
    more = search_around(
        connector(server.port, ca_file),
        ports=(),
        elsewhere=True,
        control_hosts=(),
        names=Told(fail),
    )
    assert "domain_unknown" in codes(more)
    assert more.complete


# -- bounds ----------------------------------------------------------------------------------------


def test_it_ends_in_time_whatever_the_servers_do(serve: Serve, ca_file: str) -> None:
    silent = serve({"greeting": HANG})
    more = search_around(connector(silent.port, ca_file), ports=(), limit_s=0.3)
    assert only(more, "port_silent").facts["error"] == "timeout"


def test_it_can_be_stopped(serve: Serve, ca_file: str) -> None:
    silent = serve({"greeting": HANG})
    token = CancelToken()
    results: list[FoundMore] = []
    thread = threading.Thread(
        target=lambda: results.append(
            search_around(connector(silent.port, ca_file), ports=(), token=token)
        )
    )
    thread.start()
    silent.wait_for_connections()
    token.cancel()
    thread.join(300)
    assert not thread.is_alive()
    assert not results[0].complete


def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("smtp_proxy", "nonsense://x")
    asked = connector(587, None, host="smtp.flows.example.com")
    assert codes(search_around(asked, ports=())) == ["proxy_unusable"]


# -- sentences and causes --------------------------------------------------------------------------


def test_every_finding_has_a_sentence(serve: Serve, ca_file: str) -> None:
    server = serve(starttls=True)
    more = search_around(connector(server.port, ca_file), ports=())
    assert more.complete
    for finding in more.findings:
        assert finding.code in FOUND_SENTENCES
        text = found_text(finding.code, finding.facts)
        assert text not in ("", finding.code)
        assert "…" not in text


def failed(stage: Stage, **detail: Any) -> Report:
    stages = []
    for each in STAGES:
        before = STAGES.index(each) < STAGES.index(stage)
        status = Status.PASSED if before else Status.NOT_REACHED
        if each is stage:
            status = Status.FAILED
        found = {"detail": detail} if each is stage else {}
        stages.append(read_stage({"stage": each, "status": status, "ms": 1, **found}))
    return Report(False, "Invoices", "", 1, tuple(stages))


def first_cause(report: Report, *findings: Finding) -> str:
    more = FoundMore(findings)
    return with_more(report, more, connector(587, None)).causes[0].cause


def test_what_was_found_out_weighs_in() -> None:
    silent = failed(Stage.CONNECT, error="timeout")
    assert first_cause(silent) == "timeout"
    same = {"same": True, "port": 587, "host": "smtp.other.example", "error": "timeout"}
    assert first_cause(silent, Finding("control_failed", "control", same)) == "port_blocked"
    assert first_cause(silent, Finding("control_reached", "control", same)) == "timeout"
    own = {"own": True, "port": 587, "peer": "smtp", "modes": ["implicit_tls"]}
    waiting = failed(Stage.GREETING, error="timeout")
    assert first_cause(waiting) == "timeout"
    found = Finding("port_implicit_tls", "port 587: smtp, implicit_tls", own)
    assert first_cause(waiting, found) == "wrong_security_mode"
    expired = failed(Stage.TLS, error="cert_expired")
    assert first_cause(expired) == "cert_expired"
    off = Finding("clock_off", "clock: +90000 s", {"seconds": 90000})
    assert first_cause(expired, off) == "clock_skew"
    untrusted = failed(Stage.TLS, error="cert_untrusted")
    assert first_cause(untrusted) == "cert_untrusted"
    found = Finding("issuer_interceptor", "issued by X", {"issuer": "X"})
    assert first_cause(untrusted, found) in ("tls_intercepted", "cert_untrusted")


def test_the_evidence_is_shown_with_the_cause() -> None:
    found = Finding(
        "port_implicit_tls",
        "port 587: smtp, implicit_tls",
        {"own": True, "port": 587, "peer": "smtp", "modes": ["implicit_tls"]},
    )
    report = with_more(
        failed(Stage.GREETING, error="timeout"), FoundMore((found,)), connector(587, None)
    )
    assert report.causes[0].evidence[0] == "port 587: smtp, implicit_tls"


# -- the name server -------------------------------------------------------------------------------


class NameServer:
    """Answers TXT queries over UDP on this machine."""

    def __init__(self, records: dict[str, list[str]], rcode: int = 0) -> None:
        self._records = records
        self._rcode = rcode
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        from dns import message, rcode, rrset

        while True:
            data, client = self._socket.recvfrom(4096)
            if not data:
                return
            query = message.from_wire(data)
            answer = message.make_response(query)
            name = query.question[0].name
            texts = self._records.get(name.to_text(omit_final_dot=True))
            if self._rcode:
                answer.set_rcode(rcode.Rcode(self._rcode))
            elif texts is None:
                answer.set_rcode(rcode.NXDOMAIN)
            else:
                answer.answer.append(rrset.from_text(name, 60, "IN", "TXT", *texts))
            self._socket.sendto(answer.to_wire(), client)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(300)
        self._socket.close()


def ask(server: NameServer, name: str) -> tuple[str, ...]:

    names = Names(NetworkSettings(At("127.0.0.1", server.port)))
    return names.txt(name, token=CancelToken(), deadline=Deadline(3))


def test_txt_records_over_the_wire() -> None:
    server = NameServer({"flows.example.com": ['"v=spf1 " "-all"', '"other"'], "e.example": []})
    try:
        assert sorted(ask(server, "flows.example.com")) == ["other", "v=spf1 -all"]
        assert ask(server, "nothing.example.com") == ()
    finally:
        server.close()


def test_a_name_server_that_refuses() -> None:
    server = NameServer({}, rcode=5)
    try:
        with pytest.raises(NetworkError, match="dns_failed"):
            ask(server, "flows.example.com")
    finally:
        server.close()


def test_the_library_is_not_imported_before_it_is_needed(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, smtpwizard.cli.verify, smtpwizard.gui.jobs, smtpwizard.usecases.drafts\n"
        "import smtpwizard.cli.discover, smtpwizard.gui.wizard.pages.find_settings\n"
        "assert not any(name == 'dns' or name.startswith('dns.') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_look_ups_can_be_pointed_elsewhere(serve: Serve, ca_file: str) -> None:
    """The connector's name is led to a server here, port by port."""
    starttls, implicit = serve(starttls=True), serve(implicit_tls=True)
    rules = (
        ConnectTo("localhost", 587, "127.0.0.1", starttls.port),
        ConnectTo("localhost", 465, "127.0.0.1", implicit.port),
    )
    names = Names(NetworkSettings(connect_to=rules))
    more = search_around(connector(587, ca_file), ports=(465,), names=names, elsewhere=False)
    assert {answer.port: answer.modes for answer in more.ports} == {
        587: ("starttls",),
        465: ("implicit_tls",),
    }


def test_offline_nobody_is_asked(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    report = failed(Stage.CONNECT, error="timeout")
    more, after = find_out_more(
        ws, connector(587, None), report, pointed=NetworkSettings(offline=True)
    )
    assert after == report
    # Not that there was no time for it.
    assert found_lines(more.findings, complete=more.complete) == [
        "Nobody was asked: look-ups are switched off."
    ]
