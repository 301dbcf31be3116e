"""What scripts rely on: one line of JSON, exit codes, where text goes, what stdin may hold."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import smtpwizard
from smtpwizard.model.errors import StorageError
from smtpwizard.usecases.workspace import Workspace
from tests import capabilities
from tests.cli.conftest import Cli, run_process
from tests.model.documents import FULL, MINIMAL, changed

VERBS = (
    "list", "show", "create", "edit", "duplicate", "remove", "default", "project", "verify",
    "compare", "propose", "apply", "diagnose", "doctor", "demo", "gui", "sign-in", "guide", "dates",
    "passphrase", "history", "settings", "discover", "readiness", "proof", "rights",
)  # fmt: skip
LATER = ("send", "export", "import")

EVERY_FAILURE: list[tuple[list[str], int, str]] = [
    (["bogus"], 2, "arguments_invalid"),
    ([], 2, "arguments_invalid"),
    (["show"], 2, "arguments_invalid"),
    (["list", "--bogus"], 2, "arguments_invalid"),
    (["list", "too", "many"], 2, "arguments_invalid"),
    (["--secret-store", "cloud", "list"], 2, "arguments_invalid"),
    (["--data-dir", "", "list"], 2, "arguments_invalid"),
    (["verify", "x", "--stop-after", "lunch"], 2, "arguments_invalid"),
    (["verify", "x", "--timeout", "0"], 2, "arguments_invalid"),
    (["verify", "x", "--timeout", "nan"], 2, "arguments_invalid"),
    (["project"], 2, "arguments_invalid"),
    (["show", "nobody"], 2, "connector_unknown"),
    (["edit", "nobody", "--set", "name=x"], 2, "connector_unknown"),
    (["edit", "nobody"], 2, "nothing_to_change"),
    (["remove", "nobody"], 2, "connector_unknown"),
    (["default", "nobody"], 2, "connector_unknown"),
    (["duplicate", "nobody", "x"], 2, "connector_unknown"),
    (["verify", "nobody"], 2, "connector_unknown"),
    (["--project", "nowhere", "list"], 2, "project_unknown"),
    (["create", "--from", "/does/not/exist"], 2, "file_unreadable"),
    (["create", "--from", "/"], 2, "file_unreadable"),
    (["create", "--from", "a\0b"], 2, "file_unreadable"),
    (["create", "--from", "-"], 2, "document_empty"),
    (["discover"], 2, "arguments_invalid"),
    (["readiness"], 2, "arguments_invalid"),
    (["discover", "quay.example"], 2, "address_invalid"),
    (["discover", "a@quay.example, b@quay.example"], 2, "address_invalid"),
    (["discover", "a@quay.example", "--name-server", "dns.example"], 2, "arguments_invalid"),
    (["discover", "a@quay.example", "--connect-to", "quay.example"], 2, "arguments_invalid"),
    (["discover", "a@quay.example", "--ca-file", "/does/not/exist"], 2, "setting_invalid"),
    (["demo", "bogus"], 2, "scenario_unknown"),
    (["history"], 2, "arguments_invalid"),
    (["history", "nobody"], 2, "connector_unknown"),
    (["show", "nobody", "--run", "latest"], 2, "connector_unknown"),
    (["settings"], 2, "arguments_invalid"),
    (["settings", "set", "bogus=1"], 2, "setting_unknown"),
    (["settings", "set", "history.runs"], 2, "assignment_invalid"),
    (["settings", "set", "history.runs=0"], 2, "setting_invalid"),
    (["settings", "set", "history.runs=1", "history.runs=2"], 2, "field_twice"),
]


@pytest.mark.parametrize(("argv", "code", "name"), EVERY_FAILURE)
@pytest.mark.parametrize("place", ["before", "after"])
def test_every_failure_is_one_json_line(
    cli: Cli, argv: list[str], code: int, name: str, place: str
) -> None:
    result = cli("--json", *argv) if place == "before" else cli(*argv, "--json")
    assert result.code == code
    assert result.error["code"] == name
    assert set(result.error) >= {"code", "field", "message"}
    assert result.error["message"] in result.err
    assert cli.files() == {}


@pytest.mark.parametrize(("argv", "code", "name"), [e for e in EVERY_FAILURE if e[0]])
def test_without_json_failures_are_text_on_stderr(
    cli: Cli, argv: list[str], code: int, name: str
) -> None:
    result = cli(*argv)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("smtpwizard: ")
    assert "Traceback" not in result.err


def test_after_a_double_dash_json_is_a_name(cli: Cli) -> None:
    result = cli("show", "--", "--json")
    assert (result.code, result.out) == (2, "")


@pytest.mark.parametrize("argv", [["--json", "list"], ["list", "--json"]])
def test_global_options_stand_before_or_after_the_verb(cli: Cli, argv: list[str]) -> None:
    assert cli(*argv).json == {"connectors": []}


def test_data_directory_after_the_verb_or_from_the_environment(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.create()
    other = tmp_path / "other"
    assert cli("list", "--json", "--data-dir", str(other)).json == {"connectors": []}
    result = run_process("list", "--json", env={"SMTPWIZARD_DATA_DIR": str(cli.data_dir)})
    assert [entry["name"] for entry in result.json["connectors"]] == ["Invoices"]


def test_version(cli: Cli) -> None:
    assert cli("--version").out == f"smtpwizard {smtpwizard.__version__}\n"
    assert cli("--version", "--json").json == {"version": smtpwizard.__version__}


def test_a_verb_that_is_none_is_answered_from_all_there_are(cli: Cli) -> None:
    """Also where another word of the command happens to be a verb."""
    for argv in (["lst"], ["--project", "verify", "lst"]):
        assert cli(*argv, "--json").json["error"]["message"].endswith("Did you mean “list”?")


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_with_an_example(cli: Cli, verb: str) -> None:
    result = cli(verb, "--help")
    assert result.code == 0
    assert f"example:\n  smtpwizard {verb}" in result.out
    assert ("--unattended" in result.out) == (verb == "demo")
    assert verb in cli("--help").out
    assert cli(verb, "--help", "--json").json["help"].startswith("usage: ")


@pytest.mark.parametrize("verb", LATER)
def test_what_is_not_there_yet_is_not_offered(cli: Cli, verb: str) -> None:
    assert f"\n    {verb} " not in cli("--help").out
    assert cli(verb).code == 2


@pytest.mark.parametrize("action", ["list", "create", "set", "use"])
def test_project_actions_have_help_with_an_example(cli: Cli, action: str) -> None:
    assert f"example:\n  smtpwizard project {action}" in cli("project", action, "--help").out


def test_a_secret_put_into_an_option_is_not_repeated(cli: Cli) -> None:
    result = cli("create", "--from", "-", "--password=hunter2", "--pass", "hunter2", "--json")
    assert result.code == 2
    assert "hunter2" not in result.out + result.err
    assert "--secret-stdin" in result.err


@pytest.mark.parametrize(
    "argv",
    [
        ("--secret-store", "hunter2", "list"),
        ("verify", "X", "--secret-stdin=hunter2"),
        ("verify", "X", "--stop-after", "hunter2's"),
        ("verify", "X", "--timeout", "hunter2"),
        ("edit", "Invoices", "--set", "hunter2"),
        ("project", "set", "hunter2"),
    ],
    ids=" ".join,
)
def test_a_secret_in_the_wrong_place_is_not_repeated(cli: Cli, argv: tuple[str, ...]) -> None:
    cli.create()
    result = cli(*argv, "--json")
    assert (result.code, result.error["code"][-8:]) == (2, "_invalid")
    assert "hunter2" not in result.out + result.err


# --- the connector, as JSON


@pytest.mark.parametrize("method", ["oauth", "basic", "none"])
def test_required_fields_are_enough(cli: Cli, method: str) -> None:
    result = cli.create(authentication__method=method)
    assert result.code == 0
    expected = changed(MINIMAL, {"authentication.method": method})
    for path in ("name", "provider", "server.host", "authentication.method", "admin.email"):
        shown, wanted = result.json, expected
        for key in path.split("."):
            shown, wanted = shown[key], wanted[key]
        assert shown == wanted


def test_show_gives_back_what_create_was_given(cli: Cli) -> None:
    source = changed(FULL, {"later": {"a": [1, None]}, "server.later": "kept", "default": False})
    assert cli("create", "--from", "-", stdin=json.dumps(source)).code == 0
    shown = cli("show", "invoices", "--json").json
    assert shown == source | {"default": True}
    assert list(shown)[:5] == ["schema", "name", "description", "type", "default"]
    again = cli("create", "--from", "-", "--json", stdin=json.dumps(shown | {"name": "Copy"}))
    assert again.json == source | {"name": "Copy", "default": False}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": ...}, "name", "required"),
        ({"name": "a\nb"}, "name", "control_characters"),
        ({"name": "x" * 900_000}, "name", "too_long"),
        ({"provider": ...}, "provider", "required"),
        ({"server.host": ...}, "server.host", "required"),
        ({"server.port": 0}, "server.port", "port_invalid"),
        ({"server.port": 70000}, "server.port", "port_invalid"),
        ({"authentication.method": ...}, "authentication.method", "required"),
        ({"authentication.password": "hunter2"}, "authentication.password", "secret_in_document"),
        ({"admin.email": ...}, "admin.email", "required"),
        ({"admin.email": "a@b\r\nRCPT TO:<c@d>"}, "admin.email", "control_characters"),
        ({"schema": 2}, "schema", "schema_newer"),
    ],
)
def test_bad_connectors_are_refused_by_field(
    cli: Cli, changes: dict[str, Any], field: str, code: str
) -> None:
    source = json.dumps(changed(MINIMAL, changes))
    result = cli("create", "--from", "-", "--json", stdin=source)
    assert result.code == 2
    assert (result.error["field"], result.error["code"]) == (field, code)
    assert f"{field}: " in result.err
    assert "hunter2" not in result.out + result.err
    assert not cli.data_dir.exists()


def test_several_problems_come_together(cli: Cli) -> None:
    result = cli.create(name="", server__port=0, admin__email="x")
    assert result.code == 2
    problems = result.error["problems"]
    assert {p["field"] for p in problems} == {"name", "server.port", "admin.email"}
    assert all(set(p) == {"field", "code", "message"} for p in problems)
    assert result.error["field"] == problems[0]["field"]
    assert result.err.count("\n") == 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "document_empty"),
        (b" \n ", "document_empty"),
        (b"{", "document_not_json"),
        (b"{} {}", "document_not_json"),
        (b"[]", "document_not_an_object"),
        (b'"text"', "document_not_an_object"),
        (b'{"name": "a", "name": "b"}', "document_duplicate_key"),
        (b'{"server": {"port": 1, "port": 2}}', "document_duplicate_key"),
        (b'{"a": NaN}', "document_not_finite"),
        (b'{"a": -Infinity}', "document_not_finite"),
        (b'{"a": 1e999}', "document_not_finite"),
        (b'{"a": "\xff"}', "document_not_utf8"),
        ('{"a": 1}'.encode("utf-16")[:-1], "document_not_utf8"),
        (b"\0" * 100, "document_not_utf8"),
        ("[1]".encode("utf-16"), "document_not_an_object"),
        (b"[" * 100_000, "document_too_deep"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "document_too_deep"),
        (b'{"a": "' + b"x" * 1_000_000 + b'"}', "document_too_large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "document_not_json"),
    ],
    ids=lambda value: repr(value)[:40],
)
@pytest.mark.parametrize("with_secret", [False, True])
def test_bad_documents_are_refused(cli: Cli, data: bytes, code: str, with_secret: bool) -> None:
    option = ["--secret-stdin"] if with_secret else []
    stdin = data + b"\nhunter2" if with_secret else data
    if with_secret and not data.strip():
        code = "document_not_json"  # the secret stands where the document should
    result = cli("create", "--from", "-", *option, "--json", stdin=stdin)
    assert (result.code, result.error["code"]) == (2, code)
    assert "hunter2" not in result.out + result.err
    assert not cli.data_dir.exists()


def test_document_from_a_file_with_a_mark(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "connector.json"
    path.write_text(json.dumps(MINIMAL), encoding="utf-8-sig")
    assert cli("create", "--from", str(path)).code == 0


# --- secrets on standard input

BASIC = changed(MINIMAL, {"authentication": {"method": "basic", "username": "mailer"}})


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("separator", ["\n", "\r\n", " \t\n"])
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("hunter2", "hunter2"),
        ("hunter2\n", "hunter2"),
        ("hunter2\r\n", "hunter2"),
        ("hunter2\n\n", "hunter2\n"),
        ("hunter2\r", "hunter2\r"),
        (" hunter2 ", " hunter2 "),
        ("\nhunter2", "\nhunter2"),
        ("{}\n{}", "{}\n{}"),
        ("Schlüssel-€-日本\n", "Schlüssel-€-日本"),
    ],
)
def test_one_line_break_is_taken_off_a_secret(
    cli: Cli,
    session_secrets: dict[str, Any],
    indent: int | None,
    separator: str,
    given: str,
    kept: str,
) -> None:
    stdin = json.dumps(BASIC, indent=indent) + separator + given
    argv = ("create", "--from", "-", "--secret-stdin", "--secret-store", "session", "--json")
    assert cli(*argv, stdin=stdin).code == 0
    assert [secret.reveal() for secret in session_secrets.values()] == [kept]


@pytest.mark.parametrize("method", ["basic", "oauth"])
def test_a_secret_is_stored_as_its_method_needs_it(cli: Cli, method: str) -> None:
    cli.create(secret="hunter2", authentication={"method": method, "username": "x"})
    [path] = (cli.data_dir / "projects/default/connectors").iterdir()
    kinds = {"basic": "password", "oauth": "client_secret"}
    assert list(json.loads(path.read_text())["stored"]["secrets"]) == [kinds[method]]


@pytest.mark.parametrize(
    ("stdin", "code"),
    [
        (json.dumps(BASIC), "secret_not_given"),
        (json.dumps(BASIC) + "\n", "secret_not_given"),
        (json.dumps(BASIC) + "\n\n", "secret_not_given"),
        (json.dumps(BASIC) + " hunter2", "document_not_json"),
        (json.dumps(BASIC) + "\nhunter2\0", "secret_has_nul"),
        (json.dumps(BASIC) + "\n" + "x" * 64_001, "secret_too_long"),
        (json.dumps(BASIC) + "\n" + "x" * 2_000_000, "document_too_large"),
        (json.dumps(BASIC) + "\n" + "x" * 9_000, "secret_too_large"),
        (json.dumps(MINIMAL) + "\nhunter2", "secret_not_used"),
        (
            json.dumps(changed(BASIC, {"authentication.secret_command": ["/bin/true"]}))
            + "\nhunter2",
            "secret_twice",
        ),
    ],
    ids=range(10),
)
def test_unusable_secrets_are_refused(cli: Cli, stdin: str, code: str) -> None:
    argv = ("create", "--from", "-", "--secret-stdin", "--secret-store", "session", "--json")
    result = cli(*argv, stdin=stdin)
    assert (result.code, result.error["code"]) == (2, code)
    assert "hunter2" not in result.out + result.err
    assert not [name for name in cli.files() if "connectors/" in name]


@pytest.mark.parametrize(
    ("stdin", "code"),
    [
        (b"", "secret_not_given"),
        (b"\n", "secret_not_given"),
        (b"\xff", "secret_not_utf8"),
        (b"a\0b", "secret_has_nul"),
        (b"x" * 64_001, "secret_too_long"),
        (b"x" * 1_000_000, "secret_too_long"),
    ],
    ids=range(6),
)
def test_unusable_secrets_of_a_file_s_connector_are_refused(
    cli: Cli, tmp_path: Path, stdin: bytes, code: str
) -> None:
    path = tmp_path / "connector.json"
    path.write_text(json.dumps(BASIC))
    result = cli("create", "--from", str(path), "--secret-stdin", "--json", stdin=stdin)
    assert (result.code, result.error["code"]) == (2, code)
    assert not cli.data_dir.exists()


@pytest.mark.parametrize("argv", [(), ("--secret-store", "keyring")], ids=["any", "keyring"])
def test_without_a_usable_store_nothing_is_written(cli: Cli, argv: tuple[str, ...]) -> None:
    stdin = json.dumps(BASIC) + "\nhunter2"
    result = cli("create", "--from", "-", "--secret-stdin", "--json", *argv, stdin=stdin)
    assert (result.code, result.error["code"]) == (3, "secret_store_unavailable")
    assert "--secret-store" in result.error["message"]
    assert not cli.data_dir.exists()


def test_encrypted_file_needs_its_passphrase(cli: Cli) -> None:
    stdin = json.dumps(BASIC) + "\nhunter2"
    argv = ("create", "--from", "-", "--secret-stdin", "--secret-store", "file", "--json")
    result = cli(*argv, stdin=stdin)
    assert (result.code, result.error["code"]) == (3, "passphrase_needed")
    assert not cli.data_dir.exists()


def test_a_verb_has_a_file_of_its_own() -> None:
    for verb in set(VERBS) - {"gui", "demo"}:
        assert callable(import_module(f"smtpwizard.cli.{verb.replace('-', '_')}").run)


# --- our own mistakes, and readers that go away


def test_an_unexpected_error_says_where_and_nothing_else(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Workspace) -> None:
        raise KeyError("hunter2")

    monkeypatch.setattr(Workspace, "connectors", fail)
    result = cli("list", "--json")
    assert (result.code, result.error["code"]) == (1, "unexpected")
    assert "KeyError at smtpwizard/cli/list.py:" in result.error["message"]
    assert "hunter2" not in result.out + result.err
    log = (cli.data_dir / "log/smtpwizard.log").read_text()
    assert json.loads(log)["kind"] == "KeyError"
    assert "hunter2" not in log


def test_a_storage_error_is_exit_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Workspace) -> None:
        raise StorageError("data_dir_unreadable", path="/x", reason="EACCES")

    monkeypatch.setattr(Workspace, "connectors", fail)
    result = cli("list", "--json")
    assert (result.code, result.error["code"]) == (3, "data_dir_unreadable")
    assert "/x" in result.error["message"]


def test_interruption_is_exit_130(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: Workspace) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Workspace, "connectors", interrupt)
    result = cli("list", "--json")
    assert (result.code, result.error["code"]) == (130, "cancelled")
    assert cli("list").out == ""


def test_a_reader_that_went_away_is_no_error(cli: Cli) -> None:
    cli.create()
    reading, writing = os.pipe()
    os.close(reading)
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "smtpwizard", "--data-dir", str(cli.data_dir), "show", "Invoices"],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=300,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@capabilities.full_device
def test_output_that_cannot_be_written_is_an_error(cli: Cli) -> None:
    import subprocess
    import sys

    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "smtpwizard", "--data-dir", str(cli.data_dir), "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=300,
        )
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_any_locale_will_do(cli: Cli, locale: str) -> None:
    name = "Büro 日本 🧾"
    cli.create(name=name)
    env = {"LC_ALL": locale, "PYTHONIOENCODING": "ascii" if locale == "C" else ""}
    result = run_process("--data-dir", str(cli.data_dir), "list", "--json", env=env)
    assert result.json["connectors"][0]["name"] == name
    assert run_process("--data-dir", str(cli.data_dir), "list", env=env).code == 0


# --- the window


def test_no_verb_opens_the_window(cli: Cli) -> None:
    assert cli().code == 0
    assert cli("gui", "--new").code == 0
    first, second = cli.windows
    assert (first["new"], first["demo"]) == (False, None)
    assert second["new"]
    assert first["ws"].data_dir == cli.data_dir


def test_the_demo_reaches_the_window(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPWIZARD_DEMO", '{"host": "localhost"}')
    assert cli("gui").code == 0
    assert cli.windows[0]["demo"] == {"host": "localhost"}


@capabilities.named_displays
def test_without_a_display_the_way_out_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    result = cli("gui")
    assert (result.code, result.out) == (2, "")
    assert "smtpwizard --help" in result.err
    assert cli.windows == []


def test_a_window_that_cannot_be_loaded_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from smtpwizard import __main__
    from smtpwizard.model.errors import UsageError

    monkeypatch.setitem(sys.modules, "smtpwizard.gui.app", None)
    with pytest.raises(UsageError, match="window_unavailable"):
        __main__._open_window(None, new=False, demo=None)  # type: ignore[arg-type]


def test_the_gui_entry_point_is_the_gui_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from smtpwizard import __main__

    seen: list[Any] = []

    def main(argv: list[str], **_: Any) -> int:
        seen.append(argv)
        return 0

    monkeypatch.setattr(__main__, "run", main)
    monkeypatch.setattr("gc.disable", lambda: None)  # this process goes on
    monkeypatch.setattr(sys, "argv", ["smtpwizard-gui", "--new"])
    assert __main__.gui() == 0
    assert __main__.main() == 0
    assert seen == [["gui", "--new"], ["--new"]]
