"""A real Chromium without a screen, driven over two pipes; as a program it stands in for `BROWSER`.

As a program: `chromium.py [--log FILE] [SCRIPT…] ADDRESS` opens the address and runs each script
(a JavaScript expression that answers true once it has done its work) on whatever page is there,
one after the other, then waits until the page is one on a loopback port that says so in its title.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

PROGRAM = "chromium"
_FLAGS = (
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-extensions", "--password-store=basic",
    "--disable-features=DialMediaRouteProvider,OptimizationHints", "--remote-debugging-pipe",
)  # fmt: skip


def why_no_chromium() -> str | None:
    """Why a browser cannot be started here, or None."""
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} not installed: apt install chromium"
    return None


class Chromium:
    """One page of a browser; every call waits at most `timeout` seconds."""

    def __init__(self, write: int, read: int, timeout: float = 20.0) -> None:
        self._write = write
        self._read = read
        self._timeout = timeout
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._call("Page.enable")

    def open(self, url: str) -> None:
        """Go to an address; answers before the page is there."""
        self._call("Page.navigate", url=url)

    def evaluate(self, script: str) -> Any:
        """The value of an expression on the page; None where there is none, or the page goes."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer.get("result", {}).get("value")

    def until(self, script: str) -> Any:
        """The first true value of an expression, on whatever page is there by then."""
        end = time.monotonic() + self._timeout
        while time.monotonic() < end:
            value = self.evaluate(script)
            if value:
                return value
            select.select([], [], [], 0.05)
        raise TimeoutError(f"{script!r} at {self.address}: {self.evaluate('document.title')!r}")

    @property
    def address(self) -> str:
        """What the address bar shows, also where a page could not be loaded."""
        history = self._call("Page.getNavigationHistory")
        entries = history.get("entries")  # none while one page gives way to the next
        return str(entries[history["currentIndex"]]["url"]) if entries else ""

    def close(self) -> None:
        self._session = None
        self._send("Browser.close", {})

    def _send(self, method: str, parameters: dict[str, Any]) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        return self._number

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = self._send(method, parameters)
        end = time.monotonic() + self._timeout
        while True:
            text, found, rest = self._buffer.partition(b"\0")
            if found:
                self._buffer = rest
                answer = json.loads(text)
                if answer.get("id") == number:
                    return dict(answer.get("result", {}))
                continue
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                raise TimeoutError(f"no answer to {method}")
            part = os.read(self._read, 65536)
            if not part:
                raise ConnectionError("the browser has ended")
            self._buffer += part


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are neither of the descriptors that the browser wants them as."""
    low = os.pipe()
    import fcntl  # with POSIX alone

    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 50) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]


@contextmanager
def chromium(flags: Sequence[str] = ()) -> Iterator[Chromium]:
    """A browser with a profile of its own for as long as the block lasts."""
    profile = tempfile.mkdtemp(prefix="chromium-")
    theirs_in, ours_out = _high_pipe()
    ours_in, theirs_out = _high_pipe()
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    argv = [PROGRAM, *_FLAGS, *root, *flags, f"--user-data-dir={profile}", "about:blank"]
    script = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out} {theirs_in}<&- {theirs_out}>&-'
    process = subprocess.Popen(
        ["/bin/bash", "-c", script, "chromium", *argv],
        pass_fds=(theirs_in, theirs_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        browser = Chromium(ours_out, ours_in)
        yield browser
        browser.close()
        process.wait(10)
    finally:
        process.kill()
        process.wait()
        os.close(ours_out)
        os.close(ours_in)
        shutil.rmtree(profile, ignore_errors=True)


def main(argv: Sequence[str]) -> int:
    *scripts, url = argv
    with chromium() as browser:
        browser.open(url)
        for script in scripts:
            browser.until(script)
        browser.until("document.title.endsWith('smtpwizard')")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
