"""The rows of a long list: read again only where files changed, and kept for the next start."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cli.grammar import verb_called
from smtpwizard.messages.listing import ends_text, soon_text, status_words
from smtpwizard.model.connector import read_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.resources import packaged_text
from smtpwizard.usecases import list_rows
from smtpwizard.usecases.changes import Watch
from smtpwizard.usecases.dates import RENEWED_DAYS, SOON_DAYS, ends_soon
from smtpwizard.usecases.default import set_default
from smtpwizard.usecases.list_rows import ConnectorRows, Kind, ListRow, RowListing, listed_of
from smtpwizard.usecases.remove import remove_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace

Save = Callable[..., StoredConnector]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(list_rows, "KEEP_FROM", 2)
    return Workspace.open(tmp_path / "data", secret_store="session")


@pytest.fixture
def save(ws: Workspace) -> Save:
    def save_one(name: str, stored: StoredConnector | None = None, **more: Any) -> StoredConnector:
        document = {
            "name": name,
            "provider": "custom",
            "server": {"host": "smtp.example.com"},
            "authentication": {"method": "none"},
            "admin": {"email": "admin@example.com"},
        } | more
        connector, problems = read_connector(document, ws.defaults_for)
        assert connector is not None, problems
        return save_connector(ws, connector, secrets={}, stored=stored)

    return save_one


def names(rows: ConnectorRows) -> list[str]:
    return [row.name for row in rows.read().rows]


def reads(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the connectors whose files are read from now on."""
    found: list[str] = []
    whole = ws.store.list

    def listing(only: Any = None) -> Any:
        result = whole(only)
        found.extend(stored.id for stored in result.connectors)
        return result

    monkeypatch.setattr(ws.store, "list", listing)
    return found


def test_only_what_changed_is_read_again(
    ws: Workspace, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = save("One"), save("Two")
    rows = ConnectorRows(ws)
    assert names(rows) == ["One", "Two"]
    found = reads(ws, monkeypatch)
    assert names(rows) == ["One", "Two"]
    assert found == []
    save("Three", other, description="longer than it was")
    assert names(rows) == ["One", "Three"]
    assert found == [other.id]
    remove_connector(ws, one)
    assert names(rows) == ["Three"]


def test_both_lists_have_numbers_in_names_as_numbers(ws: Workspace, save: Save) -> None:
    for name in ("Branch 10", "branch 9", "Branch 2"):
        save(name)
    assert names(ConnectorRows(ws)) == ["Branch 2", "branch 9", "Branch 10"]
    listed = [stored.connector.name for stored in ws.connectors().connectors]
    assert listed == ["Branch 2", "branch 9", "Branch 10"]


def test_the_first_reading_of_many_tells_what_it_has_so_far(
    ws: Workspace, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_rows, "SO_FAR", (1, 2, 3))
    everything = ["Five", "Four", "One", "Three", "Two"]
    for name in everything:
        save(name)
    found = reads(ws, monkeypatch)
    told: list[RowListing] = []
    rows = ConnectorRows(ws)
    whole = rows.read(told.append)
    assert [(len(some.rows), some.of) for some in told] == [(1, 5), (2, 5)]  # 3 are not worth it
    assert set(told[0].rows) < set(told[1].rows) < set(whole.rows)
    assert [row.name for row in whole.rows] == everything
    assert whole.of is None
    assert sorted(found) == sorted(row.id for row in whole.rows)  # each once
    rows.keep()
    for again in (rows, ConnectorRows(ws)):
        assert again.read(told.append).rows == whole.rows
    assert len(told) == 2


def test_the_first_few_are_told_before_it_is_asked_when_each_file_was_written(
    ws: Workspace, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_rows, "SO_FAR", (2,))
    for number in range(5):
        save(f"Connector {number}")
    asked: list[str] = []

    def looked(ws: Workspace) -> Watch:
        asked.append("all")
        return Watch(ws)

    monkeypatch.setattr(list_rows, "Watch", looked)
    whole = ConnectorRows(ws).read(lambda some: asked.append(f"{len(some.rows)} of {some.of}"))
    assert asked == ["2 of 5", "all"]
    assert len(whole.rows) == 5


def test_what_changes_after_it_was_told_is_read_again(
    ws: Workspace, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_rows, "SO_FAR", (2,))
    stored = {each.id: each for each in (save(f"Connector {number}") for number in range(5))}
    changed: list[str] = []

    def change(some: RowListing) -> None:
        first, second = some.rows
        remove_connector(ws, stored[first.id])
        save("Changed meanwhile", stored[second.id], description="longer than it was")
        changed.extend((first.id, second.id))

    rows = {row.id: row for row in ConnectorRows(ws).read(change).rows}
    assert changed[0] not in rows
    assert rows[changed[1]].name == "Changed meanwhile"
    assert len(rows) == 4


def test_what_cannot_be_read_is_named_once_all_are_read(
    ws: Workspace, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_rows, "SO_FAR", (1, 2))
    for name in ("One", "Two", "Three", "Four"):
        save(name)
    for path in (ws.store.directory / "connectors").glob("*.json"):
        path.write_text("{")
    told: list[RowListing] = []
    whole = ConnectorRows(ws).read(told.append)
    assert [some.rows for some in told] == [(), ()]
    assert len(whole.listing.damaged) == 4


def test_a_record_and_the_default_count_as_changes(ws: Workspace, save: Save) -> None:
    one, other = save("One"), save("Two")
    rows = ConnectorRows(ws)
    rows.read()
    rows.look()
    ws.store.change_verification(
        one.id, lambda _: {"ok": True, "inputs": one.connector.inputs_digest(), "secrets": {}}
    )
    assert rows.look().records == {one.id}
    set_default(ws, other)
    assert rows.look().project
    first, second = rows.read().rows
    assert (first.status, first.default) == ("verified", False)
    assert (second.status, second.default) == ("untested", True)


def test_what_was_kept_spares_the_next_start_all_reading(
    ws: Workspace, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("One", description="First")
    save("Two")
    rows = ConnectorRows(ws)
    before = rows.read()
    rows.keep()
    found = reads(ws, monkeypatch)
    assert ConnectorRows(ws).read().rows == before.rows
    assert found == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "[]\n" + text,
        lambda text: text.replace('"One"', "1"),
        lambda text: text.replace('"untested"', '"splendid"'),
        lambda text: text.splitlines()[0] + "\n[[1,2],3,null,{}]\n",
        lambda text: text[:-20],
    ],
)
def test_what_was_kept_and_is_not_right_is_read_again(
    ws: Workspace, save: Save, damage: Callable[[str], str]
) -> None:
    save("One")
    save("Two")
    rows = ConnectorRows(ws)
    before = rows.read()
    rows.keep()
    path = ws.store.directory / "list.lines"
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    assert ConnectorRows(ws).read().rows == before.rows


