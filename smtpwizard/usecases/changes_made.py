"""What a run has changed so far: said when it is interrupted, or fails at what comes after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import NamedTuple

from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.problem import Json


class Change(StrEnum):
    """What was done to something with a name."""

    SAVED = "saved"
    REMOVED = "removed"
    DEFAULT = "made_default"
    PROJECT = "project_saved"
    PROJECT_REMOVED = "project_removed"
    CURRENT = "project_chosen"
    MOVED = "moved"
    COPIED = "copied"
    SECRET_MOVED = "secret_moved"  # noqa: S105 - what was done, no secret
    PASSPHRASE = "passphrase_changed"  # noqa: S105 - what was done, no secret


class Done(NamedTuple):
    """One change that holds."""

    change: Change
    name: str

    def to_json(self) -> Json:
        return {"change": self.change.value, "name": self.name}


class ChangesMade:
    """The changes of one run that hold, and what of them could not be brought to its end."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.left_behind = False
        self._failures: list[SmtpWizardError] = []

    def fail(self, error: SmtpWizardError) -> None:
        """Note what could not be done after a change that holds."""
        self._failures.append(error)

    def take_failures(self) -> list[SmtpWizardError]:
        """What could not be done, once."""
        failures, self._failures = self._failures, []
        return failures

    @contextmanager
    def of(self, change: Change, name: str, holds: Callable[[], bool]) -> Iterator[None]:
        """Note the change that the block makes.

        An interruption may come just after it was made: `holds` looks then whether it was.
        """
        try:
            yield
        except Exception:
            raise
        except BaseException:
            with suppress(Exception):
                if holds():
                    self.done.append(Done(change, name))
            raise
        self.done.append(Done(change, name))
