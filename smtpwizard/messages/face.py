"""What a sentence says differently in the window and in the terminal: how to do the next step.

A sentence names a step as `{do_…}` and a field as `{at_…}`; `fill` puts in what this face calls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smtpwizard.messages.translation import mark as _


class Face(StrEnum):
    """Where a sentence is shown."""

    WINDOW = "window"
    COMMAND_LINE = "command_line"


# A whole sentence each: what to do next.
STEPS: Mapping[str, Mapping[Face, str]] = {
    "test_again": {
        Face.WINDOW: _("Choose Test again."),
        Face.COMMAND_LINE: _("Run smtpwizard verify again."),
    },
}
