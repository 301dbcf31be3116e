"""Opening a case as a place to work, by this version's rules; no network, no keyring."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from smtpwizard.cases.answer import FORMAT as ANSWER_FORMAT
from smtpwizard.cases.case import MAX_BYTES, secret_like
from smtpwizard.cases.compare import Difference, differences, side_of
from smtpwizard.cases.reading import Case, read_case
from smtpwizard.cases.stand_ins import translate_back
from smtpwizard.cases.strict_json import parse_strictly
from smtpwizard.causes import rules_version
from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.redaction import map_texts
from smtpwizard.model.run import Summary
from smtpwizard.model.stored import StoredConnector
from smtpwizard.model.transcript import transcript
from smtpwizard.usecases.apply import LookedAt, look_at_answer
from smtpwizard.usecases.case import causes_of
from smtpwizard.usecases.case_connector import connector_in
from smtpwizard.usecases.case_tables import find_table
from smtpwizard.usecases.chosen_files import read_chosen
from smtpwizard.usecases.compare import compare_sides, side_of_file, side_of_run
from smtpwizard.usecases.history import find_run, list_runs

if TYPE_CHECKING:
    from smtpwizard.usecases.workspace import Workspace

_NOTE_CAP = 2000


class OpenedCase(NamedTuple):
    """A case by this version's rules: `recording` has its connector, and its report with the
    causes that are found now; `differences` say where these part from the recorded ones.
    `secret_at` is the field that looks like a secret, None where none does."""

    data: bytes
    case: Case
    recording: Recording
    differences: tuple[Difference, ...]
    secret_at: str | None = None

    def playable(self) -> Recording:
        """The recording; raises `UsageError` where what went over the wire was left out."""
        contents = self.case.manifest.get("contents")
        if isinstance(contents, list) and "wire" not in contents:
            raise UsageError("case_without_wire", field="wire")
        return self.recording

    @property
    def name(self) -> str:
        return clean_text(self.recording.connector.name, 200)

    @property
    def note(self) -> str:
        note = self.case.manifest.get("note")
        return clean_text(note, _NOTE_CAP) if isinstance(note, str) else ""

    @property
    def manifest(self) -> Json:
        return self.case.manifest

    @property
    def environment(self) -> Json:
        return self.case.environment or {}

    @property
    def same_rules(self) -> bool | None:
        """Whether it was made by a version with the rules of this one; None where it does not
        say."""
        rules = self.case.manifest.get("rules")
        return rules == rules_version() if isinstance(rules, str) else None

    @property
    def replaced(self) -> Mapping[str, int]:
        found = self.case.manifest.get("replaced")
        items = found.items() if isinstance(found, dict) else ()
        return {kind: number for kind, number in items if type(number) is int}

    @property
    def history(self) -> tuple[Summary, ...]:
        return self.case.history

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def text(self) -> str:
        return self.data.decode("utf-8")

    def translated(self, back: Callable[[str], str]) -> OpenedCase:
        """The same with every text as `back` has it, for those whose names it hides."""
        changed: OpenedCase = map_texts(self._replace(data=b""), back)
        return changed._replace(data=self.data)

    def present(self, field: str) -> str:
        """What a field says now, as text."""
        value: Any = self.recording.connector.to_json()
        for key in field.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, list):
            return ", ".join(clean_text(str(item), 200) for item in value)
        return "" if value is None else clean_text(str(value), 200)


def open_case(ws: Workspace, data: bytes) -> OpenedCase:
    """The case in the bytes of a file; raises `UsageError`.

    Of the workspace only what is known of providers is used.
    """
    case = read_case(data)
    connector = connector_in(ws, case)
    report = case.whole_report()
    if report is None:
        raise UsageError("case_without_report", field="report")
    report = report._replace(transcript=transcript(report.wire))
    found = report._replace(causes=causes_of(ws, report, connector))
    parted = tuple(
        each
        for each in differences(side_of(None, report), side_of(None, found))
        if each.part == "causes"
    )
    suspect = secret_like(parse_strictly(data))
    return OpenedCase(data, case, Recording(connector, found), parted, suspect)


def translation_of(ws: Workspace, case: OpenedCase) -> Callable[[str], str]:
    """What turns the case's texts back, by the table that was kept when it was made here.

    Raises `UsageError("case_not_from_here")`, `StorageError`.
    """
    identifier = case.manifest.get("connector")
    known = find_table(ws, identifier) if isinstance(identifier, str) else None
    if known is None:
        raise UsageError("case_not_from_here", field="file")
    return partial(translate_back, known.table.table)


def read_file(path: str) -> bytes:
    """The bytes of a case's or an answer's file, within a case's limit; raises `UsageError`."""
    return read_chosen(Path(path), MAX_BYTES, "file", too_large="case_too_large")


def begins_as_support_file(path: str) -> bool:
    """Whether a file begins as a case or an answer does; True for what is no file to be read."""
    if not os.path.isfile(path):
        return True
    try:
        with open(path, "rb") as file:
            return b'"smtpwizard-' in file.read(200)
    except OSError:
        return True


def open_support_file(ws: Workspace, path: str) -> OpenedCase | LookedAt:
    """What a file holds: a case, or an answer as it would change its connector.

    Raises `UsageError`, `StorageError`.
    """
    data = read_file(path)
    # Both say in their first field what they are.
    if f'"{ANSWER_FORMAT}"'.encode() in data[:200]:
        return look_at_answer(ws, data)
    return open_case(ws, data)


class OwnRuns(NamedTuple):
    """The connector that a case was made of, and its other runs, newest first."""

    stored: StoredConnector
    runs: Sequence[Summary]


def own_runs(ws: Workspace, case: OpenedCase) -> OwnRuns | None:
    """The runs beside which a case can be put, where it was made in the workspace's project; None
    where it was not, or its connector is gone.

    Raises `StorageError`.
    """
    known = find_table(ws, str(case.manifest.get("connector")))
    if known is None or known.project.id != ws.project.id:
        return None
    stored = ws.store.read(known.table.connector)
    if stored is None:
        return None
    runs = list_runs(ws, stored).runs
    return OwnRuns(stored, [run for run in runs if run.id != known.table.run])


Other = OpenedCase | str | tuple[StoredConnector, str]
"""What a case is put beside: another one, a file of one or of a report, or a connector's run by its
id."""


def compare_with(ws: Workspace, case: OpenedCase, other: Other) -> tuple[Difference, ...]:
    """What differs between a case and something else, as `compare` finds it: cases of our own are
    in real names.

    Raises `UsageError`, `StorageError`.
    """
    if isinstance(other, OpenedCase):
        side = side_of_file(ws, other.data)
    elif isinstance(other, str):
        side = side_of_file(ws, read_file(other))
    else:
        side = side_of_run(find_run(ws, *other))
    return compare_sides(side_of_file(ws, case.data), side)
