"""No test of the network leaves anything behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.smtp.invariants import nothing_left


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path: Path) -> Iterator[None]:
    """No test of this folder leaves a thread, a socket or a temporary file."""
    with nothing_left(tmp_path / "temporary"):
        yield
