"""The program itself: its settings, this computer, the demo, the window."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.options import Verb, add_actions


def _set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "values",
        metavar="KEY=VALUE",
        nargs="+",
        help="an empty value takes back the choice; a secret store is tried before it is chosen",
    )
    parser.add_argument(
        "--move-secrets",
        action="store_true",
        help="move what is kept already to the secret store that is chosen then; each is read back "
        "before the old one is deleted",
    )


def _settings(parser: argparse.ArgumentParser) -> None:
    add_actions(
        parser,
        {
            "list": ("list the settings", "smtpwizard settings list", None),
            "set": ("change settings", "smtpwizard settings set history.runs=20", _set),
        },
    )


def _passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="read two lines from standard input: the old passphrase, and the new one",
    )


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--look-up",
        action="store_true",
        help="look the names of the connectors' servers up as well; no mail server is asked",
    )


def _help(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "topic",
        metavar="TOPIC",
        nargs="*",
        help="a topic, a verb, the name of a cause or a stage, or words to look for",
    )


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="?",
        help="which failure the server plays (see --list)",
    )
    parser.add_argument("--list", dest="listed", action="store_true", help="list the scenarios")
    parser.add_argument("--unattended", action="store_true", help="do it all without a window")


def _gui(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new", action="store_true", help="open the wizard at once")
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="a case or an answer to open, a bounce to explain"
    )


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", nargs="?", choices=SHELLS, help=", ".join(SHELLS))
    parser.add_argument(
        "--names",
        metavar="KIND",
        choices=NAMED,
        help="for the script alone, which asks as you type: " + ", ".join(NAMED),
    )


# For which shells there is a script, and what it does not have in itself.
SHELLS = ("bash", "zsh", "fish", "powershell")
NAMED = ("connectors", "projects")


VERBS: Mapping[str, Verb] = {
    "settings": (
        "list or change the application's settings",
        "smtpwizard settings set history.runs=20",
        _settings,
    ),
    "passphrase": (
        "change the passphrase of the encrypted file",
        "smtpwizard passphrase",
        _passphrase,
    ),
    "doctor": ("say what of this computer does not work", "smtpwizard doctor --look-up", _doctor),
    "help": (
        "read the pages of help that the window has",
        "smtpwizard help wrong password",
        _help,
    ),
    "completion": (
        "print what makes a shell complete verbs, options and names",
        "smtpwizard completion bash > ~/.smtpwizard-completion",
        _completion,
    ),
    "man": ("print the manual page", "smtpwizard man > smtpwizard.1", None),
    "demo": (
        "try everything with an embedded mail server",
        "smtpwizard demo --unattended",
        _demo,
    ),
    "gui": ("open the window", "smtpwizard gui --new", _gui),
}
