"""`propose` and `apply`: support's answer, and all that an answer made by hand must not do."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cases.case import Options, make_case
from smtpwizard.cases.stand_ins import Kind, StandIns
from smtpwizard.cli import inputs
from smtpwizard.cli.output import Screen
from smtpwizard.model.auth import Secret
from smtpwizard.model.report import Reply, Stage
from smtpwizard.model.run import new_run
from smtpwizard.model.stage_facts import StageError
from smtpwizard.storage.case_tables import CaseTable, CaseTables
from smtpwizard.usecases.case_tables import find_table
from smtpwizard.usecases.project import create_project
from smtpwizard.usecases.propose import case_digest
from smtpwizard.usecases.workspace import Workspace
from tests.cases.reports import failed
from tests.cli.conftest import Cli, Result
from tests.model.documents import changed

BASIC = {"method": "basic", "username": "ann@contoso-mail.de"}
SERVER = {"host": "mail.contoso-mail.de", "port": 2525}
ID = "cd" * 16
ADMIN = {"email": "admin@contoso-mail.de"}


class Support:
    """A customer's connector, the case that was made of it, and who answers it."""

    def __init__(self, cli: Cli, tmp_path: Path, connector: dict[str, Any]) -> None:
        self.cli = cli
        ws = Workspace.open(cli.data_dir)
        self.stored = ws.find("Invoices")
        names = StandIns()
        for kind, text in (
            (Kind.HOST, "mail.contoso-mail.de"),
            (Kind.ADDRESS, "ann@contoso-mail.de"),
            (Kind.ADDRESS, "admin@contoso-mail.de"),
        ):
            names.add(kind, text)
        settings = json.loads(names.text(json.dumps(connector)))
        self.case = tmp_path / "x.smtpcase"
        self.answer = tmp_path / "x.smtpanswer"
        document = {
            "format": "smtpwizard-case",
            "schema": 1,
            "manifest": {"connector": ID, "replaced": names.counts()},
            "connector": settings,
        }
        self.case.write_text(json.dumps(document, indent=1), newline="\n")
        self.sha256 = case_digest(self.case.read_bytes())
        self.table = CaseTable(
            ID,
            self.stored.id,
            "20261129-101500-3f9c1a",
            self.stored.revision,
            self.stored.connector.inputs_digest(),
            (self.sha256,),
            names.table(),
        )
        self.tables = CaseTables(ws.store.directory)
        self.tables.write(self.table)

    def propose(self, *assignments: str, note: str = "") -> Result:
        self.answer.unlink(missing_ok=True)
        argv = [part for text in assignments for part in ("--set", text)]
        more = ("--note", note) if note else ()
        return self.cli("propose", str(self.case), *argv, *more, "-o", str(self.answer), "--json")

    def by_hand(self, changes: dict[str, Any], **more: Any) -> None:
        document = {
            "format": "smtpwizard-answer",
            "schema": 1,
            "case": self.sha256,
            "connector": ID,
            "changes": changes,
            "note": "",
        }
        self.answer.write_text(json.dumps(document | more))

    def apply(self, *argv: str) -> Result:
        return self.cli("apply", str(self.answer), "--json", *argv)

    def show(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.cli("show", "Invoices", "--json").json
        return shown

    def everything(self) -> dict[str, bytes]:
        """The whole data directory but what a lock leaves."""
        return {
            str(path.relative_to(self.cli.data_dir)): path.read_bytes()
            for path in sorted(self.cli.data_dir.rglob("*"))
            if path.is_file() and not path.name.endswith(".lock")
        }


@pytest.fixture
def support(cli: Cli, tmp_path: Path) -> Support:
    result = cli.create(secret="hunter2", authentication=BASIC, server=SERVER, admin=ADMIN)
    assert result.code == 0
    return Support(cli, tmp_path, result.json)


def refused(support: Support, *argv: str) -> tuple[int, str, str | None]:
    """Exit code, error and field; nothing at all may have changed."""
    before = support.everything()
    result = support.apply(*argv)
    assert support.everything() == before
    return result.code, result.error["code"], result.error["field"]


# --- the way it is meant


def test_an_answer_goes_there_and_back(support: Support) -> None:
    result = support.propose(
        "server.port=587", "send_to=user-1@domain-1.example", note="The port was wrong."
    )
    assert result.code == 0
    document = json.loads(support.answer.read_bytes())
    assert list(document) == ["format", "schema", "case", "connector", "changes", "note"]
    assert document["changes"] == {"server.port": 587, "send_to": "user-1@domain-1.example"}
    assert set(result.json) == {"file", "sha256", "bytes", "changes"}
    assert result.json["bytes"] == support.answer.stat().st_size
    changes = [
        {"field": "server.port", "before": 2525, "after": 587, "weaker": False},
        {"field": "send_to", "before": None, "after": "ann@contoso-mail.de", "weaker": False},
    ]
    before = support.everything()
    dry = support.apply("--dry-run")
    assert (dry.code, dry.json) == (
        0, {"connector": "Invoices", "applied": False, "changes": changes}
    )  # fmt: skip
    assert support.everything() == before
    done = support.apply("--connector", "invoices")
    assert (done.code, done.json) == (
        0, {"connector": "Invoices", "applied": True, "changes": changes}
    )  # fmt: skip
    shown = support.show()
    assert (shown["server"]["port"], shown["send_to"]) == (587, "ann@contoso-mail.de")
    # What holds is what the case was made of, and that is over: by this answer, which is said.
    assert refused(support) == (2, "answer_applied", "connector")
    assert "is applied already" in support.apply().error["message"]
    support.cli("edit", "Invoices", "--set", "description=x")
    assert refused(support) == (2, "answer_applied", "connector")
    support.cli("edit", "Invoices", "--set", "server.port=2525")
    assert refused(support) == (2, "answer_connector_changed", "connector")


def test_the_log_says_that_and_no_value(support: Support) -> None:
    support.propose("server.ehlo_name=canary.test")
    assert support.apply().code == 0
    log = (support.cli.data_dir / "log/smtpwizard.log").read_text()
    assert "answer_applied" in log
    assert "canary" not in log


def test_line_ends_that_a_mail_program_changed_are_no_matter(support: Support) -> None:
    support.case.write_bytes(support.case.read_bytes().replace(b"\n", b"\r\n"))
    assert support.propose("server.port=587").code == 0
    assert support.apply().code == 0


@pytest.mark.parametrize("assignment", ["server.port=587", "authentication.username=other"])
def test_the_secret_goes_along(
    support: Support, session_secrets: MutableMapping[str, Secret], assignment: str
) -> None:
    support.propose(assignment)
    assert support.apply().code == 0
    ws = Workspace.open(support.cli.data_dir)
    from smtpwizard.usecases.kept_secrets import kept_secret

    assert kept_secret(ws, ws.find("Invoices"), "password") == Secret("hunter2")
    assert [secret.reveal() for secret in session_secrets.values()] == ["hunter2"]


@pytest.mark.parametrize(
    "assignment", ["server.host=evil.com", "server.security=none", "server.proxy=socks5://p.com:1"]
)
def test_what_is_weaker_has_to_be_agreed_to_and_then_the_secret_is_asked_again(
    support: Support, session_secrets: MutableMapping[str, Secret], assignment: str
) -> None:
    assert support.propose(assignment).json["changes"][0]["weaker"] is True
    field = assignment.partition("=")[0]
    assert refused(support) == (2, "answer_weaker", field)
    dry = support.apply("--dry-run")
    assert [each["weaker"] for each in dry.json["changes"]] == [True]
    assert support.apply("--accept-weaker").json["applied"] is True
    result = support.cli("verify", "Invoices", "--json")
    if field == "server.proxy":  # over TLS nobody on the way reads along
        assert result.code != 3
    else:
        assert (result.code, result.error["code"]) == (3, "secret_bound_elsewhere")
    assert [secret.reveal() for secret in session_secrets.values()] == ["hunter2"]


def test_a_secret_from_before_there_were_bindings_stays_with_what_it_was_for(
    support: Support,
) -> None:
    entries = support.cli.session._secrets
    for ref in entries:
        entries[ref] = Secret("hunter2")
    support.propose("server.host=evil.com")
    assert support.apply("--accept-weaker").code == 0
    result = support.cli("verify", "Invoices", "--json")
    assert (result.code, result.error["code"]) == (3, "secret_bound_elsewhere")


def test_a_secret_that_is_gone_keeps_nobody_from_applying(support: Support) -> None:
    support.cli.session._secrets.clear()
    support.propose("server.host=evil.com")
    assert support.apply("--accept-weaker").code == 0


def test_a_secret_that_cannot_be_read_leaves_all_as_it_was(
    support: Support, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = support.cli.session._secrets
    for ref in entries:
        entries[ref] = Secret("smtpwizard-secret:9:later\nx")
    support.propose("server.host=evil.com")
    assert refused(support, "--accept-weaker")[:2] == (3, "secret_unreadable")


def test_a_case_as_it_is_made(cli: Cli, tmp_path: Path) -> None:
    cli.create(
        authentication=BASIC, server=SERVER, admin=ADMIN, sender={"address": "bob@contoso-mail.de"}
    )
    ws = Workspace.open(cli.data_dir)
    stored = ws.find("Invoices")
    result = failed(Stage.AUTH, StageError.AUTH_REFUSED, Reply(535, "5.7.8", "ann is locked"))
    run = new_run(
        stored.connector.to_json(), result, {}, stored.id, identifier="20261129-101500-3f9c1a"
    )
    ws.store.write_run(run, keep=50)
    made = make_case(run, (), Options("1.0", "1", "2026-11-29T10:15:00Z", ID))
    case, answer = tmp_path / "a.smtpcase", tmp_path / "a.smtpanswer"
    case.write_bytes(made.text.encode())
    assert "contoso" not in made.text
    digest = stored.connector.inputs_digest()
    shas = (case_digest(case.read_bytes()),)
    CaseTables(ws.store.directory).write(
        CaseTable(ID, stored.id, run.id, stored.revision, digest, shas, made.table)
    )
    assert cli("compare", "Invoices", str(case), "--json").json == {
        "same": True, "differences": []
    }  # fmt: skip
    shown = json.loads(made.text)["connector"]
    login, sender = shown["authentication"]["username"], shown["sender"]["address"]
    assert "@domain-1.example" in login
    argv = ("--set", f"authentication.username={sender}", "--set", f"send_to={login}")
    assert cli("propose", str(case), *argv, "-o", str(answer), "--json").code == 0
    changes = cli("apply", str(answer), "--json").json["changes"]
    assert [(each["field"], each["after"]) for each in changes] == [
        ("authentication.username", "bob@contoso-mail.de"),
        ("send_to", "ann@contoso-mail.de"),
    ]


# --- at a terminal


@pytest.mark.parametrize("yes", [True, False])
def test_a_person_sees_before_and_after_and_is_asked(
    support: Support, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    asked = []

    def ask(question: str) -> bool:
        asked.append(question)
        return yes

    monkeypatch.setattr(Screen, "interactive", property(lambda self: True))
    monkeypatch.setattr(inputs, "ask_yes", ask)
    support.by_hand({"server.port": 587, "server.host": "b.com"}, note="Zeile\x1b[2J\nzwei")
    result = support.cli("apply", str(support.answer))
    assert (result.code, asked) == (2, [])  # what is refused is not asked about
    assert "mail.contoso-mail.de → b.com" in result.out
    before = support.everything()
    result = support.cli("apply", str(support.answer), "--accept-weaker")
    assert result.code == 0
    assert len(asked) == 1
    # Its output goes elsewhere here: what is asked about stands where it is asked.
    assert "server.port: 2525 → 587" in result.err
    assert "  > Zeile\\x1b[2J\n  > zwei" in result.err
    assert "weaker: " in result.err
    assert "asks" in result.err
    assert "\x1b" not in result.out + result.err
    assert (support.everything() == before) is not yes
    assert ("Nothing was changed." in result.out) is not yes
    assert support.show()["server"]["port"] == (587 if yes else 2525)


def test_text_says_what_was_done(support: Support) -> None:
    argv = ("propose", str(support.case), "--set", "server.security=none", "-o")
    result = support.cli(*argv, str(support.answer))
    assert result.code == 0
    assert "server.security: starttls → none" in result.out
    assert "--accept-weaker" in result.out
    assert f"Written: {support.answer}" in result.out
    result = support.cli("apply", str(support.answer), "--accept-weaker")
    assert "Changed “Invoices”" in result.out


# --- made by hand


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"authentication.password": "hunter2"}, "secret_in_document"),
        ({"authentication.oauth.client_secret": "x"}, "secret_in_document"),
        ({"authentication.secret_command": ["/bin/sh", "-c", "id"]}, "answer_field"),
        ({"authentication.oauth.token_endpoint": "https://evil.com/"}, "answer_field"),
        ({"authentication.oauth.client_id": "x"}, "answer_field"),
        ({"authentication.oauth.ca_file": "/tmp/ca.pem"}, "answer_field"),
        ({"server.client_certificate": "/tmp/c.pem"}, "answer_field"),
        ({"name": "Other"}, "answer_field"),
        ({"provider": "gmail"}, "answer_field"),
        ({"stored": {"secrets": {}}}, "answer_field"),
        ({"server": {"host": "evil.com"}}, "answer_field"),
        ({"schema": 1}, "answer_field"),
        ({"server.ca_file": "//evil.com/share/ca.pem"}, "answer_field"),
        ({"server.host": "m\u0430il.contoso-mail.de"}, "answer_letters"),
        ({"server.host": "evil.com\r\n"}, "answer_letters"),
        ({"admin.name": "a\x1b[2J"}, "answer_letters"),
        ({"sender.name": "a\u202eb"}, "answer_letters"),
        ({"server.host": "host-7.domain-1.example"}, "answer_stand_in"),
        ({"send_to": "user-9@domain-1.example"}, "answer_stand_in"),
        ({"send_to": ["a@b.com"]}, "not_text"),
        ({"server.port": 99999}, "port_invalid"),
        ({"server.port": 2525}, "answer_changes_nothing"),
        ({"server.security": "none"}, "answer_weaker"),
        ({"server.allow_cleartext": True}, "answer_weaker"),
        ({"server.host": "evil.com"}, "answer_weaker"),
        ({"server.ca_file": "/etc/ssl/ca.pem"}, "answer_weaker"),
        ({"server.proxy": "socks5://evil.com:1080"}, "answer_weaker"),
        ({"authentication.method": "none"}, "answer_weaker"),
    ],
    ids=str,
)
def test_what_no_answer_may_do(support: Support, changes: dict[str, Any], code: str) -> None:
    support.by_hand(changes)
    field = next(iter(changes))
    assert refused(support) == (2, code, field)
    support.by_hand({"server.port": 587, **changes})
    found = refused(support)
    if code != "answer_changes_nothing" or field != "server.port":
        assert found == (2, code, field)
    if code != "answer_weaker":
        assert refused(support, "--accept-weaker") == found


