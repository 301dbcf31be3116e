"""What this machine offers, as facts and warnings; changes nothing and asks no server."""

from __future__ import annotations

import locale
import os
import platform
import ssl
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import smtpwizard
from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import DeadlineExceeded, StorageError, UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stage_failures import ConnectionFailed
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.proxy import Proxy, choose_proxy, choose_web_proxy
from smtpwizard.net.resolve import resolve
from smtpwizard.secretstore import KeyringProbe, probe_keyring
from smtpwizard.usecases.browser import browser_here
from smtpwizard.usecases.checks import judge
from smtpwizard.usecases.display import check_display
from smtpwizard.usecases.environment import PROXY_VARIABLES
from smtpwizard.usecases.workspace import Workspace

KEYRING_LIMIT_S = 5.0
MAX_BUNDLE = 20_000_000
LOOK_UP_LIMIT_S = 10.0
MAX_LOOK_UPS = 10
# A server that no proxy setting is about.
_ANY_SERVER = "server.invalid"
# Variables of OpenSSL that change whom a TLS connection trusts, or who can read along.
TLS_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def examine(
    ws: Workspace,
    *,
    look_up: bool = False,
    keyring_limit_s: float = KEYRING_LIMIT_S,
    token: CancelToken | None = None,
) -> Json:
    """All facts by name; `warnings` is a list of `{"code", …facts}`, and `checks` is the verdict on
    each part. Raises nothing expected but `Cancelled`.

    `look_up` the names of the connectors' servers as well: nobody else is asked for anything.
    """
    facts: Json = {
        "version": smtpwizard.__version__,
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": sys.executable,
            "bundled": bool(getattr(sys, "frozen", False)),
        },
        "platform": platform.platform(),
        "qt": {
            "pyside6": _version_of("PySide6-Essentials"),
            "display": _display(),
            **_window(),
        },
        "openssl": ssl.OPENSSL_VERSION,
        "libraries": {name: _version_of(name) for name in ("cryptography", "keyring", "msal")},
        "keyring": _keyring(keyring_limit_s),
        "secret_store": ws.chosen_secret_store,
        "data_directory": {
            "path": str(ws.data_dir),
            "exists": os.path.isdir(ws.data_dir),
            "writable": ws.data.writable(),
            "private": ws.data.private(),
        },
        "log_directory": {"path": str(ws.log_dir), "writable": _could_write(ws.log_dir)},
        "project": ws.project.name,
        **_connectors(ws),
        "proxies": dict(proxies_here()),
        "ways": {use: way for use, way, _ in _ways()},
        "names": _names(ws, (token or CancelToken()) if look_up else None),
        "browser": browser_here(),
        "trust_store": _trust_store(),
        "environment": {name: os.environ[name] for name in TLS_VARIABLES if name in os.environ},
        "encoding": {
            "locale": locale.setlocale(locale.LC_CTYPE),
            "language": _language(),
            "files": sys.getfilesystemencoding(),
            "output": getattr(sys.stdout, "encoding", None),
        },
    }
    facts["warnings"] = [{"code": error.code, **error.facts} for error in ws.faults]
    facts["warnings"] += [*_warnings_here(facts), *_warnings_of_files(facts)]
    facts["warnings"] += _warnings_of_the_way(facts)
    facts["checks"] = [{"check": c.name, "state": c.state.value} for c in judge(facts)]
    return facts


# These leave nothing out: nothing works until the file or folder is put right.
_STOPPING = ("provider_file_damaged", "data_dir_unreadable")


def _warnings_here(facts: Json) -> Iterator[Json]:
    """About the window and the keyring."""
    if facts["qt"]["pyside6"] is None and not facts["python"]["bundled"]:
        yield {"code": "qt_missing"}
    fault = facts["qt"]["display_fault"]
    if fault is not None and fault["code"] != "no_display":  # a server has none, and needs none
        yield fault
    needed = facts["secret_store"] not in ("file", "session")
    if not facts["keyring"]["usable"] and (needed or facts["in_keyring"]):
        kept = not needed  # so another store helps with new ones alone
        code = "keyring_keeps_some" if kept else "keyring_unusable"
        yield {"code": code, "reason": facts["keyring"]["code"], "count": facts["in_keyring"]}
    if not facts["keyring"]["usable"] and facts["secret_store"] == "session":  # noqa: S105
        yield {"code": "session_without_keyring", "reason": facts["keyring"]["code"]}


def _warnings_of_files(facts: Json) -> Iterator[Json]:
    if not facts["data_directory"]["writable"]:
        yield {"code": "data_dir_unwritable", "path": facts["data_directory"]["path"]}
    if facts["data_directory"]["private"] is False:
        yield {"code": "data_dir_not_private", "path": facts["data_directory"]["path"]}
    if not facts["log_directory"]["writable"]:
        yield {"code": "log_dir_unwritable", "path": facts["log_directory"]["path"]}
    for damaged in facts["damaged"]:
        if damaged["reason"] in _STOPPING:
            yield {
                "code": damaged["reason"], "path": damaged["path"], "reason": damaged["detail"]
            }  # fmt: skip
        else:
            yield {"code": "file_damaged", "path": damaged["path"]}
    for value in facts["overridden"]:
        yield {"code": "provider_overridden", **value}
    for newer in facts["newer"]:
        yield {"code": "read_only_newer", "path": newer["path"]}


