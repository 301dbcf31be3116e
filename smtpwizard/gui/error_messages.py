"""What went wrong, in the window's words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.model.errors import SmtpWizardError


def error_message(error: Exception | None) -> str:
    """The sentence for what went wrong; never an exception's own message."""
    if isinstance(error, SmtpWizardError):
        return error_text(error.code, error.facts, Face.WINDOW)
    return QCoreApplication.translate(
        "words", "An error of this program. What is known about it stands in the log."
    )


def store_waits_message() -> str:
    """What is said while a secret store does not answer."""
    return error_text("keyring_waits", {}, Face.WINDOW)
