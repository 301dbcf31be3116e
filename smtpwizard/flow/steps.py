"""The steps of the wizard: which apply, what is still wrong, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from smtpwizard.flow.draft import ConnectorDraft, DefaultsFor
from smtpwizard.model.report import Problem


class StepId(StrEnum):
    """The console's four pages."""

    NAME = "name"
    PROVIDER = "provider"
    AUTHENTICATE = "authenticate"
    TEST = "test"


def _always(draft: ConnectorDraft) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One page's worth of rules; `owns` are prefixes of the fields whose problems it shows."""

    id: StepId
    owns: tuple[str, ...]
    applies: Callable[[ConnectorDraft], bool] = _always

    def owns_field(self, field: str) -> bool:
        return any(field == own or field.startswith(own + ".") for own in self.owns)


STEPS: tuple[Step, ...] = (
    Step(StepId.NAME, ("name", "description", "type", "schema", "connector")),
    Step(StepId.PROVIDER, ("provider", "server")),
    Step(StepId.AUTHENTICATE, ("authentication", "project")),
    Step(StepId.TEST, ("admin", "send_to", "sender")),
)


class ConnectorFlow:
    """Plan, order and problems of a draft, all derived from one tuple of steps."""

    def __init__(self, defaults_for: DefaultsFor, steps: tuple[Step, ...] = STEPS) -> None:
        self.defaults_for = defaults_for
        self._steps = steps

    def plan(self, draft: ConnectorDraft) -> tuple[StepId, ...]:
        """The steps this draft goes through, in order."""
        return tuple(step.id for step in self._steps if step.applies(draft))

    def next_after(self, step: StepId, draft: ConnectorDraft) -> StepId | None:
        """The step after `step`, or None when it is the last one of the plan."""
        plan = self.plan(draft)
        following = plan[plan.index(step) + 1 :] if step in plan else ()
        return following[0] if following else None

    def problems(self, step: StepId, draft: ConnectorDraft) -> tuple[Problem, ...]:
        """What is still wrong on one step; never raises."""
        rules = next(s for s in self._steps if s.id is step)
        _, problems = draft.judge(self.defaults_for)
        return tuple(p for p in problems if rules.owns_field(p.field))
