"""`readiness` as a script uses it, with a name server of the tests' own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.helpers.mail_world import MailWorld
from tests.helpers.name_server import BROKEN
from tests.sender.test_dmarc import rsa_record


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with MailWorld(tmp_path) as made:
        made.zone["quay.example"] = {"MX": ["10 in.quay.example."], "TXT": []}
        yield made


def _txt(text: str) -> dict[str, list[str]]:
    return {"TXT": [" ".join(f'"{text[n : n + 200]}"' for n in range(0, len(text), 200))]}


def _create(cli: Cli, provider: str, host: str | None = None) -> None:
    document: dict[str, Any] = {
        "name": "Invoices", "provider": provider,
        "authentication": {"method": "none"}, "admin": {"email": "admin@quay.example"},
        "sender": {"address": "billing@quay.example"},
    }  # fmt: skip
    if host is not None:
        document["server"] = {"host": host}
    assert cli("create", "--from", "-", "--json", stdin=json.dumps(document)).code == 0


def _findings(cli: Cli, world: MailWorld, name: str = "Invoices") -> dict[str, dict[str, Any]]:
    return _looked(cli, world, name)[0]


def _looked(
    cli: Cli, world: MailWorld, name: str = "Invoices"
) -> tuple[dict[str, dict[str, Any]], dict[tuple[str, bool], dict[str, Any]]]:
    """The findings by check, and the rules of receivers by whose they are and whether of bulk."""
    result = cli("readiness", name, "--json", *world.options())
    assert result.code == 0, result.err
    assert [f["check"] for f in result.json["findings"]] == ["spf", "dkim", "dmarc", "mx", "ptr"]
    rules = {(r["receiver"], r["bulk"]): r for r in result.json["receivers"]}
    return {f["check"]: f for f in result.json["findings"]}, rules


def test_everything_in_order(cli: Cli, world: MailWorld) -> None:
    _create(cli, "exchange")
    record = "v=spf1 include:spf.protection.outlook.com -all"
    world.zone["quay.example"] = {**world.zone["quay.example"], **_txt(record)}
    world.zone["spf.protection.outlook.com"] = _txt("v=spf1 ip4:192.0.2.0/24 -all")
    world.zone["selector1._domainkey.quay.example"] = _txt(rsa_record(2048))
    world.zone["_dmarc.quay.example"] = _txt("v=DMARC1; p=reject")
    found = _findings(cli, world)
    verdicts = {check: each["verdict"] for check, each in found.items()}
    assert verdicts == {
        "spf": "good", "dkim": "good", "dmarc": "good", "mx": "good", "ptr": "unknown",
    }  # fmt: skip
    assert found["spf"]["found"] == record
    assert found["spf"]["fix"] is None


def test_what_is_missing_is_written_down(cli: Cli, world: MailWorld) -> None:
    _create(cli, "exchange")
    old = "v=spf1 ip4:198.51.100.1 -all"
    world.zone["quay.example"] = {**world.zone["quay.example"], **_txt(old)}
    world.zone["spf.protection.outlook.com"] = _txt("v=spf1 ip4:192.0.2.0/24 -all")
    found = _findings(cli, world)
    assert found["spf"]["verdict"] == "bad"
    assert found["spf"]["fix"] == {
        "name": "quay.example", "type": "TXT", "old": old,
        "new": "v=spf1 ip4:198.51.100.1 include:spf.protection.outlook.com -all",
    }  # fmt: skip
    assert found["dkim"]["verdict"] == "unknown"
    assert found["dmarc"]["fix"]["name"] == "_dmarc.quay.example"
    result = cli("readiness", "Invoices", *world.options())
    assert f"    - {old}" in result.out
    assert "    + v=spf1 ip4:198.51.100.1 include:spf.protection.outlook.com -all" in result.out


def test_flattened_records_allow_as_well(cli: Cli, world: MailWorld) -> None:
    _create(cli, "exchange")
    world.zone["quay.example"] = _txt("v=spf1 ip4:192.0.2.0/24 -all")
    world.zone["spf.protection.outlook.com"] = _txt("v=spf1 ip4:192.0.2.0/25 -all")
    found = _findings(cli, world)
    assert (found["spf"]["verdict"], found["spf"]["code"]) == ("good", "spf_passes")
    assert found["mx"]["verdict"] == "bad"


@pytest.mark.parametrize(
    ("record", "code", "new"),
    [
        ("v=spf1 a:x.example a:y.example a:z.example -all", "spf_voids",
         "v=spf1 a:y.example a:z.example -all"),
        ("v=spf1 include:gone.example ip4:192.0.2.1 -all", "spf_no_record",
         "v=spf1 ip4:192.0.2.1 -all"),
        ("v=spf1 +all", "spf_open", "v=spf1 ip4:192.0.2.25 ~all"),
        ("v=spf1 mx +all", "spf_open", "v=spf1 mx ip4:192.0.2.25 ~all"),
        ("v=spf1 ip4:192.0.2.0/24 +all", "spf_open", "v=spf1 ip4:192.0.2.0/24 ~all"),
        ("v=spf1 nonsense", "spf_syntax", None),
        ("v=spf1 -all", "spf_server_not_allowed", "v=spf1 ip4:192.0.2.25 -all"),
    ],
)  # fmt: skip
def test_a_server_of_ones_own(
    record: str, code: str, new: str | None, cli: Cli, world: MailWorld
) -> None:
    _create(cli, "custom", "out.quay.example")
    world.zone["quay.example"] = {**world.zone["quay.example"], **_txt(record)}
    world.zone["out.quay.example"] = {"A": ["192.0.2.25"]}
    world.zone["25.2.0.192.in-addr.arpa"] = {"PTR": ["out.quay.example."]}
    found = _findings(cli, world)
    assert (found["spf"]["verdict"], found["spf"]["code"]) == ("bad", code)
    if new is not None:
        assert found["spf"]["fix"]["new"] == new
    assert found["ptr"]["verdict"] == "good"


def test_a_record_that_would_let_nobody_send_is_not_proposed(cli: Cli, world: MailWorld) -> None:
    """What is closed lists somebody: of a server whose outer address nobody knows, nothing does."""
    _create(cli, "custom", "out.quay.example")
    world.zone["out.quay.example"] = {"A": ["10.0.0.25"]}
    world.zone["quay.example"] = {**world.zone["quay.example"], **_txt("v=spf1 +all")}
    spf = _findings(cli, world)["spf"]
    assert (spf["verdict"], spf["code"], spf["fix"]) == ("bad", "spf_open_for_whom", None)


def test_a_policy_without_a_leg_to_stand_on(cli: Cli, world: MailWorld) -> None:
    _create(cli, "custom", "out.quay.example")
    world.zone["quay.example"] = {**world.zone["quay.example"], **_txt("v=spf1 -all")}
    world.zone["out.quay.example"] = {"A": ["192.0.2.25"]}
    world.zone["_dmarc.quay.example"] = _txt("v=DMARC1; p=reject; pct=50")
    found = _findings(cli, world)
    assert found["dmarc"]["verdict"] != "good"
    assert found["ptr"]["verdict"] == "bad"


def test_an_address_alone(cli: Cli, world: MailWorld) -> None:
    world.zone["quay.example"] = {"MX": ["0 ."], **_txt("v=spf1 ip4:192.0.2.0/24 -all")}
    world.zone["_dmarc.quay.example"] = _txt("v=DMARC1; p=none; pct=20")
    found = _findings(cli, world, "zebra@quay.example")
    assert found["spf"]["verdict"] == "good"
    assert found["mx"]["code"] == "mx_null"
    assert found["dmarc"]["fix"]["new"] == "v=DMARC1; p=none"
    assert all("zebra" not in name for name, _ in world.names.asked)


def test_unknown_is_never_missing(cli: Cli, world: MailWorld) -> None:
    world.zone["quay.example"] = {BROKEN: []}
    world.zone["_dmarc.quay.example"] = {BROKEN: []}
    found = _findings(cli, world, "zebra@quay.example")
    assert {each["verdict"] for each in found.values()} == {"unknown"}
    result = cli("readiness", "zebra@quay.example", "--offline", "--json")
    assert {each["verdict"] for each in result.json["findings"]} == {"unknown"}


def test_neither_a_connector_nor_an_address(cli: Cli) -> None:
    result = cli("readiness", "Nothing", "--json", "--offline")
    assert result.code == 2


def test_as_many_are_dropped_as_need_be(cli: Cli, world: MailWorld) -> None:
    _create(cli, "exchange")
    names = [f"i{n}.example" for n in range(12)]
    terms = " ".join(f"include:{name}" for name in names)
    record = f"v=spf1 include:spf.protection.outlook.com {terms} -all"
    world.zone["quay.example"] = {**world.zone["quay.example"], **_txt(record)}
    for name in (*names, "spf.protection.outlook.com"):
        world.zone[name] = _txt("v=spf1 ip4:192.0.2.0/24 -all")
    found = _findings(cli, world)["spf"]
    assert (found["verdict"], found["code"]) == ("bad", "spf_look_ups")
    assert found["fix"]["old"] == record
    assert found["fix"]["new"].count("include:") == 10
    assert "include:spf.protection.outlook.com" in found["fix"]["new"]


# -- what large receivers ask for ------------------------------------------------------------------


def _exchange(cli: Cli, world: MailWorld) -> None:
    """Everything as it should be, but for the keys and the policy."""
    _create(cli, "exchange")
    record = "v=spf1 include:spf.protection.outlook.com -all"
    world.zone["quay.example"] = {**world.zone["quay.example"], **_txt(record)}
    world.zone["spf.protection.outlook.com"] = _txt("v=spf1 ip4:192.0.2.0/24 -all")


def test_receivers_get_what_they_ask_for(cli: Cli, world: MailWorld) -> None:
    _exchange(cli, world)
    world.zone["selector1._domainkey.quay.example"] = _txt(rsa_record(2048))
    world.zone["_dmarc.quay.example"] = _txt("v=DMARC1; p=none")
    _, rules = _looked(cli, world)
    assert {rule["met"] for rule in rules.values()} == {True}
    gmail = rules["Gmail", True]
    assert (gmail["emails_a_day"], gmail["since"]) == (5000, "2024-02-01")
    assert (gmail["refuses_since"], gmail["for_good"]) == ("2025-11", True)
    # The names of its servers are for the provider to see to.
    assert gmail["asks"] == ["spf", "dkim", "dmarc", "aligned"]
    assert gmail["source"].startswith("https://support.google.com/")
    assert rules["Yahoo and AOL", True]["emails_a_day"] is None


def test_receivers_that_are_not_kept_to(cli: Cli, world: MailWorld) -> None:
    _exchange(cli, world)
    found, rules = _looked(cli, world)
    assert found["dmarc"]["code"] == "dmarc_missing"
    outlook = rules["Outlook.com", True]
    assert (outlook["met"], outlook["to_mend"]) == (False, ["dmarc"])
    # Which key signs is not known yet: nothing that is missing.
    assert outlook["not_known"] == ["dkim"]
    assert rules["Gmail", False]["met"] is True
    assert rules["GMX and WEB.DE", False]["met"] is None
    result = cli("readiness", "Invoices", *world.options())
    lines = result.out.splitlines()
    at = lines.index("  Outlook.com, from 5,000 emails a day: not met")
    assert lines[at + 1] == "    Since 5 May 2025. To mend: DMARC."
    assert lines[at + 2].startswith("    https://")
    at = lines.index("  GMX and WEB.DE, every sender: not known")
    assert lines[at + 1].endswith("Not known: DKIM. A received test email shows it.")


def test_a_server_without_a_name_is_not_taken(cli: Cli, world: MailWorld) -> None:
    _create(cli, "custom", "out.quay.example")
    world.zone["quay.example"] = {
        **world.zone["quay.example"],
        **_txt("v=spf1 ip4:192.0.2.25 -all"),
    }
    world.zone["out.quay.example"] = {"A": ["192.0.2.25"]}
    _, rules = _looked(cli, world)
    assert rules["Gmail", False]["to_mend"] == ["ptr"]
    assert rules["laposte.net", False]["to_mend"] == ["ptr"]


def test_a_provider_with_its_own_envelope_needs_dkim(cli: Cli, world: MailWorld) -> None:
    _create(cli, "postmark")
    world.zone["_dmarc.quay.example"] = _txt("v=DMARC1; p=reject")
    found, rules = _looked(cli, world)
    # No key was seen yet, which is no key missing.
    assert (found["dmarc"]["verdict"], found["dmarc"]["code"]) == ("warning", "dmarc_leg_unknown")
    assert rules["laposte.net", False]["not_known"] == ["aligned"]
    assert rules["Gmail", False]["met"] is True


def test_receivers_of_an_address_alone(cli: Cli, world: MailWorld) -> None:
    world.zone["quay.example"] = {
        "MX": ["10 in.quay.example."],
        **_txt("v=spf1 ip4:192.0.2.1 -all"),
    }
    world.zone["_dmarc.quay.example"] = _txt("v=DMARC1; p=none")
    _, rules = _looked(cli, world, "zebra@quay.example")
    assert {rule["met"] for rule in rules.values()} == {None}
    assert "A look at a connector shows it." in rules["Gmail", True]["why"]
    del world.zone["_dmarc.quay.example"]
    _, rules = _looked(cli, world, "zebra@quay.example")
    assert rules["Gmail", True]["to_mend"] == ["dmarc"]


def test_receivers_where_nobody_answers(cli: Cli, world: MailWorld) -> None:
    world.zone["quay.example"] = {BROKEN: []}
    world.zone["_dmarc.quay.example"] = {BROKEN: []}
    _, rules = _looked(cli, world, "zebra@quay.example")
    assert {rule["met"] for rule in rules.values()} == {None}
    result = cli("readiness", "zebra@quay.example", "--offline", "--json")
    assert {rule["met"] for rule in result.json["receivers"]} == {None}
    _create(cli, "exchange")
    result = cli("readiness", "Invoices", "--offline", "--json")
    assert all("ptr" not in rule["not_known"] for rule in result.json["receivers"])


def test_what_concerns_mail_into_the_domain_stands_apart(cli: Cli, world: MailWorld) -> None:
    world.zone["_mta-sts.quay.example"] = _txt("v=STSv1; id=20261130")
    world.zone["_smtp._tls.quay.example"] = {BROKEN: []}
    address = "billing@quay.example"
    found = cli("readiness", address, "--json", *world.options()).json
    assert [(each["what"], each["there"], each["found"]) for each in found["apart"]] == [
        ("mta_sts", True, "v=STSv1; id=20261130"),
        ("tls_rpt", None, None),
        ("dane", None, None),
        ("bimi", None, None),
    ]
    assert (
        "says nothing of mail that quay.example sends. quay.example has a record."
        in (found["apart"][0]["why"])
    )
    del world.zone["_smtp._tls.quay.example"]
    lines = cli("readiness", address, *world.options()).out.splitlines()
    at = lines.index("Not needed for sending: MTA-STS, TLS-RPT, DANE, BIMI")
    assert lines[at + 2].endswith("quay.example has no record.")
    # Neither a verdict nor a record to publish hangs on it.
    assert not any("_mta-sts" in str(each["fix"]) for each in found["findings"])


def test_offline_nothing_stands_apart(cli: Cli) -> None:
    assert cli("readiness", "a@quay.example", "--offline", "--json").json["apart"] == []
