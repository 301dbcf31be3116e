"""How long commands take as processes: `verify` beside the shortest script with smtplib, and a
`list` of ten thousand connectors beside `json.loads` of their files.

Every run is a fresh process with compiled bytecode; the rivals take turns. What is compared is the
CPU time of the process, which a busy machine changes least; wall time is shown beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from smtpwizard.demo.scripted import Account, ScriptedServer  # noqa: E402
from smtpwizard.model.connector import (  # noqa: E402
    Admin,
    Authentication,
    Connector,
    Method,
    Security,
    Server,
)
from smtpwizard.usecases.save import save_connector  # noqa: E402
from smtpwizard.usecases.workspace import Workspace  # noqa: E402
from tests.helpers.certificates import make_certificates  # noqa: E402

USERNAME, PASSWORD, RECIPIENT = "mailer@example.test", "correct horse", "admin@example.test"
PROGRAM = [sys.executable, "-m", "smtpwizard"]
READ_ALL = """\
import json, pathlib, sys
for path in pathlib.Path(sys.argv[1]).iterdir():
    json.loads(path.read_bytes())
"""
LIMITS = {"verify": 2.0, "list": 4.0}


class Command(NamedTuple):
    """A process to be timed; it has to end with 0."""

    argv: list[str]
    stdin: str = ""


class Run(NamedTuple):
    """Milliseconds of one process."""

    cpu: float
    user: float
    wall: float


def run(command: Command, env: Mapping[str, str]) -> Run:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(command.stdin.encode())
        given.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(command.argv, env=env, stdin=given, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{said.read().decode()}\n{command.argv} failed")
    cpu = usage.ru_utime + usage.ru_stime
    return Run(cpu * 1000, usage.ru_utime * 1000, wall * 1000)


def compare(
    title: str, ours: Command, theirs: Command, runs: int, folder: Path, ca_file: str = ""
) -> float:
    """Print the medians; the ratio of CPU times.

    Both trust `ca_file` alone: the system's bundle takes as long as all the rest to load.
    """
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(HERE.parent)}
    env |= {"SSL_CERT_FILE": ca_file, "SSL_CERT_DIR": str(folder / "none")}
    found: dict[str, list[Run]] = {"ours": [], "theirs": []}
    for number in range(runs + 1):
        for name, command in (("ours", ours), ("theirs", theirs)):
            one = run(command, env)
            if number:  # the first one fills the caches
                found[name].append(one)
    middle = {
        name: Run(*map(statistics.median, zip(*done, strict=True))) for name, done in found.items()
    }
    mine, other = middle["ours"], middle["theirs"]
    for label, each in (("smtpwizard", mine), ("beside it", other)):
        print(f"{title:10}{label:12}{each.cpu:9.0f}{each.user:9.0f}{each.wall:9.0f}")
    print(
        f"{'':10}{'ratio':12}" + "".join(f"{a / b:9.2f}" for a, b in zip(mine, other, strict=True))
    )
    return mine.cpu / other.cpu


def verify(runs: int, folder: Path) -> float:
    certificates = make_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good.combined)
    account = Account(USERNAME, PASSWORD)
    with ScriptedServer(context=context, starttls=True, account=account) as server:
        host, port, ca_file = "127.0.0.1", server.port, str(certificates.ca_file)
        data = folder / "data"
        connector = Connector(
            name="Benchmark",
            provider="custom",
            server=Server(host, port, Security.STARTTLS),
            authentication=Authentication(Method.BASIC, USERNAME),
            admin=Admin(RECIPIENT),
        )
        save_connector(Workspace.open(data), connector, secrets={})
        job = {
            "host": host,
            "port": port,
            "username": USERNAME,
            "password": PASSWORD,
            "recipient": RECIPIENT,
        }
        options = ["--data-dir", str(data), "--secret-stdin", "--json"]
        ours = Command([*PROGRAM, "verify", "Benchmark", *options], PASSWORD)
        script = Command([sys.executable, str(HERE / "shortest_script.py")], json.dumps(job))
        return compare("verify", ours, script, runs, folder, ca_file)


def list_(runs: int, folder: Path, count: int) -> float:
    data = folder / "many"
    ws = Workspace.open(data)
    connector = Connector(
        name="Benchmark 0",
        provider="exchange",
        server=Server("smtp.office365.com", 587, Security.STARTTLS),
        authentication=Authentication(Method.BASIC, USERNAME),
        admin=Admin(RECIPIENT, "Admin"),
        description="Sends the reports of the day.",
    )
    first = save_connector(ws, connector, secrets={})
    path = ws.store.directory / "connectors" / f"{first.id}.json"
    document = json.loads(path.read_text("utf-8"))
    for number in range(1, count):
        identifier = f"{number:032x}"
        document |= {"name": f"Benchmark {number}"}
        document["stored"]["id"] = identifier
        path.with_name(f"{identifier}.json").write_text(json.dumps(document), "utf-8")
    ours = Command([*PROGRAM, "list", "--json", "--data-dir", str(data)])
    loads = Command([sys.executable, "-c", READ_ALL, str(path.parent)])
    return compare("list", ours, loads, runs, folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", choices=LIMITS, help="one of the two")
    parser.add_argument("--runs", type=int, default=15, help="processes of each kind (15)")
    parser.add_argument("--connectors", type=int, default=10_000, help="in the list (10000)")
    chosen = parser.parse_args()
    print(f"medians of {chosen.runs} runs, ms\n{'':22}{'CPU':>9}{'user':>9}{'wall':>9}")
    slow = False
    with tempfile.TemporaryDirectory() as folder:
        for case in [chosen.case] if chosen.case else LIMITS:
            if case == "verify":
                ratio = verify(chosen.runs, Path(folder))
            else:
                ratio = list_(min(chosen.runs, 5), Path(folder), chosen.connectors)
            slow = slow or ratio > LIMITS[case]
    print("over a limit" if slow else "within the limits")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
