"""Making a case of a recorded run: read before it leaves, proven before it is written."""

from __future__ import annotations

import getpass
import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from smtpwizard import __version__
from smtpwizard.cases.case import PARTS, MadeCase, Options, check_no_secret, make_case
from smtpwizard.cases.reading import Case, read_case
from smtpwizard.cases.stand_ins import Kind
from smtpwizard.causes import rules_version
from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.model.errors import SecretStoreError, SmtpWizardError, StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Cause, Report
from smtpwizard.model.run import Run, Summary
from smtpwizard.storage.case_tables import CaseTable, CaseTables, new_case_id
from smtpwizard.usecases.case_choices import Choices
from smtpwizard.usecases.case_connector import connector_in
from smtpwizard.usecases.chosen_files import write_new
from smtpwizard.usecases.diagnose import causes_for_report
from smtpwizard.usecases.history import list_runs, make_run
from smtpwizard.usecases.kept_secrets import kept_secret
from smtpwizard.usecases.propose import case_digest
from smtpwizard.usecases.replay_case import try_changes

if TYPE_CHECKING:
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.usecases.workspace import Workspace

SUFFIX = ".smtpcase"


class CaseUnprovenError(SmtpWizardError):
    """A case that does not say alone what the run says: nothing is written."""


class PreparedCase(NamedTuple):
    """A case as it would leave, and what stays here of it: the table of stand-ins."""

    data: bytes
    read: Case
    """The same as it is read by whoever opens it."""
    file_name: str
    table: CaseTable | None
    names: Mapping[str, Mapping[str, str]]
    """By kind each name with its stand-in."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What can be left out, whether it is now or not."""
        return PARTS

    @property
    def manifest(self) -> Json:
        return self.read.manifest

    @property
    def replaced(self) -> Mapping[str, int]:
        replaced: Mapping[str, int] = self.manifest["replaced"]
        return replaced

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Every stand-in, the longest first."""
        found = {stand_in for rows in self.names.values() for stand_in in rows.values()}
        return tuple(sorted(found, key=lambda text: (-len(text), text)))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def answer(self, path: str) -> Json:
        """What is told of a case once it is written."""
        manifest = self.manifest
        return {
            "file": path,
            "sha256": self.sha256,
            "bytes": len(self.data),
            "contents": manifest["contents"],
            "replaced": manifest["replaced"],
            "omitted": manifest["omitted"],
            "unproven": manifest["unproven"],
        }


def prepare_case(
    ws: Workspace,
    run: Run,
    stored: StoredConnector | None,
    choices: Choices,
    *,
    secrets: Iterable[Secret] = (),
    token: CancelToken | None = None,
) -> PreparedCase:
    """The case of a run, as `stored` keeps it (None: it is not saved yet); nothing is written.

    `secrets` are known ones, looked for once more besides those that can be read without asking
    anybody. Raises `UsageError`, `SecretStoreError("case_has_secret")`, `CaseUnprovenError`.
    """
    tables = CaseTables(ws.store.directory)
    known = tables.of_run(stored.id, run.id) if stored is not None else None
    identifier = known.id if known is not None else new_case_id()
    options = Options(
        made_by=f"smtpwizard {__version__}",
        rules=rules_version(),
        at=run.report.started,
        connector_id=identifier,
        keep_names=choices.keep_names,
        omit=choices.omit,
        note=choices.note,
        known=_names_of_this_computer(),
    )
    history = _runs_before(ws, run, stored)
    made = make_case(run, history, options)
    check_no_secret(made.document, (*secrets, *_kept_secrets(ws, stored)))
    unproven = _prove(ws, made, run, token)
    if unproven:
        if not choices.unproven:
            raise CaseUnprovenError("case_unproven", parts=unproven)
        made = make_case(run, history, options._replace(unproven=unproven))
    data = made.text.encode("utf-8")
    table = None
    if stored is not None:
        table = CaseTable(
            identifier,
            stored.id,
            run.id,
            stored.revision,
            stored.connector.inputs_digest(),
            (*(known.cases if known is not None else ()), case_digest(data)),
            made.table,
        )
    return PreparedCase(data, read_case(data), _file_name(run, choices), table, made.table)


def case_of_report(
    ws: Workspace, stored: StoredConnector, report: Report, choices: Choices
) -> PreparedCase:
    """The case of a verification that has just ended: of its run, where that was kept.

    Raises as `prepare_case` does.
    """
    kept = ws.store.runs.newest(stored.id)
    ours = kept is not None and kept.report.started == report.started
    run = kept if kept is not None and ours else make_run(ws, stored, stored.connector, report)
    return prepare_case(ws, run, stored, choices)


def write_case(ws: Workspace, case: PreparedCase, path: str) -> Json:
    """Write a case to a new file, and keep its table here; what is told of it.

    Raises `UsageError` (`file_exists`, `file_unwritable`), `StorageError`.
    """
    # First the table: a case whose answer could not be read would be half of one.
    if case.table is not None:
        CaseTables(ws.store.directory).write(case.table)
    write_new(Path(path), case.data, "output")
    ws.log.write("case_written", connector=case.table.connector if case.table else None)
    return case.answer(path)


def _file_name(run: Run, choices: Choices) -> str:
    """`2026-11-29-bad-credentials.smtpcase`; with real names inside it says so."""
    causes = run.report.causes
    what = causes[0].cause.replace("_", "-") if causes else "passed" if run.report.ok else "run"
    kept = "-with-names" if choices.keep_names else ""
    return f"{run.report.started[:10]}-{what}{kept}{SUFFIX}"


def _runs_before(ws: Workspace, run: Run, stored: StoredConnector | None) -> Sequence[Summary]:
    if stored is None:
        return ()
    with suppress(StorageError):
        # Ids sort by time, also within a second.
        return [
            found
            for found in list_runs(ws, stored).runs
            if found.id < run.id and found.asked_as is None
        ]
    return ()


def _names_of_this_computer() -> list[tuple[Kind, str]]:
    found = [(Kind.IDENTIFIER, platform.node())]
    with suppress(OSError, KeyError, ImportError):
        found.append((Kind.USER, getpass.getuser()))
    return [(kind, name) for kind, name in found if len(name) > 2]


def _kept_secrets(ws: Workspace, stored: StoredConnector | None) -> Iterable[Secret]:
    """The connector's own, as far as reading them asks nobody."""
    if stored is None:
        return
    for kind, ref in stored.secrets.items():
        with suppress(SecretStoreError):
            secret = kept_secret(ws, stored, kind) if ws.opens_silently(ref) else None
            if secret is not None:
                yield secret


# -- the proof ----------------------------------------------------------------------------------


def _prove(ws: Workspace, made: MadeCase, run: Run, token: CancelToken | None) -> tuple[str, ...]:
    """What does not hold of a case read by itself: `causes`, `replay`; of parts that were left
    out nothing can be said."""
    case = read_case(made.text.encode("utf-8"))
    report = case.whole_report()
    if case.connector is None or report is None:
        return ()
    connector = connector_in(ws, case)
    whole = connector_in(ws, Case({}, run.connector))
    found = []
    if not report.ok and not report.cancelled:
        expected = [cause.cause for cause in causes_of(ws, run.report, whole)]
        if [cause.cause for cause in causes_of(ws, report, connector)] != expected:
            found.append("causes")
    if "wire" in case.manifest["contents"]:
        causes = causes_of(ws, report, connector)
        recording = Recording(connector, report._replace(causes=causes))
        if not try_changes(ws, recording, {}, token=token).same:
            found.append("replay")
    return tuple(found)


def causes_of(ws: Workspace, report: Report, connector: Connector) -> tuple[Cause, ...]:
    """The causes that this version finds in a report by itself."""
    bare = report._replace(causes=())
    return causes_for_report(bare, connector, ws.provider_of(connector))
