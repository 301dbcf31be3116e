"""The settings as a page shows them: with where things lie, and whether they can be changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from smtpwizard.model.errors import StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.secrets import is_for_this_run
from smtpwizard.storage.documents import newer_schema
from smtpwizard.usecases.doctor import proxies_here
from smtpwizard.usecases.leftovers import every_store
from smtpwizard.usecases.settings import SECRET_STORE, change_settings, list_settings
from smtpwizard.usecases.workspace import Workspace


class InForce(NamedTuple):
    """The values by dotted names, and what belongs to them.

    `kept` says how many secrets lie in each store, `store` where a new one goes, `chosen` that
    this was chosen, `unusable` which stores cannot be used on this computer, as far as that was
    tried; `fault` is why nothing can be changed, as a code with facts.
    """

    values: Json
    store: str
    kept: Mapping[str, int]
    has_encrypted_file: bool
    folder: str
    folder_exists: bool
    proxies: Sequence[tuple[str, str]]
    fault: tuple[str, Json] | None = None
    chosen: bool = False
    unusable: frozenset[str] = frozenset()

    @property
    def kept_elsewhere(self) -> int:
        """How many secrets lie in another store than where new ones go, outlast this run, and can
        be moved: none to or from a store that cannot be used."""
        if self.store == "session" or self.store in self.unusable:
            return 0
        stay = {self.store, "session"} | self.unusable
        return sum(count for name, count in self.kept.items() if name not in stay)


def read_in_force(ws: Workspace) -> InForce:
    """Everything that the page shows; raises nothing expected."""
    return InForce(
        list_settings(ws),
        ws.secret_store_name(),
        _kept(ws),
        ws.encrypted_path.is_file(),
        str(ws.data_dir),
        os.path.isdir(ws.data_dir),
        tuple(proxies_here()),
        _fault(ws),
        ws.chosen_secret_store is not None,
    )


def change_one(ws: Workspace, name: str, text: str) -> InForce:
    """Change a setting by its text, "" for the default; answers all of it as it is then.

    A store that is chosen takes the secrets of this run from now on, too. Raises as
    `change_settings` does.
    """
    change_settings(ws, [f"{name}={text}"])
    if name == SECRET_STORE and text:
        ws.choose_secret_store(text)
    return read_in_force(ws)


def _fault(ws: Workspace) -> tuple[str, Json] | None:
    """Why settings cannot be changed, going by what can be seen."""
    schema = newer_schema(ws.data.settings())
    if schema is not None:
        return "read_only_newer", {"path": str(ws.data.settings_path), "schema": schema}
    if not ws.data.writable():
        return "settings_not_kept", {"path": str(ws.data_dir)}
    return None


def _kept(ws: Workspace) -> Mapping[str, int]:
    """How many secrets the connectors of all projects have in each store; no store is asked."""
    out: dict[str, int] = {}
    try:
        found = [each for store in every_store(ws) for each in store.list().connectors]
    except StorageError:
        return out
    for ref in {ref for each in found for ref in each.secrets.values()}:  # some share one
        name = "session" if is_for_this_run(ref) else ref.partition(":")[0]
        out[name] = out.get(name, 0) + 1
    return out
