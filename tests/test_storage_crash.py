"""A save that is cut off: kill -9 at every system call, and a disk that refuses at every one."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.model.errors import StorageError
from smtpwizard.model.stored import StoredConnector
from smtpwizard.storage import ConnectorStore, DataDirectory
from tests.test_storage import ROOT, defaults_for, save, tree

Change = Callable[[], object]
Action = Callable[[DataDirectory, ConnectorStore], Change]


def cut_from(last: int, number: int, call: str) -> BaseException | None:
    return Cut() if number >= last else None


def fail_to_write(code: int, number: int, call: str) -> BaseException | None:
    return OSError(code, "x") if call == "write" else None


class Cut(BaseException):
    """The process is gone."""


def open_store(path: Path) -> tuple[DataDirectory, ConnectorStore]:
    data = DataDirectory(path)
    return data, ConnectorStore(data, "default", defaults_for)


def view(path: Path) -> tuple[Any, ...]:
    """Everything a user can see of a data directory, without the random ids."""
    data, store = open_store(path)
    listing = store.list()
    assert listing.damaged == ()
    assert listing.newer == ()
    names = {stored.id: stored.connector.name for stored in listing.connectors}
    return (
        [(stored.connector, stored.revision, stored.secrets) for stored in listing.connectors],
        names.get(store.default_id() or ""),
        [(project.name, project.domain) for project in data.projects()],
        {key: value for key, value in data.settings().items() if key != "schema"},
    )


def leftovers(path: Path) -> list[Path]:
    return list(path.rglob("*.tmp"))


def named(store: ConnectorStore, name: str) -> StoredConnector:
    (found,) = [stored for stored in store.list().connectors if stored.connector.name == name]
    return found


# Each reads what it needs, and answers the change itself.


def first_save(data: DataDirectory, store: ConnectorStore) -> Change:
    return lambda: save(store, "First", secrets={"password": "keyring:1"})


def edit(data: DataDirectory, store: ConnectorStore) -> Change:
    first = named(store, "First")
    return lambda: save(store, "Renamed", first, secrets={"password": "keyring:2"})


def edit_and_make_default(data: DataDirectory, store: ConnectorStore) -> Change:
    second = named(store, "Second")
    return lambda: save(store, "Renamed", second, make_default=True)


def new_default(data: DataDirectory, store: ConnectorStore) -> Change:
    return lambda: save(store, "Third", make_default=True)


def remove(data: DataDirectory, store: ConnectorStore) -> Change:
    first = named(store, "First")
    return lambda: store.remove(first)


def set_setting(data: DataDirectory, store: ConnectorStore) -> Change:
    return lambda: data.set_setting("secret_store", "file")


def set_project(data: DataDirectory, store: ConnectorStore) -> Change:
    project = data.current_project()
    return lambda: data.set_project(project, domain="flows.example.com")


ACTIONS: list[Action] = [
    first_save,
    edit,
    edit_and_make_default,
    new_default,
    remove,
    set_setting,
    set_project,
]


@pytest.fixture
def before(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A data directory with two connectors, or none at all for the first save."""
    path = tmp_path / "before"
    if request.node.callspec.params.get("action") is not first_save:
        data, store = open_store(path)
        data.set_setting("a", 1)
        first = save(store, "First", secrets={"password": "keyring:1"})
        save(store, "Second")
        store.change_verification(first.id, lambda _: {"ok": True})
    return path


def copy(before: Path, number: int) -> Path:
    path = before.with_name(f"run-{number}")
    if before.exists():
        shutil.copytree(before, path)
    return path


# --- in this process: every call to the operating system can be the last, or fail

CALLS = (
    "open", "read", "write", "fsync", "close", "replace", "rename", "unlink",
    "mkdir", "chmod", "fchmod", "fstat", "listdir",
)  # fmt: skip


