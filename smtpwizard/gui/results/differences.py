"""Two sides beside each other: only what differs, grouped, counted, and what it means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QIcon, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from smtpwizard.gui.widgets.elements import announce, button, card, plain_label, plain_tip
from smtpwizard.gui.widgets.icons import IconLabel, pixmap
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.style import colour
from smtpwizard.messages.comparing import difference_text, meaning_text, part_title
from smtpwizard.messages.face import Face
from smtpwizard.model.report import Status

if TYPE_CHECKING:
    from smtpwizard.cases.compare import Difference

_HEADING = Qt.ItemDataRole.UserRole + 1
_ICON = Qt.ItemDataRole.UserRole + 2
_MARKS = {
    Status.PASSED.value: "passed",
    Status.FAILED.value: "failed",
    Status.UNKNOWN.value: "warning",
    Status.NOT_REACHED.value: "untested",
    Status.SKIPPED.value: "arrow",
}
_PAD = 8
_LONG = re.compile(r"(\S{22})(?=\S)")


def breakable(text: str) -> str:
    """The text with places to break at in what has no blank: replies, names, fingerprints."""
    return _LONG.sub("\\1\u200b", text)


class RunSide(NamedTuple):
    """One of the two: when it was, how it ended, and its mark."""

    when: str
    within: str
    """The same within a sentence."""
    result: str
    icon: str


class _Cells(QStyledItemDelegate):
    """The newer side on a tinted ground, a mark before the result of a stage."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        rect = option.rect
        heading = bool(index.data(_HEADING))
        if not heading:
            painter.setPen(colour("line"))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(4, 3, -4, -4)
        if index.column() == 2 and not heading:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("warning_soft"))
            painter.drawRoundedRect(inner, 4, 4)
        words = inner.adjusted(_PAD - 2, 3, -4, -3)
        icon = index.data(_ICON)
        if icon:
            ground = "warning_soft" if index.column() == 2 else "surface"
            ratio = option.widget.devicePixelRatioF() if option.widget is not None else 1.0
            mark = pixmap(icon, px=16, ground=ground, ratio=ratio)
            painter.drawPixmap(words.left(), words.top() + 1, mark)
            words.setLeft(words.left() + 24)
        font = option.font
        if index.column() == 0 and not heading:
            font.setBold(True)
        painter.setFont(font)
        painter.setPen(colour("muted" if heading else "text"))
        bottom = Qt.AlignmentFlag.AlignBottom if heading else Qt.AlignmentFlag.AlignTop
        flags = int(bottom) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(words, flags, breakable(str(index.data())))
        painter.restore()


