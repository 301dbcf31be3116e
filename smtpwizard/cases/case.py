"""A case: a recorded run as one readable text for another person, with stand-ins for names.

Knows no clock and no chance: the same run gives the same bytes. That it proves itself is the
business of who has it made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from smtpwizard.cases import stand_ins
from smtpwizard.cases.kinds import CONNECTOR, ENVIRONMENT, RECORDS, Fields, Kind, is_nothing
from smtpwizard.cases.public_names import built_in_providers, is_public_url, is_word
from smtpwizard.cases.secret_shapes import secret_shape
from smtpwizard.cases.stand_ins import StandIns
from smtpwizard.model.addresses import is_guid
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import CUSTOM
from smtpwizard.model.errors import SecretStoreError, UsageError
from smtpwizard.model.plain import to_plain
from smtpwizard.model.problem import Json
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.run import Run, Summary
from smtpwizard.model.similar import similar
from smtpwizard.model.wire import Heard

FORMAT = "smtpwizard-case"
SCHEMA = 1
MAX_BYTES = 8 * 1024 * 1024
MAX_TEXT = 65_536
PARTS = ("connector", "environment", "report", "wire", "oauth", "history")
"""What can be left out, in the order in which they stand in a case."""
_ENDING = 1024
# So many known names are looked for once more in what is written.
_LOOKED_FOR = 40

NOT_INSIDE = (
    "passwords, tokens, client secrets", "private keys", "certificates", "files and where they lie",
    "messages", "helper commands",
)  # fmt: skip


class Options(NamedTuple):
    """How a case is made; `made_by` and `rules` are versions, `at` is a moment in UTC.

    `known` are names that no field of a run says: this computer's, its user's. `connector_id` is
    what an answer to this case names.
    """

    made_by: str
    rules: str
    at: str
    connector_id: str
    keep_names: bool = False
    omit: Sequence[str] = ()
    note: str = ""
    known: Sequence[tuple[stand_ins.Kind, str]] = ()
    unproven: Sequence[str] = ()


class MadeCase(NamedTuple):
    """The text of a case, and the table that stays at home: by kind, each name with its
    stand-in."""

    text: str
    document: Json
    table: Json


def make_case(run: Run, history: Sequence[Summary], options: Options) -> MadeCase:
    """The case of a run; `history` are the runs before it, the newest first.

    Raises `UsageError` for a part that there is not, and for what no reader would take.
    """
    for part in options.omit:
        if part not in PARTS:
            alike = similar(part, PARTS)
            choices = ", ".join(PARTS)
            raise UsageError("case_part_unknown", part=part, choices=choices, similar=alike)
    names = StandIns()
    if not options.keep_names:
        # Twice: a name may stand in a text before the field that says whose it is.
        first = _Writer(names, names.learn)
        first.parts(run, history, ())
        first.text(options.note, "note")
        for kind, text in options.known:
            names.add(kind, text)
    writer = _Writer(None if options.keep_names else names, names.replaced)
    parts = writer.parts(run, history, options.omit)
    note = writer.text(options.note, "note")
    if not options.keep_names:
        _look_again(parts, names)
    manifest: Json = {
        "made_by": options.made_by,
        "rules": options.rules,
        "at": options.at,
        "names": "kept" if options.keep_names else "replaced",
        "connector": options.connector_id,
        "contents": [part for part in PARTS if part in parts],
        "replaced": {} if options.keep_names else names.counts(),
        "omitted": [part for part in PARTS if part not in parts],
        "undeclared": writer.undeclared,
        "truncated": writer.truncated,
        "unproven": list(options.unproven),
        "not_inside": list(NOT_INSIDE),
        "note": note,
    }
    document = {"format": FORMAT, "schema": SCHEMA, "manifest": manifest, **parts}
    text = case_text(document)
    if len(text.encode()) > MAX_BYTES:
        raise UsageError("case_too_large", limit=MAX_BYTES)
    return MadeCase(text, document, {} if options.keep_names else names.table())


def _look_again(parts: Json, names: StandIns) -> None:
    """Take out what still says a known name, in a spelling that only a program reads."""
    redactor = Redactor()
    for name in names.striking(_LOOKED_FOR):
        redactor.add_text(name)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return redactor.clean(value)
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        return value

    for part, value in parts.items():
        if redactor.may_be_in("\x1c".join(dict.fromkeys(_texts_in(value)))):
            parts[part] = clean(value)


def _texts_in(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(item)


# -- the parts -------------------------------------------------------------------------------------


class _Writer:
    """Turns what a run has into what may be written of it; without stand-ins names are kept."""

    def __init__(self, names: StandIns | None, replace: Callable[[str], str | None]) -> None:
        self._names = names
        self._replace = replace
        self.undeclared = 0
        self.truncated: list[Json] = []

    def parts(self, run: Run, history: Sequence[Summary], omit: Sequence[str]) -> Json:
        makers: Mapping[str, Callable[[], Any]] = {
            "connector": lambda: to_plain(self._object(run.connector, CONNECTOR, "connector")),
            "environment": lambda: to_plain(
                self._object(run.environment, ENVIRONMENT, "environment")
            ),
            "report": lambda: self._record(run.report, "report"),
            "wire": lambda: self._list(run.report.wire, "wire"),
            "oauth": lambda: self._list(run.report.token_requests, "oauth"),
            "history": lambda: self._list(history, "history"),
        }
        return {part: make() for part, make in makers.items() if part not in omit}

    def _list(self, values: Iterable[Any], where: str) -> list[Any]:
        return [self._record(value, f"{where}.{at}") for at, value in enumerate(values)]

    def _record(self, value: Any, where: str) -> Any:
        return to_plain(self._written(value, where))

    def _written(self, value: Any, where: str) -> Any:
        """A record with stand-ins; what may not be written is as by default."""
        if hasattr(value, "_fields"):
            kinds = RECORDS[type(value)]
            values = {
                name: self._field(item, kinds[name], f"{where}.{name}")
                for name, item in zip(value._fields, value, strict=True)
                if kinds[name] is not Kind.LEFT_OUT
            }
            changed = type(value)(**values)
            return self._cut(changed, where) if isinstance(changed, Heard) else changed
        if isinstance(value, Mapping):
            return {key: self._written(item, f"{where}.{key}") for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._written(item, f"{where}.{at}") for at, item in enumerate(value))
        return value

    def _object(self, source: Any, kinds: Fields, where: str) -> Any:
        if isinstance(source, list | tuple):
            return [self._object(item, kinds, f"{where}.{at}") for at, item in enumerate(source)]
        if hasattr(source, "_asdict"):
            source = source._asdict()
        if not isinstance(source, Mapping):
            return None
        out = {}
        for name, value in source.items():
            kind = kinds.get(name)
            if kind is None:
                self.undeclared += not is_nothing(value)
            elif kind is not Kind.LEFT_OUT:
                out[name] = self._field(value, kind, f"{where}.{name}")
        return out

    def _field(self, value: Any, kind: Kind | Fields, where: str) -> Any:
        if value is None:
            return None
        if kind is Kind.RECORD:
            return self._written(value, where)
        if not isinstance(kind, Kind):
            return self._object(value, kind, where)
        if kind is Kind.SET:
            return None if is_nothing(value) else {"set": True}
        if isinstance(value, list | tuple):
            return tuple(self._field(item, kind, where) for item in value)
        if kind is Kind.PUBLIC or not isinstance(value, str):
            if isinstance(value, Mapping):
                self.undeclared += 1
                return None
            return value
        return self._text_of(value, kind, where)

    def _text_of(self, value: str, kind: Kind, where: str) -> str:
        if kind is Kind.OCTETS:
            changed = value if self._names is None else self._octets(value)
            # What was heard may be long: it is cut as a whole.
            return (
                changed if where.endswith((".text", ".ending")) else self._shortened(changed, where)
            )
        if self._names is None:
            return self._shortened(value, where)
        if kind is Kind.PROVIDER:
            return value if value in built_in_providers() else CUSTOM
        if kind is Kind.URL:
            return self._url(value, where)
        if kind is Kind.SUBJECT:
            return self._names.subject(value)
        if kind is Kind.IDENTIFIER and value.lower() in _EVERYBODYS:
            return value
        if kind is Kind.TEXT or (kind is Kind.IP and not self._names.is_ip(value)):
            return self.text(value, where)
        if kind is Kind.HOST:
            return self._host(value, where)
        return self._names.add(stand_ins.Kind(kind.value), value)

    def _host(self, value: str, where: str) -> str:
        assert self._names is not None
        if self._names.is_ip(value):
            return self._names.add(stand_ins.Kind.IP, value)
        if is_guid(value):
            return self._names.add(stand_ins.Kind.IDENTIFIER, value)
        host, colon, port = value.partition(":")
        if not re.fullmatch(r"[\w.*-]{1,500}", host) or (colon and not port.isdigit()):
            return self.text(value, where)
        return self._names.add(stand_ins.Kind.HOST, host) + colon + port

    def text(self, value: str, where: str) -> str:
        """A text with stand-ins, and of a very long one the head and the ending."""
        changed = value if self._names is None else self._replace(value)
        return self._shortened(value if changed is None else changed, where)

    def _octets(self, value: str) -> str:
        """What has an octet a character: the stand-ins for its UTF-8 are UTF-8 as well."""
        if _is_server_hello(value):
            return value
        if not value.isascii():
            try:
                inside = value.encode("latin-1").decode("utf-8")
            except UnicodeError:
                inside = ""
            if inside:
                changed = self._replace(inside)
                return value if changed is None else changed.encode().decode("latin-1")
        changed = self._replace(value)
        return value if changed is None else changed

    def _url(self, value: str, where: str) -> str:
        """An address of the web, a path of one, or a proxy: what a private server calls its own
        goes."""
        assert self._names is not None
        scheme, mark, rest = value.partition("://")
        if not mark:
            scheme, rest = "", value
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
        server, slash, path = rest.partition("/")
        if not slash and not mark and ":" not in rest:
            return self.text(value, where)  # a scope without an address
        user, at, host = server.rpartition("@")
        shown = (
            self._names.add(stand_ins.Kind.USER, user)
            + at
            + (self._host(host, where) if host else "")
        )
        public = bool(host) and is_public_url(f"//{host}")
        parts = [part if public else self._part_of_path(part) for part in path.split("/")]
        return (
            self.text(f"{scheme}{mark}", where) + shown + slash + self.text("/".join(parts), where)
        )

    def _part_of_path(self, part: str) -> str:
        assert self._names is not None
        if is_word(part) or self._names.text(part) != part:
            return part
        return self._names.unshared(part)

    def _shortened(self, value: str, where: str) -> str:
        if len(value) <= MAX_TEXT:
            return value
        self.truncated.append({"field": where, "length": len(value)})
        head = MAX_TEXT - _ENDING - 32
        return f"{value[:head]} \u2026({len(value)})\u2026 {value[-_ENDING:]}"

    def _cut(self, heard: Heard, where: str) -> Heard:
        """Stand-ins may be longer than names: what is too long then has its length beside it."""
        ending = None if heard.ending is None else heard.ending[-MAX_TEXT:]
        if len(heard.text) <= MAX_TEXT:
            if heard.length is not None:
                self.truncated.append({"field": where, "length": heard.length})
            return heard._replace(ending=ending)
        length = len(heard.text) if heard.length is None else heard.length
        self.truncated.append({"field": where, "length": length})
        return heard._replace(
            text=heard.text[:MAX_TEXT],
            length=length,
            ending=heard.text[-_ENDING:] if ending is None else ending,
        )


def _is_server_hello(value: str) -> bool:
    """Whether octets are a ServerHello by itself (RFC 8446 §4.1.3): it names nobody, and among its
    random octets are some that look like a name."""
    size = int.from_bytes(value[3:5].encode("latin-1", "replace"), "big")
    return (value[:2], value[5:6]) == ("\x16\x03", "\x02") and len(value) == 5 + size


# Tenants that are nobody's (learn.microsoft.com/entra/identity-platform/v2-protocols).
_EVERYBODYS = frozenset(("common", "organizations", "consumers"))


# -- the text --------------------------------------------------------------------------------------

_UNSEEN = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def case_text(document: Json) -> str:
    """The document as text: the manifest and what is small on many lines, an event on one."""
    parts = []
    for name, value in document.items():
        if isinstance(value, list):
            lines = ",\n".join(f"  {_dump(item)}" for item in value)
            shown = f"[\n{lines}\n ]" if lines else "[]"
        elif isinstance(value, dict):
            shown = _dump(value, indent=1).replace("\n", "\n ")
        else:
            shown = _dump(value)
        parts.append(f" {_dump(name)}: {shown}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _dump(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNSEEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


# -- the last look ---------------------------------------------------------------------------------


def check_no_secret(document: Json, secrets: Iterable[Secret]) -> None:
    """Raises `SecretStoreError` where a known secret stands in a case, however it is spelled, or
    what looks like a token or a key; names the field, never what stands there."""
    redactor = Redactor(secrets)
    for where, text in _fields_in(document, ""):
        if redactor.clean(text) != text:
            raise SecretStoreError("case_has_secret", field=where)
        if secret_shape(text) is not None:
            raise SecretStoreError("case_has_secret", field=where)


def secret_like(document: Json) -> str | None:
    """The field of a case that looks like a token, a key or a login; None where none does.

    The writer's secrets are not known where a case is opened: shapes are all to look for.
    """
    found = (where for where, text in _fields_in(document, "") if secret_shape(text) is not None)
    return next(found, None)


def _fields_in(value: Any, where: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            inside = f"{where}.{key}" if where else key
            yield inside, key
            yield from _fields_in(item, inside)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _fields_in(item, f"{where}.{at}")
