"""Failures in the words of servers, receivers and clients, by the cause they show."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One text, its context, and the cause that it shows."""

    cause: str
    text: str
    context: dict[str, str]


def samples() -> Iterator[Sample]:
    """All of them; `stage,provider,key=value| text` gives the context in front of the text."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for cause, lines in tomllib.loads(path.read_text("utf-8")).items():
            for line in lines:
                head, bar, rest = line.partition("| ")
                if not bar or len(head) > 60 or "\n" in head:
                    yield Sample(cause, line, {})
                    continue
                stage, provider, *more = [*head.split(","), ""]
                context = {"stage": stage, "provider": provider}
                context |= dict(pair.split("=") for pair in more if pair)
                yield Sample(cause, rest, {k: v for k, v in context.items() if v})
