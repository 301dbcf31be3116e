"""`settings list|set`: the application's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.output import table
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.settings import setting_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.settings import SECRET_STORE, change_settings, list_settings

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.problem import Json
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Do with the settings what `args.action` says; answers all of them."""
    changes = args.action == "set"
    settings = change_settings(ws, args.values) if changes else list_settings(ws)
    rows = [(name, _shown(value), setting_text(name)) for name, value in settings.items()]
    document: Json = {"settings": settings}
    store = str(settings[SECRET_STORE] or "keyring")
    if changes and args.move_secrets:
        document["secrets"] = _move(ws, store, screen)
    elif changes and any(text.startswith(f"{SECRET_STORE}=") for text in args.values):
        _tell_of_others(ws, store, screen)
    headings = (_("SETTING"), _("VALUE"), _("WHAT IT IS"))
    screen.answer(document, table(headings, rows, limits={1: 200, 2: 100}, whole=(0, 1)))
    return 0


def _shown(value: object) -> str:
    """A value as `settings set` takes it; a dash where nobody chose."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "–" if value is None else str(value)


def _move(ws: Workspace, store: str, screen: Screen) -> Json:
    from smtpwizard.messages.moved_secrets import moved_text  # noqa: PLC0415 - where secrets are moved
    from smtpwizard.usecases.move_secrets import move_secrets  # noqa: PLC0415 - where secrets are moved

    moved = move_secrets(ws, store)
    screen.note(moved_text(moved.moved, moved.left, store))
    if moved.why is not None:
        screen.note(error_text(moved.why.code, moved.why.facts, Face.COMMAND_LINE))
    return moved.to_json()


def _tell_of_others(ws: Workspace, store: str, screen: Screen) -> None:
    """What is kept already stays where it is: that is said once."""
    from smtpwizard.messages.moved_secrets import to_move_text  # noqa: PLC0415 - where a store is chosen
    from smtpwizard.usecases.move_secrets import secrets_elsewhere  # noqa: PLC0415 - where a store is chosen
    from smtpwizard.usecases.store_choice import unusable_stores  # noqa: PLC0415 - where a store is chosen

    unusable = unusable_stores(ws)
    if store in unusable:  # nobody chose it: one that is chosen was tried
        screen.note(error_text("secret_store_unavailable", {}, Face.COMMAND_LINE))
        return
    count = secrets_elsewhere(ws, store, unusable)
    if count:
        screen.note(to_move_text(count, store))
