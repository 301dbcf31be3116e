"""How well and how fast pasted failures are explained, on a corpus of JSON Lines.

Each line holds `raw`, `context` and `category`; `context.also_plausible` lists causes that count
as right. Usage: python benchmarks/diagnosis.py CORPUS [--wrong]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.rules import rule_book


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="JSON Lines")
    parser.add_argument("--wrong", action="store_true", help="list what is not right first")
    options = parser.parse_args()
    if not options.corpus.is_file():
        print(f"no corpus at {options.corpus}")
        return 2
    items = [json.loads(line) for line in options.corpus.read_text("utf-8").splitlines()]
    rule_book()
    began = time.perf_counter()
    answers = [diagnose_text(item["raw"], item.get("context")) for item in items]
    seconds = time.perf_counter() - began
    first = three = confident = high = strict = 0
    for item, answer in zip(items, answers, strict=True):
        wanted = right(item)
        slugs = [cause.slug for cause in answer.causes]
        ok = bool(slugs) and slugs[0] in wanted
        first += ok
        strict += bool(slugs) and slugs[0] == item["category"]
        three += any(slug in wanted for slug in slugs[:3])
        is_high = bool(slugs) and answer.causes[0].likelihood == "high"
        high += is_high
        confident += is_high and not ok
        if options.wrong and not ok:
            shown = [f"{c.slug}/{c.likelihood.value}" for c in answer.causes[:4]]
            print(f"{item['id']}: {sorted(wanted)} -> {shown}\n    {item['raw'][:400]!r}")
    total = len(items)
    print(f"items                {total}")
    print(
        f"right cause first    {first} ({first / total:.1%})"
        f"   the very category {strict / total:.1%}"
    )
    print(f"in the first three   {three} ({three / total:.1%})")
    print(f"high                 {high} ({high / total:.1%})")
    print(f"high and wrong       {confident} ({confident / total:.1%})")
    print(f"items a second       {total / seconds:.0f}")
    return 0


def right(item: dict[str, Any]) -> set[str]:
    """The category and what counts as right beside it."""
    return {item["category"], *item.get("context", {}).get("also_plausible", ())}


if __name__ == "__main__":
    raise SystemExit(main())
