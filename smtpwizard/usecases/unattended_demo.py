"""The demo without a window: the wizard's main job by the same use cases, with nobody to ask.

Judges nothing but whether it came to where its scenario leads.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from smtpwizard.flow.draft import begin_draft
from smtpwizard.flow.fixes import FixId, fixes_for
from smtpwizard.flow.prefill import fill_in
from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.errors import SmtpWizardError, UsageError
from smtpwizard.model.registration import Redirect
from smtpwizard.oauth.signed_in import Dialogue, SignedIn
from smtpwizard.usecases.drafts import verify_draft
from smtpwizard.usecases.save import save_draft
from smtpwizard.usecases.sign_in import SignInFailure, came_to_nothing, failure_of, sign_in

if TYPE_CHECKING:
    from smtpwizard.demo.scenarios import Scenario
    from smtpwizard.flow.draft import ConnectorDraft
    from smtpwizard.model.report import Cause, Report
    from smtpwizard.usecases.workspace import Workspace

NAME = "Demo"
_SIGN_IN_S = 60.0
_VISIT_S = 20.0


class JobListener(Protocol):
    """Who tells what came of each step."""

    def tested(self, report: Report) -> None: ...

    def sign_in_failed(self, causes: Sequence[Cause]) -> None: ...

    def trying(self, fix: FixId) -> None: ...


def do_main_job(
    ws: Workspace, scenario: Scenario, demo: Mapping[str, Any], listener: JobListener
) -> bool:
    """Go from an empty project to a saved, verified connector, or to the scenario's cause.

    `demo` is what a scenario's server tells its users. Where the scenario has a way out, that is
    taken, tested and saved. True where all this came about. Raises what the use cases raise.
    """
    draft = fill_in(begin_draft(ws.project), demo, NAME)
    if scenario.oauth is not None:
        signed = _sign_in(ws, draft)
        if isinstance(signed, SignInFailure):
            listener.sign_in_failed(signed.causes)
            return scenario.stage is None and _first(signed.causes) == scenario.cause
        draft = draft.with_sign_in(signed)
    report = verify_draft(ws, draft)
    listener.tested(report)
    if scenario.cause is not None:
        stopped = report.stopped_at()
        if stopped is None or stopped.stage is not scenario.stage:
            return False
        if _first(report.causes) != scenario.cause:
            return False
        if not scenario.ends_verified:
            return True
        changed = _take_way_out(ws, scenario, draft, report, listener)
        if changed is None:
            return False
        draft = changed
        report = verify_draft(ws, draft)
        listener.tested(report)
    if not report.ok:
        return False
    inputs = draft.verification_inputs(ws.defaults_for)
    save_draft(ws, draft.with_verification(inputs, report))
    return True


def _first(causes: Sequence[Cause]) -> str | None:
    return causes[0].cause if causes else None


def _take_way_out(
    ws: Workspace,
    scenario: Scenario,
    draft: ConnectorDraft,
    report: Report,
    listener: JobListener,
) -> ConnectorDraft | None:
    """The draft to test next; None where the scenario's fix is not offered, or came to nothing."""
    if scenario.fix is None:
        return draft  # the same again will do
    fix = next((fix for fix in fixes_for(report, draft) if fix.id == scenario.fix), None)
    if fix is None:
        return None
    listener.trying(fix.id)
    if fix.id is not FixId.SIGN_IN_AGAIN:
        return fix.draft
    signed = _sign_in(ws, draft)
    return draft.with_sign_in(signed) if isinstance(signed, SignedIn) else None


def _sign_in(ws: Workspace, draft: ConnectorDraft) -> SignedIn | SignInFailure:
    """Sign in; the server's own consent page agrees, and `visit` is the browser."""
    connector = draft.for_sign_in(ws.defaults_for)
    assert connector is not None, "the demo's own values make a registration"
    browsers: list[threading.Thread] = []

    def open_url(url: str) -> None:
        browsers.append(threading.Thread(target=visit, args=(url,), name="demo-browser"))
        browsers[-1].start()

    try:
        return sign_in(
            ws,
            connector,
            secrets=draft.secrets(),
            redirect=Redirect.LOOPBACK,
            dialogue=Dialogue(lambda progress: None, open_url, seconds=_SIGN_IN_S),
        )
    except SmtpWizardError as error:
        if not came_to_nothing(error):
            raise
        return failure_of(ws, connector, error)
    finally:
        for browser in browsers:
            browser.join()


def visit(url: str) -> None:
    """Be the browser of an unattended demo: follow an address of this machine to its end.

    Raises `UsageError("address_foreign")` for any other, `OSError` where nobody answers.
    """

    _check_own(url)
    opener = build_opener(ProxyHandler({}), _OwnRedirects)
    try:
        with opener.open(url, timeout=_VISIT_S) as answer:
            answer.read(100_000)
    except HTTPError as error:
        # The page says what is wrong; a person would read it, nobody does here.
        error.close()


def _check_own(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise UsageError("address_foreign", address=address)


class _OwnRedirects(HTTPRedirectHandler):
    """Follows redirects that stay on this machine."""

    def redirect_request(self, *arguments: Any, **more: Any) -> Request | None:
        _check_own(arguments[5])
        return super().redirect_request(*arguments, **more)
