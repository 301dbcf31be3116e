"""Explaining a bounce, a log or a trace: what failed for whom, and whose message it was.

Keeps nothing of what it is given. Reads connectors and their recorded runs, and changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from smtpwizard.diagnosis.delivery import read_delivery
from smtpwizard.diagnosis.latest import latest_moment
from smtpwizard.diagnosis.setting import families_in
from smtpwizard.model.connector import name_order
from smtpwizard.model.delivery import DELAYED, FAILED, Delivery, Traces
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.report import Likelihood, Verdict
from smtpwizard.model.stored import StoredConnector
from smtpwizard.providers import site_of
from smtpwizard.usecases.chosen_files import read_chosen, refuse_no_text
from smtpwizard.usecases.diagnose import (
    MAX_LINE_BYTES,
    MAX_TEXT_BYTES,
    Explanation,
    explain_text,
    read_pasted,
)
from smtpwizard.usecases.history import list_runs
from smtpwizard.usecases.workspace import Workspace

# A file may be longer than what is looked at: attachments come back as well.
MAX_FILE_BYTES = 50_000_000
# So many different answers of recipients are explained each on its own.
MAX_EXPLAINED = 20
# So many runs are looked through for what was sent, and so many of one connector.
MAX_RUNS = 1_000
MAX_RUNS_EACH = 50
# By how much the clocks of a server and of this computer may differ: one that was not put forward
# for the summer, and some minutes. What is told in a time zone needs no more.
CLOCKS_DIFFER = timedelta(hours=2)
# An id that is shorter may stand anywhere.
MIN_ID = 6


# A port where email is handed in (RFC 6409, RFC 8314).
_SUBMITTING = re.compile(r":(?:465|587)\b")


@dataclass(frozen=True, slots=True)
class Explained:
    """What a failure's text means, whole and for each recipient that has an answer of its own.

    `of_recipients` goes along `delivery.recipients`: the explanation of each, None for whom it
    has not failed, or where nothing is known beyond the whole.
    """

    explanation: Explanation
    delivery: Delivery
    of_recipients: tuple[Explanation | None, ...] = ()
    cut: bool = False
    """There was more than what is looked at."""


class Reason(NamedTuple):
    """Why a message may be of a connector: `code` names the sentence, `value` what stood there,
    `at` when the connector sent it."""

    code: str
    value: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A connector that the message may be of, how sure that is, and why."""

    stored: StoredConnector
    likelihood: Likelihood
    reasons: tuple[Reason, ...]


def read_failure_file(path: Path) -> bytes:
    """What is looked at of a file; raises `UsageError` for `file` (`file_unreadable`,
    `text_too_large`, and what `refuse_no_text` raises)."""
    data = read_chosen(path, MAX_FILE_BYTES, "file", too_large="text_too_large")
    refuse_no_text(data, path)
    return data[: MAX_TEXT_BYTES + 1]


def read_batch_file(path: Path) -> bytes:
    """A file of lines of JSON; raises `UsageError` for `file` (`file_unreadable`,
    `text_too_large`)."""
    return read_chosen(path, MAX_FILE_BYTES, "file", too_large="text_too_large")


def explain_failure(data: bytes, context: Mapping[str, Any] | None = None) -> Explained:
    """What a bounce, a message, a log or a trace means, as it was pasted or came from a file."""
    cut, data = len(data) > MAX_TEXT_BYTES, data[:MAX_TEXT_BYTES]
    return replace(_explain(data, read_pasted(data), context), cut=cut)


def explain_raw(text: str, context: Mapping[str, Any] | None = None) -> Explained:
    """The same for a text."""
    cut, text = len(text) > MAX_TEXT_BYTES, text[:MAX_TEXT_BYTES]
    return replace(_explain(text.encode("utf-8", "replace"), text, context), cut=cut)


