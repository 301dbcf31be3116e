"""No case is silently missing: each is tested under its id, or says why it needs no test."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from pathlib import Path

from tests.oauth.cases import BY_DESIGN, CASES

TESTS = Path(__file__).parents[1]


def covered() -> set[str]:
    """The ids that test functions are named after."""
    names = re.compile(r"^ *(?:async )?def test_([ok])_(\d\d)_", re.MULTILINE)
    return {
        f"{group.upper()}-{number}"
        for path in TESTS.rglob("test_*.py")
        for group, number in names.findall(path.read_text(encoding="utf-8"))
    }


def test_the_table_is_whole() -> None:
    counts = Counter(case[0] for case in CASES)
    assert counts == {"O": 29, "K": 10}
    for group, count in counts.items():
        assert {f"{group}-{number:02d}" for number in range(1, count + 1)} <= set(CASES)


def test_every_case_is_tested_or_says_why_not() -> None:
    assert set(CASES) - covered() - set(BY_DESIGN) == set()
    assert covered() <= set(CASES)
    assert covered() & set(BY_DESIGN) == set()


def test_there_is_no_web_view() -> None:
    assert importlib.util.find_spec("PySide6.QtWebEngineCore") is None
