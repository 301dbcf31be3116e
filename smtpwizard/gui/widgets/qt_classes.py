"""Qt's classes of widgets, built for Python a few at a time.

PySide builds a class when Python first meets its name, but all that are widgets at once when Qt
first hands over one whose class has to be found out: 30 ms in which the window is deaf.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6 import QtWidgets

# As many a line as are built together.
_CLASSES = """
QLabel QCheckBox QRadioButton QToolButton QLineEdit QStackedWidget QProgressBar QMenu QMainWindow
QHeaderView QTableWidget QFileDialog
QAbstractSlider QSlider QScrollBar QDial QAbstractSpinBox QSpinBox QDoubleSpinBox
QDateTimeEdit QDateEdit QTimeEdit QCalendarWidget QLCDNumber QRubberBand QFocusFrame QSizeGrip
QPlainTextEdit QTextEdit QTextBrowser QTabBar QTabWidget QToolBar QToolBox QStatusBar QSplashScreen
QMessageBox QInputDialog QErrorMessage QProgressDialog QDialogButtonBox QGroupBox QCommandLinkButton
QColorDialog QFontDialog QFontComboBox QKeySequenceEdit QSplitter QSplitterHandle QDockWidget
QMdiArea QMdiSubWindow QMenuBar QGraphicsView QRhiWidget QWizard QWizardPage
QListWidget QTreeView QTreeWidget QColumnView QUndoView
"""


def build_classes() -> Iterator[None]:
    """Build them; the window listens wherever this gives way."""
    for together in _CLASSES.strip().splitlines():
        for name in together.split():
            getattr(QtWidgets, name, None)
        yield