def test_another_connector_s_answer(support: Support) -> None:
    support.cli.create(name="Other")
    support.propose("server.port=587")
    assert refused(support, "--connector", "Other") == (2, "answer_other_connector", "connector")
    assert refused(support, "--connector", "nobody")[:2] == (2, "connector_unknown")
    support.by_hand({"server.port": 587}, connector="ef" * 16)
    assert refused(support) == (2, "answer_unknown", "connector")
    assert refused(support, "--connector", "Invoices") == (2, "answer_unknown", "connector")
    support.by_hand({"server.port": 587}, connector=support.stored.id)
    assert refused(support) == (2, "answer_unknown", "connector")
    support.by_hand({"server.port": 587}, case="ef" * 32)
    assert refused(support) == (2, "answer_unknown", "case")


def test_a_connector_that_changed_or_went(support: Support) -> None:
    support.propose("server.port=587")
    # By hand: the revision stays.
    [path] = (support.cli.data_dir / "projects/default/connectors").glob("*.json")
    text = path.read_text()
    path.write_text(json.dumps(changed(json.loads(text), {"server.ehlo_name": "x.test"})))
    assert refused(support) == (2, "answer_connector_changed", "connector")
    path.write_text(text)
    support.cli("edit", "Invoices", "--set", "description=x")
    assert refused(support) == (2, "answer_connector_changed", "connector")
    path.unlink()
    assert refused(support) == (2, "answer_unknown", "connector")


