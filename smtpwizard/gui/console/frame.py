"""What is seen of the window at once: a rail, and an empty page beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget
from shiboken6 import isValid

from smtpwizard.gui.widgets.qt_values import RING_ROOM

if TYPE_CHECKING:
    from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
    from smtpwizard.model.stored import Project, StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.list_rows import ConnectorRows
    from smtpwizard.usecases.remove_project import ProjectRemoval
    from smtpwizard.usecases.workspace import Workspace


class Projects(Protocol):
    """What a page and another project's parts may ask about projects."""

    def show_current(self) -> None: ...
    def enter(self, identifier: str, then: Callable[[], object] | None) -> None: ...
    def remove(self) -> None: ...
    def tell(self, tone: str, title: str, text: str = "") -> None: ...
    def tell_removed(self, name: str, removal: ProjectRemoval | None) -> None: ...


class Frame(QMainWindow):
    """The frame, and what its parts may ask of the window that it belongs to.

    `painted` is emitted with the first paint, `built` once all of it is there, `settled` once what
    will be wanted next is loaded as well, `loaded` whenever the list is in line with the disk,
    `wizard_opened` with each wizard before it is shown, `settings_changed` when somebody has
    changed the application's settings.
    """

    painted = Signal()
    loaded = Signal()
    built = Signal()
    settled = Signal()
    wizard_opened = Signal(object)
    settings_changed = Signal()

    def __init__(self, demo: Mapping[str, Any] | None, kept_state: Mapping[str, Any]) -> None:
        super().__init__()
        self.demo = demo
        self.kept_state = kept_state
        em = self._line_height()
        room = self.screen().availableGeometry()
        width, height = (round(em * number) for number in (88, 56))
        self.resize(min(width, room.width() * 19 // 20), min(height, room.height() * 19 // 20))
        if kept_state:
            from smtpwizard.gui.console.window_state import restore_place  # noqa: PLC0415 - not at a first start

            restore_place(self, kept_state)
        self._filled: list[QObject] = []
        self._build()

    def _build(self) -> None:
        """The rail and the page, with nothing in them yet."""
        em = self._line_height()
        self.rail = QFrame()
        self.rail.setObjectName("navigation")
        self.rail.setFixedWidth(round(em * 13.2))
        page = QWidget()
        self.column = QVBoxLayout(page)
        # What scrolls has RING_ROOM for the ring of the focus inside it; all else has it round it.
        self.column.setContentsMargins(24 - RING_ROOM, 12, 24 - RING_ROOM, 16)
        self.column.setSpacing(12)
        self.head = QVBoxLayout()
        self.head.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        self.head.setSpacing(12)
        self.column.addLayout(self.head)
        self.content = QWidget()
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(page, 1)
        self.setCentralWidget(self.content)

    def _line_height(self) -> float:
        """About how high a line of text is, px: the font itself is loaded after the first paint."""
        size = self.font().pointSizeF()
        pixels = size * self.logicalDpiY() / 72 if size > 0 else self.font().pixelSize()
        return pixels * 1.2

    @contextmanager
    def filling(self) -> Iterator[None]:
        """What the block puts into the window goes with the next `renew`; all else stays."""
        before = self.children()  # kept, so that each is the same object afterwards
        known = set(map(id, before))
        yield
        self._filled += [child for child in self.children() if id(child) not in known]

    def renew(self) -> None:
        """Take away all that was filled in, and what acts on it, for others to come."""
        from PySide6.QtGui import QAction, QShortcut  # noqa: PLC0415 - on request
        from PySide6.QtWidgets import QMenuBar  # noqa: PLC0415 - on request

        for child in filter(isValid, self._filled):
            if isinstance(child, QAction | QShortcut):
                child.setEnabled(False)  # it goes a moment later
            child.deleteLater()
        self._filled = []
        self.setMenuBar(QMenuBar())
        self._build()
        self.content.show()  # now: what is not shown takes no focus

    @property
    def projects(self) -> Projects:
        """Which project is shown, and the way to others."""
        raise NotImplementedError

    def show_workspace(self, ws: Workspace) -> None:
        """Show another project, in place of the one that is shown."""
        raise NotImplementedError

    def show_title(self) -> None:
        """Say in the title which project is shown."""
        raise NotImplementedError

    def is_demo_project(self, project: Project) -> bool:
        """Whether this is the demo's own project, which has no name of the user's."""
        raise NotImplementedError

    @property
    def source(self) -> ConnectorRows:
        """What reads the rows of the list."""
        raise NotImplementedError

    @property
    def wizard_is_open(self) -> bool:
        raise NotImplementedError

    def new(self) -> None:
        """Open the wizard on an empty draft."""
        raise NotImplementedError

    def open_file(self, path: str) -> None:
        """Open a case, an answer, a connector's file, or a failure to explain."""
        raise NotImplementedError

    def choose_file(self) -> None:
        """Have a case or an answer chosen, and open it."""
        raise NotImplementedError

    def open_wizard(self, row: ListedConnector | None) -> None:
        """Open the wizard on a connector, or on an empty draft."""
        raise NotImplementedError

    def show_smart_flows(self, stored: StoredConnector, *, created: bool = False) -> None:
        """Show what to enter in the Smart Flows console."""
        raise NotImplementedError

    def refresh(self, *_: object) -> None:
        """Read the list again, off the window's thread."""
        raise NotImplementedError

    def select_next(self, identifier: str, *, verify: bool = False) -> None:
        """Read the list again, and select this connector in it, where one is named."""
        raise NotImplementedError

    def recovery(self) -> SecretStoreRecovery:
        """The one way to help with secret stores."""
        raise NotImplementedError
