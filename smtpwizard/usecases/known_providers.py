"""What is known of providers: the catalogue that ships, and the user's files over it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smtpwizard.model.errors import StorageError
from smtpwizard.providers import Catalogue, CatalogueError, Override, parse_catalogue
from smtpwizard.resources import packaged_text

if TYPE_CHECKING:
    from smtpwizard.model.problem import Json
    from smtpwizard.storage import DataDirectory


@dataclass(frozen=True, slots=True)
class OverriddenValue:
    """A known provider's value that a file of `providers.d` has replaced."""

    file: Path
    override: Override

    def facts(self) -> Json:
        """`path`, `provider`, `key`, and the values `old` and `new`: text, number, list or null."""
        found = self.override
        return {
            "path": str(self.file),
            "provider": found.provider,
            "key": found.key,
            "old": found.old,
            "new": found.new,
        }


@dataclass(frozen=True, slots=True)
class KnownProviders:
    """The catalogue in force, and what the user's files say in place of what we know."""

    catalogue: Catalogue
    overrides: tuple[OverriddenValue, ...]


def read_known_providers(data: DataDirectory) -> KnownProviders:
    """Read both; raises `StorageError("provider_file_damaged")`, naming the file.

    A file that cannot be used stops the work: it may have said that a known provider's
    passwords go elsewhere.
    """
    built_in = packaged_text("providers/catalogue.toml")
    found = data.provider_files()
    try:
        catalogue = parse_catalogue((built_in, *found.values()), str(data.provider_folder))
    except CatalogueError as error:
        path = [None, *found][error.text]
        raise StorageError(
            "provider_file_damaged", path=str(path or ""), reason=str(error)
        ) from None
    files = tuple(found)
    overrides = tuple(OverriddenValue(files[each.text - 1], each) for each in catalogue.overrides)
    return KnownProviders(catalogue, overrides)
