"""What is under way in the window, and what giving it up means: asked before it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.gui.console.batch_verification import BatchVerification
    from smtpwizard.gui.console.opened_connector import OpenedConnector

MAX_NAME = 60


class UnderWay(QObject):
    """The tests of many and of the one that is open."""

    def __init__(self, batch: BatchVerification, opened: OpenedConnector) -> None:
        super().__init__(batch)
        self._batch = batch
        self._opened = opened

    def before_quitting(self) -> tuple[str, str]:
        """The question before the window closes, and what it means; nothing where nothing runs."""
        return self._ask(self.tr("Quit anyway?"))

    def before_switching(self) -> tuple[str, str]:
        """The same before another project is shown."""
        return self._ask(self.tr("Switch the project anyway?"))

    def _ask(self, question: str) -> tuple[str, str]:
        if self._batch.running:
            done, of = self._batch.progress
            fact = self.tr("{0} of {1} connectors are verified.").format(done, of)
            return f"{fact} {question}", self.tr("What was found so far is kept.")
        if self._opened.tested:
            name = clean_text(self._opened.tested, MAX_NAME)
            fact = self.tr("The test of {0} is still running.").format(name)
            return f"{fact} {question}", self.tr("The test is stopped then.")
        return "", ""

    def stop(self) -> None:
        """Give up what runs."""
        self._batch.stop()
        self._opened.stop()
