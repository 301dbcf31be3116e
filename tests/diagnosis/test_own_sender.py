"""Whether a text says that a refused sender is the login itself."""

from __future__ import annotations

import pytest

from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.own_sender import find_own_sender

SAME = {"sender:own": "orders@quay.example"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SendAsDenied; Orders@quay.example not allowed to send as orders@Quay.example", SAME),
        ("orders@quay.example is not permitted to send mail from 'orders@quay.example'", SAME),
        ("<orders@quay.example>: Sender address rejected: not owned by orders@quay.example", SAME),
        ("sender address <orders@quay.example> does not belong to user orders@quay.example", SAME),
        ("SendAsDenied; orders@quay.example not allowed to send as sales@quay.example", {}),
        ("<orders@quay.example>: Sender address rejected: not owned by orders2@quay.example", {}),
        ("<orders@quay.example>: Sender address rejected: not owned by orders", {}),
        ("5.7.60 SMTP; Client does not have permissions to send as this sender", {}),
        ("a@b.example " * 5_000, {}),
    ],
)  # fmt: skip
def test_both_addresses_are_named_and_the_same(text: str, found: dict[str, str]) -> None:
    assert find_own_sender(text) == found


def test_the_cause_follows() -> None:
    text = "554 5.2.252 SendAsDenied; {0} not allowed to send as orders@quay.example"
    for login, cause in (
        ("orders@quay.example", "own_sender_not_allowed"),
        ("sales@quay.example", "sender_not_allowed"),
    ):
        assert diagnose_text(text.format(login)).causes[0].slug == cause
