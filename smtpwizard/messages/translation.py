"""Sentences in the user's language, where a translation is there; cheap where none is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smtpwizard.model.addresses import clean_text

DOMAIN = "smtpwizard"

_lookup: Callable[[str], str] | None = None


def mark(text: str) -> str:
    """The text itself, marked for the translators' tools; `translate` comes where it is used."""
    return text


def translate(text: str) -> str:
    """The text in the user's language (gettext's rules), or as it is."""
    global _lookup
    if _lookup is None:
        _lookup = _find_translation()
    return _lookup(text)


def fill(sentence: str, facts: Mapping[str, Any]) -> str:
    """Translate a sentence and put facts into its `{names}`; what is missing shows as `…`."""
    return translate(sentence).format_map(_Facts(facts))


class _Facts(Mapping[str, str]):
    """Facts fit for display: one line each, controls escaped, capped."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def __getitem__(self, key: str) -> str:
        value = self._facts.get(key)
        if value is None or value == "":
            return "…"
        if isinstance(value, list | tuple):
            return clean_text(", ".join(str(item) for item in value), 300)
        return clean_text(str(value), 300)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def _find_translation() -> Callable[[str], str]:
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if not wanted or wanted.split(".")[0].split("_")[0] in ("C", "POSIX", "en"):
        return mark
    from smtpwizard.resources import resource_path

    try:
        folder = resource_path("translations")
    except FileNotFoundError:
        return mark
    import gettext

    return gettext.translation(DOMAIN, str(folder), fallback=True).gettext
