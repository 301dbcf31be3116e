"""What can be done with the selected connectors; it stands under the table and takes its room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from smtpwizard.gui.widgets.elements import announce, line, plain_label


class SelectionBar(QFrame):
    """Says how many are selected, beside the buttons that it was given."""

    def __init__(self, buttons: Sequence[QPushButton], clear: QPushButton) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Selected connectors"))
        self.count = plain_label(tone="strong", wrap=False)
        self._count = 0
        rule = QFrame()
        rule.setProperty("rule", "true")
        row = line(self.count, rule, *buttons, None, clear)
        row.setContentsMargins(0, 8, 0, 0)
        self.setLayout(row)
        self.hide()

    def show_count(self, count: int) -> None:
        """Show the bar for so many connectors; none hides it."""
        self.count.setText(self.tr("{0} selected").format(count))
        self.setVisible(count > 0)
        if count != self._count and (count > 1 or self._count > 1):
            announce(self, self.count.text())
        self._count = count


def fold_away(bar: QWidget, buttons: Sequence[QPushButton]) -> None:
    """Hide the last buttons that do not fit; all of them are in the menu, too."""
    for push in buttons:
        push.show()
    for push in reversed(buttons):
        if bar.sizeHint().width() <= bar.parentWidget().width():
            return
        push.hide()
