"""`create`: a connector out of a file or standard input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import (
    answer_saved,
    note_unknown_fields,
    note_whole_paths,
)
from smtpwizard.model.named_files import named_files
from smtpwizard.model.problem import Json
from smtpwizard.model.registration import Grant
from smtpwizard.usecases.chosen_files import read_chosen
from smtpwizard.usecases.input import (
    MAX_DOCUMENT_BYTES,
    MAX_INPUT_BYTES,
    parse_connector,
    parse_document,
    parse_document_and_secret,
    refuse_misplaced,
    with_whole_paths,
)
from smtpwizard.usecases.save import create_connector, name_secret
from smtpwizard.usecases.server_text import with_server_spread

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.auth import Secret
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Save the connector that a document describes, with its secret."""
    document, secret = _read_source(args.source, screen, with_secret=args.secret_stdin)
    whole = with_whole_paths(with_server_spread(document))
    connector = parse_connector(whole, ws.defaults_for, ws.provider_ids())
    refuse_misplaced(connector)  # before anybody is asked for a secret
    if secret is None and screen.interactive:
        secret = inputs.ask_for_secret_of(connector)
    inputs.note_odd_characters(connector, name_secret(connector, secret), screen)
    stored = create_connector(ws, connector, secret)
    note_unknown_fields(stored, screen)
    note_whole_paths(dict(named_files(document)), stored, screen)
    return answer_saved(ws, stored, args, screen)


def _read_source(source: str, screen: Screen, *, with_secret: bool) -> tuple[Json, Secret | None]:
    """The document of `--from`, and the secret where one is to come from standard input.

    Raises `UsageError`.
    """
    if source == "-":
        if with_secret:
            return parse_document_and_secret(inputs.read_stdin(MAX_INPUT_BYTES))
        return parse_document(inputs.read_stdin(MAX_DOCUMENT_BYTES)), None
    data = read_chosen(Path(source), MAX_DOCUMENT_BYTES, "from", too_large="document_too_large")
    document = parse_document(data)
    key = _wants_key(document)
    return document, inputs.read_secret(screen, key=key) if with_secret else None


def _wants_key(document: Json) -> bool:
    """Whether a document, not judged yet, is of a connector whose secret is a key."""
    authentication = document.get("authentication")
    oauth = authentication.get("oauth") if isinstance(authentication, dict) else None
    return isinstance(oauth, dict) and oauth.get("grant") == Grant.SERVICE_ACCOUNT.value
