"""Words about a bounce: what became of the message, for whom, and whose message it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smtpwizard.messages.causes import cause_lines
from smtpwizard.messages.face import Face
from smtpwizard.messages.moments import moment_text
from smtpwizard.messages.passing_on import server_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector
from smtpwizard.model.delivery import DELAYED, FAILED, Delivery, RecipientStatus
from smtpwizard.model.report import Cause, Likelihood

_ACTIONS: Mapping[str, str] = {
    "failed": _("Not delivered"),
    "delayed": _("Not delivered yet"),
    "delivered": _("Delivered"),
    "relayed": _("Handed on"),
    "expanded": _("Handed on to a list"),
}
_ONE: Mapping[str, str] = {
    "failed": _("Not delivered to {address}"),
    "delayed": _("Not delivered yet to {address}; the server goes on trying"),
    "delivered": _("Delivered to {address}"),
    "relayed": _("Handed on for {address}; nothing more is known"),
    "expanded": _("Handed on to the members of the list {address}"),
}
_MANY: Mapping[str, str] = {
    "failed": _("Not delivered to {number} of {of} recipients"),
    "delayed": _("Not delivered yet to {number} of {of} recipients; the server goes on trying"),
    "delivered": _("Delivered to all {of} recipients"),
    "relayed": _("Handed on for {number} of {of} recipients"),
    "expanded": _("Handed on for {number} of {of} recipients"),
}
_REASONS: Mapping[str, str] = {
    "message_id": _("its test email of {at} has the message ID {value}"),
    "queue_id": _("its server took its test email of {at} as {value}"),
    "sender": _("it sends as {value}"),
    "login": _("it signs in as {value}"),
    "server": _("its server is {value}"),
    "site": _("its server is of the same site as {value}"),
    "domain": _("it sends for {value}"),
    "provider": _("its provider runs {value}"),
}
_SURE: Mapping[Likelihood, str] = {
    Likelihood.HIGH: _("certain"),
    Likelihood.MEDIUM: _("likely"),
    Likelihood.LOW: _("possible"),
}
_NOTHING = _("Nothing in this text points to a known cause.")


def action_text(action: str) -> str:
    """What became of a message for one recipient."""
    return translate(_ACTIONS[action])


def outcome_text(delivery: Delivery) -> str:
    """What became of the message in one line; empty where no recipient is named."""
    recipients = delivery.recipients
    if not recipients:
        return ""
    kinds = [one.action for one in recipients]
    kind = next((each for each in (FAILED, DELAYED, *kinds) if each in kinds), FAILED)
    concerned = [one for one in recipients if one.action == kind]
    if len(recipients) == 1:
        return translate(_ONE[kind]).format(address=clean_text(recipients[0].address, 254))
    return translate(_MANY[kind]).format(number=len(concerned), of=len(recipients))


def nothing_found() -> str:
    """Where no cause fits."""
    return translate(_NOTHING)


def recipient_text(one: RecipientStatus) -> str:
    """A recipient in one line: what became of the message, by whom, in whose words."""
    words = one.said or one.status
    told = translate(_("{address}: {outcome}")).format(
        address=clean_text(one.address, 254), outcome=action_text(one.action)
    )
    if one.by:
        told = translate(_("{told}, says {server}")).format(told=told, server=one.by)
    return f"{told}: {words}" if words else told


def reason_text(code: str, value: str, at: str = "") -> str:
    """Why a message may be of a connector, as a part of a sentence."""
    when = moment_text(at) if at else ""
    return translate(_REASONS[code]).format(value=clean_text(value, 254), at=when)


def reasons_text(reasons: Sequence[tuple[str, str, str]]) -> str:
    """All of them as one sentence."""
    text = translate(_("; ")).join(reason_text(*reason) for reason in reasons)
    return text[:1].upper() + text[1:] + "." if text else ""


def sure_text(likelihood: Likelihood) -> str:
    """How sure it is that a message is of a connector."""
    return translate(_SURE[likelihood])


# Of one connector, and of several: no surer than the surest of them.
_SENT: Mapping[Likelihood, tuple[str, str]] = {
    Likelihood.HIGH: (
        _("This connector sent it"),
        _("One of these {number} connectors sent it"),
    ),
    Likelihood.MEDIUM: (
        _("This connector has probably sent it"),
        _("One of these {number} connectors has probably sent it"),
    ),
    Likelihood.LOW: (
        _("This connector may have sent it"),
        _("One of these {number} connectors may have sent it"),
    ),
}


def whose_text(sure: Sequence[Likelihood], *, named: bool) -> str:
    """What is known of whose message it was, by how sure it is of each connector that it may be
    of; `named`: something in it could tell."""
    surest = next((each for each in Likelihood if each in sure), None)
    if surest is not None:
        one, several = _SENT[surest]
        return translate(one if len(sure) == 1 else several).format(number=len(sure))
    if named:
        return translate(
            _("No connector of this project has this server, sender, login or message.")
        )
    return translate(
        _("It names no server, sender or message that could tell which connector sent it.")
    )


def came_back_text(delivery: Delivery, connector: Connector | None = None) -> str:
    """What a message to others says first: which email came back, and who had sent it."""
    failed = [one.address for one in delivery.recipients if one.action in (FAILED, DELAYED)]
    to = clean_text(", ".join(failed[:3]), 300)
    if connector is None:
        return translate(_CAME_BACK_FOR if to else _CAME_BACK).format(to=to)
    user = clean_text(connector.sender_address(), 254)
    sentence = _SENT_CAME_BACK_FOR if to else _SENT_CAME_BACK
    return translate(sentence).format(to=to, server=server_text(connector), user=user)


_CAME_BACK = _("An email came back to us.")
_CAME_BACK_FOR = _("An email to {to} came back to us.")
_SENT_CAME_BACK = _("An email that Smart Flows sent through {server} as {user} came back.")
_SENT_CAME_BACK_FOR = _(
    "An email to {to} that Smart Flows sent through {server} as {user} came back."
)


def summary_text(
    delivery: Delivery,
    causes: Sequence[Cause],
    whose: Sequence[tuple[str, Likelihood, Sequence[tuple[str, str, str]]]],
) -> str:
    """The conclusion as text for a ticket: what became of it, why, what to do, whose it was."""
    lines = [outcome_text(delivery)]
    for cause in causes[:1]:
        lines += ["", *cause_lines(cause, Face.WINDOW)]
    if not causes:
        lines += ["", nothing_found()]
    if len(delivery.recipients) > 1:
        lines += ["", translate(_("Recipients:")), *map(recipient_text, delivery.recipients)]
    if whose:
        said = whose_text([likelihood for _name, likelihood, _reasons in whose], named=True)
        lines += ["", f"{said}:"]
        for name, likelihood, reasons in whose:
            lines.append(
                translate(_("{name} ({sure}): {why}")).format(
                    name=clean_text(name, 200),
                    sure=sure_text(likelihood),
                    why=reasons_text(reasons),
                )
            )
    return "\n".join(lines).strip("\n") + "\n"
