"""All settings of a connector on one page, edited in place over one draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.flow.draft import ConnectorDraft, SignInState, begin_draft
from smtpwizard.flow.edits import (
    FORM,
    SECRETS,
    Edit,
    Section,
    by_section,
    edits,
    put_back,
    section_of,
    shown_fields,
)
from smtpwizard.flow.steps import ConnectorFlow, StepId
from smtpwizard.gui.console.detail.edit_fields import EditFields, provider_brings
from smtpwizard.gui.console.detail.saving import DraftSaver
from smtpwizard.gui.console.detail.sections import SectionCard, SectionList
from smtpwizard.gui.console.detail.words import value_text
from smtpwizard.gui.secret_store_dialogs import SecretStoreRecovery
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.dialogs import ask
from smtpwizard.gui.widgets.elements import button, plain_label
from smtpwizard.gui.widgets.fields import SideBySide, scroll_to, scrolling, show_field
from smtpwizard.gui.widgets.save_bar import SaveBar
from smtpwizard.gui.widgets.tab_order import last_of, order_tabs
from smtpwizard.gui.wizard.draft_model import DraftModel
from smtpwizard.messages.face import Face, field_label
from smtpwizard.messages.problems import problem_text
from smtpwizard.messages.security import security_name
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.model.report import Problem
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

_OAUTH = "authentication.oauth"
# Which fields stand side by side, where both have room; and how they share it.
PAIRS = {
    "name": ("description", (1, 1)),
    "provider": ("server.security", (1, 1)),
    "server.host": ("server.port", (3, 2)),
    "authentication.method": ("authentication.username", (1, 1)),
    f"{_OAUTH}.client_id": ("authentication.client_secret", (1, 1)),
    f"{_OAUTH}.client_secret_expires": (f"{_OAUTH}.tenant", (1, 1)),
    f"{_OAUTH}.authorization_endpoint": (f"{_OAUTH}.token_endpoint", (1, 1)),
    "admin.email": ("admin.name", (1, 1)),
    "sender.address": ("sender.name", (1, 1)),
    "server.ehlo_name": ("server.timeout_s", (3, 1)),
}
MAX_WAS = 60


class ConfigurationPage(QWidget):
    """Reads and writes the draft, decides nothing; saves when asked to.

    `edited` comes with the number of changes, `saved` with the connector and whether it is to be
    verified now, `gone` when somebody has removed it meanwhile.
    """

    edited = Signal(int)
    saved = Signal(object, bool)
    sign_in_wanted = Signal()
    gone = Signal()

    def __init__(
        self,
        ws: Workspace,
        runner: Runner,
        recovery: SecretStoreRecovery,
        stored: StoredConnector,
        taken_names: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self._ws = ws
        self.stored = stored
        self._taken = taken_names
        self.edits: tuple[Edit, ...] = ()
        self.model = DraftModel(self._begin(stored), ConnectorFlow(ws.defaults_for))
        self.fields = EditFields(self.model, ws.catalogue, self)
        self.cards: dict[Section, SectionCard] = {}
        self._titles = {
            Section.NAME: self.tr("Name and type"),
            Section.PROVIDER: self.tr("Provider"),
            Section.AUTHENTICATE: self.tr("Authenticate"),
            Section.TEST: self.tr("Admin and test"),
            Section.SENDER: self.tr("Sender"),
            Section.ADVANCED: self.tr("Advanced"),
        }
        self.sections = SectionList(self._titles)
        self.sections.chosen.connect(self.go_to)
        self.brings = plain_label(tone="muted")
        self.sign_in_note = plain_label(tone="warning")
        self.banner = Banner("failed")
        self.banner.hide()
        self.look_button = button(self.tr("&Look at the differences…"), self._look)
        self.sign_in_button = button(self.tr("Sign &in again…"), self.sign_in_wanted.emit)
        for push in (self.look_button, self.sign_in_button):
            self.banner.add_button(push)
        self.bar = SaveBar()
        self.bar.verify_button.show()
        self.bar.saved.connect(self.save)
        self.bar.verified.connect(lambda: self.save(verify=True))
        self.bar.reset.connect(self.reset)
        self.saver = DraftSaver(ws, runner, recovery, self)
        self.saver.saved.connect(self._saved)
        self.saver.failed.connect(self._not_saved)
        self.saver.contested.connect(self._take_merged)
        self.saver.name_taken.connect(self._name_taken)
        self.saver.gone.connect(self._is_gone)
        self._verify_after = False
        self._hints = {key: field.hint for key, field in self.fields.by_key.items()}
        self._lay_out()
        self.sections.show_current(Section.NAME)
        for field in self.fields.by_key.values():
            field.when_touched(self._show_problems)
        self.model.changed.connect(self.refresh)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow_focus)
        self.refresh()

    def _begin(self, stored: StoredConnector) -> ConnectorDraft:
        draft = begin_draft(self._ws.project, stored, taken_names=self._taken)
        return draft.with_family(self._ws.defaults_for)

    def _lay_out(self) -> None:
        # From the outside to the inside: a tree that is moved is looked at whole each time.
        self._ways_back = 0
        self._content = content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(2, 2, 10, 2)
        inner.setSpacing(16)
        em = self.fontMetrics().height()
        content.setMaximumWidth(em * 40)
        self.area = scrolling(content)
        body = QHBoxLayout()
        body.setSpacing(20)
        body.addWidget(self.sections)
        body.addWidget(self.area, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(body, 1)
        column.addWidget(self.banner)
        column.addWidget(self.bar)
        for section, title in self._titles.items():
            self.cards[section] = SectionCard(title)
            inner.addWidget(self.cards[section])
            self._fill_card(section, self.cards[section])
        inner.addStretch(1)

    def _fill_card(self, section: Section, out: SectionCard) -> None:
        done = set[str]()
        for key in FORM[section]:
            if key in done or key not in self.fields.by_key:
                continue
            field = self.fields[key]
            other, shares = PAIRS.get(key, ("", (1, 1)))
            if other:
                out.form.add_pair(field, self.fields[other], shares)
                done.add(other)
            else:
                out.form.add(field)
            if key == "provider":
                out.form.add_note(self.brings)
        if section is Section.AUTHENTICATE:
            out.form.add_note(self.sign_in_note)

    # -- the draft on screen ------------------------------------------------------------------

    @property
    def unsaved(self) -> int:
        """How many fields are changed and not saved."""
        return len(self.edits)

    def refresh(self) -> None:
        """Bring everything on the page in line with the draft."""
        draft, initial = self.model.draft, self.model.initial
        self.fields.show_draft()
        self.edits = edits(initial, draft)
        shown = shown_fields(draft)
        for key, field in self.fields.by_key.items():
            show_field(field, key in shown)
        for key, (other, _) in PAIRS.items():
            pair = self.fields[key].box.parentWidget()
            if isinstance(pair, SideBySide):  # or nothing would leave a gap
                pair.setVisible(key in shown or other in shown)
        self._show_brought(draft)
        ended = "refresh_token" in initial.kept_secrets and (
            draft.sign_in_state(self._ws.defaults_for) is SignInState.NONE
        )
        self.sign_in_note.setText(
            self.tr("The sign-in that is kept was for what is saved. After saving, sign in again.")
        )
        self.sign_in_note.setVisible(ended)
        self._show_was()
        self._order_tabs()
        self._show_problems()
        self.edited.emit(len(self.edits))

    def _show_brought(self, draft: ConnectorDraft) -> None:
        brought = provider_brings(draft, self._ws.catalogue)
        self.brings.setVisible(brought is not None)
        if brought is not None:
            host, port, security = brought
            words = self.tr("{0} brings {1}, port {2}, {3}.")
            name = self._ws.catalogue.name_of(draft.provider)
            self.brings.setText(words.format(name, host, port, security_name(security)))

    def _show_was(self) -> None:
        """Under each changed field what it was, and the way back."""
        changed = {edit.field: edit for edit in self.edits}
        for key, field in self.fields.by_key.items():
            edit = changed.get(key)
            if edit is None:
                field.set_hint(self._hints[key])
                field.set_action("", lambda: None)
                continue
            was = value_text(key, edit.before, self._ws.catalogue.name_of)
            if key in SECRETS:
                field.set_hint(self.tr("Takes the place of the one that is kept."))
            else:
                field.set_hint(self.tr("Was {0}.").format(clean_text(was, MAX_WAS)))
            words = self.tr("Keep the old one") if key in SECRETS else self.tr("Put it back")
            field.set_action(
                words,
                lambda key=key: self.put_back(key),  # type: ignore[misc]
                name=self.tr("{0}: {1}").format(field.name, words),
            )

    def _order_tabs(self) -> None:
        """Tab in reading order: the way back stands where it is seen, though it is made last."""
        ways_back = len(self._content.findChildren(QPushButton))
        if ways_back != self._ways_back:
            self._ways_back = ways_back
            order_tabs(self._content, list(self.sections.buttons.values())[-1])
            order_tabs(self.banner, last_of(self._content))
            order_tabs(self.bar, self.sign_in_button)

    def put_back(self, key: str) -> None:
        """One field as it is saved."""
        self.fields[key].editor.setFocus()  # what has the focus goes away
        self.model.set(put_back(self.model.initial, self.model.draft, key))

    # -- problems -----------------------------------------------------------------------------

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong anywhere on the page."""
        return tuple(each for step in StepId for each in self.model.problems(step))

    def _show_problems(self) -> None:
        problems = self.problems()
        texts: dict[str, str] = {}
        for problem in problems:
            texts.setdefault(problem.field, problem_text(problem, Face.WINDOW))
        for field in self.fields.by_key.values():
            field.set_error(texts.get(field.key, "") if field.touched else "")
        changes, wrong = by_section(self.edits), by_section(problems)
        shown = shown_fields(self.model.draft)
        for section, card in self.cards.items():
            from_it = not shown.isdisjoint(FORM[section])
            card.setVisible(from_it)
            self.sections.buttons[section].setVisible(from_it)
            card.show_changes(changes.get(section, 0))
            self.sections.buttons[section].show_state(
                changes.get(section, 0), wrong.get(section, 0)
            )
        self._show_bar(texts)

    def _show_bar(self, texts: dict[str, str]) -> None:
        names = [field_label(edit.field) for edit in self.edits]
        if texts:
            missing = next((f.name for k, f in self.fields.by_key.items() if k in texts), "")
            after = self.tr("Still needed: {0}").format(missing or next(iter(texts.values())))
        elif not self.model.draft.verifies_like_its_base(self._ws.defaults_for):
            after = self.tr("It counts as not tested afterwards.")
        else:
            after = ""
        self.bar.show_changes(names, complete=not texts and not self.saver.busy, after=after)

    def reveal_problems(self) -> None:
        """Show every problem, and go to the first field that has one."""
        for field in self.fields.by_key.values():
            field.touched = True
        self._show_problems()
        first = next((f for f in self.fields.by_key.values() if f.error), None)
        if first is not None:
            first.editor.setFocus()
            scroll_to(first.editor)

    # -- moving about -------------------------------------------------------------------------

    def go_to(self, section: Section) -> None:
        """Scroll to a section, and give its first field the focus."""
        self.sections.show_current(section)
        for key in FORM[section]:
            field = self.fields.by_key.get(key)
            if field is not None and field.box.isVisibleTo(self):
                self.area.ensureWidgetVisible(self.cards[section], 0, 0)
                field.editor.setFocus()
                return

    def go_to_field(self, key: str) -> None:
        """Give a field the focus; where it is not on the page now, its section."""
        field = self.fields.by_key.get(key)
        if field is None or not field.box.isVisibleTo(self):
            self.go_to(section_of(key))
            return
        field.editor.setFocus()
        scroll_to(field.editor)

    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        for section, card in self.cards.items():
            if now is not None and card.isAncestorOf(now):
                self.sections.show_current(section)

    # -- saving -------------------------------------------------------------------------------

    def save(self, *, verify: bool = False) -> None:
        """Save what is on screen, as the next state of what was read."""
        if self.saver.busy or not self.edits:
            return
        if self.model.connector() is None:
            self.reveal_problems()
            return
        self._verify_after = verify
        self.banner.hide()
        self.saver.save(self.model.draft, self.model.initial, self.stored)
        self._show_problems()

    def _saved(self, stored: StoredConnector) -> None:
        verify, self._verify_after = self._verify_after, False
        ended = "refresh_token" in self.stored.secrets and "refresh_token" not in stored.secrets
        self.show_stored(stored)
        if ended:
            self._say(
                "unknown",
                self.tr("Saved. The sign-in has ended"),
                self.tr("It was given to the registration as it was before. Sign in again."),
                sign_in=True,
            )
        self.saved.emit(stored, verify)

    def _not_saved(self, text: str) -> None:
        self._say("failed", self.tr("Not saved"), text)
        self._show_problems()

    def _name_taken(self) -> None:
        self.model.set(self.model.draft.with_name_taken())
        self.reveal_problems()

    def _take_merged(self, draft: ConnectorDraft, theirs: StoredConnector) -> None:
        """What the two agreed on is on screen, over what is saved by now."""
        self.stored = theirs
        self.banner.hide()
        self.model.initial = self._begin(theirs)
        self.model.set(draft)
        self.refresh()

    def _is_gone(self) -> None:
        self._say(
            "failed",
            self.tr("This connector was removed meanwhile"),
            self.tr("What you typed is still here. Copy what you need, then go back to the list."),
        )
        self.gone.emit()

    def reset(self) -> None:
        """Everything as it is saved, after a question where much would be lost."""
        if self.unsaved <= 1:
            self._reset()
            return
        ask(
            self.window(),
            self.tr("Reset"),
            self.tr("Put {0} changes back?").format(self.unsaved),
            self.tr("Everything is then as it is saved."),
            self.tr("Put them back"),
            self.tr("Keep editing"),
            lambda yes: self._reset() if yes else None,
            destructive=True,
        )

    def _reset(self) -> None:
        self.show_stored(self.stored)

    def show_stored(self, stored: StoredConnector) -> None:
        """Show what is saved; what was typed is gone."""
        self.stored = stored
        draft = self._begin(stored)
        self.model.initial = draft
        for field in self.fields.by_key.values():
            field.touched = False
        self.banner.hide()
        self.model.set(draft)
        self.refresh()

    # -- two editors --------------------------------------------------------------------------

    def hear_of(self, stored: StoredConnector) -> None:
        """The connector as it is saved now: shown at once, or where something is typed, said."""
        if stored.revision == self.stored.revision or self.saver.busy:
            return
        if not self.edits:
            self.show_stored(stored)
            return
        self._say(
            "unknown",
            self.tr("Somebody else has changed this connector"),
            self.tr("Nothing of yours is lost: saving asks which of the two to keep."),
            look=True,
        )

    def _look(self) -> None:
        self.saver.look(self.model.draft, self.model.initial, self.stored)

    def _say(
        self, tone: str, title: str, text: str, *, look: bool = False, sign_in: bool = False
    ) -> None:
        self.look_button.setVisible(look)
        self.sign_in_button.setVisible(sign_in)
        self.banner.set_tone(tone)
        self.banner.show()
        self.banner.show_text(title, text)
