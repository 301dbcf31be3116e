"""What is kept of a connector's verifications, apart from the connector: the record of the last
one, which its status follows from, and the runs."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smtpwizard.model.connector import Connector, Method, read_connector
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.report import BEYOND_LOGIN, Report, Stage, Status, Verdict
from smtpwizard.model.similar import similar
from smtpwizard.model.stage_facts import UNTRUSTED, RcptFacts, StageError, TlsFacts
from smtpwizard.model.stored import StoredConnector
from smtpwizard.usecases.settings import runs_to_keep
from smtpwizard.usecases.standing import unproven_of, with_standing
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpwizard.model.run import Run, Summary
    from smtpwizard.model.stage_facts import CertificateFacts
    from smtpwizard.storage.runs import RunListing


# When something happened that a date depends on, as ISO 8601 UTC; no verification changes these.
SIGNED_IN, RENEWED = "signed_in_at", "renewed_at"
# When somebody gave this secret, by its kind.
GIVEN = {"password": "password_given_at", "client_secret": "client_secret_given_at"}
MOMENTS = (SIGNED_IN, RENEWED, *GIVEN.values())
DKIM_KEYS = "dkim_keys"
"""The names of the DKIM keys that received emails have shown."""
CERTIFICATE = "certificate"
"""The server's certificate that was seen last: `host`, when it `ends`, its `fingerprint`."""
OWN_TRUST = "own_trust"
"""Of what the connector trusts for itself: each certificate's `name`, when it `ends`, its
`fingerprint`; as the last verification found them."""
LASTING = (*MOMENTS, DKIM_KEYS)
LATEST = "latest"
"""Names the newest test in place of the id of its run."""


def record_moment(ws: Workspace, stored: StoredConnector, *moments: str) -> None:
    """Keep that something has happened now; a record that cannot be written is a log entry."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        ws.store.change_verification(stored.id, lambda record: record | dict.fromkeys(moments, now))
    except StorageError as error:
        ws.log.write("moment_not_recorded", connector=stored.id, code=error.code)


def record_verification(
    ws: Workspace, stored: StoredConnector, report: Report, run: str | None = None
) -> bool:
    """Keep what a report says about exactly this connector; False when it says nothing lasting.

    An interrupted verification, or one told to stop below `auth`, proves and disproves nothing;
    one that passed short of where another had failed leaves that failure standing.
    `run` is the id of its run, where that is kept. A record that cannot be written is an entry in
    the log, not a failure.
    """
    found = lasting_facts(ws, stored, report)
    if found is None:
        return False
    chain = report.facts(TlsFacts).chain or _expired_chain(report)
    seen = None
    if chain:
        seen = {
            "host": stored.connector.server.host,
            "ends": chain[0].not_after,
            "fingerprint": chain[0].fingerprint,
        }

    own = _own_trust(stored, chain or ())

    def update(before: Json) -> Json:
        kept = {key: before[key] for key in LASTING if key in before}
        known = with_standing(before, found | {"run": run}, report)
        return (kept | known) | {
            "verified_at": report.started if known["ok"] else before.get("verified_at"),
            CERTIFICATE: seen or before.get(CERTIFICATE),
            **({OWN_TRUST: own} if own else {}),
        }

    try:
        ws.store.change_verification(stored.id, update)
    except StorageError as error:
        ws.log.write("verification_not_recorded", connector=stored.id, code=error.code)
        return False
    return True


def _expired_chain(report: Report) -> Sequence[CertificateFacts]:
    """The certificates of a server that is refused for their dates alone."""
    failure = report.stage(Stage.TLS).failure
    expired = failure is not None and failure.error is StageError.CERT_EXPIRED
    return (failure.chain or ()) if failure is not None and expired else ()


def trusts_alone(connector: Connector) -> bool:
    """Whether it has a CA file or a pinned certificate of its own, for mail or for signing in."""
    signs_in = connector.authentication.method is Method.OAUTH
    own = connector.server.own_trust is not None
    return own or (signs_in and bool(connector.authentication.oauth.ca_file))


def _own_trust(stored: StoredConnector, chain: Sequence[CertificateFacts]) -> list[Json]:
    if not trusts_alone(stored.connector):
        return []
    from smtpwizard.usecases.own_certificates import own_ends  # noqa: PLC0415 - few have any

    return own_ends(stored, chain)


def lasting_facts(ws: Workspace, stored: StoredConnector, report: Report) -> Json | None:
    """What a record has from a report about exactly this connector; None where that says nothing
    lasting."""
    if report.cancelled or (report.ok and not _proves_the_login(stored, report)):
        return None
    stopped = report.stopped_at()
    return {
        "at": report.started,
        "ok": report.ok,
        "inputs": stored.connector.inputs_digest(),
        "secrets": dict(stored.secrets),
        "stage": stopped.stage.value if stopped else None,
        "reply": stopped.reply.to_json() if stopped and stopped.reply else None,
        "causes": [cause.cause for cause in report.causes],
        "told_by": report.causes[0].told_by if report.causes else "",
        "sent": report.stage(Stage.DATA).status is Status.PASSED,
        "duration_ms": report.duration_ms,
        **_trust_facts(ws, stored.connector, report),
    }


def with_unproven(ws: Workspace, stored: StoredConnector, report: Report) -> Report:
    """The report with the failure that it did not come as far as, before it is recorded."""
    if not report.ok:
        return report
    record = ws.store.read_verification(stored.id) or {}
    found = lasting_facts(ws, stored, report)
    return report._replace(unproven=unproven_of(record, found, report))


def _trust_facts(ws: Workspace, connector: Connector, report: Report) -> Json:
    """What of the project's trust the result hangs on: what it took, or what did not do."""
    authority = report.facts(TlsFacts).project_authority
    if authority is not None:
        return {"authority": authority}
    failure = report.stage(Stage.TLS).failure
    if failure is None or failure.error not in UNTRUSTED or not connector.server.follows_project:
        return {}
    with suppress(StorageError):
        return {"untrusted_with": sorted(ws.trusted_fingerprints())}
    return {}


