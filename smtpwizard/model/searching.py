"""How texts are compared by whoever looks for one."""

import unicodedata


def searched(text: str) -> str:
    """A text as a search compares it: without case and accents (“koln” finds “Köln”)."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each))
