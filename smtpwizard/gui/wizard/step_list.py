"""Where in the wizard the user is: the pages by name, beside them."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import plain_label, set_tone


class StepList(QWidget):
    """The four pages by name, the one on screen in bold."""

    def __init__(self, titles: list[str]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        self._labels = []
        for number, title in enumerate(titles, start=1):
            label = plain_label(f"{number}   {title}", wrap=False)
            # Room for the bold text, so that the column keeps its width.
            label.setMinimumWidth(self.fontMetrics().horizontalAdvance(label.text()) * 6 // 5)
            label.setProperty("step", "current" if number == 1 else "other")
            self._labels.append(label)
            layout.addWidget(label)

    def show_step(self, index: int) -> None:
        for number, label in enumerate(self._labels):
            set_tone(label, "step", "current" if number == index else "other")
