"""One clear error for each wrong argument; NumPy's numbers are numbers; an argument without an order is rejected."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import numpy as np
import pytest

from dscourse.node import Client, Clock, Component, Invocation, Message, Node, Timer, cluster
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    Fault,
    HandlerError,
    Heal,
    LogNormal,
    Network,
    Pareto,
    Submit,
    Uniform,
    World,
    random_plan,
)
from dscourse.sim.injection import Injector


@dataclass(frozen=True, slots=True)
class Hop(Message):
    n: int = 0


@dataclass(frozen=True, slots=True)
class Tock(Timer):
    pass


@dataclass(frozen=True, slots=True, repr=False)
class Carries(Fault):
    items: Any

    def apply(self, injector: Injector) -> None: ...


class Counts(Node):
    numbers = count()


class Draws(Node):
    draws = Random(1)


class Inner(Component):
    seen: list[int] = []  # noqa: RUF012


class Outer(Node):
    def __init__(self, id: str, peers: tuple[str, ...] = ()) -> None:
        super().__init__(id, peers)
        self.inner = self.component(Inner(id, peers))


def world() -> World:
    return World(cluster(Node, 2))


MISTAKES: list[tuple[Callable[[], object], str]] = [
    (lambda: World({Node("a")}), "nodes={Node('a')}: a set has no order, and the run depends on it; write a list"),
    (lambda: World([Node("a")], plan={At(1, Heal())}), "plan={At(1, Heal())}: a set has no order"),  # type: ignore[arg-type]
    (lambda: World([Client("a")]).submit("a", {("read",)}), "ops={('read',)}: a set has no order"),
    (lambda: cluster(Node, {"a"}), "ids={'a'}: a set has no order, and the run depends on it; write sorted(ids)"),
    (lambda: World([Node("a")], record_state="no"), "record_state='no': True or False is required"),  # type: ignore[arg-type]
    (lambda: world().run(1, True), "max_events=True: a whole number of events"),
    (lambda: world().number_operations_from("x"), "number='x': the number of an operation is whole"),  # type: ignore[arg-type]
    (lambda: world().step(world().pending()[0]), "Pending(id=1, "),  # type: ignore[arg-type]
    (lambda: world().drop("1"), "'1': the id of a pending event is required, such as world.pending()[0].id"),  # type: ignore[arg-type]
    (lambda: world().trace.between("a", 2), "start_ms='a': a time is required"),  # type: ignore[arg-type]
    (lambda: Node("a", ["a", "b"]), "peers names 'a', the node itself: its peers are the other nodes"),
    (lambda: Node("a").component(Node("b")), "Node('b'): a component is required"),  # type: ignore[type-var]
    (lambda: Client("a").complete(Invocation(1, "f")), "complete(Invocation(id=1, f='f', "),  # type: ignore[arg-type]
    (lambda: Client("a").fail("x"), "fail('x', …): the number of an operation is required, such as op.id"),  # type: ignore[arg-type]
    (lambda: Node("a").reply("b", Invocation(1, "f")), "reply(Invocation("),  # type: ignore[arg-type]
    (lambda: At(1, Carries([1])), "Carries.items is a list: use a tuple"),
    (lambda: Submit(5, "read"), "Submit: 5: a node's name is required"),  # type: ignore[arg-type]
    (lambda: World([Counts("a")]), "Counts.numbers is a count that all nodes of the class share"),
    (lambda: World([Draws("a")]), "Draws.draws is a Random that all nodes of the class share"),
    (lambda: World([Outer("a")]), "Inner.seen is a list that all nodes of the class share"),
    (lambda: random_plan(1, "ab"), "nodes='ab': nodes must be a list of names"),
    (lambda: random_plan(1, []), "nodes is empty: faults happen to at least 1 node"),
    (lambda: random_plan("x", ["a"]), "seed='x': a whole number is required"),  # type: ignore[arg-type]
    (lambda: random_plan(1, ["a"], 5), "budget=5: a Budget is required"),  # type: ignore[arg-type]
    (lambda: Budget(horizon_ms="9"), "Budget: horizon_ms='9': it must be a number of ms"),  # type: ignore[arg-type]
    (lambda: Budget(timeout_ms=float("nan")), "Budget: timeout_ms=nan: it must be a number of ms"),
    (lambda: Budget(faults=1.5), "Budget: faults=1.5: it must be a whole number"),  # type: ignore[arg-type]
    (lambda: Budget(menu="loss"), "Budget: menu='loss': a tuple of kinds is required"),  # type: ignore[arg-type]
    (lambda: Network(LogNormal(1, 500)), "latency=LogNormal(median=1, sigma=500): quantile"),
    (lambda: Network(Pareto(1, 0.05)), "latency=Pareto(minimum=1, alpha=0.05): quantile"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), MISTAKES, ids=[text[:40] for _, text in MISTAKES])
def test_a_mistake_is_one_clear_error(make: Callable[[], object], text: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("number", [np.int64(5), np.int32(5), np.float64(5), np.float32(5)])
def test_the_numbers_of_numpy_are_numbers(number: Any) -> None:
    class Waits(Node):
        def on_start(self, log: object) -> None:
            self.set_timer(Tock(), number)

        def on_tock(self, tock: Tock) -> None: ...

    plan = [At(number, Crash("b"))]
    clocks = {"a": Clock(skew_ms=number)}
    network = Network(Constant(number))
    trace = World([Waits("a"), Node("b")], 1, network, plan, clocks).run(number * 2).trace
    assert (
        trace.hash()
        == World([Waits("a"), Node("b")], 1, network, [At(5, Crash("b"))], clocks)
        .run(10)
        .trace.hash()
    )
    assert {type(event.time_ms) for event in trace} == {float}


class Slow(Uniform):
    def quantile(self, u: float) -> float:
        return 50.0


class Fixed(Constant):
    def quantile(self, u: float) -> float:
        return 50.0


class Backwards(Constant):
    def quantile(self, u: float) -> float:
        return -1.0


class Tells(Node):
    def on_start(self, log: object) -> None:
        self.broadcast(Hop())

    def on_hop(self, sender: str, hop: Hop) -> None: ...


def derived(kind: type, *numbers: float) -> Any:
    derived_kind: Any = dataclass(frozen=True, slots=True)(kind)
    return derived_kind(*numbers)


def test_a_distribution_derived_from_another_decides_by_itself() -> None:
    for latency in (derived(Slow, 1, 2), derived(Fixed, 1)):
        assert World(cluster(Tells, 2), network=Network(latency)).run().now_ms == 50
    with pytest.raises(ValueError, match=r"quantile\(0\) is -1\.0"):
        Network(derived(Backwards, 1))


def test_the_error_of_a_handler_goes_through_a_pickle() -> None:
    class Fails(Node):
        def on_start(self, log: object) -> None:
            raise ValueError("no")

    with pytest.raises(HandlerError) as caught:
        World([Fails("a")]).run()
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.trace) == (str(caught.value), caught.value.trace)
