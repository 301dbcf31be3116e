"""Lines as wide as the terminal, and whole for whatever else reads them."""

from __future__ import annotations

import sys

import pytest

from smtpwizard.cli import wrapping
from smtpwizard.cli.output import Screen, table
from smtpwizard.cli.wrapping import fold, width_of
from tests.cli.conftest import Cli

LONG = "Most providers use port 587 with STARTTLS, or 465 with SSL/TLS: compare them."


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Standard streams are terminals of so many columns; 0 where they do not say."""
    found = [60]
    monkeypatch.setattr(wrapping, "is_terminal", lambda stream: stream is not None)
    monkeypatch.setattr(wrapping, "_asked", lambda stream: found[0])
    monkeypatch.delenv("COLUMNS", raising=False)
    return found


def test_a_line_goes_on_below_its_own_beginning() -> None:
    assert fold(LONG, 40) == [
        "Most providers use port 587 with",
        "STARTTLS, or 465 with SSL/TLS: compare",
        "them.",
    ]
    assert fold(f"  1. {LONG}", 50) == [
        "  1. Most providers use port 587 with STARTTLS, or",
        "     465 with SSL/TLS: compare them.",
    ]
    below = "                or 465 with SSL/TLS: compare them."
    assert fold(f"data_directory  {LONG}", 60)[1] == below
    assert fold("note: " + LONG, 50, hang=6)[1].startswith("      or 465")
    assert fold(LONG, 200) == [LONG]


def test_an_address_and_what_is_copied_stay_whole() -> None:
    url = "https://login.example.com/" + "x" * 80
    assert fold(f"Open this address: {url} now, please", 40) == [
        "Open this address:",
        url,
        "now, please",
    ]
    command = f"       Set-CASMailbox {LONG}"
    assert fold(command, 40) == [command]


def test_characters_of_two_columns_count_as_two() -> None:
    lines = fold("サーバー に 接続 できません でした " * 4, 40)
    assert max(map(width_of, lines)) <= 40
    assert len(lines) > 1


def test_a_terminal_gets_lines_that_fit_and_a_file_whole_ones(
    cli: Cli, columns: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.create(server__port=9, server__host="localhost")
    wrapped = cli("verify", "Invoices")
    assert max(map(width_of, wrapped.out.splitlines())) <= 60
    monkeypatch.setattr(wrapping, "is_terminal", lambda stream: False)
    whole = cli("verify", "Invoices")
    assert max(map(width_of, whole.out.splitlines())) > 100
    text = " ".join(whole.out.partition("\n\n")[2].split())
    assert " ".join(wrapped.out.partition("\n\n")[2].split()) == text


def test_a_table_is_cut_to_the_terminal_and_not_wrapped(cli: Cli, columns: list[int]) -> None:
    cli.create(server__port=9, server__host="localhost")
    cli("verify", "Invoices")
    run = cli("history", "Invoices", "--json").json["runs"][0]["id"]
    columns[0] = 50
    for listed in (cli("list").out, cli("history", "Invoices").out):
        lines = listed.splitlines()
        assert max(map(width_of, lines)) <= 50
        assert "…" in lines[1]
    # What is typed again is whole.
    assert "Invoices" in cli("list").out
    assert run in cli("history", "Invoices").out


def test_a_table_leaves_out_what_can_be_spared_before_it_cuts(cli: Cli, columns: list[int]) -> None:
    rows = [("a" * 20, "b" * 20, "c" * 20)]
    for room, headings in ((64, "A B C"), (63, "A C"), (42, "A C"), (41, "C"), (10, "C")):
        columns[0] = room
        told = table(("A", "B", "C"), rows, spare=(1, 0))
        assert " ".join(told.splitlines()[0].split()) == headings


def test_a_table_without_a_terminal_keeps_its_cells() -> None:
    told = table(("A", "B"), [("a" * 40, "b" * 40)])
    assert told.splitlines()[1] == "a" * 40 + "  " + "b" * 40


def test_errors_and_notes_go_on_below_themselves(cli: Cli, columns: list[int]) -> None:
    lines = cli("show", "Quarterly invoices of the whole company").err.splitlines()
    assert len(lines) > 1
    assert all(line.startswith("  ") for line in lines[1:])
    columns[0] = 40
    screen = Screen(json_wanted=False)
    assert screen.width == 40


@pytest.mark.parametrize(("said", "width"), [(10, 40), (0, 80), (132, 132), (5000, 200)], ids=str)
def test_the_width_is_the_terminal_s(columns: list[int], said: int, width: int) -> None:
    columns[0] = said
    assert wrapping.terminal_width(sys.stdout) == width


def test_the_width_can_be_said(columns: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    assert wrapping.terminal_width(sys.stdout) == 72
    monkeypatch.setenv("COLUMNS", "many")
    assert wrapping.terminal_width(sys.stdout) == 80


def test_a_terminal_that_does_not_say_has_the_usual_width(
    columns: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_stream: object) -> int:
        raise OSError

    monkeypatch.setattr(wrapping, "_asked", none)
    assert wrapping.terminal_width(sys.stdout) == 80
    monkeypatch.setattr(wrapping, "is_terminal", lambda stream: False)
    assert wrapping.terminal_width(sys.stdout) is None


def test_progress_stays_on_one_line(
    columns: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from smtpwizard.cli import output

    monkeypatch.setattr(output, "takes_escapes", lambda stream: True)
    Screen(json_wanted=False).progress("x" * 100)
    assert capsys.readouterr().out == "\r\x1b[K" + "x" * 58 + "…"
