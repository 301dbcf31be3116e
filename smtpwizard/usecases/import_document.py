"""A connector out of a JSON file that somebody gave; its secret is never in there."""

from __future__ import annotations

from pathlib import Path

from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.chosen_files import read_chosen
from smtpwizard.usecases.input import (
    MAX_DOCUMENT_BYTES,
    parse_connector,
    parse_document,
    refuse_misplaced,
    with_whole_paths,
)
from smtpwizard.usecases.save import create_connector
from smtpwizard.usecases.server_text import with_server_spread
from smtpwizard.usecases.workspace import Workspace


def import_document(ws: Workspace, path: Path) -> StoredConnector:
    """Save the connector of a file, by the rules of `create`; `UsageError`, `StorageError`."""
    data = read_chosen(path, MAX_DOCUMENT_BYTES, "source", too_large="document_too_large")
    document = with_whole_paths(with_server_spread(parse_document(data)))
    connector = parse_connector(document, ws.defaults_for, ws.provider_ids())
    refuse_misplaced(connector)
    return create_connector(ws, connector, None)
