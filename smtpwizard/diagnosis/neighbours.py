"""What else a failure may be: less likely causes that look the same from outside, from data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from smtpwizard.diagnosis.causes import CAUSES

# What the first, second, … place in a list is worth beside a weight of evidence.
_AFTER = (3.0, 2.4, 1.8, 1.2)
_SITUATION = (1.5, 1.2, 0.9, 0.6)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each cause the ones next to it, and what is usual in a situation."""

    after: Mapping[str, tuple[str, ...]]
    situations: tuple[tuple[frozenset[str], tuple[str, ...]], ...]

    def of(self, first: str, tokens: Set[str]) -> dict[str, float]:
        """How much speaks for each other cause where `first` is the likeliest."""
        out = dict(zip(self.after[first], _AFTER, strict=False))
        for when, causes in self.situations:
            if when <= tokens:
                for slug, weight in zip(causes, _SITUATION, strict=False):
                    out[slug] = out.get(slug, 0.0) + weight
                break
        out.pop(first, None)
        return out


@cache
def neighbours() -> Neighbours:
    """The built-in table; read once a process."""
    folder = files("smtpwizard.diagnosis")
    return read_neighbours(folder.joinpath("neighbours.toml").read_text("utf-8"))


def read_neighbours(text: str) -> Neighbours:
    """The table of a TOML text. Raises `ValueError` where it names what is no cause."""
    document = tomllib.loads(text)
    after = {slug: tuple(causes) for slug, causes in document["after"].items()}
    situations = tuple(
        (frozenset(entry["when"]), tuple(entry["causes"])) for entry in document["situation"]
    )
    lists = [*after.values(), *(causes for _, causes in situations)]
    named = {slug for causes in lists for slug in causes}
    wrong = (named - set(CAUSES)) | (set(after) ^ set(CAUSES))
    if wrong:
        raise ValueError(f"no causes, or causes without neighbours: {sorted(wrong)}")
    return Neighbours(after, situations)
