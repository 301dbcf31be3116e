"""The verbs: arguments to use cases, results to answers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import (
    answer_changed,
    answer_connector,
    leaves,
    leftovers,
    note_leftovers,
    note_overrides,
    note_secrets,
    quoted,
)
from smtpwizard.cli.output import pairs, table
from smtpwizard.messages import Face, error_text
from smtpwizard.messages import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import SecretStoreError, UsageError
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import StoredConnector

DEMO_VARIABLE = "SMTPWIZARD_DEMO"


class OpenWindow(Protocol):
    """Shows the window until it is closed; answers the exit code."""

    def __call__(
        self,
        ws: Workspace,
        *,
        new: bool,
        demo: dict[str, object] | None,
    ) -> int: ...


def open_workspace(args: argparse.Namespace) -> Workspace:
    """The workspace that the global options ask for; raises `UsageError`, `StorageError`."""
    return Workspace.open(
        args.data_dir,
        project=args.project,
        secret_store=args.secret_store,
        passphrase=None if args.verb == "gui" else inputs.ask_passphrase,
        anyway=args.verb == "doctor",
    )


# -- looking -----------------------------------------------------------------------------------


def list_(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.connectors import list_connectors

    listing = ws.connectors()
    rows = list_connectors(ws, listing.connectors)
    document: dict[str, Any] = {"connectors": [row.to_json() for row in rows]}
    document |= leftovers(listing)
    note_leftovers(listing, screen)
    if screen.json_wanted:  # a table of thousands takes its time
        text = ""
    elif not rows:
        text = _("No connectors yet. Make one: smtpwizard create --from FILE, or in the window.")
    else:
        headings = (
            "", "NAME", "PROVIDER", "SERVER", "METHOD", "USER", "STATUS", "VERIFIED", "EXPIRES",
        )  # fmt: skip
        text = table(
            headings,
            [
                (
                    "*" if row.default else "",
                    row.name,
                    row.provider,
                    row.server,
                    row.method,
                    row.username or "–",
                    row.status,
                    row.verified_at or "–",
                    (row.expires_at or "–")[:10],
                )
                for row in rows
            ],
        )
        text += "\n* " + _("default") if any(row.default for row in rows) else ""
    screen.answer(document, text)
    return 0


def show(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    stored = ws.find(args.name)
    note_overrides(ws, stored, screen)
    answer_connector(ws, stored, screen)
    return 0


def doctor(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.messages import warning_text
    from smtpwizard.usecases.doctor import examine

    facts = examine(ws)
    lines = pairs(leaves({k: v for k, v in facts.items() if k != "warnings"}))
    facts["warnings"] = [w | {"message": warning_text(w["code"], w)} for w in facts["warnings"]]
    warnings = [_("warning: {text}").format(text=w["message"]) for w in facts["warnings"]]
    screen.answer(facts, "\n".join([lines, *warnings]))
    return 0


# -- changing ----------------------------------------------------------------------------------


def create(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.documents import parse_connector, refuse_misplaced
    from smtpwizard.usecases.save import create_connector

    document, secret = inputs.read_source(args.source, screen, with_secret=args.secret_stdin)
    connector = parse_connector(document, ws.defaults_for)
    refuse_misplaced(connector)  # before anybody is asked for a secret
    if secret is None and screen.interactive:
        secret = inputs.ask_for_secret_of(connector)
    return _answer_saved(ws, create_connector(ws, connector, secret), args, screen)


def edit(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.edit import edit_connector, parse_assignments

    values = parse_assignments(args.assignments)
    if not (values or args.secret_stdin or args.approve_command or args.client_json):
        raise UsageError("nothing_to_change")
    stored = ws.find(args.name)
    secret = inputs.read_secret(screen) if args.secret_stdin else None

    def change() -> StoredConnector:
        return edit_connector(ws, stored, values, secret=secret, client_file=args.client_json)

    return _answer_saved(ws, inputs.with_consent(ws, screen, change), args, screen)


def _answer_saved(
    ws: Workspace, stored: StoredConnector, args: argparse.Namespace, screen: Screen
) -> int:
    try:
        inputs.approve_command(ws, stored, args, screen)
    except SecretStoreError as error:  # it is saved all the same
        screen.note(error_text(error.code, error.facts, Face.COMMAND_LINE))
    note_secrets(stored, screen)
    answer_changed(ws, stored, screen, _("Saved {name}.").format(name=quoted(stored)))
    return 0


def duplicate(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.duplicate import duplicate_connector

    stored = ws.find(args.name)
    copy = inputs.with_consent(ws, screen, lambda: duplicate_connector(ws, stored, args.new_name))
    note_secrets(copy, screen)
    answer_changed(ws, copy, screen, _("Saved {name}.").format(name=quoted(copy)))
    return 0


def remove(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.remove import remove_connector

    stored = ws.find(args.name)
    if args.revoke:
        from smtpwizard.usecases.revoke import revoke

        if not inputs.with_consent(ws, screen, lambda: revoke(ws, stored)):
            screen.note(_("its sign-in could not be ended at the provider: do it there"))
    if not remove_connector(ws, stored):
        screen.note(
            _(
                "its secret could not be deleted yet, because its store cannot be used now; "
                "the next change tries again"
            )
        )
    screen.answer(
        {"removed": stored.connector.name}, _("Removed {name}.").format(name=quoted(stored))
    )
    return 0


def default(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.default import set_default

    stored = ws.find(args.name)
    set_default(ws, stored)
    answer_changed(ws, stored, screen, _("{name} is the default now.").format(name=quoted(stored)))
    return 0


def project(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases import projects

    if args.action == "list":
        documents = [projects.project_document(ws, entry) for entry in projects.list_projects(ws)]
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
        values = projects.parse_project_values(others)
        changed = projects.create_project(ws, name.removeprefix("name="), **values)
        text = _("Created the project {name}.")
    elif args.action == "set":
        changed = projects.set_project(ws, **projects.parse_project_values(args.values))
        text = _("Saved the project {name}.")
    else:
        changed = ws.project = projects.use_project(ws, args.name)
        text = _("The current project is {name} now.")
    text = text.format(name=clean_text(changed.name))
    screen.answer(projects.project_document(ws, changed), text)
    return 0


# -- verifying ---------------------------------------------------------------------------------


def verify(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.cli.verify import run_verification

    return run_verification(ws, args, screen)


def sign_in(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.cli.sign_in import run_sign_in

    return run_sign_in(ws, args, screen)


def guide(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.cli.guide import show_guide

    return show_guide(ws, args, screen)


def dates(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.cli.guide import show_dates

    return show_dates(ws, args, screen)


def passphrase(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.usecases.passphrase import change_passphrase

    old, new = inputs.read_passphrases(args.secret_stdin)
    change_passphrase(ws, old, new)
    if ws.has_passphrase_command:
        screen.note(_("SMTPWIZARD_PASSPHRASE_COMMAND has to print the new one from now on"))
    text = _("The passphrase is changed; everything in the file is encrypted anew.")
    screen.answer({"passphrase_changed": True}, text)
    return 0


# -- explaining --------------------------------------------------------------------------------


def diagnose(args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.cli.diagnose import run_diagnosis

    return run_diagnosis(args, screen)


# -- the window and the demo -------------------------------------------------------------------


def gui(ws: Workspace, args: argparse.Namespace, open_window: OpenWindow) -> int:
    """Open the window; raises `UsageError` where no display opens."""
    from smtpwizard.usecases.display import check_display

    check_display()
    text = os.environ.get(DEMO_VARIABLE)
    server = json.loads(text) if text else None
    return open_window(ws, new=args.new, demo=server)


def demo(args: argparse.Namespace, screen: Screen) -> int:
    from smtpwizard.cli.demonstration import DemoPrinter
    from smtpwizard.usecases.demo import run_demo, scenario_document, scenarios

    if args.listed:
        known = [{**scenario_document(entry), "title": _(entry.title)} for entry in scenarios()]
        screen.answer(
            {"scenarios": known}, pairs([(str(e["name"]), str(e["title"])) for e in known])
        )
        return 0
    chosen = {} if args.scenario is None else {"scenario": args.scenario}
    printer = DemoPrinter(screen.writer())
    code = run_demo(unattended=args.unattended, listener=printer, **chosen)
    screen.answer({"ok": code == 0}, "")
    return code


VERBS: Mapping[str, Callable[[Workspace, argparse.Namespace, Screen], int]] = {
    "list": list_,
    "show": show,
    "create": create,
    "edit": edit,
    "duplicate": duplicate,
    "remove": remove,
    "default": default,
    "project": project,
    "sign-in": sign_in,
    "verify": verify,
    "guide": guide,
    "dates": dates,
    "passphrase": passphrase,
    "doctor": doctor,
}
