"""Moving connectors to another project, and copying them there, with their secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.errors import (
    SecretStoreError,
    SmtpWizardError,
    StorageError,
    UsageError,
)
from smtpwizard.model.problem import Json
from smtpwizard.model.registration import follows_from_project, web_redirect_uri
from smtpwizard.model.secrets import secret_kinds
from smtpwizard.model.stored import Project, StoredConnector
from smtpwizard.secretstore import new_ref
from smtpwizard.storage.transfers import Arrival, Transfers
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.history import LASTING
from smtpwizard.usecases.kept_secrets import binding_of, kept_secret, refuse_open_places
from smtpwizard.usecases.project_sweep import sweep_projects
from smtpwizard.usecases.project_trust import forget
from smtpwizard.usecases.save import deciding, sweep_secrets
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.usecases.certificates import Certificate

REDIRECT_URI = "authentication.oauth.redirect_uri"
DEFAULT = "default"
CERTIFICATE = "project.certificate"
_ALWAYS = ("connector", "field", "before", "after")
PROJECT_FIELDS = ("environment", "domain", "base_url")


class Otherwise(NamedTuple):
    """What is another in the other project: of one connector, or of the project (`connector` is
    None). None is nothing, or not known there. A certificate stands here by its fingerprint:
    `certificate` has its name, and `ends` its last day."""

    connector: str | None
    field: str
    before: str | None
    after: str | None
    certificate: str | None = None
    ends: str | None = None

    def to_json(self) -> Json:
        return {key: value for key, value in self._asdict().items() if key in _ALWAYS or value}


class Plan(NamedTuple):
    """What a transfer would do; `taken` are the names that are in use there, `untrusted` whom these
    connectors are verified with, as far as is known, and the other project does not trust."""

    target: Project
    connectors: tuple[StoredConnector, ...]
    otherwise: tuple[Otherwise, ...]
    taken: tuple[str, ...] = ()
    untrusted: tuple[Certificate, ...] = ()


class Transferred(NamedTuple):
    """What was done: the connectors as they are in the other project, which ones were there before
    them, and how those whom it took to trusting for them stood there: in no file, or agreed to or
    not."""

    plan: Plan
    connectors: tuple[StoredConnector, ...]
    there_before: frozenset[str] = frozenset()
    trusted: tuple[Certificate, ...] = ()
    trust_before: Mapping[str, bool] = {}


class MovedBack(NamedTuple):
    """Connectors where they were; of whom the other project was to trust for them, who is trusted
    there `no_more`, and who is `kept`, as another connector there needs it by now."""

    connectors: tuple[StoredConnector, ...]
    no_more: tuple[Certificate, ...] = ()
    kept: tuple[Certificate, ...] = ()


def plan_transfer(
    ws: Workspace, connectors: Iterable[StoredConnector], target: Project, *, move: bool
) -> Plan:
    """What of the connectors follows from their project, and would be another in `target`.

    Raises `UsageError("project_same")`, `StorageError`.
    """
    chosen = tuple(connectors_by_id(connectors).values())
    if target.id == ws.project.id:
        raise UsageError("project_same", name=target.name)
    there = ws.in_project(target)
    keys = there.store.taken(stored.connector for stored in chosen)
    taken = [s.connector.name for s in chosen if s.connector.name_key() in keys]
    otherwise = (
        *_of_projects(ws.project, target),
        *_of_trust(ws, there),
        *_of_connectors(ws, there, chosen, move=move),
    )
    return Plan(target, chosen, otherwise, tuple(taken), _untrusted(ws, there, chosen))


def connectors_by_id(connectors: Iterable[StoredConnector]) -> dict[str, StoredConnector]:
    """One of each, in the order in which they were named."""
    return {stored.id: stored for stored in connectors}


def transfer(ws: Workspace, plan: Plan, *, move: bool, with_trust: bool = False) -> Transferred:
    """Do what was planned; `with_trust`: somebody has seen whom the other project does not trust
    yet, and it is to trust them.

    Raises as `move_connectors` and `copy_connectors`, and `UsageError("certificates_too_many")`;
    the other project then trusts as before.
    """
    work = move_connectors if move else copy_connectors
    if not with_trust or not plan.untrusted:
        return Transferred(plan, work(ws, plan.connectors, plan.target))
    from smtpwizard.usecases.certificates import list_trusted, trust  # noqa: PLC0415 - few have any

    there = ws.in_project(plan.target)
    before = {one.fingerprint: one.agreed for one in list_trusted(there)}
    new = tuple(one for one in plan.untrusted if not before.get(one.fingerprint))
    ids = frozenset(there.store.ids())
    with ExitStack() as undo:
        undo.callback(_trust_as_before, there, new, before)
        trust(there, plan.untrusted)
        there_now = work(ws, plan.connectors, plan.target)
        undo.pop_all()
    return Transferred(plan, there_now, ids, new, before)


def move_back(ws: Workspace, done: Transferred) -> MovedBack:
    """Undo a move that was made from the workspace's project: whom the other one trusts because of
    it, it trusts no more, unless another connector there needs it by now.

    Raises as `move_connectors` does.
    """
    there = ws.in_project(done.plan.target)
    back = move_connectors(there, done.connectors, ws.project)
    if not done.trusted:
        return MovedBack(back)
    wanted = _needed_by_now(there, done)
    gone = tuple(one for one in done.trusted if one.fingerprint not in wanted)
    _trust_as_before(there, gone, done.trust_before)
    trusted = there.trusted_fingerprints()
    return MovedBack(
        back,
        tuple(one for one in gone if one.fingerprint not in trusted),
        tuple(one for one in done.trusted if one.fingerprint in trusted),
    )


def move_connectors(
    ws: Workspace, connectors: Iterable[StoredConnector], target: Project
) -> tuple[StoredConnector, ...]:
    """Move connectors to another project: all of them, or none.

    Their secrets stay where they are, and are theirs there; their runs go along. A redirect URI
    that follows from the project is the other project's then; that one's status is *changed*.
    Raises `UsageError` (`project_same`, `name_taken_there`), `StorageError`.
    """
    chosen = _chosen(ws, connectors, target)
    arrivals = [
        Arrival(stored, connector_there(stored.connector, target), stored.secrets)
        for stored in chosen
    ]
    return _carry_out(ws, arrivals, target, moved=True)


def copy_connectors(
    ws: Workspace, connectors: Iterable[StoredConnector], target: Project
) -> tuple[StoredConnector, ...]:
    """Copy connectors to another project: all of them, or none.

    As a duplicate, a copy has secrets of its own but for a sign-in, which is shared, and is not
    tested: it has no runs. When its secrets were given is known of it as well. Raises as
    `move_connectors` does, and `SecretStoreError`.
    """
    chosen = _chosen(ws, connectors, target)
    there = ws.in_project(target)
    # Ahead of any secret; judged again under the lock.
    _refuse_taken(there, [stored.connector for stored in chosen])
    secrets: dict[str, Secret] = {}
    arrivals = []
    for stored in chosen:
        connector = connector_there(stored.connector, target)
        refs: dict[str, str] = {}
        found = _secrets_to_copy(ws, stored)
        if found:
            store = ws.secret_store_for_new(stored)
            store.ready()  # before anything is written
            refs = {kind: new_ref(store.name, connector.name, kind) for kind in found}
            secrets |= {refs[kind]: secret for kind, secret in found.items()}
        if "refresh_token" in stored.secrets:
            refs["refresh_token"] = stored.secrets["refresh_token"]
        arrivals.append(Arrival(stored, connector, refs))
    if secrets:
        refuse_open_places(there)
    with ExitStack() as stack:
        if secrets:
            stack.enter_context(deciding(there, secrets))
        for arrival in arrivals:
            binding = binding_of(ws, arrival.connector)
            for ref in arrival.secrets.values():
                if ref in secrets:
                    there.store_of(ref).put(ref, secrets[ref], binding)
        saved = _carry_out(ws, arrivals, target, moved=False)
    for stored, copy in zip(chosen, saved, strict=True):
        _carry_moments(ws, stored, there, copy)
    return saved


def connector_there(connector: Connector, target: Project) -> Connector:
    """The connector as it is to be in the other project.

    Where that has no address yet, its redirect URI stays as it is.
    """
    oauth = connector.authentication.oauth
    uri = web_redirect_uri(target.domain, target.base_url)
    if uri is None or not follows_from_project(oauth.redirect_uri):
        return connector
    return connector._replace(
        authentication=connector.authentication._replace(oauth=oauth._replace(redirect_uri=uri))
    )


def plan_document(ws: Workspace, plan: Plan, *, applied: bool) -> Json:
    """A transfer as JSON, before it is done or after."""
    found = [one.to_json() for one in plan.untrusted]
    return {
        "connectors": [stored.connector.name for stored in plan.connectors],
        "from": ws.project.name,
        "to": plan.target.name,
        "applied": applied,
        "changes": [each.to_json() for each in plan.otherwise],
    } | ({"untrusted": found} if found else {})


# -- inner workings ------------------------------------------------------------------------------


def _of_projects(source: Project, target: Project) -> Iterable[Otherwise]:
    for field in PROJECT_FIELDS:
        before, after = getattr(source, field), getattr(target, field)
        if before != after:
            yield Otherwise(None, f"project.{field}", before, after)


def _of_trust(ws: Workspace, there: Workspace) -> Iterable[Otherwise]:
    """Certificates, by their fingerprints, that one of the two projects alone trusts."""
    before, after = ws.trusted_fingerprints(), there.trusted_fingerprints()
    if before == after:
        return
    from smtpwizard.usecases.certificates import list_trusted  # noqa: PLC0415 - few have any

    known = {one.fingerprint: one for one in (*list_trusted(ws), *list_trusted(there))}
    for here, each in [
        *((True, each) for each in sorted(before - after)),
        *((False, each) for each in sorted(after - before)),
    ]:
        one = known.get(each)
        end = one.ends() if one is not None else None
        yield Otherwise(
            *(None, CERTIFICATE, each if here else None, None if here else each),
            certificate=one.name if one is not None else None,
            ends=end.isoformat() if end is not None else None,
        )


def _needed_by_now(there: Workspace, done: Transferred) -> Set[str]:
    """Whom of these a connector needs that was verified with it, or came since."""
    known = {one.fingerprint for one in done.trusted}
    found: set[str] = set()
    for stored in there.connectors().connectors:
        if stored.id not in done.there_before:
            found |= known & _needed(there, stored, known)
        elif stored.connector.server.follows_project:
            record = there.store.read_verification(stored.id) or {}
            found |= known & {record.get("authority")}
    return found


def _trust_as_before(
    there: Workspace, certificates: Sequence[Certificate], before: Mapping[str, bool]
) -> None:
    """Take back what was trusted for a transfer that came to nothing, or was undone: what stood in
    the project's file `before` stays there, agreed to or not."""
    from smtpwizard.usecases.certificates import distrust  # noqa: PLC0415 - few have any

    for one in certificates:
        with suppress(SmtpWizardError):
            if one.fingerprint not in before:
                distrust(there, one.fingerprint)
            elif not before[one.fingerprint]:
                forget(there.data, there.project.id, [one.fingerprint])


