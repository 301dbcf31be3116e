"""The steps of the wizard in their order, and what is still wrong on each."""

from enum import StrEnum
from typing import NamedTuple

from smtpwizard.flow.draft import ConnectorDraft, DefaultsFor
from smtpwizard.flow.dropped_sign_in import dropped_sign_in, missing_sign_in
from smtpwizard.model.problem import Problem


class StepId(StrEnum):
    """The console's four pages."""

    NAME = "name"
    PROVIDER = "provider"
    AUTHENTICATE = "authenticate"
    TEST = "test"


class Step(NamedTuple):
    """One page's worth of rules; `owns` are prefixes of the fields whose problems it shows."""

    id: StepId
    owns: tuple[str, ...]

    def owns_field(self, field: str) -> bool:
        return any(field == own or field.startswith(own + ".") for own in self.owns)


STEPS: tuple[Step, ...] = (
    Step(StepId.NAME, ("name", "description", "type", "schema", "connector")),
    Step(StepId.PROVIDER, ("provider", "server")),
    Step(StepId.AUTHENTICATE, ("authentication", "project")),
    Step(StepId.TEST, ("admin", "send_to", "sender")),
)


STEP_OF_SIGN_IN = StepId.AUTHENTICATE


class ConnectorFlow:
    """The problems of a draft, step by step; `defaults_for` knows what a provider brings."""

    def __init__(self, defaults_for: DefaultsFor) -> None:
        self.defaults_for = defaults_for

    def problems(self, step: StepId, draft: ConnectorDraft) -> tuple[Problem, ...]:
        """What is still wrong on one step; never raises."""
        rules = next(s for s in STEPS if s.id is step)
        _, problems = draft.judge(self.defaults_for)
        own = tuple(p for p in problems if rules.owns_field(p.field))
        if step is not STEP_OF_SIGN_IN:
            return own
        dropped = dropped_sign_in(draft, self.defaults_for)
        last = missing_sign_in(draft, self.defaults_for) if dropped is None else dropped.problem
        return own if last is None else (*own, last)
