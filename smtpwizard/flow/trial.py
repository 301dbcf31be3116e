"""The trial of a fix: a verification of the changed draft, and what is kept of it afterwards.

Runs nothing and shows nothing: the faces verify, and show what `settle` and `abandon` answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from smtpwizard.flow.draft import ConnectorDraft, DefaultsFor
from smtpwizard.flow.fixes import Fix, fixes_for, helped
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Report


class Ending(StrEnum):
    """How a trial ended; the words are in `messages`."""

    KEPT = "kept"
    NO_HELP = "no_help"
    CHANGED_MEANWHILE = "changed_meanwhile"
    """It helped, but the draft is another by now: nobody knows whether it helps that one."""
    STOPPED = "stopped"
    FAILED = "failed"
    """The verification itself could not be done; its error says why."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A change under test: the draft and its report from before, and what is verified now."""

    fix: Fix
    draft: ConnectorDraft = field(repr=False)
    before: Report
    changed: ConnectorDraft = field(repr=False)
    connector: Connector


@dataclass(frozen=True, slots=True)
class Settled:
    """What is to be shown, and what is in force, after a trial.

    `draft` is the one in force: the changed one with its verification where it was kept, else
    what it was. `report` and `connector` are what `draft` is known by, both None where nothing is
    known about it; `fixes` are what to offer next.
    """

    ending: Ending
    draft: ConnectorDraft = field(repr=False)
    report: Report | None = None
    connector: Connector | None = None
    fixes: tuple[Fix, ...] = ()

    @property
    def kept(self) -> bool:
        return self.ending is Ending.KEPT


def start(
    fix: Fix, draft: ConnectorDraft, before: Report, defaults_for: DefaultsFor
) -> Trial | None:
    """Put a fix to the test on the draft in force, whose report is `before`.

    None where the change does not fit the draft, or is for the user to make (`fix.draft` None).
    """
    if fix.draft is None:
        return None
    connector, _ = fix.draft.judge(defaults_for)
    return None if connector is None else Trial(fix, draft, before, fix.draft, connector)


def settle(trial: Trial, report: Report, now: ConnectorDraft, defaults_for: DefaultsFor) -> Settled:
    """What follows from the report of a trial; `now` is the draft in force at its end.

    A change is kept only if the verification got further with it, and if nothing was typed
    meanwhile: neither report would be about that. Beyond the record of a replay nobody knows
    whether it helps: it stays, to be seen.
    """
    if not report.beyond and not helped(trial.before, report):
        return _go_back(trial, Ending.NO_HELP, now, defaults_for)
    if not _is_same(trial.draft, now):
        return Settled(Ending.CHANGED_MEANWHILE, now)
    kept = trial.changed._replace(taken_names=now.taken_names)
    kept = kept.with_verification(kept.verification_inputs(defaults_for), report)
    return Settled(Ending.KEPT, kept, report, trial.connector, fixes_for(report, kept))


def abandon(
    trial: Trial, ending: Ending, now: ConnectorDraft, defaults_for: DefaultsFor
) -> Settled:
    """What follows when a trial was stopped, or its verification failed without a report."""
    return _go_back(trial, ending, now, defaults_for)


def _go_back(
    trial: Trial, ending: Ending, now: ConnectorDraft, defaults_for: DefaultsFor
) -> Settled:
    """The report from before the trial and its other fixes, as far as they are about `now`."""
    if not _is_same(trial.draft, now):
        return Settled(ending, now)
    others = tuple(fix for fix in fixes_for(trial.before, now) if fix.id is not trial.fix.id)
    return Settled(ending, now, trial.before, now.judge(defaults_for)[0], others)


def _is_same(before: ConnectorDraft, now: ConnectorDraft) -> bool:
    """True when nothing was typed in between; the names of other connectors are nobody's typing."""
    return before._replace(taken_names=now.taken_names) == now
