"""`guide`: what to do in a provider's console, or the request to its administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.messages.translation import translate as _
from smtpwizard.model.registration import Redirect
from smtpwizard.usecases.guide import Guide, guide_for, request_for
from smtpwizard.usecases.sign_in import check_signs_in

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


_SET_FIRST = "smtpwizard edit NAME --set {0}=…"
_SET_DOMAIN_FIRST = "smtpwizard project set domain=…"


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """The guide to registering the application, or the request to an administrator."""
    connector = ws.find(args.name).connector
    check_signs_in(connector)
    redirect = Redirect(args.redirect) if args.redirect else None
    if args.request:
        request = request_for(ws, connector, redirect)
        screen.answer(request.to_json(), request.as_mail())
        for field in request.missing:
            words = _SET_FIRST if field != "project.domain" else _SET_DOMAIN_FIRST
            screen.note(_("do not send it yet; first: {what}").format(what=words.format(field)))
    else:
        guide = guide_for(ws, connector, redirect)
        screen.answer(guide.to_json(), _as_text(guide))
        if guide.asks_for_domain:
            what = _("its redirect URI is not known yet; first: {what}")
            screen.note(what.format(what=_SET_DOMAIN_FIRST))
    return 0


def _as_text(guide: Guide) -> str:
    lines = [guide.title, "", guide.client_type]
    for number, step in enumerate(guide.steps, 1):
        lines += ["", f"{number}. {step.text}"]
        lines += [f"     {label}: {value}" for label, value in step.values]
        if step.link:
            lines.append(f"     {step.link}")
    return "\n".join(lines)
