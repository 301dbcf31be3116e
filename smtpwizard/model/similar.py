"""Names that the user may have meant: for a question, never for a choice made in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smtpwizard.model.searching import searched

_MOST = 3
_LONGEST = 200  # comparing takes time with the square of it
_ALIKE = 0.65
_FAR = 0.1  # behind the likeliest


def similar(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """At most three of the known names that `text` may stand for, the likeliest first.

    Case, accents, blanks and signs do not count; the end of a name may be missing, and what
    stands before a dot.
    """
    from difflib import SequenceMatcher, get_close_matches  # noqa: PLC0415 - of a mistake alone

    if len(text) > _LONGEST:
        return ()
    wanted = _key(text)
    by_key: dict[str, list[str]] = {}
    for name in known:
        for key in dict.fromkeys((_key(name), _key(name.rpartition(".")[2]))):
            if key and len(name) <= _LONGEST:
                by_key.setdefault(key, []).append(name)
    keys = [key for key in by_key if key == wanted]
    keys += [key for key in by_key if len(wanted) > 1 and key.startswith(wanted)]
    if not keys:
        close = get_close_matches(wanted, by_key, _MOST, _ALIKE)
        ratios = [SequenceMatcher(None, key, wanted).ratio() for key in close]
        keys = [key for key, ratio in zip(close, ratios, strict=True) if ratio > ratios[0] - _FAR]
    return tuple(dict.fromkeys(name for key in keys for name in by_key[key]))[:_MOST]


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", searched(text)) or text.casefold().strip()
