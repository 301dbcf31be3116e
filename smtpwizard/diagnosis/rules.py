"""The rules in force, read from data once: which evidence points to which cause, and how strongly.

A rule looks at facts, words in any language and the setting; it never runs code of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from smtpwizard.causes import CauseKind, causes
from smtpwizard.diagnosis.evidence import Evidence
from smtpwizard.diagnosis.words import flatten, one_spelling
from smtpwizard.resources import packaged_text

# Kinds of facts about the setting of a failure, not of the failure itself.
SETTING = frozenset(
    (
        "family", "stage", "port", "sec", "auth", "role", "ctx", "mode", "method", "provider",
        "host", "grant",
    )
)  # fmt: skip
# Kinds of facts that only a verification of ours has, see `facts.py`.
OURS = frozenset(
    (
        "error",
        "alert",
        "token",
        "reply",
        "peer",
        "offers",
        "issuer",
        "clock",
        "trust",
        "found",
        "typed",
    )
)
# Of any text besides: reply codes, error numbers and names, what a server speaks.
KINDS = (
    SETTING
    | OURS
    | frozenset(
        (
            "code", "enh", "sub", "subj", "class", "aadsts", "oauth", "errno", "http", "xoauth2",
            "shape", "sender",
        )
    )
)  # fmt: skip
# How far apart, in characters, the words of one clause may stand.
CLAUSE = 60
_POSITIONS = 6


@dataclass(frozen=True, slots=True)
class Rule:
    """One pointer: all of `when` (each a set of alternatives), none of `unless`."""

    id: str
    cause: str
    weight: float
    when: tuple[frozenset[str], ...]
    unless: frozenset[str]
    near: bool = False
    variant: str | None = None
    of_the_setting: bool = False  # fires whatever the text says
    ours: bool = False  # looks at what a verification found


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fired, and the piece of text that shows why."""

    rule: Rule
    trigger: str


class RuleBook:
    """All rules, with the index that finds the few worth looking at."""

    def __init__(self, rules: Iterable[Rule], lexicon: dict[str, tuple[str, ...]]) -> None:
        self.rules = tuple(rules)
        self.lexicon = lexicon
        self._ideas: dict[str, tuple[str, ...]] = {}  # term -> ideas it stands for
        for idea, terms in lexicon.items():
            for term in terms:
                self._ideas[term] = (*self._ideas.get(term, ()), f"@{idea}")
        self._by_atom: dict[str, list[int]] = {}
        terms_used = set(self._ideas)
        exact: set[str] = set()
        for number, rule in enumerate(self.rules):
            for atom in rule.when[0]:
                self._by_atom.setdefault(atom, []).append(number)
            for atom in (*(a for entry in rule.when for a in entry), *rule.unless):
                if atom.startswith("="):
                    exact.add(atom)
                elif not atom.startswith("@") and not is_token(atom):
                    terms_used.add(atom)
        self._exact = tuple((atom, atom[1:]) for atom in sorted(exact))
        # By the first word, complete or not; what stands in scripts without blanks by itself.
        self._phrases: dict[str, list[tuple[str, str]]] = {}
        self._beginnings: dict[str, str] = {}
        self._whole: dict[str, str] = {}
        self._inside: list[tuple[str, str]] = []
        for term in sorted(terms_used):
            head, blank, _ = term.partition(" ")
            if _is_unspaced(term):
                self._inside.append((term, term))
            elif blank:
                needle = f" {term[:-1]} " if term.endswith("$") else f" {term}"
                self._phrases.setdefault(head, []).append((term, needle))
            elif term.endswith("$"):
                self._whole[term[:-1]] = term
            else:
                self._beginnings[term] = term
        self._shortest = min(map(len, self._beginnings), default=1)
        self._longest = max(map(len, self._beginnings), default=0)

    def matches(self, evidence: Evidence) -> list[Match]:
        """The rules that fire, in the order of the data."""
        found, places = self._look(evidence)
        numbers = {n for atom in found for n in self._by_atom.get(atom, ())}
        out = []
        for number in sorted(numbers):
            rule = self.rules[number]
            if not rule.unless.isdisjoint(found):
                continue
            if any(entry.isdisjoint(found) for entry in rule.when):
                continue
            if rule.near and not _close(rule.when, places):
                continue
            out.append(Match(rule, _trigger(rule, found, places, evidence)))
        return out

    def _look(self, evidence: Evidence) -> tuple[set[str], dict[str, list[tuple[int, str]]]]:
        """Every atom that holds, and where those made of words stand."""
        found = set(evidence.tokens)
        places: dict[str, list[tuple[int, str]]] = {}
        words = evidence.words
        for term, needle in self._candidates(words):
            at = words.find(needle)
            if at < 0:
                continue
            where: list[tuple[int, str]] = []
            while at >= 0 and len(where) < _POSITIONS:
                where.append((at, needle))
                at = words.find(needle, at + 1)
            found.add(term)
            places[term] = where
            for idea in self._ideas.get(term, ()):
                found.add(idea)
                places.setdefault(idea, []).extend(where)
        for atom, needle in self._exact:
            if needle in evidence.text:
                found.add(atom)
                places[atom] = [(0, needle)]
        return found, places

    def _candidates(self, words: str) -> Iterator[tuple[str, str]]:
        """Terms that may stand in `words`, with what to look for."""
        beginnings, shortest, longest = self._beginnings, self._shortest, self._longest
        # From the end, where the complaint stands; and what is shown is the same in every run.
        for word in reversed(dict.fromkeys(words.split())):
            for end in range(shortest, min(len(word), longest) + 1):
                start = word[:end]
                if start in beginnings:
                    yield start, f" {start}"
            if word in self._whole:
                yield self._whole[word], f" {word} "
            yield from self._phrases.get(word, ())
        if not words.isascii():
            yield from self._inside


