"""How long the window takes to its first paint, and its memory, beside a bare QWizard's."""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
BARE = "bare four-page QWizard"
APPLICATION = [sys.executable, "-m", "smtpwizard", "gui"]
CASES = {
    BARE: [sys.executable, str(HERE / "bare_wizard.py")],
    "smtpwizard gui": APPLICATION,
    "smtpwizard gui --new": [*APPLICATION, "--new"],
}
# How many times the bare wizard's time each may take, and its memory.
LIMITS = {"smtpwizard gui": 1.4, "smtpwizard gui --new": 1.5}
MEMORY_LIMIT = 1.4
TIMEOUT_S = 60.0
IMPORT_LINE = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \|\s*(\S+)")


class Run(NamedTuple):
    """One process from its start to its end; `cpu_ms` tells a busy machine from a slow start."""

    wall_ms: float
    cpu_ms: float
    rss_mb: float


def environment(folder: str) -> dict[str, str]:
    """Offscreen, in an empty data directory, with bytecode as any installed program has it."""
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {
        "HOME": folder,
        "PYTHONPATH": str(HERE.parent),
        "QT_QPA_PLATFORM": "offscreen",
        "SMTPWIZARD_DATA_DIR": str(Path(folder, "data")),
        "SMTPWIZARD_EXIT_AFTER_FIRST_PAINT": "1",
    }


def measure(command: list[str], env: dict[str, str]) -> Run:
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        run, code = observe(command, env, log.fileno())
        if code:
            log.seek(0)
            raise SystemExit(f"{log.read()}\n{' '.join(command)} ended with {code}")
    return run


def observe(command: list[str], env: dict[str, str], log: int) -> tuple[Run, int]:
    started = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    watchdog = threading.Timer(TIMEOUT_S, process.kill)
    watchdog.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    watchdog.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall * 1000, cpu * 1000, usage.ru_maxrss / unit), process.returncode


def compare(count: int) -> int:
    """Run the cases in turn, so that a busy moment of the machine meets all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in CASES}
    with tempfile.TemporaryDirectory() as folder:
        env = environment(folder)
        for command in CASES.values():
            measure(command, env)  # fills the file cache and the bytecode cache
        for _ in range(count):
            for name, command in CASES.items():
                runs[name].append(measure(command, env))
    middle = {
        name: Run(*(statistics.median(column) for column in zip(*done, strict=True)))
        for name, done in runs.items()
    }
    floor = middle[BARE]
    print(f"median of {count} runs each, in turn; warm file cache, offscreen")
    print(f"{'':24}{'wall ms':>9}{'ratio':>7}{'min':>7}{'CPU ms':>8}{'RSS MB':>9}{'ratio':>7}")
    slow = False
    for name, run in middle.items():
        wall, rss = run.wall_ms / floor.wall_ms, run.rss_mb / floor.rss_mb
        fastest = min(done.wall_ms for done in runs[name])
        print(
            f"{name:24}{run.wall_ms:9.0f}{wall:7.2f}{fastest:7.0f}{run.cpu_ms:8.0f}"
            f"{run.rss_mb:9.1f}{rss:7.2f}"
        )
        slow = slow or wall > LIMITS.get(name, 1) or rss > MEMORY_LIMIT
    allowed = ", ".join(f"{name} {limit}" for name, limit in LIMITS.items())
    print(f"{'over' if slow else 'within'} the limits: {allowed}, memory {MEMORY_LIMIT}")
    return int(slow)


def show_imports(count: int) -> int:
    """List what the start of the window imports, the dearest first."""
    command = [sys.executable, "-X", "importtime", *APPLICATION[1:]]
    with tempfile.TemporaryDirectory() as folder:
        env = environment(folder)
        subprocess.run(command, env=env, check=True, capture_output=True)
        done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    found = [match.groups() for match in map(IMPORT_LINE.match, done.stderr.splitlines()) if match]
    rows = [(int(own), int(total), name) for own, total, name in found]
    print(f"{len(rows)} modules, {sum(own for own, _, _ in rows) / 1000:.1f} ms in all")
    print(f"{'own ms':>8}{'with its imports':>18}  module")
    for own, total, name in sorted(rows, key=lambda row: row[1], reverse=True)[:count]:
        print(f"{own / 1000:8.1f}{total / 1000:18.1f}  {name}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="processes of each kind (15)")
    parser.add_argument("--imports", type=int, metavar="N", help="list the N dearest imports")
    chosen = parser.parse_args()
    return show_imports(chosen.imports) if chosen.imports else compare(chosen.runs)


if __name__ == "__main__":
    sys.exit(main())
