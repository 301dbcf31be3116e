"""What sentences name, held against what is there: the window's widgets, the parser's verbs.

Knows no list of its own of either.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QAbstractButton, QComboBox, QGroupBox, QWidget

from smtpwizard.cli.grammar import VERBS
from smtpwizard.cli.parser import build_parser
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard, page_titles
from smtpwizard.messages.face import FIELDS
from smtpwizard.usecases.edit import FIELDS as EDITABLE

# How a sentence says where: “(under Provider, Advanced)”, “under Authenticate choose”.
_PAGES = re.compile(r"\(under ([^()]+)\)")
_PAGE = re.compile(
    r"\b(?:Under|[Ss]ign in(?: again)? under) ([A-Z][a-z]+(?: [a-z]+)*?)(?=[.,;]| choose| take|$)"
)
_CHOOSE = re.compile(r"\b[Cc]hoose ([A-Z][\w ()]*)")
_OR = re.compile(r" or ([A-Z]\w+)(?=[.,]|$)")
_SET = re.compile(
    r"(?:\b[Ss]et|\b[Ee]nter|\b[Ee]nter (?:it|that) as|[Cc]heck that|[Cc]heck|[Cc]ompare) "
    r"(?=[A-Z])"
)
_ALSO = re.compile(r"(?: and|; if it is empty, check) (?=[A-Z])")
_COMMAND = re.compile(r"smtpwizard (?!demo authority)([a-z][a-z-]*)")
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_SETTING = re.compile(r"--set ([\w.]+)=")


@dataclass(frozen=True)
class Window:
    """What the wizard shows of a connector: labels by page, groups by page, buttons anywhere."""

    labels: Mapping[str, frozenset[str]]
    groups: Mapping[str, frozenset[str]]
    buttons: frozenset[str]

    @classmethod
    def of(cls, wizard: ConnectorWizard, *others: QWidget) -> Window:
        """Every page of this wizard as its draft makes it, and the buttons of `others` as well."""
        labels, groups, buttons = {}, {}, set[str]()
        for step, page in wizard.pages.items():
            page.refresh()
            folds = page.findChildren(Fold)
            for fold in folds:
                fold.set_open(True)
            title = page_titles()[step]
            fields = [f for f in page.fields if f.editor.isVisibleTo(page)]
            labels[title] = frozenset(field.name for field in fields)
            groups[title] = frozenset(
                group.title() for group in page.findChildren(QGroupBox) if group.isVisibleTo(page)
            ) | {fold.button.accessibleName() for fold in folds if fold.isVisibleTo(page)}
            buttons |= set(_buttons(page))
        for other in (wizard, *others):
            buttons |= set(_buttons(other))
        return cls(labels, groups, frozenset(buttons))

    @classmethod
    def any_of(cls, windows: Sequence[Window]) -> Window:
        """What any of these has."""
        titles = windows[0].labels
        return cls(
            {title: frozenset().union(*(w.labels[title] for w in windows)) for title in titles},
            {title: frozenset().union(*(w.groups[title] for w in windows)) for title in titles},
            frozenset().union(*(w.buttons for w in windows)),
        )

    def unknown(self, text: str) -> list[str]:
        """What a sentence names and the window has not."""
        every = frozenset().union(*self.labels.values())
        found: list[str] = []
        for place in (p for match in _PAGES.findall(text) for p in match.split(" / ")):
            title, _, part = place.partition(", ")
            if title not in self.labels:
                found.append(f"page {title}")
            elif part.startswith("with "):
                if part.removeprefix("with ") not in self.buttons:
                    found.append(part)
                continue
            elif part and part not in self.groups[title]:
                found.append(f"group {part}")
            named = {f.label for f in FIELDS.values() if f.label and _says(text, f.label)}
            if title in self.labels and not named & self.labels[title]:
                found.append(f"no field of the page {title}: {text}")
        if "with Create a connection" in text:
            return found
        found += [f"page {page}" for page in _PAGE.findall(text) if page not in self.labels]
        choices = (*_CHOOSE.findall(text), *(_OR.findall(text) if _CHOOSE.search(text) else ()))
        found += [f"choose {c}" for c in choices if not _begins(c, self.buttons)]
        if "Find out more" in text and "Find out more" not in self.buttons:
            found.append("Find out more")
        found += [f"field {rest}" for rest in _set_fields(text) if not _begins(rest, every)]
        if not re.search(r"[Ii]n a terminal|command line", text):
            found += [f"command {verb}" for verb in _COMMAND.findall(text)]
            found += [f"flag {flag}" for flag in _FLAG.findall(_without_foreign(text))]
        return found


def _buttons(widget: QWidget) -> Iterator[str]:
    """What can be chosen: buttons, and the items of drop-downs."""
    for box in widget.findChildren(QComboBox):
        if box.isVisibleTo(widget):
            yield from (box.itemText(index) for index in range(box.count()))
    for each in widget.findChildren(QAbstractButton):
        text = each.text().replace("&", "")
        if text and each.isVisibleTo(widget):
            yield text


def _says(text: str, label: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text) is not None


def _begins(text: str, names: Iterable[str]) -> bool:
    return any(re.match(rf"{re.escape(name)}(?!\w)", text) for name in names)


def _set_fields(text: str) -> list[str]:
    """What follows where a sentence tells to set, enter or check a field."""
    found = [text[match.end() :] for match in _SET.finditer(text)]
    if found and "(under " in text:
        found += [text[match.end() :] for match in _ALSO.finditer(text)]
    return found


def _without_foreign(text: str) -> str:
    """A sentence without the commands of other programs."""
    return re.sub(r"(?:openssl|sudo|Set-|Get-|Add-|New-)[^.]*", "", text)


class Terminal:
    """The verbs of the command line with their flags, by its own parser."""

    def __init__(self) -> None:
        parser = build_parser(VERBS)
        [verbs] = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        self.verbs: Mapping[str, frozenset[str]] = {
            name: frozenset(flag for action in sub._actions for flag in action.option_strings)
            for name, sub in verbs.choices.items()
        }

    def unknown(self, text: str) -> list[str]:
        """What a sentence names and the command line has not."""
        found = [f"verb {verb}" for verb in _COMMAND.findall(text) if verb not in self.verbs]
        own = _without_foreign(text)
        for match in re.finditer(r"smtpwizard ([a-z-]+)([^.;)]*)", own):
            flags = self.verbs.get(match[1], frozenset())
            found += [f"{match[1]} {flag}" for flag in _FLAG.findall(match[2]) if flag not in flags]
        known = frozenset().union(*self.verbs.values())
        found += [f"flag {flag}" for flag in _FLAG.findall(own) if flag not in known]
        found += [f"setting {name}" for name in _SETTING.findall(text) if name not in EDITABLE]
        if re.search(r"\bpage [A-Z]|\(under [A-Z]|\b[Cc]hoose [A-Z]|\bbutton\b|Advanced", text):
            found.append(f"something of the window: {text}")
        return found


def sentences(texts: Sequence[str]) -> list[str]:
    """The lines of some texts, without their numbers."""
    lines = (line for text in texts for line in text.splitlines())
    return [re.sub(r"^\d\. ", "", line.strip()) for line in lines if line.strip()]
