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
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from smtpwizard.demo.scenarios import DEFAULT_SCENARIO, SCENARIOS, Scenario, find_scenario
from smtpwizard.messages import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.display import check_display, draws_nowhere
from smtpwizard.usecases.stopping import terminable

if TYPE_CHECKING:
    from smtpwizard.demo.player import Player
    from smtpwizard.demo.server import DeliveredMessage, GoodServer
    from smtpwizard.usecases.connectors import ListedConnector

_UNATTENDED_TIMEOUT_S = 120.0
_GRACE_S = 1.0
_VISIT_S = 20.0

# Settings of the user's own work; the demo's window must not see them.
_PRIVATE_VARIABLES = ("SMTPWIZARD_DATA_DIR", "SMTPWIZARD_PASSPHRASE_COMMAND")


def scenarios() -> tuple[Scenario, ...]:
    """What `demo --list` shows, the default first."""
    return SCENARIOS


def scenario_document(scenario: Scenario) -> dict[str, str | None]:
    """A scenario as `demo --list --json` tells it: what a verification should find, too."""
    return {
        "name": scenario.name,
        "title": _(scenario.title),
        "stage": scenario.stage.value if scenario.stage is not None else None,
        "cause": scenario.cause,
        "fix": scenario.fix,
    }


def run_demo(
    *,
    unattended: bool,
    shots: Path | None,
    out: IO[str],
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
        print(_("No display: the demo walks through the wizard by itself."), file=out)
        unattended = True
    if unattended:
        shots = Path(tempfile.mkdtemp(prefix="smtpwizard-screenshots-")) if shots is None else shots
        shots.mkdir(parents=True, exist_ok=True)
    try:
        with terminable(), _folder() as folder:
            return _run(played, folder, unattended, shots, out, program or own_program())
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
        if parts.scheme != "http" or parts.hostname not in ("localhost", "127.0.0.1", "::1"):
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
    out: IO[str],
    program: Sequence[str],
) -> int:
    def announce(message: DeliveredMessage) -> None:
        # Whatever became of the terminal, the message has arrived.
        if not unattended:
            with contextlib.suppress(OSError):
                _print_message(message, out)

    with _server(scenario, announce, unattended) as server:
        ca_file = server.write_ca(folder / "demo-ca.pem")
        data_dir = folder / "project"
        data_dir.mkdir(mode=0o700)
        server.write_providers(data_dir / "providers.d")
        demo = server.describe(ca_file)
        _print_scenario(scenario, out)
        _print_server(demo, out)
        command = [*program, "--data-dir", str(data_dir), "--secret-store", "session", "gui"]
        if unattended:
            command += ["--unattended", "--shots", str(shots)]
        env = _environment(demo, program, unattended)
        code = _run_window(command, env, unattended, out)
        if not unattended:
            return code
        messages = list(server.messages)
        for message in messages:
            _print_message(message, out)
        connectors = _connectors(data_dir)
        if connectors or _ends_verified(scenario):
            _print_connectors(connectors, out)
        print(_("Screenshots of every page: {path}").format(path=shots), file=out)
        faults = _faults(scenario, code, messages, connectors, server.username)
        for fault in faults:
            print(_("Not as it should be: {what}").format(what=fault), file=out)
        if not faults:
            print(_done(scenario), file=out)
        out.flush()
        return 1 if faults else 0


def _ends_verified(scenario: Scenario) -> bool:
    """Whether there is a way from this scenario to a passing test."""
    return scenario.cause is None or scenario.fix is not None or scenario.retry


def _done(scenario: Scenario) -> str:
    if scenario.cause is None:
        return _("Done: from an empty project to a verified connector.")
    if _ends_verified(scenario):
        return _("Done: the cause was named, and the way out of it led to a verified connector.")
    return _("Done: the cause was named.")


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


