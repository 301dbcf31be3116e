"""`sign-in` on a terminal: the address, the wait, and what the token says."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.answers import note_overrides
from smtpwizard.cli.output import pairs
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages.causes import cause_json, cause_lines, sign_in_text
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.signing_in import finding_text, mismatch_text, signed_in_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import Cancelled, SmtpWizardError, UsageError
from smtpwizard.model.registration import Redirect
from smtpwizard.model.secrets import is_for_this_run, takes_key
from smtpwizard.model.token_facts import Mismatch
from smtpwizard.net.cancel import CancelToken
from smtpwizard.oauth.signed_in import Dialogue, Progress, SignedIn
from smtpwizard.usecases.access_tokens import client_secret_of
from smtpwizard.usecases.browser import open_in_browser, when_given_up
from smtpwizard.usecases.sign_in import (
    came_to_nothing,
    check_signs_in,
    failure_of,
    keep_sign_in,
    look_over_registration,
    sign_in,
)

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

EXIT_NO_TOKEN = 20
EXIT_INTERRUPTED = 130
_LOOK_S = 0.2
# How long an interrupted sign-in may take to close its port, in seconds.
_GRACE_S = 2.0


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Sign in for the connector that the arguments name; answers the exit code."""
    stored = ws.find(args.name)
    connector = stored.connector
    check_signs_in(connector)
    own = connector.authentication.oauth.redirect
    redirect = Redirect(args.redirect) if args.redirect else own
    lines = inputs.Lines()
    typed = _read_secret(connector, args, redirect, lines, screen)
    token = CancelToken()
    if typed is None:
        inputs.approve_command(ws, stored, args, screen)
        secret = inputs.with_consent(ws, screen, lambda: client_secret_of(ws, stored, token=token))
    else:
        secret = typed
    _warn(ws, stored, secret, screen)
    attempt = _Attempt(ws, stored, redirect, secret, lines, token, screen)
    with stopping(token):
        outcome = attempt.run()
    if isinstance(outcome, SignedIn):
        typed_secrets = {"client_secret": typed} if typed else {}
        return _finish(ws, stored, outcome, typed_secrets, args, screen)
    if isinstance(outcome, Cancelled):
        return _answer_failure(ws, stored, outcome, screen, EXIT_INTERRUPTED)
    if not came_to_nothing(outcome):
        raise outcome
    return _answer_failure(ws, stored, outcome, screen, EXIT_NO_TOKEN, secret=secret)


def _read_secret(
    connector: Connector,
    args: argparse.Namespace,
    redirect: Redirect,
    lines: inputs.Lines,
    screen: Screen,
) -> Secret | None:
    if not args.secret_stdin:
        return None
    if redirect is Redirect.WEB and not screen.interactive:
        # The secret is the first line then, and the final address one of those after it.
        return inputs.secret_of_line(lines)
    return inputs.read_secret(screen, key=takes_key(connector))


def _warn(ws: Workspace, stored: StoredConnector, secret: Secret | None, screen: Screen) -> None:
    note_overrides(ws, stored, screen)
    for field, code, facts in look_over_registration(ws, stored.connector, secret):
        screen.note(f"{field}: {finding_text(code, facts)}")


class _Attempt:
    """One sign-in on a thread of its own, while this one shows what it waits for."""

    def __init__(
        self,
        ws: Workspace,
        stored: StoredConnector,
        redirect: Redirect,
        secret: Secret | None,
        lines: inputs.Lines,
        token: CancelToken,
        screen: Screen,
    ) -> None:
        self._ws = ws
        self._stored = stored
        self._redirect = redirect
        self._secrets = {"client_secret": secret} if secret else {}
        self._lines = lines
        self._token = token
        self._screen = screen
        # What the thread has to say: progress, a complaint about a pasted address, its end.
        self._said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._waiting: Progress | None = None
        self._end = 0.0

    def run(self) -> SignedIn | SmtpWizardError:
        """The sign-in, or why there is none; raises what is our own fault."""
        thread = threading.Thread(target=self._work, name="sign-in", daemon=True)
        thread.start()
        outcome: Any = None
        while outcome is None:
            try:
                # Never without an end: a signal that comes just before the wait does not end it.
                said = self._said.get(timeout=_LOOK_S)
            except queue.Empty:
                self._count_down()
                continue
            if isinstance(said, Progress):
                self._present(said)
            elif isinstance(said, _Complaint):
                self._screen.progress("")
                self._screen.say(error_text(said.error.code, said.error.facts, Face.COMMAND_LINE))
                if self._redirect is Redirect.WEB:
                    self._screen.say(_("Paste the whole address again, from the address bar:"))
            else:
                outcome = said
        self._screen.progress("")
        thread.join(_GRACE_S)
        if not isinstance(outcome, SignedIn | SmtpWizardError):
            raise outcome
        return outcome

    def _work(self) -> None:
        outcome: SignedIn | BaseException
        with self._token.on_cancel(lambda: self._said.put(Cancelled())):
            try:
                outcome = sign_in(
                    self._ws,
                    self._stored.connector,
                    secrets=self._secrets,
                    redirect=self._redirect,
                    dialogue=Dialogue(
                        show=self._said.put,
                        open_url=self._open,
                        read_answer=self._read,
                        complain=lambda error: self._said.put(_Complaint(error)),
                    ),
                    token=self._token,
                )
            except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
                outcome = error
        self._said.put(outcome)

    def _open(self, url: str) -> None:
        def failed() -> None:
            self._said.put(_Complaint(UsageError("browser_not_opened")))

        if self._redirect is Redirect.LOOPBACK:
            if not open_in_browser(url):
                failed()
            when_given_up(url, failed)

    def _read(self) -> str:
        while (line := self._lines.next(self._token)) is not None:
            if line.strip():
                return line
        raise SmtpWizardError("response_not_given")

    def _present(self, progress: Progress) -> None:
        screen, minutes = self._screen, max(1, round(progress.seconds / 60))
        self._waiting, self._end = progress, time.monotonic() + progress.seconds
        if progress.user_code is not None:
            screen.say(_("Open this address on any device:"))
            screen.say(f"  {progress.url}")
            screen.say(_("and enter this code there:"))
            screen.say(f"  {clean_text(progress.user_code, 100)}")
        else:
            screen.say(_("Open this address in a browser to sign in:"))
            screen.say(f"  {progress.url}")
        if self._redirect is Redirect.WEB:
            screen.say(
                _(
                    "At the end the browser goes to {redirect}. Copy the whole address that it "
                    "shows then, whatever the page says, and paste it here:"
                ).format(redirect=clean_text(progress.redirect_uri, 300))
            )
        else:
            screen.say(_("Waiting for at most {minutes} minutes.").format(minutes=minutes))

    def _count_down(self) -> None:
        if self._waiting is None or self._redirect is Redirect.WEB:
            return
        minutes, seconds = divmod(max(0, int(self._end - time.monotonic())), 60)
        left = f"{minutes}:{seconds:02}"
        self._screen.progress(_("  waiting, {left} left; Ctrl-C stops").format(left=left))


