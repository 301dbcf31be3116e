"""What the received test email proves: that it is ours, what its receiver found, its way.

Asks nobody; what is learnt of DKIM is kept with the connector, for `readiness` to look at its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.model.addresses import AddressError, ascii_domain
from smtpwizard.model.connector import read_connector
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.proof import Conflict, Judged, PassedOn, Proof
from smtpwizard.model.texts import decode_text
from smtpwizard.providers import site_of
from smtpwizard.sender.nested import emails_in
from smtpwizard.sender.received import (
    MARK,
    Header,
    Result,
    Signature,
    Verdicts,
    author_domain,
    hops_of,
    received_servers,
    results_of,
    sealed_by,
    signatures_of,
    topmost_verdicts,
    values,
)
from smtpwizard.usecases.chosen_files import read_chosen, refuse_no_text
from smtpwizard.usecases.history import DKIM_KEYS

if TYPE_CHECKING:
    from smtpwizard.model.run import Run
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace

# So much of an email is looked at: it may lie inside another one.
MAX_BYTES = 4_000_000
MAX_FILE_BYTES = 50_000_000
_KEYS_KEPT = 5
_RESULTS = "authentication-results"


def read_email_file(path: Path) -> bytes:
    """What is looked at of a file; raises `UsageError` for `file` (`file_unreadable`,
    `text_too_large`, and what `refuse_no_text` raises)."""
    data = read_chosen(path, MAX_FILE_BYTES, "file", too_large="text_too_large")
    refuse_no_text(data, path)
    return data[:MAX_BYTES]


def read_proof(
    ws: Workspace,
    stored: StoredConnector | None,
    data: bytes,
    runs: Sequence[Run] = (),
) -> Proof:
    """Read a received email, or its headers; a key that is learnt is kept with `stored`.

    `runs` are further ones that may have sent it, of a draft that is not saved. Raises
    `UsageError("headers_missing")` where there are no headers.
    """
    try:
        text = decode_text(data[:MAX_BYTES])
    except UnicodeDecodeError:
        text = data[:MAX_BYTES].decode("utf-8", "replace")
    found = [headers for headers in emails_in(text) if _is_email(headers)]
    if not found:
        raise UsageError("headers_missing")
    marks = _known_marks(ws, stored, runs)
    ours = next((headers for headers in found if _run_of(marks, headers)), None)
    headers = ours or next((each for each in found if values(each, "received")), found[0])
    run = _run_of(marks, headers)
    verdicts = topmost_verdicts(headers)
    results, line = verdicts.results, verdicts.line
    author = author_domain(headers)
    if run is not None and _is_of_its_list(headers, author):
        author = _sender_domain(ws, run) or author
    signature = _speaking(signatures_of(headers), results, author)
    proof = Proof(
        ours=run is not None,
        run=run.id if run is not None else None,
        judged_by=verdicts.who,
        spf=_judged(results, "spf", author, line),
        dkim=_judged(results, "dkim", author, line),
        dmarc=_judged(results, "dmarc", author, line),
        selector=signature.selector if signature else None,
        key_domain=signature.domain if signature else "",
        hops=tuple(PassedOn(*hop) for hop in hops_of(headers)),
        conflicts=(
            *_about_wrapping(found, headers),
            *_conflicts(headers, author, verdicts, ours=run is not None),
        ),
    )
    if proof.ours and proof.key and stored is not None:
        keep_keys(ws, stored, [proof.key])
    return proof


def _is_email(headers: Sequence[Header]) -> bool:
    return any(h.name in ("received", "from", "message-id", _RESULTS) for h in headers)


def _known_marks(
    ws: Workspace, stored: StoredConnector | None, runs: Sequence[Run]
) -> Mapping[str, Run]:
    """The runs by the marks of what they have sent."""
    known: dict[str, Run] = {}
    with suppress(StorageError):
        kept: Iterable[Run] = ws.store.runs.each(stored.id) if stored is not None else ()
        for run in (*runs, *kept):
            if run.report.message_id:
                known.setdefault(_mark_in(run.report.message_id), run)
    return known


def _mark_in(message_id: str) -> str:
    return message_id.strip().strip("<>").partition("@")[0].lower()


def _run_of(marks: Mapping[str, Run], headers: Sequence[Header]) -> Run | None:
    """The run whose mark the email carries: its Message-ID, which some providers replace, or the
    header that repeats it."""
    ids = values(headers, "message-id") + values(headers, "x-microsoft-original-message-id")
    found = [mark.strip().lower() for mark in values(headers, MARK)] + [*map(_mark_in, ids)]
    return next((marks[mark] for mark in found if mark in marks), None)


_LIST_DOMAIN = re.compile(r"<?([A-Za-z0-9_.-]{1,253})>?\s*$")


def _is_of_its_list(headers: Sequence[Header], author: str) -> bool:
    """True where a mailing list has put itself into From."""
    names = (_LIST_DOMAIN.search(value) for value in values(headers, "list-id"))
    return any(name is not None and site_of(name[1]) == site_of(author) for name in names)


def _sender_domain(ws: Workspace, run: Run) -> str:
    """The domain that a run has sent from."""
    connector, _ = read_connector(run.connector, ws.defaults_for)
    domain = connector.sender_address().rpartition("@")[2] if connector is not None else ""
    with suppress(AddressError):
        return ascii_domain(domain).lower()
    return ""


def _domain_of(result: Result) -> str:
    names = ("header.d", "header.i", "smtp.mailfrom", "smtp.helo", "header.from")
    text = next((result.properties[name] for name in names if name in result.properties), "")
    return text.rpartition("@")[2].lower().rstrip(".")


def _is_aligned(domain: str, author: str) -> bool:
    """As near as can be told without asking; the receiver's own verdict on DMARC is asked."""
    return bool(domain) and site_of(domain) == site_of(author)


