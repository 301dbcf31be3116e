"""Completion in real shells where they are installed, and the scripts' parts where not."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from smtpwizard.cli.completion_words import vocabulary
from smtpwizard.cli.grammar import VERBS
from smtpwizard.cli.grammar.options import shared_options
from tests import capabilities
from tests.cli.conftest import Cli

NAMES = ("Invoices", "Inv 2 (copy)", "Bücher $x")

# What is typed (the last word is being typed), and what the shell offers; None: nothing.
LINES = [
    (("verify", "--find"), "--find-out-more"),
    (("veri",), "verify"),
    (("settings", "li"), "list"),
    (("settings", "set", "the"), "theme="),
    (("edit", "Invoices", "--set", "server.po"), "server.port="),
    (("verify", "Invoices", "--stop-after", "mail"), "mail_from"),
    (("--json", "verify", "--jobs", "3", "Invo"), "Invoices"),
    (("show", "Invo"), "Invoices"),
    (("move", "Invoices", "Invo"), "Invoices"),
    (("move", "Invoices", "--to", "Si"), "Site B"),
    (("list", "--project", "Si"), "Site B"),
    (("project", "use", "Si"), "Site B"),
    (("project", "create", "Si"), None),
    (("demo", "smtp-auth-off-t"), "smtp-auth-off-tenant"),
    (("help", "wrong-p"), "wrong-password"),
    (("completion", "fi"), "fish"),
    (("case", "Invoices", "--omit", "wi"), "wire"),
    (("settings", "set", "theme=dark", "Invo"), None),
]


@pytest.fixture
def env(cli: Cli, tmp_path: Path) -> dict[str, str]:
    """A data directory with names to complete, and the program on the PATH."""
    for name in NAMES:
        cli.create(name=name)
    cli("project", "create", "Site B")
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "smtpwizard"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m smtpwizard "$@"\n')
    program.chmod(0o755)
    root = Path(__file__).resolve().parents[2]
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(root),
        "SMTPWIZARD_DATA_DIR": str(cli.data_dir),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }


def run(shell: list[str], program: str, env: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [*shell, program], env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def script(cli: Cli, shell: str, tmp_path: Path) -> Path:
    path = tmp_path / f"completion.{shell}"
    path.write_text(cli("completion", shell).out)
    return path


needs_bash = pytest.mark.skipif(
    not capabilities.POSIX or shutil.which("bash") is None, reason="bash is not installed"
)
needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
needs_fish = pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")

_BASH = """
source {script}
complete_words() {{
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _smtpwizard smtpwizard 2> >(grep -v compopt >&2)
    local IFS='|'; echo "${{COMPREPLY[*]}}"
}}
"""


def in_bash(path: Path, env: dict[str, str], *lines: str) -> list[str]:
    program = _BASH.format(script=path) + "\n".join(f"complete_words {line}" for line in lines)
    return run(["bash", "--norc", "-c"], program, env)


@needs_bash
def test_bash_completes(cli: Cli, env: dict[str, str], tmp_path: Path) -> None:
    path = script(cli, "bash", tmp_path)
    lines = (" ".join(("smtpwizard", *words)) for words, _ in LINES)
    offered = in_bash(path, env, *lines)
    wanted = [(words, (meant or "").replace(" ", "\\ ")) for words, meant in LINES]
    assert list(zip([words for words, _ in LINES], offered, strict=True)) == wanted


@needs_bash
def test_bash_quotes_names_as_they_were_begun(
    cli: Cli, env: dict[str, str], tmp_path: Path
) -> None:
    path = script(cli, "bash", tmp_path)
    offered = in_bash(
        path,
        env,
        "smtpwizard show 'Inv\\ 2'",
        'smtpwizard show "\'Inv 2"',
        "smtpwizard show '\"Bü'",
        "smtpwizard show Bü",
        # bash breaks words at the equals sign
        "smtpwizard show --project = Si",
        "smtpwizard edit Invoices --set server.port = 5",
        "smtpwizard edit --set server.port = 587 Invo",
        f"smtpwizard --data-dir {tmp_path / 'other'} show Invo",
    )
    assert offered == [
        "Inv\\ 2\\ \\(copy\\)",
        "Inv 2 (copy)",
        "Bücher \\$x",
        "Bücher\\ \\$x",
        "Site\\ B",
        "",
        "Invoices",
        "",
    ]


@needs_bash
def test_bash_completes_files(cli: Cli, env: dict[str, str], tmp_path: Path) -> None:
    path = script(cli, "bash", tmp_path)
    (tmp_path / "a case.smtpcase").write_text("{}")
    offered = in_bash(
        path, env, f"smtpwizard open {tmp_path}/a", f"smtpwizard --data-dir {tmp_path}/b"
    )
    assert offered == [f"{tmp_path}/a case.smtpcase", f"{tmp_path}/bin"]


@needs_zsh
def test_zsh_completes(cli: Cli, env: dict[str, str], tmp_path: Path) -> None:
    """The engine, with what zsh's own completion gives it."""
    path = script(cli, "zsh", tmp_path)
    stubs = """
compdef() { }
compadd() { [[ $1 == -S ]] && shift 2; print -rl -- "${(@P)2}" }
_describe() { [[ $1 == -o ]] && shift; print -rl -- "${(@)${(@P)2}%%:*}" }
_files() { print -r -- "files $*" }
_message() { }
complete_words() { words=("$@"); CURRENT=$#
    local -a found=(${(f)"$(_smtpwizard)"})
    found=(${(M)found:#$words[-1]*})
    print -r -- "${(j:|:)found}"
}
"""
    lines = (f"complete_words smtpwizard {' '.join(words)}" for words, _ in LINES)
    offered = run(["zsh", "-f", "-c"], "\n".join((stubs, f"source {path}", *lines)), env)
    assert offered == [meant or "" for _, meant in LINES]


