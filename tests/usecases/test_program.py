"""Which program on which system, in one line."""

from __future__ import annotations

import platform

import pytest

import smtpwizard
from smtpwizard.usecases.program import program_line, system_name


def test_the_line_names_program_system_and_python() -> None:
    line = program_line()
    assert line.startswith(f"smtpwizard {smtpwizard.__version__}, ")
    assert line.endswith(f"Python {platform.python_version()}")
    assert "\n" not in line


def test_the_system_as_its_users_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"PRETTY_NAME": "Some 12"})
    assert system_name() == "Some 12"
    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    assert system_name() == "macOS 15.1"
    monkeypatch.setattr(platform, "mac_ver", lambda: ("", ("", "", ""), ""))
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setattr(platform, "release", lambda: "2022Server")
    assert system_name() == "Windows 2022Server"
