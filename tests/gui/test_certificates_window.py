"""*Certificates* in the window: look at a server, trust it, take it back, pin it for one."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QTableWidgetItem
from pytestqt.qtbot import QtBot

from smtpwizard.demo.scripted import ScriptedServer
from smtpwizard.flow.fixes import FixId
from smtpwizard.gui.console.certificates.look import LookPanel
from smtpwizard.gui.console.certificates.one_connector import OneConnector
from smtpwizard.gui.console.certificates.page import NAME, UNTIL, CertificatesPage
from smtpwizard.gui.console.detail.detail_view import SECURITY
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.results.fact_table import fact_table, fit_rows
from smtpwizard.gui.widgets.elements import next_step_of
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Stage, Status
from smtpwizard.usecases.certificates import list_trusted, read_certificates, trust
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_accessibility import nameless
from tests.gui.test_console import opened
from tests.gui.test_fixes_window import stopped_at
from tests.gui.test_main_window import listed
from tests.helpers.certificates import Certificates

pytestmark = capabilities.refuses_chains_without_a_root


@pytest.fixture
def server(certificates: Certificates) -> Iterator[ScriptedServer]:
    """One whose authority nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.unknown_ca.combined)
    with ScriptedServer(context=context, starttls=True) as running:
        yield running


@pytest.fixture
def page(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None], server: ScriptedServer
) -> CertificatesPage:
    store("Invoices", server={"host": "localhost", "port": server.port, "security": "starttls"})
    store("Another")
    listed(window, runner)
    window.console.actions.places["certificates"].trigger()
    place = window.console.place("certificates")
    assert isinstance(place, CertificatesPage)
    runner.run_all()
    return place


def looked(page: CertificatesPage, runner: FakeTaskRunner, server: ScriptedServer) -> LookPanel:
    step = page.next_step()
    assert step is not None
    step.click()
    page.look.server.editor.setText(f"localhost:{server.port}")  # type: ignore[union-attr]
    page.look.look_button.click()
    runner.run_all()
    return page.look


def answer(page: CertificatesPage, words: str) -> None:
    """Press the button of the question that says this."""
    assert page.question is not None
    press(page.question, words)


def press(question: QMessageBox, words: str) -> None:
    [push] = [each for each in question.buttons() if each.text() == words]
    push.click()


def said(page: CertificatesPage) -> str:
    shown = page._around.zone.shown
    return shown.title if shown is not None else ""


def test_nobody_yet(page: CertificatesPage, window: MainWindow) -> None:
    assert page.empty.isVisible()
    assert not page.table.isVisible()
    assert next_step_of(window) is page.empty.button
    assert nameless(page) == []


def test_a_server_is_looked_at_and_trusted(
    page: CertificatesPage,
    window: MainWindow,
    runner: FakeTaskRunner,
    server: ScriptedServer,
    ws: Workspace,
) -> None:
    look = looked(page, runner, server)
    [card] = look.cards
    assert "nobody trusts" in look.banner.title.text()
    assert card.pill.label.text() == "Not trusted"
    assert "nobody this computer trusts" in card.words.text()
    assert look.advice.isVisible()
    assert next_step_of(window) is look.look_button, "nobody is led into trusting"
    assert look.issuer_row.isVisible()
    assert "Unknown authority issued it" in look.issuer.text().replace("\u200b", "")
    assert nameless(page) == []
    card.trust_button.click()
    answer(page, "Do not trust")
    runner.run_all()
    assert list_trusted(ws) == ()
    card.trust_button.click()
    assert page.question is not None
    asked = page.question.text() + page.question.informativeText()
    assert "Default" in asked
    assert card.certificate.fingerprint[:2].upper() in asked
    answer(page, "Trust")
    assert said(page) == "Saving…", "nobody has to press twice where that takes long"
    runner.run_all()
    runner.run_all()
    assert "is trusted now" in said(page)
    [trusted] = list_trusted(ws)
    assert trusted.fingerprint == card.certificate.fingerprint
    assert look.cards[0].pill.label.text() == "Trusted by this project"
    assert look.cards[0].trust_button.isHidden()
    assert not look.issuer_row.isVisible()
    look.back_button.click()
    assert page.table.item(0, NAME).text().startswith(trusted.name)  # type: ignore[union-attr]
    assert not any(b"AUTH" in line for line in server.lines)


