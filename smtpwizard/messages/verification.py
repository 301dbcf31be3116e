"""Words for a verification: its stages, their verdicts, who has to act, and why one stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from smtpwizard.messages.face import Face, Sentence
from smtpwizard.messages.facts import bytes_text, common_name, list_text
from smtpwizard.messages.moments import day_text, near_text
from smtpwizard.messages.peers import PEERS, peer_text
from smtpwizard.messages.security import tls_name
from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import subject_of_test
from smtpwizard.model.report import BEYOND_LOGIN, Actor, Report, Stage, StageResult, Status, Verdict
from smtpwizard.model.stage_facts import (
    AuthFacts,
    ConnectFacts,
    DataFacts,
    EhloFacts,
    MailFacts,
    RcptFacts,
    ResolveFacts,
    StageError,
    StageFacts,
    StageFailure,
    TlsFacts,
)

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


_LETS_IN = _("{server} lets this connector in")
_STOPPED_AT = _("Stopped at {title}")

# The same, where there is room for a few words only.
_IN_SHORT: Mapping[Verdict, str] = {
    Verdict.SENT: _("Test email accepted"),
    Verdict.LET_IN: _("The server lets it in"),
    Verdict.PASSED: _("The server lets it in"),
    Verdict.UNKNOWN: _("Nobody knows"),
    Verdict.INTERRUPTED: _("Stopped"),
    Verdict.STOPPED: _STOPPED_AT,
}

# How a verification ended, and what follows from it ("" where nothing does).
VERDICTS: Mapping[Verdict, tuple[Sentence, Sentence]] = {
    Verdict.SENT: (
        {
            Face.WINDOW: _("{server} accepted the test email"),
            Face.COMMAND_LINE: _("Verified: the server accepted the test email."),
        },
        {
            Face.WINDOW: _(
                "It is on its way to {recipient}, subject “{subject}”. Look into that mailbox, "
                "and into its spam folder."
            ),
            Face.COMMAND_LINE: "",
        },
    ),
    Verdict.LET_IN: (
        {
            Face.WINDOW: _LETS_IN,
            Face.COMMAND_LINE: _("Verified: the server accepted the login."),
        },
        _("No email was sent."),
    ),
    Verdict.PASSED: (
        {Face.WINDOW: _LETS_IN, Face.COMMAND_LINE: _("Everything asked for passed.")},
        _("No email was sent."),
    ),
    Verdict.UNKNOWN: (
        {
            Face.WINDOW: _("Nobody knows whether {server} took the test email"),
            Face.COMMAND_LINE: _("Unknown: no usable answer at {title} ({stage})."),
        },
        {
            Face.WINDOW: _("Its answer did not arrive. Look into the mailbox of {recipient}."),
            Face.COMMAND_LINE: _("Look into the mailbox of {recipient}: it may be there."),
        },
    ),
    Verdict.INTERRUPTED: (
        {Face.WINDOW: _STOPPED_AT, Face.COMMAND_LINE: _("Interrupted at {title} ({stage}).")},
        "",
    ),
    Verdict.STOPPED: (
        {Face.WINDOW: _STOPPED_AT, Face.COMMAND_LINE: _("Stopped at {title} ({stage}).")},
        "",
    ),
}

# The same of a test that passed short of where an earlier one had failed.
_LOGIN_WORKS: tuple[Sentence, Sentence] = (
    {
        Face.WINDOW: _LETS_IN,
        Face.COMMAND_LINE: _("The login works. Whether email can be sent was not tested."),
    },
    {
        Face.WINDOW: _(
            "No email was sent. The last test with one stopped at {failed}, {when}, with the same "
            "settings: only a test email tells whether that works now."
        ),
        Face.COMMAND_LINE: _(
            "The last test with an email stopped at {failed}, {when}, with the same settings: "
            "smtpwizard verify NAME --send-to … tells whether that works now."
        ),
    },
)

# Where a test failed whose settings had worked before.
_WORKED = _("The same settings worked {when}: something has changed at the server, or on the way.")
_WORKED_AT: Mapping[Stage, str] = {
    Stage.TLS: _(
        "The same settings worked {when}: something has changed at the server, on the way, or in "
        "whom the project trusts."
    ),
    Stage.AUTH: _(
        "The same settings worked {when}: something has changed at the server, or with the secret."
    ),
    **dict.fromkeys(
        BEYOND_LOGIN,
        _("The same settings worked {when}: something has changed at the server."),
    ),
}

# A refusal for now (4yz, RFC 5321 §4.2.1), whatever it refuses.
_LATER = _("The server refused it for now, and asks to try again later.")
_REFUSALS = frozenset(
    {
        StageError.GREETING_REFUSED,
        StageError.EHLO_REFUSED,
        StageError.STARTTLS_REFUSED,
        StageError.AUTH_REFUSED,
        StageError.SENDER_REFUSED,
        StageError.RECIPIENT_REFUSED,
        StageError.DATA_REFUSED,
        StageError.MESSAGE_REFUSED,
    }
)
_CERTIFICATES: Mapping[StageError, str] = {
    StageError.CERT_EXPIRED: _("It was valid until {valid_until}; {issuer} issued it."),
    StageError.CERT_NOT_YET_VALID: _("It is valid from {valid_from}; {issuer} issued it."),
    StageError.CERT_HOSTNAME_MISMATCH: _("It is for {names}."),
    StageError.CERT_UNTRUSTED: _("{issuer} issued it."),
}

MAX_PART = 300
# Of a server's many addresses these are shown.
_MAX_ADDRESSES = 5


def stage_title(stage: Stage) -> str:
    """What a stage does, in words."""
    return translate(_TITLES[stage])


def stage_label(stage: Stage, face: Face) -> str:
    """A stage in words; in a terminal with the name that options and JSON have for it."""
    title = stage_title(stage)
    return title if face is Face.WINDOW else f"{title} ({stage.value})"


def status_name(status: Status) -> str:
    """The verdict on a stage, in one word."""
    return translate(_STATUSES[status])


def actor_name(actor: Actor, *, of_case: bool = False) -> str:
    """Who has to act; whoever reads a customer's case is not the one whose connector it is."""
    if of_case and actor is Actor.YOU:
        return translate(_("the customer"))
    return translate(_ACTORS[actor])


