"""Debian packages for this project alone: they lie in .venv, and the machine stays as it is."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.console import ROOT, VENV, Stop, run_quietly, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SYSTEM = VENV / "system"
ASSUME_YES = "SMTPWIZARD_DEV_YES"  # set by --yes

# What Qt loads from the system, and the Debian package that holds it. Importing Qt to find out
# is no test: a missing library, or only a missing display, aborts the whole process.
OFFSCREEN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
}
DISPLAY_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
# What the tests marked `real` start: mail servers, a display with a window manager and
# assistive technology, a keyring, and a tracer that kills a save at any system call.
REAL_PACKAGES = (
    "postfix",
    "dovecot-core",
    "dovecot-submissiond",
    "xvfb",
    "openbox",
    "xdotool",
    "at-spi2-core",
    "python3-pyatspi",
    "dbus-daemon",
    "gnome-keyring",
    "strace",
    "chromium",
)


class NoLayer(Exception):
    """This machine does not let packages lie in .venv; the text says why."""


def missing_packages(
    libraries: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL
) -> list[str]:
    """The packages of those system libraries that cannot be loaded."""
    missing = []
    if sys.platform.startswith("linux"):
        for soname, package in libraries.items():
            try:
                load(soname)
            except OSError:
                missing.append(package)
    return missing


def absent_packages(packages: Sequence[str]) -> list[str]:
    """The packages that dpkg does not have installed; none on a system without dpkg."""
    if not shutil.which("dpkg-query"):
        return []
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages]
    answer = subprocess.run(query, capture_output=True, text=True).stdout.splitlines()
    return [package for package in packages if f"{package} installed" not in answer]


def apt_line(packages: Iterable[str]) -> str:
    return "sudo apt-get install --no-install-recommends " + " ".join(packages)


def provide(purpose: str, needed: list[str], useful: list[str]) -> str:
    """Let this process have Debian packages; return what a person could still install.

    Root gets them in .venv, and nothing changes on the machine. Where that is not possible, what
    is needed is installed on the machine or raises Stop with the line to type.
    """
    missing = [*needed, *useful]
    if missing and shutil.which("apt-get") and os.geteuid() == 0 and agreed(missing):
        try:
            enter_layer(missing)
            return ""
        except NoLayer as reason:
            say(f"This machine cannot have packages in .venv alone ({reason}).")
            if needed and not attended():
                say(f"Installing on the machine: {' '.join(needed)}")
                apt_get(needed)
                needed = []
        except Stop as stop:
            if needed:
                raise
            say(str(stop))
    if needed:
        raise Stop(
            f"{purpose} needs system packages that are missing here. Install them (this is for\n"
            f"Debian; other systems have other names), then run this again:\n\n"
            f"    {apt_line(needed)}"
        )
    return f"For all the real tests: {apt_line(useful)}" if useful else ""


def attended() -> bool:
    """Whether a person is there to be asked."""
    return sys.stdin.isatty() and ASSUME_YES not in os.environ


def agreed(packages: list[str]) -> bool:
    """Whether these packages may be fetched; where nobody can be asked, they may."""
    if layer_holds(packages):
        return True
    say(f"Debian packages for .venv/system, not for the machine: {' '.join(packages)}")
    return not attended() or input("Fetch them? [Y/n] ").strip().lower() in ("", "y", "yes")


def apt_get(packages: list[str], inside: Sequence[str] = ()) -> None:
    """Install Debian packages; `inside` goes before each command."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = [*inside, "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    # Never at the price of another package, nor with what is only recommended.
    install = [*apt, "install", "-y", "--no-install-recommends", "--no-remove", *packages]
    run_quietly([*apt, "update"], "apt-get update failed", env)
    run_quietly(install, "apt-get install failed", env)


# --- the layer: packages in .venv, over what the machine has --------------------------------

# From <linux/mount.h>, <bits/sched.h> and <sys/mount.h>.
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 1 << 5, 1 << 12, 1 << 14, 1 << 18
CLONE_NEWNS = 0x20000
MNT_DETACH = 2

FOLDERS = ("etc", "usr", "var")  # where packages put files
ELSEWHERE = ("boot", "home", "media", "mnt", "opt", "root", "srv")  # what packages leave alone
MEMORY = SYSTEM / "memory"  # what is written while the layer is in use


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library; raise NoLayer where it fails."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        raise NoLayer(f"{name}: {os.strerror(ctypes.get_errno())}")


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    """See mount(2)."""
    words = [os.fsencode(word) for word in (source, target, kind)]
    call("mount", *words, ctypes.c_ulong(flags), os.fsencode(options))


