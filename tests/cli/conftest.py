"""Commands run as a user types them, in this process (fast) or in one of their own (real)."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import secretstore
from smtpwizard.cli import main
from smtpwizard.model.auth import Secret
from smtpwizard.secretstore import SessionStore
from tests.usecases.conftest import unbound


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; fails where there is anything else, or more than a line."""
        assert self.out.endswith("\n")
        assert len(self.out.splitlines()) == 1
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The failure's document."""
        return self.json["error"]


Window = Callable[..., int]


class Cli:
    """Runs commands on a data directory of the test's own."""

    def __init__(
        self,
        data_dir: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.data_dir = data_dir
        self.windows: list[dict[str, Any]] = []
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.session = SessionStore()
        monkeypatch.setattr(secretstore, "SessionStore", lambda: self.session)

    def __call__(self, *argv: str, stdin: bytes | str = b"") -> Result:
        """Run in this process; what is kept for the session outlives the command."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        self._capsys.readouterr()
        code = main(["--data-dir", str(self.data_dir), *argv], open_window=self._window)
        captured = self._capsys.readouterr()
        return Result(code, captured.out, captured.err)

    def _window(self, ws: Any, **options: Any) -> int:
        self.windows.append(options | {"ws": ws})
        return 0

    def create(self, *argv: str, secret: str | None = None, **changes: Any) -> Result:
        """Create a connector, the minimal one but for `changes` (`server__port=25`)."""
        from tests.model.documents import document

        text = json.dumps(document(**changes))
        if secret is None:
            return self("create", "--from", "-", "--json", *argv, stdin=text)
        argv = ("--secret-store", "session", "--secret-stdin", *argv)
        return self("create", "--from", "-", "--json", *argv, stdin=f"{text}\n{secret}")

    def files(self) -> dict[str, bytes]:
        """Every file in the data directory but the log and the locks."""
        paths = [path for path in self.data_dir.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(self.data_dir)): path.read_bytes()
            for path in paths
            if path.parent.name != "log" and not path.name.startswith(".")
        }


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(tmp_path / "data", monkeypatch, capsys)


@pytest.fixture
def session_secrets(cli: Cli) -> MutableMapping[str, Secret]:
    """The secrets that are kept for the session, by reference, without what they are bound to."""
    return _Unbound(cli.session._secrets)


class _Unbound(MutableMapping[str, Secret]):
    def __init__(self, entries: dict[str, Secret]) -> None:
        self._entries = entries

    def __getitem__(self, ref: str) -> Secret:
        return Secret(unbound(self._entries[ref].reveal()))

    def __setitem__(self, ref: str, secret: Secret) -> None:
        self._entries[ref] = secret

    def __delitem__(self, ref: str) -> None:
        del self._entries[ref]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def run_process(
    *argv: str, stdin: bytes | str = b"", env: Mapping[str, str] | None = None, **options: Any
) -> Result:
    """The same in a process of its own, without a terminal."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "smtpwizard", *argv],
        input=data,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=300,
        start_new_session=True,
        **options,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())
