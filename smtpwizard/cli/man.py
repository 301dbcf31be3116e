"""`man`: the manual page, made from the parser (man(7) macros)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard import __version__
from smtpwizard.cli.grammar import GROUPS
from smtpwizard.cli.outline import Option, Outline, Place, outline
from smtpwizard.messages.translation import translate as _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from smtpwizard.cli.output import Screen


def run(args: argparse.Namespace, screen: Screen) -> int:
    """The page, for `man -l -` or a file."""
    page = manual_page()
    screen.answer({"page": page}, page.rstrip("\n"))
    if screen.watched:
        screen.note(_("this is the page's source; to read it: smtpwizard man | man -l -"))
    return 0


_DESCRIPTION = (
    "It takes an administrator from nothing to a verified SMTP connector: one that has really "
    "signed in to the submission server and sent an email. Without a verb, the window opens.",
    "A secret is never an argument. It is read from a prompt without echo, or from standard input "
    "with --secret-stdin. With --json the answer is one JSON document on one line.",
)
_EXIT_CODES = (
    ("0", "Done; for verify: the server accepted it."),
    ("1", "An unexpected error, and our fault."),
    ("2", "The command, or what it was given, is not complete or not valid."),
    ("3", "Storage or secret store: unavailable, locked, damaged, or an entry is missing."),
    ("4", "Answered, and the answer is no: newly broken, or not the same."),
    (
        "10 to 18",
        "Stopped at: resolve, connect, greeting, tls, ehlo, auth, mail_from, rcpt_to, data.",
    ),
    ("19", "Unknown: no usable answer after the message."),
    ("20", "OAuth: no usable token."),
    ("130", "Interrupted."),
)
_ENVIRONMENT = (
    ("SMTPWIZARD_DATA_DIR", "The data folder, where --data-dir names none."),
    ("SMTPWIZARD_PASSPHRASE_COMMAND", "A command that prints the encrypted file's passphrase."),
    ("BROWSER", "The browser that signs in."),
    ("NO_COLOR", "If it is set, to whatever: no colours."),
    ("COLUMNS", "How wide the text on a terminal is."),
)


def manual_page() -> str:
    """The whole page; no date in it, so that the same version gives the same page."""
    return "\n".join(_lines(outline())) + "\n"


def _lines(program: Outline) -> Iterator[str]:
    shared = set(program.options)
    yield f'.TH SMTPWIZARD 1 "" "smtpwizard {__version__}" "User Commands"'
    # A line is no place for hyphens of somebody who copies it.
    yield from (
        ".nh",
        ".ad l",
        ".SH NAME",
        r"smtpwizard \- from nothing to a verified SMTP connector",
    )
    yield from (".SH SYNOPSIS", r".B smtpwizard", r"[\fIOPTION\fR ...] \fIVERB\fR ...")
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(_DESCRIPTION):
        yield from ([".PP"] if number else []) + [_text(paragraph)]
    yield from (".SH OPTIONS", "These stand before or after any verb.")
    yield from _entries(program.options, ())
    verbs = {each.path[0]: each for each in program.below}
    yield ".SH VERBS"
    for heading, names in GROUPS.values():
        yield f'.SS "{_text(heading)}"'
        for name in names:
            yield from _verb(verbs[name], shared)
    for title, rows in (("EXIT STATUS", _EXIT_CODES), ("ENVIRONMENT", _ENVIRONMENT)):
        yield f'.SH "{title}"'
        for term, text in rows:
            yield from (".TP", rf"\fB{_text(term)}\fR", _text(text))
    yield from (".SH EXAMPLES", ".nf", _text(program.example), ".fi")


def _verb(verb: Outline, shared: set[Option]) -> Iterator[str]:
    own = tuple(option for option in verb.options if option not in shared)
    name = " ".join(verb.path)
    yield ".TP"
    yield " ".join((rf"\fBsmtpwizard {_text(name)}\fR", *map(_placed, verb.places)))
    yield _text(verb.description)
    if own or verb.places:
        yield ".RS"
        yield from _entries(own, verb.places)
        yield ".RE"
    for each in verb.below:
        yield from _verb(each, shared)
    if not verb.below:
        yield from (".RS", ".PP", "Example:", ".PP", ".nf", _text(verb.example), ".fi", ".RE")


def _placed(place: Place) -> str:
    word = rf"\fI{_text(place.value)}\fR" + (" ..." if place.many else "")
    return word if place.needed else f"[{word}]"


def _entries(options: Sequence[Option], places: Sequence[Place]) -> Iterator[str]:
    for place in places:
        yield from (".TP", rf"\fI{_text(place.value)}\fR", _text(_sentence(place.text)))
    for option in options:
        flags = ", ".join(rf"\fB{_text(flag)}\fR" for flag in sorted(option.flags, key=len))
        if option.value:
            value = "|".join(option.choices) if _is_short(option) else option.value
            flags += rf" \fI{_text(value)}\fR"
        yield from (".TP", flags, _text(_sentence(option.text)))


def _is_short(option: Option) -> bool:
    return bool(option.choices) and option.value.lower() == option.flags[0].strip("-").replace(
        "-", "_"
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _text(text: str) -> str:
    """A text that stands as it is: backslashes, hyphens to copy, no request by its first dot."""
    for plain, written in (
        ("\\", r"\e"),
        ("-", r"\-"),
        ('"', r"\(dq"),
        ("'", r"\(aq"),
        ("`", r"\(ga"),
    ):
        text = text.replace(plain, written)
    out = "".join(c if c.isascii() else rf"\[u{ord(c):04X}]" for c in text)
    return out if not out.startswith(".") else rf"\&{out}"
