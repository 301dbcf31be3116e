"""The application's settings: what is kept, what is refused, what is in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.settings import change_settings, list_settings
from smtpwizard.usecases.theme import THEMES, theme_wanted
from smtpwizard.usecases.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path, secret_store="session")


def test_the_theme_is_the_desktop_s_until_somebody_chooses(ws: Workspace, tmp_path: Path) -> None:
    assert theme_wanted(ws) == "system"
    for theme in THEMES:
        assert change_settings(ws, [f"theme={theme}"])["theme"] == theme
        assert theme_wanted(ws) == theme
    change_settings(ws, ["theme=dark"])
    assert json.loads((tmp_path / "settings.json").read_text())["theme"] == "dark"
    assert change_settings(ws, ["theme="])["theme"] == "system"


@pytest.mark.parametrize("value", ["Dark", "blue", "auto"])
def test_another_theme_is_refused_with_the_choices(ws: Workspace, value: str) -> None:
    with pytest.raises(UsageError) as refused:
        change_settings(ws, [f"theme={value}"])
    assert refused.value.code == "setting_invalid"
    assert refused.value.facts["choices"] == "system, light, dark"
    assert list_settings(ws)["theme"] == "system"


@pytest.mark.parametrize("text", ['{"theme": "blue"}', '{"theme": 7}', '{"theme": ["dark"]}', "no"])
def test_a_file_that_holds_no_theme_changes_nothing(
    ws: Workspace, tmp_path: Path, text: str
) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert theme_wanted(ws) == "system"
