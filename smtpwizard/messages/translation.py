"""Sentences in the language that a face chose at its start; finds and reads no catalogue itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smtpwizard.model.addresses import clean_text

MAX_FACT = 400
"""Characters of a value in a sentence: enough for the names of all verbs."""


def mark(text: str) -> str:
    """The text itself, marked for the translators' tools; `translate` comes where it is used."""
    return text


_lookup: Callable[[str], str] = mark


def use_translation(lookup: Callable[[str], str]) -> None:
    """Say everything from here on as `lookup` (such as gettext's) has it; once a process."""
    global _lookup
    _lookup = lookup


def translate(text: str) -> str:
    """The text in the user's language, or as it is."""
    return _lookup(text)


def fill(sentence: str, facts: Mapping[str, Any]) -> str:
    """Translate a sentence and put facts into its `{names}`; what is missing shows as `…`."""
    return translate(sentence).format_map(Facts(facts))


class Facts(Mapping[str, str]):
    """Facts fit for display: one line each, controls escaped, capped."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def __getitem__(self, key: str) -> str:
        value = self._facts.get(key)
        if value is None or value == "":
            return "…"
        if isinstance(value, list | tuple):
            return clean_text(", ".join(str(item) for item in value), MAX_FACT)
        return clean_text(str(value), MAX_FACT)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)
