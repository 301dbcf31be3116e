"""The rows of a long list: what it shows of each connector, read again only where files changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from time import time_ns
from typing import TYPE_CHECKING, NamedTuple

from smtpwizard.model.connector import name_order
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.moments import as_date
from smtpwizard.storage.contents import SOON_NS
from smtpwizard.storage.kept_rows import read_kept, write_kept
from smtpwizard.usecases.changes import Changes, Watch
from smtpwizard.usecases.connectors import ListedConnector, list_connectors, list_one
from smtpwizard.usecases.dates import ends_soon
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.model.stored import Listing, StoredConnector

# Fewer connectors than these are read as fast as what is kept of them.
KEEP_FROM = 200
# So many are told of while the others are read, where there are at least twice as many.
SO_FAR = (300, 1500, 6000)


class Kind(StrEnum):
    """What a connector needs: what somebody has to look after comes first."""

    FAILED = "failed"
    ENDS_SOON = "ends_soon"
    CHANGED = "changed"
    UNTESTED = "untested"
    VERIFIED = "verified"


class ListRow(NamedTuple):
    """One connector as a list shows it; `status` and times as in `ListedConnector`.

    `verified_at` is when it last verified, `at` when its status came about; `sent` and
    `duration_ms` are of the latter. `ends_what` is the code of the date `ends_at`, which lasts
    `ends_days` where that is a term. `in_file`: a secret of it lies in the encrypted file.
    `login_at`: when a later test passed that did not come as far as this failure.
    """

    id: str
    name: str
    description: str
    provider: str
    host: str
    port: int
    security: str
    method: str
    username: str | None
    status: str
    at: str | None
    verified_at: str | None
    sent: bool | None
    duration_ms: int | None
    stage: str | None
    cause: str | None
    told_by: str | None
    reply: str | None
    ends_at: str | None
    ends_what: str | None
    ends_days: int | None
    in_file: bool
    login_at: str | None = None
    default: bool = False

    def days_left(self, today: date) -> int | None:
        """Days until its next date, below 0 once that is over; None without one."""
        end = as_date(self.ends_at)
        return (end - today).days if end is not None else None

    def kind(self, today: date) -> Kind:
        """What it needs, as of `today`."""
        left = self.days_left(today)
        if self.status == "verified" and left is not None and ends_soon(self.ends_what, left):
            return Kind.ENDS_SOON
        return Kind(self.status)


class RowListing(NamedTuple):
    """All rows by name, and what of the project could not be read; `writable` is False where the
    data folder can only be read. `of` is how many there are while not all of them are read."""

    rows: tuple[ListRow, ...]
    listing: Listing
    writable: bool = True
    of: int | None = None


Stamp = tuple[int, ...]


class ConnectorRows:
    """Reads the rows of a project; remembers them, in this process and for the next one."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Stamp, ListRow]] = {}
        self._began = False
        self._made_by: Sequence[str] = ()
        self._unsure: set[str] = set()
        self._unkept = False
        self._watch: Watch | None = None

    def read(self, so_far: Callable[[RowListing], None] | None = None) -> RowListing:
        """The rows as of now; raises `StorageError`. The first reading, where nothing was kept,
        tells now and then what it has `so_far`, whichever that is."""
        with self._lock:
            made_by = _made_by(self._ws)
            self._ws.store.contents.told = self._name_of
            looked_at = time_ns()
            if made_by != self._made_by:
                self._made_by, self._known = made_by, {}
            following = () if self._began else self._begin(made_by, looked_at, so_far)
            self._began = True
            stamps: Mapping[str, Stamp] = {}
            if self._watch is None:  # what was told before is read again where it is not the same
                self._watch = Watch(self._ws)
                stamps = self._watch.stamps()
            stamps = stamps or self._ws.store.stamps()
            for count in SO_FAR[1:]:
                if so_far is not None and 2 * count <= len(following):
                    some = {each: stamps[each] for each in following[:count] if each in stamps}
                    so_far(self._read(some, looked_at, of=len(stamps)))
            return self._read(stamps, looked_at)

    def _begin(
        self, made_by: Sequence[str], looked_at: int, so_far: Callable[[RowListing], None] | None
    ) -> Sequence[str]:
        """Take what was kept, or tell the first few; the ids of all where others are to follow.

        Before it is asked when each file was written: of ten thousand that takes as long as it
        takes to read a thousand.
        """
        ids = self._ws.store.ids()
        if len(ids) >= KEEP_FROM:
            kept = list(_kept(self._ws, made_by))
            self._unsure = {row.id for sure, _, row in kept if not sure}
            self._known = {row.id: (stamp, row) for _, stamp, row in kept}
        if so_far is None or self._known or len(ids) < 2 * SO_FAR[0]:
            return ()
        stamps = self._ws.store.stamps(ids[: SO_FAR[0]])
        so_far(self._read(stamps, looked_at, of=len(ids)))
        return ids

    def _name_of(self, identifier: str) -> tuple[tuple[int, int], str] | None:
        """For whoever checks that a name is free; waits for no lock."""
        stamp, row = self._known.get(identifier, ((), None))
        if row is None or len(stamp) != _STAMP or identifier in self._unsure:
            return None
        return (stamp[0], stamp[1]), row.name

    def _read(
        self, stamps: Mapping[str, Stamp], looked_at: int, of: int | None = None
    ) -> RowListing:
        known = self._known
        same = {
            identifier: known[identifier]
            for identifier, stamp in stamps.items()
            if identifier in known and known[identifier][0] == stamp
        }
        # A connector written while this reads is met again by the next reading.
        everything = not same and of is None
        fresh = self._ws.store.list(None if everything else stamps.keys() - same.keys())
        listed = list_connectors(self._ws, fresh.connectors) if fresh.connectors else ()
        found = {row.stored.id: (stamps.get(row.stored.id, ()), row_of(row)) for row in listed}
        self._unkept = self._unkept or bool(found) or len(same) != len(known)
        # First this: names are looked up meanwhile.
        self._unsure |= {id_ for id_ in found if not _is_sure(stamps.get(id_), looked_at)}
        self._known = same | found
        self._unsure -= {id_ for id_ in found if _is_sure(stamps.get(id_), looked_at)}
        default = self._ws.store.default_id()
        for identifier, (stamp, row) in self._known.items():
            if row.default != (identifier == default):
                self._known[identifier] = (stamp, row._replace(default=identifier == default))
        rows = [row for _, row in self._known.values()]
        rows.sort(key=lambda row: (name_order(row.name), row.id))
        return RowListing(tuple(rows), fresh, self._ws.data.writable(), of)

    def look(self) -> Changes:
        """What another process, or this one, has changed since the last look; raises nothing."""
        with self._lock:
            if self._watch is None:
                self._watch = Watch(self._ws)
            return self._watch.look()

    def keep(self) -> None:
        """Keep what was read for the next start; what cannot be kept is read again then."""
        with self._lock:
            if not self._unkept or len(self._known) < KEEP_FROM:
                return
            self._unkept = False
            lines = [
                [row.id not in self._unsure, *stamp, *row[:-1]]
                for stamp, row in self._known.values()
                if stamp
            ]
            try:
                write_kept(self._ws.store.directory, self._made_by, lines)
            except StorageError as error:
                self._ws.log.write("list_not_kept", code=error.code)


