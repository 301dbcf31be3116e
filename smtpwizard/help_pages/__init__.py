"""The pages of help, each in a file of its own here: what it says, and what leads to it.

Reads its files and says what stands in them; knows no face and no widget.

A file `<topic>.toml` holds:

- `part` (a key of `PARTS`) and `order` within it; `title`; `words`, which a search finds as well;
- `opens`: what leads here, as `kind:name` or `kind:name#Heading`. The kinds are `cause` (itself, or
  with a family of providers: `cause:bad_credentials.google`), `stage`, `wizard` (a page of it),
  `place` (a page of the window), `tab` (of a connector's page), `dialog`, `setting`, `check` (of
  this computer) and `secrets` (what went wrong with them);
- `see`: other topics worth reading;
- `verbs`: which commands do what the page tells of the window, where they do;
- `text`, in lines. An empty line ends a paragraph. A line may begin with `# ` (a heading), `- `
  (a point), `1. ` (a step), `$ ` (something to type, as it stands), or be `term :: meaning`. Within
  a line `*…*` is a label of the window, letter by letter, `` `…` `` something literal, `[topic]` or
  `[topic|words]` another page, `<provider.help>` or `<provider.console>` a page of that provider.
  A label of anybody else's stands in “…”. What begins with `%window ` or `%terminal ` is for
  readers there alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from smtpwizard.resources import packaged_names, packaged_text

START = "start"
"""The topic that everything begins with."""

PARTS: Mapping[str, str] = {
    "begin": "Begin",
    "sign_in": "Sign in",
    "failed": "When a test fails",
    "work": "Work with connectors",
    "look_up": "Look up",
}

Kind = Literal["text", "label", "literal", "page", "link"]
Shape = Literal["heading", "paragraph", "point", "step", "command", "term"]


class Piece(NamedTuple):
    """Some words of a line; `target` is the topic of a `page`, `provider.which` of a `link`."""

    kind: Kind
    text: str
    target: str = ""


class Block(NamedTuple):
    """A paragraph or what stands for one; `number` is that of a step, `term` what is explained."""

    shape: Shape
    pieces: tuple[Piece, ...]
    number: int = 0
    term: str = ""
    only: str = ""
    """The face that alone shows it, `window` or `terminal`."""

    @property
    def words(self) -> str:
        return "".join(piece.text for piece in self.pieces)


class HelpPage(NamedTuple):
    """One page. `opens` has, by what leads here, the heading to be shown, "" for the top."""

    topic: str
    part: str
    order: int
    title: str
    words: str
    opens: Mapping[str, str]
    see: tuple[str, ...]
    blocks: tuple[Block, ...]
    verbs: tuple[str, ...] = ()

    def blocks_for(self, face: Literal["window", "terminal"]) -> tuple[Block, ...]:
        """What readers there are shown."""
        return tuple(block for block in self.blocks if block.only in ("", face))


class Target(NamedTuple):
    """Where help is found: a topic, and a heading of its page or ""."""

    topic: str
    heading: str = ""


@cache
def pages() -> Mapping[str, HelpPage]:
    """Every page by its topic, in the order in which they are listed."""
    names = (name.removesuffix(".toml") for name in packaged_names("help_pages", ".toml"))
    return read_pages({name: packaged_text(f"help_pages/{name}.toml") for name in names})


def read_pages(texts: Mapping[str, str]) -> Mapping[str, HelpPage]:
    """The pages of these files. Raises `ValueError` naming the file that is not right."""
    titles: dict[str, str] = {}
    tables: dict[str, Mapping[str, object]] = {}
    for topic, text in texts.items():
        try:
            tables[topic] = tomllib.loads(text)
            titles[topic] = str(tables[topic]["title"])
        except (KeyError, tomllib.TOMLDecodeError) as error:
            raise ValueError(f"{topic}: {error!r}") from None
    found = [_read(topic, table, titles) for topic, table in tables.items()]
    order = list(PARTS)
    found.sort(key=lambda page: (order.index(page.part), page.order, page.topic))
    return {page.topic: page for page in found}


def find_target(*keys: str) -> Target | None:
    """Where the first of these that leads anywhere leads to, such as `cause:bad_credentials`."""
    index = _index()
    return next((index[key] for key in keys if key in index), None)


@cache
def _index() -> Mapping[str, Target]:
    return {
        key: Target(page.topic, heading)
        for page in pages().values()
        for key, heading in page.opens.items()
    }


def search(text: str) -> Sequence[HelpPage]:
    """The pages that have every word of a text, the likeliest first; all of them for no word."""
    wanted = _wanted(text)
    scored = [(_score(page, wanted), page) for page in pages().values()]
    scored.sort(key=lambda pair: -pair[0])
    return [page for score, page in scored if score or not wanted]


# Words for one thing that is not found by its beginning; what they all become.
_ONE_WORD = (
    (r"\btim(?:ed|e)[ -]?out\b", "timeout"),
    (r"\bconnect(?:s|ed|ing)?\b(?!-)", "connection"),  # not a connector
    (r"\b(?:2|two)[- ]?fa?(?:ctor)?\b", "two factor"),
)
# That something went wrong, in any words: of such, the pages for a test that fails tell.
_FAILING = frozenset(
    (
        *("refused", "refuses", "rejected", "rejects", "denied", "declined", "failed", "fails"),
        *(
            "failure",
            "error",
            "wrong",
            "incorrect",
            "invalid",
            "bad",
            "expired",
            "blocked",
            "cannot",
        ),
        *("can't", "cant", "not", "no", "accepted", "problem", "timeout", "unable", "doesn't"),
    )
)
_FAILING_PART = "failed"
_FAILING_WEIGHT = 4
# Words that say nothing of what is looked for.
_SMALL = frozenset(
    ("a", "an", "the", "my", "i", "is", "it", "to", "of", "was", "does", "do", "how")
)


def _wanted(text: str) -> Sequence[str]:
    """The words to look for."""
    text = text.casefold()
    for shape, word in _ONE_WORD:
        text = re.sub(shape, word, text)
    words = text.split()
    return [word for word in words if word not in _SMALL] or words


def _score(page: HelpPage, wanted: Sequence[str]) -> int:
    """How well a page answers these words: in its title, as what it is found by, in its text."""
    title, words = page.title.casefold(), f"{page.words} {page.topic}".casefold()
    headings = " ".join(b.words for b in page.blocks if b.shape == "heading").casefold()
    body = " ".join(f"{block.term} {block.words}" for block in page.blocks).casefold()
    total = 0
    for word in wanted:
        score = sum(
            weight
            for weight, place in ((12, title), (9, words), (5, headings), (1, body))
            if _has(place, word)
        )
        if word in _FAILING and page.part == _FAILING_PART:
            score += _FAILING_WEIGHT
        if not score:
            return 0
        total += score
    return total


def _has(place: str, word: str) -> bool:
    """Whether a word begins with this: “sign” finds “signing”, “in” not “certain”, 535 not 5353."""
    end = r"(?!\d)" if word[-1:].isdigit() else ""
    return re.search(rf"(?<!\w){re.escape(word)}{end}", place) is not None


# -- reading ----------------------------------------------------------------------------------


def _read(topic: str, table: Mapping[str, object], titles: Mapping[str, str]) -> HelpPage:
    try:
        blocks = tuple(_blocks(str(table["text"]), titles))
        opens = dict(_opens(table.get("opens", ())))
        see = tuple(str(other) for other in _list(table.get("see", ())))
        part, order = str(table["part"]), table["order"]
        if part not in PARTS or not isinstance(order, int):
            raise ValueError(f"no part {part}")
        headings = {block.words for block in blocks if block.shape == "heading"}
        if wrong := ({*opens.values()} - {"", *headings}) | ({*see} - set(titles)):
            raise ValueError(f"leads to nothing: {sorted(wrong)}")
    except (KeyError, ValueError) as error:
        raise ValueError(f"{topic}: {error}") from None
    words = str(table.get("words", ""))
    verbs = tuple(str(verb) for verb in _list(table.get("verbs", ())))
    return HelpPage(topic, part, order, titles[topic], words, opens, see, blocks, verbs)


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"no list: {value!r}")
    return value


def _opens(value: object) -> Iterator[tuple[str, str]]:
    for each in _list(value):
        key, _, heading = str(each).partition("#")
        yield key, heading


_STEP = re.compile(r"(\d+)\. ")
_MARKS: Mapping[str, Shape] = {"# ": "heading", "- ": "point", "$ ": "command"}


def _blocks(text: str, titles: Mapping[str, str]) -> Iterator[Block]:
    """The lines of a page as blocks; what is not marked goes on with what stands before it."""
    begun: list[str] = []
    for line in [*text.strip().splitlines(), ""]:
        ended = begun and _ONLY.sub("", begun[0]).startswith(("# ", "$ "))
        if begun and (not line or _begins_one(line) or ended):
            yield _block(" ".join(begun), titles)
            begun = []
        if line:
            begun.append(line.strip())


def _begins_one(line: str) -> bool:
    return line[:2] in _MARKS or bool(_STEP.match(line) or _ONLY.match(line)) or " :: " in line


_ONLY = re.compile(r"%(window|terminal) ")


def _block(line: str, titles: Mapping[str, str]) -> Block:
    only = _ONLY.match(line)
    if only is not None:
        return _block(line[only.end() :], titles)._replace(only=only[1])
    if line[:2] in _MARKS:
        shape = _MARKS[line[:2]]
        if shape in ("command", "heading"):
            return Block(shape, (Piece("text", line[2:]),))
        return Block(shape, _pieces(line[2:], titles))
    step = _STEP.match(line)
    if step is not None:
        return Block("step", _pieces(line[step.end() :], titles), int(step[1]))
    term, explains, meaning = line.partition(" :: ")
    if explains:
        return Block("term", _pieces(meaning, titles), term=term)
    return Block("paragraph", _pieces(line, titles))


_PIECES = re.compile(
    r"\*(?P<label>[^*]+)\*|`(?P<literal>[^`]+)`|\[(?P<page>[a-z-]+)(?:\|(?P<words>[^]]+))?\]"
    r"|<(?P<link>[a-z_0-9]+\.(?:help|console))>"
)


def _pieces(line: str, titles: Mapping[str, str]) -> tuple[Piece, ...]:
    out: list[Piece] = []
    at = 0
    for match in _PIECES.finditer(line):
        if match.start() > at:
            out.append(Piece("text", line[at : match.start()]))
        at = match.end()
        if topic := match["page"]:
            if topic not in titles:
                raise ValueError(f"no page {topic}")
            out.append(Piece("page", match["words"] or titles[topic], topic))
        elif link := match["link"]:
            out.append(Piece("link", link, link))
        elif label := match["label"]:
            out.append(Piece("label", label))
        else:
            out.append(Piece("literal", match["literal"]))
    if at < len(line):
        out.append(Piece("text", line[at:]))
    return tuple(out)
