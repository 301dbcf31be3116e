"""`proof`: the received test email read back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.messages.proof import conflict_text, proof_lines
from smtpwizard.messages.translation import translate as _
from smtpwizard.usecases.proof import MAX_BYTES, read_proof

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.proof import Proof
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Read the email on standard input; read is 0, whatever it shows."""
    stored = ws.find(args.name)
    if screen.interactive:
        screen.note(_("paste the email's headers, then press Ctrl-D (on Windows Ctrl-Z and Enter)"))
    data = inputs.read_typed(MAX_BYTES) if screen.interactive else None
    if data is None:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b""
    proof = read_proof(ws, stored, data)
    screen.answer(_as_json(proof), "" if screen.json_wanted else "\n".join(proof_lines(proof)))
    return 0


def _as_json(proof: Proof) -> dict[str, Any]:
    return {
        "ours": proof.ours,
        "spf": proof.spf.result,
        "dkim": proof.dkim.result,
        "dmarc": proof.dmarc.result,
        "selector": proof.selector,
        "key_domain": proof.key_domain or None,
        "hops": [
            {"from": h.source, "by": h.by, "tls": h.tls, "delay_s": h.delay_s} for h in proof.hops
        ],
        "conflicts": [{"code": c.code, "message": conflict_text(c)} for c in proof.conflicts],
        "judged_by": proof.judged_by or None,
        "line": proof.spf.line or None,
        "run": proof.run,
    }