def explain_line(line: bytes, context: Mapping[str, Any] | None = None) -> Explained:
    """The answer to one line of `diagnose --batch`: `{"raw", "context"?}`; what its own context
    does not say, `context` does.

    Raises `UsageError` (`line_unreadable`, `line_too_long`).
    """
    if len(line) > MAX_LINE_BYTES:
        raise UsageError("line_too_long", limit=MAX_LINE_BYTES)
    try:
        document = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UsageError("line_unreadable") from None
    if not isinstance(document, dict) or not isinstance(document.get("raw"), str):
        raise UsageError("line_unreadable", field="raw" if isinstance(document, dict) else None)
    own = document.get("context")
    own = own if isinstance(own, dict) else {}
    return explain_raw(document["raw"], {**(context or {}), **own})


def _explain(data: bytes, text: str, context: Mapping[str, Any] | None) -> Explained:
    delivery = read_delivery(data, text)
    known = _known(delivery)
    whole = explain_text(delivery.told, context, known)
    return Explained(whole, delivery, _each(delivery, whole, context, known))


def _known(delivery: Delivery) -> dict[str, Any]:
    """What sentences may name of a bounce."""
    failed = [one.address for one in delivery.recipients if one.action == FAILED]
    senders = delivery.traces.senders if delivery.returned.sender else ()
    sender = senders[0] if senders else ""
    known = {"recipient": failed[0] if delivery.is_report and failed else "", "sender": sender}
    known["domain"] = sender.rpartition("@")[2]
    by = next((one.by for one in delivery.recipients if one.action == FAILED), "")
    known |= {"host": by, "server": by}
    # Who named recipients had an email to send; what names none may be a test of ours.
    actions = [one.action for one in delivery.recipients]
    action = DELAYED if DELAYED in actions and FAILED not in actions else FAILED
    returned: dict[str, Any] = {"returned": action} if actions else {}
    # What a mail system tells of in a message, it had taken already.
    if delivery.is_mail and actions and _SUBMITTING.search(delivery.told) is None:
        returned["handed_on"] = True
    return {name: value for name, value in known.items() if value} | returned


def _each(
    delivery: Delivery,
    whole: Explanation,
    context: Mapping[str, Any] | None,
    facts_of_all: Mapping[str, Any],
) -> tuple[Explanation | None, ...]:
    known: dict[str, Explanation] = {}
    out: list[Explanation | None] = []
    of_all = {"handed_on": facts_of_all.get("handed_on", False)}
    counted = [one for one in delivery.recipients if one.action in (FAILED, DELAYED)]
    for one in delivery.recipients:
        status = f"Status: {one.status}" if one.status else ""
        words = "\n".join(filter(None, (status, one.said)))
        if one.action not in (FAILED, DELAYED):
            out.append(None)
        elif len(counted) == 1 or not words:
            out.append(whole)
        elif words in known or len(known) < MAX_EXPLAINED:
            if words not in known:
                facts = {**of_all, "returned": one.action, "recipient": one.address}
                found = explain_text(words, context, facts)
                known[words] = found if found.causes else whole
            out.append(known[words])
        else:
            out.append(None)
    return tuple(out)


# -- whose it was --------------------------------------------------------------------------------

# What each reason counts; only the connectors with most of all are told.
_WEIGHTS = {
    "message_id": 1000, "queue_id": 100, "sender": 10, "login": 10, "server": 8, "site": 4,
    "domain": 3, "provider": 2,
}  # fmt: skip
_BY_MESSAGE_ID, _CERTAIN, _LIKELY = 1000, 100, 8


def connectors_of(ws: Workspace, delivery: Delivery) -> tuple[Belonging, ...]:
    """The connectors of the project that a message may be of, all alike in how much speaks for
    them; none where nothing does. Raises `StorageError`."""
    # A text that tells of one message may have its id, whatever else it says.
    one_message = bool(delivery.recipients) or "message-id" in delivery.searched.lower()
    left = MAX_RUNS
    weighed: list[tuple[int, Belonging]] = []
    pointed = [(each, _reasons(ws, each, delivery.traces)) for each in ws.connectors().connectors]
    before = latest_moment(delivery.searched)
    for stored, reasons in sorted(pointed, key=lambda pair: not pair[1]):
        if reasons or one_message:
            sent, read = _sent(ws, stored, delivery.searched, before, left)
            left -= read
            reasons = [*sent, *reasons]
        if reasons:
            weight = sum(_WEIGHTS[reason.code] for reason in reasons)
            weighed.append((weight, Belonging(stored, _likelihood(weight), tuple(reasons))))
    most = max((weight for weight, _ in weighed), default=0)
    best = [one for weight, one in weighed if weight == most]
    by_an_id = next((each for each in (_BY_MESSAGE_ID, _CERTAIN) if most >= each), None)
    if by_an_id is not None and sum(weight >= by_an_id for weight, _ in weighed) > 1:
        # One message is of one connector: what fits several proves none of them. Servers begin
        # with their queue ids anew, and two may have the same ones.
        best = [replace(one, likelihood=Likelihood.MEDIUM) for one in best]
    return tuple(sorted(best, key=lambda one: name_order(one.stored.connector.name)))


