"""The open cases as a list of two lines each: from which file, whose, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from smtpwizard.gui.cases.opened_case import CaseInHand
from smtpwizard.gui.results.stages import TONES
from smtpwizard.gui.widgets.elements import plain_tip
from smtpwizard.gui.widgets.style import colour
from smtpwizard.gui.widgets.two_lines import (
    ICON,
    SECOND,
    Index,
    Role,
    TwoLineDelegate,
    TwoLineList,
    small,
)
from smtpwizard.messages.cases import ended_text

ASIDE = ICON + 1
_MARKS = {"passed": "passed", "failed": "failed", "unknown": "warning"}
_NO_INDEX = QModelIndex()


class CaseModel(QAbstractListModel):
    """Cases in the order in which they were opened, the newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: Sequence[CaseInHand] = ()

    def show_cases(self, cases: Sequence[CaseInHand]) -> None:
        self.beginResetModel()
        self.cases = cases
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.cases)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        in_hand = self.cases[index.row()]
        report = in_hand.case.recording.report
        # Its name may be a stand-in, the same in each.
        ended = self.tr("{0} – {1}").format(in_hand.case.name, ended_text(report))
        if role == Role.DisplayRole:
            return in_hand.file_name
        if role == SECOND:
            return ended
        if role == Role.ToolTipRole:
            return plain_tip(f"{in_hand.file_name}\n{ended}")
        if role == ICON:
            return _MARKS[TONES[report.verdict]]
        if role == ASIDE:
            if in_hand.answered:
                return self.tr("Answer saved")
            return self.tr("Answer not saved") if in_hand.is_unfinished else ""
        if role == Role.AccessibleTextRole:
            return ", ".join(filter(None, (in_hand.file_name, ended, str(index.data(ASIDE)))))
        return None


class CaseDelegate(TwoLineDelegate):
    """Paints one case: how it ended as a mark, the words, and what became of the answer."""

    def paint_right(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> int:
        rect, text = option.rect, str(index.data(ASIDE))
        painter.setFont(small(option))
        painter.setPen(colour("muted"))
        right = rect.right() - 14
        width = painter.fontMetrics().horizontalAdvance(text)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(rect.left(), rect.top(), right - rect.left(), rect.height()),
                         int(flags), text)  # fmt: skip
        return right - width - 12


class CaseList(TwoLineList):
    """The list itself; Enter and a double click open a case."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.cases = CaseModel()
        self.setModel(self.cases)
        self.setItemDelegate(CaseDelegate(self))
