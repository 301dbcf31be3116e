"""Support's answer to a case: which fields to change, and how far that may go.

An answer comes from a stranger. It changes what stands in one table here and nothing else, and
never carries a secret, a command, or another connector's settings.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from smtpwizard.cases.stand_ins import translate_back
from smtpwizard.cases.strict_json import parse_strictly
from smtpwizard.model.connector import (
    DEFAULT_PORTS,
    LOGIN_FREE_MECHANISMS,
    TOKEN_MECHANISMS,
    Connector,
    Method,
    Security,
    ServerDefaults,
    names_a_secret,
    read_connector,
)
from smtpwizard.model.documents import set_values
from smtpwizard.model.errors import UsageError
from smtpwizard.model.misplaced import looks_like_a_secret, misplaced
from smtpwizard.model.odd_characters import odd_characters
from smtpwizard.model.problem import Json, Problem

FORMAT = "smtpwizard-answer"
SCHEMA = 1
MAX_NOTE = 4000
MAX_CHANGES = 50

Table = Mapping[str, Mapping[str, str]]
"""By kind, each real name with its stand-in."""
Weaker = Callable[[Any, Any], bool]

_CASE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_KEYS = ("format", "schema", "case", "connector", "changes", "note")


class Answer(NamedTuple):
    """`case` is the case's SHA-256, `connector` the random id in it, `changes` are values by the
    dotted paths of a connector's document, in stand-ins."""

    case: str
    connector: str
    changes: Mapping[str, Any]
    note: str = ""


class FieldChange(NamedTuple):
    """One field before and after, as JSON values; `weaker` protects less than before."""

    field: str
    before: Any
    after: Any
    weaker: bool = False

    def to_json(self) -> Json:
        return self._asdict()


# -- the document -------------------------------------------------------------------------------


