"""English texts made as long as German ones, word by word, for pictures that show what gets cut."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QTranslator

SHARE = 0.45
"""How many letters more a word has: a whole text, with its blanks, is a third longer."""

# Names in braces, formats and addresses stay; so do words in capitals, which are names.
_PARTS = re.compile(r"\{[^{}]*\}|%\w+|\S*[@/\\]\S*|&?[A-Za-z](?:[A-Za-z]|&(?=[A-Za-z]))*")
_ENDINGS = ("e", "en", "ung", "heit", "ungen", "schaft", "haftung")


def lengthened(text: str) -> str:
    """`text` with words that are about a third longer; mnemonics and placeholders stay.

    Each word of a label gets longer, as in German; in a sentence it is the whole that counts.
    """
    owed = 1.0 if len(text.split()) < 3 else 0.0
    every = owed

    def longer(match: re.Match[str]) -> str:
        nonlocal owed
        plain = match[0].replace("&", "")
        if not plain.isalpha() or (plain.isupper() and len(plain) > 1):
            return match[0]
        owed = max(owed, every) + len(plain) * SHARE
        count = min(math.floor(owed), len(_ENDINGS))
        owed -= count
        return match[0] + (_ENDINGS[count - 1] if count else "")

    return _PARTS.sub(longer, text)


class German(QTranslator):
    """Translates whatever the window says."""

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: object, text: object, disambiguation: object = None, n: int = -1
    ) -> str:
        said = text.decode() if isinstance(text, bytes) else str(text)
        return lengthened(said)
