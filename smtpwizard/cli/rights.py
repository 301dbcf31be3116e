"""`rights`: may this login send as these addresses?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages.face import Face
from smtpwizard.messages.rights import right_text
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import BEYOND_LOGIN
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.rights import Right, ask_rights

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Send one email as each sender; answered is 0, a login that does not work has its code."""
    stored = ws.find(args.name)
    inputs.approve_command(ws, stored, args, screen)
    token = CancelToken()
    if screen.live:
        screen.progress(_("Sending…"))
    with stopping(token):
        rights = inputs.with_consent(
            ws,
            screen,
            lambda: ask_rights(
                ws,
                stored,
                args.senders,
                send_to=args.send_to,
                timeout_s=args.timeout,
                token=token,
            ),
        )
    screen.progress("")
    document = {"rights": [_as_json(right) for right in rights]}
    screen.answer(document, "" if screen.json_wanted else "\n".join(map(_as_text, rights)))
    last = rights[-1]
    if last.report is not None and last.stage not in BEYOND_LOGIN:
        return last.report.exit_code()
    return 0


def _as_json(right: Right) -> dict[str, Any]:
    return {
        "sender": right.sender,
        "allowed": right.allowed,
        "stage": right.stage.value if right.stage is not None else None,
        "reply": right.reply.to_json() if right.reply is not None else None,
        "itself": right.itself,
        "cause": right.cause,
        "message": _sentence(right),
        "remedy": _remedy(right),
        "run": right.run,
    }


def _sentence(right: Right) -> str:
    return right_text(
        right.sender, right.allowed, itself=right.itself, stage=right.stage, reply=right.reply
    )


def _as_text(right: Right) -> str:
    line = _sentence(right)
    more = [clean_text(str(right.reply))] if right.reply is not None else []
    more += (_remedy(right) or "").splitlines()
    return "\n".join((line, *(f"  {each}" for each in more)))


def _remedy(right: Right) -> str | None:
    """What may be done about a sender that is not allowed, step by step."""
    causes = right.report.causes if right.report is not None else ()
    if right.allowed is not False or not causes:
        return None
    from smtpwizard.messages.causes import cause_text  # noqa: PLC0415 - only after a refusal

    return cause_text(causes[0], Face.COMMAND_LINE).remedy
