"""The workspace: where things lie and which project, catalogue and stores are in force.

Opening it reads little and writes nothing; keyring, cryptography and ssl come in when needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import CUSTOM, Connector, ServerDefaults, name_key
from smtpwizard.model.errors import DeadlineExceeded, SecretStoreError, StorageError, UsageError
from smtpwizard.model.secrets import is_for_this_run
from smtpwizard.model.similar import similar
from smtpwizard.model.stored import Listing, Project, StoredConnector
from smtpwizard.net.cancel import may_ask, wait_within_limits
from smtpwizard.storage import DEFAULT_ID, DEFAULT_NAME, ConnectorStore, DataDirectory
from smtpwizard.usecases.changes_made import ChangesMade
from smtpwizard.usecases.gate import Gate

if TYPE_CHECKING:
    from smtpwizard.demo.replay.recorded import Recording
    from smtpwizard.oauth.tokens import TokenSet
    from smtpwizard.providers import Catalogue, ProviderEntry
    from smtpwizard.secretstore import BoundStore, FileStore, SecretStore
    from smtpwizard.usecases.known_providers import KnownProviders, OverriddenValue
    from smtpwizard.usecases.log import EventLog

SECRET_STORES = ("keyring", "file", "session")

Passphrase = Callable[[bool], Secret]


class Workspace:
    """Paths, project, catalogue and stores of one program run."""

    def __init__(
        self,
        data: DataDirectory,
        project: Project,
        log_dir: Path,
        *,
        secret_store: str | None = None,
        passphrase: Passphrase | None = None,
    ) -> None:
        self.data = data
        self.project = project
        self.log_dir = log_dir
        self._secret_store = secret_store
        self._chosen_since = False
        self.passphrase = passphrase
        self._stores: dict[str, BoundStore] = {}
        self._behind: Workspace | None = None
        """The workspace whose stores these are, in one for many threads."""
        self._gates: dict[str, Gate] = {}
        self._unlocked = False
        self.changes = ChangesMade()
        """What this run has changed so far."""
        self.recording: Recording | None = None
        """A record that is played in place of the network; None everywhere but in a replay."""
        self.tokens: dict[str, TokenSet] = {}
        """The access tokens of this process, by what they are good for; never on the disk."""
        self.faults: tuple[StorageError, ...] = ()
        """Why the workspace is not what was asked for, where it was opened anyway."""

    @classmethod
    def open(
        cls,
        data_dir: Path | None = None,
        *,
        project: str | None = None,
        secret_store: str | None = None,
        passphrase: Passphrase | None = None,
        anyway: bool = False,
    ) -> Workspace:
        """The workspace in `data_dir`, else `SMTPWIZARD_DATA_DIR`, else the platform's directory.

        `secret_store` overrides the remembered choice; `passphrase(new)` answers the passphrase
        of the encrypted file where `SMTPWIZARD_PASSPHRASE_COMMAND` does not. Raises `UsageError`
        (`project_unknown`, `secret_store_unknown`) and `StorageError` (`home_missing`, …); with
        `anyway` these are kept in `faults`, and what cannot be read counts as empty.
        """
        if secret_store is not None and secret_store not in SECRET_STORES:
            choices = ", ".join(SECRET_STORES)
            alike = similar(secret_store, SECRET_STORES)
            raise UsageError(
                "secret_store_unknown", name=secret_store, choices=choices, similar=alike
            )
        faults: list[StorageError] = []
        chosen = data_dir or os.environ.get("SMTPWIZARD_DATA_DIR")
        if chosen:
            path = Path(os.path.abspath(os.path.expanduser(chosen)))
            log_dir = path / "log"
        else:
            try:
                path, log_dir = _platform_folders()
            except StorageError as error:
                if not anyway:
                    raise
                faults.append(error)
                path = log_dir = _NOWHERE
        data = DataDirectory(path)
        try:
            found = data.current_project() if project is None else project_named(data, project)
        except StorageError as error:
            if not anyway:
                raise
            faults.append(error)
            found = Project(DEFAULT_ID, DEFAULT_NAME)
        ws = cls(data, found, log_dir, secret_store=secret_store, passphrase=passphrase)
        ws.faults = tuple(faults)
        return ws

    # -- places and rules

    @property
    def data_dir(self) -> Path:
        return self.data.path

    @property
    def locks_dir(self) -> Path:
        """Where renewals of sign-ins agree with those of other processes."""
        return self.data_dir / "locks"

    @cached_property
    def log(self) -> EventLog:
        from smtpwizard.usecases.log import EventLog  # noqa: PLC0415 - with `logging`, which most verbs do without

        return EventLog(self.log_dir)

    @cached_property
    def _known_providers(self) -> KnownProviders:
        from smtpwizard.usecases.known_providers import read_known_providers  # noqa: PLC0415 - parses TOML

        return read_known_providers(self.data)

    def forget_providers(self) -> None:
        """Read the catalogue anew when it is asked for next: a file of it has changed."""
        self.__dict__.pop("_known_providers", None)

    @property
    def catalogue(self) -> Catalogue:
        """The providers in force; raises `StorageError("provider_file_damaged")`."""
        return self._known_providers.catalogue

    def provider_of(self, connector: Connector) -> ProviderEntry | None:
        """What is known of a connector's provider; raises `StorageError` as `catalogue` does.

        Nothing for `custom`, of which no file can say anything: none is read.
        """
        if connector.provider == CUSTOM:
            return None
        return self.catalogue.get(connector.provider)

    def overrides(self) -> tuple[OverriddenValue, ...]:
        """What the files in `providers.d` say of known providers in place of what we know.

        Raises `StorageError("provider_file_damaged")`.
        """
        return self._known_providers.overrides

    def overrides_for(self, connector: Connector) -> tuple[OverriddenValue, ...]:
        """Those that concern the connector's provider, or the cloud that its OAuth is used with."""
        entries = (connector.provider, connector.authentication.oauth.cloud)
        return tuple(value for value in self.overrides() if value.override.provider in entries)

    def defaults_for(self, provider: str) -> ServerDefaults | None:
        """What a provider brings; None for an unknown id."""
        return self.catalogue.defaults_for(provider)

    def provider_ids(self) -> Iterator[str]:
        """The ids of all providers; none where a file of them cannot be used."""
        with suppress(StorageError):
            yield from (entry.id for entry in self.catalogue)

    def in_project(self, project: Project) -> Workspace:
        """The same workspace, with its open secret stores and its tokens, on another project."""
        other = copy(self)
        other.project = project
        other.__dict__.pop("store", None)
        return other

    def authorities(self) -> tuple[str, ...]:
        """The certificates (PEM) that the project trusts besides the system, as of now; raises
        `StorageError`."""
        project = self.data.project(self.project.id)
        if not project.authorities:
            return ()
        from smtpwizard.usecases.project_trust import authorities_in_force  # noqa: PLC0415 - most projects have none

        return authorities_in_force(self.data, project)

    def trusted_fingerprints(self) -> frozenset[str]:
        """The same by their SHA-256; raises `StorageError`."""
        if not (authorities := self.authorities()):
            return frozenset()
        from smtpwizard.model.certificates import fingerprint_of  # noqa: PLC0415 - most projects have none

        return frozenset(map(fingerprint_of, authorities))

    # -- connectors

    @cached_property
    def store(self) -> ConnectorStore:
        return ConnectorStore(self.data, self.project.id, self.defaults_for)

    def connectors(self) -> Listing:
        """Everything in the project; raises `StorageError`."""
        return self.store.list()

    def find(self, name: str) -> StoredConnector:
        """The connector of that name, compared as names are (NFC, case-folded).

        Raises `UsageError("connector_unknown")`, and `StorageError("read_only_newer")` for one
        that a later version wrote.
        """
        found = self.store.find(name)
        if isinstance(found, StoredConnector):
            return found
        if found is not None:
            raise StorageError("read_only_newer", path=str(found.path), schema=found.schema)
        raise UsageError("connector_unknown", name=name, similar=self._alike(name))

    def _alike(self, name: str) -> tuple[str, ...]:
        with suppress(StorageError):
            return similar(name, (each.connector.name for each in self.connectors().connectors))
        return ()

    # -- secrets

    def secret_store_for_new(self, stored: StoredConnector | None = None) -> BoundStore:
        """Where a new secret goes: the store asked for, else the one that keeps the connector's
        secrets already, else the remembered one, else the keyring.

        What a store keeps for good is not replaced by something for this session only, unless that
        was chosen since the start: it would be lost with the session.

        May block (a keyring asks its user). Raises `SecretStoreError("secret_store_unavailable")`
        where the keyring does not work and nothing else was chosen.
        """
        name = self._store_for(stored)
        if name is None:
            self.require_keyring()
        return self.store_of(name or "keyring")

    def _store_for(self, stored: StoredConnector | None) -> str | None:
        kept = (
            [ref for ref in stored.secrets.values() if not is_for_this_run(ref)] if stored else ()
        )
        asked = self._secret_store
        if kept and (asked is None or (asked == "session" and not self._chosen_since)):
            return kept[0].partition(":")[0]
        return self.chosen_secret_store

    def has_lost(self, ref: str) -> bool:
        """True for the reference of a secret that was kept for a session which has ended."""
        if not is_for_this_run(ref):
            return False
        try:
            self.store_of(ref).open(ref)
        except SecretStoreError:
            return True
        return False

    def require_keyring(self) -> None:
        """Raises `SecretStoreError` where the keyring does not work; may block, as it asks its
        user to be unlocked."""
        from smtpwizard.secretstore import probe_keyring  # noqa: PLC0415 - only with a kept secret

        try:
            usable, backend, code = wait_within_limits(probe_keyring, "keyring")
        except DeadlineExceeded:
            raise SecretStoreError("keyring_silent") from None
        if not usable:
            raise SecretStoreError(code or "secret_store_unavailable", backend=backend)

    @property
    def chosen_secret_store(self) -> str | None:
        """The store that was asked for at the start, else the one that is remembered."""
        remembered = self.data.settings().get("secret_store")
        known = str(remembered) if remembered in SECRET_STORES else None
        return self._secret_store or known

    def secret_store_name(self, stored: StoredConnector | None = None) -> str:
        """Which store `secret_store_for_new` would turn to, by its name; asks nobody."""
        return self._store_for(stored) or "keyring"

    def store_of(self, ref: str) -> BoundStore:
        """The store that a reference (or the name of a store) belongs to."""
        name = ref.partition(":")[0]
        if name not in self._stores:
            from smtpwizard.secretstore import BoundStore  # noqa: PLC0415 - only with a kept secret

            if self._behind is not None and name != "file":
                store = self._behind.store_of(name).one_by_one()
            else:
                store = BoundStore(self._make_store(name), self.data_dir / ".secrets.lock")
                store = store if self._behind is None else store.one_by_one()
            return self._stores.setdefault(name, store)
        return self._stores[name]

    def for_many(self) -> Workspace:
        """The same workspace for many threads at once.

        Each of its secret stores takes one call at a time and, once it stays shut, asks nobody
        again; helper commands go through `program_turn`.
        """
        self.log, self.store  # noqa: B018 - made once, here
        many = copy(self)
        many._behind, many._stores, many._gates = self, {}, {}
        many.__dict__.pop("encrypted_file", None)  # it makes one of its own
        return many

    def program_turn(self, program: str) -> AbstractContextManager[None]:
        """Run a program that may ask its user within this block: where many threads may want to,
        one is let in until it has been answered."""
        if self._behind is None:
            return nullcontext()
        return self._gates.setdefault(program, Gate()).passing()

    def opens_silently(self, ref: str) -> bool:
        """True where using the store of `ref` asks nobody for anything, as far as can be known.

        May block for a moment. Raises `SecretStoreError`, `Cancelled`.
        """
        return self.store_of(ref).answers_unasked()

    def choose_secret_store(self, name: str) -> None:
        """Use a store from now on; remembered, unless it is for this session only.

        Raises `UsageError("secret_store_unknown")`, `StorageError`.
        """
        if name not in SECRET_STORES:
            choices = ", ".join(SECRET_STORES)
            raise UsageError("secret_store_unknown", name=name, choices=choices)
        if name != "session":
            self.data.set_setting("secret_store", name)
        self._secret_store = name
        self._chosen_since = True

    def _make_store(self, name: str) -> SecretStore:
        from smtpwizard import secretstore  # noqa: PLC0415 - only with a kept secret

        if name == "keyring":
            return secretstore.AskingStore(secretstore.KeyringStore())
        if name == "file":
            # A prompt on the terminal is the main thread's; Ctrl-C reaches it there.
            return secretstore.AskingStore(
                self.encrypted_file, unasked=self._passphrase_is_at_hand, abandonable=False
            )
        if name == "session":
            return secretstore.SessionStore()
        raise SecretStoreError("secret_store_unavailable", backend=name)

    @cached_property
    def encrypted_file(self) -> FileStore:
        """The secrets under a passphrase."""
        from smtpwizard.secretstore import FileStore  # noqa: PLC0415 - only with a kept secret

        if self._behind is not None:
            return self._behind.encrypted_file.remembering()
        return FileStore(self.encrypted_path, self._ask_passphrase)

    @property
    def encrypted_path(self) -> Path:
        """Where the encrypted file lies, or would."""
        return self.data_dir / "secrets.enc"

    @property
    def has_passphrase_command(self) -> bool:
        """True where the environment names a command that prints the passphrase."""
        return bool(_passphrase_command())

    def _passphrase_is_at_hand(self) -> bool:
        return self._unlocked or bool(_passphrase_command())

    def _ask_passphrase(self, new: bool) -> Secret:
        command = _passphrase_command()
        if command:
            from smtpwizard.usecases.secret_command import run_secret_command  # noqa: PLC0415 - starts programs

            return run_secret_command(command)
        if self.passphrase is None or not may_ask():
            raise SecretStoreError("passphrase_needed")
        answer = self.passphrase(new)
        self._unlocked = True
        return answer


