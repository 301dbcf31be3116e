"""Named tuples come back from JSON as they were, and nothing else comes back at all."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtpwizard.model.odd_characters import Odd, OddKind, Place
from smtpwizard.model.plain import TAGS, from_plain, to_plain
from smtpwizard.model.report import (
    STAGES,
    Actor,
    Cause,
    Likelihood,
    Report,
    Stage,
    StageResult,
    Status,
)
from smtpwizard.model.stage_facts import (
    AuthFacts,
    CertificateFacts,
    EhloFacts,
    ResolveFacts,
    StageError,
    StageFacts,
    StageFailure,
    TokenProblem,
)
from smtpwizard.model.wire import Ended, Heard, LeftOut, TokenRequest, WireEvent


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that a hint allows, as it looks when it was read: sequences are tuples."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values(each) for each in args])
    if origin is tuple and args[-1] is not ...:
        return st.tuples(*map(values, args))
    if origin in (tuple, Sequence):
        return st.lists(values(args[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(values(args[0]), values(args[1]), max_size=3)
    if hint is Any:
        plain = st.none() | st.booleans() | st.integers() | st.text()
        return plain | st.lists(plain, max_size=2).map(tuple)
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    simple = {str: st.text(), int: st.integers(), bool: st.booleans(), type(None): st.none()}
    if hint in simple:
        return simple[hint]
    if issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    hints = typing.get_type_hints(hint)
    return st.builds(hint, **{name: values(hints[name]) for name in hint._fields})


def sent(value: Any) -> Any:
    """As it is after a file: nothing but JSON can have held it."""
    return json.loads(json.dumps(to_plain(value), allow_nan=False))


@pytest.mark.parametrize("kind", [Cause, StageResult, TokenRequest, StageFailure, Report])
def test_every_named_tuple_comes_back_as_it_was(kind: Any) -> None:
    # A whole report is large.
    examples = 10 if kind is Report else 100

    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(values(kind))
    def check(value: Any) -> None:
        assert from_plain(kind, sent(value)) == value

    check()


@given(st.lists(values(WireEvent), max_size=4).map(tuple))
def test_events_come_back_as_what_they_were(events: tuple[WireEvent, ...]) -> None:
    back = from_plain(tuple[WireEvent, ...], sent(events))
    assert back == events
    assert list(map(type, back)) == list(map(type, events))


@given(values(StageFacts))
def test_facts_come_back_as_those_of_their_stage(facts: StageFacts) -> None:
    back = from_plain(StageFacts | None, sent(facts))
    assert back == facts
    assert type(back) is type(facts)


def test_a_report_comes_back_with_what_stands_in_no_document() -> None:
    chain = (CertificateFacts("CN=a", "CN=b", ("a", "b"), "2026-01-01", "2027-01-01", "00"),)
    failure = StageFailure(StageError.CERT_EXPIRED, chain=chain, off_by_hours=-1.5)
    report = Report(
        False,
        "Invoices",
        "2026-11-22T10:15:00Z",
        9,
        tuple(StageResult(stage) for stage in STAGES),
        (Cause("timeout", Likelihood.LOW, Actor.YOU, values={"port": 25, "names": ("a", "b")}),),
        odd={"authentication.username": (Odd(OddKind.SPACE, 1, Place.END),)},
        wire=(Heard(3, "220 hi\n"), Ended(4, failure), LeftOut(5, 7)),
        token_requests=(TokenRequest(1, "login.example.test", "/token", ("client_id",)),),
    )
    assert from_plain(Report, sent(report)) == report


def test_what_equals_its_default_is_left_out_and_each_kind_says_which_it_is() -> None:
    assert to_plain(Heard(3, "hi")) == {"event": "heard", "t_us": 3, "text": "hi"}
    assert to_plain(AuthFacts()) == {"stage": "auth"}
    assert to_plain(StageResult(Stage.EHLO, Status.PASSED, facts=EhloFacts(size=1))) == {
        "stage": "ehlo",
        "status": "passed",
        "facts": {"stage": "ehlo", "size": 1},
    }


def test_no_field_has_the_name_of_a_tag() -> None:
    for tag, kinds in TAGS:
        assert all(tag not in kind._fields for kind in kinds.values())  # type: ignore[attr-defined]


def test_what_is_not_plain_is_left_out_of_a_mapping_and_refused_elsewhere() -> None:
    odd: Any = {
        "a": 1,
        "b": object(),
        "c": [1, {2}],
        "d": MappingProxyType({"e": float("nan")}),
        5: 6,
    }
    assert to_plain(TokenProblem("token_missing", odd))["facts"] == {"a": 1, "d": {}, "5": 6}
    for value in (object(), float("inf"), ({1},), b"", Heard(1, object())):  # type: ignore[arg-type]
        with pytest.raises(ValueError):
            to_plain(value)


class Pair(NamedTuple):
    both: tuple[int, str] = (1, "a")
    either: int | str = 0
    number: float | None = None
    anything: Any = None
    names: Mapping[Stage, Sequence[str]] = MappingProxyType({})


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ({}, Pair()),
        ({"both": [2, "b"], "either": "c"}, Pair((2, "b"), "c")),
        ({"number": 3, "of_a_later_version": 1}, Pair(number=3.0)),
        ({"anything": [1, [2.5, {"a": [None]}]]}, Pair(anything=(1, (2.5, {"a": (None,)})))),
        ({"names": {"ehlo": ["a"]}}, Pair(names={Stage.EHLO: ("a",)})),
    ],
)
def test_what_is_read(document: Any, value: Pair) -> None:
    back = from_plain(Pair, document)
    assert back == value
    assert list(map(type, back)) == list(map(type, value))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {"both": [1, "a", 2]},
        {"both": ["a", 1]},
        {"both": {"0": 1}},
        {"either": True},
        {"either": None},
        {"number": True},
        {"number": "1"},
        {"number": float("nan")},
        {"number": 10**400},
        {"anything": [float("inf")]},
        {"names": {"nowhere": []}},
        {"names": {"ehlo": "a"}},
        {"names": [["ehlo", []]]},
    ],
)
def test_what_is_of_another_type_is_refused(document: Any) -> None:
    with pytest.raises(ValueError):
        from_plain(Pair, document)


@pytest.mark.parametrize(
    ("hint", "document"),
    [
        (WireEvent, {"t_us": 1}),
        (WireEvent, {"event": "spoken", "t_us": 1}),
        (WireEvent, {"event": ["heard"], "t_us": 1}),
        (WireEvent, {"event": "renewed"}),
        (WireEvent, {"event": "renewed", "t_us": True}),
        (WireEvent, None),
        (StageFacts | None, {"stage": "greeting"}),
        (Status, "perhaps"),
        (Status, 1),
        (StageFailure, {"error": None}),
    ],
)
def test_an_unknown_kind_is_refused(hint: Any, document: Any) -> None:
    with pytest.raises(ValueError):
        from_plain(hint, document)


def test_a_part_of_the_kinds_takes_no_others() -> None:
    assert from_plain(ResolveFacts | EhloFacts, {"stage": "ehlo"}) == EhloFacts()
    with pytest.raises(ValueError):
        from_plain(ResolveFacts | EhloFacts, {"stage": "auth"})


def test_the_field_is_named_and_its_value_is_not() -> None:
    with pytest.raises(ValueError) as caught:
        from_plain(
            StageResult,
            {"stage": "auth", "reply": {"code": "geheim", "enhanced": None, "text": ""}},
        )
    assert str(caught.value) == "reply: code: str in place of int"


def test_what_no_document_can_hold_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        from_plain(bytes, "a")
