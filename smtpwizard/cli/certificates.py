"""`certificates fetch|list|trust|remove`: what a server shows, and whom the project trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.cli.failures import tell_failure
from smtpwizard.cli.output import pairs, table
from smtpwizard.messages.certificates import (
    certificate_rows,
    fingerprint_name,
    in_the_way_text,
    keeping_text,
    to_trust_text,
    trust_of_one_text,
    trusted_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.fixes import fingerprint_text
from smtpwizard.messages.moments import day_text
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security
from smtpwizard.model.errors import UsageError
from smtpwizard.model.stage_facts import UNTRUSTED
from smtpwizard.usecases import certificates
from smtpwizard.usecases.own_certificates import all_trusted, by_certificate
from smtpwizard.usecases.own_trust import servers

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.certificates import Certificate, Look
    from smtpwizard.usecases.own_certificates import OneCertificate
    from smtpwizard.usecases.workspace import Workspace

# As `verify` has them: by the stage that it stopped at.
_EXITS = {"resolve": 10, "connect": 11, "greeting": 12, "tls": 13}


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Do with certificates what `args.action` says."""
    if args.action == "fetch":
        return _fetch(ws, args, screen)
    if args.action == "list":
        return _list(ws, screen)
    if args.action == "trust":
        return _trust(ws, args, screen)
    gone = certificates.distrust(ws, args.fingerprint)
    text = fill(
        _("The project {name} does not trust {certificate} any more."),
        {"name": ws.project.name, "certificate": gone.name},
    )
    screen.answer(_document([gone._replace(trusted="no")]), text)
    return 0


def _list(ws: Workspace, screen: Screen) -> int:
    found = all_trusted(ws)
    text = (
        _table(by_certificate(found))
        if found
        else _("This project trusts nobody besides the system.")
    )
    if any(each.connector for each in found):
        text += "\n\n" + _to_give_up()
    document = _document([each.certificate for each in found if not each.connector])
    # Apart: a script that goes through what the project trusts goes on doing so.
    document["own_trust"] = [each.to_json() for each in found if each.connector]
    screen.answer(document, text)
    return 0


def _trust(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    found = certificates.read_certificates(args.file)
    if args.fingerprint is not None:
        found = certificates.chosen_of(found, args.fingerprint)
    found = certificates.trust(ws, found)
    head = fill(_("The project {name} trusts this now."), {"name": ws.project.name})
    parts = [head, *(described(one) for one in found)]
    kept = [each for each in servers(ws) if each.own_trust is not None]
    if kept:
        names = [(each.name, each.own_trust or "") for each in kept]
        parts.append(f"{keeping_text(names)} {_to_give_up()}")
    document = _document(found)
    document["own_trust"] = [{"connector": e.name, "through": e.own_trust} for e in kept]
    screen.answer(document, "\n\n".join(parts))
    return 0


def _fetch(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    stored = ws.find(args.connector) if args.connector is not None else None
    security = Security(args.security) if args.security else None
    if args.server is not None:
        host, port = certificates.parse_server(args.server)
    elif stored is not None:
        own = stored.connector.server
        host, port = own.host, own.port
        if security is None and own.security is not Security.NONE:
            security = own.security
    else:
        raise UsageError("required", field="server")
    try:
        look = certificates.look_at_server(
            ws, host, port, security=security, connector=stored, limit_s=args.timeout
        )
    except certificates.LookFailed as failed:
        tell_failure(screen, failed.code, failed.facts)
        return _EXITS[failed.stage.value]
    if args.output is not None:
        certificates.save_shown(look.certificates, args.output)
    where = f"[{look.host}]:{look.port}" if ":" in look.host else f"{look.host}:{look.port}"
    head = f"{where} ({security_name(look.security)})"
    parts = [head, *(described(one) for one in look.certificates)]
    if look.certificates[0].trusted == "no":
        parts.append(_what_to_do(look, where))
    if args.output is not None:
        parts.append(_("Written: {path}").format(path=args.output))
    server: dict[str, object] = {
        "host": look.host,
        "port": look.port,
        "security": look.security.value,
    }
    if stored is not None:
        server["connector"] = stored.connector.name
        server["own_trust"] = look.own_trust
        server["project_vouches"] = look.project_vouches
    screen.answer(_document(look.certificates) | {"server": server}, "\n\n".join(parts))
    return 0


def _to_give_up(own_trust: str | None = None) -> str:
    """What to type so that a connector goes by what its project trusts."""
    if own_trust == "pin":
        return _(
            "Use what the project trusts: smtpwizard edit NAME --set server.pinned_certificate="
        )
    if own_trust is not None:
        return _("Use what the project trusts: smtpwizard edit NAME --set server.ca_file=")
    return _(
        "To have one go by what the project trusts: smtpwizard edit NAME --set server.ca_file= "
        "(or --set server.pinned_certificate=)"
    )


def _what_to_do(look: Look, where: str) -> str:
    """What leads on from a server that is not trusted."""
    if look.connector is None or look.own_trust is None or look.why not in UNTRUSTED:
        return to_trust_text(where)
    name = look.connector.connector.name
    said = in_the_way_text(name, look.own_trust, project_vouches=look.project_vouches)
    if not look.project_vouches:
        return f"{said} {to_trust_text(where)}"
    from smtpwizard.cli.reports import with_name  # noqa: PLC0415 - only where one stands in the way

    return f"{said} {with_name(_to_give_up(look.own_trust), name)}"


def _document(found: Sequence[Certificate]) -> dict[str, object]:
    return {"certificates": [one.to_json() for one in found]}


def described(one: Certificate) -> str:
    """All of one certificate, a line a fact."""
    facts = one.facts
    rows = certificate_rows(facts, authority=one.authority, days=certificates.days_left(one))
    trusted = trusted_text(one.trusted, one.why, Face.COMMAND_LINE, agreed=one.agreed)
    rows += [(fingerprint_name(), fingerprint_text(facts.fingerprint)), (_("Trusted"), trusted)]
    return f"{clean_text(one.name)}\n{pairs(rows)}"


def _whose(one: OneCertificate) -> str:
    """Who trusts it: the project, and connectors for themselves."""
    found = one.certificate
    alone = trust_of_one_text(one.alone, found.why, by_project=one.by_project)
    if not one.by_project:
        return alone
    said = trusted_text(found.trusted, None, Face.COMMAND_LINE, agreed=found.agreed)
    return f"{said} {alone}".rstrip()


def _table(found: Sequence[OneCertificate]) -> str:
    headings = (_("NAME"), _("UNTIL"), _("TRUSTED"), fingerprint_name().upper())
    rows = [
        (
            each.title,
            day_text(one.facts.not_after),
            _whose(each),
            fingerprint_text(one.fingerprint),
        )
        for each in found
        for one in [each.certificate]
    ]
    return table(headings, rows, limits={2: 160, 3: 95})
