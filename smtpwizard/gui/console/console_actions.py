"""The actions of the console by name, the menus they stand in, and when each of them works."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from smtpwizard.gui.console.menus import Actions, kinds_menu
from smtpwizard.gui.widgets.elements import literal

if TYPE_CHECKING:
    from smtpwizard.gui.console.connector_verbs import ConnectorVerbs
    from smtpwizard.gui.console.connectors_page import ConnectorsPage
    from smtpwizard.gui.console.demo_desk import DemoDesk
    from smtpwizard.gui.console.frame import Frame
    from smtpwizard.gui.console.places import Offer
    from smtpwizard.gui.console.projects import Projects
    from smtpwizard.gui.console.support_files import SupportFiles
    from smtpwizard.usecases.list_rows import Kind, ListRow

Item = QAction | QMenu | None
# Beside the keys that begin what it stops.
STOP = "Ctrl+F5"


class Doer(Protocol):
    """What does what the actions say."""

    connectors: ConnectorsPage
    verbs: ConnectorVerbs
    files: SupportFiles
    offers: dict[str, Offer]
    demo: DemoDesk | None
    projects: Projects

    def show_kind(self, kind: Kind | None) -> None: ...
    def to_next_failed(self, step: int = 1) -> None: ...
    def export_dates(self) -> None: ...
    def start_demo(self) -> None: ...
    def go_to_list(self) -> None: ...
    def go_to(self, key: str) -> None: ...
    def show_help(self) -> None: ...
    def show_shortcuts(self) -> None: ...
    def show_about(self) -> None: ...
    def focus_filter(self) -> None: ...
    def save_changes(self) -> None: ...
    def reset_changes(self) -> None: ...
    def set_compact(self, compact: bool) -> None: ...
    def arrange_columns(self) -> None: ...
    def verify_all(self) -> None: ...
    def stop(self) -> None: ...
    def verify(self) -> None: ...
    def send(self) -> None: ...
    def open_current(self) -> None: ...


class ConsoleActions(QObject):
    """Made of what the console does; nothing is offered that does not work."""

    def __init__(self, window: Frame, console: Doer) -> None:
        super().__init__(window)
        self._window = window
        self._offers = console.offers
        self.made = Actions(window)
        self._make_general(console)
        self._make_for_list(console)
        self._make_for_selection(console)
        self.kind_menu, self.kinds = kinds_menu(window, console.show_kind)
        self.columns = console.connectors.column_menu(window)
        self.order = console.connectors.sort_menu(window)
        self._fill_menus()

    def _make_general(self, console: Doer) -> None:
        make, files = self.made.make, console.files
        self.new = make(self.tr("&New"), self._window.new, "Ctrl+N")
        self.open = make(self.tr("&Open a case or an answer…"), files.choose, "Ctrl+O")
        self.take_in = make(self.tr("&Import a connector…"), files.choose_import, "Ctrl+I")
        self.demo = make(self.tr("&Try the demo"), console.start_demo)
        desk = console.demo
        self.demo.setVisible(desk is None)
        self.demo_actions: Sequence[QAction] = ()
        if desk is not None and desk.has_line:
            self.demo_actions = (
                make(self.tr("Choose what goes &wrong…"), desk.choose, "Ctrl+Shift+G"),
                make(self.tr("Demo &mail…"), desk.show_mail, "Ctrl+Shift+L"),
            )
        self.dates = make(self.tr("E&xpiry dates for a calendar…"), console.export_dates)
        self.passphrase = make(self.tr("&Change the passphrase…"), console.verbs.change_passphrase)
        self.switch = make(self.tr("S&witch the project…"), console.projects.choose, "Ctrl+P")
        self.new_project = make(self.tr("New pro&ject…"), console.projects.new, "Ctrl+Shift+P")
        self.quit = make(self.tr("&Quit"), self._window.close, "Ctrl+Q")
        self.list = make(self.tr("&Connectors"), console.go_to_list, "Alt+Home")
        self.places = {
            offer.key: make(offer.menu_text, partial(console.go_to, offer.key), offer.shortcut)
            for offer in console.offers.values()
        }
        self.refresh = make(self.tr("&Refresh"), self._window.refresh, "Ctrl+R")
        self.help = make(self.tr("&Help on this page"), console.show_help, "F1")
        self.shortcuts = make(self.tr("&Shortcuts"), console.show_shortcuts, "Ctrl+F1")
        self.about = make(self.tr("&About smtpwizard"), console.show_about)

    def _make_for_list(self, console: Doer) -> None:
        make, page = self.made.make, console.connectors
        table = page.table
        # The pages have the key themselves; here it stands to be seen, and chosen.
        self.save = make(
            self.tr("&Save changes"), console.save_changes, "Ctrl+S", only_in=self._window
        )
        self.reset = make(self.tr("&Reset the changes"), console.reset_changes, "Ctrl+Shift+X")
        self.undo = make("", console.verbs.undo_remove, "Ctrl+Z")
        self.show_undo("")
        self.copy = make(
            self.tr("Co&py as text"), console.verbs.copy_as_text, "Ctrl+C", only_in=table
        )
        self.all = make(self.tr("Select &all"), table.selectAll, "Ctrl+A", only_in=table)
        self.clear = make(
            self.tr("C&lear the selection"), table.clearSelection, "Esc", only_in=table
        )
        self.filter = make(self.tr("&Filter"), console.focus_filter, "Ctrl+F")
        self.no_filter = make(self.tr("Clear the f&ilter"), page.clear_filter, "Ctrl+Shift+F")
        self.next_failed = make(self.tr("Ne&xt failed"), console.to_next_failed, "F8")
        before = partial(console.to_next_failed, -1)
        self.former_failed = make(self.tr("Previous faile&d"), before, "Shift+F8")
        self.compact = self.made.check(
            self.tr("Compact ro&ws"), console.set_compact, "Ctrl+Shift+R"
        )
        self.arrange = make(self.tr("Arran&ge columns…"), console.arrange_columns, "Ctrl+Shift+C")
        self.verify_all = make(self.tr("Verify &all"), console.verify_all, "Shift+F5")
        self.stop = make(self.tr("Sto&p"), console.stop, STOP)

    def _make_for_selection(self, console: Doer) -> None:
        make, verbs, table = self.made.make, console.verbs, console.connectors.table
        self.open_one = make(self.tr("&Open"), console.open_current, "Return", only_in=table)
        self.edit = make(self.tr("&Edit"), verbs.edit_selected, "Ctrl+E", "F2")
        self.stepwise = make(
            self.tr("Edit step &by step…"), verbs.edit_step_by_step, "Ctrl+Shift+W"
        )
        self.verify = make(self.tr("&Verify"), console.verify, "F5")
        self.send = make(self.tr("Send &test email"), console.send, "Ctrl+T")
        self.flows = make(self.tr("For Smart &Flows…"), verbs.for_smart_flows, "Ctrl+Shift+E")
        self.default = make(self.tr("Set as &default"), verbs.make_default, "Ctrl+Shift+D")
        self.duplicate = make(self.tr("D&uplicate"), verbs.duplicate, "Ctrl+D")
        projects = console.projects
        self.move = make(
            self.tr("&Move to project…"), partial(projects.transfer, move=True), "Ctrl+Shift+V"
        )
        self.copy_to = make(
            self.tr("Cop&y to project…"), partial(projects.transfer, move=False), "Ctrl+Shift+Y"
        )
        self.remove = make(self.tr("&Remove"), verbs.remove, "Del", only_in=table)
        self.history = make(self.tr("&History"), verbs.show_history, "Ctrl+H")
        self.compare = make(self.tr("&Compare…"), verbs.compare, "Ctrl+Shift+M")
        self.case = make(self.tr("&Save a case…"), verbs.save_case, "Ctrl+Shift+S")

    def _fill_menus(self) -> None:
        for title, items in self._plan():
            _fill(self.made.menu(title), items)
        self.edit_menu = self.made.menus[1]
        self.for_selection = QMenu(self._window)
        self.for_selection.setAccessibleName(self.tr("Selected connectors"))
        _fill(self.for_selection, (*self._verbs(), None, self.copy))

    def _plan(self) -> Sequence[tuple[str, Sequence[Item]]]:
        offers = self._offers

        def places(menu: str) -> Sequence[Item]:
            return [self.places[key] for key, offer in offers.items() if offer.menu == menu]

        file = (
            *(self.new, self.open, self.take_in, self.demo, None),
            *(self.switch, self.new_project, None),
            *(self.case, self.dates, self.passphrase, None, self.quit),
        )
        edit = (
            self.save,
            self.reset,
            self.undo,
            None,
            self.copy,
            self.all,
            self.clear,
            None,
            self.filter,
            self.no_filter,
        )
        view = (
            *(self.list, *places("view"), None),
            *(
                self.kind_menu,
                self.next_failed,
                self.former_failed,
                self.order,
                self.columns,
                self.arrange,
                self.compact,
                None,
                self.refresh,
            ),
        )
        return (
            (self.tr("&File"), file),
            (self.tr("&Edit"), edit),
            (self.tr("&View"), view),
            (self.tr("&Connector"), (*self._verbs(), None, self.verify_all, self.stop)),
            (
                self.tr("&Support"),
                (
                    *places("support"),
                    *self.demo_actions,
                    self.open,
                    self.case,
                    None,
                    self.history,
                    self.compare,
                ),
            ),
            (self.tr("&Help"), (self.help, *places("help"), self.shortcuts, self.about)),
        )

    def _verbs(self) -> Sequence[Item]:
        return (
            *(self.open_one, self.edit, self.stepwise, self.verify, self.send, None),
            *(self.flows, self.default, self.duplicate, None),
            *(self.move, self.copy_to, self.remove, None),
            *(self.history, self.compare, self.case, None),
            self.dates,
        )

    def show_state(
        self,
        chosen: Sequence[ListRow],
        *,
        everything: int,
        current: bool,
        running: bool,
        alone: bool = False,
    ) -> None:
        """Say what works with these selected of `everything` there is; `alone`: with one open."""
        one = len(chosen) == 1
        for action in (
            *(self.edit, self.stepwise, self.send, self.flows, self.duplicate),
            *(self.history, self.case),
        ):
            action.setEnabled(one)
        for action in (
            *(self.verify, self.remove, self.copy, self.clear),
            *(self.move, self.copy_to),
        ):
            action.setEnabled(bool(chosen))
        if running != self.stop.isEnabled():
            self._show_running(running)
        self.open_one.setEnabled(one or current)
        self.default.setEnabled(one and not chosen[0].default)
        self.compare.setEnabled(alone or len(chosen) == 2)
        self.verify_all.setEnabled(everything > 0 and not running)
        self.all.setEnabled(everything > 0)

    def show_undo(self, text: str) -> None:
        """Say what would be undone; empty: nothing can."""
        self.undo.setEnabled(bool(text))
        self.undo.setText(f"&{literal(text)}" if text else self.tr("&Undo the removal"))

    def _show_running(self, running: bool) -> None:
        """While many are verified Esc stops that, in place of clearing the selection."""
        stop, clear = ((STOP, "Esc"), ()) if running else ((STOP,), ("Esc",))
        self.clear.setShortcuts([QKeySequence(key) for key in clear])
        self.stop.setShortcuts([QKeySequence(key) for key in stop])
        self.stop.setEnabled(running)


def _fill(menu: QMenu, items: Sequence[Item]) -> None:
    for item in items:
        if item is None:
            menu.addSeparator()
        elif isinstance(item, QMenu):
            menu.addMenu(item)
        else:
            menu.addAction(item)
