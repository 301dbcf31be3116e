"""Page 1, *Name and type*."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QWizard

from smtpwizard.flow.steps import StepId
from smtpwizard.gui.widgets.elements import plain_label
from smtpwizard.gui.widgets.fields import Field, combo_box, line_edit, show_text
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.form import FormPage
from smtpwizard.model.addresses import clean_text

if TYPE_CHECKING:
    from smtpwizard.gui.widgets.fold import Fold


class NamePage(FormPage):
    """Name, description and type of the connector."""

    step = StepId.NAME

    def __init__(self, context: WizardContext, wizard: QWizard) -> None:
        super().__init__(context, wizard)
        draft_model = context.draft_model
        self.setSubTitle(self.tr("What the connector is called in this project."))
        self.name_edit = line_edit()
        self.description_edit = line_edit()
        self.type_box = combo_box([("smtp", "smtp")])
        form = self.new_form()
        self.add_field(
            form,
            Field(
                "name",
                self.tr("N&ame"),
                self.name_edit,
                self.tr("Shown in the list and in the subject of the test email."),
                write=lambda text: draft_model.change(name=text),
            ),
        )
        self.add_field(
            form,
            Field(
                "description",
                self.tr("&Description"),
                self.description_edit,
                self.tr("What it is for, or who looks after it."),
                write=lambda text: draft_model.change(description=text),
                rest=self.tr("– optional"),
            ),
        )
        self._type_field = self.add_field(
            form,
            Field(
                "type",
                self.tr("&Type"),
                self.type_box,
                self.tr("The only type so far: it sends by SMTP."),
                name_later=True,
            ),
        )
        self.body.addLayout(form)
        self.body.addStretch(1)
        self.nutshell: Fold | None = None

    def build_later(self) -> None:
        """What the first paint does not need."""
        self._type_field.name_list()
        from smtpwizard.gui.widgets.fold import Fold  # noqa: PLC0415 - after the first paint

        self.nutshell = Fold(
            self.tr("In a nutshell"), self.tr("– licence, number of connectors, ways to sign in")
        )
        facts = (
            (self.tr("Licence"), self.tr("SMTP plugin, Smart Flows 4.0 or later")),
            (self.tr("Per project"), self.tr("as many connectors as you like, one is the default")),
            (self.tr("Authentication"), self.tr("OAuth (recommended), Basic, or none")),
            (self.tr("Single sign-on"), self.tr("not available with SMTP")),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (label, text) in enumerate(facts):
            grid.addWidget(plain_label(label, tone="quiet", wrap=False), row, 0)
            grid.addWidget(plain_label(text), row, 1)
        self.nutshell.body.addLayout(grid)
        self.body.insertWidget(1, self.nutshell)

    def answers(self) -> str:
        return clean_text(self.draft_model.draft.name, 60)

    def isComplete(self) -> bool:
        # Without a name nothing else needs judging, and the first paint comes sooner.
        return bool(self.draft_model.draft.name.strip()) and super().isComplete()

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        show_text(self.name_edit, draft.name)
        show_text(self.description_edit, draft.description)
