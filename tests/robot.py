"""A robot at the real wizard: from an empty project to a verified connector, or to the cause that
the demo's scenario has, and on by the button that offers a way out; with pictures of every page.

Sets widgets and presses buttons as a user does, and waits for signals, never for time alone.
`python -m tests.robot [SCENARIO] [--shots DIR]` ends with 0 where all went as it should.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QPushButton, QWidget, QWizard

from smtpwizard.cli.demo import DemoPrinter
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import DEFAULT_SCENARIO, Scenario, find_scenario
from smtpwizard.demo.scripted import find_secrets
from smtpwizard.flow.draft import CUSTOM
from smtpwizard.flow.fixes import FixId
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.app import make_application, run_window
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.crash_handler import NOISE
from smtpwizard.gui.widgets.style import Theme, set_theme
from smtpwizard.model.connector import Method
from smtpwizard.model.report import Report
from smtpwizard.usecases.command_words import join_command
from smtpwizard.usecases.connectors import ListedConnector, list_connectors
from smtpwizard.usecases.demo import set_up_demo
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
    from smtpwizard.gui.wizard.pages.authenticate import AuthenticatePage
    from smtpwizard.gui.wizard.pages.name import NamePage
    from smtpwizard.gui.wizard.pages.provider import ProviderPage
    from smtpwizard.gui.wizard.pages.testing import TestPage

# The browser that the window starts: there is nobody to press a button on a page.
# No `;`: on Windows it stands between the commands of `BROWSER`.
BROWSER = "import sys\nfrom smtpwizard.usecases.unattended_demo import visit\nvisit(sys.argv[1])"

# In the virtual environment: nothing is left elsewhere.
SHOTS = Path(sys.prefix, "screenshots")

# The whole walk may take this long, ms; a walk takes about two seconds, on a slow machine a minute.
LIMIT_MS = 240_000

NAME = "Demo"


class WalkFailed(Exception):
    """The walk cannot go on; the text says why."""


def main(arguments: Sequence[str]) -> int:
    """Walk through one scenario, and say how it went; answers the exit code."""
    parser = argparse.ArgumentParser(prog="tests.robot", description=__doc__, add_help=False)
    parser.add_argument("scenario", nargs="?", default=DEFAULT_SCENARIO)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--unattended", action="store_true", help="as ever")
    options, others = parser.parse_known_args(arguments)
    scenario = find_scenario(options.scenario)
    if others or scenario is None:  # such as `--list`
        return subprocess.call([sys.executable, "-m", "smtpwizard", "demo", *arguments])
    shots = options.shots
    if shots is None:
        shots = SHOTS
        shutil.rmtree(shots, ignore_errors=True)
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="smtpwizard-demo-") as folder:
        return walk(scenario, Path(folder), shots, DemoPrinter(sys.stdout))


def walk(scenario: Scenario, folder: Path, shots: Path, printer: DemoPrinter) -> int:
    """Walk in the real window with the scenario's server, its project in `folder`."""
    with ScenarioServer(scenario, consents=True) as server:
        demo, data_dir = set_up_demo(server, folder)
        printer.started(scenario, demo)
        qInstallMessageHandler(pass_on)  # until the window's own handler takes over
        os.environ["BROWSER"] = join_command([sys.executable, "-c", BROWSER, "%s"])
        robot = Robot(make_application(), demo, shots, printer)
        QTimer.singleShot(0, robot, robot.start)
        # The window is not told of the demo: its password would stand on every picture.
        code = run_window(Workspace.open(data_dir, secret_store="session"))
        for message in server.messages:
            printer.received(message)
        connectors = list_connectors(Workspace.open(data_dir, secret_store="session"))
        if connectors or scenario.ends_verified:
            printer.kept(connectors)
        faults = list(find_faults(server, code, connectors, data_dir))
    print(f"Screenshots of every page: {shots}")
    for fault in faults:
        print(f"Not as it should be: {fault}")
    if not faults:
        printer.ended(scenario, as_told=True)
    return 1 if faults else 0


