"""Five clients and ours in front of the same faulty servers, side by side; writes a table.

Every run is one process against one scripted server on loopback; the server's own records say what
was true, the exit code what the client claims.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fault_cases import (  # noqa: E402
    ACCEPTED,
    CASES,
    GROUPS,
    REFUSED,
    UNKNOWN,
    USERNAME,
    Case,
)
from fault_clients import (  # noqa: E402
    CLIENTS,
    LIMIT_S,
    Client,
    Job,
    bare_environment,
    smtpwizard,
)

from smtpwizard.demo.scripted import ScriptedServer  # noqa: E402
from tests.helpers.certificates import Certificates, make_certificates  # noqa: E402

SLACK_S = 1.0
TIMEOUT_S = LIMIT_S + SLACK_S + 2.0
"""When a client that has not ended is killed; its own start may take a while."""
TABLE = HERE / "faults.md"

MESSAGE = (
    f"""\
From: {USERNAME}
To: admin@example.com
Subject: Test email
Date: Mon, 02 Nov 2026 10:15:00 +0000
Message-ID: <benchmark@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

This is a test email. You need not do anything.
"""
    + "A line that makes the message as long as a test email usually is.\n" * 20
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One client in front of one case; no `faults` and not `missing` is a pass."""

    faults: tuple[str, ...] = ()
    missing: bool = False
    """The client lacks what the case is about."""
    elapsed_s: float = 0.0
    told: str = ""
    """The end of what the client printed."""

    @property
    def passed(self) -> bool:
        return not self.missing and not self.faults


# -- one run -------------------------------------------------------------------------------------


class Bed:
    """What the servers of all runs share: certificates and TLS contexts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificates: Certificates = make_certificates(folder)
        self.message = folder / "message.eml"
        self.message.write_bytes(MESSAGE.replace("\n", "\r\n").encode("ascii"))

    @functools.cache  # noqa: B019 - there is one bed, and it lives as long as the process
    def context(self, certificate: str, legacy: bool, client_certificate: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(getattr(self.certificates, certificate).combined)
        if legacy:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            # OpenSSL 3 refuses the old versions' SHA-1 signatures from security level 1 on.
            context.set_ciphers("ALL:@SECLEVEL=0")
        if client_certificate:
            context.load_verify_locations(self.certificates.ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def server(self, case: Case) -> ScriptedServer:
        serves = case.serves or case.security
        return ScriptedServer(
            case.does,
            context=self.context(case.certificate, case.legacy_tls, case.client_certificate),
            account=case.account,
            starttls=serves == "starttls",
            implicit_tls=serves == "implicit_tls",
            **case.manners,
        )


def run(bed: Bed, case: Case, client: Client) -> Outcome:
    folder = Path(tempfile.mkdtemp(dir=bed.folder))
    try:
        with bed.server(case) as server:
            return observe(bed, case, client, server, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def observe(bed: Bed, case: Case, client: Client, server: ScriptedServer, folder: Path) -> Outcome:
    job = Job(
        folder=str(folder),
        host=case.host,
        port=server.port,
        security=case.security,
        ca_file=str(bed.certificates.ca_file),
        username=USERNAME,
        password=case.password,
        token=case.token,
        sender=USERNAME,
        recipient=case.recipient,
        message=str(bed.message),
        bad_input=case.group == "V",
    )
    invocation = client.invoke(job)
    if invocation is None:
        return Outcome(missing=True)
    env = bare_environment(str(folder)) | dict(invocation.environment)
    started = time.monotonic()
    process = subprocess.Popen(
        invocation.argv,
        env=env,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = process.communicate(invocation.stdin, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    ended = time.monotonic()
    # From the first connection on: on a busy machine the start of a process takes its own time.
    elapsed = ended - (server.connections[0].began if server.connections else started)
    faults = judge(case, client, server, process.returncode, elapsed)
    if client.invoke is smtpwizard and not faults:
        faults = judge_stage(case, process.returncode, out)
    told = (err or out).decode("utf-8", "replace").strip()[-300:]
    return Outcome(tuple(faults), elapsed_s=elapsed, told=told)


# -- the judge -----------------------------------------------------------------------------------


def judge(
    case: Case, client: Client, server: ScriptedServer, code: int, elapsed: float
) -> list[str]:
    """What is wrong, in the words of the table's legend."""
    faults: list[str] = []
    if server.secret_in_plaintext(case.password, case.token or case.password):
        faults.append("secret in clear")
    if any(clear_mail(bytes(c.plaintext)) for c in server.connections):
        faults.append("mail in clear")
    if elapsed > LIMIT_S + SLACK_S:
        # What an exit code would have told comes too late, or never.
        return [*faults, "late"]
    if code in client.crashed or (code < 0 and code != -signal.SIGPIPE):
        return [*faults, "crash"]
    claim = claimed(client, code)
    taken = len(server.accepted)
    if case.right == REFUSED and taken:
        faults.append("went on")
    elif claim == ACCEPTED and (case.right != ACCEPTED or not taken):
        faults.append("false success")
    elif claim == REFUSED and case.right != REFUSED:
        faults.append("false failure" if taken else "gave up")
    elif claim == UNKNOWN and case.right != UNKNOWN and not case.or_unknown:
        faults.append("wrong verdict")
    if taken > 1:
        faults.append("sent twice")
    if any(message.authenticated_as is None for message in server.accepted):
        faults.append("sent without login")
    if not faults and case.check is not None and (wrong := case.check(server)):
        faults.append(wrong)
    return faults


