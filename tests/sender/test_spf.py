"""SPF as RFC 7208 has it, on zones as plain text."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

import pytest

from smtpwizard.sender.spf import Mail, NoAnswerError, SpfError, check_host, parse, survey

Zone = Mapping[str, Mapping[str, Sequence[str]]]


class Answers:
    """What a zone says; a name with `broken` answers nothing."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def _of(self, name: str, kind: str) -> Sequence[str]:
        records = self.zone.get(name.lower().rstrip("."), {})
        if "broken" in records:
            raise NoAnswerError
        return records.get(kind, ())

    def txt(self, name: str) -> Sequence[str]:
        return self._of(name, "txt")

    def ip(self, name: str, version: int) -> Sequence[str]:
        return self._of(name, f"ip{version}")

    def mx(self, name: str) -> Sequence[str]:
        return self._of(name, "mx")

    def ptr(self, address: str) -> Sequence[str]:
        return self._of(address, "ptr")


ZONE: Zone = {
    "inc.example": {"txt": ["v=spf1 ip4:192.0.2.0/28 -all"]},
    "open.example": {"txt": ["v=spf1 +all"]},
    "two.example": {"txt": ["v=spf1 -all", "v=spf1 ~all"]},
    "broken.example": {"broken": []},
    "loop.example": {"txt": ["v=spf1 include:loop.example -all"]},
    "mail.example": {"ip4": ["192.0.2.77"], "ip6": ["2001:db8::7"]},
    "post.example": {"mx": ["mail.example"]},
    "empty.example": {"txt": ["something else"]},
    "192.0.2.77": {"ptr": ["mail.example"]},
    "77.2.0.192.zone.example": {"ip4": ["127.0.0.2"]},
    "zebra.at.quay.example": {"ip4": ["127.0.0.2"]},
}


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.9", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "198.51.100.9", "fail"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db8::9", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 ~all", "::ffff:192.0.2.1", "pass"),
        ("v=spf1 ~all", "192.0.2.9", "softfail"),
        ("V=SPF1 ?ALL", "192.0.2.9", "neutral"),
        ("v=spf1", "192.0.2.9", "neutral"),
        (" v=spf1 -all", "192.0.2.9", "none"),
        ("v=spf10 -all", "192.0.2.9", "none"),
        ("v=spf1 include:inc.example -all", "192.0.2.15", "pass"),
        ("v=spf1 include:inc.example ~all", "192.0.2.16", "softfail"),
        ("v=spf1 include:empty.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 include:broken.example -all", "192.0.2.1", "temperror"),
        ("v=spf1 include:two.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 include:loop.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 redirect=inc.example", "192.0.2.1", "pass"),
        ("v=spf1 redirect=inc.example", "192.0.2.99", "fail"),
        ("v=spf1 redirect=empty.example", "192.0.2.1", "permerror"),
        ("v=spf1 redirect=inc.example ~all", "192.0.2.1", "softfail"),
        ("v=spf1 a:mail.example -all", "192.0.2.77", "pass"),
        ("v=spf1 a:mail.example//64 -all", "2001:db8::1", "pass"),
        ("v=spf1 a:mail.example/24 -all", "192.0.2.1", "pass"),
        ("v=spf1 mx:post.example -all", "192.0.2.77", "pass"),
        ("v=spf1 ptr:example -all", "192.0.2.77", "permerror"),  # no top label alone
        ("v=spf1 ptr:mail.example -all", "192.0.2.77", "pass"),
        ("v=spf1 exists:%{ir}.zone.example -all", "192.0.2.77", "pass"),
        ("v=spf1 exists:%{l}.at.%{d} -all", "192.0.2.1", "pass"),
        ("v=spf1 a:%{p} -all", "192.0.2.77", "pass"),
        ("v=spf1 ip4:192.0.2.1/33 -all", "192.0.2.1", "permerror"),
        ("v=spf1 ip4:192.0.2.1/024 -all", "192.0.2.1", "permerror"),
        ("v=spf1 all:x -all", "192.0.2.1", "permerror"),
        ("v=spf1 nonsense -all", "192.0.2.1", "permerror"),
        ("v=spf1 -all nonsense", "192.0.2.1", "permerror"),
        ("v=spf1 exists:%{z}.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 exists:%{d0}.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 redirect=inc.example redirect=inc.example", "192.0.2.1", "permerror"),
        ("v=spf1 more=%{d} -all", "192.0.2.1", "fail"),
        ("v=spf1 ip4:192.0.2.1 \u00e4 -all", "192.0.2.1", "permerror"),
        ("v=spf1 " + "a:mail.example " * 10 + "-all", "192.0.2.1", "fail"),
        ("v=spf1 " + "a:mail.example " * 11 + "-all", "192.0.2.1", "permerror"),
        ("v=spf1 a:x.example a:y.example -all", "192.0.2.1", "fail"),
        ("v=spf1 a:x.example a:y.example a:z.example -all", "192.0.2.1", "permerror"),
    ],
)
def test_results(record: str, address: str, result: str) -> None:
    zone = {**ZONE, "quay.example": {"txt": [record]}}
    mail = Mail(ipaddress.ip_address(address), "zebra@quay.example")
    assert check_host(Answers(zone), mail) == result


