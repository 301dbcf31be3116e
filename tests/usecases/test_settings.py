"""The application's settings: what is kept, what is refused, what is in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpwizard.model.errors import UsageError
from smtpwizard.model.network_settings import ConnectTo, NameServer, NetworkSettings
from smtpwizard.usecases.network import network_settings
from smtpwizard.usecases.settings import change_settings, list_settings, look_up_settings
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


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("network.name_server=192.0.2.1:5353", "192.0.2.1:5353"),
        ("network.connect_to=:443:127.0.0.1:8443 a.example::b.example:", None),
        ("network.offline=true", True),
        ("network.offline=false", False),
    ],
)
def test_how_look_ups_are_made(ws: Workspace, text: str, kept: object) -> None:
    name, _, value = text.partition("=")
    assert change_settings(ws, [text])[name] == (value if kept is None else kept)
    assert look_up_settings(ws)[name] == (value if kept is None else kept)


def test_a_ca_file_is_a_whole_path(ws: Workspace, tmp_path: Path) -> None:
    path = str(tmp_path / "ca.pem")
    assert change_settings(ws, [f"network.ca_file={path}"])["network.ca_file"] == path


@pytest.mark.parametrize(
    "text",
    [
        "network.name_server=dns.example",
        "network.connect_to=a:b",
        "network.offline=yes",
        "network.ca_file=ca.pem",
    ],
)
def test_what_look_ups_cannot_be_made_with(ws: Workspace, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        change_settings(ws, [text])
    assert refused.value.facts["field"] == text.partition("=")[0]


def test_what_a_command_says_comes_first(ws: Workspace) -> None:
    assert network_settings(ws) == NetworkSettings()
    change_settings(ws, ["network.name_server=192.0.2.1", "network.connect_to=:25:192.0.2.2:"])
    change_settings(ws, ["network.offline=true"])
    rule = ConnectTo("", 25, "192.0.2.3", None)
    here = network_settings(ws, connect_to=[rule], ca_file="/ca.pem", offline=False)
    assert here.name_server == NameServer("192.0.2.1")
    assert here.target("any.example", 25) == ("192.0.2.3", 25)
    assert (here.ca_file, here.offline) == ("/ca.pem", False)
    assert network_settings(ws).offline
    assert network_settings(ws).target("any.example", 25) == ("192.0.2.2", 25)
    assert network_settings(ws, name_server=NameServer("192.0.2.9")).name_server == NameServer(
        "192.0.2.9"
    )