@contextmanager
def trouble(strike: Callable[[int, str], BaseException | None]) -> Iterator[Counter[str]]:
    """Ask `strike(number, call)` before each call of `os`; what it answers is raised.

    A write has reached the disk by half then. A descriptor is closed all the same: that is what
    the kernel does for the dead.
    """
    calls: Counter[str] = Counter()

    def watched(name: str, original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            error = strike(calls.total(), name)
            calls[name] += 1
            if error is None:
                return original(*args, **kwargs)
            if name == "write":
                original(args[0], args[1][: len(args[1]) // 2])
            if name == "close":
                original(*args)
            raise error

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in filter(partial(hasattr, os), CALLS):
            patch.setattr(os, name, watched(name, getattr(os, name)))
        yield calls


def count_calls(before: Path, action: Action) -> tuple[int, tuple[Any, ...]]:
    path = copy(before, 0)
    change = action(*open_store(path))
    with trouble(lambda number, call: None) as calls:
        change()
    assert calls["write"] or action is remove
    return calls.total(), view(path)


@pytest.mark.parametrize("action", ACTIONS)
def test_c01_cut_off_at_every_call_leaves_old_or_new(before: Path, action: Action) -> None:
    old = view(before)
    total, new = count_calls(before, action)
    assert old != new
    seen = []
    for last in range(total):
        path = copy(before, last + 1)
        cut = trouble(partial(cut_from, last))
        change = action(*open_store(path))
        with pytest.raises(Cut), cut:
            change()
        found = view(path)
        if action is remove and found[0] == new[0]:
            assert found[1] in (None, "Second"), "the default goes after the connector"
            found = new
        assert found in (old, new), last
        seen.append(found == new)
        save(open_store(path)[1], "After")
        assert leftovers(path / "projects" / "default" / "connectors") == []
    assert seen == sorted(seen), "once new, always new"
    assert seen[0] is False


@pytest.mark.parametrize("code", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("action", ACTIONS)
def test_c02_refused_at_every_call_keeps_old_or_is_done(
    before: Path, action: Action, code: str
) -> None:
    """One call fails, and every later call of its name too: a full disk stays full."""
    old = view(before)
    total, new = count_calls(before, action)
    codes = {"ENOSPC": {"disk_full"}, "EIO": {"data_dir_unwritable", "data_dir_unreadable"}}[code]
    refused = 0
    for first in range(total):
        path = copy(before, first + 1)
        failing: list[str] = []

        def strike(number: int, call: str, first: int = first, failing: Any = failing) -> Any:
            if number == first:
                failing.append(call)
            # One descriptor that does not close, one name that does not go: that is bad enough.
            persistent = call in failing and call not in ("close", "unlink")
            if number == first or persistent:
                return OSError(getattr(errno, code), "refused")
            return None

        outcome = attempt(path, action, strike)
        found = view(path)
        if outcome == "done":
            if action is remove and found[0] == new[0]:
                found = new  # the default goes after the connector
            assert found == new, (first, failing)
        else:
            refused += 1
            assert outcome in codes, (first, failing)
            assert found == old, (first, failing)
        assert leftovers(path) == [], (first, failing)
    assert refused > 3


def attempt(path: Path, action: Action, strike: Any) -> str:
    """`done`, or the code with which storage refused; anything else escapes."""
    change = action(*open_store(path))
    try:
        with trouble(strike):
            change()
    except StorageError as error:
        return error.code
    return "done"


def test_c02_each_errno_has_its_code(tmp_path: Path) -> None:
    for number, code in (
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EFBIG, "disk_full"),
        (errno.EIO, "data_dir_unwritable"),
        (errno.EROFS, "data_dir_unwritable"),
    ):
        path = tmp_path / str(number)
        _, store = open_store(path)
        failing = trouble(partial(fail_to_write, number))
        with pytest.raises(StorageError) as caught, failing:
            save(store)
        assert caught.value.code == code
        assert caught.value.facts["reason"] == errno.errorcode[number]
        assert leftovers(path) == []


def test_c02_an_interrupt_leaves_no_temporary_file(tmp_path: Path) -> None:
    _, store = open_store(tmp_path / "data")
    saved = save(store)
    content = tree(tmp_path)
    interrupt = trouble(lambda _, call: KeyboardInterrupt() if call == "write" else None)
    with pytest.raises(KeyboardInterrupt), interrupt:
        save(store, "Other", saved)
    assert tree(tmp_path) == content


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:100]))
    _, store = open_store(tmp_path)
    saved = save(store, description="x" * 5000)
    assert store.list().connectors == (saved,)


def test_a_file_that_grows_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, 7)))
    assert files.read_file(tmp_path / "file", 100) == b"x" * 100
    fstat = os.fstat
    monkeypatch.setattr(
        os, "fstat", lambda descriptor: os.stat_result((*fstat(descriptor)[:6], 0, 0, 0, 0))
    )
    with pytest.raises(files.DamagedContent):
        files.read_file(tmp_path / "file", 99)


