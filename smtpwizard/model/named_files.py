"""The files that a connector names: each has to be the same file from every folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from smtpwizard.model.problem import Json

FILE_FIELDS = ("server.ca_file", "server.client_certificate", "authentication.oauth.ca_file")


def named_files(document: Any) -> Iterator[tuple[str, str]]:
    """Field and path of every file that a connector's document names, however odd the rest is."""
    for field in FILE_FIELDS:
        value = document
        for key in field.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            yield field, value


def relative_files(document: Json, before: Json | None) -> Iterator[tuple[str, str]]:
    """Those that would be other files in another folder; what a connector said before stays."""
    kept = dict(named_files(before)) if before is not None else {}
    for field, path in named_files(document):
        if not PurePath(path).is_absolute() and kept.get(field) != path:
            yield field, path
