"""What went wrong, in the window's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from smtpwizard.model.errors import SmtpWizardError


def error_message(error: Exception | None) -> str:
    """The sentence for what went wrong; never an exception's own message."""
    if isinstance(error, SmtpWizardError):
        return _text(error.code, error.facts)
    return QCoreApplication.translate(
        "words", "An error of this program. What is known about it stands in the log."
    )


def store_waits_message() -> str:
    """What is said while a secret store does not answer."""
    return _text("keyring_waits", {})


def skipped_message(code: str, facts: Mapping[str, Any]) -> str:
    """Why one of many was skipped, by the code and the facts of its error."""
    return _text(code, facts)


def _text(code: str, facts: Mapping[str, Any]) -> str:
    from smtpwizard.messages.errors import error_text  # noqa: PLC0415 - hundreds of sentences, of failures alone
    from smtpwizard.messages.face import Face  # noqa: PLC0415 - of failures alone

    return error_text(code, facts, Face.WINDOW)
