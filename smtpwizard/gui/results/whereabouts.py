"""Where the settings are that a cause speaks of, seen from where it is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget, QWizardPage

from smtpwizard.flow.edits import Section, section_of
from smtpwizard.messages.face import page_of

SETTINGS = "settings"
"""A property of what has all settings under one heading, in place of the wizard's pages: that."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Whereabouts", text)


def section_title(section: Section) -> str:
    """What stands over a section of all settings."""
    return {
        Section.NAME: _tr("Name and type"),
        Section.PROVIDER: _tr("Provider"),
        Section.AUTHENTICATE: _tr("Authenticate"),
        Section.TEST: _tr("Admin and test"),
        Section.SENDER: _tr("Sender"),
        Section.ADVANCED: _tr("Advanced"),
    }[section]


def where_text(shown: QWidget, field: str) -> str:
    """Where the field of a dotted path is for somebody who reads this: “on this page”, “on the page
    Provider”, “under Configuration, Advanced”."""
    around: QWidget | None = shown
    while around is not None:
        if isinstance(around, QWizardPage):
            if page_of(field) == around.accessibleName():  # it draws its title itself
                return _tr("on this page")
            break
        heading = around.property(SETTINGS)
        if isinstance(heading, str):
            return _tr("under {0}, {1}").format(heading, section_title(section_of(field)))
        around = around.parentWidget()
    return _tr("on the page {0}").format(page_of(field))
