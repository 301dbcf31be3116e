"""Evidence from foreign text: its facts, its words, and the line that shows each.

Reads text of any kind in time proportional to its length; never raises, never interprets it as
anything but text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smtpwizard.diagnosis.bounce import read_bounce
from smtpwizard.diagnosis.codes import (
    aadsts_facts,
    enhanced_facts,
    find_codes,
    find_shapes,
    is_oauth_error,
    reply_facts,
)
from smtpwizard.diagnosis.hiding import hide_secrets
from smtpwizard.diagnosis.own_sender import find_own_sender
from smtpwizard.diagnosis.setting import context_facts, families_in, find_setting
from smtpwizard.diagnosis.unwrap import condense, drop_the_rest, unwrap
from smtpwizard.diagnosis.words import as_words, flatten
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Reply

MAX_TEXT = 1_050_000
SHOWN = 200
_BLANKS = re.compile(r"\s+")


@dataclass(slots=True)
class Evidence:
    """What a text and its context say.

    `text` is one lower-case line without accents, `words` the same without punctuation, addresses,
    host names and reply codes, padded with blanks. `tokens` are facts such as `code:535`,
    `enh:5.7.8`, `aadsts:50055`, `oauth:invalid_grant`, `errno:econnrefused`, `family:google`,
    `stage:auth`. `shown` maps a token to what stood in the text. `family` is the provider
    that the context names, else the first that the text does.
    """

    text: str
    words: str
    lines: tuple[str, ...]
    lowered: tuple[str, ...]
    family: str | None = None
    tokens: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)

    def lines_with(self, triggers: Sequence[str]) -> tuple[str, ...]:
        """For each trigger the line in which it stands, fit for display, without secrets and cut to
        the part around it; of several lines the one with most of the triggers. None for a trigger
        that stands in no line."""
        if len(self.lines) == 1:
            return self._shown_once((0, trigger) for trigger in triggers)
        places = {
            t: [at for at in range(len(self.lines)) if self._stands_in(t, at)] for t in triggers
        }
        count = Counter(at for found in places.values() for at in found)
        best = (
            (t, max(found, key=lambda at: (count[at], -at))) for t, found in places.items() if found
        )
        return self._shown_once((at, trigger) for trigger, at in best)

    def first_line(self) -> str:
        """The first line that tells of a failure, else the first that says something."""
        told = (at for at, line in enumerate(self.lowered) if FAILURE.search(f" {line} "))
        long = (at for at, line in enumerate(self.lines) if len(line) > 8)
        at = next(told, next(long, None))
        return self._shown_line(at, "") if at is not None else ""

    def _stands_in(self, trigger: str, at: int) -> bool:
        """Whether a trigger stands in a line, or begins there and ends in the next one."""
        if trigger in self.lowered[at]:
            return True
        head, blank, _ = trigger.partition(" ")
        if not blank or head not in self.lowered[at]:
            return False
        below = self.lines[at + 1] if at + 1 < len(self.lines) else ""
        both = as_words(f"{self.lines[at]} {below}")
        return f" {trigger}" in both and f" {trigger}" not in as_words(below)

    def _shown_once(self, places: Iterable[tuple[int, str]]) -> tuple[str, ...]:
        """The lines around these triggers, without those that another one shows already."""
        shown: dict[tuple[int, int], str] = {}
        for at, trigger in places:
            start, place = self._start(at, trigger)
            if not any(at == line and 0 <= place - begin < SHOWN for line, begin in shown):
                shown[at, start] = self._shown_line(at, trigger)
        return tuple(dict.fromkeys(shown.values()))

    def _start(self, at: int, trigger: str) -> tuple[int, int]:
        """Where the part of a line that is shown begins, and where the trigger stands."""
        low = self.lowered[at]
        place = max(low.find(trigger), low.find(trigger.split(" ", 1)[0]), 0)
        return max(0, min(place - SHOWN // 4, len(self.lines[at]) - SHOWN)), place

    def _shown_line(self, at: int, trigger: str) -> str:
        raw = self.lines[at]
        start, _ = self._start(at, trigger)
        before, after = "…" * bool(start), "…" * (len(raw) > start + SHOWN)
        shown = (before + hide_secrets(raw)[start : start + SHOWN] + after).strip()
        return shown if shown.isascii() and shown.isprintable() else clean_text(shown)


# Words of any failure, whatever it is.
FAILURE = re.compile(
    r" (?:fail|err|unable|cannot|could not|den[iy]|reject|refus|invalid|not |no |unknown|block|lost"
    r"|close|disconnect|exception|abort|fehler|echec|erreur|fallo|falha|errore)"
)


def gather(raw: str, context: Mapping[str, Any] | None = None) -> Evidence:
    """The facts in `raw` and `context` (`provider`, `stage`, `port`, `security`, `auth`; loose)."""
    return _gather(raw, context_facts(context or {}))


def gather_reply(reply: Reply, setting: Iterable[str]) -> Evidence:
    """The facts of a server's reply, whose codes are known, and of the setting as facts."""
    facts = reply_facts(str(reply.code))
    if reply.enhanced is not None:
        facts |= enhanced_facts(reply.enhanced, *reply.enhanced.split("."))
    return _gather(reply.text, setting, facts)


