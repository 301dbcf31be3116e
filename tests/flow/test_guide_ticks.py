"""Which steps of a guide are done."""

from __future__ import annotations

import pytest

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.guide_ticks import GuideTicks, has_yielded
from smtpwizard.model.auth import Secret
from smtpwizard.model.misplaced import CLIENT_ID, TENANT
from smtpwizard.model.pasted_registration import CLIENT_SECRET, DOMAIN
from smtpwizard.model.problem import Problem
from smtpwizard.model.registration import Redirect

EMPTY = ConnectorDraft(provider="gmail")
FILLED = EMPTY._replace(client_id="an-id", client_secret=Secret("s"), tenant="t.example")


@pytest.mark.parametrize(
    ("draft", "asks", "done"),
    [
        (EMPTY, (CLIENT_ID, CLIENT_SECRET), False),
        (EMPTY._replace(client_id="an-id"), (CLIENT_ID, CLIENT_SECRET), False),
        (FILLED, (CLIENT_ID, CLIENT_SECRET), True),
        (FILLED, (CLIENT_ID, TENANT), True),
        (FILLED._replace(tenant=" "), (CLIENT_ID, TENANT), False),
        (FILLED._replace(domain="x.example"), (DOMAIN,), False),
        (FILLED, (), False),
        (
            FILLED._replace(provider="exchange", redirect=Redirect.LOOPBACK, client_secret=None),
            (CLIENT_ID, CLIENT_SECRET),
            True,
        ),
        (
            EMPTY._replace(provider="exchange", redirect=Redirect.LOOPBACK),
            (CLIENT_SECRET,),
            False,
        ),
    ],
)
def test_a_step_is_done_once_its_boxes_are_filled(
    draft: ConnectorDraft, asks: tuple[str, ...], done: bool
) -> None:
    assert has_yielded(draft, asks, ()) is done
    assert not has_yielded(draft, asks, [Problem(path, "wrong") for path in asks])


def test_what_the_user_says_of_a_step_counts() -> None:
    ticks = GuideTicks()
    assert not ticks.is_done("google.web", 1, yielded=False)
    ticks.tick("google.web", 1, done=True)
    assert ticks.is_done("google.web", 1, yielded=False)
    assert not ticks.is_done("google.desktop", 1, yielded=False)
    ticks.tick("google.web", 1, done=False)
    assert not ticks.is_done("google.web", 1, yielded=True)
