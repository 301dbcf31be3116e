"""Opening an address in the user's browser.

Never waits for it, and never lets it write to our output.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from smtpwizard.usecases.command_words import split_command

# A program that gives up as soon as this has not opened anything, seconds.
_SOON_S = 10.0

# What opens an address on a desktop, or on the Windows side of a WSL.
_OPENERS = ("xdg-open", "wslview", "gio open", "x-www-browser")


def open_in_browser(url: str) -> bool:
    """Start the browser of `BROWSER`, else the desktop's; False where none could be started.

    True says that something was started, not that a page is on a screen: always show the
    address as well, and see `when_given_up`. The caller has checked that it is one for a browser.
    """
    opening = _openings[url] = _Opening()
    if _start_one(_commands(), url, opening):
        return True
    if os.environ.get("BROWSER"):
        return False
    if sys.platform == "win32":
        try:
            os.startfile(url)  # noqa: S606 - an address, checked by the caller
        except OSError:
            return False
        return True
    return False


def browser_here() -> str | None:
    """The program that an address would be opened with; None where there is none."""
    if sys.platform == "win32" and not os.environ.get("BROWSER"):
        return "Windows"
    commands = _commands()
    return commands[0][0] if commands else None


def when_given_up(url: str, tell: Callable[[], None]) -> None:
    """Call `tell`, in another thread, once all that was started for an address has given up at
    once: an opener may be there and find no browser."""
    opening = _openings.get(url)
    if opening is not None:
        opening.hear(tell)


class _Opening:
    """One address on its way to a screen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given_up = False
        self._tell: Callable[[], None] = lambda: None

    def hear(self, tell: Callable[[], None]) -> None:
        with self._lock:
            self._tell = tell
            late = self._given_up
        if late:
            tell()

    def give_up(self) -> None:
        with self._lock:
            self._given_up = True
            tell = self._tell
        tell()


# The last one of each address.
_openings: dict[str, _Opening] = {}


def _commands() -> list[list[str]]:
    chosen = os.environ.get("BROWSER")
    if chosen:
        # A list of commands, `%s` for the address, a final `&` for the background.
        texts = chosen.split(os.pathsep)
    elif sys.platform == "darwin":
        texts = ["open"]
    elif sys.platform == "win32":
        texts = []
    else:
        shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        wsl = os.environ.get("WSL_DISTRO_NAME")
        texts = [text for text in _OPENERS if shown or (wsl and text == "wslview")]
    commands = []
    for text in texts:
        try:
            # A path may well have gaps in it, and stand there unquoted.
            words = [text] if os.path.isfile(text) else split_command(text)
        except ValueError:
            continue
        if words and words[-1] == "&":
            words.pop()
        if words and shutil.which(words[0]):
            commands.append(words)
    return commands


def _start_one(commands: Sequence[list[str]], url: str, opening: _Opening) -> bool:
    """Start the first command that can be; where it gives up, the next."""
    for number, command in enumerate(commands, 1):
        browser = _start(command, url)
        if browser is not None:
            # It may outlive us; if it ends before, it leaves nothing behind.
            watch = (browser, commands[number:], url, opening)
            threading.Thread(target=_watch, args=watch, name="browser", daemon=True).start()
            return True
    return False


def _watch(
    browser: subprocess.Popen[bytes],
    others: Sequence[list[str]],
    url: str,
    opening: _Opening,
) -> None:
    begun = time.monotonic()
    code = browser.wait()
    # `xdg-open` is there and finds no browser; a browser that ends later was closed.
    if code > 0 and time.monotonic() - begun < _SOON_S and not _start_one(others, url, opening):
        opening.give_up()


def _start(command: list[str], url: str) -> subprocess.Popen[bytes] | None:
    words = [word.replace("%s", url) for word in command]
    if words == command:
        words.append(url)
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