def test_an_answer_for_another_project_names_it(support: Support) -> None:
    support.propose("server.port=587")
    assert support.cli("project", "create", "Site B").code == 0
    before = support.everything()
    result = support.apply("--project", "Site B")
    assert (result.code, result.error["code"]) == (2, "answer_other_project")
    assert "the project Default" in result.error["message"]
    assert "--project" in result.error["message"]
    assert support.everything() == before
    # What cannot be read of another project is no answer.
    [path] = support.cli.data_dir.rglob("case-*.json")
    text = path.read_text()
    path.write_text("[")
    result = support.apply("--project", "Site B")
    assert (result.code, result.error["code"]) == (2, "answer_unknown")
    path.write_text(text)
    assert support.apply("--project", "Default").code == 0


def test_one_s_own_case_is_known_from_every_project(support: Support) -> None:
    ws = Workspace.open(support.cli.data_dir)
    there = ws.in_project(create_project(ws, "Site B"))
    found = find_table(there, ID)
    assert found is not None
    assert (found.project, found.table) == (ws.project, support.table)
    assert find_table(there, "ef" * 16) is None


def test_removing_the_connector_takes_the_table_along(support: Support) -> None:
    support.propose("server.port=587")
    assert support.cli("remove", "Invoices").code == 0
    assert support.tables.find(ID) is None
    assert refused(support) == (2, "answer_unknown", "connector")


