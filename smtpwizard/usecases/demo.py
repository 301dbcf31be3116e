"""The demo: a project of its own with embedded servers, and the window on top of it.

Touches neither the user's projects nor a keyring nor this process's environment; everything but
the pictures is gone when it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from smtpwizard.demo.scenarios import DEFAULT_SCENARIO, SCENARIOS, find_scenario
from smtpwizard.demo.scenarios import Scenario as Scenario
from smtpwizard.model.addresses import is_loopback
from smtpwizard.model.errors import UsageError
from smtpwizard.net.cancel import terminable
from smtpwizard.usecases.display import check_display, draws_nowhere

if TYPE_CHECKING:
    from smtpwizard.demo.player import Player
    from smtpwizard.demo.server import DeliveredMessage as DeliveredMessage
    from smtpwizard.demo.server import GoodServer
    from smtpwizard.usecases.connectors import ListedConnector

_UNATTENDED_TIMEOUT_S = 120.0
_GRACE_S = 1.0
_VISIT_S = 20.0


class DemoListener(Protocol):
    """Who tells what happens in a demo; `received` is called in a server's thread."""

    def no_display(self) -> None: ...

    def started(self, scenario: Scenario, demo: Mapping[str, Any]) -> None: ...

    def window_said(self, line: str) -> None: ...

    def received(self, message: DeliveredMessage) -> None: ...

    def kept(self, connectors: Sequence[ListedConnector]) -> None: ...

    def ended(self, scenario: Scenario, shots: Path | None, faults: Sequence[Fault]) -> None: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that an unattended demo should have left otherwise: `exit_code`, `messages` or
    `connectors` (fact `count`), `login`, `not_default`, `not_verified` (fact `name`)."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


# Settings of the user's own work; the demo's window must not see them.
_PRIVATE_VARIABLES = ("SMTPWIZARD_DATA_DIR", "SMTPWIZARD_PASSPHRASE_COMMAND")


def scenarios() -> tuple[Scenario, ...]:
    """What `demo --list` shows, the default first."""
    return SCENARIOS


def scenario_document(scenario: Scenario) -> dict[str, str | None]:
    """A scenario as `demo --list --json` tells it: what a verification should find, too."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "stage": scenario.stage.value if scenario.stage is not None else None,
        "cause": scenario.cause,
        "fix": scenario.fix,
    }


def run_demo(
    *,
    unattended: bool,
    shots: Path | None,
    listener: DemoListener,
    scenario: str = DEFAULT_SCENARIO,
    program: Sequence[str] | None = None,
) -> int:
    """Run the demo until its window is closed; 0 if all went well.

    Unattended (and where no display can be had), the wizard walks itself from an empty project to
    a saved, default, verified connector, with a picture of every page in `shots` (a fresh folder
    if None); then 0 means that exactly one message arrived and that the connector is so. Where the
    scenario is a failure, 0 means that the wizard named its stage and its cause, and that the fix,
    if there is one, led there. `program` starts smtpwizard (this interpreter by default). Raises
    `UsageError("scenario_unknown")`, `OSError` where no server can be started.
    """
    played = find_scenario(scenario)
    if played is None:
        raise UsageError("scenario_unknown", name=scenario)
    if not unattended and not has_display():
        listener.no_display()
        unattended = True
    if unattended:
        shots = Path(tempfile.mkdtemp(prefix="smtpwizard-screenshots-")) if shots is None else shots
        shots.mkdir(parents=True, exist_ok=True)
    try:
        with terminable(), _folder() as folder:
            return _run(played, folder, unattended, shots, listener, program or own_program())
    except KeyboardInterrupt:
        return 130


def own_program() -> list[str]:
    """How this very program is started again."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", "smtpwizard"]


def has_display() -> bool:
    """Whether a window can be shown to somebody."""
    if draws_nowhere():
        return False
    try:
        check_display()
    except UsageError:
        return False
    return True


