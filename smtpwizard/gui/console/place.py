"""A page of the window beside the list of connectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

if TYPE_CHECKING:
    from smtpwizard.gui.console.frame import Frame
    from smtpwizard.gui.console.notification_zone import NotificationZone
    from smtpwizard.gui.tasks import Runner
    from smtpwizard.usecases.workspace import Workspace


class Surroundings(NamedTuple):
    """What a page may use of the window that it is in."""

    ws: Workspace
    runner: Runner
    window: Frame
    zone: NotificationZone
    go_to: Callable[[str], None]
    open_connector: Callable[[str], None]


class Place(QWidget):
    """A page. It is built when it is first gone to, and kept. `left`: the list is wanted again."""

    left = Signal()

    def arrive(self) -> None:
        """It is shown, now or again: read what may have changed."""

    def take_focus(self) -> None:
        raise NotImplementedError

    def zones(self) -> list[QWidget]:
        """Where F6 leads to, in order."""
        raise NotImplementedError

    def next_step(self) -> QPushButton | None:
        """The button that is filled when one arrives, if any."""
        return None

    @property
    def unsaved(self) -> int:
        """How many changes would be lost."""
        return 0

    def save(self) -> None:
        """Save what is typed, where anything is."""

    def reset(self) -> None:
        """Everything as it is saved."""

    def leave(self, then: Callable[[], object]) -> None:
        """Do `then`, once nothing is lost by it; asks where something would be."""
        then()
