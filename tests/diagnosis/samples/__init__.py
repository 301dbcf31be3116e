"""Failures in the words of servers, receivers and clients, by the cause they show."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One text, its context, the cause that it shows, and others that it may be read as."""

    cause: str
    text: str
    context: dict[str, str]
    also: frozenset[str] = frozenset()

    @property
    def right(self) -> frozenset[str]:
        """Every cause that is a right answer."""
        return self.also | {self.cause}


def samples() -> Iterator[Sample]:
    """All of them; `stage,provider,key=value| text` gives the context in front of the text;
    `or=cause+cause` there is no context but names other right answers.
    """
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for cause, lines in tomllib.loads(path.read_text("utf-8")).items():
            for line in lines:
                head, bar, rest = line.partition("| ")
                if not bar or len(head) > 100 or "\n" in head:
                    yield Sample(cause, line, {})
                    continue
                stage, _, after = head.partition(",")
                provider, *more = after.split(",")
                context = {"stage": stage, "provider": provider}
                context |= dict(pair.split("=", 1) for pair in more if pair)
                also = frozenset(filter(None, context.pop("or", "").split("+")))
                yield Sample(cause, rest, {k: v for k, v in context.items() if v}, also)
