"""Sentences for what holds when a run ends before its end."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import Facts, translate
from smtpwizard.messages.translation import mark as _

_CHANGES: Mapping[str, str] = {
    "saved": _("“{name}” is saved."),
    "removed": _("“{name}” is removed."),
    "made_default": _("“{name}” is the default now."),
    "passphrase_changed": _("The passphrase of the encrypted file is changed."),
    "secret_moved": _("A secret of “{name}” is moved."),
    "project_chosen": _("The current project is “{name}” now."),
    "project_saved": _("The project “{name}” is saved."),
    "project_removed": _("The project “{name}” is removed."),
    "moved": _("“{name}” is moved."),
    "copied": _("“{name}” is copied."),
}
_NOTHING = _("Nothing was changed.")
_LEFT_BEHIND = _(
    "A secret that nobody needs may still be in its store; the next change deletes it."
)


def change_text(change: str | None, name: str) -> str:
    """The sentence for a change that holds; None is for no change at all."""
    return translate(_CHANGES[change] if change else _NOTHING).format_map(Facts({"name": name}))


def left_behind_text() -> str:
    """The sentence for a secret that could not be deleted yet."""
    return translate(_LEFT_BEHIND)
