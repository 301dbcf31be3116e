"""What became of many verifications at once, in the words of both faces."""

from __future__ import annotations

from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import mark as _

_FAILED = _("{failed} of {of} failed, none of which worked before")
_ONE_FAILED = _("1 of {of} failed, which did not work before")
# Whose login works, and whose last test email failed before that.
_UNPROVEN = _("Login works, sending failed before: {names}.")


def unproven_text(names: str) -> str:
    """Of whom a test that passed says nothing about the failure that it did not come as far as."""
    return fill(_UNPROVEN, {"names": names})


def failed_text(failed: int, of: int) -> str:
    """That so many of those that were looked at failed, where nothing is newly broken."""
    return fill(_ONE_FAILED if failed == 1 else _FAILED, {"failed": failed, "of": of})