def is_token(atom: str) -> bool:
    """True for a fact such as `code:535`, or the bare kind `aadsts`."""
    kind, colon, _ = atom.partition(":")
    return kind in KINDS if colon else atom == "aadsts"


def _kind(atom: str) -> str:
    """The kind of a fact; nothing for words."""
    return atom.partition(":")[0] if is_token(atom) else ""


def _is_unspaced(term: str) -> bool:
    """True for scripts that put no blanks between words, or put endings onto them."""
    return any("\u1100" <= c <= "\u11ff" or "\u2e80" <= c <= "\uffdc" for c in term)


def _close(when: tuple[frozenset[str], ...], places: dict[str, list[tuple[int, str]]]) -> bool:
    """True where one occurrence of every entry lies within one clause."""
    spots: list[list[int]] = []
    for entry in when:
        at = [place for atom in entry for place, _ in places.get(atom, ())]
        if not at:
            if any(is_token(atom) for atom in entry):
                continue
            return False
        spots.append(at)
    if len(spots) < 2:
        return True
    return any(
        all(any(abs(other - first) <= CLAUSE for other in rest) for rest in spots[1:])
        for first in spots[0]
    )


def _trigger(
    rule: Rule,
    found: set[str],
    places: dict[str, list[tuple[int, str]]],
    evidence: Evidence,
) -> str:
    for entry in rule.when:
        for atom in sorted(entry & found, key=lambda atom: (-len(atom), atom)):
            if atom in evidence.shown:
                return evidence.shown[atom]
            if atom in places:
                return places[atom][0][1].strip()
    return ""


# -- reading ---------------------------------------------------------------------------------------


@cache
def rule_book() -> RuleBook:
    """The built-in rules; read and indexed once a process."""
    return RuleBook(
        read_rules(causes().values()), read_lexicon(packaged_text("diagnosis/lexicon.toml"))
    )


def read_lexicon(text: str) -> dict[str, tuple[str, ...]]:
    """Ideas and their words, flattened the way texts are."""
    return {
        idea: tuple(dict.fromkeys(_term(term) for term in terms))
        for idea, terms in tomllib.loads(text).items()
    }


def read_rules(kinds: Iterable[CauseKind]) -> tuple[Rule, ...]:
    """The rules of these causes. Raises `ValueError` naming the rule that cannot be used."""
    return tuple(_rules(kinds))


def _rules(kinds: Iterable[CauseKind]) -> Iterator[Rule]:
    seen: set[str] = set()
    for cause in kinds:
        for raw in cause.rules:
            identifier = raw["id"]
            if identifier in seen or not raw["when"]:
                raise ValueError(f"{identifier}: twice, or without a condition")
            seen.add(identifier)
            when = tuple(frozenset(_atoms(entry)) for entry in raw["when"])
            looked_at = {_kind(atom) for entry in when for atom in entry}
            yield Rule(
                identifier,
                cause.slug,
                float(raw["weight"]),
                when,
                frozenset(_atoms(raw.get("unless", ()))),
                raw.get("near", False),
                raw.get("variant"),
                looked_at <= SETTING,
                not looked_at.isdisjoint(OURS),
            )


def _atoms(entry: str | Sequence[str]) -> Iterator[str]:
    for atom in (entry,) if isinstance(entry, str) else entry:
        yield atom if atom[0] in "@=" or is_token(atom) else _term(atom)


def _term(words: str) -> str:
    """Words of a rule or of the lexicon the way texts are read."""
    whole = words.endswith("$")
    flat = one_spelling(f" {flatten(words).removesuffix('$')} ").strip()
    return f"{flat}$" if whole else flat
