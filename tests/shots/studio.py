"""Walks through windows one event loop turn after the other, with a camera for both themes."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QElapsedTimer, QObject, QSize, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import Scenario
from smtpwizard.gui.tasks import Progress, TaskRunner, Then, Work
from smtpwizard.gui.widgets.style import Theme, set_theme
from smtpwizard.usecases.demo import set_up_demo
from smtpwizard.usecases.workspace import Workspace
from tests.shots import checks
from tests.shots.german import lengthened

# A step that waits for longer than this waits for nothing, ms.
LIMIT_MS = 60_000

Steps = Iterator[Callable[[], bool] | None]
"""A walk: each yield lets the event loop run, until what is yielded is true."""
Findings = Iterator[str]
Kind = TypeVar("Kind", bound=QWidget)


class NotThere(Exception):
    """A widget that a walk needs is not on the page."""


class WatchedRunner(TaskRunner):
    """The window's own runner, of which one can tell whether anything is under way."""

    def __init__(self) -> None:
        super().__init__(lambda error: traceback.print_exception(error))
        self.heard: list[object] = []
        """Everything that jobs have reported."""

    @property
    def idle(self) -> bool:
        return not self._entries

    def submit(
        self,
        work: Work,
        then: Then,
        progress: Progress | None = None,
        *,
        owner: QObject | None = None,
        must_finish: bool = False,
    ) -> int:
        def hear(message: object) -> None:
            self.heard.append(message)
            if progress is not None:
                progress(message)

        if owner is None and isinstance(of := getattr(then, "__self__", None), QObject):
            owner = of
        return super().submit(work, then, hear, owner=owner, must_finish=must_finish)


@dataclass(frozen=True)
class Options:
    """What pictures are wanted."""

    out: Path
    themes: Sequence[Theme] = ("light", "dark")
    size: QSize = field(default_factory=lambda: QSize(960, 780))
    german: bool = False
    only: str = ""

    @property
    def low(self) -> bool:
        return self.size.height() < 780

    def wants(self, name: str) -> bool:
        return self.only in name

    def spoken(self, text: str) -> str:
        """A text of the window as this run has it."""
        return lengthened(text) if self.german else text


class Camera:
    """Takes a window in every theme, and says what is wrong with it."""

    def __init__(self, application: QApplication, options: Options) -> None:
        self._application = application
        self.options = options
        self.taken: dict[str, list[str]] = {}
        """What was found, by the name of each picture."""

    def take(self, name: str, window: QWidget, more: Callable[[], Findings] | None = None) -> Steps:
        """Take a picture in each theme; `more` finds what else is wrong with this window."""
        if not self.options.wants(name):
            return
        for number, theme in enumerate(self.options.themes):
            set_theme(self._application, theme)
            yield None
            if not number:
                self.taken[name] = list(self._faults(name, window, more))
            if not window.grab().save(str(self.file_of(name, theme))):
                raise OSError(f"{self.file_of(name, theme)} cannot be written")

    def file_of(self, name: str, theme: str) -> Path:
        return self.options.out / f"{name}-{theme}.png"

    def _faults(self, name: str, window: QWidget, more: Callable[[], Findings] | None) -> Findings:
        over = window.size() - self.options.size
        if window.property("sized") and (over.width() > 0 or over.height() > 0):
            yield f"is {window.width()} × {window.height()}, will not be smaller"
        yield from checks.cut_texts(window)
        if not name.startswith("7"):
            yield from checks.too_many_steps(window)
        yield from checks.nameless(window)
        yield from checks.keys_twice(window)
        yield from checks.names_twice(window)
        if more is not None:
            yield from more()


class Place:
    """A workspace of its own with a scenario's servers, for as long as a walk lasts."""

    def __init__(self, scenario: Scenario | None = None) -> None:
        self._stack = ExitStack()
        self.runner = WatchedRunner()
        self.demo: Mapping[str, Any] = {}
        self.folder = folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="shots-"))
        )
        data_dir = folder / "project"
        if scenario is not None:
            server = self._stack.enter_context(ScenarioServer(scenario, consents=True))
            self.demo, data_dir = set_up_demo(server, folder)
        self.ws = Workspace.open(data_dir, secret_store="session")

    def close(self) -> None:
        self.runner.close()
        self._stack.close()

    def quiet(self) -> bool:
        """Whether nothing is under way."""
        return self.runner.idle


Walk = Callable[[Place, Camera], Steps]


class Studio(QObject):
    """Goes through walks, one after the other; a walk that fails is told and left."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self.failures: list[str] = []
        self._walks: list[tuple[str, Callable[[], Steps]]] = []
        self._steps: Steps = iter(())  # of nothing, before the first walk
        self._name = ""
        self._until: Callable[[], bool] | None = None
        self._clock = QElapsedTimer()

    def go(self, walks: Sequence[tuple[str, Callable[[], Steps]]]) -> None:
        """Begin; the application ends after the last one."""
        self._walks = list(walks)
        QTimer.singleShot(0, self, self._step)

    def _soon(self) -> None:
        # The first turn lays out, the second scrolls, the third paints.
        QTimer.singleShot(
            0,
            self,
            lambda: QTimer.singleShot(0, self, lambda: QTimer.singleShot(0, self, self._step)),
        )

    def _step(self) -> None:
        try:
            if self._until is not None and not self._until():
                if self._clock.elapsed() > LIMIT_MS:
                    raise NotThere("it waits in vain")
                QTimer.singleShot(5, self, self._step)
                return
            self._until = next(self._steps)
            self._clock.start()
        except StopIteration:
            self._next()
            return
        except Exception as error:  # noqa: BLE001 - the other walks go on
            if isinstance(self._steps, Generator):
                self._steps.close()
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            self.failures.append(f"{self._name}: {type(error).__name__} at {where}: {error}")
            self._next()
            return
        self._soon()

    def _next(self) -> None:
        self._until = None
        if not self._walks:
            QApplication.exit(0)
            return
        self._name, walk = self._walks.pop(0)
        self._steps = walk()
        self._soon()


# --- widgets, by the names that assistive technology has


def find(window: QWidget, kind: type[Kind], name: str) -> Kind:
    """The widget of this accessible name; one on screen rather than one that is not."""
    named = [each for each in window.findChildren(kind) if _name_of(each) == name]
    if not named:
        raise NotThere(f"no {kind.__name__} “{name}”")
    return next((each for each in named if each.isVisible()), named[0])


def _name_of(widget: QWidget) -> str:
    name = widget.accessibleName()
    if not name and isinstance(widget, QAbstractButton):
        name = widget.text().replace("&", "")
    return name
