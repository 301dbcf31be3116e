"""Programs with an absolute path that nobody else can replace, for helper commands."""

from __future__ import annotations

import os
import sys

from tests import capabilities


def prints(text: str) -> list[str]:
    """A command that prints a text and a line break."""
    if capabilities.POSIX:
        return ["/usr/bin/printf", "%s\\n", text]
    return [sys.executable, "-c", "import sys; print(sys.argv[1])", text]


def succeeds() -> list[str]:
    """A command that does nothing."""
    return ["/bin/true"] if capabilities.POSIX else [sys.executable, "-c", ""]


def fails() -> list[str]:
    """A command that ends with status 1."""
    return ["/bin/false"] if capabilities.POSIX else [sys.executable, "-c", "raise SystemExit(1)"]


def another() -> str:
    """The path of a program that `prints` does not use."""
    if capabilities.POSIX:
        return "/bin/echo"
    return os.path.join(os.environ.get("SYSTEMROOT", ""), "System32", "cmd.exe")
