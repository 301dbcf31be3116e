"""The demo's scenarios by name; what each one plays is the servers' business."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named behaviour a user can walk through; `name` is what follows `demo`."""

    name: str
    title: str


SCENARIOS = (Scenario("good", "A mail server where everything works"),)
DEFAULT_SCENARIO = "good"
