"""`project list|create|set|use`: whose connectors these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.output import table
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.usecases import project

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Do with projects what `args.action` says."""
    if args.action == "list":
        documents = [project.project_document(ws, entry) for entry in project.list_projects(ws)]
        headings = ("", "NAME", "DOMAIN", "BASE URL", "ENVIRONMENT")
        keys = ("name", "domain", "base_url", "environment")
        rows = [
            ("*" if entry["current"] else "", *(entry[key] or "–" for key in keys))
            for entry in documents
        ]
        screen.answer({"projects": documents}, table(headings, rows) + "\n* " + _("current"))
        return 0
    if args.action == "create":
        name, *others = args.values
        values = project.parse_project_values(others)
        changed = project.create_project(ws, name.removeprefix("name="), **values)
        text = _("Created the project {name}.")
    elif args.action == "set":
        changed = project.set_project(ws, **project.parse_project_values(args.values))
        text = _("Saved the project {name}.")
    else:
        changed = ws.project = project.use_project(ws, args.name)
        text = _("The current project is {name} now.")
    text = text.format(name=clean_text(changed.name))
    screen.answer(project.project_document(ws, changed), text)
    return 0
