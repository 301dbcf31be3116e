"""Which change of an opened case its cause suggests: what a button would do at the customer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cases.answer import CHANGEABLE
from smtpwizard.flow.draft import draft_from_connector
from smtpwizard.flow.fixes import fixes_for

if TYPE_CHECKING:
    from smtpwizard.usecases.open_case import OpenedCase


def suggested_changes(case: OpenedCase) -> list[tuple[str, str]]:
    """The fields of the most promising fix that an answer can carry, with their new values.

    None that asks for trust: nobody is led into that.
    """
    connector, report = case.recording.connector, case.recording.report
    draft = draft_from_connector(connector, kept_secrets=frozenset(), taken_names=frozenset())
    for fix in fixes_for(report, draft):
        changes = [(each.field, each.after) for each in fix.changes]
        if fix.consent is None and changes and all(key in CHANGEABLE for key, _ in changes):
            return changes
    return []
