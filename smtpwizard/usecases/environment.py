"""Known facts of the machine on which a verification runs, for its run.

Starts no program, asks nobody and says no value of a setting, only which ones there are.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from smtpwizard import __version__
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.proxy import MAIL, NO_PROXY, WEB

PROXY_VARIABLES = (*dict.fromkeys(("http_proxy", *WEB, *MAIL)), NO_PROXY)


def environment(stored: StoredConnector | None, settings: Mapping[str, object]) -> Json:
    """The facts by name; what is not known is None, and what is not loaded is left out."""
    system, release = _system()
    facts: Json = {
        "version": __version__,
        "system": system,
        "release": release,
        "python": ".".join(map(str, sys.version_info[:3])),
        "bundled": bool(getattr(sys, "frozen", False)),
    }
    for name, module, attribute in (
        ("openssl", "ssl", "OPENSSL_VERSION"),
        ("qt", "PySide6", "__version__"),
    ):
        if module in sys.modules:
            facts[name] = getattr(sys.modules[module], attribute, None)
    return facts | {
        "proxies": sorted(variable for variable in os.environ if _names_a_proxy(variable)),
        "secret_store": _store_of(stored, settings),
        "utc_offset_minutes": time.localtime().tm_gmtoff // 60,
    }


def _system() -> tuple[str, str]:
    # `platform.uname` would start a program for the processor where the system does not say.
    if sys.platform == "win32":
        version = sys.getwindowsversion()
        return "Windows", f"{version.major}.{version.minor}.{version.build}"
    found = os.uname()
    return found.sysname, found.release


def _names_a_proxy(variable: str) -> bool:
    return variable.lower() in PROXY_VARIABLES and bool(os.environ[variable])


def _store_of(stored: StoredConnector | None, settings: Mapping[str, object]) -> str | None:
    """Where the connector's secret is kept, `command` for a helper; for one that is not saved, the
    store that new secrets go to where it was chosen."""
    if stored is not None and stored.connector.authentication.secret_command is not None:
        return "command"
    for ref in stored.secrets.values() if stored is not None else ():
        return ref.partition(":")[0]
    chosen = settings.get("secret_store")
    return chosen if isinstance(chosen, str) else None