def test_a_change_in_the_very_moment(support: Support, monkeypatch: pytest.MonkeyPatch) -> None:
    from smtpwizard.model.errors import StorageError
    from smtpwizard.storage import ConnectorStore

    for code, expected in (("changed_elsewhere", 2), ("disk_full", 3)):

        def fail(self: Any, *args: Any, code: str = code, **options: Any) -> None:
            raise StorageError(code, path="x", reason="y")

        monkeypatch.setattr(ConnectorStore, "save", fail)
        support.propose("server.timeout_s=5")
        assert support.apply().code == expected


def test_a_table_that_was_tampered_with(support: Support) -> None:
    support.propose("send_to=user-1@domain-1.example")
    path = next((support.cli.data_dir / "projects/default/history").rglob("case-*.json"))
    path.write_text(path.read_text().replace("ann@contoso-mail.de", "eve@evil.com"))
    assert refused(support)[:2] == (3, "case_table_damaged")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "document_not_json"),
        (b"\x00" * 100, "document_not_json"),
        (b'{"format":"smtpwizard-answer","format":"x"}', "document_duplicate_key"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "document_too_deep"),
        (b"[" * 1_000_000, "document_too_deep"),
        (b'{"changes":{"server.timeout_s":NaN}}', "document_not_finite"),
        (b" " * (9 * 1024 * 1024), "document_too_large"),
        (b'{"format":"smtpwizard-answer","schema":7}', "answer_newer"),
        (b"{}", "answer_not_one"),
    ],
    ids=range(9),
)
def test_files_that_are_no_answers(support: Support, data: bytes, code: str) -> None:
    support.answer.write_bytes(data)
    assert refused(support)[:2] == (2, code)
    assert refused(support, "--accept-weaker", "--dry-run")[:2] == (2, code)


