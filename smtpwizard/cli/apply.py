"""`apply`: support's answer to a case, looked at and carried out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from smtpwizard.cases.strict_json import MAX_BYTES
from smtpwizard.cli import inputs
from smtpwizard.cli.answers import quote_name
from smtpwizard.messages.answers import asks_again_text, change_line, weaker_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases.apply import apply_answer, look_at_answer
from smtpwizard.usecases.chosen_files import read_chosen

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.apply import LookedAt
    from smtpwizard.usecases.workspace import Workspace

MAX_NOTE_LINE = 1000


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Show before and after, and change the connector: a terminal is asked first."""
    data = read_chosen(args.answer, MAX_BYTES, "answer", too_large="document_too_large")
    looked = look_at_answer(ws, data, args.connector)
    applied = False
    if looked.problems:
        apply_answer(ws, looked)  # says which
    # What is refused is not asked about.
    refused = not args.dry_run and looked.weaker and not args.accept_weaker
    asked = screen.interactive and not (screen.json_wanted or args.dry_run or refused)
    if not screen.json_wanted:
        _show(looked, screen, asked=asked)
    if refused:
        apply_answer(ws, looked)
    if not args.dry_run and (not asked or inputs.ask_yes(_("Apply this to the connector?"))):
        inputs.with_consent(
            ws, screen, lambda: apply_answer(ws, looked, accept_weaker=args.accept_weaker)
        )
        applied = True
    document = {
        "connector": looked.connector.connector.name,
        "applied": applied,
        "changes": [each.to_json() for each in looked.changes],
    }
    screen.answer(document, _text(looked, applied))
    return 0


def _show(looked: LookedAt, screen: Screen, *, asked: bool) -> None:
    """The answer for people: whose connector, what support says, each field before and after."""
    say = partial(screen.say, asked=asked)
    say(_("For the connector {name}:").format(name=quote_name(looked.connector)))
    for line in looked.note.splitlines():
        say(f"  > {clean_text(line, MAX_NOTE_LINE)}")
    for each in looked.changes:
        say(f"  {change_line(each.field, each.before, each.after, Face.COMMAND_LINE)}")
        if each.weaker:
            why = _("weaker: {why}").format(why=weaker_text(each.field))
            say(f"    {screen.coloured(why, 'bad')}")
    if looked.asks_again:
        say(f"  {asks_again_text()}")


def _text(looked: LookedAt, applied: bool) -> str:
    if not applied:
        return _("Nothing was changed.")
    name = clean_text(looked.connector.connector.name)
    return _("Changed “{name}”. Test it now: smtpwizard verify NAME").format(name=name)