def stored_of(ws: Workspace, row: ListRow) -> StoredConnector:
    """The connector of a row as it is now; raises `UsageError("connector_unknown")`."""
    stored = ws.store.read(row.id)
    if stored is None:
        raise UsageError("connector_unknown", name=row.name)
    return stored


def listed_of(ws: Workspace, row: ListRow) -> ListedConnector:
    """The same with what a list knows of it; raises as `stored_of` does, and `StorageError`."""
    return list_one(ws, stored_of(ws, row), default=row.default)


def fresh_row(ws: Workspace, row: ListRow) -> ListRow:
    """The row as it is now, after something has happened to its connector; the same where that
    cannot be read."""
    stored = ws.store.read(row.id)
    if stored is None:
        return row
    return row_of(list_one(ws, stored, default=row.default))._replace(default=row.default)


def row_of(listed: ListedConnector) -> ListRow:
    """What a list shows of a connector."""
    connector = listed.stored.connector
    first = listed.dates[0] if listed.dates else None
    return ListRow(
        id=listed.stored.id,
        name=listed.name,
        description=connector.description or "",
        provider=listed.provider,
        host=connector.server.host,
        port=connector.server.port,
        security=connector.server.security.value,
        method=listed.method,
        username=listed.username,
        status=listed.status,
        at=listed.at,
        verified_at=listed.verified_at,
        sent=listed.sent,
        duration_ms=listed.duration_ms,
        stage=listed.stage,
        cause=listed.cause,
        told_by=listed.told_by,
        reply=listed.reply,
        ends_at=first.at.isoformat() if first is not None else None,
        ends_what=first.what if first is not None else None,
        ends_days=first.days if first is not None else None,
        in_file=any(ref.startswith("file:") for ref in listed.stored.secrets.values()),
        login_at=listed.login_at,
    )