# --- in a process of its own, killed by the kernel

CHILD = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from smtpwizard.model.connector import read_connector
from smtpwizard.storage import ConnectorStore

store = ConnectorStore(Path(sys.argv[2]), "default", lambda provider: None)
found = [s for s in store.list().connectors if s.connector.name == "First"]
document = {
    "name": "Renamed" if found else "First",
    "provider": "custom",
    "server": {"host": "mail.example.com"},
    "authentication": {"method": "basic", "username": "mailer@example.com"},
    "admin": {"email": "admin@example.com"},
}
connector, _ = read_connector(document, lambda provider: None)
secrets = {"password": "keyring:2" if found else "keyring:1"}
expected = found[0] if found else None

def mark(text):
    try:
        os.write(-1, text)
    except OSError:
        pass

mark(b"save begins")
store.save(connector, secrets=secrets, expected=expected)
mark(b"save ended")
"""
SYSCALLS = (
    "openat", "write", "fsync", "rename", "renameat2", "close", "fchmod", "chmod", "mkdir",
    "unlink", "flock",
)  # fmt: skip


def why_no_strace() -> str | None:
    """Why no system call can be watched here, or None."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace not installed: apt install strace"
    probe = [strace, "-qq", "-o", os.devnull, "-e", "inject=close:signal=SIGKILL:when=1", "true"]
    done = subprocess.run(probe, capture_output=True)
    return None if done.returncode == -signal.SIGKILL else "strace may not trace (ptrace) here"


def run_traced(path: Path, log: Path | str, *options: str) -> int:
    argv = [
        "strace",
        "-f",
        "-qq",
        "-o",
        str(log),
        "-e",
        f"trace={','.join(SYSCALLS)}",
        *options,
    ]
    child = [sys.executable, "-B", "-E", "-S", "-c", CHILD, str(ROOT), str(path)]
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    done = subprocess.run([*argv, *child], env=environment, capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def calls_of_the_save(log: Path) -> tuple[list[str], list[tuple[str, int]]]:
    """The lines of the save itself; and each of its system calls as (name, number in the run)."""
    counts: Counter[str] = Counter()
    lines, calls, inside = [], [], False
    for line in log.read_text().splitlines():
        match = re.match(r"\d+ +(\w+)\(", line)
        if match is None:
            continue
        counts[match[1]] += 1
        if 'write(-1, "save' in line:
            inside = "begins" in line
        elif inside:
            lines.append(line)
            calls.append((match[1], counts[match[1]]))
    return lines, calls


@pytest.mark.real
@pytest.mark.parametrize("action", [edit, first_save])
def test_c01_kill_9_at_every_system_call_of_a_save(
    before: Path, tmp_path: Path, action: Action
) -> None:
    if reason := why_no_strace():
        pytest.skip(reason)
    old = view(before)
    path = copy(before, 0)
    log = tmp_path / "log"
    assert run_traced(path, log) == 0
    new = view(path)
    assert new != old
    lines, calls = calls_of_the_save(log)
    assert_safe_order(lines)
    for run, (name, number) in enumerate(calls, start=1):
        path = copy(before, run)
        kill = f"inject={name}:signal=SIGKILL:when={number}"
        assert run_traced(path, os.devnull, "-e", kill) == -signal.SIGKILL
        assert view(path) in (old, new), (name, number)
        save(open_store(path)[1], "After")
        assert leftovers(path / "projects" / "default" / "connectors") == []


def assert_safe_order(lines: list[str]) -> None:
    """C-03, C-14: private before data, file on the disk before its name, then the directory."""
    text = "\n".join(lines)
    assert re.search(
        r'openat\([^\n]*connectors/\.[^\n]*\.tmp", [^\n]*O_EXCL[^\n]*O_NOFOLLOW[^\n]*0600\)[^\n]*\n'
        r"[^\n]*fchmod\(\d+, 0600\)[^\n]*\n"
        r"[^\n]*write\([^\n]*\n"
        r"[^\n]*fsync\([^\n]*\n"
        r"[^\n]*close\([^\n]*\n"
        r"[^\n]*rename\([^\n]*connectors/\.[^\n]*\n"
        r'[^\n]*openat\([^\n]*connectors", [^\n]*\n'
        r"(?:[^\n]*\n)?"
        r"[^\n]*fsync\(",
        text,
    ), text
