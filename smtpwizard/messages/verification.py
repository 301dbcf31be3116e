"""Words for a verification: its stages, their verdicts, who has to act, and why one stopped."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.report import Actor, Stage, StageResult, Status
from smtpwizard.model.stage_facts import AuthFacts

_TITLES: Mapping[Stage, str] = {
    Stage.RESOLVE: _("Find the server"),
    Stage.CONNECT: _("Connect"),
    Stage.GREETING: _("Greeting"),
    Stage.TLS: _("Encryption"),
    Stage.EHLO: _("Introduction"),
    Stage.AUTH: _("Sign in"),
    Stage.MAIL_FROM: _("Sender"),
    Stage.RCPT_TO: _("Recipient"),
    Stage.DATA: _("Send the message"),
}

_STATUSES: Mapping[Status, str] = {
    Status.PASSED: _("passed"),
    Status.FAILED: _("failed"),
    Status.UNKNOWN: _("unknown"),
    Status.SKIPPED: _("skipped"),
    Status.NOT_REACHED: _("not reached"),
}

_ACTORS: Mapping[Actor, str] = {
    Actor.YOU: _("you"),
    Actor.NETWORK_ADMIN: _("the network administrator"),
    Actor.MAIL_ADMIN: _("the mail administrator"),
    Actor.PROVIDER: _("the mail provider"),
    Actor.RECIPIENT: _("the recipient"),
}


def stage_title(stage: Stage) -> str:
    """What a stage does, in words."""
    return translate(_TITLES[stage])


def status_word(status: Status) -> str:
    """The verdict on a stage, in one word."""
    return translate(_STATUSES[status])


def actor_word(actor: Actor) -> str:
    """Who has to act."""
    return translate(_ACTORS[actor])


def stage_text(result: StageResult, face: Face) -> str:
    """Why a stage did not pass, in one sentence; empty for one that did."""
    if result.failure is None:
        return ""
    token = result.facts.token if isinstance(result.facts, AuthFacts) else None
    if token is not None:
        return error_text(token.problem, token.facts, face)
    return error_text(result.failure.error, result.failure.to_json(), face)
