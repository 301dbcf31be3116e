"""One window for a data folder: who has it, and how another start asks it to come forward.

What is needed for it lies in a folder of the user's own that ends with the session, never among the
data: others cannot reach it, and a data folder that cannot be written has one window as well.
"""

from __future__ import annotations

import binascii
import os
import stat
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# A window that is just starting answers within this, seconds; one that hangs does not.
ANSWER_S = 10.0
_LOOK_S = 0.02
_MAX_BYTES = 64_000
# How the desktop is told that somebody asked for a window, and may have it in front.
_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


class Request(NamedTuple):
    """What another start wanted: a file to open (a whole path), the wizard, a window in front;
    `project` is the id of the one that it named, if any."""

    file: str | None = None
    new: bool = False
    token: str | None = None
    project: str | None = None


class OneWindow:
    """The window of a data folder, for as long as this is held; by nobody else meanwhile."""

    def __init__(self, folder: Path, data_dir: str, held: ExitStack) -> None:
        self.folder = folder
        self._data_dir = data_dir
        self._held = held

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another have it."""
        self._held.close()

    def take_requests(self) -> Sequence[Request]:
        """What other starts have asked for since; each is answered by that. Raises nothing."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            with suppress(OSError, DamagedContent):
                document = files.read_object(path) or {}
                if document.get("data_dir") == self._data_dir:
                    found.append(_request(document))
            with suppress(OSError):
                path.unlink()
        return found


def claim(data_dir: Path) -> OneWindow | None:
    """Be the window of a data folder; None where another process is.

    Where there is no folder of the user's own, or no locks, there may be several windows.
    """
    held = ExitStack()
    folder, place = _folder(data_dir), os.path.realpath(data_dir)
    if folder is None:
        return OneWindow(Path(os.devnull), place, held)
    try:
        held.enter_context(files.locked(folder / "lock", timeout_s=0))
    except StorageError as error:
        if error.code == "locked":
            return None
        return OneWindow(Path(os.devnull), place, held)
    # What a start that gave up has left.
    for path in folder.glob("*.json"):
        with suppress(OSError):
            path.unlink()
    return OneWindow(folder, place, held)


def ask_other(
    data_dir: Path,
    file: str | None,
    *,
    new: bool,
    project: str | None = None,
    wait_s: float = ANSWER_S,
) -> bool:
    """Ask the window of a data folder to come forward with this, in the project of this id where
    there is one; False where it does not answer."""
    folder = _folder(data_dir)
    if folder is None:
        return False
    token = next((os.environ[name] for name in _TOKENS if os.environ.get(name)), None)
    wanted = {
        "data_dir": os.path.realpath(data_dir),
        "file": file,
        "new": new,
        "token": token,
        "project": project,
    }
    path = folder / f"{time.time_ns():020}-{os.getpid()}.json"
    try:
        files.write_file(path, files.encode_object(wanted), synced=False)
    except (StorageError, DamagedContent):
        return False
    end = time.monotonic() + wait_s
    while path.exists():
        if time.monotonic() >= end or _is_free(folder):
            # Taken back: nobody does it later.
            with suppress(FileNotFoundError):
                path.unlink()
                return False
            return True
        threading.Event().wait(_LOOK_S)
    return True


def _is_free(folder: Path) -> bool:
    """Whether the window has ended meanwhile."""
    try:
        with files.locked(folder / "lock", timeout_s=0):
            return True
    except StorageError:
        return False


def _request(document: dict[str, object]) -> Request:
    file, token, project = (document.get(name) for name in ("file", "token", "project"))
    usable = isinstance(file, str) and os.path.isabs(file)
    return Request(
        file if usable and isinstance(file, str) else None,
        document.get("new") is True,
        token if isinstance(token, str) else None,
        project if isinstance(project, str) else None,
    )


def _folder(data_dir: Path) -> Path | None:
    """The folder for the window of a data folder, made; None where there is none of one's own."""
    place = os.fsencode(os.path.realpath(data_dir))
    # Two different data folders of one name would still be told apart: each request says which.
    name = f"{binascii.crc32(place):08x}{binascii.crc32(place[::-1]):08x}"
    try:
        for base in _bases():
            if _is_own(base.parent, made_by_us=False) and _made(base):
                folder = base / name
                return folder if _made(folder) else None
    except (OSError, ValueError):
        pass
    return None


def _bases() -> Sequence[Path]:
    """Where a user's own short-lived files go, best first."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or os.environ.get("TEMP")
        return (Path(local, "smtpwizard-window"),) if local else ()
    found = []
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime):
        found.append(Path(runtime, "smtpwizard"))
    temporary = os.environ.get("TMPDIR", "")
    base = temporary if os.path.isabs(temporary) else "/tmp"  # noqa: S108 - each part is looked at
    return (*found, Path(base, f"smtpwizard-{os.getuid()}"))


def _made(folder: Path) -> bool:
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    return _is_own(folder, made_by_us=True)


def _is_own(folder: Path, *, made_by_us: bool) -> bool:
    """A folder that is ours alone; of one that it lies in it is enough that nobody else can put
    another in our one's place."""
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    if sys.platform == "win32":
        return True  # the user's profile is the user's
    if made_by_us:
        return status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
    return bool(
        status.st_uid in (0, os.getuid())
        and (status.st_mode & stat.S_ISVTX or not status.st_mode & 0o022)
    )
