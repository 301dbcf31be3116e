"""What a person reads about a cause, with the connector's own values in it, in the words of a face.

Values go into templates last and are never read as templates themselves.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from smtpwizard.causes import Step, causes
from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import (
    SOURCES,
    Face,
    fields_named,
    name_fields,
    next_steps,
)
from smtpwizard.messages.facts import bytes_text, common_name, list_text, spaces_text
from smtpwizard.messages.moments import day_text
from smtpwizard.messages.peers import PEERS
from smtpwizard.messages.security import security_name
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import acting_text, actor_name, verdict_text
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.connector import Security
from smtpwizard.model.delivery import DELAYED
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.problem import Json
from smtpwizard.model.report import Actor, Cause, Likelihood, Report, Stage, Verdict
from smtpwizard.model.stage_facts import StageError

MAX_VALUE = 300
MAX_LINE = 2000
# A stand-in that begins a sentence.
_FIRST = re.compile(r"(^|\. )\{(\w+)\}")

_LIKELIHOODS: Mapping[Likelihood, str] = {
    Likelihood.HIGH: _("most likely"),
    Likelihood.MEDIUM: _("likely"),
    Likelihood.LOW: _("possible"),
}

# What stands in a sentence where the connector does not say.
DEFAULTS: Mapping[str, str] = {
    "server": _("the mail server"),
    "host": _("the mail server"),
    "other_port": "587",
    "starttls_port": "587",
    "tls_port": "465",
    "username": _("this user"),
    "sender": _("this address"),
    "recipient": _("the recipient"),
    "provider": _("the mail provider"),
    "mechanism": _("another one"),
    "ehlo_name": _("the present one"),
    "ps_username": "'mailbox@example.com'",
    "ps_sender": "'sender@example.com'",
    "found": _("another account"),
    "peer": _("something else than a mail server"),
    "spaces_inside": _("spaces"),
    "example_host": "smtp.example.com",
    "example_port": "587",
    "example_starttls": " -starttls smtp",
    "proxy": _("the proxy"),
    "setting": "all_proxy",
}

# Where nothing says so, the usual ones of STARTTLS.
_STARTTLS_PORTS = ("25", "587", "2525")
# Stand-ins around a value: with it, and where it is not known.
_AROUND: Mapping[str, tuple[str, str, str]] = {
    "the_name": ("host", _("the name {0}"), _("the name of the server")),
    "the_port": ("port", _("port {0}"), _("this port")),
    "the_domain": ("domain", "{0}", _("the sender's domain")),
    "the_mechanism": ("mechanism", _("the sign-in method {0}"), _("the chosen sign-in method")),
    "the_redirect_uri": (
        "redirect_uri",
        _("the redirect URI {0}"),
        _("the redirect URI of the connector"),
    ),
    "client_id_shown": ("client_id", " {0}", ""),
}

# How what was found is written where it is not simply a word.
_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "names": list_text,
    "offered": list_text,
    "valid_from": day_text,
    "valid_until": day_text,
    "issuer": common_name,
    "limit": bytes_text,
    "size": bytes_text,
    "spaces_inside": spaces_text,
    "spaces_around": spaces_text,
}

# Steps after an email that came back.
_RETURNED: Mapping[str, str] = {
    "check_recipient": _("Check the recipient's address for typing errors."),
    "other_recipient": _("Send it to another address of this recipient, if there is one."),
    "test_again": _("Then send the email again."),
}

# After a failure that a test without an email does not come as far as.
_TEST_WITH_EMAIL: Mapping[Face, str] = {
    Face.COMMAND_LINE: _("Then run smtpwizard verify NAME --send-to … again."),
}
_TRIES_ON = _("The server tries again by itself: send it anew only if it gives up.")

# In place of every step that has a secret entered, where a helper command gives it.
_FETCHED = _(
    "Run {secret_command}, which gives the secret, by hand: look whether it still gives the right "
    "one, on one line and without spaces around it."
)
_SECRETS = frozenset(("authentication.password", "authentication.client_secret"))

# What would show that it is this cause and not the other one.
_TELL_APART = _("“{first}”, if {first_sign}. “{second}”, if {second_sign}.")


def likelihood_text(likelihood: Likelihood) -> str:
    """How sure a cause is, as a person says it."""
    return translate(_LIKELIHOODS[likelihood])


@dataclass(frozen=True, slots=True)
class StepText:
    """One step and who takes it; a `closing` one only ends the others.

    `command` is what is to be typed, where the text ends with it; `fields` are the wizard's fields
    that it names, in its order, by their dotted paths.
    """

    text: str
    by: Actor
    closing: bool = False
    command: str = ""
    fields: tuple[str, ...] = ()
    short: str = ""
    """Its words where a link to those fields stands beneath: without where they are."""

    @property
    def words(self) -> str:
        """The text without its command."""
        return self.text.removesuffix(self.command).rstrip()


@dataclass(frozen=True, slots=True)
class CauseText:
    """Title, explanation and steps of one cause; `checked` is ISO 8601."""

    title: str
    explanation: str
    steps: tuple[StepText, ...]
    link: str
    checked: str

    @property
    def remedy(self) -> str:
        """The steps as numbered lines; those of other people say whose they are."""
        return number_steps(_with_owner(step, step.text) for step in self.steps)

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Who has something to do, in the order of the steps."""
        busy = [step.by for step in self.steps if not step.closing] or [Actor.YOU]
        return tuple(dict.fromkeys(busy))