def pass_on(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Print what Qt warns of, but not what it says of every window without a display."""
    if not message.startswith(NOISE):
        print(message, file=sys.stderr)


def find_faults(
    server: ScenarioServer, code: int, connectors: Sequence[ListedConnector], data_dir: Path
) -> Iterator[str]:
    """What is not as a walk should leave it."""
    if code:
        yield f"the window ended with exit code {code}"
    files = [path for path in data_dir.rglob("*") if path.is_file()]
    if any(find_secrets(path.read_bytes(), server.password) for path in files):
        yield "the password lies on the disk"
    if not server.scenario.ends_verified:
        return
    if len(server.messages) != 1:
        yield f"messages received: {len(server.messages)}, not 1"
    for message in server.messages:
        if message.user != server.username or message.tls_version is None:
            yield "a message came without TLS, or by another login"
    found = [(row.name, row.default, row.status) for row in connectors]
    if found != [(NAME, True, "verified")]:
        yield f"{found} is not one connector, the default, verified"


class Robot(QObject):
    """One walk; ends the application with exit code 0 or 1."""

    def __init__(
        self, parent: QObject, demo: Mapping[str, Any], shots: Path, printer: DemoPrinter
    ) -> None:
        super().__init__(parent)
        self._demo = demo
        self._shots = shots
        self._printer = printer
        self._count = 0
        self._ended = False
        self._steps: Iterator[object] = self._walk()
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(lambda: self._end("it took too long"))

    def start(self) -> None:
        """Go as soon as the list is there."""
        windows = QApplication.topLevelWidgets()
        self._window = next(w for w in windows if isinstance(w, MainWindow) and w.isVisible())
        self._limit.start(LIMIT_MS)
        if self._window.console.first_start.new_button.isVisible():
            self._soon()
        else:
            self._window.loaded.connect(self._begin)

    def _begin(self) -> None:
        self._window.loaded.disconnect(self._begin)
        self._soon()

    # -- the machine --------------------------------------------------------------------------

    def _soon(self, *_: object) -> None:
        """Take the next step once everything that is due now was painted."""
        QTimer.singleShot(0, self, lambda: QTimer.singleShot(0, self, self._step))

    def _step(self) -> None:
        if self._ended:
            return
        try:
            waiting = next(self._steps)
            if waiting == self._soon:
                self._soon()
        except StopIteration:
            self._end("")
        except WalkFailed as failure:
            self._end(str(failure))

    def _end(self, reason: str) -> None:
        self._ended = True
        self._limit.stop()
        if reason:
            print(f"The walk failed: {reason}", flush=True)
            if self._window.wizard is not None:
                self._window.wizard.done(QDialog.DialogCode.Rejected)
        QApplication.exit(1 if reason else 0)

    # -- the walk: a yield lets the event loop run, or waits for a signal ----------------------

    def _walk(self) -> Iterator[object]:
        demo = self._demo
        scenario: Mapping[str, Any] = demo.get("scenario") or {}
        self._shoot(self._window, "start")
        self._press(self._window.console.first_start.new_button)
        yield self._soon
        wizard = self._window.wizard
        if wizard is None:
            raise WalkFailed("the wizard did not open")

        name: NamePage = wizard.pages[StepId.NAME]  # type: ignore[assignment]
        name.name_edit.setText(NAME)
        name.description_edit.setText("The demo's mail server")
        yield self._soon
        self._shoot(wizard, "name-and-type")
        yield from self._forward(wizard, StepId.PROVIDER)

        if "provider" in demo or "oauth" in demo:
            # A registration has many fields; the demo's own button knows them all.
            wizard.fill_in(demo)
        else:
            self._type_server(wizard.pages[StepId.PROVIDER])  # type: ignore[arg-type]
        yield self._soon
        self._shoot(wizard, "provider")
        yield from self._forward(wizard, StepId.AUTHENTICATE)

        authenticate: AuthenticatePage = wizard.pages[StepId.AUTHENTICATE]  # type: ignore[assignment]
        if "oauth" in demo:
            yield from self._sign_in(authenticate)
            if scenario.get("cause") and not scenario.get("stage"):
                self._check_sign_in(authenticate, scenario)
                yield self._leave(wizard)
                return
        elif "provider" not in demo:
            authenticate.radios[Method.BASIC].setChecked(True)
            authenticate.password.edit.setText(str(demo["password"]))
            yield self._soon
            self._shoot(wizard, "authenticate")
        yield from self._forward(wizard, StepId.TEST)

        test: TestPage = wizard.pages[StepId.TEST]  # type: ignore[assignment]
        test.email_edit.setText(str(demo.get("admin", demo["username"])))
        yield self._soon
        self._shoot(wizard, "admin-and-test")
        reports: list[Report] = []
        test.view.reported.connect(reports.append)
        test.view.stopped.connect(self._soon)
        self._press(test.test_button)
        yield "the report"
        yield self._soon
        self._look(wizard, test, reports, "tested")
        if scenario.get("cause"):
            self._check(reports[-1], scenario)
            if scenario.get("fix") == FixId.SIGN_IN_AGAIN:
                self._press_fix(test, str(scenario["fix"]))
                yield self._soon
                if wizard.page_now() is not authenticate:
                    raise WalkFailed("the button does not lead to the sign-in")
                yield from self._sign_in(authenticate)
                yield from self._forward(wizard, StepId.TEST)
                self._press(test.test_button)
            elif scenario.get("fix"):
                self._press_fix(test, str(scenario["fix"]))
            elif scenario.get("retry"):
                self._press(test.test_button)
            else:
                yield self._leave(wizard)
                return
            yield "the second report"
            yield self._soon
            self._look(wizard, test, reports, "fixed")
        if not reports[-1].ok:
            raise WalkFailed(test.view.verdict.text())
        self._window.loaded.connect(self._soon)
        self._press(self._button(wizard, QWizard.WizardButton.FinishButton))
        while not self._window.rows:
            yield "the list with the new connector"
        self._shoot(self._window, "connectors")

    def _leave(self, wizard: ConnectorWizard) -> object:
        """Close the wizard without the question whether that is meant."""
        wizard.done(QDialog.DialogCode.Rejected)
        return self._soon

    def _type_server(self, page: ProviderPage) -> None:
        demo = self._demo
        security = str(demo.get("security", "starttls"))
        self._choose(page.provider_box, CUSTOM)
        page.server_edit.setText(str(demo["host"]))
        self._choose(page.security_box, security)
        page.port_edit.setText(str(demo["ports"][security]))
        page.user_edit.setText(str(demo["username"]))
        page.ca_file_edit.setText(str(demo["ca_file"] or ""))
        if "timeout_s" in demo:
            page.timeout_edit.setText(f"{demo['timeout_s']:g}")

    def _sign_in(self, page: AuthenticatePage) -> Iterator[object]:
        """Sign in by the page's button; the browser answers by itself."""
        self._shoot(page, "authenticate")
        box = page.oauth.box
        box.ended.connect(self._soon)
        self._press(page.oauth.sign_in_button)
        yield "the end of the sign-in"
        box.ended.disconnect(self._soon)
        yield self._soon
        proof = page.oauth.signing_in.view
        if proof.running:
            proof.stopped.connect(self._soon)
            yield "the first login with the token"
            proof.stopped.disconnect(self._soon)
        self._shoot(page, "signed-in")

    def _check_sign_in(self, page: AuthenticatePage, scenario: Mapping[str, Any]) -> None:
        causes = page.oauth.box.causes.shown()
        self._printer.sign_in_failed(causes)
        self._check_cause([cause.cause for cause in causes], scenario)

    def _check(self, report: Report, scenario: Mapping[str, Any]) -> None:
        """Raise where the wizard did not say what the scenario plays."""
        stopped = report.stopped_at()
        stage = stopped.stage.value if stopped is not None else "nothing"
        if stage != scenario["stage"]:
            raise WalkFailed(f"it stopped at {stage}, not at {scenario['stage']}")
        self._check_cause([cause.cause for cause in report.causes], scenario)

    @staticmethod
    def _check_cause(found: Sequence[str], scenario: Mapping[str, Any]) -> None:
        first = found[0] if found else "nothing"
        if first != scenario["cause"]:
            raise WalkFailed(f"the cause is {scenario['cause']}, and the wizard says {first}")

    def _press_fix(self, test: TestPage, fix: str) -> None:
        """Press the button of a fix, and agree to what it asks."""
        for card in test.view.causes.card.next.fixes.cards:
            if card.fix.id == fix:
                self._printer.trying(card.fix.id)
                self._press(card.try_button)
                if card.consent is not None:
                    self._press(card.trust_button)
                return
        raise WalkFailed(f"there is no button for {fix}")

    def _look(
        self, wizard: ConnectorWizard, test: TestPage, reports: Sequence[Report], name: str
    ) -> None:
        if not reports:
            raise WalkFailed(test.view.verdict.text())
        self._printer.tested(reports[-1])
        self._shoot(wizard, name)

    def _forward(self, wizard: ConnectorWizard, step: StepId) -> Iterator[object]:
        """Press Next until this step is on screen."""
        while wizard.page_now().step is not step:
            here = wizard.currentId()
            self._press(self._button(wizard, QWizard.WizardButton.NextButton))
            if wizard.currentId() == here:
                raise WalkFailed(wizard.page_now().missing.text())
            yield self._soon

    @staticmethod
    def _button(wizard: ConnectorWizard, which: QWizard.WizardButton) -> QPushButton:
        push = wizard.button(which)
        assert isinstance(push, QPushButton)
        return push

    @staticmethod
    def _press(push: QPushButton) -> None:
        if not push.isEnabled():
            raise WalkFailed(f"{push.text().replace('&', '')} is not enabled")
        push.click()

    @staticmethod
    def _choose(combo: QComboBox, value: str) -> None:
        index = combo.findData(value)
        if index < 0:
            raise WalkFailed(f"{combo.accessibleName()} does not offer {value}")
        combo.setCurrentIndex(index)

    def _shoot(self, widget: QWidget, name: str) -> None:
        """A picture in light and one in dark; the colours in force come back after them."""
        self._count += 1
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        schemes: tuple[Theme, ...] = ("light", "dark")
        for scheme in schemes:
            set_theme(application, scheme)
            path = self._shots / f"{self._count}-{name}-{scheme}.png"
            if not widget.grab().save(str(path)):
                raise WalkFailed(f"{path} cannot be written")
        set_theme(application, "system")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
