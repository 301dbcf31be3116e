"""Standard streams as each system has them: pipes, terminals, what is neither, and signals."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from smtpwizard.cli import stopping
from smtpwizard.cli.terminal import is_terminal, takes_escapes
from smtpwizard.net.cancel import ENDING_SIGNALS, CancelToken
from tests.cli.conftest import Cli, run_process

NAME = "Rechnungen Zürich – Œuvre 請求"


def test_text_on_a_pipe_loses_nothing(cli: Cli) -> None:
    cli.create(name=NAME)
    where = ("--data-dir", str(cli.data_dir))
    assert NAME in run_process(*where, "list").out
    refused = run_process(*where, "show", "Größe – 請")
    assert "Größe – 請" in refused.err


def test_a_set_of_characters_that_is_asked_for_is_kept_to(cli: Cli) -> None:
    cli.create(name=NAME)
    where = ("--data-dir", str(cli.data_dir))
    done = run_process(*where, "list", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert "Rechnungen Z\\xfcrich \\u2013 \\u0152uvre" in done.out


def test_json_is_the_same_whatever_is_asked_for(cli: Cli) -> None:
    cli.create(name=NAME)
    done = run_process(
        "--data-dir", str(cli.data_dir), "list", "--json", env={"PYTHONIOENCODING": "ascii"}
    )
    assert done.json["connectors"][0]["name"] == NAME


@pytest.mark.parametrize("mode", ["r", "w"])
def test_nobody_is_at_the_null_device(mode: str) -> None:
    with open(os.devnull, mode, encoding="ascii") as stream:
        assert not is_terminal(stream)
        assert not takes_escapes(stream)


def test_nobody_is_at_a_file_or_where_there_is_no_stream(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as stream:
        assert not is_terminal(stream)
    assert not is_terminal(stream), "it is closed"
    assert not is_terminal(None)
    assert not takes_escapes(None)


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING_SIGNALS])
def test_a_signal_ends_a_wait_that_does_not_hear_of_it(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(stopping, "WAITS_ARE_DEAF", True)
    token = CancelToken()
    begun = threading.Event()
    begun.set()
    with stopping.stopping(token, begun):
        # It reaches that thread, and wakes none.
        threading.Timer(0.1, signal.raise_signal, (number,)).start()
        assert token.wait(300)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert "signals" not in [thread.name for thread in threading.enumerate()]


def test_a_signal_before_the_beginning_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "WAITS_ARE_DEAF", True)
    token = CancelToken()
    with stopping.stopping(token, threading.Event()), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert not token.cancelled
