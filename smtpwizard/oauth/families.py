"""Which dialect belongs to which family of authorization servers: a new family is one line here."""

from __future__ import annotations

from smtpwizard.model.registration import Family
from smtpwizard.oauth.dialects import Dialect


def dialect_of(family: Family) -> Dialect:
    """What is special about a family; its libraries are loaded with the first client."""
    from smtpwizard.oauth import generic, google, microsoft  # noqa: PLC0415 - their libraries are large

    return {
        Family.GOOGLE: google.DIALECT,
        Family.MICROSOFT: microsoft.DIALECT,
        Family.GENERIC: generic.DIALECT,
    }[family]
