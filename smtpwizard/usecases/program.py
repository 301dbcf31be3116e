"""Which program this is, and on what it runs, in one line for a ticket."""

from __future__ import annotations

import platform
from contextlib import suppress

import smtpwizard


def program_line() -> str:
    """`smtpwizard 1.2.3, Debian GNU/Linux 12 (bookworm), Python 3.11.7`."""
    python = f"Python {platform.python_version()}"
    return f"smtpwizard {smtpwizard.__version__}, {system_name()}, {python}"


def system_name() -> str:
    """The system as its users call it, with its version."""
    with suppress(OSError, KeyError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    mac = platform.mac_ver()[0]
    return f"macOS {mac}" if mac else f"{platform.system()} {platform.release()}"
