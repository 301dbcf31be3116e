"""Projects in the window: which one is shown, how one comes to another, how one is made or goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QDialog

from smtpwizard.gui import jobs
from smtpwizard.gui.console.notification_zone import Offer
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.messages.projects import environment_name
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.gui.console.frame import Frame
    from smtpwizard.gui.console.notification_zone import NotificationZone, Said
    from smtpwizard.gui.console.project_switcher import ProjectPopup, ProjectSwitcher
    from smtpwizard.gui.console.transfer_dialog import TransferDialog
    from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
    from smtpwizard.model.stored import Project
    from smtpwizard.usecases.list_rows import ListRow
    from smtpwizard.usecases.remove_project import ProjectRemoval
    from smtpwizard.usecases.transfer import MovedBack, Transferred
    from smtpwizard.usecases.workspace import Workspace

# How often a switch that waits for a save looks whether it can go on, ms.
LOOK_EVERY_MS = 100


class Around(Protocol):
    """What this part asks of the window's other parts."""

    zone: NotificationZone

    def leave_all(self, then: Callable[[], object]) -> None: ...
    def what_runs(self) -> tuple[str, str]: ...
    def stop_all(self) -> None: ...
    def go_to(self, key: str) -> None: ...
    def number_of_connectors(self) -> int: ...
    def chosen(self) -> Sequence[ListRow]: ...
    def gone(self, identifiers: Iterable[str]) -> None: ...
    def forget_removals(self) -> None: ...