def _proves_the_login(stored: StoredConnector, report: Report) -> bool:
    if stored.connector.authentication.method is Method.NONE:
        return report.stage(Stage.EHLO).status is Status.PASSED
    return report.stage(Stage.AUTH).status is Status.PASSED


# -- runs ---------------------------------------------------------------------------------------


def record_run(
    ws: Workspace,
    stored: StoredConnector,
    connector: Connector,
    report: Report,
    *,
    secret_given: bool = False,
    lasting: bool = True,
) -> Run:
    """Keep the whole run of a verification with the connector, and what it says of it.

    `connector` is what was verified; without `lasting` it was another than `stored`, or with
    another secret, and the record stays. Raises nothing: what cannot be written is a log entry.
    """
    run = make_run(ws, stored, connector, report, secret_given=secret_given)
    kept = keep_run(ws, run)
    if lasting:
        record_verification(ws, stored, report, run.id if kept else None)
    return run


def make_run(
    ws: Workspace,
    stored: StoredConnector | None,
    connector: Connector,
    report: Report,
    *,
    secret_given: bool = False,
    asked_as: str | None = None,
) -> Run:
    """The run of a verification that has just ended; nothing is written. `asked_as` is the sender
    that it was asked about, where it was no test."""
    from smtpwizard.model.run import new_run  # noqa: PLC0415 - only after a verification
    from smtpwizard.usecases.environment import environment  # noqa: PLC0415 - only after a verification

    return new_run(
        connector.to_json(),
        report,
        environment(stored, ws.data.settings()),
        stored.id if stored is not None else None,
        identifier=_new_id(),
        secret_given=secret_given,
        asked_as=asked_as,
    )


def _new_id() -> str:
    """Sorts by time, also within a second."""
    now = datetime.now(UTC)
    fraction = now.microsecond * 0x10000 // 1_000_000
    return f"{now:%Y%m%d-%H%M%S}-{fraction:04x}{os.urandom(1).hex()}"


def keep_run(ws: Workspace, run: Run) -> bool:
    """Write a run beside the connector that it names; False where it could not be, or there is
    none. Raises nothing."""
    try:
        return ws.store.write_run(run, runs_to_keep(ws))
    except StorageError as error:
        ws.log.write("run_not_recorded", connector=run.stored, code=error.code)
        return False


def list_runs(ws: Workspace, stored: StoredConnector) -> RunListing:
    """The connector's runs, newest first, and the files of it that are damaged.

    Raises `StorageError`.
    """
    return ws.store.runs.list(stored.id, runs_to_keep(ws))


def pair_to_compare(runs: Sequence[Summary]) -> list[int]:
    """The newest test and the newest before it that ended otherwise, as places in the list; the
    newest alone where all ended alike."""
    newest = next((at for at, run in enumerate(runs) if run.asked_as is None), 0)
    other = _ended_otherwise(runs, newest)
    return [newest] if other is None else [newest, other]


