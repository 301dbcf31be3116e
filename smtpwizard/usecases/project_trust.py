"""Whom a project trusts besides the system, where somebody agreed to it on this machine.

A project's file that came from elsewhere, or was changed by hand, makes nobody trusted: a secret
would go wherever it says.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from smtpwizard.model.certificates import fingerprint_of
from smtpwizard.usecases.approved_here import change_approved, machine_name, read_approved

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from smtpwizard.model.stored import Project
    from smtpwizard.storage import DataDirectory


def authorities_in_force(data: DataDirectory, project: Project) -> tuple[str, ...]:
    """Those of a project's certificates (PEM) that are trusted on this machine."""
    approved = read_approved(data)
    machine = machine_name()
    return tuple(
        pem
        for pem in project.authorities
        if _digest(machine, project.id, fingerprint_of(pem)) in approved
    )


def agree(data: DataDirectory, project_id: str, fingerprints: Iterable[str]) -> Sequence[str]:
    """Somebody has seen these and trusts them; answers those that nobody did before. Raises
    `StorageError`."""
    machine = machine_name()
    digests = {each: _digest(machine, project_id, each) for each in fingerprints}
    before = read_approved(data)
    new = [each for each, digest in digests.items() if digest not in before]
    if new:
        change_approved(data, lambda approved: approved | set(digests.values()))
    return new


def forget(data: DataDirectory, project_id: str, fingerprints: Iterable[str]) -> None:
    """They are to be asked about again; raises `StorageError`."""
    machine = machine_name()
    gone = {_digest(machine, project_id, each) for each in fingerprints}
    if gone & read_approved(data):
        change_approved(data, lambda approved: approved - gone)


def _digest(machine: str, project_id: str, fingerprint: str) -> str:
    what = {"machine": machine, "project": project_id, "certificate": fingerprint}
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
