"""Saving a connector together with its secrets: both, or neither.

A new secret goes under a new reference, the connector's file then points to it, the old one goes
last. References whose fate is open are marked on the disk, so that nothing is orphaned whenever
the machine stops. A kept secret that is bound to what changes goes along in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector, Method, registration_of
from smtpwizard.model.errors import Cancelled, SecretStoreError, StorageError, UsageError
from smtpwizard.model.named_files import named_files, relative_files
from smtpwizard.model.registration import smart_flows_domain
from smtpwizard.model.secrets import secret_kinds, unnamed_kind
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken, wait_limits
from smtpwizard.secretstore import new_ref
from smtpwizard.usecases.approvals import carry_approval
from smtpwizard.usecases.changes_made import Change
from smtpwizard.usecases.chosen_files import check_named
from smtpwizard.usecases.history import (
    GIVEN,
    RENEWED,
    SIGNED_IN,
    keep_run,
    record_moment,
    record_verification,
)
from smtpwizard.usecases.input import first_problem, refuse_misplaced
from smtpwizard.usecases.kept_secrets import (
    binding_of,
    bindings_of_others,
    kept_secret,
    refuse_open_places,
)
from smtpwizard.usecases.leftovers import clear_leftovers
from smtpwizard.usecases.project import set_project
from smtpwizard.usecases.project_sweep import sweep_projects
from smtpwizard.usecases.unused_secrets import SWEEP_S, delete_secrets, dispose_of, opens_silently
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.flow.draft import ConnectorDraft
    from smtpwizard.model.binding import Binding


class SecretLeftBehind(Exception):
    """All is done, but a secret no longer needed is still there: the next sweep takes it."""


def save_draft(
    ws: Workspace,
    draft: ConnectorDraft,
    *,
    stored: StoredConnector | None = None,
    token: CancelToken | None = None,
) -> StoredConnector:
    """Save what is on screen as a new connector, or as the next state of `stored`.

    With it go the secrets typed for it, the sign-in and the verification that belong to it, and
    after it the project's domain where that was changed: where it cannot be, the connector is saved
    and the workspace's `changes` have why. Raises `UsageError` for the draft's first problem,
    and what `save_connector` does.
    """
    connector, problems = draft.judge(ws.defaults_for)
    if connector is None:
        raise first_problem(problems)
    report = draft.holding_verification(ws.defaults_for)
    saved = save_connector(ws, connector, secrets=draft.secrets(), stored=stored, token=token)
    kept = _keep_runs(ws, draft, saved)
    if report is not None:
        run = kept.get((report.started, report.duration_ms))  # its causes may be other ones by now
        record_verification(ws, saved, report, run)
    if draft.dkim_keys:
        from smtpwizard.usecases.proof import keep_keys  # noqa: PLC0415 - where one was learnt

        keep_keys(ws, saved, draft.dkim_keys)
        draft.dkim_keys.clear()
    domain = smart_flows_domain(draft.domain) or ""
    if draft.method is Method.OAUTH and domain != (ws.project.domain or ""):
        try:
            set_project(ws, domain=domain)
        except (StorageError, UsageError) as error:
            ws.changes.fail(error)
    return saved


def _keep_runs(
    ws: Workspace, draft: ConnectorDraft, saved: StoredConnector
) -> dict[tuple[str, int], str]:
    """Write the runs that waited for the connector; the ids of all that are kept, by when each
    began and how long it took."""
    kept = {}
    held = draft.runs if draft.runs is not None else []
    for run in held:
        if run.stored == saved.id or (
            run.stored is None and keep_run(ws, run._replace(stored=saved.id))
        ):
            kept[run.report.started, run.report.duration_ms] = run.id
    held.clear()
    return kept


def create_connector(ws: Workspace, connector: Connector, secret: Secret | None) -> StoredConnector:
    """Save a new connector with the secret that was given for it, whatever kind that is.

    Raises `UsageError` (`secret_twice`, `secret_not_used`) and what `save_connector` does.
    """
    if secret is not None and connector.authentication.secret_command is not None:
        raise UsageError("secret_twice", field="authentication.secret_command")
    return save_connector(ws, connector, secrets=name_secret(connector, secret))


def name_secret(connector: Connector, secret: Secret | None) -> dict[str, Secret]:
    """A secret given without its kind, under the kind that the connector keeps.

    Raises `UsageError("secret_not_used")` where it keeps none.
    """
    if secret is None:
        return {}
    kind = unnamed_kind(connector)
    if kind is None:
        raise UsageError("secret_not_used")
    return {kind: secret}


def save_connector(
    ws: Workspace,
    connector: Connector,
    *,
    secrets: Mapping[str, Secret],
    stored: StoredConnector | None = None,
    store_like: StoredConnector | None = None,
    shared: Mapping[str, str] | None = None,
    carry: bool = True,
    token: CancelToken | None = None,
) -> StoredConnector:
    """Write a new connector, or the next state of `stored`.

    Kinds not in `secrets` keep what is stored, as far as the connector still uses them; what it
    no longer uses is deleted. A new secret goes where those of `stored` or `store_like` are;
    `shared` are references that another connector has as well. Without `carry` what is kept stays
    bound to what it was given for, and so does the approval of a helper command: the next use asks.

    A refresh token among the secrets is a sign-in of this moment, and is noted as one; of the
    others it is noted when they were given. What an earlier save left behind is swept first.

    Raises `UsageError`, `StorageError`, `SecretStoreError`, and `Cancelled` when `token` asks to
    stop before the connector's file is written; the old state then holds.
    """
    kinds = secret_kinds(connector)
    _refuse_unused(secrets, kinds)
    _refuse_relative(connector, stored or store_like)
    refuse_misplaced(connector)
    sweep_secrets(ws)
    before = dict(stored.secrets) if stored else dict(shared or {})
    if stored is not None and registration_of(stored.connector) != registration_of(connector):
        # A refresh token belongs to the registration that it was given to, and to no other server.
        kinds = tuple(kind for kind in kinds if kind != "refresh_token")
    kept = {kind: ref for kind, ref in before.items() if kind in kinds and kind not in secrets}
    moved = _move_secrets(ws, connector, stored, kept) if carry else _hold_back(ws, stored, kept)
    new: dict[str, str] = {}
    renamed = stored is None or stored.connector.name_key() != connector.name_key()
    if (secrets or moved) and renamed:
        # Judged again under the lock; here it keeps a secret from being stored for nothing.
        ws.store.refuse_taken(connector)
    if secrets:
        new = _new_references(ws, connector, secrets, stored, store_like)
    shares = {kept[kind]: bindings_of_others(ws, stored, kept[kind]) for kind in moved}
    for kind in moved:
        if not shares[kept[kind]]:
            new[kind] = new_ref(ws.store_of(kept.pop(kind)).name, connector.name, kind)
    shares = {ref: others for ref, others in shares.items() if others}
    dropped = [ref for kind, ref in before.items() if kind not in kept]
    with deciding(ws, (*new.values(), *dropped)), _sharing(ws, stored, connector, shares):
        if new:
            binding = binding_of(ws, connector)
            for kind, ref in new.items():
                secret = secrets[kind] if kind in secrets else moved[kind]
                ws.store_of(ref).put(ref, secret, binding)
        if token is not None:
            token.raise_if_cancelled()
        with ws.changes.of(Change.SAVED, connector.name, lambda: _holds(ws, connector, stored)):
            saved = ws.store.save(connector, secrets=kept | new, expected=stored)
        if not delete_secrets(ws, dropped):
            raise SecretLeftBehind
    ws.log.write("connector_saved", connector=saved.id, revision=saved.revision)
    _leave_nothing(ws, stored if carry else None, saved, dropped)
    if new:
        sweep_secrets(ws)  # a store that a passphrase opened just now can let go of orphans
    moments = [GIVEN[kind] for kind in secrets if kind in GIVEN]
    if "refresh_token" in secrets:
        moments += [SIGNED_IN, RENEWED]
    if moments:
        record_moment(ws, saved, *moments)
    return saved


def _leave_nothing(
    ws: Workspace, before: StoredConnector | None, saved: StoredConnector, dropped: Sequence[str]
) -> None:
    """Have what lies beside the connector's file follow what it says now."""
    if before is not None:
        follow_approval(ws, before, saved.connector)
    if dropped:
        clear_leftovers(ws)


