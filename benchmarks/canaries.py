"""Plants names and secrets that nobody has in recorded runs, and looks for them in the cases.

Every run has its own names in settings, replies, certificates, banners, error texts and challenges,
in several spellings each; secrets are planted one at a time. Prints what was planted, what stood in
a case, and how long the largest case that can be read takes to open. Ends with 1 where anything was
found.

Usage: python benchmarks/canaries.py [NUMBER]
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from smtpwizard.cases.case import MAX_BYTES, case_text, make_case
from smtpwizard.cases.reading import read_case
from smtpwizard.model.wire import MAX_EVENTS
from tests.cases.canaries import leaks, secret_leaks
from tests.cases.recorded import OPTIONS, run_of


def largest_case() -> bytes:
    """A case as long as may be, with as many events."""
    document = make_case(run_of(), (), OPTIONS).document
    room = MAX_BYTES - len(case_text(document).encode()) - MAX_EVENTS
    events = MAX_EVENTS - len(document["wire"])
    line = "250-host-1.domain-1.example Hällo \\ [192.0.2.1]\n" * 20
    empty = len(case_text({"wire": [{"event": "heard", "t_us": 99_999, "text": ""}] * 2}).encode())
    text = line[: room // events - empty // 2 - 32]
    document["wire"] += [{"event": "heard", "t_us": 99_999, "text": text}] * events
    return case_text(document).encode()


def main(number: int) -> int:
    names, found, seed = 0, [], 0
    while names < number:
        planted, leaked = leaks(random.Random(seed))
        names, seed = names + planted, seed + 1
        found += leaked
    print(f"names planted: {names} in {seed} runs, found: {len(found)}")
    for leak in found[:20]:
        print(f"  {leak.field}: {leak.name!r} in {leak.near!r}")
    secrets, written = 0, []
    for seed in range(max(number // 200, 1)):
        planted, seen = secret_leaks(random.Random(seed))
        secrets += planted
        written += seen
    print(f"secrets planted: {secrets}, found: {len(written)}")
    data = largest_case()
    started = time.perf_counter()
    read_case(data)
    print(f"{len(data) / 2**20:.1f} MiB opened in {time.perf_counter() - started:.2f} s")
    return 1 if found or written else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
