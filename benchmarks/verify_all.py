"""How much faster `verify --all` is than one connector after the other, and what limits it.

A farm of servers (`mail_farm.py`, a process of its own) stands on as many loopback addresses; each
of their replies takes its time. The connectors, with a password each in the encrypted file, are
verified one after the other (a sample, from which the time of all is worked out), then all at once.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from mail_farm import address_of, farm  # noqa: E402

from smtpwizard.files import encode_object, write_file  # noqa: E402
from smtpwizard.model.auth import Secret  # noqa: E402
from smtpwizard.secretstore.bound import _Entry  # noqa: E402
from smtpwizard.usecases.input import parse_connector  # noqa: E402
from smtpwizard.usecases.kept_secrets import binding_of  # noqa: E402
from smtpwizard.usecases.verify import verify_stored  # noqa: E402
from smtpwizard.usecases.verify_all import JOBS, verify_all  # noqa: E402
from smtpwizard.usecases.workspace import Workspace  # noqa: E402

LIMIT = 40.0
PORT = 25_587
PASSPHRASE = "long enough"


def fill(folder: Path, args: argparse.Namespace, ca_file: str) -> Workspace:
    """A data directory with the connectors, their passwords in the encrypted file."""
    ws = Workspace.open(folder, secret_store=args.store, passphrase=lambda new: Secret(PASSPHRASE))
    directory = ws.store.directory / "connectors"
    entries = {}
    for number in range(args.connectors):
        ref = f"{args.store}:benchmark_{number}"
        source: dict[str, Any] = {
            "name": f"Connector {number:05}",
            "provider": "custom",
            "server": {
                "host": address_of(number % args.hosts),
                "port": PORT,
                "security": args.security,
                "ca_file": ca_file if args.security != "none" else None,
            },
            "authentication": {"method": "basic", "username": f"mailer-{number}"},
            "admin": {"email": "admin@example.test"},
        }
        connector = parse_connector(source, ws.defaults_for)
        # Bound as a save binds it: the first use of one that is not would write the file again.
        entries[ref] = _Entry(Secret("secret"), (binding_of(ws, connector),)).sealed()
        own = {"id": f"{number:032x}", "revision": 1, "secrets": {"password": ref}}
        data = encode_object(connector.to_json() | {"stored": own})
        write_file(directory / f"{number:032x}.json", data, synced=False)
    if args.store == "file":
        texts = {ref: secret.reveal() for ref, secret in entries.items()}
        ws.encrypted_file._change(lambda before: texts)
    for ref, secret in entries.items() if args.store == "session" else ():
        ws.store_of(args.store)._store.put(ref, secret)
    return ws


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connectors", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=250)
    parser.add_argument("--delay-ms", type=float, default=100)
    parser.add_argument("--once", action="store_true", help="the greeting alone takes its time")
    parser.add_argument("--security", choices=("none", "starttls"), default="starttls")
    parser.add_argument("--store", choices=("file", "session"), default="file")
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--sample", type=int, default=40, help="verified one after the other")
    parser.add_argument("--profile", action="store_true", help="what one verification costs")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="verify-all-"))
    try:
        with farm(folder, args.hosts, PORT, args.delay_ms, once=args.once) as ca_file:
            return measure(fill(folder / "data", args, ca_file), args)
    finally:
        shutil.rmtree(folder)


def measure(ws: Workspace, args: argparse.Namespace) -> int:
    connectors = ws.connectors().connectors
    sample = connectors[:: max(1, len(connectors) // args.sample)][: args.sample]
    verify_stored(ws, sample[0])  # loads what is loaded once
    profile = cProfile.Profile()
    began, cpu = time.monotonic(), time.process_time()
    if args.profile:
        profile.enable()
    for stored in sample:
        assert verify_stored(ws, stored).ok
    profile.disable()
    one = (time.monotonic() - began) / len(sample)
    one_cpu = (time.process_time() - cpu) / len(sample)
    if args.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(90)
    print(f"one after the other: {one * 1000:.0f} ms each, {one_cpu * 1000:.1f} ms of it CPU time")
    cpu = time.process_time()
    summary = verify_all(ws, jobs=args.jobs)
    cpu = time.process_time() - cpu
    assert summary.verified == len(connectors), summary
    took = summary.duration_ms / 1000
    factor = one * len(connectors) / took
    each_cpu = cpu / len(connectors) * 1000
    print(f"all at once: {took:.1f} s for {len(connectors)}, {each_cpu:.1f} ms CPU time each")
    print(f"{factor:.1f} times faster (load of the machine: {os.getloadavg()[0]:.1f})")
    return 0 if factor >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
