"""The files that a connector names are the same files from every folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpwizard.model.named_files import FILE_FIELDS
from smtpwizard.usecases.workspace import Workspace
from tests.cli.conftest import Cli
from tests.model.documents import changed, document

fields = pytest.mark.parametrize("field", FILE_FIELDS)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, and a folder to work in, which is the current one; each has a file."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.pem").write_text("a file")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def at(source: object, field: str) -> object:
    for key in field.split("."):
        source = source[key] if isinstance(source, dict) else None
    return source


@fields
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("work.pem", "work/work.pem"),
        ("./work.pem", "work/work.pem"),
        ("../home/home.pem", "home/home.pem"),
        ("~/home.pem", "home/home.pem"),
    ],
)
def test_kept_by_its_whole_path(cli: Cli, places: Path, field: str, typed: str, kept: str) -> None:
    source = json.dumps(changed(document(), {field: typed}))
    result = cli("create", "--from", "-", "--json", stdin=source)
    assert at(result.json, field) == str(places / kept)
    assert f"{field} is kept as {places / kept}" in result.err
    edited = cli("edit", "Invoices", "--set", f"{field}={typed}", "--json")
    assert at(edited.json, field) == str(places / kept)


@fields
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("none.pem", "path_not_found"),
        ("~/none.pem", "path_not_found"),
        ("..", "path_not_found"),
        ("C:\\certs\\ca.pem", "path_not_found"),
        ("$HOME/home.pem", "path_not_plain"),
        ("%USERPROFILE%\\home.pem", "path_not_plain"),
        ("file:///etc/ca.pem", "path_not_plain"),
        ("GOCSPX-abcdefghijklmnopqrstuvwxyz12", "secret_in_document"),
    ],
)
def test_refused_where_it_would_be_no_file(
    cli: Cli, places: Path, field: str, typed: str, code: str
) -> None:
    cli.create()
    before = cli.files()
    source = changed(document(), {"name": "B", field: typed})
    for result in (
        cli("create", "--from", "-", "--json", stdin=json.dumps(source)),
        cli("edit", "Invoices", "--set", f"{field}={typed}", "--json"),
    ):
        assert (result.code, result.error["field"], result.error["code"]) == (2, field, code)
        assert "GOCSPX" not in result.out + result.err
    assert cli.files() == before


def test_a_whole_path_is_kept_as_it_is(cli: Cli, places: Path) -> None:
    """It may be there later, or on the machine that this is made for."""
    result = cli.create(server__ca_file="/nowhere/../ca.pem")
    assert result.json["server"]["ca_file"] == "/nowhere/../ca.pem"
    assert "is kept as" not in result.err


def test_what_was_saved_before_still_works_on(cli: Cli, places: Path) -> None:
    cli.create()
    (path,) = cli.data_dir.rglob("connectors/*.json")
    old = json.loads(path.read_text())
    old["server"]["ca_file"] = "work.pem"
    path.write_text(json.dumps(old))
    edited = cli("edit", "Invoices", "--set", "description=x", "--json")
    assert edited.json["server"]["ca_file"] == "work.pem"
    copied = cli("duplicate", "Invoices", "Copy", "--json")
    assert copied.json["server"]["ca_file"] == "work.pem"


def test_a_provider_s_file_lies_beside_what_names_it(cli: Cli, places: Path) -> None:
    folder = cli.data_dir / "providers.d"
    folder.mkdir(parents=True)
    text = 'id = "closed{0}"\nhost = "m.example"\nport = 25\nsecurity = "none"\nca_file = "{1}"\n'
    for number, typed in enumerate(("ca.pem", "../ca.pem", "~/home.pem", "/etc/ca.pem")):
        (folder / f"{number}.toml").write_text(text.format(number, typed))
    catalogue = Workspace.open(cli.data_dir).catalogue
    found = [getattr(catalogue.get(f"closed{number}"), "ca_file", None) for number in range(4)]
    assert found == [
        str(folder / "ca.pem"),
        f"{folder}/../ca.pem",
        str(places / "home/home.pem"),
        "/etc/ca.pem",
    ]


def test_a_home_folder_that_no_shell_has_filled_in(
    cli: Cli, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (places / "home" / "c.json").write_text(json.dumps(document()))
    assert cli("--data-dir=~/data", "create", "--from=~/c.json").code == 0
    assert [path.name for path in (places / "work").iterdir()] == ["work.pem"]
    monkeypatch.setenv("SMTPWIZARD_DATA_DIR", "~/data")
    assert len(Workspace.open().connectors().connectors) == 1
