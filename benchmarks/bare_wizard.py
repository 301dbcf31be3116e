"""The yardstick: a four-page QWizard and nothing else, until its first paint."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QFormLayout, QLineEdit, QWizard, QWizardPage


class BareWizard(QWizard):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, QApplication.quit)


application = QApplication(sys.argv)
wizard = BareWizard()
wizard.setWizardStyle(QWizard.WizardStyle.ModernStyle)
for title in ("Name and type", "Provider", "Authenticate", "Admin and test"):
    page = QWizardPage()
    page.setTitle(title)
    page.setSubTitle("A line of explanation")
    form = QFormLayout(page)
    for label in ("&First", "&Second", "&Third"):
        form.addRow(label, QLineEdit())
    wizard.addPage(page)
wizard.show()
sys.exit(application.exec())
