"""A recorded run: one verification with all that it found, and a line that sums it up.

Makes no document of the command line but the summary's; the report's is `Report.to_json`.
"""

import re
from typing import Any, NamedTuple

from smtpwizard.model.connector import SCHEMA
from smtpwizard.model.plain import from_plain, to_plain
from smtpwizard.model.problem import Json
from smtpwizard.model.report import STAGES, Reply, Report, Stage, Verdict

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}", re.ASCII)


class Run(NamedTuple):
    """`id` sorts by time, as `20261129-101500-3f9c1a` (UTC, then its fraction and chance).

    `connector` is its document without secrets, as it was verified; `environment` known facts of
    this machine; `stored` the id of the connector that keeps the run, None while there is none.
    """

    id: str
    connector: Json
    report: Report
    environment: Json
    stored: str | None = None
    secret_given: bool = False
    """True where a secret given for the occasion stood in for the connector's own."""
    asked_as: str | None = None
    """The sender of whom it was asked whether the login may send as it; None for a test."""


class Summary(NamedTuple):
    """What a list shows of a run; `stage` and `reply` are of the stage where it stopped."""

    id: str
    at: str
    ok: bool
    verdict: Verdict
    duration_ms: int
    stage: Stage | None = None
    reply: Reply | None = None
    causes: tuple[str, ...] = ()
    secret_given: bool = False
    asked_as: str | None = None
    told_by: str = ""
    """As the first of the causes has it."""

    def to_json(self) -> Json:
        """As the contract's `history` has it."""
        return {
            "id": self.id,
            "at": self.at,
            "ok": self.ok,
            "stage": self.stage.value if self.stage is not None else None,
            "reply": self.reply.to_json() if self.reply is not None else None,
            "causes": list(self.causes),
            "duration_ms": self.duration_ms,
            "verdict": self.verdict.value,
            **({"secret_given": True} if self.secret_given else {}),
            **({"asked_as": self.asked_as} if self.asked_as is not None else {}),
        }


def is_run_id(text: str) -> bool:
    """Whether this is a run's id; such a text is safe as a file's name."""
    return _ID.fullmatch(text) is not None


def new_run(
    connector: Json,
    report: Report,
    environment: Json,
    stored: str | None = None,
    *,
    identifier: str,
    secret_given: bool = False,
    asked_as: str | None = None,
) -> Run:
    """The run of a verification that has ended."""
    return Run(identifier, connector, report, environment, stored, secret_given, asked_as)


def summary_of(run: Run) -> Summary:
    """The run in one line."""
    report = run.report
    stopped = report.stopped_at()
    return Summary(
        run.id,
        report.started,
        report.ok,
        report.verdict,
        report.duration_ms,
        stopped.stage if stopped is not None else None,
        stopped.reply if stopped is not None else None,
        tuple(cause.cause for cause in report.causes),
        run.secret_given,
        run.asked_as,
        report.causes[0].told_by if report.causes else "",
    )


def summary(run: Run) -> Json:
    """The same as a document, which is kept; of an older version it is not `told_by` anything."""
    found = summary_of(run)
    return found.to_json() | ({"told_by": found.told_by} if found.told_by else {})


def read_summary(document: Any) -> Summary:
    """The summary of a document; raises `ValueError`."""
    found: Summary = from_plain(Summary, document)
    return found


def run_document(run: Run) -> Json:
    """The whole run as a document; raises `ValueError` for what has no plain form."""
    return {
        "schema": SCHEMA,
        "id": run.id,
        "stored": run.stored,
        "secret_given": run.secret_given,
        **({"asked_as": run.asked_as} if run.asked_as is not None else {}),
        "connector": run.connector,
        "environment": run.environment,
        "report": to_plain(run.report),
    }


def read_run(document: Json) -> Run:
    """The run of a document, whoever wrote it; raises `ValueError`."""
    identifier = from_plain(str, document.get("id"))
    if not is_run_id(identifier):
        raise ValueError("no id of a run")
    connector, environment = document.get("connector"), document.get("environment")
    if not isinstance(connector, dict) or not isinstance(environment, dict):
        raise ValueError("connector and environment are objects")
    return Run(
        identifier,
        connector,
        read_report(document.get("report")),
        environment,
        from_plain(str | None, document.get("stored")),
        from_plain(bool, document.get("secret_given", False)),
        from_plain(str | None, document.get("asked_as")),
    )


def read_report(document: Any) -> Report:
    """The report of its plain form, with all nine stages in their order; raises `ValueError`."""
    report: Report = from_plain(Report, document)
    if tuple(result.stage for result in report.stages) != STAGES:
        raise ValueError("a report has nine stages")
    return report
