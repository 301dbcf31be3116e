"""Every way in which a verification can end has a sentence for the person who reads it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import smtpwizard
from smtpwizard.messages.errors import ERRORS
from smtpwizard.messages.problems import PROBLEMS
from smtpwizard.messages.verification import STAGE_ERRORS
from smtpwizard.net import resolve, tls

RAISED = {"SmtpFailure", "NetworkError", "TlsError", "ProtocolViolation", "SaslError"}
TABLES = (resolve._CODES, resolve._WINDOWS_CODES, tls._VERIFY_CODES, tls._REASONS)


def codes() -> set[str]:
    """The code of every failure that is raised below a verification."""
    found = {code for table in TABLES for code in table.values()}
    package = Path(smtpwizard.__file__).parent
    for path in (*package.glob("smtp/*.py"), *package.glob("net/*.py")):
        if path.name == "http.py":  # no verification goes there
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in RAISED
            ):
                first = node.args[0]
                words = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                found.update(str(w.value) for w in words if isinstance(w, ast.Constant))
    return found


@pytest.mark.parametrize("code", sorted(codes()))
def test_it_can_be_told(code: str) -> None:
    assert {**STAGE_ERRORS, **ERRORS, **PROBLEMS}.get(code)
