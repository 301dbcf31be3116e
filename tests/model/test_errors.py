"""Exceptions carry facts."""

from __future__ import annotations

from smtpwizard.model.errors import Cancelled, DeadlineExceeded, StorageError


def test_code_and_facts_travel() -> None:
    error = StorageError("disk_full", path="/x")
    assert (str(error), error.code, error.facts) == ("disk_full", "disk_full", {"path": "/x"})
    assert Cancelled().code == "cancelled"
    assert DeadlineExceeded().code == "timeout"
