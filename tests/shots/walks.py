"""The walks through the wizard, page by page, by the labels that a user sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
    QWizard,
)

from smtpwizard.demo.connection import HANG
from smtpwizard.demo.scenarios import GOOD, SCENARIOS, Scenario
from smtpwizard.flow.draft import CUSTOM
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.verification import actor_name
from smtpwizard.oauth.signed_in import Progress
from smtpwizard.usecases.unattended_demo import visit
from tests.helpers.mail_world import MailWorld, config
from tests.shots.studio import Camera, Findings, NotThere, Place, Steps, find
from tests.shots.values import ADMIN, CLIENT_ID, CLIENT_SECRET
from tests.shots.windows import components, connectors

# One of each kind of page that a failure makes.
CHOSEN = (
    "wrong-security-mode",
    "wrong-password",
    "smtp-auth-off-tenant",
    "unknown-ca",
    "sender-not-allowed",
    "lost-reply",
)


class Wizard:
    """The wizard on a place, used by labels."""

    def __init__(self, place: Place, camera: Camera) -> None:
        self._spoken = camera.options.spoken
        self._size = camera.options.size
        recovery = SecretStoreRecovery(place.ws, place.runner, PassphraseKeeper())
        self.window = ConnectorWizard(
            place.ws, place.runner, recovery, taken_names=frozenset({"payslips"})
        )
        self.window.setProperty("sized", True)
        self.window.show()
        self.window.build_rest()
        self.fit()

    def fit(self) -> None:
        """As large as the pictures are to be, as far as it can be."""
        least = self.window.minimumSize()
        self.window.setMinimumSize(
            QSize(min(least.width(), self._size.width()), min(least.height(), self._size.height()))
        )
        self.window.resize(self._size)

    def type_in(self, name: str, text: str) -> None:
        find(self.window, QLineEdit, self._spoken(name)).setText(text)

    def focus(self, name: str) -> None:
        find(self.window, QWidget, self._spoken(name)).setFocus()

    def choose(self, name: str, value: str) -> None:
        box = find(self.window, QComboBox, self._spoken(name))
        index = box.findData(value)
        if index < 0:
            raise NotThere(f"“{name}” does not offer {value}")
        box.setCurrentIndex(index)

    def choose_radio(self, name: str) -> None:
        find(self.window, QRadioButton, self._spoken(name)).setChecked(True)

    def unfold(self, name: str) -> None:
        """Open a fold, where there is one that is closed."""
        spoken = self._spoken(name)
        for push in self.window.findChildren(QAbstractButton):
            name_now = push.accessibleName() or push.text()
            if push.isVisible() and name_now == spoken and not push.isChecked():
                push.click()

    def press(self, name: str) -> None:
        push = find(self.window, QPushButton, self._spoken(name))
        if not push.isEnabled():
            raise NotThere(f"“{name}” is not enabled")
        push.click()

    def next(self) -> Steps:
        """On to the next page."""
        page = self.window.currentId()
        push = self.window.button(QWizard.WizardButton.NextButton)
        push.click()
        if self.window.currentId() == page:
            raise NotThere(f"“Next” does not lead on from page {page + 1}")
        yield None
        self.fit()
        yield None

    def close(self) -> None:
        self.window.page_now().leave()
        self.window.done(0)
        self.window.deleteLater()


def walking(
    scenario: Scenario | None, steps: Callable[[Wizard, Place, Camera], Steps], camera: Camera
) -> Steps:
    """Open a wizard on a place of its own, and close both after the walk."""
    place = Place(scenario)
    wizard = Wizard(place, camera)
    try:
        yield None
        yield from steps(wizard, place, camera)
    finally:
        wizard.close()
        place.close()


# --- page by page


def page_1(wizard: Wizard, place: Place, camera: Camera) -> Steps:
    yield from camera.take("1-empty", wizard.window)
    wizard.type_in("Name", "Payslips")
    wizard.focus("Description")
    yield None
    yield from camera.take("1-wrong", wizard.window)
    wizard.type_in("Name", "Invoices")
    wizard.type_in("Description", "Invoices and reminders to customers")
    yield None
    yield from camera.take("1-filled", wizard.window)


def page_2(wizard: Wizard, place: Place, camera: Camera) -> Steps:
    wizard.type_in("Name", "Invoices")
    yield from wizard.next()
    yield from camera.take("2-nothing", wizard.window)
    for name, provider in (("gmail", "gmail"), ("exchange", "exchange")):
        wizard.choose("Provider", provider)
        yield None
        yield from camera.take(f"2-{name}", wizard.window)
    wizard.choose("Provider", CUSTOM)
    yield None
    wizard.type_in("Server", "mail.example.com")
    wizard.choose("Encryption method", "starttls")
    wizard.type_in("Port", "465")
    wizard.type_in("User", "mailer@example.com")
    wizard.focus("User")
    yield None
    yield from camera.take("2-own-port", wizard.window)
    wizard.unfold("Advanced")
    yield None
    yield from camera.take("2-advanced", wizard.window)


def answers(wizard: Wizard, place: Place, camera: Camera) -> Steps:
    """What is found for an address in a small internet of the pictures' own."""
    wizard.type_in("Name", "Invoices")
    yield from wizard.next()
    with MailWorld(place.folder) as world:
        world.zone["quay.example"] = {
            "MX": ["10 eu-smtp-inbound-1.mimecast.com."],
            "TXT": ['"v=spf1 include:spf.protection.outlook.com -all"'],
        }
        world.zone["_submissions._tcp.quay.example"] = {"SRV": ["0 1 465 submit.quay.example."]}
        world.page(
            "http://autoconfig.quay.example/mail/config-v1.1.xml",
            config(("mail.quay.example", 465, "SSL")),
        )
        world.mail_server("submit.quay.example", 465)
        world.point(place.ws)
        wizard.type_in("Find the settings for…", "invoices@quay.example")
        wizard.press("Find")
        yield place.quiet
        yield None
        yield from camera.take("2-answers", wizard.window)
        wizard.unfold("Where we looked")
        yield None
        yield from camera.take("2-where", wizard.window)
        wizard.type_in("Find the settings for…", "invoices@nobody.example")
        wizard.press("Find")
        yield place.quiet
        yield None
        yield from camera.take("2-nothing-found", wizard.window)


