"""Opening an address in the user's browser.

Never waits for it, and never lets it write to our output.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading

from smtpwizard.usecases.command_words import split_command

# What opens an address on a desktop, or on the Windows side of a WSL.
_OPENERS = ("xdg-open", "wslview", "gio open", "x-www-browser")


def open_in_browser(url: str) -> bool:
    """Start the browser of `BROWSER`, else the desktop's; False where none could be started.

    True says that something was started, not that a page is on a screen: always show the
    address as well. The caller has checked that it is one for a browser.
    """
    for command in _commands():
        if _start(command, url):
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


def _start(command: list[str], url: str) -> bool:
    words = [word.replace("%s", url) for word in command]
    if words == command:
        words.append(url)
    try:
        browser = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    # It may outlive us; if it ends before, it leaves nothing behind.
    threading.Thread(target=browser.wait, name="browser", daemon=True).start()
    return True
