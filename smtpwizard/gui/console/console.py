"""All that the window's frame holds: pages, head, navigation, menus, and how they go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QStackedWidget, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.batch_verification import BatchVerification
from smtpwizard.gui.console.closing import Closing
from smtpwizard.gui.console.connector_model import search_texts
from smtpwizard.gui.console.connector_verbs import ConnectorVerbs
from smtpwizard.gui.console.connectors_page import ConnectorsPage
from smtpwizard.gui.console.dates import DateExport
from smtpwizard.gui.console.first_start import FirstStart
from smtpwizard.gui.console.menus import Actions, kinds_menu
from smtpwizard.gui.console.navigation import Navigation
from smtpwizard.gui.console.notification_list import NotificationList
from smtpwizard.gui.console.page_header import PageHeader
from smtpwizard.gui.console.shortcut_list import ShortcutList
from smtpwizard.gui.console.support_files import SupportFiles
from smtpwizard.gui.console.window_state import SETTING, StateKeeper, place_of
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.demo_strip import DemoStrip, scenario_title
from smtpwizard.gui.widgets.elements import announce, button, note_card, set_next_step
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.usecases.list_rows import ConnectorRows, Kind, ListRow, RowListing

if TYPE_CHECKING:
    from smtpwizard.gui.console.main_window import MainWindow
    from smtpwizard.model.stored import Listing
    from smtpwizard.usecases.workspace import Workspace


class Console(QObject):
    """Builds the parts and joins them; each of them knows nothing of the others."""

    def __init__(self, ws: Workspace, runner: Runner, window: MainWindow) -> None:
        super().__init__(window)
        self._ws = ws
        self._runner = runner
        self._window = window
        self.source = ConnectorRows(ws)
        self._shown_before = False
        self._demo_job: int | None = None
        state = window.kept_state
        self.header = PageHeader()
        self.zone = self.header.zone
        self.connectors = ConnectorsPage()
        self.first_start = FirstStart()
        self.notifications = NotificationList()
        self.notice, self.notice_label = note_card()
        self.notice.hide()
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())  # nothing is said before the list is read
        for page in (self.first_start, self.connectors, self.notifications):
            self.stack.addWidget(page)
        self.verbs = ConnectorVerbs(ws, runner, window.recovery(), self.connectors, self.zone)
        self.batch = BatchVerification(
            ws, runner, window.recovery(), self.connectors, self.zone
        )
        self.files = SupportFiles(ws, runner, window, self.zone)
        self.dates = DateExport(ws, runner, window, self.zone)
        self.closing = Closing(window, runner, self.zone, self._busy_with, self.batch.stop)
        self.keeper = StateKeeper(self, state, self._state, self._keep_state)
        self._build_navigation()
        self._build_menus()
        self._fill_frame()
        self._connect()
        self.connectors.arrange(state)
        self.compact_action.setChecked(self.connectors.table.delegate.compact)

    # -- building -----------------------------------------------------------------------------

    def _fill_frame(self) -> None:
        column = self._window.column
        if self._window.demo:
            column.addWidget(self._build_demo(self._window.demo))
        column.addWidget(self.header)
        column.addWidget(self.notice)
        column.addWidget(self.stack, 1)
        # A layout shows what it is given later, and what is not shown takes no focus.
        self.header.show()
        self.stack.show()

    def _build_demo(self, demo: Mapping[str, Any]) -> Banner:
        banner = Banner("info")
        banner.show_text(
            self.tr("This is the demo"),
            scenario_title(demo) or self.tr("Its mail server takes what you send, and keeps none."),
        )
        banner.add_button(button(self.tr("Show the values…"), self._show_demo))
        return banner

    def _show_demo(self) -> None:
        dialog = QDialog(self._window)
        dialog.setWindowTitle(self.tr("Demo mail server"))
        QVBoxLayout(dialog).addWidget(DemoStrip(self._window.demo or {}))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _build_navigation(self) -> None:
        rail = Navigation(self._window.rail)
        self.navigation = rail
        project = self._ws.project
        if self._window.demo:
            rail.add_project(self.tr("Demo"), self.tr("Nothing of yours"))
        else:
            rail.add_project(project.name, project.domain or self.tr("No domain yet"))
        rail.add_heading(self.tr("Control Panel"))
        self.connectors_entry = rail.add_entry("mail", self.tr("Connectors"), self.go_to_list)
        rail.add_heading(self.tr("Support"))
        self.history_entry = rail.add_entry("list", self.tr("History…"), self.verbs.show_history)
        self.open_entry = rail.add_entry("case", self.tr("Open a case…"), self.files.choose)
        rail.add_stretch()
        self.notifications_entry = rail.add_entry(
            "bell", self.tr("Notifications"), self.go_to_notifications
        )
        self.shortcuts_entry = rail.add_entry("help", self.tr("Shortcuts"), self.show_shortcuts)

    def _build_menus(self) -> None:
        make = Actions(self._window)
        self.actions = make
        page, verbs, table = self.connectors, self.verbs, self.connectors.table
        self.new_action = make.make(self.tr("&New"), self._window.new, "Ctrl+N")
        self.open_action = make.make(
            self.tr("&Open a case or an answer…"), self.files.choose, "Ctrl+O"
        )
        self.import_action = make.make(
            self.tr("&Import a connector…"), self.files.choose_import, "Ctrl+I"
        )
        self.dates_action = make.make(self.tr("E&xport dates…"), self.dates.export)
        self.passphrase_action = make.make(
            self.tr("&Change the passphrase…"), verbs.change_passphrase
        )
        self.demo_action = make.make(self.tr("&Try the demo"), self.start_demo)
        self.quit_action = make.make(self.tr("&Quit"), self._window.close, "Ctrl+Q")
        self.copy_action = make.make(
            self.tr("&Copy as text"), verbs.copy_as_text, "Ctrl+C", only_in=table
        )
        self.all_action = make.make(
            self.tr("Select &all"), table.selectAll, "Ctrl+A", only_in=table
        )
        self.clear_action = make.make(
            self.tr("C&lear the selection"), table.clearSelection, "Esc", only_in=table
        )
        self.filter_action = make.make(self.tr("&Filter"), self._focus_filter, "Ctrl+F")
        self.no_filter_action = make.make(
            self.tr("Clear the f&ilter"), page.clear_filter, "Ctrl+Shift+F"
        )
        self.refresh_action = make.make(self.tr("&Refresh"), self._window.refresh, "Ctrl+R")
        self.compact_action = make.check(
            self.tr("Compact &rows"), self._set_compact, "Ctrl+Shift+R"
        )
        self.list_action = make.make(self.tr("&Connectors"), self.go_to_list, "Alt+Home")
        self.notifications_action = make.make(
            self.tr("&Notifications"), self.go_to_notifications, "Ctrl+Shift+N"
        )
        self.edit_action = make.make(
            self.tr("&Edit"), self._open_current, "Return", only_in=table
        )
        self.verify_action = make.make(self.tr("&Verify"), self.verify, "F5")
        self.send_action = make.make(self.tr("Send &test email"), verbs.send, "Ctrl+T")
        self.verify_all_action = make.make(
            self.tr("Verify &all"), self.verify_all, "Shift+F5"
        )
        self.default_action = make.make(
            self.tr("Set as &default"), verbs.make_default, "Ctrl+Shift+D"
        )
        self.duplicate_action = make.make(self.tr("D&uplicate"), verbs.duplicate, "Ctrl+D")
        self.remove_action = make.make(self.tr("&Remove"), verbs.remove, "Del", only_in=table)
        self.history_action = make.make(self.tr("&History…"), verbs.show_history, "Ctrl+H")
        self.compare_action = make.make(self.tr("&Compare…"), verbs.compare, "Ctrl+Shift+M")
        self.case_action = make.make(self.tr("&Save a case…"), verbs.save_case, "Ctrl+Shift+S")
        self.shortcuts_action = make.make(self.tr("&Shortcuts"), self.show_shortcuts, "F1")
        self.about_action = make.make(self.tr("&About smtpwizard"), self.show_about)
        self._fill_menus()

    def _fill_menus(self) -> None:
        make = self.actions
        kinds, self.kind_actions = kinds_menu(self._window, self._show_kind)
        columns = self.connectors.column_menu(self._window)
        separator: None = None
        plan: tuple[tuple[str, tuple[QAction | QMenu | None, ...]], ...] = (
            (
                self.tr("&File"),
                (self.new_action, self.open_action, self.import_action, self.demo_action)
                + (separator, self.case_action, self.dates_action, self.passphrase_action)
                + (separator, self.quit_action),
            ),
            (
                self.tr("&Edit"),
                (self.copy_action, self.all_action, self.clear_action)
                + (separator, self.filter_action, self.no_filter_action),
            ),
            (
                self.tr("&View"),
                (self.list_action, self.notifications_action, separator, kinds, columns)
                + (self.compact_action, separator, self.refresh_action),
            ),
            (self.tr("&Connector"), (*self._for_chosen(), separator, self.verify_all_action)),
            (
                self.tr("&Support"),
                (self.open_action, self.case_action, separator, self.history_action)
                + (self.compare_action,),
            ),
            (self.tr("&Help"), (self.shortcuts_action, self.about_action)),
        )
        for title, items in plan:
            _fill(make.menu(title), items)
        more = QMenu(self._window)
        more.setAccessibleName(self.tr("Selected connectors"))
        _fill(more, (*self._for_chosen(), separator, self.copy_action))
        self.connectors.set_menus(more, columns)

    def _for_chosen(self) -> tuple[QAction | None, ...]:
        return (
            self.edit_action,
            self.verify_action,
            self.send_action,
            None,
            self.default_action,
            self.duplicate_action,
            self.remove_action,
            None,
            self.history_action,
            self.compare_action,
            self.case_action,
        )

    def _connect(self) -> None:
        page, start = self.connectors, self.first_start
        for push, action in (
            (page.new_button, self.new_action),
            (page.verify_all_button, self.verify_all_action),
            (page.verify_button, self.verify_action),
            (page.send_button, self.send_action),
            (page.edit_button, self.edit_action),
            (page.default_button, self.default_action),
            (page.case_button, self.case_action),
            (page.remove_button, self.remove_action),
            (page.clear_button, self.clear_action),
        ):
            push.clicked.connect(action.trigger)
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            push.setToolTip(keys)
        start.new.connect(self._window.new)
        start.demo.connect(self.start_demo)
        start.open_file.connect(self.files.choose)
        start.import_file.connect(self.files.choose_import)
        page.opened.connect(self.open)
        page.selection_changed.connect(self._show_state)
        page.arranged.connect(self.keeper.changed)
        page.chips.chosen.connect(lambda kind: self.kind_actions[kind].setChecked(True))
        self.verbs.changed.connect(self._window.select_next)
        self.verbs.edit.connect(self._window.open_wizard)
        self.batch.started.connect(self._show_state)
        self.batch.ended.connect(self._batch_ended)
        self.files.shown.connect(self._window.file_opened)
        self.files.applied.connect(
            lambda stored: self._window.select_next(stored.id, verify=True)
        )
        self.files.imported.connect(lambda stored: self._window.select_next(stored.id))
        self.zone.told.connect(self._told)
        self.notifications.cleared.connect(self._clear_past)
        self.notifications.left.connect(self.go_to_list)
        for key, step in (("F6", 1), ("Shift+F6", -1)):
            shortcut = QShortcut(QKeySequence(key), self._window)
            shortcut.activated.connect(partial(self.to_next_zone, step))

    # -- pages --------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[ListRow]:
        """The connectors, by name."""
        return self.connectors.model.all_rows

    def texts_of(self, rows: Sequence[ListRow]) -> Mapping[str, str]:
        """What a search looks through; for off the window's thread."""
        return search_texts(rows, date.today())

    def show_listing(self, listing: RowListing, texts: Mapping[str, str], chosen: str) -> None:
        """Show what was read; `chosen` is to be selected."""
        page, rows = self.connectors, listing.rows
        page.show_rows(rows, texts)
        self.connectors_entry.show_count(len(rows))
        if chosen:
            page.select(chosen)
        elif rows and not page.chosen() and not self._shown_before:
            page.table.choose([page.model.rows[0].id] if page.model.rows else [])
        self._show_notice(listing_text(self._window, listing.listing))
        self.passphrase_action.setVisible(any(row.in_file for row in rows))
        self.dates_action.setEnabled(any(row.ends_at for row in rows))
        on_a_page = self.stack.currentWidget() is self.notifications
        if not on_a_page or chosen:
            self.go_to_list(focus=not self._shown_before or not rows)
        self._shown_before = bool(rows)
        self._show_state()
        self._runner.submit(partial(jobs.keep_rows, self.source), lambda _: None)

    def go_to_list(self, *_: object, focus: bool = True) -> None:
        """The table, or how to make the first connector."""
        page = self.connectors
        wanted: QWidget = page if page.model.all_rows else self.first_start
        if self.stack.currentWidget() is not wanted:
            focus = True
        self.stack.setCurrentWidget(wanted)
        self.navigation.show_current(self.connectors_entry)
        if wanted is page:
            self.header.show_page(
                ((self.tr("Control Panel"), None), (self.tr("Connectors"), None)),
                self.tr("Connectors"),
            )
            set_next_step(page.new_button)
        else:
            self.header.show_page((), "")
            set_next_step(self.first_start.new_button)
        if focus and self._window.wizard is None:
            (page.table if wanted is page else self.first_start.new_button).setFocus()

    def go_to_notifications(self) -> None:
        """What was said before."""
        self.notifications_entry.show_count(0)
        self.notifications.show_past(self.zone.past)
        self.stack.setCurrentWidget(self.notifications)
        self.navigation.show_current(self.notifications_entry)
        self.header.show_page(
            ((self.tr("Control Panel"), self.go_to_list), (self.tr("Notifications"), None)),
            self.tr("Notifications"),
        )
        set_next_step(None, self._window)
        self.notifications.focus_here()

    def open(self, identifier: str) -> None:
        """Show one connector; the wizard does so until it has a page of its own."""
        self.verbs.edit_row(identifier)

    def _open_current(self) -> None:
        row = self.connectors.selected()
        identifier = row.id if row is not None else self.connectors.table.current()
        if identifier:
            self.connectors.opened.emit(identifier)

    def _focus_filter(self) -> None:
        self.go_to_list(focus=False)
        self.connectors.focus_filter()

    def _show_kind(self, kind: Kind | None) -> None:
        self.go_to_list(focus=False)
        self.connectors.show_kind(kind)

    def _set_compact(self, compact: bool) -> None:
        self.connectors.table.set_compact(compact)
        self.keeper.changed()

    def _told(self) -> None:
        if self.stack.currentWidget() is self.notifications:
            self.notifications.show_past(self.zone.past)
        else:
            self._unseen = min(self._unseen + 1, len(self.zone.past))
            self.notifications_entry.show_count(len(self.zone.past))

    _unseen = 0

    def _clear_past(self) -> None:
        self.zone.past.clear()
        self.notifications.show_past(())
        self.notifications.focus_here()

    def to_next_zone(self, step: int) -> None:
        """Move the focus to the next part of the window, or back."""
        current = self.stack.currentWidget()
        entry = next(
            (each for each in self.navigation.entries if each.property("entry") == "now"),
            self.connectors_entry,
        )
        zones: list[QWidget] = [entry]
        notification = self.zone.notification
        for push in (notification.action_button, notification.close_button):
            if notification.isVisible() and push.isVisible():
                zones.append(push)
                break
        if current is self.connectors:
            zones += self.connectors.zones()
        elif current is self.first_start:
            zones.append(self.first_start.new_button)
        else:
            zones.append(self.notifications.list)
        focused = QApplication.focusWidget()
        at = next((n for n, zone in enumerate(zones) if _is_in(focused, zone)), -1 if step > 0 else 0)
        zones[(at + step) % len(zones)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- what is done -------------------------------------------------------------------------

    def verify(self) -> None:
        """Verify what is selected: one in a dialog of its own, several at once."""
        rows = self.connectors.chosen()
        if len(rows) == 1:
            self.verbs.verify()
        else:
            self.batch.start(rows)

    def verify_all(self) -> None:
        self.batch.start(list(self.rows))

    def _batch_ended(self) -> None:
        self._show_state()
        self._window.refresh()

    def start_demo(self) -> None:
        """Open the demo's own window; one at a time."""
        if self._demo_job is not None:
            self.zone.say("info", self.tr("The demo is open already"))
            return

        def ended(outcome: Outcome) -> None:
            self._demo_job = None
            if outcome.error is not None or outcome.value not in (0, 130):
                self.zone.say("failed", self.tr("The demo did not open"))

        self._demo_job = self._runner.submit(jobs.start_demo, ended, owner=self)
        self.zone.say(
            "info",
            self.tr("The demo opens in a window of its own"),
            self.tr("Nothing there touches your connectors."),
        )

    def show_shortcuts(self) -> None:
        """What every key does."""
        ShortcutList(self._window, self.actions.each()).open()

    def show_about(self) -> None:
        from smtpwizard import __version__  # noqa: PLC0415 - on request
        from smtpwizard.gui.widgets.dialogs import tell  # noqa: PLC0415 - on request

        tell(
            self._window,
            self.tr("About smtpwizard"),
            self.tr("smtpwizard {0}").format(__version__),
            self.tr("Connectors that really send, kept in {0}").format(self._ws.data_dir),
        )

    def _show_state(self) -> None:
        rows = self.connectors.chosen()
        one = len(rows) == 1
        for action in (
            self.send_action,
            self.duplicate_action,
            self.history_action,
            self.case_action,
        ):
            action.setEnabled(one)
        for action in (self.verify_action, self.remove_action, self.copy_action):
            action.setEnabled(bool(rows))
        self.edit_action.setEnabled(one or bool(self.connectors.table.current()))
        self.clear_action.setEnabled(bool(rows))
        self.default_action.setEnabled(one and not rows[0].default)
        self.compare_action.setEnabled(len(rows) == 2)
        self.verify_all_action.setEnabled(bool(self.rows) and not self.batch.running)
        self.connectors.verify_all_button.setEnabled(self.verify_all_action.isEnabled())
        self.history_entry.setEnabled(one)
        self.all_action.setEnabled(bool(self.rows))

    # -- what is told -------------------------------------------------------------------------

    def tell_unreadable(self, error: Exception | None) -> None:
        """The list cannot be read; what was shown stays."""
        self._show_notice(error_message(error))

    def tell_failures(self, title: str, errors: Sequence[Exception]) -> None:
        self.zone.say("failed", title, "\n".join(error_message(error) for error in errors))

    def _show_notice(self, text: str) -> None:
        changed = text != self.notice_label.text()
        self.notice_label.setText(text)
        self.notice.setVisible(bool(text))
        if text and changed:
            announce(self.notice_label, text)

    def set_seconds(self, outcome: Outcome) -> None:
        """How long notifications stay from now on."""
        if isinstance(outcome.value, int):
            self.zone.seconds = outcome.value

    # -- the end ------------------------------------------------------------------------------

    def _busy_with(self) -> str:
        if not self.batch.running:
            return ""
        done, of = self.batch.progress
        text = self.tr("{0} of {1} connectors are verified. Quit anyway?")
        return text.format(done, of)

    def leave(self) -> bool:
        """Whether the window may close now; then what is remembered of it is written."""
        if not self.closing.may_close():
            return False
        self.zone.close_all()
        self.keeper.keep_now()
        return True

    def _state(self) -> Mapping[str, Any]:
        return {"geometry": place_of(self._window), **self.connectors.arrangement()}

    def _keep_state(self, state: Mapping[str, Any]) -> None:
        self._runner.submit(
            partial(jobs.write_setting, self._ws, SETTING, state), lambda _: None, must_finish=True
        )


def _fill(menu: QMenu, items: Sequence[QAction | QMenu | None]) -> None:
    for item in items:
        if item is None:
            menu.addSeparator()
        elif isinstance(item, QMenu):
            menu.addMenu(item)
        else:
            menu.addAction(item)


def _is_in(widget: QWidget | None, zone: QWidget) -> bool:
    return widget is not None and (widget is zone or zone.isAncestorOf(widget))


def listing_text(widget: QWidget, listing: Listing) -> str:
    """What of the project could not be read, one line each; empty when all could."""
    if not listing.damaged and not listing.newer:
        return ""
    lines = [
        widget.tr("{0} could not be read and was left out: {1}").format(
            damaged.path.name, error_text(damaged.reason, {"field": damaged.field}, Face.WINDOW)
        )
        for damaged in listing.damaged
    ]
    lines += [
        widget.tr("“{0}” was saved by a newer version; this one does not touch it.").format(
            (newer.name or newer.path.name)[:200]
        )
        for newer in listing.newer
    ]
    return "\n".join(lines)