def test_a_file_that_is_not_there(support: Support) -> None:
    assert refused(support) == (2, "file_unreadable", "answer")


def test_an_authority_s_file_has_to_be_there(support: Support, tmp_path: Path) -> None:
    for path, code in (
        (str(tmp_path / "none.pem"), "path_not_found"),
        ("relative.pem", "path_relative"),
        (str(support.case), "ca_file_invalid"),
    ):
        support.by_hand({"server.ca_file": path})
        assert refused(support, "--accept-weaker") == (2, code, "server.ca_file")


def test_a_helper_command_is_approved_for_what_it_was(cli: Cli, tmp_path: Path) -> None:
    from smtpwizard.usecases.approvals import is_approved
    from tests.helpers.programs import prints

    command = prints("hunter2")
    result = cli.create(
        "--approve-command",
        authentication={**BASIC, "secret_command": command},
        server=SERVER,
        admin=ADMIN,
    )
    support = Support(cli, tmp_path, result.json)
    stored = Workspace.open(cli.data_dir).find("Invoices")
    assert is_approved(Workspace.open(cli.data_dir), stored.connector)
    support.propose("server.host=evil.com")
    assert "asks" in cli("apply", str(support.answer), "--dry-run").out
    assert support.apply("--accept-weaker").code == 0
    ws = Workspace.open(cli.data_dir)
    assert not is_approved(ws, ws.find("Invoices").connector)


