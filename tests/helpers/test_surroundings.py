"""What `conftest.py` promises every test."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from smtpwizard.usecases.workspace import Workspace
from tests import capabilities


@pytest.mark.parametrize(
    ("family", "address"),
    [(socket.AF_INET, ("192.0.2.1", 25)), (socket.AF_INET6, ("2001:db8::1", 25))],
)
def test_connections_to_other_machines_are_refused_and_noticed(
    attempts_outside: list[str], family: socket.AddressFamily, address: tuple[str, int]
) -> None:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as client:
            for connect in (client.connect, client.connect_ex):
                with pytest.raises(AssertionError, match="connect"):
                    connect(address)
    assert len(attempts_outside) == 4
    attempts_outside.clear()


def test_names_are_not_looked_up_outside() -> None:
    with pytest.raises(socket.gaierror) as refusal:
        socket.getaddrinfo("mail.example.com", 25)
    assert refusal.value.errno == socket.EAI_NONAME
    assert socket.getaddrinfo("127.0.0.1", 25)
    assert socket.getaddrinfo("localhost", 25)


def test_loopback_is_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), 5),
    ):
        pass


@capabilities.access_rights
def test_nobody_else_is_in_the_private_folders() -> None:
    assert Path(os.environ["XDG_RUNTIME_DIR"]).stat().st_mode & 0o777 == 0o700


def test_nothing_of_the_person_is_in_reach() -> None:
    assert os.environ["QT_QPA_PLATFORM"]
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        assert Path(os.environ[name]).is_relative_to(Path.home())
    assert Workspace.open().data_dir.is_relative_to(Path.home())
    for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND", "https_proxy", "ALL_PROXY"):
        assert name not in os.environ
