"""One word for one thing, text by text: in the window, on the command line, in both."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from smtpwizard.messages.face import FIELDS, Face, page_of
from tests.helpers.texts import Text, every_text, help_texts

TEXTS = tuple(every_text())
HELP = tuple(help_texts())

# What a terminal has none of. Consoles of providers do, and are named with their addresses.
_WINDOW_S = re.compile(
    r"\b([Bb]uttons?|[Cc]lick(s|ed)?|[Mm]enus?|[Dd]ialogs?|[Cc]heck ?box(es)?|[Pp]age [A-Z]|"
    r"[Cc]hoose [A-Z]|under Advanced)\b"
)
# What the window has none of: options, arguments, commands to type.
_TERMINAL_S = re.compile(
    r"(?<![\w-])--[a-z]|`?smtpwizard (?!answers|gives|made)[a-z-]+|standard input|\bstdin\b"
    r"|\b(an option|options? of the)\b"
)

# Not so, but so: beside the glossary of ARCHITECTURE.md, what a person would take for two things.
_NOT_SO = {
    r"\b[Ee]-mail": "email",
    r"\b(in|send) a mail\b": "an email",
    r"\b[Tt]his machine\b": "this computer",
    r"\bthe system keyring\b": "the system's keyring",
    r"\b[Dd]ata director": "data folder",
    r"\b([Ii]dP|IDP)\b": "sign-in server",
    r"\bSMTP host\b": "server",
    r"\berror number": "reply code",
    r"\b[Cc]allback": "redirect URI",
    r"\b[Vv]endor": "provider",
    r"\b[Mm]ail profile|\bprofiles?\b": "connector",
    r"\b[Bb]lanks\b": "spaces",
    r"\b[Ll]og-in\b": "login",
    r"\b[Uu]sername\b": "user name",
    r"\b[Ss]etup wizard\b": "wizard",
    r"\bmail account": "connector",
    r"\b[Ll]ast (verified|checked)\b": "Last test",
    r"\b[Kk]eyring of this \w+|\b[Tt]his system's keyring\b": "the system's keyring",
    r"\b[Uu]ntested\b": "not tested",
    r"\bNo (address|domain name) yet\b": "No domain yet",
    r"\b[Rr]equest pack\b": "the message",
    r"\bways? of encryption\b": "encryption method",
    r"\b[Nn]o difference\b": "Nothing differs",
    r"\(page [A-Z]": "under …, which holds for the wizard and for all settings on one page",
    r"\banother there\b": "differs there",
    r"\b[Ww]hitelist|\b[Bb]lack ?list|\b[Bb]locklist": "allow-list, block list",
    r"\b[Ss]omebody\b": "someone, or who it is",
    r"\b([Ww]hoever|[Ww]homever)\b": "who it is",
    r"\b[Ss]ecret expires\b": "Client secret ends",
    r"\b([Tt]his|recorded|[Ee]arlier|its|their) runs?\b(?! (on|in|here))": "test, recorded test",
    r"\w’\w": "a straight apostrophe",
    r"\b(has|have) to act\b|\b[Tt]o act:": "Who must act",
    r"\bsession (alone|only)\b(?<!this session only)|\bthe session only": "for this session only",
}

# Names that belong to others, or parts of what is typed.
_FOREIGN = re.compile(
    r"https?://\S+|\b[\w.-]+\.(com|net|org|example)\S*( > [^.,;]+)*|-[A-Z]\w+ |“[^”]*”|\{\w+\}"
)


def spoken(text: str) -> str:
    """A text without what is not ours in it, as it is read: on one line, without mnemonics."""
    return " ".join(re.sub(r"&(?=\w)", "", _FOREIGN.sub("", text)).split())


def said(texts: Iterable[Text]) -> list[str]:
    return [f"{each.place}: {each.text}" for each in texts]


def test_there_are_texts_of_every_kind() -> None:
    assert len(TEXTS) > 2500
    places = {each.place.partition("/")[0].partition(" ")[0] for each in TEXTS}
    assert {"gui", "cli", "messages", "causes", "--help"} <= places
    assert any(each.faces == {Face.WINDOW} and "messages" in each.place for each in TEXTS)


def test_nothing_on_a_terminal_speaks_of_buttons_pages_or_clicks() -> None:
    told = (each for each in TEXTS if Face.COMMAND_LINE in each.faces)
    assert said(each for each in told if _WINDOW_S.search(spoken(each.text))) == []


def test_a_sentence_of_both_faces_names_a_field_by_its_placeholder() -> None:
    """A terminal has fields by their dotted paths, and no labels."""
    labels = {field.label for key, field in FIELDS.items() if field.label and page_of(key)}
    telling = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    rule = re.compile(rf"\b(?:[Ss]et|[Ee]nter|[Cc]heck|[Ff]ill in) (?:the )?(?:{telling})\b(?! of)")
    both = (each for each in TEXTS if each.faces == frozenset(Face))
    assert said(each for each in both if rule.search(spoken(each.text))) == []


# In the window, and in words of the command line: with the reason.
_KNOWN = {
    "If you trust it, approve it on the command line: smtpwizard verify with --approve-command.":
        "a helper command is approved by whoever can see it run, in a terminal",
    "in a terminal, with smtpwizard edit": "of fields for which the window has no widget",
}  # fmt: skip


def test_nothing_in_the_window_speaks_of_options() -> None:
    told = (each for each in TEXTS if Face.WINDOW in each.faces and each.text not in _KNOWN)
    found = said(each for each in told if _TERMINAL_S.search(each.text))
    assert found == []
    assert set(_KNOWN) <= {each.text for each in TEXTS}


@pytest.mark.parametrize("wrong", _NOT_SO)
def test_one_word_is_used_for_one_thing(wrong: str) -> None:
    rule = re.compile(wrong)
    assert HELP
    found = said(each for each in (*TEXTS, *HELP) if rule.search(spoken(each.text)))
    assert found == [], f"say: {_NOT_SO[wrong]}"
