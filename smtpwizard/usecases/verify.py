"""Verifying a connector: its stages, their causes, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from smtpwizard.model.addresses import AddressError, parse_address
from smtpwizard.model.auth import (
    Credential,
    CredentialKind,
    CredentialSource,
    FixedCredential,
    Secret,
)
from smtpwizard.model.connector import CUSTOM, Connector, Method, Security
from smtpwizard.model.errors import SecretStoreError, UsageError
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import STAGES, Report, Stage, StageResult
from smtpwizard.model.secrets import (
    CERTIFICATE_PASSPHRASE,
    is_for_this_run,
    main_kind,
    odd_entries,
    spaces_found,
    unnamed_kind,
)
from smtpwizard.model.stage_facts import TRUST_UNREAD
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken, wait_limits
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases.history import record_run, with_unproven
from smtpwizard.usecases.kept_secrets import kept_secret, refuse_open_places
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.oauth.signed_in import SignedIn
    from smtpwizard.providers import ProviderEntry

Observer = Callable[[StageResult], None]

MAX_TIMEOUT_S = 3600.0


class SecretSources(NamedTuple):
    """Where a verification finds the connector's secrets."""

    typed: Mapping[str, Secret] = MappingProxyType({})
    stored: StoredConnector | None = None
    """The connector being edited, which keeps what was not typed."""
    sign_in: SignedIn | None = None
    """One that is not saved yet."""


def verify_connector(
    ws: Workspace,
    connector: Connector,
    sources: SecretSources,
    *,
    send_to: str | None,
    stop_after: Stage | None = None,
    timeout_s: float | None = None,
    token: CancelToken | None = None,
    observer: Observer | None = None,
) -> Report:
    """Go through the stages with exactly this connector and these secrets; nothing is remembered.

    Where the workspace has a record, that is played in place of the network. A token that the
    server refuses is renewed once, over a new connection. `send_to` gets the test email; without it
    the verification ends after `auth` at the latest. `timeout_s` bounds each stage, and each wait
    for a secret store, in seconds; no store is opened for a secret that no stage up to `stop_after`
    uses. `observer` sees every stage
    begin and end, in this thread. Raises `UsageError` (`field` says which) for what cannot be
    tried, `SecretStoreError("secret_missing")` where Basic has no password, and what reading a
    stored secret raises.
    """
    _check(connector, send_to, timeout_s)
    if ws.recording is not None:
        from smtpwizard.usecases.replay import replay_report  # noqa: PLC0415 - only in a replay

        entry = ws.provider_of(connector)
        return replay_report(ws.recording, connector, entry=entry, token=token, observer=observer)
    secrets, stored = sources.typed, sources.stored
    with wait_limits(token=token, timeout_s=timeout_s):
        for kind in _used_kinds(connector, stop_after):
            if stored is not None and kind not in secrets:
                found = stored_secret(ws, stored, kind, connector, token)
                secrets = {**secrets, kind: found} if found is not None else secrets
    # One for every attempt: what the first presented, the second may be told again.
    redactor = Redactor()
    entry = ws.provider_of(connector)
    authorities = ws.authorities()

    def attempt(source: CredentialSource | None, observer: Observer | None) -> Report:
        settings = Settings(
            recipient=send_to,
            stop_after=stop_after,
            timeout_s=timeout_s,
            token=token,
            observer=observer,
            redactor=redactor,
            client_certificate_passphrase=secrets.get(CERTIFICATE_PASSPHRASE),
            expected_issuers=expected_issuers(connector, entry),
            authorities=authorities,
        )
        return verify(connector, source, settings)

    if not reaches_login(stop_after):
        report = attempt(None, observer)
    elif connector.authentication.method is Method.OAUTH and main_kind(connector) is not None:
        from smtpwizard.usecases.access_tokens import access_tokens  # noqa: PLC0415 - only with OAuth
        from smtpwizard.usecases.verify_with_tokens import verify_with_tokens  # noqa: PLC0415 - only with OAuth

        tokens = access_tokens(
            ws,
            connector,
            secrets=secrets,
            stored=stored,
            sign_in=sources.sign_in,
            token=token,
            timeout_s=timeout_s or connector.server.timeout_s,
            redactor=redactor,
        )
        with wait_limits(token=token, timeout_s=timeout_s):
            tokens.unlock()
            report = verify_with_tokens(attempt, tokens, observer)
        report = report._replace(token_requests=tokens.requests)
    else:
        for secret in secrets.values():
            redactor.add(secret)
        report = attempt(_source(connector, secrets), observer)
    if report.ok or report.cancelled:
        return report
    report = _with_project_trust(report, connector, authorities, token)
    from smtpwizard.usecases.diagnose import with_causes  # noqa: PLC0415 - only after a failure

    password = secrets.get("password")
    known = spaces_found(password) if password is not None else {}
    report = report._replace(odd=odd_entries(connector, secrets))
    return with_causes(report, connector, entry, known=known)


def _with_project_trust(
    report: Report, connector: Connector, authorities: tuple[str, ...], token: CancelToken | None
) -> Report:
    """Where what the connector has of its own cannot be read, whether it could do without."""
    stopped = report.stopped_at()
    if connector.provider != CUSTOM or stopped is None or stopped.failure is None:
        return report
    if stopped.error not in TRUST_UNREAD:
        return report
    from smtpwizard.usecases.certificates import with_project_trust  # noqa: PLC0415 - few have any

    failure = with_project_trust(
        stopped.failure, connector.server, authorities, token or CancelToken()
    )
    stages = tuple(
        each._replace(failure=failure) if each is stopped else each for each in report.stages
    )
    return report._replace(stages=stages)


