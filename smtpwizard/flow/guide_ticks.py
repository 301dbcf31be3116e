"""Which steps of a guide are done: ticked by its user, or told by the boxes that they yield."""

from __future__ import annotations

from collections.abc import Collection

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.model.misplaced import CLIENT_ID, TENANT
from smtpwizard.model.pasted_registration import CLIENT_SECRET
from smtpwizard.model.problem import Problem


class GuideTicks:
    """The ticks of one wizard, by guide and step; a step that was unticked stays so."""

    def __init__(self) -> None:
        self._ticks: dict[tuple[str, int], bool] = {}

    def tick(self, guide: str, step: int, *, done: bool) -> None:
        """What the user says of a step."""
        self._ticks[guide, step] = done

    def is_done(self, guide: str, step: int, *, yielded: bool) -> bool:
        """What the user said, else whether what the step yields is there."""
        return self._ticks.get((guide, step), yielded)


def has_yielded(
    draft: ConnectorDraft, asks: Collection[str], problems: Collection[Problem]
) -> bool:
    """True where what a step hands out stands in its boxes.

    A mailbox or a domain in a box does not say that anything was done with it.
    """
    known = {
        CLIENT_ID: bool(draft.client_id.strip()),
        TENANT: bool(draft.tenant.strip()),
        CLIENT_SECRET: draft.has_secret("client_secret") or not draft.needs_client_secret(),
    }
    yields = [path for path in asks if path in known]
    wrong = {problem.field for problem in problems}
    if CLIENT_SECRET in yields and len(yields) == 1 and not draft.has_secret("client_secret"):
        return False
    return bool(yields) and all(known[path] and path not in wrong for path in yields)
