"""What the text given for a server says besides its name, in a document and in a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtpwizard.model.addresses import AddressError
from smtpwizard.model.pasted_server import spread_server
from smtpwizard.model.problem import Json, Problem
from smtpwizard.usecases.input import first_problem

# What the text of a server may say besides.
_IN_SERVER = (
    "server.host", "server.port", "server.security",
    "authentication.username", "authentication.mechanism",
)  # fmt: skip


def with_server_spread(document: Json) -> Json:
    """The document with its server taken apart, where that is more than a name.

    Raises `UsageError`, as `parse_connector` does.
    """
    try:
        known = {path: _at(document, path) for path in _IN_SERVER}
        spread = spread_values(known)
    except AttributeError:
        return document  # no object where one belongs: the connector's rules say so
    out = dict(document)
    for path, value in spread.items():
        if value != known[path]:
            group, _, name = path.partition(".")
            out[group] = {**(out.get(group) or {}), name: value}
    return out


def spread_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """`spread_server`; raises `UsageError`, as `parse_connector` does."""
    try:
        return spread_server(values)
    except AddressError as error:
        facts = {key: value for key, value in error.facts.items() if key != "field"}
        raise first_problem([Problem("server.host", error.code, facts)]) from None


def _at(document: Json, path: str) -> Any:
    group, _, name = path.partition(".")
    return (document.get(group) or {}).get(name)
