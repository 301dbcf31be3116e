"""What a test needs of the system it runs on, as marks: `@capabilities.symbolic_links`.

A capability, never a system's name: who lacks it skips the test and says why. What Wine alone gets
wrong has a mark of its own, so that Windows is not blamed for it.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest


def _has_links() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.symlink("nowhere", Path(folder, "link"))
        except (OSError, NotImplementedError):
            return False
        return Path(folder, "link").is_symlink()


def _has_fonts() -> bool:
    folder = os.environ.get("QT_QPA_FONTDIR")  # `conftest.py` names the system's
    return folder is None or any(Path(folder).glob("*.tt[cf]"))


def _is_wine() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.windll.ntdll, "wine_get_version")


POSIX = os.name == "posix"
LINKS = _has_links()
WINE = _is_wine()


def _needs(what: str, *, there: bool) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not there, reason=f"needs {what}")


access_rights = _needs("access rights as bits of a mode", there=POSIX)
symbolic_links = _needs("symbolic links", there=LINKS)
links_that_are_not_followed = _needs(
    "opening files without following links", there=hasattr(os, "O_NOFOLLOW")
)
named_pipes = _needs("named pipes among the files", there=hasattr(os, "mkfifo"))
pipes_with_a_path = _needs("open pipes that have a path", there=POSIX and Path("/dev/fd").exists())
full_device = _needs("a device that is always full", there=Path("/dev/full").exists() and POSIX)
device_files = _needs("files that are devices", there=POSIX and Path("/dev/null").exists())
removable_while_open = _needs("files that can be renamed and removed while open", there=POSIX)
any_file_name = _needs("file names of any characters", there=POSIX)
proc_files = _needs("/proc, to see what is left", there=POSIX and Path("/proc/self/fd").exists())
paths_from_one_root = _needs("paths that all begin at one root", there=POSIX)
scripts = _needs("programs that are scripts of a shell", there=POSIX and Path("/bin/sh").exists())
process_groups = _needs("process groups that are sent signals", there=hasattr(os, "killpg"))
signals_between_processes = _needs("signals from one process to another", there=POSIX)
signals_to_threads = _needs("signals to one thread", there=hasattr(signal, "pthread_kill"))
forks = _needs("processes that fork", there=hasattr(os, "fork"))
core_files = _needs(
    "limits on core files, and a way to ask for them", there=sys.platform == "linux"
)
file_locks_of_bsd = _needs("locks that go along with a file", there=find_spec("fcntl") is not None)
own_mounts = _needs("mounts of one's own", there=sys.platform == "linux")
pseudo_terminals = _needs("pseudo terminals", there=find_spec("pty") is not None and POSIX)
user_list = _needs("a list of users and groups", there=find_spec("pwd") is not None)
xdg_folders = _needs("folders named by XDG variables", there=sys.platform == "linux")
local_sockets = _needs("sockets that are files", there=POSIX)
# Cells without a width are not shown, nor named.
fonts = _needs("fonts, in QT_QPA_FONTDIR where Qt does not know of any", there=_has_fonts())
named_displays = _needs("displays that have names", there=sys.platform == "linux")
secret_service = _needs("the keyrings of a free desktop", there=sys.platform == "linux")
credential_manager = _needs(
    "Windows' Credential Manager, and CREDENTIAL_MANAGER_TESTS=1 to use it",
    there=sys.platform == "win32" and bool(os.environ.get("CREDENTIAL_MANAGER_TESTS")),
)
openssl_finds_authorities = _needs("a system whose authorities OpenSSL finds", there=POSIX)


# What Wine alone gets wrong; on Windows these tests run.


def _but_wine(what: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(WINE, reason=f"Wine, and not Windows: {what}")


# Its CertVerifyCertificateChainPolicy ends well for CERT_TRUST_IS_PARTIAL_CHAIN, which Windows
# refuses as CERT_E_CHAINING. Whoever verifies by a CA file is verified by OpenSSL there, too.
refuses_chains_without_a_root = _but_wine("takes a chain of certificates that has no root")
# After a reset its `recv` answers with the end, as if the peer had closed.
reports_resets = _but_wine("tells a connection that was reset as one that was closed")
# A lock that is held answers `msvcrt.locking` with errno 0; on Windows that is EACCES.
tells_held_locks = _but_wine("refuses a lock that is held for no reason at all")
