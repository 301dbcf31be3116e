"""What became of secrets that were to move to another store, and what may be asked about it."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _

_STORES: Mapping[str, str] = {
    "keyring": _("the system's keyring"),
    "file": _("the encrypted file"),
}
_MOVED = (_("1 secret was moved to {store}."), _("{count} secrets were moved to {store}."))
_LEFT = (_("1 secret stayed where it was."), _("{count} secrets stayed where they were."))
_ELSEWHERE = (
    _("1 secret that is kept already does not lie in {store}."),
    _("{count} secrets that are kept already do not lie in {store}."),
)
_COMMANDS_TO_MOVE = _(
    "To move them there: smtpwizard settings set secret_store={name} --move-secrets"
)
_NONE = _("All secrets lie in {store} already.")


def store_name(store: str) -> str:
    """What a store is called within a sentence."""
    return translate(_STORES[store])


def moved_text(moved: int, left: int, store: str) -> str:
    """How many secrets were moved to a store, and how many were not."""
    facts = {"store": store_name(store)}
    if not moved and not left:
        return fill(_NONE, facts)
    said = [fill(_MOVED[moved != 1], {"count": moved, **facts})] if moved else []
    if left:
        said.append(fill(_LEFT[left != 1], {"count": left}))
    return " ".join(said)


def elsewhere_text(count: int, store: str) -> str:
    """How many secrets lie in another store than where new ones go."""
    return fill(_ELSEWHERE[count != 1], {"count": count, "store": store_name(store)})


def to_move_text(count: int, store: str) -> str:
    """The same, and what to type so that they are moved."""
    return f"{elsewhere_text(count, store)} {fill(_COMMANDS_TO_MOVE, {'name': store})}"
