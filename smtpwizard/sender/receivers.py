"""What large receivers ask of senders, and whether a sender keeps to it.

Parses text that is handed in; asks nobody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from smtpwizard.model.sender import ReceiverRule, RuleFinding

ASKED = ("spf", "dkim", "dmarc", "spf_or_dkim", "aligned", "ptr", "mx")


def parse_receivers(text: str) -> tuple[ReceiverRule, ...]:
    """The rules that `receivers.toml` has, in its order."""
    return tuple(_rule(table) for table in tomllib.loads(text)["rule"])


def judge(
    rules: Iterable[ReceiverRule], kept: Mapping[str, bool | None]
) -> tuple[RuleFinding, ...]:
    """Each rule with what of it is to be mended or not known.

    `kept` tells of each of `ASKED` whether it is so, None where that is not known; what is not in
    it is for somebody else to see to, and left out of the rule.
    """
    out = []
    for rule in rules:
        asks = tuple(each for each in rule.asks if each in kept)
        to_mend = tuple(each for each in asks if kept[each] is False)
        not_known = tuple(each for each in asks if kept[each] is None)
        out.append(RuleFinding(rule._replace(asks=asks), to_mend, not_known))
    return tuple(out)


def either(one: bool | None, other: bool | None) -> bool | None:
    """Whether one of two is so, None where that is not known."""
    if one or other:
        return True
    return None if one is None or other is None else False


def _rule(table: Mapping[str, Any]) -> ReceiverRule:
    words = {key: tuple(table.get(key, "").split()) for key in ("asks", "also")}
    rest = {key: value for key, value in table.items() if key in ReceiverRule._fields}
    return ReceiverRule(**{**rest, **words})
