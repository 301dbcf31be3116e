"""How each client is asked to send one message: its own recommended flags, TLS required.

Every client runs as a process with a home of its own; what it reports is read from its exit code
alone, by its documentation.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LIMIT_S = 4
"""The time limit given to every client, in whole seconds."""


@dataclass(frozen=True, slots=True)
class Job:
    """One message to send through one endpoint."""

    folder: str
    """A directory of this run's own."""
    host: str
    port: int
    security: str
    ca_file: str
    username: str
    password: str = field(repr=False)
    token: str | None = field(repr=False)
    """An access token for XOAUTH2, in place of the password."""
    sender: str
    recipient: str
    message: str
    timeout: int = LIMIT_S
    bad_input: bool = False


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command with what it reads; `environment` comes on top of a bare one."""

    argv: list[str]
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """One client; `invoke` answers None where it lacks what the job needs."""

    name: str
    version: Callable[[], str | None]
    """None where it is not installed."""
    invoke: Callable[[Job], Invocation | None]
    accepted: frozenset[int] = frozenset({0})
    """Exit codes that mean: the server took the message."""
    unknown: frozenset[int] = frozenset()
    """Exit codes that mean: nobody knows whether it did."""
    crashed: frozenset[int] = frozenset()
    """Exit codes that no documentation of the client names for a failure outside itself."""


def write_private(job: Job, name: str, text: str) -> str:
    path = Path(job.folder, name)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return str(path)


def swaks(job: Job) -> Invocation | None:
    if job.token:
        return None  # XOAUTH2 came with a later version
    argv = [
        *("swaks", "--silent", "3", "--timeout", str(job.timeout)),
        *("--server", job.host, "--port", str(job.port)),
        "--tls-on-connect" if job.security == "implicit_tls" else "--tls",
        *("--tls-verify", "--tls-ca-path", job.ca_file),
        *("--from", job.sender, "--to", job.recipient, "--data", f"@{job.message}"),
        *("--auth", "--auth-user", job.username),
    ]
    return Invocation(argv, environment={"SWAKS_OPT_auth_password": job.password})


def msmtp(job: Job) -> Invocation | None:
    secret = write_private(job, "secret", job.token or job.password)
    text = f"""\
account default
host {job.host}
port {job.port}
timeout {job.timeout}
tls on
tls_starttls {"off" if job.security == "implicit_tls" else "on"}
tls_trust_file {job.ca_file}
auth {"xoauth2" if job.token else "on"}
user {job.username}
passwordeval "cat {secret}"
"""
    settings = write_private(job, "msmtprc", text)
    argv = ["msmtp", "--file", settings, f"--from={job.sender}", "--", job.recipient]
    return Invocation(argv, Path(job.message).read_bytes())


def curl(job: Job) -> Invocation | None:
    scheme = "smtps" if job.security == "implicit_tls" else "smtp"
    login = (
        f'user = "{job.username}"\noauth2-bearer = "{job.token}"\n'
        if job.token
        else f'user = "{job.username}:{job.password}"\n'
    )
    argv = [
        *("curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", job.ca_file),
        *("--connect-timeout", str(job.timeout), "--max-time", str(job.timeout)),
        *("--url", f"{scheme}://{job.host}:{job.port}", "--config", "-"),
        *("--mail-from", job.sender, "--mail-rcpt", job.recipient),
        *("--upload-file", job.message),
    ]
    return Invocation(argv, login.encode())


def library(name: str) -> Callable[[Job], Invocation | None]:
    def invoke(job: Job) -> Invocation | None:
        argv = [sys.executable, str(HERE / "library_clients.py"), name]
        return Invocation(argv, json.dumps(asdict(job)).encode(), {"PYTHONPATH": str(HERE.parent)})

    return invoke


def smtpwizard(job: Job) -> Invocation | None:
    if job.token:
        return library("smtpwizard")(job)
    from smtpwizard.model.connector import (
        Admin,
        Authentication,
        Connector,
        Method,
        Security,
        Sender,
        Server,
    )
    from smtpwizard.usecases.save import save_connector
    from smtpwizard.usecases.workspace import Workspace

    connector = Connector(
        name="Benchmark",
        provider="custom",
        server=Server(job.host, job.port, Security(job.security), ca_file=job.ca_file),
        authentication=Authentication(Method.BASIC, job.username),
        admin=Admin(job.sender),
        sender=Sender(job.sender),
    )
    data = Path(job.folder, "data")
    save_connector(Workspace.open(data), connector, secrets={})
    argv = [
        *(sys.executable, "-m", "smtpwizard", "--data-dir", str(data), "verify", connector.name),
        *(f"--send-to={job.recipient}", "--timeout", str(job.timeout)),
        *("--secret-stdin", "--json"),
    ]
    return Invocation(argv, job.password.encode(), {"PYTHONPATH": str(HERE.parent)})


# -- versions


def said_by(command: str, words: int) -> Callable[[], str | None]:
    """The version that `command --version` tells as its word number `words`."""

    def version() -> str | None:
        if shutil.which(command) is None:
            return None
        told = subprocess.run([command, "--version"], capture_output=True, text=True).stdout
        return told.split()[words]

    return version


def swaks_version() -> str | None:
    """None also where the Perl modules for TLS are missing: it would refuse every case."""
    if shutil.which("swaks") is None:
        return None
    support = subprocess.run(["swaks", "--support"], capture_output=True, text=True).stdout
    return said_by("swaks", 2)() if "TLS supported" in support else None


def aiosmtplib_version() -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("aiosmtplib")
    except PackageNotFoundError:
        return None


def own_version() -> str:
    import smtpwizard

    return smtpwizard.__version__


def python_version() -> str:
    return "Python " + sys.version.split()[0]


LIBRARY: dict[str, Any] = {"crashed": frozenset({70})}
CLIENTS = (
    # 27 is "server returned error after normal-session quit request": the message is accepted.
    Client("swaks", swaks_version, swaks, accepted=frozenset({0, 27})),
    Client("msmtp", said_by("msmtp", 2), msmtp),
    Client("curl", said_by("curl", 1), curl),
    Client("smtplib", python_version, library("smtplib"), **LIBRARY),
    Client("smtplib, verified", python_version, library("smtplib-verified"), **LIBRARY),
    Client("aiosmtplib", aiosmtplib_version, library("aiosmtplib"), **LIBRARY),
    Client(
        "smtpwizard",
        own_version,
        smtpwizard,
        unknown=frozenset({19}),
        crashed=frozenset({1}),
    ),
)


def bare_environment(folder: str) -> dict[str, str]:
    """No proxies, no settings of the person's, text in UTF-8."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "LC_ALL": "C.UTF-8",
    }
