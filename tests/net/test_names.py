"""Look-ups: by a name server of one's own, pointed elsewhere, and never longer than allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from smtpwizard.model.errors import Cancelled, DeadlineExceeded, NetworkError
from smtpwizard.model.network_settings import ConnectTo, NameServer, NetworkSettings
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import MailExchanger, Names, Service, _may_be_led_to
from tests.helpers.name_server import BROKEN, SILENT, Zone, ZoneServer

MANY = [f"{n % 7} {n % 5} {1000 + n} host-{n}.many.example." for n in range(80)]
ZONE: Zone = {
    "quay.example": {
        "A": ["192.0.2.1"],
        "AAAA": ["2001:db8::1"],
        "MX": ["20 B.quay.example.", "10 a.quay.example."],
        "TXT": ['"v=spf1 " "-all"', '"other"'],
    },
    "_submissions._tcp.quay.example": {
        "SRV": [
            "10 1 465 light.quay.example.",
            "10 5 465 heavy.quay.example.",
            "5 0 465 x.example.",
        ]
    },
    "_submission._tcp.quay.example": {"SRV": ["0 0 0 ."]},
    "null.example": {"MX": ["0 ."]},
    "alias.example": {"CNAME": ["other.example."]},
    "other.example": {"CNAME": ["quay.example."]},
    "round.example": {"CNAME": ["about.example."]},
    "about.example": {"CNAME": ["round.example."]},
    "four.example": {"A": ["192.0.2.4"]},
    "here.example": {"A": ["127.0.0.1"]},
    "both.example": {"A": ["127.0.0.1", "192.0.2.9"]},
    "broken.example": {BROKEN: []},
    "silent.example": {SILENT: []},
    "_submissions._tcp.many.example": {"SRV": MANY},
    "1.2.0.192.in-addr.arpa": {"PTR": ["Mail.quay.example."]},
}


@pytest.fixture
def server() -> Iterator[ZoneServer]:
    with ZoneServer(ZONE) as running:
        yield running


@pytest.fixture
def names(server: ZoneServer) -> Names:
    return Names(NetworkSettings(NameServer("127.0.0.1", server.port)))


def ways() -> dict[str, Any]:
    return {"token": CancelToken(), "deadline": Deadline(60)}


def test_every_kind_of_record(names: Names) -> None:
    asked = ways()
    assert sorted(names.txt("quay.example", **asked)) == ["other", "v=spf1 -all"]
    assert names.mx("quay.example", **asked) == (
        MailExchanger(10, "a.quay.example"),
        MailExchanger(20, "b.quay.example"),
    )
    assert names.mx("null.example", **asked) == (MailExchanger(0, ""),)
    assert names.srv("_submissions._tcp.quay.example", **asked) == (
        Service(5, 0, 465, "x.example"),
        Service(10, 5, 465, "heavy.quay.example"),
        Service(10, 1, 465, "light.quay.example"),
    )
    assert names.srv("_submission._tcp.quay.example", **asked) == (Service(0, 0, 0, ""),)
    assert names.cname("alias.example", **asked) == "other.example"
    assert names.ptr("192.0.2.1", **asked) == ("mail.quay.example",)
    assert names.addresses("quay.example", **asked) == ("2001:db8::1", "192.0.2.1")


def test_what_is_not_there_is_empty(names: Names) -> None:
    for name in ("nothing.example", "four.example", "tcp.many.example"):
        assert names.mx(name, token=CancelToken(), deadline=Deadline(60)) == ()
    assert names.cname("quay.example", token=CancelToken(), deadline=Deadline(60)) is None


def test_an_alias_is_followed_and_one_that_goes_round_ends(names: Names) -> None:
    found = names.mx("alias.example", token=CancelToken(), deadline=Deadline(60))
    assert found[0].host == "a.quay.example"
    assert names.mx("round.example", token=CancelToken(), deadline=Deadline(60)) == ()


def test_an_answer_too_long_for_udp_comes_over_tcp(names: Names, server: ZoneServer) -> None:
    name = "_submissions._tcp.many.example"
    found = names.srv(name, token=CancelToken(), deadline=Deadline(60))
    assert len(found) == 80
    assert [s.priority for s in found] == sorted(s.priority for s in found)
    assert server.asked.count((name, "SRV")) == 2


def test_nobody_can_tell(names: Names) -> None:
    with pytest.raises(NetworkError, match="dns_failed"):
        names.txt("broken.example", token=CancelToken(), deadline=Deadline(60))
    with pytest.raises(NetworkError, match="dns_failed"):
        names.txt(f"{'x' * 70}.example", token=CancelToken(), deadline=Deadline(60))


def test_a_silent_name_server_costs_no_more_than_allowed(names: Names) -> None:
    with pytest.raises((NetworkError, DeadlineExceeded)):
        names.txt("silent.example", token=CancelToken(), deadline=Deadline(0.2))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        names.txt("quay.example", token=token, deadline=Deadline(60))


def test_endpoints_come_from_the_name_server(names: Names) -> None:
    found = names.endpoints("quay.example", 587, token=CancelToken(), deadline=Deadline(60))
    assert [(e.address, e.sockaddr[1]) for e in found] == [("2001:db8::1", 587), ("192.0.2.1", 587)]
    for name, code in (("nothing.example", "dns_not_found"), ("broken.example", "dns_failed")):
        with pytest.raises(ConnectionFailed) as failed:
            names.endpoints(name, 587, token=CancelToken(), deadline=Deadline(60))
        assert failed.value.code == code


def test_rules_lead_elsewhere_and_the_name_stays_unasked(server: ZoneServer) -> None:
    rules = (
        ConnectTo("mail.quay.example", 465, "127.0.0.1", 4465),
        ConnectTo("", 443, "127.0.0.1", 8443),
        ConnectTo("named.example", None, "quay.example", None),
    )
    names = Names(NetworkSettings(NameServer("127.0.0.1", server.port), rules))
    for host, port, there in (
        ("Mail.quay.example", 465, ("127.0.0.1", 4465)),
        ("any.example", 443, ("127.0.0.1", 8443)),
        ("named.example", 25, ("2001:db8::1", 25)),
    ):
        assert names.is_pointed(host, port)
        found = names.endpoints(
            host, port, token=CancelToken(), deadline=Deadline(60), foreign=True
        )
        assert (found[0].address, found[0].sockaddr[1]) == there
    assert {name for name, _ in server.asked} == {"quay.example"}


def test_strangers_lead_nobody_to_this_machine(
    server: ZoneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(NetworkSettings(NameServer("127.0.0.1", server.port)))
    ask = ways()
    assert names.endpoints("here.example", 25, foreign=True, **ask), "its own server says so"
    monkeypatch.setattr(NameServer, "is_own", False)
    with pytest.raises(NetworkError, match="address_not_public"):
        names.endpoints("here.example", 25, foreign=True, **ask)
    [left] = names.endpoints("both.example", 25, foreign=True, **ask)
    assert left.address == "192.0.2.9"
    assert names.endpoints("here.example", 25, **ask), "what one names oneself is meant"
    assert not names.is_pointed("here.example", 25)
    assert Names(NetworkSettings(NameServer("192.0.2.1", 5353))).is_pointed("a.example", 1) is False


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("169.254.169.254", False),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("10.0.0.5", True),
        ("192.0.2.1", True),
    ],
)
def test_where_strangers_may_lead(address: str, allowed: bool) -> None:
    assert _may_be_led_to(address) is allowed


def test_without_a_name_server_the_system_is_asked() -> None:
    found = Names().endpoints("127.0.0.1", 25, token=CancelToken(), deadline=Deadline(60))
    assert [e.address for e in found] == ["127.0.0.1"]
