"""Connectors as they are kept: make, look at, change, remove."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.options import (
    Verb,
    add_name,
    add_secret_options,
    add_set_option,
    path_of,
)

# Of the catalogue; a folder's own providers come on top.
PROVIDERS = (
    "gmail", "gmail_relay", "exchange", "outlook", "exchange_gcc_high", "exchange_dod",
    "exchange_china", "exchange_hve", "azure_acs", "yahoo", "aol", "fastmail", "comcast", "yandex",
    "mail_ru", "zoho", "icloud", "gmx", "gmx_com", "web_de", "ionos", "ovh", "ses", "sendgrid",
    "mailgun", "postmark", "brevo", "sparkpost", "mailjet",
)  # fmt: skip


def _show(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument(
        "--run",
        metavar="ID",
        help="the report of this test (its RUN in history); latest is the newest test",
    )


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        required=True,
        help="the JSON document; - reads it from standard input, and with --secret-stdin one line "
        "break and the secret after it; files named in it are looked for from the folder in which "
        "the command runs, and kept by their whole paths. Its authentication.method is oauth, "
        "basic or none. Its provider is custom (a server of your own, in server.host) or one of: "
        + ", ".join(PROVIDERS),
    )
    add_secret_options(parser, "read the password or client secret")


def _edit(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    add_set_option(
        parser,
        "a field by its dotted path, such as server.port=587; null or nothing clears it; "
        "a file is kept by its whole path",
    )
    parser.add_argument(
        "--client-json",
        metavar="FILE",
        type=path_of,
        help="take client ID and secret (or key) from the file of Google's console",
    )
    add_secret_options(parser, "replace the password or client secret")


def _duplicate(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("new_name", metavar="NEW", help="the name of the copy")


def _remove(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument(
        "--revoke",
        action="store_true",
        help="end its sign-in at the provider too; other users of the same registration may need "
        "to sign in again",
    )


VERBS: Mapping[str, Verb] = {
    "list": ("list the connectors of the project", "smtpwizard list --json", None),
    "show": (
        "show a connector, never its secrets, or the report of one of its tests",
        "smtpwizard show Invoices --run latest",
        _show,
    ),
    "create": (
        "create a connector from JSON",
        "smtpwizard create --from connector.json --secret-stdin < password.txt",
        _create,
    ),
    "edit": (
        "change a connector",
        "smtpwizard edit Invoices --set server.port=587 --set server.security=starttls",
        _edit,
    ),
    "duplicate": (
        "duplicate a connector within its project, its secret included",
        "smtpwizard duplicate Invoices 'Invoices (copy)'",
        _duplicate,
    ),
    "remove": ("remove a connector and its secrets", "smtpwizard remove Invoices", _remove),
    "default": ("make a connector the default", "smtpwizard default Invoices", add_name),
}
