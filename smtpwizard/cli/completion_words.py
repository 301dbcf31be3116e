"""What completion knows of the command line: what can stand where, by the parser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smtpwizard.cases.case import PARTS
from smtpwizard.cli.completion_scripts import Node, Vocabulary
from smtpwizard.cli.outline import Outline, outline
from smtpwizard.help_pages import pages
from smtpwizard.usecases.demo import scenarios
from smtpwizard.usecases.diagnose import STAGES
from smtpwizard.usecases.edit import FIELDS
from smtpwizard.usecases.project import PROJECT_KEYS
from smtpwizard.usecases.settings import SETTINGS

# What a value is, by what the help calls it; what is not here is typed freely.
_KINDS: Mapping[str, str] = {
    "NAME": "connectors",
    "A": "connectors",
    "B": "connectors",
    "PROJECT": "projects",
    "FILE": "file",
    "ANSWER": "file",
    "DIR": "folder",
    "FIELD=VALUE": "field",
    "SCENARIO": "scenario",
    "TOPIC": "topic",
    "PART": "part",
    "ID": "run",
}
FREE = "free"


def vocabulary() -> Vocabulary:
    """What can stand where, with the words that the program itself knows."""
    lists = _lists()
    nodes = []
    for each in outline().all():
        valued = {
            option.flags[0]: _kind(each, option.flags, option.value, option.choices, lists)
            for option in each.options
            if option.value
        }
        places = [_kind(each, (), place.value, place.choices, lists) for place in each.places]
        many = bool(each.places) and each.places[-1].many
        options = {option.flags[0]: _plain(option.text) for option in each.options}
        below = {one.path[-1]: _plain(one.summary) for one in each.below}
        nodes.append(Node(" ".join(each.path), below, options, valued, tuple(places), many))
    return Vocabulary(tuple(nodes), lists)


def _plain(text: str) -> str:
    """A text for scripts, which shells read in whatever character set they have."""
    return text.replace("…", "...").encode("ascii", "replace").decode("ascii")


def _lists() -> dict[str, Sequence[str]]:
    """The words of each kind; where they end in an equals sign, a value follows."""
    return {
        "field": [f"{field}=" for field in FIELDS],
        "part": PARTS,
        "project_key": [f"{key}=" for key in PROJECT_KEYS],
        "run": ("latest",),
        "scenario": [scenario.name for scenario in scenarios()],
        "setting": [f"{name}=" for name in SETTINGS],
        "stage": tuple(STAGES),
        "topic": list(pages()),
    }


def _kind(
    node: Outline,
    flags: tuple[str, ...],
    value: str,
    choices: Sequence[str],
    lists: dict[str, Sequence[str]],
) -> str:
    """What a value is; choices become a list of their own."""
    if choices:
        same = (name for name, words in lists.items() if tuple(words) == tuple(choices))
        name = next(same, f"choice_{len(lists)}")
        lists.setdefault(name, choices)
        return name
    about_projects = node.path[:1] == ("project",) or "--project" in flags
    if value == "KEY=VALUE":
        return "project_key" if about_projects else "setting"
    if value == "NAME" and about_projects:
        return FREE if node.path[1:] == ("create",) else "projects"
    if "--stage" in flags:
        return "stage"
    return _KINDS.get(value, FREE)
