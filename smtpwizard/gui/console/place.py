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
    """What a page may use of the window that it is in; `within` is where it is shown."""

    ws: Workspace
    runner: Runner
    window: Frame
    within: QWidget
    zone: NotificationZone
    go_to: Callable[[str], None]
    open_connector: Callable[[str], None]


class Inside(NamedTuple):
    """What a page shows alone of what is in it: its step in the path, its title, a word beside
    that, a line below it, and the buttons that stand at the end of the head."""

    step: str
    title: str
    pill: str
    below: str = ""
    buttons: QWidget | None = None


class Place(QWidget):
    """A page. It is built when it is first gone to, and kept. `left`: the list is wanted again;
    `headed`: what is `inside` is another; `counted` comes with how many things are in it."""

    left = Signal()
    headed = Signal()
    counted = Signal(int)

    def __init__(self, within: QWidget) -> None:
        # From the outside to the inside: Qt looks at all of a page that is put there later.
        super().__init__(within)
        self.hide()

    def arrive(self) -> None:
        """It is shown, now or again: read what may have changed."""

    def inside(self) -> Inside | None:
        """What it shows alone, one step further in; None where it shows all that is in it."""
        return None

    def go_out(self) -> None:
        """Show all that is in it again."""

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

    def at_stake(self) -> tuple[str, str]:
        """What would be lost with the window besides what is `unsaved`, as a question, and what
        keeps it; nothing where nothing would."""
        return "", ""

    def save(self) -> None:
        """Save what is typed, where anything is."""

    def reset(self) -> None:
        """Everything as it is saved."""

    def leave(self, then: Callable[[], object]) -> None:
        """Do `then`, once nothing is lost by it; asks where something would be."""
        then()
