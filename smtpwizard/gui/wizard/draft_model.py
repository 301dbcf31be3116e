"""The one place where the wizard's pages read and write the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.steps import ConnectorFlow, StepId
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.problem import Problem

if TYPE_CHECKING:
    from smtpwizard.model.report import Report


class DraftModel(QObject):
    """Holds the draft in force, judges it once per change, tells the pages."""

    changed = Signal()

    def __init__(self, draft: ConnectorDraft, flow: ConnectorFlow) -> None:
        super().__init__()
        # Its provider's family is looked up with the first change: the catalogue can wait for that.
        self.initial = draft
        self.flow = flow
        self._draft = self.initial
        self._judged: tuple[Connector | None, tuple[Problem, ...]] | None = None
        self._problems: dict[StepId, tuple[Problem, ...]] = {}

    @property
    def draft(self) -> ConnectorDraft:
        return self._draft

    @property
    def dirty(self) -> bool:
        """True when there is something to lose."""
        return self._draft.is_unsaved(self.initial)

    def change(self, **values: Any) -> None:
        """Write these fields."""
        self.set(self._draft._replace(**values))

    def set(self, draft: ConnectorDraft) -> None:
        """Put another draft in force."""
        draft = draft.with_family(self.flow.defaults_for)
        old, self._draft = self._draft, draft
        same_facts = draft.verification is old.verification and draft.sign_in is old.sign_in
        if draft == old and same_facts:
            return
        self._judged = None
        self._problems.clear()
        self.changed.emit()

    def add_family(self) -> None:
        """Look the provider's family up; the first paint does without the catalogue."""
        self.set(self._draft)

    def choose_provider(self, provider: str) -> None:
        self.set(self._draft.with_provider(provider))

    def choose_method(self, method: Method) -> None:
        self.set(self._draft.with_method(method))

    def set_taken_names(self, names: frozenset[str]) -> None:
        """Which names connectors have; nothing that the user typed."""
        self.initial = self.initial.with_taken_names(names)
        self.set(self._draft.with_taken_names(names))

    def problems(self, step: StepId) -> tuple[Problem, ...]:
        """What is still wrong on one step."""
        if step not in self._problems:
            self._problems[step] = self.flow.problems(step, self._draft)
        return self._problems[step]

    def connector(self) -> Connector | None:
        """What the draft amounts to; None while anything is wrong anywhere."""
        if self._judged is None:
            self._judged = self._draft.judge(self.flow.defaults_for)
        return self._judged[0]

    def report(self) -> Report | None:
        """The report of the last test, while it still holds for what is on screen."""
        from smtpwizard.model.report import Report  # noqa: PLC0415 - not before the first paint

        report = self._draft.holding_verification(self.flow.defaults_for)
        return report if isinstance(report, Report) else None
