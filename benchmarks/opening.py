"""How much later ten thousand connectors are listed than ten: the first time, and with what was
kept of the list.

Every run is a process of its own, offscreen, from its first instruction until the rows are in the
table, the first of them and all; the cases take turns, and medians are told: wall time, and the CPU
time of all threads.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BEGAN = time.perf_counter()
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

LIMIT_MS = 300.0
FEW = 10


def open_once(data: Path) -> None:
    """Show the window until it lists all; print both times, of the first rows and of all."""
    from PySide6.QtCore import QTimer

    from smtpwizard.gui.app import make_application, run_window
    from smtpwizard.gui.console.main_window import MainWindow
    from smtpwizard.usecases.workspace import Workspace

    application = make_application()
    timer = QTimer()

    found: list[float] = []

    def look() -> None:
        for widget in application.topLevelWidgets():
            if isinstance(widget, MainWindow) and widget.rows:
                now = [(time.perf_counter() - BEGAN) * 1000, time.process_time() * 1000]
                found.extend([] if found else now)
                if widget.console.actions.all.isEnabled():
                    print(*found, *now, flush=True)
                    timer.stop()
                    # The rows are kept in the background meanwhile.
                    QTimer.singleShot(1500, application.quit)
                return

    timer.timeout.connect(look)
    timer.start(5)
    run_window(Workspace.open(data, secret_store="session"))


def measured(data: Path) -> tuple[float, ...]:
    command = [sys.executable, str(Path(__file__)), "--once", str(data)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(map(float, text.split()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connectors", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.once is not None:
        open_once(args.once)
        return 0
    from stall_surroundings import fill

    from smtpwizard.usecases.workspace import Workspace

    times: dict[str, list[tuple[float, ...]]] = {}
    folder = Path(tempfile.mkdtemp(prefix="opening-"))
    try:
        few, many = folder / "few", folder / "many"
        for data, count in ((few, FEW), (many, args.connectors)):
            ws = Workspace.open(data, secret_store="session")
            fill(ws, count, authentication={"method": "none"})
        kept = ws.store.directory / "list.lines"
        for _ in range(args.runs):
            times.setdefault("few", []).append(measured(few))
            kept.unlink(missing_ok=True)
            times.setdefault("many, first", []).append(measured(many))
            times.setdefault("many, again", []).append(measured(many))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    middle = {
        name: [statistics.median(column) for column in zip(*found, strict=True)]
        for name, found in times.items()
    }
    print(f"{'ms until':20}{'some':>7}{'more':>7}{'CPU':>7}{'more':>7}", end="")
    print(f"{'all':>9}{'more':>7}{'CPU':>7}{'more':>7}")
    for name, numbers in middle.items():
        pairs = [(a, a - b) for a, b in zip(numbers, middle["few"], strict=True)]
        some, all_ = (
            "".join(f"{a:7.0f}{b:7.0f}" for a, b in half) for half in (pairs[:2], pairs[2:])
        )
        print(f"{name:20}{some}  {all_}")
    return int(middle["many, again"][3] - middle["few"][3] > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