def _untrusted(
    ws: Workspace, there: Workspace, chosen: Sequence[StoredConnector]
) -> tuple[Certificate, ...]:
    missing = ws.trusted_fingerprints() - there.trusted_fingerprints()
    if not missing:
        return ()
    from smtpwizard.usecases.certificates import list_trusted  # noqa: PLC0415 - few have any

    wanted: set[str] = set()
    for stored in chosen:
        wanted |= missing & _needed(ws, stored, missing)
    return tuple(one for one in list_trusted(ws) if one.fingerprint in wanted)


def _needed(ws: Workspace, stored: StoredConnector, known: Set[str]) -> Set[str]:
    """Whom of these a connector needs; all of them where nothing tells."""
    connector = stored.connector
    server, authentication = connector.server, connector.authentication
    signs_in = authentication.method is Method.OAUTH and not authentication.oauth.ca_file
    if signs_in and ws.provider_of(connector) is None:
        return known  # its sign-in goes to a server of one's own, too
    if not server.follows_project:
        return frozenset()
    record = ws.store.read_verification(stored.id) or {}
    if record.get("ok") and record.get("inputs") == connector.inputs_digest():
        return frozenset(filter(None, [record.get("authority")]))
    return known if ws.provider_of(connector) is None else frozenset()


def _of_connectors(
    ws: Workspace, there: Workspace, chosen: Sequence[StoredConnector], *, move: bool
) -> Iterable[Otherwise]:
    default = ws.store.default_id()
    has_none = not there.store.has_any()
    first = next((c for c in chosen if c.id == default), None) or next(iter(chosen), None)
    for stored in chosen:
        name = stored.connector.name
        before = _redirect_uri(stored.connector, ws.project)
        after = _redirect_uri(connector_there(stored.connector, there.project), there.project)
        if before != after:
            yield Otherwise(name, REDIRECT_URI, before, after)
        was, is_there = stored.id == default, has_none and stored is first
        if was != is_there and (move or is_there):
            yield Otherwise(name, DEFAULT, _yes(was), _yes(is_there))