def visit(url: str) -> None:
    """Be the browser of an unattended demo: follow an address of this machine to its end.

    Raises `UsageError("address_foreign")` for any other, `OSError` where nobody answers.
    """
    from urllib.error import HTTPError
    from urllib.parse import urlsplit
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    def check(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
            raise UsageError("address_foreign", address=address)

    class OnlyHere(HTTPRedirectHandler):
        def redirect_request(self, *arguments: Any, **more: Any) -> Request | None:
            check(arguments[5])
            return super().redirect_request(*arguments, **more)

    check(url)
    opener = build_opener(ProxyHandler({}), OnlyHere)
    try:
        with opener.open(url, timeout=_VISIT_S) as answer:
            answer.read(100_000)
    except HTTPError as error:
        # The page says what is wrong; a person would read it, nobody does here.
        error.close()


def _server(
    scenario: Scenario, announce: Callable[[DeliveredMessage], None], unattended: bool
) -> GoodServer | Player:
    if scenario.cause is None:
        from smtpwizard.demo.server import GoodServer

        return GoodServer(on_message=announce)
    from smtpwizard.demo.player import Player

    return Player(scenario, on_message=announce, consents=unattended)


def _run(
    scenario: Scenario,
    folder: Path,
    unattended: bool,
    shots: Path | None,
    listener: DemoListener,
    program: Sequence[str],
) -> int:
    def announce(message: DeliveredMessage) -> None:
        # Whatever became of the terminal, the message has arrived.
        if not unattended:
            with contextlib.suppress(OSError):
                listener.received(message)

    with _server(scenario, announce, unattended) as server:
        ca_file = server.write_ca(folder / "demo-ca.pem")
        data_dir = folder / "project"
        data_dir.mkdir(mode=0o700)
        server.write_providers(data_dir / "providers.d")
        demo = server.describe(ca_file)
        listener.started(scenario, demo)
        command = [*program, "--data-dir", str(data_dir), "--secret-store", "session", "gui"]
        if unattended:
            command += ["--unattended", "--shots", str(shots)]
        env = _environment(demo, program, unattended)
        code = _run_window(command, env, unattended, listener)
        if not unattended:
            return code
        messages = list(server.messages)
        for message in messages:
            listener.received(message)
        connectors = _connectors(data_dir)
        if connectors or ends_verified(scenario):
            listener.kept(connectors)
        faults = _faults(scenario, code, messages, connectors, server.username)
        listener.ended(scenario, shots, faults)
        return 1 if faults else 0


def ends_verified(scenario: Scenario) -> bool:
    """Whether there is a way from this scenario to a passing test."""
    return scenario.cause is None or scenario.fix is not None or scenario.retry


def _environment(
    demo: Mapping[str, Any], program: Sequence[str], unattended: bool
) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in _PRIVATE_VARIABLES}
    env["SMTPWIZARD_DEMO"] = json.dumps(demo)
    # The server is on this machine; a proxy could not reach it.
    env["NO_PROXY"] = env["no_proxy"] = "localhost,127.0.0.1"
    if unattended:
        env["PYTHONIOENCODING"] = "utf-8"
        # Nobody is there to press a button on a page.
        env["BROWSER"] = shlex.join([*program, "demo", "--visit", "%s"])
        if not draws_nowhere() and not has_display():
            env["QT_QPA_PLATFORM"] = "offscreen"
    return env


def _run_window(
    command: list[str], env: dict[str, str], unattended: bool, listener: DemoListener
) -> int:
    """The window's exit code; what it prints unattended is passed on as it comes."""
    window = subprocess.Popen(command, env=env, stdout=subprocess.PIPE if unattended else None)
    try:
        if window.stdout is None:
            return window.wait()
        timer = threading.Timer(_UNATTENDED_TIMEOUT_S, window.kill)
        timer.start()
        try:
            with window.stdout as lines:
                for line in lines:
                    listener.window_said(line.decode("utf-8", "replace").rstrip("\r\n"))
            return window.wait()
        finally:
            timer.cancel()
            timer.join()
    finally:
        _end(window)


def _end(window: subprocess.Popen[bytes]) -> None:
    """See the window off: a Ctrl-C reached it too, so it may be on its way out already."""
    for step, wait_s in ((None, _GRACE_S), (window.terminate, 5.0), (window.kill, 5.0)):
        if step is not None:
            step()
        with contextlib.suppress(subprocess.TimeoutExpired):
            window.wait(wait_s)
            return


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder for this user alone (0700) that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="smtpwizard-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _connectors(data_dir: Path) -> tuple[ListedConnector, ...]:
    from smtpwizard.usecases.connectors import list_connectors
    from smtpwizard.usecases.workspace import Workspace

    store = "session"
    return list_connectors(Workspace.open(data_dir, secret_store=store))


def _faults(
    scenario: Scenario,
    code: int,
    messages: Sequence[DeliveredMessage],
    connectors: Sequence[ListedConnector],
    username: str,
) -> list[Fault]:
    """What is not as an unattended demo should leave it."""
    faults = []
    if code:
        faults.append(Fault("exit_code", {"code": code}))
    if not ends_verified(scenario):
        return faults
    if len(messages) != 1:
        faults.append(Fault("messages", {"count": len(messages)}))
    if any(message.user != username or message.tls_version is None for message in messages):
        faults.append(Fault("login"))
    if len(connectors) != 1:
        faults.append(Fault("connectors", {"count": len(connectors)}))
    for connector in connectors:
        if not connector.default:
            faults.append(Fault("not_default", {"name": connector.name}))
        if connector.status != "verified":
            faults.append(Fault("not_verified", {"name": connector.name}))
    return faults
