"""`discover` as a script uses it, in a small internet on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpwizard.discovery import ranking
from tests.cli.conftest import Cli, run_process
from tests.helpers.mail_world import MailWorld, config

AUTOCONFIG = "https://autoconfig.quay.example/mail/config-v1.1.xml"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine has all its time."""
    for name in (
        "OTHERS_TIMEOUT_S", "BESIDE_S", "DOUBT_S", "SPEAKING_S", "SPEAKING_IN_DOUBT_S", "SERVER_S",
    ):  # fmt: skip
        monkeypatch.setattr(ranking, name, 300.0)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with MailWorld(tmp_path) as made:
        yield made


def test_one_document_as_the_contract_has_it(cli: Cli, world: MailWorld) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL")))
    world.mail_server("out.quay.example", 465)
    result = cli("discover", "zebra@quay.example", "--json", *world.options())
    assert result.code == 0
    assert set(result.json) == {"candidates", "looked", "warnings"}
    [candidate] = result.json["candidates"]
    expected = {
        "server": {"host": "out.quay.example", "port": 465, "security": "implicit_tls"},
        "username": "zebra@quay.example",
        "methods": ["basic"],
        "provider": "custom",
        "source": "autoconfig",
        "trusted": True,
        "forged_by": None,
        "answers": True,
        "offers": {"security": ["implicit_tls"], "mechanisms": ["PLAIN", "LOGIN"]},
        "error": None,
        "doubt": None,
    }
    assert expected.items() <= candidate.items()
    assert candidate["why"].startswith("quay.example describes it on a page of its own")
    looked = {each["source"]: each["status"] for each in result.json["looked"]}
    assert looked == {
        "catalogue": "nothing",
        "mx": "nothing",
        "srv": "nothing",
        "autoconfig": "found",
        "ispdb": "nothing",
        "probe": "nothing",
    }
    assert all(type(each["ms"]) is int for each in result.json["looked"])


def test_nothing_found_is_an_answer(cli: Cli, world: MailWorld) -> None:
    result = cli("discover", "zebra@quay.example", "--json", *world.options())
    assert (result.code, result.json["candidates"]) == (0, [])
    result = cli("discover", "zebra@quay.example", *world.options())
    assert "Nothing is known about quay.example." in result.out


def test_people_read_what_to_check_first(cli: Cli, world: MailWorld) -> None:
    world.zone["quay.example"] = {"MX": ["0 ."]}
    world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 1 465 mail.hoster.example."]}
    result = cli("discover", "zebra@quay.example", *world.options())
    assert "mail.hoster.example, port 465, SSL/TLS  [Check first]" in result.out
    assert "A forger would get the password." in result.out
    assert "quay.example takes in no mail (null MX)" in result.out
    assert "Service records (SRV): found" in result.out


def test_settings_say_the_same_as_options(cli: Cli, world: MailWorld) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL")))
    pointed = world.settings()
    rules = " ".join(map(str, pointed.connect_to))
    for value in (
        f"network.name_server={pointed.name_server}",
        f"network.connect_to={rules}",
        f"network.ca_file={world.ca_file}",
    ):
        assert cli("settings", "set", value, "--json").code == 0
    result = cli("discover", "zebra@quay.example", "--json")
    assert [c["server"]["host"] for c in result.json["candidates"]] == ["out.quay.example"]
    cli("settings", "set", "network.offline=true")
    result = cli("discover", "zebra@quay.example", "--json")
    assert result.json["candidates"] == []
    assert {each["status"] for each in result.json["looked"]} == {"nothing", "skipped"}


def test_offline_answers_from_what_is_known(cli: Cli) -> None:
    result = cli("discover", "zebra@gmail.com", "--offline", "--json")
    assert result.json["candidates"][0]["provider"] == "gmail"
    assert [each["code"] for each in result.json["warnings"]] == ["offline"]
    lines = cli("discover", "zebra@gmail.com", "--offline").out.splitlines()
    assert "Nobody was asked: look-ups are switched off." in lines
    lines = cli("discover", "zebra@quay.example", "--offline").out.splitlines()
    assert lines[0].endswith("are switched off. Ask the administrator of its mail server.")
    assert "Nobody was asked: look-ups are switched off." not in lines, "said already"


def test_people_read_once_what_speaks_against_a_server(cli: Cli, world: MailWorld) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 587, "STARTTLS")))
    world.mail_server("out.quay.example", 587, mechanisms=())
    out = cli("discover", "zebra@quay.example", *world.options()).out
    assert "out.quay.example, port 587, STARTTLS  [Check first]" in out
    assert out.count("offers no way to sign in") == 1
    assert "These settings do not work from here as they are." in out


def test_as_a_process_of_its_own(tmp_path: Path, world: MailWorld) -> None:
    world.page(AUTOCONFIG, config(("out.quay.example", 465, "SSL")))
    argv = ("--data-dir", str(tmp_path / "data"), "discover", "zebra@quay.example", "--json")
    result = run_process(*argv, *world.options())
    assert result.code == 0
    assert result.json["candidates"][0]["trusted"] is True
    assert "zebra" not in json.dumps(result.json["looked"])
