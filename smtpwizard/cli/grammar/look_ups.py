"""How look-ups are made: options that people know from dig and curl."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from smtpwizard.cli.grammar.options import path_of
from smtpwizard.model.addresses import AddressError


def add_look_up_options(parser: argparse.ArgumentParser, when: str = "") -> None:
    """Where names and the web are asked; `when` says in which case that matters."""
    group = parser.add_argument_group("look-ups" + (f" ({when})" if when else ""))
    group.add_argument(
        "--name-server",
        metavar="ADDRESS[:PORT]",
        type=_readable(_read_name_server, "must be an IP address, with :PORT where it is not 53"),
        help="ask this name server, for addresses as well",
    )
    group.add_argument(
        "--connect-to",
        metavar="HOST:PORT:ADDRESS:PORT",
        type=_readable(_read_connection, "must be HOST:PORT:ADDRESS:PORT, each possibly empty"),
        action="append",
        help="connect there instead; leave HOST or PORT empty for any",
    )
    group.add_argument(
        "--ca-file",
        metavar="FILE",
        type=path_of,
        help="certificates (PEM) to trust besides the system's",
    )
    group.add_argument(
        "--offline", action="store_true", default=None, help="ask nobody; answer from what is known"
    )


def _read_name_server(text: str) -> Any:
    from smtpwizard.model.network_settings import parse_name_server  # noqa: PLC0415 - where one is named

    return parse_name_server(text)


def _read_connection(text: str) -> Any:
    from smtpwizard.model.network_settings import parse_connect_to  # noqa: PLC0415 - where one is named

    return parse_connect_to(text)


def _readable(read: Callable[[str], Any], rule: str) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return read(text)
        except AddressError:
            raise argparse.ArgumentTypeError(rule) from None

    return convert
