"""Whether a window can open here, asked before Qt: Qt ends the process where none can."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

from smtpwizard.model.errors import UsageError

# How long a display may take to answer, in seconds.
LIMIT_S = 5.0

# What Qt draws on in these cases is no display of a person's.
_WITHOUT_DISPLAY = ("offscreen", "minimal")


def check_display() -> None:
    """Raises `UsageError`: `no_display` where none is named, `display_dead` (`display`) where none
    of those named answers, `display_library_missing` (`reason`), `display_unknown` (`name`)."""
    if sys.platform == "win32":
        if not _station_is_visible():
            raise UsageError("no_display")
        return
    if sys.platform == "darwin":
        return
    faults = []
    for name in _platforms():
        try:
            _check(name)
        except UsageError as error:
            faults.append(error)
        else:
            return
    raise faults[0] if faults else UsageError("no_display")


def draws_nowhere() -> bool:
    """Whether Qt was told to draw where nobody can look."""
    return os.environ.get("QT_QPA_PLATFORM", "").startswith(_WITHOUT_DISPLAY)


if sys.platform == "win32":
    from ctypes import wintypes

    _UOI_FLAGS = 1
    _WSF_VISIBLE = 1

    class _StationFlags(ctypes.Structure):
        _fields_ = [
            ("inherit", wintypes.BOOL),
            ("reserved", wintypes.BOOL),
            ("flags", wintypes.DWORD),
        ]

    def _station_is_visible() -> bool:
        """False for a service, a task without a user, a session by ssh: their windows nobody sees.
        https://learn.microsoft.com/windows/win32/winstation/window-stations"""
        user32 = ctypes.WinDLL("user32")
        user32.GetProcessWindowStation.restype = wintypes.HANDLE
        station = wintypes.HANDLE(user32.GetProcessWindowStation())
        found = _StationFlags()
        told = user32.GetUserObjectInformationW(
            station, _UOI_FLAGS, ctypes.byref(found), ctypes.sizeof(found), None
        )
        return not told or bool(found.flags & _WSF_VISIBLE)


def _platforms() -> list[str]:
    """What Qt would try, in its order."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if chosen:  # such as `wayland;xcb`, or `offscreen:configfile=…`
        names = [name.partition(":")[0].strip() for name in chosen.split(";")]
        return [name for name in names if name]
    wayland = bool(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("WAYLAND_SOCKET"))
    return ["wayland"] * wayland + ["xcb"] * bool(os.environ.get("DISPLAY"))


def _check(name: str) -> None:
    plugin = _plugin(name)
    if name.startswith("wayland"):
        _check_wayland()
    elif name == "xcb":
        _check_x11()
    if plugin is not None and name.startswith(("wayland", "xcb")):
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            raise UsageError("display_library_missing", reason=str(error)) from None


def _plugin(name: str) -> Path | None:
    """The file of Qt's plugin; None where it may lie elsewhere. Raises `UsageError`."""
    places = ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")
    found = find_spec("PySide6")
    if found is None or not found.submodule_search_locations or any(map(os.environ.get, places)):
        return None
    folder = Path(found.submodule_search_locations[0], "Qt", "plugins", "platforms")
    if not folder.is_dir():  # a Qt of the system's
        return None
    plugin = folder / f"libq{name}.so"
    if not plugin.is_file():
        raise UsageError("display_unknown", name=name)
    return plugin


def _check_wayland() -> None:
    if os.environ.get("WAYLAND_SOCKET"):  # a connection that was handed over
        return
    import socket  # noqa: PLC0415 - Wayland alone

    display = os.environ.get("WAYLAND_DISPLAY") or "wayland-0"
    path = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), display)
    try:
        if not os.path.isabs(path):
            raise FileNotFoundError
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(path)
    except (OSError, ValueError):
        raise UsageError("display_dead", display=display) from None


def _check_x11() -> None:
    """Connects as Qt does, with the same library: it knows addresses and cookies."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        raise UsageError("display_library_missing", reason=str(error)) from None
    xcb.xcb_connect.restype = ctypes.c_void_p
    opened: list[bool] = []

    def connect() -> None:
        connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
        opened.append(not xcb.xcb_connection_has_error(connection))
        xcb.xcb_disconnect(connection)

    # On a thread: a display on another machine may never answer.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    if opened != [True]:
        raise UsageError("display_dead", display=os.environ.get("DISPLAY", ""))
