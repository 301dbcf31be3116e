"""What `stalls.py` works on: long lists and runs, servers that are late, a dead keyring."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from smtpwizard.files import encode_object, write_file
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.workspace import Workspace

HERE = Path(__file__).resolve().parent
PORT = 25_588


def document(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"Connector {number:05}",
        "provider": "custom",
        "server": {"host": f"mail{number % 250}.example.test", "port": 587, "security": "starttls"},
        "authentication": {"method": "basic", "username": f"mailer-{number}@example.test"},
        "admin": {"email": "admin@example.test"},
    } | changes


def fill(ws: Workspace, count: int, store: str = "", **changes: Any) -> None:
    """So many connectors, as many in each state as a list has them."""
    directory = ws.store.directory / "connectors"
    for number in range(count):
        connector = parse_connector(document(number, **changes), ws.defaults_for)
        identifier = f"{number:032x}"
        secrets = {"password": f"{store}:{number:032x}"} if store else {}
        own = {"id": identifier, "revision": 1, "secrets": secrets}
        data = encode_object(connector.to_json() | {"stored": own})
        write_file(directory / f"{identifier}.json", data, synced=False)
        if number % 3:
            record = {
                "at": f"2026-11-{1 + number % 28:02}T10:15:00Z",
                "ok": number % 3 == 1,
                "inputs": connector.inputs_digest(),
                "secrets": secrets,
                "stage": None if number % 3 == 1 else "auth",
                "causes": [] if number % 3 == 1 else ["bad_credentials"],
                "verified_at": "2026-11-01T10:15:00Z",
                "duration_ms": 320,
                "sent": False,
            }
            write_file(
                ws.store.directory / "history" / f"{identifier}.json",
                encode_object({"schema": 1} | record),
                synced=False,
            )


SILENT_SERVICE = """
import sys
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
with open_dbus_connection(bus=sys.argv[1]) as bus:
    at = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    bus.send_and_get_reply(
        new_method_call(at, "RequestName", "su", ("org.freedesktop.secrets", 4))
    )
    print("ready", flush=True)
    while True:
        bus.receive()
"""


@contextmanager
def silent_keyring() -> Iterator[None]:
    """A bus of its own on which the Secret Service takes every question and answers none."""
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"], stdout=subprocess.PIPE
    )
    assert bus.stdout is not None
    address = bus.stdout.readline().decode().strip()
    service = subprocess.Popen(
        [sys.executable, "-c", SILENT_SERVICE, address], stdout=subprocess.PIPE
    )
    assert service.stdout is not None
    assert service.stdout.readline() == b"ready\n"
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
    try:
        yield
    finally:
        for process in (service, bus):
            process.kill()
            process.wait()


def long_runs(ws: Workspace) -> None:
    """Runs with a transcript of 20,000 lines, one of them 1 MB long."""
    from smtpwizard.model.report import TranscriptLine
    from smtpwizard.model.wire import Heard, Said
    from smtpwizard.usecases.history import record_run
    from tests.gui.driving import refused_report

    refused = refused_report("5.7.8 " + "Authentication failed, code 0 " * 30)
    for number in (1, 2):
        stored = ws.store.read(f"{number:032x}")
        assert stored is not None
        for again in range(2):
            lines = [
                TranscriptLine(n, "server" if n % 2 else "client", f"250-code {n} of {again}")
                for n in range(20_000)
            ]
            lines[10_000] = TranscriptLine(10_000, "server", "250-" + "x y" * 350_000)
            events = tuple(
                Heard(n, f"250-code {n} of {again}\n") if n % 2 else Said(n, "NOOP")
                for n in range(19_000)
            )
            report = refused._replace(
                connector=stored.connector.name,
                started=f"2026-11-2{again}T10:15:00Z",
                transcript=tuple(lines),
                wire=events,
            )
            record_run(ws, stored, stored.connector, report)


class _Wordy(socketserver.StreamRequestHandler):
    """Says as much as one reply may hold, again and again, and lets nobody send."""

    def handle(self) -> None:
        self.wfile.write(b"220 wordy.example.test ESMTP\r\n")
        for line in self.rfile:
            code = b"250" if line[:4].upper() == b"EHLO" else b"550"
            said = [b"x-%d.wordy.example.test " % n + b"says much " * 27 for n in range(200)]
            lines = [code + b"-" + each + b"\r\n" for each in said]
            self.wfile.write(b"".join(lines[:-1]) + lines[-1].replace(b"-", b" ", 1))


@contextmanager
def wordy_server() -> Iterator[int]:
    """The port of such a server."""
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Wordy) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def wordy_run(ws: Workspace, path: Path) -> None:
    """The run of connector 3 at a server that says much, and a case of it in the file `path`."""
    from smtpwizard.usecases.case import prepare_case
    from smtpwizard.usecases.case_choices import Choices
    from smtpwizard.usecases.history import last_run
    from smtpwizard.usecases.verify import verify_stored

    with wordy_server() as port:
        server = {"host": "localhost", "port": port, "security": "none"}
        put(ws, 3, server=server, authentication={"method": "none"})
        stored = ws.store.read(f"{3:032x}")
        assert stored is not None
        verify_stored(ws, stored)
    run = last_run(ws, stored)
    assert run is not None
    path.write_bytes(prepare_case(ws, run, stored, Choices()).data)


def put(ws: Workspace, number: int, **changes: Any) -> None:
    """This connector in place of the one with this number."""
    connector = parse_connector(document(number, **changes), ws.defaults_for)
    own = {"id": f"{number:032x}", "revision": 1, "secrets": {}}
    path = ws.store.directory / "connectors" / f"{number:032x}.json"
    write_file(path, encode_object(connector.to_json() | {"stored": own}), synced=False)


def surround(part: str, data: Path, stack: ExitStack, connectors: int) -> str | None:
    """What a part works on, in the data folder `data`; answers the secret store that is wanted."""
    ws = Workspace.open(data, secret_store="session")
    if part == "keyring":
        stack.enter_context(silent_keyring())
        fill(ws, 40, "keyring")
        return None
    if part == "batch":
        from mail_farm import address_of, farm

        ca_file = stack.enter_context(farm(data.parent, 50, PORT, 100, once=False))

        fill(ws, 1000)
        for number in range(1000):
            server = {"host": address_of(number % 50), "port": PORT,
                      "security": "starttls", "ca_file": ca_file}  # fmt: skip
            put(ws, number, server=server, authentication={"method": "none"})
    elif part == "transcript":
        fill(ws, 12)
        long_runs(ws)
        wordy_run(ws, data.parent / "wordy.smtpcase")
    elif part == "pages":
        fill(ws, 12)
        other = ws.data.create_project("Another one")
        fill(ws.in_project(other), 1000)
    else:
        fill(ws, connectors, authentication={"method": "none"})
    return "session"
