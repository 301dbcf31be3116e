"""The way in: a command, or the window when there is none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpwizard.usecases.workspace import Workspace


def main() -> int:
    """What `smtpwizard` and `python -m smtpwizard` run; answers the exit code."""
    from smtpwizard.cli import main as run

    return run(sys.argv[1:], open_window=_open_window)


def gui() -> int:
    """What `smtpwizard-gui` runs: the window, with the options of the `gui` verb."""
    from smtpwizard.cli import main as run

    return run(["gui", *sys.argv[1:]], open_window=_open_window)


def _open_window(
    ws: Workspace,
    *,
    new: bool,
    demo: dict[str, object] | None,
    unattended: bool,
    shots: Path | None,
) -> int:
    # Here and not in `cli`: the two faces do not know each other.
    from smtpwizard.model.errors import UsageError

    try:
        from smtpwizard.gui.app import run_window
    except ImportError as error:
        raise UsageError("window_unavailable", reason=str(error)) from None
    return run_window(ws, new=new, demo=demo, unattended=unattended, shots=shots)


if __name__ == "__main__":
    sys.exit(main())
