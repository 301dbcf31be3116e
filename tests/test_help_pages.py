"""The pages of help: what leads to them is there, and what they name as well."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from smtpwizard.causes import causes
from smtpwizard.cli.grammar import VERBS
from smtpwizard.cli.output import Screen
from smtpwizard.cli.parser import parse
from smtpwizard.flow.steps import STEPS
from smtpwizard.help_pages import START, HelpPage, Piece, find_target, pages, read_pages, search
from smtpwizard.messages.verification import stage_title
from smtpwizard.model.report import STAGES
from smtpwizard.usecases.edit import parse_assignments
from smtpwizard.usecases.help import find_help, help_for, link_of, topics_like
from smtpwizard.usecases.settings import SETTINGS

ALL = tuple(pages().values())
by_topic = pytest.mark.parametrize("page", ALL, ids=lambda page: page.topic)


def pieces(page: HelpPage) -> Iterator[Piece]:
    for block in page.blocks:
        yield from block.pieces


# -- what leads there ------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", causes())
def test_every_cause_has_a_page(slug: str) -> None:
    assert find_target(f"cause:{slug}") is not None


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_page_and_a_heading_of_its_title(stage: str) -> None:
    assert find_target(f"stage:{stage}") is not None
    headings = [block.words for block in pages()["stages"].blocks if block.shape == "heading"]
    assert [title for title in headings if title in map(stage_title, STAGES)] == [
        stage_title(each) for each in STAGES
    ]
    [told] = [b for b in pages()["stages"].blocks if b.pieces[0] == Piece("literal", str(stage))]
    above = pages()["stages"].blocks[pages()["stages"].blocks.index(told) - 1]
    assert above.words == stage_title(next(each for each in STAGES if each == stage))


@pytest.mark.parametrize("key", [*(f"wizard:{step.id}" for step in STEPS)])
def test_every_page_of_the_wizard_has_a_page(key: str) -> None:
    assert find_target(key) is not None


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_a_page(name: str) -> None:
    assert find_target(f"setting:{name}") is not None


def test_nothing_leads_to_two_pages() -> None:
    keys = [key for page in ALL for key in page.opens]
    assert len(keys) == len(set(keys))
    known = {f"cause:{slug}" for slug in causes()} | {f"stage:{stage}" for stage in STAGES}
    led = {key.partition(".")[0] for key in keys if key.startswith(("cause:", "stage:"))}
    assert led == known, "and nothing is led to that is not there"


def test_what_is_not_known_leads_to_the_beginning() -> None:
    assert help_for("cause:no_such", "place:nowhere").topic == START
    assert help_for("cause:no_such", "stage:auth").topic == "stages"


# -- what they name --------------------------------------------------------------------------------


@by_topic
def test_links_lead_to_pages_that_the_catalogue_has(page: HelpPage) -> None:
    for piece in pieces(page):
        if piece.kind == "link":
            url = link_of(piece.target)
            assert url is not None, piece.target
            assert url.startswith("https://")


def test_a_link_that_the_catalogue_has_not_is_none() -> None:
    assert link_of("nobody.help") is None
    assert link_of("yahoo.console") is None


@by_topic
def test_commands_can_be_typed(page: HelpPage) -> None:
    for block in page.blocks:
        if block.shape == "command" and block.words.startswith("smtpwizard "):
            words = shlex.split(block.words.partition(" < ")[0])[1:]
            args = parse(words, Screen(json_wanted=False))
            if words[-1] != "--help":
                assert args is not None
                assert args.verb in VERBS
                parse_assignments(getattr(args, "assignments", []))


@by_topic
def test_pages_are_short_and_their_sentences_too(page: HelpPage) -> None:
    text = " ".join(block.words for block in page.blocks)
    assert len(text.split()) < 500
    for block in page.blocks:
        for sentence in re.split(r"(?<=[.?!]) |: |; ", block.words):
            assert len(sentence.split()) <= 26, sentence
    assert not re.search(r"\b(please|successfully|invalid|account profile)\b", text, re.IGNORECASE)
    assert not re.search(r"\[[a-z-]+\]|<[a-z]+\.|(?<!\w)\*\w", text), "a mark that was not read"


@by_topic
def test_every_page_is_found_by_its_title(page: HelpPage) -> None:
    assert search(page.title.replace(",", ""))[0] is page


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("535", "wrong-password"),
        ("wrong password", "wrong-password"),
        ("spam", "not-arriving"),
        ("DMARC", "not-arriving"),
        ("5.7.139", "smtp-auth-off"),
        ("redirect", "redirect-uri"),
        ("keyring", "stored"),
        ("self-signed", "certificates"),
        ("dark", "settings"),
        ("privacy", "cases"),
        ("greylisting", "limits"),
        ("port 587", "encryption"),
        ("AADSTS", "oauth-refused"),
        ("password refused", "wrong-password"),
        ("my password is rejected", "wrong-password"),
        ("login failed", "wrong-password"),
        ("certificate", "certificates"),
        ("certificate expired", "certificates"),
        ("connection timed out", "not-reached"),
        ("time-out", "not-reached"),
        ("cannot connect", "not-reached"),
        ("connection refused", "not-reached"),
        ("relay denied", "recipient-refused"),
        ("recipient rejected", "recipient-refused"),
        ("sender rejected", "cannot-send-as"),
        ("two factor", "app-passwords"),
        ("2FA", "app-passwords"),
        ("expired secret", "oauth-refused"),
        ("port 25", "encryption"),
        ("list of connectors", "connectors"),
    ],
)
def test_words_of_an_administrator_find_the_page(words: str, topic: str) -> None:
    assert search(words)[0].topic == topic


def test_no_words_find_every_page_and_strange_ones_none() -> None:
    assert list(search("  ")) == list(ALL)
    assert not search("sdfgh")
    assert not search("password sdfgh")


def test_a_topic_a_cause_a_stage_or_a_setting_is_one_page() -> None:
    for words, topic in (
        ("Wrong Password", "wrong-password"),
        ("bad_credentials", "wrong-password"),
        ("auth", "stages"),
        ("history.runs", "settings"),
    ):
        assert [page.topic for page in find_help(words)] == [topic]
    assert len(find_help("certificate")) > 1
    assert topics_like("certificats") == ("certificates",)


# -- reading ---------------------------------------------------------------------------------------

GOOD = 'part = "begin"\norder = 1\ntitle = "One"\n'


def test_every_mark_of_a_page() -> None:
    text = (
        "A line\nthat goes on, `as is` and *Next*.\n\n# Head\n1. First\n2. Second [one|there].\n"
        "- Point\n  goes on\n$ smtpwizard  list\nTerm :: Meaning <gmail.help>."
    )
    page = read_pages({"one": f"{GOOD}text = '''\n{text}\n'''"})["one"]
    assert [(block.shape, block.term, block.number) for block in page.blocks] == [
        ("paragraph", "", 0),
        ("heading", "", 0),
        ("step", "", 1),
        ("step", "", 2),
        ("point", "", 0),
        ("command", "", 0),
        ("term", "Term", 0),
    ]
    first = page.blocks[0].pieces
    assert [piece.kind for piece in first] == ["text", "literal", "text", "label", "text"]
    assert page.blocks[0].words == "A line that goes on, as is and Next."
    assert page.blocks[3].pieces[1] == Piece("page", "there", "one")
    assert page.blocks[4].words == "Point goes on"
    assert page.blocks[5].words == "smtpwizard  list"
    assert page.blocks[6].pieces[1] == Piece("link", "gmail.help", "gmail.help")


@pytest.mark.parametrize(
    "text",
    [
        "not TOML",
        'title = "One"',
        f"{GOOD}text = 'to [nowhere]'",
        f"{GOOD}see = ['nowhere']\ntext = ''",
        f"{GOOD}opens = ['cause:x#Nowhere']\ntext = '# Somewhere'",
        f"{GOOD}see = 'one'\ntext = ''",
        GOOD.replace("begin", "elsewhere") + "text = ''",
        GOOD.replace("1", '"1"') + "text = ''",
    ],
)
def test_a_page_that_is_not_right_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="one"):
        read_pages({"one": text})


# -- where it is read ------------------------------------------------------------------------------


def test_what_is_for_one_face_is_shown_there_alone() -> None:
    text = "%window 1. Choose *New*\n  and go on.\n%terminal $ smtpwizard list\nFor both."
    page = read_pages({"one": f"{GOOD}verbs = ['list']\ntext = '''\n{text}\n'''"})["one"]
    seen, typed = page.blocks_for("window"), page.blocks_for("terminal")
    assert [block.words for block in seen] == ["Choose New and go on.", "For both."]
    assert [block.words for block in typed] == ["smtpwizard list", "For both."]
    assert page.verbs == ("list",)


@by_topic
def test_a_terminal_is_told_of_the_window_only_as_of_the_window(page: HelpPage) -> None:
    """A page with labels of the window says what it describes; others have no buttons."""
    assert set(page.verbs) <= set(VERBS)
    labels = any(p.kind == "label" for block in page.blocks_for("terminal") for p in block.pieces)
    for block in page.blocks_for("terminal"):
        assert labels or not re.search(r"\b([Bb]uttons?|[Cc]lick|[Mm]enus?)\b", block.words)