def _warnings_of_the_way(facts: Json) -> Iterator[Json]:
    """About what stands between this program and a server."""
    names = facts["names"]
    if not names["name_servers"]:
        yield {"code": "no_name_server"}
    if lost := [host for host, found in names["looked_up"].items() if not found]:
        yield {"code": "names_not_found", "hosts": lost}
    if facts["trust_store"]["certificates"] == 0:
        yield {"code": "trust_store_empty"}
    if "SSLKEYLOGFILE" in facts["environment"]:
        yield {"code": "tls_keys_logged", "path": facts["environment"]["SSLKEYLOGFILE"]}
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if name in facts["environment"]:
            yield {
                "code": "trust_store_replaced",
                "variable": name,
                "path": facts["environment"][name],
            }
    if facts["proxies"]:
        yield {"code": "proxy_in_environment"}
    unusable = dict.fromkeys(source for _, _, source in _ways() if source is not None)
    for source in unusable:
        yield {"code": "proxy_unusable", "source": source}


def _version_of(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _display() -> str | None:
    if sys.platform in ("win32", "darwin"):
        return sys.platform
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return None


def _window() -> Json:
    """Whether a window would open: `display_opens`, and `display_fault` with code and facts."""
    try:
        check_display()
    except UsageError as error:
        return {"display_opens": False, "display_fault": {"code": error.code, **error.facts}}
    return {"display_opens": True, "display_fault": None}


def _keyring(limit_s: float) -> Json:
    """Whether the keyring works, asked on a thread: one that waits for its user is not waited
    for."""
    answers: list[KeyringProbe] = []
    thread = threading.Thread(target=lambda: answers.append(probe_keyring()), daemon=True)
    thread.start()
    thread.join(limit_s)
    if not answers:
        return {"usable": False, "backend": None, "code": "keyring_silent"}
    usable, backend, code = answers[0]
    return {"usable": usable, "backend": backend or None, "code": code}


def _could_write(path: Path) -> bool:
    while not os.path.exists(path) and path != path.parent:
        path = path.parent
    return os.path.isdir(path) and os.access(path, os.W_OK | os.X_OK)


def _connectors(ws: Workspace) -> Json:
    try:
        ws.catalogue  # noqa: B018 - raises for a damaged provider file, connectors or not
        listing = ws.connectors()
    except StorageError as error:
        path, reason = str(error.facts.get("path", "")), error.facts.get("reason")
        fault = {"path": path, "reason": error.code, "detail": reason}
        nothing: Json = {"connectors": None, "in_keyring": 0, "overridden": [], "newer": []}
        return {**nothing, "damaged": [fault]}
    return {
        "connectors": len(listing.connectors),
        "in_keyring": sum(
            any(ref.startswith("keyring:") for ref in stored.secrets.values())
            for stored in listing.connectors
        ),
        "overridden": [value.facts() for value in ws.overrides()],
        "damaged": [
            {"path": str(entry.path), "reason": entry.reason, "field": entry.field}
            for entry in listing.damaged
        ],
        "newer": [{"path": str(entry.path), "schema": entry.schema} for entry in listing.newer],
    }


def proxies_here() -> Iterator[tuple[str, str]]:
    for name in PROXY_VARIABLES:
        for variable in (name, name.upper()):
            value = os.environ.get(variable)
            if value:
                yield variable, _without_login(value)


def _ways() -> Iterator[tuple[str, str | None, str | None]]:
    """What mail and sign-ins go through where `no_proxy` says nothing of the server: the proxy or
    None, and in its place the name of a setting that is no proxy's address."""
    for use, port, choose in (("mail", 587, _mail_proxy), ("sign_in", 443, choose_web_proxy)):
        try:
            proxy = choose(_ANY_SERVER, port)
        except ConnectionFailed as failed:
            yield use, None, failed.failure.source
        else:
            yield use, str(proxy) if proxy is not None else None, None


def _mail_proxy(host: str, port: int) -> Proxy | None:
    return choose_proxy(None, host, port)


def _names(ws: Workspace, token: CancelToken | None) -> Json:
    """Where names are looked up; with a token, whether those of the connectors' servers are found,
    in the way in which a test looks them up."""
    from smtpwizard.net.names import system_name_servers  # noqa: PLC0415 - with dnspython

    found: dict[str, bool] = {}
    if token is not None:
        deadline = Deadline(LOOK_UP_LIMIT_S)
        for host in _hosts(ws):
            try:
                resolve(host, 587, token=token, deadline=deadline)
            except (ConnectionFailed, DeadlineExceeded):
                found[host] = False
            else:
                found[host] = True
    return {"name_servers": list(system_name_servers()), "looked_up": found}


def _hosts(ws: Workspace) -> Sequence[str]:
    """The servers of some connectors, each once."""
    try:
        stored = ws.connectors().connectors
    except StorageError:
        return ()
    hosts = (each.connector.server.host for each in stored)
    return [host for host in dict.fromkeys(hosts) if host][:MAX_LOOK_UPS]


def _without_login(value: str) -> str:
    """A proxy's URL with what stands before its last @ masked, however odd it is: a password may
    have any characters."""
    before, at, place = value.rpartition("@")
    if not at:
        return clean_text(value)
    scheme, separator, _ = before.partition("://")
    return clean_text(f"{scheme}://***@{place}" if separator else f"***@{place}")


def _trust_store() -> Json:
    """Where OpenSSL looks for authorities, and how many there are."""
    paths = ssl.get_default_verify_paths()
    bundle, folder = paths.cafile, paths.capath
    count: int | None = None
    with suppress(OSError, DamagedContent):
        if bundle:
            # The environment may name anything: a pipe or a device would never end.
            content = files.read_file(bundle, MAX_BUNDLE)
            count = content.count(b"-----BEGIN CERTIFICATE-----")
        elif folder:
            # Names are hashes with a running number, as `openssl rehash` makes them.
            count = sum(1 for name in os.listdir(folder) if name.rpartition(".")[2].isdigit())
        elif sys.platform not in ("win32", "darwin"):
            count = 0
    return {"bundle": bundle, "directory": folder, "certificates": count}


def _language() -> str | None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name]
    return None