def test_a_domain_that_is_none() -> None:
    mail = Mail(ipaddress.ip_address("192.0.2.1"), "zebra@localhost")
    assert check_host(Answers({}), mail) == "none"


def test_what_a_record_costs_and_brings_in() -> None:
    record = (
        "v=spf1 include:inc.example a:mail.example mx:post.example ptr ip4:198.51.100.0/24 ~all"
    )
    found = survey(Answers({**ZONE, "quay.example": {"txt": [record]}}), "quay.example")
    assert (found.look_ups, found.voids, found.error, found.all_qualifier) == (4, 0, None, "~")
    assert found.targets == ("inc.example",)
    assert found.uses_ptr
    assert [str(n) for n in found.networks] == [
        "192.0.2.0/28", "192.0.2.77/32", "192.0.2.77/32", "198.51.100.0/24",
    ]  # fmt: skip
    assert [(s.term, s.look_ups) for s in found.spent] == [
        ("include:inc.example", 1), ("a:mail.example", 1), ("mx:post.example", 1), ("ptr", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "error", "at"),
    [
        ("v=spf1 include:loop.example -all", "loop", "loop.example"),
        ("v=spf1 include:quay.example -all", "loop", "quay.example"),
        ("v=spf1 include:empty.example -all", "no_record", "empty.example"),
        ("v=spf1 include:two.example -all", "several", "two.example"),
        ("v=spf1 " + "a:mail.example " * 12 + "-all", "look_ups", "quay.example"),
        ("v=spf1 " + "a:mail.example " * 400 + "-all", "look_ups", "quay.example"),
        ("v=spf1 a:x.example a:y.example a:z.example -all", "voids", "quay.example"),
        ("v=spf1 mx:many.example -all", "names", "many.example"),
        ("v=spf1 what -all", "syntax", "quay.example"),
    ],
)
def test_what_makes_a_record_worthless(record: str, error: str, at: str) -> None:
    zone = {
        **ZONE,
        "quay.example": {"txt": [record]},
        "many.example": {"mx": [f"m{n}.example" for n in range(11)]},
    }
    found = survey(Answers(zone), "quay.example")
    assert (found.error, found.error_at) == (error, at)


def test_a_redirect_ends_as_its_target_does() -> None:
    zone = {**ZONE, "quay.example": {"txt": ["v=spf1 redirect=open.example"]}}
    found = survey(Answers(zone), "quay.example")
    assert (found.all_qualifier, found.targets) == ("+", ("open.example",))


def test_too_many_terms_are_not_read() -> None:
    with pytest.raises(SpfError, match="syntax"):
        parse("v=spf1 " + "ip4:192.0.2.1 " * 501)
