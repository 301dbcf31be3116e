"""The page of the connectors: actions, filter, chips, the table, and the bar of the selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.console import connector_words as words
from smtpwizard.gui.console.connector_model import ConnectorModel
from smtpwizard.gui.console.connector_table import FIXED, ConnectorTable
from smtpwizard.gui.console.menus import give_letters
from smtpwizard.gui.console.selection_bar import SelectionBar
from smtpwizard.gui.console.state_chips import StateChips
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label
from smtpwizard.gui.widgets.empty_state import EmptyState
from smtpwizard.gui.widgets.icons import dress
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.list_rows import Kind, ListRow

# A search is announced once nobody types any more, ms.
ANNOUNCE_AFTER_MS = 700
# So many letters of a search are repeated where nothing was found.
MAX_WORDS = 40


class ConnectorsPage(QWidget):
    """Shows rows and tells what is wanted.

    `opened` comes with the id of the connector that is to be shown on its own, `selection_changed`
    with every change of what is selected, `arranged` when columns, order or filter have changed.
    The buttons are wired by whoever knows what they do.
    """

    opened = Signal(str)
    selection_changed = Signal()
    arranged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = ConnectorModel()
        # The id of the connector that is open on its own, if one is.
        self.alone: Callable[[], str] = str
        self.table = ConnectorTable(self.model)
        self._build_buttons()
        self.filter_edit = self._build_filter()
        self.columns_button = self._build_columns()
        self.chips = StateChips()
        self.checked_label = plain_label(tone="quiet", wrap=False)
        self._of: int | None = None
        self.nothing = EmptyState(
            "search",
            self.tr("No connector fits"),
            self.tr("Nothing here has these words or this state."),
            self.tr("C&lear the filter"),
            self.clear_filter,
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.nothing)
        self.bar = SelectionBar(self._for_chosen(), self.clear_button)
        self.bar.pressed.connect(self.table.setFocus)
        self._lay_out()
        self.table.activated.connect(lambda index: self.opened.emit(self.model.row(index.row()).id))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._selection_changed())
        self.table.arranged.connect(self.arranged)
        self.table.menu_wanted.connect(self._show_menu)
        self.chips.chosen.connect(lambda _: self._filter())
        self._announcing = QTimer(self)
        self._announcing.setSingleShot(True)
        self._announcing.setInterval(ANNOUNCE_AFTER_MS)
        self._announcing.timeout.connect(self._announce_count)

    def _build_buttons(self) -> None:
        self.new_button = button(self.tr("&New"), _nothing)
        dress(self.new_button, "plus", "on_accent")
        self.verify_all_button = button(self.tr("Verify &all"), _nothing, icon="again")
        self.more_button = QPushButton(self.tr("&More"))
        self.more_button.setAutoDefault(False)
        self.more_button.setProperty("opens", "menu")
        self.edit_button = button(self.tr("E&dit"), _nothing, icon="edit")
        self.verify_button = button(self.tr("Verif&y"), _nothing, icon="again")
        self.send_button = button(self.tr("Send &test email"), _nothing, icon="send")
        self.default_button = button(self.tr("Set as defa&ult"), _nothing, icon="crown")
        self.case_button = button(self.tr("Save a case…"), _nothing, icon="case")
        self.remove_button = button(self.tr("&Remove"), _nothing, icon="trash", danger=True)
        self.clear_button = button(
            "", _nothing, name=self.tr("Clear the selection"), icon="close", quiet=True
        )

    def _for_chosen(self) -> tuple[QPushButton, ...]:
        """As they stand in the bar: what is wanted most keeps its place in a narrow window."""
        return (
            self.verify_button,
            self.edit_button,
            self.remove_button,
            self.case_button,
            self.send_button,
            self.default_button,
        )

    def _build_filter(self) -> QLineEdit:
        edit = _FilterEdit()
        edit.setAccessibleName(self.tr("Filter connectors"))
        edit.setAccessibleDescription(self.tr("By name, description, server, user or cause"))
        edit.setPlaceholderText(self.tr("Filter connectors"))
        edit.setClearButtonEnabled(True)
        edit.setAcceptDrops(False)  # a file is dropped on the window
        for clear in edit.findChildren(QToolButton):
            clear.setAccessibleName(self.tr("Clear the filter"))
        self._glass = QAction(edit)
        edit.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        for each in edit.findChildren(QToolButton):
            if not each.accessibleName():
                each.setAccessibleName(self.tr("Filter"))
                dress(each, "search", "muted")
        em = self.fontMetrics().height()
        wide = edit.fontMetrics().horizontalAdvance(edit.placeholderText()) + em * 5  # two icons
        edit.setMinimumWidth(em * 8)
        edit.setMaximumWidth(max(em * 15, wide))
        edit.textChanged.connect(lambda _: self._filter())
        return edit

    def _build_columns(self) -> QToolButton:
        out = QToolButton()
        out.setProperty("framed", "true")
        out.setAccessibleName(self.tr("Columns"))
        out.setToolTip(self.tr("Columns"))
        out.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        out.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        dress(out, "columns")
        return out

    def _lay_out(self) -> None:
        actions = line(
            self.new_button,
            self.verify_all_button,
            self.more_button,
            None,
            self.filter_edit,
            self.columns_button,
        )
        actions.setStretchFactor(self.filter_edit, 100)  # as wide as it may be, then what is left
        states = line(self.chips, self.checked_label)
        states.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        column.setSpacing(12)
        column.addLayout(actions)
        column.addLayout(states)
        column.addWidget(self._stack, 1)
        column.addWidget(self.bar)
        column.setSpacing(12)

    # -- rows ---------------------------------------------------------------------------------

    def show_rows(
        self,
        rows: Sequence[ListRow],
        texts: Mapping[str, str] | None = None,
        of: int | None = None,
    ) -> None:
        """Show these rows, where others are still read those `of` so many; selection, current row
        and what is in sight stay."""
        self._of = of
        place = self.table.kept_place()
        if self.model.show_rows(rows, texts):
            self.table.restore_place(place, top_stays=True)
        self.table.fit_names()
        self._rows_changed()

    def change_rows(self, rows: Sequence[ListRow]) -> None:
        """Show these in place of the rows with their ids, where those stand."""
        self.model.change_rows(rows)
        self._rows_changed()

    def skip_rows(self, reasons: Mapping[str, str]) -> None:
        """Say in the rows of these, by id, why they were skipped."""
        self.model.skip(reasons)

    def show_skipped(self) -> None:
        """Show what was skipped, and why, by the filter: who is done clears it."""
        self.filter_edit.setText(words.skipped_word())
        self.show_kind(None)
        self.table.choose([row.id for row in self.model.rows])
        self.table.setFocus()

    def resort(self) -> None:
        """Put changed rows where they belong."""
        place = self.table.kept_place()
        if self.model.refilter():
            self.table.restore_place(place, top_stays=True)
        self._rows_changed()

    def _rows_changed(self) -> None:
        self.chips.show_counts(self.model.count_found())
        self._show_checked()
        self._show_state()

    def _show_checked(self) -> None:
        """Beside the states: how many are found of a filter, else when was tested last."""
        newest = max((row.at or "" for row in self.model.all_rows), default="")
        checked = words.when_text(newest)
        text = self.tr("Last test: {0}").format(_lower(checked)) if checked else ""
        if self.filter_edit.text().strip():
            text = self._count_text()
        if self._of is not None:
            text = self.tr("Reading… {0} of {1}").format(len(self.model.all_rows), self._of)
        self.checked_label.setText(text)

    def _count_text(self) -> str:
        shown, all_of_them = len(self.model.rows), len(self.model.all_rows)
        return self.tr("{0} of {1} connectors").format(shown, all_of_them)

    def select(self, identifier: str) -> None:
        """Select one connector and bring it into sight; the filter gives way where it hides it."""
        if self.model.row_of(identifier) < 0 and any(
            row.id == identifier for row in self.model.all_rows
        ):
            self.clear_filter()
        self.table.choose([identifier], identifier)
        self.table.scrollTo(self.table.currentIndex())

    def chosen(self) -> list[ListRow]:
        """What is acted on: the connector that is open on its own, whether the filter hides it or
        not, else the selected rows, from top to bottom."""
        alone = self.alone()
        if alone:
            return [row for row in self.model.all_rows if row.id == alone]
        return self._selected_rows()

    def _selected_rows(self) -> list[ListRow]:
        return [self.model.row(self.model.row_of(each)) for each in self.table.chosen()]

    def selected(self) -> ListRow | None:
        """The one that is acted on alone; None for none or several."""
        rows = self.chosen()
        return rows[0] if len(rows) == 1 else None

    def _selection_changed(self) -> None:
        self.table.horizontalHeader().viewport().update()
        self._show_state()
        self.selection_changed.emit()

    def _show_state(self) -> None:
        rows = self._selected_rows()
        one = len(rows) == 1
        for push in (self.edit_button, self.send_button, self.case_button):
            push.setEnabled(one)
        self.default_button.setEnabled(one and not rows[0].default)
        self.bar.show_count(len(rows), [push for push in self._for_chosen() if push.isEnabled()])
        nothing = bool(self.model.all_rows) and not self.model.rows
        if nothing:
            self._say_nothing_fits()
        self._stack.setCurrentIndex(1 if nothing else 0)

    # -- filter -------------------------------------------------------------------------------

    def _filter(self) -> None:
        place = self.table.kept_place()
        if self.model.filter(self.filter_edit.text(), self.chips.kind):
            self.table.restore_place(place)
            self.table.show_found(place)
            if not self.table.chosen_count():  # which Qt says nothing of
                self.selection_changed.emit()
        self.chips.show_counts(self.model.count_found())
        self._show_checked()
        self._show_state()
        self._announcing.start()
        self.arranged.emit()

    def _say_nothing_fits(self) -> None:
        words = clean_text(self.filter_edit.text().strip(), MAX_WORDS)
        title = self.tr("No connector contains “{0}”").format(words)
        self.nothing.title.setText(title if words else self.tr("No connector fits"))
        text = self.tr("It looks into name, description, server, user, status and cause.")
        if self.chips.kind is not None:
            text = self.tr("Nothing here has these words and this state.")
            if not words:
                text = self.tr("Nothing here has this state.")
        self.nothing.text.setText(text)

    def show_kind(self, kind: Kind | None) -> None:
        """Show the connectors of one kind, or all."""
        self.chips.show_kind(kind)
        self._filter()

    def clear_filter(self) -> None:
        """Show everything again."""
        before = self.filter_edit.blockSignals(True)
        self.filter_edit.clear()
        self.filter_edit.blockSignals(before)
        self.show_kind(None)
        self.table.setFocus()

    def focus_filter(self) -> None:
        self.filter_edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_edit.selectAll()

    def _announce_count(self) -> None:
        announce(self.table, self._count_text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """From the filter, Down goes to the table, and Esc clears it."""
        if self.filter_edit.hasFocus():
            if event.key() == Qt.Key.Key_Down:
                self._go_to_rows()
                return
            if event.key() == Qt.Key.Key_Escape and self.filter_edit.text():
                self.filter_edit.clear()
                return
        super().keyPressEvent(event)

    def _go_to_rows(self) -> None:
        """From the filter to what it has found, the first row unless another is selected."""
        if not self.model.rows:
            self.nothing.button.setFocus()
            return
        if not self.table.chosen_count():
            self.table.choose([self.model.rows[0].id])
        self.table.setFocus()

    # -- arrangement --------------------------------------------------------------------------

    def column_menu(self, parent: QWidget) -> QMenu:
        """The columns, to show or hide each."""
        menu = QMenu(self.tr("Co&lumns"), parent)
        menu.setAccessibleName(self.tr("Columns"))
        names = words.column_names()
        for column, name in enumerate(names):
            if column in FIXED:
                continue
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(self.table.is_shown(column))
            action.toggled.connect(
                lambda on, column=column: self.table.show_column(column, shown=on)
            )
        menu.aboutToShow.connect(lambda: self._show_columns(menu))
        return menu

    def _show_columns(self, menu: QMenu) -> None:
        """What folds away in a narrow window is not ticked, and says why."""
        columns = [c for c in range(len(words.KEYS)) if c not in FIXED]
        names = words.column_names()
        for column, action in zip(columns, menu.actions(), strict=False):
            fits = self.table.has_room(column)
            name = names[column]
            action.setText(name if fits else self.tr("{0} – the window is too narrow").format(name))
            action.setEnabled(fits)
            before = action.blockSignals(True)
            action.setChecked(self.table.is_shown(column) and fits)
            action.blockSignals(before)

    def sort_menu(self, parent: QWidget) -> QMenu:
        """The columns, to sort by each; by the same once more, the other way round."""
        menu = QMenu(self.tr("S&ort by"), parent)
        menu.setAccessibleName(self.tr("Sort by"))
        for column, name in enumerate(words.column_names()):
            if column != words.TICK:
                action = menu.addAction(name)
                action.setData(column)
                action.setCheckable(True)
                action.triggered.connect(lambda _, column=column: self.table.sort_or_turn(column))
        give_letters(menu)
        menu.aboutToShow.connect(lambda: self._show_order(menu))
        return menu

    def _show_order(self, menu: QMenu) -> None:
        for action in menu.actions():
            action.setChecked(action.data() == self.model.sorted_by[0])

    def arrangement(self) -> dict[str, Any]:
        """Columns, order, filter and height of the rows, as they are kept."""
        kind, text = self.chips.kind, self.filter_edit.text()
        return {
            "columns": self.table.arrangement(),
            # What was skipped is not remembered: nothing would be found.
            "filter": text if text != words.skipped_word() else "",
            "show": kind.value if kind is not None else "",
            "compact": self.table.delegate.compact,
        }

    def arrange(self, kept: Mapping[str, Any]) -> None:
        """Take over what was kept, as far as it makes sense."""
        columns = kept.get("columns")
        if isinstance(columns, Mapping):
            self.table.arrange(columns)
        if kept.get("compact") is True:
            self.table.set_compact(True)
        text, kind = kept.get("filter"), kept.get("show")
        before = self.filter_edit.blockSignals(True)
        self.filter_edit.setText(text[:200] if isinstance(text, str) else "")
        self.filter_edit.blockSignals(before)
        known = {each.value: each for each in Kind}
        self.chips.show_kind(known.get(kind) if isinstance(kind, str) else None)
        self.model.filter(self.filter_edit.text(), self.chips.kind)
        self._show_checked()

    # -- menus and zones ----------------------------------------------------------------------

    def set_menus(self, for_chosen: QMenu, columns: QMenu) -> None:
        """What is offered for the selected connectors, and the columns."""
        self._menu = for_chosen
        self.more_button.setMenu(for_chosen)
        self.bar.set_menu(for_chosen)
        self.columns_button.setMenu(columns)
        self.table.horizontalHeader().customContextMenuRequested.connect(
            lambda at: columns.popup(self.table.horizontalHeader().mapToGlobal(at))
        )

    def _show_menu(self, place: Any) -> None:
        if self.table.selectionModel().hasSelection():
            self._menu.popup(place)

    def zones(self) -> list[QWidget]:
        """Where F6 leads to, one after the other."""
        pressed = self.chips.chips[self.chips.kind]
        table = self.nothing.button if self._stack.currentIndex() else self.table
        bar = next(
            (push for push in self._for_chosen() if push.isVisible() and push.isEnabled()), None
        )
        found: list[QWidget] = [self.new_button, self.filter_edit, pressed, table]
        return found + ([bar] if bar is not None else [])


class _FilterEdit(QLineEdit):
    """Has Esc for itself as long as there is something to clear, whatever else it may do."""

    def event(self, event: QEvent) -> bool:
        wanted = event.type() == QEvent.Type.ShortcutOverride and bool(self.text())
        if wanted and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)


def _nothing() -> None:
    """What a button does is said by whoever knows."""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
