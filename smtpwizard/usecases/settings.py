"""The application's settings, by dotted names."""

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from smtpwizard.model.addresses import AddressError
from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.similar import similar
from smtpwizard.usecases.theme import THEME, THEMES
from smtpwizard.usecases.workspace import SECRET_STORES, Workspace

RUNS = "history.runs"
DEFAULT_RUNS = 50
MAX_RUNS = 1000
NOTIFICATIONS = "notifications"
DEFAULT_NOTIFICATIONS_S = 8
MAX_NOTIFICATIONS_S = 600
NAME_SERVER = "network.name_server"
CONNECT_TO = "network.connect_to"
CA_FILE = "network.ca_file"
OFFLINE = "network.offline"
SECRET_STORE = "secret_store"  # noqa: S105 - the name of a setting


class Setting(NamedTuple):
    """What a setting is where nobody chose, whether a value will do, and the values in words."""

    default: Any
    fits: Callable[[Any], bool]
    choices: str


def _is_number_of_runs(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_RUNS


def _is_how_long(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_NOTIFICATIONS_S


def _is_readable(reader: str) -> Callable[[Any], bool]:
    """Whether a value is a text that this function of `model.network_settings` can read."""

    def fits(value: Any) -> bool:
        from smtpwizard.model import network_settings  # noqa: PLC0415 - of these settings alone

        try:
            return isinstance(value, str) and bool(getattr(network_settings, reader)(value))
        except AddressError:
            return False

    return fits


def _is_whole_path(value: Any) -> bool:
    return isinstance(value, str) and os.path.isabs(value) and "\0" not in value


# One for this session alone is nothing to remember.
_STORES = tuple(name for name in SECRET_STORES if name != "session")

SETTINGS: Mapping[str, Setting] = {
    THEME: Setting(THEMES[0], lambda value: value in THEMES, ", ".join(THEMES)),
    RUNS: Setting(DEFAULT_RUNS, _is_number_of_runs, f"1 … {MAX_RUNS}"),
    # How long one stays, in seconds; 0 is until it is closed.
    NOTIFICATIONS: Setting(DEFAULT_NOTIFICATIONS_S, _is_how_long, f"0 … {MAX_NOTIFICATIONS_S}"),
    SECRET_STORE: Setting(
        None, lambda value: value is None or value in _STORES, ", ".join(_STORES)
    ),
    # Of looking things up alone: nothing of it is for a verification, a sign-in or an email.
    NAME_SERVER: Setting(None, _is_readable("parse_name_server"), "ADDRESS[:PORT]"),
    CONNECT_TO: Setting(None, _is_readable("parse_rules"), "HOST:PORT:ADDRESS:PORT, …"),
    CA_FILE: Setting(None, _is_whole_path, "the whole path of a file"),
    OFFLINE: Setting(False, lambda value: type(value) is bool, "true, false"),
}


def list_settings(ws: Workspace) -> Json:
    """Every setting as it is in force."""
    kept = ws.data.settings()
    return {name: _in_force(kept, name) for name in SETTINGS}


def runs_to_keep(ws: Workspace) -> int:
    """How many runs of a connector are kept."""
    number: int = _in_force(ws.data.settings(), RUNS)
    return number


def notifications_stay_s(ws: Workspace) -> int:
    """How long a notification stays in the window, in seconds; 0 is until somebody closes it."""
    seconds: int = _in_force(ws.data.settings(), NOTIFICATIONS)
    return seconds


def look_up_settings(ws: Workspace) -> Json:
    """What was chosen for look-ups, by dotted names; None where nobody chose."""
    kept = ws.data.settings()
    return {name: _in_force(kept, name) for name in (NAME_SERVER, CONNECT_TO, CA_FILE, OFFLINE)}


def looks_nothing_up(ws: Workspace) -> bool:
    """True where it was chosen that nobody is asked for what is not known on this computer."""
    return bool(look_up_settings(ws)[OFFLINE])


def change_settings(ws: Workspace, texts: list[str]) -> Json:
    """Change settings by `KEY=VALUE` texts, all of them or none; an empty value is the default.

    A secret store that is chosen is tried first, which may take a while; with an empty value nobody
    has chosen, and each computer goes by what it has. Answers all settings. Raises `UsageError`
    naming the setting, `SecretStoreError`, `StorageError` and `Cancelled`.
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError("assignment_invalid")
        if name not in SETTINGS:
            raise UsageError(
                "setting_unknown",
                field=name,
                choices=", ".join(SETTINGS),
                similar=similar(name, SETTINGS),
            )
        if name in values:
            raise UsageError("field_twice", field=name)
        values[name] = _read(name, value)
    if chosen := values.get(SECRET_STORE):
        from smtpwizard.usecases.store_choice import refuse_unusable_store  # noqa: PLC0415 - of this setting alone

        refuse_unusable_store(ws, chosen)
    ws.data.set_settings(values)
    return list_settings(ws)


def check_setting(name: str, text: str) -> None:
    """Raises `UsageError("setting_invalid")` where a setting cannot have this value; an empty one
    is the default."""
    _read(name, text)


def _read(name: str, text: str) -> Any:
    setting = SETTINGS[name]
    if not text:
        return None
    value: Any = text
    if isinstance(setting.default, bool):
        value = {"true": True, "false": False}.get(text)
    elif isinstance(setting.default, int):
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
    if value is None or not setting.fits(value):
        alike = similar(text, setting.choices.split(", ") if isinstance(value, str) else ())
        raise UsageError("setting_invalid", field=name, choices=setting.choices, similar=alike)
    return value


def _in_force(kept: Mapping[str, Any], name: str) -> Any:
    """What was chosen, as far as it will do: a file may hold anything."""
    setting = SETTINGS[name]
    value = kept.get(name)
    return value if value is not None and setting.fits(value) else setting.default