# Nothing is there, and nothing can be made there.
_NOWHERE = Path(os.devnull, "smtpwizard")


def _platform_folders() -> tuple[Path, Path]:
    """The platform's folders for data and log; raises `StorageError("home_missing")`."""
    import platformdirs  # noqa: PLC0415 - only without --data-dir

    folders = []
    for find in (platformdirs.user_data_path, platformdirs.user_log_path):
        try:
            folder = find("smtpwizard", appauthor=False)
        except (RuntimeError, KeyError, OSError):  # no HOME, and the user is in no list
            folder = None
        # An empty HOME would mean the root of the disk, another one the current folder.
        home = os.environ.get("HOME", "~")
        strange = home != "~" and not os.path.isabs(home) and not _said_otherwise(find.__name__)
        folders.append(None if folder is None or not folder.is_absolute() or strange else folder)
    data, log = folders
    if data is None:
        raise StorageError("home_missing")
    return data, log or data / "log"


def _said_otherwise(name: str) -> bool:
    variable = "XDG_DATA_HOME" if "data" in name else "XDG_STATE_HOME"
    return sys.platform == "win32" or os.path.isabs(os.environ.get(variable, ""))


def project_named(data: DataDirectory, name: str) -> Project:
    """The project of that name; raises `UsageError("project_unknown")`."""
    for project in data.projects():
        if name_key(project.name) == name_key(name.strip()):
            return project
    alike = similar(name, (project.name for project in data.projects()))
    raise UsageError("project_unknown", name=name, similar=alike)


def _passphrase_command() -> tuple[str, ...]:
    """`SMTPWIZARD_PASSPHRASE_COMMAND` as an argument list; it is the user's own environment."""
    text = os.environ.get("SMTPWIZARD_PASSPHRASE_COMMAND", "")
    if not text.strip():
        return ()
    from smtpwizard.usecases.command_words import split_command  # noqa: PLC0415 - where one is set

    try:
        return tuple(split_command(text))
    except ValueError:
        raise SecretStoreError("passphrase_command_invalid") from None