def claimed(client: Client, code: int) -> str:
    if code in client.accepted:
        return ACCEPTED
    return UNKNOWN if code in client.unknown else REFUSED


def clear_mail(plaintext: bytes) -> bool:
    """True for any word of a message or its envelope before the client's hello to TLS."""
    clear = plaintext.partition(b"\x16\x03")[0].upper()
    return any(line.startswith((b"MAIL ", b"RCPT ", b"DATA")) for line in clear.split(b"\r\n"))


def judge_stage(case: Case, code: int, out: bytes) -> list[str]:
    """Ours alone names the stage: it has to be the right one."""
    if code == 2:
        stage = "input"
    else:
        stages = json.loads(out)["stages"]
        failed = [s["stage"] for s in stages if s["status"] in ("failed", "unknown")]
        stage = failed[0] if failed else ""
    return [] if stage == case.stage else [f"stage {stage or 'none'}"]


# -- all runs, and the table ---------------------------------------------------------------------

Row = dict[str, Outcome]


def run_all(
    cases: Sequence[Case], clients: Sequence[Client], workers: int
) -> list[tuple[Case, Row]]:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        bed = Bed(Path(folder))
        pairs = [(case, client) for case in cases for client in clients]
        with ThreadPoolExecutor(workers) as pool:
            outcomes = list(pool.map(lambda pair: run(bed, *pair), pairs))
            # Once more, without the bustle: what is late then was not just short of a CPU.
            late = [at for at, outcome in enumerate(outcomes) if "late" in outcome.faults]
            again = pool.map(lambda at: run(bed, *pairs[at]), late)
            for at, outcome in zip(late, again, strict=True):
                outcomes[at] = outcome
    rows: list[tuple[Case, Row]] = []
    width = len(clients)
    for number, case in enumerate(cases):
        found = outcomes[number * width : (number + 1) * width]
        rows.append((case, {c.name: o for c, o in zip(clients, found, strict=True)}))
    return rows


def cell(outcome: Outcome) -> str:
    if outcome.missing:
        return "–"
    return ", ".join(outcome.faults) or "✓"


def count(rows: Sequence[tuple[Case, Row]], client: str) -> str:
    passed = sum(row[client].passed for _, row in rows)
    missing = sum(row[client].missing for _, row in rows)
    return f"{passed}" + (f" (– {missing})" if missing else "")


HEAD = """\
# {total} faults, side by side

Written by `benchmarks/faults.py` on {date}; {machine}.
`benchmarks/README.md` says how to repeat it.

Each client is told to send one message through the same faulty server, in the way its own
documentation recommends: TLS required, a CA file, a login, a time limit of {limit} seconds. A case
is passed when the client's exit code tells the truth about the message, no secret and no part of
the message left before TLS was verified, the process ended within the limit and one second,
nothing was sent twice, and no second login followed a refused one; where a case says more, that
too. Ours has to name the right stage as well.
"""