def write_answer(answer: Answer) -> bytes:
    """The answer's file: one JSON text, keys in a fixed order, LF."""
    document = {
        "format": FORMAT,
        "schema": SCHEMA,
        "case": answer.case,
        "connector": answer.connector,
        "changes": {
            field: answer.changes[field] for field in CHANGEABLE if field in answer.changes
        },
        "note": answer.note,
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"


def read_answer(data: bytes) -> Answer:
    """The answer in a file, whoever wrote it; what it wants is judged by `change`.

    Raises `UsageError` with the field that is wrong.
    """
    document = parse_strictly(data)
    if document.get("format") != FORMAT:
        raise UsageError("answer_not_one", field="format")
    schema = document.get("schema")
    if type(schema) is int and schema > SCHEMA:
        raise UsageError("answer_newer", field="schema", schema=schema)
    if type(schema) is not int or schema != SCHEMA:
        raise UsageError("answer_not_one", field="schema")
    for key in document:
        if key not in _KEYS:
            secret = names_a_secret(key)
            raise UsageError("secret_in_document" if secret else "answer_field", field=key)
    case, connector = document.get("case"), document.get("connector")
    if not isinstance(case, str) or _CASE.fullmatch(case) is None:
        raise UsageError("answer_not_one", field="case")
    if not isinstance(connector, str) or not is_case_id(connector):
        raise UsageError("answer_not_one", field="connector")
    changes = document.get("changes")
    if not isinstance(changes, dict) or not changes or len(changes) > MAX_CHANGES:
        raise UsageError("answer_not_one", field="changes")
    note = document.get("note", "")
    check_note(note)
    return Answer(case, connector, changes, note)


def is_case_id(text: str) -> bool:
    """Whether this is a random id as a case has one; such a text is safe in a file's name."""
    return _ID.fullmatch(text) is not None


def check_note(note: object) -> None:
    """Raise `UsageError` for a sentence that cannot go along."""
    if not isinstance(note, str):
        raise UsageError("not_text", field="note")
    if len(note) > MAX_NOTE:
        raise UsageError("too_long", field="note", limit=MAX_NOTE)
    if looks_like_a_secret(note):
        raise UsageError("secret_in_document", field="note")


# -- which protects less ------------------------------------------------------------------------

# What a login shows of itself, from all to nothing; what is not here takes a name alone.
_SHOWS_ALL = ("auto", "PLAIN", "LOGIN")
_GUESSABLE = ("CRAM-MD5", "NTLM")
_PROVES = ("SCRAM-SHA-256", "SCRAM-SHA-1")


def _mechanism_rank(mechanism: object) -> int:
    for rank, known in enumerate((_SHOWS_ALL, _GUESSABLE, _PROVES)):
        if mechanism in known:
            return rank
    return 3


def _weaker_mechanism(before: Any, after: Any) -> bool:
    if before in TOKEN_MECHANISMS and after == "auto":
        return False  # with tokens it picks among these
    if after in TOKEN_MECHANISMS or after in LOGIN_FREE_MECHANISMS:
        return False
    return _mechanism_rank(after) < _mechanism_rank(before)


_METHODS = (Method.NONE.value, Method.BASIC.value, Method.OAUTH.value)


def _weaker_method(before: Any, after: Any) -> bool:
    known = before in _METHODS and after in _METHODS
    return not known or _METHODS.index(after) < _METHODS.index(before)


def _weaker_security(before: Any, after: Any) -> bool:
    """Both ways of TLS are checked alike; nothing but `none` is less."""
    return bool(after == Security.NONE.value and before != after)


def _always(before: Any, after: Any) -> bool:
    return True


def _never(before: Any, after: Any) -> bool:
    return False


CHANGEABLE: Mapping[str, Weaker] = {
    "server.host": _always,
    "server.port": _never,
    "server.security": _weaker_security,
    "server.ehlo_name": _never,
    "server.timeout_s": _never,
    "server.proxy": _always,
    "server.ca_file": _always,
    "server.pinned_certificate": _always,
    "server.allow_cleartext": lambda before, after: bool(after),
    "authentication.method": _weaker_method,
    "authentication.username": _never,
    "authentication.mechanism": _weaker_mechanism,
    "authentication.oauth.grant": _never,
    "authentication.oauth.tenant": _never,
    "authentication.oauth.scopes": _never,
    "authentication.oauth.redirect_uri": _never,
    "admin.email": _never,
    "admin.name": _never,
    "send_to": _never,
    "sender.address": _never,
    "sender.name": _never,
    "sender.reply_to": _never,
}
"""Every field that an answer may change, and whether a change of it protects less. All else (names,
providers, client IDs, endpoints, commands, other files) is the customer's alone."""

# What a kept secret goes along with, by what it is bound to.
_CARRIED = frozenset(("server.port", "server.security", "authentication.username"))


def weaker(field: str, before: Any, after: Any) -> bool:
    """Whether a field protects less after a change than before."""
    return before != after and CHANGEABLE[field](before, after)


def carries_secrets(changed: Mapping[str, str], before: Security, after: Security) -> bool:
    """Whether a kept secret goes along: `changed` are the terms of its binding that are others
    now, with what they are after it."""
    # Without TLS the proxy counts; with it, it does not any more.
    terms = {term for term, now in changed.items() if not (term == "server.proxy" and not now)}
    return terms <= _CARRIED and not weaker("server.security", before.value, after.value)


# -- what it comes to ---------------------------------------------------------------------------


def change(
    connector: Connector,
    values: Mapping[str, Any],
    defaults_for: Callable[[str], ServerDefaults | None],
) -> tuple[Connector | None, tuple[FieldChange, ...], tuple[Problem, ...]]:
    """The connector as it would be, by the rules of the wizard, and all that is otherwise then.

    The port follows the encryption method where it is the usual one. Without a connector there are
    problems, each with its field; with problems no connector.
    """
    problems = [*_refused(connector, values)]
    if problems:
        return None, (), tuple(problems)
    before = connector.to_json()
    needs_admin = bool(connector.admin.email)  # a case may be without
    wanted = set_values(before, {**_port(connector, values), **values})
    changed, found = read_connector(wanted, defaults_for, needs_admin=needs_admin)
    if changed is None:
        return None, (), found
    after = changed.to_json()
    changes = tuple(_changes(before, after))
    outside = [Problem(each, "answer_field") for each, _, _ in changes if each not in CHANGEABLE]
    problems = [*outside, *misplaced(after)]
    if problems:
        return None, (), tuple(problems)
    if not changes:
        return None, (), (Problem(next(iter(values), "changes"), "answer_changes_nothing"),)
    return (
        changed,
        tuple(FieldChange(field, old, new, weaker(field, old, new)) for field, old, new in changes),
        (),
    )


def _refused(connector: Connector, values: Mapping[str, Any]) -> Iterator[Problem]:
    """What no answer may have, whatever the connector says."""
    own = {text for _, text in _texts(connector.to_json())}
    own |= {text.rpartition("@")[2] for text in own}
    for field, value in values.items():
        if field not in CHANGEABLE:
            yield Problem(field, "secret_in_document" if names_a_secret(field) else "answer_field")
            continue
        for _, text in _texts(value):
            if looks_like_a_secret(text):
                yield Problem(field, "secret_in_document")
            elif text not in own and _looks_like_another(field, text, own):
                yield Problem(field, "answer_letters")
    path = values.get("server.ca_file")
    if isinstance(path, str) and path[:2].replace("\\", "/") == "//":
        yield Problem("server.ca_file", "answer_field")  # another machine would be asked for it


def _looks_like_another(field: str, text: str, own: Collection[str]) -> bool:
    """Whether a text may be read as another than it is: letters of other alphabets in a name of
    the net that is not the customer's own, and characters that nobody sees anywhere."""
    if field in _FREE_TEXTS:
        return bool(odd_characters(text.replace("’", "'").replace("–", "-")))
    if field == "server.pinned_certificate":
        return not text.isascii()
    name = text.rpartition("@")[2]
    return not (name.isascii() or name in own) or bool(odd_characters(text))


_FREE_TEXTS = frozenset(("admin.name", "sender.name"))


def _port(connector: Connector, values: Mapping[str, Any]) -> dict[str, Any]:
    security, server = values.get("server.security"), connector.server
    if security in tuple(Security) and server.port == DEFAULT_PORTS[server.security]:
        return {"server.port": DEFAULT_PORTS[Security(security)]}
    return {}


def _changes(before: Json, after: Json, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        at = f"{path}.{key}" if path else key
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _changes(old, new, at)
        elif old != new:
            yield at, old, new


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)


# -- stand-ins ----------------------------------------------------------------------------------

# What looks like a stand-in of ours: words with numbers, and the addresses, names and numbers that
# are nobody's (RFC 5737, RFC 3849, RFC 2606 §3).
_STAND_IN = re.compile(
    r"\b(?:[uü]ser|t[aä]g|h[oö]st|d[oö]main|w[oö]rkgroup|p[aä]th|n[aä]me)[-. ]\d+"
    r"|\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+"
    r"|\b2001:0?db8:"
    r"|\b00000000-?0000-?4000-?8000-?\d+"
    r"|[\w-]+\.example\b(?![.-]?\w)",
    re.IGNORECASE,
)
# Private use: no name has them.
_FIRST_MARK = 0xF0000


def translated(
    changes: Mapping[str, Any], table: Table
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The changes with real names in the place of stand-ins; what looks like one and stands in no
    table is a problem of its field. An empty table is that of a case whose names were kept."""
    if not any(table.values()):
        return dict(changes), ()
    marks = {
        kind: {
            chr(_FIRST_MARK + at): stand_in
            for at, stand_in in enumerate(dict.fromkeys(rows.values()))
        }
        for kind, rows in table.items()
    }
    problems = [
        Problem(field, "answer_stand_in")
        for field, value in changes.items()
        if any(_STAND_IN.search(translate_back(marks, text)) for _, text in _texts(value))
    ]
    values = {field: _real(value, table) for field, value in changes.items()}
    return values, tuple(problems)


def _real(value: Any, table: Table) -> Any:
    if isinstance(value, str):
        return translate_back(table, value)
    if isinstance(value, list):
        return [_real(each, table) for each in value]
    return value


def unknown_stand_ins(values: Mapping[str, Any], case: str) -> tuple[Problem, ...]:
    """Where a value has what looks like a stand-in and stands nowhere in the case's text."""
    known = case.lower()
    return tuple(
        Problem(field, "answer_stand_in")
        for field, value in values.items()
        if any(
            re.search(rf"(?<![\w-]){re.escape(match[0].lower())}(?!\w)", known) is None
            for _, text in _texts(value)
            for match in _STAND_IN.finditer(text)
        )
    )
