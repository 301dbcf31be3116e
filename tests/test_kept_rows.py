"""The cache of the list: what does not fit is passed over, and nothing is believed of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwizard.storage.kept_rows import read_kept, write_kept

MADE_BY = ["1", "rules"]


def test_rows_come_back_as_they_were_kept(tmp_path: Path) -> None:
    rows = [[number, "x"] for number in range(600)]
    write_kept(tmp_path, MADE_BY, rows)
    assert list(read_kept(tmp_path, MADE_BY)) == rows


def test_rows_of_another_version_are_none(tmp_path: Path) -> None:
    write_kept(tmp_path, MADE_BY, [[1]])
    assert list(read_kept(tmp_path, ["2", "rules"])) == []
    assert list(read_kept(tmp_path / "none", MADE_BY)) == []


@pytest.mark.parametrize("line", ["17", '{"a": [1]}', "null"])
def test_a_line_that_holds_no_rows_is_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "list.lines"
    path.write_text(f'["1","rules"]\n{line}\n[[1],2,"x",[3]]\n', encoding="utf-8")
    assert list(read_kept(tmp_path, MADE_BY)) == [[1], [3]]


def test_a_torn_file_ends_where_it_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "list.lines"
    path.write_text('["1","rules"]\n[[1]]\n[[2', encoding="utf-8")
    assert list(read_kept(tmp_path, MADE_BY)) == [[1]]