def _likelihood(weight: int) -> Likelihood:
    if weight >= _CERTAIN:
        return Likelihood.HIGH
    return Likelihood.MEDIUM if weight >= _LIKELY else Likelihood.LOW


def _reasons(ws: Workspace, stored: StoredConnector, traces: Traces) -> list[Reason]:
    """What in a text points to a connector by its settings."""
    connector = stored.connector
    host = connector.server.host.lower()
    sender = connector.sender_address().lower()
    login = (connector.authentication.username or "").lower()
    out: list[Reason] = []
    if sender in traces.senders:
        out.append(Reason("sender", sender))
    elif sender.rpartition("@")[2] in {name.rpartition("@")[2] for name in traces.senders}:
        out.append(Reason("domain", sender.rpartition("@")[2]))
    named = traces.logins if login == sender else (*traces.logins, *traces.senders)
    if login and login in named:
        out.append(Reason("login", login))
    servers = (*traces.servers, *traces.others)
    if host in servers:
        out.append(Reason("server", host))
    else:
        out += _nearly(ws, stored, host, traces)
    return out


def _nearly(ws: Workspace, stored: StoredConnector, host: str, traces: Traces) -> Iterator[Reason]:
    """A server that is not the connector's but of the same site, or the same provider's."""
    site = site_of(host)
    near = next((name for name in traces.servers if "." in name and site_of(name) == site), None)
    if near is not None:
        yield Reason("site", near)
        return
    entry = None
    with suppress(StorageError):
        entry = ws.provider_of(stored.connector)
    family = families_in(host) if entry is None else {f"family:{entry.family}": ""}
    theirs = next((name for name in traces.servers if families_in(name).keys() & family), None)
    if theirs is not None:
        yield Reason("provider", theirs)


def _sent(
    ws: Workspace, stored: StoredConnector, text: str, before: datetime | None, most: int
) -> tuple[list[Reason], int]:
    """The test email of a connector whose id stands in the text, which was written before that
    moment, and how many runs were read."""
    number = 0
    try:
        runs = list_runs(ws, stored).runs[:MAX_RUNS_EACH]
    except StorageError:
        return [], 0
    for one in runs:
        if one.verdict not in (Verdict.SENT, Verdict.UNKNOWN) or number >= most:
            continue
        if before is not None and _is_after(one.at, before):
            continue
        number += 1
        run = None
        with suppress(StorageError):  # a damaged run is one that says nothing
            run = ws.store.runs.read(stored.id, one.id)
        if run is None:
            continue
        ids = {"message_id": run.report.message_id, "queue_id": run.report.queue_id}
        for code, value in ids.items():
            if value and len(value) >= MIN_ID and _stands_in(value.strip("<>"), text):
                return [Reason(code, value, one.at)], number
    return [], number


def _is_after(at: str, before: datetime) -> bool:
    """Whether a test that began `at` cannot be what a text tells of whose latest moment is this."""
    try:
        began = datetime.fromisoformat(at)
        return began - CLOCKS_DIFFER > before
    except (TypeError, ValueError, OverflowError):
        return False


def _stands_in(value: str, text: str) -> bool:
    """Whether an id stands in a text, and not within a longer word."""
    at = text.find(value)
    while at >= 0:
        around = text[max(0, at - 1) : at] + text[at + len(value) : at + len(value) + 1]
        if not any(char.isalnum() or char in "_-" for char in around):
            return True
        at = text.find(value, at + 1)
    return False
