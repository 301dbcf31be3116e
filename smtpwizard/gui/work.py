"""The work the window hands to its task runner, in terms of use cases.

Use cases are imported where the work runs: the window's start needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from smtpwizard.gui.tasks import Job

if TYPE_CHECKING:
    from pathlib import Path

    from smtpwizard.gui.signinwork import HeldSignIn
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.report import Report, Stage
    from smtpwizard.usecases.workspace import StoredConnector, Workspace

Work = Callable[[Job], Any]


def load(ws: Workspace) -> Work:
    """The list of connectors, with what could not be read: (rows, listing)."""

    def work(_: Job) -> Any:
        from smtpwizard.usecases.connectors import list_connectors

        listing = ws.connectors()
        return list_connectors(ws, listing.connectors), listing

    return work


def sweep(ws: Workspace) -> Work:
    """Delete secrets that a save left behind when it did not come to its end."""

    def work(_: Job) -> None:
        from smtpwizard.usecases.save import sweep_secrets

        sweep_secrets(ws)

    return work


def verify(
    ws: Workspace,
    connector: Connector,
    secrets: Mapping[str, Secret],
    stored: StoredConnector | None,
    send_to: str | None,
    *,
    held: HeldSignIn | None = None,
    stop_after: Stage | None = None,
) -> Callable[[Job], Report]:
    """Verify what is on screen; secrets not typed come from the store of the edited connector.

    `held` is the sign-in that belongs to it, where there was one.
    """

    def work(job: Job) -> Report:
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
            source=None if held is None else held.source(ws, connector, job.token),
        )

    return work


def verify_stored(
    ws: Workspace, stored: StoredConnector, send_to: str | None
) -> Callable[[Job], Report]:
    """Verify a saved connector and record the result."""

    def work(job: Job) -> Report:
        from smtpwizard.usecases.verify import verify_stored as verify_saved

        return verify_saved(ws, stored, send_to=send_to, token=job.token, observer=job.report)

    return work


def find_out_more(ws: Workspace, connector: Connector, report: Report) -> Work:
    """Look around the server: sentences, and the report with its causes weighed again."""

    def work(job: Job) -> Any:
        from smtpwizard.messages.further import further_text
        from smtpwizard.usecases.find_out_more import find_out_more, with_more

        entry = ws.catalogue.get(connector.provider)
        more = find_out_more(connector, entry=entry, token=job.token)
        sentences = [further_text(found.code, found.facts) for found in more.findings]
        return sentences, with_more(report, more, connector, entry)

    return work


def save(
    ws: Workspace,
    connector: Connector,
    secrets: Mapping[str, Secret],
    stored: StoredConnector | None,
    report: Report | None,
    domain: str | None,
) -> Work:
    """Save connector and secrets together; the project's domain after them where it changed."""

    def work(job: Job) -> StoredConnector:
        from smtpwizard.usecases.save import save_connector, secret_kinds

        kinds = secret_kinds(connector)
        saved = save_connector(
            ws,
            connector,
            secrets={kind: secret for kind, secret in secrets.items() if kind in kinds},
            stored=stored,
            report=report,
            token=job.token,
        )
        if "refresh_token" in secrets and "refresh_token" in kinds:
            from smtpwizard.usecases.record import RENEWED, SIGNED_IN, record_moment

            record_moment(ws, saved, SIGNED_IN, RENEWED)
        if domain is not None:
            from smtpwizard.usecases.projects import set_project

            set_project(ws, domain=domain)
        return saved

    return work


def remove(ws: Workspace, stored: StoredConnector) -> Work:
    def work(_: Job) -> None:
        from smtpwizard.usecases.remove import remove_connector

        remove_connector(ws, stored)

    return work


def duplicate(ws: Workspace, stored: StoredConnector, name: str) -> Work:
    def work(_: Job) -> None:
        from smtpwizard.usecases.duplicate import duplicate_connector

        duplicate_connector(ws, stored, name)

    return work


def make_default(ws: Workspace, stored: StoredConnector) -> Work:
    def work(_: Job) -> None:
        from smtpwizard.usecases.default import set_default

        set_default(ws, stored)

    return work


def choose_store(ws: Workspace, name: str) -> Work:
    """Keep secrets in another store from now on."""

    def work(_: Job) -> None:
        ws.choose_secret_store(name)

    return work


def write_calendar(ws: Workspace, path: Path) -> Work:
    """All dates as an iCalendar file."""

    def work(_: Job) -> None:
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

    return work