def acting_text(actors: Sequence[Actor], *, of_case: bool = False) -> str:
    """Everybody who has to act, in one phrase."""
    return list_text([actor_name(actor, of_case=of_case) for actor in actors])


def stage_text(result: StageResult, face: Face) -> str:
    """Why a stage did not pass, in one sentence; empty for one that did."""
    if result.failure is None:
        return ""
    from smtpwizard.messages.errors import error_text  # noqa: PLC0415 - every sentence, of failures

    token = result.facts.token if isinstance(result.facts, AuthFacts) else None
    if token is not None:
        return error_text(token.problem, token.facts, face)
    failure = result.failure
    if result.reply is not None and 400 <= result.reply.code < 500 and failure.error in _REFUSALS:
        return translate(_LATER)
    error = failure.error
    if error is StageError.NOT_TLS and failure.peer in PEERS:
        error = StageError.NOT_SMTP
    text = error_text(error, failure.to_json() | {"peer": peer_text(failure.peer)}, face)
    return " ".join((text, *_about_certificate(failure)))


def _about_certificate(failure: StageFailure) -> Iterator[str]:
    """What the certificate says that a handshake failed for."""
    leaf = failure.chain[0] if failure.chain else None
    told = _CERTIFICATES.get(failure.error)
    if leaf is not None and told is not None:
        facts = {
            "names": list_text(leaf.names),
            "issuer": common_name(leaf.issuer),
            "valid_from": day_text(leaf.not_before),
            "valid_until": day_text(leaf.not_after),
        }
        yield fill(told, facts)