def page_3(wizard: Wizard, place: Place, camera: Camera) -> Steps:
    wizard.type_in("Name", "Invoices")
    yield from wizard.next()
    wizard.choose("Provider", "gmail")
    yield from wizard.next()
    wizard.choose_radio("OAuth (recommended)")
    yield None
    yield from camera.take("3-oauth-empty", wizard.window)
    wizard.choose_radio("Basic")
    yield None
    yield from camera.take("3-basic", wizard.window)
    wizard.choose_radio("No authentication")
    yield None
    yield from camera.take("3-none", wizard.window)
    wizard.choose_radio("OAuth (recommended)")
    yield None
    for name, text in (
        ("Smart Flows domain", "example.smartflows.com"),
        ("Client ID", CLIENT_ID),
        ("Client secret", CLIENT_SECRET),
    ):
        wizard.type_in(name, text)
        yield None
    yield from camera.take("3-oauth-filled", wizard.window)
    wizard.press("Sign in")
    yield lambda: any(isinstance(each, Progress) for each in place.runner.heard)
    yield from camera.take("3-oauth-pasting", wizard.window)


def signed_in(wizard: Wizard, place: Place, camera: Camera) -> Steps:
    yield from _to_sign_in(wizard, place)
    wizard.press("Sign in")
    yield lambda: any(isinstance(each, Progress) for each in place.runner.heard)
    yield from camera.take("3-oauth-waiting", wizard.window)
    _consent(place)
    yield place.quiet
    yield from camera.take("3-oauth-signed-in", wizard.window)


def _to_sign_in(wizard: Wizard, place: Place) -> Steps:
    wizard.type_in("Name", "Invoices")
    yield from wizard.next()
    wizard.window.fill_in(place.demo)
    yield None
    yield from wizard.next()


def _consent(place: Place) -> None:
    """Be the browser, in which the user agrees."""
    pages = [each for each in place.runner.heard if isinstance(each, Progress)]
    place.runner.submit(lambda _: visit(pages[-1].url), lambda _: None)


def page_4(wizard: Wizard, place: Place, camera: Camera) -> Steps:
    yield from _to_sign_in(wizard, place)
    yield from wizard.next()
    wizard.type_in("Admin user email address", ADMIN)
    yield None
    yield from camera.take("4-before", wizard.window)
    wizard.press("Test")
    yield place.quiet
    yield from camera.take("4-passed", wizard.window)


