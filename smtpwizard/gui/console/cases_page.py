"""*Cases*: those that are open as a list, and one of them as a place to work."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from smtpwizard.gui.cases.case_list import CaseList
from smtpwizard.gui.cases.opened_case import CaseInHand, OpenedCaseView
from smtpwizard.gui.console.place import Inside, Place, Surroundings
from smtpwizard.gui.widgets.elements import button, line, plain_label, set_next_step
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.messages.cases import tested_text
from smtpwizard.usecases.open_case import OpenedCase


class CasesPage(Place):
    """Keeps what was opened, and what was done with it, until it is closed or the program ends.

    A case belongs to no project: another one's page goes on with what is `in_hand`.
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around.within)
        self._around = around
        self._views: dict[str, OpenedCaseView] = {}
        self._at: str | None = None
        self._list_page = QWidget()
        self.open_button = button(
            self.tr("&Open a case or an answer…"), around.window.choose_file, icon="folder"
        )
        self.list = CaseList(self.tr("Open cases"))
        self.list.activated.connect(lambda index: self.turn_to(self._keys()[index.row()]))
        self.empty = EmptyState(
            "case",
            self.tr("No case is open"),
            self.tr(
                "A case is a customer's failed test as a file; an answer is what support sends "
                "back. Open one, or drop it anywhere on this window."
            ),
            self.tr("&Open a case or an answer…"),
            around.window.choose_file,
        )
        hint = self.tr("Or drop a file anywhere on this window. Nothing of it leaves.")
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        top = line(self.open_button, plain_label(hint, tone="quiet"), spacing=12)
        top.setStretch(1, 1)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        self._lists = QStackedWidget(self._list_page)
        self._lists.addWidget(self.empty)
        self._lists.addWidget(filled)
        inner = QVBoxLayout(self._list_page)
        inner.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        inner.addWidget(self._lists)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._list_page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    # -- what is open -------------------------------------------------------------------------

    @property
    def view(self) -> OpenedCaseView | None:
        """The case that is turned to; None where the list is."""
        return self._views.get(self._at) if self._at is not None else None

    @property
    def in_hand(self) -> Sequence[CaseInHand]:
        """The open cases, the newest first."""
        return [self._views[key].in_hand for key in self._keys()]

    def _keys(self) -> Sequence[str]:
        return list(reversed(self._views))

    def add(self, case: OpenedCase, file_name: str) -> None:
        """Take a case in, and turn to it; one that is open already is turned to as it is."""
        if case.sha256 not in self._views:
            self._take_in(CaseInHand(case, file_name))
        self.turn_to(case.sha256)

    def take_over(self, cases: Sequence[CaseInHand]) -> None:
        """Go on with the cases of another project's page."""
        for in_hand in reversed(cases):
            self._take_in(in_hand)
        self._show_list()

    def _take_in(self, in_hand: CaseInHand) -> None:
        key = in_hand.case.sha256
        view = OpenedCaseView(self._around.ws, self._around.runner, in_hand, self.stack)
        view.closed.connect(lambda: self._close(key))
        view.back.connect(self.go_out)
        view.changed.connect(self._show_list)
        view.others = lambda: self.in_hand
        self._views[key] = view
        self.stack.addWidget(view)
        self.counted.emit(len(self._views))

    def _close(self, key: str) -> None:
        view = self._views.pop(key)
        self.stack.removeWidget(view)
        view.hide()
        view.buttons.deleteLater()  # the head has them
        view.deleteLater()
        self.counted.emit(len(self._views))
        self.go_out()

    # -- what is shown ------------------------------------------------------------------------

    def turn_to(self, key: str) -> None:
        """Show one of the open cases."""
        self._at = key
        self.stack.setCurrentWidget(self._views[key])
        self._turned()

    def go_out(self) -> None:
        self._at = None
        self._show_list()
        self.stack.setCurrentWidget(self._list_page)
        self._turned()

    def _turned(self) -> None:
        self.headed.emit()
        if self.isVisible():
            set_next_step(self.next_step(), self.window())
            self.take_focus()

    def _show_list(self) -> None:
        row = self.list.currentIndex().row()
        self._lists.setCurrentIndex(1 if self._views else 0)
        self.list.cases.show_cases(self.in_hand)
        if self._views:
            self.list.setCurrentIndex(self.list.cases.index(min(max(row, 0), len(self._views) - 1)))

    # -- Place --------------------------------------------------------------------------------

    def inside(self) -> Inside | None:
        view = self.view
        if view is None:
            return None
        return Inside(
            *(view.in_hand.file_name, view.case.name, self.tr("A customer's case, read only")),
            below=tested_text(view.case.manifest),
            buttons=view.buttons,
        )

    def arrive(self) -> None:
        if self.view is None:
            self._show_list()

    def take_focus(self) -> None:
        if self.view is not None:
            self.view.take_focus()
        else:
            (self.list if self._views else self.empty.button).setFocus()

    def zones(self) -> list[QWidget]:
        if self.view is not None:
            return self.view.zones()
        return [self.open_button, self.list] if self._views else [self.empty.button]

    def next_step(self) -> QPushButton | None:
        if self.view is not None:
            return self.view.next_step()
        return None if self._views else self.empty.button

    def at_stake(self) -> tuple[str, str]:
        count = sum(in_hand.is_unfinished for in_hand in self.in_hand)
        if not count:
            return "", ""
        text = (
            self.tr("The answer to a case is not saved. Quit anyway?")
            if count == 1
            else self.tr("The answers to {0} cases are not saved. Quit anyway?").format(count)
        )
        return text, self.tr("They are under Cases. Write the answer… saves one.")
