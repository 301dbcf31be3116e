"""The wizard: four pages over one draft, saved when it is finished."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore
from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QWidget,
    QWizard,
)

from smtpwizard.flow.draft import begin_draft
from smtpwizard.flow.steps import STEPS, ConnectorFlow, StepId
from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.dialogs import WaitDialog, ask, tell
from smtpwizard.gui.widgets.elements import announce
from smtpwizard.gui.widgets.qt_values import PLAIN_TEXT
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.draft_model import DraftModel
from smtpwizard.gui.wizard.pages.form import PAGE_IDS, FormPage
from smtpwizard.gui.wizard.pages.name import NamePage
from smtpwizard.gui.wizard.rail import Rail
from smtpwizard.messages.face import SIGN_IN, page_of
from smtpwizard.model.errors import SmtpWizardError

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent

    from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.workspace import Workspace

# A save that is quicker than this shows no waiting dialog, ms.
WAIT_SHOWN_AFTER_MS = 250

# How high the line above the buttons is, px.
RULER = 2

Button = QWizard.WizardButton


def page_titles() -> dict[StepId, str]:
    """What each step is called on screen."""
    tr = partial(QCoreApplication.translate, "FormPage")
    return {
        StepId.NAME: tr("Name and type"),
        StepId.PROVIDER: tr("Provider"),
        StepId.AUTHENTICATE: tr("Authenticate"),
        StepId.TEST: tr("Admin and test"),
    }


def later_pages() -> Mapping[StepId, type[FormPage]]:
    """The pages after the first; imported once that one is on screen."""
    from smtpwizard.gui.wizard.pages.authenticate import AuthenticatePage  # noqa: PLC0415 - after the first paint
    from smtpwizard.gui.wizard.pages.provider import ProviderPage  # noqa: PLC0415 - after the first paint
    from smtpwizard.gui.wizard.pages.testing import TestPage  # noqa: PLC0415 - after the first paint

    return {page.step: page for page in (ProviderPage, AuthenticatePage, TestPage)}


class ConnectorWizard(QWizard):
    """Takes an administrator from nothing, or from a stored connector, to a saved one.

    `saved` is emitted with the stored connector once it is written, `painted` with the first
    paint. A page after the first is built when *Next* leads to it.
    """

    saved = Signal(object)
    painted = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        *,
        taken_names: frozenset[str],
        listed: ListedConnector | None = None,
        demo: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ws = ws
        self._runner = runner
        self._recovery = recovery
        self._stored: StoredConnector | None = listed.stored if listed else None
        self._save_job: int | None = None
        self._waiting: WaitDialog | None = None
        draft = begin_draft(ws.project, self._stored, taken_names=taken_names)
        self.draft_model = DraftModel(draft, ConnectorFlow(ws.defaults_for))
        status = listed.status if listed else "untested"
        self._context = WizardContext(
            *(self.draft_model, ws, runner, recovery, self._stored, status),
            demo=bool(demo),
            demo_mail=bool(demo and "line" in demo),
        )
        self._was_painted = self._has_all_of_first = False
        self._furthest = 0
        self._foot: QFrame | None = None
        self._titles = page_titles()
        self.pages: dict[StepId, FormPage] = {}
        self._add_page(NamePage(self._context, self))
        self._lay_out(demo)
        self.currentIdChanged.connect(self._page_changed)

    def _lay_out(self, demo: Mapping[str, Any] | None) -> None:
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setOption(QWizard.WizardOption.IgnoreSubTitles)  # each page shows its own
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.setOption(QWizard.WizardOption.NoBackButtonOnLastPage, False)
        self.setOption(QWizard.WizardOption.HaveHelpButton)
        for which, text in (
            (Button.NextButton, self.tr("&Next")),
            (Button.BackButton, self.tr("&Back")),
            (Button.FinishButton, self.tr("&Finish")),
            (Button.CancelButton, self.tr("Cancel")),
            (Button.HelpButton, self.tr("Help")),
        ):
            self.setButtonText(which, text)
            # The accessible name is what is seen, not the mnemonic nor Qt's arrows.
            self.button(which).setAccessibleName(text.replace("&", ""))
        if self._ws.recording is not None:
            self._only_close()
        # It stands at the left, and comes last: what is wanted after a field is the next step.
        self.setTabOrder(self.button(Button.CancelButton), self.button(Button.HelpButton))
        self.helpRequested.connect(self.show_help)
        if self._stored is None:
            self.setWindowTitle(self.tr("Create connector"))
        else:
            self.setWindowTitle(self.tr("Edit connector – {0}").format(self._stored.connector.name))
        self.rail = Rail([self._titles[step.id] for step in STEPS])
        self.rail.wanted.connect(self._go_to_index)
        if demo:
            from smtpwizard.gui.widgets.demo_strip import DemoFoot  # noqa: PLC0415 - of the demo

            foot = DemoFoot(demo)
            foot.fill_in.connect(lambda: self.fill_in(demo))
            foot.mail_wanted.connect(lambda: self._show_demo_mail(demo))
            self.demo_foot = foot
            self.rail.column.addWidget(foot)
        self.setSideWidget(self.rail)
        self._fix_size()

    def _only_close(self) -> None:
        """A replay has nothing to save and nothing to lose: one button closes it."""
        close = self.tr("Close")
        self.setButtonText(Button.CancelButton, close)
        self.button(Button.CancelButton).setAccessibleName(close)
        self.setButtonLayout(
            [
                *(Button.HelpButton, Button.Stretch),
                *(Button.BackButton, Button.NextButton, Button.CancelButton),
            ]
        )

    def _fix_size(self) -> None:
        """One size for all pages, so that the window does not jump; never past the screen."""
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        width, height = room.width() * 19 // 20, room.height() * 19 // 20
        self.setMinimumSize(min(em * 48, width), min(em * 32, height))
        self.resize(min(em * 60, width), min(round(em * 48.75), height))
        # With a large font on a small screen the page needs the room more.
        self.rail.setFixedWidth(min(self.rail.width(), width * 3 // 11))

    def _build_foot(self) -> None:
        """The buttons lie on a ground of their own, as at every foot of a window."""
        self._foot = QFrame(self.button(Button.CancelButton).parentWidget())
        self._foot.setObjectName("foot")
        self._foot.lower()
        self._foot.show()
        self._place_foot()

    def _place_foot(self) -> None:
        """As far up as the line above the buttons, wherever these have come to stand."""
        if self._foot is None:
            return
        last = self.button(Button.CancelButton).geometry()
        below = self.height() - last.bottom() - 1
        top = last.top() - below - RULER
        self._foot.setGeometry(0, top, self.width(), self.height() - top)

    def set_taken_names(self, names: frozenset[str]) -> None:
        """The list was read again: these names are taken, but for this connector's own."""
        self.draft_model.set_taken_names(names)

    def _add_page(self, page: FormPage) -> None:
        page.show_title(self._titles[page.step])
        page.say_sentence()
        page.sign_in_wanted.connect(self._go_to_sign_in)
        page.field_wanted.connect(self._go_to_field)
        page.answered.connect(self.show_rail)
        self.pages[page.step] = page

    def build_later(self) -> None:
        """Build what of the first page is not needed for the first paint."""
        if self._has_all_of_first:
            return
        self._has_all_of_first = True
        for label in self.findChildren(QLabel):
            label.setProperty("textFormat", PLAIN_TEXT)  # Qt's own, such as the watermark's
        self.page_now().show_problems()
        announce(self.page_now(), self.page_now().accessibleName())
        self.draft_model.add_family()
        first = self.pages[StepId.NAME]
        assert isinstance(first, NamePage)
        first.build_later()
        self._build_foot()
        self._listen_to_f1()
        self.draft_model.changed.connect(self.show_rail)

    def build_rest(self) -> None:
        """Build all that is not there yet."""
        self.build_later()
        for step in STEPS:
            self._build_page(PAGE_IDS[step.id])

    def _build_page(self, index: int) -> None:
        if index >= 0 and self.page(index) is None:
            self._add_page(later_pages()[STEPS[index].id](self._context, self))

    def validateCurrentPage(self) -> bool:
        # Qt asks this before it goes on, to a page that has to be there.
        valid = super().validateCurrentPage()
        if valid:
            self._build_page(self.nextId())
        return valid

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._place_foot()
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.painted.emit()
        QTimer.singleShot(0, self, self.build_later)

    # -- moving about -------------------------------------------------------------------------

    def page_now(self) -> FormPage:
        page = self.currentPage()
        assert isinstance(page, FormPage)
        return page

    def _page_changed(self, index: int) -> None:
        page = self.currentPage()
        if not isinstance(page, FormPage):
            return
        self._furthest = max(self._furthest, index)
        page.show_draft()
        self.show_rail()
        if self._was_painted:
            page.show_problems()
        page.first_focus().setFocus()
        page.choose_default()
        if self._was_painted:
            announce(page, page.accessibleName())

    def show_rail(self) -> None:
        """What was answered on the pages seen so far."""
        now = self.currentId()
        for index, step in enumerate(STEPS):
            page, seen = self.pages.get(step.id), index <= self._furthest
            answers = page.answers() if page is not None and seen else ""
            complete = page is not None and page.isComplete()
            state = "now" if index == now else "later"
            if index != now and seen:
                good = complete and page is not None and page.answers_tone() != "danger"
                state = "done" if good else "failed"
            tone = page.answers_tone() if page is not None else "quiet"
            self.rail.steps[index].show_state(state, answers, tone)

    def _go_to_index(self, index: int) -> None:
        """To a page that was seen: back at once, forward as far as the pages are complete."""
        while self.currentId() > index:
            self.back()
        while self.currentId() < index and self.page_now().isComplete():
            self.next()

    def go_to_test(self) -> None:
        """To the last page of an open wizard, or the first one on which something is missing."""
        self.build_later()
        self._go_to_index(max(PAGE_IDS.values()))

    def start_test(self) -> None:
        """Go there, and test where nothing is missing."""
        from smtpwizard.gui.wizard.pages.testing import TestPage  # noqa: PLC0415 - after the first paint

        self.go_to_test()
        page = self.page_now()
        if isinstance(page, TestPage) and page.isComplete():
            page.test()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter)
        if enter and not self.page_now().isComplete() and not self.page_now().busy():
            self.page_now().reveal_problems()
            return
        super().keyPressEvent(event)

    def fill_in(self, demo: Mapping[str, Any]) -> None:
        """Put the demo server's values into the draft."""
        from smtpwizard.flow.prefill import fill_in  # noqa: PLC0415 - of the demo

        self.draft_model.set(fill_in(self.draft_model.draft, demo, self.tr("Demo")))

    def _show_demo_mail(self, demo: Mapping[str, Any]) -> None:
        from smtpwizard.gui.results.demo_mail import DemoMail  # noqa: PLC0415 - of the demo

        self.demo_mail = DemoMail(self, self._runner, demo)
        self.demo_mail.open()

    # -- help ---------------------------------------------------------------------------------

    def show_help(self) -> None:
        """Help on the page that is shown, in a window beside it."""
        from smtpwizard.gui.help.opening import show_help  # noqa: PLC0415 - on request
        from smtpwizard.gui.results.cause_card import help_keys_in  # noqa: PLC0415 - on request

        page = self.page_now()
        show_help(self, self._runner, *help_keys_in(page), f"wizard:{page.step}")

    def _listen_to_f1(self) -> None:
        from PySide6.QtGui import QKeySequence, QShortcut  # noqa: PLC0415 - after the first paint

        shortcut = QShortcut(QKeySequence("F1"), self)
        shortcut.activated.connect(self.show_help)

    # -- leaving ------------------------------------------------------------------------------

    def reject(self) -> None:
        """Esc, Cancel and closing: ask first when there is something to lose."""
        if self._save_job is not None:
            return
        page = self.page_now() if self.currentPage() else None
        running = page is not None and page.busy()
        if self._ws.recording is not None and page is not None:
            page.leave()
            super().reject()
            return
        if not self.draft_model.dirty and not running:
            super().reject()
            return
        if running:
            detail = self.tr("A test is running. It is stopped and nothing is saved.")
        else:
            detail = self.tr("What you entered is not saved yet.")
        ask(
            self,
            self.windowTitle(),
            self.tr("Discard this connector?")
            if self._stored is None
            else self.tr("Discard the changes?"),
            detail,
            self.tr("Discard"),
            self.tr("Keep editing"),
            self._discard,
            destructive=True,
        )

    def _discard(self, yes: bool) -> None:
        if not yes:
            return
        self.page_now().leave()
        super().reject()

    # -- saving -------------------------------------------------------------------------------

    def accept(self) -> None:
        """Finish: save off the window's thread; the wizard stays open until it is done."""
        if self.draft_model.connector() is None or self._save_job is not None:
            return
        self._save_job = self._runner.submit(
            partial(jobs.save, self._ws, self.draft_model.draft, self._stored),
            self._save_ended,
            must_finish=True,
        )
        QTimer.singleShot(WAIT_SHOWN_AFTER_MS, self, self._show_waiting)

    def _show_waiting(self) -> None:
        if self._save_job is None or self._waiting is not None:
            return
        self._waiting = WaitDialog(
            self, self.tr("Saving…"), self.tr("Waiting for the system's keyring…")
        )
        self._waiting.rejected.connect(self._stop_saving)
        self._waiting.open()

    def _stop_saving(self) -> None:
        if self._save_job is not None:
            self._runner.cancel(self._save_job)
        self._save_job = None
        self._waiting = None

    def _save_ended(self, outcome: Outcome) -> None:
        self._save_job = None
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.done(0)
        error = outcome.error
        if error is None:
            self.saved.emit(outcome.value)
            super().accept()
            return
        if self._recovery.offer(self, error, self.accept, saving=True):
            return
        code = error.code if isinstance(error, SmtpWizardError) else ""
        if code == "name_taken":
            self._go_to(StepId.NAME)
            self.draft_model.set(self.draft_model.draft.with_name_taken())
            self.page_now().reveal_problems()
            return
        tell(self, self.windowTitle(), self.tr("Not saved"), error_message(error))

    def _go_to_sign_in(self) -> None:
        self._go_to(StepId.AUTHENTICATE)
        self.page_now().point_to_sign_in()

    def _go_to_field(self, field: str) -> None:
        """To the page that has a field, with the focus in it; the rail leads back."""
        if field == SIGN_IN:
            self._go_to_sign_in()
            return
        steps = [step for step, title in self._titles.items() if title == page_of(field)]
        for step in steps:
            self._go_to(step)
            self.page_now().focus_field(field)

    def _go_to(self, step: StepId) -> None:
        while self.currentId() > PAGE_IDS[step]:
            self.back()
