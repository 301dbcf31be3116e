"""`create`: a connector out of a file or standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import (
    answer_saved,
    note_unknown_fields,
    note_whole_paths,
)
from smtpwizard.model.named_files import named_files
from smtpwizard.usecases.input import (
    parse_connector,
    refuse_misplaced,
    with_whole_paths,
)
from smtpwizard.usecases.save import create_connector, name_secret
from smtpwizard.usecases.server_text import with_server_spread

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Save the connector that a document describes, with its secret."""
    document, secret = inputs.read_source(args.source, screen, with_secret=args.secret_stdin)
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
