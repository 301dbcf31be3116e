"""The demo: a project of its own with embedded servers, and the window on top of it.

Touches neither the user's projects nor a keyring nor this process's environment; everything is
gone when it ends.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from smtpwizard import files
from smtpwizard.demo.scenario_server import DeliveredMessage as DeliveredMessage
from smtpwizard.demo.scenario_server import ScenarioServer
from smtpwizard.demo.scenarios import DEFAULT_SCENARIO, SCENARIOS, find_scenario
from smtpwizard.demo.scenarios import Scenario as Scenario
from smtpwizard.model.errors import UsageError
from smtpwizard.model.similar import similar
from smtpwizard.net.cancel import terminable
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.demo_line import DemoLine, ask
from smtpwizard.usecases.display import check_display, draws_nowhere
from smtpwizard.usecases.unattended_demo import do_main_job
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.flow.fixes import FixId
    from smtpwizard.model.report import Cause, Report
    from smtpwizard.usecases.connectors import ListedConnector

_GRACE_S = 1.0
# So many servers run at a time, and so many messages are shown.
_RUNNING = 10
_MESSAGES = 50
_STORE = "session"


class DemoListener(Protocol):
    """Who tells what happens in a demo; with a window, `received` is called in a server's thread.

    `tested`, `sign_in_failed`, `trying`, `kept` and `ended` belong to a demo without a window.
    """

    def no_display(self) -> None: ...

    def started(self, scenario: Scenario, demo: Mapping[str, Any]) -> None: ...

    def received(self, message: DeliveredMessage) -> None: ...

    def tested(self, report: Report) -> None: ...

    def sign_in_failed(self, causes: Sequence[Cause]) -> None: ...

    def trying(self, fix: FixId) -> None: ...

    def kept(self, connectors: Sequence[ListedConnector]) -> None: ...

    def ended(self, scenario: Scenario, *, as_told: bool) -> None: ...


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
    listener: DemoListener,
    scenario: str = DEFAULT_SCENARIO,
    program: Sequence[str] | None = None,
    within: Path | None = None,
) -> int:
    """Run the demo until its window is closed; answers the window's exit code.

    Unattended (and where no display can be had), there is no window: the main job is done by the
    same use cases, from an empty project to a saved, default, verified connector. Where the
    scenario is a failure, its stage and its cause are named, and the way out of it, if there is
    one, leads there. Then 0 means that it came about so. `program` starts smtpwizard (this
    interpreter by default). All that the demo writes lies in a folder of its own, in `within` where
    that is given, and goes with it. Raises `UsageError("scenario_unknown")`, `StorageError` where
    there can be no such folder, `OSError` where no server can be started.
    """
    played = find_scenario(scenario)
    if played is None:
        alike = similar(scenario, (each.name for each in scenarios()))
        raise UsageError("scenario_unknown", name=scenario, similar=alike)
    if not unattended and not has_display():
        listener.no_display()
        unattended = True
    try:
        with terminable(), _folder(within) as folder:
            if unattended:
                return _run_unattended(played, folder, listener)
            return _run_window(played, folder, listener, program or own_program())
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


def _run_unattended(scenario: Scenario, folder: Path, listener: DemoListener) -> int:
    with ScenarioServer(scenario, consents=True) as server:
        demo, data_dir = set_up_demo(server, folder)
        listener.started(scenario, demo)
        ws = Workspace.open(data_dir, secret_store=_STORE)
        as_told = do_main_job(ws, scenario, demo, listener)
        for message in server.messages:
            listener.received(message)
        connectors = list_connectors(ws)
        if connectors or scenario.ends_verified:
            listener.kept(connectors)
        listener.ended(scenario, as_told=as_told)
        return 0 if as_told else 1


def _run_window(
    scenario: Scenario, folder: Path, listener: DemoListener, program: Sequence[str]
) -> int:
    with _Servers(folder, listener) as servers, DemoLine(servers.answer) as line:
        demo = servers.play(scenario) | {"line": line.end}
        data_dir = servers.data_dir
        command = [*program, "--data-dir", str(data_dir), "--secret-store", _STORE, "gui"]
        env = {name: value for name, value in os.environ.items() if name not in _PRIVATE_VARIABLES}
        window = subprocess.Popen(command, env={**env, "SMTPWIZARD_DEMO": json.dumps(demo)})
        try:
            return window.wait()
        finally:
            _end(window)


class _Servers:
    """The servers of a demo with a window: one a scenario, of which the last ones stay, so that
    the connectors made with them go on working."""

    def __init__(self, folder: Path, listener: DemoListener) -> None:
        self._folder = folder
        self._listener = listener
        self._running: list[ScenarioServer] = []
        self._number = 0
        self.data_dir = folder / "project"
        self.messages: list[DeliveredMessage] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._running:
            self._running.pop().__exit__(None, None, None)

    def play(self, scenario: Scenario) -> dict[str, Any]:
        """Start the scenario's server; answers what the window needs to know of it."""
        server = ScenarioServer(scenario, on_message=self._announce).__enter__()
        self._running.append(server)
        self._number += 1
        if self._number == 1:
            demo, self.data_dir = set_up_demo(server, self._folder)
        else:
            server.write_providers(self.data_dir / "providers.d")
            demo = server.describe(server.write_ca(self._folder / f"demo-ca-{self._number}.pem"))
            trusted = self._folder / f"project-ca-{self._number}.pem"
            _have_project_trust(server, self.data_dir, trusted)
        if len(self._running) > _RUNNING:
            self._running.pop(0).__exit__(None, None, None)
        with contextlib.suppress(OSError):
            self._listener.started(scenario, demo)
        return demo

    def answer(self, question: Mapping[str, Any]) -> Any:
        """What the window asks over the line: `play` a scenario, or `messages`."""
        if question.get("ask") == "messages":
            return [dataclasses.asdict(message) for message in self.messages[-_MESSAGES:]]
        name = str(question.get("scenario", ""))
        scenario = find_scenario(name)
        if scenario is None:
            raise UsageError("scenario_unknown", name=name)
        return self.play(scenario)

    def _announce(self, message: DeliveredMessage) -> None:
        self.messages.append(message)
        # Whatever became of the terminal, the message has arrived.
        with contextlib.suppress(OSError):
            self._listener.received(message)


