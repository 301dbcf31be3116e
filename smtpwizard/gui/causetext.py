"""Causes as text to pass on: for a ticket, and as a message to the mail administrator.

Built from what a report shows on screen, which holds no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication

from smtpwizard.messages import actor_word, stage_title, status_word
from smtpwizard.messages.causes import likelihood_word
from smtpwizard.messages.encryption import SECURITY_WORDS
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Connector
from smtpwizard.model.report import Cause, Report

MAX_TEXT = 2000


def _tr(text: str) -> str:
    return QCoreApplication.translate("causetext", text)


def lines_of(text: str) -> list[str]:
    """A text of several lines, each fit for display."""
    return [clean_text(line, MAX_TEXT) for line in text.splitlines() if line.strip()]


def safe_link(url: str) -> str:
    """The address if a browser may be sent there, else nothing."""
    parts = urlsplit(url)
    return url if parts.scheme == "https" and parts.hostname else ""


def server_words(connector: Connector) -> str:
    """The submission server in one line."""
    server = connector.server
    return _tr("{0} port {1} ({2})").format(
        server.host, server.port, SECURITY_WORDS[server.security]
    )


def cause_as_text(cause: Cause) -> str:
    """One cause with all that the card shows."""
    out = [f"{clean_text(cause.title)} ({likelihood_word(cause.likelihood)})"]
    out += lines_of(cause.explanation)
    out += lines_of(cause.remedy)
    out.append(_tr("To act: {0}").format(actor_word(cause.actor)))
    if cause.retryable:
        out.append(_tr("The same may work later."))
    out += [_tr("Seen: {0}").format(clean_text(line, MAX_TEXT)) for line in cause.evidence]
    if safe_link(cause.link):
        out.append(cause.link)
    return "\n".join(out)


def as_text(
    causes: Sequence[Cause], report: Report | None = None, connector: Connector | None = None
) -> str:
    """Everything that is known about a failure, for a ticket."""
    head: list[str] = []
    if connector is not None:
        head.append(_tr("Connector: {0}").format(clean_text(connector.name)))
        head.append(_tr("Server: {0}").format(server_words(connector)))
    if report is not None:
        head.append(_tr("Tested: {0}").format(report.started))
        for result in report.stages:
            words = f"{stage_title(result.stage)}: {status_word(result.status)}"
            reply = f" – {clean_text(str(result.reply), MAX_TEXT)}" if result.reply else ""
            head.append(f"  {words}{reply}")
    parts = ["\n".join(head)] if head else []
    parts += [cause_as_text(cause) for cause in causes]
    return "\n\n".join(parts) + "\n"


def request_text(
    cause: Cause, report: Report | None = None, connector: Connector | None = None
) -> str:
    """A message to whoever runs the mail server: what fails, what it means, what is needed."""
    subject = _tr("Help needed with sending email: {0}").format(clean_text(cause.title))
    body = [_tr("Hello,")]
    if connector is not None:
        user = connector.authentication.username
        what = _tr("Smart Flows submits email to {0}").format(server_words(connector))
        if user:
            what += _tr(" as {0}").format(clean_text(user, 254))
        body.append(what + _tr(", and this does not work at the moment."))
    else:
        body.append(_tr("An application's sign-in to send email does not work at the moment."))
    stopped = report.stopped_at() if report is not None else None
    seen = [clean_text(line, MAX_TEXT) for line in cause.evidence]
    if report is not None and stopped is not None:
        where = _tr("It stopped at “{0}” ({1}).").format(stage_title(stopped.stage), report.started)
        if stopped.reply is not None and not seen:
            seen = [clean_text(str(stopped.reply), MAX_TEXT)]
        body.append(where)
    if seen:
        body.append("\n".join([_tr("What was seen:"), *(f"  {line}" for line in seen)]))
    body.append("\n".join([_tr("What it means most likely:"), *lines_of(cause.explanation)]))
    body.append("\n".join([_tr("What is needed:"), *lines_of(cause.remedy)]))
    if safe_link(cause.link):
        body.append(_tr("Read more: {0}").format(cause.link))
    body.append(_tr("Thank you."))
    return "\n\n".join([_tr("Subject: {0}").format(subject), *body]) + "\n"
