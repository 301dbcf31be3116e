"""Whether a sender that was refused is the login itself, where a text names both."""

from __future__ import annotations

import re

# What names both stands near the beginning of a line of a log.
_LENGTH = 30_000
# One of these stands in every such text, and is found much sooner.
_SURELY = (" to send ", "not owned by", "does not belong to")
_ADDRESS = r"[<'\"(]?([\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})[>'\")]?"
_BOTH = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_ADDRESS} (?:is )?not (?:allowed|permitted|authori[sz]ed) to send "
        rf"(?:e?mail )?(?:as|from|on behalf of) {_ADDRESS}",
        rf"{_ADDRESS}:? sender address rejected: not owned by (?:(?:auth )?user )?{_ADDRESS}",
        rf"sender(?: address)? {_ADDRESS} (?:does not belong to|is not owned by) "
        rf"(?:(?:the )?(?:auth )?(?:user|login) )?{_ADDRESS}",
    )
)


def find_own_sender(raw: str) -> dict[str, str]:
    """The fact `sender:own` with the address that both are; nothing where they differ, or a text
    does not name both."""
    text = raw[:_LENGTH]
    lowered = text.lower()
    if not any(words in lowered for words in _SURELY):
        return {}
    for pattern in _BOTH:
        match = pattern.search(text)
        if match is not None and match[1].casefold() == match[2].casefold():
            return {"sender:own": match[1].lower()}
    return {}