def test_a_damaged_connector_is_named_every_time(ws: Workspace, save: Save) -> None:
    save("One")
    save("Two")
    (ws.store.directory / "connectors" / ("0" * 32 + ".json")).write_text(
        json.dumps({"schema": 1, "name": ""}), "utf-8"
    )
    rows = ConnectorRows(ws)
    for _ in range(2):
        listing = rows.read()
        assert len(listing.listing.damaged) == 1
        assert len(listing.rows) == 2


def test_a_connector_that_is_gone_cannot_be_read(ws: Workspace, save: Save) -> None:
    one = save("One")
    [row] = ConnectorRows(ws).read().rows
    assert listed_of(ws, row).stored == one
    remove_connector(ws, one)
    with pytest.raises(UsageError, match="connector_unknown"):
        listed_of(ws, row)


ROW = ListRow(
    id="1", name="One", description="", provider="custom", host="h", port=25, security="none",
    method="none", username=None, status="verified", at=None, verified_at=None, sent=True,
    duration_ms=5, stage=None, cause=None, told_by=None, reply=None, ends_at=None, ends_what=None,
    ends_days=None, in_file=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "ends", "kind"),
    [
        ("verified", None, Kind.VERIFIED),
        ("verified", "2027-03-01", Kind.VERIFIED),
        ("verified", "2027-01-29", Kind.ENDS_SOON),
        ("verified", "2026-12-30", Kind.ENDS_SOON),
        ("verified", "2026-11-01", Kind.ENDS_SOON),
        ("failed", "2026-12-01", Kind.FAILED),
        ("changed", None, Kind.CHANGED),
        ("untested", "2026-12-01", Kind.UNTESTED),
    ],
)
def test_the_kind_follows_from_status_and_the_next_date(
    status: str, ends: str | None, kind: Kind
) -> None:
    row = ROW._replace(status=status, ends_at=ends)
    assert row.kind(date(2026, 11, 30)) is kind


@pytest.mark.parametrize(
    ("what", "days"),
    [
        ("client_secret_expires", 60),
        ("own_certificate_ends", 60),
        ("trusted_certificate_ends", 60),
        ("basic_off_by_default", 60),
        ("server_certificate_ends", 30),
        ("refresh_token_unused", 30),
    ],
)
def test_how_soon_soon_is_and_that_it_is_said(what: str, days: int) -> None:
    assert ends_soon(what, days)
    assert ends_soon(what, -days)
    assert not ends_soon(what, days + 1)
    row = ROW._replace(ends_at="2026-12-28", ends_what=what)
    assert row.kind(date(2026, 12, 28) - timedelta(days)) is Kind.ENDS_SOON
    assert row.kind(date(2026, 12, 27) - timedelta(days)) is Kind.VERIFIED
    summary = verb_called("dates")[0]
    pages = [packaged_text(f"help_pages/{name}.toml") for name in ("connectors", "secrets-end")]
    for said in (soon_text(SOON_DAYS, RENEWED_DAYS), summary, *pages):
        assert f"within {days}" in " ".join(said.split())


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("failed", {"stage": "auth", "cause": "bad_credentials"},
         ("Failed at Sign in", "User name or password was not accepted")),
        ("failed", {"stage": "auth", "cause": "bad_credentials", "told_by": "google"},
         ("Failed at Sign in", "Google did not accept user name or password")),
        ("failed", {"stage": "tls", "reply": "454 not now"},
         ("Failed at Encryption", "454 not now")),
        ("failed", {}, ("Failed", "")),
        ("ends_soon", {"days": 9, "ends_what": "client_secret_expires"},
         ("Verified, ends in 9 days", "Make a new client secret in time")),
        ("changed", {}, ("Changed since the test", "Verify it to be sure")),
        ("untested", {}, ("Not tested yet", "")),
        ("verified", {"sent": True}, ("Verified", "Test email accepted")),
        ("verified", {"sent": False, "method": "basic"}, ("Verified", "Login only, no email sent")),
        ("verified", {"sent": False, "method": "none"}, ("Verified", "Reached, no email sent")),
        ("verified", {"sent": None}, ("Verified", "")),
    ],
)  # fmt: skip
def test_status_and_reason_in_words(
    kind: str, facts: dict[str, Any], said: tuple[str, str]
) -> None:
    assert status_words(kind, facts) == said


def test_days_are_counted_as_people_do() -> None:
    said = [ends_text(days) for days in (-5, -1, 0, 1, 2)]
    assert said == [
        "Verified, overdue since 5 days",
        "Verified, overdue since yesterday",
        "Verified, ends today",
        "Verified, ends tomorrow",
        "Verified, ends in 2 days",
    ]
