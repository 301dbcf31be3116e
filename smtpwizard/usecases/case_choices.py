"""What the customer decides about a case; apart from what makes one, which is large."""

from __future__ import annotations

from typing import NamedTuple


class Choices(NamedTuple):
    """What goes into a case, and under which names.

    `omit` names parts of `cases.case.PARTS`; with `unproven` a part that does not replay is named
    in the manifest, where otherwise no case is made.
    """

    keep_names: bool = False
    omit: tuple[str, ...] = ()
    note: str = ""
    unproven: bool = False
