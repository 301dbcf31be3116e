"""The work the window hands to its task runner: use cases by name, each given its job.

Use cases are imported where the work runs: the window's start needs none of them. A page submits
`partial(work.save, ws, draft, stored)`; the runner adds the job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from smtpwizard.gui.tasks import Job

if TYPE_CHECKING:
    from pathlib import Path

    from smtpwizard.flow.draft import ConnectorDraft
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.report import Report, Stage
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.dates import DatedEvent
    from smtpwizard.usecases.kept_secrets import BoundElsewhere
    from smtpwizard.usecases.sign_in import SignedIn
    from smtpwizard.usecases.workspace import Listing, StoredConnector, Workspace


def load(ws: Workspace, _: Job) -> tuple[Sequence[ListedConnector], Listing]:
    """The list of connectors, with what could not be read."""
    from smtpwizard.usecases.connectors import list_connectors

    listing = ws.connectors()
    return list_connectors(ws, listing.connectors), listing


def sweep(ws: Workspace, _: Job) -> None:
    """Delete secrets that a save left behind when it did not come to its end."""
    from smtpwizard.usecases.save import sweep_secrets

    sweep_secrets(ws)


def verify(
    ws: Workspace,
    connector: Connector,
    secrets: Mapping[str, Secret],
    stored: StoredConnector | None,
    send_to: str | None,
    job: Job,
    *,
    held: SignedIn | None = None,
    stop_after: Stage | None = None,
) -> Report:
    """Verify what is on screen; secrets not typed come from the store of the edited connector.

    `held` is the sign-in that belongs to it, where there was one.
    """
    from smtpwizard.usecases.verify import verify_connector

    return verify_connector(
        ws,
        connector,
        secrets=secrets,
        send_to=send_to,
        stored=stored,
        stop_after=stop_after,
        token=job.token,
        observer=job.report,
        sign_in=held,
    )


def verify_stored(ws: Workspace, stored: StoredConnector, send_to: str | None, job: Job) -> Report:
    """Verify a saved connector and record the result."""
    from smtpwizard.usecases.verify import verify_stored as verify_saved

    return verify_saved(ws, stored, send_to=send_to, token=job.token, observer=job.report)


def find_out_more(
    ws: Workspace, connector: Connector, report: Report, job: Job
) -> tuple[list[str], Report]:
    """Look around the server: sentences, and the report with its causes weighed again."""
    from smtpwizard.messages.further import further_text
    from smtpwizard.usecases.find_out_more import find_out_more, with_more

    entry = ws.catalogue.get(connector.provider)
    more = find_out_more(connector, entry=entry, token=job.token)
    sentences = [further_text(found.code, found.facts) for found in more.findings]
    return sentences, with_more(report, more, connector, entry)


def save(
    ws: Workspace, draft: ConnectorDraft, stored: StoredConnector | None, job: Job
) -> StoredConnector:
    """Save what is on screen, with all that belongs to it."""
    from smtpwizard.usecases.save import save_draft

    return save_draft(ws, draft, stored=stored, token=job.token)


def remove(ws: Workspace, stored: StoredConnector, _: Job) -> None:
    """Remove a connector, its history and its secrets."""
    from smtpwizard.usecases.remove import remove_connector

    remove_connector(ws, stored)


def duplicate(ws: Workspace, stored: StoredConnector, name: str, _: Job) -> None:
    """Copy a connector under another name."""
    from smtpwizard.usecases.duplicate import duplicate_connector

    duplicate_connector(ws, stored, name)


def make_default(ws: Workspace, stored: StoredConnector, _: Job) -> None:
    """Make a connector the project's default."""
    from smtpwizard.usecases.default import set_default

    set_default(ws, stored)


def choose_store(ws: Workspace, name: str, _: Job) -> None:
    """Keep secrets in another store from now on."""
    ws.choose_secret_store(name)


def bind_again(ws: Workspace, refused: BoundElsewhere, _: Job) -> None:
    """Use a connector's stored secrets for what it says now: the user has agreed."""
    from smtpwizard.usecases import kept_secrets

    kept_secrets.bind_again(ws, refused)


def dates(ws: Workspace, _: Job) -> Sequence[DatedEvent]:
    """What expires, of every connector of the project."""
    from smtpwizard.usecases.dates import all_dates

    return all_dates(ws)


def write_calendar(ws: Workspace, path: Path, _: Job) -> None:
    """All dates as an iCalendar file; raises `UsageError("file_unwritable")`."""
    from smtpwizard.messages.signing_in import date_text
    from smtpwizard.model.errors import UsageError
    from smtpwizard.usecases.dates import all_dates, calendar

    events = all_dates(ws)
    content = calendar(events, [date_text(e.what, e.facts()) for e in events])
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise UsageError("file_unwritable", path=str(path), reason=reason) from None
