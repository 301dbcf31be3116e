"""`passphrase`: another passphrase for the file of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import inputs
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.passphrase import change_passphrase

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Encrypt the file of secrets anew."""
    old, new = inputs.read_passphrases(args.secret_stdin)
    change_passphrase(ws, old, new)
    if ws.has_passphrase_command:
        screen.note(_("SMTPWIZARD_PASSPHRASE_COMMAND has to print the new one from now on"))
    text = _("The passphrase is changed; everything in the file is encrypted anew.")
    screen.answer({"passphrase_changed": True}, text)
    return 0
