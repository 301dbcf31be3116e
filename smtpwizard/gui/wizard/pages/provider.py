"""Page 2, *Provider*."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QLabel, QWidget, QWizard

from smtpwizard.flow.choosing_provider import (
    as_own_connection,
    brought_server,
    provider_meant,
    take_answer,
)
from smtpwizard.flow.draft import CUSTOM, UNCHOSEN
from smtpwizard.flow.steps import StepId
from smtpwizard.gui.widgets.beside import BesideOrUnder
from smtpwizard.gui.widgets.choices import Tile
from smtpwizard.gui.widgets.elements import (
    button,
    card,
    line,
    plain_label,
    separator,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import Field
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.find_settings import FindSettings, show_only
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.gui.wizard.pages.provider_box import ProviderBox
from smtpwizard.gui.wizard.pages.provider_connection import ConnectionPanel
from smtpwizard.messages.security import security_name
from smtpwizard.model.addresses import clean_text

# The console's own choices, which come first; the catalogue knows more.
CONSOLE_PROVIDERS = ("gmail", "exchange")


class ProviderPage(FormPage):
    """A known provider, or a submission server described by hand."""

    step = StepId.PROVIDER

    def __init__(self, context: WizardContext, wizard: QWizard) -> None:
        super().__init__(context, wizard)
        draft_model = context.draft_model
        self.setSubTitle(self.tr("Who provides your outgoing mail server?"))
        self._catalogue = context.ws.catalogue
        self.finder = FindSettings(context, self._find_changed)
        self.body.addWidget(self.finder)
        self.body.addWidget(separator())
        self._own = self.tr("Create a connection")
        self._build_choice()
        self.brought = self._build_brought()
        self.connection = ConnectionPanel(self, draft_model)
        self.connection.address_given.connect(self.finder.look_up)
        self.body.addWidget(self.brought)
        self.body.addWidget(self.connection)
        self.body.addStretch(1)
        # By the page's name of them, for its tests and the robot.
        self.server_field = self.connection.server_field
        self.port_field = self.connection.port_field
        self.cleartext_box = self.connection.cleartext_box
        self.server_edit = self.connection.server_edit
        self.port_edit = self.connection.port_edit
        self.security_box = self.connection.security_box
        self.user_edit = self.connection.user_edit
        self.ca_file_edit = self.connection.ca_file_edit
        self.timeout_edit = self.connection.timeout_edit

    def _build_choice(self) -> None:
        entries = [(entry.name, entry.id) for entry in self._catalogue]
        first = [each for each in entries if each[1] in CONSOLE_PROVIDERS]
        self.provider_box = ProviderBox(self._meant, self._typed)
        self.provider_box.add_entries([*first, (self._own, CUSTOM)])
        self.provider_box.insertSeparator(self.provider_box.count())
        self.provider_box.add_entries(each for each in entries if each not in first)
        self.provider_box.line.setPlaceholderText(self.tr("Choose one, or type its name"))
        self.tiles = {
            "gmail": Tile("Gm", self.tr("Gmail"), self.tr("and Google Workspace")),
            "exchange": Tile("Ex", self.tr("Microsoft Exchange"), self.tr("Microsoft 365")),
            CUSTOM: Tile("+", self._own, self.tr("Any other server")),
        }
        self._tile_group = QButtonGroup(self)
        for provider, tile in self.tiles.items():
            self._tile_group.addButton(tile.radio)
            tile.radio.toggled.connect(
                lambda on, chosen=provider: self._tile_chosen(chosen) if on else None
            )
        self.body.addWidget(plain_label(self.tr("Or choose it yourself"), tone="strong"))
        self.body.addWidget(BesideOrUnder(tuple(self.tiles.values()), spacing=12))
        form = self.new_form()
        self.provider_field = self.add_field(
            form,
            Field(
                "provider",
                self.tr("&Provider"),
                self.provider_box,
                write=self._chosen,
                rest=self.tr("– all {0}; type a few letters, such as “ion”").format(len(entries)),
            ),
        )
        self.provider_box.name_parts(self.provider_field.name)
        self.provider_field.set_hint("")  # takes no room
        self.provider_box.left.connect(self._left)
        self.body.addLayout(form)

    def _build_brought(self) -> QWidget:
        """What a known provider brings, in one line, and the way to change it."""
        frame = card("sunken")
        self.brings_whose = plain_label(tone="strong", wrap=False)
        self.brings = plain_label()
        self.brings_note = plain_label(tone="muted")
        self.change = button(self.tr("Chan&ge…"), self._change, quiet=True)
        words = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        words.setSpacing(4)
        self._brings_line = BesideOrUnder((self.brings_whose, self.brings), _words_of, spacing=5)
        words.addWidget(self._brings_line)
        words.addWidget(self.brings_note)
        row = line(IconLabel("passed", "success"), spacing=10)
        row.addLayout(words, 1)
        row.addWidget(self.change)
        row.setContentsMargins(16, 9, 12, 9)
        frame.setLayout(row)
        return frame

    # -- choosing ---------------------------------------------------------------------------------

    def _chosen(self, provider: str | None) -> None:
        if provider:
            self.draft_model.choose_provider(provider)

    def _tile_chosen(self, provider: str) -> None:
        self.provider_box.setCurrentIndex(self.provider_box.findData(provider))

    def _meant(self, text: str) -> str | None:
        names = [(entry.id, entry.name) for entry in self._catalogue]
        return provider_meant(text, [*names, (CUSTOM, self._own)])

    def _typed(self, text: str) -> None:
        self.draft_model.change(provider_text=text)

    def _left(self) -> None:
        if self.draft_model.draft.provider_text:
            self.provider_field.touch()

    def _change(self) -> None:
        self.draft_model.set(as_own_connection(self.draft_model.draft, self._catalogue))
        self.server_edit.setFocus()

    def _take_best(self) -> None:
        best = self.finder.best()
        if best is not None:
            self.provider_box.setFocus()  # the link that has the focus goes away
            self.draft_model.set(take_answer(self.draft_model.draft, best, self._catalogue))

    def _find_changed(self) -> None:
        if self.is_current():
            self.refresh()

    # -- the page ---------------------------------------------------------------------------------

    def first_focus(self) -> QWidget:
        chosen = self.draft_model.draft.provider != UNCHOSEN
        return self.provider_box if chosen else self.finder.edit

    def choose_default(self) -> None:
        looks_up = self.is_current() and self.finder.is_next()
        self.finder.show_next(looks_up)
        if looks_up:
            set_next_step(self.finder.button)
        else:
            super().choose_default()

    def answers(self) -> str:
        draft = self.draft_model.draft
        if draft.provider == UNCHOSEN:
            return ""
        if draft.provider == CUSTOM:
            return clean_text(draft.host, 200) or self._own
        server = brought_server(draft, self._catalogue)
        host = clean_text(server.host, 200) if server is not None else ""
        lines = (self._short_name(), host)
        return "\n".join(filter(None, lines))

    def reveal_problems(self) -> None:
        problems = {problem.field for problem in self.draft_model.problems(self.step)}
        if problems & {"server.ca_file", "server.ehlo_name", "server.timeout_s"}:
            self.connection.advanced.set_open(True)
        super().reveal_problems()

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        self.provider_box.show_entry(draft.provider, draft.provider_text)
        show_only(self._tile_group, self.tiles.values(), self.tiles.get(draft.provider))
        self.finder.show_draft()
        custom = draft.provider == CUSTOM
        server = None if custom else brought_server(draft, self._catalogue)
        self.brought.setVisible(server is not None)
        self.connection.setVisible(custom)
        if custom:
            self.connection.show_draft()
            answer = self.finder.answer_for(draft.host)
            self.connection.show_answer(answer, self._take_best)
        elif server is not None:
            self._show_brought()

    def _show_brought(self) -> None:
        server = brought_server(self.draft_model.draft, self._catalogue)
        assert server is not None
        parts = [
            self.tr("Server\u00a0{0}").format(clean_text(server.host, 100)),
            self.tr("Port\u00a0{0}").format(server.port),
            security_name(server.security),
        ]
        if server.ca_file:
            parts.append(self.tr("CA file {0}").format(clean_text(server.ca_file, 300)))
        self.brings_whose.setText(self.tr("{0} brings these settings:").format(self._short_name()))
        self.brings.setText(" · ".join(parts))
        self._brings_line.turn()
        entry = self._catalogue.get(self.draft_model.draft.provider)
        note = entry.more.get("note") if entry is not None else None
        self.brings_note.setText(clean_text(note, 300) if isinstance(note, str) else "")
        self.brings_note.setVisible(bool(self.brings_note.text()))

    def _short_name(self) -> str:
        """The provider without what stands in brackets behind its name."""
        name = self._catalogue.name_of(self.draft_model.draft.provider)
        return clean_text(name.partition(" (")[0], 60)


def _words_of(label: QWidget) -> int:
    """The width of a label's words on one line."""
    assert isinstance(label, QLabel)
    return label.fontMetrics().horizontalAdvance(label.text()) + 8
