"""Finding help: a page by its topic, by what went wrong, or by words; the links on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from smtpwizard.help_pages import START, HelpPage, Target, find_target, pages, search
from smtpwizard.model.similar import similar
from smtpwizard.providers import Catalogue, parse_catalogue
from smtpwizard.resources import packaged_text

# What a topic may be named by, beside its own name: what a report calls a failure, for one.
_KINDS = ("cause", "stage", "setting", "check", "wizard", "place")


def find_help(words: str) -> Sequence[HelpPage]:
    """The page of that topic, cause, stage or setting; else those that have all these words."""
    topic = "-".join(words.casefold().split())
    if topic in pages():
        return [pages()[topic]]
    target = find_target(*(f"{kind}:{words.strip()}" for kind in _KINDS))
    return [pages()[target.topic]] if target is not None else search(words)


def topics_like(words: str) -> tuple[str, ...]:
    """The topics that a misspelt one may stand for."""
    return similar("-".join(words.casefold().split()), pages())


def help_for(*keys: str) -> Target:
    """Where the first of these leads that leads anywhere, such as `cause:bad_credentials`; else
    the beginning."""
    return find_target(*keys) or Target(START)


def link_of(name: str) -> str | None:
    """The address behind a `provider.help` or `provider.console` of a page, as the catalogue that
    ships has it."""
    provider, _, which = name.partition(".")
    entry = _catalogue().get(provider)
    if entry is None:
        return None
    url = entry.help_url if which == "help" else entry.more.get("console_url")
    return url if isinstance(url, str) else None


@cache
def _catalogue() -> Catalogue:
    return parse_catalogue((packaged_text("providers/catalogue.toml"),))