def reaches_login(stop_after: Stage | None) -> bool:
    """True where a verification up to this stage (None: to its end) logs in."""
    return stop_after is None or STAGES.index(stop_after) >= STAGES.index(Stage.AUTH)


def _used_kinds(connector: Connector, stop_after: Stage | None) -> Iterator[str]:
    """The kinds of secret that the stages up to `stop_after` use."""
    main = main_kind(connector)
    if main is not None and reaches_login(stop_after):
        yield main
    # With implicit TLS the handshake comes before the greeting.
    begins = {
        Security.IMPLICIT_TLS: Stage.GREETING,
        Security.STARTTLS: Stage.TLS,
    }.get(connector.server.security)
    last = STAGES[-1] if stop_after is None else stop_after
    if begins is not None and STAGES.index(last) >= STAGES.index(begins):
        yield CERTIFICATE_PASSPHRASE


def expected_issuers(connector: Connector, entry: ProviderEntry | None) -> tuple[str, ...]:
    """Who issues this provider's certificates, as far as known.

    Says nothing where somebody else was trusted on purpose, or the server is another.
    """
    server = connector.server
    if entry is None or server.host != entry.host or server.ca_file or server.pinned_certificate:
        return ()
    names = entry.more.get("certificate_issuers", ())
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def verify_stored(
    ws: Workspace,
    stored: StoredConnector,
    *,
    send_to: str | None = None,
    stop_after: Stage | None = None,
    timeout_s: float | None = None,
    secret: Secret | None = None,
    token: CancelToken | None = None,
    observer: Observer | None = None,
) -> Report:
    """Verify a saved connector with its own secret, or with `secret` in its place.

    Its run is kept, and the result is remembered, unless `secret` stood in for one that the
    connector keeps: it says nothing about that one. Raises what `verify_connector` does,
    `SecretStoreError` and `Cancelled` (a helper command was stopped).
    """
    kind = unnamed_kind(stored.connector)
    if secret is not None:
        if kind is None:
            raise UsageError("secret_not_used")
        refuse_open_places(ws, stored)
    ws.log.write("verification_started", connector=stored.id)
    report = verify_connector(
        ws,
        stored.connector,
        SecretSources({kind: secret} if kind is not None and secret is not None else {}, stored),
        send_to=send_to,
        stop_after=stop_after,
        timeout_s=timeout_s,
        token=token,
        observer=observer,
    )
    stopped = report.stopped_at()
    ws.log.write(
        "verification_finished",
        connector=stored.id,
        ok=report.ok,
        stage=stopped.stage.value if stopped else None,
        reply=stopped.reply.code if stopped and stopped.reply else None,
        cause=report.causes[0].cause if report.causes else None,
        ms=report.duration_ms,
    )
    lasting = secret is None or not keeps_secret(stored, kind)
    if lasting:
        report = with_unproven(ws, stored, report)
    record_run(
        ws, stored, stored.connector, report, secret_given=secret is not None, lasting=lasting
    )
    return report


def keeps_secret(stored: StoredConnector, kind: str | None) -> bool:
    """True when the connector has a secret of that kind which outlives this process."""
    if kind is None:
        return False
    if stored.connector.authentication.secret_command is not None:
        return True
    ref = stored.secrets.get(kind)
    return ref is not None and not is_for_this_run(ref)


def stored_secret(
    ws: Workspace,
    stored: StoredConnector,
    kind: str,
    connector: Connector,
    token: CancelToken | None = None,
) -> Secret | None:
    """The secret from the connector's helper command or its store; None for a connector without.

    `connector` is the state of `stored` that is being tried. May block. Raises
    `SecretStoreError` (`BoundElsewhere`), `Cancelled`.
    """
    authentication = stored.connector.authentication
    if kind != CERTIFICATE_PASSPHRASE:
        if authentication.method is Method.OAUTH:
            # The client secret is for signing in; a verification needs the token.
            return None
        if authentication.secret_command is not None:
            from smtpwizard.usecases.approvals import approved_secret  # noqa: PLC0415 - starts programs

            return approved_secret(ws, stored, token=token)
    return kept_secret(ws, stored, kind, connector)


def _check(connector: Connector, send_to: str | None, timeout_s: float | None) -> None:
    if send_to is not None:
        try:
            parse_address(send_to)
        except AddressError as error:
            raise UsageError(error.code, **error.facts, field="send_to") from None
    if timeout_s is not None and not 0 < timeout_s <= MAX_TIMEOUT_S:
        raise UsageError("timeout_invalid", field="timeout")
    if main_kind(connector) == "password" and not connector.authentication.username:
        raise UsageError("required", field="authentication.username")


def _source(connector: Connector, secrets: Mapping[str, Secret]) -> CredentialSource | None:
    authentication = connector.authentication
    username = authentication.username or ""
    if authentication.method is Method.NONE:
        return None
    if main_kind(connector) is None:
        return FixedCredential(Credential(CredentialKind.NONE, username))
    password = secrets.get("password")
    if password is None:
        raise SecretStoreError("secret_missing", kind="password")
    return FixedCredential(Credential(CredentialKind.PASSWORD, username, password))
