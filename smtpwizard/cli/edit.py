"""`edit`: fields and secrets of a saved connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import answer_saved, note_whole_paths
from smtpwizard.messages.face import Face
from smtpwizard.messages.signing_in import finding_text
from smtpwizard.model.errors import UsageError
from smtpwizard.model.secrets import takes_key
from smtpwizard.usecases.client_file import look_over_client_file, read_file
from smtpwizard.usecases.edit import edit_connector, edit_fields, parse_assignments
from smtpwizard.usecases.save import name_secret

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


# What a login is made of, and is looked at when it changes.
_LOGIN = frozenset(
    (
        "authentication.username", "authentication.oauth.client_id", "authentication.oauth.tenant",
    )
)  # fmt: skip


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Change what the arguments assign, and nothing else."""
    values = parse_assignments(args.assignments)
    if not (values or args.secret_stdin or args.approve_command or args.client_json):
        raise UsageError("nothing_to_change")
    stored = ws.find(args.name)
    key = takes_key(stored.connector)
    secret = inputs.read_secret(screen, key=key) if args.secret_stdin else None

    def change() -> StoredConnector:
        return edit_connector(ws, stored, values, secret=secret, client_file=args.client_json)

    saved = inputs.with_consent(ws, screen, change)
    if args.secret_stdin or not _LOGIN.isdisjoint(values):
        inputs.note_odd_characters(saved.connector, name_secret(saved.connector, secret), screen)
    note_whole_paths(values, saved, screen)
    if args.client_json:
        before = edit_fields(ws, stored.connector, values)
        data = read_file(args.client_json)
        for field, code, facts in look_over_client_file(ws, before, saved.connector, data):
            screen.note(f"{field}: {finding_text(code, facts, Face.COMMAND_LINE)}")
    return answer_saved(ws, saved, args, screen)
