"""The wizard's drafts: begun from what is stored, and verified exactly as they are on screen.

Saves nothing; `save.save_draft` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtpwizard.flow.draft import ConnectorDraft, draft_from_connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Report, Stage, StageResult

if TYPE_CHECKING:
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.usecases.workspace import Workspace


def begin_draft(
    ws: Workspace,
    stored: StoredConnector | None = None,
    *,
    taken_names: frozenset[str] = frozenset(),
) -> ConnectorDraft:
    """An empty draft, or one showing `stored`; it knows the project's addresses.

    `taken_names` are the name keys of the project's connectors. The catalogue is not asked yet:
    `with_family` does.
    """
    draft = ConnectorDraft(domain=ws.project.domain or "")
    if stored is not None:
        draft = draft_from_connector(
            stored.connector,
            kept_secrets=frozenset(stored.secrets),
            taken_names=frozenset(),
            domain=ws.project.domain or "",
        )
    return replace(draft, base_url=ws.project.base_url or "").with_taken_names(taken_names)


def look_over_draft(ws: Workspace, draft: ConnectorDraft) -> dict[str, tuple[str, dict[str, Any]]]:
    """What looks wrong in the registration on screen: code and facts by field, one each.

    What has not been entered yet is a problem of the draft, and none of these.
    """
    from smtpwizard.usecases.sign_in import look_over_registration  # noqa: PLC0415 - the window begins a draft without these

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
    from smtpwizard.usecases.input import first_problem  # noqa: PLC0415 - a draft begins without it
    from smtpwizard.usecases.verify import SecretSources, verify_connector  # noqa: PLC0415 - a draft begins without it

    connector, problems = draft.judge(ws.defaults_for)
    if connector is None:
        raise first_problem(problems)
    return verify_connector(
        ws,
        connector,
        SecretSources(draft.secrets(), stored, draft.holding_sign_in()),
        send_to=connector.test_recipient() if send else None,
        token=token,
        observer=observer,
    )


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
    from smtpwizard.usecases.input import first_problem  # noqa: PLC0415 - a draft begins without it
    from smtpwizard.usecases.verify import SecretSources, verify_connector  # noqa: PLC0415 - a draft begins without it

    connector = draft.for_sign_in(ws.defaults_for)
    if connector is None:
        raise first_problem(draft.judge(ws.defaults_for)[1])
    return verify_connector(
        ws,
        connector,
        SecretSources(draft.secrets(), stored, draft.holding_sign_in()),
        send_to=None,
        stop_after=Stage.AUTH,
        token=token,
        observer=observer,
    )
