"""The way in: a command, or the window when there is none."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

# A start makes many objects, and all of them stay. Looking for garbage among them after every 700,
# as Python does unless told otherwise, is 3 % of the window's start and 4 % of `verify`.
gc.set_threshold(50_000)

from smtpwizard.cli import main as run  # noqa: E402 - once that is said
from smtpwizard.model.errors import UsageError  # noqa: E402

if TYPE_CHECKING:
    from smtpwizard.usecases.one_window import OneWindow
    from smtpwizard.usecases.workspace import Workspace


def main() -> int:
    """What `smtpwizard` and `python -m smtpwizard` run; answers the exit code."""
    return _run(sys.argv[1:])


def gui() -> int:
    """What `smtpwizard-gui` runs: the window, with the options of the `gui` verb."""
    return _run(["gui", *sys.argv[1:]])


def _run(argv: list[str]) -> int:
    _leave_no_dumps()
    code = run(argv, open_window=_open_window)
    gc.disable()  # the process ends: what is left goes with it
    return code


_PR_SET_DUMPABLE = 4


def _leave_no_dumps() -> None:
    """See to it that no core file, debugger or neighbour's look into /proc shows our memory:
    passwords are in it. Programs that we start are dumpable again, but leave no core files.

    Windows writes no dumps unless its owner asked for them.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on Windows

    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        # The limit alone does not hold where the kernel pipes dumps to a program (core(5)).
        with suppress(ImportError, OSError, AttributeError):
            import ctypes  # noqa: PLC0415 - not in every build of Python

            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _open_window(
    ws: Workspace,
    *,
    new: bool,
    demo: dict[str, object] | None,
    file: str | None = None,
    one: OneWindow | None = None,
) -> int:
    # Here and not in `cli`: the two faces do not know each other.
    try:
        from smtpwizard.gui.app import run_window  # noqa: PLC0415 - Qt, for the window alone
    except ImportError as error:
        raise UsageError("window_unavailable", reason=str(error)) from None
    return run_window(ws, new=new, demo=demo, file=file, one=one)


if __name__ == "__main__":
    sys.exit(main())
