"""Where the settings are that a cause speaks of, seen from where it is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget, QWizardPage

SETTINGS = "settings"
"""A property of what has all settings under one heading, in place of the wizard's pages: that."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Whereabouts", text)


def where_text(shown: QWidget, page: str) -> str:
    """Where a page of the wizard is for somebody who reads this: “on this page”, “on the page
    Provider”, “under Configuration, Provider”."""
    around: QWidget | None = shown
    while around is not None:
        if isinstance(around, QWizardPage):
            here = around.accessibleName()  # it draws its title itself
            if page == here or page.startswith(f"{here}, "):
                return _tr("on this page")
            break
        heading = around.property(SETTINGS)
        if isinstance(heading, str):
            return _tr("under {0}, {1}").format(heading, page)
        around = around.parentWidget()
    return _tr("on the page {0}").format(page)