class Projects(QObject):
    """Joins the switcher, its list and the window; `around` is the console."""

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        window: Frame,
        around: Around,
        switcher: ProjectSwitcher,
    ) -> None:
        super().__init__(switcher)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._window = window
        self._around = around
        self._switcher = switcher
        self._waiting: Said | None = None
        self.popup: ProjectPopup | None = None
        self.dialog: QDialog | None = None
        self.new_dialog: QDialog | None = None
        switcher.clicked.connect(self.choose)
        self.show_current()

    # -- which one it is ----------------------------------------------------------------------

    def show_current(self) -> None:
        """The project has another name or environment, or is another."""
        project = self._ws.project
        if self._window.is_demo_project(project):
            self._switcher.show_project(self.tr("Demo"), self.tr("Nothing of yours"))
            return
        note = environment_name(project.environment) or project.base_url or project.domain
        self._switcher.show_project(project.name, note or self.tr("No domain yet"))

    def read_again(self) -> None:
        """Its file has changed: another program may have renamed or removed it."""

        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                return
            if outcome.value is None:
                self._removed_elsewhere()
            else:
                self._ws.project = outcome.value
                self._window.show_title()
                self.show_current()

        self._runner.submit(partial(jobs.project_now, self._ws), done, owner=self)

    def _removed_elsewhere(self) -> None:
        name = self._ws.project.name

        def done(outcome: Outcome) -> None:
            if outcome.value is not None:
                window = self._window
                title = self.tr("{0} was removed by another program").format(name[:60])
                text = self.tr("Another project is shown now.")
                window.show_workspace(outcome.value)
                window.projects.tell("unknown", title, text)

        self._runner.submit(partial(jobs.leave_removed_project, self._ws), done, owner=self)

    # -- another one --------------------------------------------------------------------------

    def choose(self) -> None:
        """Open the list of all projects."""

        def show(projects: Sequence[Project]) -> None:
            from smtpwizard.gui.console.project_switcher import ProjectPopup  # noqa: PLC0415 - on request

            popup = ProjectPopup(self._window)
            popup.list.projects.is_demo = self._window.is_demo_project
            popup.show_projects(projects, self._ws.project.id)
            popup.chosen.connect(self.switch)
            popup.new_wanted.connect(self.new)
            popup.settings_wanted.connect(lambda: self._around.go_to("project"))
            self.popup = popup
            popup.open_under(self._switcher)

        self._with_projects(show)

    def _with_projects(self, then: Callable[[Sequence[Project]], object]) -> None:
        def read(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._tell_failure(self.tr("The projects cannot be read"), outcome.error)
            else:
                then(outcome.value)

        self._runner.submit(partial(jobs.list_projects, self._ws), read, owner=self)

    def switch(self, identifier: str, path: str = "") -> None:
        """Show another project, once nothing is lost by it; and open the file with this path
        there."""
        if identifier != self._ws.project.id:
            self.enter(identifier, partial(self._window.open_file, path) if path else None)

    def enter(self, identifier: str, then: Callable[[], object] | None) -> None:
        """Show another project, once nothing is lost by it, and do `then`."""
        self._once_free(partial(self._show, identifier, then))

    def _once_free(self, then: Callable[[], object]) -> None:
        self._around.leave_all(lambda: self._stop_first(lambda: self._when_saved(then)))

    def _stop_first(self, then: Callable[[], object]) -> None:
        """Ask whether what is under way may be given up."""
        sentence, meaning = self._around.what_runs()
        if not sentence:
            then()
            return

        def answered(yes: bool) -> None:
            if yes:
                self._around.stop_all()
                then()

        self.dialog = ask(
            self._window,
            self._window.windowTitle(),
            sentence,
            meaning,
            self.tr("Stop and switch"),
            self.tr("Keep going"),
            answered,
            destructive=True,
        )

    def _when_saved(self, then: Callable[[], object]) -> None:
        """What is being saved comes to its end first."""
        if not self._runner.saving:
            if self._waiting is not None:
                self._waiting.close()
                self._waiting = None
            then()
            return
        if self._waiting is None:
            self._waiting = self._around.zone.say(
                "running", self.tr("Saving…"), self.tr("The project changes when it is done.")
            )
        QTimer.singleShot(LOOK_EVERY_MS, self, partial(self._when_saved, then))

    def _show(self, identifier: str, then: Callable[[], object] | None) -> None:
        def entered(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._tell_failure(self.tr("The project cannot be opened"), outcome.error)
            else:
                window = self._window
                window.show_workspace(outcome.value)
                if then is not None:
                    then()

        self._runner.submit(partial(jobs.enter_project, self._ws, identifier), entered, owner=self)

    # -- a new one ----------------------------------------------------------------------------

    def new(self) -> None:
        """Ask what a new project is called, create it and go there."""

        def show(projects: Sequence[Project]) -> None:
            from smtpwizard.gui.console.new_project import NewProjectDialog  # noqa: PLC0415 - on request

            taken = [project.name for project in projects]
            dialog = NewProjectDialog(self._ws, self._runner, taken, self._window)
            dialog.created.connect(lambda project: self.switch(project.id))
            self.dialog = dialog
            dialog.open()

        self._with_projects(show)

    # -- connectors that go there -------------------------------------------------------------

    def transfer(self, *, move: bool) -> None:
        """Ask where the selected connectors are to go, or to be copied, and show what that does."""
        rows = self._around.chosen()
        if rows:
            self._around.leave_all(
                lambda: self._with_projects(partial(self._ask_where, rows, move))
            )

    def _ask_where(self, rows: Sequence[ListRow], move: bool, projects: Sequence[Project]) -> None:
        from smtpwizard.gui.console.transfer_dialog import TransferDialog  # noqa: PLC0415 - on request

        dialog = TransferDialog(
            self._ws, self._runner, self._recovery, rows, self._window, move=move
        )
        dialog.projects.projects.is_demo = self._window.is_demo_project
        dialog.show_projects(projects)
        dialog.done_there.connect(partial(self._transferred, move))
        dialog.new_wanted.connect(partial(self._make_for, dialog, projects))
        self.dialog = dialog
        dialog.open()

    def _make_for(self, dialog: TransferDialog, projects: Sequence[Project]) -> None:
        """Make a project that connectors can go to; the window stays where it is."""
        from smtpwizard.gui.console.new_project import NewProjectDialog  # noqa: PLC0415 - on request

        taken = [project.name for project in projects]
        new = NewProjectDialog(self._ws, self._runner, taken, dialog)

        def created(project: Project) -> None:
            self._with_projects(lambda all_: dialog.show_projects(all_, at=project.id))

        new.created.connect(created)
        self.new_dialog = new
        new.open()

    def _transferred(self, move: bool, there: Transferred) -> None:
        target = there.plan.target
        where = target.name[:60]
        names = [stored.connector.name[:60] for stored in there.connectors]
        if move:
            title = self.tr("{0} connectors are in {1} now").format(len(names), where)
            if len(names) == 1:
                title = self.tr("{0} is in {1} now").format(names[0], where)
            self._around.zone.say(
                "passed",
                title,
                self.tr("Passwords and recorded tests went along."),
                Offer(self.tr("Undo"), partial(self._move_back, there)),
            )
        else:
            title = self.tr("{0} connectors are copied to {1}").format(len(names), where)
            if len(names) == 1:
                title = self.tr("{0} is copied to {1}").format(names[0], where)
            self._around.zone.say(
                "passed",
                title,
                self.tr("Not tested there yet."),
                Offer(self.tr("Go there"), partial(self.switch, target.id), lasting=True),
            )
        self._around.gone(stored.id for stored in there.plan.connectors if move)
        self._window.refresh()

    def _move_back(self, there: Transferred) -> None:
        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._tell_failure(self.tr("Not moved back"), outcome.error)
            else:
                self._window.select_next(outcome.value.connectors[0].id)
                self._tell_trust(outcome.value, there.plan.target.name[:60])

        self._runner.submit(
            partial(jobs.move_back, self._ws, there), done, owner=self, must_finish=True
        )

    def _tell_trust(self, back: MovedBack, where: str) -> None:
        """What became of whom the other project was to trust."""
        if back.no_more:
            names = self.tr(", ").join(clean_text(one.name, 60) for one in back.no_more)
            title = self.tr("{0} does not trust {1} any more").format(where, names)
            self._around.zone.say("passed", title)
        if back.kept:
            names = self.tr(", ").join(clean_text(one.name, 60) for one in back.kept)
            title = self.tr("{0} trusts {1} still").format(where, names)
            self._around.zone.say("unknown", title, self.tr("A connector there needs it by now."))

    # -- one that goes ------------------------------------------------------------------------

    def remove(self) -> None:
        """Remove the project that is shown; with connectors in it, that is asked about."""
        self._once_free(self._remove)

    def _remove(self) -> None:
        number = self._around.number_of_connectors()
        if not number:
            self._carry_out_removal(with_connectors=False)
            return
        name = self._ws.project.name[:120]
        text = self.tr("Remove {0} and its {1} connectors?").format(name, number)
        if number == 1:
            text = self.tr("Remove {0} and its connector?").format(name)

        def answered(yes: bool) -> None:
            if yes:
                self._carry_out_removal(with_connectors=True)

        self.dialog = ask(
            self._window,
            self.tr("Remove the project"),
            text,
            self.tr(
                "Their passwords, sign-ins and recorded tests are erased with them. This cannot be "
                "undone. Move to project… takes connectors elsewhere first."
            ),
            self.tr("Remove all of it"),
            self.tr("Keep it"),
            answered,
            destructive=True,
        )

    def _carry_out_removal(self, *, with_connectors: bool) -> None:
        name = self._ws.project.name

        def done(outcome: Outcome) -> None:
            error = outcome.error
            if error is None:
                removal, ws = outcome.value
                window = self._window
                self._around.forget_removals()
                window.show_workspace(ws)
                window.projects.tell_removed(name, removal)
                return
            again = partial(self._carry_out_removal, with_connectors=with_connectors)
            if not self._recovery.offer(self._window, error, again):
                self._tell_failure(self.tr("Not removed"), error)

        self._runner.submit(
            partial(jobs.remove_project, self._ws, with_connectors),
            done,
            owner=self,
            must_finish=True,
        )

    def tell_removed(self, name: str, removal: ProjectRemoval | None) -> None:
        """Say what is gone; without connectors it can come back while this project is shown."""
        title = self.tr("The project {0} is removed").format(name[:60])
        if removal is None:
            self._around.zone.say("passed", title)
            return
        self._around.zone.say(
            "passed",
            title,
            self.tr("It can come back until another project is shown or the window closes."),
            Offer(
                self.tr("Undo"),
                partial(self._bring_back, removal),
                name=self.tr("Undo removal of {0}").format(name[:60]),
                finish=partial(_finish, self._runner, removal),
            ),
        )

    def _bring_back(self, removal: ProjectRemoval) -> None:
        def done(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._tell_failure(self.tr("It is not back"), outcome.error)
                _finish(self._runner, removal)
            else:
                self.switch(outcome.value.id)

        self._runner.submit(
            partial(jobs.undo_project_removal, removal), done, owner=self, must_finish=True
        )

    def tell(self, tone: str, title: str, text: str = "") -> None:
        """Say something in the head of the window."""
        self._around.zone.say(tone, title, text)

    def _tell_failure(self, title: str, error: Exception) -> None:
        self._around.zone.say("failed", title, error_message(error))


def _finish(runner: Runner, removal: ProjectRemoval) -> None:
    runner.submit(partial(jobs.finish_project_removal, removal), lambda _: None, must_finish=True)
