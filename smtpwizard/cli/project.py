"""`project list|create|set|use|rename|remove`: whose connectors these are."""

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
        headings = ("", _("NAME"), _("SMART FLOWS DOMAIN"), _("BASE URL"), _("ENVIRONMENT"))
        keys = ("name", "domain", "base_url", "environment")
        rows = [
            ("*" if entry["current"] else "", *(entry[key] or "–" for key in keys))
            for entry in documents
        ]
        screen.answer({"projects": documents}, table(headings, rows) + "\n* " + _("current"))
        if len(documents) > 1:
            screen.note(_("commands work on the current one; the window shows the one it had last"))
        return 0
    if args.action == "remove":
        return _remove(ws, args, screen)
    if args.action == "create":
        name, *others = args.values
        values = project.parse_project_values(others)
        changed = project.create_project(ws, name.removeprefix("name="), **values)
        text = _("Created the project {name}.")
    elif args.action == "set":
        changed = project.set_project(ws, **project.parse_project_values(args.values))
        text = _("Saved the project {name}.")
    elif args.action == "rename":
        changed = project.rename_project(ws, args.name, args.new_name)
        text = _("The project is called {name} now.")
    else:
        changed = ws.project = project.use_project(ws, args.name)
        text = _("Commands work on the project {name} now.")
    if changed.domain and changed.base_url:
        screen.note(_("the redirect URI follows from base_url; an empty one lets domain count"))
    text = text.format(name=clean_text(changed.name))
    screen.answer(project.project_document(ws, changed), text)
    return 0


def _remove(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.remove_project import remove_project  # noqa: PLC0415 - deletes secrets

    removed = remove_project(ws, args.name, with_connectors=args.with_connectors)
    if not removed.complete:
        screen.note(
            _(
                "its secrets could not all be deleted yet, because a store cannot be used now; "
                "the next change tries again"
            )
        )
    if removed.project.id == ws.project.id:
        ws.project = ws.data.current_project()
        screen.note(_("the current project is {name}").format(name=clean_text(ws.project.name)))
    text = _("Removed the project {name}.")
    if removed.connectors:
        text = _("Removed the project {name} and its connectors: {connectors}.")
    document = {
        "removed": removed.project.name,
        "connectors": list(removed.connectors),
        "current": ws.project.name,
    }
    connectors = ", ".join(clean_text(name) for name in removed.connectors)
    name = clean_text(removed.project.name)
    screen.answer(document, text.format(name=name, connectors=connectors))
    return 0
