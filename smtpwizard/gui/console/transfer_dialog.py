"""Moving connectors to another project, or copying them: where to, and what is another there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.console.project_list import ProjectList
from smtpwizard.gui.error_messages import error_message, store_waits_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.tasks import Outcome, Runner, StoreWaits
from smtpwizard.gui.widgets.elements import (
    announce,
    breakable,
    button,
    line,
    literal,
    note_card,
    plain_label,
    plain_tip,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.messages.certificates import certificate_text
from smtpwizard.messages.projects import (
    is_to_register,
    otherwise_name,
    otherwise_sides,
    register_text,
    untrusted_there_text,
)
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
    from smtpwizard.model.stored import Project
    from smtpwizard.usecases.list_rows import ListRow
    from smtpwizard.usecases.transfer import Plan
    from smtpwizard.usecases.workspace import Workspace

WHOSE, WHAT, HERE, THERE = range(4)
SHORT = 60
# Names are listed up to so many.
NAMED = 3


class TransferDialog(QDialog):
    """`done_there` comes with what was done (`Transferred`); `new_wanted` asks for another project
    to go to."""

    done_there = Signal(object)
    new_wanted = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        rows: Sequence[ListRow],
        parent: QWidget,
        *,
        move: bool,
    ) -> None:
        super().__init__(parent)
        self.setProperty("help", "place:project")
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._rows = rows
        self._move = move
        self._plan: Plan | None = None
        self._planning: int | None = None
        self._running = False
        self.finished.connect(self.deleteLater)
        offer_help(self, runner, "place:project")
        self._build()
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 50, room.width() * 9 // 10), min(em * 40, room.height() * 9 // 10))

    def _build(self) -> None:
        title = self.tr("Move to project") if self._move else self.tr("Copy to project")
        self.setWindowTitle(title)
        self.projects = ProjectList(self.tr("To which project?"))
        self.projects.setMinimumHeight(self.fontMetrics().height() * 7)
        self.new_button = button(
            self.tr("&New project…"), self.new_wanted.emit, icon="plus", quiet=True
        )
        self.table = QTableWidget(0, 4)
        self.table.setAccessibleName(self.tr("What differs there"))
        self.table.setHorizontalHeaderLabels(
            [self.tr("Connector"), self.tr("What"), self.tr("Here"), self.tr("There")]
        )
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(True)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (WHOSE, WHAT):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for column in (HERE, THERE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.nothing = plain_label(tone="quiet")
        self.register = plain_label(tone="muted")
        self.untrusted, self.untrusted_label = note_card()
        self.trust_box = QCheckBox()
        cast("QVBoxLayout", self.untrusted.layout()).addWidget(self.trust_box)
        self.refusal, self.refusal_label = note_card(tone="failed")
        self.secrets_label = plain_label(self._about_secrets(), tone="muted")
        go = self.tr("&Move") if self._move else self.tr("&Copy")
        self.go_button = button(go, self.carry_out)
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        self.table.setMinimumHeight(self.fontMetrics().height() * 7)
        for part in (self.projects, self.table):  # as high as there is room, not as lists would be
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24 - RING_ROOM, 20, 24 - RING_ROOM, 16)
        layout.setSpacing(10)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        inside.setSpacing(10)
        inside.addWidget(plain_label(self._heading(), heading="page"))
        inside.addWidget(plain_label(self._names(), tone="quiet"))
        inside.addWidget(self._label(self.tr("To which &project?"), self.projects))
        inside.addWidget(self.projects, 1)
        inside.addWidget(self.new_button, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addWidget(self._label(self.tr("What &differs there"), self.table))
        for widget in (
            self.nothing,
            self.table,
            self.register,
            self.untrusted,
            self.refusal,
            self.secrets_label,
        ):
            inside.addWidget(widget, 1 if widget is self.table else 0)
        self.area = scrolling(body)
        layout.addWidget(self.area, 1)
        buttons = line(None, self.cancel_button, self.go_button)
        buttons.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        layout.addLayout(buttons)
        self.projects.selectionModel().selectionChanged.connect(lambda *_: self._ask_for_plan())
        self._show_plan()

    def _label(self, text: str, buddy: QWidget) -> QWidget:
        label = plain_label(text, tone="strong", wrap=False)
        label.setBuddy(buddy)
        return label

    def _heading(self) -> str:
        if len(self._rows) == 1:
            text = self.tr("Copy {0} to another project")
            if self._move:
                text = self.tr("Move {0} to another project")
            return text.format(self._rows[0].name[:SHORT])
        text = self.tr("Copy {0} connectors to another project")
        if self._move:
            text = self.tr("Move {0} connectors to another project")
        return text.format(len(self._rows))

    def _names(self) -> str:
        origin = self.tr("From {0}.").format(self._ws.project.name[:SHORT])
        if len(self._rows) == 1:
            return origin
        names = self.tr(", ").join(row.name[:SHORT] for row in self._rows[:NAMED])
        more = len(self._rows) - NAMED
        if more > 0:
            names = self.tr("{0} and {1} more").format(names, more)
        return f"{names}. {origin}"

    def _about_secrets(self) -> str:
        if self._move:
            return self.tr("Passwords, sign-ins and recorded tests go along.")
        return self.tr("Passwords are copied, a sign-in is shared. The copy has no recorded tests.")

    # -- where to -----------------------------------------------------------------------------

    def show_projects(self, projects: Sequence[Project], *, at: str = "") -> None:
        """Offer these, but for the one where the connectors are."""
        others = [project for project in projects if project.id != self._ws.project.id]
        before = self.projects.chosen()
        wanted = at or (before.id if before is not None else "")
        # Which of several is never guessed: from a test to production it is one Enter.
        self.projects.show_projects(others, "", at=wanted, guess=len(others) == 1)
        self._ask_for_plan()

    def _ask_for_plan(self) -> None:
        self._plan = None
        if self._planning is not None:
            self._runner.cancel(self._planning)
            self._planning = None
        target = self.projects.chosen()
        if target is not None:
            self._planning = self._runner.submit(
                partial(jobs.plan_transfer, self._ws, self._rows, target, self._move),
                self._planned,
                owner=self,
            )
        self._show_plan()

    def _planned(self, outcome: Outcome) -> None:
        self._planning = None
        if outcome.error is not None:
            self._refuse(error_message(outcome.error))
            return
        self._plan = outcome.value
        self._show_plan()

    def _show_plan(self) -> None:
        plan = self._plan
        found = plan.otherwise if plan is not None else ()
        self.table.setRowCount(0)
        every = self.tr("All of them") if len(self._rows) > 1 else self._rows[0].name
        for each in found:
            row = self.table.rowCount()
            self.table.insertRow(row)
            cells = (
                each.connector or every,
                otherwise_name(each.field),
                *otherwise_sides(each),
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(breakable(text))
                item.setToolTip(plain_tip(text))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, text)
                self.table.setItem(row, column, item)
        self.table.resizeRowsToContents()
        self.table.setVisible(bool(found))
        self.nothing.setVisible(not found)
        self.nothing.setText(self._why_nothing())
        self.register.setText(register_text())
        self.register.setVisible(is_to_register(found))
        self._show_untrusted(plan)
        taken = plan.taken if plan is not None else ()
        self._refuse(self._taken_text(taken))
        self._show_state()

    def _show_untrusted(self, plan: Plan | None) -> None:
        """Whom the other project does not trust: each with what it is told by, before it does."""
        found = plan.untrusted if plan is not None else ()
        hidden = self.untrusted.isHidden()
        self.untrusted.setVisible(bool(found))
        # Nobody is led into trusting, and not into what was said of another project.
        self.trust_box.setChecked(False)
        if plan is None or not found:
            return
        name = clean_text(plan.target.name, SHORT)
        said = [untrusted_there_text(name), *map(certificate_text, found)]
        self.untrusted_label.setText(breakable("\n\n".join(said)))
        self.trust_box.setText(self.tr("&Have {0} trust it, too").format(literal(name)))
        if hidden:
            more = self.untrusted.heightForWidth(self.width() - 48)
            room = self.screen().availableGeometry().height() * 9 // 10
            self.resize(self.width(), max(self.height(), min(self.height() + more, room)))

    def _why_nothing(self) -> str:
        if not self.projects.projects.projects:
            return self.tr("There is no other project yet. Make one first.")
        if self.projects.chosen() is None:
            return self.tr("Choose a project.")
        if self._plan is None:
            return self.tr("Looking…")
        return self.tr("Nothing differs.")

    def _taken_text(self, taken: Sequence[str]) -> str:
        target = self.projects.chosen()
        if not taken or target is None:
            return ""
        names = self.tr(", ").join(name[:SHORT] for name in taken[:NAMED])
        return self.tr("{0} has a connector of this name already: {1}. Rename one of them.").format(
            target.name[:SHORT], names
        )

    def _refuse(self, text: str) -> None:
        said = text and text != self.refusal_label.text()
        self.refusal_label.setText(text)
        self.refusal.setVisible(bool(text))
        if said:
            announce(self.refusal_label, text)

    # -- going --------------------------------------------------------------------------------

    def _may_go(self) -> bool:
        return self._plan is not None and not self._plan.taken and not self._running

    def _show_state(self) -> None:
        for widget in (self.projects, self.new_button, self.trust_box):
            widget.setEnabled(not self._running)
        may = self._may_go()
        self.go_button.setEnabled(may)
        set_next_step(self.go_button if may else None, self)

    def carry_out(self) -> None:
        """Do it."""
        if not self._may_go():
            return
        plan = self._plan
        assert plan is not None
        self._running = True
        self._refuse("")
        self._show_state()

        def done(outcome: Outcome) -> None:
            self._running = False
            if outcome.error is None:
                self.accept()
                self.done_there.emit(outcome.value)
                return
            self._show_state()
            if not self._recovery.offer(self, outcome.error, self.carry_out):
                self._refuse(error_message(outcome.error))

        self._runner.submit(
            partial(jobs.transfer, self._ws, plan, self._move, self.trust_box.isChecked()),
            done,
            self._hear,
            owner=self,
            must_finish=True,
        )

    def _hear(self, message: object) -> None:
        if isinstance(message, StoreWaits):
            self._refuse(store_waits_message())

    def reject(self) -> None:
        if not self._running:  # it comes to its end
            super().reject()
