"""The pages beside the list that somebody has gone to, and what the window's head says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from smtpwizard.gui.console.page_header import PageHeader, Step
from smtpwizard.gui.console.place import Place, Surroundings
from smtpwizard.gui.console.places import offers

if TYPE_CHECKING:
    from smtpwizard.gui.console.navigation import Navigation, NavigationEntry


class BuiltPlaces(QObject):
    """Each is built when it is first gone to, and kept. `left`: the list is wanted again."""

    left = Signal()

    def __init__(self, stack: QStackedWidget, header: PageHeader) -> None:
        super().__init__(stack)
        self._stack = stack
        self._header = header
        self._built: dict[str, Place] = {}
        self.around: Callable[[], Surroundings]
        """What a page may use of the window."""
        self.offers = {offer.key: offer for offer in offers()}
        self.entries: dict[str, NavigationEntry] = {}

    def add_entries(self, rail: Navigation, part: str, go_to: Callable[[str], object]) -> None:
        """What leads to those of a part of the rail."""
        for offer in self.offers.values():
            if offer.part == part:
                self.entries[offer.key] = rail.add_entry(
                    offer.icon, offer.title, partial(go_to, offer.key)
                )

    def get(self, key: str) -> Place:
        """A page; its accessible name is the title of its offer."""
        if key not in self._built:
            place = self.offers[key].make(self.around())
            place.left.connect(self.left)
            place.headed.connect(partial(self._headed, key))
            place.counted.connect(self.entries[key].show_count)
            self._stack.addWidget(place)
            self._built[key] = place
        return self._built[key]

    def built(self, key: str) -> Place | None:
        """A page, where somebody has gone to it."""
        return self._built.get(key)

    def each(self) -> Sequence[Place]:
        """All that are built."""
        return tuple(self._built.values())

    @property
    def shown(self) -> Place | None:
        """The page that is shown, where it is neither the list nor a connector."""
        current = self._stack.currentWidget()
        return current if isinstance(current, Place) else None

    @property
    def shown_key(self) -> str | None:
        """The name of the same."""
        return next((key for key, each in self._built.items() if each is self.shown), None)

    def _headed(self, key: str) -> None:
        if self.shown_key == key:
            self.show_head(key)

    def show_head(self, key: str) -> None:
        """The way to a page, and its title; to what it shows alone one step more."""
        place, offer = self.get(key), self.offers[key]
        above = {"support": self.tr("Support"), "control_panel": self.tr("Control Panel")}
        path: list[Step] = []  # those at the foot of the rail stand by themselves
        if offer.part in above:
            path = [(above[offer.part], None), (offer.title, None)]
        inside = place.inside()
        if inside is None:
            self._header.show_page(path, offer.title)
        else:
            path = [*path[:-1], (offer.title, place.go_out), (inside.step, None)]
            self._header.show_page(
                path, inside.title, inside.pill, below=inside.below, buttons=inside.buttons
            )
