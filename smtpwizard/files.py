"""Private files that are replaced whole or not at all, and locks that vanish with their process.

Knows nothing of connectors or secrets; start-up of the window needs it: no heavy imports.
"""

from __future__ import annotations

import codecs
import errno
import json
import math
import os
import select
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from smtpwizard.model.errors import SmtpWizardError, StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.texts import decode_text

MAX_BYTES = 2_000_000
MAX_DEPTH = 64
LOCK_TIMEOUT_S = 10.0
# How long a file may be held by another program, on Windows.
HELD_FILE_TIMEOUT_S = 2.0

T = TypeVar("T")

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
# A fifo or a device in place of a file must not hang or become our terminal.
_READ = os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
if sys.platform == "win32":
    _HELD += (0,)  # how Wine says it
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DamagedContent(SmtpWizardError):
    """Bytes that are not the JSON object they should be; `code` says how, the bytes stay out."""


def storage_error(error: OSError, path: Path, *, writing: bool = True) -> StorageError:
    """What an operating system's refusal means; facts are the path and the errno's name."""
    if error.errno in _FULL:
        code = "disk_full"
    else:
        code = "data_dir_unwritable" if writing else "data_dir_unreadable"
    return StorageError(code, path=str(path), reason=errno.errorcode.get(error.errno or 0, ""))


# -- reading -----------------------------------------------------------------------------------


def read_file(path: Path | str, limit: int = MAX_BYTES, *, pipe_s: float = 0.0) -> bytes:
    """All bytes of a regular file (a symlink is followed), or of a pipe whose writer takes no
    longer than `pipe_s` seconds.

    Raises `OSError`, and `DamagedContent("too_large")` past `limit` bytes.
    """
    descriptor = _patiently(os.open, path, _READ)
    try:
        status = os.fstat(descriptor)
        if pipe_s and stat.S_ISFIFO(status.st_mode):
            return _read_pipe(descriptor, limit, time.monotonic() + pipe_s)
        _refuse_irregular(status)
        data = b""
        if status.st_size <= limit:
            # One byte more than it had: all of it in one call, and it shows when the file grows.
            data = os.read(descriptor, status.st_size + 1)
            if len(data) != status.st_size:
                while len(data) <= limit and (part := os.read(descriptor, limit + 1 - len(data))):
                    data += part
    finally:
        os.close(descriptor)
    if max(len(data), status.st_size) > limit:
        raise DamagedContent("too_large")
    return data


def read_line(path: Path, limit: int) -> bytes:
    """The first line of a regular file, without its end, which `limit` bytes include.

    Raises `OSError`, and `DamagedContent("too_large")`, or "not_json" where the file ends earlier.
    """
    descriptor = _patiently(os.open, path, _READ)
    try:
        _refuse_irregular(os.fstat(descriptor))
        data = os.read(descriptor, limit)
    finally:
        os.close(descriptor)
    line, end, _ = data.partition(b"\n")
    if not end:
        raise DamagedContent("not_json" if len(data) < limit else "too_large")
    return line


def _refuse_irregular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")


