"""Helper commands: run without a shell, bounded, and only when approved on this machine."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import threading
from pathlib import Path

import pytest

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases import secret_command
from smtpwizard.usecases.approvals import approve, approved_secret, is_approved
from smtpwizard.usecases.secret_command import run_secret_command
from smtpwizard.usecases.workspace import Workspace


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.mark.parametrize(
    ("printed", "secret"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b"hunter2\n\n", "hunter2\n"),
        (b" hunter2 ", " hunter2 "),
        ("Schlüssel\n".encode(), "Schlüssel"),
    ],
)
def test_one_line_break_is_taken_off(printed: bytes, secret: str) -> None:
    command = python(f"import sys; sys.stdout.buffer.write({printed!r})")
    assert run_secret_command(command) == Secret(secret)


def test_arguments_meet_no_shell(tmp_path: Path) -> None:
    nasty = f"$(touch {tmp_path}/x); `id` && > {tmp_path}/y *"
    command = (sys.executable, "-c", "import sys; print(sys.argv[1])", nasty)
    assert run_secret_command(command) == Secret(nasty)
    assert list(tmp_path.iterdir()) == []


def test_standard_input_is_empty() -> None:
    assert run_secret_command(python("print(repr(input.__self__ and open(0).read()))")) == Secret(
        "''"
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("/does/not/exist",), "secret_command_not_found"),
        (("a\0b",), "secret_command_not_found"),
        (("/",), "secret_command_not_found"),
        (python(""), "secret_command_empty"),
        (python("print()"), "secret_command_empty"),
        (python("print('hunter2'); raise SystemExit(3)"), "secret_command_failed"),
        (python("import sys; sys.stdout.buffer.write(b'\\xff')"), "secret_command_not_text"),
        (python("print('hunter2', end=chr(0))"), "secret_command_not_text"),
        (python("print('x' * 100_000)"), "secret_command_too_large"),
        (python("while True: print('x' * 100_000)"), "secret_command_too_large"),
    ],
    ids=range(10),
)
def test_what_cannot_be_a_secret_is_refused(command: tuple[str, ...], code: str) -> None:
    with pytest.raises(SecretStoreError) as caught:
        run_secret_command(command)
    assert caught.value.code == code
    assert "hunter2" not in repr(caught.value.facts)


def test_error_output_is_never_shown(capfd: pytest.CaptureFixture[str]) -> None:
    run_secret_command(python("import sys; print('leak', file=sys.stderr); print('x')"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "code",
    [
        "import threading; threading.Event().wait(60)",
        "import os, sys; os.close(1); import threading; threading.Event().wait(60)",
    ],
    ids=["silent", "output closed"],
)
def test_one_that_does_not_end_is_ended(code: str) -> None:
    with pytest.raises(SecretStoreError, match="secret_command_timeout"):
        run_secret_command(python(code), timeout_s=0.2)


def test_stopping_ends_it_at_once() -> None:
    token = CancelToken()
    threading.Timer(0.1, token.cancel).start()
    with pytest.raises(Cancelled):
        run_secret_command(python("import threading; threading.Event().wait(60)"), token)


@pytest.mark.skipif(sys.platform == "win32", reason="no signal reaches one thread there")
def test_an_interrupt_ends_it_too(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"import os, signal; open({str(pid)!r}, 'w').write(str(os.getpid())); signal.pause()"

    def interrupt() -> None:
        while not (pid.exists() and pid.read_text()):
            threading.Event().wait(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_secret_command(python(code))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


# --- approval

COMMAND = ("printf", "hunter2")


def test_only_exactly_what_was_approved_runs(ws: Workspace) -> None:
    with pytest.raises(SecretStoreError, match="secret_command_unapproved"):
        approved_secret(ws, COMMAND)
    approve(ws, COMMAND)
    assert approved_secret(ws, COMMAND) == Secret("hunter2")
    assert not is_approved(ws, ("printf hunter2",))
    assert not is_approved(ws, ("printf", "hunter2", ""))
    approve(ws, ("true",))
    assert is_approved(ws, COMMAND)


def test_approvals_are_private_and_hold_no_command(ws: Workspace) -> None:
    approve(ws, COMMAND)
    path = ws.data_dir / "approvals.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "hunter2" not in path.read_text()
    assert "hunter2" not in ws.log.path.read_text()


def test_another_machine_s_approval_does_not_count(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(ws, COMMAND)
    read_text = Path.read_text

    def other_machine(self: Path, *args: str) -> str:
        return "another" if self.name == "machine-id" else read_text(self, *args)

    monkeypatch.setattr(Path, "read_text", other_machine)
    assert not is_approved(ws, COMMAND)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b'{"approved": 1}', b'{"approved": [1, {}]}']
)
def test_damaged_approvals_approve_nothing(ws: Workspace, content: bytes) -> None:
    ws.data_dir.mkdir()
    (ws.data_dir / "approvals.json").write_bytes(content)
    assert not is_approved(ws, COMMAND)


def test_a_folder_that_others_may_write_runs_nothing(ws: Workspace) -> None:
    approve(ws, COMMAND)
    ws.data_dir.chmod(0o777)
    with pytest.raises(SecretStoreError, match="data_dir_not_private"):
        approved_secret(ws, COMMAND)


def test_a_machine_without_an_id_goes_by_its_name(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(self: Path, *args: str) -> str:
        raise OSError

    monkeypatch.setattr(Path, "read_text", unreadable)
    approve(ws, COMMAND)
    assert is_approved(ws, COMMAND)


def test_passphrase_command_with_an_open_quote_is_refused(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPWIZARD_PASSPHRASE_COMMAND", "echo 'x")
    with pytest.raises(SecretStoreError, match="passphrase_command_invalid"):
        ws.store_of("file:x").put("file:x", Secret("x"))


def test_the_document_of_approvals_has_a_schema(ws: Workspace) -> None:
    approve(ws, COMMAND)
    document = json.loads((ws.data_dir / "approvals.json").read_text())
    assert document["schema"] == 1
    assert len(document["approved"]) == 1
    assert secret_command.TIME_LIMIT_S == 10.0