def test_a_file_is_added_and_removed_and_had_back(
    page: CertificatesPage,
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    certificates: Certificates,
    qtbot: QtBot,
) -> None:
    page.add_file(str(certificates.ca_file))
    runner.run_all()
    assert page.question is not None
    assert "authority" in page.question.informativeText()
    answer(page, "Trust")
    runner.run_all()
    runner.run_all()
    assert page.table.rowCount() == 1
    assert "Test authority" in page.table.item(0, NAME).text()  # type: ignore[union-attr]
    assert next_step_of(window) is page.look_button
    assert nameless(page) == []
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    runner.run_all()
    runner.run_all()
    assert list_trusted(ws) == ()
    assert page.empty.isVisible()
    assert "not trusted any more" in said(page)
    page._around.zone.notification.acted.emit()
    runner.run_all()
    runner.run_all()
    assert len(list_trusted(ws)) == 1
    assert page.table.rowCount() == 1


def test_a_file_that_holds_none(
    page: CertificatesPage, runner: FakeTaskRunner, tmp_path: Path
) -> None:
    file = tmp_path / "none.pem"
    file.write_text("nothing")
    page.add_file(str(file))
    runner.run_all()
    assert page.question is None
    assert said(page) == "Nothing was changed"


def test_what_ends_soon_says_so_first(
    page: CertificatesPage,
    runner: FakeTaskRunner,
    ws: Workspace,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for file in (certificates.ca_file, certificates.expired.certificate):
        page.add_file(str(file))
        runner.run_all()
        answer(page, "Trust")
        runner.run_all()
        runner.run_all()
    until = page.table.item(0, UNTIL)
    assert until is not None
    assert "ended yesterday" in until.text()
    assert not until.icon().isNull()
    later = page.table.item(1, UNTIL)
    assert later is not None
    assert later.icon().isNull()
    assert str(datetime.date(3000, 1, 1).year) in later.text()


def test_what_came_with_the_project_s_file(
    page: CertificatesPage, runner: FakeTaskRunner, ws: Workspace, certificates: Certificates
) -> None:
    ws.data.change_authorities("default", lambda _: [certificates.ca_file.read_text()])
    page.arrive()
    runner.run_all()
    assert page.again_button.isVisible()
    page.again_button.click()
    answer(page, "Trust")
    runner.run_all()
    runner.run_all()
    assert not page.again_button.isVisible()
    assert list_trusted(ws)[0].agreed


def test_one_connector_pins_it(
    page: CertificatesPage, runner: FakeTaskRunner, server: ScriptedServer, ws: Workspace
) -> None:
    look = looked(page, runner, server)
    look.cards[0].pin_button.click()
    runner.run_all()
    dialog = page.choosing
    assert isinstance(dialog, OneConnector)
    assert dialog.combo.currentText() == "Invoices (localhost)", "the one of this server"
    assert nameless(dialog) == []
    dialog.pin_button.click()
    runner.run_all()
    [pinned] = [row for row in list_connectors(ws) if row.name == "Invoices"]
    pem = pinned.stored.connector.server.pinned_certificate
    assert pem is not None
    assert pem.strip() == look.cards[0].certificate.facts.pem.strip()
    assert "trusts this certificate alone" in said(page)
    assert list_trusted(ws) == ()


def test_it_is_seen_and_removed_in_the_list(
    page: CertificatesPage, runner: FakeTaskRunner, server: ScriptedServer, ws: Workspace
) -> None:
    look = looked(page, runner, server)
    look.cards[0].pin_button.click()
    runner.run_all()
    assert isinstance(page.choosing, OneConnector)
    page.choosing.pin_button.click()
    runner.run_all()
    runner.run_all()
    look.back_button.click()
    assert "For Invoices alone" in page.table.item(0, NAME).text()  # type: ignore[union-attr]
    assert not page.again_button.isVisible()
    assert nameless(page) == []
    before = connector_called(ws, "Invoices").server.pinned_certificate
    page.remove_button.click()
    runner.run_all()
    runner.run_all()
    assert connector_called(ws, "Invoices").server.pinned_certificate is None
    assert page.empty.isVisible()
    assert "Invoices trusts whom the project trusts" in said(page)
    page._around.zone.notification.acted.emit()
    runner.run_all()
    runner.run_all()
    assert connector_called(ws, "Invoices").server.pinned_certificate == before
    assert page.table.rowCount() == 1


def test_one_that_many_trust_is_one_row(
    page: CertificatesPage,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    ws: Workspace,
    certificates: Certificates,
) -> None:
    """A CA file that 25 connectors name is one certificate, and theirs together."""
    own = {"host": "localhost", "security": "starttls", "ca_file": str(certificates.ca_file)}
    for number in range(1, 26):
        store(f"Site {number:02}", server=own)
    page.arrive()
    runner.run_all()
    assert page.table.rowCount() == 1
    shown = page.table.item(0, NAME).text()  # type: ignore[union-attr]
    assert "For Site 01, Site 02, Site 03, Site 04 and 21 more alone, by their own CA file" in shown
    page.remove_button.click()
    assert page.question is not None
    assert page.question.text() == "Have 25 connectors trust whom the project trusts?"
    answer(page, "Keep")
    runner.run_all()
    assert connector_called(ws, "Site 25").server.ca_file is not None
    page.remove_button.click()
    answer(page, "Remove")
    runner.run_all()
    runner.run_all()
    assert {each.connector.server.ca_file for each in ws.connectors().connectors} == {None}
    assert said(page) == "25 connectors trust whom the project trusts"
    page._around.zone.notification.acted.emit()
    runner.run_all()
    runner.run_all()
    assert said(page) == "25 connectors go by their own again"
    assert page.table.rowCount() == 1
    # The project trusts it, too: still one certificate, and the project's goes first.
    trust(ws, read_certificates(certificates.ca_file))
    page.arrive()
    runner.run_all()
    assert page.table.rowCount() == 1
    shown = page.table.item(0, NAME).text()  # type: ignore[union-attr]
    assert "21 more would trust it without the project, too." in shown
    page.remove_button.click()
    runner.run_all()
    runner.run_all()
    assert list_trusted(ws) == ()
    assert connector_called(ws, "Site 25").server.ca_file is not None


def test_an_authority_for_one_connector_is_seen_and_removed_on_its_page(
    qtbot: QtBot,
    page: CertificatesPage,
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    ws: Workspace,
    certificates: Certificates,
    tmp_path: Path,
) -> None:
    """What the authority issued is trusted by this connector, and by no other."""
    issued = trustme.CA().create_child_ca().issue_cert("localhost")
    file = tmp_path / "chain.pem"
    chain = (issued.private_key_pem, *issued.cert_chain_pems)
    file.write_bytes(b"".join(each.bytes() for each in chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with ScriptedServer(context=context, starttls=True) as own:
        store("Own", server={"host": "localhost", "port": own.port, "security": "starttls"})
        listed(window, runner)
        look = looked(page, runner, own)
        assert [card.pin_button.isHidden() for card in look.cards] == [False, False]
        own_card, authority = look.cards
        assert [own_card.best.isHidden(), authority.best.isHidden()] == [True, False]
        qtbot.waitUntil(lambda: 0 <= authority.y() < own_card.y())
        letters = [card.trust_button.text().count("&") for card in look.cards]
        assert letters == [0, 1], "one of them is led to"
        look.cards[1].pin_button.click()
        runner.run_all()
        dialog = page.choosing
        assert isinstance(dialog, OneConnector)
        texts = [label.text() for label in dialog.findChildren(QLabel)]
        assert any("what this authority vouches for" in text for text in texts)
        for name, expected in (("Another", "Its mail server is"), ("Own", "")):
            dialog.combo.setCurrentText(dialog.combo.itemText(at_name(dialog, name)))
            assert dialog.connector.warning.startswith(expected)
            assert bool(dialog.connector.warning) is bool(expected)
        dialog.pin_button.click()
        runner.run_all()
        runner.run_all()
        opened(window, runner, "Own")
        view = window.console.opened.view
        assert view is not None
        view.verify()
        runner.run_all()
        runner.run_all()
        assert view.detail is not None
        assert view.detail.run is not None
        assert view.detail.run.report.stage(Stage.TLS).status is Status.PASSED
        assert view.detail.connection is not None
        assert view.detail.connection.checked == "pinned_other"
        assert view.detail.weaker == ("pinned_authority",)
    view.go_to(SECURITY)
    [row] = [each for each in view.security.connection.rows if "alone" in each.title.text()]
    assert "An authority" in row.text.text()
    assert "SHA-256" in row.text.text()
    [remove] = row.findChildren(QPushButton)
    remove.click()
    press(view.question, "Keep")
    runner.run_all()
    assert connector_called(ws, "Own").server.pinned_certificate is not None
    remove.click()
    press(view.question, "Remove")
    runner.run_all()
    runner.run_all()
    assert connector_called(ws, "Own").server.pinned_certificate is None
    assert view.detail.pinned == ()
    assert not any("alone" in each.title.text() for each in view.security.connection.rows)


def connector_called(ws: Workspace, name: str) -> Connector:
    return ws.find(name).connector


def at_name(dialog: OneConnector, name: str) -> int:
    """Where a connector stands in the choice."""
    texts = (dialog.combo.itemText(at) for at in range(dialog.combo.count()))
    return next(at for at, text in enumerate(texts) if text.startswith(name))


def test_where_there_is_nothing_to_see(
    page: CertificatesPage, runner: FakeTaskRunner, window: MainWindow
) -> None:
    page.look_at("localhost:1", None)
    runner.run_all()
    assert page.look.banner.tone == "failed"
    assert page.look.cards == []
    page.look.server.editor.setText("no port:x")  # type: ignore[union-attr]
    page.look.look_button.click()
    runner.run_all()
    assert page.look.server.error
    page.look.look_button.click()
    assert page.look.stop_button.isVisible()
    page.look.stop_button.click()
    assert runner.cancelled
    assert isinstance(page.next_step(), QPushButton)


def test_a_failed_verification_leads_to_the_certificate(
    page: CertificatesPage, window: MainWindow, runner: FakeTaskRunner, server: ScriptedServer
) -> None:
    opened(window, runner, "Invoices")
    view = window.console.opened.view
    assert view is not None
    assert view.summary.certificate.isHidden()
    view.verify()
    runner.run_all()
    assert view.summary.certificate.isVisible()
    assert nameless(view) == []
    view.summary.certificate.button.click()
    runner.run_all()
    assert page.isVisible()
    assert page.look.server.editor.text() == f"localhost:{server.port}"  # type: ignore[union-attr]
    assert "nobody trusts" in page.look.banner.title.text()
    assert page.look.cards


def test_what_is_trusted_by_now_is_to_be_verified_again(
    page: CertificatesPage,
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    certificates: Certificates,
) -> None:
    opened(window, runner, "Invoices")
    view = window.console.opened.view
    assert view is not None
    view.verify()
    runner.run_all()
    assert view.summary.again_button.isHidden()
    trust(ws, read_certificates(certificates.ca_file))
    view.read()
    runner.run_all()
    view.finish()
    runner.run_all()
    assert view.summary.certificate.isHidden()
    assert "Whom the project trusts has changed" in view.summary.moment.text()
    view.summary.again_button.click()
    assert view.summary.running
    assert view.summary.again_button.isHidden()
    runner.run_all()
    assert "certificate" not in view.summary.moment.text()


def test_so_does_one_from_the_list(
    page: CertificatesPage, window: MainWindow, runner: FakeTaskRunner, server: ScriptedServer
) -> None:
    window.console.go_to_list()
    window.console.connectors.select(
        next(r.id for r in window.console.rows if r.name == "Invoices")
    )
    window.console.connectors.verify_button.click()
    runner.run()
    dialog = window.console.verbs.verify_dialog
    assert dialog is not None
    assert not dialog.certificate.isVisible()
    runner.run_all()
    assert dialog.certificate.isVisible()
    assert nameless(dialog) == []
    dialog.again_button.click()
    assert not dialog.certificate.isVisible(), "while it runs nothing is known"
    runner.answer(stopped_at(Stage.AUTH, "smtp_auth_disabled_tenant", error="auth_refused"))
    assert not dialog.certificate.isVisible(), "another cause"
    dialog.again_button.click()
    runner.run_all()
    dialog.certificate.button.click()
    assert not dialog.isVisible()
    runner.run_all()
    assert page.isVisible()
    assert window.console.verbs.verify_dialog is None
    assert page.look.server.editor.text() == f"localhost:{server.port}"  # type: ignore[union-attr]
    assert page.look.cards


def test_a_large_font_leaves_the_window_narrow(
    page: CertificatesPage,
    window: MainWindow,
    runner: FakeTaskRunner,
    server: ScriptedServer,
    qapp: QApplication,
) -> None:
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(14)
    qapp.setFont(font)
    try:
        looked(page, runner, server)
        for key in ("certificates", "bounce"):
            window.console.actions.places[key].trigger()
            runner.run_all()
            window.resize(800, 600)
            QApplication.sendPostedEvents()
            assert window.console.place(key).minimumSizeHint().width() <= 800 - window.rail.width()
            assert window.minimumSizeHint().width() <= 800
    finally:
        qapp.setFont(before)


def test_cells_begin_where_their_headings_do(qtbot: QtBot) -> None:
    table = fact_table("Facts", ["HH"], 1, stretching=(0,))
    qtbot.addWidget(table)
    table.setItem(0, 0, QTableWidgetItem("HH"))
    fit_rows(table)
    table.resize(200, 100)
    table.show()
    edges = []
    for seen in (table.horizontalHeader().viewport(), table.viewport()):
        picture = seen.grab(QRect(0, 0, 100, 20)).toImage()
        ground = picture.pixelColor(90, 10)
        written = (
            x
            for x in range(picture.width())
            for y in range(4, picture.height() - 4)
            if abs(picture.pixelColor(x, y).lightness() - ground.lightness()) > 60
        )
        edges.append(min(written))
    assert edges[0] == edges[1]


def test_a_ca_file_in_the_way_is_taken_away_in_one_step(
    page: CertificatesPage,
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    server: ScriptedServer,
    ws: Workspace,
    certificates: Certificates,
) -> None:
    address = {"host": "localhost", "port": server.port, "security": "starttls"}
    store("Own", server=address | {"ca_file": str(certificates.ca_file)})
    trust(ws, read_certificates(certificates.unknown_ca_file))
    listed(window, runner)
    opened(window, runner, "Own")
    view = window.console.opened.view
    assert view is not None
    view.verify()
    runner.run_all()
    live = view.summary.live
    assert live is not None
    assert "CA file stands in the way" in live.causes.card.title.text()
    card = live.causes.card.next.fixes.cards[0]
    assert card.fix.id is FixId.USE_PROJECT_TRUST
    assert card.try_button.text() == "Use what this project trusts"
    assert live.next_button() is card.try_button
    assert view.summary.certificate.isHidden(), "the project trusts it already"
    assert nameless(view) == []
    card.try_button.click()
    runner.run_all()
    runner.run_all()
    assert connector_called(ws, "Own").server.ca_file is None


@pytest.fixture
def in_the_way(
    page: CertificatesPage,
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    server: ScriptedServer,
    certificates: Certificates,
) -> LookPanel:
    """One comes from a connector whose own CA file does not vouch for its server."""
    address = {"host": "localhost", "port": server.port, "security": "starttls"}
    store("Own", server=address | {"ca_file": str(certificates.ca_file)})
    listed(window, runner)
    opened(window, runner, "Own")
    view = window.console.opened.view
    assert view is not None
    view.verify()
    runner.run_all()
    view.summary.certificate.button.click()
    runner.run_all()
    return page.look


def test_a_server_is_judged_as_the_connector_does_that_one_came_from(
    page: CertificatesPage,
    in_the_way: LookPanel,
    window: MainWindow,
    runner: FakeTaskRunner,
    ws: Workspace,
    certificates: Certificates,
) -> None:
    look = in_the_way
    assert "Own does not trust this server" in look.banner.title.text()
    assert "its own CA file" in look.banner.text.text()
    assert look.give_up_button.isHidden(), "the project would not trust it either"
    trust(ws, read_certificates(certificates.unknown_ca_file))
    look.again()
    runner.run_all()
    assert "The project would trust it" in look.banner.text.text()
    assert [card.trust_button.isHidden() for card in look.cards] == [True]
    assert nameless(page) == []
    look.give_up_button.click()
    runner.run_all()
    runner.run_all()
    assert connector_called(ws, "Own").server.ca_file is None
    assert look.banner.title.text() == "This project trusts this server"
    assert look.give_up_button.isHidden()
    page._around.zone.notification.acted.emit()
    runner.run_all()
    assert connector_called(ws, "Own").server.ca_file == str(certificates.ca_file), "had back"
    look.server.editor.setText(look.server.editor.text() + "1")  # type: ignore[union-attr]
    assert look.connector == "", "another server is nobody's"
    look.origin_button.click()
    runner.run_all()
    assert window.console.opened.is_shown
    page.go_looking()
    assert look.origin_button.isHidden()


@pytest.mark.parametrize("too", [True, False])
def test_trusting_for_the_project_takes_the_connector_along(
    too: bool,
    page: CertificatesPage,
    in_the_way: LookPanel,
    runner: FakeTaskRunner,
    ws: Workspace,
    store: Callable[..., None],
    certificates: Certificates,
) -> None:
    in_the_way.cards[0].trust_button.click()
    assert page.question is not None
    assert "Own (a CA file)" in page.question.informativeText()
    assert page.with_connector is not None
    assert page.with_connector.isChecked()
    page.with_connector.setChecked(too)
    answer(page, "Trust")
    runner.run_all()
    runner.run_all()
    assert (connector_called(ws, "Own").server.ca_file is None) is too
    assert in_the_way.origin_button.isVisible()
    assert len(list_trusted(ws)) == 1
    expected = "This project trusts this server" if too else "Own does not trust"
    assert expected in in_the_way.banner.title.text()
    assert in_the_way.give_up_button.isHidden() is too


def test_ca_files_of_connectors_are_listed_and_taken_away(
    page: CertificatesPage,
    runner: FakeTaskRunner,
    store: Callable[..., None],
    ws: Workspace,
    certificates: Certificates,
    tmp_path: Path,
) -> None:
    server = {"host": "smtp.example.com", "port": 587, "security": "starttls"}
    gone = tmp_path / "gone.pem"
    store("Own", server=server | {"ca_file": str(certificates.ca_file)})
    store("Void", server=server | {"ca_file": str(gone)})
    page.arrive()
    runner.run_all()
    cells = [page.table.item(row, NAME) for row in range(page.table.rowCount())]
    texts = [cell.text() for cell in cells if cell is not None]
    assert [text.split("\n")[0] for text in texts] == ["Test authority", "gone.pem"]
    assert f"For Own alone, by its own CA file {certificates.ca_file}." in texts[0]
    assert "cannot be read" in texts[1]
    page.remove_button.click()
    runner.run_all()
    runner.run_all()
    assert connector_called(ws, "Own").server.ca_file is None
    assert page.table.rowCount() == 1
    page._around.zone.notification.acted.emit()
    runner.run_all()
    runner.run_all()
    assert connector_called(ws, "Own").server.ca_file == str(certificates.ca_file)