def set_up_demo(server: ScenarioServer, folder: Path) -> tuple[dict[str, Any], Path]:
    """`ScenarioServer.set_up`, and the project trusts whom the scenario says."""
    demo, data_dir = server.set_up(folder)
    _have_project_trust(server, data_dir, folder / "project-ca.pem")
    return demo, data_dir


def _have_project_trust(server: ScenarioServer, data_dir: Path, path: Path) -> None:
    """Have the demo's project trust whom the scenario says, by a file at `path`."""
    if server.write_trusted(path) is None:
        return
    from smtpwizard.usecases.certificates import read_certificates, trust  # noqa: PLC0415 - of one scenario

    trust(Workspace.open(data_dir, secret_store=_STORE), read_certificates(path))


def play_scenario(demo: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Have the demo's servers play another scenario; answers what is known of it.

    Raises `UsageError` (`scenario_unknown`, `demo_gone`).
    """
    return {**ask(demo["line"], ask="play", scenario=name), "line": demo["line"]}


def received_messages(demo: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the demo's servers have received, newest first; raises `UsageError("demo_gone")`."""
    return list(reversed(ask(demo["line"], ask="messages")))


def _end(window: subprocess.Popen[bytes]) -> None:
    """See the window off: a Ctrl-C reached it too, so it may be on its way out already."""
    for step, wait_s in ((None, _GRACE_S), (window.terminate, 5.0), (window.kill, 5.0)):
        if step is not None:
            step()
        with contextlib.suppress(subprocess.TimeoutExpired):
            window.wait(wait_s)
            return


@contextlib.contextmanager
def _folder(within: Path | None) -> Iterator[Path]:
    """A folder for this user alone (0700) that is gone afterwards; what it lies in is as before."""
    made = within is not None and not within.exists()
    try:
        if made and within is not None:
            files.make_private_directory(within)
        folder = Path(tempfile.mkdtemp(prefix="smtpwizard-demo-", dir=within))
    except OSError as error:
        if within is None:
            raise
        raise files.storage_error(error, within) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if made and within is not None:
            with contextlib.suppress(OSError):  # somebody else uses it by now
                within.rmdir()