def _with_owner(step: StepText, said: str, *, of_case: bool = False) -> str:
    """What a step says; where others take it, with who they are."""
    if step.by is Actor.YOU and (step.closing or not of_case):
        return said
    owner = owner_name(step.by, of_case=of_case)
    return translate(_("{who}: {step}")).format(who=owner, step=said)


def owner_name(actor: Actor, *, of_case: bool = False) -> str:
    """Whose a step is, in a word or two: “You”, “Mail administrator”; of a case “Customer”."""
    name = actor_name(actor, of_case=of_case)
    return _capital(name.removeprefix(translate(_("the "))))


def who_acts(
    text: CauseText, *, passes: bool, where: Callable[[str], str], of_case: bool = False
) -> str:
    """Who must act, as a phrase; where it may pass by itself, at first nobody. `where` says where
    the field of a dotted path is for the reader, who has none in a case."""
    acting = acting_text(text.actors, of_case=of_case)
    if passes:
        return translate(_("Nobody at first: it may pass by itself. If it lasts, {who}")).format(
            who=acting
        )
    fields = [field for step in text.steps for field in step.fields]
    if text.actors != (Actor.YOU,) or not fields or of_case:
        return _capital(acting)
    return f"{_capital(acting)}, {where(fields[0])}"


def number_steps(steps: Iterable[str]) -> str:
    """Steps as numbered lines."""
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def cause_text(cause: Cause, face: Face) -> CauseText:
    """The sentences for a cause as `face` says them; raises `KeyError` for a slug that is none.

    The plain sentences stand where none of what it is `told_by` has its own.
    """
    known = cause.known
    sentences = causes()[cause.cause].sentences(cause.told_by)
    values = _values(cause, face)
    # A terminal has no link beneath a step.
    near = _values(cause, face, near=True) if face is Face.WINDOW else values

    def fill_template(template: str) -> str:
        return _filled(template, values)

    def fill_step(step: Step) -> StepText:
        template = translate(step.text)
        brought = "brought" in known
        text = fill_template(name_fields(template, face, brought=brought))
        # A field that the provider brings is found only by who knows what to choose there.
        short = _filled(name_fields(template, face, brought=brought, where=brought), near)
        command = fill_template(translate(step.run)) if step.run else ""
        return StepText(
            f"{text} {command}".rstrip(),
            step.by or cause.actor,
            step.closing,
            command,
            fields_named(template),
            short,
        )

    conditions = known | {cause.actor.value}
    steps = tuple(fill_step(step) for step in sentences.steps if _applies(step, conditions))
    if "secret_command" in known:
        steps = _with_fetched(steps, fill_template(translate(_FETCHED)))
    found = [each for each in sentences.found if _named(each) <= known]
    return CauseText(
        fill_template(translate(sentences.title)),
        " ".join(fill_template(translate(each)) for each in (*found, sentences.explanation)),
        steps,
        sentences.link,
        sentences.checked,
    )


def _with_fetched(steps: Sequence[StepText], words: str) -> tuple[StepText, ...]:
    """The steps where nobody enters the secret: its command is looked at, once."""
    out: list[StepText] = []
    for step in steps:
        fetched = not _SECRETS.isdisjoint(step.fields)
        told = StepText(words, Actor.YOU, short=words) if fetched else step
        if told not in out:
            out.append(told)
    return tuple(out)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _FIRST.sub(r"\1{\2_first}", template).format_map(values)