def verdict_text(report: Report, face: Face, server: str = "") -> tuple[str, str]:
    """How a verification of `server` ended, and what follows from it; that may be empty."""
    if report.beyond:
        told, follows = beyond_text(report.beyond)
        return told.rstrip(".") if face is Face.WINDOW else told, follows
    stopped = report.stopped_at()
    sentence, hint = VERDICTS[report.verdict]
    if report.verdict is Verdict.INTERRUPTED and stopped is None:
        sentence = _("Stopped.")
    failure = report.unproven
    if failure is not None:
        sentence, hint = _LOGIN_WORKS
    recipient = report.facts(RcptFacts).recipient
    facts = {
        "server": clean_text(server or translate(_("the mail server")), MAX_PART),
        "stage": stopped.stage.value if stopped is not None else "",
        "title": stage_title(stopped.stage) if stopped is not None else "",
        "recipient": clean_text(recipient or translate(_("the recipient")), MAX_PART),
        "subject": clean_text(subject_of_test(report.connector), MAX_PART),
        "failed": stage_label(failure.stage, face) if failure is not None else "",
        "when": near_text(failure.at, _now(), within=True) if failure is not None else "",
    }
    said = _fill_sentence(sentence, facts, face)
    said = said if server else said[:1].upper() + said[1:]
    return said, _fill_sentence(hint, facts, face)


def worked_text(report: Report) -> str:
    """That the settings of a test that failed had worked before, and what follows; empty where that
    is not known."""
    stopped = report.stopped_at()
    if report.worked_at is None or stopped is None:
        return ""
    sentence = _WORKED_AT.get(stopped.stage, _WORKED)
    return fill(sentence, {"when": near_text(report.worked_at, _now(), within=True)})


def _now() -> datetime:
    return datetime.now().astimezone()


def beyond_text(beyond: Sequence[Stage]) -> tuple[str, str]:
    """Of a replay that left its record in these stages: what that says, and what follows."""
    names = ", ".join(f"“{stage_title(stage)}”" for stage in beyond)
    hint = translate(
        _("Beyond the record: {stages}. Only the real server knows what it says there.")
    )
    return translate(_("The record cannot tell.")), hint.format(stages=names)


def verdict_in_short(report: Report) -> str:
    """How a verification ended, in a few words."""
    if report.beyond:
        return translate(_("Not in the record"))
    stopped = report.stopped_at()
    title = stage_title(stopped.stage) if stopped is not None else ""
    return translate(_IN_SHORT[report.verdict]).format(title=title)


def _fill_sentence(sentence: Sentence, facts: Mapping[str, str], face: Face) -> str:
    text = sentence if isinstance(sentence, str) else sentence[face]
    return translate(text).format_map(facts) if text else ""


def stage_details(result: StageResult, face: Face) -> tuple[str, ...]:
    """What a stage found, in few words each; of one that did not pass, why and what was said."""
    reply = str(result.reply or "")
    if result.status in (Status.FAILED, Status.UNKNOWN):
        parts = [stage_text(result, face), reply]
    else:
        parts = [text for text in _worth_telling(result.facts, face) if text]
        if result.stage in (Stage.GREETING, Stage.DATA) or not parts:
            parts.insert(0, reply)
    return tuple(clean_text(part, MAX_PART) for part in parts if part)


def _worth_telling(facts: StageFacts | None, face: Face) -> Iterator[str | None]:
    match facts:
        case ResolveFacts():
            yield ", ".join((facts.addresses or ())[:_MAX_ADDRESSES])
        case ConnectFacts():
            yield translate(_("{address} port {port}")).format(
                address=facts.address, port=facts.port
            )
        case TlsFacts(chain=chain) if chain and face is Face.WINDOW:
            yield facts.version and tls_name(facts.version)
            yield translate(_("certificate until {day}")).format(day=day_text(chain[0].not_after))
        case TlsFacts():
            yield from (facts.version and tls_name(facts.version), facts.cipher)
        case EhloFacts(mechanisms=mechanisms) if mechanisms:
            yield "AUTH " + " ".join(mechanisms)
        case AuthFacts():
            yield from (facts.mechanism, facts.username)
        case MailFacts():
            yield facts.sender
        case RcptFacts():
            yield facts.recipient
        case DataFacts():
            yield bytes_text(facts.octets)
