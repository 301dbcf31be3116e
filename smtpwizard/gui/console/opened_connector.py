"""The page of the one connector that is open, in place of the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
from smtpwizard.gui.tasks import Runner
from smtpwizard.model.connector import name_key

if TYPE_CHECKING:
    from smtpwizard.gui.console.detail.detail_view import DetailView
    from smtpwizard.gui.console.page_header import PageHeader
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.list_rows import ListRow
    from smtpwizard.usecases.workspace import Workspace


class OpenedConnector(QObject):
    """One at a time. `closed`: the list is wanted again; `changed`: it is to be read again;
    `duplicate` and `remove` come with the connector's id, `case_saved` with what was written,
    `certificate_wanted` with the connector whose server's certificate is to be seen,
    `test_stopped` with the row of a connector whose test ended because its page was left."""

    closed = Signal()
    changed = Signal()
    duplicate = Signal(str)
    remove = Signal(str)
    case_saved = Signal(object)
    certificate_wanted = Signal(object)
    test_stopped = Signal(object)
    settings_wanted = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        stack: QStackedWidget,
        window_header: PageHeader,
    ) -> None:
        super().__init__(stack)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._stack = stack
        self._window_header = window_header
        self.view: DetailView | None = None

    @property
    def is_shown(self) -> bool:
        return self.view is not None and self._stack.currentWidget() is self.view

    @property
    def identifier(self) -> str:
        """The id of the connector that is shown; empty without one."""
        return self.view.row.stored.id if self.view is not None else ""

    @property
    def unsaved(self) -> int:
        """How many changes would be lost."""
        return self.view.unsaved if self.view is not None else 0

    @property
    def tested(self) -> str:
        """The name of the connector that is shown while it is tested; else empty."""
        return self.view.row.name if self.view is not None and self.view.summary.running else ""

    def stop(self) -> None:
        """End a test that runs."""
        if self.view is not None:
            self.view.summary.stop()

    def show(self, listed: ListedConnector, rows: Sequence[ListRow]) -> None:
        """Show this connector; what else there is has the names that are taken."""
        self.put_away()
        from smtpwizard.gui.console.detail.detail_view import DetailView  # noqa: PLC0415 - on request

        taken = frozenset(name_key(row.name) for row in rows if row.id != listed.stored.id)
        view = DetailView(self._ws, self._runner, self._recovery, listed, taken, self._stack)
        layout = view.layout()
        assert layout is not None
        layout.setContentsMargins(0, 8, 0, 0)  # the window has its own
        view.closed.connect(self.closed)
        view.changed.connect(self.changed)
        view.duplicate_wanted.connect(lambda row: self.duplicate.emit(row.stored.id))
        view.remove_wanted.connect(lambda row: self.remove.emit(row.stored.id))
        view.case_saved.connect(self.case_saved)
        view.certificate_wanted.connect(self.certificate_wanted)
        view.test_stopped.connect(self.test_stopped)
        view.settings_wanted.connect(self.settings_wanted)
        self.view = view
        view.take_zone(self._window_header.zone)
        self._stack.addWidget(view)
        self._stack.setCurrentWidget(view)
        view.take_focus()

    def show_field(self, key: str) -> None:
        """Turn to where a field of the connector that is shown is set."""
        if self.view is not None:
            self.view.go_to_field(key)

    def show_history(self) -> None:
        """Turn to the runs of the connector that is shown."""
        from smtpwizard.gui.console.detail.detail_view import HISTORY  # noqa: PLC0415 - on request

        if self.view is not None:
            self.view.go_to(HISTORY)

    def rows_read(self, before: Sequence[ListRow], now: Sequence[ListRow]) -> None:
        """Read it again, where it is another than it was."""
        if self.view is not None:
            known = {row.id: row for row in before}.get(self.identifier)
            if known is not {row.id: row for row in now}.get(self.identifier):
                self.view.read()

    def leave(self, then: Callable[[], object]) -> None:
        """Do `then`, once nothing is lost by it; asks where something would be."""
        if self.view is None or not self.is_shown:
            then()
        else:
            self.view.leave(then)

    def put_away(self) -> None:
        """Let go of the page; it is in the way of nothing any more."""
        view, self.view = self.view, None
        if view is not None:
            view.stop_all()
            view.release_zone()
            self._window_header.take_zone()
            self._stack.removeWidget(view)
            view.hide()
            view.deleteLater()

    def zones(self) -> list[QWidget]:
        """Where F6 leads to."""
        return [self.view.tabs, self.view.header.verify_button] if self.view is not None else []
