"""The ring round what has the focus, drawn for keyboard and mouse alike."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QPushButton,
    QRadioButton,
    QToolButton,
    QWidget,
)

from smtpwizard.gui.widgets.choices import Choice
from smtpwizard.gui.widgets.style import colour, when_theme_changes

# Fields and views draw their own border; these have none that could change.
RINGED = (QPushButton, QToolButton, QCheckBox, QRadioButton)


# From the edge of what has the focus to the outer edge of the ring, px: a gap of two, two drawn. A
# row has others above and below it: there the ring lies inside.
OUTSIDE, IN_ROW = 4, -1

_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)


class Ring(QWidget):
    """Lies round one widget, and moves with it.

    Not Qt's own `QFocusFrame`: its mask cuts the corners off, and it leaves no gap.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._watched: list[QWidget] = []
        self._widget: QWidget | None = None
        self._outside = OUTSIDE

    def surround(self, widget: QWidget, outside: int = OUTSIDE) -> None:
        """Lie round this widget from now on, so far outside its edge."""
        self.leave()
        self._outside = outside
        self._widget, host, self._watched = widget, widget.parentWidget(), [widget]
        while host is not None and not host.isWindow() and not _scrolls(host):
            self._watched.append(host)
            host = host.parentWidget()
        for each in self._watched:
            each.installEventFilter(self)
        if self.parentWidget() is not host:
            self.setParent(host)
        self._place()

    def leave(self) -> None:
        """Lie round nothing."""
        for former in filter(shiboken6.isValid, self._watched):
            former.removeEventFilter(self)
        self._widget, self._watched = None, []
        self.hide()

    def _place(self) -> None:
        widget, host = self._widget, self.parentWidget()
        if widget is None or host is None or not shiboken6.isValid(widget):
            return
        place = QRect(widget.mapTo(host, QPoint(0, 0)), widget.size())
        far = self._outside
        # Whole also round what lies at the edge of what scrolls.
        self.setGeometry(place.adjusted(-far, -far, far, far) & (host.rect() | place))
        self.setVisible(widget.isVisibleTo(host))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("focus"), 2))
        round_ = 9 if self._outside > 0 else 6
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), round_, round_)


def _scrolls(widget: QWidget) -> bool:
    """Whether it is what a scroll area moves about."""
    viewport = widget.parentWidget()
    area = viewport.parentWidget() if viewport is not None else None
    return isinstance(area, QAbstractScrollArea) and area.viewport() is viewport


class FocusRing(QObject):
    """One for the application, moved by its `focusChanged`, until it is `put_away`."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._ring: Ring | None = None
        self._application = application
        application.focusChanged.connect(self._follow)
        self._stop_following_theme = when_theme_changes(
            lambda: QTimer.singleShot(0, self, self._again)
        )
        self._follow(None, application.focusWidget())

    def put_away(self) -> None:
        """Draw no ring any more."""
        self._application.focusChanged.disconnect(self._follow)
        self._stop_following_theme()
        self._follow(None, None)
        self.deleteLater()

    def _again(self) -> None:
        self._follow(None, self._application.focusWidget())

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        if not isinstance(now, RINGED) or now.property("link"):
            if self._ring is not None and shiboken6.isValid(self._ring):
                self._ring.leave()
            return
        if self._ring is None or not shiboken6.isValid(self._ring):
            self._ring = Ring()  # it goes with the window that it was last in
        frame = now.parentWidget()
        if isinstance(frame, Choice):
            self._ring.surround(frame, IN_ROW if frame.look == "row" else OUTSIDE)
        else:
            self._ring.surround(now)
