"""What each verb does to the project, and what it says."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cli import inputs
from smtpwizard.model.auth import Secret
from smtpwizard.usecases.command_words import join_command
from tests import capabilities
from tests.cli.conftest import Cli
from tests.helpers.programs import another, prints
from tests.model.documents import MINIMAL, changed

BASIC = {"method": "basic", "username": "mailer"}
TWO_WORDS = [os.path.abspath("/a"), "b"]


def names(cli: Cli) -> list[str]:
    return [entry["name"] for entry in cli("list", "--json").json["connectors"]]


def only_file(cli: Cli) -> dict[str, Any]:
    [path] = (cli.data_dir / "projects/default/connectors").glob("*.json")
    document: dict[str, Any] = json.loads(path.read_text())
    return document


# --- list and show


def test_list_has_the_contract_s_fields(cli: Cli) -> None:
    cli.create(secret="hunter2", authentication=BASIC, server__port=2525)
    cli.create(name="Another", provider="gmail", server=...)
    assert cli("list", "--json").json == {
        "connectors": [
            {
                "name": "Another",
                "default": False,
                "provider": "gmail",
                "server": "smtp.gmail.com:587",
                "method": "none",
                "username": None,
                "status": "untested",
                "verified_at": None,
                "expires_at": None,
            },
            {
                "name": "Invoices",
                "default": True,
                "provider": "custom",
                "server": "smtp.example.test:2525",
                "method": "basic",
                "username": "mailer",
                "status": "untested",
                "verified_at": None,
                "expires_at": None,
            },
        ]
    }


def test_list_is_a_table_for_people(cli: Cli) -> None:
    assert "No connectors yet" in cli("list").out
    cli.create()
    cli.create(name="日本" * 200)
    cli.create(name="wide 日本", server__host="::1")
    cli.create(name="שלום", description="right to left")
    lines = cli("list").out.splitlines()
    assert re.split(r"  +", lines[0].strip()) == [
        "NAME", "PROVIDER", "SERVER", "METHOD", "USER", "STATUS", "LAST TEST", "NEXT EXPIRY",
    ]  # fmt: skip
    assert [line for line in lines if line.startswith("* ") and "Invoices" in line]
    assert "[::1]:587" in cli("list").out
    assert max(map(len, lines)) < 200
    assert "…" in "".join(lines)
    assert "\x1b" not in cli("list").out


def test_foreign_text_moves_no_cursor(cli: Cli) -> None:
    cli.create()
    [path] = (cli.data_dir / "projects/default/connectors").glob("*.json")
    document = json.loads(path.read_text())
    document["later\x1b[2J"] = "\x1b]0;title\x07\u202e"
    path.write_text(json.dumps(document))
    for result in (cli("show", "Invoices"), cli("show", "Invoices", "--json")):
        assert result.code == 0
        assert "\x1b" not in result.out
        assert "\u202e" not in result.out
    assert cli("show", "Invoices", "--json").json["later\x1b[2J"] == "\x1b]0;title\x07\u202e"


def test_show_is_found_by_any_form_of_the_name_and_never_shows_a_secret(cli: Cli) -> None:
    cli.create(secret="hunter2", authentication=BASIC, name="Büro STRASSE")
    for name in ("Büro STRASSE", "bu\u0308ro straße", " BÜRO STRASSE "):
        result = cli("show", name)
        assert result.code == 0
        assert "server.host" in result.out
        assert "hunter2" not in result.out
        assert "session:" not in result.out + cli("show", name, "--json").out


def test_damaged_and_newer_files_are_named_and_the_rest_is_listed(cli: Cli) -> None:
    cli.create()
    folder = cli.data_dir / "projects/default/connectors"
    (folder / "a.json").write_bytes(b"\0" * 10)
    (folder / "b.json").write_text(json.dumps(MINIMAL | {"schema": 9, "name": "Newer"}))
    (folder / "c.json").write_text(json.dumps(changed(MINIMAL, {"password": "hunter2"})))
    result = cli("list", "--json")
    assert [entry["name"] for entry in result.json["connectors"]] == ["Invoices"]
    assert {entry["reason"] for entry in result.json["damaged"]} == {
        "not_json",
        "secret_in_document",
    }
    assert [entry["name"] for entry in result.json["newer"]] == ["Newer"]
    assert result.err.count("note: ") == 3
    assert "hunter2" not in result.out + result.err
    refused = cli("show", "newer", "--json")
    assert (refused.code, refused.error["code"]) == (3, "read_only_newer")


# --- create


def test_two_connectors_of_one_name_are_refused_and_nothing_is_written(
    cli: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(name="Büro")
    before = cli.files()
    result = cli.create(secret="hunter2", authentication=BASIC, name="BU\u0308RO")
    assert (result.code, result.error["field"]) == (2, "name")
    assert result.error["code"] == "name_taken"
    assert cli.files() == before
    assert not session_secrets


def test_a_name_taken_comes_before_a_keyring_that_is_not_there(cli: Cli) -> None:
    cli.create()
    stdin = json.dumps(changed(MINIMAL, {"authentication": BASIC})) + "\nhunter2"
    result = cli("create", "--from", "-", "--secret-stdin", "--json", stdin=stdin)
    assert (result.code, result.error["code"]) == (2, "name_taken")


def test_create_says_what_is_still_missing(cli: Cli) -> None:
    result = cli.create(authentication=BASIC)
    assert result.code == 0
    assert "--secret-stdin" in result.err
    result = cli.create(authentication=BASIC, name="Second", secret="hunter2")
    assert "for this session only" in result.err


@capabilities.access_rights
def test_files_are_private(cli: Cli) -> None:
    cli.create(secret="hunter2", authentication=BASIC)
    for path in [cli.data_dir, *cli.data_dir.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_an_unusable_log_folder_stops_nothing(cli: Cli) -> None:
    cli.data_dir.mkdir()
    (cli.data_dir / "log").write_text("in the way")
    assert cli.create().code == 0


# --- edit


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("name=123", "name", "123"),
        ("name=true", "name", "true"),
        ("name=null", "name", "null"),
        ("name=a=b", "name", "a=b"),
        ("description=", "description", ""),
        ("server.port=2525", "server.port", 2525),
        ("server.port=null", "server.port", 587),
        ("server.timeout_s=2.5", "server.timeout_s", 2.5),
        ("server.allow_cleartext=true", "server.allow_cleartext", True),
        ("server.ehlo_name=client.example.test", "server.ehlo_name", "client.example.test"),
        ("authentication.username=007", "authentication.username", "007"),
        ("authentication.mechanism=login", "authentication.mechanism", "LOGIN"),
        (f"authentication.secret_command={json.dumps(TWO_WORDS)}", "authentication.secret_command",
         TWO_WORDS),
        ('authentication.oauth.scopes=["x"]', "authentication.oauth.scopes", ["x"]),
        ("authentication.oauth.tenant=1", "authentication.oauth.tenant", "1"),
        ("send_to=x@example.test", "send_to", "x@example.test"),
        ("send_to=null", "send_to", None),
        ("sender.name=null", "sender.name", None),
    ],
)  # fmt: skip
def test_edit_reads_values_by_the_kind_of_field(
    cli: Cli, assignment: str, path: str, value: Any
) -> None:
    cli.create(authentication=BASIC)
    result = cli("edit", "Invoices", "--set", assignment, "--json")
    assert result.code == 0, result.err
    shown = result.json
    for key in path.split("."):
        shown = shown[key]
    assert shown == value
    assert cli("show", result.json["name"], "--json").json == result.json


@pytest.mark.parametrize(
    ("assignment", "code", "field"),
    [
        ("server.port=0", "port_invalid", "server.port"),
        ("server.port=x", "port_invalid", "server.port"),
        ("server.port=2.5", "port_invalid", "server.port"),
        ("server.timeout_s=NaN", "timeout_invalid", "server.timeout_s"),
        ("server.allow_cleartext=yes", "not_a_flag", "server.allow_cleartext"),
        ("server.security=ssl", "not_a_choice", "server.security"),
        ("server.host=", "required", "server.host"),
        ("name=", "required", "name"),
        ("name=Other", "name_taken", "name"),
        ("type=imap", "not_a_choice", "type"),
        ("provider=nowhere", "provider_unknown", "provider"),
        ("authentication.secret_command=pass show", "command_invalid",
         "authentication.secret_command"),
        ("default=true", "default_not_settable", "default"),
        ("server=x", "field_unknown", "server"),
        ("schema=2", "field_unknown", "schema"),
        ("server.bogus=1", "field_unknown", "server.bogus"),
        ("password=hunter2", "field_unknown", "password"),
        ("nothing", "assignment_invalid", None),
    ],
)  # fmt: skip
def test_edit_refuses_and_changes_nothing(
    cli: Cli, assignment: str, code: str, field: str | None
) -> None:
    cli.create()
    cli.create(name="Other")
    before = cli.files()
    result = cli("edit", "Invoices", "--set", assignment, "--json")
    assert (result.code, result.error["code"], result.error["field"]) == (2, code, field)
    assert cli.files() == before


@pytest.mark.parametrize(
    "argv",
    [
        ["Invoices", "--set", "server.port=26", "--set", "send_to=x@example.test"],
        ["Invoices", "--set", "server.port=26", "send_to=x@example.test"],
        ["--set", "server.port=26", "send_to=x@example.test", "Invoices"],
        ["--set", "server.port=26", "--set", "send_to=x@example.test", "--", "Invoices"],
    ],
)
def test_edit_takes_several_fields(cli: Cli, argv: list[str]) -> None:
    cli.create()
    shown = cli("edit", "--json", *argv).json
    assert (shown["server"]["port"], shown["send_to"]) == (26, "x@example.test")


def test_a_server_with_more_than_its_name_is_taken_apart(cli: Cli) -> None:
    made = cli.create(
        server={"host": "smtp+tls://me%40x.example@h.example"}, authentication={"method": "basic"}
    )
    assert made.code == 0
    server = made.json["server"]
    assert (server["host"], server["port"], server["security"]) == ("h.example", 587, "starttls")
    assert made.json["authentication"]["username"] == "me@x.example"
    done = cli("edit", "Invoices", "--set", "server.host=smtps://h.example", "--json")
    assert (done.json["server"]["port"], done.json["server"]["security"]) == (465, "implicit_tls")
    before = only_file(cli)
    for value, code in (
        ("smtp://me:hunter2@h.example", "secret_in_document"),
        ("you@h.example:25", "host_says_otherwise"),
    ):
        argv = ("--set", f"server.host={value}", "authentication.username=me", "--json")
        refused = cli("edit", "Invoices", *argv)
        assert (refused.code, refused.error["code"]) == (2, code)
        assert refused.error["field"] == "server.host"
        assert "hunter2" not in refused.out + refused.err
    assert only_file(cli) == before
    refused = cli.create(name="Other", server={"host": "smtps://h.example", "port": 587})
    assert (refused.code, refused.error["code"]) == (2, "host_says_otherwise")
    assert cli.create(name="Other", server=["smtps://x"]).code == 2
    assert cli.create(name="Other", authentication=["x"]).code == 2


def test_a_port_of_another_method_is_noted(cli: Cli) -> None:
    made = cli.create(server={"host": "h.example", "port": 465, "security": "none"})
    words = "note: Port 465 is usually for SSL/TLS: choose that, or another port."
    assert words in made.err
    assert words in cli("edit", "Invoices", "--set", "server.security=starttls").err
    done = cli("edit", "Invoices", "--set", "server.security=implicit_tls")
    assert "Port" not in done.err


def test_edit_refuses_one_field_twice(cli: Cli) -> None:
    cli.create()
    result = cli("edit", "Invoices", "--set", "server.port=1", "--set", "server.port=2", "--json")
    assert (result.code, result.error["code"]) == (2, "field_twice")


def test_edit_keeps_unknown_fields_and_the_default(cli: Cli) -> None:
    cli.create(later=[1], server={"host": "h.example.test", "later": "x"})
    shown = cli("edit", "Invoices", "--set", "name=Renamed", "--json").json
    assert (shown["later"], shown["server"]["later"], shown["default"]) == ([1], "x", True)
    assert names(cli) == ["Renamed"]


def test_edit_moves_the_port_with_the_encryption_until_it_was_chosen(cli: Cli) -> None:
    cli.create()
    for security, port in (("implicit_tls", 465), ("none", 25), ("starttls", 587)):
        shown = cli("edit", "Invoices", "--set", f"server.security={security}", "--json").json
        assert shown["server"]["port"] == port
    cli("edit", "Invoices", "--set", "server.port=2525")
    shown = cli("edit", "Invoices", "--set", "server.security=none", "--json").json
    assert shown["server"]["port"] == 2525


def test_edit_to_another_provider_takes_its_server(cli: Cli) -> None:
    cli.create(
        server__port=2525, server__ca_file=os.path.abspath("/ca.pem"), server__allow_cleartext=True
    )
    server = cli("edit", "Invoices", "--set", "provider=gmail", "--json").json["server"]
    assert (server["host"], server["port"]) == ("smtp.gmail.com", 587)
    assert (server["ca_file"], server["allow_cleartext"]) == (None, False)
    # Back to a server of one's own starts from there; what is set at once wins.
    server = cli(
        "edit", "Invoices", "--set", "provider=exchange", "--set", "server.port=26", "--json"
    ).json["server"]
    assert (server["host"], server["port"]) == ("smtp.office365.com", 26)


def test_edit_replaces_the_secret_and_deletes_the_old_one(
    cli: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(secret="hunter2", authentication=BASIC)
    result = cli("edit", "Invoices", "--secret-stdin", "--secret-store", "session", stdin="new\n")
    assert result.code == 0
    assert [secret.reveal() for secret in session_secrets.values()] == ["new"]
    assert list(only_file(cli)["stored"]["secrets"].values()) == list(session_secrets)


def test_edit_without_a_new_secret_keeps_the_old_one(
    cli: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(secret="hunter2", authentication=BASIC)
    assert cli("edit", "Invoices", "--set", "server.port=26").code == 0
    assert [secret.reveal() for secret in session_secrets.values()] == ["hunter2"]
    assert list(only_file(cli)["stored"]["secrets"].values()) == list(session_secrets)


@pytest.mark.parametrize("method", ["oauth", "none"])
def test_edit_to_another_method_drops_the_other_secret(
    cli: Cli, session_secrets: MutableMapping[str, Secret], method: str
) -> None:
    cli.create(secret="hunter2", authentication=BASIC)
    assert cli("edit", "Invoices", "--set", f"authentication.method={method}").code == 0
    assert not session_secrets
    assert only_file(cli)["stored"]["secrets"] == {}


def test_a_helper_command_and_a_secret_take_each_other_s_place(
    cli: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(secret="hunter2", authentication=BASIC)
    command = f"authentication.secret_command={json.dumps(prints('x'))}"
    assert cli("edit", "Invoices", "--set", command).code == 0
    assert not session_secrets
    argv = ("edit", "Invoices", "--secret-stdin", "--secret-store", "session", "--json")
    shown = cli(*argv, stdin="again").json
    assert shown["authentication"]["secret_command"] is None
    assert [secret.reveal() for secret in session_secrets.values()] == ["again"]
    both = cli(*argv, "--set", command, stdin="x")
    assert (both.code, both.error["code"]) == (2, "secret_twice")


def test_edit_of_a_connector_that_needs_no_secret_refuses_one(cli: Cli) -> None:
    cli.create()
    result = cli("edit", "Invoices", "--secret-stdin", "--json", stdin="hunter2")
    assert (result.code, result.error["code"]) == (2, "secret_not_used")


def test_edit_may_change_the_case_of_a_name(cli: Cli) -> None:
    cli.create()
    assert cli("edit", "invoices", "--set", "name=INVOICES", "--json").json["name"] == "INVOICES"


# --- duplicate, remove, default


def test_duplicate_copies_the_secret_under_a_reference_of_its_own(
    cli: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(secret="hunter2", authentication=BASIC, later=1)
    result = cli("--secret-store", "session", "duplicate", "Invoices", "Copy", "--json")
    assert result.code == 0
    assert (result.json["name"], result.json["default"], result.json["later"]) == ("Copy", False, 1)
    assert [secret.reveal() for secret in session_secrets.values()] == ["hunter2", "hunter2"]
    assert cli("remove", "Invoices").code == 0
    assert [secret.reveal() for secret in session_secrets.values()] == ["hunter2"]
    assert names(cli) == ["Copy"]


def test_duplicate_without_the_secret_says_so(
    cli: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(secret="hunter2", authentication=BASIC)
    session_secrets.clear()
    result = cli("duplicate", "Invoices", "Copy")
    assert result.code == 0
    assert "no secret yet" in result.err


@pytest.mark.parametrize(("name", "code"), [("INVOICES", "name_taken"), ("", "required")])
def test_duplicate_refuses_a_bad_name(cli: Cli, name: str, code: str) -> None:
    cli.create()
    before = cli.files()
    result = cli("duplicate", "Invoices", name, "--json")
    assert (result.code, result.error["code"], result.error["field"]) == (2, code, "name")
    assert cli.files() == before


def test_remove_takes_the_secret_and_the_history_along(
    cli: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(secret="hunter2", authentication=BASIC)
    result = cli("remove", "invoices", "--json")
    assert (result.code, result.json["removed"]) == (0, "Invoices")
    assert not session_secrets
    assert names(cli) == []
    assert cli("remove", "Invoices").code == 2


def test_what_was_removed_can_be_made_again_without_its_secret(
    cli: Cli, session_secrets: MutableMapping[str, Secret], tmp_path: Path
) -> None:
    later = {"x": 1, "none": 0, "odd": "\x9b31m\u202e ü"}
    cli.create(secret="hunter2", authentication=BASIC, name="A  b", later=later)
    before = cli("show", "A  b", "--json").json
    removed = cli("remove", "A  b", "--json")
    assert removed.json["connector"] == before
    assert "hunter2" not in removed.out
    for answer in (json.dumps(removed.json["connector"]), None):
        if answer is None:
            head, answer = cli("remove", "A  b").out.splitlines()
            assert "create --from FILE" in head
            assert "null" not in answer
        (tmp_path / "kept.json").write_text(answer)
        assert cli("create", "--from", str(tmp_path / "kept.json")).code == 0
        assert cli("show", "A  b", "--json").json == before


def test_default_is_one_of_them(cli: Cli) -> None:
    cli.create(name="First")
    cli.create(name="Second")
    assert cli("show", "First", "--json").json["default"]
    assert cli("default", "second", "--json").json["default"]
    listed = cli("list", "--json").json["connectors"]
    assert [entry["name"] for entry in listed if entry["default"]] == ["Second"]


# --- projects


def test_a_fresh_directory_has_one_project(cli: Cli) -> None:
    assert cli("project", "list", "--json").json == {
        "projects": [
            {
                "name": "Default",
                "current": True,
                "domain": None,
                "base_url": None,
                "environment": None,
                "redirect_uri": None,
            }
        ]
    }
    assert not cli.data_dir.exists()


def test_projects_keep_their_connectors_apart(cli: Cli) -> None:
    assert cli("project", "create", "Site B", "--json").json["name"] == "Site B"
    cli.create()
    assert cli.create("--project", "site b", name="Elsewhere").code == 0
    assert names(cli) == ["Invoices"]
    assert "Elsewhere" in cli("list", "--project", "Site B").out
    assert cli("project", "use", "Site B", "--json").json["current"]
    assert names(cli) == ["Elsewhere"]
    assert "* " in cli("project", "list").out


def test_project_values_are_set_and_cleared(cli: Cli) -> None:
    argv = ("name=Customer", "domain=flows.example.test", "base_url=https://mail.example.test/x")
    shown = cli("project", "set", *argv, "environment=prod", "--json").json
    assert shown == {
        "name": "Customer",
        "current": True,
        "domain": "flows.example.test",
        "base_url": "https://mail.example.test/x",
        "environment": "prod",
        "redirect_uri": "https://mail.example.test/x/oauth2/redirect",
    }
    assert cli("project", "set", "domain=", "--json").json["domain"] is None
    assert cli("--project", "customer", "list").code == 0


def test_project_create_takes_values_too(cli: Cli) -> None:
    shown = cli("project", "create", "name=Site B", "domain=flows.example.test", "--json").json
    assert (shown["name"], shown["domain"]) == ("Site B", "flows.example.test")


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["set", "domain=nodots"], "domain_invalid"),
        (["set", "base_url=ftp://x"], "url_invalid"),
        (["set", "name="], "required"),
        (["set", "name=a\nb"], "control_characters"),
        (["set", "color=red"], "project_key_unknown"),
        (["set", "domain"], "assignment_invalid"),
        (["set", "domain=a.example", "domain=b.example"], "field_twice"),
        (["create", "DEFAULT"], "project_taken"),
        (["create", ""], "required"),
        (["create", "B", "domain=nodots"], "domain_invalid"),
        (["use", "nowhere"], "project_unknown"),
    ],
)
def test_bad_project_values_are_refused(cli: Cli, argv: list[str], code: str) -> None:
    result = cli("project", *argv, "--json")
    assert (result.code, result.error["code"]) == (2, code)
    assert "connector" not in result.error["message"]
    assert "DEFAULT" not in result.error["message"]
    assert not [name for name in cli.files() if "projects/" in name]


# --- doctor


def test_doctor_has_the_facts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@proxy.example.test:3128/")
    monkeypatch.setenv("ALL_PROXY", "me:hunter2@proxy.example.test:1080")
    monkeypatch.setenv("SSLKEYLOGFILE", "/tmp/keys")
    cli.create()
    result = cli("doctor", "--json")
    facts = result.json
    assert result.code == 0
    assert facts["python"]["version"] == sys.version.split()[0]
    assert facts["qt"]["pyside6"]
    assert "OpenSSL" in facts["openssl"]
    assert facts["keyring"]["usable"] is False
    assert facts["data_directory"]["path"] == str(cli.data_dir)
    assert facts["data_directory"]["writable"]
    assert (facts["project"], facts["connectors"]) == ("Default", 1)
    assert facts["proxies"]["HTTPS_PROXY"] == "http://***@proxy.example.test:3128/"
    assert facts["proxies"]["ALL_PROXY"] == "***@proxy.example.test:1080"
    assert facts["ways"] == {
        "mail": "http://proxy.example.test:1080",
        "sign_in": "http://proxy.example.test:3128",
    }
    codes = {warning["code"] for warning in facts["warnings"]}
    assert {"keyring_unusable", "tls_keys_logged", "proxy_in_environment"} <= codes
    assert all(warning["message"] for warning in facts["warnings"])
    assert "hunter2" not in result.out + result.err
    text = cli("doctor").out
    first, *rest = text.splitlines()
    assert re.fullmatch(r"\d things? do(es)? not work", first)
    assert any(line.startswith("  Secret store: ") for line in rest)
    assert "Worth knowing:" in rest
    assert "  keyring.usable" in text
    assert rest.index("Worth knowing:") < rest.index("What was found:")
    assert "hunter2" not in text


def test_doctor_names_a_proxy_setting_that_is_none(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("smtp_proxy", "http://me:hunter#2/x@proxy.example.test:3128")
    monkeypatch.setenv("https_proxy", "ftp://proxy.example.test")
    result = cli("doctor", "--json")
    assert result.json["ways"] == {"mail": None, "sign_in": None}
    assert result.json["proxies"]["smtp_proxy"] == "http://***@proxy.example.test:3128"
    unusable = [w["source"] for w in result.json["warnings"] if w["code"] == "proxy_unusable"]
    assert unusable == ["smtp_proxy", "https_proxy"]
    assert "hunter" not in result.out + result.err


def test_doctor_writes_nothing_and_survives_damage(cli: Cli, tmp_path: Path) -> None:
    assert cli("doctor").code == 0
    assert not cli.data_dir.exists()
    (cli.data_dir / "providers.d").mkdir(parents=True)
    (cli.data_dir / "providers.d/x.toml").write_text("not toml [")
    facts = cli("doctor", "--json").json
    assert facts["connectors"] is None
    assert facts["damaged"][0]["reason"] == "provider_file_damaged"
    [warning] = [w for w in facts["warnings"] if w["code"] == "provider_file_damaged"]
    assert warning["path"].endswith("x.toml")
    assert "not TOML" in warning["message"]


def test_doctor_warns_of_what_is_wrong(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from smtpwizard.usecases import doctor

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", missing)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("SSL_CERT_FILE", "/does/not/exist.pem")
    monkeypatch.setenv("SSL_CERT_DIR", str(cli.data_dir))
    cli.create()
    (cli.data_dir / "log/smtpwizard.log").unlink()
    (cli.data_dir / "log").rmdir()
    (cli.data_dir / "log").write_text("in the way")
    folder = cli.data_dir / "projects/default/connectors"
    (folder / "a.json").write_bytes(b"\0")
    (folder / "b.json").write_text(json.dumps(MINIMAL | {"schema": 9}))
    cli.data_dir.chmod(0o777)
    facts = cli("doctor", "--json").json
    modes = {"data_dir_not_private"} if capabilities.POSIX else set()
    assert {warning["code"] for warning in facts["warnings"]} - {"no_name_server"} == modes | {
        "qt_missing",
        "keyring_unusable",
        "log_dir_unwritable",
        "file_damaged",
        "read_only_newer",
        "trust_store_empty",
        "trust_store_replaced",
    }


@capabilities.named_displays
@pytest.mark.parametrize(
    ("environment", "opens", "fault", "warned"),
    [
        ({}, False, "no_display", False),
        ({"QT_QPA_PLATFORM": "offscreen"}, True, None, False),
        ({"QT_QPA_PLATFORM": "nonsense"}, False, "display_unknown", True),
        ({"DISPLAY": ":59999"}, False, "display_dead", True),
    ],
)
def test_doctor_says_whether_the_display_opens(
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    opens: bool,
    fault: str | None,
    warned: bool,
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    facts = cli("doctor", "--json").json
    assert facts["qt"]["display_opens"] is opens
    assert (facts["qt"]["display_fault"] or {}).get("code") == fault
    said = [w["message"] for w in facts["warnings"] if w["code"] == fault]
    assert len(said) == warned
    assert all(value in text for text in said for value in environment.values())


def test_doctor_does_not_wait_for_a_keyring(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from smtpwizard.usecases import doctor

    dismissed = threading.Event()
    monkeypatch.setattr(doctor, "probe_keyring", lambda: dismissed.wait(300))
    defaults = doctor.examine.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "keyring_limit_s", 0.01)
    keyring = cli("doctor", "--json").json["keyring"]
    dismissed.set()
    assert keyring == {"usable": False, "backend": None, "code": "keyring_silent"}


# --- the demo


def test_demo_lists_its_scenarios(cli: Cli) -> None:
    assert cli("demo", "--list", "--json").json["scenarios"][0]["name"] == "good"
    assert "good" in cli("demo", "--list").out


def test_demo_runs_beside_the_user_s_projects(cli: Cli) -> None:
    result = cli("demo", "--unattended", "--json")
    assert (result.code, result.json) == (0, {"ok": True})
    assert "Done: from an empty project" in result.err
    result = cli("demo", "recipient-unknown", "--unattended")
    assert result.code == 0
    assert "cause: This recipient does not exist (recipient_rejected)\n" in result.out
    assert not cli.data_dir.exists()


def test_demo_works_in_the_data_folder_that_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (cli.data_dir / "projects").mkdir(parents=True)
    seen: list[Path] = []
    from smtpwizard.usecases import demo as usecase

    def work(scenario: object, folder: Path, listener: object) -> int:
        seen.append(folder)
        return 0

    monkeypatch.setattr(usecase, "_run_unattended", work)
    assert cli("demo", "--unattended").code == 0
    [folder] = seen
    assert folder.parent == cli.data_dir
    assert not folder.exists()
    assert [path.name for path in cli.data_dir.iterdir()] == ["projects"]
    taken = tmp_path / "file"
    taken.write_text("")
    refused = cli("--data-dir", str(taken), "demo", "--unattended", "--json")
    assert refused.code == 3


def test_demo_hands_on_how_it_ended(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from smtpwizard.cli import demo

    monkeypatch.setattr(demo, "run_demo", lambda **options: 7)
    result = cli("demo", "--json")
    assert (result.code, result.json) == (7, {"ok": False})


# --- provider files


def test_what_a_provider_file_overrides_is_named(cli: Cli) -> None:
    folder = cli.data_dir / "providers.d"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('id = "gmail"\nhost = "relay.example.test"\n')
    cli.create(name="A", provider="gmail", server=...)
    cli.create(name="B")
    for arguments in (("show", "A"), ("show", "A", "--json")):
        said = cli(*arguments).err
        assert "mine.toml" in said
        assert "relay.example.test in place of smtp.gmail.com" in said
    assert cli("show", "B").err == ""
    facts = cli("doctor", "--json").json
    [value] = facts["overridden"]
    assert value == {
        "path": str(folder / "mine.toml"), "provider": "gmail", "key": "host",
        "old": "smtp.gmail.com", "new": "relay.example.test",
    }  # fmt: skip
    assert "provider_overridden" in {warning["code"] for warning in facts["warnings"]}


@pytest.mark.parametrize(
    "content",
    [
        "a = " + "[" * 100_000,
        'id = "x"\nport = ' + "9" * 5000,
        pytest.param(None, marks=capabilities.named_pipes),
    ],
    ids=range(3),
)
def test_a_provider_file_that_stops_everything_is_named(cli: Cli, content: str | None) -> None:
    cli.create(name="A", provider="gmail", server=...)
    path = cli.data_dir / "providers.d" / "bad.toml"
    path.parent.mkdir()
    if content is None:
        os.mkfifo(path)
    else:
        path.write_text(content)
    for arguments in (("list",), ("show", "A"), ("edit", "A", "--set", "name=B"), ("dates",)):
        result = cli(*arguments)
        assert result.code == 3
        assert "bad.toml" in result.err
    result = cli("doctor", "--json")
    assert result.code == 0
    assert any("bad.toml" in warning["message"] for warning in result.json["warnings"])


def test_provider_files_add_and_stop_when_damaged(cli: Cli) -> None:
    folder = cli.data_dir / "providers.d"
    folder.mkdir(parents=True)
    (folder / "closed.toml").write_text(
        'id = "closed"\nname = "Closed"\nhost = "mail.example.test"\nport = 465\n'
        'security = "implicit_tls"\n'
    )
    assert cli.create(provider="closed", server=...).json["server"]["host"] == "mail.example.test"
    (folder / "later.toml").write_text('id = "gmail"\nport = "587"\n')
    result = cli("list", "--json")
    assert (result.code, result.error["code"]) == (3, "provider_file_damaged")
    assert "later.toml" in result.error["message"]


# --- people at a terminal


class Terminal:
    """A person at the keyboard, with answers prepared."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        from smtpwizard.cli.output import Screen

        self.asked: list[str] = []
        self._answers = list(answers)
        monkeypatch.setattr(Screen, "interactive", True)
        monkeypatch.setattr(inputs, "ask_secret", lambda prompt: Secret(self._next(prompt)))
        monkeypatch.setattr(inputs, "ask_yes", lambda prompt: self._next(prompt) == "y")

    def _next(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self._answers.pop(0)


def test_create_asks_a_person_for_the_secret(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, session_secrets: MutableMapping[str, Secret]
) -> None:
    terminal = Terminal(monkeypatch, "hunter2")
    assert cli.create("--secret-store", "session", authentication=BASIC).code == 0
    assert "Password of mailer" in terminal.asked[0]
    assert [secret.reveal() for secret in session_secrets.values()] == ["hunter2"]


def test_create_takes_no_answer_for_no_secret(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Terminal(monkeypatch, "")
    assert cli.create(authentication=BASIC).code == 0
    assert only_file(cli)["stored"]["secrets"] == {}


@pytest.mark.parametrize(("answer", "approved"), [("y", True), ("n", False)])
def test_create_asks_whether_the_helper_command_may_run(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str, approved: bool
) -> None:
    terminal = Terminal(monkeypatch, answer)
    authentication = BASIC | {"secret_command": [another(), "a b\x1b[31m"]}
    assert cli.create(authentication=authentication).code == 0
    assert join_command([another(), "a b\\x1b[31m"]) in terminal.asked[0]
    assert (cli.data_dir / "approvals.json").exists() == approved


def test_a_long_helper_command_hides_nothing() -> None:
    assert inputs.quote_command(("true", "x" * 5000, "; rm")).endswith(join_command(["; rm"]))


def test_passphrases_are_asked_for_twice_when_new(monkeypatch: pytest.MonkeyPatch) -> None:
    from smtpwizard.model.errors import SecretStoreError, UsageError

    monkeypatch.setattr(inputs, "_has_terminal", lambda: True)
    Terminal(
        monkeypatch, "open sesame", "open sesame", "open sesame", "other", "", "sesame!", "known"
    )
    assert inputs.ask_passphrase(True) == Secret("open sesame")
    with pytest.raises(UsageError, match="passphrases_differ"):
        inputs.ask_passphrase(True)
    with pytest.raises(SecretStoreError, match="passphrase_needed"):
        inputs.ask_passphrase(True)
    with pytest.raises(SecretStoreError, match="passphrase_too_short"):
        inputs.ask_passphrase(True)
    assert inputs.ask_passphrase(False) == Secret("known")


@pytest.mark.parametrize("option", [("--project", "X"), ("--secret-store", "file")])
@pytest.mark.parametrize("more", [(), ("--list",), ("--unattended",)])
def test_the_demo_takes_no_project_and_no_secret_store(
    cli: Cli, option: tuple[str, str], more: tuple[str, ...]
) -> None:
    refused = cli("demo", *more, *option, "--json")
    assert (refused.code, refused.error["code"]) == (2, "arguments_invalid")
    assert option[0] in refused.error["message"]
    before = cli(*option, "demo", *more, "--json")
    assert (before.code, before.error["code"]) == (2, "arguments_invalid")
    assert option[0] not in cli("demo", "--help").out, "it is not offered"
    assert "--data-dir" in cli("demo", "--help").out