def _is_sure(stamp: Stamp | None, looked_at: int) -> bool:
    """Whether a file that is written after it was read has another stamp for certain."""
    return stamp is not None and stamp[0] < looked_at - SOON_NS


def _made_by(ws: Workspace) -> Sequence[str]:
    """What else than a connector's own files decides what its row says."""
    from smtpwizard import __version__  # noqa: PLC0415 - reads the package's metadata

    trusted = (f"trusts {each}" for each in sorted(ws.trusted_fingerprints()))
    return (__version__, *ListRow._fields, *_folder_stamp(ws), *trusted)


def _folder_stamp(ws: Workspace) -> Iterator[str]:
    for path, text in ws.data.provider_files().items():
        yield f"{path.name} {hash_of(text)}"


def hash_of(text: str) -> str:
    """A short digest, to tell whether a text is the same."""
    from hashlib import blake2b  # noqa: PLC0415 - only where there are provider files

    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


# -- what was kept --------------------------------------------------------------------------------

_TEXT, _NUMBER, _FLAG = (str,), (int,), (bool,)
_MAY_BE = {
    "port": _NUMBER,
    "in_file": _FLAG,
    "sent": (bool, type(None)),
    "duration_ms": (int, type(None)),
    "ends_days": (int, type(None)),
}
_NEVER_MISSING = ("id", "name", "description", "provider", "host", "security", "method", "status")
_TYPES = tuple(
    _MAY_BE.get(name, _TEXT if name in _NEVER_MISSING else (str, type(None)))
    for name in ListRow._fields[:-1]
)
_STAMP = 4


def _kept(ws: Workspace, made_by: Sequence[str]) -> Iterator[tuple[bool, Stamp, ListRow]]:
    fitting: set[tuple[type, ...]] = set()  # of thousands, there are a few
    for values in read_kept(ws.store.directory, made_by):
        kinds = tuple(map(type, values))
        if kinds not in fitting:
            if not _fit(kinds):
                continue
            fitting.add(kinds)
        row = ListRow(*values[_STAMP + 1 :])
        if row.status in STATUSES:
            yield values[0], tuple(values[1 : _STAMP + 1]), row


def _fit(kinds: Sequence[type]) -> bool:
    wanted = (_FLAG, *(_NUMBER,) * _STAMP, *_TYPES)
    return len(kinds) == len(wanted) and all(
        kind in allowed for kind, allowed in zip(kinds, wanted, strict=True)
    )


STATUSES = frozenset(("verified", "failed", "changed", "untested"))
