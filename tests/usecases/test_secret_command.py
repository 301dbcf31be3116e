"""Helper commands: run without a shell, bounded, and only when approved on this machine."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import Cancelled, SecretStoreError
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases import secret_command
from smtpwizard.usecases.secret_command import run_secret_command
from tests import capabilities
from tests.helpers.processes import wait_until


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.mark.parametrize(
    ("printed", "secret"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
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
        (
            python("print('hunter2\\nuser: mailer\\nurl: smtp.example.com')"),
            "secret_command_many_lines",
        ),
        (python("print('hunter2\\n')"), "secret_command_many_lines"),
        (python("print('\\nhunter2')"), "secret_command_many_lines"),
        (python("print('hunter2\\r\\nuser')"), "secret_command_many_lines"),
    ],
    ids=range(14),
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


@capabilities.signals_to_threads
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


def test_a_key_has_its_many_lines() -> None:
    command = python("import os; os.write(1, b'{\\n  \"type\": 1\\n}\\n\\n')")
    assert run_secret_command(command, many_lines=True) == Secret('{\n  "type": 1\n}\n')


def test_what_is_printed_at_the_very_end_is_read_whole() -> None:
    # More than a pipe holds, and the program is gone when the last of it is read.
    assert len(run_secret_command(python("print('x' * 64_000, end='')"))) == 64_000


# --- the whole group


@pytest.fixture
def _nothing_left() -> Iterator[None]:
    """No thread and no descriptor of ours outlives the command."""
    threads, descriptors = set(threading.enumerate()), set(os.listdir("/proc/self/fd"))
    yield
    assert set(threading.enumerate()) == threads
    assert set(os.listdir("/proc/self/fd")) <= descriptors


def is_gone(pid: int) -> bool:
    try:
        # A zombie has been ended; who takes it up is not ours to wait for.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


# A helper whose grandchild holds its output open, and says who it is.
GRANDCHILD = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {code!r}], stdout=None)
open({pid!r} + ".new", "w").write(str(child.pid))
os.rename({pid!r} + ".new", {pid!r})
"""
WAIT = "import threading; threading.Event().wait(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAIT


def grandchild(tmp_path: Path, then: str, code: str = WAIT) -> tuple[tuple[str, ...], Path]:
    pid = tmp_path / "pid"
    return python(GRANDCHILD.format(code=code, pid=str(pid)) + then), pid


@capabilities.proc_files
@pytest.mark.usefixtures("_nothing_left")
def test_a_grandchild_does_not_keep_the_secret_back(tmp_path: Path) -> None:
    command, pid = grandchild(tmp_path, "print('hunter2')")
    assert run_secret_command(command) == Secret("hunter2")
    wait_until(lambda: is_gone(int(pid.read_text())), "the grandchild's end")


@capabilities.proc_files
@pytest.mark.usefixtures("_nothing_left")
@pytest.mark.parametrize("code", [WAIT, STUBBORN], ids=["polite", "stubborn"])
@pytest.mark.parametrize("end", ["time", "size", "cancel", "interrupt", "status"])
def test_the_whole_group_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, code: str
) -> None:
    then = {
        "size": "print('x' * 100_000, flush=True); child.wait()",
        "status": "print('hunter2'); raise SystemExit(3)",
    }.get(end, "child.wait()")
    command, pid = grandchild(tmp_path, then, code)
    token = CancelToken()
    main = threading.main_thread().ident or 0
    stop: Callable[[], object] = {
        "cancel": token.cancel,
        "interrupt": lambda: signal.pthread_kill(main, signal.SIGINT),
    }.get(end, lambda: None)

    if end == "time":
        # It is over once all are there, however slow the machine.
        clock = SimpleNamespace(monotonic=lambda: 1000.0 if pid.exists() else 0.0)
        monkeypatch.setattr(secret_command, "time", clock)

    def when_there() -> None:
        wait_until(pid.exists, "the grandchild")
        stop()

    watcher = threading.Thread(target=when_there)
    watcher.start()
    expected = {
        "time": "secret_command_timeout",
        "size": "secret_command_too_large",
        "status": "secret_command_failed",
        "cancel": "cancelled",
    }
    try:
        if end == "interrupt":
            with pytest.raises(KeyboardInterrupt):
                run_secret_command(command, token)
        else:
            with pytest.raises((SecretStoreError, Cancelled)) as caught:
                run_secret_command(command, token, timeout_s=300)
            assert getattr(caught.value, "code", "") == expected[end]
    finally:
        watcher.join()
    wait_until(lambda: is_gone(int(pid.read_text())), "the grandchild's end")


@capabilities.proc_files
@pytest.mark.usefixtures("_nothing_left")
@capabilities.named_pipes
def test_one_that_lives_on_with_its_output_closed_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_command, "STATUS_S", 0.05)
    go = tmp_path / "go"
    os.mkfifo(go)
    code = f"import os; print('hunter2', flush=True); os.close(1); open({str(go)!r}).read()"
    assert run_secret_command(python(code)) == Secret("hunter2")
    [process] = secret_command._living_on
    assert process.poll() is None
    go.write_bytes(b"")
    process.wait()
    run_secret_command(python("print('x')"))
    assert secret_command._living_on == []


@pytest.mark.parametrize("end", ["secret_command_timeout", "secret_command_failed"])
def test_a_child_of_its_own_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """On every system: the child holds a lock, which goes when it does."""
    lock, there = tmp_path / "lock", tmp_path / "there"
    held = (
        "import pathlib, threading; from smtpwizard import files\n"
        f"with files.locked(pathlib.Path({str(lock)!r})):\n"
        f"    pathlib.Path({str(there)!r}).touch(); threading.Event().wait(600)\n"
    )
    then = "child.wait()" if end == "secret_command_timeout" else "raise SystemExit(3)"
    code = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {held!r}])\n"
        f"while not os.path.exists({str(there)!r}): time.sleep(0.01)\n" + then
    )
    if end == "secret_command_timeout":
        clock = SimpleNamespace(monotonic=lambda: 1000.0 if there.exists() else 0.0)
        monkeypatch.setattr(secret_command, "time", clock)
    with pytest.raises(SecretStoreError, match=end):
        run_secret_command(python(code), timeout_s=300)
    with files.locked(lock, timeout_s=120):
        pass


def test_one_that_closes_its_output_and_then_fails_has_failed() -> None:
    code = "import os, sys; print('hunter2', flush=True); os.close(1); os._exit(3)"
    with pytest.raises(SecretStoreError, match="secret_command_failed"):
        run_secret_command(python(code))


def test_it_runs_in_the_folder_that_is_named(tmp_path: Path) -> None:
    command = python("import os; print(os.getcwd())")
    assert run_secret_command(command, folder=str(tmp_path)) == Secret(os.path.realpath(tmp_path))
    with pytest.raises(SecretStoreError, match="secret_command_not_found"):
        run_secret_command(command, folder=str(tmp_path / "none"))


def test_the_time_limit() -> None:
    assert secret_command.TIME_LIMIT_S == 10.0
