"""English texts made as long as German ones, word by word, for pictures that show what gets cut."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QTranslator

SHARE = 0.35
"""How much longer a German text is."""

# Names in braces, formats and addresses stay; so do words in capitals, which are names.
_PARTS = re.compile(r"\{[^{}]*\}|%\w+|\S*[@/\\]\S*|&?[A-Za-z](?:[A-Za-z]|&(?=[A-Za-z]))*")
_ENDINGS = ("e", "en", "ung", "heit", "ungen", "schaft", "haftung")


def lengthened(text: str) -> str:
    """`text` with every word about a third longer; mnemonics and placeholders stay."""
    return _PARTS.sub(lambda match: _longer(match[0]), text)


def _longer(word: str) -> str:
    plain = word.replace("&", "")
    if not plain.isalpha() or (plain.isupper() and len(plain) > 1):
        return word
    return word + _ENDINGS[min(math.ceil(len(plain) * SHARE), len(_ENDINGS)) - 1]


class German(QTranslator):
    """Translates whatever the window says."""

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: object, text: object, disambiguation: object = None, n: int = -1
    ) -> str:
        said = text.decode() if isinstance(text, bytes) else str(text)
        return lengthened(said)
