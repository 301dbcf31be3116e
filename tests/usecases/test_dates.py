"""Which dates a connector has, what comes next, and the calendar file."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import trustme

from smtpwizard.messages.signing_in import date_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.moments import as_date
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.certificates import read_certificates, trust
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.dates import (
    DatedEvent,
    all_dates,
    calendar,
    dates_of,
    joined,
    next_date,
)
from smtpwizard.usecases.edit import edit_fields, parse_assignments
from smtpwizard.usecases.history import SIGNED_IN, record_moment
from smtpwizard.usecases.own_certificates import own_ends
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.certificates import Certificates
from tests.usecases import conftest

OAUTH = {"method": "oauth", "username": "mailer@example.com", "oauth": {"client_id": "id"}}


_numbers = itertools.count()


def connector(ws: Workspace, **changes: Any) -> Connector:
    """A connector with a name of its own."""
    return conftest.connector(ws, **{"name": f"C{next(_numbers)}", **changes})


def saved(
    ws: Workspace, provider: str, authentication: dict[str, Any], **secrets: str
) -> StoredConnector:
    made = connector(ws, provider=provider, server=..., authentication=authentication)
    return save_connector(ws, made, secrets={k: Secret(v) for k, v in secrets.items()})


def found(ws: Workspace, stored: StoredConnector, **record: Any) -> dict[str, date]:
    return {event.what: event.at for event in dates_of(ws, stored, record)}


def test_the_end_of_passwords_is_dated_data(ws: Workspace) -> None:
    basic = {"method": "basic", "username": "a@example.com"}
    stored = saved(ws, "exchange", basic)
    assert found(ws, stored) == {"basic_off_by_default": date(2026, 12, 31)}
    assert dates_of(ws, stored)[0].source
    [row] = list_connectors(ws)
    assert row.expires_at == "2026-12-31T00:00:00Z"
    assert found(ws, saved(ws, "outlook", basic)) == {"basic_off_since": date(2024, 9, 16)}
    assert found(ws, saved(ws, "exchange", OAUTH)) == {}


def test_a_custom_server_is_known_by_its_name(ws: Workspace) -> None:
    stored = saved(ws, "exchange", {"method": "basic", "username": "a@example.com"})
    by_hand = connector(
        ws,
        server={"host": "smtp.office365.com"},
        authentication={"method": "basic", "username": "a@example.com"},
    )
    again = stored._replace(connector=by_hand)
    assert found(ws, again) == {"basic_off_by_default": date(2026, 12, 31)}


def test_the_certificate_of_ones_own_server_ends(ws: Workspace) -> None:
    made = connector(ws, authentication={"method": "none"})
    stored = save_connector(ws, made, secrets={})
    seen = {"host": stored.connector.server.host, "ends": "2027-02-28T10:00:00Z"}
    assert found(ws, stored, certificate=seen) == {"server_certificate_ends": date(2027, 2, 28)}
    assert found(ws, stored, certificate=seen | {"host": "former.example"}) == {}
    assert found(ws, stored, certificate="nonsense") == {}
    large = saved(ws, "gmail", OAUTH)  # renews its own
    assert found(ws, large, certificate=seen | {"host": large.connector.server.host}) == {}


def test_a_client_secret_and_a_sign_in_end(ws: Workspace) -> None:
    authentication = {**OAUTH, "oauth": {"client_id": "i", "client_secret_expires": "2027-05-31"}}
    stored = saved(ws, "exchange", authentication, client_secret="x", refresh_token="y")
    record = {"signed_in_at": "2026-11-01T10:00:00Z", "renewed_at": "2026-11-20T10:00:00Z"}
    assert found(ws, stored, **record) == {
        "client_secret_expires": date(2027, 5, 31),
        "refresh_token_unused": date(2027, 2, 18),
    }
    assert next_date(dates_of(ws, stored, record)) == "2027-02-18T00:00:00Z"
    assert found(ws, stored) == {"client_secret_expires": date(2027, 5, 31)}
    public = edit_fields(ws, stored.connector, {"authentication.oauth.public_client": True})
    assert found(ws, stored._replace(connector=public)) == {}


def test_a_secret_that_the_provider_calls_expired_has_ended(ws: Workspace) -> None:
    stored = saved(ws, "exchange", OAUTH, client_secret="x")
    record = {
        "at": "2026-11-20T10:00:00Z",
        "causes": ["oauth_secret_expired", "clock_skew"],
        "secrets": dict(stored.secrets),
    }
    assert found(ws, stored, **record) == {"client_secret_expires": date(2026, 11, 20)}
    assert found(ws, stored, **record | {"secrets": {"client_secret": "another"}}) == {}
    assert found(ws, stored, **record | {"causes": ["bad_credentials"]}) == {}
    noted = edit_fields(
        ws, stored.connector, {"authentication.oauth.client_secret_expires": "2026-11-02"}
    )
    dates = found(ws, stored._replace(connector=noted), **record)
    assert dates == {"client_secret_expires": date(2026, 11, 2)}


def test_a_testing_app_of_google_has_a_week(ws: Workspace) -> None:
    for status, there in (("testing", True), ("production", False), (None, False)):
        oauth = {"client_id": "i"} | ({"publishing_status": status} if status else {})
        stored = saved(ws, "gmail", OAUTH | {"oauth": oauth}, refresh_token="y")
        dates = found(ws, stored, signed_in_at="2026-11-01T10:00:00Z")
        assert (dates.get("testing_sign_in_ends") == date(2026, 11, 8)) is there
        assert dates["refresh_token_unused"] == date(2027, 4, 30)


def test_moments_outlive_verifications(ws: Workspace) -> None:
    stored = saved(ws, "exchange", OAUTH, refresh_token="y")
    record_moment(ws, stored, SIGNED_IN)
    assert "refresh_token_unused" in {e.what for e in dates_of(ws, stored)}
    [row] = [r for r in list_connectors(ws) if r.name == stored.connector.name]
    assert row.status == "untested"
    assert row.expires_at is not None


@pytest.mark.parametrize("text", ["2027-13-01", "tomorrow", "20270531", "2027-05-31T00:00:00Z"])
def test_a_date_that_is_none_is_refused(ws: Workspace, text: str) -> None:
    stored = saved(ws, "exchange", OAUTH)
    with pytest.raises(UsageError) as caught:
        edit_fields(ws, stored.connector, {"authentication.oauth.client_secret_expires": text})
    assert caught.value.code == "date_invalid"
    assert caught.value.facts["field"] == "authentication.oauth.client_secret_expires"


def test_a_noted_date_changes_no_verdict_and_can_be_cleared(ws: Workspace) -> None:
    stored = saved(ws, "exchange", OAUTH)
    field = "authentication.oauth.client_secret_expires"
    noted = edit_fields(ws, stored.connector, parse_assignments([f"{field}=2027-05-31"]))
    assert noted.to_json()["authentication"]["oauth"]["client_secret_expires"] == "2027-05-31"
    assert noted.inputs_digest() == stored.connector.inputs_digest()
    assert edit_fields(ws, noted, parse_assignments([f"{field}="])) == stored.connector


def test_all_dates_come_in_order(ws: Workspace) -> None:
    oauth = {"client_id": "i", "client_secret_expires": "2026-12-01"}
    saved(ws, "exchange", {"method": "basic", "username": "a@example.com"})
    saved(ws, "exchange", OAUTH | {"oauth": oauth})
    assert [event.what for event in all_dates(ws)] == [
        "client_secret_expires", "basic_off_by_default",
    ]  # fmt: skip
    document = all_dates(ws)[0].to_json()
    assert document["at"] == "2026-12-01"


def _events(ws: Workspace) -> list[DatedEvent]:
    oauth = {"client_id": "i", "client_secret_expires": "2026-12-01"}
    made = connector(
        ws, name="Rechnungen; a, b\\c " + "ü" * 60, provider="exchange", server=...,
        authentication=OAUTH | {"oauth": oauth},
    )  # fmt: skip
    stored = save_connector(ws, made, secrets={})
    return list(dates_of(ws, stored))


def test_the_calendar_file_keeps_to_the_standard(ws: Workspace) -> None:
    events = _events(ws)
    texts = [date_text(event.what, event.facts()) for event in events]
    data = calendar(events, texts)
    lines = data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75  # RFC 5545 §3.1
    for line in lines:
        line.decode()  # no character is cut in two
    text = data.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:Rechnungen\\; a\\, b\\\\c üüü" in text
    assert "DTSTART;VALUE=DATE:20261201\r\n" in text
    assert "DTEND;VALUE=DATE:20261202\r\n" in text
    assert text.count("BEGIN:VALARM") == 2
    # The same event has the same name the next time.
    [uid] = re.findall(r"UID:(\S+)", text)
    assert uid in calendar(events, texts).replace(b"\r\n ", b"").decode()
    assert uid.startswith(str(events[0].identifier))
    assert calendar([], []).count(b"BEGIN:VEVENT") == 0


def test_dates_in_every_spelling() -> None:
    assert as_date("2026-01-02") == as_date("2026-01-02T03:04:05Z") == date(2026, 1, 2)
    assert as_date(date(2026, 1, 2)) == date(2026, 1, 2)
    nothings: tuple[object, ...] = (None, "", "x", 7, [], "2026-1-2")
    for nothing in nothings:
        assert as_date(nothing) is None


@pytest.mark.parametrize(
    "record",
    [
        {SIGNED_IN: "9999-12-31T23:59:59Z"},
        {SIGNED_IN: "0001-01-01"},
        {SIGNED_IN: -1},
        {SIGNED_IN: 10**30},
        {SIGNED_IN: "2026-01-01", "renewed_at": ["9999-12-31"]},
        {"ok": True, "verified_at": "9999-99-99", "inputs": 7, "secrets": None},
    ],
)
def test_a_history_that_says_nonsense_hides_nothing(ws: Workspace, record: dict[str, Any]) -> None:
    odd = saved(ws, "gmail", OAUTH, refresh_token="r")
    other = saved(ws, "exchange", {"method": "basic", "username": "a@example.com"})
    ws.store.change_verification(odd.id, lambda _: record)
    assert {row.name for row in list_connectors(ws)} == {
        odd.connector.name, other.connector.name
    }  # fmt: skip
    events = all_dates(ws)
    assert "basic_off_by_default" in {event.what for event in events}
    calendar(events, [date_text(event.what, event.facts()) for event in events])


@pytest.mark.parametrize("days", ["99999999999", "-1", "1.5", "true", "nan", '"7"', "9999999"])
def test_a_providers_term_beyond_reason_is_no_term(ws: Workspace, days: str) -> None:
    folder = ws.data_dir / "providers.d"
    folder.mkdir(parents=True)
    text = f'id = "gmail"\nrefresh_token_idle_days = {days}\ntesting_refresh_token_days = {days}\n'
    (folder / "a.toml").write_text(text)
    stored = saved(ws, "gmail", OAUTH, refresh_token="r")
    record_moment(ws, stored, SIGNED_IN)
    assert dates_of(ws, stored) == ()
    assert len(list_connectors(ws)) == 1


def test_a_secrets_end_may_be_the_last_day_there_is(ws: Workspace) -> None:
    last = {"client_id": "id", "client_secret_expires": "9999-12-31"}
    stored = saved(ws, "gmail", OAUTH | {"oauth": last})
    [row] = list_connectors(ws)
    assert row.expires_at == "9999-12-31T00:00:00Z"
    [event] = all_dates(ws)
    first = DatedEvent(stored, "client_secret_expires", date(1, 1, 1))
    text = calendar([event, first], [("a", "b")] * 2).decode()
    assert "DTSTART;VALUE=DATE:99991231\r\n" in text
    assert "DTSTART;VALUE=DATE:00010101\r\n" in text
    assert text.count("DTEND") == 1


def test_what_ends_for_several_is_one_date(ws: Workspace) -> None:
    """A certificate, or the client secret of one app, is one event that names its connectors."""
    names = ("B", "a", "C", "D", "E")
    end, soon = "2027-02-28T10:00:00Z", "2027-01-01"
    seen = {"host": "h.example", "ends": end, "fingerprint": "ab" * 32}
    for name in names:
        made = connector(
            ws, name=name, server={"host": "h.example"}, authentication={"method": "none"}
        )
        stored = save_connector(ws, made, secrets={})
        # The last was seen before fingerprints were kept.
        kept = {key: seen[key] for key in seen if name != "E" or key != "fingerprint"}
        record = {"certificate": kept}
        ws.store.change_verification(stored.id, record.__or__)
    for name, client in (("App", "i"), ("Same app", "i"), ("Other app", "j")):
        oauth = {"client_id": client, "client_secret_expires": soon, "tenant": "t.example"}
        made = connector(
            ws, name=name, provider="exchange",
            authentication=OAUTH | {"oauth": oauth},
        )  # fmt: skip
        save_connector(ws, made, secrets={"client_secret": Secret("x")})
    events = all_dates(ws)
    assert len(events) == 8, "each connector has its own"
    once = joined(events)
    told = [date_text(event.what, event.facts()) for event in once]
    assert [title for title, _ in told] == [
        "App and Same app: the client secret ends",
        "Other app: the client secret ends",
        "a, B, C and D: the server's certificate ends",
        "E: the server's certificate ends",
    ]
    assert told[2][1].endswith("It is one for these connectors: a, B, C, D.")
    uids = {event.identifier for event in once}
    assert len(uids) == 4
    assert uids <= {event.identifier for event in events}, "those that a calendar has already"
    assert calendar(once, told).count(b"BEGIN:VEVENT") == 4


def own(ws: Workspace, name: str, **server: str) -> StoredConnector:
    made = connector(
        ws, name=name, server={"host": "h.example", **server}, authentication={"method": "none"}
    )
    return save_connector(ws, made, secrets={})


def titles(ws: Workspace) -> list[str]:
    return [date_text(event.what, event.facts())[0] for event in joined(all_dates(ws))]


def test_what_connectors_trust_for_themselves_ends_too(
    ws: Workspace, certificates: Certificates, tmp_path: Path
) -> None:
    """A CA file is read where dates are asked for, and a list goes by the last test."""
    file = tmp_path / "ca.pem"
    file.write_bytes(certificates.ca_file.read_bytes())
    both = [own(ws, name, ca_file=str(file)) for name in ("A", "B")]
    [name] = {one.name for one in read_certificates(file)}
    assert titles(ws) == [f"A and B: the trusted certificate {name} ends"]
    assert dates_of(ws, both[0]) == (), "a list does not wait for a file"
    text = calendar(joined(all_dates(ws)), [("a", "b")]).decode()
    assert text.count("BEGIN:VEVENT") == 1
    # Of several, the one that issued what the server shows.
    [ca], [leaf] = read_certificates(file), read_certificates(certificates.good.certificate)
    file.write_bytes(file.read_bytes() + certificates.unknown_ca_file.read_bytes())
    assert len(titles(ws)) == 2
    ends = own_ends(both[0], [leaf.facts])
    assert [one["fingerprint"] for one in ends] == [ca.fingerprint]
    tested = {"inputs": both[0].connector.inputs_digest(), "own_trust": ends}
    ws.store.change_verification(both[0].id, lambda _: tested)
    [event] = dates_of(ws, both[0])
    assert (event.what, event.certificate) == ("own_certificate_ends", ca.name)
    assert list_connectors(ws)[0].expires_at == f"{ca.ends()}T00:00:00Z"
    assert [e.fingerprint for e in dates_of(ws, both[0], look=True)] == [ca.fingerprint]
    # A file that is a whole list says nothing of its own.
    file.write_bytes(b"".join(trustme.CA().cert_pem.bytes() for _ in range(21)))
    assert titles(ws) == []
    file.write_text("nothing")
    assert titles(ws) == []


def test_a_pin_is_known_without_a_test_and_is_the_server_s_own(
    ws: Workspace, certificates: Certificates
) -> None:
    pem = certificates.self_signed.certificate.read_text()
    [one] = read_certificates(certificates.self_signed.certificate)
    stored = own(ws, "A", pinned_certificate=pem)
    assert [event.what for event in dates_of(ws, stored)] == ["own_certificate_ends"]
    seen = {"host": "h.example", "ends": one.facts.not_after, "fingerprint": one.fingerprint}
    ws.store.change_verification(stored.id, lambda _: {"certificate": seen})
    assert [event.what for event in dates_of(ws, stored)] == ["own_certificate_ends"], "once"
    trust(ws, [one])
    assert titles(ws) == ["localhost, which this project trusts, ends"]


def test_a_server_s_own_certificate_that_the_project_trusts_is_one_date(
    ws: Workspace, certificates: Certificates
) -> None:
    [own] = trust(ws, read_certificates(certificates.self_signed.certificate))
    made = connector(ws, server={"host": "h.example"}, authentication={"method": "none"})
    stored = save_connector(ws, made, secrets={})
    seen = {"host": "h.example", "ends": own.facts.not_after, "fingerprint": own.fingerprint}
    ws.store.change_verification(stored.id, lambda _: {"certificate": seen})
    assert len(all_dates(ws)) == 2
    [event] = joined(all_dates(ws))
    title, remedy = date_text(event.what, event.facts())
    assert title == "localhost, which this project trusts, ends"
    assert remedy.endswith(f"these connectors: {stored.connector.name}.")
