"""Exceptions that carry facts, never sentences for users."""

from __future__ import annotations

from typing import Any


class SmtpWizardError(Exception):
    """Base of the expected failures that cross a module's border.

    `code` is the key of the sentence in `messages`; `facts` are the values it may name.
    """

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return self.code


class Cancelled(SmtpWizardError):
    """The user asked to stop; nothing went wrong."""

    def __init__(self) -> None:
        super().__init__("cancelled")


class DeadlineExceeded(SmtpWizardError):
    """The time for this piece of work is over."""

    def __init__(self) -> None:
        super().__init__("timeout")


class NetworkError(SmtpWizardError):
    """Name lookup, TCP, proxy or TLS said no; `code` says which."""


class StorageError(SmtpWizardError):
    """The data directory could not be read or written."""


class SecretStoreError(SmtpWizardError):
    """A secret could not be stored, read or removed; never carries the secret."""


class UsageError(SmtpWizardError):
    """A request that cannot be carried out as it stands (unknown name, taken name, bad value)."""