def _redirect_uri(connector: Connector, project: Project) -> str | None:
    """What the console of that project registers for the connector; None without OAuth."""
    if connector.authentication.method is not Method.OAUTH:
        return None
    own = connector.authentication.oauth.redirect_uri
    if own is not None and own.startswith("https:"):
        return own
    return web_redirect_uri(project.domain, project.base_url)


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _chosen(
    ws: Workspace, connectors: Iterable[StoredConnector], target: Project
) -> tuple[StoredConnector, ...]:
    if target.id == ws.project.id:
        raise UsageError("project_same", name=target.name)
    sweep_secrets(ws)
    return tuple(connectors_by_id(connectors).values())


def _refuse_taken(there: Workspace, connectors: Sequence[Connector]) -> None:
    """In words that name the project."""
    try:
        there.store.refuse_taken(*connectors)
    except UsageError as error:
        raise UsageError(
            "name_taken_there",
            name=error.facts["name"],
            project=there.project.name,
            field="name",
        ) from None


def _carry_out(
    ws: Workspace, arrivals: Sequence[Arrival], target: Project, *, moved: bool
) -> tuple[StoredConnector, ...]:
    there = ws.in_project(target)
    change = Change.MOVED if moved else Change.COPIED
    with ExitStack() as changes:
        for arrival in reversed(arrivals):  # noted from the inside out
            name = arrival.connector.name
            holds = lambda name=name: there.store.find(name) is not None  # noqa: E731
            changes.enter_context(ws.changes.of(change, name, holds))
        _refuse_taken(there, [arrival.connector for arrival in arrivals])
        try:
            saved = Transfers(ws.data, ws.defaults_for).carry_out(
                ws.project.id, target.id, arrivals, moved=moved
            )
        except KeyboardInterrupt:
            sweep_projects(ws)  # what is decided is done before anybody says what has changed
            raise
    for stored in saved:
        event = "connector_moved" if moved else "connector_copied"
        ws.log.write(event, connector=stored.id, project=target.id)
    return saved


def _secrets_to_copy(ws: Workspace, stored: StoredConnector) -> dict[str, Secret]:
    """A secret that is gone from its store is gone from the copy as well."""
    found = {}
    for kind in secret_kinds(stored.connector):
        if kind == "refresh_token" or kind not in stored.secrets:
            continue
        try:
            secret = kept_secret(ws, stored, kind)
        except SecretStoreError as error:
            if error.code != "secret_missing":
                raise
        else:
            if secret is not None:
                found[kind] = secret
    return found


def _carry_moments(
    ws: Workspace, stored: StoredConnector, there: Workspace, copy: StoredConnector
) -> None:
    """When secrets were given and a sign-in was made: dates follow from that."""
    record = ws.store.read_verification(stored.id) or {}
    moments = {key: record[key] for key in LASTING if key in record}
    if moments:
        try:
            there.store.change_verification(copy.id, lambda before: before | moments)
        except StorageError as error:
            ws.log.write("moment_not_recorded", connector=copy.id, code=error.code)
