"""How the window closes while something is under way: it asks once, and then it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QWidget

from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.dialogs import ask

if TYPE_CHECKING:
    from smtpwizard.gui.console.notification_zone import NotificationZone, Said

# A save that keeps the window open for longer: does the user want to wait? ms.
ASK_AFTER_MS = 1000
# How often a window that is to close looks whether it can, ms.
LOOK_EVERY_MS = 100


class Closing(QObject):
    """Decides whether its window may close; `tr` texts are its window's.

    `busy` answers what else is under way and would be given up, and what that means, in a sentence
    each, or nothing; `give_up` gives it up.
    """

    def __init__(
        self,
        window: QWidget,
        runner: Runner,
        zone: NotificationZone,
        busy: Callable[[], tuple[str, str]],
        give_up: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._runner = runner
        self._zone = zone
        self._busy = busy
        self._give_up = give_up
        self.waiting = False
        self._question: QDialog | None = None
        self._said: Said | None = None
        self.agreed = False  # that it closes, whatever is under way

    def may_close(self) -> bool:
        """Whether the window can go at once; where it cannot, it goes by itself or asks."""
        sentence, meaning = self._busy()
        if sentence:
            self._ask_about(sentence, meaning)
            return False
        if not self._runner.saving:
            return True
        if not self.waiting:
            self.waiting = True
            self._said = self._zone.say(
                "running", self.tr("Saving…"), self.tr("The window closes when it is done.")
            )
            QTimer.singleShot(LOOK_EVERY_MS, self, self._look)
            QTimer.singleShot(ASK_AFTER_MS, self, self.ask_to_quit)
        else:
            self.ask_to_quit()
        return False

    def after(self, settle: Callable[[Callable[[], object]], object]) -> None:
        """Close once `settle` has asked what becomes of what is typed, unless it is asking."""
        if not isinstance(QApplication.activeModalWidget(), QMessageBox):
            # Not within the event that it came with: Qt passes over a second one.
            settle(lambda: QTimer.singleShot(0, self._window, self._window.close))

    def _look(self) -> None:
        # Not every save has the list read again.
        self.close_when_saved()
        if self.waiting:
            QTimer.singleShot(LOOK_EVERY_MS, self, self._look)

    def close_when_saved(self, *, still_reading: bool = False) -> None:
        """Close the window that waits for a save, once that has ended and was read."""
        if not self.waiting or self._runner.saving or still_reading:
            return
        if self._question is not None:
            self._question.close()
        self._stop_waiting()
        # Not over a message that tells of a failure.
        failed = self._zone.shown is not None and self._zone.shown.tone == "failed"
        if not failed and not any(
            d.isVisible() and d.isModal() for d in self._window.findChildren(QDialog)
        ):
            self._window.close()

    def _stop_waiting(self) -> None:
        self.waiting = False
        said, self._said = self._said, None
        if said is not None:
            said.close()

    def ask_to_quit(self) -> None:
        """Ask whether to wait any longer for the save that keeps the window open."""
        if self.waiting and self._runner.saving and self._question is None:
            self._question = self._ask(
                self.tr("A change is still being saved. Quit anyway?"),
                self.tr(
                    "It may be waiting for the system's keyring, which may be asking you "
                    "something. If you quit now, this change is lost; everything saved before "
                    "is kept."
                ),
                self.tr("Wait"),
                self._quit_or_wait,
            )

    def _ask_about(self, sentence: str, meaning: str) -> None:
        if self._question is None:
            self._question = self._ask(
                sentence, meaning, self.tr("Keep going"), self._quit_or_go_on
            )

    def _ask(self, text: str, detail: str, no: str, then: Callable[[bool], None]) -> QDialog:
        return ask(
            # Over whatever window is in use: a dialog may be blocking the main one.
            QApplication.activeModalWidget() or self._window,
            self._window.windowTitle(),
            text,
            detail,
            self.tr("Quit anyway"),
            no,
            then,
            destructive=True,
        )

    def _quit_or_wait(self, quit_now: bool) -> None:
        self._question = None
        if quit_now:
            self._runner.abandon_saves()
            self._stop_waiting()
            self._quit()

    def _quit_or_go_on(self, quit_now: bool) -> None:
        self._question = None
        if quit_now:
            self._give_up()
            self._runner.abandon_saves()
            self._quit()

    def _quit(self) -> None:
        # One question is enough.
        self.agreed = True
        self._window.close()
