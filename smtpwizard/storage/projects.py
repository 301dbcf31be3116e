"""The data directory: its projects, the program's settings and the user's provider files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.addresses import clean_text, has_controls
from smtpwizard.model.connector import MAX_NAME, SCHEMA, name_key, name_order
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.misplaced import looks_like_a_secret
from smtpwizard.model.problem import Json
from smtpwizard.model.registration import smart_flows_domain
from smtpwizard.model.similar import similar
from smtpwizard.model.stored import Project
from smtpwizard.storage import documents

DEFAULT_ID = "default"
DEFAULT_NAME = "Default"
MAX_PROVIDER_FILE = 256_000
PROJECT_KEYS = ("name", "domain", "base_url", "environment")

_DEFAULT_KEYS = ("default", "default_revision", "default_before")
# True in the file of a project that was removed: it is there until all that is its own has gone.
REMOVED = "removed"
_AUTHORITIES = "authorities"
_RESERVED_KEYS = ("schema", "id", REMOVED, _AUTHORITIES, *_DEFAULT_KEYS, *PROJECT_KEYS)
_BASE_URL = r"https?://[^\s/?#@]+(?:/\S*)?\Z"


class DataDirectory:
    """Everything below one folder; nothing is made before something is saved."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings_path = path / "settings.json"
        self.lock_path = path / ".lock"
        self._projects = path / "projects"

    # -- projects

    def projects(self) -> tuple[Project, ...]:
        """All projects by name, but those that were removed; raises `StorageError`.

        There is always one: `Default`, unless that was removed while there were others.
        """
        ids = {DEFAULT_ID}
        for identifier in documents.list_names(self._projects):
            directory = self._projects / identifier
            if any(os.path.exists(directory / name) for name in ("project.json", "connectors")):
                ids.add(identifier)
        found = []
        for identifier in ids:
            document = self._document(identifier)
            if not document.get(REMOVED):
                found.append(_project_from(identifier, document))
        found = found or [Project(DEFAULT_ID, DEFAULT_NAME)]
        return tuple(sorted(found, key=lambda project: (name_order(project.name), project.id)))

    def project_ids(self) -> tuple[str, ...]:
        """The names of all folders of projects, removed ones too; raises `StorageError`."""
        names = documents.list_names(self._projects)
        return tuple(name for name in names if os.path.isdir(self._projects / name))

    def project(self, identifier: str) -> Project:
        """One project by its id; without a readable file the id is its name."""
        return _project_from(identifier, self._document(identifier))

    def _document(self, identifier: str) -> Json:
        directory = self.project_directory(identifier)
        document, _ = documents.load(directory / "project.json", directory / ".lock")
        return document or {}

    def project_directory(self, identifier: str) -> Path:
        """Where a project's files lie."""
        return self._projects / identifier

    def current_project(self) -> Project:
        """The project chosen with `use_project`, else `Default`, else the first by name; raises
        `StorageError`."""
        projects = {project.id: project for project in self.projects()}
        first = next(iter(projects.values()))
        chosen = str(self.settings().get("project"))
        return projects.get(chosen) or projects.get(DEFAULT_ID, first)

    def create_project(self, name: str, **values: str | None) -> Project:
        """A new project without connectors, `values` as in `set_project`.

        Raises `UsageError` (a bad value or a taken name) and `StorageError`.
        """
        checked = check_values({"name": name, **values})
        with self.locked():
            self.refuse_taken(checked["name"], None)
            identifier = os.urandom(16).hex()
            return _project_from(identifier, self.change_project(identifier, checked))

    def set_project(self, project: Project, **values: str | None) -> Project:
        """Change some of `PROJECT_KEYS` (None or "" clears); raises `UsageError`, `StorageError`.

        What another process has set in the meantime stays where it is not among `values`.
        """
        checked = check_values(values)
        directory = self.project_directory(project.id)
        with self.locked():
            if "name" in checked:
                self.refuse_taken(checked["name"], project.id)
            self.refuse_removed(project.id)
            documents.make_directory(directory)
            with files.locked(directory / ".lock"):
                # Not read back: it is saved, and a read that fails would say otherwise.
                return _project_from(project.id, self.change_project(project.id, checked))

    def change_authorities(
        self, identifier: str, change: Callable[[tuple[str, ...]], Sequence[str]]
    ) -> Project:
        """Make `change` of the certificates that a project trusts, as they are now (PEM).

        Raises `StorageError`, and what `change` does.
        """
        directory = self.project_directory(identifier)
        with self.locked():
            self.refuse_removed(identifier)
            documents.make_directory(directory)
            with files.locked(directory / ".lock"):
                after = list(change(_authorities_in(documents.current(directory / "project.json"))))
                document = self.change_project(identifier, {_AUTHORITIES: after})
        return _project_from(identifier, document)

    def use_project(self, name: str) -> Project:
        """Make a project current; raises `UsageError("project_unknown")` and `StorageError`."""
        for project in self.projects():
            if name_key(project.name) == name_key(name.strip()):
                self.set_setting("project", project.id)
                return project
        alike = similar(name, (project.name for project in self.projects()))
        raise UsageError("project_unknown", name=name, similar=alike)

    def change_project(self, identifier: str, values: Mapping[str, Any]) -> Json:
        """Write `values` into a project's file, unchecked; the caller holds the project's lock.

        Answers what the file holds then. Raises `StorageError`.
        """
        path = self.project_directory(identifier) / "project.json"
        document = documents.current(path)
        name = _project_from(identifier, document).name
        own = {"schema": SCHEMA, "id": identifier, "name": name}
        changed = own | document | dict(values)
        documents.write(path, changed)
        return changed

    def refuse_removed(self, identifier: str) -> None:
        """Raises `StorageError("project_gone")` for a project that was removed.

        Whoever works on another process's project would otherwise bring half of it back.
        """
        path = self.project_directory(identifier) / "project.json"
        with suppress(OSError, DamagedContent):
            if (files.read_object(path) or {}).get(REMOVED):
                raise StorageError("project_gone", path=str(path.parent))
        self.refuse_gone(identifier)

    def refuse_gone(self, identifier: str) -> None:
        """The same for a project of which nothing is left."""
        directory = self.project_directory(identifier)
        if identifier != DEFAULT_ID and not os.path.isdir(directory):
            raise StorageError("project_gone", path=str(directory))

    def refuse_taken(self, name: str, own_id: str | None) -> None:
        """Raises `UsageError("project_taken")` where another project has this name."""
        for project in self.projects():
            if project.id != own_id and name_key(project.name) == name_key(name):
                raise UsageError("project_taken", name=project.name, field="name")

    # -- settings and provider files

    def settings(self) -> Json:
        """The program's settings; raises nothing: unreadable settings are no settings."""
        document, _ = documents.load(self.settings_path, self.lock_path)
        return document or {}

    def set_setting(self, key: str, value: Any) -> None:
        """Change one setting and keep the others; raises `StorageError`."""
        self.set_settings({key: value})

    def set_settings(self, values: Mapping[str, Any]) -> None:
        """Change some settings at once and keep the others; raises `StorageError`."""
        with self.locked():
            document = {"schema": SCHEMA} | documents.current(self.settings_path)
            documents.write(self.settings_path, document | dict(values))

    @property
    def provider_folder(self) -> Path:
        return self.path / "providers.d"

    def provider_files(self) -> dict[Path, str]:
        """The texts of `providers.d/*.toml` by file, in the order of their names.

        Raises `StorageError`: `provider_file_damaged` for one that is not UTF-8 or too large.
        """
        directory = self.provider_folder
        texts = {}
        for name in documents.list_names(directory):
            if not name.endswith(".toml"):
                continue
            path = directory / name
            try:
                texts[path] = files.read_text(path, MAX_PROVIDER_FILE)
            except OSError as error:
                if os.path.isfile(path):
                    raise files.storage_error(error, path, writing=False) from None
                raise _damaged(path, "no regular file") from None
            except DamagedContent as error:
                raise _damaged(path, _UNUSABLE.get(error.code, error.code)) from None
        return texts

    # -- connectors between projects

    @property
    def transfers_folder(self) -> Path:
        """Where connectors lie that are on their way from one project to another."""
        return self.path / "transfers"

    def on_their_way(self) -> tuple[Path, ...]:
        """The files of such connectors; raises `StorageError`."""
        return tuple(path for path in self._transferred() if path.suffix == ".json")

    def ids_on_their_way(self) -> frozenset[str]:
        """Their ids, of those too that are in their place already; raises `StorageError`."""
        return frozenset(path.stem for path in self._transferred())

    def _transferred(self) -> list[Path]:
        found = []
        for name in documents.list_names(self.transfers_folder):
            folder = self.transfers_folder / name
            if folder.is_dir():
                found += [folder / each for each in documents.list_names(folder)]
        return found

    # -- facts for `doctor`

    def writable(self) -> bool:
        """Whether something could be saved, going by permissions and mount options alone."""
        place = self.path
        while not os.path.exists(place) and place != place.parent:
            place = place.parent
        effective = os.access in os.supports_effective_ids
        wanted = os.W_OK | os.X_OK
        return os.path.isdir(place) and os.access(place, wanted, effective_ids=effective)

    def private(self) -> bool | None:
        """False where other users can change the folder, or what leads to it; None where nobody
        looks."""
        return files.part_open_to_others(self.path) is None if files.LOOKS_AT_OTHERS else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that guards the files of the folder itself; raises `StorageError`."""
        documents.make_directory(self.path)
        with files.locked(self.lock_path):
            yield


_UNUSABLE = {"not_utf8": "no text in UTF-8 or UTF-16", "too_large": "too large"}


def _damaged(path: Path, reason: str) -> StorageError:
    return StorageError("provider_file_damaged", path=str(path), reason=reason)


def _authorities_in(document: Json) -> tuple[str, ...]:
    if _AUTHORITIES not in document:
        return ()
    from smtpwizard.model.certificates import read_authorities  # noqa: PLC0415 - most projects have none

    return read_authorities(document[_AUTHORITIES])


def _project_from(identifier: str, document: Json) -> Project:
    texts = {key: document.get(key) for key in (*PROJECT_KEYS, "default")}
    known = {k: clean_text(v) if isinstance(v, str) and v else None for k, v in texts.items()}
    return Project(
        id=identifier,
        name=known["name"] or (DEFAULT_NAME if identifier == DEFAULT_ID else identifier),
        domain=known["domain"],
        base_url=known["base_url"],
        environment=known["environment"],
        default_id=known["default"],
        authorities=_authorities_in(document),
        extra={key: value for key, value in document.items() if key not in _RESERVED_KEYS},
    )


def check_values(values: Mapping[str, str | None]) -> dict[str, Any]:
    """Values fit to be written; raises `UsageError` that names the field."""
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in PROJECT_KEYS:
            alike = similar(key, PROJECT_KEYS)
            choices = ", ".join(PROJECT_KEYS)
            raise UsageError("project_key_unknown", field=key, choices=choices, similar=alike)
        text = (value or "").strip()
        if len(text) > MAX_NAME:
            raise UsageError("too_long", field=key, limit=MAX_NAME)
        if has_controls(text):
            raise UsageError("control_characters", field=key)
        if key == "name" and not text:
            raise UsageError("required", field=key, project=True)
        if key == "domain" and text:
            text = _domain(text)
        if key == "base_url" and text and not re.match(_BASE_URL, text):
            raise UsageError("url_invalid", field=key)
        if looks_like_a_secret(text):
            raise UsageError("secret_in_document", field=key)
        checked[key] = text or None
    return checked


def _domain(text: str) -> str:
    domain = smart_flows_domain(text)
    if domain is None:
        raise UsageError("domain_invalid", field="domain")
    return domain
