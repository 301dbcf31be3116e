"""What large receivers ask for: the rules that ship, and how a sender is held against them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from smtpwizard.messages.moments import day_text
from smtpwizard.messages.receivers import ALSO, ASKED, rule_text, rule_title, unseen_text
from smtpwizard.model.moments import as_date
from smtpwizard.model.sender import Readiness, ReceiverRule, RuleFinding
from smtpwizard.resources import packaged_text
from smtpwizard.sender import receivers
from smtpwizard.sender.receivers import either, judge, parse_receivers

RULES = parse_receivers(packaged_text("providers/receivers.toml"))
BULK = ReceiverRule(
    "Quay", ("spf", "dkim", "ptr"), "2025-05-05", "https://quay.example/", "2026-11-30",
    also=("tls",), bulk=True, emails_a_day=5000,
)  # fmt: skip
ALONE = Readiness("quay.example", (), alone=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.receiver}-{rule.bulk}")
def test_every_rule_is_whole_and_can_be_said(rule: ReceiverRule) -> None:
    assert rule.asks
    assert set(rule.asks) <= set(receivers.ASKED) == set(ASKED)
    assert set(rule.also) <= set(ALSO)
    for day in (rule.since, rule.checked, rule.refuses_since):
        assert day is None or as_date(day) or as_date(f"{day}-01")
    assert as_date(rule.checked)
    assert urlsplit(rule.source).scheme == "https"
    assert rule.bulk or rule.emails_a_day is None
    assert day_text(rule.since).endswith(rule.since[:4])


def test_the_rules_of_2024_and_2025_are_there() -> None:
    told = [(r.receiver, r.emails_a_day, r.bulk, r.since, r.refuses_since) for r in RULES]
    assert ("Gmail", None, False, "2024-02-01", None) in told
    assert ("Gmail", 5000, True, "2024-02-01", "2025-11") in told
    # It gives no number.
    assert ("Yahoo and AOL", None, True, "2024-02", None) in told
    assert ("Outlook.com", 5000, True, "2025-05-05", None) in told


@pytest.mark.parametrize(
    ("kept", "met", "to_mend", "not_known", "asks"),
    [
        ({"spf": True, "dkim": True, "ptr": True}, True, (), (), ("spf", "dkim", "ptr")),
        ({"spf": True, "dkim": None, "ptr": True}, None, (), ("dkim",), ("spf", "dkim", "ptr")),
        ({"spf": False, "dkim": None, "ptr": True}, False, ("spf",), ("dkim",),
         ("spf", "dkim", "ptr")),
        ({"spf": True, "dkim": True}, True, (), (), ("spf", "dkim")),
    ],
)  # fmt: skip
def test_what_is_not_known_is_not_to_be_mended(
    kept: dict[str, bool | None],
    met: bool | None,
    to_mend: tuple[str, ...],
    not_known: tuple[str, ...],
    asks: tuple[str, ...],
) -> None:
    (found,) = judge([BULK], kept)
    assert (found.met, found.to_mend, found.not_known) == (met, to_mend, not_known)
    assert found.rule.asks == asks


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [(True, None, True), (False, True, True), (False, None, None), (False, False, False)],
)
def test_either(one: bool | None, other: bool | None, found: bool | None) -> None:
    assert either(one, other) is found


def test_a_rule_in_words() -> None:
    finding = RuleFinding(BULK, ("spf",), ("dkim",))
    assert rule_title(finding) == "Quay, from 5,000 emails a day: not met"
    assert rule_text(finding, ALONE) == "Since 5 May 2025. To mend: SPF."
    assert unseen_text(BULK) == "Not seen from here: encryption on the way there."
    unknown = RuleFinding(BULK._replace(emails_a_day=None), (), ("dkim",))
    assert rule_title(unknown) == "Quay, bulk mail (no number is given): not known"
    assert rule_text(unknown, ALONE).endswith("Not known: DKIM. A look at a connector shows it.")
    later = BULK._replace(bulk=False, emails_a_day=None, at_latest=True, since="2025-02")
    met = RuleFinding(later, (), ())
    assert rule_title(met) == "Quay, every sender: met"
    said = "Since Feb 2025 at the latest. Asks for SPF, DKIM, the server's name (PTR)."
    assert rule_text(met, ALONE) == said
    theirs = RuleFinding(BULK._replace(asks=(), refuses_since="2025-11"), (), ())
    assert rule_text(theirs, ALONE) == (
        "Since 5 May 2025; what does not keep to it is refused more and more since Nov 2025. "
        "Your provider sees to it."
    )
    once = RuleFinding(BULK._replace(for_good=True), ("spf",), ())
    assert "Who has sent as many once counts for good. To mend" in rule_text(once, ALONE)
