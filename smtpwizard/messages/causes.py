"""What a person reads about a cause, with the connector's own values in it.

Values go into templates last and are never read as templates themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.report import Likelihood

MAX_VALUE = 300
# A stand-in that begins a sentence.
_FIRST = re.compile(r"(^|\. )\{(\w+)\}")

_LIKELIHOODS: Mapping[Likelihood, str] = {
    Likelihood.HIGH: _("most likely"),
    Likelihood.MEDIUM: _("likely"),
    Likelihood.LOW: _("possible"),
}


def likelihood_word(likelihood: Likelihood) -> str:
    """How sure a cause is, as a person says it."""
    return translate(_LIKELIHOODS[likelihood])


@dataclass(frozen=True, slots=True)
class CauseText:
    """Title, explanation and remedy (numbered lines) of one cause; `checked` is ISO 8601."""

    title: str
    explanation: str
    remedy: str
    link: str
    checked: str


def cause_text(
    slug: str,
    facts: Mapping[str, Any] | None = None,
    *,
    family: str = "generic",
    variant: str | None = None,
) -> CauseText:
    """The sentences for `slug`; raises `KeyError` for a slug that is none.

    `variant` (what exactly failed) says more than `family` (google, microsoft); the plain
    sentences stand where neither has its own. Facts named `ps_*` are PowerShell strings.
    """
    from smtpwizard.messages.cause_sentences import DEFAULTS, PEERS, SENTENCES

    sentences = (
        SENTENCES.get(f"{slug}.{variant}") or SENTENCES.get(f"{slug}.{family}") or SENTENCES[slug]
    )
    values = {key: translate(value) for key, value in DEFAULTS.items()}
    given = {key: value for key, value in (facts or {}).items() if value not in (None, "")}
    for key, value in given.items():
        values[key] = clean_text(str(value), MAX_VALUE)
    if values["peer"] in PEERS:
        values["peer"] = translate(PEERS[values["peer"]])
    for key in ("username", "sender"):
        if key in given:
            values[f"ps_{key}"] = quote_powershell(values[key])
    for key in DEFAULTS:
        values[f"{key}_first"] = values[key] if given.get(key) else _capital(values[key])

    def filled(template: str) -> str:
        return _FIRST.sub(r"\1{\2_first}", translate(template)).format_map(values)

    steps = [filled(step) for step in sentences.steps]
    return CauseText(
        filled(sentences.title),
        filled(sentences.explanation),
        "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)),
        sentences.link,
        sentences.checked,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def tell_apart_text(first: str, second: str, facts: Mapping[str, Any] | None = None) -> str:
    """What would show which of two causes it is; `KeyError` for a slug that is none."""
    from smtpwizard.messages.cause_sentences import SIGNS, TELL_APART

    return translate(TELL_APART).format(
        first=cause_text(first, facts).title,
        first_sign=translate(SIGNS[first]),
        second=cause_text(second, facts).title,
        second_sign=translate(SIGNS[second]),
    )


def quote_powershell(text: str) -> str:
    """A PowerShell string that stands for exactly `text`, whatever it holds.

    PowerShell takes typographic single quotes for plain ones, so these are doubled too
    (about_Quoting_Rules).
    """
    return "'" + "".join(c * 2 if c in "'\u2018\u2019\u201a\u201b" else c for c in text) + "'"
