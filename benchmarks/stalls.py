"""How long the window is deaf at most while somebody works in it, a part of its work after another.

The real window, offscreen, with a heart that beats every 5 ms; a robot does one thing after the
other. Of the longest pause between two beats of each thing: `wall` as it was felt, `own` the CPU
time of the window's thread in it (what a busy machine changes least), `all` that of every thread.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402
from stall_parts import PARTS, Session, Step  # noqa: E402
from stall_surroundings import surround  # noqa: E402

from smtpwizard.gui.app import make_application, run_window  # noqa: E402
from smtpwizard.usecases.workspace import Workspace  # noqa: E402

BEAT_MS = 5
# So long a thing is watched after it is done, s.
AFTER_S = 0.4
LIMIT_MS = 100.0
# The machine may need so long for one thing, s.
TIMEOUT_S = 60.0
NEVER = "NEVER CAME TO ITS END"


class Pause(NamedTuple):
    """Between two beats, ms."""

    wall: float
    own: float
    all: float


class Found(NamedTuple):
    """Of one thing that was done."""

    pause: Pause
    said: str


class Heart(QObject):
    """Beats in the window's thread, and lets the robot do its next step between two beats."""

    def __init__(self, steps: Step, where: bool) -> None:
        super().__init__()
        self.worst: dict[str, list[Pause]] = {}
        self.said: dict[str, str] = {}
        self.name = "start"
        self._steps = steps
        self._until: Callable[[], object] | None = None
        self._quiet_from = self._gave_up = 0.0
        self.ended = 0.0
        """When the last thing was seen to be done."""
        self._last = self._now()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)
        if where:
            threading.Thread(
                target=self._look_where, args=(threading.get_ident(),), daemon=True
            ).start()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        return time.perf_counter(), time.thread_time(), time.process_time()

    def _beat(self) -> None:
        now = self._now()
        pause = Pause(*((a - b) * 1000 for a, b in zip(now, self._last, strict=True)))
        self.worst.setdefault(self.name, []).append(pause)
        self._last = now
        if self._until is not None and not self._until():
            if now[0] > self._gave_up:
                self.said[self.name] = NEVER
                self._steps, self._until = iter(()), None
            self.ended, self._quiet_from = now[0], now[0] + AFTER_S
        elif now[0] >= self._quiet_from:
            self._until = next(self._steps, _over)
            self._gave_up, self._quiet_from = now[0] + TIMEOUT_S, now[0] + AFTER_S
            if self._until is _over:
                self.stop()

    def stop(self) -> None:
        self._timer.stop()
        QApplication.quit()

    def _look_where(self, window: int) -> None:
        """Say where the window's thread is while it does not beat, and what else is done then."""
        told, looking = 0.0, threading.Event()
        while True:
            looking.wait(0.01)
            last = self._last[0]
            if time.perf_counter() - last > 0.06 and told != last:
                told = last
                names = {each.ident: each.name for each in threading.enumerate()}
                for thread, frame in sys._current_frames().items():
                    if thread == window or names.get(thread, "").startswith(("job-", "verify-")):
                        print(f"--- {self.name}: {names.get(thread)}", flush=True)
                        print(*traceback.format_stack(frame)[-5:], sep="", flush=True)

    def worst_of_each(self) -> dict[str, Found]:
        """Of each thing the longest pause, the most own time in one, and what was said of it."""
        found = {}
        for name, pauses in self.worst.items():
            wall = max(pauses, key=lambda each: each.wall)
            own = max(each.own for each in pauses)
            found[name] = Found(Pause(wall.wall, own, wall.all), self.said.get(name, ""))
        return found


def _over() -> bool:
    return True


def run_part(name: str, args: argparse.Namespace) -> None:
    """Do it in this process; what was found goes as JSON to the file `args.result`."""
    folder = Path(tempfile.mkdtemp(prefix="stalls-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        data = folder / "data"
        store = surround(name, data, stack, args.connectors)
        application = make_application()
        application.setQuitOnLastWindowClosed(False)
        session = Session(folder)
        heart = Heart(iter(()), args.where)
        heart._steps = PARTS[name](heart, session, args)
        run_window(Workspace.open(data, secret_store=store))
        found = heart.worst_of_each()
        closed_at = session.closed_at
        if closed_at:
            took = Pause((time.perf_counter() - closed_at) * 1000, 0, 0)
            found["from closing to the end of its loop"] = Found(took, "")
        args.result.write_text(json.dumps(found))


def measured(part: str, args: argparse.Namespace) -> dict[str, Found]:
    """One part in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        more = ["--result", str(result), "--connectors", str(args.connectors)]
        more += ["--where"] * args.where
        subprocess.run([sys.executable, str(Path(__file__)), part, *more], check=True)
        found = json.loads(result.read_text())
    return {name: Found(Pause(*pause), said) for name, (pause, said) in found.items()}


def least(runs: Sequence[dict[str, Found]]) -> dict[str, Found]:
    """Of each thing the least of all runs, each number by itself."""
    return {
        name: Found(
            Pause(*map(min, zip(*(run[name].pause for run in runs), strict=True))), last.said
        )
        for name, last in runs[-1].items()
        if all(name in run for run in runs)
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all unless given")
    parser.add_argument("--connectors", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=1, help="the least of so many is told")
    parser.add_argument("--where", action="store_true", help="where the window's thread was")
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.result is not None:
        run_part(args.parts[0], args)
        return 0
    good = True
    for part in args.parts or PARTS:
        found = least([measured(part, args) for _ in range(args.runs)])
        print(f"{part + ', ms':60}{'wall':>7}{'own':>7}{'all':>7}")
        for name, (pause, said) in found.items():
            print(
                f"  {name:58}{pause.wall:7.0f}{pause.own:7.0f}{pause.all:7.0f}  {said}", flush=True
            )
            good = good and pause.own <= LIMIT_MS and said != NEVER
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
