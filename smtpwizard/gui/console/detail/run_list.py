"""The recorded runs of one connector as a list of two lines each; two of them carry A and B."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from smtpwizard.gui.widgets.elements import plain_tip
from smtpwizard.gui.widgets.style import colour
from smtpwizard.gui.widgets.two_lines import (
    ICON,
    SECOND,
    Index,
    Role,
    TwoLineDelegate,
    TwoLineList,
    bold,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import took_text
from smtpwizard.messages.history import (
    reason_text,
    stage_name,
    verdict_word,
)
from smtpwizard.messages.moments import told_apart
from smtpwizard.messages.rights import asked_text
from smtpwizard.model.report import Stage, Verdict
from smtpwizard.usecases.rights import was_allowed

if TYPE_CHECKING:
    from smtpwizard.model.run import Summary

TOOK, SIDE = ICON + 1, ICON + 2
MARKS = {
    Verdict.SENT: "passed",
    Verdict.LET_IN: "passed",
    Verdict.PASSED: "passed",
    Verdict.UNKNOWN: "warning",
    Verdict.INTERRUPTED: "stop",
    Verdict.STOPPED: "failed",
}
_NO_INDEX = QModelIndex()


class RunModel(QAbstractListModel):
    """Summaries, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: Sequence[Summary] = ()
        self._told_apart: frozenset[Stage] = frozenset()
        self._sides: dict[int, str] = {}

    def show_runs(self, runs: Sequence[Summary]) -> None:
        self.beginResetModel()
        self.runs = runs
        self._sides = {}
        causes: dict[Stage, set[tuple[str, str]]] = {}
        for run in runs:
            if run.stage is not None and run.asked_as is None:
                first = run.causes[0] if run.causes else ""
                causes.setdefault(run.stage, set()).add((first, run.told_by))
        self._told_apart = frozenset(stage for stage, found in causes.items() if len(found) > 1)
        self.endResetModel()

    def when(self, row: int, *, within: bool = False) -> str:
        """When a run was; two of one minute or second are told apart."""
        now = datetime.now().astimezone()
        return told_apart([run.at for run in self.runs], now, within=within)[row]

    def show_sides(self, older: int | None, newer: int | None) -> None:
        """Mark two rows as A and B; None: neither."""
        sides = {} if older is None or newer is None else {older: "A", newer: "B"}
        changed = {*sides, *self._sides}
        self._sides = sides
        for row in changed:
            self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        run, row = self.runs[index.row()], index.row()
        if role == Role.DisplayRole:
            return self.when(row)
        if role == SECOND:  # the reason, where others stopped there for another one
            test = run.asked_as is None
            return self._result(row, whole=test and run.stage in self._told_apart)
        if role == Role.ToolTipRole:
            return plain_tip(f"{self._result(row, whole=True)}, {took_text(run.duration_ms)}")
        if role == ICON:
            return MARKS[run.verdict]
        if role == TOOK:
            return took_text(run.duration_ms)
        if role == SIDE:
            return self._sides.get(row, "")
        if role == Role.AccessibleTextRole:
            parts = [
                self.when(row),
                self._result(row, whole=True),
                took_text(run.duration_ms),
            ]
            side = {"A": self.tr("A, the older one"), "B": self.tr("B, the newer one")}
            parts.append(side.get(self._sides.get(row, ""), ""))
            return ", ".join(filter(None, parts))
        return None

    def asked(self, row: int) -> str:
        """What a run says of the sender that it was asked about; empty for a test."""
        run = self.runs[row]
        return asked_text(run.asked_as, was_allowed(run)) if run.asked_as is not None else ""

    def _result(self, row: int, *, whole: bool) -> str:
        run, asked = self.runs[row], self.asked(row)
        if asked and not whole:
            return asked
        said = self._ending(run, whole=whole)
        return self.tr("{0}. {1}").format(asked, said) if asked else said

    def _ending(self, run: Summary, *, whole: bool) -> str:
        if run.stage is None:
            word = verdict_word(run.verdict)
            return word[:1].upper() + word[1:]
        stage = stage_name(run.stage, Face.WINDOW)
        unknown = run.verdict is Verdict.UNKNOWN
        said = (self.tr("Nobody knows: {0}") if unknown else self.tr("Failed at {0}")).format(stage)
        if not whole:
            return said
        cause = run.causes[0] if run.causes else None
        reply = run.reply.text if run.reply is not None else ""
        reason = reason_text(cause, run.told_by, reply)
        return self.tr("{0}: {1}").format(said, reason) if reason else said


class RunDelegate(TwoLineDelegate):
    """Paints one run: mark, when, how it ended, which side it is, how long it took."""

    margin = 7
    words_at = 40

    def is_strong(self, index: Index) -> bool:
        return bool(index.data(SIDE))

    def paint_right(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> int:
        """Time and side; the time gives way to when it was."""
        rect, metrics = option.rect, option.fontMetrics
        took = str(index.data(TOOK))
        right = rect.right() - 12
        side = index.data(SIDE)
        took_room = max(metrics.horizontalAdvance(took), metrics.horizontalAdvance("00.0 s")) + 12
        taken = 40 + took_room + (metrics.height() + 14 if side else 0)
        when = QFontMetrics(bold(option)).horizontalAdvance(str(index.data(Role.DisplayRole)))
        if taken + when > right - rect.left():
            took, took_room = "", 0
        painter.setFont(option.font)
        painter.setPen(colour("muted"))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(rect.left(), rect.top(), right - rect.left(), rect.height()),
                         int(flags), took)  # fmt: skip
        right -= took_room
        if side:
            width = metrics.height() + 6
            box = QRect(right - width, rect.center().y() - width // 2 + 1, width, width)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(colour("outline"))
            painter.setBrush(colour("surface"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(colour("text"))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), side)
            right -= width + 8
        return right


class RunList(TwoLineList):
    """The list itself; one run is looked at, two are compared."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.runs = RunModel()
        self.setModel(self.runs)
        self.setItemDelegate(RunDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def chosen(self) -> list[int]:
        """The selected rows, newest first."""
        return sorted({index.row() for index in self.selectionModel().selectedIndexes()})
