"""Named tuples as plain JSON values, and back by their type hints; reading trusts nothing.

A field that equals its default is left out. Of several kinds that may stand in one place each says
which it is: an event by `event`, the facts of a stage by `stage`. Reading raises `ValueError` for
a value of another type than the hint, and passes over fields that it does not know: a newer
version wrote them.
"""

import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import cache
from typing import Any

from smtpwizard.model import stage_facts
from smtpwizard.model.wire import KINDS

# For each set of kinds that may stand in one place: the field that says which, and their names.
TAGS: tuple[tuple[str, Mapping[str, type]], ...] = (
    ("event", KINDS),
    (
        "stage",
        {
            "resolve": stage_facts.ResolveFacts,
            "connect": stage_facts.ConnectFacts,
            "tls": stage_facts.TlsFacts,
            "ehlo": stage_facts.EhloFacts,
            "auth": stage_facts.AuthFacts,
            "mail_from": stage_facts.MailFacts,
            "rcpt_to": stage_facts.RcptFacts,
            "data": stage_facts.DataFacts,
        },
    ),
)
_TAG_OF = {each: {tag: name} for tag, kinds in TAGS for name, each in kinds.items()}

_Read = Callable[[Any], Any]
_SCALARS = (str, int, bool, type(None))


# -- writing: by the values themselves, so that a verification compiles no hints ------------------


def to_plain(value: Any) -> Any:
    """Named tuples, enumerations, sequences and mappings as JSON values.

    What has no plain form is left out of a mapping. Raises `ValueError` where it stands elsewhere,
    and for a number that is none.
    """
    kind = type(value)
    if kind in _SCALARS:
        return value
    if isinstance(value, tuple):
        if hasattr(kind, "_fields"):
            return _fields_of(kind, value)
        return [to_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if kind is float and math.isfinite(value):
        return value
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        out = {}
        for key, item in value.items():
            with suppress(ValueError):
                out[str(key)] = to_plain(item)
        return out
    raise ValueError(f"{kind.__name__} has no plain form")


def _fields_of(kind: Any, value: Any) -> dict[str, Any]:
    tag, names, defaults = _written_as(kind)
    out: dict[str, Any] = dict(tag)
    for name, item in zip(names, value, strict=True):
        if name not in defaults or item != defaults[name]:
            out[name] = to_plain(item)
    return out


@cache
def _written_as(kind: Any) -> tuple[dict[str, str], tuple[str, ...], dict[str, Any]]:
    return _TAG_OF.get(kind, {}), kind._fields, kind._field_defaults


# -- reading ------------------------------------------------------------------------------------


def from_plain(hint: Any, value: Any) -> Any:
    """What `to_plain` has made of a value of the type `hint`, which may be any that it writes.

    Sequences come back as tuples. Raises `ValueError`.
    """
    return _reader(hint)(value)


@cache
def _reader(hint: Any) -> _Read:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(args)
    if origin is tuple and args[-1] is not ...:
        return _exactly(args)
    if origin in (tuple, Sequence):
        return _each(args[0])
    if origin is Mapping:
        return _mapping(*args)
    if hint is Any:
        return _anything
    if hint is float:
        return _number
    if hint in _SCALARS:
        return _scalar(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _member(hint)
    if hasattr(hint, "_fields"):
        return _record(hint)
    raise TypeError(f"no plain form is known for {hint!r}")


def _wrong(value: Any, wanted: str) -> ValueError:
    """Names types alone: the value may be anything."""
    return ValueError(f"{type(value).__name__} in place of {wanted}")


def _scalar(kind: type) -> _Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:  # a bool is no number
            raise _wrong(value, kind.__name__)
        return value

    return read


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise _wrong(value, "a number")
    try:
        number = float(value)
    except OverflowError:
        raise _wrong(value, "a number") from None
    if not math.isfinite(number):
        raise _wrong(value, "a number")
    return number


def _anything(value: Any) -> Any:
    """A JSON value of any shape, its lists as tuples."""
    if isinstance(value, list):
        return tuple(map(_anything, value))
    if isinstance(value, dict):
        return {key: _anything(item) for key, item in value.items()}
    return _number(value) if isinstance(value, float) else value


def _member(kind: type[StrEnum]) -> _Read:
    known = {member.value: member for member in kind}

    def read(value: Any) -> Any:
        if type(value) is not str or value not in known:
            raise _wrong(value, kind.__name__)
        return known[value]

    return read


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise _wrong(value, "a list")
    return value


def _object(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise _wrong(value, "an object")
    return value


def _each(hint: Any) -> _Read:
    read_one = _reader(hint)
    return lambda value: tuple(map(read_one, _list(value)))


def _exactly(hints: tuple[Any, ...]) -> _Read:
    readers = tuple(map(_reader, hints))

    def read(value: Any) -> Any:
        if len(_list(value)) != len(readers):
            raise ValueError(f"{len(value)} items in place of {len(readers)}")
        return tuple(read_one(item) for read_one, item in zip(readers, value, strict=True))

    return read


def _mapping(key_hint: Any, hint: Any) -> _Read:
    read_key, read_one = _reader(key_hint), _reader(hint)
    return lambda value: {read_key(key): read_one(item) for key, item in _object(value).items()}


def _union(hints: tuple[Any, ...]) -> _Read:
    others = tuple(hint for hint in hints if hint is not type(None))
    read_other = _one_of(others)
    if len(others) == len(hints):
        return read_other
    return lambda value: None if value is None else read_other(value)


def _one_of(hints: tuple[Any, ...]) -> _Read:
    if len(hints) == 1:
        return _reader(hints[0])
    for tag, kinds in TAGS:
        if set(hints) <= set(kinds.values()):
            return _tagged(tag, {name: kind for name, kind in kinds.items() if kind in hints})
    readers = tuple(map(_reader, hints))

    def read(value: Any) -> Any:
        for read_one in readers:
            try:
                return read_one(value)
            except ValueError:
                continue
        raise _wrong(value, " or ".join(getattr(hint, "__name__", str(hint)) for hint in hints))

    return read


def _tagged(tag: str, kinds: Mapping[str, type]) -> _Read:
    def read(value: Any) -> Any:
        name = _object(value).get(tag)
        if type(name) is not str or name not in kinds:
            raise ValueError(f"no known {tag}")
        return _reader(kinds[name])(value)

    return read


def _record(kind: Any) -> _Read:
    hints = typing.get_type_hints(kind)
    readers = {name: _reader(hints[name]) for name in kind._fields}
    required = frozenset(kind._fields) - frozenset(kind._field_defaults)

    def values(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, read_one in readers.items():
            if name in document:
                try:
                    yield name, read_one(document[name])
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from None

    def read(value: Any) -> Any:
        document = _object(value)
        if missing := required.difference(document):
            raise ValueError(f"{min(missing)} is missing")
        return kind(**dict(values(document)))

    return read
