"""What lies on the disk, as values: projects, their connectors, and files that are none."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from smtpwizard.model.connector import Connector


class Project(NamedTuple):
    """A customer's or a site's connectors; `default_id` names one of them, or one long gone.

    `authorities` are the certificates (PEM) that the file says to trust besides the system's; they
    count where they were agreed to on this machine (`usecases/project_trust.py`).
    """

    id: str
    name: str
    domain: str | None = None
    base_url: str | None = None
    environment: str | None = None
    default_id: str | None = None
    authorities: tuple[str, ...] = ()
    extra: Mapping[str, Any] = MappingProxyType({})


class StoredConnector(NamedTuple):
    """A connector as it lies on the disk; `secrets` maps a kind to its reference in a store."""

    id: str
    revision: int
    connector: Connector
    secrets: Mapping[str, str] = MappingProxyType({})


class DamagedFile(NamedTuple):
    """A file that cannot be used, where it now lies.

    Content that is no JSON object was set aside as `*.corrupt-<UTC time>`; a document that breaks
    a rule (`reason` and `field` name it) is left in place for its author.
    """

    path: Path
    reason: str
    field: str | None = None


class NewerFile(NamedTuple):
    """A connector of a later version of the program: listed, never read further or rewritten."""

    path: Path
    schema: int
    name: str | None


class Listing(NamedTuple):
    """All connectors of a project by name, and every file that is none."""

    connectors: tuple[StoredConnector, ...]
    damaged: tuple[DamagedFile, ...] = ()
    newer: tuple[NewerFile, ...] = ()
