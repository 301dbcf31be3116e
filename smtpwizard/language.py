"""The user's language for the messages: found once, by the face that starts."""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable

from smtpwizard.messages.translation import use_translation
from smtpwizard.resources import resource_path

DOMAIN = "smtpwizard"


def speak_the_user_s_language() -> None:
    """Hand the catalogue of the user's language to the messages; English needs none."""
    lookup = _find_catalogue()
    if lookup is not None:
        use_translation(lookup)


def _find_catalogue() -> Callable[[str], str] | None:
    """By gettext's rules; None for English, and where there is no catalogue."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if not wanted or wanted.split(".")[0].split("_")[0] in ("C", "POSIX", "en"):
        return None
    try:
        folder = resource_path("translations")
    except FileNotFoundError:
        return None
    return gettext.translation(DOMAIN, str(folder), fallback=True).gettext
