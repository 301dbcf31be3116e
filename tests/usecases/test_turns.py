"""Whose turn it is: limits a host and a login, fairly, and nobody looking again and again."""

from __future__ import annotations

import threading

import pytest

from smtpwizard.model.errors import SecretStoreError
from smtpwizard.usecases import gate as gates
from smtpwizard.usecases.gate import IN_VAIN, Gate
from smtpwizard.usecases.turns import Turns, Waiting

GUARD_S = 60


def take_all(turns: Turns[str]) -> list[tuple[Waiting, str]]:
    """All that may begin now."""
    taken = []
    while turns._ready:
        found = turns.take()
        assert found is not None
        taken.append(found)
    return taken


def names(taken: list[tuple[Waiting, str]]) -> list[str]:
    return [name for _, name in taken]


def test_hosts_come_in_turn_and_four_of_one_at_a_time() -> None:
    turns: Turns[str] = Turns()
    for number in range(6):
        turns.add(f"a{number}", "a", None)
    turns.add("b0", "b", None)
    taken = take_all(turns)
    assert names(taken) == ["a0", "b0", "a1", "a2", "a3"]
    turns.leave(taken[1][0])
    assert take_all(turns) == []
    turns.leave(taken[0][0])
    assert names(take_all(turns)) == ["a4"]
    assert turns.left == 5


def test_one_login_at_a_time_takes_no_place_from_others() -> None:
    turns: Turns[str] = Turns(at_one_host=2)
    for number in range(4):
        turns.add(f"same{number}", "a", "x@example.test")
    turns.add("other", "a", "y@example.test")
    turns.add("elsewhere", "b", "x@example.test")
    taken = take_all(turns)
    assert names(taken) == ["same0", "other"]
    order = []
    while taken:
        waiting, name = taken.pop(0)
        order.append(name)
        turns.leave(waiting)
        taken += take_all(turns)
    assert order == ["same0", "other", "same1", "same2", "same3", "elsewhere"]
    assert turns.left == 0


def test_a_login_that_waited_for_its_host_keeps_its_order() -> None:
    turns: Turns[str] = Turns(at_one_host=1)
    for number, login in enumerate(("x", "y", "x", "y")):
        turns.add(f"{login}{number}", "a", login)
    order = []
    for _ in range(4):
        [(waiting, name)] = take_all(turns)
        order.append(name)
        turns.leave(waiting)
    assert order == ["x0", "y1", "x2", "y3"]


@pytest.mark.parametrize("how", ["complete", "stop"])
def test_who_waits_is_woken_by_the_end(how: str) -> None:
    turns: Turns[str] = Turns(at_one_host=1)
    turns.add("a0", "a", None)
    turns.add("a1", "a", None)
    taken = turns.take()
    assert taken is not None
    found: list[tuple[Waiting, str] | None] = []
    thread = threading.Thread(target=lambda: found.append(turns.take()))
    thread.start()
    if how == "stop":
        turns.stop()
        thread.join(GUARD_S)
        assert found == [None]
        assert turns.take() is None
        return
    turns.leave(taken[0])
    thread.join(GUARD_S)
    [second] = found
    assert second is not None
    assert second[1] == "a1"
    last = threading.Thread(target=lambda: found.append(turns.take()))
    last.start()
    turns.complete()
    turns.leave(second[0])
    last.join(GUARD_S)
    assert found[1:] == [None]


def test_ten_thousand_of_one_host_and_login_come_one_after_the_other() -> None:
    turns: Turns[int] = Turns()
    for number in range(10_000):
        turns.add(number, "a", "x")
    turns.complete()
    seen = []
    while (taken := turns.take()) is not None:
        seen.append(taken[1])
        turns.leave(taken[0])
    assert seen == list(range(10_000))


def test_a_gate_lets_one_through_until_it_has_come_out_well() -> None:
    gate = Gate(several=2)
    with pytest.raises(KeyError), gate.passing():
        raise KeyError
    inside = threading.Barrier(3)  # two of them, and this test
    first, go = threading.Event(), threading.Event()
    entered = []

    def pass_first() -> None:
        with gate.passing():
            first.set()
            assert go.wait(GUARD_S)
            entered.append("first")

    def pass_later() -> None:
        with gate.passing():
            entered.append("later")
            inside.wait(GUARD_S)

    threads = [threading.Thread(target=pass_first)]
    threads[0].start()
    assert first.wait(GUARD_S)
    threads += [threading.Thread(target=pass_later) for _ in range(2)]
    for thread in threads[1:]:
        thread.start()
    go.set()
    inside.wait(GUARD_S)
    for thread in threads:
        thread.join(GUARD_S)
    assert entered == ["first", "later", "later"]


@pytest.mark.parametrize(
    ("code", "took_s", "tried"),
    [("timeout", 9.0, 1), ("failed", 0.0, IN_VAIN), ("failed", 9.0, 10)],
)
def test_a_gate_that_nobody_opens_stays_shut(
    code: str, took_s: float, tried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "ASKED_S", took_s)
    gate, entered = Gate(), []

    def fail() -> None:
        with gate.passing():
            entered.append(True)
            raise SecretStoreError(f"secret_command_{code}", status=2)

    for _ in range(10):
        with pytest.raises(SecretStoreError, match=code):
            fail()
    assert len(entered) == tried


def test_a_failure_after_a_success_shuts_no_gate() -> None:
    gate = Gate()
    with gate.passing():
        pass
    for _ in range(5):
        with pytest.raises(SecretStoreError), gate.passing():
            raise SecretStoreError("secret_command_timeout")
    with gate.passing():
        pass
