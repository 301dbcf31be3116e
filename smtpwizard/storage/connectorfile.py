"""The connector's file: its document taken apart and put together; reads and writes no disk."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, ServerDefaults, name_key, read_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import DamagedFile, NewerFile, StoredConnector
from smtpwizard.storage.documents import newer_schema

DefaultsFor = Callable[[str], ServerDefaults | None]

_REF = r"[a-z]+:[A-Za-z0-9_]{1,64}"
_REFS = rb'"([a-z]+:[A-Za-z0-9_]{1,64})"'
_NAME = re.compile(rb'"name"\s*:\s*("(?:[^"\\]|\\.)*")', re.DOTALL)


def is_ref(text: object) -> bool:
    """Whether this is a secret's reference, `<store>:<random>`; safe as part of a file name."""
    return isinstance(text, str) and re.fullmatch(_REF, text) is not None


def find_refs(data: bytes) -> frozenset[str]:
    """Every text of a document that may be a secret's reference, without parsing it."""
    return frozenset(found.decode() for found in re.findall(_REFS, data))


def may_be_named(data: bytes, key: str) -> bool:
    """Whether a document may bear the name with this `name_key`, without parsing it: one of ten
    thousand is found by a look at the bytes. Parse it to know; a no is certain.
    """
    keys = names_in(data)
    return keys is None or key in keys


def names_in(data: bytes) -> frozenset[str] | None:
    """The `name_key` of everything in a document that may be its name; None where names may be
    spelt so that it must be parsed."""
    if b"\\u" in data:
        return None
    keys = set()
    for literal in _NAME.findall(data):
        name = literal[1:-1].decode("utf-8", "replace")
        if "\\" in name:
            try:
                name = json.loads(f'"{name}"')
            except ValueError:
                continue
        keys.add(name_key(name.strip()))
    return frozenset(keys)


def read_stored(
    path: Path | str, document: Json, defaults_for: DefaultsFor
) -> StoredConnector | DamagedFile | NewerFile:
    """What the document of the file `path` is; never raises.

    The id is the file's own name. A file written by hand has revision 0 and no secrets. For a
    list the path is text: making a `Path` would take as long as parsing the file.
    """
    if schema := newer_schema(document):
        name = document.get("name")
        return NewerFile(Path(path), schema, clean_text(name) if isinstance(name, str) else None)
    connector, problems = read_connector(document, defaults_for)
    if connector is None:
        return DamagedFile(Path(path), problems[0].code, problems[0].field)
    own = document.get("stored", {})
    if not isinstance(own, dict):
        return DamagedFile(Path(path), "stored_invalid", "stored")
    revision, secrets = own.get("revision", 0), own.get("secrets", {})
    if type(revision) is not int:
        return DamagedFile(Path(path), "stored_invalid", "stored.revision")
    if not isinstance(secrets, dict) or not all(map(is_ref, secrets.values())):
        return DamagedFile(Path(path), "stored_invalid", "stored.secrets")
    identifier = os.path.basename(path).removesuffix(".json")
    if own.get("id", identifier) != identifier:
        # A synchronised folder keeps both sides of a conflict; only one is the connector.
        return DamagedFile(Path(path), "copy", "stored.id")
    return StoredConnector(identifier, revision, connector, dict(secrets))


def encode_stored(
    path: Path, connector: Connector, own: Json, defaults_for: DefaultsFor
) -> tuple[bytes, StoredConnector]:
    """The bytes for the file `path`, and what they read as, with `own` under `stored`.

    Raises `UsageError` with the code and field of what could not be read again.
    """
    try:
        data = files.encode_object(connector.to_json() | {"stored": own})
    except DamagedContent as error:
        raise UsageError(error.code) from None
    entry = read_stored(path, files.parse_object(data), defaults_for)
    if isinstance(entry, NewerFile):
        raise UsageError("schema_newer", field="schema")
    if isinstance(entry, DamagedFile):
        raise UsageError(entry.reason, field=entry.field)
    return data, entry
