"""A failure as text to pass on: for a ticket, and as a message to the mail administrator.

Built from what a report shows on screen, which holds no secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from smtpwizard.messages.causes import MAX_LINE, cause_lines, cause_text, safe_link
from smtpwizard.messages.face import Face
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import stage_title, status_name
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Cause, Report


def server_text(connector: Connector) -> str:
    """The submission server in one line."""
    server = connector.server
    return translate(_("{host} port {port} ({security})")).format(
        host=server.host, port=server.port, security=security_name(server.security)
    )


def failure_text(
    causes: Sequence[Cause],
    face: Face,
    report: Report | None = None,
    connector: Connector | None = None,
) -> str:
    """Everything that is known about a failure, for a ticket."""
    head: list[str] = []
    if connector is not None:
        head.append(translate(_("Connector: {name}")).format(name=clean_text(connector.name)))
        head.append(translate(_("Server: {server}")).format(server=server_text(connector)))
    if report is not None:
        head.append(translate(_("Tested: {when}")).format(when=report.started))
        for result in report.stages:
            words = f"{stage_title(result.stage)}: {status_name(result.status)}"
            reply = f" – {clean_text(str(result.reply), MAX_LINE)}" if result.reply else ""
            head.append(f"  {words}{reply}")
    parts = ["\n".join(head)] if head else []
    parts += ["\n".join(cause_lines(cause, face)) for cause in causes]
    return "\n\n".join(parts) + "\n"


def request_text(
    cause: Cause, face: Face, report: Report | None = None, connector: Connector | None = None
) -> str:
    """A message to the mail administrator: what fails, what it means, what is needed."""
    text = cause_text(cause, face)
    body = [translate(_("Hello,")), _what_fails(connector)]
    stopped = report.stopped_at() if report is not None else None
    seen = list(cause.evidence)
    if report is not None and stopped is not None:
        if stopped.reply is not None and not seen:
            seen = [str(stopped.reply)]
        body.append(
            translate(_("It stopped at “{stage}” ({when}).")).format(
                stage=stage_title(stopped.stage), when=report.started
            )
        )
    if seen:
        shown = (f"  {clean_text(line, MAX_LINE)}" for line in seen)
        body.append("\n".join([translate(_("What was seen:")), *shown]))
    body.append(f"{translate(_('What it means most likely:'))}\n{text.explanation}")
    body.append(f"{translate(_('What is needed:'))}\n{text.remedy}")
    if safe_link(text.link):
        body.append(translate(_("Read more: {link}")).format(link=text.link))
    body.append(translate(_("Thank you.")))
    subject = translate(_("Subject: Help needed with sending email: {title}"))
    return "\n\n".join([subject.format(title=text.title), *body]) + "\n"


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
