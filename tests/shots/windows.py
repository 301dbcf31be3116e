"""The walks through the main window and what it opens, and the sheet of components."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QDialog, QScrollArea

from smtpwizard.gui.cases.compare import CompareDialog
from smtpwizard.gui.console.about import AboutDialog
from smtpwizard.gui.console.cases_page import CasesPage
from smtpwizard.gui.console.certificates.page import CertificatesPage
from smtpwizard.gui.console.detail.detail_view import CONFIGURATION, HISTORY, SENDER
from smtpwizard.gui.console.detail.sender import ReceiversCard
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import read_connector
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.case import prepare_case, write_case
from smtpwizard.usecases.case_choices import Choices
from smtpwizard.usecases.certificates import distrust, read_certificates, trust
from smtpwizard.usecases.compare import compare
from smtpwizard.usecases.edit import edit_connector
from smtpwizard.usecases.history import run_for_a_case
from smtpwizard.usecases.project import create_project, set_project
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.settings import change_settings
from smtpwizard.usecases.verify import verify_stored
from tests.cli.test_proof import GMAIL
from tests.component_sheet import ComponentSheet
from tests.diagnosis import bounces
from tests.helpers.mail_world import MailWorld
from tests.shots.studio import Camera, Place, Steps
from tests.shots.values import ADMIN, CLIENT_ID, CLIENT_SECRET


def connectors(place: Place, camera: Camera) -> Steps:
    """The main window: empty, with connectors, and what follows Finish."""
    window = MainWindow(place.ws, place.runner)
    window.setProperty("sized", True)
    window.resize(camera.options.size)
    window.show()
    window.refresh()
    try:
        yield place.quiet
        yield from camera.take("6-empty", window)
        stored = _store(place)
        window.refresh()
        yield place.quiet
        yield None
        yield from camera.take("6-connectors", window)
        yield from _support(window, stored[2], place, camera)
        yield from _more(window, stored, place, camera)
        for key in ("settings", "doctor", "help", "notifications"):
            window.console.go_to(key)
            yield place.quiet
            yield None
            yield from camera.take(f"6-{key}", window)
        yield from _notifications(window, camera)
        window.console.go_to_list()
        yield from _bounce(window, place, camera)
        yield from _projects(window, place, camera)
        yield from _certificates(window, place, camera)
        for each in stored[:2]:
            window.show_smart_flows(each, created=True)
            assert window.smart_flows is not None
            yield None
            yield from camera.take(f"5-{each.connector.authentication.method}", window.smart_flows)
    finally:
        window.close()
        window.deleteLater()
        place.close()


def _notifications(window: MainWindow, camera: Camera) -> Steps:
    """What was said before, short and long."""
    zone = window.console.zone
    zone.say("passed", "Invoices is verified", "localhost accepted the test email.")
    zone.say("info", "Payslips copied")
    long = "Everything that was found is fine. " * 9
    zone.say("unknown", "Newly broken: Newsletters, Order confirmations, Reminders", long)
    zone.say("failed", "3 of 12 failed", "Newsletters: the server is not reached. Verify it again.")
    yield None
    yield from camera.take("6-notifications-some", window)
    zone.close_all()


def _support(window: MainWindow, failed: StoredConnector, place: Place, camera: Camera) -> Steps:
    """The runs of a connector, and a case that somebody opens."""
    window.console.open(failed.id)
    yield place.quiet
    yield None
    view = window.console.opened.view
    assert view is not None
    for page, name in enumerate(("summary", "configuration", "security", "history")):
        view.go_to(page)
        if name == "configuration":
            view.configuration.build_rest()
        yield place.quiet
        yield None
        yield from camera.take(f"6-{name}", window)
    yield from _sender(window, place, camera)
    view.close_view()
    run = run_for_a_case(place.ws, failed)
    assert run is not None
    path = str(place.folder / "failed.smtpcase")
    write_case(place.ws, prepare_case(place.ws, run, failed, Choices()), path)
    window.open_file(path)
    yield place.quiet
    yield None
    cases = window.console.place("cases")
    assert isinstance(cases, CasesPage)
    assert cases.view is not None
    cases.view.finish()
    yield from camera.take("6-case", window)
    cases.go_out()
    yield None
    yield from camera.take("6-cases", window)
    cases.turn_to(cases.in_hand[0].case.sha256)
    cases.view.close_case()
    yield None
    yield from camera.take("6-cases-none", window)
    yield from _compared(window, failed, place, camera)


def _more(
    window: MainWindow, stored: Sequence[StoredConnector], place: Place, camera: Camera
) -> Steps:
    """A search without a hit, a verified connector, changes that are not saved, a message to
    others, a case before it is saved, and what the program says of itself."""
    page = window.console.connectors
    page.filter_edit.setText("payrol")
    yield None
    yield from camera.take("6-no-hit", window)
    page.clear_filter()
    window.console.open(stored[0].id)
    yield place.quiet
    view = window.console.opened.view
    assert view is not None
    yield None
    yield from camera.take("6-verified", window)
    view.close_view()
    window.console.open(stored[2].id)
    yield place.quiet
    view = window.console.opened.view
    assert view is not None
    yield None
    cards = [each for each in view.findChildren(CauseCards) if each.isVisible()]
    cards[0].ask_button.click()
    dialog = cards[0].dialog
    assert isinstance(dialog, QDialog)
    yield None
    yield from camera.take("6-ask", dialog)
    dialog.reject()
    view.save_case()
    assert view.dialog is not None
    yield place.quiet
    yield None
    yield from camera.take("6-save-case", view.dialog)
    view.dialog.reject()
    view.go_to(CONFIGURATION)
    view.configuration.build_rest()
    view.configuration.model.change(name="Payslips of May", port="26")
    yield place.quiet
    yield None
    yield from camera.take("6-changed", window)
    view.configuration.model.change(name="Payslips")
    view.configuration.reset()
    yield place.quiet
    view.close_view()
    window.console.show_about()
    about = window.findChild(AboutDialog)
    assert about is not None
    yield place.quiet
    yield None
    yield from camera.take("6-about", about)
    about.reject()


def _compared(window: MainWindow, failed: StoredConnector, place: Place, camera: Camera) -> Steps:
    """Two runs beside each other, one of which met no mail server; and two connectors."""
    port = place.demo["ports"]["implicit_tls"]
    later = edit_connector(place.ws, failed, {"server.port": port})
    verify_stored(place.ws, later)
    window.refresh()
    yield place.quiet
    window.console.open(later.id)
    yield place.quiet
    view = window.console.opened.view
    assert view is not None
    view.go_to(HISTORY)
    yield place.quiet
    view.history.choose([0, 1])
    yield place.quiet
    yield None
    yield from camera.take("6-runs-compared", window)
    view.close_view()
    found = compare(place.ws, "Invoices", "Payslips")
    dialog = CompareDialog(window, found, "Invoices", "Payslips")
    dialog.show()
    yield None
    yield from camera.take("6-compare", dialog)
    dialog.reject()


def _sender(window: MainWindow, place: Place, camera: Camera) -> Steps:
    """How receivers see the sender, with records to publish; whom the login may send as; and a
    received email read."""
    view = window.console.opened.view
    assert view is not None
    view.go_to(SENDER)
    yield place.quiet
    yield None
    yield from camera.take("6-sender", window)
    page = view.sender_page
    with MailWorld(place.folder) as world:
        domain = page.stored.connector.sender_address().rpartition("@")[2]
        world.zone[domain] = {"MX": ["0 ."], "TXT": ['"v=spf1 +all"']}
        change_settings(place.ws, [f"network.name_server={world.settings().name_server}"])
        page.look()
        yield place.quiet
        yield None
    yield from camera.take("6-sender-looked", window)
    area = view.pages.currentWidget()
    assert isinstance(area, QScrollArea)
    (receivers,) = page.findChildren(ReceiversCard)
    area.ensureWidgetVisible(receivers)
    area.verticalScrollBar().setValue(receivers.y())
    yield None
    yield from camera.take("6-sender-receivers", window)
    part = page.rights
    part.senders_edit.setText("orders@shop.example, billing@shop.example")
    part.ask()
    yield None
    assert part.question is not None
    yield from camera.take("6-sender-asks", part.question)
    part.question.defaultButton().click()
    yield place.quiet
    yield None
    area.ensureWidgetVisible(part)
    yield from camera.take("6-sender-rights", window)
    page.received.box.setPlainText(GMAIL)
    page.received.read()
    yield place.quiet
    yield None
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    yield from camera.take("6-sender-read", window)


def _bounce(window: MainWindow, place: Place, camera: Camera) -> Steps:
    """The page that explains a bounce: empty, and with an answer."""
    window.console.go_to("bounce")
    yield place.quiet
    yield None
    yield from camera.take("6-bounce", window)
    window.console.explain(bounces.report(bounces.UNKNOWN, bounces.LATE, bounces.TAKEN))
    yield place.quiet
    yield None
    yield from camera.take("6-bounce-explained", window)
    window.console.go_to_list()


def _projects(window: MainWindow, place: Place, camera: Camera) -> Steps:
    """The list of projects, the settings of one, a new one, and a move to another."""
    console = window.console
    for name, environment in (("Northwind Ltd", "production"), ("Northwind Ltd – staging", "test")):
        create_project(place.ws, name, environment=environment, domain="flows.northwind.example")
    console.projects.choose()
    yield place.quiet
    yield None
    popup = console.projects.popup
    assert popup is not None
    yield from camera.take("6-project-list", popup)
    popup.close()
    console.go_to("project")
    yield place.quiet
    yield None
    yield from camera.take("6-project", window)
    console.go_to_list()
    console.projects.new()
    yield place.quiet
    yield None
    new = console.projects.dialog
    assert new is not None
    yield from camera.take("6-project-new", new)
    new.reject()
    console.connectors.table.selectAll()
    console.projects.transfer(move=True)
    yield place.quiet
    yield None
    transfer = console.projects.dialog
    assert transfer is not None
    yield from camera.take("6-project-move", transfer)
    transfer.reject()
    console.connectors.table.clearSelection()


def _certificates(window: MainWindow, place: Place, camera: Camera) -> Steps:
    """Whom the project trusts: nobody yet, what a server shows, and then somebody."""
    window.console.go_to("certificates")
    yield place.quiet
    yield None
    yield from camera.take("6-certificates-none", window)
    page = window.console.place("certificates")
    assert isinstance(page, CertificatesPage)
    page.look_at(f"{place.demo['host']}:{place.demo['ports']['starttls']}", None)
    yield place.quiet
    yield None
    yield from camera.take("6-certificates-look", window)
    trust(place.ws, read_certificates(Path(place.demo["ca_file"])))
    page.look.back_button.click()
    page.arrive()
    yield place.quiet
    yield None
    yield from camera.take("6-certificates", window)
    distrust(place.ws, page.trusted[0].certificate.fingerprint)
    window.console.go_to_list()


def _store(place: Place) -> list[StoredConnector]:
    """Some connectors: one verified, one that failed, one that nobody tested."""
    demo = place.demo
    set_project(place.ws, domain="example.smartflows.com")
    server = {"host": demo["host"], "port": demo["ports"]["starttls"], "ca_file": demo["ca_file"]}
    basic = {"method": "basic", "username": demo["username"]}
    oauth = {
        "client_id": CLIENT_ID,
        "redirect_uri": "https://login.example.smartflows.com/oauth2/redirect",
    }
    out = []
    for name, provider, authentication, secrets in (
        ("Invoices", "custom", basic, {"password": Secret(str(demo["password"]))}),
        (
            "Newsletters",
            "gmail",
            {"method": "oauth", "username": "news@example.com", "oauth": oauth},
            {"client_secret": Secret(CLIENT_SECRET)},
        ),
        ("Payslips", "custom", basic, {"password": Secret(CLIENT_SECRET)}),
    ):
        document = {
            "name": name,
            "description": f"{name} of the office",
            "provider": provider,
            "authentication": authentication,
            "admin": {"email": ADMIN, "name": "Ada Example"},
        } | ({"server": server} if provider == "custom" else {})
        connector, problems = read_connector(document, place.ws.defaults_for)
        assert connector is not None, problems
        stored = save_connector(place.ws, connector, secrets=secrets)
        if provider == "custom":
            verify_stored(place.ws, stored)
        out.append(stored)
    return out


def components(camera: Camera) -> Steps:
    sheet = ComponentSheet()
    sheet.show()
    try:
        yield None
        sheet.show_focus()
        yield None
        yield from camera.take("7-components", sheet)
    finally:
        sheet.deleteLater()