LEGEND = """
| | |
|---|---|
| ✓ | passed |
| – | the client has no such feature |
| went on | sent the message where it had to stop |
| false success | reports success, and the server does not have the message |
| false failure | reports failure, and the server has the message: who believes it sends it again |
| gave up | did not get through where one can |
| late | not ended within {limit} + 1 seconds |
| secret in clear, mail in clear | left outside TLS |
| tried again | a second login after the first was refused |
| crash | a signal, or an exception that its documentation does not name |
| sent …, no …, wrong recipient | what went over the wire, or did not |
"""

NOTES = """
- `smtplib` is used as its documentation shows it: `starttls()` without a context, which checks no
  certificate. `smtplib, verified` is the same with `ssl.create_default_context`.
- `swaks` says with exit code 27 that only the farewell failed: that counts as success. This version
  knows no access tokens.
- Where the reply after the final dot is lost, nobody knows whether the message was taken; here it
  was. An exit code or exception that also stands for a refusal says too much. (No other group
  depends on this.)
- A name that stands in CN alone was still a last resort in RFC 6125; RFC 9525 rules it out.
- `smtpwizard` is `smtpwizard verify --json --secret-stdin`; with access tokens, which the command
  line takes from a sign-in, the function behind it.
"""


def table(rows: Sequence[tuple[Case, Row]], versions: dict[str, str]) -> str:
    names = list(versions)
    total = len(rows)
    machine = f"{platform.system()}, {os.cpu_count()} CPUs, {ssl.OPENSSL_VERSION}"
    date = datetime.now(UTC).date().isoformat()
    lines = [HEAD.format(total=total, date=date, machine=machine, limit=LIMIT_S)]
    lines += [f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    lines.append(f"| version | {' | '.join(versions.values())} |")
    for group, title in GROUPS.items():
        part = [row for row in rows if row[0].group == group]
        if part:
            cells = [count(part, name) for name in names]
            lines.append(f"| {title} ({len(part)}) | {' | '.join(cells)} |")
    cells = [f"**{count(rows, name)}**" for name in names]
    lines.append(f"| **passed, of {total}** | {' | '.join(cells)} |")
    lines += [LEGEND.format(limit=LIMIT_S), NOTES.lstrip("\n")]
    for group, title in GROUPS.items():
        part = [row for row in rows if row[0].group == group]
        if not part:
            continue
        lines += [f"## {title}", ""]
        lines += [f"| | right | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
        for case, row in part:
            cells = [cell(row[name]) for name in names]
            lines.append(f"| {case.id} {case.title} | {case.right} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", help="only cases whose id or title contains this")
    parser.add_argument("--client", help="only clients whose name contains this")
    parser.add_argument("--workers", type=int, default=6, help="runs at the same time (6)")
    parser.add_argument("--verbose", action="store_true", help="print what failing clients said")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name}")
    options = parser.parse_args()
    found = {c.name: c.version() for c in CLIENTS if not options.client or options.client in c.name}
    for name, version in found.items():
        if version is None:
            print(f"{name} is not installed (or has no TLS): left out", file=sys.stderr)
    versions = {name: version for name, version in found.items() if version is not None}
    clients = [client for client in CLIENTS if client.name in versions]
    wanted = (options.case or "").lower()
    cases = [case for case in CASES if wanted in f"{case.id} {case.title}".lower()]
    began = time.monotonic()
    rows = run_all(cases, clients, options.workers)
    text = table(rows, versions)
    if options.write:
        TABLE.write_text(text, encoding="utf-8")
    print(text)
    for case, row in rows if options.verbose else ():
        for name, outcome in row.items():
            if outcome.faults:
                print(f"{case.id} {case.title}: {name} ({outcome.elapsed_s:.2f} s)")
                print(f"    {', '.join(outcome.faults)}: {outcome.told}")
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    ours = [(case, row["smtpwizard"]) for case, row in rows if "smtpwizard" in row]
    for case, outcome in ours:
        if not outcome.passed:
            print(
                f"ours: {case.id} {case.title}: {', '.join(outcome.faults)}\n    {outcome.told}",
                file=sys.stderr,
            )
    return int(any(not outcome.passed for _, outcome in ours))


if __name__ == "__main__":
    sys.exit(main())
