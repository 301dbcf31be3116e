"""Ways to help: by F1, by a button. What shows a page is read once somebody wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from smtpwizard.gui.help.help_window import HelpWindow
    from smtpwizard.gui.tasks import Runner


def show_help(parent: QWidget, runner: Runner, *keys: str) -> HelpWindow:
    """Show the page that the first of these keys (`cause:bad_credentials`) leads to, in a window
    beside that of `parent`; one that is open already turns to it."""
    from smtpwizard.gui.help.help_window import HelpWindow  # noqa: PLC0415 - on request

    return HelpWindow.beside(parent.window(), runner, *keys)


def offer_help(
    window: QWidget,
    runner: Runner,
    *keys: str,
    before: Callable[[], Sequence[str]] = tuple,
) -> None:
    """Have F1 show help on a window: on what `before` finds in it at that moment, else on what
    `keys` lead to."""
    shortcut = QShortcut(QKeySequence("F1"), window)
    shortcut.activated.connect(lambda: show_help(window, runner, *before(), *keys))
