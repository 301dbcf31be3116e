"""Short ways to use the wizard in tests, by the signals that assistive technology sends."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QMessageBox, QPushButton, QWidget, QWizard

from smtpwizard.flow.steps import StepId
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.gui.wizard.pages.authenticate import AuthenticatePage
from smtpwizard.gui.wizard.pages.name import NamePage
from smtpwizard.gui.wizard.pages.oauth.panel import OAuthPanel
from smtpwizard.gui.wizard.pages.provider import ProviderPage
from smtpwizard.gui.wizard.pages.testing import TestPage
from smtpwizard.model.connector import Method
from smtpwizard.model.registration import Redirect
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Reply,
    Report,
    Stage,
    StageResult,
    Status,
    TranscriptLine,
)
from smtpwizard.model.stage_facts import StageError, StageFailure


def name_page(wizard: ConnectorWizard) -> NamePage:
    page = wizard.pages[StepId.NAME]
    assert isinstance(page, NamePage)
    return page


def provider_page(wizard: ConnectorWizard) -> ProviderPage:
    page = wizard.pages[StepId.PROVIDER]
    assert isinstance(page, ProviderPage)
    return page


def authenticate_page(wizard: ConnectorWizard) -> AuthenticatePage:
    page = wizard.pages[StepId.AUTHENTICATE]
    assert isinstance(page, AuthenticatePage)
    return page


def test_page(wizard: ConnectorWizard) -> TestPage:
    page = wizard.pages[StepId.TEST]
    assert isinstance(page, TestPage)
    return page


test_page.__test__ = False  # type: ignore[attr-defined]


def button(wizard: QWizard, which: str) -> QPushButton:
    """The wizard's Next, Back, Finish or Cancel button."""
    found = wizard.button(getattr(QWizard.WizardButton, f"{which}Button"))
    assert isinstance(found, QPushButton)
    return found


def go_next(wizard: ConnectorWizard) -> None:
    before = wizard.currentId()
    button(wizard, "Next").click()
    assert wizard.currentId() == before + 1, wizard.page_now().missing.text()


def choose(combo: QComboBox, text: str) -> None:
    index = combo.findText(text)
    assert index >= 0, text
    combo.setCurrentIndex(index)


def choose_kind(panel: OAuthPanel, redirect: str) -> None:
    """Say which kind of client was made at the provider."""
    panel.form.kinds.radios[Redirect(redirect)].setChecked(True)


def fill_name(wizard: ConnectorWizard, name: str = "Invoices") -> None:
    name_page(wizard).name_edit.setText(name)


def fill_server(wizard: ConnectorWizard, server: str = "smtp.example.com") -> None:
    page = provider_page(wizard)
    choose(page.provider_box, "Create a connection")
    page.server_edit.setText(server)
    page.user_edit.setText("mailer@example.com")


def fill_basic(wizard: ConnectorWizard, password: str = "not-a-real-one") -> None:
    page = authenticate_page(wizard)
    page.radios[Method.BASIC].setChecked(True)
    page.password.edit.setText(password)


def walk_to_test(
    wizard: ConnectorWizard, password: str = "not-a-real-one", name: str = "Invoices"
) -> TestPage:
    """A complete connector, the last page on screen."""
    fill_name(wizard, name)
    go_next(wizard)
    fill_server(wizard)
    go_next(wizard)
    fill_basic(wizard, password)
    go_next(wizard)
    page = test_page(wizard)
    page.email_edit.setText("admin@example.com")
    return page


def message_box(parent: QWidget) -> QMessageBox:
    """The one question that is open over a window."""
    boxes = [box for box in parent.findChildren(QMessageBox) if box.isVisible()]
    assert len(boxes) == 1, boxes
    return boxes[0]


def press(box: QWidget, text: str) -> None:
    for push in box.findChildren(QPushButton):
        if push.text().replace("&", "") == text:
            push.click()
            return
    raise AssertionError(text)


def passed_report(name: str = "Invoices") -> Report:
    """Everything passed, an email included."""
    return Report(
        ok=True,
        connector=name,
        started="2026-11-22T10:15:00Z",
        duration_ms=120,
        stages=tuple(StageResult(stage, Status.PASSED, 3) for stage in STAGES),
        transcript=(TranscriptLine(1, "server", "220 smtp.example.com ready"),),
    )


def refused_report(text: str = "5.7.8 Authentication failed") -> Report:
    """The sign-in was refused with these words of the server."""
    reply = Reply(535, "5.7.8", text)
    refused = StageFailure(StageError.AUTH_REFUSED)
    stages = tuple(
        StageResult(stage, Status.PASSED, 3)
        if STAGES.index(stage) < STAGES.index(Stage.AUTH)
        else StageResult(stage, Status.FAILED, 9, reply, Actor.YOU, failure=refused)
        if stage is Stage.AUTH
        else StageResult(stage)
        for stage in STAGES
    )
    cause = Cause("bad_credentials", Likelihood.HIGH, Actor.YOU, (f"auth: 535 {text}",))
    return Report(
        ok=False,
        connector="Invoices",
        started="2026-11-22T10:15:00Z",
        duration_ms=120,
        stages=stages,
        causes=(cause,),
        transcript=(TranscriptLine(1, "server", f"535 {text}"),),
    )
