"""`project rename|remove`, `move` and `copy`: what they do, answer and refuse."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from smtpwizard.messages.moments import day_text
from smtpwizard.model.auth import Secret
from smtpwizard.usecases.certificates import common_name
from smtpwizard.usecases.project import enter_project, show_last_project
from smtpwizard.usecases.workspace import Workspace
from tests.cli.conftest import Cli
from tests.helpers.certificates import Certificates


def names(cli: Cli, project: str) -> list[str]:
    shown = cli("--project", project, "list", "--json").json
    return [each["name"] for each in shown["connectors"]]


def projects(cli: Cli) -> list[str]:
    return [each["name"] for each in cli("project", "list", "--json").json["projects"]]


@pytest.fixture
def two(cli: Cli) -> Cli:
    """Two projects: the first has A, which is its default, B and C, the second has none."""
    cli("project", "set", "environment=test", "domain=here.example")
    cli("project", "create", "Site B", "environment=production", "domain=there.example")
    for name in ("A", "B", "C"):
        cli.create(
            name=name, secret=f"p-{name}", authentication={"method": "basic", "username": "u"}
        )
    return cli


def test_moved_connectors_answer_what_is_another_there(
    two: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    before = dict(session_secrets)
    shown = two("move", "a", "B", "--to", "site b", "--json").json
    assert shown == {
        "connectors": ["A", "B"],
        "from": "Default",
        "to": "Site B",
        "applied": True,
        "changes": [
            {
                "connector": None,
                "field": "project.environment",
                "before": "test",
                "after": "production",
            },
            {
                "connector": None,
                "field": "project.domain",
                "before": "here.example",
                "after": "there.example",
            },
        ],
    }
    assert (names(two, "Default"), names(two, "Site B")) == (["C"], ["A", "B"])
    assert session_secrets.keys() == before.keys()
    shown = two("--project", "Site B", "list", "--json").json["connectors"]
    assert [each["default"] for each in shown] == [True, False]


def test_in_words(two: Cli) -> None:
    out = two("--secret-store", "session", "copy", "A", "--to", "Site B").out
    assert "Copied to Site B: A." in out
    assert "Environment: Test → Production" in out
    refused = two("move", "A", "B", "--to", "Site B", "--dry-run")
    assert (refused.code, "name A already" in refused.err) == (2, True)
    out = two("move", "B", "--to", "Site B", "--dry-run").out
    assert "To be moved to Site B: B. Nothing was changed." in out
    assert names(two, "Site B") == ["A"]


def test_a_redirect_uri_follows_the_project(two: Cli) -> None:
    registration = {"client_id": "id", "redirect_uri": "https://login.here.example/oauth2/redirect"}
    two.create(name="O", authentication={"method": "oauth", "oauth": registration})
    out = two("move", "O", "--to", "Site B").out
    uri = "https://login.there.example/oauth2/redirect"
    assert f"O: Redirect URI: https://login.here.example/oauth2/redirect → {uri}" in out
    assert "Register the new redirect URI" in out
    shown = two("--project", "Site B", "show", "O", "--json").json
    assert shown["authentication"]["oauth"]["redirect_uri"] == uri


def test_certificates_that_are_not_trusted_there_are_named(
    two: Cli, certificates: Certificates
) -> None:
    ca = str(certificates.ca_file)
    trusted = two("certificates", "trust", ca, "--json").json["certificates"][0]
    shown = two("move", "A", "--to", "Site B", "--dry-run", "--json").json
    assert shown["changes"][-1] == {
        "connector": None,
        "field": "project.certificate",
        "before": trusted["fingerprint"],
        "after": None,
        "certificate": common_name(trusted["subject"]),
        "ends": trusted["not_after"][:10],
    }
    assert two("--project", "Site B", "copy", "A", "--to", "Default", "--dry-run").code == 2
    two("move", "A", "--to", "Site B")
    out = two("--project", "Site B", "move", "A", "--to", "Default", "--dry-run").out
    until = day_text(trusted["not_after"])
    assert f"Trusted certificate: – → {common_name(trusted['subject'])}, until {until}" in out
    two("project", "remove", "Default", "--with-connectors")
    approved = json.loads((two.data_dir / "approvals.json").read_text())["approved"]
    assert approved == [], "nothing is trusted for what is gone"


def test_trust_goes_along_where_that_is_wanted(two: Cli, certificates: Certificates) -> None:
    [trusted] = two("certificates", "trust", str(certificates.ca_file), "--json").json[
        "certificates"
    ]

    def there() -> list[str]:
        shown = two("--project", "Site B", "certificates", "list", "--json").json
        return [one["fingerprint"] for one in shown["certificates"]]

    shown = two("copy", "A", "--to", "Site B", "--with-trust", "--dry-run", "--json").json
    assert [one["fingerprint"] for one in shown["untrusted"]] == [trusted["fingerprint"]]
    assert (shown["with_trust"], there()) == (False, [])
    out = two("move", "A", "--to", "Site B", "--dry-run").out
    octets = [trusted["fingerprint"][at : at + 2].upper() for at in range(0, 64, 2)]
    for words in (
        "Site B does not trust these", trusted["issuer"], day_text(trusted["not_after"]),
        ":".join(octets), "--with-trust",
    ):  # fmt: skip
        assert words in out
    assert two("move", "A", "--to", "Site B").code == 0
    assert there() == [], "nobody is asked, and nobody said so"
    shown = two("move", "B", "--to", "Site B", "--with-trust", "--json").json
    assert (shown["applied"], shown["with_trust"]) == (True, True)
    assert there() == [trusted["fingerprint"]]
    # Now that it does, there is nothing to take along.
    shown = two("move", "C", "--to", "Site B", "--with-trust", "--json").json
    assert "untrusted" not in shown
    two("certificates", "remove", trusted["fingerprint"])
    two("--project", "Site B", "move", "A", "--to", "Default")
    assert "Default trusts the certificates shown above now." in two(
        "--secret-store", "session", "--project", "Site B", "copy", "B", "--to", "Default",
        "--with-trust",
    ).out  # fmt: skip


def test_copied_connectors_are_untested_and_have_their_own_secrets(
    two: Cli, session_secrets: MutableMapping[str, Secret]
) -> None:
    shown = two("--secret-store", "session", "copy", "A", "B", "--to", "Site B", "--json").json
    assert (shown["connectors"], shown["applied"]) == (["A", "B"], True)
    assert names(two, "Default") == ["A", "B", "C"]
    values = sorted(secret.reveal() for secret in session_secrets.values())
    assert values == ["p-A", "p-A", "p-B", "p-B", "p-C"]
    assert two("--project", "Site B", "history", "A", "--json").json == {"runs": []}


@pytest.mark.parametrize("verb", ["move", "copy"])
@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["A", "--to", "Nowhere"], "project_unknown"),
        (["A", "--to", "Default"], "project_same"),
        (["A", "Nobody", "--to", "Site B"], "connector_unknown"),
        (["A", "C", "--to", "Site B"], "name_taken_there"),
        (["A"], "arguments_invalid"),
        (["--to", "Site B"], "arguments_invalid"),
    ],
)
def test_refused_nothing_is_changed(two: Cli, verb: str, argv: list[str], code: str) -> None:
    two.create("--project", "Site B", name="c")
    before = two.files()
    result = two(verb, *argv, "--json")
    assert (result.code, result.error["code"]) == (2, code)
    assert two.files() == before
    if code == "name_taken_there":
        assert result.error["field"] == "name"
        assert "Site B" in result.error["message"]


def test_a_project_is_renamed(two: Cli) -> None:
    shown = two("project", "rename", "default", "Site A", "--json").json
    assert (shown["name"], shown["current"]) == ("Site A", True)
    assert "Site C" in two("project", "rename", "Site B", "Site C").out
    assert projects(two) == ["Site A", "Site C"]
    assert names(two, "Site A") == ["A", "B", "C"]
    result = two("project", "rename", "Site A", "site c", "--json")
    assert (result.code, result.error["code"]) == (2, "project_taken")
    result = two("project", "rename", "Site A", "", "--json")
    assert (result.code, result.error["field"]) == (2, "name")


def test_what_the_window_shows_is_not_what_commands_work_on(two: Cli) -> None:
    ws = Workspace.open(two.data_dir)
    other = enter_project(ws, ws.data.use_project("Site B").id)
    two("project", "use", "Default")
    assert other.project.name == "Site B"
    assert len(two("list", "--json").json["connectors"]) == 3
    assert show_last_project(Workspace.open(two.data_dir)).project.name == "Site B"
    assert "of the project Default; others:" in two("list").err
    assert "the window shows the one it had last" in two("project", "list").err
    two("gui", "--project", "Default")
    two("gui")
    assert [window["ws"].project.name for window in two.windows] == ["Default"] * 2
    assert show_last_project(Workspace.open(two.data_dir)).project.name == "Default", "had last"
    two("gui", "--project", "Site B")
    two("project", "remove", "Site B")
    assert show_last_project(Workspace.open(two.data_dir)).project.name == "Default"
    assert "of the project" not in two("list").err, "there is no other"


def test_a_project_is_removed(two: Cli, session_secrets: MutableMapping[str, Secret]) -> None:
    shown = two("project", "remove", "Site B", "--json").json
    assert shown == {"removed": "Site B", "connectors": [], "current": "Default"}
    two("project", "create", "Site C")
    result = two("project", "remove", "Default", "--json")
    assert (result.code, result.error["code"]) == (2, "project_not_empty")
    assert "--with-connectors" in result.error["message"]
    result = two("project", "remove", "Default", "--with-connectors")
    assert "A, B, C" in result.out
    assert "the current project is Site C" in result.err
    assert not session_secrets
    assert projects(two) == ["Site C"]
    result = two("project", "remove", "Site C", "--json")
    assert (result.code, result.error["code"]) == (2, "project_last")


def test_a_secret_that_cannot_be_deleted_yet_is_told(
    two: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtpwizard.usecases import remove_project

    def later(*_: Any) -> bool:
        return False

    monkeypatch.setattr(remove_project, "finish_removed", later)
    assert "the next change tries again" in two("project", "remove", "Site B").err


def test_two_addresses_are_said_to_be_one_too_many(cli: Cli) -> None:
    result = cli("project", "set", "domain=a.example", "base_url=https://b.example")
    assert "base_url" in result.err
    assert cli("project", "set", "domain=").err == ""
