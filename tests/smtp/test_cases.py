"""No case is silently missing: each is tested under its id, or says why it cannot be yet."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.smtp.cases import CASES, NOT_YET

TESTS = Path(__file__).parents[1]


def covered() -> set[str]:
    """The ids that test functions are named after."""
    names = re.compile(r"^ *(?:async )?def test_([ftxsvd])_(\d\d)_", re.MULTILINE)
    return {
        f"{group.upper()}-{number}"
        for path in TESTS.rglob("test_*.py")
        for group, number in names.findall(path.read_text(encoding="utf-8"))
    }


def test_the_table_is_whole() -> None:
    counts = Counter(case[0] for case in CASES)
    assert counts == {"F": 43, "T": 15, "X": 15, "S": 19, "V": 20, "D": 10}
    for group, count in counts.items():
        assert {f"{group}-{number:02d}" for number in range(1, count + 1)} <= set(CASES)


@pytest.mark.parametrize("group", "FTXSVD")
def test_every_case_is_tested_or_says_why_not(group: str) -> None:
    done = {case for case in covered() if case[0] == group}
    if not done:
        pytest.skip(f"nobody has begun with group {group}")
    assert {case for case in CASES if case[0] == group} - done - set(NOT_YET) == set()


def test_every_id_in_use_is_in_the_table() -> None:
    assert covered() <= set(CASES)
    assert set(NOT_YET) <= set(CASES)


def test_what_is_tested_is_no_longer_put_off() -> None:
    assert covered() & set(NOT_YET) == set()
