"""The files that a connector names are the same files from every folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import MutableMapping
from pathlib import Path

import pytest

from smtpwizard.files import DamagedContent, read_file
from smtpwizard.model.auth import Secret
from smtpwizard.model.named_files import FILE_FIELDS
from smtpwizard.usecases import chosen_files
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.cli.conftest import Cli
from tests.helpers.certificates import Certificates
from tests.model.documents import changed, document

fields = pytest.mark.parametrize("field", FILE_FIELDS)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> Path:
    """A home, and a folder to work in, which is the current one; each has a file."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
        shutil.copy(certificates.good.combined, tmp_path / name / f"{name}.pem")
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
        pytest.param("C:\\certs\\ca.pem", "path_not_found", marks=capabilities.paths_from_one_root),
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


@capabilities.paths_from_one_root
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


@capabilities.paths_from_one_root
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


# -- what is in them ------------------------------------------------------------------------------


@fields
@pytest.mark.parametrize(
    "content", [b"", b"text", b"\xff\xfe\x00", b"\x7fELF\0\0", b"-----BEGIN "], ids=repr
)
def test_a_file_that_is_none_is_refused_before_it_is_named(
    cli: Cli, places: Path, field: str, content: bytes
) -> None:
    cli.create()
    before = cli.files()
    path = places / "work" / "bad.pem"
    path.write_bytes(content)
    result = cli("edit", "Invoices", "--set", f"{field}={path}", "--json")
    wanted = "client_certificate_invalid" if "client" in field else "ca_file_invalid"
    if wanted == "client_certificate_invalid" and content.startswith(b"-----"):
        return  # what is in it can be told with its passphrase alone
    assert (result.code, result.error["field"], result.error["code"]) == (2, field, wanted)
    assert str(path) in result.error["message"]
    assert cli.files() == before


@fields
@capabilities.named_pipes
def test_what_is_no_file_is_refused(cli: Cli, places: Path, field: str) -> None:
    cli.create()
    os.mkfifo(places / "fifo")
    for path in (places / "fifo", places / "home", Path("/dev/null")):
        result = cli("edit", "Invoices", "--set", f"{field}={path}", "--json")
        assert (result.code, result.error["field"]) == (2, field)
        assert result.error["code"].endswith("unreadable")


@fields
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "crlf"])
def test_a_certificate_as_windows_saves_it(
    cli: Cli, places: Path, field: str, encoding: str
) -> None:
    cli.create()
    path = places / "work" / "work.pem"
    text = path.read_text()
    if encoding == "crlf":
        path.write_bytes(text.replace("\n", "\r\n").encode())
    else:
        path.write_bytes(text.encode(encoding))
    assert cli("edit", "Invoices", "--set", f"{field}={path}", "--json").code == 0


def test_a_file_that_is_not_there_yet_is_said(cli: Cli) -> None:
    cli.create()
    path = os.path.abspath("/no/such/ca.pem")
    result = cli("edit", "Invoices", "--set", f"server.ca_file={path}")
    assert result.code == 0
    assert f"server.ca_file: there is no file {path} yet" in result.err


# -- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_document_in_any_unicode(cli: Cli, tmp_path: Path, encoding: str) -> None:
    text = json.dumps(document(name="Rechnungen für Ä"), ensure_ascii=False)
    path = tmp_path / "c.json"
    path.write_bytes(text.replace("}", "}\r\n").encode(encoding))
    assert cli("create", "--from", str(path), "--json").json["name"] == "Rechnungen für Ä"
    both = text.replace("Ä", "Ö").replace('"none"', '"basic", "username": "me"') + "\r\nsecret\r\n"
    argv = ("create", "--from", "-", "--secret-stdin", "--secret-store", "session", "--json")
    assert cli(*argv, stdin=both.encode(encoding)).code == 0


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("folder", "file_unreadable"),
        ("none", "file_unreadable"),
        # Nobody writes into it.
        pytest.param("fifo", "document_empty", marks=capabilities.named_pipes),
        pytest.param("device", "file_unreadable", marks=capabilities.device_files),
    ],
)
def test_a_document_from_what_is_no_file(cli: Cli, tmp_path: Path, kind: str, code: str) -> None:
    path = Path("/dev/zero") if kind == "device" else tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    result = cli("create", "--from", str(path), "--json")
    assert (result.code, result.error["code"]) == (2, code)
    assert not cli.files()


@capabilities.pipes_with_a_path
def test_a_document_from_a_pipe(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell hands it over with `--from <(command)`."""
    reading, writing = os.pipe()
    os.write(writing, json.dumps(document()).encode())
    os.close(writing)
    assert cli("create", "--from", f"/dev/fd/{reading}", "--json").code == 0
    os.close(reading)
    reading, writing = os.pipe()
    monkeypatch.setattr(chosen_files, "PIPE_S", 0.01)
    result = cli("create", "--from", f"/dev/fd/{reading}", "--json")
    assert (result.code, result.error["code"]) == (2, "file_unreadable")
    monkeypatch.undo()
    os.write(writing, b"x" * 60_000)
    with pytest.raises(DamagedContent, match="too_large"):
        read_file(f"/dev/fd/{reading}", 1000, pipe_s=1)
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_key_from_a_pipe(
    cli: Cli, session_secrets: MutableMapping[str, Secret], encoding: str
) -> None:
    key = '{"type": "service_account", "private_key": "k"}'
    oauth = {"grant": "service_account", "client_id": "1"}
    cli.create(authentication={"method": "oauth", "username": "m@example.test", "oauth": oauth})
    argv = ("edit", "Invoices", "--secret-stdin", "--secret-store", "session", "--json")
    assert cli(*argv, stdin=f"{key}\r\n".encode(encoding)).code == 0
    assert [secret.reveal() for secret in session_secrets.values()] == [key]
    refused = cli(*argv, stdin=b"\xff\xfe\x00")
    assert (refused.code, refused.error["code"]) == (2, "secret_not_utf8")


def closed_provider(cli: Cli) -> Path:
    """The folder of provider files, with one; a connector needs it."""
    folder = cli.data_dir / "providers.d"
    folder.mkdir(parents=True)
    text = 'id = "closed"\r\nhost = "mail.example"\r\nport = 25\r\nsecurity = "none"\r\n'
    (folder / "a.toml").write_bytes(text.encode("utf-16"))
    assert cli.create(provider="closed", server={}).json["server"]["host"] == "mail.example"
    return folder


def test_a_provider_file_in_utf_16(cli: Cli) -> None:
    (closed_provider(cli) / "b.toml").write_bytes(b"\xff\xfe\x00")
    assert cli("list", "--json").code == 3


@pytest.mark.parametrize("kind", ["folder", pytest.param("fifo", marks=capabilities.named_pipes)])
def test_a_provider_file_that_is_no_file(cli: Cli, kind: str) -> None:
    path = closed_provider(cli) / "b.toml"
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert cli("list", "--json").code == 3
