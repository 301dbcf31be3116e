"""The trial of a fix: every way it can end, and what is in force and on offer afterwards."""

from __future__ import annotations

import pytest

from smtpwizard.flow import trial
from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import Fix, FixId, fixes_for
from smtpwizard.flow.trial import Ending, Trial
from smtpwizard.model.connector import Security
from smtpwizard.model.report import Report, Stage
from tests.flow.test_fixes import DRAFT, only, report

WRONG_MODE = report(Stage.GREETING, "wrong_security_mode", "bad_credentials", error="timeout")
REFUSED = report(Stage.AUTH, "bad_credentials", error="auth_refused")


def no_defaults(_: str) -> None:
    return None


def begin(draft: ConnectorDraft = DRAFT, before: Report = WRONG_MODE) -> Trial:
    fix = next(fix for fix in fixes_for(before, draft) if fix.id is FixId.SWAP_SECURITY)
    begun = trial.start(fix, draft, before, no_defaults)
    assert begun is not None
    return begun


def test_a_trial_verifies_the_changed_connector() -> None:
    begun = begin()
    assert begun.connector.server.security is Security.IMPLICIT_TLS
    assert begun.connector.server.port == 465
    assert (begun.draft, begun.before) == (DRAFT, WRONG_MODE)


def test_a_change_that_does_not_fit_is_not_tried() -> None:
    broken = DRAFT._replace(host="")
    [fix] = fixes_for(WRONG_MODE, broken)
    assert trial.start(fix, broken, WRONG_MODE, no_defaults) is None


def test_what_the_user_has_to_do_is_not_tried() -> None:
    sign_in = Fix(FixId.SIGN_IN_AGAIN, (), None)
    assert trial.start(sign_in, DRAFT, WRONG_MODE, no_defaults) is None


def test_a_change_that_gets_further_is_kept_with_its_report() -> None:
    draft = DRAFT._replace(username="mailer")  # which has a fix of its own, once login is reached
    settled = trial.settle(begin(draft), REFUSED, draft, no_defaults)
    assert settled.kept
    assert settled.ending is Ending.KEPT
    assert (settled.draft.security, settled.draft.port) == (Security.IMPLICIT_TLS, "465")
    assert settled.draft.holding_verification(no_defaults) is REFUSED
    assert settled.report is REFUSED
    assert settled.connector is not None
    assert settled.connector.server.port == 465
    assert only(settled.fixes).id is FixId.FULL_ADDRESS


def test_a_change_that_ends_it_all_leaves_nothing_to_fix() -> None:
    settled = trial.settle(begin(), report(None), DRAFT, no_defaults)
    assert settled.kept
    assert settled.fixes == ()


@pytest.mark.parametrize("after", [WRONG_MODE, report(Stage.CONNECT, "connection_refused")])
def test_a_change_that_gets_no_further_is_undone(after: Report) -> None:
    draft = DRAFT._replace(username="mailer")
    settled = trial.settle(begin(draft), after, draft, no_defaults)
    assert (settled.ending, settled.kept) == (Ending.NO_HELP, False)
    assert settled.draft is draft
    assert settled.report is WRONG_MODE
    assert settled.connector is not None
    assert settled.connector.server.port == 587
    assert only(settled.fixes).id is FixId.FULL_ADDRESS, "what was tried is not offered again"


def test_what_nobody_knows_is_there_to_be_seen() -> None:
    """Beyond the record of a replay, a change has neither helped nor not."""
    begun = begin()
    beyond = WRONG_MODE._replace(beyond=(Stage.TLS,))
    settled = trial.settle(begun, beyond, DRAFT, no_defaults)
    assert settled.kept
    assert settled.report == beyond


def test_what_was_typed_meanwhile_is_neither_overwritten_nor_judged() -> None:
    typed = DRAFT._replace(admin_email="somebody@example.org")
    settled = trial.settle(begin(), report(None), typed, no_defaults)
    assert settled.ending is Ending.CHANGED_MEANWHILE
    assert settled.draft is typed
    assert (settled.report, settled.connector, settled.fixes) == (None, None, ())


@pytest.mark.parametrize("ending", [Ending.STOPPED, Ending.FAILED])
def test_an_abandoned_trial_leaves_what_was_there(ending: Ending) -> None:
    settled = trial.abandon(begin(), ending, DRAFT, no_defaults)
    assert (settled.ending, settled.draft, settled.report) == (ending, DRAFT, WRONG_MODE)
    assert settled.connector is not None
    assert settled.connector.server.security is Security.STARTTLS
    assert settled.fixes == ()


def test_no_report_is_shown_for_what_was_typed_while_a_trial_came_to_nothing() -> None:
    typed = DRAFT._replace(host="mx.example.test")
    assert trial.abandon(begin(), Ending.STOPPED, typed, no_defaults).report is None
    settled = trial.settle(begin(), WRONG_MODE, typed, no_defaults)
    assert (settled.ending, settled.draft, settled.report) == (Ending.NO_HELP, typed, None)


def test_another_connector_s_new_name_is_not_something_typed() -> None:
    renamed = DRAFT._replace(taken_names=frozenset({"another"}))
    settled = trial.settle(begin(), report(None), renamed, no_defaults)
    assert settled.kept
    assert settled.draft.taken_names == {"another"}


def test_a_trial_does_not_show_a_password() -> None:
    assert "hunter2" not in repr(begin())
