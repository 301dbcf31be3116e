"""Secrets that a store hands out only for what they were given for.

What a secret is bound to lies in the store beside it, where a connector's file cannot reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from smtpwizard import files
from smtpwizard.model.auth import Secret
from smtpwizard.model.binding import Binding
from smtpwizard.model.errors import SecretStoreError, StorageError
from smtpwizard.net.cancel import bounded_s
from smtpwizard.secretstore.asking import AskingStore
from smtpwizard.secretstore.one_by_one import OneByOneStore
from smtpwizard.secretstore.port import SecretStore, text_to_keep

# One line ahead of the secret: this, the schema, a colon, and the bindings as a list of objects.
_MARK = "smtpwizard-secret:"
_HEADER = f"{_MARK}1:"


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an entry of a store holds; one from before there were bindings has none."""

    secret: Secret
    bindings: tuple[Binding, ...] = ()

    def sealed(self) -> Secret:
        terms = [dict(binding.terms) for binding in self.bindings]
        header = json.dumps(terms, sort_keys=True, separators=(",", ":"))
        return Secret(f"{_HEADER}{header}\n{self.secret.reveal()}")


class BoundStore:
    """A secret store whose secrets are bound; all that the rest of the program sees of one.

    One entry may have several bindings: connectors may share a sign-in. `lock` is the file that
    guards an entry between reading and writing it. Raises what `SecretStore` does.
    """

    def __init__(self, store: SecretStore, lock: Path) -> None:
        self._store = store
        self._lock = lock

    @property
    def name(self) -> str:
        return self._store.name

    def ready(self) -> None:
        """Raise what would keep a secret from being put."""
        self._store.ready()

    def answers_unasked(self) -> bool:
        """True where a call now asks nobody, as far as can be known; raises what a call does."""
        store = self._store
        return not isinstance(store, AskingStore | OneByOneStore) or store.answers_unasked()

    def one_by_one(self) -> BoundStore:
        """The same store for many threads: one call at a time, and nobody asked again in vain."""
        return BoundStore(OneByOneStore(self._store), self._lock)

    def open(self, ref: str) -> None:
        """Have the store ask what it has to, ahead of many calls; raises what a call does.

        `ref` is one that the calls are about.
        """
        self._store.get(ref)

    def put(self, ref: str, secret: Secret, binding: Binding) -> None:
        """Keep a new secret under a reference of its own."""
        text_to_keep(secret)
        self._store.put(ref, _Entry(secret, (binding,)).sealed())

    def get(self, ref: str, *wanted: Binding) -> Secret:
        """The secret for any of these uses.

        Raises `secret_bound_elsewhere` with the `differences` from the first of them. A secret
        that has no binding yet is bound to that one from now on.
        """
        entry = self._read(ref)
        if not entry.bindings:
            entry = self._bound_now(ref, wanted[0]) or entry
        found = [binding.differences(wanted[0]) for binding in entry.bindings]
        allowed = any(not binding.differences(use) for binding in entry.bindings for use in wanted)
        if found and not allowed:
            raise SecretStoreError("secret_bound_elsewhere", differences=min(found, key=len))
        return entry.secret

    def replace(self, ref: str, secret: Secret) -> None:
        """Put another secret in the place of one, for the same use; `secret_missing` without."""
        text_to_keep(secret)
        self._read(ref)  # what has to be asked is asked outside the lock
        with self._alone():
            entry = self._read(ref)
            self._store.put(ref, _Entry(secret, entry.bindings).sealed())

    def rebind(self, ref: str, *bindings: Binding, keep: Sequence[Binding] = ()) -> None:
        """Bind a secret to other uses, and leave it bound to those of `keep` that it has now.

        One for which nothing would remain stays as it is.
        """
        self._read(ref)
        with self._alone():
            entry = self._read(ref)
            kept = [known for known in entry.bindings if known in keep and known not in bindings]
            if bindings or kept:
                self._store.put(ref, _Entry(entry.secret, (*bindings, *kept)).sealed())

    def copy(self, ref: str, to: BoundStore, new: str) -> None:
        """Keep a secret in another store as well, under a reference of its own, for the same uses.

        It is read back there: `secret_not_kept` where that is not what was put.
        """
        self._read(ref)
        with self._alone():
            entry = self._read(ref)
            sealed = entry.sealed() if entry.bindings else entry.secret
            to._store.put(new, sealed)
            if to._store.get(new) != sealed:
                raise SecretStoreError("secret_not_kept")

    def delete(self, ref: str) -> None:
        """Remove a secret; a missing one is fine."""
        with self._alone():
            self._store.delete(ref)

    # -- inner workings

    def _read(self, ref: str) -> _Entry:
        text = self._store.get(ref).reveal()
        if not text.startswith(_MARK):
            return _Entry(Secret(text))
        header, _, secret = text.partition("\n")
        try:
            found = json.loads(header.removeprefix(_HEADER))
            bindings = tuple(Binding({str(k): str(v) for k, v in one.items()}) for one in found)
        except (ValueError, TypeError, AttributeError):
            bindings = ()
        if not bindings:
            # Of a later version, or damaged: whatever it is, it is not what a server should see.
            raise SecretStoreError("secret_unreadable", reason="binding")
        return _Entry(Secret(secret), bindings)

    def _bound_now(self, ref: str, binding: Binding) -> _Entry | None:
        """Bind a secret that has no binding; None where nothing can be written: then it is used
        all the same, and bound another time."""
        with suppress(SecretStoreError, StorageError), self._alone():
            entry = self._read(ref)
            if not entry.bindings:
                entry = _Entry(entry.secret, (binding,))
                self._store.put(ref, entry.sealed())
            return entry
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Between reading an entry and writing it nobody else may write it."""
        try:
            files.make_private_directory(self._lock.parent)
        except OSError as error:
            raise files.storage_error(error, self._lock.parent) from None
        # Whoever holds it may be asking its user something.
        with files.locked(self._lock, bounded_s(files.LOCK_TIMEOUT_S)):
            yield
