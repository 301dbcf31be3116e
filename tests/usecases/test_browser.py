"""Opening a browser: the user's own, never waited for, and silent."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from smtpwizard.usecases import browser
from smtpwizard.usecases.command_words import join_command
from tests import capabilities
from tests.helpers.processes import wait_until

URL = "https://login.example.com/authorize?a=b&state=x"


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("form", ["{}", "{} %s", "{} --new %s &", "nonsense:{}"])
@capabilities.scripts
def test_browser_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    target = tmp_path / "seen"
    program = script(tmp_path / "browser", f'for a; do echo "$a" >> {target}; done')
    monkeypatch.setenv("BROWSER", form.format(program))
    assert browser.open_in_browser(URL)
    assert wait_until(lambda: target.exists() and URL in target.read_text(), "the browser")


@pytest.mark.parametrize("form", ["{}", "{} %s", "{} --new %s &"])
def test_a_program_in_a_folder_with_a_gap_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    target = tmp_path / "seen"
    program = tmp_path / "a browser.py"
    program.write_text(f"import sys; print(*sys.argv, sep='\\n', file=open({str(target)!r}, 'w'))")
    monkeypatch.setenv("BROWSER", form.format(join_command([sys.executable, str(program)])))
    assert browser.open_in_browser(URL)
    assert wait_until(lambda: target.exists() and URL in target.read_text(), "the browser")


def test_a_program_may_be_named_without_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda word: word)
    program = tmp_path / "a browser"
    program.write_text("")
    monkeypatch.setenv("BROWSER", str(program))
    assert browser._commands() == [[str(program)]]


@capabilities.scripts
def test_it_is_not_waited_for_and_writes_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    program = script(tmp_path / "browser", f"echo noise; echo noise >&2; cat {go}")
    monkeypatch.setenv("BROWSER", program)
    assert browser.open_in_browser(URL)  # while it still runs
    [thread] = [t for t in threading.enumerate() if t.name == "browser"]
    go.write_text("end\n")
    thread.join(300)
    assert not thread.is_alive()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("value", ["no-such-program", "'unclosed", "no-such:either", "/dev/null"])
def test_a_browser_that_cannot_be_started_is_told(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("BROWSER", value)
    assert not browser.open_in_browser(URL)


@capabilities.named_displays
def test_without_a_desktop_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not browser.open_in_browser(URL)


@pytest.mark.parametrize(
    ("variable", "program"), [("DISPLAY", "xdg-open"), ("WSL_DISTRO_NAME", "wslview")]
)
@capabilities.named_displays
def test_the_desktop_s_own_opener(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, program: str
) -> None:
    target = tmp_path / "seen"
    script(tmp_path / program, f'echo "$1" > {target}')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(variable, "x")
    assert browser.open_in_browser(URL)
    assert wait_until(lambda: target.exists() and target.read_text().strip() == URL, "the opener")


@capabilities.scripts
def test_an_opener_that_finds_no_browser_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, seen = threading.Event(), tmp_path / "seen"
    first = script(tmp_path / "first", f"echo first >> {seen}; exit 3")
    second = script(tmp_path / "second", f"echo second >> {seen}; exit 4")
    monkeypatch.setenv("BROWSER", f"{first}:{second}")
    assert browser.open_in_browser(URL)
    browser.when_given_up(URL, told.set)
    assert told.wait(300)
    assert seen.read_text().split() == ["first", "second"]
    late = threading.Event()
    browser.when_given_up(URL, late.set)
    assert late.is_set(), "whoever asks later is told as well"


@capabilities.scripts
def test_one_that_opens_or_is_closed_later_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    browser.when_given_up("https://never.example/", told.set)
    for text, soon in (("exit 0", 10.0), ("exit 1", 0.0)):
        monkeypatch.setattr(browser, "_SOON_S", soon)
        monkeypatch.setenv("BROWSER", script(tmp_path / "browser", text))
        assert browser.open_in_browser(URL)
        browser.when_given_up(URL, told.set)
        for thread in threading.enumerate():
            if thread.name == "browser":
                thread.join(300)
    assert not told.is_set()
