"""Many mail servers in one process, on loopback addresses of their own; each reply takes its time.

    python benchmarks/mail_farm.py CA_FILE HOSTS PORT DELAY_MS ONCE

Writes the authority to trust, prints `ready` once it listens on 127.0.1.1, 127.0.1.2, …, and ends
with its standard input. Everybody's password is `secret`. With 1 for ONCE the greeting alone takes
its time.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from smtpwizard.demo.certificates import ThrowAwayAuthority


@contextmanager
def farm(folder: Path, hosts: int, port: int, delay_ms: float, *, once: bool) -> Iterator[str]:
    """The servers in a process of their own, and the file to trust them by."""
    ca_file = folder / "ca.pem"
    numbers = (hosts, port, delay_ms, int(once))
    command = [sys.executable, __file__, str(ca_file), *map(str, numbers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield str(ca_file)
        finally:
            process.stdin.close()
            process.wait()


def address_of(number: int) -> str:
    """The address of a host, counted from 0."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


class Server:
    """The mail server at one address."""

    def __init__(
        self, host: str, context: ssl.SSLContext, delay_s: float, *, once: bool = False
    ) -> None:
        self.once = once
        self.host = host
        self.context = context
        self.delay_s = delay_s

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from its greeting to QUIT."""

        async def say(*lines: str) -> None:
            if not self.once or lines[0].startswith("220 " + self.host):
                await asyncio.sleep(self.delay_s)
            writer.write("".join(f"{line}\r\n" for line in lines).encode())
            await writer.drain()

        try:
            await say(f"220 {self.host} ESMTP")
            while line := await reader.readline():
                verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
                match verb.upper():
                    case "EHLO":
                        await say(f"250-{self.host}", "250-STARTTLS", "250 AUTH PLAIN")
                    case "STARTTLS":
                        await say("220 go ahead")
                        await writer.start_tls(self.context)
                    case "AUTH":
                        text = base64.b64decode(rest.split()[-1]).decode()
                        good = text.endswith("\0secret")
                        await say("235 welcome" if good else "535 5.7.8 no")
                    case "QUIT":
                        await say("221 bye")
                        break
                    case _:
                        await say("500 what?")
        except (OSError, ssl.SSLError):
            pass
        finally:
            writer.close()


async def main(ca_file: str, hosts: int, port: int, delay_ms: float, once: bool) -> None:
    """Serve until standard input ends."""
    authority = ThrowAwayAuthority()
    authority.write_ca(Path(ca_file))
    for number in range(hosts):
        host = address_of(number)
        server = Server(host, authority.server_context([host]), delay_ms / 1000, once=once)
        await asyncio.start_server(server.serve, host, port, backlog=256)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    path, number, at, ms, wait_once = sys.argv[1:]
    asyncio.run(main(path, int(number), int(at), float(ms), wait_once == "1"))
