"""`create`: a connector out of a file or standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import answer_saved, note_odd_characters
from smtpwizard.usecases.input import parse_connector, refuse_misplaced, with_server_spread
from smtpwizard.usecases.save import create_connector, name_secret

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Save the connector that a document describes, with its secret."""
    document, secret = inputs.read_source(args.source, screen, with_secret=args.secret_stdin)
    document = with_server_spread(document)
    connector = parse_connector(document, ws.defaults_for)
    refuse_misplaced(connector)  # before anybody is asked for a secret
    if secret is None and screen.interactive:
        secret = inputs.ask_for_secret_of(connector)
    note_odd_characters(connector, name_secret(connector, secret), screen)
    return answer_saved(ws, create_connector(ws, connector, secret), args, screen)
