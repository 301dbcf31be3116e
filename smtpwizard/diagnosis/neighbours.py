"""What else a failure may be: less likely causes that look the same from outside."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache

from smtpwizard.causes import CauseKind, causes
from smtpwizard.resources import packaged_text

# What the first, second, … place in a list is worth beside a weight of evidence.
_AFTER = (3.0, 2.4, 1.8, 1.2)
_SITUATION = (1.5, 1.2, 0.9, 0.6)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each cause the ones next to it, and what is usual in a situation."""

    after: Mapping[str, tuple[str, ...]]
    situations: tuple[tuple[frozenset[str], tuple[str, ...]], ...]

    def of(self, first: str, tokens: Set[str]) -> dict[str, float]:
        """What speaks for each other cause where `first` is the likeliest, as weights."""
        out = dict(zip(self.after[first], _AFTER, strict=False))
        for when, slugs in self.situations:
            if when <= tokens:
                for slug, weight in zip(slugs, _SITUATION, strict=False):
                    out[slug] = out.get(slug, 0.0) + weight
                break
        out.pop(first, None)
        return out


@cache
def neighbours() -> Neighbours:
    """The built-in table; read once a process."""
    return read_neighbours(causes(), packaged_text("diagnosis/situations.toml"))


def read_neighbours(kinds: Mapping[str, CauseKind], situations: str) -> Neighbours:
    """The neighbours that the causes name, and the situations of a TOML text.

    Raises `ValueError` where a situation names what is no cause.
    """
    after = {slug: list(kind.neighbours) for slug, kind in kinds.items()}
    for kind in kinds.values():
        for other, place in kind.beside.items():
            after[other].insert(place - 1, kind.slug)
    read = tuple(
        (frozenset(entry["when"]), tuple(entry["causes"]))
        for entry in tomllib.loads(situations)["situation"]
    )
    if wrong := {slug for _, slugs in read for slug in slugs} - set(kinds):
        raise ValueError(f"situations name no causes: {sorted(wrong)}")
    return Neighbours({slug: tuple(slugs) for slug, slugs in after.items()}, read)
