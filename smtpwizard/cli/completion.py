"""`completion SHELL`: a script that completes verbs, options and names; made from the parser.

What never changes stands in the script. Names of connectors and projects are asked for as somebody
types (`--names`), which opens no secret store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli import verbs
from smtpwizard.messages.translation import mark
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen


# Where each shell finds it; `completion` by hand shows a script that is for no eyes.
_USE = {
    "bash": mark(
        "put it into a file that bash reads: "
        "smtpwizard completion bash > ~/.local/share/bash-completion/completions/smtpwizard"
    ),
    "zsh": mark("put it into a folder of fpath: smtpwizard completion zsh > ~/.zfunc/_smtpwizard"),
    "fish": mark(
        "put it where fish looks: "
        "smtpwizard completion fish > ~/.config/fish/completions/smtpwizard.fish"
    ),
    "powershell": mark(
        "have PowerShell run it at its start: smtpwizard completion powershell | Out-String | "
        "Invoke-Expression"
    ),
}


def run(args: argparse.Namespace, screen: Screen) -> int:
    """The script for a shell, or the names that such a script asks for."""
    if (args.shell is None) == (args.names is None):
        raise UsageError("arguments_invalid", reason=_("name a shell, or what is asked for"))
    if args.names is not None:
        names = _names(args)
        screen.answer({"names": names}, "\n".join(names))
        return 0
    # Whoever types waits for the names alone.
    from smtpwizard.cli.completion_scripts import SCRIPTS  # noqa: PLC0415 - for a script alone
    from smtpwizard.cli.completion_words import vocabulary  # noqa: PLC0415 - for a script alone

    script = SCRIPTS[args.shell](vocabulary())
    screen.answer({"shell": args.shell, "script": script}, script.rstrip("\n"))
    if screen.watched:
        screen.note(_(_USE[args.shell]))
    return 0


def _names(args: argparse.Namespace) -> list[str]:
    ws = verbs.open_workspace(args)
    if args.names == "projects":
        return [project.name for project in ws.data.projects()]
    return [stored.connector.name for stored in ws.connectors().connectors]
