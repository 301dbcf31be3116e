"""The climb: a verification against a scripted server, with the invariants asserted on it."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.helpers.certificates import Certificates

pytest.register_assert_rewrite("tests.smtp.invariants")

from tests.smtp.invariants import Climb  # noqa: E402 - its assertions explain themselves now

_contexts: dict[Path, ssl.SSLContext] = {}


@pytest.fixture
def climb(certificates: Certificates, tmp_path: Path) -> Climb:
    """Runs verifications; see `tests.smtp.invariants.Climb`."""
    return Climb(certificates, tmp_path / "temporary", _contexts)
