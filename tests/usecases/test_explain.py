"""Bounces explained whole and recipient by recipient, and the connector that they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwizard.messages.bounces import outcome_text, reasons_text, recipient_text, whose_text
from smtpwizard.messages.causes import cause_text, said_lines
from smtpwizard.messages.face import Face
from smtpwizard.model.delivery import ACTIONS, Delivery, RecipientStatus
from smtpwizard.model.report import STAGES, Likelihood, Report, StageResult, Status
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases import explain
from smtpwizard.usecases.explain import (
    MAX_EXPLAINED,
    Explained,
    connectors_of,
    explain_failure,
    explain_raw,
)
from smtpwizard.usecases.history import record_run
from smtpwizard.usecases.workspace import Workspace
from tests.diagnosis import bounces
from tests.usecases.test_detail import save

SENT = Report(
    True,
    "Invoices",
    "2026-11-30T08:59:00Z",
    8,
    tuple(StageResult(stage, Status.PASSED, 1) for stage in STAGES),
    message_id="<0123456789abcdef0123456789abcdef@example.com>",
    queue_id="4F1A2B",
)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "data", secret_store="session")


def connector(
    ws: Workspace,
    name: str,
    host: str = "smtp.other.example",
    *,
    user: str = "nobody@other.example",
    **more: object,
) -> StoredConnector:
    server = {"host": host} if host else {}
    login = {"method": "basic", "username": user}
    return save(ws, name=name, server=server, authentication=login, **more)


def sent(ws: Workspace, stored: StoredConnector, report: Report = SENT) -> None:
    record_run(ws, stored, stored.connector, report)


def whose(ws: Workspace, text: str) -> list[tuple[str, Likelihood, list[str]]]:
    return [
        (one.stored.connector.name, one.likelihood, [reason.code for reason in one.reasons])
        for one in connectors_of(ws, explain_raw(text).delivery)
    ]


def slugs(explained: Explained) -> list[str | None]:
    return [
        found.causes[0].cause if found is not None and found.causes else None
        for found in explained.of_recipients
    ]


def test_each_recipient_has_its_own_explanation() -> None:
    text = bounces.report(bounces.UNKNOWN, bounces.LATE, bounces.TAKEN)
    explained = explain_failure(text.encode())
    assert slugs(explained) == ["recipient_rejected", "greylisted", None]
    whole = explained.explanation.causes[0]
    assert whole.cause == "recipient_rejected"
    assert said_lines(whole) == ["550 5.1.1 <bob@example.org>: User unknown"]
    assert "bob@example.org" in cause_text(whole, Face.WINDOW).explanation


def test_with_one_that_failed_it_is_the_explanation_of_the_whole() -> None:
    explained = explain_raw(bounces.report(bounces.FULL, bounces.TAKEN))
    assert explained.of_recipients == (explained.explanation, None)


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("connect to mx.example.org[192.0.2.1]:25: Connection timed out", "did not answer in time"),
        ("connect to mx.example.org[192.0.2.1]:25: Connection refused", "takes no connections"),
        ("Host or domain name not found. Name service error for name=example.org", "was not found"),
    ],
)
def test_after_the_email_was_taken_it_is_the_recipient_s_server_that_fails(
    said: str, title: str
) -> None:
    def told(text: str) -> str:
        return cause_text(explain_raw(text).explanation.causes[0], Face.WINDOW).title

    words = f"<bob@example.org>: {said}"
    mail = bounces.report(bounces.group("bob@example.org", "4.0.0", said), words=words)
    assert told(mail).startswith("The recipient's ")
    assert told(mail).endswith(title)
    # What a client could not hand in is a matter of the connector.
    assert not told(words).startswith("The recipient's ")
    assert not told(mail.replace("]:25", "]:587").replace("name=", "x:587 ")).startswith(
        "The recipient's "
    )
    two = explain_raw(
        bounces.report(bounces.UNKNOWN, bounces.group("bob@example.org", "4.0.0", said))
    ).of_recipients[0]
    assert two is not None


def test_alike_answers_are_explained_once_and_no_more_than_so_many() -> None:
    alike = [bounces.group(f"a{n}@example.org", "5.2.2", "552 Mailbox full") for n in range(30)]
    explained = explain_raw(bounces.report(*alike))
    assert len({id(found) for found in explained.of_recipients}) == 1
    others = [bounces.group(f"a{n}@example.org", "5.2.2", f"552 {n} full") for n in range(30)]
    found = explain_raw(bounces.report(*others)).of_recipients
    assert found.count(None) == 30 - MAX_EXPLAINED


def test_what_says_nothing_of_its_own_has_the_explanation_of_the_whole() -> None:
    groups = [bounces.UNKNOWN, bounces.group("b@example.org", "5.0.0", "zzz")]
    groups.append("Final-Recipient: rfc822; c@example.org\nAction: failed\n")
    explained = explain_raw(bounces.report(*groups))
    assert explained.of_recipients[1:] == (explained.explanation,) * 2


@pytest.mark.parametrize("name", ["server.log", "said.TXT"])
def test_a_log_that_was_sent_along_is_read(name: str) -> None:
    text = (
        "From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\nSubject: look\n"
        'Content-Type: multipart/mixed; boundary="m"\n\n'
        "--m\nContent-Type: text/plain\n\nWhat does it want?\n"
        f'--m\nContent-Type: application/octet-stream; name="{name}"\n\n'
        "535 5.7.8 Username and Password not accepted\n--m--\n"
    )
    assert explain_raw(text).explanation.causes[0].cause == "bad_credentials"
    assert not explain_raw(text.replace(name, "picture.png")).explanation.causes
    inner = f"Content-Transfer-Encoding: 8bit\n\n{bounces.report(bounces.FULL)}\n--m--\n"
    head, _, _ = text.replace(name, "bounce.eml").partition("\n\n535")
    assert explain_raw(f"{head}\n{inner}").delivery.is_report


def test_the_id_of_a_test_email_is_certain(ws: Workspace) -> None:
    sent(ws, connector(ws, "Invoices", sender={"address": "invoices@example.com"}))
    connector(ws, "Twin", "smtp.example.com", sender={"address": "invoices@example.com"})
    found = whose(ws, bounces.report(bounces.UNKNOWN))
    assert found == [("Invoices", Likelihood.HIGH, ["message_id", "sender"])]


def test_a_queue_id_is_as_good(ws: Workspace) -> None:
    stored = connector(ws, "Invoices", "smtp.example.com")
    sent(ws, stored, SENT._replace(message_id=None))
    sent(ws, stored, SENT._replace(queue_id="4F1A2", message_id="<x@example.com>"))
    log = bounces.LOG.replace("postfix/smtp[11]: 4F1A2B:", "postfix/smtp[11]: 4F1A2B: ")
    assert whose(ws, log) == [("Invoices", Likelihood.HIGH, ["queue_id", "server"])]
    assert whose(ws, log.replace("4F1A2B", "4F1A2BC"))[0][2] == ["server"]


def test_an_id_is_found_where_nothing_else_points_to_the_connector(ws: Workspace) -> None:
    connector(ws, "Named", "mx.example.org")
    sent(ws, connector(ws, "Invoices"))
    assert whose(ws, bounces.LOG)[0] == ("Invoices", Likelihood.HIGH, ["queue_id"])
    text = "Message-ID: <0123456789abcdef0123456789abcdef@example.com>\n"
    assert whose(ws, text)[0] == ("Invoices", Likelihood.HIGH, ["message_id"])
    assert whose(ws, "4F1A2B was refused") == []


def test_without_an_id_what_is_named_counts(ws: Workspace) -> None:
    connector(ws, "Sender", sender={"address": "Invoices@example.com"})
    text = bounces.report(bounces.UNKNOWN)
    assert whose(ws, text) == [("Sender", Likelihood.MEDIUM, ["sender"])]
    connector(ws, "Login", "smtp.example.com", user="mailer@example.com")
    assert whose(ws, text) == [("Login", Likelihood.MEDIUM, ["domain", "login", "server"])]


def test_a_short_login_counts_as_well(ws: Workspace) -> None:
    connector(ws, "Short", user="mailer")
    assert whose(ws, "sasl_username=mailer, 535 no") == [("Short", Likelihood.MEDIUM, ["login"])]
    both = connector(ws, "Both", user="box@example.net").connector
    assert both.sender_address() == "box@example.net"
    assert whose(ws, "sasl_username=box@example.net: 535")[0][0] == "Both"


@pytest.mark.parametrize(
    ("host", "code"), [("mail.example.com", "site"), ("smtp.other.example", "domain")]
)
def test_what_is_only_near_is_possible(ws: Workspace, host: str, code: str) -> None:
    connector(ws, "Near", host, sender={"address": "news@example.com"} if code == "domain" else {})
    assert whose(ws, bounces.report(bounces.UNKNOWN)) == [("Near", Likelihood.LOW, [code])]


def test_a_provider_s_server_is_possible(ws: Workspace) -> None:
    connector(ws, "Office", "smtp.office365.com")
    connector(ws, "Exchange", "", provider="exchange")
    connector(ws, "Own")
    found = whose(ws, bounces.MICROSOFT.replace("example.com", "example.biz"))
    assert found == [
        ("Exchange", Likelihood.LOW, ["provider"]),
        ("Office", Likelihood.LOW, ["provider"]),
    ]


def test_several_that_fit_alike_are_all_told_and_none_is_certain(ws: Workspace) -> None:
    for name in ("One", "Two"):
        sent(ws, connector(ws, name, "smtp.example.com", user="mailer@example.com"))
    found = whose(ws, bounces.report(bounces.UNKNOWN))
    assert [(name, sure) for name, sure, _ in found] == [
        ("One", Likelihood.MEDIUM),
        ("Two", Likelihood.MEDIUM),
    ]


def test_of_a_queue_id_that_several_servers_gave_what_else_fits_is_likely(ws: Workspace) -> None:
    here = SENT._replace(message_id=None)
    for number in range(3):
        sent(ws, connector(ws, f"Other {number}", f"smtp{number}.example.net"), here)
    assert {sure for _, sure, _ in whose(ws, bounces.LOG)} == {Likelihood.MEDIUM}
    sent(ws, connector(ws, "Ours", "smtp.example.com"), here)
    assert whose(ws, bounces.LOG) == [("Ours", Likelihood.MEDIUM, ["queue_id", "server"])]
    # A message ID is one in the world.
    sent(ws, connector(ws, "Sender"), SENT._replace(queue_id=None))
    text = f"{bounces.LOG}\nMessage-ID: {SENT.message_id}\n"
    assert whose(ws, text) == [("Sender", Likelihood.HIGH, ["message_id"])]


@pytest.mark.parametrize(
    ("written", "is_its"),
    [
        ("Sun, 29 Nov 2026 09:12:00 +0000", False),
        ("Mon, 30 Nov 2026 06:58:00 +0000", False),
        ("Mon, 30 Nov 2026 07:00:00 +0000", True),  # a clock may be two hours behind
        ("Mon, 30 Nov 2026 09:30:00 +0100", True),
        ("Sun, 29 Nov 2026 23:12:00 -1000", True),  # it is 09:12 in UTC
        ("Tue, 1 Dec 2026 04:12:00 +1400", True),
        ("Sat, 5 Dec 2026 09:12:00 GMT", True),
        ("Sun, 29 Nov 2026 09:12:00", True),  # whose clock that is, nobody knows
        ("Sun, 29 Nov 2026 09:12:00 -0000\nLast-Attempt-Date: 30 Nov 2026 10:00:00 UT", True),
        ("2026-11-29T09:12:00.123+01:00", False),
        ("2026-11-30T08:12:00Z", True),
        ("Sun, 99 Nov 9999 99:99:99 +9999", True),
        ("Fri, 31 Dec 9999 23:59:59 -2359", True),
    ],
)
def test_what_was_written_before_a_test_is_not_of_it(
    ws: Workspace, written: str, is_its: bool
) -> None:
    sent(ws, connector(ws, "Invoices"))
    found = whose(ws, f"Date: {written}\nto=<bob@example.org>: 4F1A2B bounced\nMessage-ID: <x>\n")
    assert found == ([("Invoices", Likelihood.HIGH, ["queue_id"])] if is_its else [])


def test_a_test_of_an_odd_moment_stays_possible(ws: Workspace) -> None:
    for name, at in (("A", "0001-01-01T00:00:00Z"), ("B", "soon"), ("C", "2026-11-30T00:00:00")):
        sent(ws, connector(ws, name), SENT._replace(started=at))
    text = "Date: Mon, 30 Nov 2026 09:12:00 +0000\nMessage-ID: <x>\n4F1A2B\n"
    assert [name for name, *_ in whose(ws, text)] == ["A", "B", "C"]


def test_none_that_fits_is_none(ws: Workspace) -> None:
    assert whose(ws, bounces.report(bounces.UNKNOWN)) == []
    connector(ws, "Other")
    assert whose(ws, bounces.report(bounces.UNKNOWN)) == []


def test_runs_that_cannot_be_read_and_too_many_say_nothing(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = connector(ws, "Invoices", sender={"address": "invoices@example.com"})
    sent(ws, stored)
    sent(ws, stored, SENT._replace(ok=False, stages=tuple(map(StageResult, STAGES))))
    text = bounces.report(bounces.UNKNOWN)
    monkeypatch.setattr(explain, "MAX_RUNS", 0)
    assert whose(ws, text)[0][2] == ["sender"]
    monkeypatch.undo()
    folder = ws.data_dir / "projects" / "default" / "history" / stored.id
    for path in folder.glob("*.json"):
        first, _, _ = path.read_bytes().partition(b"\n")
        path.write_bytes(first + b"\n{}\n")
    assert whose(ws, text)[0][2] == ["sender"]


def test_a_file_in_place_of_the_runs_says_nothing(ws: Workspace) -> None:
    stored = connector(ws, "Invoices", sender={"address": "invoices@example.com"})
    history = ws.data_dir / "projects" / "default" / "history"
    history.mkdir(exist_ok=True)
    (history / stored.id).write_text("no folder")
    assert whose(ws, bounces.report(bounces.UNKNOWN))[0][2] == ["sender"]


def test_the_words_for_each_outcome() -> None:
    def told(*actions: str) -> str:
        return outcome_text(
            Delivery("", "", recipients=tuple(RecipientStatus("a@b.example", a) for a in actions))
        )

    assert told() == ""
    assert told("failed") == "Not delivered to a@b.example"
    assert told("failed", "delayed") == "Not delivered to 1 of 2 recipients"
    assert told("delivered", "delivered") == "Delivered to all 2 recipients"
    assert all("a@b.example" in told(action) for action in ACTIONS)
    one = RecipientStatus("a@b.example", "delayed", "4.2.1", "", "mx.b.example")
    assert recipient_text(one) == "a@b.example: Not delivered yet, says mx.b.example: 4.2.1"
    assert recipient_text(RecipientStatus("a@b.example", "relayed")) == "a@b.example: Handed on"
    assert reasons_text(()) == ""
    levels = list(Likelihood)
    texts = {whose_text([sure] * n, named=True) for n in (1, 2) for sure in levels}
    assert len(texts | {whose_text([], named=True), whose_text([], named=False)}) == 8
    # No surer than the badges under it.
    assert whose_text([Likelihood.LOW], named=True) == "This connector may have sent it"
    mixed = whose_text([Likelihood.MEDIUM, Likelihood.LOW], named=True)
    assert mixed == "One of these 2 connectors has probably sent it"
    assert "have" not in whose_text([Likelihood.HIGH], named=True)
