"""What can be done with the selected connectors; it stands under the table and takes its room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from smtpwizard.gui.widgets.elements import announce, line, plain_label
from smtpwizard.gui.widgets.flow import FlowLayout


class SelectionBar(QFrame):
    """Says how many are selected, beside the buttons that it was given."""

    def __init__(self, buttons: Sequence[QPushButton], clear: QPushButton) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Selected connectors"))
        self.count = plain_label(tone="strong", wrap=False)
        self._count = 0
        rule = QFrame()
        rule.setProperty("rule", "true")
        said = QWidget()
        said.setLayout(line(self.count, clear, rule))
        # In a narrow window the buttons take a second line: none of them hides.
        self.setLayout(FlowLayout(said, *buttons))
        self.hide()

    def show_count(self, count: int) -> None:
        """Show the bar for so many connectors; none hides it."""
        self.count.setText(self.tr("{0} selected").format(count))
        self.setVisible(count > 0)
        if count != self._count and (count > 1 or self._count > 1):
            announce(self, self.count.text())
        self._count = count