def _refuse_unused(secrets: Mapping[str, Secret], kinds: Sequence[str]) -> None:
    for kind in secrets:
        if kind not in kinds:
            raise UsageError("secret_not_used", kind=kind)


def _new_references(
    ws: Workspace,
    connector: Connector,
    secrets: Mapping[str, Secret],
    stored: StoredConnector | None,
    store_like: StoredConnector | None,
) -> dict[str, str]:
    refuse_open_places(ws, stored)
    store = ws.secret_store_for_new(stored or store_like)
    store.ready()  # before anything is written: without a store there is no connector
    return {kind: new_ref(store.name, connector.name, kind) for kind in secrets}


def follow_approval(ws: Workspace, before: StoredConnector, after: Connector | None) -> None:
    """Have the approval of a helper command follow what is saved, or removed, already."""
    try:
        carry_approval(ws, before, after)
    except StorageError as error:  # it is saved all the same, and the next run asks
        ws.log.write("approval_not_carried", connector=before.id, code=error.code)


def _holds(ws: Workspace, connector: Connector, before: StoredConnector | None) -> bool:
    """True where this connector is what the disk says, in a revision after the one before."""
    now = ws.store.find(connector.name)
    if not isinstance(now, StoredConnector):
        return False
    if before is None:
        return now.connector == connector
    return now.id == before.id and now.revision == before.revision + 1


