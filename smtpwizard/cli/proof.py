"""`proof`: the received test email read back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.messages.proof import conflict_text, hop_text, judged_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
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
    screen.answer(_as_json(proof), "" if screen.json_wanted else _as_text(proof))
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


def _as_text(proof: Proof) -> str:
    lines = []
    if proof.ours:
        lines.append(_("This is a test email of this connector."))
    for method, judged in (("spf", proof.spf), ("dkim", proof.dkim), ("dmarc", proof.dmarc)):
        lines.append(judged_text(method, judged))
    if proof.spf.line:
        lines.append(f"  {clean_text(proof.spf.line)}")
    if proof.selector is not None:
        key = clean_text(f"{proof.selector}._domainkey.{proof.key_domain}", 300)
        lines.append(_("Signed with the key {name}.").format(name=key))
    lines += [conflict_text(conflict) for conflict in proof.conflicts]
    lines += ["", _("Its way:")]
    lines += [f"  {hop_text(hop)}" for hop in proof.hops]
    return "\n".join(lines)