def gather_refusal(error: str, aadsts: str, description: str, setting: Iterable[str]) -> Evidence:
    """The facts of a refused token request: its OAuth error, its AADSTS number, its words."""
    facts = aadsts_facts(aadsts) if aadsts else {}
    if is_oauth_error(error):
        facts[f"oauth:{error}"] = error
    else:  # a name of the provider's own says something as words alone
        description = f"{error} {description}"
    return _gather(description, setting, facts)


def _gather(raw: str, setting: Iterable[str], facts: Mapping[str, str] | None = None) -> Evidence:
    """What stands in `raw`, beside facts that are known already."""
    raw = read_bounce(raw[:MAX_TEXT])
    whole = unwrap(condense(raw))
    clean = drop_the_rest(whole)
    plain = flatten(clean)
    lines = tuple(line.strip() for line in clean.split("\n"))
    lowered = tuple(plain.split("\n"))
    if len(lines) != len(lowered):  # a letter that lower-cases to a line break does not exist
        lowered = tuple(flatten(line) for line in lines)
    text = _BLANKS.sub(" ", plain).strip()
    names = families_in(text)
    tokens = dict.fromkeys(setting)
    families = (t.removeprefix("family:") for t in (*tokens, *names) if t.startswith("family:"))
    shown = {**names, **find_codes(text, lines), **find_shapes(raw), **find_own_sender(raw)}
    shown |= facts or {}
    evidence = Evidence(
        text,
        as_words(clean),
        lines,
        lowered,
        next(families, None),
        {*tokens, *shown},
        {token: how for token, how in shown.items() if how},
    )
    evidence.tokens.update(find_setting(text, whole, evidence.tokens))
    return evidence


def understood(e: Evidence) -> dict[str, object]:
    """What was recognised, for a reader: stage, codes, provider, errors."""
    kinds: dict[str, list[str]] = {}
    for token in sorted(e.tokens):
        kind, _, value = token.partition(":")
        if value:
            kinds.setdefault(kind, []).append(value)
    out: dict[str, object] = {}
    if "stage" in kinds:
        out["stage"] = kinds["stage"][0]
    codes = kinds.get("code", []) + kinds.get("enh", [])
    if codes:
        out["codes"] = codes[:8]
    if e.family is not None:
        out["provider"] = e.family
    errors = [f"AADSTS{n}" for n in kinds.get("aadsts", [])]
    errors += kinds.get("oauth", []) + [n.upper() for n in kinds.get("errno", [])]
    errors += [f"HTTP {n}" for n in kinds.get("http", [])]
    if errors:
        out["errors"] = errors[:8]
    if "port" in kinds:
        out["port"] = int(kinds["port"][0])
    if "sec" in kinds:
        out["security"] = kinds["sec"][0]
    if "auth" in kinds:
        out["auth"] = kinds["auth"][0]
    return out