def run_to_compare(runs: Sequence[Summary], place: int) -> int | None:
    """What tells most beside the run at this place: the next older one that ended otherwise, else
    the next older, else the next newer one; None where it is the only one."""
    other = _ended_otherwise(runs, place)
    if other is not None:
        return other
    return place + 1 if place + 1 < len(runs) else place - 1 if place else None


def _ended_otherwise(runs: Sequence[Summary], place: int) -> int | None:
    """The next older run that ended otherwise than the one at this place: a test beside a test."""
    run, older = runs[place], range(place + 1, len(runs))
    alike = (at for at in older if (runs[at].asked_as is None) is (run.asked_as is None))
    return next((at for at in alike if runs[at].ok is not run.ok), None)


def find_run(ws: Workspace, stored: StoredConnector, name: str) -> Run:
    """The run of this id, or the `latest` test; of a connector without any the newest run.

    Raises `UsageError("run_unknown")`, `StorageError` (`run_damaged`, `read_only_newer`, …).
    """
    runs = ws.store.runs
    if name == LATEST:
        run = newest_test(ws, stored) or runs.newest(stored.id)
    else:
        run = runs.read(stored.id, name)
    if run is None:
        alike = similar(name, (LATEST, *(each.id for each in runs.list(stored.id).runs)))
        called = stored.connector.name
        raise UsageError("run_unknown", connector=called, name=name, field="run", similar=alike)
    return run


def newest_test(ws: Workspace, stored: StoredConnector) -> Run | None:
    """The newest run that was a test, not asked about a sender; None without one that can be read.

    Raises `StorageError`.
    """
    return next((run for run in ws.store.runs.each(stored.id) if run.asked_as is None), None)


def with_worked(ws: Workspace, stored: StoredConnector, connector: Json, report: Report) -> Report:
    """The report of a test of `connector` that failed, with when the same settings had come through
    where it did not."""
    stopped = report.stopped_at()
    if report.ok or report.cancelled or stopped is None:
        return report
    try:
        runs = list_runs(ws, stored).runs
        earlier = next((run for run in runs if _came_through(run, report)), None)
        run = ws.store.runs.read(stored.id, earlier.id) if earlier is not None else None
    except StorageError:
        return report
    if run is None or _digest(ws, run.connector) != _digest(ws, connector):
        return report
    if stopped.stage in (Stage.RCPT_TO, Stage.DATA) and (
        run.report.facts(RcptFacts).recipient != report.facts(RcptFacts).recipient
    ):
        return report
    return report._replace(worked_at=run.report.started)


def _digest(ws: Workspace, connector: Json) -> str | None:
    read, _ = read_connector(connector, ws.defaults_for)
    return read.inputs_digest() if read is not None else None


def _came_through(run: Summary, report: Report) -> bool:
    """Whether a run is a test before this one that came through where this one stopped."""
    stopped = report.stopped_at()
    if not run.ok or run.secret_given or run.asked_as is not None or run.at >= report.started:
        return False
    if stopped is None or run.verdict is Verdict.SENT:
        return stopped is not None
    if run.verdict is Verdict.LET_IN:
        return stopped.stage not in BEYOND_LOGIN
    return stopped.stage in (Stage.RESOLVE, Stage.CONNECT, Stage.GREETING, Stage.TLS)


def last_run(ws: Workspace, stored: StoredConnector) -> Run | None:
    """The run that the connector's status comes from; where none is known, the newest of exactly
    this connector. None without one that can be read."""
    record = ws.store.read_verification(stored.id) or {}
    try:
        named = record.get("run")
        run = ws.store.runs.read(stored.id, named) if isinstance(named, str) else None
        if run is not None:
            return run
    except StorageError:
        pass
    try:
        return next((run for run in ws.store.runs.each(stored.id) if _is_of(run, stored)), None)
    except StorageError:
        return None


def run_for_a_case(ws: Workspace, stored: StoredConnector) -> Run | None:
    """The newest test that failed, else the newest run; None where there is none.

    Raises `StorageError`.
    """
    runs = list_runs(ws, stored).runs
    tests = [run for run in runs if run.asked_as is None] or runs
    wanted = next((run for run in tests if not run.ok), None) or next(iter(tests), None)
    return ws.store.runs.read(stored.id, wanted.id) if wanted is not None else None


def _is_of(run: Run, stored: StoredConnector) -> bool:
    """Whether a run is of the connector as it is saved, with its own secret."""
    now = stored.connector.to_json()
    parts = ("provider", "server", "authentication")
    own = not run.secret_given and run.asked_as is None
    return own and all(run.connector.get(part) == now[part] for part in parts)