def _judged(results: Sequence[Result], method: str, author: str, line: str) -> Judged:
    """The result that counts: of several signatures the one that speaks for From, and passes."""
    mine = [result for result in results if result.method == method]
    if not mine:
        return Judged(line=line)
    best = max(mine, key=lambda r: (_is_aligned(_domain_of(r), author), r.result == "pass"))
    return Judged(best.result, _domain_of(best), best.line)


def _speaking(
    signatures: Sequence[Signature], results: Sequence[Result], author: str
) -> Signature | None:
    """The signature that speaks for From: one that passed, or the first of that domain."""
    passed = {_domain_of(r) for r in results if r.method == "dkim" and r.result == "pass"}
    named = {
        r.properties["header.s"].lower() for r in results
        if r.method == "dkim" and r.result == "pass" and "header.s" in r.properties
    }  # fmt: skip
    aligned = [each for each in signatures if _is_aligned(each.domain, author)]
    return max(
        aligned,
        key=lambda s: (s.selector in named, s.domain in passed, s.domain == author),
        default=None,
    )


def _about_wrapping(
    found: Sequence[Sequence[Header]], headers: Sequence[Header]
) -> Iterator[Conflict]:
    outer = found[0]
    if headers is outer:
        return
    yield Conflict("inside")
    for name in values(outer, "list-id")[:1]:
        yield Conflict("list", name)


def _was_passed_on(seals: Sequence[str], who: str) -> bool:
    """Whether anybody but the receiver has sealed it; most large receivers seal what they take."""
    return len(seals) > 1 or any(who and site_of(each) != site_of(who) for each in seals)


def _conflicts(
    headers: Sequence[Header], author: str, verdicts: Verdicts, *, ours: bool
) -> Iterator[Conflict]:
    if not ours:
        yield Conflict("not_ours")
    if not verdicts.line:
        yield Conflict("no_results")
    servers = list(received_servers(headers))
    who = verdicts.who
    if who and servers and not any(site_of(who) == site_of(each) for each in servers):
        yield Conflict("judged_elsewhere", who)
    if lists := values(headers, "list-id"):
        yield Conflict("list", lists[0])
    elif _was_passed_on(sealed_by(headers), who):
        yield Conflict("passed_on")
    shown = author_domain(headers)
    if shown and author and not _is_aligned(shown, author):
        yield Conflict("from_rewritten", shown)
    for value in verdicts.others:
        other, more = results_of(value)
        said = {r.method: r.result for r in verdicts.results}
        if any(said.get(r.method, r.result) != r.result for r in more if r.method in _COMPARED):
            yield Conflict("others_say_otherwise", other)
            break
    dmarc = next((r for r in verdicts.results if r.method == "dmarc"), None)
    named = dmarc.properties.get("header.from", "") if dmarc is not None else ""
    if named and shown and named.lower().rpartition("@")[2] != shown:
        yield Conflict("other_author", named)


_COMPARED = ("spf", "dmarc")
_PLAIN = re.compile(r"[a-z0-9_.-]{1,253}")


def keep_keys(ws: Workspace, stored: StoredConnector, names: Sequence[str]) -> None:
    """Keep the names of keys, the newest last, with the connector's record; nothing that cannot be
    one."""
    new = [name for name in names if _PLAIN.fullmatch(name)][::-1]
    if not new:
        return

    def update(record: dict[str, object]) -> dict[str, object]:
        return record | {DKIM_KEYS: list(dict.fromkeys([*new, *_names(record)]))[:_KEYS_KEPT]}

    try:
        ws.store.change_verification(stored.id, update)
    except StorageError as error:
        ws.log.write("moment_not_recorded", connector=stored.id, code=error.code)


def learnt_keys(ws: Workspace, stored: StoredConnector) -> tuple[str, ...]:
    """The names of the DKIM keys that received emails have shown, the newest first."""
    return tuple(_names(ws.store.read_verification(stored.id) or {}))


def _names(record: dict[str, object]) -> list[str]:
    kept = record.get(DKIM_KEYS)
    known = kept if isinstance(kept, list) else []
    return [name for name in known if isinstance(name, str) and _PLAIN.fullmatch(name)]
