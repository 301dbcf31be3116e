"""What works on this computer and what does not, judged by the facts of `doctor`; asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from smtpwizard.model.problem import Json


class State(StrEnum):
    """How it stands: it works, it does not, or it works and something is worth knowing."""

    BROKEN = "broken"
    TO_KNOW = "to_know"
    WORKS = "works"


class Check(NamedTuple):
    """One thing that the program needs; `faults` are its warnings, as `doctor` has them."""

    name: str
    state: State
    faults: tuple[Json, ...] = ()


# In the order in which they are needed.
CHECKS = (
    "data_folder",
    "keyring",
    "names",
    "trust_store",
    "proxies",
    "browser",
    "display",
    "files",
    "tls",
)
# What each warning is about. Of these the first group leaves something useless.
_BROKEN: Mapping[str, str] = {
    "keyring_keeps_some": "keyring",
    "keyring_unusable": "keyring",
    "data_dir_unwritable": "data_folder",
    "data_dir_unreadable": "data_folder",
    "data_dir_not_private": "data_folder",
    "home_missing": "data_folder",
    "no_name_server": "names",
    "names_not_found": "names",
    "trust_store_empty": "trust_store",
    "proxy_unusable": "proxies",
    "qt_missing": "display",
    "display_dead": "display",
    "display_library_missing": "display",
    "display_unknown": "display",
    "provider_file_damaged": "files",
}
_TO_KNOW: Mapping[str, str] = {
    "session_without_keyring": "keyring",
    "trust_store_replaced": "trust_store",
    "proxy_in_environment": "proxies",
    "log_dir_unwritable": "files",
    "file_damaged": "files",
    "provider_overridden": "files",
    "read_only_newer": "files",
    "tls_keys_logged": "tls",
}


def judge(facts: Json) -> Sequence[Check]:
    """Every check, what does not work first, then what is worth knowing."""
    by_check: dict[str, list[Json]] = {name: [] for name in CHECKS}
    broken = set[str]()
    for warning in facts["warnings"]:
        code = warning["code"]
        name = _BROKEN.get(code) or _TO_KNOW.get(code, "files")
        by_check[name].append(warning)
        if code not in _TO_KNOW:
            broken.add(name)
    quiet = {name for name in ("browser", "display") if not _is_there(facts, name)}
    found = [
        Check(
            name,
            State.BROKEN
            if name in broken
            else State.TO_KNOW
            if by_check[name] or name in quiet
            else State.WORKS,
            tuple(by_check[name]),
        )
        for name in CHECKS
    ]
    order = list(State)
    return sorted(found, key=lambda check: order.index(check.state))


def _is_there(facts: Json, name: str) -> bool:
    """A server has no display and no browser, and needs none: that is no fault."""
    if name == "browser":
        return facts["browser"] is not None
    return bool(facts["qt"]["display_opens"])


def for_others(facts: Json) -> Json:
    """The same facts to be sent away: the user's own folder is not named."""
    home = str(Path.home())

    def without_home(value: object) -> object:
        if isinstance(value, str):
            return value.replace(home, "~") if len(home) > 1 else value
        if isinstance(value, dict):
            return {key: without_home(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [without_home(each) for each in value]
        return value

    found = without_home(facts)
    assert isinstance(found, dict)
    return found
