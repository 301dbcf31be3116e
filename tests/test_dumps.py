"""No core file shows what the program held in memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import capabilities

pytestmark = capabilities.core_files

# Starts the program as a user does, then ends as a crash in a library ends it.
CODE = """
import ctypes, os, resource, sys
from smtpwizard import __main__ as program
sys.argv = ["smtpwizard", *{arguments}]
program.{way}()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
sys.stdout.flush()
os.kill(os.getpid(), {number})
"""


def unlimited() -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
@pytest.mark.parametrize(("way", "arguments"), [("main", ["--version"]), ("gui", ["--help"])])
def test_no_core_file_and_no_look_from_outside(
    tmp_path: Path, way: str, arguments: list[str], number: int
) -> None:
    code = CODE.format(way=way, arguments=arguments, number=int(number))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
        preexec_fn=unlimited,
    )
    assert process.stdout is not None
    said = process.stdout.read().decode().splitlines()[-1].split()
    process.stdout.close()
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -os.WTERMSIG(status)
    assert said[:2] == ["0", "0"], "dumpable, or a limit above nothing"
    assert os.WTERMSIG(status) == number
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []
