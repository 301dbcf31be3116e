"""Errors in the window's own words where the common ones speak of the command line."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from smtpwizard.messages import error_text
from smtpwizard.model.errors import SmtpWizardError


def error_words(error: Exception | None) -> str:
    """The sentence for what went wrong; never an exception's own message."""
    if not isinstance(error, SmtpWizardError):
        return _tr("An error of this program. What is known about it stands in the log.")
    return {
        "secret_missing": _tr(
            "The password of this connector is not stored here any more. Edit the connector and "
            "enter it again."
        ),
        "secret_not_kept": _tr(
            "The keyring gave back something else than it was given. Nothing was saved."
        ),
        "secret_store_unavailable": _tr("This computer has no keyring that works."),
        "secret_command_unapproved": _tr(
            "The helper command of this connector is not approved on this computer. Approve it "
            "on the command line: smtpwizard verify with --approve-command."
        ),
        "passphrase_needed": _tr("The encrypted file needs its passphrase."),
    }.get(error.code) or error_text(error.code, error.facts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("words", text)