class _Complaint:
    def __init__(self, error: SmtpWizardError) -> None:
        self.error = error


def _finish(
    ws: Workspace,
    stored: StoredConnector,
    signed_in: SignedIn,
    typed: dict[str, Secret],
    args: argparse.Namespace,
    screen: Screen,
) -> int:
    other = signed_in.other_account
    if other is not None and not args.accept_account and not _ask_to_keep(other, screen):
        facts = {"expected": other.expected, "found": other.found}
        error = SmtpWizardError("token_account_wrong", **facts)
        return _answer_failure(ws, stored, error, screen, EXIT_NO_TOKEN, _document(signed_in))
    saved = inputs.with_consent(
        ws, screen, lambda: keep_sign_in(ws, stored, signed_in, secrets=typed)
    )
    for mismatch in signed_in.mismatches:
        screen.note(mismatch_text(mismatch.what, mismatch.to_json()))
    if any(is_for_this_run(ref) for ref in saved.secrets.values()):
        screen.note(_("the sign-in was kept for this session only, which ends here"))
    text = signed_in_text(
        signed_in.account, Face.COMMAND_LINE, by_application=signed_in.by_application
    )
    lines = [text, _facts(signed_in)]
    screen.answer({"signed_in": True, **_document(signed_in)}, "\n".join(lines))
    return 0


def _ask_to_keep(other: Mismatch, screen: Screen) -> bool:
    """A yes to keeping the other account, where a person can be asked."""
    if not screen.interactive or screen.json_wanted:
        return False
    question = _(
        "You signed in as {other}; the connector is for {wanted}. Keep {other} as its login?"
    )
    return inputs.ask_yes(
        question.format(other=clean_text(other.found, 254), wanted=clean_text(other.expected, 254))
    )


def _document(signed_in: SignedIn) -> dict[str, Any]:
    return {
        "account": signed_in.facts.account,
        "scopes": list(signed_in.facts.scopes),
        "mismatches": [mismatch.to_json() for mismatch in signed_in.mismatches],
        "token": signed_in.facts.to_json(),
    }


def _facts(signed_in: SignedIn) -> str:
    facts = signed_in.facts
    known = {
        _("scopes"): " ".join(facts.scopes),
        _("roles"): " ".join(facts.roles),
        _("audience"): facts.audience,
        _("tenant"): facts.tenant,
        _("token valid until"): facts.expires_at,
    }
    return pairs([(f"  {name}", str(value)) for name, value in known.items() if value])


def _answer_failure(
    ws: Workspace,
    stored: StoredConnector,
    error: SmtpWizardError,
    screen: Screen,
    exit_code: int,
    found: dict[str, Any] | None = None,
    secret: Secret | None = None,
) -> int:
    secrets = {"client_secret": secret} if secret is not None else {}
    failure = failure_of(ws, stored.connector, error, stored, secrets)
    message = sign_in_text(error, failure.causes, Face.COMMAND_LINE)
    told = {"code": error.code, "field": error.facts.get("field"), "message": message}
    told |= {
        key: error.facts[key]
        for key in ("error", "description", "aadsts", "expected", "found", "token")
        if error.facts.get(key)
    }
    document: dict[str, Any] = {"error": told, "signed_in": False, **(found or {})}
    if failure.causes:
        document["causes"] = [cause_json(cause) for cause in failure.causes]
    lines = [message]
    if error.facts.get("description"):
        lines.append(_("  It said: {words}").format(words=clean_text(error.facts["description"])))
    for cause in failure.causes[:2]:
        title, *rest = cause_lines(cause, Face.COMMAND_LINE)
        lines += ["", title, *(f"  {line}" for line in rest)]
    screen.fail(document, lines)
    return exit_code