class DifferencesView(QFrame):
    """What differs between run A and run B, or between two others (`show_two`)."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.heading = plain_label(self.tr("What differs"), heading="section")
        self.count = Pill()
        self.copy_button = button(self.tr("Copy as te&xt"), self.copy, icon="copy", quiet=True)
        self.table = self._build_table()
        self.table.horizontalHeader().sectionResized.connect(lambda *_: self._fit())
        self.meaning = plain_label()
        self._text = ""
        self._icons: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 10, 1, 1)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 10, 8)
        head.setSpacing(8)
        head.addWidget(self.heading, 1)
        head.addWidget(self.count, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.copy_button)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        self.foot = card("sunken")
        row = QHBoxLayout(self.foot)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(10)
        row.addWidget(IconLabel("info", ground="sunken"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.meaning, 1)
        column.addWidget(self.foot)

    def _build_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setAccessibleName(self.tr("What differs"))
        table.setItemDelegate(_Cells(table))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(True)
        table.setCornerButtonEnabled(False)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(10)
        table.setProperty("plain", "true")
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        return table

    def show_differences(
        self, found: Sequence[Difference], of: int, meaning: str, a: RunSide, b: RunSide
    ) -> None:
        """Show these of so many facts; A is the older one."""
        heads = [
            self.tr("{0}  {1}\n{2}").format(name, side.when, side.result)
            for name, side in (("A", a), ("B", b))
        ]
        self._icons = (a.icon, b.icon)
        self.count.say(self.tr("{0} of {1} facts").format(len(found), of))
        pairs = [(each.part, each.what) for each in found]
        self.meaning.setText(meaning_text(meaning, pairs, a.within, b.within))
        self._show(found, heads, [f"A: {a.when}, {a.result}", f"B: {b.when}, {b.result}"])

    def show_two(self, found: Sequence[Difference], first: str, second: str, words: str) -> None:
        """Show what differs between these two, with a sentence about it under them."""
        self.count.hide()
        self.meaning.setText(words)
        self.foot.setVisible(bool(words))
        self._show(found, [first, second], [f"A: {first}", f"B: {second}"])

    def _show(self, found: Sequence[Difference], heads: list[str], lines: list[str]) -> None:
        self.table.setHorizontalHeaderLabels(["", *heads])
        self._draw_heads()
        self.table.clearSpans()
        self.table.setRowCount(0)
        part = ""
        for each in found:
            if each.part != part:
                part = each.part
                self._add_heading(part_title(part))
                lines += ["", part_title(part)]
            cells = difference_text(Face.WINDOW, *each)
            self._add_row(cells, (each.a, each.b) if each.part == "stages" else (None, None))
            lines.append("  {}: {} → {}".format(*cells))
        self._text = "\n".join([*lines, "", self.meaning.text()])
        self._fit()
        said = (self.count.label.text(), self.meaning.text())
        announce(self.table, ". ".join(filter(None, said)))

    def _draw_heads(self) -> None:
        for column, icon in enumerate(self._icons, 1):
            item = self.table.horizontalHeaderItem(column)
            if item is not None:
                ratio = self.devicePixelRatioF()
                item.setIcon(QIcon(pixmap(icon, ground="sunken", ratio=ratio)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            # Once the icons are those of the other theme.
            QTimer.singleShot(0, self, self._draw_heads)

    def _add_heading(self, text: str) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column in range(3):  # those that it covers have to have a name as well
            item = QTableWidgetItem(text)
            item.setData(_HEADING, True)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.table.setItem(row, column, item)
        self.table.setSpan(row, 0, 1, 3)

    def _add_row(self, cells: Sequence[str], values: tuple[object, object]) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setToolTip(plain_tip(text))
            if column:
                value = values[column - 1]
                item.setData(_ICON, _MARKS.get(str(value), ""))
            self.table.setItem(row, column, item)

    def _fit(self) -> None:
        """Every row as high as its words."""
        metrics = self.table.fontMetrics()
        for row in range(self.table.rowCount()):
            heights = [metrics.height()]
            first = self.table.item(row, 0)
            if first is not None and first.data(_HEADING):
                self.table.setRowHeight(row, metrics.height() + 22)
                continue
            for column in range(3):
                item = self.table.item(row, column)
                if item is not None:
                    # A scroll bar that comes later takes its share of what stretches.
                    around = 28 if column else 18
                    icon = 24 if item.data(_ICON) else 0
                    width = self.table.columnWidth(column) - around - icon
                    bold = QFont(self.table.font())
                    bold.setBold(column == 0)
                    metrics = QFontMetrics(bold)
                    flags = int(Qt.TextFlag.TextWordWrap)
                    room = QRect(0, 0, max(width, 40), 10_000)
                    heights.append(
                        metrics.boundingRect(room, flags, breakable(item.text())).height()
                    )
            self.table.setRowHeight(row, max(heights) + 16)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        em = self.fontMetrics().height()
        named = min(max(event.size().width() * 3 // 10, em * 8), em * 16)
        self.table.setColumnWidth(0, named)
        self._fit()

    def copy(self) -> None:
        """The comparison as text, for a ticket."""
        QGuiApplication.clipboard().setText(self._text)
        announce(self.copy_button, self.tr("Copied"))
