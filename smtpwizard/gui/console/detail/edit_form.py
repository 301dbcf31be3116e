"""The edit form: cards of fields over one draft, and the list that leads to each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.edits import FORM, SECRETS, Edit, Section, section_of
from smtpwizard.gui.console.detail.edit_fields import EditFields, provider_brings
from smtpwizard.gui.console.detail.sections import SectionCard, SectionList
from smtpwizard.gui.console.detail.words import value_text
from smtpwizard.gui.results.whereabouts import section_title
from smtpwizard.gui.widgets.elements import button, line, plain_label
from smtpwizard.gui.widgets.fields import SideBySide, scroll_to, scrolling, show_field
from smtpwizard.gui.widgets.tab_order import last_of, order_tabs
from smtpwizard.messages.security import security_name
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.gui.wizard.draft_model import DraftModel
    from smtpwizard.providers import Catalogue

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


class EditForm(QWidget):
    """Shows what it is told about the draft; its fields write it. `put_back` comes with the field
    that is to be as it is saved. It is empty until `make` has come to its end."""

    put_back = Signal(str)

    def __init__(self, model: DraftModel, catalogue: Catalogue) -> None:
        super().__init__()
        self._catalogue = catalogue
        self.fields = EditFields(model, catalogue, self)
        self.cards: dict[Section, SectionCard] = {}
        self._titles = {section: section_title(section) for section in Section}
        self.sections = SectionList(self._titles)
        self.sections.chosen.connect(self.go_to)
        self.sections.show_current(Section.NAME)
        self.brings = plain_label(tone="muted")
        self.sign_in_note = plain_label(
            self.tr("The sign-in that is kept was for what is saved. After saving, sign in again."),
            tone="warning",
        )
        self.file_button = button(self.tr("Choose &JSON…"), _nothing, icon="open")
        self.guide_button = button(self.tr("&Guide…"), _nothing, icon="list")
        self._hints: dict[str, str] = {}
        self._ways_back = 0
        self._words_at: set[str] = set()

    def make(self) -> Iterator[None]:
        """Make and place all of it, a little at each turn."""
        yield from self.fields.make()
        self._hints = {key: field.hint for key, field in self.fields.by_key.items()}
        inner = self._lay_out()
        for section, title in self._titles.items():
            self.cards[section] = SectionCard(title)
            inner.addWidget(self.cards[section])
            self._fill_card(section, self.cards[section])
            yield
        inner.addStretch(1)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow_focus)

    def _lay_out(self) -> QVBoxLayout:
        # From the outside to the inside: a tree that is moved is looked at whole each time.
        self._content = QWidget()
        inner = QVBoxLayout(self._content)
        inner.setContentsMargins(2, 0, 10, 2)
        inner.setSpacing(16)
        self._content.setMaximumWidth(self.fontMetrics().height() * 40)
        self.area = scrolling(self._content)
        body = QHBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(20)
        body.addWidget(self.sections)
        body.addWidget(self.area, 1)
        return inner

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
            if key == f"{_OAUTH}.grant":
                self._for_registration = QWidget()
                self._for_registration.setLayout(line(self.file_button, self.guide_button, None))
                out.form.add_wide(self._for_registration)
        if section is Section.AUTHENTICATE:
            out.form.add_note(self.sign_in_note)

    # -- the draft on screen ------------------------------------------------------------------

    def show_draft(self, draft: ConnectorDraft, shown: frozenset[str]) -> None:
        """Write the draft into the fields, those of them that are `shown`."""
        self.fields.show_draft()
        for key, field in self.fields.by_key.items():
            show_field(field, key in shown)
        for key, (other, _) in PAIRS.items():
            pair = self.fields[key].box.parentWidget()
            if isinstance(pair, SideBySide):  # or nothing would leave a gap
                pair.setVisible(key in shown or other in shown)
        for section, card in self.cards.items():
            there = not shown.isdisjoint(FORM[section])
            card.setVisible(there)
            self.sections.buttons[section].setVisible(there)
        self._for_registration.setVisible(f"{_OAUTH}.client_id" in shown)
        self.file_button.setVisible(draft.family_rules().has_client_file)
        self._show_brought(draft)

    def _show_brought(self, draft: ConnectorDraft) -> None:
        brought = provider_brings(draft, self._catalogue)
        self.brings.setVisible(brought is not None)
        if brought is not None:
            host, port, security = brought
            words = self.tr("{0} brings {1}, port {2}, {3}.")
            name = self._catalogue.name_of(draft.provider)
            self.brings.setText(words.format(name, host, port, security_name(security)))

    def show_edits(self, edits: Sequence[Edit]) -> None:
        """Under each changed field what it was, and the way back."""
        changed = {edit.field: edit for edit in edits}
        for key, field in self.fields.by_key.items():
            edit = changed.get(key)
            if edit is None:
                field.set_hint(self._hints[key])
                field.set_action("", lambda: None)
                continue
            was = value_text(key, edit.before, self._catalogue.name_of)
            if key in SECRETS:
                field.set_hint(self.tr("Takes the place of the one that is kept."))
            else:
                field.set_hint(self.tr("Was {0}.").format(clean_text(was, MAX_WAS)))
            words = self.tr("Keep the old one") if key in SECRETS else self.tr("Put it back")
            field.set_action(
                words,
                lambda key=key: self.put_back.emit(key),  # type: ignore[misc]
                name=self.tr("{0}: {1}").format(field.name, words),
            )
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Tab in reading order: the way back stands where it is seen, though it is made last."""
        ways_back = len(self._content.findChildren(QPushButton))
        if ways_back != self._ways_back:
            self._ways_back = ways_back
            order_tabs(self._content, list(self.sections.buttons.values())[-1])

    def last_editor(self) -> QWidget | None:
        """Where Tab leaves the form."""
        return last_of(self._content)

    def show_counts(self, changes: Mapping[Section, int], wrong: Mapping[Section, int]) -> None:
        """How many fields of each section are changed, and how many are wrong."""
        for section, card in self.cards.items():
            card.show_changes(changes.get(section, 0))
            push = self.sections.buttons[section]
            push.show_state(changes.get(section, 0), wrong.get(section, 0))

    def show_errors(self, texts: Mapping[str, str]) -> None:
        """What is wrong, at each field that was touched."""
        for field in (*self.fields.by_key.values(), *self.fields.mirrors):
            field.set_error(texts.get(field.key, "") if field.touched else "")

    def show_words(self, texts: Mapping[str, str]) -> None:
        """What is known of a file or of what was pasted, beside the box that it is about."""
        for key in self._words_at - set(texts):
            self.fields[key].set_warning("")
        self._words_at = {key for key in texts if key in self.fields.by_key}
        for key in self._words_at:
            self.fields[key].set_warning(texts[key])

    def touch(self, touched: bool) -> None:
        """Whether every field may show what is wrong with it."""
        for field in self.fields.by_key.values():
            field.touched = touched

    def go_to_error(self) -> None:
        """Give the first field that is wrong the focus."""
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


def _nothing() -> None:
    """What a button does is said by whoever knows."""
