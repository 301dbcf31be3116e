"""A verification against a scripted server, with the invariants asserted on it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.certificates import Certificates
from tests.smtp.invariants import Verifier, nothing_left

_contexts: dict[Path, ssl.SSLContext] = {}


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path: Path) -> Iterator[None]:
    """No test of this folder leaves a thread, a socket or a temporary file."""
    with nothing_left(tmp_path / "temporary"):
        yield


@pytest.fixture
def verifier(certificates: Certificates) -> Verifier:
    """Runs verifications; see `tests.smtp.invariants.Verifier`."""
    return Verifier(certificates, _contexts)
