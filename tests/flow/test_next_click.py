"""Which click comes next: nobody is led into trusting, nobody else is asked for what is ours."""

from __future__ import annotations

import pytest

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.fixes import Fix, FixId
from smtpwizard.flow.next_click import NextClick, next_click, passes_by_itself
from smtpwizard.model.report import Actor, Cause, Likelihood
from smtpwizard.model.stage_facts import CertificateFacts
from tests.gui.driving import passed_report, refused_report

TRY = Fix(FixId.STRIP_SPACES, (), ConnectorDraft())
LEAF = CertificateFacts("", "", (), "", "", "")
TRUST = Fix(FixId.TRUST_CERTIFICATE, (), ConnectorDraft(), LEAF)
YOU, THEM = Actor.YOU, Actor.MAIL_ADMIN


def cause(actor: Actor = YOU, *, retryable: bool = False) -> Cause:
    return Cause("timeout", Likelihood.HIGH, actor, retryable=retryable)


@pytest.mark.parametrize(
    ("found", "fixes", "actors", "names_field", "wanted"),
    [
        (cause(), (TRY,), (YOU,), True, NextClick.FIX),
        (cause(THEM), (TRUST, TRY), (YOU, THEM), True, NextClick.FIX),
        (cause(THEM), (TRUST,), (YOU, THEM), True, NextClick.ASK),
        (cause(retryable=True), (), (YOU,), True, NextClick.LATER),
        (cause(THEM, retryable=True), (), (THEM,), False, NextClick.LATER),
        (cause(THEM), (), (THEM,), False, NextClick.ASK),
        (cause(), (), (THEM,), False, NextClick.ASK),
        (cause(), (), (YOU, THEM), True, NextClick.FIELD),
        (cause(), (), (YOU,), False, NextClick.TEST),
    ],
)
def test_the_next_click(
    found: Cause, fixes: tuple[Fix, ...], actors: tuple[Actor, ...], names_field: bool,
    wanted: NextClick,
) -> None:  # fmt: skip
    clicked = next_click(refused_report(), found, fixes, actors=actors, names_field=names_field)
    assert clicked is wanted


def test_what_passes_by_itself() -> None:
    later = cause(retryable=True)
    assert passes_by_itself(refused_report(), later)
    assert not passes_by_itself(refused_report(), cause())
    assert not passes_by_itself(passed_report(), later)
    assert not passes_by_itself(None, later)