def _named(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _applies(step: Step, known: Collection[str]) -> bool:
    needed = step.needs is None or step.needs in known
    return needed and (step.excludes is None or step.excludes not in known)


def headline(report: Report, face: Face, server: str = "") -> tuple[str, str]:
    """How a verification of `server` ended, and what follows from it: the trouble where one is
    likely, and then where the test stopped."""
    text, hint = verdict_text(report, face, server)
    if report.verdict is not Verdict.STOPPED or not report.causes:
        return text, hint
    first = report.causes[0]
    if first.likelihood is Likelihood.LOW:
        return text, hint
    title = cause_text(first, face).title
    return title if face is Face.WINDOW else f"{title}.", text


# What a code alone says too little about: the first cause has the next step.
_TOLD_BY_CAUSE = (
    "token_consent_denied", "token_refused", "token_revoked", "token_role_wrong",
    "token_scope_missing", "token_server_unavailable",
)  # fmt: skip

# The next step where no cause is likely.
_UNKNOWN = _("Who runs it can see why.")


def sign_in_text(error: SmtpWizardError, causes: Sequence[Cause], face: Face) -> str:
    """Why a sign-in failed and what to do next, in two sentences at most of one line."""
    first = causes[0] if causes else None
    if (
        error.code not in _TOLD_BY_CAUSE
        or first is None
        or first.likelihood is Likelihood.LOW
        or error.facts.get("interrupted")
    ):
        declined = first is None or first.cause == "oauth_consent_denied"
        code = error.code
        if code == "token_consent_denied" and not declined:
            code = "token_refused"  # no user's, in words that nobody here knows
        said = error_text(code, error.facts, face)
        return f"{said} {translate(_UNKNOWN)}" if code == "token_refused" else said
    text = cause_text(first, face)
    step = text.remedy.partition("\n")[0].partition(". ")[2]
    return clean_text(f"{text.title}. {step}", MAX_LINE)


def cause_json(cause: Cause, face: Face = Face.COMMAND_LINE) -> Json:
    """A cause as the contract of the command line shows it, sentences included."""
    text = cause_text(cause, face)
    out: Json = {
        "cause": cause.cause,
        "likelihood": cause.likelihood.value,
        "title": text.title,
        "explanation": text.explanation,
        "remedy": text.remedy,
        "actor": cause.actor.value,
        "evidence": list(cause.evidence),
        "retryable": cause.retryable,
    }
    if text.link:
        out["link"] = text.link
    if text.checked:
        out["checked"] = text.checked
    return out


def cause_lines(cause: Cause, face: Face, *, of_case: bool = False) -> list[str]:
    """A cause as text to read or to pass on, each line fit for display; the title comes first."""
    text = cause_text(cause, face)
    acting = acting_text(text.actors, of_case=of_case)
    acts = translate(_("Who must act: {who}.")).format(who=acting)
    if cause.retryable:
        acts += " " + translate(_("The same may work later."))
    out = [f"{text.title} ({likelihood_text(cause.likelihood)})"]
    out += [*text.explanation.splitlines(), *_step_lines(text.steps, of_case=of_case), acts]
    out += seen_lines(cause)
    if helpful_link(text.link):
        out.append(text.link)
    if face is Face.COMMAND_LINE:
        out.append(translate(_("Help: {command}")).format(command=_help_command(cause)))
    return [clean_text(line, MAX_LINE) for line in out]


def _help_command(cause: Cause) -> str:
    """What shows the page of help on a cause."""
    from smtpwizard.help_pages import START, find_target  # noqa: PLC0415 - after a failure

    target = find_target(f"cause:{cause.cause}.{cause.family}", f"cause:{cause.cause}")
    return f"smtpwizard help {target.topic if target is not None else START}"


def _step_lines(steps: Sequence[StepText], *, of_case: bool) -> Iterator[str]:
    """The steps with their numbers; what is to be typed stands on a line of its own."""
    for number, step in enumerate(steps, 1):
        yield f"{number}. {_with_owner(step, step.words, of_case=of_case)}"
        if step.command:
            yield f"     {step.command}"


# How a line of evidence of a verification begins, and the words of a server in it.
_STAGE_SAYS = re.compile(rf"(?P<stage>{'|'.join(Stage)}): (?P<said>.*)", re.DOTALL)
_REPLY = re.compile(r"[2-5]\d\d\b")
_TYPE = re.compile(r"^(?:x-)?smtp;\s*", re.IGNORECASE)
_SLUGS = frozenset(error.value.replace("_", " ") for error in StageError)


def said_lines(cause: Cause) -> list[str]:
    """The server's or the provider's own words; our names for what happened are left out."""
    if cause.values.get("pasted") or not cause.values:
        # Lines of the text itself, without the type of a diagnosis (RFC 3464 §2.3.6).
        return [_TYPE.sub("", line) for line in cause.evidence]
    out: list[str] = []
    for line in cause.evidence:
        match = _STAGE_SAYS.match(line)
        if match and (
            _REPLY.match(match["said"])
            or (match["stage"] == Stage.AUTH and match["said"].partition(" (")[0] not in _SLUGS)
        ):
            out.append(match["said"])
    return out


def said_name(cause: Cause | None) -> str:
    """What the words are that a cause is shown with: no server need have written a pasted text."""
    pasted = cause is not None and (cause.values.get("pasted") or not cause.values)
    return translate(_("In the text") if pasted else _("The server's words"))


def seen_lines(cause: Cause) -> list[str]:
    """What was said, each line with what it is; none where nobody said anything."""
    name = said_name(cause)
    return [
        translate(_("{name}: {line}")).format(name=name, line=line) for line in said_lines(cause)
    ]


def safe_link(url: str) -> str:
    """The address if a browser may be sent there, else nothing."""
    parts = urlsplit(url)
    return url if parts.scheme == "https" and parts.hostname else ""


# Who writes standards and manuals for those who build servers.
_FOR_BUILDERS = ("www.rfc-editor.org", "datatracker.ietf.org", "man7.org", "docs.openssl.org")


def helpful_link(url: str) -> str:
    """The address where an administrator is helped on: a standard says nothing to do."""
    return safe_link(url) if urlsplit(url).hostname not in _FOR_BUILDERS else ""


def tell_apart_text(first: Cause, second: Cause, face: Face = Face.COMMAND_LINE) -> str:
    """What would show which of two causes it is, by the titles under which they are shown;
    `KeyError` for a slug that is none."""
    (one, sign), (other, other_sign) = (_title_and_sign(cause, face) for cause in (first, second))
    return translate(_TELL_APART).format(
        first=one, first_sign=sign, second=other, second_sign=other_sign
    )


def _title_and_sign(cause: Cause, face: Face) -> tuple[str, str]:
    kind = causes()[cause.cause]
    sign = kind.sentences(cause.told_by).sign or kind.sentences().sign
    return cause_text(cause, face).title, translate(sign)


def _other_steps(facts: Mapping[str, Any], steps: Mapping[str, str], face: Face) -> dict[str, str]:
    """The steps that are others than usual, where what is known asks for it."""
    if facts.get("returned"):  # an email of theirs, and no test
        found = {f"do_{name}": translate(step) for name, step in _RETURNED.items()}
        if facts["returned"] == DELAYED:
            found["do_test_again"] = translate(_TRIES_ON)
        return found
    if facts.get("signing_in"):  # where there is nothing to test yet
        return {"do_test_again": steps["do_sign_in_again"]}
    if facts.get("with_email") and face in _TEST_WITH_EMAIL:
        return {"do_test_again": translate(_TEST_WITH_EMAIL[face])}
    return {}


def _values(cause: Cause, face: Face, *, near: bool = False) -> dict[str, str]:
    """What stands for each name in a template; a name with `_first` begins a sentence. `near`: a
    link to the field stands beneath."""
    facts = cause.values
    given = {key: clean_text(_WRITTEN.get(key, str)(facts[key]), MAX_VALUE) for key in cause.known}
    values = {key: translate(value) for key, value in DEFAULTS.items()}
    values |= given
    if values["peer"] in PEERS:
        values["peer"] = translate(PEERS[values["peer"]])
    if values["setting"] in SOURCES:
        values["setting"] = translate(SOURCES[values["setting"]])
    for key in ("username", "sender"):
        if key in given:
            values[f"ps_{key}"] = quote_powershell(given[key])
    for key in ("host", "port"):
        if key in given:
            values[f"example_{key}"] = given[key]
    if "port" in given and not facts.get("starttls") and given["port"] not in _STARTTLS_PORTS:
        values["example_starttls"] = ""
    for name, (key, known, unknown) in _AROUND.items():
        values[name] = translate(known).format(given[key]) if key in given else translate(unknown)
    values |= next_steps(face, at_hand=near)
    values |= _other_steps(facts, values, face)
    for security in Security:
        values[f"mode_{security.value}"] = _security(security, face)
    other = facts.get("other_security")  # a text where it comes from a file
    other_mode = Security(other) if other in tuple(Security) else Security.STARTTLS
    values["other_security"] = _security(other_mode, face)
    values["mechanism_auto"] = "auto" if face is Face.COMMAND_LINE else translate(_("Automatic"))
    # What is given stands as it is; our own words begin a sentence with a capital.
    firsts = {f"{key}_first": v if key in given else _capital(v) for key, v in values.items()}
    return values | firsts


def _security(security: Security, face: Face) -> str:
    return security.value if face is Face.COMMAND_LINE else security_name(security)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def quote_powershell(text: str) -> str:
    """A PowerShell string that stands for exactly `text`, whatever it holds.

    PowerShell takes typographic single quotes for plain ones, so these are doubled too
    (about_Quoting_Rules).
    """
    return "'" + "".join(c * 2 if c in "'\u2018\u2019\u201a\u201b" else c for c in text) + "'"
