"""Clients carry out one operation after the other, and only the first end of each counts."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse.node import Client, Invocation, Reply
from dscourse.sim import (
    At,
    Constant,
    Crash,
    HandlerError,
    Link,
    Network,
    Pause,
    Restart,
    Resume,
    Submit,
    World,
)

from .worlds import Sink, Store, Writer

PUTS = [("put", None, 1), ("put", None, 2), ("put", None, 3)]


def world(*plan: At, ms: float = 2.0, patience_ms: float = 50) -> World:
    """One client, whose requests and answers take ``ms`` each."""
    nodes = [Store("s"), Writer("c", ["s"], patience_ms)]
    return World(nodes, 0, Network(client=Link(Constant(ms))), plan)


def times(run: World) -> list[tuple[float, float | None]]:
    return [(op.invoked_ms, op.returned_ms) for op in run.run().history]


def test_operations_follow_each_other() -> None:
    assert times(world().submit("c", PUTS)) == [(0, 4), (4, 8), (8, 12)]


def test_the_first_operation_has_its_time_and_the_others_a_pause_before_them() -> None:
    assert times(world().submit("c", PUTS, start_ms=10, think_ms=3)) == [
        (10, 14),
        (17, 21),
        (24, 28),
    ]


def test_a_second_submission_waits_for_its_time_and_for_the_first() -> None:
    run = world().submit("c", PUTS[:1]).submit("c", PUTS[:1], start_ms=20)
    assert times(run.submit("c", PUTS[:1], start_ms=21)) == [(0, 4), (20, 24), (24, 28)]


def test_each_submission_keeps_its_own_pause() -> None:
    run = world(At(5, Submit("c", "put"))).submit("c", PUTS, think_ms=10)
    assert times(run) == [(0, 4), (14, 18), (28, 32), (32, 36)]


def test_a_late_submission_begins_now() -> None:
    run = world().run(30)
    assert times(run.submit("c", PUTS[:1], start_ms=3)) == [(30, 34)]


def test_zero_latency_for_clients_by_default() -> None:
    run = World([Store("s"), Writer("c", ["s"])]).submit("c", PUTS)
    assert times(run) == [(0, 0)] * 3
    assert all(a.before(b) for a, b in zip(run.history, run.history[1:], strict=False))


def test_invoke_is_a_fault_like_any_other() -> None:
    run = world(At(7, Submit("c", "put", "k", 5))).run()
    op = run.history[0]
    assert (op.f, op.key, op.value, op.invoked_ms) == ("put", "k", 5, 7)


def test_only_the_first_end_of_an_operation_counts() -> None:
    run = world(ms=2, patience_ms=3).submit("c", PUTS[:2])
    assert [(op.status, op.returned_ms) for op in run.run().history] == [
        ("unknown", 3),
        ("unknown", 6),
    ]
    ends = run.trace.kinds("ok", "fail", "unknown")
    assert [(end.time_ms, end.id) for end in ends] == [(3, 0), (6, 1)]
    assert len(run.trace.kinds("deliver").of("c")) == 2  # both answers came, too late


def test_a_late_answer_does_not_end_the_next_operation() -> None:
    class Hasty(Writer):
        def on_reply(self, sender: str, reply: Reply) -> None:
            self.complete(reply.op, ("late", reply.op))

    run = World([Store("s"), Hasty("c", ["s"], 3)], 0, Network(client=Link(Constant(2))))
    ops = run.submit("c", PUTS[:1]).submit("c", PUTS[:1], start_ms=3.5).run(7).history
    assert [(op.status, op.result) for op in ops] == [("unknown", "no answer")] * 2


def test_an_operation_under_way_is_pending() -> None:
    run = world().submit("c", PUTS).run(5)
    assert [op.status for op in run.history] == ["ok", "pending"]
    assert run.history[1].returned is None


def test_a_paused_client_begins_nothing() -> None:
    run = world(At(1, Pause("c")), At(40, Resume("c"))).submit("c", PUTS, think_ms=1)
    assert times(run) == [(0, 40), (41, 45), (46, 50)]


def test_a_pause_between_two_operations() -> None:
    run = world(At(5, Pause("c")), At(40, Resume("c"))).submit("c", PUTS[:2], think_ms=10)
    assert times(run) == [(0, 4), (40, 44)]


def test_a_crash_between_two_operations() -> None:
    run = world(At(5, Crash("c")), At(8, Restart("c"))).submit("c", PUTS[:2], think_ms=10)
    assert times(run) == [(0, 4), (14, 18)]


def test_the_numbers_of_operations_differ_and_do_not_depend_on_other_clients() -> None:
    def numbers(*, puts: int, later: bool = False) -> dict[str, list[int]]:
        nodes = [Store("s"), Writer("c1", ["s"]), Writer("c2", ["s"])]
        world = World(nodes).submit("c2", PUTS[:1], start_ms=30 if later else 0)
        world.submit("c1", (PUTS * 3)[:puts]).run()
        return {
            name: [op.id for op in world.history if op.process == name] for name in ("c1", "c2")
        }

    assert numbers(puts=2) == numbers(puts=2, later=True) == {"c1": [0, 2], "c2": [1]}
    assert numbers(puts=3) == {"c1": [0, 2, 4], "c2": [1]}


def test_operations_are_numbered_from_a_number_for_all_clients_or_one() -> None:
    def numbers(number: int, client: str | None = None) -> list[int]:
        world = World([Store("s"), Writer("c1", ["s"]), Writer("c2", ["s"])])
        world.number_operations_from(number, client)
        world.submit("c1", PUTS[:2]).submit("c2", PUTS[:1]).run()
        return sorted(op.id for op in world.history)

    assert numbers(10) == [10, 11, 12]
    assert numbers(11, "c1") == [1, 11, 13]
    with pytest.raises(LookupError, match="no node is called 'c9'"):
        numbers(1, "c9")


def test_a_result_that_could_change_later_is_refused() -> None:
    class Sharing(Client):
        def __init__(self, id: str) -> None:
            super().__init__(id)
            self.items: list[int] = []

        def on_invoke(self, op: Invocation) -> None:
            self.complete(op.id, self.items)

    with pytest.raises(HandlerError, match="the result is a list: use a tuple"):
        World([Sharing("c")]).submit("c", [("get",)]).run()


@pytest.mark.parametrize("op", ["put", (), ("a", 1, 2, 3), (1, "x")])
def test_what_is_no_operation_is_refused(op: Any) -> None:
    run = world()
    with pytest.raises(TypeError, match=r"an operation is a tuple \(f, key, value\), f a string"):
        run.submit("c", [("put", None, 1), op])


def test_only_clients_carry_out_operations() -> None:
    run = World([Sink("b"), Store("s"), Writer("c", ["s"])])
    with pytest.raises(TypeError, match="'b' is a Sink: only a Client carries out operations"):
        run.submit("b", PUTS)
    with pytest.raises(LookupError, match="no node is called 'x': the nodes are b, s, c"):
        run.submit("x", PUTS)
    assert [run.is_client(name) for name in "bsc"] == [False, False, True]


def test_a_submitted_operation_comes_before_those_whose_time_has_not_come() -> None:
    run = world(At(5, Submit("c", "put", value=8)), At(6, Submit("c", "put", value=9)))
    run.submit("c", PUTS[:1]).submit("c", PUTS[1:2], start_ms=50)
    assert [op.value for op in run.run().history] == [1, 8, 9, 2]


def test_a_pending_event_begins_an_operation_or_is_none() -> None:
    world = World([Store("s"), Writer("c1", ["s"])], network=Network(client=Link(Constant(10))))
    world.submit("c1", PUTS[:1]).submit("c1", PUTS[:1], start_ms=5)
    begins = [event for event in world.pending() if event.kind == "invoke"]
    assert [event.due_ms for event in begins] == [0]  # not the later one too, which is the same
    world.run(until_ms=0)
    assert "invoke" not in [event.kind for event in world.pending()]  # c1 is busy
    world.run(until_ms=1).apply(Crash("s"))
    while world.step():
        pass
    assert [op.status for op in world.history] == ["unknown", "unknown"]
    assert world.pending() == []
