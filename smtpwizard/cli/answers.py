"""Answers that several verbs share: a connector, its secrets, and files that are none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.output import pairs
from smtpwizard.messages.errors import error_text, warning_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.security import port_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import port_is_for, unknown_fields
from smtpwizard.model.errors import SecretStoreError, StorageError
from smtpwizard.model.named_files import named_files
from smtpwizard.model.secrets import asked_kind, is_for_this_run
from smtpwizard.usecases.show import connector_document

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.stored import DamagedFile, Listing, StoredConnector
    from smtpwizard.usecases.workspace import Workspace


def answer_connector(ws: Workspace, stored: StoredConnector, screen: Screen) -> None:
    """The connector as `show` gives it."""
    document = connector_document(ws, stored)
    screen.answer(document, pairs(leaves(document)))


def answer_changed(ws: Workspace, stored: StoredConnector, screen: Screen, text: str) -> None:
    """The connector as `show` gives it, after a change; `text` for people.

    The change holds: where the disk cannot be read any more, that is a note.
    """
    try:
        document = connector_document(ws, stored)
    except StorageError as error:
        document = connector_document(ws, stored, from_memory=True)
        reason = error_text(error.code, error.facts, Face.COMMAND_LINE)
        screen.note(_("it is saved, but could not be read back: {reason}").format(reason=reason))
    screen.answer(document, text)


def note_overrides(ws: Workspace, stored: StoredConnector, screen: Screen) -> None:
    """Say where a file has changed what is known of the connector's provider."""
    for value in ws.overrides_for(stored.connector):
        screen.note(warning_text("provider_overridden", value.facts()))


def leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Dotted paths and values for people; what is not set is left out."""
    if isinstance(value, dict):
        inner = ((f"{path}.{key}" if path else str(key), v) for key, v in value.items())
        return [leaf for key, v in inner for leaf in leaves(v, clean_text(key))]
    if value is None or value == "" or value == []:
        return []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [(path, ", ".join(value))]
    return [(path, value if isinstance(value, str) else json.dumps(value))]


def quote_name(stored: StoredConnector) -> str:
    """The connector's name for a sentence."""
    return f"“{clean_text(stored.connector.name)}”"


def note_secrets(stored: StoredConnector, screen: Screen) -> None:
    """Say it where the connector cannot log in by itself yet."""
    kind = asked_kind(stored.connector)
    if kind is None:
        return
    ref = stored.secrets.get(kind)
    if ref is None:
        screen.note(_("it has no secret yet: smtpwizard edit NAME --secret-stdin"))
    elif is_for_this_run(ref):
        screen.note(
            _(
                "its secret was kept for this session only, which ends here: give it again with "
                "--secret-stdin"
            )
        )


def note_unknown_fields(stored: StoredConnector, screen: Screen) -> None:
    """Say it where a field is kept that may be a known one misspelt."""
    for field, alike in unknown_fields(stored.connector).items():
        if alike:
            facts = {"field": field, "similar": alike}
            screen.note(error_text("field_kept", facts, Face.COMMAND_LINE))


def note_whole_paths(given: Mapping[str, Any], stored: StoredConnector, screen: Screen) -> None:
    """Say it where a file is kept by another path than was `given` by field, or is not there."""
    for field, path in named_files(stored.connector.to_json()):
        if given.get(field) not in (None, path):
            screen.note(_("{field} is kept as {path}").format(field=field, path=clean_text(path)))
        elif given.get(field) is not None and not os.path.exists(path):
            words = _("{field}: there is no file {path} yet")
            screen.note(words.format(field=field, path=clean_text(path)))


def leftovers(listing: Listing) -> dict[str, Any]:
    """Files that are no connectors, where there are any."""
    found: dict[str, Any] = {}
    if listing.damaged:
        found["damaged"] = damaged_files(listing.damaged)
    if listing.newer:
        found["newer"] = [
            {"path": str(entry.path), "schema": entry.schema, "name": entry.name}
            for entry in listing.newer
        ]
    return found


def damaged_files(files: Sequence[DamagedFile]) -> list[dict[str, Any]]:
    """Files that cannot be used, as JSON."""
    return [
        {"path": str(entry.path), "reason": entry.reason, "field": entry.field} for entry in files
    ]


def note_damaged(files: Sequence[DamagedFile], screen: Screen) -> None:
    """The same for people, beside a list."""
    for damaged in files:
        reason = error_text(damaged.reason, {"field": damaged.field}, Face.COMMAND_LINE)
        where = f"{damaged.field}: " if damaged.field else ""
        path = clean_text(str(damaged.path))
        screen.note(_("{path} is left out: {reason}").format(path=path, reason=where + reason))


def note_leftovers(listing: Listing, screen: Screen) -> None:
    """What is no connector, for people, beside the list."""
    note_damaged(listing.damaged, screen)
    for newer in listing.newer:
        screen.note(error_text("read_only_newer", {"path": str(newer.path)}, Face.COMMAND_LINE))


def answer_saved(
    ws: Workspace, stored: StoredConnector, args: argparse.Namespace, screen: Screen
) -> int:
    """The connector after a save, once its helper command is approved; answers the exit code."""
    try:
        inputs.approve_command(ws, stored, args, screen)
    except SecretStoreError as error:  # it is saved all the same
        screen.note(error_text(error.code, error.facts, Face.COMMAND_LINE))
    note_secrets(stored, screen)
    server = stored.connector.server
    belongs = port_is_for(server.port, server.security)
    if belongs is not None:
        screen.note(port_text(server.port, belongs))
    answer_changed(ws, stored, screen, _("Saved {name}.").format(name=quote_name(stored)))
    return 0