def running(wizard: Wizard, place: Place, camera: Camera) -> Steps:
    yield from _to_sign_in(wizard, place)
    yield from wizard.next()
    wizard.type_in("Admin user email address", ADMIN)
    wizard.press("Test")
    # A stage is reported when it begins and when it ends; the sixth waits for the server.
    yield lambda: len(place.runner.heard) >= 11
    yield from camera.take("4-running", wizard.window)
    wizard.press("Stop")
    yield place.quiet


def failed(scenario: Scenario, wizard: Wizard, place: Place, camera: Camera) -> Steps:
    """A scenario to its cause, on the page where that is found."""
    name = f"4-{scenario.name}"
    yield from _to_sign_in(wizard, place)
    if scenario.oauth is not None:
        wizard.press("Sign in")
        yield lambda: any(isinstance(each, Progress) for each in place.runner.heard)
        _consent(place)
        yield place.quiet
        yield None
        if scenario.stage is None:
            name = f"3-{scenario.name}"
    if scenario.stage is not None:
        yield from wizard.next()
        wizard.type_in("Admin user email address", ADMIN)
        yield None
        wizard.press("Test")
        yield place.quiet
        yield None
    yield from camera.take(name, wizard.window, partial(_conclusion, wizard, camera, scenario))


def _conclusion(wizard: Wizard, camera: Camera, scenario: Scenario) -> Findings:
    from tests.shots.checks import conclusion

    report = wizard.window.draft_model.report()
    causes = report.causes if report is not None else ()
    if not causes:
        if scenario.stage is not None:
            yield "no cause was found"
        return
    text = cause_text(causes[0], Face.WINDOW)
    acting = tuple(actor_name(actor) for actor in text.actors)
    acting = (camera.options.spoken("Who must act"), *acting)
    yield from conclusion(wizard.window, text.title, acting, camera.options.low)


def all_walks(
    camera: Camera, *, scenarios: bool
) -> Sequence[tuple[str, tuple[str, ...], Callable[[], Steps]]]:
    """Every walk: what it is called, the names of its pictures, and how it begins."""
    waiting = Scenario("waiting", "The server does not answer", behaviours={"AUTH": HANG})
    agreed = Scenario(
        "agreed", "A sign-in that works", oauth={}, manners={"mechanisms": ("XOAUTH2",)}
    )
    walks = [
        ("page 1", ("1-empty", "1-wrong", "1-filled"), None, page_1),
        (
            "page 2",
            ("2-nothing", "2-gmail", "2-exchange", "2-own-port", "2-advanced"),
            None,
            page_2,
        ),
        ("answers", ("2-answers", "2-where", "2-nothing-found"), None, answers),
        (
            "page 3",
            ("3-oauth-empty", "3-oauth-filled", "3-oauth-pasting", "3-basic", "3-none"),
            None,
            page_3,
        ),
        ("signing in", ("3-oauth-waiting", "3-oauth-signed-in"), agreed, signed_in),
        ("page 4", ("4-before", "4-passed"), GOOD, page_4),
        ("a test", ("4-running",), waiting, running),
    ]
    out: list[tuple[str, tuple[str, ...], Callable[[], Steps]]] = [
        (name, pictures, partial(walking, scenario, steps, camera))
        for name, pictures, scenario, steps in walks
    ]
    for scenario in SCENARIOS:
        if scenario.cause is None or not (
            scenarios or scenario.name in (*CHOSEN, "consent-refused")
        ):
            continue
        page = 3 if scenario.oauth is not None and scenario.stage is None else 4
        steps = partial(failed, scenario)
        picture = f"{page}-{scenario.name}"
        out.append((picture, (picture,), partial(walking, scenario, steps, camera)))
    out.append(
        (
            "main window",
            (
                *("5-basic", "5-oauth", "6-empty", "6-connectors", "6-history", "6-case"),
                *("6-cases", "6-cases-none"),
                *("6-sender", "6-sender-looked", "6-sender-receivers"),
                *("6-sender-asks", "6-sender-rights"),
                *("6-sender-read", "6-runs-compared", "6-compare"),
                *("6-settings", "6-doctor", "6-help", "6-notifications"),
                *("6-notifications-some", "6-no-hit", "6-verified"),
                *("6-ask", "6-save-case", "6-changed", "6-about"),
                *(
                    "6-bounce",
                    "6-certificates-none",
                    "6-certificates-look",
                    "6-certificates",
                    "6-bounce-explained",
                ),
            ),
            lambda: connectors(Place(GOOD), camera),
        )
    )
    out.append(("components", ("7-components",), partial(components, camera)))
    return out
