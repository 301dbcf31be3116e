"""A failure as text to pass on: for a ticket, and as a message to whom it concerns.

Built from what a report shows on screen, which holds no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from smtpwizard.messages.causes import (
    MAX_LINE,
    cause_text,
    helpful_link,
    likelihood_text,
    number_steps,
    said_lines,
)
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import took_text
from smtpwizard.messages.moments import moment_text
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import acting_text, stage_title, verdict_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector, Method
from smtpwizard.model.report import Actor, Cause, Report

_ASK: Mapping[Actor, str] = {
    Actor.MAIL_ADMIN: _("Ask your mail administrator"),
    Actor.NETWORK_ADMIN: _("Ask your network administrator"),
    Actor.PROVIDER: _("Ask your mail provider"),
}
# Who reads a case has a mail administrator of their own, who knows nothing of it.
_ASK_OF_CASE: Mapping[Actor, str] = {
    Actor.MAIL_ADMIN: _("Ask the customer's mail administrator"),
    Actor.NETWORK_ADMIN: _("Ask the customer's network administrator"),
    Actor.PROVIDER: _("Ask the customer's mail provider"),
}
_NOTHING_FOUND = _(
    "No change on your side is known to be needed. Are these settings right for the server, and "
    "does its log say more about this attempt?"
)


def server_text(connector: Connector) -> str:
    """The submission server in one line."""
    server = connector.server
    return translate(_("{host} port {port} ({security})")).format(
        host=server.host, port=server.port, security=security_name(server.security)
    )


def summary_text(
    report: Report,
    connector: Connector | None = None,
    *,
    program: str = "",
    provider: str = "",
    of_case: bool = False,
) -> str:
    """What happened in ten lines, for a ticket; `program` says which version on which system."""
    lines = [
        (_("Program"), program),
        (_("Connector"), _named(connector.name if connector else report.connector, provider)),
        (_("Server"), server_text(connector) if connector else ""),
        (_("Login"), _login_text(connector) if connector else ""),
        (_("Tested"), f"{moment_text(report.started)}, {took_text(report.duration_ms)}"),
        (_("Result"), verdict_text(report, Face.WINDOW, _host(connector))[0]),
        (_("The server's words"), _last_reply(report)),
    ]
    if report.causes:
        cause = report.causes[0]
        text = cause_text(cause, Face.WINDOW)
        lines += [
            (_("Likely cause"), f"{text.title} ({likelihood_text(cause.likelihood)})"),
            (_("Who must act"), acting_text(text.actors, of_case=of_case)),
            (_("Next step"), text.steps[0].text if text.steps else ""),
        ]
    else:
        lines += [
            (_("Message ID"), report.message_id or ""),
            (_("Queue ID"), report.queue_id or ""),
        ]
    shown = [(translate(label), clean_text(value, _SUMMARY_CAP)) for label, value in lines if value]
    return "".join(f"{label}: {value}\n" for label, value in shown)


_SUMMARY_CAP = 300


def _named(name: str, provider: str) -> str:
    return f"{name} ({provider})" if provider else name


def _host(connector: Connector | None) -> str:
    return connector.server.host if connector is not None else ""


def _login_text(connector: Connector) -> str:
    authentication = connector.authentication
    way = translate(_LOGINS[authentication.method])
    user = authentication.username
    return translate(_("{way}, user {user}")).format(way=way, user=user) if user else way


_LOGINS: Mapping[Method, str] = {
    Method.OAUTH: _("OAuth"),
    Method.BASIC: _("Basic"),
    Method.NONE: _("none"),
}


def _last_reply(report: Report) -> str:
    """What the server said where it stopped, else last."""
    stopped = report.stopped_at()
    if stopped is not None:
        return str(stopped.reply or "")
    replies = [str(result.reply) for result in report.stages if result.reply is not None]
    return replies[-1] if replies else ""


def addressee(cause: Cause) -> Actor:
    """Whom to write to about a cause: who has something to do, else the mail administrator."""
    others = (Actor.MAIL_ADMIN, Actor.NETWORK_ADMIN, Actor.PROVIDER)
    busy = [actor for actor in cause_text(cause, Face.WINDOW).actors if actor in others]
    return cause.actor if cause.actor in busy else next(iter(busy), Actor.MAIL_ADMIN)


def ask_title(cause: Cause, *, of_case: bool = False) -> str:
    """What it is called to write to whom a cause concerns; whom a customer knows, of their case."""
    return translate((_ASK_OF_CASE if of_case else _ASK)[addressee(cause)])


class Request(NamedTuple):
    """A message to whom a cause concerns."""

    subject: str
    body: str


def request_text(
    cause: Cause,
    face: Face,
    report: Report | None = None,
    connector: Connector | None = None,
    what: str = "",
) -> str:
    """The message of `request_for`, its subject as the first line."""
    request = request_for(cause, face, report, connector, what)
    subject = translate(_("Subject: {subject}")).format(subject=request.subject)
    return f"{subject}\n\n{request.body}"


# What every system hands on to a mail program; Windows takes 2083 characters.
_MAX_LINK = 2000


def mail_link(request: Request) -> str:
    """A message as an address that opens the mail program (RFC 6068); empty where it does not
    fit into one."""
    body = quote(request.body.replace("\n", "\r\n"), safe="")
    link = f"mailto:?subject={quote(request.subject, safe='')}&body={body}"
    return link if len(link) <= _MAX_LINK else ""


def request_for(
    cause: Cause,
    face: Face,
    report: Report | None = None,
    connector: Connector | None = None,
    what: str = "",
) -> Request:
    """A message to whom a cause concerns: what fails (`what`, else as the connector has it), what
    it means, what they are asked to do."""
    text = cause_text(cause, face)
    body = [translate(_("Hello,")), what or _what_fails(connector)]
    stopped = report.stopped_at() if report is not None else None
    said = said_lines(cause)
    if report is not None and stopped is not None:
        if stopped.reply is not None and not said:
            said = [str(stopped.reply)]
        body.append(
            translate(_("It stopped at “{stage}” on {when}.")).format(
                stage=stage_title(stopped.stage), when=moment_text(report.started)
            )
        )
    if said:
        shown = (f"  {clean_text(line, MAX_LINE)}" for line in said)
        body.append("\n".join([translate(_("The server's words:")), *shown]))
    body.append(f"{translate(_('What it means most likely:'))}\n{text.explanation}")
    whom = addressee(cause)
    theirs = [step.text for step in text.steps if step.by is whom]
    wanted = number_steps(theirs) if theirs else translate(_NOTHING_FOUND)
    body.append(f"{translate(_('What is needed:'))}\n{wanted}")
    if helpful_link(text.link):
        body.append(translate(_("Read more: {link}")).format(link=text.link))
    body.append(translate(_("Thank you.")))
    subject = translate(_("Help needed with sending email: {title}"))
    return Request(subject.format(title=text.title), "\n\n".join(body) + "\n")


def _what_fails(connector: Connector | None) -> str:
    if connector is None:
        return translate(_("An application's sign-in to send email does not work at the moment."))
    user = connector.authentication.username
    sentence = (
        _("Smart Flows submits email to {server} as {user}, and this does not work at the moment.")
        if user
        else _("Smart Flows submits email to {server}, and this does not work at the moment.")
    )
    return translate(sentence).format(
        server=server_text(connector), user=clean_text(user or "", 254)
    )
