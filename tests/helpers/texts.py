"""Every text that the program's own files have for a person, and the face that shows it."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from smtpwizard import messages
from smtpwizard.cli.outline import outline
from smtpwizard.messages.face import Face

PACKAGE = Path(messages.__file__).parents[1]
BOTH = frozenset(Face)
# What marks a text for translation.
_MARKS = ("_", "mark", "tr", "translate")
# What stands in a file of causes and is read by nobody.
_UNREAD = ("link", "rules", "rule", "neighbours", "source")


class Text(NamedTuple):
    """A text, where it stands, and who shows it."""

    text: str
    place: str
    faces: frozenset[Face]


def every_text() -> Iterator[Text]:
    """Labels, sentences, causes, help of verbs and options."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0]
        faces = {"gui": frozenset({Face.WINDOW}), "cli": frozenset({Face.COMMAND_LINE})}
        finder = _Finder(path.relative_to(PACKAGE).as_posix(), faces.get(room, BOTH))
        finder.visit(ast.parse(path.read_text(encoding="utf-8")))
        yield from finder.found
    for path in sorted((PACKAGE / "causes").glob("*.toml")):
        for text in _texts(tomllib.loads(path.read_text(encoding="utf-8"))):
            yield Text(text, f"causes/{path.name}", BOTH)
    for node in outline().all():
        place, only = f"--help of {' '.join(node.path)}", frozenset({Face.COMMAND_LINE})
        yield Text(node.description, place, only)
        yield from (Text(each.text, place, only) for each in node.options)
        yield from (Text(each.text, place, only) for each in node.places)


def help_texts() -> Iterator[Text]:
    """The pages of help, which speak of both faces: each of its commands, too."""
    for path in sorted((PACKAGE / "help_pages").glob("*.toml")):
        page = tomllib.loads(path.read_text(encoding="utf-8"))
        for text in (page["title"], page["text"]):
            yield Text(text, f"help_pages/{path.name}", BOTH)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from () if key in _UNREAD else _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


class _Finder(ast.NodeVisitor):
    def __init__(self, place: str, faces: frozenset[Face]) -> None:
        self.found: list[Text] = []
        self._place = place
        self._faces = faces

    def visit_Assign(self, node: ast.Assign) -> None:
        self._under_name(node, [t.id for t in node.targets if isinstance(t, ast.Name)])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._under_name(node, [node.target.id] if isinstance(node.target, ast.Name) else [])

    def _under_name(self, node: ast.AST, names: list[str]) -> None:
        only = self._faces
        if any("COMMANDS" in each for each in names):  # what nothing but a command can ask for
            only = frozenset({Face.COMMAND_LINE})
        elif any("AT_HAND" in each for each in names):  # what only a window has links for
            only = frozenset({Face.WINDOW})
        self._visit_for(only, node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            face = ast.unparse(key).removeprefix("Face.") if key is not None else ""
            known = Face.__members__.get(face)
            self._visit_for(frozenset({known}) if known else self._faces, value, itself=True)

    def visit_Call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in _MARKS and node.args and isinstance(node.args[0], ast.Constant):
            place = f"{self._place}:{node.lineno}"
            self.found.append(Text(str(node.args[0].value), place, self._faces))
        self.generic_visit(node)

    def _visit_for(self, faces: frozenset[Face], node: ast.AST, *, itself: bool = False) -> None:
        before, self._faces = self._faces, faces
        if itself:
            self.visit(node)
        else:
            self.generic_visit(node)
        self._faces = before
