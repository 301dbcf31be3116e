"""The part Sender of a connector's page: a look at its domain, and a received email read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from smtpwizard.demo.certificates import ThrowAwayAuthority
from smtpwizard.demo.scripted import DEFAULT, Account, Action, ScriptedServer
from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.detail_view import HISTORY, SENDER, DetailView
from smtpwizard.gui.console.detail.rights import RightsPart
from smtpwizard.gui.console.detail.sender import FindingCard, ReceiversCard, SenderPage
from smtpwizard.gui.tasks import StoreWaits
from smtpwizard.gui.widgets.code_box import CodeBox
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.two_lines import SECOND
from smtpwizard.messages.readiness import request_for_dns
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.report import Stage
from smtpwizard.model.sender import Check, Readiness, RecordChange, SenderFinding, Verdict
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.rights import Right
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.workspace import Workspace
from tests.cli.test_proof import GMAIL
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.opened import LOGIN, PASSWORD, broken_server, open_detail, row_of, save_for
from tests.gui.test_accessibility import nameless
from tests.gui.test_received_email import all_said
from tests.helpers.mail_world import MailWorld


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    yield from broken_server(ThrowAwayAuthority(), b"235 2.7.0 ok\r\n")


@pytest.fixture
def page(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, server: ScriptedServer, tmp_path: Path
) -> SenderPage:
    stored = save_for(ws, server, ThrowAwayAuthority(), tmp_path)
    view = open_detail(qtbot, ws, runner, row_of(ws, stored))
    view.go_to(SENDER)
    return view.sender_page


def _said(page: SenderPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel))


def test_what_is_to_be_published_can_be_copied(
    page: SenderPage, ws: Workspace, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    domain = page.stored.connector.sender_address().rpartition("@")[2]
    with MailWorld(tmp_path) as world:
        world.zone[domain] = {"MX": ["0 ."], "TXT": ['"v=spf1 mx +all"']}
        change_settings(ws, [f"network.name_server={world.settings().name_server}"])
        page.look_button.click()
        runner.run_all()
    cards = page.findChildren(FindingCard)
    assert [card.accessibleName() for card in cards] == [
        "SPF: to be mended", "DKIM: not known", "DMARC: look at it", "Bounces (MX): to be mended",
        "Name of the server (PTR): not known",
    ]  # fmt: skip
    assert [box.label.text() for box in cards[0].findChildren(CodeBox)] == [
        "v=spf1 mx +all", "v=spf1 mx ~all",
    ]  # fmt: skip
    assert page.look_button.isEnabled()
    (receivers,) = page.findChildren(ReceiversCard)
    said = [label.text() for label in receivers.findChildren(QLabel)]
    assert "Outlook.com, from 5,000 emails a day: not met" in said
    assert "Since 5 May 2025. To mend: SPF, DMARC." in said
    sources = receivers.findChildren(QPushButton)
    assert len({source.accessibleName() for source in sources}) == len(sources)
    assert nameless(page) == []
    page.copy_button.click()
    request = QGuiApplication.clipboard().text()
    assert request.startswith(f"Please change these records of {domain}.")
    assert f"{domain} (TXT)\nNow: v=spf1 mx +all\nThen: v=spf1 mx ~all\n" in request
    assert f"_dmarc.{domain} (TXT)\nNow: no record\nThen: v=DMARC1; " in request
    assert request.endswith("\n\nTell me when it is published, and I look again.\n")
    assert page.copy_button.text() == "Copied"


def test_the_page_that_says_so_is_opened(
    page: SenderPage, ws: Workspace, runner: FakeTaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(jobs, "open_page", lambda url, _: opened.append(url))
    change_settings(ws, ["network.offline=true"])
    page.look_button.click()
    runner.run_all()
    (receivers,) = page.findChildren(ReceiversCard)
    receivers.findChildren(QPushButton)[0].click()
    runner.run_all()
    assert opened == ["https://support.google.com/mail/answer/81126"]


def test_a_received_email_is_read(page: SenderPage, runner: FakeTaskRunner) -> None:
    page.received.box.setPlainText(GMAIL)
    page.received.read_button.click()
    runner.run_all()
    assert "SPF: passed, for quay.example." in all_said(page.received)
    assert "Its way:" in all_said(page.received)
    page.received.box.setPlainText("hello")
    page.received.read_button.click()
    runner.run_all()
    assert page.received.words.text().startswith("There are no headers")


def test_the_file_of_a_received_email_is_dropped_where_headers_are_pasted(
    page: SenderPage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    file = tmp_path / "Test email.eml"
    file.write_bytes(f"{GMAIL}\r\nbody".encode() + b"\0" * 3_000_000)
    box, held = page.received.box, QMimeData()
    held.setUrls([QUrl.fromLocalFile(str(file))])
    assert box.canInsertFromMimeData(held)
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    box.dropEvent(QDropEvent(QPointF(20, 20), copy, held, left, none))
    runner.run_all()
    text = all_said(page.received)
    assert page.received.words.text() == "Test email.eml"
    assert "SPF: passed, for quay.example." in text
    assert box.toPlainText() == ""


def test_a_received_email_is_opened_with_a_button(
    page: SenderPage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    file = tmp_path / "saved by Notepad.txt"
    file.write_bytes(GMAIL.encode("utf-16"))
    page.received.open_button.click()
    dialog = page.received.file_dialog
    assert dialog is not None
    dialog.fileSelected.emit(str(file))
    runner.run_all()
    assert "SPF: passed, for quay.example." in all_said(page.received)
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500)
    dialog.fileSelected.emit(str(file))
    dialog.fileSelected.emit(str(file))  # the former is given up
    assert len(runner.pending) == 1
    runner.run_all()
    assert "Outlook's own format" in all_said(page.received)
    dialog.fileSelected.emit(str(tmp_path / "gone.eml"))
    runner.run_all()
    assert "cannot be read" in all_said(page.received)
    dialog.reject()


def test_text_is_still_pasted_as_text(page: SenderPage) -> None:
    held = QMimeData()
    held.setText("From: a@quay.example")
    page.received.box.insertFromMimeData(held)
    assert page.received.box.toPlainText() == "From: a@quay.example"


def test_a_look_can_be_stopped(page: SenderPage, runner: FakeTaskRunner) -> None:
    page.look_button.click()
    assert not page.look_button.isEnabled()
    page.stop_button.click()
    assert page.look_button.isEnabled()
    assert runner.cancelled


def test_what_sending_does_not_need_is_one_line_that_opens(
    page: SenderPage, ws: Workspace, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    with MailWorld(tmp_path) as world:
        world.zone[page.stored.connector.sender_address().rpartition("@")[2]] = {}
        world.point(ws)
        page.look_button.click()
        runner.run_all()
    [fold] = page.findChildren(Fold)
    assert fold.button.text() == "Not needed for sending"
    assert fold.rest.text() == "– MTA-STS, TLS-RPT, DANE, BIMI"
    assert fold.content.isHidden()
    fold.button.click()
    assert "None refuses mail without one." in _said(page)


def test_offline_is_said(page: SenderPage, ws: Workspace, runner: FakeTaskRunner) -> None:
    change_settings(ws, ["network.offline=true"])
    page.look_button.click()
    runner.run_all()
    assert page.words.text().startswith("Look-ups are switched off, so nothing is known")
    assert page.findChildren(FindingCard) == [], "it is said once"
    assert page.copy_button.isHidden()
    wanted: list[bool] = []
    page.settings_wanted.connect(lambda: wanted.append(True))
    page.settings_button.click()
    assert wanted


def test_offline_nothing_is_promised(
    ws: Workspace, runner: FakeTaskRunner, page: SenderPage, qtbot: QtBot
) -> None:
    change_settings(ws, ["network.offline=true"])
    again = SenderPage(ws, runner, page.rights._recovery, page.stored)
    qtbot.addWidget(again)
    assert again.words.text().startswith("Look-ups are switched off")
    assert not again.settings_button.isHidden()


def test_one_record_is_asked_for_as_one_and_on_one_line() -> None:
    fix = RecordChange("quay.example", "TXT", "a\nb", "v=spf1 -all")
    finding = SenderFinding(Check.SPF, Verdict.BAD, "spf_open", {"domain": "quay.example"}, fix=fix)
    text = request_for_dns(Readiness("quay.example", (finding,)))
    assert text.startswith("Please change this record of quay.example.")
    assert "Now: a\\x0ab\n" in text


# -- whom the login may send as --------------------------------------------------------------------

OTHER = "sales@quay.example"
DENIED = b"554 5.2.252 SendAsDenied; orders@quay.example not allowed to send as sales@quay.example"


class Asked(NamedTuple):
    view: DetailView
    part: RightsPart
    server: ScriptedServer


@pytest.fixture
def asked(qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, tmp_path: Path) -> Iterator[Asked]:
    """The part of the page, and the server, which takes the first email and refuses the second."""
    with _asked(qtbot, ws, runner, tmp_path, {"EOD": [DEFAULT, DENIED + b"\r\n"]}) as opened:
        yield opened


@contextmanager
def _asked(
    qtbot: QtBot,
    ws: Workspace,
    runner: FakeTaskRunner,
    folder: Path,
    behaviours: dict[str, Action | list[Action]],
) -> Iterator[Asked]:
    authority = ThrowAwayAuthority()
    with ScriptedServer(
        behaviours,
        context=authority.server_context(),
        starttls=True,
        account=Account(LOGIN, PASSWORD),
    ) as server:
        stored = save_for(ws, server, authority, folder)
        view = open_detail(qtbot, ws, runner, row_of(ws, stored))
        view.go_to(SENDER)
        yield Asked(view, view.sender_page.rights, server)


def _answer(part: RightsPart, yes: bool) -> str:
    """Answer the question; what it said."""
    box = part.question
    assert box is not None
    said = f"{box.text()}\n{box.informativeText()}"
    role = box.ButtonRole.AcceptRole if yes else box.ButtonRole.RejectRole
    next(each for each in box.buttons() if box.buttonRole(each) is role).click()
    return said


def _lines(part: RightsPart) -> list[tuple[str, str]]:
    texts = ((row.words.text(), row.reply.text()) for row in part.rows)
    return [(one.replace("\u200b", ""), other.replace("\u200b", "")) for one, other in texts]


def test_the_window_asks_before_anything_is_sent(asked: Asked, runner: FakeTaskRunner) -> None:
    part = asked.part
    assert part.senders_edit.text() == LOGIN
    assert part.send_to_edit.text() == "admin@quay.example"
    part.senders_edit.setText(f"{LOGIN}; {OTHER} {LOGIN}")
    part.ask_button.click()
    said = _answer(part, yes=False)
    assert "Send 2 emails to admin@quay.example?" in said
    assert f"As: {LOGIN}, {OTHER}." in said
    assert (runner.pending, asked.server.connections) == ([], [])


def test_a_line_for_each_address_with_the_words_of_the_server(
    asked: Asked, runner: FakeTaskRunner
) -> None:
    part = asked.part
    part.senders_edit.setText(f"{LOGIN}, {OTHER}")
    part.ask_button.click()
    _answer(part, yes=True)
    assert part.words.text() == "Email 1 of 2…"
    assert not part.ask_button.isEnabled()
    runner.run_all()
    [(mine, _), (others, reply)] = _lines(part)
    assert mine == f"{LOGIN}: allowed."
    assert others.startswith(f"{OTHER}: this login may not send as another.")
    assert reply == DENIED.decode()
    allowed, refused = part.rows
    assert allowed.steps_button.isHidden()
    refused.steps_button.click()
    assert refused.dialog is not None
    assert refused.dialog.windowTitle() == "This login may not send as that address"
    assert "Set Sender address to an address" in refused.dialog.edit.toPlainText()
    refused.dialog.reject()
    assert part.words.text() == "Allowed: 1, not allowed: 1."
    runner.run_all()
    asked.view.go_to(HISTORY)
    history = asked.view.history.list.runs
    assert [history.data(history.index(row), SECOND) for row in range(2)] == [
        f"May not send as {OTHER}",
        f"May send as {LOGIN}",
    ]
    tip = str(history.data(history.index(0), Qt.ItemDataRole.ToolTipRole))
    assert tip.startswith(f"<span>May not send as {OTHER}. Failed at ")
    assert [each.mail_from for each in asked.server.accepted] == [LOGIN]
    assert part.ask_button.isEnabled()
    assert part.stop_button.isHidden()
    assert nameless(part) == []


def test_a_login_that_may_not_send_as_itself(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    denied: dict[str, Action | list[Action]] = {"EOD": DENIED + b"\r\n"}
    with _asked(qtbot, ws, runner, tmp_path, denied) as asked:
        asked.part.ask_button.click()
        _answer(asked.part, yes=True)
        runner.run()
    [(said, _)] = _lines(asked.part)
    assert said.startswith(f"{LOGIN}: this login may not send as itself.")


def test_what_was_answered_stays_after_a_stop(asked: Asked, runner: FakeTaskRunner) -> None:
    part = asked.part
    part.senders_edit.setText(f"{LOGIN}, {OTHER}, zebra@quay.example")
    part.ask_button.click()
    _answer(part, yes=True)
    runner.report(Right(LOGIN, True, Stage.DATA, None, True, None, None))
    assert part.words.text() == "Email 2 of 3…"
    part.stop_button.click()
    assert runner.cancelled
    assert [text for text, _ in _lines(part)] == [
        f"{LOGIN}: allowed.",
        f"{OTHER}: not known; stopped on its way. It may have arrived.",
        "zebra@quay.example: not asked.",
    ]
    assert part.words.text() == "Stopped."
    assert part.ask_button.isEnabled()


def test_leaving_the_connector_stops_it(asked: Asked, runner: FakeTaskRunner) -> None:
    asked.part.ask_button.click()
    _answer(asked.part, yes=True)
    asked.view.close_view()
    assert runner.cancelled


@pytest.mark.parametrize(
    ("senders", "send_to", "what"),
    [
        ("", "admin@quay.example", "at least one address"),
        ("nobody", "admin@quay.example", "address"),
        (" ".join(f"a{n}@quay.example" for n in range(51)), "admin@quay.example", "More than 50"),
        (LOGIN, "", "address"),
    ],
)
def test_nothing_is_asked_without_addresses(
    senders: str, send_to: str, what: str, asked: Asked
) -> None:
    part = asked.part
    part.senders_edit.setText(senders)
    part.send_to_edit.setText(send_to)
    part.ask_button.click()
    assert part.question is None
    assert what in (part.senders.note.text() + part.send_to.note.text())
    assert what in (part.senders.error + part.send_to.error)


def test_a_login_that_fails_says_nothing_of_the_senders(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    refusing: dict[str, Action | list[Action]] = {"AUTH_RESULT": b"535 5.7.8 no\r\n"}
    with _asked(qtbot, ws, runner, tmp_path, refusing) as asked:
        asked.part.senders_edit.setText(f"{LOGIN}, {OTHER}")
        asked.part.ask_button.click()
        _answer(asked.part, yes=True)
        runner.run_all()
    assert [text for text, _ in _lines(asked.part)] == [
        f"{each}: not known; it ended before, at “Sign in”." for each in (LOGIN, OTHER)
    ]
    assert asked.part.words.text() == "Not known: 2."
    assert len(asked.server.connections) == 1


def test_fields_follow_the_connector_until_somebody_types(asked: Asked, ws: Workspace) -> None:
    part, stored = asked.part, asked.view.row.stored
    changed = edit_connector(ws, stored, {"sender.address": OTHER})
    asked.view.sender_page.hear_of(changed)
    assert part.senders_edit.text() == f"{OTHER}, {LOGIN}"
    part.senders_edit.setText("zebra@quay.example")
    asked.view.sender_page.hear_of(stored)
    assert part.senders_edit.text() == "zebra@quay.example"


def test_a_secret_that_is_missing_is_said(asked: Asked, runner: FakeTaskRunner) -> None:
    asked.part.ask_button.click()
    _answer(asked.part, yes=True)
    runner.report(StoreWaits())
    assert "keyring" in asked.part.words.text()
    runner.fail(SecretStoreError("secret_missing", kind="password"))
    assert asked.part.words.text().startswith("There is no stored secret")
    assert _lines(asked.part)[0][0] == f"{LOGIN}: not asked."
