"""`certificates fetch|list|trust|remove`: what a server shows, and whom the project trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.failures import tell_failure
from smtpwizard.cli.output import pairs, table
from smtpwizard.messages.certificates import (
    end_of_certificate_text,
    to_trust_text,
    trusted_text,
    vouches_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.fixes import group_fingerprint
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security
from smtpwizard.usecases import certificates

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.certificates import Certificate
    from smtpwizard.usecases.workspace import Workspace

# As `verify` has them: by the stage that it stopped at.
_EXITS = {"resolve": 10, "connect": 11, "greeting": 12, "tls": 13}


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Do with certificates what `args.action` says."""
    if args.action == "fetch":
        return _fetch(ws, args, screen)
    if args.action == "list":
        found = certificates.list_trusted(ws)
        text = _table(found) if found else _("This project trusts nobody besides the system.")
    elif args.action == "trust":
        found = certificates.read_certificates(args.file)
        if args.fingerprint is not None:
            found = certificates.chosen_of(found, args.fingerprint)
        found = certificates.trust(ws, found)
        head = fill(_("The project {name} trusts this now."), {"name": ws.project.name})
        text = "\n\n".join([head, *(_described(one) for one in found)])
    else:
        gone = certificates.distrust(ws, args.fingerprint)
        found = (gone._replace(trusted="no"),)
        text = fill(
            _("The project {name} does not trust {certificate} any more."),
            {"name": ws.project.name, "certificate": gone.name},
        )
    screen.answer(_document(found), text)
    return 0


def _fetch(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    host, port = certificates.parse_server(args.server)
    security = Security(args.security) if args.security else None
    try:
        look = certificates.look_at_server(ws, host, port, security=security, limit_s=args.timeout)
    except certificates.LookFailed as failed:
        tell_failure(screen, failed.code, failed.facts)
        return _EXITS[failed.stage.value]
    if args.output is not None:
        certificates.save_shown(look.certificates, args.output)
    where = f"[{look.host}]:{look.port}" if ":" in look.host else f"{look.host}:{look.port}"
    head = f"{where} ({security_name(look.security)})"
    parts = [head, *(_described(one) for one in look.certificates)]
    if look.certificates[0].trusted == "no":
        parts.append(to_trust_text(where))
    if args.output is not None:
        parts.append(_("Written: {path}").format(path=args.output))
    server = {"host": look.host, "port": look.port, "security": look.security.value}
    screen.answer({**_document(look.certificates), "server": server}, "\n\n".join(parts))
    return 0


def _document(found: Sequence[Certificate]) -> dict[str, object]:
    return {"certificates": [one.to_json() for one in found]}


def _described(one: Certificate) -> str:
    facts = one.facts
    days = certificates.days_left(one)
    until = facts.not_after[:10]
    if days is not None:
        until += f" ({end_of_certificate_text(days)})"
    rows = (
        (_("For"), ", ".join(facts.names)),
        (_("Subject"), facts.subject),
        (_("Issued by"), facts.issuer),
        (_("Valid"), f"{facts.not_before[:10]} – {until}"),
        ("SHA-256", group_fingerprint(facts.fingerprint).replace("\n", ":")),
        (_("Kind"), vouches_text(one.authority)),
        (_("Trusted"), trusted_text(one.trusted, one.why, Face.COMMAND_LINE, agreed=one.agreed)),
    )
    return f"{clean_text(one.name)}\n{pairs([row for row in rows if row[1]])}"


def _table(found: Sequence[Certificate]) -> str:
    headings = (_("NAME"), _("UNTIL"), _("TRUSTED"), "SHA-256")
    rows = [
        (
            one.name,
            one.facts.not_after[:10],
            trusted_text(one.trusted, None, Face.COMMAND_LINE, agreed=one.agreed),
            group_fingerprint(one.fingerprint).replace("\n", ":"),
        )
        for one in found
    ]
    return table(headings, rows, limits={2: 80, 3: 95})