def unmount(target: Path) -> None:
    call("umount2", os.fsencode(target), MNT_DETACH)


def cover(folders: Iterable[str], upper: str, below: str = "") -> None:
    """Show `below` over the machine's folders; what is written there goes to `upper` instead."""
    os.chdir(SYSTEM)  # the options know no way to write a comma or a colon in a path
    for name in folders:
        for part in (f"{upper}/{name}", f"{upper}/work/{name}"):
            Path(part).mkdir(parents=True)
            Path(part).chmod(stat.S_IMODE(os.stat(f"/{name}").st_mode))
        lower = f"{below}/{name}:/{name}" if below else f"/{name}"
        options = f"lowerdir={lower},upperdir={upper}/{name},workdir={upper}/work/{name}"
        mount("overlay", Path("/", name), "overlay", 0, options)
    os.chdir(ROOT)


def protect(folders: Iterable[str]) -> list[str]:
    """Make folders of the machine read-only where that can be done; answers which are.

    Packages bring programs that tidy up a whole system: systemd's makes `/root/.ssh`.
    """
    done = []
    for name in folders:
        folder = Path("/", name)
        if folder.is_dir() and not folder.is_symlink():
            with contextlib.suppress(NoLayer):
                mount(str(folder), folder, "", MS_BIND | MS_REC)
                done.append(name)
                mount("", folder, "", MS_REMOUNT | MS_BIND | MS_RDONLY)
    return done


def machine_state() -> str:
    return hashlib.sha256(Path("/var/lib/dpkg/status").read_bytes()).hexdigest()


def layer_holds(packages: Iterable[str]) -> bool:
    """Whether the layer is there with these packages, and the machine's own are still the same."""
    try:
        state, *held = (SYSTEM / "layer" / "packages").read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return False
    return state == machine_state() and set(packages) <= set(held)


def enter_layer(packages: list[str]) -> None:
    """From here on this process sees the machine with these packages added.

    It moves to mounts of its own (mount_namespaces(7)) that end with it and its children; nobody
    else sees them. Raises NoLayer where that is not allowed.
    """
    if ROOT.parts[1] in FOLDERS:
        raise NoLayer(f"the project lies in /{ROOT.parts[1]}")
    MEMORY.mkdir(parents=True, exist_ok=True)
    call("unshare", CLONE_NEWNS)
    with contextlib.suppress(NoLayer):  # inside a chroot, / is no mount
        mount("", Path("/"), "", MS_REC | MS_PRIVATE)
    mount("tmpfs", MEMORY, "tmpfs")
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    if any("shared:" in line for line in mounts if f" {MEMORY} " in line):
        unmount(MEMORY)
        raise NoLayer("others would see its mounts")
    if not layer_holds(packages):
        build_layer(packages)
    with names_kept():
        cover(FOLDERS, "memory", "layer")


def build_layer(packages: list[str]) -> None:
    """Install Debian packages into the layer instead of the machine; only a whole one counts."""
    say("Fetching Debian packages")
    for leftover in (*SYSTEM.glob("new-*"), SYSTEM / "layer"):
        shutil.rmtree(leftover, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix="new-", dir=SYSTEM))
    state = machine_state()
    changed = [*FOLDERS, "run", "tmp"]
    with names_kept():
        cover(changed, new.name)
    policy = Path("/usr/sbin/policy-rc.d")  # in the layer: no server starts by itself
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    changed += protect(ELSEWHERE)
    # A process namespace ends with its first process; apt-get itself changes its user on the way,
    # which takes the leash off.
    inside = ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", '"$@"; exit $?', "sh"]
    try:
        apt_get(packages, inside)
        run_quietly([*inside, "apt-get", "clean"], "apt-get clean failed")
    finally:
        for name in changed:
            unmount(Path("/", name))
    (new / "packages").write_text(" ".join([state, *packages]), encoding="utf-8")
    new.rename(SYSTEM / "layer")


@contextlib.contextmanager
def names_kept() -> Iterator[None]:
    """Keep what a container mounts as single files in /etc, which a mount over /etc hides."""
    files = [path for path in map(Path, ("/etc/hosts", "/etc/resolv.conf")) if path.exists()]
    before = {path: path.read_bytes() for path in files}
    yield
    for path, content in before.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