# --- propose


@pytest.mark.parametrize(
    ("assignments", "code", "field"),
    [
        ((), "nothing_to_change", None),
        (("server.prot=1",), "field_unknown", "server.prot"),
        (("password=hunter2",), "field_unknown", "password"),
        (("name=x",), "answer_field", "name"),
        (("server.port=0",), "port_invalid", "server.port"),
        (("server.port=2525",), "answer_changes_nothing", "server.port"),
        (("send_to=user-7@domain-1.example",), "answer_stand_in", "send_to"),
        (("server.host=m\u0430il.com",), "answer_letters", "server.host"),
        (('authentication.secret_command=["/bin/sh"]',), "answer_field",
         "authentication.secret_command"),
    ],
)  # fmt: skip
def test_what_apply_would_refuse_is_not_written(
    support: Support, assignments: tuple[str, ...], code: str, field: str | None
) -> None:
    result = support.propose(*assignments)
    assert (result.code, result.error["code"], result.error["field"]) == (2, code, field)
    assert "hunter2" not in result.out + result.err
    assert not support.answer.exists()


def test_nothing_is_overwritten(support: Support) -> None:
    argv = ("propose", str(support.case), "--set", "server.port=587", "--json", "-o")
    for path, code in ((support.case, "file_exists"), ("/no/where/x", "file_unwritable")):
        result = support.cli(*argv, str(path))
        assert (result.code, result.error["code"], result.error["field"]) == (2, code, "output")
    assert case_digest(support.case.read_bytes()) == support.sha256


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"format": "x"}, "case_other_format", None),
        ({"schema": 2}, "case_newer", None),
        ({"manifest": []}, "case_invalid", "manifest"),
        ({"connector": ...}, "case_without_connector", "connector"),
        ({"manifest.connector": ...}, "case_invalid", "manifest.connector"),
        ({"manifest.connector": "x"}, "case_invalid", "manifest.connector"),
        ({"connector.server": []}, "case_invalid", "connector.server"),
    ],
)
def test_files_that_are_no_cases(
    support: Support, changes: dict[str, Any], code: str, field: str | None
) -> None:
    document = changed(json.loads(support.case.read_text()), changes)
    support.case.write_text(json.dumps(document))
    result = support.propose("server.port=587")
    assert (result.code, result.error["code"], result.error["field"]) == (2, code, field)


def test_a_case_of_a_provider_that_is_the_customer_s_own(support: Support) -> None:
    document = changed(json.loads(support.case.read_text()), {"connector.provider": "ours"})
    support.case.write_text(json.dumps(document))
    assert support.propose("server.port=587").code == 0
    # Of files and commands a case says that they are set, and it may be without administrator.
    marks = {"server.ca_file": {"set": True}, "authentication.secret_command": {"set": True}}
    document = changed(document, {**marks, "admin": {"email": None}})
    support.case.write_text(json.dumps(document))
    assert support.propose("server.port=587").code == 0
    # Where names were kept, any of them may be said.
    document = changed(document, {"manifest.replaced": {}, "connector.provider": "custom"})
    support.case.write_text(json.dumps(document))
    assert support.propose("send_to=user-7@domain-1.example").code == 0


def test_a_note_that_carries_a_secret(support: Support) -> None:
    result = support.propose("server.port=587", note="GOCSPX-abcdefghijklmnopqrstuvwx")
    assert (result.code, result.error["code"], result.error["field"]) == (
        2, "secret_in_document", "note"
    )  # fmt: skip
