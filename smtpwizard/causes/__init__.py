"""The causes of a failure, each in a file of its own here: who acts, rules, neighbours, sentences.

Reads its files and says what stands in them; weighs nothing and fills in no sentence.

A file `<slug>.toml` holds, in this order:

- `group`, `actor` (who has to act; `actor_if` names another one where a fact holds, the first that
  does), `retryable` (wait, change nothing);
- `in_place_of`: the cause that this one stands for where a fact holds: all that points to the other
  then points here, so that it needs no rules of its own;
- `explains`: more general causes that the same evidence would speak for, were this one not founded;
- `neighbours`: what else it may be, likeliest first; `beside = { other = 2 }` makes this cause the
  second of what else `other` may be, so that the file of `other` need not know;
- `not_where`: facts that speak against it, where nothing but what is usual speaks for it;
- `fixes`: what the wizard may try by itself (`flow/fixes.py`);
- `source` and `checked`: where the meaning is stated, and when that was last read;
- `[[rules]]`: what points to it. A rule fires when every entry of `when` holds (a list holds where
  one of its members does) and none of `unless`:
      "kind:value"  a fact; the kinds are in `diagnosis/rules.py`
      "@word"       a word of `diagnosis/lexicon.toml`, in any language
      "=text"       these very characters
      otherwise     these words, the last one possibly longer; `$` ends it
  `near` wants the words of a rule within one clause, `variant` picks a more exact sentence.
  `weight`: 10 says so outright, 7 strongly, 5 probably, 3 a hint, below 2 merely usual there.
  `benchmarks/diagnosis.py --weights` shows which cases hang on a rule and on its weight;
- `[text]`, always after the rules: title, explanation, steps, link, date of the check, and the sign
  that tells it from another cause; then `[variant.<name>]`, for what exactly failed, for what is
  known (`short_login`), or for a family of providers. `messages/causes.py` fills them in;
- `found` in these: sentences that come before the explanation, each where all it names is known; a
  variant without a list of its own has the plain one;
- a step is a text, for whoever reads it, or a table: its text under the name of who has to do it
  (`mail_admin`; `actor` is the cause's own), under `then` for what only ends the others; and, where
  it is not always so, `if` or `unless` with what has to be known, or with the cause's actor; a
  command to be typed stands under `run`, without its sentence.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from smtpwizard.model.report import Actor
from smtpwizard.resources import packaged_names, packaged_text

_TEXT = "\n[text]\n"
# In the order of a conversation: of equal causes the earlier one goes first.
_GROUPS = ("network", "tls", "auth", "oauth", "policy", "keyring")


@dataclass(frozen=True, slots=True)
class CauseKind:
    """What is true of a cause wherever it occurs; `rules` are the tables of its file."""

    slug: str
    group: str
    actor: Actor
    retryable: bool
    actor_if: Mapping[str, Actor]
    in_place_of: Mapping[str, str]
    explains: frozenset[str]
    neighbours: tuple[str, ...]
    beside: Mapping[str, int]
    not_where: frozenset[str]
    fixes: tuple[str, ...]
    source: str
    checked: str
    rules: tuple[Mapping[str, Any], ...] = field(repr=False)
    words: str = field(repr=False)

    def sentences(self, told_by: str = "") -> Sentences:
        """The sentences of the first variant of these that has its own, else the plain ones."""
        return _first(_read_words(self.words), told_by)

    def variants(self) -> frozenset[str]:
        """The names of the variants with sentences of their own."""
        return frozenset(_read_words(self.words)) - {""}


@dataclass(frozen=True, slots=True)
class Sentences:
    """The templates of one cause; `steps` become the numbered remedy, `checked` is ISO 8601."""

    title: str
    explanation: str
    steps: tuple[Step, ...]
    link: str
    checked: str
    sign: str = ""
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its template and who takes it, None for the cause's own actor.

    `closing`: it only ends the others. `needs` must be known for it, `excludes` must not. `run`
    is a command that its text ends with.
    """

    text: str
    by: Actor | None = Actor.YOU
    closing: bool = False
    needs: str | None = None
    excludes: str | None = None
    run: str = ""


