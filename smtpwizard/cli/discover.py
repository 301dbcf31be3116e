"""`discover`: the settings for an address, the best first, and where they come from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import inputs
from smtpwizard.cli.stopping import stopping
from smtpwizard.messages.discovery import (
    doubt_text,
    looked_text,
    nothing_text,
    place_text,
    remark_text,
    settings_text,
    standing_text,
    summary_text,
    told_apart,
    why_text,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import AddressError, clean_text
from smtpwizard.model.errors import UsageError
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.discover import LIMIT_S, discover

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.discovery import Candidate, Discovery
    from smtpwizard.usecases.workspace import Workspace


def run(ws: Workspace, args: argparse.Namespace, screen: Screen) -> int:
    """Look for the settings of the address; nothing found is an answer as well."""
    token = CancelToken()
    if screen.live:
        screen.progress(_("Looking…"))
    try:
        with stopping(token):
            found = discover(
                ws,
                args.address,
                datetime.now(UTC).astimezone().date(),
                pointed=inputs.network(ws, args),
                token=token,
                timeout_s=args.timeout or LIMIT_S,
            )
    except AddressError as error:
        raise UsageError(error.code, **{"field": "ADDRESS", **error.facts}) from None
    screen.progress("")
    screen.answer(_as_json(found), "" if screen.json_wanted else _as_text(found))
    return 130 if token.cancelled else 0


def _as_json(found: Discovery) -> dict[str, Any]:
    return {
        "candidates": [_candidate(each) for each in found.candidates],
        "looked": [
            {
                "source": looked.source.value,
                "status": looked.status.value,
                "ms": looked.ms,
                "places": [
                    {"place": p.name, "status": p.status.value, "ms": p.ms, "error": p.error}
                    for p in looked.places
                ],
            }
            for looked in found.looked
        ],
        "warnings": [
            {"code": remark.code, **remark.facts, "message": remark_text(remark)}
            for remark in found.remarks
        ],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    server, answer = candidate.server, candidate.answer
    return {
        "server": {"host": server.host, "port": server.port, "security": server.security.value},
        "username": candidate.username,
        "methods": [method.value for method in candidate.methods],
        "provider": candidate.provider,
        "source": candidate.source.value,
        # Of its source alone; `standing` says as well what its server was seen to do.
        "trusted": candidate.trusted,
        "standing": candidate.standing.value,
        "forged_by": candidate.forged_by,
        "why": why_text(candidate),
        "doubt": doubt_text(candidate) or None,
        "place": candidate.place,
        "also": [source.value for source in candidate.also],
        # None: nobody waited for it.
        "answers": None if answer is None else answer.speaks,
        "offers": None
        if answer is None
        else {"security": list(answer.security), "mechanisms": list(answer.mechanisms)},
        "error": None if answer is None else answer.error,
    }


def _as_text(found: Discovery) -> str:
    lines: list[str] = []
    for candidate in found.candidates:
        lines.append(f"{settings_text(candidate)}  [{standing_text(candidate)}]")
        lines.append(_("  User: {name}").format(name=clean_text(candidate.username, 300)))
        why = why_text(candidate)
        lines.append(f"  {why}")
        if doubt := doubt_text(candidate, told=why):
            lines.append(f"  {doubt}")
        lines.append("")
    if not found.candidates:
        lines += [nothing_text(found, Face.COMMAND_LINE), ""]
    lines += [remark_text(remark) for remark in told_apart(found)]
    lines.append(_("Where we looked: {summary}").format(summary=summary_text(found)))
    for looked in found.looked:
        lines.append(f"  {looked_text(looked)}")
        lines += [f"    {place_text(place)}" for place in looked.places if place.error is not None]
    return "\n".join(lines)
