"""What a project is called, where its Smart Flows is, and the redirect URI that follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import button, plain_label, say_done
from smtpwizard.gui.widgets.fields import (
    Field,
    combo_box,
    line_edit,
    show_choice,
    show_field,
    show_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.problems import problem_text
from smtpwizard.messages.projects import ENVIRONMENTS, environment_name
from smtpwizard.model.connector import name_key
from smtpwizard.model.problem import Problem
from smtpwizard.model.registration import web_redirect_uri
from smtpwizard.model.stored import Project
from smtpwizard.usecases.project import values_refused

_EMPTY = Project("", "")


class ProjectForm(QWidget):
    """The fields; `changed` whenever one is another. Domain and base URL exclude each other."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._project = _EMPTY
        self._taken: frozenset[str] = frozenset()
        self.name = Field("name", self.tr("&Name"), line_edit(), self.tr("A customer or a site."))
        choices = [(environment_name(value), value) for value in ENVIRONMENTS]
        self.environment = Field(
            "environment",
            self.tr("Environ&ment"),
            combo_box([(self.tr("Not set"), ""), *choices]),
            self.tr("Stands beside the name, so that nobody takes one for the other."),
        )
        self.cloud = QRadioButton(self.tr("In the c&loud"))
        self.on_premises = QRadioButton(self.tr("On &premises"))
        self.domain = Field(
            "domain",
            self.tr("Smart Flows &domain"),
            line_edit(),
            self.tr("As in the browser's address bar, such as example.smartflows.com."),
        )
        self.base_url = Field(
            "base_url",
            self.tr("&Base URL"),
            line_edit(),
            self.tr("What application.properties calls project.baseurl, with https://."),
        )
        self.redirect = line_edit()
        self.redirect.setReadOnly(True)
        self.copy_button = button(
            self.tr("Copy"), self._copy, name=self.tr("Copy the redirect URI"), icon="copy"
        )
        self.redirect_field = Field(
            "redirect_uri",
            self.tr("Redirect URI"),
            self.redirect,
            self.tr("Connectors of this project register it with their app."),
            beside=(self.copy_button,),
        )
        self._lay_out()
        for field in self.fields:
            self._listen(field)
        self.cloud.setChecked(True)
        for radio in (self.cloud, self.on_premises):
            radio.toggled.connect(self._edited)
        self._show_state()

    def _lay_out(self) -> None:
        where = plain_label(self.tr("Smart Flows runs"), tone="strong", wrap=False)
        group = QWidget()
        group.setAccessibleName(where.text())
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        for radio in (self.cloud, self.on_premises):
            radio.setAccessibleDescription(where.text())
            row.addWidget(radio)
        row.addStretch(1)
        address = QVBoxLayout()
        address.setSpacing(4)
        address.addWidget(where)
        address.addWidget(group)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.name.box)
        column.addWidget(self.environment.box)
        column.addLayout(address)
        for field in (self.domain, self.base_url, self.redirect_field):
            column.addWidget(field.box)

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.name, self.environment, self.domain, self.base_url

    def _listen(self, field: Field) -> None:
        field.when_touched(self._show_problems)
        if isinstance(field.editor, QLineEdit):
            field.editor.textChanged.connect(self._edited)
        else:
            field.editor.currentIndexChanged.connect(self._edited)

    # -- values -------------------------------------------------------------------------------

    def show_project(self, project: Project, taken: Iterable[str] = ()) -> None:
        """Show a project; `taken` are the names of the others."""
        self._project = project
        self._taken = frozenset(map(name_key, taken))
        for field in self.fields:
            field.touched = False
        show_text(self._edit(self.name), project.name)
        combo = self.environment.editor
        show_choice(combo, project.environment or "")  # type: ignore[arg-type]
        known = (project.environment or "").casefold()
        if known in ENVIRONMENTS:
            show_choice(combo, known)  # type: ignore[arg-type]
        show_text(self._edit(self.domain), project.domain or "")
        show_text(self._edit(self.base_url), project.base_url or "")
        on_premises = bool(project.base_url)
        for radio, checked in ((self.cloud, not on_premises), (self.on_premises, on_premises)):
            before = radio.blockSignals(True)
            radio.setChecked(checked)
            radio.blockSignals(before)
        self._edited()

    def set_taken(self, names: Iterable[str]) -> None:
        """The names of the others; what is typed stays."""
        self._taken = frozenset(map(name_key, names))
        self._show_problems()
        self.changed.emit()

    def values(self) -> dict[str, str | None]:
        """What is on screen, as a project has it."""
        on_premises = self.on_premises.isChecked()
        environment = str(self.environment.editor.currentData() or "")  # type: ignore[union-attr]
        if environment == (self._project.environment or "").casefold():
            environment = self._project.environment or ""  # as it was spelt
        return {
            "name": self._edit(self.name).text().strip(),
            "environment": environment or None,
            "domain": None if on_premises else self._edit(self.domain).text().strip() or None,
            "base_url": self._edit(self.base_url).text().strip() or None if on_premises else None,
        }

    def changes(self) -> dict[str, str | None]:
        """What of that is another than the project that is shown has."""
        before: Mapping[str, str | None] = self._project._asdict()
        return {key: value for key, value in self.values().items() if value != before[key]}

    def names_of(self, keys: Iterable[str]) -> list[str]:
        """What fields are called."""
        names = {field.key: field.name for field in self.fields}
        return [names[key] for key in keys]

    def problems(self) -> dict[str, str]:
        """What is wrong, in words, by the fields."""
        values = self.values()
        found = {}
        for key, error in values_refused(values).items():
            problem = Problem(f"project.{key}", error.code, error.facts)
            found[key] = problem_text(problem, Face.WINDOW)
        if name_key(values["name"] or "") in self._taken:
            found["name"] = self.tr("Another project has this name.")
        return found

    def touch(self) -> None:
        """Show everything that is wrong."""
        for field in self.fields:
            field.touch()

    # -- inner workings -----------------------------------------------------------------------

    def _edit(self, field: Field) -> QLineEdit:
        assert isinstance(field.editor, QLineEdit)
        return field.editor

    def _edited(self, *_: object) -> None:
        self._show_state()
        self._show_problems()
        self.changed.emit()

    def _show_state(self) -> None:
        on_premises = self.on_premises.isChecked()
        show_field(self.domain, not on_premises)
        show_field(self.base_url, on_premises)
        values, problems = self.values(), self.problems()
        key = "base_url" if on_premises else "domain"
        uri = "" if key in problems else web_redirect_uri(values["domain"], values["base_url"])
        show_text(self.redirect, uri or "")
        self.redirect.setCursorPosition(0)
        self.redirect.setPlaceholderText(
            self.tr("Follows from the base URL")
            if on_premises
            else self.tr("Follows from the domain")
        )
        self.copy_button.setEnabled(bool(uri))

    def _show_problems(self) -> None:
        problems = self.problems()
        for field in self.fields:
            field.set_error(problems.get(field.key, "") if field.touched else "")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.redirect.text())
        say_done(self.copy_button, self.tr("Copied"))