def _read_pipe(descriptor: int, limit: int, end: float) -> bytes:
    """What is written into a pipe until its writers close it; nothing where it has none."""
    data = b""
    while len(data) <= limit:
        try:
            part = os.read(descriptor, limit + 1 - len(data))
        except BlockingIOError:
            left = max(0.0, end - time.monotonic())
            if not select.select([descriptor], [], [], left)[0]:
                raise OSError(errno.ETIMEDOUT, "nothing was written to it in time") from None
            continue
        if not part:
            return data
        data += part
    raise DamagedContent("too_large")


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a file, as `decode_text` reads it; raises as `read_file` does, and
    `DamagedContent("not_utf8")`."""
    try:
        return decode_text(read_file(path, limit))
    except UnicodeDecodeError:
        raise DamagedContent("not_utf8") from None


def read_object(path: Path | str, limit: int = MAX_BYTES) -> Json | None:
    """The JSON object in a file, None without the file; raises `OSError`, `DamagedContent`."""
    try:
        return parse_object(read_file(path, limit))
    except FileNotFoundError:
        return None


def parse_object(data: bytes) -> Json:
    """One JSON object in UTF-8, by stricter rules than `json`; raises `DamagedContent`.

    No byte order mark, no key twice, no NaN, no number past a float, at most `MAX_DEPTH` levels.
    """
    if data.startswith(codecs.BOM_UTF8):
        raise DamagedContent("byte_order_mark")
    try:
        text = data.decode("utf-8")
        if not text.strip():
            raise DamagedContent("empty")
        document = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise DamagedContent("not_utf8") from None
    except RecursionError:
        raise DamagedContent("too_deep") from None
    except ValueError:
        raise DamagedContent("not_json") from None
    if not isinstance(document, dict):
        raise DamagedContent("not_an_object")
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _is_too_deep(document):
        raise DamagedContent("too_deep")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise DamagedContent("duplicate_key")
    return document


def _not_finite(_: str) -> NoReturn:
    raise DamagedContent("not_finite")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise DamagedContent("not_finite")
    return number


# Made once: for a small file it costs as much as decoding.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_not_finite, parse_float=_finite
)


def _is_too_deep(document: Json) -> bool:
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        level = inner
    return any(isinstance(value, dict | list) for value in level)


# -- writing -----------------------------------------------------------------------------------


def encode_object(document: Json, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a JSON object, for people to read too; raises `DamagedContent`.

    What `parse_object` would refuse is never encoded.
    """
    try:
        try:
            data = _dump(document, ascii_only=False)
        except UnicodeEncodeError:  # half a surrogate pair has no UTF-8
            data = _dump(document, ascii_only=True)
    except RecursionError:
        raise DamagedContent("too_deep") from None
    except (TypeError, ValueError):
        raise DamagedContent("not_json") from None
    if len(data) > limit:
        raise DamagedContent("too_large")
    parse_object(data)
    return data


def _dump(document: Json, *, ascii_only: bool) -> bytes:
    text = json.dumps(document, indent=2, ensure_ascii=ascii_only, allow_nan=False)
    return text.encode() + b"\n"