@cache
def causes() -> Mapping[str, CauseKind]:
    """Every cause by its slug; read once a process, the sentences when they are asked for."""
    names = packaged_names("causes", ".toml")
    return read_causes({n.removesuffix(".toml"): packaged_text(f"causes/{n}") for n in names})


@cache
def rules_version() -> str:
    """Which rules these are: the beginning of a digest of all of them."""
    names = sorted(packaged_names("causes", ".toml"))
    texts = "\0".join(packaged_text(f"causes/{name}") for name in names)
    return hashlib.sha256(texts.encode()).hexdigest()[:12]


@cache
def title_of(slug: str, told_by: str = "") -> str | None:
    """The title of one cause, of its first variant that has its own, as `Cause.told_by` names them.

    No other cause's file is read. None for a slug that is none.
    """
    if f"{slug}.toml" not in packaged_names("causes", ".toml"):
        return None
    _, mark, tail = packaged_text(f"causes/{slug}.toml").partition(_TEXT)
    return _first(_read_words(mark + tail), told_by).title


def read_causes(texts: Mapping[str, str]) -> Mapping[str, CauseKind]:
    """The causes of these files by slug. Raises `ValueError` naming the file that is not right."""
    found = {slug: _read(slug, text) for slug, text in texts.items()}
    for kind in found.values():
        named = {*kind.in_place_of, *kind.explains, *kind.neighbours, *kind.beside}
        if wrong := (named - set(found)) | (named & {kind.slug}):
            raise ValueError(f"{kind.slug}: names no other causes: {sorted(wrong)}")
    order = sorted(found.values(), key=lambda kind: (_GROUPS.index(kind.group), kind.slug))
    return {kind.slug: kind for kind in order}


def _read(slug: str, text: str) -> CauseKind:
    head, mark, tail = text.partition(_TEXT)
    try:
        table = _parse(head)
        return CauseKind(
            slug,
            table["group"],
            Actor(table["actor"]),
            table.get("retryable", False),
            {fact: Actor(actor) for fact, actor in table.get("actor_if", {}).items()},
            table.get("in_place_of", {}),
            frozenset(table.get("explains", ())),
            tuple(table.get("neighbours", ())),
            table.get("beside", {}),
            frozenset(table.get("not_where", ())),
            tuple(table.get("fixes", ())),
            table["source"],
            table["checked"].isoformat(),
            tuple(table.get("rules", ()) if "in_place_of" in table else table["rules"]),
            mark + tail,
        )
    except (KeyError, ValueError, AttributeError) as error:
        raise ValueError(f"{slug}: {error!r}") from None


def _parse(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


@cache
def _read_words(words: str) -> Mapping[str, Sentences]:
    document = _parse(words)
    tables = {"": document["text"], **document.get("variant", {})}
    return {
        name: Sentences(
            table["title"],
            table["explanation"],
            tuple(_read_step(step) for step in table["steps"]),
            table["link"],
            table["checked"].isoformat(),
            table.get("sign", ""),
            tuple(table.get("found", document["text"].get("found", ()))),
        )
        for name, table in tables.items()
    }


def _first(known: Mapping[str, Sentences], told_by: str) -> Sentences:
    return next((known[name] for name in told_by.split() if name in known), known[""])


def _read_step(step: str | Mapping[str, str]) -> Step:
    if isinstance(step, str):
        return Step(step, closing=step == "{do_test_again}")
    [who] = set(step) - {"if", "unless", "run"}
    by = {"actor": None, "then": Actor.YOU}.get(who) if who in ("actor", "then") else Actor(who)
    needs, excludes = step.get("if"), step.get("unless")
    return Step(step[who], by, who == "then", needs, excludes, step.get("run", ""))
