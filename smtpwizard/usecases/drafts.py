"""The wizard's drafts, looked over and verified exactly as they are on screen.

Saves nothing but the runs, with the connector being edited; `save.save_draft` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Report, Stage, StageResult
from smtpwizard.usecases.history import keep_run, make_run
from smtpwizard.usecases.input import first_problem
from smtpwizard.usecases.sign_in import look_over_registration
from smtpwizard.usecases.verify import SecretSources, verify_connector

# Of a draft that is verified over and over, so many runs.
MAX_HELD = 50

if TYPE_CHECKING:
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.usecases.workspace import Workspace


def look_over_draft(ws: Workspace, draft: ConnectorDraft) -> dict[str, tuple[str, dict[str, Any]]]:
    """What looks wrong in the registration on screen: code and facts by field, one each.

    What has not been entered yet is a problem of the draft, and none of these.
    """
    connector = draft.for_sign_in(ws.defaults_for)
    if connector is None:
        return {}
    kept = "client_secret" in draft.kept_secrets
    try:
        found = look_over_registration(ws, connector, draft.client_secret, kept_secret=kept)
    except UsageError:
        return {}
    return {
        field: (code, facts)
        for field, code, facts in reversed(found)
        if code != "secret_missing_for_web"
    }


def verify_draft(
    ws: Workspace,
    draft: ConnectorDraft,
    stored: StoredConnector | None = None,
    *,
    send: bool = True,
    token: CancelToken | None = None,
    observer: Callable[[StageResult], None] | None = None,
) -> Report:
    """Verify what is on screen, with a test email where it is to `send` one.

    With it go the secrets typed for it and the sign-in that belongs to it; what is missing comes
    from where `stored`, the connector being edited, keeps it. Raises `UsageError` for the draft's
    first problem, and what `verify_connector` does.
    """
    connector, problems = draft.judge(ws.defaults_for)
    if connector is None:
        raise first_problem(problems)
    report = verify_connector(
        ws,
        connector,
        SecretSources(draft.secrets(), stored, draft.holding_sign_in()),
        send_to=connector.test_recipient() if send else None,
        token=token,
        observer=observer,
    )
    note_run(ws, draft, stored, connector, report)
    return report


def prove_sign_in(
    ws: Workspace,
    draft: ConnectorDraft,
    stored: StoredConnector | None = None,
    *,
    token: CancelToken | None = None,
    observer: Callable[[StageResult], None] | None = None,
) -> Report:
    """Verify as far as the login, with the tokens of the draft's sign-in.

    What the last page asks for may still be missing. Raises as `verify_draft` does.
    """
    connector = draft.for_sign_in(ws.defaults_for)
    if connector is None:
        raise first_problem(draft.judge(ws.defaults_for)[1])
    report = verify_connector(
        ws,
        connector,
        SecretSources(draft.secrets(), stored, draft.holding_sign_in()),
        send_to=None,
        stop_after=Stage.AUTH,
        token=token,
        observer=observer,
    )
    note_run(ws, draft, stored, connector, report)
    return report


def note_run(
    ws: Workspace,
    draft: ConnectorDraft,
    stored: StoredConnector | None,
    connector: Connector,
    report: Report,
) -> None:
    """Keep the run with the connector being edited, and with the draft for when it is saved."""
    run = make_run(ws, stored, connector, report)
    keep_run(ws, run)
    if draft.runs is not None:
        draft.runs.append(run)
        del draft.runs[:-MAX_HELD]
