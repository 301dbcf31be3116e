"""About: the version, what ships with the program and under which licence, and where data lie."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard import __version__
from smtpwizard.gui import jobs
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    line,
    plain_label,
    plain_tip,
    say_done,
    value_label,
)
from smtpwizard.gui.widgets.text_dialog import text_view
from smtpwizard.resources import resource_path
from smtpwizard.usecases.checks import for_others

if TYPE_CHECKING:
    from smtpwizard.usecases.about import About
    from smtpwizard.usecases.workspace import Workspace

_MARK = 48
_COLUMNS = 82  # of letters, in a line of a licence


class AboutDialog(QDialog):
    """A table of what ships; the licence of the chosen row stands under it."""

    def __init__(self, parent: QWidget, ws: Workspace, runner: Runner) -> None:
        super().__init__(parent)
        self.setProperty("help", "place:help")
        self.finished.connect(self.deleteLater)
        self._about: About | None = None
        self.setWindowTitle(self.tr("About smtpwizard"))
        mark = QLabel()
        mark.setPixmap(QIcon(str(resource_path("icons/app.svg"))).pixmap(_MARK, _MARK))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(plain_label(f"smtpwizard {__version__}", heading="page"))
        words.addWidget(plain_label(self.tr("Connectors that really send."), tone="quiet"))
        folder = value_label(breakable(str(ws.data_dir)), self.tr("Data folder"))
        folder.setWordWrap(True)
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels(
            [self.tr("Part"), self.tr("Version"), self.tr("Licence")]
        )
        self._dress_table(self.table)
        self.licence = text_view("", self.tr("Licence"))
        self.licence.setProperty("fixed", "true")
        self.copy_button = button(self.tr("&Copy"), self._copy, icon="copy")
        self.copy_button.setEnabled(False)
        self.close_button = button(self.tr("Close"), self.reject)
        head = line(mark, spacing=16)
        head.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addSpacing(8)
        column.addWidget(plain_label(self.tr("Data folder"), tone="strong"))
        column.addWidget(folder)
        column.addSpacing(8)
        column.addWidget(plain_label(self.tr("What ships with it"), tone="strong"))
        column.addWidget(self.table, 3)
        column.addWidget(self.licence, 2)
        column.addLayout(line(self.copy_button, None, self.close_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        # Licences are wrapped already: a narrower box would wrap each line once more.
        self.licence.ensurePolished()
        wide = self.licence.fontMetrics().horizontalAdvance("0") * _COLUMNS + 3 * em + 48
        self.resize(
            min(max(em * 40, wide), room.width() * 9 // 10), min(em * 42, room.height() * 9 // 10)
        )
        self.close_button.setFocus()
        runner.submit(partial(jobs.about, ws), self._told, owner=self)

    def _dress_table(self, table: QTableWidget) -> None:
        table.setAccessibleName(self.tr("What ships with it"))
        table.setProperty("padded", "true")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for place in range(3):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        table.currentCellChanged.connect(lambda row, *_: self._show_licence(row))

    def _told(self, outcome: Outcome) -> None:
        about: About | None = outcome.value
        if about is None:
            return
        self._about = about
        self.table.setRowCount(len(about.components))
        for row, each in enumerate(about.components):
            for place, text in enumerate((each.name, each.version, each.licence)):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text))
                self.table.setItem(row, place, item)
        self.table.setCurrentCell(0, 0)
        self.copy_button.setEnabled(True)

    def _show_licence(self, row: int) -> None:
        if self._about is not None and 0 <= row < len(self._about.components):
            each = self._about.components[row]
            self.licence.setPlainText(each.text)
            self.licence.setAccessibleName(self.tr("Licence of {0}").format(each.name))

    def _copy(self) -> None:
        """All of it but the licences' texts."""
        if self._about is None:
            return
        about = self._about
        folder = for_others({"folder": about.folder})["folder"]
        lines = [f"smtpwizard {about.version}", about.system, folder, ""]
        lines += [f"{each.name} {each.version}: {each.licence}" for each in about.components]
        QGuiApplication.clipboard().setText("\n".join(lines))
        say_done(self.copy_button, self.tr("Copied"))
