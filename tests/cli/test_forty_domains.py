"""`discover` before an outside judge: some forty domains, each with the answer that is right."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from smtpwizard.discovery import ranking
from tests.cli.conftest import Cli
from tests.helpers.forty_domains import DOMAINS, Expected, build, told
from tests.helpers.mail_world import MailWorld

# What is slow is left behind, as for people; the others have all the time of a slow machine.
_HASTY = {"slow.example", "holes.example", "slow-server.example"}
_PATIENT = (
    "OTHERS_TIMEOUT_S", "BESIDE_S", "DOUBT_S", "SPEAKING_S", "SPEAKING_IN_DOUBT_S", "SERVER_S",
)  # fmt: skip
LOCAL_PART = "zebra.quokka+tag"
_SECRETS = (
    b"zebra", b"quokka", *(base64.b64encode(b"." * n + LOCAL_PART.encode())[4:-4].lower()
                           for n in range(3)),
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailWorld]:
    with MailWorld(tmp_path_factory.mktemp("world")) as made:
        build(made)
        yield made


def _heard(world: MailWorld) -> bytes:
    """All that anybody in there was sent."""
    parts = [data for _, data in world.web.requests]
    parts += [repr(world.names.asked).encode()]
    parts += [server.received for server in world.servers.values()]
    return b"\n".join(parts).lower()


def _told(candidate: dict[str, Any]) -> str:
    server = candidate["server"]
    where = server["host"], server["port"], server["security"]
    return told(*where, candidate["source"], trusted=candidate["trusted"])


@pytest.mark.parametrize("expected", DOMAINS, ids=lambda each: each.domain)
def test_the_right_answer_comes_first(
    expected: Expected, cli: Cli, world: MailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    if expected.domain not in _HASTY:
        for name in _PATIENT:
            monkeypatch.setattr(ranking, name, 300.0)
    address = f"{LOCAL_PART}@{expected.domain}"
    result = cli("discover", address, "--json", *world.options())
    assert result.code == 0, result.err
    candidates = result.json["candidates"]
    assert (_told(candidates[0]) if candidates else None) == expected.first
    assert tuple(sorted(each["code"] for each in result.json["warnings"])) == expected.warnings
    hosts = {each["server"]["host"] for each in candidates}
    assert hosts.isdisjoint(expected.never)
    if expected.seen:
        best = candidates[0]
        assert (best["answers"], best["error"]) == (True, None)
        assert best["server"]["security"] in best["offers"]["security"]
    # An answer that is not to be trusted says how it could be forged.
    for each in candidates:
        assert each["trusted"] is (each["forged_by"] is None)
        assert each["trusted"] or each["doubt"]
        assert each["username"] in (address, LOCAL_PART)
    assert b"quokka" not in _heard(world)
    assert all(secret not in _heard(world) for secret in _SECRETS)


def test_nobody_was_asked_to_sign_in_or_to_take_mail(cli: Cli, world: MailWorld) -> None:
    """Whatever the tests before asked: greetings, encryption, and good-bye."""
    cli("discover", f"{LOCAL_PART}@page.example", "--json", *world.options())
    said = {
        line.split()[0].upper()
        for server in world.servers.values()
        for line in server.received.splitlines()
        if line.strip()
    }
    assert said <= {b"EHLO", b"STARTTLS", b"NOOP", b"QUIT"}
    assert b"EHLO" in said
