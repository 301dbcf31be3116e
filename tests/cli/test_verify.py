"""`verify` against real servers: the report, its exit code, and what is remembered of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from smtpwizard.cli.stopping import stopping
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scripted import CLOSE, HANG, Account, ScriptedServer, find_secrets
from smtpwizard.messages.verification import stage_title
from smtpwizard.model.auth import Secret
from smtpwizard.model.report import STAGES
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.command_words import join_command
from tests import capabilities
from tests.cli.conftest import Cli, Result, run_process
from tests.helpers.processes import wait_until
from tests.helpers.programs import fails, prints
from tests.helpers.real_servers import MailServer

ADMIN = "admin@example.test"
LONG_S = 300
"""A guard: the server it waits for never answers, and its own time is longer."""
SECURITIES = ("starttls", "implicit_tls", "none")


@pytest.fixture(scope="module")
def server() -> Iterator[ScenarioServer]:
    with ScenarioServer() as running:
        yield running


@pytest.fixture
def ca_file(server: ScenarioServer, tmp_path: Path) -> str:
    return str(server.write_ca(tmp_path / "ca.pem"))


def settings(
    server: ScenarioServer, ca_file: str | None, security: str = "starttls"
) -> dict[str, Any]:
    """The changes that make the minimal document one for the good server."""
    return {
        "server": {
            "host": server.host,
            "port": server.ports[security],
            "security": security,
            "ca_file": ca_file,
        },
        "authentication": {"method": "basic", "username": server.username},
    }


def statuses(report: dict[str, Any]) -> list[str]:
    assert [stage["stage"] for stage in report["stages"]] == [stage.value for stage in STAGES]
    return [stage["status"] for stage in report["stages"]]


def status(cli: Cli) -> tuple[str, str | None]:
    [entry] = cli("list", "--json").json["connectors"]
    return entry["status"], entry["verified_at"]


def test_finding_out_more(cli: Cli, server: ScenarioServer, ca_file: str) -> None:
    changes = settings(server, ca_file)
    # SSL/TLS where STARTTLS is spoken.
    changes["server"]["security"] = "implicit_tls"
    assert cli.create(secret=server.password, **changes).code == 0
    assert "more" not in cli("verify", "Invoices", "--json").json
    result = cli("verify", "Invoices", "--find-out-more", "--json")
    report = result.json
    assert result.code == 13
    assert report["more"]["complete"] is True
    [own] = [f for f in report["more"]["findings"] if f["facts"].get("own")]
    assert own["code"] == "port_starttls"
    assert report["causes"][0]["cause"] == "wrong_security_mode"
    assert own["evidence"] in report["causes"][0]["evidence"]
    assert server.password not in json.dumps(report)
    shown = cli("verify", "Invoices", "--find-out-more")
    assert "Found out besides:" in shown.out + shown.err
    assert own["text"] in shown.out + shown.err


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", ["auto", "PLAIN", "LOGIN"])
def test_create_and_verify_with_a_test_email(
    cli: Cli, server: ScenarioServer, ca_file: str, security: str, mechanism: str
) -> None:
    changes = settings(server, ca_file, security)
    changes["authentication"]["mechanism"] = mechanism
    assert cli.create(secret=server.password, **changes).code == 0
    server.messages.clear()
    result = cli("verify", "Invoices", "--send-to", ADMIN, "--json")
    report = result.json
    assert (result.code, report["ok"], report["connector"]) == (0, True, "Invoices")
    assert statuses(report) == [
        *("passed", "passed", "passed"),
        "skipped" if security == "none" else "passed",
        *("passed",) * 5,
    ]
    assert report["message_id"]
    assert report["queue_id"]
    assert report["causes"] == []
    [message] = server.messages
    assert message.rcpts == (ADMIN,)
    assert "Invoices" in message.subject
    assert message.mechanism == ("PLAIN" if mechanism == "auto" else mechanism)
    assert status(cli) == ("verified", report["started"])


def test_without_a_recipient_it_ends_with_the_login(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    server.messages.clear()
    result = cli("verify", "Invoices", "--json", "--stop-after", "data")
    assert result.code == 0
    assert statuses(result.json) == ["passed"] * 6 + ["skipped"] * 3
    assert server.messages == []
    assert status(cli)[0] == "verified"


def test_one_stopped_below_the_login_proves_nothing(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    result = cli("verify", "Invoices", "--stop-after", "tls", "--json", "--timeout", "5")
    assert (result.code, result.json["ok"]) == (0, True)
    assert status(cli) == ("untested", None)


def test_a_wrong_password_stops_at_auth_with_the_server_s_words(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    cli.create(secret="hunter2", **settings(server, ca_file))
    result = cli("verify", "Invoices", "--send-to", ADMIN, "--json")
    assert result.code == 15
    assert statuses(result.json) == ["passed"] * 5 + ["failed"] + ["not_reached"] * 3
    auth = result.json["stages"][5]
    assert auth["reply"]["code"] == 535
    assert auth["reply"]["text"]
    assert result.json["causes"][0]["cause"] == "bad_credentials"
    assert status(cli) == ("failed", None)
    text = cli("verify", "Invoices")
    assert text.code == 15
    assert "535" in text.out
    last = text.out.splitlines()[-1]
    assert last.startswith(f"{result.json['causes'][0]['title']}. Stopped at Sign in (auth)")
    assert result.json["causes"][0]["title"] in text.out
    assert "hunter2" not in text.out + text.err + result.out + result.err


@capabilities.refuses_chains_without_a_root
def test_an_unknown_authority_stops_at_tls_and_no_secret_leaves(cli: Cli) -> None:
    from smtpwizard.demo.certificates import ThrowAwayAuthority

    context = ThrowAwayAuthority().server_context()
    with ScriptedServer(context=context, starttls=True) as scripted:
        cli.create(
            secret="hunter2-canary",
            server={"host": "localhost", "port": scripted.port, "security": "starttls"},
            authentication={"method": "basic", "username": "mailer"},
        )
        result = cli("verify", "Invoices", "--json")
        assert result.code == 13
        assert result.json["stages"][3]["status"] == "failed"
        assert find_secrets(scripted.received, "hunter2-canary") == []


@pytest.mark.parametrize(
    ("changes", "code", "stage"),
    [
        ({"host": "does-not-exist.invalid"}, 10, "resolve"),
        ({"host": "127.0.0.1", "port": 1}, 11, "connect"),
    ],
)
def test_where_nothing_is_it_says_which_stage(
    cli: Cli, changes: dict[str, Any], code: int, stage: str
) -> None:
    cli.create(server=changes | {"security": "none"})
    result = cli("verify", "Invoices", "--json")
    assert result.code == code
    failed = [entry["stage"] for entry in result.json["stages"] if entry["status"] == "failed"]
    assert failed == [stage]


@pytest.mark.parametrize(
    ("behaviours", "code", "stage"),
    [
        ({"greeting": b"554 no\r\n"}, 12, "greeting"),
        ({"EHLO": b"550 no\r\n"}, 14, "ehlo"),
        ({"AUTH": b"454 later\r\n"}, 15, "auth"),
        ({"MAIL": b"550 no\r\n"}, 16, "mail_from"),
        ({"RCPT": b"550 no\r\n"}, 17, "rcpt_to"),
        ({"DATA": b"554 no\r\n"}, 18, "data"),
        ({"EOD": b"554 no\r\n"}, 18, "data"),
        ({"EOD": CLOSE}, 19, "data"),
    ],
)
def test_the_exit_code_names_the_stage(
    cli: Cli, behaviours: dict[str, Any], code: int, stage: str
) -> None:
    account = Account("mailer", "hunter2")
    with ScriptedServer(behaviours, account=account) as scripted:
        cli.create(
            secret="hunter2",
            server={"host": "127.0.0.1", "port": scripted.port, "security": "none"},
            authentication={"method": "basic", "username": "mailer"},
        )
        result = cli("verify", "Invoices", "--send-to", ADMIN, "--json")
        text = cli("verify", "Invoices", "--send-to", ADMIN)
    assert (result.code, text.code) == (code, code)
    end = next(s for s in result.json["stages"] if s["status"] in ("failed", "unknown"))
    assert end["stage"] == stage
    assert end["status"] == ("unknown" if code == 19 else "failed")
    assert stage in text.out.splitlines()[-1]
    assert status(cli)[0] == "failed"


@pytest.mark.parametrize("mechanism", ["EXTERNAL", "GSSAPI"])
def test_mechanisms_without_a_password_ask_for_none(cli: Cli, mechanism: str) -> None:
    with ScriptedServer(mechanisms=("PLAIN",)) as scripted:
        cli.create(
            server={"host": "127.0.0.1", "port": scripted.port, "security": "none"},
            authentication={"method": "basic", "mechanism": mechanism},
        )
        result = cli("verify", "Invoices", "--json")
    assert result.code == 15
    refused = cli("verify", "Invoices", "--secret-stdin", "--json", stdin="hunter2")
    assert (refused.code, refused.error["code"]) == (2, "secret_not_used")


def test_oauth_without_a_token_goes_to_ehlo(cli: Cli, server: ScenarioServer, ca_file: str) -> None:
    changes = settings(server, ca_file)
    changes["authentication"]["method"] = "oauth"
    cli.create(**changes)
    result = cli("verify", "Invoices", "--json")
    assert result.code == 20
    assert statuses(result.json) == ["passed"] * 5 + ["failed"] + ["not_reached"] * 3
    assert result.json["stages"][5]["detail"]["token"]


# --- what must be there before anything is tried


@pytest.mark.parametrize(
    ("changes", "argv", "code", "name", "field"),
    [
        ({"method": "basic", "username": "x"}, [], 3, "secret_missing", None),
        ({"method": "basic"}, [], 2, "required", "authentication.username"),
        ({"method": "none"}, ["--send-to", "nobody"], 2, "address_invalid", "send_to"),
        ({"method": "none"}, ["--send-to", "a@b\r\nx"], 2, "control_characters", "send_to"),
        ({"method": "none"}, ["--secret-stdin"], 2, "secret_not_used", None),
        (
            {"method": "basic", "username": "x", "secret_command": prints("hunter2")},
            [], 3, "secret_command_unapproved", None,
        ),
        (
            {"method": "basic", "username": "x", "secret_command": fails()},
            ["--approve-command"], 3, "secret_command_failed", None,
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused(
    cli: Cli, changes: dict[str, Any], argv: list[str], code: int, name: str, field: str | None
) -> None:
    cli.create(authentication=changes)
    result = cli("verify", "Invoices", *argv, "--json", stdin="hunter2")
    assert (result.code, result.error["code"], result.error["field"]) == (code, name, field)
    assert status(cli) == ("untested", None)


def test_what_nobody_sees_in_a_login_is_noted_and_is_evidence(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    changes = settings(server, ca_file)
    changes["authentication"]["username"] += " "
    made = cli.create(secret="hunter2\u00a0", **changes)
    notes = (
        "note: The user name ends with a space. It is kept as typed.",
        "note: The password ends with a no-break space. It is kept as typed.",
    )
    assert made.json["authentication"]["username"].endswith(" ")
    assert all(note in made.err for note in notes)
    for argv, stdin, words in (
        ((), "", "The password ends with a no-break space."),
        (
            ("--secret-stdin",),
            "\ufeffhunter2\n",
            "The password begins with an invisible",
        ),
    ):
        wrong = cli("verify", "Invoices", "--json", *argv, stdin=stdin)
        cause = wrong.json["causes"][0]
        assert (wrong.code, cause["cause"]) == (15, "bad_credentials")
        assert "The user name ends with a space." in cause["evidence"]
        assert any(words in line for line in cause["evidence"])
        assert "hunter2" not in wrong.out + wrong.err
    assert "begins with an invisible" in wrong.err
    done = cli("edit", "Invoices", "--secret-stdin", "--secret-store", "session", stdin="“x”")
    assert "note: The password contains 2 curly quotes. It is kept as typed." in done.err
    assert "curly" not in cli("edit", "Invoices", "--set", "description=x").err


def test_a_helper_command_fetches_the_password(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    changes = settings(server, ca_file)
    changes["authentication"]["secret_command"] = prints(server.password)
    assert "not approved" in cli.create(**changes).err
    assert cli("verify", "Invoices", "--approve-command").code == 0
    assert cli("verify", "Invoices").code == 0
    assert status(cli)[0] == "verified"
    other = json.dumps([*prints(server.password), "more"])
    cli("edit", "Invoices", "--set", f"authentication.secret_command={other}")
    assert status(cli)[0] == "changed"
    assert cli("verify", "Invoices").code == 3


# --- what is remembered


def test_a_secret_for_once_is_used_and_not_kept(
    cli: Cli, server: ScenarioServer, ca_file: str, session_secrets: MutableMapping[str, Secret]
) -> None:
    cli.create(**settings(server, ca_file))
    result = cli("verify", "Invoices", "--secret-stdin", "--json", stdin=server.password + "\n")
    assert result.code == 0
    assert not session_secrets
    assert status(cli)[0] == "verified"
    assert cli("verify", "Invoices", "--secret-stdin", stdin="wrong").code == 15
    assert status(cli)[0] == "failed"


def test_a_secret_for_once_says_nothing_about_the_kept_one(
    cli: Cli,
    server: ScenarioServer,
    ca_file: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from smtpwizard import secretstore
    from tests.usecases.conftest import FolderStore

    keyring = FolderStore(tmp_path / "keyring")
    monkeypatch.setattr(secretstore, "KeyringStore", lambda: keyring)
    cli.create(**settings(server, ca_file))
    argv = ("edit", "Invoices", "--secret-stdin", "--secret-store", "keyring")
    assert cli(*argv, stdin="wrong").code == 0
    assert cli("verify", "Invoices", "--secret-stdin", stdin=server.password).code == 0
    assert status(cli)[0] == "untested"
    assert cli("verify", "Invoices").code == 15
    assert status(cli)[0] == "failed"
    assert cli(*argv, stdin=server.password).code == 0
    assert status(cli)[0] == "changed"
    assert cli("verify", "Invoices").code == 0
    assert status(cli)[0] == "verified"


def test_status_follows_the_connector(cli: Cli, server: ScenarioServer, ca_file: str) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    assert status(cli) == ("untested", None)
    started = cli("verify", "Invoices", "--json").json["started"]
    assert status(cli) == ("verified", started)
    for harmless in ("name=Renamed", "description=x", "admin.name=Ada"):
        cli("edit", cli("list", "--json").json["connectors"][0]["name"], "--set", harmless)
    assert status(cli) == ("verified", started)
    cli("edit", "Renamed", "--set", "server.ehlo_name=client.example.test")
    assert status(cli) == ("changed", started)
    cli("edit", "Renamed", "--set", "server.ehlo_name=null")
    assert status(cli) == ("verified", started)
    cli("edit", "Renamed", "--set", "server.port=1")
    assert cli("verify", "Renamed").code == 11
    assert status(cli) == ("failed", started)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"ok": "yes"}', b'{"ok": true}'])
def test_a_damaged_record_is_no_proof(
    cli: Cli, server: ScenarioServer, ca_file: str, damage: bytes
) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    assert cli("verify", "Invoices").code == 0
    [path] = (cli.data_dir / "projects/default/history").glob("*.json")
    path.write_bytes(damage)
    assert status(cli)[0] in ("untested", "changed")


def test_a_record_that_cannot_be_written_does_not_hide_the_report(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    shutil.rmtree(cli.data_dir / "projects/default/history")
    (cli.data_dir / "projects/default/history").write_text("in the way")
    assert cli("verify", "Invoices", "--json").json["ok"]


def test_no_secret_stays_anywhere(cli: Cli, server: ScenarioServer, ca_file: str) -> None:
    secret = server.password
    cli.create(secret=secret, **settings(server, ca_file))
    results = [
        cli("verify", "Invoices", "--send-to", ADMIN, "--json"),
        cli("verify", "Invoices"),
        cli("verify", "Invoices", "--secret-stdin", stdin=secret),
        cli("show", "Invoices", "--json"),
        cli("list"),
        cli("doctor", "--json"),
    ]
    for result in results:
        assert result.code == 0
        assert find_secrets((result.out + result.err).encode(), secret) == []
    for path in cli.data_dir.rglob("*"):
        if path.is_file():
            assert find_secrets(path.read_bytes(), secret) == [], path
    log = (cli.data_dir / "log/smtpwizard.log").read_text()
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events.count("verification_finished") == 3


# --- what people see


def test_the_stages_are_lines_and_the_end_is_a_sentence(
    cli: Cli, server: ScenarioServer, ca_file: str
) -> None:
    cli.create(secret=server.password, **settings(server, ca_file))
    lines = cli("verify", "Invoices", "--send-to", ADMIN).out.splitlines()
    labels = [f"  {stage_title(stage)} ({stage})" for stage in STAGES]
    assert [line.partition(")")[0] + ")" for line in lines[:9]] == labels
    assert "passed" in lines[0]
    assert lines[-1] == "Verified: the server accepted the test email."
    assert "\x1b" not in "".join(lines)
    lines = cli("verify", "Invoices").out.splitlines()
    assert lines[-1] == "Verified: the server accepted the login. No email was sent."
    assert "skipped" in lines[8]


def test_on_a_terminal_there_are_colours_and_progress(
    cli: Cli, server: ScenarioServer, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtpwizard.cli import output

    cli.create(secret=server.password, **settings(server, ca_file))
    monkeypatch.setattr(output, "is_terminal", lambda stream: stream is not sys.stdin)
    monkeypatch.setattr(output, "takes_escapes", lambda stream: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    text = cli("verify", "Invoices").out
    assert "\x1b[32mpassed" in text
    assert "\r\x1b[K  Find the server (resolve)…" in text
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in cli("verify", "Invoices").out
    beside = cli("verify", "Invoices", "--json")
    assert beside.json["ok"]
    assert "resolve" in beside.err


def test_a_person_is_asked_for_the_password(
    cli: Cli, server: ScenarioServer, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli.test_verbs import Terminal

    cli.create(**settings(server, ca_file))
    terminal = Terminal(monkeypatch, server.password)
    assert cli("verify", "Invoices").code == 0
    assert terminal.asked == [f"Password of {server.username}: "]


# --- stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@capabilities.signals_between_processes
def test_stopping_answers_at_once(cli: Cli, number: signal.Signals) -> None:
    with ScriptedServer({"EHLO": HANG}) as scripted:
        cli.create(server={"host": "localhost", "port": scripted.port, "security": "none"})
        command = ["verify", "Invoices", "--json", "--data-dir", str(cli.data_dir)]
        process = subprocess.Popen(
            [sys.executable, "-m", "smtpwizard", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ,
        )
        wait_until(lambda: b"EHLO" in scripted.received, "EHLO")
        process.send_signal(number)
        out, err = process.communicate(timeout=LONG_S)
    result = Result(process.returncode, out.decode(), err.decode())
    assert result.code == 130
    assert result.json["stages"][4]["status"] == "failed"
    assert result.err == ""
    assert status(cli) == ("untested", None)


def test_a_background_job_goes_on_ignoring_ctrl_c() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stopping(CancelToken()):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert callable(signal.getsignal(signal.SIGTERM))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


# --- a submission server that is not ours


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_postfix_takes_the_test_email(
    cli: Cli, postfix: MailServer, security: str, mechanism: str
) -> None:
    recipient = f"cli-{security}-{mechanism.lower()}@example.test"
    document = {
        "name": "Büro",
        "provider": "custom",
        "server": {
            "host": postfix.host,
            "port": postfix.ports[security],
            "security": security,
            "ca_file": str(postfix.ca_file),
        },
        "authentication": {
            "method": "basic",
            "username": postfix.username,
            "mechanism": mechanism,
        },
        "admin": {"email": "admin@example.test"},
    }
    env = {"SMTPWIZARD_PASSPHRASE_COMMAND": "printf '%s' pass-phrase"}
    data = ("--data-dir", str(cli.data_dir))
    made = run_process(
        *data, "create", "--from", "-", "--secret-stdin", "--secret-store", "file", "--json",
        stdin=f"{json.dumps(document, indent=2)}\n{postfix.password}\n", env=env,
    )  # fmt: skip
    assert made.code == 0, made.err
    done = run_process(*data, "verify", "büro", "--send-to", recipient, "--json", env=env)
    assert (done.code, done.json["ok"]) == (0, True), done.err
    [message] = postfix.wait_for_messages(recipient=recipient)
    assert message.envelope_sender == postfix.username
    assert status(cli) == ("verified", done.json["started"])
    for path in [*cli.data_dir.rglob("*.json"), *cli.data_dir.rglob("*.log")]:
        assert find_secrets(path.read_bytes(), postfix.password) == []
    wrong = run_process(*data, "verify", "Büro", "--secret-stdin", "--json", stdin="wrong")
    assert wrong.code == 15
    assert wrong.json["stages"][5]["reply"]["code"] == 535


def test_the_keyring_end_to_end(
    cli: Cli, postfix: MailServer, secret_service: dict[str, str]
) -> None:
    document = {
        "name": "Keyring",
        "provider": "custom",
        "server": {
            "host": postfix.host,
            "port": postfix.starttls_port,
            "ca_file": str(postfix.ca_file),
        },
        "authentication": {"method": "basic", "username": postfix.username},
        "admin": {"email": "admin@example.test"},
    }
    data = ("--data-dir", str(cli.data_dir), "--json")
    passphrase = join_command(prints("open sesame"))
    env = {**secret_service, "SMTPWIZARD_PASSPHRASE_COMMAND": passphrase}

    def run(*argv: str, stdin: str = "") -> Result:
        return run_process(*data, *argv, stdin=stdin, env=env)

    stdin = json.dumps(document) + "\n" + postfix.password
    assert run("create", "--from", "-", "--secret-stdin", stdin=stdin).code == 0
    assert run("doctor").json["keyring"]["usable"]
    assert run("verify", "Keyring").code == 0
    assert run("duplicate", "Keyring", "Copy").code == 0
    assert run("remove", "Keyring").code == 0
    assert run("verify", "Copy").code == 0
    for store in ("file", "keyring"):
        moved = run("settings", "set", f"secret_store={store}", "--move-secrets")
        assert moved.json["secrets"] == {"moved": 1, "left": 0}
        assert run("verify", "Copy").code == 0
    assert run("edit", "Copy", "--secret-stdin", stdin="wrong").code == 0
    assert run("verify", "Copy").code == 15
    assert run("edit", "Copy", "--set", "authentication.method=none").code == 0
    for path in cli.data_dir.rglob("*"):
        if path.is_file():
            assert find_secrets(path.read_bytes(), postfix.password) == []


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Invoices", "Invoices"),
        ("Site B (copy)", '"Site B (copy)"'),
        ("Bücher", "Bücher"),
        ("$HOME", "NAME"),  # each shell reads it in its own way
        ("-x", "NAME"),
    ],
)
def test_what_is_to_be_typed_has_the_connector_s_name(cli: Cli, name: str, typed: str) -> None:
    cli.create(name=name, server__host="localhost", server__port=9)
    argv = ("--stop-after", "connect", "--", name)
    told = cli("verify", *argv).out
    assert f"smtpwizard edit {typed} --set server.host=…" in told
    assert ("NAME" in told) == (typed == "NAME")
    # The contract's remedy is for whatever reads it.
    assert (
        "smtpwizard edit NAME --set" in cli("verify", "--json", *argv).json["causes"][0]["remedy"]
    )
    if not name.startswith("-"):
        assert f"smtpwizard edit {typed} --set" in cli("show", name, "--run", "latest").out
