"""`help [TOPIC]`: the pages of help that the window has; a verb's own help is the parser's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smtpwizard.cli.grammar import VERBS
from smtpwizard.cli.output import table
from smtpwizard.cli.wrapping import USUAL_WIDTH, pieces
from smtpwizard.help_pages import PARTS, Block, HelpPage, Piece, pages
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.help import find_help, link_of, topics_like

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.problem import Json

# Longer lines are hard to read, however wide the terminal is.
_WIDEST = 88


def run(args: argparse.Namespace, screen: Screen) -> int:
    """A page, those that have the words, or the list of all."""
    words = " ".join(args.topic)
    if not words:
        found: Sequence[HelpPage] = tuple(pages().values())
        screen.answer({"topics": [_row(page) for page in found]}, _contents(found))
        return 0
    found = find_help(words)
    if not found:
        raise UsageError("help_unknown", name=words, similar=topics_like(words))
    if len(found) == 1:
        page = found[0]
        text = "\n".join(_page(page, min(screen.width or USUAL_WIDTH, _WIDEST)))
        screen.answer({**_row(page), "text": text, "see": list(page.see)}, text)
        if words in VERBS:
            screen.note(_("its options: {0}").format(f"smtpwizard {words} --help"))
        return 0
    rows = [(page.topic, page.title) for page in found]
    listed = table((_("TOPIC"), _("TITLE")), rows, limit=60)
    screen.answer(
        {"found": [_row(page) for page in found]}, f"{listed}\n\n{_('Read one: {0}').format(_READ)}"
    )
    return 0


_READ = "smtpwizard help TOPIC"


def _row(page: HelpPage) -> Json:
    return {"topic": page.topic, "part": page.part, "title": page.title}


def _contents(found: Sequence[HelpPage]) -> str:
    width = max(len(page.topic) for page in found)
    lines: list[str] = []
    for part, title in PARTS.items():
        lines += ["", title] if lines else [title]
        lines += [f"  {page.topic:<{width}}  {page.title}" for page in found if page.part == part]
    return "\n".join([*lines, "", _("Read one: {0}").format(_READ)])


def _page(page: HelpPage, width: int) -> Iterator[str]:
    """A page in lines that fit."""
    yield page.title
    yield "=" * len(page.title)
    blocks = page.blocks_for("terminal")
    if any(piece.kind == "label" for block in blocks for piece in block.pieces):
        yield ""
        yield from pieces(_about_window(page), width)
    before = ""
    for block in blocks:
        if block.shape != before or block.shape in ("paragraph", "heading"):
            yield ""
        yield from _block(block, width)
        before = block.shape
    if page.see:
        yield ""
        yield _("See also")
        size = max(map(len, page.see))
        for topic in page.see:
            yield f"  {topic:<{size}}  {pages()[topic].title}"


def _about_window(page: HelpPage) -> str:
    """What a page is whose words are those of the window."""
    if not page.verbs:
        return _("(This page describes the window.)")
    verbs = ", ".join(f"smtpwizard {verb}" for verb in page.verbs)
    return _("(This page describes the window. Commands for the same: {verbs})").format(verbs=verbs)


def _block(block: Block, width: int) -> Iterator[str]:
    text = "".join(_words(piece) for piece in block.pieces)
    if block.shape == "heading":
        yield text
        yield "-" * len(text)
    elif block.shape == "command":
        yield f"    {text}"  # to be typed as it stands
    elif block.shape == "term":
        yield block.term.replace("*", "").replace("`", "")
        yield from (f"    {line}" for line in pieces(text, width - 4))
    else:
        mark = {"step": f"{block.number}. ", "point": "- "}.get(block.shape, "")
        for number, line in enumerate(pieces(text, width - len(mark))):
            yield f"{mark if number == 0 else ' ' * len(mark)}{line}"


def _words(piece: Piece) -> str:
    """A piece as a terminal has it: a page by its topic, a link by its address."""
    if piece.kind == "page":
        return f"“{piece.text}” ({_('help {0}').format(piece.target)})"
    if piece.kind == "link":
        return link_of(piece.target) or ""
    return f"“{piece.text}”" if piece.kind == "label" else piece.text