def _run_window(command: list[str], env: dict[str, str], unattended: bool, out: IO[str]) -> int:
    """The window's exit code; what it prints unattended is passed on to `out` as it comes."""
    out.flush()
    window = subprocess.Popen(command, env=env, stdout=subprocess.PIPE if unattended else None)
    try:
        if window.stdout is None:
            return window.wait()
        timer = threading.Timer(_UNATTENDED_TIMEOUT_S, window.kill)
        timer.start()
        try:
            with window.stdout as lines:
                for line in lines:
                    out.write(line.decode("utf-8", "replace").rstrip("\r\n") + "\n")
                    out.flush()
            return window.wait()
        finally:
            timer.cancel()
            timer.join()
    finally:
        _end(window)


def _end(window: subprocess.Popen[bytes]) -> None:
    """See the window off: a Ctrl-C reached it too, so it may be on its way out already."""
    for step, patience_s in ((None, _GRACE_S), (window.terminate, 5.0), (window.kill, 5.0)):
        if step is not None:
            step()
        with contextlib.suppress(subprocess.TimeoutExpired):
            window.wait(patience_s)
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
) -> list[str]:
    """What is not as an unattended demo should leave it."""
    faults = []
    if code:
        faults.append(_("the window ended with exit code {code}").format(code=code))
    if not _ends_verified(scenario):
        return faults
    if len(messages) != 1:
        faults.append(_("messages received: {count}, not 1").format(count=len(messages)))
    if any(message.user != username or message.tls_version is None for message in messages):
        faults.append(_("a message came without TLS, or by another login"))
    if len(connectors) != 1:
        faults.append(_("connectors: {count}, not 1").format(count=len(connectors)))
    for connector in connectors:
        name = clean_text(connector.name)
        if not connector.default:
            faults.append(_("{name} is not the default connector").format(name=name))
        if connector.status != "verified":
            faults.append(_("{name} is not verified").format(name=name))
    return faults


def _print_table(title: str, rows: Sequence[tuple[str, str]], out: IO[str]) -> None:
    width = max(len(label) for label, _ in rows)
    print(title, file=out)
    for label, value in rows:
        print(f"  {label:<{width}}  {clean_text(value)}", file=out)
    out.flush()


def _print_scenario(scenario: Scenario, out: IO[str]) -> None:
    if scenario.cause is not None:
        print(_("Scenario: {title}.").format(title=_(scenario.title)), file=out)


def _print_server(demo: Mapping[str, Any], out: IO[str]) -> None:
    names = {"starttls": "STARTTLS", "implicit_tls": "SSL/TLS", "none": _("None")}
    ports = demo["ports"]
    oauth = demo.get("oauth")
    login = [(_("Password"), demo["password"])]
    if oauth is not None:
        login = [
            (_("Client ID"), oauth["client_id"]),
            (_("Client secret"), oauth["client_secret"]),
            (_("Authorization endpoint"), oauth["authorization_endpoint"]),
            (_("Token endpoint"), oauth["token_endpoint"]),
        ]
    _print_table(
        _("The demo's mail server, on this machine only and gone with the demo:"),
        [
            (_("Server"), demo["host"]),
            *(
                (name, _("port {number}").format(number=ports[security]))
                for security, name in names.items()
                if security in ports
            ),
            (_("User"), demo["username"]),
            *login,
            (_("CA file"), demo["ca_file"]),
        ],
        out,
    )


def _print_message(message: DeliveredMessage, out: IO[str]) -> None:
    _print_table(
        _("The mail server received:"),
        [
            (_("From"), message.sender),
            (_("To"), message.to),
            (_("Subject"), message.subject),
            (_("Date"), message.date),
            (_("Size"), _("{number} bytes").format(number=message.size)),
            ("TLS", message.tls_version or _("none")),
            (_("Login"), f"{message.user} ({message.mechanism})"),
        ],
        out,
    )


def _print_connectors(connectors: Sequence[ListedConnector], out: IO[str]) -> None:
    rows = [
        (
            clean_text(connector.name),
            ", ".join([*([_("default")] if connector.default else []), _(connector.status)]),
        )
        for connector in connectors
    ]
    _print_table(_("The project's connectors:"), rows or [(_("none"), "")], out)
