"""Page 1, *Name and type*."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from smtpwizard.flow.steps import StepId
from smtpwizard.gui.widgets.elements import card, plain_label
from smtpwizard.gui.widgets.fields import Field, combo_box, line_edit, show_text
from smtpwizard.gui.wizard.context import WizardContext
from smtpwizard.gui.wizard.pages.form import FormPage


class NamePage(FormPage):
    """Name, description and type of the connector."""

    step = StepId.NAME

    def __init__(self, context: WizardContext) -> None:
        super().__init__(context)
        draft_model = context.draft_model
        self.setSubTitle(self.tr("What the connector is called in this project."))
        self.name_edit = line_edit()
        self.description_edit = line_edit()
        self.type_box = combo_box([("smtp", "smtp")])
        grid = self.new_grid()
        self.add_field(
            grid,
            Field(
                "name",
                self.tr("N&ame"),
                self.name_edit,
                self.tr("Shown in the list and in the subject of the test email."),
                write=lambda text: draft_model.change(name=text),
            ),
        )
        self.add_field(
            grid,
            Field(
                "description",
                self.tr("&Description"),
                self.description_edit,
                self.tr("Optional. What it is for, or who looks after it."),
                write=lambda text: draft_model.change(description=text),
            ),
        )
        self.add_field(
            grid,
            Field("type", self.tr("&Type"), self.type_box, self.tr("The connector sends by SMTP.")),
        )
        self.body.addLayout(grid)
        self.body.addSpacing(6)
        self.body.addWidget(self._build_summary())
        self.body.addStretch(1)

    def _build_summary(self) -> QWidget:
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(14, 10, 14, 10)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(plain_label(self.tr("In a nutshell"), heading="true"), 0, 0, 1, 2)
        facts = (
            (self.tr("Licence"), self.tr("SMTP plugin, Smart Flows 4.0 or later")),
            (self.tr("Per project"), self.tr("as many connectors as you like, one is the default")),
            (self.tr("Authentication"), self.tr("OAuth (recommended), Basic, or none")),
            (self.tr("Single sign-on"), self.tr("not available with SMTP")),
        )
        for row, (label, text) in enumerate(facts, start=1):
            grid.addWidget(plain_label(label, tone="hint", wrap=False), row, 0)
            grid.addWidget(plain_label(text), row, 1)
        return frame

    def isComplete(self) -> bool:
        # Without a name nothing else needs judging, and the first paint comes sooner.
        return bool(self.draft_model.draft.name.strip()) and super().isComplete()

    def show_draft(self) -> None:
        draft = self.draft_model.draft
        show_text(self.name_edit, draft.name)
        show_text(self.description_edit, draft.description)
