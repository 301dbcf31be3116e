"""`verify --all`: every connector of the project, many at a time.

For people the newly broken ones come first; progress is for terminals alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import leftovers, note_leftovers
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import took_text
from smtpwizard.messages.history import reason_text, stage_name, status_word
from smtpwizard.messages.translation import translate as _
from smtpwizard.messages.verified_many import failed_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import name_order
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Stage
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.verify_all import JOBS, Ended, Summary, Watcher, verify_all

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace

# What is about one connector, and about one secret.
_OF_ONE = ("case", "find_out_more", "secret_stdin", "approve_command")


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Verify all connectors; answers the exit code of the summary, and 3 where every file of a
    connector that there is cannot be used."""
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
        teller.note_shut_out()
    else:
        teller.sum_up(summary)
    unusable = not listing.connectors and (listing.damaged or listing.newer)
    return 3 if unusable else summary.exit_code()


class _Teller:
    """Says what became of each connector: as JSON at once, for people at the end."""

    def __init__(self, screen: Screen, number: int) -> None:
        self._screen = screen
        self._number = number
        self._heard = 0
        # Of those that are worth a line; a verified one is not.
        self._told: list[Ended] = []
        self._shut_out: dict[str, None] = {}  # the sentences, each once

    def hear(self, ended: Ended) -> None:
        self._heard += 1
        if ended.shut_out:
            self._shut_out[_sentence(ended)] = None
        if self._screen.json_wanted:
            self._screen.stream(_document(ended))
        elif not ended.ok or ended.repaired or ended.unproven is not None:
            self._told.append(ended)
        words = _("{heard} of {number} connectors…")
        self._screen.progress(words.format(heard=self._heard, number=self._number))

    def note_shut_out(self) -> None:
        """Say what kept a secret store shut, beside JSON."""
        for sentence in self._shut_out:
            self._screen.note(sentence)

    def sum_up(self, summary: Summary) -> None:
        told = sorted(self._told, key=lambda ended: name_order(ended.name))
        groups: tuple[tuple[str, str, list[Ended]], ...] = (
            (_("Newly broken:"), "bad", [each for each in told if each.newly_broken]),
            (_("Repaired:"), "good", [each for each in told if each.repaired]),
            (
                _("Failed, and not verified before:"),
                "odd",
                [each for each in told if each.ok is False and not each.newly_broken],
            ),
            (
                _("The login works, sending failed before; --send-to … tells if it works now:"),
                "odd",
                [each for each in told if each.unproven is not None],
            ),
        )
        for title, colour, members in groups:
            if members:
                self._screen.say(self._screen.coloured(title, colour))
                for ended in members:
                    self._say_one(clean_text(ended.name), _reason(ended))
                self._screen.say("")
        self._say_skipped([each for each in told if each.skipped is not None])
        self._screen.say(_counts(summary))

    def _say_skipped(self, members: Sequence[Ended]) -> None:
        """Those with the same reason stand below it: one locked store may keep hundreds out."""
        if not members:
            return
        by_reason: dict[str, list[str]] = {}
        for ended in members:
            by_reason.setdefault(_sentence(ended), []).append(clean_text(ended.name))
        self._screen.say(self._screen.coloured(_("Skipped:"), "odd"))
        for reason, names in by_reason.items():
            if len(names) == 1:
                self._say_one(names[0], reason)
                continue
            self._screen.say(f"  {reason}")
            for name in names:
                self._screen.say(f"    {name}")
        self._screen.say("")

    def _say_one(self, name: str, reason: str) -> None:
        self._screen.say(f"  {name}: {reason}" if reason else f"  {name}")


def _document(ended: Ended) -> dict[str, Any]:
    document = ended.to_json()
    if ended.skipped is not None:
        document["message"] = _sentence(ended)
    return document


def _reason(ended: Ended) -> str:
    stage, cause, told_by = ended.stage, ended.cause, ended.told_by
    if ended.unproven is not None:
        stage, cause, told_by = ended.unproven.stage, ended.unproven.cause, ended.unproven.told_by
    if stage is None:
        return ""
    parts = (stage_name(stage.value, Face.COMMAND_LINE), reason_text(cause, told_by))
    text = ", ".join(part for part in parts if part)
    if ended.now == "changed":  # the reason is of what it was a moment ago
        text = f"{text} ({status_word(ended.now)})"
    return text


def _sentence(ended: Ended) -> str:
    """Why a connector was skipped."""
    from smtpwizard.messages.errors import error_text  # noqa: PLC0415 - only of what went wrong

    assert ended.skipped is not None
    return error_text(ended.skipped, ended.facts, Face.COMMAND_LINE)


def _counts(summary: Summary) -> str:
    """The last line: what matters most comes first."""
    took = took_text(summary.duration_ms)
    return f"{', '.join([*_first(summary), *_numbers(summary)])} ({took})."


def _first(summary: Summary) -> Iterator[str]:
    if summary.interrupted:
        yield _("Stopped")
    elif not summary.found_out:
        nothing_there = not summary.skipped
        yield _("No connector to verify") if nothing_there else _("Nothing was verified")
    if summary.newly_broken:
        yield _("{number} newly broken").format(number=len(summary.newly_broken))
    elif summary.failed:
        yield failed_text(summary.failed, summary.found_out)


def _numbers(summary: Summary) -> Iterator[str]:
    words = {
        "verified": _("{number} verified"),
        "failed": _("{number} failed"),
        "unknown": _("{number} with an unknown outcome"),
        "skipped": _("{number} skipped"),
        "left": _("{number} not begun"),
    }
    for name, text in words.items():
        number = getattr(summary, name)
        said = name == "failed" and not summary.newly_broken
        if number and not said:
            yield text.format(number=number)
        if name == "failed" and summary.unproven:
            yield _("{number} where only the login works").format(number=len(summary.unproven))
