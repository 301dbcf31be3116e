"""`compare`: what differs between two connectors, runs, reports or cases."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from smtpwizard.cli.columns import beside
from smtpwizard.cli.wrapping import USUAL_WIDTH
from smtpwizard.messages.comparing import difference_text, part_title
from smtpwizard.messages.face import Face
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.compare import compare

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from smtpwizard.cases.compare import Difference
    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace

EXIT_DIFFERENT = 4


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Compare the two that the arguments name."""
    found = compare(ws, args.a, args.b)
    document = {"same": not found, "differences": [each.to_json() for each in found]}
    screen.answer(
        document, "\n".join(difference_lines(found, args.a, args.b, screen.width or USUAL_WIDTH))
    )
    return EXIT_DIFFERENT if found else 0


def difference_lines(found: Sequence[Difference], a: str, b: str, width: int) -> list[str]:
    """The differences for people: a heading for each part, the two sides beside each other."""
    if not found:
        return [_("Nothing differs.")]
    table: list[tuple[str, ...]] = [("", a, b)]
    for part, each_of_part in groupby(found, key=lambda each: each.part):
        table.append((part_title(part),))
        table += [difference_text(Face.COMMAND_LINE, *each) for each in each_of_part]
    return beside(table, width)