def _move_secrets(
    ws: Workspace,
    connector: Connector,
    stored: StoredConnector | None,
    kept: Mapping[str, str],
) -> dict[str, Secret]:
    """The kept secrets that are bound to what changes; no store is opened where nothing does.

    Raises `BoundElsewhere` where a secret was not for the connector as it was: what a changed file
    says is not carried on by the next edit.
    """
    if stored is None or not kept:
        return {}
    if binding_of(ws, stored.connector) == binding_of(ws, connector):
        return {}
    found: dict[str, Secret] = {}
    for kind in kept:
        try:
            secret = kept_secret(ws, stored, kind, connector)
        except SecretStoreError as error:
            if error.code != "secret_missing":
                raise
        else:
            if secret is not None:
                found[kind] = secret
    return found


def _hold_back(
    ws: Workspace, stored: StoredConnector | None, kept: Mapping[str, str]
) -> dict[str, Secret]:
    """See to it that kept secrets are bound to the connector as it was: one from before there were
    bindings would be bound to what it says next."""
    if stored is None:
        return {}
    for kind in kept:
        try:
            kept_secret(ws, stored, kind)
        except SecretStoreError as error:
            if error.code not in ("secret_missing", "secret_bound_elsewhere"):
                raise
    return {}


@contextmanager
def _sharing(
    ws: Workspace,
    stored: StoredConnector | None,
    connector: Connector,
    shares: Mapping[str, tuple[Binding, ...]],
) -> Iterator[None]:
    """While the block saves a change, secrets that other connectors have too are for both states
    of this one; then for the one that holds.

    They stay where they are: a second copy of a sign-in would spoil both. Raises nothing after
    the block.
    """
    if stored is None or not shares:
        yield
        return
    before, after = binding_of(ws, stored.connector), binding_of(ws, connector)
    for ref, others in shares.items():
        ws.store_of(ref).rebind(ref, after, keep=(before, *others))
    state = before
    try:
        yield
        state = after
    except SecretLeftBehind:
        state = after
        raise
    finally:
        for ref, others in shares.items():
            try:
                ws.store_of(ref).rebind(ref, keep=(state, *others))
            except (SecretStoreError, StorageError, Cancelled) as error:
                ws.log.write("binding_not_taken_back", connector=stored.id, code=error.code)


def _refuse_relative(connector: Connector, stored: StoredConnector | None) -> None:
    """Files and programs are named by their whole paths, and hold what they are named for; those
    from before that was asked for still work on."""
    before = stored.connector.to_json() if stored is not None else None
    document = connector.to_json()
    for field, path in relative_files(document, before):
        raise UsageError("path_relative", field=field, path=path)
    kept = dict(named_files(before))
    for field, path in named_files(document):
        if kept.get(field) != path and os.path.exists(path):  # it may come later
            check_named(field, path)
    command = connector.authentication.secret_command
    if command is None or Path(command[0]).is_absolute():
        return
    if stored is None or command != stored.connector.authentication.secret_command:
        raise UsageError(
            "command_not_absolute", field="authentication.secret_command", program=command[0]
        )


def sweep_secrets(ws: Workspace) -> None:
    """Delete the secrets that no connector names, left by saves that did not end, make removals
    final that could have been undone in a process that has died, and finish what it has moved.

    Raises nothing: what cannot be deleted now stays marked for the next sweep. Asks nobody for
    anything, and waits for no store that turns out to: it may run after an interruption.
    """
    sweep_projects(ws)
    try:
        for removed in ws.store.removals.finish_abandoned():
            ws.log.write("connector_removed", connector=removed.id)
            follow_approval(ws, removed, None)
        refs = ws.store.undecided()
    except StorageError:
        return
    # A token of its own: the one in force may be cancelled, which is why there is a sweep.
    with wait_limits(token=CancelToken(), timeout_s=SWEEP_S):
        for ref in dispose_of(ws, [ref for ref in refs if opens_silently(ws, ref)]):
            ws.store.forget(ref)
            ws.log.write("secret_swept", store=ref.partition(":")[0])


@contextmanager
def deciding(ws: Workspace, refs: Iterable[str]) -> Iterator[None]:
    """Mark references while the block decides about their secrets.

    Ends the block quietly on `SecretLeftBehind`, with the marks left for a later sweep; after any
    other exception it sweeps at once. Raises `StorageError` where nothing can be marked.
    """
    try:
        with ExitStack() as marks:
            for ref in refs:
                marks.enter_context(ws.store.pending(ref))
            yield
    except SecretLeftBehind:
        pass
    except BaseException:
        sweep_secrets(ws)
        with suppress(StorageError):
            ws.changes.left_behind = bool(ws.store.undecided())
        raise
