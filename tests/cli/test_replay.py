"""`replay`: the server of a case on this computer, until Ctrl-C."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import pytest

from smtpwizard.demo.scenario_server import ScenarioServer
from tests.cli.conftest import Cli
from tests.cli.test_verify import settings
from tests.helpers.processes import send_to_self, wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def greeting(port: int) -> bytes:
    """What a server there says first; nothing while there is none."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            return connection.recv(1000)
    except ConnectionRefusedError:
        return b""


def test_it_is_served_until_ctrl_c(cli: Cli, tmp_path: Path) -> None:
    case = str(tmp_path / "good.smtpcase")
    with ScenarioServer() as server:
        ca_file = str(server.write_ca(tmp_path / "ca.pem"))
        cli.create(secret=server.password, **settings(server, ca_file))
        assert cli("verify", "Invoices", "--case", case).code == 0
    port = free_port()
    heard: list[bytes] = []

    def client() -> None:
        try:
            heard.append(wait_until(lambda: greeting(port), "the replay"))
        finally:
            send_to_self(signal.SIGINT)  # heard of while the main thread waits

    thread = threading.Thread(target=client)
    thread.start()
    result = cli("replay", case, "--port", str(port))
    thread.join()
    assert (result.code, heard) == (130, [b"220 domain-1.example ESMTP ready\r\n"])
    assert str(port) in result.out
    assert "Ctrl-C" in result.err
    assert greeting(port) == b""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "server.port=465"), "--set changes what --verify tries"),
        (("--verify", "--port", "2525"), "--port and --real-time are for the server"),
        (("--verify", "--real-time"), "--port and --real-time are for the server"),
    ],
)
def test_no_option_is_left_out_in_silence(cli: Cli, options: tuple[str, ...], said: str) -> None:
    """A change that nothing tries would look as if it had changed nothing."""
    result = cli("replay", "any.smtpcase", *options)
    assert result.code == 2
    assert said in result.err
