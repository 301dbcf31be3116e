"""Every action of the window, with its shortcut: in the menus, and from there on buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from smtpwizard.gui.console.connector_words import kind_names
from smtpwizard.usecases.list_rows import Kind


def _tr(text: str) -> str:
    return QCoreApplication.translate("Menus", text)


class Actions:
    """Makes actions, and the menus of them; knows nothing of what they do."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self.menus: list[QMenu] = []

    def menu(self, title: str) -> QMenu:
        """A menu of the menu bar, behind the others."""
        menu = self._window.menuBar().addMenu(title)
        menu.setAccessibleName(title.replace("&", ""))
        self.menus.append(menu)
        return menu

    def make(
        self,
        text: str,
        then: Callable[[], object],
        *keys: str,
        only_in: QWidget | None = None,
    ) -> QAction:
        """An action with its shortcuts, which work `only_in` a widget where one is given."""
        action = QAction(text, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda: then())
        if only_in is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            only_in.addAction(action)
        return action

    def check(
        self, text: str, then: Callable[[bool], object], *keys: str, checked: bool = False
    ) -> QAction:
        """An action that is on or off."""
        action = QAction(text, self._window)
        action.setCheckable(True)
        action.setChecked(checked)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.toggled.connect(lambda on: then(on))
        return action

    def each(self) -> Iterator[tuple[str, QAction]]:
        """Every action of the menus that can be reached now, with its menu's name."""
        for menu in self.menus:
            title = menu.title().replace("&", "")
            for action in _flat(menu):
                if action.isVisible():
                    yield title, action


def kinds_menu(
    window: QWidget, then: Callable[[Kind | None], object]
) -> tuple[QMenu, dict[Kind | None, QAction]]:
    """The kinds to show, one of them at a time, as a menu."""
    menu = QMenu(_tr("&Show"), window)
    group = QActionGroup(menu)
    names: list[tuple[Kind | None, str]] = [(None, _tr("All")), *kind_names().items()]
    actions: dict[Kind | None, QAction] = {}
    for number, (kind, name) in enumerate(names):
        action = menu.addAction(name)
        action.setCheckable(True)
        action.setChecked(kind is None)
        action.setShortcut(QKeySequence(f"Ctrl+{number + 1}"))
        action.triggered.connect(lambda _, kind=kind: then(kind))
        group.addAction(action)
        actions[kind] = action
    give_letters(menu)
    return menu, actions


def give_letters(menu: QMenu) -> None:
    """A letter for each entry that has none, the first in its text that leads to no other."""
    taken: set[str] = set()
    for action in menu.actions():
        text = action.text().replace("&", "")
        at = next((n for n, c in enumerate(text) if c.isalpha() and c.casefold() not in taken), -1)
        if at >= 0:
            taken.add(text[at].casefold())
            action.setText(f"{text[:at]}&{text[at:]}")


def _flat(menu: QMenu) -> Iterator[QAction]:
    for action in menu.actions():
        if isinstance(inner := action.menu(), QMenu):
            yield from _flat(inner)
        elif not action.isSeparator():
            yield action
