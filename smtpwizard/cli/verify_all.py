"""`verify --all`: every connector of the project, many at a time.

For people the newly broken ones come first; progress is for terminals alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import leftovers, note_leftovers
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages.face import Face
from smtpwizard.messages.history import reason_text, stage_name, status_word
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Stage
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.verify_all import JOBS, UNEXPECTED, Ended, Summary, Watcher, verify_all

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace

# What is about one connector, and about one secret.
_OF_ONE = ("case", "find_out_more", "secret_stdin", "approve_command")


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Verify all connectors; answers 0, 4 where something is newly broken, or 130."""
    if args.name is not None or any(getattr(args, name) for name in _OF_ONE):
        raise UsageError("arguments_invalid", reason=_("--all takes no NAME and nothing for one"))
    listing = ws.connectors()
    note_leftovers(listing, screen)
    teller = _Teller(screen, len(listing.connectors))
    # Until the stores are open, Ctrl-C is an answer to what they ask.
    token, opened = CancelToken(), threading.Event()
    with stopping(token, opened):
        summary = verify_all(
            ws,
            listing.connectors,
            send_to=args.send_to,
            stop_after=Stage(args.stop_after) if args.stop_after else None,
            timeout_s=args.timeout,
            jobs=args.jobs or JOBS,
            token=token,
            watcher=Watcher(ended=teller.hear, opened=opened.set),
        )
    screen.progress("")
    if listing.connectors:
        inputs.note_read_only(ws, screen)
    if screen.json_wanted:
        screen.stream({"summary": summary.to_json() | leftovers(listing)})
    else:
        teller.sum_up(summary)
    return summary.exit_code()


class _Teller:
    """Says what became of each connector: as JSON at once, for people at the end."""

    def __init__(self, screen: Screen, number: int) -> None:
        self._screen = screen
        self._number = number
        self._heard = 0
        # Of those that are worth a line; a verified one is not.
        self._told: list[Ended] = []

    def hear(self, ended: Ended) -> None:
        self._heard += 1
        if self._screen.json_wanted:
            self._screen.stream(_document(ended))
        elif not ended.ok or ended.repaired:
            self._told.append(ended)
        words = _("{heard} of {number} connectors…")
        self._screen.progress(words.format(heard=self._heard, number=self._number))

    def sum_up(self, summary: Summary) -> None:
        told = sorted(self._told, key=lambda ended: ended.name.casefold())
        groups: tuple[tuple[str, str, list[Ended]], ...] = (
            (_("Newly broken:"), "bad", [each for each in told if each.newly_broken]),
            (_("Repaired:"), "good", [each for each in told if each.repaired]),
            (
                _("Failed, and not verified before:"),
                "odd",
                [each for each in told if each.ok is False and not each.newly_broken],
            ),
            (_("Skipped:"), "odd", [each for each in told if each.skipped is not None]),
        )
        for title, colour, members in groups:
            if members:
                self._screen.say(self._screen.coloured(title, colour))
                self._say_each(members)
                self._screen.say("")
        self._screen.say(_counts(summary))

    def _say_each(self, members: Sequence[Ended]) -> None:
        for ended in members:
            name, reason = clean_text(ended.name), _reason(ended)
            self._screen.say(f"  {name}: {reason}" if reason else f"  {name}")


def _document(ended: Ended) -> dict[str, Any]:
    document = ended.to_json()
    if ended.skipped is not None:
        document["message"] = _sentence(ended)
    return document


def _reason(ended: Ended) -> str:
    if ended.skipped is not None:
        return _sentence(ended)
    if ended.stage is None:
        return ""
    parts = (stage_name(ended.stage.value, Face.COMMAND_LINE), reason_text(ended.cause))
    text = ", ".join(part for part in parts if part)
    if ended.now == "changed":  # the reason is of what it was a moment ago
        text = f"{text} ({status_word(ended.now)})"
    return text


def _sentence(ended: Ended) -> str:
    """Why a connector was skipped."""
    from smtpwizard.messages.errors import error_text  # noqa: PLC0415 - only of what went wrong

    assert ended.skipped is not None
    if ended.skipped == UNEXPECTED:
        return _("An unexpected error, and our fault; the log says where.")
    return error_text(ended.skipped, ended.facts, Face.COMMAND_LINE)


def _counts(summary: Summary) -> str:
    words = {
        "verified": _("{number} verified"),
        "failed": _("{number} failed"),
        "unknown": _("{number} with an unknown outcome"),
        "skipped": _("{number} skipped"),
        "left": _("{number} not begun"),
    }
    numbers = ((text, getattr(summary, name)) for name, text in words.items())
    parts = [text.format(number=number) for text, number in numbers if number]
    took = _("{seconds} s").format(seconds=f"{summary.duration_ms / 1000:.1f}")
    newly = _("{number} newly broken").format(number=len(summary.newly_broken))
    first = [_("Stopped")] if summary.interrupted else []
    return f"{', '.join([*first, newly, *parts])} ({took})."
