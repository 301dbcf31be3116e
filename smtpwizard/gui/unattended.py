"""Walks through the real wizard by itself: from an empty project to a verified connector, or to
the cause that the demo's scenario has, and on by the button that offers a way out.

Sets widgets and presses buttons as a user does, and waits for signals, never for time alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QPushButton, QWidget, QWizard

from smtpwizard.flow.draft import CUSTOM
from smtpwizard.flow.fixes import FixId
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.widgets.style import apply_style, palette_for
from smtpwizard.messages import stage_title, status_name
from smtpwizard.model.connector import Method
from smtpwizard.model.report import Report

if TYPE_CHECKING:
    from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
    from smtpwizard.gui.wizard.pages.authenticate import AuthenticatePage
    from smtpwizard.gui.wizard.pages.name import NamePage
    from smtpwizard.gui.wizard.pages.provider import ProviderPage
    from smtpwizard.gui.wizard.pages.testing import TestPage

# The whole walk may take this long, ms; a walk takes about two seconds.
LIMIT_MS = 60_000

NAME = "Demo"


class WalkFailed(Exception):
    """The walk cannot go on; the text says why."""


class Walk(QObject):
    """One walk; ends the application with exit code 0 or 1."""

    def __init__(self, window: MainWindow, demo: Mapping[str, Any], shots: Path | None) -> None:
        super().__init__(window)
        self._window = window
        self._demo = demo
        self._shots = shots
        self._count = 0
        self._ended = False
        self._steps: Iterator[object] = self._walk()
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(lambda: self._end("it took too long"))

    def start(self) -> None:
        """Go as soon as the list is there."""
        self._limit.start(LIMIT_MS)
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
        self._press(self._window.first_button)
        yield self._soon
        wizard = self._window.wizard
        if wizard is None:
            raise WalkFailed("the wizard did not open")

        wizard.build_rest()
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
        rows = self._window.rows
        if [(row.name, row.default, row.status) for row in rows] != [(NAME, True, "verified")]:
            raise WalkFailed("the connector is not saved as default and verified")

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
        page.ca_file_edit.setText(str(demo["ca_file"]))
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
        proof = page.oauth.view
        if proof.running:
            proof.stopped.connect(self._soon)
            yield "the first login with the token"
            proof.stopped.disconnect(self._soon)
        self._shoot(page, "signed-in")

    def _check_sign_in(self, page: AuthenticatePage, scenario: Mapping[str, Any]) -> None:
        found = [card.cause.cause for card in page.oauth.box.causes.cards]
        self._check_cause(found, scenario)

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
        print(f"  cause: {first}", flush=True)
        if first != scenario["cause"]:
            raise WalkFailed(f"the cause is {scenario['cause']}, and the wizard says {first}")

    def _press_fix(self, test: TestPage, fix: str) -> None:
        """Press the button of a fix, and agree to what it asks."""
        for card in test.view.fixes.cards:
            if card.fix.id == fix:
                print(f"  fix: {fix}", flush=True)
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
        self._print(reports[-1])
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

    @staticmethod
    def _print(report: Report) -> None:
        for result in report.stages:
            took = "" if result.ms is None else f"{result.ms:>6} ms"
            print(f"  {stage_title(result.stage):<24}{status_name(result.status):<12}{took}")
        print(flush=True)

    def _shoot(self, widget: QWidget, name: str) -> None:
        """A picture in light and one in dark; the colours in force come back after them."""
        if self._shots is None:
            return
        self._shots.mkdir(parents=True, exist_ok=True)
        self._count += 1
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        before = QPalette(application.palette())
        for scheme in ("light", "dark"):
            application.setPalette(palette_for(dark=scheme == "dark"))
            apply_style(application)
            path = self._shots / f"{self._count}-{name}-{scheme}.png"
            if not widget.grab().save(str(path)):
                raise WalkFailed(f"{path} cannot be written")
        application.setPalette(before)
        apply_style(application)
