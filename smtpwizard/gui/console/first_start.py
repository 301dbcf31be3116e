"""The first start: one sentence, one button, and three other ways to begin."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.icons import IconLabel, dress
from smtpwizard.gui.widgets.style import colour


class FirstStart(QWidget):
    """Shown while the project has no connector."""

    new = Signal()
    demo = Signal()
    open_file = Signal()
    import_file = Signal()

    def __init__(self, *, in_demo: bool = False) -> None:
        super().__init__()
        centre = Qt.AlignmentFlag.AlignHCenter
        em = self.fontMetrics().height()
        title = plain_label(self.tr("Set up a connector that really sends"), heading="page")
        words = plain_label(
            self.tr(
                "Four short pages and a test email. Have the address at hand that sends; the rest "
                "can be found."
            ),
            tone="quiet",
        )
        for label in (title, words):
            label.setAlignment(centre)
        _fit(words, em * 28)
        self.new_button = button(self.tr("&New"), self.new.emit)
        dress(self.new_button, "plus", "on_accent")
        self.new_button.setMinimumWidth(em * 9)
        self.demo_tile = StartTile(
            "flask",
            self.tr("Choose what goes wrong") if in_demo else self.tr("Try the demo"),
            self.tr("The demo's mail server then behaves so.")
            if in_demo
            else self.tr("A mail server of its own. Touches nothing of yours."),
            self.demo.emit,
        )
        self.open_tile = StartTile(
            "case",
            self.tr("Case or answer"),
            self.tr("A file that someone sent you."),
            self.open_file.emit,
        )
        self.import_tile = StartTile(
            "download",
            self.tr("Import"),
            self.tr("A connector's .json file, without its password."),
            self.import_file.emit,
        )
        tallest = max(
            each.sizeHint().height() for each in (self.demo_tile, self.open_tile, self.import_tile)
        )
        for each in (self.demo_tile, self.open_tile, self.import_tile):
            each.be_as_high_as(tallest)
        # Below each other where the window is narrow.
        tiles = FlowLayout(
            self.demo_tile, self.open_tile, self.import_tile, spacing=12, centred=True
        )
        drop = plain_label(
            self.tr("You can also drop a file anywhere in this window."), tone="quiet"
        )
        drop.setAlignment(centre)
        content = QWidget()
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(scrolling(content))
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(3)
        column.addWidget(_Envelope(), 0, centre)
        column.addSpacing(20)
        column.addWidget(title)
        column.addSpacing(8)
        column.addWidget(words, 0, centre)
        column.addSpacing(18)
        column.addWidget(self.new_button, 0, centre)
        column.addSpacing(32)
        column.addLayout(tiles)
        column.addStretch(4)
        column.addWidget(drop)


class StartTile(QPushButton):
    """A button with an icon, a strong line and a muted one; all of it is the target."""

    def __init__(self, icon: str, title: str, note: str, then: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("tile", "true")
        self.setAutoDefault(False)
        self.setAccessibleName(title)
        self.setAccessibleDescription(note)
        em = self.fontMetrics().height()
        self._note = plain_label(note, tone="quiet")
        _fit(self._note, em * 23 // 2)  # three beside each other in a window of the usual size
        words = QVBoxLayout()
        words.setSpacing(1)
        heading = plain_label(title, tone="strong")
        _fit(heading, em * 23 // 2)
        words.addWidget(heading)
        words.addWidget(self._note)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 11, 12, 11)
        row.setSpacing(12)
        row.addWidget(IconLabel(icon, "text", 22), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        for label in self.findChildren(QLabel):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # The style sheet takes a fixed height away again.
        self._size = QSize(em * 23 // 2 + 62, max(row.sizeHint().height(), em * 3 + 28))
        self.clicked.connect(lambda: then())

    def be_as_high_as(self, height: int) -> None:
        """Those beside each other are of one height."""
        self._size.setHeight(height)

    def sizeHint(self) -> QSize:
        return self._size


def _fit(label: QLabel, width: int) -> None:
    """Give a label that wraps its width, and the height that goes with it: its layout would
    forget one of them."""
    label.ensurePolished()
    label.setFixedSize(width, label.heightForWidth(width))


class _Envelope(QWidget):
    """An envelope with a tick: a picture of the words below it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(132, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet = QRectF(2, 2, 110, 74)
        painter.setPen(QPen(colour("outline"), 2))
        painter.setBrush(colour("surface"))
        painter.drawRoundedRect(sheet, 8, 8)
        painter.drawPolyline(
            [
                sheet.topLeft() + QPointF(4, 7),
                QPointF(sheet.center().x(), sheet.center().y() + 7),
                sheet.topRight() + QPointF(-4, 7),
            ]
        )
        middle = QPointF(109, 63)
        painter.setPen(QPen(colour("canvas"), 3))
        painter.setBrush(colour("accent"))
        painter.drawEllipse(middle, 19, 19)
        painter.setPen(
            QPen(
                colour("on_accent"),
                3,
                Qt.PenStyle.SolidLine,
                Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin,
            )
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            [middle + QPointF(-7, 0), middle + QPointF(-2, 5), middle + QPointF(7, -6)]
        )