@needs_fish
def test_fish_completes(cli: Cli, env: dict[str, str], tmp_path: Path) -> None:
    path = script(cli, "fish", tmp_path)
    lines = (
        f"echo (complete -C 'smtpwizard {' '.join(words)}' | string replace -r '\\t.*' '' "
        "| string join '|')"
        for words, _ in LINES
    )
    offered = run(["fish", "--no-config", "-c"], "\n".join((f"source {path}", *lines)), env)
    assert offered == [meant or "" for _, meant in LINES]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_a_script_has_every_verb_and_option(cli: Cli, shell: str) -> None:
    told = cli("completion", shell)
    assert told.code == 0
    assert not re.search(r"@[A-Z]+@", told.out)
    assert told.out.isascii()
    for verb in VERBS:
        assert re.search(rf"(?<![\w-]){re.escape(verb)}(?![\w-])", told.out)
    for action in shared_options()._actions:
        assert action.option_strings[-1].lstrip("-") in told.out
    assert cli("completion", shell, "--json").json == {"shell": shell, "script": told.out}


def test_powershell_s_script_is_whole(cli: Cli) -> None:
    """Brackets and quotes end where they have to: inside of strings they are doubled."""
    text = re.sub(r"(?m)^\s*#.*$| # .*$", "", cli("completion", "powershell").out)
    assert text.startswith("\n") or "Register-ArgumentCompleter -Native" in text
    bare = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"`]|`.)*\"", "", text)
    assert "'" not in bare
    assert '"' not in bare
    waiting = []
    for c in bare:
        if c in "([{":
            waiting.append(")]}"["([{".index(c)])
        elif c in ")]}":
            assert waiting.pop() == c
    assert waiting == []


def test_what_can_be_completed_is_known() -> None:
    """Every value has a kind that a shell knows, and what takes a connector says so."""
    words = vocabulary()
    kinds = {kind for node in words.nodes for kind in (*node.valued.values(), *node.places)}
    assert kinds <= {"free", "file", "folder", "connectors", "projects", *words.lists}
    nodes = {node.path: node for node in words.nodes}
    assert set(VERBS) <= set(nodes)
    for verb in ("show", "edit", "verify", "remove", "case", "history"):
        assert nodes[verb].places[0] == "connectors"
    assert nodes["verify"].valued["--case"] == "file"
    assert nodes["project use"].places == ("projects",)


def test_names_need_no_secret_store(cli: Cli) -> None:
    cli.create(secret="hunter2-and-more", authentication__method="basic")
    told = cli("completion", "--names", "connectors")
    assert (told.code, told.out) == (0, "Invoices\n")
    assert cli("completion", "--names", "projects", "--json").json == {"names": ["Default"]}
    assert cli("completion").code == 2
    assert cli("completion", "bash", "--names", "projects").code == 2
    assert "Did you mean “bash”?" in cli("completion", "bsah").err


def test_names_are_told_without_what_only_verbs_need(cli: Cli) -> None:
    """So quick that somebody may wait for it while typing."""
    code = (
        "import sys; from smtpwizard.__main__ import main; sys.argv[1:] = "
        f"['--data-dir', {str(cli.data_dir)!r}, 'completion', '--names', 'connectors']; main(); "
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = json.loads(done.stdout.splitlines()[-1])
    for heavy in ("keyring", "cryptography", "msal", "smtpwizard.secretstore.keyring", "PySide6"):
        assert heavy not in modules
    for module in ("smtpwizard.cli.outline", "smtpwizard.cli.completion_scripts"):
        assert module not in modules
