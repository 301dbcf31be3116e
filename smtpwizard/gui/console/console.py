"""All that the window's frame holds: pages, head, navigation, menus, and how they go together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console import connector_words
from smtpwizard.gui.console.batch_verification import BatchVerification
from smtpwizard.gui.console.built_places import BuiltPlaces
from smtpwizard.gui.console.closing import Closing
from smtpwizard.gui.console.connector_verbs import ConnectorVerbs
from smtpwizard.gui.console.connectors_page import ConnectorsPage
from smtpwizard.gui.console.console_actions import ConsoleActions
from smtpwizard.gui.console.dates import DateExport
from smtpwizard.gui.console.first_start import FirstStart
from smtpwizard.gui.console.frame import Frame
from smtpwizard.gui.console.listing_notice import listing_text
from smtpwizard.gui.console.navigation import Navigation
from smtpwizard.gui.console.opened_connector import OpenedConnector
from smtpwizard.gui.console.page_header import PageHeader
from smtpwizard.gui.console.place import Place, Surroundings
from smtpwizard.gui.console.projects import Projects
from smtpwizard.gui.console.shortcut_list import ShortcutList
from smtpwizard.gui.console.support_files import SupportFiles
from smtpwizard.gui.console.under_way import UnderWay
from smtpwizard.gui.console.window_state import SETTING, StateKeeper, place_of
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.dialog_help import DialogHelp
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.elements import announce, note_card, set_next_step
from smtpwizard.usecases.list_rows import Kind, ListRow, RowListing

if TYPE_CHECKING:
    from smtpwizard.gui.console.bounce.page import BouncePage
    from smtpwizard.gui.console.cases_page import CasesPage
    from smtpwizard.gui.console.certificates.page import CertificatesPage
    from smtpwizard.gui.console.demo_desk import DemoDesk
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.open_case import OpenedCase
    from smtpwizard.usecases.workspace import Workspace

_OVER = object()


class Console(QObject):
    """Builds the parts and joins them; each of them knows nothing of the others.

    It is built in turns, between which the window listens; before the last nothing else is asked
    of it.
    """

    def __init__(self, ws: Workspace, runner: Runner, window: Frame) -> None:
        super().__init__(window)
        self._ws = ws
        self._runner = runner
        self._window = window
        self._shown_before = self._reading = False
        self._demo_job: int | None = None
        self._turns = self._make()

    # -- building -----------------------------------------------------------------------------

    def build_next(self) -> bool:
        """Build a little of it; False once all of it is there."""
        return next(self._turns, _OVER) is not _OVER

    def _make(self) -> Iterator[None]:
        """All of it; the window listens wherever this gives way."""
        ws, runner, window = self._ws, self._runner, self._window
        state = window.kept_state
        self.header = PageHeader()
        self.zone = self.header.zone
        yield
        self.connectors = ConnectorsPage()
        yield
        self.demo = self._build_demo(ws, runner, window)
        in_demo = self.demo is not None and self.demo.has_line
        self.first_start = FirstStart(in_demo=in_demo)
        self.notice, self.notice_label = note_card()
        self.notice.hide()
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())  # nothing is said before the list is read
        for page in (self.first_start, self.connectors):
            self.stack.addWidget(page)
        yield
        self.places = BuiltPlaces(self.stack, self.header)
        self.places.around = self._surroundings
        self.places.left.connect(self.go_to_list)
        self.offers, self.place_entries = self.places.offers, self.places.entries
        self._unseen = 0
        self.opened = OpenedConnector(ws, runner, window.recovery(), self.stack, self.header)
        self.connectors.alone = lambda: self.opened.identifier
        self.verbs = ConnectorVerbs(ws, runner, window.recovery(), self.connectors, self.zone)
        self.batch = BatchVerification(ws, runner, window.recovery(), self.connectors, self.zone)
        self.files = SupportFiles(ws, runner, window, self.zone)
        self.dates = DateExport(ws, runner, window, self.zone)
        self.under_way = UnderWay(self.batch, self.opened)
        self.closing = Closing(window, runner, self.zone, self._busy_with, self.under_way.stop)
        self.keeper = StateKeeper(self, state, self._state, self._keep_state)
        yield
        self._build_navigation()
        yield
        self.projects = Projects(ws, runner, window.recovery(), window, self, self.switcher)
        self.actions = ConsoleActions(window, self)
        self.connectors.set_menus(self.actions.for_selection, self.actions.columns)
        yield
        self._fill_frame()
        self._connect()
        DialogHelp(window, runner)
        self.connectors.arrange(state)
        self.actions.compact.setChecked(self.connectors.table.delegate.compact)

    def _fill_frame(self) -> None:
        head = self._window.head
        if self.demo is not None:
            head.addWidget(self.demo.banner)
        head.addWidget(self.header)
        head.addWidget(self.notice)
        self._window.column.addWidget(self.stack, 1)
        # A layout shows what it is given later, and what is not shown takes no focus.
        self.header.show()
        self.stack.show()

    def _build_demo(self, ws: Workspace, runner: Runner, window: Frame) -> DemoDesk | None:
        if not window.demo:
            return None
        from smtpwizard.gui.console.demo_desk import DemoDesk  # noqa: PLC0415 - of the demo

        desk = DemoDesk(ws, runner, window)
        desk.played.connect(window.new)
        return desk

    def _build_navigation(self) -> None:
        rail = Navigation(self._window.rail)
        self._window.rail.setAccessibleName(self.tr("Navigation"))
        self._window.menuBar().setAccessibleName(self.tr("Menu"))
        self.navigation = rail
        self.switcher = rail.add_switcher()
        rail.add_heading(self.tr("Control Panel"))
        self.connectors_entry = rail.add_entry("mail", self.tr("Connectors"), self.go_to_list)
        self.places.add_entries(rail, "control_panel", self.go_to)
        rail.add_heading(self.tr("Support"))
        self.history_entry = rail.add_entry("clock", self.tr("History"), self.verbs.show_history)
        self.places.add_entries(rail, "support", self.go_to)
        rail.add_stretch()
        self.places.add_entries(rail, "foot", self.go_to)
        rail.fit()

    def _connect(self) -> None:
        page, start, actions = self.connectors, self.first_start, self.actions
        for push, action in (
            (page.new_button, actions.new),
            (page.verify_all_button, actions.verify_all),
            (page.verify_button, actions.verify),
            (page.send_button, actions.send),
            (page.edit_button, actions.edit),
            (page.default_button, actions.default),
            (page.case_button, actions.case),
            (page.remove_button, actions.remove),
            (page.clear_button, actions.clear),
        ):
            push.clicked.connect(action.trigger)
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            push.setToolTip(keys if push.text() else f"{push.accessibleName()} ({keys})")
        start.new.connect(self._window.new)
        start.demo.connect(self.start_demo)
        start.open_file.connect(self.files.choose)
        start.import_file.connect(self.files.choose_import)
        page.opened.connect(self.open)
        page.selection_changed.connect(self._show_state)
        page.arranged.connect(self.keeper.changed)
        page.chips.shown.connect(lambda kind: actions.kinds[kind].setChecked(True))
        self.verbs.changed.connect(self._window.select_next)
        self.verbs.edit.connect(self._show_settings)
        self.verbs.step_by_step.connect(self._window.open_wizard)
        self.verbs.opened.connect(self._show_opened)
        self.verbs.field_wanted.connect(self._show_field)
        self.verbs.certificate_wanted.connect(self.look_at_certificate)
        self.verbs.history.connect(self._show_history)
        self.verbs.two_runs_wanted.connect(self._ask_for_two_runs)
        self.verbs.smart_flows.connect(lambda row: self._window.show_smart_flows(row.stored))
        self.opened.closed.connect(self._show_list)
        self.opened.changed.connect(self._window.refresh)
        self.opened.duplicate.connect(self.verbs.duplicate)
        self.opened.remove.connect(self._remove_opened)
        self.opened.certificate_wanted.connect(self.look_at_certificate)
        self.opened.settings_wanted.connect(partial(self.go_to, "settings"))
        self.opened.case_saved.connect(self.verbs.tell_case_saved)
        self.opened.test_stopped.connect(self.verbs.tell_stopped)
        self.verbs.removal_changed.connect(self._show_state)
        self.zone.whole_wanted.connect(self.place_entries["notifications"].click)
        self.batch.started.connect(self._show_state)
        self.batch.ended.connect(self._batch_ended)
        self.batch.list_wanted.connect(self._show_in_list)
        self.files.case_opened.connect(self.show_case)
        self.files.applied.connect(lambda stored: self._window.select_next(stored.id, verify=True))
        self.files.imported.connect(lambda stored: self._window.select_next(stored.id))
        self.files.bounce.connect(self.explain_file)
        self.files.elsewhere.connect(self.projects.switch)
        self.zone.told.connect(self._told)
        self.zone.let_go.connect(self.take_focus)
        actions.edit_menu.aboutToShow.connect(lambda: self._show_unsaved(self.unsaved > 0))
        actions.edit_menu.aboutToHide.connect(lambda: self._show_unsaved(True))  # for their keys
        for key, step in (("F6", 1), ("Shift+F6", -1)):
            shortcut = QShortcut(QKeySequence(key), self._window)
            shortcut.activated.connect(partial(self.to_next_zone, step))

    # -- pages --------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[ListRow]:
        """The connectors, by name."""
        return self.connectors.model.all_rows

    def show_listing(
        self,
        listing: RowListing,
        texts: Mapping[str, str],
        chosen: str,
        elsewhere: Collection[str] = (),
    ) -> None:
        """Show what was read; `chosen` is to be selected, `elsewhere` were changed by another
        program, as far as it was not this one."""
        page, rows = self.connectors, listing.rows
        before, first = self.rows, not self._shown_before or self._reading
        self._reading = False
        page.show_rows(rows, texts)
        if elsewhere:
            self._mark_elsewhere(before, [row for row in rows if row.id in elsewhere])
        self.opened.rows_read(before, rows)
        self.connectors_entry.show_count(len(rows))
        if chosen:
            page.select(chosen)
        elif rows and not page.chosen() and first:
            page.table.choose([page.model.rows[0].id] if page.model.rows else [])
        self._show_notice(listing_text(self._window, listing))
        self.actions.passphrase.setVisible(any(row.in_file for row in rows))
        away = self.opened.is_shown or self.places.shown is not None
        another = chosen not in ("", self.opened.identifier) and not self.opened.unsaved
        if not away or another:
            self._show_list(focus=not self._shown_before or not rows)
        self._shown_before = bool(rows)
        self._show_state()
        self._runner.submit(partial(jobs.keep_rows, self._window.source), lambda _: None)

    def show_some(self, listing: RowListing, texts: Mapping[str, str]) -> None:
        """Show those that are read so far; what is done with all of them has to wait."""
        if not listing.rows:
            return
        self._reading = True
        self.connectors.show_rows(listing.rows, texts, of=listing.of)
        self.connectors_entry.show_count(listing.of or 0)
        if not self.opened.is_shown and self.places.shown is None:
            self._show_list(focus=not self._shown_before)
        self._shown_before = True
        self._show_state()

    def _mark_elsewhere(self, before: Sequence[ListRow], rows: Sequence[ListRow]) -> None:
        """Mark what is not as it was shown; what this window has done was read again already."""
        former = {row.id: row for row in before}
        new = [row for row in rows if former.get(row.id) is not row]
        new = [row for row in new if row.id != self.opened.identifier]  # its page tells it
        self.connectors.model.mark_elsewhere(row.id for row in new)
        if len(new) == 1:
            announce(
                self.connectors.table, self.tr("{0} was changed elsewhere").format(new[0].name)
            )
        elif new:
            text = self.tr("{0} connectors were changed elsewhere").format(len(new))
            announce(self.connectors.table, text)

    def go_to_list(self) -> None:
        """The table, or how to make the first connector; what is open is left."""
        self._leave(self._show_list)

    def _show_list(self, *, focus: bool = True) -> None:
        self.opened.put_away()
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
        self._show_header()
        self._show_state()
        if focus and not self._window.wizard_is_open:
            (page.table if wanted is page else self.first_start.new_button).setFocus()

    def place(self, key: str) -> Place:
        """A page, built when it is first asked for."""
        return self.places.get(key)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            *(self._ws, self._runner, self._window, self.stack, self.zone),
            go_to=self.go_to,
            open_connector=self.open,
        )

    def _leave(self, then: Callable[[], object]) -> None:
        """Do `then`, once nothing is lost of what is open."""
        (self.places.shown or self.opened).leave(then)

    def go_to(self, key: str) -> None:
        """Another page; what is open is left. From within this one, to all that is in it."""
        if self.places.shown_key == key:
            self.place(key).go_out()
            self._show_place(key)
        else:
            self._leave(partial(self._show_place, key))

    def _show_place(self, key: str) -> None:
        self.opened.put_away()
        place = self.place(key)
        if key == "notifications":
            self._unseen = 0
            self.place_entries[key].show_count(0)
        self.stack.setCurrentWidget(place)
        self.navigation.show_current(self.place_entries[key])
        self.places.show_head(key)
        place.arrive()
        set_next_step(place.next_step(), self._window)
        self._show_header()
        place.take_focus()

    def explain_file(self, path: str) -> None:
        """Explain a file that was opened or dropped: a bounce, a log, a trace."""
        self._leave(lambda: self._explain(lambda page: page.explain_file(path)))

    def explain(self, text: str) -> None:
        """Explain a text that was dropped."""
        self._leave(lambda: self._explain(lambda page: page.explain(text)))

    def _explain(self, then: Callable[[BouncePage], None]) -> None:
        self._show_place("bounce")
        then(cast("BouncePage", self.place("bounce")))

    def show_case(self, case: OpenedCase, file_name: str) -> None:
        """A case that was opened, as a place to work."""
        cast("CasesPage", self.place("cases")).add(case, file_name)
        self._leave(partial(self._show_place, "cases"))

    def look_at_certificate(self, stored: StoredConnector) -> None:
        """What the server of this connector shows, on the page of whom the project trusts."""
        self._leave(partial(self._look_at, stored))

    def _look_at(self, stored: StoredConnector) -> None:
        server = stored.connector.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        self._show_place("certificates")
        page = cast("CertificatesPage", self.place("certificates"))
        page.look_at(f"{host}:{server.port}", server.security, stored.id)

    def _show_opened(self, listed: ListedConnector) -> None:
        """One connector on its own, in place of the table."""
        self.connectors.select(listed.stored.id)
        set_next_step(None, self._window)
        self.opened.show(listed, self.rows)
        assert self.opened.view is not None
        self.opened.view.tabs.currentChanged.connect(self._show_entry_of_tab)
        actions = self.actions
        self.opened.view.header.offer((actions.move, actions.copy_to, actions.compare))
        self.navigation.show_current(self.connectors_entry)
        self._show_header()
        self._show_state()

    def _show_entry_of_tab(self, tab: int) -> None:
        """Its runs are what *History* leads to, whichever way one has come to them."""
        from smtpwizard.gui.console.detail.detail_view import HISTORY  # noqa: PLC0415 - on request

        entry = self.history_entry if tab == HISTORY else self.connectors_entry
        self.navigation.show_current(entry)

    def _ask_for_two_runs(self) -> None:
        """Of one connector two tests are compared: say how, unless that is so already."""
        view = self.opened.view
        if view is not None and len(view.history.list.chosen()) != 2:
            self.zone.say(
                "info",
                self.tr("Choose two tests to compare"),
                self.tr("One in the list at the left, and another one with Ctrl."),
            )
            view.history.list.setFocus()

    def _show_field(self, listed: ListedConnector, key: str) -> None:
        """Where a field of it is set, on its own page."""
        self._show_opened(listed)
        self.opened.show_field(key)

    def _show_settings(self, listed: ListedConnector) -> None:
        """All that can be changed of it, on its own page; what is typed there stays."""
        self._show_or_keep(listed)
        self.opened.show_field("name")

    def _show_history(self, listed: ListedConnector) -> None:
        """Its recorded runs, on its own page; what is typed there stays."""
        self._show_or_keep(listed)
        self.opened.show_history()

    def _show_or_keep(self, listed: ListedConnector) -> None:
        if not self.opened.is_shown or self.opened.identifier != listed.stored.id:
            self._show_opened(listed)

    def _remove_opened(self, identifier: str) -> None:
        self._show_list()
        self.verbs.remove(identifier)

    def _show_header(self) -> None:
        """An opened connector has a head of its own, with the zone of the notifications in it."""
        self.header.setVisible(not self.opened.is_shown)

    def open(self, identifier: str) -> None:
        """Show one connector on its own."""
        self._leave(partial(self.verbs.open_row, identifier))

    def open_current(self) -> None:
        row = self.connectors.selected()
        identifier = row.id if row is not None else self.connectors.table.current()
        if identifier:
            self.connectors.opened.emit(identifier)

    def focus_filter(self) -> None:
        def focus() -> None:
            self._show_list(focus=False)
            self.connectors.focus_filter()

        self._leave(focus)

    def show_kind(self, kind: Kind | None) -> None:
        self._show_in_list(partial(self._show_kind, kind))

    def _show_kind(self, kind: Kind | None) -> None:
        if kind is None or self.connectors.model.count_kinds().get(kind):
            self.connectors.show_kind(kind)
            return
        self.actions.kinds[self.connectors.chips.kind].setChecked(True)
        title = self.tr("No connector is in this state: {0}")
        said = title.format(connector_words.kind_names()[kind])
        self.zone.say("info", said, connector_words.kind_hint(kind))

    def _show_in_list(self, then: Callable[[], object]) -> None:
        """Show the list, and something in it; what is open is left."""

        def show() -> None:
            self._show_list(focus=False)
            then()

        self._leave(show)

    def to_next_failed(self, step: int = 1) -> None:
        """Select the next connector that has failed, or the one before it; where one is open, the
        next one is opened."""
        table, alone = self.connectors.table, self.opened.is_shown
        here = self.opened.identifier if alone else table.current()
        wanted = self.connectors.model.next_of(Kind.FAILED, here, step)
        if not wanted:
            self.zone.say("info", self.tr("No connector has failed"))
        elif not alone:
            self._show_in_list(partial(self.connectors.select, wanted))
            table.setFocus()
        elif wanted == here:
            self.zone.say("info", self.tr("No other connector has failed"))
        else:
            self.open(wanted)

    def set_compact(self, compact: bool) -> None:
        self.connectors.table.set_compact(compact)
        self.keeper.changed()

    def arrange_columns(self) -> None:
        from smtpwizard.gui.console.column_order import ColumnOrder  # noqa: PLC0415 - on request

        self.column_order = ColumnOrder(self._window, self.connectors.table)
        self.column_order.open()

    def _told(self) -> None:
        if self.places.shown_key == "notifications":
            self.place("notifications").arrive()
            return
        said = self.zone.shown
        if said is None or said.tone != "running":  # what runs is not listed
            self._unseen = min(self._unseen + 1, len(self.zone.past))
        self.place_entries["notifications"].show_count(self._unseen)

    def take_focus(self) -> None:
        """Back to what the window shows: what had the focus is gone."""
        current = self.stack.currentWidget()
        if self.opened.is_shown and self.opened.view is not None:
            self.opened.view.take_focus()
        elif (place := self.places.shown) is not None:
            place.take_focus()
        elif current is self.connectors:
            self.connectors.table.setFocus()
        else:
            self.first_start.new_button.setFocus()

    def to_next_zone(self, step: int) -> None:
        """Move the focus to the next part of the window, or back."""
        current = self.stack.currentWidget()
        entry = next(
            (each for each in self.navigation.entries if each.property("entry") == "now"),
            self.connectors_entry,
        )
        zones: list[QWidget] = [entry]
        notification = self.zone.notification
        for push in (
            notification.action_button,
            notification.more_button,
            notification.close_button,
        ):
            if notification.isVisible() and push.isVisible():
                zones.append(push)
                break
        if current is self.connectors:
            zones += self.connectors.zones()
        elif self.opened.is_shown:
            zones += self.opened.zones()
        elif (place := self.places.shown) is not None:
            zones += place.zones()
        else:
            zones.append(self.first_start.new_button)
        focused = QApplication.focusWidget()
        at = next(
            (n for n, zone in enumerate(zones) if _is_in(focused, zone)), -1 if step > 0 else 0
        )
        zones[(at + step) % len(zones)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- what is done -------------------------------------------------------------------------

    def verify(self) -> None:
        """Verify what is selected: one in a dialog of its own, several at once."""
        rows = self.connectors.chosen()
        if self.opened.is_shown and self.opened.view is not None:
            self.opened.view.verify()
        elif len(rows) == 1:
            self.verbs.verify()
        else:
            self.batch.start(rows)

    def send(self) -> None:
        """Verify the selected connector, with a test email at the end."""
        if self.opened.is_shown and self.opened.view is not None:
            self.opened.view.verify(send=True)
        else:
            self.verbs.send()

    def verify_all(self) -> None:
        self.batch.start(list(self.rows))

    def stop(self) -> None:
        """End what is under way; what was found so far is kept."""
        self.batch.stop()

    def _batch_ended(self) -> None:
        self._show_state()
        self._window.refresh()

    def export_dates(self) -> None:
        """Show what ends when, and write it for a calendar program."""
        self.dates.export()

    def start_demo(self) -> None:
        """Open the demo's own window, one at a time; in the demo, what it can play."""
        if self.demo is not None and self.demo.has_line:
            self.demo.choose()
            return
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

    def show_help(self) -> None:
        """Help on what is shown, in a window beside this one."""
        from smtpwizard.gui.help.opening import show_help  # noqa: PLC0415 - on request

        show_help(self._window, self._runner, *self._help_keys())

    def _help_keys(self) -> Sequence[str]:
        current = self.stack.currentWidget()
        if self.opened.is_shown and self.opened.view is not None:
            return self.opened.view.help_keys()
        if (place := self.places.shown_key) is not None:
            return (f"place:{place}", "place:help")
        return ("place:connectors" if current is self.connectors else "place:first_start",)

    @property
    def unsaved(self) -> int:
        """How many changes would be lost, on the page that is shown."""
        place = self.places.shown
        return place.unsaved if place is not None else self.opened.unsaved

    def save_changes(self) -> None:
        """Save what is typed on the page that is shown."""
        if (place := self.places.shown) is not None:
            place.save()
        elif self.opened.view is not None:
            self.opened.view.save()

    def reset_changes(self) -> None:
        """What is typed on the page that is shown goes."""
        if not self.unsaved:
            return
        if (place := self.places.shown) is not None:
            place.reset()
        elif self.opened.view is not None:
            self.opened.view.configuration.reset()

    def show_shortcuts(self) -> None:
        """What every key does."""
        ShortcutList(self._window, self.actions.made.each()).open()

    def show_about(self) -> None:
        """Version, licences, and where the data lie."""
        from smtpwizard.gui.console.about import AboutDialog  # noqa: PLC0415 - on request

        AboutDialog(self._window, self._ws, self._runner).open()

    def _show_unsaved(self, unsaved: bool) -> None:
        for action in (self.actions.save, self.actions.reset):
            action.setEnabled(unsaved)

    def _show_state(self) -> None:
        page = self.connectors
        self.actions.show_state(
            page.chosen(),
            everything=0 if self._reading else len(self.rows),
            current=bool(page.table.current()),
            running=self.batch.running,
            alone=self.opened.is_shown,
        )
        self.actions.show_undo(self.verbs.undo_text)
        verify_all = self.actions.verify_all.isEnabled()
        if page.verify_all_button.hasFocus() and not verify_all:
            page.table.setFocus()  # Qt would lead on to the next button
        page.verify_all_button.setEnabled(verify_all)
        one = self.actions.history.isEnabled()
        self.history_entry.setEnabled(one)
        self.history_entry.setToolTip("" if one else self.tr("Select one connector first."))

    # -- what is told -------------------------------------------------------------------------

    def tell_unreadable(self, error: Exception | None) -> None:
        """The list cannot be read; what was shown stays."""
        self._reading = False
        self._show_notice(error_message(error))

    def tell_failures(self, title: str, errors: Sequence[Exception]) -> None:
        self.zone.say("failed", title, "\n".join(error_message(error) for error in errors))

    def _show_notice(self, text: str) -> None:
        changed = text != self.notice_label.text()
        self.notice_label.setText(text)
        self.notice.setVisible(bool(text))
        if text and changed:
            announce(self.notice_label, text)

    # -- the end ------------------------------------------------------------------------------

    def _busy_with(self) -> tuple[str, str]:
        stakes = (self.under_way.before_quitting(), *(p.at_stake() for p in self.places.each()))
        return next((stake for stake in stakes if stake[0]), ("", ""))

    # -- another project ----------------------------------------------------------------------

    def leave_all(self, then: Callable[[], object]) -> None:
        """Do `then`, once nothing is lost of what is open, shown or not."""
        others = [place for place in self.places.each() if place is not self.places.shown]
        for place in others:
            if place.unsaved:
                then = partial(place.leave, then)
        self._leave(then)

    def what_runs(self) -> tuple[str, str]:
        """What another project would give up, and what that means; nothing where nothing does."""
        return self.under_way.before_switching()

    def stop_all(self) -> None:
        """Give up what runs."""
        self.under_way.stop()

    def forget_removals(self) -> None:
        """The project is gone: what was removed from it cannot come back."""
        self.verbs.finish_removals(self._ws.project.id)

    def number_of_connectors(self) -> int:
        return len(self.rows)

    def chosen(self) -> Sequence[ListRow]:
        """The selected connectors."""
        return self.connectors.chosen()

    def gone(self, identifiers: Iterable[str]) -> None:
        """These connectors are in another project now."""
        if self.opened.is_shown and self.opened.identifier in identifiers:
            self._show_list()

    def put_away(self) -> None:
        """The window is to show another project: let go of this one."""
        self.opened.put_away()  # which may have something to say
        self.zone.close_all()
        self.zone.end_offers(but=self.verbs.removals)
        self.keeper.keep_now()

    def state_for_another(self) -> Mapping[str, Any]:
        """How the window is arranged, for another project: what is filtered here is not there."""
        return {**self._state(), "filter": "", "show": ""}

    def take_over(self, former: Console) -> None:
        """Go on where another project's console was, with what was said there."""
        self.zone.past = former.zone.past
        self._unseen = former._unseen
        self.place_entries["notifications"].show_count(self._unseen)
        self.zone.seconds = former.zone.seconds
        self._demo_job = former._demo_job
        self.verbs.take_over(former.verbs)
        cases = cast("CasesPage | None", former.places.built("cases"))
        if cases is not None and cases.in_hand:
            cast("CasesPage", self.place("cases")).take_over(cases.in_hand)
        former.deleteLater()

    def leave(self) -> bool:
        """Whether the window may close now; then what is remembered of it is written."""
        if not self.closing.agreed:
            if self.opened.unsaved or any(place.unsaved for place in self.places.each()):
                self.closing.after(self.leave_all)
                return False
            if not self.closing.may_close():
                return False
        self.zone.close_all()
        self.verbs.finish_removals()
        self.zone.end_offers()
        self.keeper.keep_now()
        return True

    def _state(self) -> Mapping[str, Any]:
        return {"geometry": place_of(self._window), **self.connectors.arrangement()}

    def _keep_state(self, state: Mapping[str, Any]) -> None:
        self._runner.submit(
            partial(jobs.write_setting, self._ws, SETTING, state), lambda _: None, must_finish=True
        )


def _is_in(widget: QWidget | None, zone: QWidget) -> bool:
    return widget is not None and (widget is zone or zone.isAncestorOf(widget))