def make_private_directory(path: Path, *, synced: bool = True) -> None:
    """Make a directory and its missing parents, for the user alone; raises `OSError`.

    A directory that is there already keeps its permissions: they are its owner's decision.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_private_directory(path.parent, synced=synced)
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
        os.chmod(path, 0o700)  # the umask may have taken our own rights away
        if synced:
            sync_directory(path.parent)


def write_file(path: Path, data: bytes, *, synced: bool = True) -> None:
    """Replace a file so that it holds the old or the new bytes whenever the machine stops.

    The caller holds the lock that guards `path`. A link is replaced, never followed. Raises
    `StorageError`; the old file is then untouched. What a killed writer left behind is removed.
    Not `synced`, it holds when this process stops; after a power cut it may be cut off.
    """
    try:
        make_private_directory(path.parent, synced=synced)
        remove_leftovers(path.parent, _prefix_of(path))
    except OSError as error:
        raise storage_error(error, path) from None
    _replace_content(path, data, synced=synced)
    if synced:
        sync_directory(path.parent)


def write_files(contents: Mapping[Path, bytes]) -> dict[Path, StorageError]:
    """Replace several files of one folder, each as `write_file` does, and wait for the disk once.

    The caller holds the lock that guards all of the folder. Answers why some could not be written.
    """
    failures: dict[Path, StorageError] = {}
    if not contents:
        return failures
    folder = next(iter(contents)).parent
    try:
        make_private_directory(folder)
        remove_leftovers(folder)
    except OSError as error:
        return {path: storage_error(error, path) for path in contents}
    left = list(contents.items())

    def write() -> None:
        while True:
            try:
                path, data = left.pop()
            except IndexError:
                return
            try:
                _replace_content(path, data, synced=True)
            except StorageError as error:
                failures[path] = error

    threads = [threading.Thread(target=write) for _ in range(min(len(left), _WRITERS) - 1)]
    for thread in threads:
        thread.start()
    write()
    for thread in threads:
        thread.join()
    sync_directory(folder)
    return failures


# As many wait for the disk at once: it brings the files of all in the time of one or two.
_WRITERS = 16


def _prefix_of(path: Path) -> str:
    return f".{path.name[:40]}."


def _replace_content(path: Path, data: bytes, *, synced: bool) -> None:
    """Write beside and rename; raises `StorageError`."""
    temporary = path.with_name(f"{_prefix_of(path)}{os.urandom(8).hex()}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY
        descriptor = os.open(temporary, flags, 0o600)
        try:
            if sys.platform != "win32":
                os.fchmod(descriptor, 0o600)  # whatever the umask, and before the data
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            if synced:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        replace_file(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise storage_error(error, path) from None
        raise


def replace_file(source: Path, target: Path) -> None:
    """Rename over what is there; raises `OSError`."""
    _patiently(os.replace, source, target)


def remove_file(path: Path | str) -> None:
    """Remove a file; raises `OSError`."""
    _patiently(os.unlink, path)


def remove_leftovers(directory: Path, prefix: str = ".") -> None:
    """Remove the temporary files of killed writers; the caller holds the lock of their targets."""
    for name in list_names(directory):
        if name.startswith(prefix) and name.endswith(".tmp"):
            with suppress(OSError):
                os.unlink(directory / name)


def list_names(directory: Path) -> list[str]:
    """The names in a directory, sorted; none where there is no directory. Raises `OSError`."""
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError:
        if any(os.path.isfile(above) for above in Path(directory).parents):
            # Windows finds nothing below a file, and does not say why.
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
        return []


def sync_directory(path: Path) -> None:
    """Bring a directory's names to the disk where the file system can.

    Silent: after a rename the new file is in place for everyone, and calling that a failure would
    make callers undo what already holds.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def set_aside(path: Path) -> Path:
    """Rename a damaged file to `<name>.corrupt-<UTC time>`, over nothing; raises `OSError`."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while os.path.lexists(target):
        number += 1
        target = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    os.rename(path, target)
    sync_directory(path.parent)
    return target


# -- whose a place is ---------------------------------------------------------------------------


# Access lists, which Windows has in place of bits, are not looked at.
LOOKS_AT_OTHERS = sys.platform != "win32"


def part_open_to_others(path: Path) -> Path | None:
    """The first folder, link or file on the way to `path` that other users can change.

    None where all belongs to this user or to root and nobody else may write: a path that ends
    early is judged as far as it goes. Sticky folders (`/tmp`) are fine on the way, for what lies
    in them is its owner's, and so is this user's private group. Access lists are not looked at.
    """
    if sys.platform == "win32":
        return None
    # By texts: a `Path` for each folder takes as long as all the rest.
    parts = [part for part in os.path.abspath(path).split(os.sep) if part]
    place, links = os.sep, 0
    while True:
        try:
            status = os.lstat(place)
        except OSError:
            return None
        if _is_open(status, on_the_way=bool(parts)):
            return Path(place)
        if stat.S_ISLNK(status.st_mode):
            links += 1
            if links > _MAX_LINKS:
                return Path(place)
            parts = [*Path(os.readlink(place)).parts, *parts]
            place = os.path.dirname(place)
        if not parts:
            return None
        part = parts.pop(0)
        # `place` has no links in it any more: its parent is what .. means.
        place = os.path.dirname(place) if part == ".." else os.path.join(place, part)


_MAX_LINKS = 40  # as Linux has it


def _is_open(status: os.stat_result, *, on_the_way: bool) -> bool:
    owner = status.st_uid
    if owner not in (0, os.geteuid()) and owner not in _unmapped_root():
        return True
    if stat.S_ISLNK(status.st_mode):
        return False  # a link's own mode says nothing
    if on_the_way and status.st_mode & stat.S_ISVTX:
        return False
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_private_group(status.st_gid)


def _unmapped_root() -> tuple[int, ...]:
    """Who root is where a container knows this user alone, and shows all others as one."""
    try:
        mapped = Path("/proc/self/uid_map").read_text("ascii").split()
        if mapped[:3] == ["0", "0", "4294967295"]:
            return ()
        return (int(Path("/proc/sys/kernel/overflowuid").read_text("ascii")),)
    except (OSError, ValueError):
        return ()


def _is_private_group(gid: int) -> bool:
    """Whether a group has this user as its only member, as Debian and Red Hat give everyone."""
    import grp  # noqa: PLC0415 - not on Windows
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        own = pwd.getpwuid(os.geteuid())
        group = grp.getgrgid(gid)
    except KeyError:
        return False
    others = (entry for entry in pwd.getpwall() if entry.pw_uid != own.pw_uid)
    return (
        own.pw_gid == gid
        and group.gr_name == own.pw_name
        and set(group.gr_mem) <= {own.pw_name}
        and all(entry.pw_gid != gid for entry in others)
    )


# -- locks and renames, by platform ------------------------------------------------------------


@contextmanager
def locked(path: Path, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """Hold the lock file `path`, made where missing, against threads and processes alike.

    The operating system releases it when the process ends. Raises `StorageError`: `locked` when
    it is held for longer than `timeout_s`, `lock_unsupported` where the file system has no locks.
    """
    descriptor = _open_lock(path, time.monotonic() + timeout_s)
    try:
        yield
    finally:
        # Closing alone would leave the lock with a child forked in the meantime. What the block
        # has done holds, whatever becomes of the lock file.
        with suppress(OSError):
            _unlock(descriptor)
        with suppress(OSError):
            os.close(descriptor)


def discard_lock(path: Path, *beside: Path) -> bool:
    """Remove a lock file that nobody holds, and the files `beside` it; False where it stays.

    Who waits for it meanwhile gets another: a lock counts only while its file is the one there.
    """
    try:
        with locked(path, timeout_s=0):
            for each in (*beside, path):
                with suppress(OSError):
                    os.unlink(each)
        if sys.platform == "win32":  # not while it is open
            with suppress(OSError):
                os.unlink(path)
    except StorageError:
        return False
    return True


def _open_lock(path: Path, end: float) -> int:
    """The lock file, held; raises as `locked` does."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW, 0o600)
        except OSError as error:
            # A link in its place is at fault itself, else the folder is.
            at = path if error.errno == errno.ELOOP else path.parent
            raise storage_error(error, at) from None
        try:
            _acquire(descriptor, path, end)
            if _is_there(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its file was discarded while we waited for it


def _is_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # nobody can tell; it is held all the same


def _acquire(descriptor: int, path: Path, end: float) -> None:
    while True:
        try:
            _lock(descriptor)
        except OSError as error:
            if error.errno not in _HELD:
                reason = errno.errorcode.get(error.errno or 0, "")
                raise StorageError("lock_unsupported", path=str(path), reason=reason) from None
        else:
            return
        if time.monotonic() >= end:
            raise StorageError("locked", path=str(path))
        threading.Event().wait(0.01)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def _patiently(action: Callable[..., T], path: Path | str, *more: Any) -> T:
        """Do something with a file that a virus scanner, an indexer or another of our own
        processes may hold for a moment: nobody else can open, replace or remove it then."""
        deadline = time.monotonic() + HELD_FILE_TIMEOUT_S
        while True:
            try:
                return action(path, *more)
            except PermissionError:
                # A folder is refused for good.
                if time.monotonic() >= deadline or os.path.isdir(path):
                    raise
            threading.Event().wait(0.02)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _patiently(action: Callable[..., T], path: Path | str, *more: Any) -> T:
        return action(path, *more)
