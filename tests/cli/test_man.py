"""The manual page: made from the parser, and taken by what shows manual pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from smtpwizard.cli.grammar import VERBS, verb_called
from smtpwizard.cli.man import manual_page
from smtpwizard.cli.outline import outline
from tests.cli.conftest import Cli

# mandoc would have a date, which makes every build another one.
HARMLESS = "missing date|see above the output"
ROOT = Path(__file__).resolve().parents[2]


def plain(page: str) -> str:
    text = re.sub(r"\\f[BIR]", "", page)
    for written, meant in (
        ("\\-", "-"),
        ("\\(aq", "'"),
        ("\\(dq", '"'),
        ("\\(ga", "`"),
        ("\\e", "\\"),
    ):
        text = text.replace(written, meant)
    return re.sub(r"\\\[u([0-9A-F]{4,6})\]", lambda match: chr(int(match[1], 16)), text)


def test_it_has_every_verb_option_and_example(cli: Cli) -> None:
    told = cli("man")
    assert told.out == manual_page()
    assert told.out.isascii()
    text = plain(told.out)
    for verb in VERBS:
        summary, _example, _add = verb_called(verb)
        assert f"smtpwizard {verb}" in text
        assert summary[1:] in text
    for node in outline().all():
        assert not node.path or node.below or node.example in text
        for option in node.options:
            assert all(flag in text for flag in option.flags)
    for code in ("10 to 18", "19", "130"):
        assert f"\n{code}\n" in text
    assert cli("man", "--json").json == {"page": told.out}


@pytest.mark.parametrize(
    "command",
    [
        ["man", "--warnings", "--local-file"],
        ["mandoc", "-W", "warning", "-T", "utf8"],
        ["groff", "-man", "-ww", "-T", "utf8"],
    ],
    ids=lambda command: command[0],
)
def test_it_is_shown_without_a_warning(command: list[str], tmp_path: Path) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    page = tmp_path / "smtpwizard.1"
    page.write_text(manual_page())
    shown = subprocess.run(
        [*command, str(page)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "TERM": "dumb"},
    )
    complaints = [line for line in shown.stderr.splitlines() if not re.search(HARMLESS, line)]
    assert complaints == []
    text = re.sub(r".\x08|\x1b\[[0-9;]*m", "", shown.stdout)
    assert "EXIT STATUS" in text
    assert "smtpwizard verify [NAME]" in text


def test_a_wheel_brings_it(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    source = tmp_path / "source"
    names = shutil.ignore_patterns("__pycache__", "pictures")
    for folder in ("smtpwizard", "resources", "packaging"):
        shutil.copytree(ROOT / folder, source / folder, ignore=names)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    [wheel] = WheelBuilder(str(source)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("smtpwizard.1")]
        assert name.endswith(".data/data/share/man/man1/smtpwizard.1")
        assert archive.read(name).decode() == manual_page()
